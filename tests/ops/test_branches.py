from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.builders import (
    FIRST,
    PATH,
    REVIEW,
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
from tlgit.ops.upstream import ForeignUpstreamError

if TYPE_CHECKING:
    from pathlib import Path

    from tlgit.sources.snapshot import Snapshot


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


def waiting(sets: Sets) -> None:
    """A conflict about one title waits on its review branch; the user has an own fix besides."""
    sets.edit(
        ("title: Cassiopea", "title: Cassiopea Mine"),
        ("title: Last Ferry Home", "title: Last Ferry (my fix)"),
    )
    sets.commit()
    assert sets.take(SECOND).taken[0].outcome is Outcome.REVIEW


def later() -> Snapshot:
    """A third edition: one more title changed."""
    found = sample(SECOND)
    tracks = tuple(
        replace(track, title="Ljós (Live)") if track.title == "Ljós" else track
        for track in found.tracklist.tracks
    )
    tracklist = replace(found.tracklist, tracks=tracks)
    return replace(found, tracklist=tracklist, last_edit="2027-01-01 00:00:00")


@pytest.mark.parametrize("is_merged_there", [True, False])
def test_what_the_user_commits_on_a_review_is_theirs(sets: Sets, is_merged_there: bool) -> None:
    waiting(sets)
    sets.git("switch", "--quiet", REVIEW)
    if is_merged_there:
        sets.git("merge", "--quiet", "main", code=None)
        sets.git("checkout", "main", "--", PATH)
        sets.git("commit", "--quiet", "-m", "resolved here")
    else:
        sets.edit(("title: Slow Motion Sunday\n", "title: Slow Motion Sunday (mine)\n"))
        sets.git("commit", "--quiet", "-am", "an own edit")
    theirs = sets.at("HEAD")
    sets.git("switch", "--quiet", "main")
    sets.git("merge", "--quiet", "--no-edit", REVIEW, code=None)
    if not is_merged_there:
        text = sets.read()
        mine = text[text.index("<<<<<<<") : text.index("=======")].splitlines(keepends=True)[1]
        start, end = text.index("<<<<<<<"), text.index(">>>>>>>")
        sets.write(text[:start] + mine + text[text.index("\n", end) + 1 :])
        sets.commit("resolved")
    report = sets.take()
    assert report.settled == (REVIEW,)
    upstream = sets.shown("upstream")
    assert "my fix" not in upstream
    assert "(mine)" not in upstream
    assert sets.git("merge-base", "--is-ancestor", theirs, "HEAD") == ""
    sets.take(later())
    text = sets.read()
    assert "title: Ljós (Live)" in text
    assert "title: Cassiopea Mine" in text
    assert "title: Last Ferry (my fix)" in text
    assert is_merged_there or "title: Slow Motion Sunday (mine)" in text
    sets.check()


def test_commits_on_a_review_survive_the_next_page(sets: Sets) -> None:
    waiting(sets)
    sets.git("switch", "--quiet", REVIEW)
    sets.edit(("title: Slow Motion Sunday\n", "title: Slow Motion Sunday (mine)\n"))
    sets.git("commit", "--quiet", "-am", "an own edit")
    mine = sets.at("HEAD")
    sets.git("switch", "--quiet", "main")
    report = sets.take(later())
    assert any("are kept on" in words for words in report.recovered)
    assert (
        sets.git("for-each-ref", "--contains", mine, "--format=%(refname:short)")
        == f"kept/{REVIEW}-{mine[:7]}"
    )
    assert sets.take(later()).recovered == ()
    sets.check()


def test_foreign_commit_on_upstream_is_not_what_the_source_said(sets: Sets) -> None:
    waiting(sets)
    own = sets.at("upstream")
    sets.git("switch", "--quiet", "upstream")
    sets.git("merge", "--quiet", "--no-edit", "main", code=None)
    sets.git("checkout", "main", "--", PATH)
    sets.git("commit", "--quiet", "-m", "main here", "--allow-empty", code=None)
    sets.git("switch", "--quiet", "main")
    before = sets.state()
    with pytest.raises(ForeignUpstreamError) as caught:
        sets.take(later())
    assert own in str(caught.value.hint)
    assert sets.state() == before
    sets.git("branch", "--force", "upstream", own)
    sets.take(later())
    assert "title: Last Ferry (my fix)" in sets.read()
