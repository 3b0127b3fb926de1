"""The comments of tracks and lists: whether a side wrote one, and where those go whose field is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlgit.merge.values import is_same
from tlgit.tracklist.fields import TRACK_FIELDS

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
    texts = [item.lead, item.close]
    if item.entries is not None:
        texts += [text for entry in item.entries for text in (entry.lead, entry.tail)]
    return lines_of(texts)


def list_comments(document: Document) -> list[str]:
    """Every comment of the list that is not a track's."""
    entries = [text for entry in document.entries for text in (entry.lead, entry.tail)]
    return lines_of([document.head, *entries, document.close, document.foot])


def lines_of(texts: Sequence[str]) -> list[str]:
    """The lines that hold something, without their blanks."""
    return [line.strip() for text in texts for line in text.splitlines() if line.strip()]


def unless_both(orphan: str, ours: Sequence[str], theirs: Sequence[str]) -> str:
    """Comments whose field went, without those that a side has already put elsewhere."""
    lines = orphan.splitlines(keepends=True)
    return "".join(line for line in lines if not (line.strip() in ours and line.strip() in theirs))


def indented(lead: str, indent: str) -> str:
    """Comment lines, each indented by `indent`."""
    lines = lead.splitlines(keepends=True)
    return "".join(indent + line.lstrip(" ") if line.strip() else line for line in lines)
