"""Which side of a conflict to take, how sure that is, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from tlgit.merge.confidence import HAND, rate
from tlgit.merge.diff import Content, diff
from tlgit.ops.waiting import SURE

if TYPE_CHECKING:
    from tlgit.merge.decision import Decision
    from tlgit.tracklist.fields import Value
    from tlgit.tracklist.text import Document


_AROUND: Final = 8
"""So many tracks above and below are looked at to rate a change: more say nothing about one field."""


class Advice(NamedTuple):
    """What to do about a conflict."""

    side: Literal["ours", "theirs"] | None
    is_sure: bool
    """Whether it can be followed without looking."""
    confidence: float | None
    """How plausible it is that theirs takes the place of ours; None for whole tracks."""
    words: tuple[str, ...]
    """Why that is so plausible, or why this side."""


def recommend(decision: Decision, ours: Document, theirs: Document) -> Advice:
    """Which side to take: that of the more plausible change, from ours to theirs or back.

    git swaps the sides in a rebase, so neither is the user's. Where one side has deleted a track, the other one's: nothing
    is lost by it, but it is never sure.
    """
    if not decision.key:
        if decision.reason != "deleted":
            return Advice(None, is_sure=False, confidence=None, words=())
        side: Literal["ours", "theirs"] = "theirs" if decision.ours is None else "ours"
        return Advice(side, is_sure=False, confidence=None, words=("the side that has the track",))
    there, words = _rated(decision, ours, to_theirs=True)
    back, _ = _rated(decision, theirs, to_theirs=False)
    if there == back or max(there, back) <= SURE:
        return Advice(None, is_sure=False, confidence=there, words=words)
    return Advice("theirs" if there > back else "ours", is_sure=True, confidence=there, words=words)


def _rated(decision: Decision, document: Document, *, to_theirs: bool) -> tuple[float, tuple[str, ...]]:
    """How plausible it is that one side's value became the other's, all else as it stands."""
    value = decision.theirs if to_theirs else decision.ours
    fields: dict[str, Value] = dict(document.value)
    tracks: list[dict[str, Value]] = []
    target = fields
    if decision.slot is not None:
        row = decision.slot.ours if to_theirs else decision.slot.theirs
        if row is None:
            return 0.0, ()
        above = max(0, row - _AROUND)
        tracks = [dict(item.value) for item in document.items[above : row + _AROUND + 1]]
        target = tracks[row - above]
    before = Content(fields=dict(fields), tracks=tuple(dict(track) for track in tracks))
    if value is None:
        target.pop(decision.key, None)
    else:
        target[decision.key] = value
    after = Content(fields=fields, tracks=tuple(tracks))
    ratings = rate(diff(before, after), before, after, HAND)
    if not ratings:
        return 0.0, ()
    least = min(ratings, key=lambda rating: rating.value)
    return least.value, tuple(factor.words for factor in least.factors if factor.name != "source")
