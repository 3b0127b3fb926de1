from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.builders import FIRST, PATH, REVIEW, SECOND, Sets, changed, make_sets, sample
from tlgit.errors import DataError
from tlgit.merge.decision import Choice
from tlgit.ops.decide import decide
from tlgit.ops.review import read_reviews
from tlgit.ops.select import NothingWaitsError, UnknownFieldError, choose_items, find_waiting
from tlgit.ops.take import Outcome
from tlgit.ops.waiting import Waiting, read_all_waiting
from tlgit.ops.workspace import Workspace
from tlgit.tracklist.schema import parse_tracklist

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tlgit.sources.snapshot import Snapshot
    from tlgit.tracklist.model import Track


@pytest.fixture
def sets(tmp_path: Path) -> Sets:
    sets = make_sets(tmp_path / "sets")
    sets.take(FIRST)
    return sets


def with_tracks(base: Snapshot, change: Callable[[list[Track]], object]) -> Snapshot:
    rows = list(base.tracklist.tracks)
    change(rows)
    return replace(base, tracklist=replace(base.tracklist, tracks=tuple(rows)))


def waiting_of(sets: Sets) -> Waiting:
    with Workspace.open(sets.root) as workspace:
        return find_waiting(workspace, REVIEW)


def choose(sets: Sets, choices: dict[str, Choice]) -> tuple[str, ...]:
    with Workspace.open(sets.root) as workspace:
        (review,) = read_reviews(workspace)
        return decide(workspace, review, choices).left


def refs(sets: Sets) -> list[str | None]:
    return [track.ref for track in parse_tracklist(sets.read()).tracks]


def test_a_move(sets: Sets) -> None:
    page = with_tracks(sample(), lambda rows: rows.insert(12, rows.pop(2)))
    assert sets.take(page).taken[0].outcome is Outcome.REVIEW
    items = waiting_of(sets).items
    whole = next(item for item in items if item.words.startswith("moved from place 3 to 13"))
    assert (whole.path, whole.key, whole.is_whole) == ("tracks[3]", "", True)
    assert choose(sets, {item.id: Choice("theirs") for item in items}) == ()
    assert refs(sets) == [track.ref for track in page.tracklist.tracks]


def test_a_shift_and_one_start_of_it_in_conflict(sets: Sets) -> None:
    """The shift lands, but not where the user has another start; decided, that start is as the page says."""
    sets.edit(('start: "29:50"', 'start: "29:51"'))
    sets.commit()

    def shift(rows: list[Track]) -> None:
        rows[1:] = [
            track if track.start is None else replace(track, start=track.start + 20_000) for track in rows[1:]
        ]

    page = with_tracks(sample(), shift)
    sets.take(page)
    (item,) = waiting_of(sets).items
    assert (item.reason, item.current, item.proposed) == ("changed", "29:51", "30:10")
    assert choose(sets, {item.id: Choice("theirs")}) == ()
    assert [track.start for track in parse_tracklist(sets.read()).tracks] == [
        track.start for track in page.tracklist.tracks
    ]


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_a_shift_that_is_in_doubt(sets: Sets, side: str) -> None:
    """All starts later than the set is long: the shift waits as one, and the user's own start as another item."""
    sets.edit(('start: "29:50"', 'start: "29:51"'))
    sets.commit()

    def shift(rows: list[Track]) -> None:
        rows[1:] = [
            track if track.start is None else replace(track, start=track.start + 3_600_000)
            for track in rows[1:]
        ]

    page = with_tracks(sample(), shift)
    sets.take(page)
    items = {item.path: item for item in waiting_of(sets).items}
    assert items["tracks.start"].words == "all starts moved by +1:00:00"
    assert items["tracks.start"].is_whole
    (single,) = (item for item in items.values() if item.decision is not None)
    assert choose(sets, {single.id: Choice(side)}) == (items["tracks.start"].id,)
    expected = "1:29:50" if side == "theirs" else "29:51"
    assert f'start: "{expected}"' in sets.read()
    assert 'start: "44:20"' in sets.read()
    assert choose(sets, {items["tracks.start"].id: Choice("theirs")}) == ()
    assert 'start: "1:44:20"' in sets.read()
    assert f'start: "{expected}"' in sets.read()
    assert sets.take(page).taken[0].outcome is Outcome.UNCHANGED


def test_a_track_that_the_user_has_deleted(sets: Sets) -> None:
    text = sets.read()
    start = text.index('  - start: "25:15"')
    sets.write(text[:start] + text[text.index("  - with: true", start) :])
    sets.commit()
    sets.take(SECOND)
    (item,) = waiting_of(sets).items
    assert (item.reason, item.current, item.words) == ("deleted", None, "you have deleted it")
    before = refs(sets)
    assert choose(sets, {item.id: Choice("ours")}) == ()
    assert refs(sets) == before
    assert sets.take(SECOND).taken[0].outcome is Outcome.UNCHANGED


def test_a_field_of_the_list(sets: Sets) -> None:
    page = replace(sample(), tracklist=replace(sample().tracklist, artist="Somebody Else"))
    sets.take(page)
    (item,) = waiting_of(sets).items
    assert (item.path, item.name, item.proposed) == ("artist", "", "Somebody Else")
    assert choose(sets, {item.id: Choice("value", "Mira Kolb & Guest")}) == ()
    assert "artist: Mira Kolb & Guest\n" in sets.read()


def test_what_contradicts_nothing_is_recommended(sets: Sets) -> None:
    """The user has named the track; the page has the same name with its version."""
    sets.edit(("title: Copper Sky", "title: Copper Sun"))
    sets.commit()
    ref = next(track.ref or "" for track in sample().tracklist.tracks if track.title == "Copper Sky")
    sets.take(changed(sample(), ref, title="Copper Sun (VIP Mix)"))
    (item,) = waiting_of(sets).items
    assert (item.recommended, item.is_automatic) == ("theirs", True)
    sets.take(changed(sample(), ref, title="Iron Moon"))
    (item,) = waiting_of(sets).items
    assert (item.recommended, item.reason) == ("ours", "changed")


def test_a_policy_decides_instead(sets: Sets) -> None:
    sets.write("merge:\n  tracks.title: newest\n", "tlgit.yaml")
    sets.edit(("title: Cassiopea", "title: Cassiopeia (Live)"))
    sets.git("add", "--all")
    sets.git("commit", "--quiet", "-m", "mine", "--date=2020-01-01T00:00:00Z")
    report = sets.take(SECOND)
    assert report.is_settled or report.reviews == (REVIEW,)
    sets.write("merge:\n  tracks.title: theirs\n", "tlgit.yaml")
    sets.commit("settings")
    assert sets.take(SECOND).is_settled
    assert "title: Cassiopeia\n" in sets.read()
    sets.check()


def test_choosing_by_path_or_id(sets: Sets) -> None:
    sets.edit(("title: Cassiopea", "title: Cassiopeia (Live)"))
    sets.commit()
    sets.take(changed(sample(SECOND), "30410012", label="Other & Web http://example.org"))
    waiting = waiting_of(sets)
    track = waiting.items[0].path.partition(".")[0]
    assert choose_items(waiting, ()) == waiting.items
    assert choose_items(waiting, (track,)) == waiting.items
    assert choose_items(waiting, (waiting.items[1].path,)) == (waiting.items[1],)
    assert choose_items(waiting, (waiting.items[1].id,)) == (waiting.items[1],)
    with pytest.raises(UnknownFieldError, match="nothing waits at 'tracks\\[99\\]'"):
        choose_items(waiting, ("tracks[99]",))


def test_by_name(sets: Sets) -> None:
    with Workspace.open(sets.root) as workspace, pytest.raises(NothingWaitsError):
        find_waiting(workspace, PATH)
    sets.edit(("title: Cassiopea", "title: Cassiopeia (Live)"))
    sets.take(SECOND)
    with Workspace.open(sets.root) as workspace:
        assert {find_waiting(workspace, name).path for name in (PATH, "2zq4tdl9", REVIEW, "harbour")} == {
            PATH
        }


def test_what_cannot_be_read_is_told_apart(sets: Sets) -> None:
    sets.edit(("title: Cassiopea", "title: Cassiopeia (Live)"))
    sets.take(SECOND)
    sets.write("title: [\n")
    sets.git("commit", "--quiet", "--no-verify", "-am", "broken")
    with Workspace.open(sets.root) as workspace:
        waiting, unreadable = read_all_waiting(workspace)
        assert waiting == ()
        ((review, error),) = unreadable
        assert review.branch == REVIEW
        assert isinstance(error, DataError)
