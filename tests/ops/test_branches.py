from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.builders import (
    FIRST,
    PATH,
    SECOND,
    SHEET,
    Sets,
    changed,
    clone,
    configure,
    make_sets,
    sample,
)
from tlgit.errors import RepositoryError
from tlgit.ops.take import Outcome

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def sets(tmp_path: Path) -> Sets:
    sets = make_sets(tmp_path / "sets")
    sets.take(FIRST)
    return sets


def test_deleted_list_stays_deleted(sets: Sets) -> None:
    sets.git("rm", "--quiet", PATH)
    sets.commit()
    report = sets.take(SECOND)
    assert report.taken[0].outcome is Outcome.DELETED
    assert report.is_settled
    assert report.rendered.removed == (SHEET,)
    assert not (sets.root / PATH).exists()
    assert not (sets.root / SHEET).exists()
    before = sets.state()
    sets.take(SECOND)
    sets.take()
    assert sets.state() == before
    sets.git("restore", "--source=upstream", "--", PATH)
    assert sets.take(SECOND).taken[0].outcome is Outcome.UPDATED
    assert "Glass Harbour" in sets.read()


def test_deleted_but_not_committed(sets: Sets) -> None:
    (sets.root / PATH).unlink()
    assert sets.take(SECOND).taken[0].outcome is Outcome.DEFERRED
    assert not (sets.root / PATH).exists()


def test_renamed_list_keeps_getting_updates(sets: Sets) -> None:
    sets.git("mv", PATH, "tracklists/harbour.yaml")
    sets.commit()
    report = sets.take(SECOND)
    assert (report.taken[0].outcome, report.taken[0].path) == (Outcome.UPDATED, "tracklists/harbour.yaml")
    assert "Glass Harbour" in sets.read("tracklists/harbour.yaml")
    assert not (sets.root / PATH).exists()
    assert not (sets.root / SHEET).exists()
    assert "Glass Harbour" in sets.read("cue/harbour.cue")
    assert sets.git("ls-files", "tracklists") == "tracklists/harbour.yaml"


def test_rename_that_is_not_committed_waits(sets: Sets) -> None:
    sets.git("mv", PATH, "tracklists/harbour.yaml")
    before = sets.state()
    report = sets.take(SECOND)
    assert report.taken[0].outcome is Outcome.DEFERRED
    assert any("renamed" in deferred.reason for deferred in report.deferred)
    assert sets.state() == before


def test_copy_of_a_list_is_not_committed(sets: Sets) -> None:
    sets.write(sets.read(), "tracklists/copy.yaml")
    report = sets.take(SECOND)
    assert [deferred.path for deferred in report.deferred] == ["tracklists/copy.yaml"]
    assert report.taken[0].outcome is Outcome.UPDATED
    assert sets.git("status", "--porcelain") == "?? tracklists/copy.yaml"


def test_branch_that_was_reset_is_merged_again(sets: Sets) -> None:
    sets.take(SECOND)
    merged = sets.read()
    sets.git("reset", "--quiet", "--hard", "HEAD~1")
    assert sets.take().merged == (PATH,)
    assert sets.read() == merged
    sets.git("reset", "--quiet", "--hard", "HEAD~2")
    assert not (sets.root / PATH).exists()
    assert sets.take().merged == (PATH,)
    assert sets.read() == merged
    sets.check()


def test_lost_upstream_is_found_again(sets: Sets) -> None:
    sets.edit(("title: Copper Sky", "title: Mine"))
    tip = sets.at("upstream")
    sets.git("branch", "--quiet", "-D", "upstream")
    assert sets.take(SECOND).is_settled
    assert sets.at("upstream^") == tip
    assert "title: Mine" in sets.read()
    assert "Glass Harbour" in sets.read()
    sets.check()


def test_lost_upstream_without_a_trace_loses_no_edit(sets: Sets) -> None:
    mine = sets.edit(("title: Copper Sky", "title: Mine"), ('"8:35"', '"8:37"'))
    sets.git("checkout", "--quiet", "--orphan", "fresh")
    sets.commit("all anew")
    sets.git("branch", "--quiet", "-D", "upstream", "main")
    report = sets.take(SECOND)
    assert report.taken[0].outcome is Outcome.REVIEW
    assert "title: Mine" in sets.read()
    assert '"8:37"' in sets.read()
    assert sets.read().count("- start") + sets.read().count("- with") >= mine.count("ref:")
    before = sets.state()
    sets.take(SECOND)
    assert sets.state() == before


def test_on_a_branch_with_another_name(sets: Sets) -> None:
    sets.git("switch", "--quiet", "-c", "summer")
    main = sets.at("main")
    assert sets.take(SECOND).is_settled
    assert sets.at("main") == main
    assert "Glass Harbour" in sets.shown("summer")
    sets.git("switch", "--quiet", "main")
    assert sets.take().merged == (PATH,)
    assert sets.at("main:tracklists") == sets.at("summer:tracklists")


def test_linked_worktree(sets: Sets, tmp_path: Path) -> None:
    sets.git("worktree", "add", "--quiet", "-b", "linked", str(tmp_path / "linked"))
    linked = Sets(tmp_path / "linked")
    main = sets.state()["files"]
    assert linked.take(SECOND).is_settled
    assert "Glass Harbour" in linked.read()
    assert linked.git("status", "--porcelain") == ""
    assert (linked.root / SHEET).is_file()
    assert sets.state()["files"] == main
    assert sets.take().merged == (PATH,)
    assert sets.read() == linked.read()
    assert "Glass Harbour" in sets.read(SHEET)


def test_upstream_checked_out_elsewhere(sets: Sets, tmp_path: Path) -> None:
    sets.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "upstream")
    before = sets.state()
    with pytest.raises(RepositoryError, match="another worktree"):
        sets.take(SECOND)
    assert sets.state() == before


def test_two_clones_that_merged_the_same(sets: Sets, tmp_path: Path) -> None:
    other = clone(sets, tmp_path / "clone")
    other.git("branch", "--quiet", "upstream", "origin/upstream")
    sets.edit(("title: Copper Sky", "title: Mine"))
    sets.take(SECOND)
    other.edit(("title: Foundry (ID Remix)", "title: Foundry (Theirs)"))
    other.take(SECOND)
    configure(other)
    other.git("fetch", "--quiet")
    other.git("merge", "--quiet", "-m", "both", "origin/main")
    text = other.read()
    assert "title: Mine" in text
    assert "title: Foundry (Theirs)" in text
    assert text.count("Glass Harbour") == 1
    assert other.take(SECOND).is_settled
    other.check()


def test_merge_that_was_reverted_stays_reverted(sets: Sets) -> None:
    sets.take(SECOND)
    sets.git("revert", "--no-edit", "-m", "1", "HEAD")
    assert sets.take(SECOND).taken[0].outcome is Outcome.UNCHANGED
    assert "Glass Harbour" not in sets.read()
    later = changed(sample(SECOND), "30410014", label="THIRD")
    assert sets.take(later).taken[0].outcome is Outcome.REVIEW
    assert "Glass Harbour" not in sets.read()


def test_upstream_catches_up_with_what_another_clone_merged(sets: Sets, tmp_path: Path) -> None:
    other = clone(sets, tmp_path / "other")
    other.git("branch", "--quiet", "upstream", "origin/upstream")
    sets.take(SECOND)
    other.git("pull", "--quiet", "--ff-only")
    assert other.at("upstream") != sets.at("upstream")
    assert other.take(SECOND).taken[0].outcome is Outcome.UNCHANGED
    assert other.at("upstream") == sets.at("upstream")
    assert other.at("HEAD") == sets.at("HEAD")
    other.check()
