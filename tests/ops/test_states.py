from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from tests.builders import (
    FIRST,
    PATH,
    SECOND,
    Sets,
    make_sets,
)
from tlgit.errors import RepositoryError
from tlgit.git.command import GitCommandError
from tlgit.git.user import IdentityError
from tlgit.ops.review import BranchInTheWayError
from tlgit.ops.upstream import ShallowError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def sets(tmp_path: Path) -> Sets:
    sets = make_sets(tmp_path / "sets")
    sets.take(FIRST)
    return sets


def refuses(sets: Sets, kind: type[RepositoryError] = RepositoryError) -> RepositoryError:
    before = sets.state()
    with pytest.raises(kind) as caught:
        sets.take(SECOND)
    assert sets.state() == before
    return caught.value


def diverge(sets: Sets) -> None:
    sets.git("switch", "--quiet", "-c", "other")
    sets.edit(("title: Copper Sky", "title: Copper Sky (Other)"))
    sets.commit()
    sets.git("switch", "--quiet", "main")
    sets.edit(("title: Copper Sky", "title: Copper Sky (Main)"))
    sets.commit()


def test_in_the_middle_of_a_merge(sets: Sets) -> None:
    diverge(sets)
    sets.git("merge", "other", code=1)
    assert "merge" in refuses(sets).message


def test_in_the_middle_of_a_rebase(sets: Sets) -> None:
    diverge(sets)
    sets.git("rebase", "other", code=1)
    assert "rebase" in refuses(sets).message


def test_detached_head(sets: Sets) -> None:
    sets.git("switch", "--quiet", "--detach")
    assert "detached" in refuses(sets).message


@pytest.mark.parametrize("branch", ["upstream", "review/x"])
def test_on_a_branch_of_the_machine(sets: Sets, branch: str) -> None:
    sets.git("branch", "--force", branch, "upstream")
    sets.git("switch", "--quiet", branch)
    assert branch in refuses(sets).message


def test_bare_repository(tmp_path: Path, sets: Sets) -> None:
    sets.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    done = Sets(tmp_path / "bare.git").tlgit("import", SECOND)
    assert done.code == 4


def test_no_identity(sets: Sets, monkeypatch: pytest.MonkeyPatch) -> None:
    sets.git("config", "user.useConfigOnly", "true")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    refuses(sets, IdentityError)


def test_index_locked_by_somebody_else(sets: Sets) -> None:
    lock = sets.root / ".git" / "index.lock"
    lock.touch()
    before = (sets.at("main"), sets.read(), sets.git("ls-files", "--stage"))
    with pytest.raises(RepositoryError):
        sets.take(SECOND)
    assert (sets.at("main"), sets.read(), sets.git("ls-files", "--stage")) == before
    assert lock.exists()
    lock.unlink()
    assert sets.take().merged == (PATH,)
    sets.check()


def test_signature_that_fails(sets: Sets) -> None:
    before = (sets.at("main"), sets.read(), sets.git("ls-files", "--stage"))
    sets.git("config", "commit.gpgSign", "true")
    sets.git("config", "gpg.program", "false")
    done = sets.tlgit("import", SECOND)
    assert done.code == 4
    assert (sets.at("main"), sets.read(), sets.git("ls-files", "--stage")) == before
    sets.check()
    sets.git("config", "--unset", "commit.gpgSign")
    assert sets.take().is_settled
    assert "Glass Harbour" in sets.read()


def test_edit_whose_signature_fails_is_kept(sets: Sets) -> None:
    sets.git("config", "commit.gpgSign", "true")
    sets.git("config", "gpg.program", "false")
    sets.edit(("title: Copper Sky", "title: Mine"))
    refuses(sets)


@pytest.mark.parametrize("hook", ["pre-commit", "commit-msg"])
def test_hook_that_refuses_an_edit(sets: Sets, hook: str) -> None:
    install(sets, hook, "echo 'not on a Sunday' >&2; exit 1")
    sets.edit(("title: Copper Sky", "title: Mine"))
    error = refuses(sets, GitCommandError)
    assert "not on a Sunday" in error.message


@pytest.mark.parametrize("hook", ["pre-merge-commit", "commit-msg"])
def test_hook_that_refuses_the_merge(sets: Sets, hook: str) -> None:
    install(sets, hook, "echo 'not on a Sunday' >&2; exit 1")
    before = (sets.at("main"), sets.read(), sets.git("ls-files", "--stage"))
    with pytest.raises(GitCommandError, match="not on a Sunday"):
        sets.take(SECOND)
    assert (sets.at("main"), sets.read(), sets.git("ls-files", "--stage")) == before
    (sets.root / ".git" / "hooks" / hook).unlink()
    assert sets.take().is_settled
    sets.check()


def install(sets: Sets, name: str, body: str) -> None:
    hook = sets.root / ".git" / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)


def test_hook_that_rewrites_the_message(sets: Sets) -> None:
    install(sets, "commit-msg", 'echo "Signed-off-by: Me <me@example.org>" >> "$1"')
    sets.take(SECOND)
    assert "Signed-off-by: Me" in sets.git("log", "-1", "--format=%B")


def test_shallow_clone(sets: Sets, tmp_path: Path) -> None:
    sets.edit(("title: Copper Sky", "title: Mine"))
    sets.commit()
    sets.git(
        "clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{sets.root}", str(tmp_path / "s")
    )
    other = Sets(tmp_path / "s")
    other.git("branch", "upstream", "origin/upstream")
    refuses(other, ShallowError)
    other.git("fetch", "--quiet", "--unshallow")
    assert other.take(SECOND).is_settled


def test_shallow_clone_without_upstream_does_not_bring_back_what_was_deleted(
    sets: Sets, tmp_path: Path
) -> None:
    text = sets.read()
    start = text.index('  - start: "8:35"')
    sets.write(text[:start] + text[text.index('  - start: "12:20"') :])
    sets.commit()
    sets.git("clone", "--quiet", "--depth=1", f"file://{sets.root}", str(tmp_path / "s"))
    other = Sets(tmp_path / "s")
    refuses(other, ShallowError)
    assert "Copper Sky" not in other.read()


def test_branch_in_the_way_of_reviews(sets: Sets) -> None:
    sets.git("branch", "review")
    refuses(sets, BranchInTheWayError)
    sets.git("branch", "-m", "review", "mine")
    assert sets.take(SECOND).is_settled
