from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tlgit.errors import RepositoryError
from tlgit.git import command
from tlgit.git.command import LockHeldError
from tlgit.git.objects import ObjectMissingError
from tlgit.git.references import (
    CheckedOutError,
    Head,
    RefMovedError,
    RefNameError,
    branch_ref,
    check_ref_name,
)
from tlgit.git.repository import Repository

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Git

_UPSTREAM = "refs/heads/upstream"


@pytest.fixture
def repo(repository: Path) -> Repository:
    return Repository.open(repository)


def _commit(repo: Repository, *parents: str, message: str = "x") -> str:
    return repo.write_commit(repo.write_tree(None, {"a": repo.write_blob(b"a")}), parents, message)


def test_head(repo: Repository, git: Git, tmp_path: Path) -> None:
    oid = git(repo.root, "rev-parse", "HEAD")
    assert repo.head() == Head(ref="refs/heads/main", oid=oid)
    git(repo.root, "checkout", "--quiet", "--detach")
    assert repo.head() == Head(ref=None, oid=oid)
    git(tmp_path, "init", "--quiet", "empty")
    assert Repository.open(tmp_path / "empty").head() == Head(ref="refs/heads/main", oid=None)


def test_head_on_a_branch_with_an_odd_name(repo: Repository, git: Git) -> None:
    git(repo.root, "update-ref", "refs/heads/-x", "HEAD")
    git(repo.root, "symbolic-ref", "HEAD", "refs/heads/-x")
    assert repo.head().ref == "refs/heads/-x"
    assert repo.head().oid is not None


def test_make_move_and_delete(repo: Repository, git: Git) -> None:
    first = _commit(repo)
    second = _commit(repo, first)
    assert repo.ref(_UPSTREAM) is None
    repo.move_ref(_UPSTREAM, first, None, "made")
    repo.move_ref(_UPSTREAM, second, first, "moved")
    assert repo.ref(_UPSTREAM) == second == git(repo.root, "rev-parse", "upstream")
    assert git(repo.root, "reflog", "show", "--format=%gs", "upstream") == "moved\nmade"
    assert repo.refs("refs/heads/up") == {_UPSTREAM: second}
    assert repo.refs("refs/heads/review/") == {}
    repo.delete_ref(_UPSTREAM, second)
    assert repo.ref(_UPSTREAM) is None


def test_a_packed_ref_moves_too(repo: Repository, git: Git) -> None:
    first = _commit(repo)
    repo.move_ref(_UPSTREAM, first, None, "made")
    git(repo.root, "pack-refs", "--all")
    second = _commit(repo, first)
    repo.move_ref(_UPSTREAM, second, first, "moved")
    git(repo.root, "pack-refs", "--all")
    repo.delete_ref(_UPSTREAM, second)
    assert git(repo.root, "for-each-ref", "--format=%(refname)") == "refs/heads/main"


def test_the_branch_of_this_worktree_may_move(repo: Repository, git: Git) -> None:
    old = repo.head().oid
    new = repo.write_commit(repo.tree_of(old or ""), (old or "",), "more")
    repo.move_ref("refs/heads/main", new, old, "tlgit: sync")
    assert git(repo.root, "status", "--porcelain") == ""
    assert git(repo.root, "reflog", "-1", "--format=%gs", "HEAD") == "tlgit: sync"


def test_somebody_was_faster(repo: Repository) -> None:
    first, second, third = _commit(repo), _commit(repo, message="y"), _commit(repo, message="z")
    repo.move_ref(_UPSTREAM, first, None, "made")
    for old in (None, second):
        with pytest.raises(RefMovedError) as caught:
            repo.move_ref(_UPSTREAM, third, old, "late")
        assert caught.value.found == first
    with pytest.raises(RefMovedError, match="nothing"):
        repo.move_ref("refs/heads/review/a", third, first, "gone")
    with pytest.raises(RefMovedError):
        repo.delete_ref(_UPSTREAM, second)
    assert repo.ref(_UPSTREAM) == first


def test_a_commit_between_look_and_swap_is_never_lost(
    repo: Repository, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = repo.head().oid or ""
    new = repo.write_commit(repo.tree_of(old), (old,), "ours")
    look = Repository._expect

    def look_then_commit(self: Repository, ref: str, expected: str | None) -> object:
        found = look(self, ref, expected)
        git(repo.root, "commit", "--quiet", "--allow-empty", "-m", "theirs")
        return found

    monkeypatch.setattr(Repository, "_expect", look_then_commit)
    with pytest.raises(RefMovedError):
        repo.move_ref("refs/heads/main", new, old, "ours")
    assert git(repo.root, "log", "--format=%s") == "theirs\nstart"


def test_a_new_ref_between_look_and_swap_is_never_lost(
    repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = _commit(repo), _commit(repo, message="y")
    other = Repository.open(repo.root)
    look = Repository._expect

    def look_then_make(self: Repository, ref: str, expected: str | None) -> object:
        found = look(self, ref, expected)
        monkeypatch.setattr(Repository, "_expect", look)
        other.move_ref(ref, first, None, "theirs")
        return found

    monkeypatch.setattr(Repository, "_expect", look_then_make)
    with pytest.raises(RefMovedError):
        repo.move_ref(_UPSTREAM, second, None, "ours")
    assert repo.ref(_UPSTREAM) == first


def test_many_writers_lose_nothing(repo: Repository, git: Git) -> None:
    repo.move_ref(_UPSTREAM, _commit(repo), None, "made")
    each = 10

    def write(worker: int) -> None:
        mine = Repository.open(repo.root)
        for number in range(each):
            while True:
                tip = mine.ref(_UPSTREAM) or ""
                made = mine.write_commit(mine.tree_of(tip), (tip,), f"{worker}-{number}")
                try:
                    mine.move_ref(_UPSTREAM, made, tip, "race")
                except RefMovedError:
                    continue
                break

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    git(repo.root, "pack-refs", "--all")
    subjects = git(repo.root, "log", "--format=%s", "upstream").split()
    assert len(subjects) == len(set(subjects)) == 4 * each + 1
    assert git(repo.root, "fsck", "--strict", "--no-dangling") == ""


def test_a_held_lock_is_waited_for(repo: Repository) -> None:
    first = _commit(repo)
    lock = repo.git_dir / "refs" / "heads" / "upstream.lock"
    lock.touch()
    threading.Timer(0.3, lock.unlink).start()
    repo.move_ref(_UPSTREAM, first, None, "made")
    assert repo.ref(_UPSTREAM) == first


def test_a_lock_that_stays_is_told(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "PATIENCE", 0.1)
    first = _commit(repo)
    repo.move_ref(_UPSTREAM, first, None, "made")
    (repo.git_dir / "refs" / "heads" / "upstream.lock").touch()
    with pytest.raises(LockHeldError, match="refs/heads/upstream"):
        repo.move_ref(_UPSTREAM, _commit(repo, first), first, "moved")
    with pytest.raises(LockHeldError):
        repo.delete_ref(_UPSTREAM, first)
    assert repo.ref(_UPSTREAM) == first


def test_a_ref_in_the_way_of_a_folder(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "PATIENCE", 0.1)
    first = _commit(repo)
    repo.move_ref("refs/heads/review", first, None, "made")
    with pytest.raises(RepositoryError, match="cannot be moved"):
        repo.move_ref("refs/heads/review/a", first, None, "made")


def test_a_branch_checked_out_elsewhere_does_not_move(repo: Repository, git: Git, tmp_path: Path) -> None:
    first = _commit(repo)
    repo.move_ref(_UPSTREAM, first, None, "made")
    git(repo.root, "worktree", "add", "--quiet", str(tmp_path / "linked"), "upstream")
    with pytest.raises(CheckedOutError, match="linked"):
        repo.move_ref(_UPSTREAM, _commit(repo, first), first, "moved")
    with pytest.raises(CheckedOutError):
        repo.delete_ref(_UPSTREAM, first)
    linked = Repository.open(tmp_path / "linked")
    main = linked.ref("refs/heads/main")
    with pytest.raises(CheckedOutError, match=r"\.git|sets"):
        linked.move_ref("refs/heads/main", _commit(repo, main or ""), main, "moved")
    linked.move_ref(_UPSTREAM, _commit(repo, first), first, "moved")


def test_a_linked_worktree_of_a_bare_repository(repo: Repository, git: Git, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", str(repo.root), "bare.git")
    git(tmp_path / "bare.git", "worktree", "add", "--quiet", "-b", "other", str(tmp_path / "linked"))
    linked = Repository.open(tmp_path / "linked")
    main = linked.ref("refs/heads/main")
    assert main is not None
    linked.move_ref("refs/heads/main", _commit(linked, main), main, "free to move")


def test_a_symbolic_ref_is_refused(repo: Repository, git: Git) -> None:
    git(repo.root, "symbolic-ref", _UPSTREAM, "refs/heads/main")
    with pytest.raises(RepositoryError, match="stands for another"):
        repo.move_ref(_UPSTREAM, _commit(repo), repo.head().oid, "x")


def test_only_commits_are_pointed_at(repo: Repository) -> None:
    with pytest.raises(ObjectMissingError):
        repo.move_ref(_UPSTREAM, repo.write_blob(b"x"), None, "x")


@pytest.mark.parametrize(
    "ref",
    [
        *(
            "",
            "HEAD",
            "main",
            "refs/heads",
            "refs/heads/",
            "refs/heads/-x",
            "refs/heads/a/-x",
            "refs/heads/a..b",
        ),
        *(
            "refs/heads/a.lock",
            "refs/heads/a b",
            "refs/heads/a\x1b",
            "refs/heads/a\0b",
        ),
        *("heads/a/b", "refs/heads/../x", "--all/x/y", "refs/heads/a//b"),
    ],
)
def test_names_that_no_ref_has(ref: str) -> None:
    with pytest.raises(RefNameError):
        check_ref_name(ref)


def test_branch_names() -> None:
    assert branch_ref("review/afrojack") == "refs/heads/review/afrojack"
    assert branch_ref("Björk-\N{MAN}\u200d\N{PERSONAL COMPUTER}").startswith("refs/heads/Björk-")
    with pytest.raises(RefNameError):
        branch_ref("-d")
