"""The only writer of worktree files: a file is always wholly old or wholly new, and always inside its root.

A new text goes to a temporary file in the same folder, to the disk, and over the old name in one step. Folders are
opened one below the other without following links, so no link in the tree, not even one swapped in meanwhile,
leads a write out of the root. Bytes that the caller has not seen are never replaced.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final, NewType

from tlgit.errors import BusyError, DataError, RepositoryError
from tlgit.files.names import check_new_name, parse_relative_path

if TYPE_CHECKING:
    from collections.abc import Iterator

ContentHash = NewType("ContentHash", str)
"""SHA-256 of a file's bytes, hexadecimal."""


class Absent(Enum):
    """The type of ABSENT."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT
"""What a caller expects where it has seen no file."""

READ_LIMIT: Final = 64 * 1024 * 1024
"""Bytes of a file that are read at most, unless the caller says less."""

_TEMPORARY: Final = re.compile(r"\.tlgit-[0-9a-f]{16}\.tmp")
_HAS_FOLDER_HANDLES: Final = os.open in os.supports_dir_fd
# Windows has none of the three; there a path is checked, not held.
_NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NO_WAIT: Final = getattr(os, "O_NONBLOCK", 0)


class UnsafeTargetError(RepositoryError):
    """The path holds something that is no plain file, or leads through a link."""

    def __init__(self, path: str, found: str) -> None:
        super().__init__(
            f"{path!r} is {found}, not a plain file", hint="put a plain file there, or take it away"
        )
        self.path = path


class FileChangedError(BusyError):
    """The file is not, or no longer, what the caller has seen: somebody saved it in the meantime."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path!r} was changed by another program in the meantime", hint="run the command again"
        )
        self.path = path


class FileTooLargeError(DataError):
    """The file is larger than anything of its kind."""

    def __init__(self, path: str, size: int, limit: int) -> None:
        super().__init__(f"{path!r} has {size} bytes, at most {limit} are read")
        self.path = path


class FileAccessError(RepositoryError):
    """The system refused: disk full, no right, read-only, input or output error."""

    def __init__(self, path: str, error: OSError) -> None:
        super().__init__(
            f"{path!r} cannot be read or written: {error.strerror or error}",
            hint="nothing of the file was changed; run the command again when the cause is gone",
        )
        self.path = path
        self.errno = error.errno


@dataclass(frozen=True, slots=True)
class _Folder:
    """An open folder. Without folder handles (Windows) names are joined to its path instead."""

    path: Path
    handle: int | None

    def name(self, name: str) -> str:
        return name if self.handle is not None else str(self.path / name)

    def status(self, name: str) -> os.stat_result | None:
        try:
            return os.stat(self.name(name), dir_fd=self.handle, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def open(self, name: str, flags: int, mode: int = 0o600) -> int:
        return os.open(self.name(name), flags | _NO_FOLLOW, mode, dir_fd=self.handle)

    def unlink(self, name: str) -> None:
        os.unlink(self.name(name), dir_fd=self.handle)

    def sync(self) -> None:
        if self.handle is not None:
            os.fsync(self.handle)


def content_hash(data: bytes) -> ContentHash:
    """Give the hash by which a caller tells what it has seen."""
    return ContentHash(hashlib.sha256(data).hexdigest())


def read_file(root: Path, path: str, *, limit: int = READ_LIMIT) -> bytes | None:
    """Read a plain file below `root`, or give None where there is none.

    Raises UnsafePathError, UnsafeTargetError, FileTooLargeError, FileAccessError.
    """
    *parents, name = parse_relative_path(path)
    with _told(path), _opened(root, parents, path) as folder:
        found = None if folder is None else _read(folder, name, path, limit)
        return None if found is None else found[0]


def write_file(root: Path, path: str, data: bytes, *, expected: ContentHash | Absent | None) -> bool:
    """Make a file below `root` hold `data`, wholly or not at all; False, and nothing touched, when it does already.

    `expected` is what the caller has seen there: a hash, ABSENT, or None for whatever it is. Missing folders are
    made, the mode of the old file is kept. Raises FileChangedError when it is something else by now,
    UnsafePathError, UnsafeTargetError, FileAccessError.
    """
    *parents, name = parse_relative_path(path)
    with _told(path), _opened(root, parents, path, create=True) as folder:
        assert folder is not None, "a folder that is created is there"  # noqa: S101  (tells the type checker)
        old = _read(folder, name, path, READ_LIMIT)
        if old is not None and old[0] == data:
            return False
        _require(path, old, expected)
        if old is None:
            check_new_name(name, path)
        temporary = f".tlgit-{secrets.token_hex(8)}.tmp"
        try:
            _write_temporary(folder, temporary, data, None if old is None else stat.S_IMODE(old[1].st_mode))
            _require_unchanged(path, old, _read(folder, name, path, READ_LIMIT))
            os.replace(
                folder.name(temporary), folder.name(name), src_dir_fd=folder.handle, dst_dir_fd=folder.handle
            )
        except BaseException:
            if folder.status(temporary) is not None:
                folder.unlink(temporary)
            raise
        folder.sync()
    return True


def remove_file(root: Path, path: str, expected: ContentHash) -> bool:
    """Remove a file below `root` that holds what the caller has seen; False when there is none.

    Raises as `write_file` does.
    """
    *parents, name = parse_relative_path(path)
    with _told(path), _opened(root, parents, path) as folder:
        old = None if folder is None else _read(folder, name, path, READ_LIMIT)
        if folder is None or old is None:
            return False
        _require(path, old, expected)
        folder.unlink(name)
        folder.sync()
    return True


def sweep_temporary(root: Path, *, before: float) -> int:
    """Remove temporary files that a killed writer left below `root`, and give their number.

    Only those last written before the time `before` (seconds since 1970): younger ones may be at work.
    """
    removed = 0
    for parent, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name != ".git"]
        for path in (Path(parent, name) for name in names if _TEMPORARY.fullmatch(name)):
            status = path.lstat()
            if stat.S_ISREG(status.st_mode) and status.st_mtime < before:
                path.unlink()
                removed += 1
    return removed


@contextmanager
def _told(path: str) -> Iterator[None]:
    """Turn what the system says into an error that names the path."""
    try:
        yield
    except OSError as error:
        raise FileAccessError(path, error) from error


@contextmanager
def _opened(root: Path, parents: list[str], path: str, *, create: bool = False) -> Iterator[_Folder | None]:
    """Open the folder `parents` below `root`, one step at a time; None when it is not there and not created."""
    folder: _Folder | None = _open_root(root)
    try:
        for parent in parents:
            below = _open_below(folder, parent, path, create=create) if folder is not None else None
            _close(folder)
            folder = below
        yield folder
    finally:
        _close(folder)


def _open_root(root: Path) -> _Folder:
    # The root itself may be reached through links: it is the user's own choice.
    handle = os.open(root, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)) if _HAS_FOLDER_HANDLES else None
    return _Folder(root, handle)


def _open_below(folder: _Folder, name: str, path: str, *, create: bool) -> _Folder | None:
    status = folder.status(name)
    if status is None:
        if not create:
            return None
        check_new_name(name, path)
        with suppress(FileExistsError):  # another process was faster: as good
            os.mkdir(folder.name(name), dir_fd=folder.handle)
        folder.sync()
    elif not stat.S_ISDIR(status.st_mode):
        raise UnsafeTargetError(path, f"below {_kind(status)} ({name!r})")
    handle = None
    if folder.handle is not None:
        try:
            handle = folder.open(name, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            if error.errno in {errno.ELOOP, errno.ENOTDIR}:
                raise UnsafeTargetError(path, f"below a link ({name!r})") from error
            raise
    return _Folder(folder.path / name, handle)


def _close(folder: _Folder | None) -> None:
    if folder is not None and folder.handle is not None:
        os.close(folder.handle)


def _read(folder: _Folder, name: str, path: str, limit: int) -> tuple[bytes, os.stat_result] | None:
    """Read a plain file without waiting for a pipe and without following a link."""
    status = folder.status(name)
    if status is None:
        return None
    if not stat.S_ISREG(status.st_mode):
        raise UnsafeTargetError(path, _kind(status))
    try:
        handle = folder.open(name, os.O_RDONLY | _NO_WAIT)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO}:
            raise UnsafeTargetError(path, "a link or a pipe") from error
        raise
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise UnsafeTargetError(path, _kind(status))
        data = file.read(limit + 1)
    if len(data) > limit:
        raise FileTooLargeError(path, max(status.st_size, len(data)), limit)
    return data, status


def _require(
    path: str, old: tuple[bytes, os.stat_result] | None, expected: ContentHash | Absent | None
) -> None:
    if expected is None:
        return
    if (ABSENT if old is None else content_hash(old[0])) != expected:
        raise FileChangedError(path)


def _require_unchanged(
    path: str, old: tuple[bytes, os.stat_result] | None, now: tuple[bytes, os.stat_result] | None
) -> None:
    """Look once more, at the last moment at which a save by the user can be seen."""
    if (None if old is None else old[0]) != (None if now is None else now[0]):
        raise FileChangedError(path)


def _write_temporary(folder: _Folder, name: str, data: bytes, mode: int | None) -> None:
    """Write and sync; a new file takes the mode that the umask gives, an old one keeps its own."""
    handle = folder.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        if mode is not None and hasattr(os, "fchmod"):
            os.fchmod(handle, mode)
        os.fsync(handle)


def _kind(status: os.stat_result) -> str:
    for test, name in (
        (stat.S_ISLNK, "a symbolic link"),
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISREG, "a file"),
    ):
        if test(status.st_mode):
            return name
    return "a device"
