"""Increasing subsequences: the rows that stand in one order in two lists."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def longest_rising(numbers: Sequence[int]) -> list[int]:
    """Places of a longest increasing subsequence (Fredman 1975, patience sorting)."""
    tails: list[int] = []
    places: list[int] = []
    before: list[int] = []
    for place, number in enumerate(numbers):
        at = bisect_left(tails, number)
        before.append(places[at - 1] if at else -1)
        if at == len(tails):
            tails.append(number)
            places.append(place)
        else:
            tails[at], places[at] = number, place
    return _chain(before, places[-1] if places else -1)


def heaviest_rising(numbers: Sequence[int], weights: Sequence[int]) -> list[int]:
    """Places of the increasing subsequence of the greatest total weight, by a tree of prefix maxima (Fenwick 1994)."""
    size = max(numbers, default=0) + 1
    best = [(0, -1)] * (size + 1)
    before: list[int] = []
    top = (0, -1)
    for place, (number, weight) in enumerate(zip(numbers, weights, strict=True)):
        found = (0, -1)
        at = number
        while at:
            found = max(found, best[at])
            at &= at - 1
        before.append(found[1])
        found = (found[0] + weight, place)
        top = max(top, found)
        at = number + 1
        while at <= size:
            best[at] = max(best[at], found)
            at += at & -at
    return _chain(before, top[1])


def _chain(before: Sequence[int], place: int) -> list[int]:
    """The places that lead to the last one."""
    chain: list[int] = []
    while place >= 0:
        chain.append(place)
        place = before[place]
    return chain[::-1]
