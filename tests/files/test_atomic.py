from __future__ import annotations

import errno
import itertools
import os
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tlgit.files import atomic
from tlgit.files.atomic import (
    ABSENT,
    FileAccessError,
    FileChangedError,
    FileTooLargeError,
    UnsafeTargetError,
    content_hash,
    read_file,
    remove_file,
    sweep_temporary,
    write_file,
)
from tlgit.files.names import UnsafePathError

if TYPE_CHECKING:
    from collections.abc import Callable


def _names(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*")}


def test_write_read_remove(tmp_path: Path) -> None:
    path = "lists/a b/é.yaml"
    assert read_file(tmp_path, path) is None
    assert write_file(tmp_path, path, b"one", expected=ABSENT)
    assert read_file(tmp_path, path) == (tmp_path / path).read_bytes() == b"one"
    assert write_file(tmp_path, path, b"two", expected=content_hash(b"one"))
    assert write_file(tmp_path, path, b"three", expected=None)
    assert _names(tmp_path) == {"lists", "lists/a b", path}
    assert remove_file(tmp_path, path, content_hash(b"three"))
    assert not remove_file(tmp_path, path, content_hash(b"three"))
    assert not remove_file(tmp_path, "no/folder", content_hash(b""))


def test_equal_bytes_leave_the_file_alone(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"same")
    os.utime(tmp_path / "a", ns=(1, 1))
    before = (tmp_path / "a").stat()
    for expected in (None, ABSENT, content_hash(b"same"), content_hash(b"other")):
        assert not write_file(tmp_path, "a", b"same", expected=expected)
    after = (tmp_path / "a").stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_ctime_ns) == (before.st_ino, 1, before.st_ctime_ns)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o755])
def test_the_mode_is_kept(tmp_path: Path, mode: int) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "a").chmod(mode)
    write_file(tmp_path, "a", b"new", expected=None)
    assert (tmp_path / "a").stat().st_mode & 0o7777 == mode


def test_a_new_file_takes_the_mode_of_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_file(tmp_path, "a", b"new", expected=None)
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o7777 == 0o640


def test_bytes_that_the_caller_has_not_seen_stay(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"user")
    for expected in (ABSENT, content_hash(b"seen")):
        with pytest.raises(FileChangedError):
            write_file(tmp_path, "a", b"new", expected=expected)
    with pytest.raises(FileChangedError):
        write_file(tmp_path, "b", b"new", expected=content_hash(b"seen"))
    with pytest.raises(FileChangedError):
        remove_file(tmp_path, "a", content_hash(b"seen"))
    assert _names(tmp_path) == {"a"}
    assert (tmp_path / "a").read_bytes() == b"user"


@pytest.mark.parametrize("before", [b"old", None])
def test_a_save_at_the_last_moment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bytes | None
) -> None:
    file = tmp_path / "a"
    if before is not None:
        file.write_bytes(before)
    write = atomic._write_temporary

    def write_and_save(*arguments: object) -> None:
        write(*arguments)  # type: ignore[arg-type]  # the arguments are only passed on
        file.write_bytes(b"saved by the user")

    monkeypatch.setattr(atomic, "_write_temporary", write_and_save)
    with pytest.raises(FileChangedError):
        write_file(tmp_path, "a", b"new", expected=None)
    assert _names(tmp_path) == {"a"}
    assert file.read_bytes() == b"saved by the user"


@pytest.mark.parametrize("call", ["fsync", "replace", "fchmod", "mkdir"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_a_failing_disk_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    (tmp_path / "a").write_bytes(b"old")

    def fail(*_arguments: object, **_options: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, call, fail)
    path = "new/b" if call == "mkdir" else "a"
    with pytest.raises(FileAccessError, match=os.strerror(number)) as caught:
        write_file(tmp_path, path, b"new", expected=None)
    assert (caught.value.path, caught.value.errno) == (path, number)
    assert _names(tmp_path) == {"a"}
    assert (tmp_path / "a").read_bytes() == b"old"


def test_everything_is_on_the_disk_before_the_name_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def recording(name: str) -> Callable[..., object]:
        original = getattr(os, name)

        def call(*arguments: object, **options: object) -> object:
            calls.append(name)
            return original(*arguments, **options)

        return call

    for name in ("fsync", "replace"):
        monkeypatch.setattr(os, name, recording(name))
    write_file(tmp_path, "a", b"new", expected=None)
    assert calls == ["fsync", "replace", "fsync"]


def _make_link(path: Path) -> None:
    path.symlink_to("target")


def _make_dangling_link(path: Path) -> None:
    path.symlink_to("/nowhere/at/all")


def _make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(path))


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (_make_link, "symbolic link"),
        (_make_dangling_link, "symbolic link"),
        (os.mkdir, "folder"),
        (os.mkfifo, "pipe"),
        (_make_socket, "socket"),
    ],
)
def test_only_plain_files(tmp_path: Path, make: Callable[[Path], None], kind: str) -> None:
    (tmp_path / "target").write_bytes(b"target")
    make(tmp_path / "a")
    for attempt in (
        lambda: write_file(tmp_path, "a", b"new", expected=None),
        lambda: read_file(tmp_path, "a"),
        lambda: remove_file(tmp_path, "a", content_hash(b"target")),
    ):
        with pytest.raises(UnsafeTargetError, match=kind):
            attempt()
    assert (tmp_path / "target").read_bytes() == b"target"
    assert _names(tmp_path) == {"a", "target"}


def test_no_way_out_through_a_link(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    for folder in (root / "a", outside / "below"):
        folder.mkdir(parents=True)
    (outside / "file").write_bytes(b"outside")
    (root / "a" / "link").symlink_to(outside)
    (root / "up").symlink_to("..")
    for path in ("a/link/file", "a/link/new", "a/link/below/new", "up/outside/file"):
        with pytest.raises(UnsafeTargetError):
            write_file(root, path, b"new", expected=None)
        with pytest.raises(UnsafeTargetError):
            read_file(root, path)
        with pytest.raises(UnsafeTargetError):
            remove_file(root, path, content_hash(b"outside"))
    assert _names(outside) == {"below", "file"}
    assert (outside / "file").read_bytes() == b"outside"


def test_a_folder_that_keeps_turning_into_a_link(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    for folder in (root, root / "a", outside):
        folder.mkdir()
    done = threading.Event()

    def swap() -> None:
        for number in itertools.count():
            if done.is_set():
                return
            with suppress(OSError):  # the writer makes the folder anew while it is away
                (root / "a").rename(root / f"away-{number}")
                (root / "a").symlink_to(outside)
            with suppress(OSError):
                (root / "a").unlink()

    swapper = threading.Thread(target=swap)
    swapper.start()
    written = refused = 0
    try:
        for number in range(300):
            try:
                written += write_file(root, "a/file", b"%d" % number, expected=None)
            except (UnsafeTargetError, FileAccessError, FileChangedError):
                refused += 1
    finally:
        done.set()
        swapper.join()
    assert list(outside.iterdir()) == []
    assert written + refused == 300


def test_a_link_put_there_between_look_and_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    for folder in (root / "plain", outside):
        folder.mkdir(parents=True)
    (root / "file").write_bytes(b"plain")
    (outside / "file").write_bytes(b"outside")
    (root / "a").symlink_to(outside)
    (root / "b").symlink_to(outside / "file")
    looks = {"a": (root / "plain").stat(), "b": (root / "file").stat()}
    look = atomic._Folder.status

    def look_earlier(self: atomic._Folder, name: str) -> os.stat_result | None:
        return looks.get(name) or look(self, name)

    monkeypatch.setattr(atomic._Folder, "status", look_earlier)
    for path in ("a/file", "a/new", "b"):
        with pytest.raises(UnsafeTargetError, match="link"):
            write_file(root, path, b"new", expected=None)
    assert _names(outside) == {"file"}
    assert (outside / "file").read_bytes() == b"outside"


def test_a_pipe_put_there_between_look_and_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"plain")
    os.mkfifo(tmp_path / "a")
    plain = (tmp_path / "file").stat()
    monkeypatch.setattr(atomic._Folder, "status", lambda _self, _name: plain)
    with pytest.raises(UnsafeTargetError, match="pipe"):
        read_file(tmp_path, "a")


def test_a_file_gone_between_look_and_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"plain")
    plain = (tmp_path / "file").stat()
    monkeypatch.setattr(atomic._Folder, "status", lambda _self, _name: plain)
    assert read_file(tmp_path, "a") is None


def test_a_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = Path("/dev/null").stat()
    monkeypatch.setattr(atomic._Folder, "status", lambda _self, _name: device)
    with pytest.raises(UnsafeTargetError, match="a device"):
        read_file(tmp_path, "a")


def test_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    with pytest.raises(UnsafeTargetError, match="below a file"):
        write_file(tmp_path, "a/b", b"new", expected=None)


def test_paths_and_names_are_checked(tmp_path: Path) -> None:
    for path in ("../x", "/etc/passwd", ".git/config", "CON.yaml", "new\nline", "aux/b"):
        with pytest.raises(UnsafePathError):
            write_file(tmp_path, path, b"new", expected=None)
    assert _names(tmp_path) == set()


def test_an_odd_name_that_is_there_may_be_written(tmp_path: Path) -> None:
    name = os.fsdecode(b"con\n\xff.yaml")
    (tmp_path / name).write_bytes(b"old")
    assert write_file(tmp_path, name, b"new", expected=content_hash(b"old"))
    assert read_file(tmp_path, name) == b"new"


def test_the_root_may_be_a_link_and_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert write_file(tmp_path / "link", "a", b"x", expected=None)
    with pytest.raises(FileAccessError):
        write_file(tmp_path / "gone", "a", b"x", expected=None)


def test_size_limit(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert read_file(tmp_path, "a", limit=5) == b"12345"
    with pytest.raises(FileTooLargeError, match="5 bytes, at most 4"):
        read_file(tmp_path, "a", limit=4)


def test_no_handle_is_left_open(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    before = len(list(Path("/dev/fd").iterdir()))
    for number in range(20):
        write_file(tmp_path, f"a/b/{number}", b"x", expected=None)
        read_file(tmp_path, f"a/missing/{number}")
        with pytest.raises(UnsafeTargetError):
            write_file(tmp_path, "link/b/c", b"x", expected=None)
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_sweep(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / ".git").mkdir()
    mine = ".tlgit-0123456789abcdef.tmp"
    for name in (
        mine,
        f"a/{mine}",
        f".git/{mine}",
        ".tlgit-young.tmp",
        "a/.tlgit-fedcba9876543210.tmp",
        "b.tmp",
    ):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (1000, 5000 if "fedc" in name else 1000))
    assert sweep_temporary(tmp_path, before=2000) == 2
    assert _names(tmp_path) == {
        *("a", ".git", f".git/{mine}", ".tlgit-young.tmp", "a/.tlgit-fedcba9876543210.tmp", "b.tmp")
    }


def test_without_folder_handles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic, "_HAS_FOLDER_HANDLES", False)
    assert write_file(tmp_path, "a/b/c", b"one", expected=ABSENT)
    assert write_file(tmp_path, "a/b/c", b"two", expected=content_hash(b"one"))
    assert read_file(tmp_path, "a/b/c") == b"two"
    (tmp_path / "link").symlink_to("a")
    with pytest.raises(UnsafeTargetError):
        write_file(tmp_path, "link/b/c", b"x", expected=None)
    assert remove_file(tmp_path, "a/b/c", content_hash(b"two"))
    assert _names(tmp_path) == {"a", "a/b", "link"}
