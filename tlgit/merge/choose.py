"""Writing a field as a decision wants it: a side's own text, the union of both, or a value set by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlgit.merge.comments import merge_sequence
from tlgit.merge.lists import merge_list, write_flow
from tlgit.tracklist.fields import Kind

if TYPE_CHECKING:
    from typing import TypeAlias

    from tlgit.merge.decision import FieldDecision
    from tlgit.tracklist.text import Entry

    Three: TypeAlias = tuple[Entry | None, Entry | None, Entry | None]
    """One field as base, ours and theirs have it."""


def choose(decision: FieldDecision, three: Three, kind: Kind | None, eol: str) -> Entry | None:
    """The field as the decision wants it; None when it goes."""
    base, ours, theirs = three
    if decision.side == "value":
        return _with_value(decision, ours or theirs, kind, eol)
    if decision.side == "both":
        return join(ours, theirs, eol) if ours is not None and theirs is not None else ours or theirs
    return {"base": base, "ours": ours, "theirs": theirs}[decision.side]


def _with_value(decision: FieldDecision, model: Entry | None, kind: Kind | None, eol: str) -> Entry | None:
    if not decision.value or model is None:
        return None
    # Loaded here: only values set by hand need it.
    from tlgit.tracklist.edit import change_value  # noqa: PLC0415

    return change_value(model, decision.value, kind or Kind.TEXT, eol=eol)._replace(value=decision.value)


def join(ours: Entry, theirs: Entry, eol: str) -> Entry:
    """Everything that stands in one of two lists or long texts, in an order that does not tell the sides apart."""
    if isinstance(ours.value, tuple) and isinstance(theirs.value, tuple):
        merged = merge_list(None, ours, theirs, eol)
        if merged is not None:
            return merged
    blocks = [entry.body.splitlines() for entry in (ours, theirs)]
    if (
        all(len(lines) > 1 and lines[0][:1] in {"|", ">"} for lines in blocks)
        and blocks[0][0] == blocks[1][0]
    ):
        lines = merge_sequence([], blocks[0][1:], blocks[1][1:])
        value = "\n".join(line.strip() for line in lines) + "\n"
        return ours._replace(body=eol.join((blocks[0][0], *lines)), value=value)
    texts = [value if isinstance(value, tuple) else (value,) for value in (ours.value, theirs.value)]
    return write_flow(ours, theirs, tuple(merge_sequence([], *(list(map(str, side)) for side in texts))))
