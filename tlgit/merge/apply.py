"""Takes over the changes of a diff, all of them or those that are wanted."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlgit.merge.diff import EMPTY, Change, ChangeKind, Content
from tlgit.merge.names import start_of, text_of
from tlgit.tracklist.time import render_time

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from tlgit.merge.diff import Diff
    from tlgit.tracklist.fields import Value

    Wanted = Callable[[Change, str], bool]
    Row = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of it."""

    content: Content
    rows: tuple[tuple[int | None, int | None], ...]
    """Of each row of the content its place before and after: None where it is not there."""


def is_wanted(_change: Change, _key: str) -> bool:
    """Every change is."""
    return True


def apply(diff: Diff, before: Content | None, wanted: Wanted = is_wanted) -> Applied:
    """Make the wanted changes of `diff` in `before`, which has to be the content that the diff is about.

    `wanted(change, key)` is asked for each field of LIST, CHANGED and NAMED; with the key "" for the whole of ADDED,
    REMOVED, MOVED and SHIFTED; of an ADDED track for each field as well. What is not wanted stays as it was.
    With all changes the content means the same as the diff's second version.
    """
    before = before or EMPTY
    by_kind: dict[ChangeKind, list[Change]] = {kind: [] for kind in ChangeKind}
    for change in diff.changes:
        by_kind[change.kind].append(change)

    def taken(kind: ChangeKind) -> list[Change]:
        return [change for change in by_kind[kind] if wanted(change, "")]

    fields = dict(before.fields)
    for change in by_kind[ChangeKind.LIST]:
        _take(fields, change, wanted)
    tracks: dict[Row, dict[str, Value]] = {}
    for i, j in diff.order:
        if i is not None:
            tracks[i, j] = dict(before.tracks[i])
    row_of = {j: (i, j) for i, j in diff.order}
    for change in taken(ChangeKind.SHIFTED):
        for j in change.rows:
            track = tracks[row_of[j]]
            track["start"] = render_time((start_of(track) or 0) + change.shift)
    for kind in (ChangeKind.CHANGED, ChangeKind.NAMED):
        for change in by_kind[kind]:
            _take(tracks[change.before, change.after], change, wanted)
    added = taken(ChangeKind.ADDED)
    for change in added:
        track = tracks[None, change.after] = {}
        _take(track, change, wanted)
    removed = {change.before for change in taken(ChangeKind.REMOVED)}
    moved = {change.before: wanted(change, "") for change in by_kind[ChangeKind.MOVED]}
    new = [row for row in diff.order if row in tracks and moved.get(row[0], True)]
    places = {i: (i, j) for i, j in diff.order if i is not None}
    old: list[Row] = []
    for i, value in enumerate(before.tracks):
        row: Row = places.get(i, (i, None))
        tracks.setdefault(row, dict(value))
        if row[1] is not None or i not in removed:
            old.append(row)
    order = _order(new, old, tracks, {row for row in old if row[0] not in moved})
    return Applied(Content(fields=fields, tracks=tuple(tracks[row] for row in order)), tuple(order))


def _take(value: dict[str, Value], change: Change, wanted: Wanted) -> None:
    for key, (_, new) in change.fields.items():
        if not wanted(change, key):
            continue
        if new is None:
            value.pop(key, None)
        else:
            value[key] = new


def _order(
    new: Sequence[Row], old: Sequence[Row], tracks: Mapping[Row, Mapping[str, Value]], still: Collection[Row]
) -> list[Row]:
    """The rows of `new` in their order, and those of `old` that are not among them behind their old neighbours.

    `still` are the rows that did not move: the neighbours. Where new and old rows stand in one gap, the starts decide;
    a track that is played with the one above stays with it.
    """
    there = set(new)
    fixed = there.intersection(still)
    behind: dict[Row | None, list[Row]] = {}
    above: Row | None = None
    for row in old:
        if row in fixed:
            above = row
        elif row not in there:
            behind.setdefault(above, []).append(row)
    order: list[Row] = []
    waiting = deque(behind.get(None, ()))
    for row in new:
        if row in fixed:
            order += waiting
            waiting = deque(behind.get(row, ()))
        while waiting and row not in fixed and _is_before(tracks[waiting[0]], tracks[row]):
            order.append(waiting.popleft())
        order.append(row)
    return [*order, *waiting]


def _is_before(old: Mapping[str, Value], new: Mapping[str, Value]) -> bool:
    """Whether a row that stays comes before one that is new in the same gap."""
    if _is_with(old) or _is_with(new):
        return _is_with(old)
    first, second = start_of(old), start_of(new)
    return first is not None and second is not None and first < second


def _is_with(track: Mapping[str, Value]) -> bool:
    return text_of(track.get("with")).lower() == "true"
