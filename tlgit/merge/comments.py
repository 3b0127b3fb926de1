"""Three-way merge of comment lines: nobody's comment disappears with somebody else's change.

Lines are taken one by one. A line of the base goes only when a side took it out itself; a line that a side added
stays, behind the line that it followed. No conflict can arise. Below that hangs a net, `missing_comments`: it tells
which comments a merged text lacks, wherever they stood.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final, TypeVar

from yaml.nodes import MappingNode, Node, ScalarNode

from tlgit.tracklist.syntax import compose

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    Line = TypeVar("Line", bound="Hashable")

# Between two comments on one line.
_BETWEEN: Final = re.compile(r"(?<=\S)[ \t]+(?=#)")
_BLANKS: Final = frozenset(" \t\r\n")


def merge_comments(base: str, ours: str, theirs: str) -> str:
    """Merge whole lines of comments and blanks (each ends in a line end)."""
    if theirs in (ours, base):
        return ours
    if ours == base:
        return theirs
    lines = merge_sequence(*(text.splitlines(keepends=True) for text in (base, ours, theirs)))
    return "".join(lines)


def merge_beside(base: str, ours: str, theirs: str) -> str:
    """Merge what stands behind a value on its line; two different new comments stand one behind the other."""
    if theirs in (ours, base):
        return ours
    if ours == base:
        return theirs
    pieces = [_split(text) for text in (base, ours, theirs)]
    merged = merge_sequence(*pieces)
    as_written = [text for text, side in zip((ours, theirs), pieces[1:], strict=True) if side == merged]
    if as_written:
        return min(as_written)
    eol = ours[len(ours.rstrip("\r\n")) :]
    return ("  " + " ".join(merged) if merged else "") + eol


def _split(comment: str) -> list[str]:
    return _BETWEEN.split(comment.strip()) if comment.strip() else []


def comments_of(text: str) -> list[str]:
    """Every comment of a YAML mapping, each one by itself, in order."""
    if "#" not in text:
        return []
    scalars = sorted(_scalars(text))
    result: list[str] = []
    position = text.find("#")
    n = 0
    while position >= 0:
        while n < len(scalars) and scalars[n][1] <= position:
            n += 1
        if n < len(scalars) and scalars[n][0] <= position:
            position = text.find("#", scalars[n][1])
            continue
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        result += _split(text[position:end])
        position = text.find("#", end)
    return result


def _scalars(text: str) -> list[tuple[int, int]]:
    """Where the texts of all scalars stand; the line with the `|` of a block of lines is not one of them."""
    spans: list[tuple[int, int]] = []
    stack: list[Node] = [compose(text)]
    while stack:
        node = stack.pop()
        if isinstance(node, ScalarNode):
            start, end = node.start_mark.index, node.end_mark.index
            if node.style in {"|", ">"}:
                start = text.find("\n", start, end) + 1 or end
            spans.append((start, end))
        elif isinstance(node, MappingNode):
            stack += (child for pair in node.value for child in pair)
        else:
            stack += node.value
    return spans


def missing_comments(
    texts: Sequence[str], merged: str, *, is_open: bool = False, above: str = ""
) -> list[str]:
    """The comments of base, ours and theirs that a merged text lacks: a side added them, or nobody took them out.

    Comments that both sides added alike count once. All texts are mappings when `above` (a line such as
    `tracks:`) stands above them; `is_open` tells that conflict markers stand in `merged`.
    """
    if not any("#" in text for text in texts[1:]):
        return []
    # A look without the parser settles nearly all merges.
    if not _needed(*(_like_comments(text) for text in texts)) - Counter(_like_comments(merged)):
        return []
    sides = [comments_of(above + text) if text else [] for text in texts]
    here = _like_comments(merged) if is_open or not merged.strip() else comments_of(above + merged)
    missing = _needed(*sides) - Counter(here)
    # In an order that does not tell which side is which.
    candidates = sorted([piece for piece in dict.fromkeys(side) if piece in missing] for side in sides[1:])
    return list(dict.fromkeys(piece for side in candidates for piece in side))


def _like_comments(text: str) -> list[str]:
    """What looks like a comment, also where it stands inside a text."""
    found: list[str] = []
    position = text.find("#")
    while position >= 0:
        if position == 0 or text[position - 1] in _BLANKS:
            end = text.find("\n", position)
            end = len(text) if end < 0 else end
            found += _split(text[position:end])
            position = text.find("#", end)
        else:
            position = text.find("#", position + 1)
    return found


def _needed(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> Counter[str]:
    """How often each comment has to stand in the result at least."""
    b, o, t = Counter(base), Counter(ours), Counter(theirs)
    return Counter(
        {
            piece: max(o[piece], t[piece])
            if min(o[piece], t[piece]) >= b[piece]
            else max(0, o[piece] + t[piece] - b[piece])
            for piece in o | t
        }
    )


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
        for run, other in (both, both[::-1]) if len(both) == 2 else ():
            if _holds(run, other):
                return run  # one side knows the other's lines already, and in which order they stand
        return [line for run in both for line in run]

    result = added(None)
    for line in base:
        result += [line, *added(line)]
    return result


def _holds(run: Sequence[Line], other: Sequence[Line]) -> bool:
    """Whether all lines of `other` stand in `run`, in that order."""
    rest = iter(run)
    return all(line in rest for line in other)
