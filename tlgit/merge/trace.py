"""What a merge has to make of every track of three texts, and where that track stands in a text that was made of them.

The answers come from the parts of the one merge (`slots`, `rows`, `fields`, `flow`), for a text that somebody else
merged: a track may be missing there, stand twice, or hold what nobody wrote.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlgit.merge.align import Row, align, rows_of
from tlgit.merge.fields import Settled, merge_fields
from tlgit.merge.flow import merge_flow_item
from tlgit.merge.remarks import is_same_item
from tlgit.merge.rows import Place, place_slots
from tlgit.merge.slots import Sides, match_slots
from tlgit.tracklist.fields import TRACK_FIELDS, Kind
from tlgit.tracklist.text import Entry
from tlgit.tracklist.time import TimeFormatError, parse_time
from tlgit.tracklist.write import render_value

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from tlgit.merge.slots import Slot
    from tlgit.tracklist.fields import Value
    from tlgit.tracklist.text import Document, Item

    Track = Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One track of the three texts, and what the merge makes of it."""

    slot: Slot
    place: Place | None
    """Why it stands in the result; None when it is deleted there."""
    base: Item | None
    ours: Item | None
    theirs: Item | None
    value: Track
    """Its fields in the result; those in conflict as ours has them. Empty when it is deleted."""
    open: frozenset[str]
    """The fields in conflict."""

    @property
    def items(self) -> tuple[Item | None, Item | None, Item | None]:
        """The track in base, ours and theirs."""
        return self.base, self.ours, self.theirs

    @property
    def is_disputed(self) -> bool:
        """Whether the track itself, or its place, is in conflict."""
        return self.place not in {Place.PLAIN, None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Where the expected tracks stand in a merged list; tracks and rows are counted from 0."""

    found: Mapping[int, int]
    """The row of each track that is there."""
    doubles: Mapping[int, int]
    """Rows whose track stands in another row already, and that one."""
    strangers: tuple[int, ...]
    """Rows of tracks that no text knows."""


# What is expected


def expected_tracks(base: Document | None, ours: Document, theirs: Document) -> tuple[Expected, ...]:
    """Every track once, in the order of the result; those that are deleted come last."""
    b_items = base.items if base else ()
    sides = Sides(
        *(rows_of(item.value for item in items) for items in (b_items, ours.items, theirs.items)),
    )
    slots = match_slots(sides)

    def is_changed(before: int, row: int, by_ours: bool) -> bool:
        return not is_same_item(b_items[before], (ours if by_ours else theirs).items[row])

    places: dict[Slot, Place | None] = {}
    for placed in place_slots(slots, sides, is_changed):
        places.setdefault(placed.slot, placed.place)
    for slot in slots:
        places.setdefault(slot, None)
    return tuple(
        _expect(
            slot,
            place,
            None if slot.base is None else b_items[slot.base],
            None if slot.ours is None else ours.items[slot.ours],
            None if slot.theirs is None else theirs.items[slot.theirs],
        )
        for slot, place in places.items()
    )


def _expect(
    slot: Slot, place: Place | None, base: Item | None, ours: Item | None, theirs: Item | None
) -> Expected:
    value: Track = {}
    is_open: Iterable[str] = ()
    if place is not None and ours is not None and theirs is not None:
        value, is_open = _merged(base, ours, theirs)
    elif place is not None:
        value = (ours or theirs).value  # type: ignore[union-attr]  # a track that stands has a side
    if place not in {Place.PLAIN, None}:
        is_open = [key for item in (base, ours, theirs) if item is not None for key in item.value]
    return Expected(
        slot=slot,
        place=place,
        base=base,
        ours=ours,
        theirs=theirs,
        value={key: child for key, child in value.items() if child},
        open=frozenset(is_open),
    )


def _merged(base: Item | None, ours: Item, theirs: Item) -> tuple[Track, frozenset[str]]:
    """The merged fields of a track, and those of them that are in conflict."""
    items = [item for item in (base, ours, theirs) if item is not None]
    is_flow = ours.entries is None or theirs.entries is None
    if is_flow and theirs.text != ours.text and merge_flow_item(base, ours, theirs) is None:
        return ours.value, frozenset(key for item in items for key in item.value)
    merged = merge_fields(
        None if base is None else _entries(base), _entries(ours), _entries(theirs), TRACK_FIELDS, "\n"
    )
    value: dict[str, Value] = {}
    for field in merged.fields:
        if isinstance(field, Settled):
            value[field.entry.key] = field.entry.value
        elif field.ours is not None:
            value[field.decision.key] = field.ours.value
    value.pop("", None)  # a comment whose field is gone
    return value, merged.open_keys


def _entries(item: Item) -> tuple[Entry, ...]:
    """The fields of a track; those of one in flow style as if each stood on its line."""
    if item.entries is not None:
        return item.entries
    return tuple(
        Entry(key=key, value=value, lead="", name=f"{key}: ", body=render_value(value), tail="\n")
        for key, value in item.value.items()
    )


# Where it is


def trace(expected: Sequence[Expected], merged: Sequence[Track]) -> Trace:
    """Find the expected tracks in a merged list, the surest signs first.

    A row with more of what is expected, or of what one side has, goes before a mere name; what is left is paired as
    the merge pairs a track with its later version.
    """
    return _Tracer(expected, merged).trace()


class _Tracer:
    def __init__(self, expected: Sequence[Expected], merged: Sequence[Track]) -> None:
        self.rows = rows_of(merged)
        self.present = [n for n, one in enumerate(expected) if one.place is not None]
        self.gone = [n for n, one in enumerate(expected) if one.place is None]
        sides = [[one.items[side] for one in expected] for side in range(3)]
        base, ours, theirs = ([None if item is None else _row(item.value) for item in side] for side in sides)
        whole = [None if one.place is None else _row(one.value) for one in expected]
        self.versions: tuple[Sequence[Row | None], ...] = (whole, ours, theirs, base)
        self.found: dict[int, int] = {}
        self.taken: dict[int, int | None] = {}
        """The rows that are told, and which other one a double repeats."""

    def trace(self) -> Trace:
        self.pair(self.present, _content)
        doubles = self.doubles()
        for key in (_ref, _moment, _named):
            self.pair(self.present, key)
        for key in (_content, _ref, _moment, _named):
            self.pair(self.gone, key)
        for version in self.versions:
            self.pair_alike(version)
        known = {_content(self.rows[row]): row for row in sorted(self.found.values(), reverse=True)}
        strangers = []
        for row in self.free():
            same = known.get(_content(self.rows[row]))
            if same is None:
                strangers.append(row)
            else:
                doubles[row] = same
        return Trace(found=self.found, doubles=doubles, strangers=tuple(strangers))

    def free(self) -> list[int]:
        return [row for row in range(len(self.rows)) if row not in self.taken]

    def take(self, number: int, row: int) -> None:
        self.found[number] = row
        self.taken[row] = None

    def pair(self, numbers: Iterable[int], key: Callable[[Row], Hashable]) -> None:
        """Pair tracks and rows with one key, in order: first as the merge has them, then as a side has them."""
        numbers = list(numbers)
        for version in self.versions:
            right: dict[Hashable, list[int]] = defaultdict(list)
            for row in self.free():
                right[key(self.rows[row])].append(row)
            for number in numbers:
                one = version[number]
                wanted = None if one is None or number in self.found else key(one)
                if wanted is not None and right.get(wanted):
                    self.take(number, right[wanted].pop(0))

    def pair_alike(self, version: Sequence[Row | None]) -> None:
        """Pair what is left as two versions of one list are paired: by neighbours, similarity and start."""
        numbers = [n for n in self.present if version[n] is not None]
        if all(n in self.found for n in numbers) or not self.free():
            return
        for i, row in align([one for n in numbers if (one := version[n]) is not None], self.rows).items():
            if numbers[i] not in self.found and row not in self.taken:
                self.take(numbers[i], row)

    def doubles(self) -> dict[int, int]:
        """Rows with a row id or a name that stands more often than on any side; the best of them are none."""
        found: dict[int, int] = {}
        for key in (_ref, _named):
            groups: dict[Hashable, list[int]] = defaultdict(list)
            for row, one in enumerate(self.rows):
                if row not in found:
                    groups[key(one)].append(row)
            counts = [
                Counter(key(one) for one in version if one is not None) for version in self.versions[:3]
            ]
            for wanted, rows in groups.items():
                allowed = max(count[wanted] for count in counts)
                if wanted is None or not allowed:
                    continue
                rows.sort(key=lambda row: (row not in self.taken, row))
                found |= dict.fromkeys(rows[allowed:], rows[0])
        self.taken |= found
        return found


def _row(value: Track) -> Row:
    return rows_of((value,))[0]


def _ref(row: Row) -> Hashable:
    return row.ref or None


def _named(row: Row) -> Hashable:
    return None if row.unknown else row.normal


def _moment(row: Row) -> Hashable:
    """A name at its start; an unknown track has no name."""
    return None if row.start is None else (row.unknown or row.normal, row.start)


def _content(row: Row) -> Hashable:
    """All that a track says, alike for values that mean the same."""
    pairs = ((key, comparable(TRACK_FIELDS.get(key), value)) for key, value in row.value.items() if value)
    return tuple(sorted(pairs, key=lambda pair: pair[0]))


def comparable(kind: Kind | None, value: Value) -> Hashable:
    """A form of a value that is equal for values that mean the same."""
    if isinstance(value, str):
        if kind in {Kind.TIME, Kind.OFFSET}:
            try:
                return parse_time(value, signed=True)
            except TimeFormatError:
                return value
        text = unicodedata.normalize("NFC", value)
        if kind is Kind.MULTILINE:
            return (text,)
        return text.lower() if kind is Kind.FLAG else text
    if isinstance(value, tuple):
        children = tuple(comparable(None, child) for child in value)
        return frozenset(children) if kind is Kind.SET else children
    return tuple(sorted((key, repr(comparable(None, child))) for key, child in value.items() if child))
