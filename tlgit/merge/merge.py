"""The one merge: three texts in, one text and what stays open out. No git, no files, no clock.

Start here, then `decide` (what becomes of every field and track), `slots` and `rows` (which track is which, and where
it stands), `fields` (the decision table), `write` (the text), `comments`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from tlgit.merge.decide import Will, plan_merge
from tlgit.merge.decision import OPEN, Decision, Hunk
from tlgit.merge.lineage import check_same_list
from tlgit.merge.policy import Policies
from tlgit.merge.style import align_style, is_uniform
from tlgit.merge.write import RawHunk, finish_hunk, write_plan
from tlgit.tracklist.reread import parse_like
from tlgit.tracklist.syntax import TracklistSyntaxError, has_conflict_markers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlgit.merge.decide import Origins
    from tlgit.merge.decision import Choice

MARKER_SIZE: Final = 7
_MARK: Final = re.compile(r"\ufeff?([<|=>])\1{6,}(?:[ \r\n]|$)")


class MergeResult(NamedTuple):
    """The merged text and how it came about; markers stand in the text exactly when something is open."""

    text: str
    decisions: tuple[Decision, ...] = ()
    """One for each field and track that a side changed; none where the whole text of a side was taken."""
    raw_hunks: tuple[RawHunk, ...] = ()

    @property
    def conflicts(self) -> tuple[Decision, ...]:
        """What is left to decide."""
        return tuple(decision for decision in self.decisions if decision.side == OPEN)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left to decide."""
        return not any(decision.side == OPEN for decision in self.decisions)

    @property
    def hunks(self) -> tuple[Hunk, ...]:
        """What stands between the markers, in the order of the text."""
        return tuple(finish_hunk(raw) for raw in self.raw_hunks)


def merge(
    base: str | None,
    ours: str,
    theirs: str,
    *,
    marker_size: int = MARKER_SIZE,
    labels: tuple[str, str] = ("ours", "theirs"),
    policies: Policies = Policies(),  # noqa: B008 - a tuple, never changed
    origins: Origins | None = None,
    choices: Mapping[str, Choice] | None = None,
) -> MergeResult:
    """Merge two versions of a tracklist that come from `base` (None or empty: they have no common past).

    What both sides changed is settled by `choices` (by the id of the decision), else by `policies`, for which
    `origins` tells where values come from; the rest stays open.

    After criss-cross merges git makes the base itself by merging, and conflict markers may stand in it. Such a base
    counts as two bases, and has to give the same result with both. When git replays a recorded resolution (rerere),
    markers stand in ours as well, and the same holds.

    Raises `TracklistSyntaxError` when one of them cannot be read, and `DifferentListsError` when they are not
    the same list.
    """
    if theirs in (ours, base):
        return MergeResult(ours)
    if ours == base:
        return MergeResult(theirs)
    will = Will(policies, origins, choices or {})
    marks = (marker_size, *labels)
    try:
        return _merge_texts(base, ours, theirs, will, marks)
    except TracklistSyntaxError:
        if base is None or not has_conflict_markers(base) or has_conflict_markers(theirs):
            raise
        is_replay = has_conflict_markers(ours)
        sides = [
            merge(
                _side(base, n),
                _side(ours, n) if is_replay else ours,
                theirs,
                marker_size=marker_size,
                labels=labels,
                policies=policies,
                origins=origins,
                choices=choices,
            )
            for n in (0, 1)
        ]
        if sides[0].text != sides[1].text or (is_replay and not sides[0].is_clean):
            raise
        return sides[0]


def _merge_texts(
    base: str | None, ours: str, theirs: str, will: Will, marks: tuple[int, str, str]
) -> MergeResult:
    b = parse_like(base, None) if base else None
    o = parse_like(ours, b)
    t = parse_like(theirs, b or o)
    documents = align_style(b, o, t)
    check_same_list(*documents)
    plan = plan_merge(*documents, will)
    text, hunks = write_plan(plan, marks=marks, is_uniform=is_uniform(b, o, t))
    return MergeResult(text, plan.decisions, hunks)


def _side(text: str, number: int) -> str:
    """A text with conflict markers as its first (0) or second (1) side has it."""
    lines = []
    shown = {0, 1}
    for line in text.splitlines(keepends=True):
        match = _MARK.match(line)
        if match is not None:
            shown = {"<": {0}, "|": set(), "=": {1}, ">": {0, 1}}[match[1]]
        elif number in shown:
            lines.append(line)
    return "".join(lines)
