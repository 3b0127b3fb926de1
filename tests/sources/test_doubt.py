from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.confidence import Fate, is_wrong, judge, measure, total
from tests.bench.damage import DAMAGES, SLOW, make_damaged
from tests.bench.days import DOUBTFUL, NORMAL, make_normal, real_days
from tests.merge.contents import EXAMPLES, contents
from tlgit.merge.diff import Content, diff
from tlgit.sources.doubt import best_of, check_doubt, count_flips
from tlgit.sources.guard import GuardFinding, GuardKind, GuardLevel, check_update
from tlgit.sources.snapshot import Snapshot
from tlgit.tracklist.model import Tracklist
from tlgit.tracklist.time import render_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.bench.pen import Transition
    from tlgit.tracklist.fields import Value

    Track = Mapping[str, Value]

FIRST = ["Ember", "Foundry", "Copper", "Slow", "Glass", "Lantern", "Quay", "Drift", "Opal", "Tundra"]
SECOND = ["Harbour", "Signal", "Motion", "Garden"]


def track(n: int, **fields: Value) -> Track:
    return {
        "start": render_time(n * 180_000),
        "artist": f"{SECOND[n % 3]} {FIRST[-1 - n % 10]} People",
        "title": f"{FIRST[n % 10]} {SECOND[n // 10 % 4]}",
        "label": FIRST[n * 7 % 10].upper(),
        "ref": str(700 + n),
        **fields,
    }


BASE = tuple(track(n) for n in range(30))
LIST = Content(fields={"title": "Night"}, tracks=BASE)
SMALL = Content(fields={"title": "Night"}, tracks=BASE[:10])


def content(*tracks: Track) -> Content:
    return Content(fields={"title": "Night"}, tracks=tracks)


def edited(rows: range, before: Content = LIST, /, **fields: Value | None) -> Content:
    """The list with fields of some rows set or taken away; `{n}` in a text is the row, in letters."""
    tracks: list[Track] = list(before.tracks)
    for n in rows:
        told = {
            key: one.replace("{n}", FIRST[n % 10]) if isinstance(one, str) else one
            for key, one in fields.items()
        }
        merged = {**tracks[n], **told}
        tracks[n] = {key: value for key, value in merged.items() if value is not None}
    return content(*tracks)


def found(before: Content, after: Content, best: Content | None = None, flips: int = 0) -> list[GuardFinding]:
    return list(check_doubt(before, after, diff(before, after), best=best, flips=flips))


def kinds(before: Content, after: Content, best: Content | None = None, flips: int = 0) -> set[GuardKind]:
    return {one.kind for one in found(before, after, best, flips)}


UNKNOWN = content(*(track(n, artist="ID", title="ID") if n % 2 else track(n) for n in range(30)))
BARE = content(*({k: v for k, v in one.items() if k not in {"start", "label"}} for one in BASE))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (LIST, LIST),
        (UNKNOWN, LIST),
        (BARE, LIST),
        (content(*BASE[:12]), content(*BASE, *(track(n) for n in range(30, 40)))),
        (LIST, content(*({**one, "start": render_time(n * 180_000 + 31_000)} for n, one in enumerate(BASE)))),
        (LIST, content({"artist": "New", "title": "First"}, *BASE)),
        (LIST, edited(range(10), title="{n} Another")),
        (edited(range(14), label="QUAY"), edited(range(14), label="WALL")),
        (LIST, content(*BASE[:3], *BASE[5:9], *BASE[3:5], *BASE[9:])),
        (LIST, content(*BASE[:3], *BASE[8:])),
        (LIST, content(*BASE[:3], *BASE[5:], *(track(n) for n in range(30, 40)))),
        (content(), LIST),
    ],
    ids=[
        "same",
        "named",
        "filled",
        "grown",
        "shifted",
        "top",
        "ten",
        "label",
        "block",
        "five",
        "more",
        "new",
    ],
)
def test_what_people_do_is_not_in_doubt(before: Content, after: Content) -> None:
    assert found(before, after) == []


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        (edited(range(11), title="{n} Another"), GuardKind.RESTRUCTURED),
        (content(*BASE[:3], *BASE[9:]), GuardKind.RESTRUCTURED),
        (content(*BASE[:3], *BASE[6:], *(track(n) for n in range(30, 36))), GuardKind.RESTRUCTURED),
        (content(*BASE[1:]), GuardKind.CRITICAL_REMOVED),
        (content(*BASE[:-1]), GuardKind.CRITICAL_REMOVED),
        (edited(range(7), artist="ID", title="ID"), GuardKind.EMPTIED),
        (edited(range(4, 11), start=None), GuardKind.EMPTIED),
        (edited(range(30), title="{n} harbour-signal"), GuardKind.REWRITTEN),
        (
            edited(range(30), artist="Ada {n}", title="{n} Nowhere At All", label="{n}"),
            GuardKind.MOSTLY_CHANGED,
        ),
        (content(BASE[0], *BASE[28:0:-1], BASE[29]), GuardKind.SHUFFLED),
        (content(*BASE[:10], BASE[9], *BASE[10:]), GuardKind.DOUBLED),
        (content(*BASE[:10], {**BASE[9], "ref": "1"}, *BASE[10:]), GuardKind.DOUBLED),
        (
            content(*BASE, *({"artist": one["artist"], "title": one["title"]} for one in BASE[3:5])),
            GuardKind.DOUBLED,
        ),
        (
            content(*BASE, *({"artist": one["artist"], "title": one["title"]} for one in BASE[9:2:-3])),
            GuardKind.DOUBLED,
        ),
    ],
)
def test_what_needs_a_look(after: Content, kind: GuardKind) -> None:
    findings = found(LIST, after)
    assert kind in {one.kind for one in findings}
    assert {one.level for one in findings} == {GuardLevel.DOUBT}
    assert all(one.sentence.endswith(".") and one.figures for one in findings)


def test_lost_tracks_of_a_short_list() -> None:
    tracks = SMALL.tracks
    assert GuardKind.TRACKS_LOST in kinds(SMALL, content(*tracks[:3], *tracks[6:]))
    assert found(SMALL, content(*tracks[:3], *tracks[5:])) == []
    others = edited(range(1, 4), SMALL, artist="{n} Somebody", title="Nowhere At {n} All")
    assert kinds(SMALL, others) == {GuardKind.TRACKS_LOST}


@pytest.mark.parametrize("keys", [("artist",), ("title",), ("artist", "title")])
def test_names_that_stand_at_other_tracks(keys: tuple[str, ...]) -> None:
    first, second = (SMALL.tracks[n] for n in (2, 5))
    swapped = [
        {**one, **{key: other[key] for key in keys}} for one, other in ((first, second), (second, first))
    ]
    after = content(*SMALL.tracks[:2], swapped[0], *SMALL.tracks[3:5], swapped[1], *SMALL.tracks[6:])
    (finding,) = found(SMALL, after)
    assert (finding.kind, finding.figures) == (GuardKind.SWAPPED, {"tracks": 2})
    one_only = content(*SMALL.tracks[:2], swapped[0], *SMALL.tracks[3:])
    assert GuardKind.SWAPPED not in kinds(SMALL, one_only)


def test_a_track_that_the_user_has_edited() -> None:
    after = content(*BASE[:7], *BASE[8:])
    (finding,) = check_doubt(LIST, after, diff(LIST, after), edited={7})
    assert finding.sentence == "Track 8 is gone, and you have edited it."
    assert found(LIST, after) == []


def test_a_duplicate_may_go() -> None:
    twin = {key: value for key, value in BASE[0].items() if key in {"artist", "title"}}
    assert found(content(twin, *BASE), LIST) == []


def test_a_new_name_in_the_catalogue_is_one_edit() -> None:
    before = edited(range(20), label="CAPITOL (EMI)", artist="{n} & Ada Vale")
    after = edited(range(20), label="NEW STATE", artist="{n} & ADA")
    assert found(before, after) == []
    assert kinds(LIST, edited(range(20), label="NEW STATE")) == {GuardKind.REWRITTEN}


def test_half_of_a_short_list_may_be_told_better_in_one_evening() -> None:
    guests = edited(range(7), SMALL, artist="{n} ft. Nell Orr")
    before = edited(range(7), SMALL, artist="{n}")
    assert found(before, guests) == []
    before, after = (edited(range(8), SMALL, artist=name) for name in ("{n}", "{n} ft. {n} Orr"))
    assert kinds(before, after) == {GuardKind.REWRITTEN}
    assert kinds(SMALL, edited(range(6), SMALL, label="{n} Records")) == {GuardKind.REWRITTEN}


def test_small_losses_add_up() -> None:
    worn = content(*BASE[:2], *BASE[4:10], *BASE[12:18], *BASE[20:])
    after = content(*BASE[:2], *BASE[5:10], *BASE[12:18], *BASE[20:])
    assert found(worn, after) == []
    (finding,) = found(worn, after, best=LIST)
    assert finding.kind is GuardKind.WORN
    assert (
        finding.sentence
        == "Compared with the fullest version of late: 7 of 30 tracks are gone, or are others now."
    )
    # What takes nothing away is not made to answer for the past.
    assert found(worn, content(*worn.tracks, track(30)), best=LIST) == []
    assert found(worn, after, best=worn) == []


def test_the_best_version_is_looked_for_only_where_something_is_lost() -> None:
    asked: list[Content | None] = [None, LIST]
    grown, worn = content(*BASE, track(30)), edited(range(1), label="WALL")
    assert check_doubt(LIST, grown, diff(LIST, grown), best=asked.pop) == ()
    assert len(asked) == 2
    assert check_doubt(LIST, worn, diff(LIST, worn), best=asked.pop) == ()
    assert check_doubt(LIST, worn, diff(LIST, worn), best=asked.pop) == ()
    assert asked == []


def test_names_wear_out_sooner() -> None:
    before, after = edited(range(9), title="{n} Another"), edited(range(11), title="{n} Another")
    assert found(before, after) == []
    assert kinds(before, after, best=LIST) == {GuardKind.WORN}
    assert found(LIST, before, best=content(*BASE[:29])) == []


def test_what_is_told_today_is_not_told_twice() -> None:
    after = edited(range(30), title="{n} harbour-signal")
    best = content(*BASE, track(30))
    assert [one.kind for one in found(LIST, after, best=best)].count(GuardKind.WORN) == 0


@pytest.mark.parametrize(
    ("said", "flips"),
    [("", 0), ("A", 0), ("AAAA", 0), ("AB", 0), ("ABA", 1), ("ABABA", 3), ("AABBAA", 1), ("ABCAB", 2)],
)
def test_flips(said: str, flips: int) -> None:
    assert count_flips(list(said)) == flips


@pytest.mark.parametrize(("flips", "held"), [(2, False), (3, True)])
def test_a_source_that_goes_back_and_forth(flips: int, held: bool) -> None:
    after = edited(range(1), label="WALL")
    assert kinds(LIST, after, flips=flips) == ({GuardKind.FLAPPING} if held else set())


def test_the_best_version() -> None:
    assert best_of([]) is None
    assert best_of([UNKNOWN, BARE, LIST, edited(range(1), label="WALL")]) is LIST
    assert best_of([UNKNOWN, BARE]) is BARE


@EXAMPLES
@given(contents(), contents(), st.integers(0, 4))
def test_any_two_lists_can_be_compared(before: Content, after: Content, flips: int) -> None:
    assert check_doubt(before, before, diff(before, before), best=after) == ()
    findings = check_doubt(before, after, diff(before, after), best=before, flips=flips)
    assert all(one.level is GuardLevel.DOUBT and one.sentence[-1] == "." for one in findings)
    grown = replace(before, tracks=(*before.tracks, {"artist": "Somebody New", "title": "Last"}))
    assert check_doubt(before, grown, diff(before, grown)) == ()


def test_the_first_level_refuses() -> None:
    before = Tracklist(title="A set", artist="Ada")
    (finding,) = check_update(before, Snapshot(tracklist=Tracklist(title="A set"), list_id=None), frozenset())
    assert finding.level is GuardLevel.REFUSE


# Calibration, the seeded part of `python -m tests.bench.confidence`.


def test_normal_days() -> None:
    scores = measure(make_normal(7, None, made=3))
    whole = total(scores.values())
    assert whole.fates.total() >= 40
    assert scores.keys() == {edit.__name__ for edit in NORMAL}
    assert not [one for one in whole.verdicts if is_wrong(*one)]
    safe = total(score for kind, score in scores.items() if kind not in {edit.__name__ for edit in DOUBTFUL})
    assert safe.fates.keys() == {Fate.PASSES}


def test_damaged_days() -> None:
    scores = measure(make_damaged(7, None, made=3))
    whole = total(scores.values())
    assert whole.fates.total() >= 40
    assert scores.keys() == {*(damage.__name__ for damage in (*DAMAGES, *SLOW)), "flapping"}
    assert not [one for one in whole.verdicts if is_wrong(*one)]
    assert all(whole.fates[fate] for fate in (Fate.SOME_WAITS, Fate.ALL_WAITS, Fate.REFUSED))
    assert whole.landed < 0.05 * whole.values


@pytest.mark.corpus
def test_real_editions_pass(corpus: Path) -> None:
    days = list(real_days(corpus))
    verdicts = {(day.kind, day.list_name): judge(day) for day in days}
    assert ("real editions", "2wrmg6f1-2026-04-12") in verdicts
    assert {verdict.fate for verdict in verdicts.values()} == {Fate.PASSES}


@pytest.mark.corpus
@pytest.mark.parametrize("make", [make_normal, make_damaged])
def test_days_of_real_lists(corpus: Path, make: Callable[..., Iterator[Transition]]) -> None:
    lists = {"2wrmg6f1-2026-04-12", "2r5rr53t-2026-04-13", "19h6nw7t-2026-08-03"}
    days = [day for day in make(7, corpus, made=0) if day.list_name in lists]
    assert {day.list_name for day in days} == lists
    assert not [(day.kind, day.list_name) for day in days if is_wrong(day, judge(day))]
