"""The comments of tracks and lists: whether a side wrote one, and where those go whose field is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlgit.merge.comments import comments_of, merge_sequence, missing_comments
from tlgit.merge.values import is_same
from tlgit.tracklist.fields import TRACK_FIELDS
from tlgit.tracklist.text import TRACKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tlgit.tracklist.text import Document, Item


def is_same_item(first: Item, second: Item) -> bool:
    """Whether a side left a track alone: no value and no comment is different."""
    if first.text == second.text:
        return True
    keys = first.value.keys() | second.value.keys()
    if not all(is_same(TRACK_FIELDS.get(k), first.value.get(k), second.value.get(k)) for k in keys):
        return False
    return item_comments(first) == item_comments(second)


def item_comments(item: Item) -> list[str]:
    """Every comment of a track, above, beside and inside it."""
    return comments_of(f"{TRACKS}:\n{item.text}")


def list_comments(document: Document) -> list[str]:
    """Every comment of the list that is not a track's."""
    entries = [text for entry in document.entries for text in (entry.lead, entry.tail)]
    texts = [document.head, *entries, document.close, document.foot]
    return [line.strip() for text in texts for line in text.splitlines() if line.strip()]


def caught(base: Item | None, ours: Item, theirs: Item, merged: str, *, is_open: bool, eol: str) -> str:
    """The net below a merged track: comments that would be lost, as lines above it."""
    texts = ["" if item is None else item.text for item in (base, ours, theirs)]
    missing = missing_comments(texts, merged, is_open=is_open, above=f"{TRACKS}:\n")
    indent = " " * ours.dash.index("-")
    return "".join(f"{indent}{line}{eol}" for line in missing)


def merge_dash(base: Item | None, ours: Item, theirs: Item, indent: str) -> str:
    """From the start of a track to its first field; comments may stand behind the dash and below it."""
    b, o, t = ("" if item is None else item.dash for item in (base, ours, theirs))
    if t in (o, b):
        chosen = o
    elif o == b:
        chosen = t
    else:
        chosen = min(o, t, key=lambda dash: (len(dash), dash))
        lines = [_behind(dash) for dash in (b, o, t)]
        merged = merge_sequence(*lines)
        if merged and merged != _behind(chosen):
            eol = "\r\n" if "\r\n" in o + t else "\n"
            mark = chosen[: chosen.index("-") + 1]
            chosen = f"{mark} " + "".join(f"{line}{eol}{indent}" for line in merged)
    above, newline, _ = chosen.rpartition("\n")
    return above + newline + indent if newline else chosen


def _behind(dash: str) -> list[str]:
    """The comments between a dash and the first field."""
    lines = [line.strip() for line in dash.partition("-")[2].splitlines()]
    return [line for line in lines if line]


def unless_both(orphan: str, ours: Sequence[str], theirs: Sequence[str]) -> str:
    """Comments whose field went, without those that a side has already put elsewhere."""
    lines = orphan.splitlines(keepends=True)
    return "".join(line for line in lines if not (line.strip() in ours and line.strip() in theirs))


def indented(lead: str, indent: str) -> str:
    """Comment lines, each indented by `indent`."""
    lines = lead.splitlines(keepends=True)
    return "".join(indent + line.lstrip(" ") if line.strip() else line for line in lines)
