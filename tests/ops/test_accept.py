from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tlgit.errors import DataError
from tlgit.merge.merge import merge
from tlgit.ops.accept import acceptable
from tlgit.tracklist.model import Track, Tracklist
from tlgit.tracklist.schema import parse_reading
from tlgit.tracklist.write import render_tracklist

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = ("Ada", "Brook", "Cedar", "Dune", "Elm", "Fern", "Gale", "Haze")


def tracks() -> list[Track]:
    return [
        Track(start=n * 240_000, artist=name, title=f"{name} Song", label="DOCK", ref=str(101 + n))
        for n, name in enumerate(NAMES)
    ]


BEFORE = Tracklist(title="Night One", date="2026-03-01", tracks=tuple(tracks()))


def with_tracks(change: Callable[[list[Track]], object]) -> Tracklist:
    rows = tracks()
    change(rows)
    return replace(BEFORE, tracks=tuple(rows))


def put(number: int, **fields: object) -> Callable[[list[Track]], object]:
    def change(rows: list[Track]) -> None:
        rows[number] = replace(rows[number], **fields)  # type: ignore[arg-type]  # fields of a track

    return change


def move(number: int, to: int) -> Callable[[list[Track]], object]:
    return lambda rows: rows.insert(to, rows.pop(number))


def both(*changes: Callable[[list[Track]], object]) -> Callable[[list[Track]], object]:
    def change(rows: list[Track]) -> None:
        for one in changes:
            one(rows)

    return change


def accept(mine: Tracklist, new: Tracklist) -> tuple[Tracklist, list[tuple[str, str]], Tracklist]:
    """What `upstream` may hold, the conflicts, and what the user then has."""
    base, ours = render_tracklist(BEFORE), render_tracklist(mine)
    accepted, conflicts = acceptable(base, ours, BEFORE, new)
    assert accepted is not None
    merged = merge(base, ours, render_tracklist(accepted))
    assert merged.is_clean
    return (
        accepted,
        [(conflict.reason, conflict.key) for conflict in conflicts],
        parse_reading(merged.text).tracklist,
    )


def test_all_of_it_when_nothing_is_in_conflict() -> None:
    new = with_tracks(put(1, title="Page"))
    accepted, conflicts, mine = accept(with_tracks(put(2, title="Mine")), new)
    assert (accepted, conflicts) == (new, [])
    assert [mine.tracks[1].title, mine.tracks[2].title] == ["Page", "Mine"]


def test_fields_in_conflict_are_set_back() -> None:
    new = replace(with_tracks(both(put(1, title="Page", label="QUAY"), put(4, start=7))), title="Page")
    own = replace(with_tracks(put(1, title="Mine")), title="Mine")
    accepted, conflicts, mine = accept(own, new)
    assert sorted(conflicts) == [("changed", "title"), ("changed", "title")]
    assert (accepted.title, accepted.tracks[1].title, accepted.tracks[1].label) == (
        "Night One",
        "Brook Song",
        "QUAY",
    )
    assert (mine.title, mine.tracks[1].title, mine.tracks[1].label) == ("Mine", "Mine", "QUAY")
    assert mine.tracks[4].start == 7


def test_track_that_the_user_changed_and_the_page_deleted_stays() -> None:
    own = with_tracks(put(3, title="Mine"))
    new = with_tracks(both(put(5, title="Page"), lambda rows: rows.pop(3)))
    accepted, conflicts, mine = accept(own, new)
    assert conflicts == [("deleted", "")]
    assert [track.ref for track in accepted.tracks] == [track.ref for track in BEFORE.tracks]
    assert [mine.tracks[3].title, mine.tracks[5].title] == ["Mine", "Page"]


def test_track_that_the_user_deleted_and_the_page_changed_stays_away() -> None:
    own = with_tracks(lambda rows: rows.pop(3))
    new = with_tracks(both(put(5, title="Page"), put(3, title="Page")))
    accepted, conflicts, mine = accept(own, new)
    assert conflicts == [("deleted", "")]
    assert accepted.tracks[3].title == "Dune Song"
    assert [track.ref for track in mine.tracks] == [str(101 + n) for n in range(8) if n != 3]
    assert mine.tracks[4].title == "Page"


def test_track_moved_to_two_places_stays_where_the_user_has_it() -> None:
    new = with_tracks(both(put(6, title="Page"), move(1, 5)))
    accepted, conflicts, mine = accept(with_tracks(move(1, 3)), new)
    assert {reason for reason, _ in conflicts} == {"moved"}
    assert [track.ref for track in accepted.tracks] == [track.ref for track in BEFORE.tracks]
    assert [track.ref for track in mine.tracks][3] == "102"
    assert mine.tracks[6].title == "Page"


def test_move_that_cannot_be_told_apart_waits_as_a_whole() -> None:
    added = Track(artist="New", title="New", ref="900", start=1)
    new = with_tracks(both(move(1, 5), lambda rows: rows.append(added)))
    accepted, conflicts, _ = accept(with_tracks(move(1, 3)), new)
    assert conflicts
    assert accepted == BEFORE


def test_first_page_of_a_list_made_by_hand() -> None:
    own = Tracklist(title="My Night", tracks=(Track(start=3000, artist="Ada", title="Ada Song"),))
    accepted, conflicts = acceptable(None, render_tracklist(own), None, BEFORE)
    assert accepted is not None
    assert sorted(conflict.key for conflict in conflicts) == ["start", "title"]
    assert (accepted.title, accepted.tracks[0].start, len(accepted.tracks)) == ("", None, 8)


@pytest.mark.parametrize("text", ["tracks: [", "title: X\nsource: https://1001.tl/2abcdef9\ntracks: []\n"])
def test_what_cannot_be_merged_is_an_error(text: str) -> None:
    new = replace(with_tracks(put(1, title="Page")), source="https://1001.tl/2zq4tdl9")
    with pytest.raises(DataError):
        acceptable(None, text, BEFORE, new)
