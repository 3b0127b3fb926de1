"""What speaks for a change beside itself: that its source has said the same before."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tlgit.merge.align import align, rows_of
from tlgit.merge.diff import ChangeKind
from tlgit.merge.values import is_same
from tlgit.tracklist.fields import LIST_FIELDS, TRACK_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tlgit.merge.diff import Change, Content


class Seen(NamedTuple):
    """How often a source has said the same value, this time included, and for how many seconds by now."""

    times: int = 1
    seconds: int = 0


Evidence: TypeAlias = "Callable[[Change, str], Seen]"


def seen_once(_change: Change, _key: str) -> Seen:
    """No evidence: everything is said for the first time."""
    return Seen()


def seen_in(after: Content, earlier: Sequence[tuple[int, Content]]) -> Evidence:
    """Evidence from earlier observations, each with its age in seconds.

    A value counts as seen where the same track had it; an added or moved track where it was there, a removed one
    where it was not. A shift counts where the same starts were seen.
    """
    sights = [(age, content, _pairs(after, content)) for age, content in earlier]

    def seen(change: Change, key: str) -> Seen:
        ages = [age for age, content, pairs in sights if _says(content, pairs, change, key)]
        return Seen(1 + len(ages), max(ages, default=0))

    return seen


def _pairs(after: Content, other: Content) -> Mapping[int, int]:
    return align(rows_of(after.tracks), rows_of(other.tracks))


def _says(content: Content, pairs: Mapping[int, int], change: Change, key: str) -> bool:
    if change.kind is ChangeKind.LIST:
        return is_same(LIST_FIELDS.get(key), content.fields.get(key), change.fields[key][1])
    if change.kind is ChangeKind.REMOVED:
        gone = rows_of([{name: old for name, (old, _) in change.fields.items() if old}])
        return not align(gone, rows_of(content.tracks))
    if change.kind is ChangeKind.SHIFTED:
        # The row that is told stands for all of them.
        return bool(change.rows) and change.rows[0] in pairs and _has_start(content, change)
    row = None if change.after is None else pairs.get(change.after)
    if row is None:
        return False
    if change.kind is ChangeKind.ADDED:
        return True
    if change.kind is ChangeKind.MOVED:
        return _is_between(content, pairs, change.after or 0, row)
    return is_same(TRACK_FIELDS.get(key), content.tracks[row].get(key), change.fields[key][1])


def _has_start(content: Content, change: Change) -> bool:
    wanted = change.fields["start"][1]
    return any(is_same(TRACK_FIELDS["start"], track.get("start"), wanted) for track in content.tracks)


def _is_between(content: Content, pairs: Mapping[int, int], place: int, row: int) -> bool:
    """Whether a moved row stood at its new place: between the same neighbours."""
    above, below = pairs.get(place - 1), pairs.get(place + 1)
    return (above is None or above < row) and (below is None or row < below) and len(content.tracks) > 1
