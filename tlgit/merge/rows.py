"""Where each track stands after the merge.

Slots that stand in all three lists are the spine (see `order`); inserted ones stay with their neighbours; deletions
apply unless the other side changed or moved the track.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from tlgit.merge.names import text_of
from tlgit.merge.order import Spine, maybe_moved, merge_order

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tlgit.merge.align import Row
    from tlgit.merge.slots import Sides, Slot


class Place(Enum):
    """Why a slot stands where it stands."""

    PLAIN = "plain"
    DELETED = "deleted"
    """Deleted by one side, changed or moved by the other: it stands, in conflict."""
    MOVED = "moved"
    """Moved or inserted at two places: this is ours' place."""
    MOVED_THEIRS = "moved_theirs"
    """The same slot at theirs' place."""
    UNSURE = "unsure"
    """Inserted between rows that the other side moved apart: this is one of its places."""


class Placed(NamedTuple):
    """A slot at its place in the merged list."""

    slot: Slot
    place: Place


def place_slots(
    slots: Sequence[Slot], sides: Sides, is_changed: Callable[[int, int, bool], bool]
) -> list[Placed]:
    """Put the slots in order; `is_changed(base, row, by_ours)` tells whether a side changed a track's text."""
    common = [slot for slot in slots if None not in (slot.base, slot.ours, slot.theirs)]
    spine = _spine(common)
    moved = {
        True: _moved_in([(s.base, s.ours) for s in slots]),
        False: _moved_in([(s.base, s.theirs) for s in slots]),
    }
    kept: dict[int, Place] = {}
    for n, slot in enumerate(slots):
        if slot.base is None:
            kept[n] = Place.PLAIN
        elif (slot.ours is None) != (slot.theirs is None):
            by_ours = slot.ours is not None
            row = slot.ours if slot.ours is not None else slot.theirs
            assert row is not None  # noqa: S101 - one of the two, by the test above
            if is_changed(slot.base, row, by_ours) or slot.base in moved[by_ours]:
                kept[n] = Place.DELETED
    for n in _needed_hosts(slots, sides, kept):
        kept[n] = Place.DELETED
    return _Weaver(slots, sides, spine, kept).weave()


def _needed_hosts(slots: Sequence[Slot], sides: Sides, kept: dict[int, Place]) -> set[int]:
    """Tracks that one side deleted while the other has something new played together with them."""
    hosts: set[int] = set()
    for rows, here, there in (
        (sides.ours, [s.ours for s in slots], [s.theirs for s in slots]),
        (sides.theirs, [s.theirs for s in slots], [s.ours for s in slots]),
    ):
        host: int | None = None
        for row, n in sorted((row, n) for n, row in enumerate(here) if row is not None):
            if not is_with(rows[row]):
                host = n
            elif (
                n in kept
                and there[n] is None
                and host is not None
                and host not in kept
                and there[host] is None
            ):
                hosts.add(host)
    return hosts


def is_with(row: Row) -> bool:
    """Whether a track is played together with the one above it."""
    return text_of(row.value.get("with")).lower() == "true"


def _spine(common: Sequence[Slot]) -> Spine:
    ours = [s.base for s in sorted(common, key=lambda s: s.ours or 0)]
    theirs = [s.base for s in sorted(common, key=lambda s: s.theirs or 0)]
    return merge_order([b for b in ours if b is not None], [b for b in theirs if b is not None])


def _moved_in(places: Sequence[tuple[int | None, int | None]]) -> frozenset[int]:
    """The base rows that a side may have moved, looking at all rows that it kept."""
    both = [(side, base) for base, side in places if base is not None and side is not None]
    order = [base for _, base in sorted(both)]
    return maybe_moved(order)


class _Weaver:
    """Weaves the rows that only some lists have between those of the spine."""

    def __init__(self, slots: Sequence[Slot], sides: Sides, spine: Spine, kept: dict[int, Place]) -> None:
        self.slots = slots
        self.sides = sides
        self.spine = spine
        self.kept = kept
        self.number_of = {slot.base: n for n, slot in enumerate(slots) if slot.base is not None}
        self.order = [self.number_of[b] for b in spine.order]
        self.before = dict(zip(self.order[1:], self.order, strict=False))
        self.after = {before: after for after, before in self.before.items()}
        self.unsure: set[int] = set()
        self.still: int | None = None
        """The last spine row above that the other side did not move."""

    def weave(self) -> list[Placed]:
        by_ours, by_theirs = self.spine.moved_by_ours, self.spine.moved_by_theirs
        ours = self.runs([s.ours for s in self.slots], by_theirs - by_ours)
        theirs = self.runs([s.theirs for s in self.slots], by_ours - by_theirs)
        at_ours = {n: anchor for anchor, run in ours.items() for n in run}
        torn = {n for anchor, run in theirs.items() for n in run if n in at_ours and at_ours[n] != anchor}
        torn |= {n for anchor in ours for n in _crossed(ours[anchor], theirs.get(anchor, []))}
        result: list[Placed] = []
        for anchor in (None, *self.order):
            if anchor is not None:
                place = Place.MOVED if self.slots[anchor].base in self.spine.conflicts else Place.PLAIN
                result.append(Placed(self.slots[anchor], place))
            run_ours, run_theirs = ours.get(anchor, []), theirs.get(anchor, [])
            result += self.gap(run_ours, run_theirs, torn)
        return self.with_second_places(result)

    def runs(
        self, places: Sequence[int | None], moved_by_other: frozenset[int]
    ) -> dict[int | None, list[int]]:
        """The extra rows of one side by the spine row that they follow in the result."""
        ordered = sorted((row, n) for n, row in enumerate(places) if row is not None)
        on_spine = set(self.order)
        runs: dict[int | None, list[int]] = {}
        before: int | None = None
        self.still = None
        run: list[int] = []
        for _, n in ordered:
            if n not in on_spine:
                if n in self.kept:
                    run.append(n)
                continue
            self.anchor_run(runs, run, before, n, moved_by_other)
            before, run = n, []
            if self.slots[n].base not in moved_by_other:
                self.still = n
        self.anchor_run(runs, run, before, None, moved_by_other)
        return runs

    def anchor_run(
        self,
        runs: dict[int | None, list[int]],
        run: list[int],
        before: int | None,
        after: int | None,
        moved_by_other: frozenset[int],
    ) -> None:
        """Insertions stay with their neighbours: with the one above, unless the other side took that one away."""
        if not run:
            return
        together = next((i for i, n in enumerate(run) if not self.is_with(n)), len(run))
        if together:
            runs.setdefault(before, []).extend(run[:together])
        if run[together:]:
            anchor = self.anchor(run[together:], before, after, moved_by_other)
            runs.setdefault(anchor, []).extend(run[together:])

    def anchor(
        self, run: list[int], before: int | None, after: int | None, moved_by_other: frozenset[int]
    ) -> int | None:
        """The spine row below which an inserted run stands."""
        is_before_moved = before is not None and self.slots[before].base in moved_by_other
        if after is None:
            return self.order[-1] if is_before_moved else before
        above_after = self.before.get(after)
        is_after_moved = self.slots[after].base in moved_by_other
        if above_after == before:
            if is_before_moved and is_after_moved:
                # They moved together, or all others around them did: did the insertion go along?
                self.unsure |= set(run)
            return before
        if not is_before_moved and before is not None:
            return before
        if not is_after_moved:
            return above_after
        if before is None:
            return None
        # Both neighbours were moved, apart from each other: only the starts can tell where it belongs.
        fitting = {place for place in (before, above_after, self.still) if self.fits(run, place)}
        if len(fitting) == 1:
            return fitting.pop()
        self.unsure |= set(run)
        return before

    def fits(self, run: list[int], above: int | None) -> bool:
        """Whether the starts of a run lie between those of the spine rows around it."""
        below = self.after.get(above) if above is not None else (self.order[0] if self.order else None)
        if above is None or below is None:
            return False
        starts = [
            self.row(above).start,
            self.row(run[0]).start,
            self.row(run[-1]).start,
            self.row(below).start,
        ]
        known = [start for start in starts if start is not None]
        return len(known) == len(starts) and known == sorted(known)

    def row(self, n: int) -> Row:
        slot = self.slots[n]
        if slot.ours is not None:
            return self.sides.ours[slot.ours]
        assert slot.theirs is not None  # noqa: S101 - an extra row stands on at least one side
        return self.sides.theirs[slot.theirs]

    def is_with(self, n: int) -> bool:
        return is_with(self.row(n))

    def gap(self, ours: list[int], theirs: list[int], torn: set[int]) -> list[Placed]:
        """The extra rows of both sides in one gap: each side's order kept, the rest by start, then by name."""
        shared = [n for n in ours if n in theirs and n not in torn]
        result: list[Placed] = []
        rest_ours, rest_theirs = ours, theirs
        for stop in [*shared, None]:
            at_ours = len(rest_ours) if stop is None else rest_ours.index(stop)
            at_theirs = len(rest_theirs) if stop is None else rest_theirs.index(stop)
            for n, is_ours in self.zip_runs(rest_ours[:at_ours], rest_theirs[:at_theirs]):
                place = Place.UNSURE if n in self.unsure else self.kept[n]
                if n in torn:
                    place = Place.MOVED if is_ours else Place.MOVED_THEIRS
                result.append(Placed(self.slots[n], place))
            if stop is not None:
                result.append(Placed(self.slots[stop], self.kept[stop]))
            rest_ours, rest_theirs = rest_ours[at_ours + 1 :], rest_theirs[at_theirs + 1 :]
        return result

    def zip_runs(self, ours: list[int], theirs: list[int]) -> list[tuple[int, bool]]:
        """Both runs in one order, each row with whether it comes from ours."""
        left, right = self.groups(ours), self.groups(theirs)
        result: list[tuple[int, bool]] = []
        while left or right:
            is_ours = not right or (bool(left) and self.is_first(left[0], right[0]))
            result += [(n, is_ours) for n in (left if is_ours else right).pop(0)]
        return result

    def is_first(self, left: list[int], right: list[int]) -> bool:
        first, second = self.key(left), self.key(right)
        if first[0] is None or second[0] is None:
            return first[1:] <= second[1:]
        return first <= second

    def groups(self, run: list[int]) -> list[list[int]]:
        """A row and the rows that are played with it."""
        groups: list[list[int]] = []
        for n in run:
            if groups and self.is_with(n):
                groups[-1].append(n)
            else:
                groups.append([n])
        return groups

    def key(self, group: list[int]) -> tuple[int | None, tuple[str, str], str]:
        row = self.row(group[0])
        # What is played with the row above the gap stays right below it.
        start = -1 if self.is_with(group[0]) else row.start
        return start, row.normal, repr(sorted(row.value.items()))

    def with_second_places(self, placed: list[Placed]) -> list[Placed]:
        """Show a row of the spine that no order fits at theirs' place too."""
        torn = {p.slot.base for p in placed if p.slot.base in self.spine.conflicts}
        result = list(placed)
        for base in sorted(b for b in torn if b is not None):
            slot = self.slots[self.number_of[base]]
            assert slot.theirs is not None  # noqa: S101 - rows of the spine stand in all three lists
            above = [
                (p.slot.theirs, i)
                for i, p in enumerate(result)
                if p.slot.theirs is not None and p.slot.theirs < slot.theirs and p.slot.base not in torn
            ]
            result.insert(max(above)[1] + 1 if above else 0, Placed(slot, Place.MOVED_THEIRS))
        return result


def _crossed(ours: list[int], theirs: list[int]) -> set[int]:
    """Rows that both sides inserted into one gap in different orders."""
    shared = [n for n in ours if n in theirs]
    return set(shared) if shared != [n for n in theirs if n in ours] else set()
