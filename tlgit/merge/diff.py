"""What changed between two versions of a tracklist, as data and in words.

A `Diff` holds all that `apply` needs to make the second version out of the first one, change by change.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from zlib import crc32

from tlgit.merge.align import align, rows_of
from tlgit.merge.names import is_unknown, start_of, track_name
from tlgit.merge.rising import heaviest_rising
from tlgit.merge.values import is_same
from tlgit.tracklist.fields import LIST_FIELDS, TRACK_FIELDS
from tlgit.tracklist.time import render_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tlgit.tracklist.fields import Kind, Value
    from tlgit.tracklist.text import Document

    Fields = Mapping[str, tuple[Value | None, Value | None]]
    Order = tuple[tuple[int | None, int], ...]
    Track = Mapping[str, Value]

_FEW: Final = 3
"""Fewer starts than this that moved together are so many changes, not a shift."""
_CLOSE: Final = 1_000
"""Shifts this close (ms) are one shift, told by people who round differently."""


class ChangeKind(Enum):
    """What happened to a track, or to the list."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    NAMED = "named"
    """An unknown track got its name."""
    CHANGED = "changed"
    SHIFTED = "shifted"
    """(Nearly) all starts moved by the same time; `fields["start"]` has the first one before and after."""
    LIST = "list"
    """A field of the list itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A tracklist as raw values, without layout."""

    fields: Mapping[str, Value]
    """The fields of the list, the tracks apart."""
    tracks: tuple[Mapping[str, Value], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change: of a track (its places counted from 0), or of the list."""

    kind: ChangeKind
    name: str
    """The track in words, the field of the list, or the shift as `+0:30`."""
    before: int | None = None
    after: int | None = None
    fields: Fields
    """Per field the old and the new value."""
    shift: int = 0
    """By how many milliseconds the starts moved; only SHIFTED."""
    rows: tuple[int, ...] = ()
    """The places after of the tracks whose start moved by exactly `shift`; only SHIFTED. Another start that changed
    is told with its track."""


@dataclass(frozen=True, slots=True)
class Diff:
    """All changes, and which row became which."""

    changes: tuple[Change, ...]
    order: tuple[tuple[int | None, int], ...]
    """Every row of `after` in order: its place before (None: added) and after."""


EMPTY: Final = Content(fields={}, tracks=())
"""What a list is before it is there."""


def content_of(document: Document) -> Content:
    """The values of a document."""
    return Content(fields=document.value, tracks=tuple(item.value for item in document.items))


def diff_documents(before: Document | None, after: Document) -> Diff:
    """Every difference in meaning; layout, quoting, comments and the order of keys are none."""
    return diff(None if before is None else content_of(before), content_of(after))


def diff(before: Content | None, after: Content) -> Diff:
    """Every difference in meaning: fields of the list, the shift, the tracks of `after` in order, removals."""
    before = before or EMPTY
    old, new = before.tracks, after.tracks
    back = _pairs_back(old, new)
    order = tuple((back.get(j), j) for j in range(len(new)))
    changes = [
        Change(kind=ChangeKind.LIST, name=key, fields={key: values})
        for key, values in _fields(before.fields, after.fields, LIST_FIELDS).items()
    ]
    shift = _shift(old, new, order)
    if shift is not None:
        changes.append(shift)
    shifted = frozenset(shift.rows if shift else ())
    moved = _moved(old, new, order, shift.shift if shift else 0)
    for i, j in order:
        if i is None:
            changes.append(_change(ChangeKind.ADDED, new[j], None, j, _fields({}, new[j], TRACK_FIELDS)))
            continue
        fields = _fields(old[i], new[j], TRACK_FIELDS)
        if j in shifted:
            del fields["start"]
        if i in moved:
            changes.append(_change(ChangeKind.MOVED, new[j], i, j, {}))
        if fields:
            is_named = is_unknown(old[i]) and not is_unknown(new[j])
            kind = ChangeKind.NAMED if is_named else ChangeKind.CHANGED
            changes.append(_change(kind, new[j], i, j, fields))
    kept = set(back.values())
    changes += (
        _change(ChangeKind.REMOVED, value, i, None, _fields(value, {}, TRACK_FIELDS))
        for i, value in enumerate(old)
        if i not in kept
    )
    return Diff(tuple(changes), order)


def _pairs_back(old: Sequence[Track], new: Sequence[Track]) -> dict[int, int]:
    """Places after to places before.

    The lists are always compared in one direction: of two answers that are equally good, the way back gives the same.
    """
    if repr(old) <= repr(new):
        return {j: i for i, j in align(rows_of(old), rows_of(new)).items()}
    return align(rows_of(new), rows_of(old))


def _change(kind: ChangeKind, track: Track, before: int | None, after: int | None, fields: Fields) -> Change:
    return Change(kind=kind, name=track_name(track), before=before, after=after, fields=fields)


def _fields(
    old: Track, new: Track, kinds: Mapping[str, Kind]
) -> dict[str, tuple[Value | None, Value | None]]:
    return {
        key: (old.get(key), new.get(key))
        for key in dict.fromkeys((*new, *old))
        if not is_same(kinds.get(key), old.get(key), new.get(key))
    }


def _shift(old: Sequence[Track], new: Sequence[Track], order: Order) -> Change | None:
    """The one shift of (nearly) all starts, when there is one."""
    starts: list[tuple[int, int, int, int]] = []
    for i, j in order:
        if i is not None:
            before, after = start_of(old[i]), start_of(new[j])
            if before is not None and after is not None:
                starts.append((before, after, i, j))
    shift = uniform_shift([after - before for before, after, _, _ in starts])
    if shift is None:
        return None
    shifted = [found for found in starts if found[1] - found[0] == shift]
    _, _, i, j = min(shifted)
    return Change(
        kind=ChangeKind.SHIFTED,
        name=("+" if shift > 0 else "") + render_time(shift),
        fields={"start": (old[i]["start"], new[j]["start"])},
        shift=shift,
        rows=tuple(found[3] for found in shifted),
    )


def uniform_shift(shifts: Sequence[int]) -> int | None:
    """The time (ms) by which starts moved together: at least three and 80 % of them, within a second; else None.

    Of several such times the most frequent counts. Starts that stayed stand against every shift.
    """
    moved = Counter(shift for shift in shifts if shift)
    if moved.total() < max(_FEW, 0.8 * len(shifts)):
        return None
    # The most frequent one; of two that are the shorter one; of +x and -x neither, so that the way back is the same.
    best = min(moved, key=lambda shift: (-moved[shift], abs(shift)))
    close = sum(count for shift, count in moved.items() if abs(shift - best) <= _CLOSE)
    if close < max(_FEW, 0.8 * len(shifts)) or moved[-best] == moved[best]:
        return None
    return best


def _moved(old: Sequence[Track], new: Sequence[Track], order: Order, shift: int) -> frozenset[int]:
    """The places before of the fewest rows whose move explains the order.

    Of several explanations the one in which rows stay that kept their start; then one by content, so that the way
    back names the same rows.
    """
    pairs = [(i, j) for i, j in order if i is not None]
    places = [i for i, _ in pairs]
    if all(a < b for a, b in pairwise(places)):
        return frozenset()

    def weight(i: int, j: int) -> int:
        before, after = start_of(old[i]), start_of(new[j])
        has_kept = before is not None and after is not None and after - before == shift
        content = "".join(sorted(repr(sorted(row.items())) for row in (old[i], new[j])))
        return (1 << 80) + (has_kept << 50) + crc32(content.encode("utf-8", "replace"))

    stay = heaviest_rising(places, [weight(i, j) for i, j in pairs])
    return frozenset(places) - {places[n] for n in stay}


def summarize(changes: Sequence[Change]) -> str:
    """The changes in a few words, for the first line of a commit: `2 tracks named, 1 added`."""
    if len(changes) == 1:
        return _one(changes[0])
    whole = {ChangeKind.LIST, ChangeKind.SHIFTED}
    counts = Counter(change.kind for change in changes if change.kind not in whole)
    words: list[str] = []
    for kind, count in counts.items():
        noun = f"{count} track{'s' if count > 1 else ''}" if not words else str(count)
        words.append(f"{noun} {kind.value}")
    words += [_one(change) for change in changes if change.kind is ChangeKind.SHIFTED]
    fields = [change.name for change in changes if change.kind is ChangeKind.LIST]
    if fields:
        words.append(", ".join(fields) if len(fields) <= 3 else f"{len(fields)} fields of the list")
    return ", ".join(words) or "layout"


def _one(change: Change) -> str:
    if change.kind is ChangeKind.LIST:
        return change.name
    if change.kind is ChangeKind.SHIFTED:
        return f"starts {change.name}"
    number = (change.after if change.after is not None else change.before or 0) + 1
    name = change.name if len(change.name) <= 60 else change.name[:59] + "…"
    what = change.kind.value
    if change.kind is ChangeKind.CHANGED:
        what = f"{', '.join(change.fields)} of"
        return f"{what} track {number} {name}"
    return f"track {number} {what}: {name}"
