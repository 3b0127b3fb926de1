from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tlgit.errors import RepositoryError
from tlgit.git import command
from tlgit.git.command import GitCommandError, LockHeldError
from tlgit.git.repository import Repository
from tlgit.git.user import IdentityError
from tlgit.git.worktree import PathState, UnmergedError

if TYPE_CHECKING:
    from tests.conftest import Git


@pytest.fixture
def repo(repository: Path) -> Repository:
    return Repository.open(repository)


def _write(repo: Repository, path: str, text: str) -> None:
    file = repo.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _hook(repo: Repository, name: str, script: str) -> None:
    folder = repo.git_dir / "hooks"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


def test_status(repo: Repository, git: Git) -> None:
    assert repo.path_status() == {}
    for path in ("a b", "lists/é\n.yaml", "lists/staged", "listsx"):
        _write(repo, path, "x")
    git(repo.root, "add", "lists/staged")
    _write(repo, "README", "changed")
    found = repo.path_status()
    assert list(found) == ["README", "lists/staged", "a b", "lists/é\n.yaml", "listsx"]
    blob = git(repo.root, "rev-parse", "HEAD:README")
    assert found["README"] == PathState(staged=".", worktree="M", head_oid=blob, index_oid=blob)
    assert found["lists/staged"].is_staged
    assert not found["README"].is_staged
    assert found["a b"].is_untracked
    assert not found["a b"].is_staged
    assert set(repo.path_status("lists")) == {"lists/staged", "lists/é\n.yaml"}
    assert set(repo.path_status("README", "listsx", "missing")) == {"README", "listsx"}
    assert repo.path_status("*") == {}


def test_status_is_the_same_whatever_the_settings(repo: Repository, git: Git) -> None:
    for key, value in {
        "color.ui": "always",
        "status.branch": "true",
        "status.showStash": "true",
        "status.relativePaths": "true",
        "status.showUntrackedFiles": "no",
        "status.renames": "copies",
        "core.quotePath": "true",
        "core.fsmonitor": "false",
    }.items():
        git(repo.root, "config", key, value)
    git(repo.root, "mv", "README", "ÜBER")
    _write(repo, "new/file", "x")
    assert {path: state.staged for path, state in repo.path_status().items()} == {
        "README": "D",
        "ÜBER": "A",
        "new/file": "?",
    }


def test_status_of_very_many_paths(repo: Repository) -> None:
    _write(repo, "lists/1/a", "x")
    _write(repo, "lists/2", "x")
    _write(repo, "other", "x")
    many = [f"lists/{number}" for number in range(1000)]
    assert set(repo.path_status(*many)) == {"lists/1/a", "lists/2"}


def test_status_in_conflict(repo: Repository, git: Git) -> None:
    git(repo.root, "checkout", "--quiet", "-b", "other")
    _write(repo, "README", "theirs")
    git(repo.root, "commit", "--quiet", "-am", "theirs")
    git(repo.root, "checkout", "--quiet", "main")
    _write(repo, "README", "ours")
    git(repo.root, "commit", "--quiet", "-am", "ours")
    git(repo.root, "merge", "other", check=False)
    state = repo.path_status("README")["README"]
    assert (state.staged, state.worktree, state.is_unmerged, state.is_staged) == ("U", "U", True, True)
    with pytest.raises(UnmergedError, match="README"):
        repo.commit_user_paths(["README"], "x")


def test_attributes(repo: Repository) -> None:
    _write(repo, ".gitattributes", "lists/*.yaml merge=tlgit diff=tlgit\nlists/b* filter=crypt -merge\n")
    names = ["lists/a.yaml", "lists/b.yaml", "c"]
    assert repo.attributes(names) == {
        "lists/a.yaml": {"merge": "tlgit"},
        "lists/b.yaml": {"merge": "unset", "filter": "crypt"},
        "c": {},
    }
    assert repo.attributes([]) == {}


def test_update_index_leaves_a_clean_status(repo: Repository, git: Git) -> None:
    _write(repo, "old/gone", "x")
    git(repo.root, "add", ".")
    git(repo.root, "commit", "--quiet", "-m", "two")
    _write(repo, "mine", "staged by the user")
    git(repo.root, "add", "mine")
    old = repo.head().oid or ""
    blobs = {"README": repo.write_blob(b"new\n"), "lists/é a": repo.write_blob(b"x\n")}
    new = repo.write_commit(repo.write_tree(old, {**blobs, "old/gone": None}), (old,), "sync")
    _write(repo, "README", "new\n")
    _write(repo, "lists/é a", "x\n")
    (repo.root / "old" / "gone").unlink()
    repo.update_index({**{path: (0o100644, oid) for path, oid in blobs.items()}, "old/gone": None})
    repo.move_ref("refs/heads/main", new, old, "sync")
    assert git(repo.root, "status", "--porcelain") == "A  mine"
    assert git(repo.root, "diff-files", "--name-only") == ""
    assert git(repo.root, "fsck", "--strict", "--no-dangling") == ""
    repo.update_index({})


def test_update_index_where_a_file_becomes_a_folder(repo: Repository, git: Git) -> None:
    repo.update_index({"README/below": (0o100644, repo.write_blob(b"x"))})
    assert git(repo.root, "ls-files") == "README/below"


@pytest.mark.parametrize("path", ["../b", ".git/config", "a//b", ""])
def test_update_index_tells_what_git_silently_ignores(repo: Repository, git: Git, path: str) -> None:
    with pytest.raises(RepositoryError):
        repo.update_index({path: (0o100644, repo.write_blob(b"x"))})
    assert git(repo.root, "ls-files") == "README"


def test_update_index_waits_for_the_lock(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = repo.git_dir / "index.lock"
    lock.touch()
    threading.Timer(0.3, lock.unlink).start()
    entry = (0o100644, repo.write_blob(b"x"))
    repo.update_index({"a": entry})
    monkeypatch.setattr(command, "PATIENCE", 0.1)
    lock.touch()
    with pytest.raises(LockHeldError):
        repo.update_index({"b": entry})
    lock.unlink()
    assert set(repo.path_status()) == {"a"}


def test_update_index_beside_git_add_loses_nothing(repo: Repository, git: Git) -> None:
    for number in range(10):
        _write(repo, f"theirs-{number}", "x")
    done = threading.Event()

    def add() -> None:
        for number in range(10):
            while not _succeeds(repo.root, "add", f"theirs-{number}"):
                pass
        done.set()

    worker = threading.Thread(target=add)
    worker.start()
    entry = (0o100644, repo.write_blob(b"x"))
    for number in range(10):
        repo.update_index({f"ours-{number}": entry})
    worker.join()
    assert done.is_set()
    assert len(git(repo.root, "ls-files").split()) == 21


def _succeeds(folder: Path, *arguments: str) -> bool:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False).returncode == 0


def test_commit_of_the_users_paths(repo: Repository, git: Git) -> None:
    _write(repo, "README", "changed")
    _write(repo, "lists/new", "new")
    _write(repo, "staged", "stays")
    git(repo.root, "add", "staged")
    made = repo.commit_user_paths(["lists/new", "README", "clean"], "two files\n\n# not a comment\n")
    assert made == git(repo.root, "rev-parse", "HEAD")
    assert git(repo.root, "show", "--format=%an|%B", "--name-only", "HEAD").split("\n") == [
        *("Test User|two files", "", "# not a comment", "", "", "README", "lists/new")
    ]
    assert git(repo.root, "status", "--porcelain") == "A  staged"
    assert repo.commit_user_paths(["README", "lists"], "again") is None


def test_commit_of_a_deletion_and_of_odd_names(repo: Repository, git: Git) -> None:
    odd = ["-rf", "a b", ":(top)x", "*", "é\n", os.fsdecode(b"\xff")]
    for name in odd:
        _write(repo, name, name.encode("utf-8", "replace").decode())
    (repo.root / "README").unlink()
    assert repo.commit_user_paths([*odd, "README"], "odd") is not None
    assert set(repo.files(repo.head().oid or "")) == set(odd)
    git(repo.root, "rm", "--quiet", "--", "-rf")
    assert repo.commit_user_paths(["-rf"], "removed") is not None
    assert repo.path_status() == {}


def test_the_first_commit(git: Git, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "empty")
    repo = Repository.open(tmp_path / "empty")
    _write(repo, "a", "x")
    _write(repo, "b", "x")
    made = repo.commit_user_paths(["a"], "first")
    assert made is not None
    assert list(repo.files(made)) == ["a"]
    assert repo.path_status()["b"].is_untracked


def test_a_hook_refuses(repo: Repository, git: Git) -> None:
    _hook(repo, "pre-commit", 'echo "Fix your cues $TLGIT_ACTIVE" >&2; exit 1')
    _write(repo, "README", "changed")
    _write(repo, "new", "x")
    before = git(repo.root, "ls-files", "--stage")
    with pytest.raises(GitCommandError, match="Fix your cues 1"):
        repo.commit_user_paths(["README", "new"], "x")
    assert git(repo.root, "ls-files", "--stage") == before
    assert git(repo.root, "status", "--porcelain") == " M README\n?? new"


def test_a_signature_is_refused(repo: Repository, git: Git) -> None:
    git(repo.root, "config", "commit.gpgSign", "true")
    git(repo.root, "config", "gpg.program", "false")
    _write(repo, "README", "changed")
    with pytest.raises(GitCommandError, match="gpg failed"):
        repo.commit_user_paths(["README"], "x")
    assert git(repo.root, "status", "--porcelain") == " M README"


def test_nobody_to_commit_as(repo: Repository, git: Git) -> None:
    git(repo.root, "config", "user.name", "")
    git(repo.root, "config", "user.email", "")
    _write(repo, "new", "changed")
    with pytest.raises(IdentityError):
        repo.commit_user_paths(["new"], "x")
    assert git(repo.root, "status", "--porcelain") == "?? new"


def test_an_ignored_file_is_not_taken(repo: Repository) -> None:
    _write(repo, ".gitignore", "cue/\n")
    _write(repo, "cue/a.cue", "x")
    assert repo.commit_user_paths(["cue/a.cue"], "x") is None


def test_commit_inside_a_hook_has_the_date_of_today(repo: Repository, git: Git) -> None:
    program = (
        "from pathlib import Path; from tlgit.git.repository import Repository;"
        "r = Repository.open(Path.cwd()); Path('inner').write_text('x');"
        "r.commit_user_paths(['inner'], 'inner')"
    )
    _hook(repo, "post-commit", f'[ -n "$TLGIT_ACTIVE" ] || "$PYTHON" -c "{program}"')
    environment = {
        **os.environ,
        "GIT_AUTHOR_DATE": "2001-01-01T00:00:00Z",
        "GIT_AUTHOR_NAME": "Old",
        "PYTHON": sys.executable,
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    _write(repo, "README", "changed")
    subprocess.run(["git", "commit", "-qam", "outer"], cwd=repo.root, env=environment, check=True)
    lines = git(repo.root, "log", "-2", "--format=%s %an %ad", "--date=format:%Y").splitlines()
    assert lines[1] == "outer Old 2001"
    assert lines[0].startswith("inner Test User 2")
    assert not lines[0].endswith("2001")
    assert git(repo.root, "status", "--porcelain") == ""
