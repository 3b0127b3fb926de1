"""What changed between two versions of a tracklist, as data and in words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from tlgit.merge.align import align, rows_of
from tlgit.merge.names import is_unknown, track_name
from tlgit.merge.order import maybe_moved
from tlgit.merge.values import is_same
from tlgit.tracklist.fields import LIST_FIELDS, TRACK_FIELDS
from tlgit.tracklist.time import TimeFormatError, parse_time, render_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tlgit.tracklist.fields import Value
    from tlgit.tracklist.text import Document


_FEW: Final = 3
"""Fewer starts than this that moved together are so many changes, not a shift."""


class ChangeKind(Enum):
    """What happened to a track, or to the list."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    NAMED = "named"
    """An unknown track got its name."""
    CHANGED = "changed"
    SHIFTED = "shifted"
    """All starts moved by the same time; `fields["start"]` has the first before and after."""
    LIST = "list"
    """A field of the list itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change: of a track (its places counted from 0), or of a field of the list."""

    kind: ChangeKind
    name: str
    """The track in words, or the field of the list."""
    before: int | None = None
    after: int | None = None
    fields: Mapping[str, tuple[Value | None, Value | None]]
    """Per field the old and the new value."""


def diff_documents(before: Document | None, after: Document) -> tuple[Change, ...]:
    """Every difference in meaning; layout, quoting, comments and the order of keys are none."""
    old_list = {} if before is None else before.value
    changes = [
        Change(kind=ChangeKind.LIST, name=key, fields={key: (old_list.get(key), after.value.get(key))})
        for key in dict.fromkeys((*after.value, *old_list))
        if not is_same(LIST_FIELDS.get(key), old_list.get(key), after.value.get(key))
    ]
    old = [] if before is None else [item.value for item in before.items]
    new = [item.value for item in after.items]
    pairs = align(rows_of(old), rows_of(new))
    back = {j: i for i, j in pairs.items()}
    shift = uniform_shift([(old[i], new[j]) for i, j in pairs.items()])
    if shift is not None:
        name = ("+" if shift > 0 else "") + render_time(shift)
        first = next(
            (old[i]["start"], new[j]["start"]) for i, j in sorted(pairs.items()) if "start" in old[i]
        )
        changes.append(Change(kind=ChangeKind.SHIFTED, name=name, fields={"start": first}))
    moved = maybe_moved([back[j] for j in sorted(back)])
    # Of a swap of two both may have moved; one of them explains it.
    if len(moved) == 2:
        moved = frozenset({max(moved)})
    for j, value in enumerate(new):
        i = back.get(j)
        if i is None:
            changes.append(
                Change(kind=ChangeKind.ADDED, name=track_name(value), after=j, fields=_fields({}, value))
            )
            continue
        fields = _fields(old[i], value)
        if shift is not None:
            fields.pop("start", None)
        if i in moved:
            changes.append(
                Change(kind=ChangeKind.MOVED, name=track_name(value), before=i, after=j, fields={})
            )
        if fields:
            kind = ChangeKind.NAMED if is_unknown(old[i]) and not is_unknown(value) else ChangeKind.CHANGED
            changes.append(Change(kind=kind, name=track_name(value), before=i, after=j, fields=fields))
    changes += (
        Change(kind=ChangeKind.REMOVED, name=track_name(value), before=i, fields=_fields(value, {}))
        for i, value in enumerate(old)
        if i not in pairs
    )
    return tuple(changes)


def uniform_shift(pairs: Sequence[tuple[Mapping[str, Value], Mapping[str, Value]]]) -> int | None:
    """By how many milliseconds all starts moved, when it is the same for at least three tracks; else None."""
    shifts = set()
    count = 0
    for before, after in pairs:
        starts = [_start(value.get("start")) for value in (before, after)]
        if starts[0] is None and starts[1] is None:
            continue
        if starts[0] is None or starts[1] is None:
            return None
        shifts.add(starts[1] - starts[0])
        count += 1
    shift = shifts.pop() if len(shifts) == 1 else 0
    return shift if shift and count >= _FEW else None


def _start(value: Value | None) -> int | None:
    if not isinstance(value, str):
        return None
    try:
        return parse_time(value)
    except TimeFormatError:
        return None


def summarize(changes: tuple[Change, ...]) -> str:
    """The changes in a few words, for the first line of a commit: `2 tracks named, 1 added`."""
    if len(changes) == 1:
        return _one(changes[0])
    whole = {ChangeKind.LIST, ChangeKind.SHIFTED}
    counts = Counter(change.kind for change in changes if change.kind not in whole)
    words: list[str] = []
    for kind, count in counts.items():
        noun = f"{count} track{'s' if count > 1 else ''}" if not words else str(count)
        words.append(f"{noun} {kind.value}")
    words += [f"all starts {change.name}" for change in changes if change.kind is ChangeKind.SHIFTED]
    fields = [change.name for change in changes if change.kind is ChangeKind.LIST]
    if fields:
        words.append(", ".join(fields) if len(fields) <= 3 else f"{len(fields)} fields of the list")
    return ", ".join(words) or "layout"


def _one(change: Change) -> str:
    if change.kind is ChangeKind.LIST:
        return change.name
    if change.kind is ChangeKind.SHIFTED:
        return f"all starts {change.name}"
    number = (change.after if change.after is not None else change.before or 0) + 1
    name = change.name if len(change.name) <= 60 else change.name[:59] + "…"
    what = change.kind.value
    if change.kind is ChangeKind.CHANGED:
        what = f"{', '.join(change.fields)} of"
        return f"{what} track {number} {name}"
    return f"track {number} {what}: {name}"


def _fields(
    old: Mapping[str, Value], new: Mapping[str, Value]
) -> dict[str, tuple[Value | None, Value | None]]:
    return {
        key: (old.get(key), new.get(key))
        for key in dict.fromkeys((*new, *old))
        if not is_same(TRACK_FIELDS.get(key), old.get(key), new.get(key))
    }
