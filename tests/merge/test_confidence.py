from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tlgit.merge.apply import apply
from tlgit.merge.confidence import (
    DAY,
    EXPORT,
    HAND,
    HOUR,
    PAGE,
    PLAUSIBLE,
    TRUST,
    Rating,
    Source,
    SourceKind,
    confidence_of,
    critical_rows,
    is_safe,
    rate,
    value_confidence,
)
from tlgit.merge.diff import Change, ChangeKind, Content, diff
from tlgit.merge.evidence import Seen, seen_in
from tlgit.merge.nature import Nature
from tlgit.tracklist.time import render_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlgit.tracklist.fields import Value

    Track = Mapping[str, Value]

NAMES = (
    "Ember",
    "Foundry",
    "Copper Sky",
    "Slow Motion",
    "Glass Harbour",
    "Lantern",
    "Quay",
    "Drift",
    "Opal",
    "Tundra",
)
SOURCES = (HAND, PAGE, EXPORT, Source(SourceKind.DETECTION, 0.8))


def track(n: int, **fields: Value) -> Track:
    return {
        "start": render_time(n * 180_000),
        "artist": f"{NAMES[-n - 1]} People",
        "title": NAMES[n],
        "ref": str(700 + n),
        **fields,
    }


def content(*tracks: Track, **fields: Value) -> Content:
    return Content(fields=fields, tracks=tracks)


BASE = tuple(track(n) for n in range(8))
LIST = content(*BASE)


def changed(row: int, **fields: Value | None) -> Content:
    """The list with fields of one row set, or taken away."""
    tracks = list(BASE)
    tracks[row] = with_(tracks[row], **fields)
    return content(*tracks)


def with_(one: Track, **fields: Value | None) -> Track:
    merged: dict[str, Value | None] = {**one, **fields}
    return {key: value for key, value in merged.items() if value is not None}


def rated(before: Content, after: Content, source: Source = PAGE) -> dict[tuple[str, str], Rating]:
    return {(one.change.name, one.key): one for one in rate(diff(before, after), before, after, source)}


def only(before: Content, after: Content, key: str = "") -> Rating:
    (found,) = (one for one in rate(diff(before, after), before, after, PAGE) if one.key == key)
    return found


def words(rating: Rating) -> list[str]:
    return [factor.words for factor in rating.factors]


@pytest.mark.parametrize(
    ("key", "old", "new", "nature"),
    [
        ("title", "ID", "Foundry", Nature.NAMED),
        ("title", "ID (Bad Girls)", "Bad Girls", Nature.NAMED),
        ("title", "Foundry (ID Remix)", "Foundry (NLW Remix)", Nature.NAMED),
        ("title", "Foundry (NLW Remix)", "Foundry (ID Remix)", Nature.UNNAMED),
        ("title", "Foundry (ID Remix)", "Foundry", Nature.MIX_LOST),
        ("title", "Foundry", "Foundry (ID Remix)", Nature.MIX_ADDED),
        ("title", "Foundry", "ID", Nature.UNNAMED),
        ("title", "Foundry", "FOUNDRY!", Nature.SPELLED),
        ("title", "Foundry (Intro Edit)", "Foundry [intro edit]", Nature.SPELLED),
        ("title", "Foundry", "Foundry (Extended Mix)", Nature.MIX_ADDED),
        ("title", "How We Do (One Edit)", "How We Do (Two Remix)", Nature.MIX_CHANGED),
        ("title", "Temple (Ø [Phase] Remix)", "Temple (Ona Edit)", Nature.MIX_CHANGED),
        ("title", "Foundry (Dub)", "Foundry", Nature.MIX_LOST),
        ("title", "Titanium", "Titanium vs. Flash", Nature.MORE),
        ("title", "Fever", "Fever vs. Fever (Intro)", Nature.MORE),
        ("title", "Titanium vs. Flash", "Flash", Nature.FEWER),
        ("title", "Titanium vs. Flash", "Flash vs. Titanium", Nature.REWORDED),
        ("title", "(Intro)", "(Outro)", Nature.REWORDED),
        ("title", "Open (bracket", "Open (bracke", Nature.TYPO),
        ("title", "Foundry", "Foundyr", Nature.TYPO),
        ("title", "Copper Garden", "Coper Gardens", Nature.TYPO),
        ("title", "Gold", "Cold", Nature.REWORDED),
        ("title", "Part One Hundred 1", "Part One Hundred 2", Nature.REWORDED),
        ("title", "Ember", "Ember Rising Higher", Nature.REWORDED),
        ("title", "Ember", "Paper Boats", Nature.RENAMED),
        ("title", "???", "!!!", Nature.RENAMED),
        ("title", "???", None, Nature.CLEARED),
        ("title", "ID", None, Nature.SPELLED),
        ("artist", "Alesso vs. OneRepublic", "Alesso & OneRepublic", Nature.SPELLED),
        ("artist", "Ada & Brook", "Brook and ADA", Nature.SPELLED),
        ("artist", "Ada (FR) & Brook", "Ada & Brook", Nature.SPELLED),
        ("artist", "Ada feat. Brook", "Ada ft. Brook", Nature.SPELLED),
        ("artist", "Ada", "Ada ft. Brook", Nature.MORE),
        ("artist", "Ada & Brook & Cedar", "Cedar & Ada", Nature.FEWER),
        ("artist", "Ada & Brook", "Ada & Cedar", Nature.PARTLY),
        ("artist", "Ada & Brooklyn", "Ada & Broklyn", Nature.TYPO),
        ("artist", "ID & Ada", "Brook & Ada", Nature.NAMED),
        ("artist", "ID & Ada", "Brook", Nature.RENAMED),
        ("artist", "Ada", "ID", Nature.UNNAMED),
        ("artist", "Ada", "Somebody Else", Nature.RENAMED),
        ("artist", "&", "Ada", Nature.RENAMED),
        ("label", None, "WALL", Nature.FILLED),
        ("label", "CAPITOL", "NEW STATE", Nature.CHANGED),
        ("label", "QUAY", "QUAY/FERN", Nature.MORE),
        ("label", "OBSIDIAN", "OBSIDIANS", Nature.TYPO),
        ("label", "QUAY", None, Nature.CLEARED),
        ("start", "0:00", "0:05", Nature.RETIMED_NEAR),
        ("start", "0:00", "0:12", Nature.RETIMED_CORRECTED),
        ("start", "0:00", "0:30", Nature.RETIMED_FAR),
        ("start", "0:00", "0:31", Nature.RETIMED_ELSEWHERE),
        ("start", "0:00", "soon", Nature.CHANGED),
        ("section", "First", None, Nature.CHANGED),
        ("section", None, "First", Nature.FILLED),
        ("with", "true", None, Nature.CHANGED),
        ("key", "8A", "8a", Nature.SPELLED),
        ("key", "8A", "9A", Nature.CHANGED),
        ("remix", "Dub", "Live", Nature.MIX_CHANGED),
        ("notes", ("one",), ("one", "two"), Nature.MORE),
        ("notes", ("one", "two"), ("two",), Nature.FEWER),
        ("notes", ("one",), ("two",), Nature.CHANGED),
        ("notes", ("one",), "two", Nature.CHANGED),
        ("parts", ({"title": "A"},), ({"title": "A"}, {"title": "B"}), Nature.MORE),
        ("parts", ({"title": "A"}, {"title": "B"}), ({"title": "A"}, {"title": "C"}), Nature.CHANGED),
        ("parts", ({"title": "A"}, {"title": "B"}), ({"title": "C"}, "D"), Nature.RENAMED),
    ],
)
def test_nature_of_a_field_of_a_track(key: str, old: Value | None, new: Value | None, nature: Nature) -> None:
    first, second = (
        with_(track(0, artist="Nell", title="Orbit Shelter"), **{key: one}) for one in (old, new)
    )
    before, after = (content(one, *BASE[1:]) for one in (first, second))
    assert only(before, after, key).nature is nature


@pytest.mark.parametrize(
    ("key", "old", "new", "nature"),
    [
        ("title", "Night", "Night One Two", Nature.REWORDED),
        ("artist", "Ada", "Ada & Brook", Nature.MORE),
        ("date", "2026", "2026-05-09", Nature.MORE),
        ("date", "2026-05-09", "2026-05", Nature.FEWER),
        ("date", "2026-05-09", "2026-05-10", Nature.REWORDED),
        ("event", "Tideline", "Tidelines", Nature.TYPO),
        ("genres", ("House",), ("House", "Techno"), Nature.MORE),
        ("duration", "1:00:00", "1:02:00", Nature.CHANGED),
        ("venue", "Hall", None, Nature.CLEARED),
    ],
)
def test_nature_of_a_field_of_the_list(
    key: str, old: Value | None, new: Value | None, nature: Nature
) -> None:
    before, after = (Content(fields=with_({}, **{key: one}), tracks=BASE) for one in (old, new))
    assert only(before, after, key).nature is nature


def test_a_version_that_only_changes_its_field() -> None:
    before, after = changed(2, title="Copper Sky (Dub)"), changed(2, title="Copper Sky", remix="Dub")
    found = rated(before, after)
    assert {one.nature for one in found.values()} == {Nature.SPELLED}
    assert {key for _, key in found} == {"title", "remix"}


def test_another_track_at_the_same_place() -> None:
    after = changed(2, artist="Somebody Else", title="Paper Boats", label="WALL")
    found = rated(LIST, after)
    assert {one.nature for (_, key), one in found.items() if key != "label"} == {Nature.REPLACED}
    (label,) = (one for (_, key), one in found.items() if key == "label")
    assert (label.nature, label.value) == (Nature.FILLED, 0.2)
    assert "goes with the name: another artist and another title: another track" in words(label)


def test_whole_tracks() -> None:
    added = content(*BASE[:3], track(9, start="7:00"), *BASE[3:])
    assert only(LIST, added).value == 0.92
    removed = content(*BASE[:3], *BASE[4:])
    assert only(LIST, removed).value == 0.4
    moved = content(*BASE[:3], BASE[4], BASE[3], *BASE[5:])
    first, second = (content(*(with_(one, start=None) for one in side.tracks)) for side in (LIST, moved))
    assert only(first, second).value == 0.7


def test_a_start_goes_with_its_move() -> None:
    before = content(BASE[0], track(1), track(2, start="3:02"), *BASE[3:])
    after = content(BASE[0], track(2, start="3:02"), track(1, start="3:03"), *BASE[3:])
    start = only(before, after, "start")
    assert (start.nature, start.value) == (Nature.RETIMED_NEAR, 0.7)
    assert "goes with the move: moved to another place" in words(start)


def test_one_shift() -> None:
    later = [{**one, "start": render_time(n * 180_000 + 12_000)} for n, one in enumerate(BASE)]
    found = only(LIST, content(*later))
    assert (found.nature, found.value) == (Nature.SHIFTED, 0.92)
    assert "all starts moved by 12 s" in words(found)
    before = Content(fields={"duration": "21:05"}, tracks=BASE)
    late = only(before, Content(fields={"duration": "21:05"}, tracks=tuple(later)))
    assert late.value == 0.598
    assert "starts behind the set's end" in words(late)


@pytest.mark.parametrize(
    ("row", "words_"), [(0, "the first"), (7, "the last"), (3, "an intro"), (5, "edited")]
)
def test_critical_tracks(row: int, words_: str) -> None:
    before = content(*BASE[:3], track(3, title="Slow Motion (Intro Edit)"), *BASE[4:])
    after = content(*(one for n, one in enumerate(before.tracks) if n != row))
    (found,) = rate(diff(before, after), before, after, PAGE, edited=(5,))
    assert found.value == 0.1
    assert any(words_ in word for word in words(found))


def test_critical_rows_of_nothing() -> None:
    assert critical_rows(content()) == {}


def test_a_start_that_does_not_fit() -> None:
    assert only(LIST, changed(3, start="9:30"), "start").value == 0.88
    assert only(LIST, changed(3, start="16:00"), "start").value == 0.39
    late = Content(fields={"duration": "22:00"}, tracks=(*BASE, track(8, start="23:00")))
    before = Content(fields={"duration": "22:00"}, tracks=BASE)
    assert only(before, late).value == 0.598
    # Where starts go back anyway, each deck has its own clock.
    decks = content(*BASE, track(8, start="1:00"))
    assert only(decks, content(*decks.tracks, track(9, start="0:30"))).value == 0.92
    # A duration that was wrong already says nothing.
    wrong = Content(fields={"duration": "2:00"}, tracks=BASE)
    assert only(wrong, replace(wrong, tracks=(*BASE, track(8)))).value == 0.92


def test_the_same_track_beside_itself() -> None:
    twin = {key: value for key, value in BASE[2].items() if key in {"artist", "title"}}
    doubled = content(*BASE[:3], twin, *BASE[3:])
    assert only(LIST, doubled).value == 0.644
    assert only(doubled, LIST).nature is Nature.JOINED
    assert only(doubled, LIST).value == 0.92
    again = content(*BASE[:3], {**twin, "start": "6:31"}, *BASE[3:])
    assert only(again, LIST).nature is Nature.REMOVED
    unknown = content(*BASE, {"artist": "ID", "title": "ID"}, {"artist": "ID", "title": "ID"})
    assert {one.value for one in rate(diff(LIST, unknown), LIST, unknown, PAGE)} == {0.92}


def test_a_row_that_went_into_a_mashup() -> None:
    joined = {
        **BASE[2],
        **{key: f"{BASE[2][key]} vs. {BASE[3][key]}" for key in ("artist", "title")},
    }
    after = content(*BASE[:2], joined, *BASE[4:])
    assert {one.nature for one in rate(diff(LIST, after), LIST, after, PAGE)} == {Nature.MORE, Nature.JOINED}


@pytest.mark.parametrize(
    "text",
    ["Ember www.tickets.example", "Ember https://x.example", "Ember &amp; Ash", "Ember <b>x</b>", "EmberÃ©"],
)
def test_odd_texts(text: str) -> None:
    found = only(LIST, changed(0, title=text), "title")
    assert found.value < 0.2
    assert found.factors[-1].name == "text"
    added = content(*BASE, track(8, title=text))
    assert only(LIST, added).value == 0.184
    assert only(changed(0, title=text), changed(0, title=f"{text}!"), "title").value > 0.5


def test_an_address_is_no_odd_source() -> None:
    after = Content(fields={"source": "https://1001.tl/2wrmg6f1"}, tracks=BASE)
    assert only(LIST, after, "source").value == 0.95


def test_much_at_once() -> None:
    after = content(*BASE[:5])
    ratings = rate(diff(LIST, after), LIST, after, PAGE, lambda *_: Seen(9, 9 * DAY))
    assert [one.value for one in ratings] == [0.0, 0.0, 0.0]
    assert "3 of 8 tracks are gone or replaced at once" in words(ratings[0])
    one = content(track(0))
    assert confidence_of(rate(diff(one, content()), one, content(), PAGE)) == 0.0


@pytest.mark.parametrize(
    ("seen", "value"),
    [
        (Seen(), 0.88),
        (Seen(2, HOUR - 1), 0.88),
        (Seen(2, HOUR), 0.91),
        (Seen(3, HOUR), 0.93),
        (Seen(2, DAY), 0.93),
        (Seen(9, 9 * DAY), 0.93),
    ],
)
def test_evidence(seen: Seen, value: float) -> None:
    after = changed(3, start="9:25")
    (found,) = rate(diff(LIST, after), LIST, after, PAGE, lambda *_: seen)
    assert found.value == value
    assert [factor.name for factor in found.factors][2:] == (["evidence"] if value > 0.88 else [])


def test_evidence_in_words() -> None:
    after = changed(3, start="9:25")
    for seconds, text in ((HOUR, "1 hour"), (3 * HOUR, "3 hours"), (DAY, "1 day"), (5 * DAY, "5 days")):
        (found,) = rate(diff(LIST, after), LIST, after, PAGE, lambda *_, at=seconds: Seen(2, at))
        assert found.factors[-1].words == f"seen 2 times, for {text}"


def test_what_earlier_observations_said() -> None:
    after = content(
        track(9, start="0:00"),
        {**BASE[1], "title": "Foundry (Dub)"},
        BASE[0],
        *BASE[3:7],
        venue="Hall",
    )
    changes = diff(LIST, after)
    seen = seen_in(after, [(HOUR, after), (5 * HOUR, after), (DAY, LIST)])
    assert {kind: seen(one, key) for one in changes.changes for kind, key in [(one.kind, _key(one))]} == {
        ChangeKind.LIST: Seen(3, 5 * HOUR),
        ChangeKind.ADDED: Seen(3, 5 * HOUR),
        ChangeKind.CHANGED: Seen(3, 5 * HOUR),
        ChangeKind.MOVED: Seen(3, 5 * HOUR),
        ChangeKind.REMOVED: Seen(3, 5 * HOUR),
    }


def _key(change: Change) -> str:
    return (
        ""
        if change.kind in {ChangeKind.ADDED, ChangeKind.MOVED, ChangeKind.REMOVED}
        else next(iter(change.fields))
    )


def test_a_shift_that_was_seen() -> None:
    later = content(*({**one, "start": render_time(n * 180_000 + 9_000)} for n, one in enumerate(BASE)))
    (shift,) = diff(LIST, later).changes
    assert seen_in(later, [(60, later), (90, LIST)])(shift, "") == Seen(2, 60)


def test_a_tie_is_safe() -> None:
    after = changed(3, label="WALL")
    for source, threshold in ((PAGE, 0.95), (EXPORT, 0.931)):
        ratings = rate(diff(LIST, after), LIST, after, source)
        assert confidence_of(ratings) == threshold
        assert is_safe(ratings, threshold)(ratings[0].change, "label")
        assert not is_safe(ratings, math.nextafter(threshold, 1))(ratings[0].change, "label")


def test_only_what_is_safe_is_applied() -> None:
    after = content(
        *BASE[:2],
        {**BASE[2], "title": "Paper Boats", "label": "WALL"},
        {**BASE[3], "label": "QUAY"},
        track(9, start="10:00", label="FERN"),
        *BASE[4:7],
    )
    changes = diff(LIST, after)
    applied = apply(changes, LIST, is_safe(rate(changes, LIST, after, PAGE))).content
    assert applied == content(
        *BASE[:3], {**BASE[3], "label": "QUAY"}, track(9, start="10:00", label="FERN"), *BASE[4:]
    )


def test_trust() -> None:
    assert [value_confidence(source) for source in SOURCES] == [1.0, 0.95, 0.85, 0.64]
    after = changed(3, label="WALL")
    values = [confidence_of(rate(diff(LIST, after), LIST, after, source)) for source in SOURCES]
    assert values == [0.95, 0.95, 0.931, 0.76]
    absurd = Source(SourceKind.DETECTION, 7.0)
    assert confidence_of(rate(diff(LIST, after), LIST, after, absurd)) == 0.95


def test_the_tables_are_whole() -> None:
    assert set(PLAUSIBLE) == set(Nature)
    assert set(TRUST) == set(SourceKind)
    assert all(0 < value < 1 and told for value, told in PLAUSIBLE.values())
    # Nothing stands on the brink: what lands from a page lands from an export too.
    assert not [
        value
        for value, _ in PLAUSIBLE.values()
        if value > 0.88 and value * TRUST[SourceKind.EXPORT].change < 0.9
    ]
