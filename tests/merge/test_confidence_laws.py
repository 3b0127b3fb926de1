"""Laws of confidence, on lists that Hypothesis edits."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tests.merge.contents import EXAMPLES, REACH, versions
from tests.merge.test_confidence import BASE, SOURCES, content, track, with_
from tlgit.merge.confidence import DAY, PAGE, Source, confidence_of, rate
from tlgit.merge.diff import Content, diff
from tlgit.merge.evidence import Seen
from tlgit.merge.nature import Nature

if TYPE_CHECKING:
    from random import Random

    from tlgit.tracklist.fields import Value


@EXAMPLES
@given(versions(), st.sampled_from(SOURCES), st.integers(0, 3), st.integers(0, 3 * DAY))
def test_every_rating_is_explained(
    case: tuple[Content, Content], source: Source, times: int, seconds: int
) -> None:
    before, after = case
    changes = diff(before, after)
    plain = rate(changes, before, after, source)
    backed = rate(changes, before, after, source, lambda *_: Seen(times, seconds))
    assert {id(one.change) for one in plain} == set(map(id, changes.changes))
    assert (confidence_of(plain) == 1.0) is (not changes.changes)
    for one, more in zip(plain, backed, strict=True):
        assert 0 <= one.value <= more.value <= min(0.99, one.value + 0.0501)
        factors = [factor for factor in more.factors if factor.name != "evidence"]
        extra = sum(factor.value for factor in more.factors if factor.name == "evidence")
        assert more.value == round(min(0.99, math.prod(f.value for f in factors) + extra), 4)
        assert all("{" not in factor.words and factor.words for factor in more.factors)


@EXAMPLES
@given(versions(), st.data())
def test_more_changes_never_raise_a_rating(case: tuple[Content, Content], data: st.DataObject) -> None:
    before, after = case
    whole = diff(before, after)
    flags = data.draw(st.lists(st.booleans(), min_size=len(whole.changes), max_size=len(whole.changes)))
    some = replace(
        whole, changes=tuple(one for one, is_in in zip(whole.changes, flags, strict=True) if is_in)
    )
    fewer, all_of_them = (rate(one, before, after, PAGE) for one in (some, whole))
    values = {(id(one.change), one.key): one.value for one in all_of_them}
    assert all(values[id(one.change), one.key] <= one.value for one in fewer)
    assert confidence_of(all_of_them) <= confidence_of(fewer)


@EXAMPLES
@given(versions(), st.randoms(use_true_random=False))
def test_the_order_of_changes_means_nothing(case: tuple[Content, Content], shaker: Random) -> None:
    before, after = case
    there = diff(before, after)
    mixed = list(there.changes)
    shaker.shuffle(mixed)
    one, other = (
        rate(changes, before, after, PAGE) for changes in (there, replace(there, changes=tuple(mixed)))
    )
    assert {(id(r.change), r.key): r.value for r in one} == {(id(r.change), r.key): r.value for r in other}


FIXES: tuple[dict[str, Value | None], ...] = (
    {"start": "0:02"},
    {"start": "50:00"},
    {"title": "Something Else"},
    {"artist": "Somebody"},
    {"artist": "Somebody", "title": "Something Else"},
    {"artist": "ID", "title": "ID"},
    {"label": "WALL"},
    {"title": None},
)


@EXAMPLES
@given(st.integers(4, 8), st.integers(0, 7), st.sampled_from(FIXES), st.booleans())
def test_a_total_replacement_is_less_plausible_than_any_fix(
    size: int, row: int, fix: dict[str, Value | None], has_ids: bool
) -> None:
    before = content(*BASE[:size])
    after = content(*(with_(one, **fix) if n == row % size else one for n, one in enumerate(before.tracks)))
    others = [track(n, artist=f"Other {n * 37}", title=f"Wholly {n * 91} new") for n in range(size)]
    other = content(*(one if has_ids else with_(one, ref=None) for one in others))
    gone = rate(diff(before, other), before, other, PAGE)
    single = rate(diff(before, after), before, after, PAGE)
    assert confidence_of(gone) == 0.0 < confidence_of(single)


def test_the_laws_reach_most_natures() -> None:
    found: set[Nature] = set()

    @REACH
    @given(versions())
    def reach(case: tuple[Content, Content]) -> None:
        before, after = case
        found.update(one.nature for one in rate(diff(before, after), before, after, PAGE))

    reach()
    rare = {Nature.MORE, Nature.MIX_CHANGED, Nature.REWORDED, Nature.REPLACED, Nature.JOINED}
    rare |= {Nature.MIX_LOST, Nature.MIX_ADDED, Nature.FEWER, Nature.PARTLY}
    rare |= {Nature.RETIMED_CORRECTED, Nature.RETIMED_FAR}
    assert found >= set(Nature) - rare
