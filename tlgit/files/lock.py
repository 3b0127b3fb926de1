"""One writer at a time: a lock on a file, held by the system, that dies with its process.

The file stays behind and means nothing by itself; nobody ever has to remove it.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from typing import TYPE_CHECKING, Final, Self

from tlgit.errors import BusyError, RepositoryError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_PAUSE: Final = 0.05
_HELD: Final = frozenset({errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK})
_HOLDER_LENGTH: Final = 200
_BYTE: Final = 1 << 30
"""Where Windows locks: beyond the text, so that others can read who the holder is."""


class LockedError(BusyError):
    """Another process holds the lock; `holder` is what it wrote about itself."""

    def __init__(self, path: Path, holder: str) -> None:
        super().__init__(
            f"another tlgit is at work here: {holder or 'it did not say which'}",
            hint="wait for it, or end it; the lock goes with it",
        )
        self.path = path
        self.holder = holder


class LockUnavailableError(RepositoryError):
    """The file system cannot lock, or the file cannot be made."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(
            f"the lock {str(path)!r} cannot be taken: {error.strerror or error}",
            hint="a network or synchronized folder may not support locks; keep the repository on a local disk",
        )
        self.path = path


class Lock:
    """A context manager that holds `path` locked for this process; not to be entered twice.

    Waits up to `timeout` seconds, then raises LockedError. `purpose` is the command, for the message of others.
    """

    def __init__(self, path: Path, *, purpose: str, timeout: float = 0.0) -> None:
        self.path = path
        self.purpose = purpose
        self.timeout = timeout
        self._handle: int | None = None

    def __enter__(self) -> Self:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
            try:
                self._wait(handle)
                os.ftruncate(handle, 0)
                os.lseek(handle, 0, os.SEEK_SET)
                os.write(handle, f"process {os.getpid()}, {self.purpose}\n".encode())
            except BaseException:
                os.close(handle)
                raise
        except OSError as error:
            raise LockUnavailableError(self.path, error) from error
        self._handle = handle
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            os.ftruncate(handle, 0)
            os.close(handle)

    def _wait(self, handle: int) -> None:
        deadline = time.monotonic() + self.timeout
        while not _try_lock(handle):
            if time.monotonic() >= deadline:
                raise LockedError(self.path, _read_holder(handle))
            time.sleep(_PAUSE)


def _try_lock(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            os.lseek(handle, _BYTE, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            return False
        raise
    return True


def _read_holder(handle: int) -> str:
    os.lseek(handle, 0, os.SEEK_SET)
    text = os.read(handle, _HOLDER_LENGTH).decode("utf-8", "replace").strip()
    return "".join(character if character.isprintable() else "?" for character in text)
