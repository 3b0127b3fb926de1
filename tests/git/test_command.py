from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tlgit.git import command
from tlgit.git.command import (
    GitCommandError,
    GitMissingError,
    GitProgram,
    GitTimeoutError,
    LockHeldError,
    clean_environment,
    clean_text,
    require_git,
)

if TYPE_CHECKING:
    from tests.conftest import Git


def _fake_git(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    program = folder / "git"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)


def test_output_is_bytes_text_and_records(repository: Path) -> None:
    (repository / "a b").write_bytes(b"")
    (repository / "c\nd").write_bytes(b"")
    output = GitProgram(folder=repository, git_dir=repository / ".git").run("ls-files", "-z", "--others")
    assert output.records == ("a b", "c\nd")
    assert GitProgram(folder=repository).run("rev-parse", "--show-prefix", "--git-dir").text == "\n.git"


def test_the_hook_environment_does_no_harm(
    repository: Path, tmp_path: Path, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "GIT_DIR": str(tmp_path / "nowhere"),
        "GIT_INDEX_FILE": str(tmp_path / "index"),
        "GIT_WORK_TREE": str(tmp_path),
        "GIT_OBJECT_DIRECTORY": str(tmp_path / "objects"),
        "GIT_AUTHOR_NAME": "Somebody Else",
        "GIT_AUTHOR_DATE": "2001-01-01T00:00:00Z",
        "GIT_COMMITTER_DATE": "2001-01-01T00:00:00Z",
    }.items():
        monkeypatch.setenv(name, value)
    program = GitProgram(folder=repository, git_dir=repository / ".git")
    tree = program.run("rev-parse", "HEAD^{tree}").text
    commit = program.run("commit-tree", "-m", "x", tree).text
    shown = program.run("show", "-s", "--format=%an %ad %cd", "--date=format:%Y", commit).text
    assert shown == f"Test User {time.gmtime().tm_year} {time.gmtime().tm_year}"


def test_the_users_own_variables_stay() -> None:
    given = {
        "PATH": "/bin",
        "GIT_SSH_COMMAND": "ssh -i key",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "a.b",
        "GIT_CONFIG_VALUE_0": "c",
        "GIT_AUTHOR_NAME": "Me",
        "GIT_TRACE": "1",
        "LC_ALL": "de_DE.UTF-8",
    }
    cleaned = clean_environment(given)
    assert {name for name in given if name not in cleaned} == {"GIT_TRACE"}
    assert cleaned["LC_ALL"] == "C"
    assert "GIT_AUTHOR_NAME" not in clean_environment(given | {"GIT_INDEX_FILE": "x"})


def test_failure_tells_the_words_of_git(repository: Path) -> None:
    with pytest.raises(GitCommandError, match="git cat-file failed with exit code 128: fatal:") as caught:
        GitProgram(folder=repository).run("cat-file", "blob", "nothing")
    assert caught.value.code == 128
    assert caught.value.exit_code == 4


def test_words_are_fit_for_a_terminal_and_hold_no_secrets() -> None:
    raw = b"remote: \x1b]0;pwn\x07 https://me:secret@example.org/x\r\n\xff \xe2\x80\xae"
    assert clean_text(raw) == "remote: \\x1b]0;pwn\\x07 https://***@example.org/x\n\ufffd \\x202e"


def test_a_hanging_git_is_ended_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = tmp_path / "child"
    _fake_git(tmp_path / "bin", f"(sleep 30 & echo $! > {child}; wait)", monkeypatch)
    start = time.monotonic()
    with pytest.raises(GitTimeoutError, match=r"no answer within 0\.5 seconds"):
        GitProgram(folder=tmp_path).run("status", timeout=0.5)
    assert time.monotonic() - start < 5
    pid = int(child.read_text())
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            break
        status = Path(f"/proc/{pid}/stat")
        if status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z":
            break
        time.sleep(0.02)
    else:
        pytest.fail("the child of git is still there")


def test_an_interrupt_ends_git_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def interrupted(self: subprocess.Popen[bytes], *_arguments: object, **_options: object) -> None:
        started.append(self)
        raise KeyboardInterrupt

    _fake_git(tmp_path / "bin", "exec sleep 30", monkeypatch)
    monkeypatch.setattr(subprocess.Popen, "communicate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        GitProgram(folder=tmp_path).run("status")
    assert started[0].returncode == -signal.SIGTERM


def test_a_git_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_GRACE", 0.2)
    _fake_git(tmp_path / "bin", "trap '' TERM; echo ready; while :; do sleep 0.1; done", monkeypatch)
    with pytest.raises(GitTimeoutError):
        GitProgram(folder=tmp_path).run("status", timeout=0.5)


def test_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitMissingError, match="not installed"):
        GitProgram(folder=tmp_path).run("status")


@pytest.mark.parametrize(
    ("said", "message"),
    [("git version 2.37.9", "this one is 2.37"), ("nothing known", "of unknown version")],
)
def test_an_old_git_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, message: str
) -> None:
    _fake_git(tmp_path / "bin", f"echo {said}", monkeypatch)
    with pytest.raises(GitMissingError, match=message):
        require_git()


def test_this_git_is_new_enough() -> None:
    assert require_git() >= command.MINIMUM_VERSION


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(GitMissingError, match="cannot be started"):
        GitProgram(folder=tmp_path / "gone").run("status")


def test_a_lock_is_waited_for(repository: Path) -> None:
    lock = repository / ".git" / "index.lock"
    lock.touch()
    threading.Timer(0.3, lock.unlink).start()
    GitProgram(folder=repository).run_patiently("rm", "--cached", "README")
    assert GitProgram(folder=repository).run("ls-files").text == ""


def test_a_lock_that_stays_is_told(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "PATIENCE", 0.2)
    (repository / ".git" / "index.lock").touch()
    with pytest.raises(LockHeldError, match=r"index\.lock"):
        GitProgram(folder=repository).run_patiently("rm", "--cached", "README")


def test_a_bare_repository_inside_runs_nothing(repository: Path, git: Git) -> None:
    canary = repository / "canary"
    bare = repository / "inside"
    git(repository, "init", "--quiet", "--bare", str(bare))
    git(bare, "config", "core.fsmonitor", f"touch {canary}")
    git(bare, "config", "core.bare", "false")
    git(bare, "config", "core.worktree", ".")
    with pytest.raises(GitCommandError):
        GitProgram(folder=bare).run("status")
    assert not canary.exists()
