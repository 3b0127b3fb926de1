from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tlgit.files.lock import Lock, LockedError, LockUnavailableError

_HOLD = (
    "import sys, pathlib, time; from tlgit.files.lock import Lock\n"
    "with Lock(pathlib.Path(sys.argv[1]), purpose='tlgit watch'):\n"
    "    print('held', flush=True); time.sleep(60)"
)


def test_one_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "tlgit" / "lock"
    with (
        Lock(path, purpose="tlgit sync"),
        pytest.raises(LockedError, match=f"process {os.getpid()}, tlgit sync") as caught,
        Lock(path, purpose="second"),
    ):
        pytest.fail("two hold one lock")
    assert caught.value.exit_code == 4
    with Lock(path, purpose="third"):
        assert "third" in path.read_text()
    assert path.read_text() == ""


def test_waiting_for_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first = Lock(path, purpose="first")
    first.__enter__()
    threading.Timer(0.2, first.__exit__, (None, None, None)).start()
    start = time.monotonic()
    with Lock(path, purpose="second", timeout=5):
        assert 0.1 < time.monotonic() - start < 3


def test_it_dies_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(path)], stdout=subprocess.PIPE, env=environment
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        with pytest.raises(LockedError, match="tlgit watch"), Lock(path, purpose="second"):
            pytest.fail("two hold one lock")
        child.send_signal(signal.SIGKILL)
    with Lock(path, purpose="second", timeout=5):
        assert path.read_text() == f"process {os.getpid()}, second\n"


def test_a_holder_with_control_characters(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with (
        Lock(path, purpose="\x1b]0;pwn\x07" + "x" * 500),
        pytest.raises(LockedError) as caught,
        Lock(path, purpose="second"),
    ):
        pytest.fail("two hold one lock")
    assert caught.value.holder.isprintable()
    assert len(caught.value.holder) <= 200


def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with (
        pytest.raises(LockUnavailableError, match="No locks available"),
        Lock(tmp_path / "lock", purpose="x"),
    ):
        pytest.fail("there is no lock")


def test_a_link_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("precious")
    (tmp_path / "lock").symlink_to("target")
    with pytest.raises(LockUnavailableError), Lock(tmp_path / "lock", purpose="x"):
        pytest.fail("there is no lock")
    assert (tmp_path / "target").read_text() == "precious"
