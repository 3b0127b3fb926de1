from __future__ import annotations

from dataclasses import replace

import pytest

from tlgit.sources.guard import GuardKind, check_age, check_update, merge_export
from tlgit.sources.snapshot import Snapshot
from tlgit.tracklist.model import Part, Track, Tracklist

KNOWN = frozenset({"2zq4tdl9", "nsgpmzz"})
TRACKS = tuple(
    Track(ref=str(7000 + one), start=one * 60_000, artist="Hollis", title=f"Ember {one}", label="DOCKSIDE")
    for one in range(10)
)
BEFORE = Tracklist(title="A set", artist="Hollis & Kessler", tracks=TRACKS, source="https://1001.tl/2zq4tdl9")


def after(*tracks: Track, list_id: str | None = "2zq4tdl9", aliases: tuple[str, ...] = ()) -> Snapshot:
    return Snapshot(
        tracklist=replace(BEFORE, tracks=tracks), list_id=list_id, aliases=aliases, rows=len(tracks)
    )


def kinds(snapshot: Snapshot) -> list[GuardKind]:
    return [one.kind for one in check_update(BEFORE, snapshot, KNOWN)]


def unknown(track: Track) -> Track:
    return replace(track, artist="ID", title="ID", label=None)


def test_an_honest_update_gives_no_finding() -> None:
    assert kinds(after(*TRACKS)) == []
    assert kinds(after(*TRACKS, Track(ref="8000", artist="Kessler", title="Foundry"))) == []
    assert kinds(after(*TRACKS[:5])) == []


def test_more_than_half_of_the_rows_lost() -> None:
    findings = check_update(BEFORE, after(*TRACKS[:4]), KNOWN)
    assert [one.kind for one in findings] == [GuardKind.ROWS_LOST]
    assert findings[0].figures == {"before": 10, "after": 4}
    assert GuardKind.ROWS_LOST in kinds(after())


@pytest.mark.parametrize(("turned", "held"), [(2, False), (3, True)])
def test_names_turned_unknown(turned: int, held: bool) -> None:
    tracks = (*(unknown(one) for one in TRACKS[:turned]), *TRACKS[turned:])
    assert (GuardKind.NAMES_LOST in kinds(after(*tracks))) is held
    without_ids = tuple(replace(one, ref=None) for one in tracks)
    assert (GuardKind.NAMES_LOST in kinds(after(*without_ids))) is held


def test_another_list() -> None:
    assert kinds(after(*TRACKS, list_id="1abcdefg")) == [GuardKind.OTHER_LIST]
    assert kinds(after(*TRACKS, list_id="1abcdefg", aliases=("nsgpmzz",))) == []
    assert kinds(after(*TRACKS, list_id="nsgpmzz")) == []
    assert kinds(after(*TRACKS, list_id=None)) == []
    assert check_update(BEFORE, after(*TRACKS, list_id="1abcdefg"), frozenset()) == ()


@pytest.mark.parametrize("name", ["start", "label"])
def test_all_of_one_field_gone(name: str) -> None:
    tracks = tuple(
        replace(one, start=None) if name == "start" else replace(one, label=None) for one in TRACKS
    )
    assert kinds(after(*tracks)) == [GuardKind.FIELD_GONE]


PAGE = Tracklist(
    title="Old title",
    artist="Hollis & Kessler",
    event="Tideline",
    source="https://www.1001tracklists.com/tracklist/2zq4tdl9/x.html",
    tracks=(
        Track(ref="1", start=0, artist="Hollis", title="Ember", label="DOCKSIDE"),
        Track(ref="2", start=95_000, artist="Kessler", title="Foundry", with_previous=True),
        Track(
            ref="3", start=200_000, artist="A vs. B", title="C vs. D", parts=(Part(artist="A", title="C"),)
        ),
        Track(ref="4", start=300_000, artist="ID", title="ID"),
        Track(ref="5", start=400_000, artist="Vela Crane", title="Copper Sky [Live]"),
        Track(ref="6", start=500_000, artist="Juno Bright", title="Slow Motion"),
    ),
)
EXPORT = Tracklist(
    title="New title",
    source="https://1001.tl/2zq4tdl9",
    tracks=(
        Track(start=0, artist="Hollis", title="Ember", label="SALTWIRE"),
        Track(artist="Kessler", title="Foundry", with_previous=True),
        Track(start=205_000, artist="A vs. B", title="C vs. D"),
        Track(start=300_000, artist="Ilse Marlow", title="Glass Harbour"),
        Track(start=400_000, artist="Vela Crane", title="Copper Sky", label="Live", section="Late:"),
        Track(start=450_000, artist="New Name", title="New Track"),
        Track(start=500_000, artist="Juno Bright", title="Slow Motion Sunday"),
    ),
)


def test_an_export_keeps_what_it_cannot_know() -> None:
    merged = merge_export(PAGE, EXPORT)
    assert (merged.title, merged.event, merged.source) == ("New title", "Tideline", PAGE.source)
    assert [one.ref for one in merged.tracks] == ["1", "2", "3", "4", "5", None, "6"]
    assert [one.start for one in merged.tracks] == [0, 95_000, 205_000, 300_000, 400_000, 450_000, 500_000]
    assert merged.tracks[0].label == "SALTWIRE"
    assert merged.tracks[2].parts == PAGE.tracks[2].parts
    assert merged.tracks[3].name == "Ilse Marlow - Glass Harbour"
    assert (merged.tracks[4].title, merged.tracks[4].label) == ("Copper Sky [Live]", None)
    assert merged.tracks[4].section == "Late:"
    assert merged.tracks[6].title == "Slow Motion Sunday"


def test_an_unchanged_export_changes_nothing() -> None:
    lossy = tuple(
        replace(one, ref=None, parts=(), start=None if one.with_previous else one.start)
        for one in PAGE.tracks
    )
    assert merge_export(PAGE, Tracklist(title=PAGE.title, tracks=lossy)) == PAGE


def test_a_row_that_the_export_lacks_is_gone() -> None:
    shorter = replace(EXPORT, tracks=EXPORT.tracks[:3])
    assert [one.ref for one in merge_export(PAGE, shorter).tracks] == ["1", "2", "3"]


@pytest.mark.parametrize(("cut", "held"), [(2, False), (3, True)])
def test_many_titles_that_lose_their_ending(cut: int, held: bool) -> None:
    full = tuple(replace(one, title=f"{one.title} (Acappella)") for one in TRACKS)
    tracks = (*TRACKS[:cut], *full[cut:])
    found = check_update(replace(BEFORE, tracks=full), after(*tracks), KNOWN)
    assert [one.kind for one in found] == ([GuardKind.TITLES_CUT] if held else [])


FULL = replace(BEFORE, event="Tideline", genres=("House",), date="2026-05-09")


@pytest.mark.parametrize(
    "now",
    [
        replace(FULL, artist=None),
        replace(FULL, event=None),
        replace(FULL, genres=()),
        replace(FULL, date=None),
    ],
)
def test_field_of_the_list_gone(now: Tracklist) -> None:
    before, said = FULL, replace(after(*TRACKS), tracklist=now)
    assert [one.kind for one in check_update(before, said, KNOWN)] == [GuardKind.FIELD_GONE]


def test_age() -> None:
    old, new = "2026-05-11 08:15:30", "2026-08-01 10:00:00"
    assert [f.kind for f in check_age(new, replace(after(*TRACKS), last_edit=old))] == [GuardKind.OLDER]
    assert check_age(old, replace(after(*TRACKS), last_edit=new)) == ()
    assert check_age(new, replace(after(*TRACKS), last_edit=new)) == ()
    assert check_age(None, replace(after(*TRACKS), last_edit=new)) == ()
    assert check_age(new, after(*TRACKS)) == ()


def test_one_title_that_loses_its_unknown_version_without_being_identified() -> None:
    before = replace(BEFORE, tracks=(replace(TRACKS[0], title="Ember (ID Remix)"), *TRACKS[1:]))
    said = after(replace(TRACKS[0], title="Ember"), *TRACKS[1:])
    others = frozenset(str(track.ref) for track in TRACKS[1:])
    assert check_update(before, replace(said, identified=others | {"7000"}), KNOWN) == ()
    found = check_update(before, replace(said, identified=others), KNOWN)
    assert [one.kind for one in found] == [GuardKind.TITLES_CUT]
