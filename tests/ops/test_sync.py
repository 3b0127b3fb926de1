from __future__ import annotations

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
    make_sets,
    sample,
    snapshot,
)
from tlgit.ops.take import Outcome

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def sets(tmp_path: Path) -> Sets:
    return make_sets(tmp_path / "sets")


@pytest.fixture
def filled(sets: Sets) -> Sets:
    sets.take(FIRST)
    return sets


EDITS = (
    ("title: Undertow (Intro Edit)", "title: Undertow (My Cut)"),
    ('"8:35"', '"8:37"'),
    ("label: DOCKSIDE/MORROW (HALCYON)", "label: DOCKSIDE"),
    ("title: Last Ferry Home", "title: Last Ferry Home   # what an end"),
    (
        '  - start: "34:30"\n',
        """\
  # my own, unreleased
  - artist: Me
    title: My Own Thing
    start: "33:00"
  - start: "34:30"
""",
    ),
)


def test_new_list_is_one_commit_on_upstream_and_one_merge(sets: Sets) -> None:
    start = sets.at("HEAD")
    report = sets.take(FIRST)
    (taken,) = report.taken
    assert (taken.outcome, taken.path) == (Outcome.ADDED, PATH)
    assert report.is_settled
    assert sets.count("upstream") == 1
    message = sets.git("log", "-1", "--format=%B", "upstream")
    assert message.splitlines()[0] == (
        "import: Mira Kolb @ Harbour Stage, Tideline Festival, Portugal: new, 16 tracks"
    )
    assert "Tlgit-Action: import" in message
    assert "Tlgit-Source: 1001tracklists" in message
    assert "Tlgit-Tracklist: 2zq4tdl9" in message
    assert sets.git("log", "-1", "--format=%P").split() == [start, sets.at("upstream")]
    assert sets.read() == sets.shown("upstream")
    assert (sets.root / SHEET).is_file()
    assert sets.git("status", "--porcelain") == ""
    sets.check()


def test_same_page_again_changes_nothing(filled: Sets) -> None:
    before = filled.state()
    report = filled.take(FIRST)
    assert report.taken[0].outcome is Outcome.UNCHANGED
    assert report.is_settled
    assert not report.rendered.written
    assert filled.state() == before
    filled.take()
    assert filled.state() == before


def test_first_import_into_a_repository_without_commits(tmp_path: Path) -> None:
    sets = make_sets(tmp_path / "sets", commit=False)
    assert sets.take(FIRST).taken[0].outcome is Outcome.ADDED
    assert sets.read() == sets.shown("HEAD")
    assert sets.git("status", "--porcelain", "--untracked-files=no") == ""
    assert sets.take(SECOND).taken[0].outcome is Outcome.UPDATED
    sets.check()


@pytest.mark.parametrize("is_committed", [True, False])
def test_edits_and_update_are_both_there(filled: Sets, tmp_path: Path, is_committed: bool) -> None:
    mine = filled.edit(*EDITS)
    if is_committed:
        filled.commit()
    report = filled.take(SECOND)
    assert report.taken[0].outcome is Outcome.UPDATED
    assert report.edits == (() if is_committed else (PATH,))
    merged = filled.read()
    assert merged == mine.replace(
        "    artist: ID\n    title: ID\n    ref: 30410005",
        "    artist: Ilse Marlow\n    title: Glass Harbour\n    label: GLASSHOUSE\n    ref: 30410005",
    ).replace("Cassiopea", "Cassiopeia").replace(
        "title: Rooftops At 5 AM\n    label: PAPERMOON", "title: Rooftops At 5 AM\n    label: TIDAL FORM"
    ).replace('"44:20"', '"44:05"') + (
        '  - start: "58:10"\n    artist: Nadja Rae\n    title: Morning Papers (Mira Kolb Remix)\n'
        "    label: SALTWIRE\n    ref: 30417744\n"
    )
    assert filled.git("status", "--porcelain") == ""
    mine_at = filled.at("HEAD^1")
    other = clone(filled, tmp_path / "clone")
    other.git("reset", "--quiet", "--hard", mine_at)
    other.git("merge", "--quiet", "origin/upstream", "-m", "by git")
    assert other.at(f"HEAD:{PATH}") == filled.at(f"HEAD:{PATH}")
    if not is_committed:
        assert filled.git("log", "-1", "--format=%s", mine_at).startswith("edit: Mira Kolb @ Harbour Stage")
    filled.check()


def conflicting(sets: Sets) -> None:
    sets.edit(("title: Cassiopea", "title: Cassiopeia (Live)"))
    sets.commit()


def test_field_in_conflict_waits_and_the_rest_lands(filled: Sets) -> None:
    conflicting(filled)
    report = filled.take(SECOND)
    (taken,) = report.taken
    assert taken.outcome is Outcome.REVIEW
    assert taken.review == REVIEW
    assert [(c.key, c.ours, c.theirs) for c in taken.conflicts] == [
        ("title", "Cassiopeia (Live)", "Cassiopeia")
    ]
    assert not report.is_settled
    assert "title: Cassiopea\n" in filled.shown("upstream")
    assert "title: Cassiopeia\n" in filled.shown(REVIEW)
    assert "title: Glass Harbour" in filled.read()
    assert "title: Cassiopeia (Live)\n" in filled.read()
    assert filled.git("status", "--porcelain") == ""
    before = filled.state()
    assert not filled.take(SECOND).is_settled
    assert not filled.take().is_settled
    assert filled.state() == before
    filled.check()


@pytest.mark.parametrize("choice", ["Cassiopeia", "Cassiopeia (Live)", "Cassiopeia (Third)"])
def test_review_merged_by_hand_is_taken_in(filled: Sets, choice: str) -> None:
    conflicting(filled)
    filled.take(SECOND)
    filled.git("merge", REVIEW, code=1)
    assert "<<<<<<<" in filled.read()
    text = filled.read()
    start, end = text.index("<<<<<<<"), text.index(">>>>>>>")
    end = text.index("\n", end) + 1
    filled.write(text[:start] + f"    title: {choice}\n" + text[end:])
    filled.commit("resolved")
    resolved = filled.at("HEAD")
    report = filled.take()
    assert report.settled == (REVIEW,)
    assert report.is_settled
    assert not filled.has(REVIEW)
    assert "title: Cassiopeia\n" in filled.shown("upstream")
    assert filled.at("HEAD") == resolved
    assert filled.take(SECOND).taken[0].outcome is Outcome.UNCHANGED
    assert f"title: {choice}\n" in filled.read()
    later = changed(sample(SECOND), "30410012", label="OTHER")
    assert filled.take(later).taken[0].outcome is Outcome.UPDATED
    assert f"title: {choice}\n    label: OTHER\n" in filled.read()
    filled.check()


def test_review_that_was_kept_as_ours_never_comes_back(filled: Sets) -> None:
    conflicting(filled)
    filled.take(SECOND)
    filled.git("merge", "--quiet", "-s", "ours", "-m", "mine stays", REVIEW)
    assert filled.take(SECOND).taken[0].outcome is Outcome.UNCHANGED
    assert "title: Cassiopeia (Live)\n" in filled.read()
    assert not filled.has(REVIEW)


def test_review_merged_after_upstream_moved_on(filled: Sets) -> None:
    conflicting(filled)
    filled.take(SECOND)
    filled.take(snapshot())
    filled.git("merge", "--quiet", "-s", "ours", "-m", "mine stays", REVIEW)
    assert filled.take().is_settled
    assert "title: Cassiopeia\n" in filled.shown("upstream")
    assert filled.git("ls-tree", "-r", "--name-only", "upstream").count("\n") == 1
    before = filled.state()
    assert filled.take(SECOND).taken[0].outcome is Outcome.UNCHANGED
    assert filled.state() == before
    later = changed(sample(SECOND), "30410012", title="Cassiopeia (Edit)")
    assert filled.take(later).taken[0].outcome is Outcome.REVIEW
    filled.check()


def test_review_goes_when_the_page_agrees_with_the_user(filled: Sets) -> None:
    conflicting(filled)
    filled.take(SECOND)
    report = filled.take(changed(sample(SECOND), "30410012", title="Cassiopeia (Live)"))
    assert report.is_settled
    assert not filled.has(REVIEW)
    assert "title: Cassiopeia (Live)\n" in filled.shown("upstream")


def test_review_goes_when_the_user_agrees_with_the_page(filled: Sets) -> None:
    conflicting(filled)
    filled.take(SECOND)
    filled.edit(("Cassiopeia (Live)", "Cassiopeia"))
    report = filled.take()
    assert (report.settled, report.is_settled) == ((REVIEW,), True)
    assert not filled.has(REVIEW)
    assert filled.take(SECOND).taken[0].outcome is Outcome.UNCHANGED
    filled.check()


def test_review_goes_when_the_page_takes_it_back(filled: Sets) -> None:
    conflicting(filled)
    filled.take(SECOND)
    assert filled.take(changed(sample(SECOND), "30410012", title="Cassiopea")).is_settled
    assert not filled.has(REVIEW)


def test_track_deleted_by_the_user_and_changed_by_the_page(filled: Sets) -> None:
    text = filled.read()
    start = text.index('  - start: "25:15"')
    end = text.index("  - with: true", start)
    filled.write(text[:start] + text[end:])
    filled.commit()
    assert filled.take(SECOND).taken[0].outcome is Outcome.REVIEW
    assert "Cassiop" not in filled.read()
    assert "Glass Harbour" in filled.read()


def test_list_made_by_hand_meets_its_page(sets: Sets) -> None:
    source = sample().tracklist.source
    hand = (
        "title: My night at the harbour\n"
        f"source: {source}\n"
        "tracks:\n"
        '  - start: "0:03"   # my clock\n'
        "    artist: Mira Kolb\n"
        "    title: Undertow (Intro Edit)\n"
    )
    sets.write(hand, "tracklists/harbour.yaml")
    report = sets.take(FIRST)
    (taken,) = report.taken
    assert (taken.outcome, taken.path) == (Outcome.REVIEW, "tracklists/harbour.yaml")
    text = sets.read("tracklists/harbour.yaml")
    assert "title: My night at the harbour\n" in text
    assert '"0:03"   # my clock' in text
    assert "title: Last Ferry Home" in text
    assert text.count("Undertow") == 1
    before = sets.state()
    sets.take(FIRST)
    assert sets.state() == before
    assert sets.git("status", "--porcelain") == ""
    sets.git("merge", taken.review or "", code=1)
    sets.check()


def test_several_lists_are_one_merge(sets: Sets) -> None:
    other = snapshot()
    report = sets.take(FIRST, other)
    assert [taken.outcome for taken in report.taken] == [Outcome.ADDED, Outcome.ADDED]
    assert sets.git("log", "-1", "--format=%s") == "sync: 2 tracklists"
    assert sets.count("upstream") == 2
    assert len(report.rendered.written) == 2


def test_two_editions_in_one_import(sets: Sets) -> None:
    report = sets.take(FIRST, SECOND)
    assert [taken.outcome for taken in report.taken] == [Outcome.ADDED, Outcome.UPDATED]
    assert sets.read() == sets.shown("upstream")
    assert "Glass Harbour" in sets.read()
    sets.check()


def test_edit_that_cannot_be_true_is_committed_and_told(sets: Sets) -> None:
    sets.take(FIRST)
    sets.edit(('start: "8:35"', 'start: "1:35"'))
    report = sets.take()
    assert report.edits == (PATH,)
    assert any(words.startswith(f"look again at {PATH}:") for words in report.recovered)
    assert 'start: "1:35"' in sets.shown("HEAD")
    assert sets.take().recovered == ()
