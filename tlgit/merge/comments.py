"""Three-way merge of comment lines: nobody's comment disappears with somebody else's change.

Lines are taken one by one. A line of the base goes only when a side took it out itself; a line that a side added
stays, behind the line that it followed. No conflict can arise.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    Line = TypeVar("Line", bound="Hashable")


def merge_comments(base: str, ours: str, theirs: str) -> str:
    """Merge whole lines of comments and blanks (each ends in a line end)."""
    if theirs in (ours, base):
        return ours
    if ours == base:
        return theirs
    lines = merge_sequence(*(text.splitlines(keepends=True) for text in (base, ours, theirs)))
    return "".join(lines)


def merge_sequence(base: Sequence[Line], ours: Sequence[Line], theirs: Sequence[Line]) -> list[Line]:
    """Merge three sequences as ordered multisets: the adds and removals of both sides apply."""
    b, o, t = Counter(base), Counter(ours), Counter(theirs)
    # A line that both added stands once; one that a side removed and the other kept is gone.
    wanted = {
        line: max(o[line], t[line]) if not b[line] else max(0, o[line] + t[line] - b[line]) for line in o | t
    }
    for line in wanted:
        if o[line] == t[line]:
            wanted[line] = o[line]
    result: list[Line] = []
    for line in _interleave(_common_order(base, ours, theirs), ours, theirs):
        if wanted.get(line, 0) > 0:
            wanted[line] -= 1
            result.append(line)
    for line, missing in wanted.items():
        if missing > 0:  # a side repeated a line of the base
            at = max((i for i, x in enumerate(result) if x == line), default=len(result) - 1)
            result[at + 1 : at + 1] = [line] * missing
    return result


def _common_order(base: Sequence[Line], ours: Sequence[Line], theirs: Sequence[Line]) -> list[Line]:
    """The lines of the base, in the order of the one side that changed it."""
    everywhere = set(base) & set(ours) & set(theirs)
    orders = [[line for line in side if line in everywhere] for side in (base, ours, theirs)]
    chosen = base
    if orders[1] != orders[0] and orders[2] in (orders[0], orders[1]):
        chosen = ours
    elif orders[2] != orders[0] and orders[1] == orders[0]:
        chosen = theirs
    if chosen is base:
        return list(base)
    known = set(base)
    gone = [line for line in base if line not in set(chosen)]
    return [line for line in chosen if line in known] + gone


def _interleave(base: Sequence[Line], ours: Sequence[Line], theirs: Sequence[Line]) -> list[Line]:
    """The lines of the base with the added ones behind their predecessors, the same whichever side is which."""
    known = set(base)
    runs: dict[Line | None, list[list[Line]]] = {}
    for side in (ours, theirs):
        before: Line | None = None
        run: list[Line] = []
        for line in side:
            if line not in known:
                run.append(line)
                continue
            if run:
                runs.setdefault(before, []).append(run)
            before, run = line, []
        if run:
            runs.setdefault(before, []).append(run)

    def added(before: Line | None) -> list[Line]:
        """What both sides added behind a line; only behind its first one, where the base repeats it."""
        both = sorted(runs.pop(before, []), key=lambda run: [str(line) for line in run])
        return [line for run in both for line in run]

    result = added(None)
    for line in base:
        result += [line, *added(line)]
    return result
