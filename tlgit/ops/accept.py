"""How much of what a source says can land now: all that merges with the user's version.

The fields in conflict are set back to what `upstream` held before, so that they never enter it undecided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from tlgit.merge.align import align, rows_of
from tlgit.merge.decision import Decision
from tlgit.merge.merge import merge
from tlgit.tracklist.fields import LIST_FIELDS, TRACK_FIELDS
from tlgit.tracklist.model import Track, Tracklist
from tlgit.tracklist.text import parse_document
from tlgit.tracklist.write import render_tracklist

ROUNDS: Final = 8
"""Setting one field back can uncover another conflict; after this many rounds the whole change waits."""


def acceptable(
    base: str | None, ours: str, before: Tracklist | None, new: Tracklist
) -> tuple[Tracklist | None, tuple[Decision, ...]]:
    """The part of `new` that merges cleanly into `ours`, and the conflicts of the whole.

    `before` is what `upstream` holds now. None instead of a list: nothing can be accepted at all.
    Raises DataError when the sides cannot be read, or are different lists.
    """
    conflicts: tuple[Decision, ...] = ()
    candidate = new
    for _ in range(ROUNDS):
        result = merge(base, ours, render_tracklist(candidate))
        conflicts = conflicts or result.conflicts
        if result.is_clean:
            return candidate, conflicts
        reduced = _set_back(candidate, before, result.conflicts)
        if reduced is None or reduced == candidate:
            break
        candidate = reduced
    return before, conflicts


def _set_back(new: Tracklist, before: Tracklist | None, conflicts: tuple[Decision, ...]) -> Tracklist | None:
    """`new` without the changes that are in conflict; None when that cannot be told apart."""
    pairs = {} if before is None else _pairs(before, new)
    before = before or Tracklist()
    tracks: list[Track | None] = list(new.tracks)
    back: list[tuple[int, Track]] = []
    fields: dict[str, object] = {}
    for conflict in conflicts:
        if conflict.slot is None:
            if conflict.key not in LIST_FIELDS:
                return None
            # What `upstream` did not hold yet it goes on not to hold, a title too.
            fields[conflict.key] = getattr(before, conflict.key)
            continue
        if conflict.reason in {"moved", "unsure"}:
            return _old_order(new, before, pairs)
        theirs = conflict.slot.theirs
        if theirs is None:
            # The source deleted a track that the user changed: it stays for now.
            number = _deleted_row(before, conflict)
            if number is None:
                return None
            back.append((number, before.tracks[number]))
            continue
        old = pairs.get(theirs)
        track = tracks[theirs]
        if track is None:
            continue
        if not conflict.key:
            tracks[theirs] = None if old is None else before.tracks[old]
        elif conflict.key not in TRACK_FIELDS:
            return None
        else:
            name = "with_previous" if conflict.key == "with" else conflict.key
            tracks[theirs] = replace(
                track, **{name: getattr(Track() if old is None else before.tracks[old], name)}
            )
    result = [track for track in tracks if track is not None]
    for number, track in sorted(back, key=lambda pair: pair[0]):
        result.insert(_place(result, before, number), track)
    return replace(new, tracks=tuple(result), **fields)  # type: ignore[arg-type]  # values of the same fields


def _pairs(before: Tracklist, new: Tracklist) -> dict[int, int]:
    """Row numbers of `new` to those of `before`."""
    documents = [parse_document(render_tracklist(one)) for one in (before, new)]
    old, now = (rows_of(item.value for item in document.items) for document in documents)
    return {j: i for i, j in align(old, now).items()}


def _old_order(new: Tracklist, before: Tracklist, pairs: dict[int, int]) -> Tracklist | None:
    """`new` in the order of `before`; None when the order is the same, or tracks came or went."""
    if len(pairs) != len(new.tracks) or len(pairs) != len(before.tracks):
        return None
    order = sorted(range(len(new.tracks)), key=pairs.__getitem__)
    return replace(new, tracks=tuple(new.tracks[j] for j in order))


def _deleted_row(before: Tracklist, conflict: Decision) -> int | None:
    value = conflict.base if isinstance(conflict.base, Mapping) else {}
    for number, track in enumerate(before.tracks):
        if value.get("ref") and track.ref == value.get("ref"):
            return number
    return None


def _place(result: list[Track], before: Tracklist, number: int) -> int:
    """Where a track that stays goes: behind the nearest one that stood above it."""
    for above in reversed(before.tracks[:number]):
        if above.ref is None:
            continue
        for place, track in enumerate(result):
            if track.ref == above.ref:
                return place + 1
    return 0
