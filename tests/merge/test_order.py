from __future__ import annotations

import random
from itertools import permutations

import pytest

from tlgit.merge.order import maybe_moved, merge_order


@pytest.mark.parametrize(
    ("order", "moved"),
    [
        ([0, 1, 2, 3], set()),
        ([1, 2, 3, 0], {0}),
        ([3, 0, 1, 2], {3}),
        ([1, 0, 2], {0, 1}),  # either of two neighbours
        ([2, 1, 0], {0, 1, 2}),
        ([], set()),
    ],
)
def test_rows_that_some_smallest_set_of_moves_takes(order: list[int], moved: set[int]) -> None:
    assert maybe_moved(order) == moved


def test_two_orders_merge_by_pairs() -> None:
    """Every two orders of up to five rows: all 14,400 pairs of them."""
    clean = 0
    for size in range(6):
        base = list(range(size))
        for ours in permutations(base):
            for theirs in permutations(base):
                clean += _check(ours, theirs)
    assert clean > 1_000


def test_long_orders_merge_by_pairs() -> None:
    random_orders = random.Random(7)
    for _ in range(200):
        ours, theirs = (list(range(12)) for _ in range(2))
        for side in (ours, theirs):
            for _ in range(random_orders.randrange(4)):
                side.insert(random_orders.randrange(12), side.pop(random_orders.randrange(12)))
        _check(tuple(ours), tuple(theirs))


def _check(ours: tuple[int, ...], theirs: tuple[int, ...]) -> bool:
    spine, swapped = merge_order(ours, theirs), merge_order(theirs, ours)
    assert sorted(spine.order) == sorted(ours)
    assert spine.conflicts == swapped.conflicts
    certain = [row for row in spine.order if row not in spine.conflicts]
    place = {row: n for n, row in enumerate(spine.order)}
    for n, low in enumerate(sorted(certain)):
        for high in sorted(certain)[n + 1 :]:
            turned = any(side.index(high) < side.index(low) for side in (ours, theirs))
            assert (place[high] < place[low]) == turned
    if not spine.conflicts:
        assert spine.order == swapped.order
        return True
    assert spine.moved_by_ours
    assert spine.moved_by_theirs
    assert spine.conflicts <= spine.moved_by_ours | spine.moved_by_theirs
    return False


def test_the_same_moves_on_both_sides_are_no_conflict() -> None:
    assert merge_order([2, 0, 1], [2, 0, 1]).order == (2, 0, 1)
    assert merge_order([2, 0, 1], [2, 0, 1]).conflicts == frozenset()


def test_one_row_at_two_places_is_a_conflict() -> None:
    spine = merge_order([3, 0, 1, 2, 4], [0, 1, 2, 4, 3])
    assert spine.conflicts == {3}
    assert spine.order == (3, 0, 1, 2, 4)
