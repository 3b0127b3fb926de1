from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tlgit.errors import DataError
from tlgit.merge.policy import Policies, Policy, Rule
from tlgit.ops.accept import Accepted, Doubts, User, accept
from tlgit.ops.parts import Version, type_content
from tlgit.sources.guard import GuardKind
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


FORCED = Doubts(is_forced=True)
"""Conflicts alone."""
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


def user(mine: Tracklist) -> User:
    return User(base=render_tracklist(BEFORE), text=render_tracklist(mine))


def split(
    mine: Tracklist, new: Tracklist, doubts: Doubts = FORCED
) -> tuple[Tracklist, list[tuple[str, str]], Tracklist]:
    """What `upstream` may hold, the conflicts, and what the user then has."""
    found = accept(Version(BEFORE), Version(new), user(mine), doubts)
    assert found.tracklist is not None
    merged = user(mine).merge(render_tracklist(found.tracklist))
    assert merged.is_clean
    return (
        found.tracklist,
        [(conflict.reason, conflict.key) for conflict in found.conflicts],
        parse_reading(merged.text).tracklist,
    )


def judge(new: Tracklist, mine: Tracklist | None = None, **doubts: object) -> Accepted:
    """What a user who has edited nothing (or this) gets."""
    return accept(Version(BEFORE), Version(new), user(mine or BEFORE), Doubts(**doubts))  # type: ignore[arg-type]  # its own fields


def test_all_of_it_when_nothing_is_in_conflict() -> None:
    new = with_tracks(put(1, title="Page"))
    accepted, conflicts, mine = split(with_tracks(put(2, title="Mine")), new)
    assert (accepted, conflicts) == (new, [])
    assert [mine.tracks[1].title, mine.tracks[2].title] == ["Page", "Mine"]


def test_fields_in_conflict_are_set_back() -> None:
    new = replace(with_tracks(both(put(1, title="Page", label="QUAY"), put(4, start=7))), title="Page")
    own = replace(with_tracks(put(1, title="Mine")), title="Mine")
    accepted, conflicts, mine = split(own, new)
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
    accepted, conflicts, mine = split(own, new)
    assert conflicts == [("deleted", "")]
    assert [track.ref for track in accepted.tracks] == [track.ref for track in BEFORE.tracks]
    assert [mine.tracks[3].title, mine.tracks[5].title] == ["Mine", "Page"]


def test_track_that_the_user_deleted_and_the_page_changed_stays_away() -> None:
    own = with_tracks(lambda rows: rows.pop(3))
    new = with_tracks(both(put(5, title="Page"), put(3, title="Page")))
    accepted, conflicts, mine = split(own, new)
    assert conflicts == [("deleted", "")]
    assert accepted.tracks[3].title == "Dune Song"
    assert [track.ref for track in mine.tracks] == [str(101 + n) for n in range(8) if n != 3]
    assert mine.tracks[4].title == "Page"


def test_track_moved_to_two_places_stays_where_the_user_has_it() -> None:
    new = with_tracks(both(put(6, title="Page"), move(1, 5)))
    accepted, conflicts, mine = split(with_tracks(move(1, 3)), new)
    assert {reason for reason, _ in conflicts} == {"moved"}
    assert [track.ref for track in accepted.tracks] == [track.ref for track in BEFORE.tracks]
    assert [track.ref for track in mine.tracks][3] == "102"
    assert mine.tracks[6].title == "Page"


def test_a_move_waits_and_what_was_added_lands() -> None:
    added = Track(artist="New", title="New", ref="900", start=7 * 240_000 + 1)
    new = with_tracks(both(move(1, 5), lambda rows: rows.append(added)))
    accepted, conflicts, mine = split(with_tracks(move(1, 3)), new)
    assert {reason for reason, _ in conflicts} == {"moved"}
    assert accepted == replace(BEFORE, tracks=(*BEFORE.tracks, added))
    assert mine.tracks[-1] == added


def test_first_page_of_a_list_made_by_hand() -> None:
    own = Tracklist(title="My Night", tracks=(Track(start=3000, artist="Ada", title="Ada Song"),))
    found = accept(None, Version(BEFORE), User(base=None, text=render_tracklist(own)), Doubts())
    accepted = found.tracklist
    assert accepted is not None
    assert sorted(conflict.key for conflict in found.conflicts) == ["start", "title"]
    assert (found.doubtful, found.findings) == ((), ())
    assert (accepted.title, accepted.tracks[0].start, len(accepted.tracks)) == ("", None, 8)


@pytest.mark.parametrize("text", ["tracks: [", "title: X\nsource: https://1001.tl/2abcdef9\ntracks: []\n"])
def test_what_cannot_be_merged_is_an_error(text: str) -> None:
    new = replace(with_tracks(put(1, title="Page")), source="https://1001.tl/2zq4tdl9")
    with pytest.raises(DataError):
        accept(Version(BEFORE), Version(new), User(base=None, text=text), Doubts())


def test_what_is_sure_lands_and_what_is_not_waits() -> None:
    new = with_tracks(both(put(1, title="Brook Song (Live)"), put(3, title="Quiet Engine")))
    found = judge(new)
    assert found.tracklist == with_tracks(put(1, title="Brook Song (Live)"))
    assert [(one.change.after, one.key) for one in found.doubtful] == [(3, "title")]
    assert (found.confidence, found.waiting_confidence, found.is_whole) == (0.93, 0.3, False)


def test_the_threshold_is_inclusive() -> None:
    new = with_tracks(put(1, title="Brook Song (Live)"))
    assert judge(new, threshold=0.93).is_whole
    assert judge(new, threshold=0.9301).tracklist == BEFORE


def test_the_whole_of_it_is_the_very_text() -> None:
    new = replace(
        with_tracks(both(put(1, label="QUAY"), lambda rows: rows.append(Track(title="New", ref="900")))),
        genres=("House", "Techno"),
        notes=("two\nlines",),
        duration=3_600_000,
    )
    found = judge(new)
    assert found.tracklist is not None
    assert render_tracklist(found.tracklist) == render_tracklist(new)
    left = found.update.take(frozenset())
    assert render_tracklist(type_content(left)) == render_tracklist(new)


def test_what_the_user_has_written_just_so_is_no_question() -> None:
    new = with_tracks(both(put(3, title="Quiet Engine"), lambda rows: rows.pop(5)))
    assert not judge(new).is_whole
    assert judge(new, new).is_whole
    page = with_tracks(both(put(3, title="Quiet Engine"), put(4, title="Loud Engine")))
    found = judge(page, with_tracks(put(3, title="Quiet Engine")))
    assert [one.change.after for one in found.doubtful] == [4]


def test_doubt_about_the_whole_holds_all_of_it() -> None:
    new = with_tracks(both(put(1, label="QUAY"), lambda rows: rows.__delitem__(slice(2, 5))))
    found = judge(new)
    assert found.tracklist == BEFORE
    assert GuardKind.TRACKS_LOST in {finding.kind for finding in found.findings}
    assert judge(new, is_forced=True).is_whole


def test_small_losses_add_up() -> None:
    best = Version(
        replace(BEFORE, tracks=(*BEFORE.tracks, *(Track(artist=f"A{n}", title=f"T{n}") for n in range(4))))
    )
    new = with_tracks(lambda rows: rows.pop(3))
    assert judge(new).findings == ()
    found = judge(new, best=lambda: best.content)
    assert {finding.kind for finding in found.findings} == {GuardKind.WORN}


def test_a_source_that_goes_back_and_forth_is_in_doubt() -> None:
    new = with_tracks(put(1, label="QUAY"))
    assert judge(new, flips=2).is_whole
    assert {finding.kind for finding in judge(new, flips=3).findings} == {GuardKind.FLAPPING}


def test_one_start_of_a_shift_in_conflict() -> None:
    def shift(rows: list[Track]) -> None:
        rows[1:] = [replace(track, start=(track.start or 0) + 7_000) for track in rows[1:]]

    new = with_tracks(shift)
    accepted, conflicts, mine = split(with_tracks(put(3, start=12 * 60_000 + 1_000)), new)
    assert conflicts == [("changed", "start")]
    assert [track.start for track in accepted.tracks] == [
        track.start if n != 3 else BEFORE.tracks[3].start for n, track in enumerate(new.tracks)
    ]
    assert mine.tracks[3].start == 12 * 60_000 + 1_000


def test_tracks_played_together_wait_together() -> None:
    host = Track(start=5, artist="New", title="http://example.org", ref="900")
    guest = Track(with_previous=True, artist="Guest", title="Guest", ref="901")
    new = with_tracks(lambda rows: rows.extend([replace(host, start=7 * 240_000 + 9), guest]))
    found = judge(new)
    assert found.tracklist == BEFORE
    assert len(found.out) == 2


def test_a_track_that_joined_another_one_goes_with_it() -> None:
    """The page makes one mashup of two rows; the user has the first one by another name."""
    new = with_tracks(
        both(put(1, artist="Brook vs. Cedar", title="Brook Song vs. Cedar Song"), lambda rows: rows.pop(2))
    )
    accepted, conflicts, mine = split(with_tracks(put(1, title="Mine")), new)
    assert ("changed", "title") in conflicts
    assert [track.ref for track in mine.tracks] == [track.ref for track in BEFORE.tracks]
    assert len(accepted.tracks) == len(BEFORE.tracks)


def test_a_policy_settles_a_conflict() -> None:
    new = with_tracks(put(1, label="QUAY"))
    rules = Policies((Rule("tracks.label", Policy.THEIRS),))
    mine = replace(user(with_tracks(put(1, label="MINE"))), policies=rules)
    found = accept(Version(BEFORE), Version(new), mine, Doubts())
    assert (found.conflicts, found.tracklist) == ((), new)
