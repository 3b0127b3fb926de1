"""The order of the rows after a merge.

Rows that stand in all three lists form the spine. For every two of them the side that changed their order wins;
since there are only two orders, both sides never want different ones. That decides every pair. When the pairs
contradict each other in a circle, or when both sides may have moved one row to different places, no order fits all
explanations, and that is a conflict: guessing would lose somebody's move without a word.

Which rows a side may have moved: those that are missing from at least one longest increasing subsequence of its
order (a swap of two neighbours has two smallest explanations, and both count).
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Spine(NamedTuple):
    """The order of the common rows."""

    order: tuple[int, ...]
    moved_by_ours: frozenset[int]
    moved_by_theirs: frozenset[int]
    conflicts: frozenset[int]
    """Rows for which no order fits both sides; they stand as ours has them."""


def maybe_moved(order: Sequence[int]) -> frozenset[int]:
    """The numbers that some smallest set of moves takes out of a list that should be rising."""
    if all(a < b for a, b in itertools.pairwise(order)):
        return frozenset()
    ending = _longest_ending(order)
    starting = _longest_ending([-n for n in reversed(order)])[::-1]
    longest = max(ending)
    ranks: dict[int, int] = {}
    for end, start in zip(ending, starting, strict=True):
        if end + start - 1 == longest:
            ranks[end] = ranks.get(end, 0) + 1
    return frozenset(
        number
        for number, end, start in zip(order, ending, starting, strict=True)
        if end + start - 1 != longest or ranks[end] > 1
    )


def _longest_ending(numbers: Sequence[int]) -> list[int]:
    """For each place the length of the longest rising subsequence that ends there."""
    tails: list[int] = []
    lengths = []
    for number in numbers:
        at = bisect_left(tails, number)
        if at == len(tails):
            tails.append(number)
        else:
            tails[at] = number
        lengths.append(at + 1)
    return lengths


def merge_order(ours: Sequence[int], theirs: Sequence[int]) -> Spine:
    """Merge two orders of the same rows; the rows are numbered as the base has them, rising."""
    moved_ours, moved_theirs = maybe_moved(ours), maybe_moved(theirs)
    if not moved_theirs or tuple(ours) == tuple(theirs):
        return Spine(tuple(ours), moved_ours, moved_theirs, frozenset())
    if not moved_ours:
        return Spine(tuple(theirs), moved_ours, moved_theirs, frozenset())
    at_ours = {row: place for place, row in enumerate(ours)}
    at_theirs = {row: place for place, row in enumerate(theirs)}
    still = [row for row in at_ours if row not in moved_ours and row not in moved_theirs]
    torn = frozenset(
        row
        for row in moved_ours & moved_theirs
        if any((at_ours[row] < at_ours[other]) != (at_theirs[row] < at_theirs[other]) for other in still)
    )
    # What nobody disputes gets its place; the disputed rows stand as ours has them.
    for disputed in (torn, torn | (moved_ours & moved_theirs)):
        order = _sort_pairs([row for row in sorted(at_ours) if row not in disputed], at_ours, at_theirs)
        if order is not None:
            return Spine(_insert_as(ours, order, disputed), moved_ours, moved_theirs, disputed)
    disputed = moved_ours | moved_theirs
    return Spine(_insert_as(ours, still, disputed), moved_ours, moved_theirs, disputed)


def _sort_pairs(
    rows: Sequence[int], at_ours: dict[int, int], at_theirs: dict[int, int]
) -> tuple[int, ...] | None:
    """Sort by the order of every pair; None when the pairs go round in a circle.

    For `a` before `b` in the base, `b` comes first as soon as one side put it first.
    """
    behind = dict.fromkeys(rows, 0)
    for n, a in enumerate(rows):
        ours_a, theirs_a = at_ours[a], at_theirs[a]
        for b in rows[n + 1 :]:
            if at_ours[b] < ours_a or at_theirs[b] < theirs_a:
                behind[a] += 1
            else:
                behind[b] += 1
    if len(set(behind.values())) != len(rows):
        return None  # a tournament is free of circles exactly when all scores differ (Landau 1953)
    return tuple(sorted(rows, key=behind.__getitem__))


def _insert_as(ours: Sequence[int], rest: Sequence[int], torn: frozenset[int]) -> tuple[int, ...]:
    """Put the disputed rows behind the row that they follow in ours."""
    result = list(rest)
    before: int | None = None
    for row in ours:
        if row in torn:
            result.insert(0 if before is None else result.index(before) + 1, row)
        before = row
    return tuple(result)
