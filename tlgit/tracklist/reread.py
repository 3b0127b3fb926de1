"""Reading a tracklist beside another version of it: tracks in the same words are not parsed again.

A merge reads three versions of one list that differ in a few tracks, and parsing is most of its work. Each track that
begins at the column of the list is a chunk of lines; a chunk that the known version has is taken over, all others are
parsed in one go, and the fields of the list together with the last track. Every chunk taken is complete in itself,
so nothing that began in one can end in another; whatever does not fit into this picture is read as a whole.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final

from tlgit.tracklist.syntax import BOM, TracklistSyntaxError
from tlgit.tracklist.text import TRACKS, parse_document

if TYPE_CHECKING:
    from tlgit.tracklist.text import Document, Item

_TRACKS_LINE: Final = re.compile(rf"^{TRACKS}:[ \t]*(?:#[^\n]*)?\n", re.MULTILINE)


def parse_like(text: str, known: Document | None) -> Document:
    """Cut a text into pieces like `parse_document`, and as it raises; `offset` of its pieces means nothing."""
    document = None if known is None else _with_known(text, known)
    return parse_document(text) if document is None else document


def _with_known(text: str, known: Document) -> Document | None:
    """The document put together from known tracks; None when that is not safe."""
    if not known.is_block or len(known.items) < 2 or known.bom or known.eol != "\n" or "\r" in known.source:
        return None
    if text.startswith(BOM) or "\r" in text or not text.endswith("\n"):
        return None
    starts = _TRACKS_LINE.findall(text)
    match = _TRACKS_LINE.search(text)
    prefix = " " * (len(known.items[0].dash) - len(known.items[0].dash.lstrip(" "))) + "- "
    if match is None or len(starts) != 1 or not text.startswith(prefix, match.end()):
        return None
    first = match.end() + len(prefix)
    *chunks, last = [f"{prefix}{chunk}\n" for chunk in text[first:-1].split(f"\n{prefix}")]
    parts = _cut_chunks(chunks, _chunks_of(known, prefix))
    if parts is None:
        return None
    frame = _frame(text[: match.end()], last, known)
    if frame is None or not frame.items or not frame.items[0].dash.startswith(prefix):
        return None
    items: list[Item] = []
    lead = ""
    for item, behind in [*parts, (frame.items[0], "")]:
        items.append(item if item.lead == lead else item._replace(lead=lead))
        lead = behind
    return frame._replace(items=(*items, *frame.items[1:]), source=text)


def _frame(head: str, last: str, known: Document) -> Document | None:
    """The fields of the list with its last track; nothing to parse when the known version has them in the same words."""
    item = known.items[-1]
    if known.source.startswith(head) and known.source.endswith(last) and last.startswith(item.bare):
        middle = known.source[len(head) : len(known.source) - len(last)]
        if known.final_eol and middle == "".join([i.text for i in known.items[:-1]]) + item.lead:
            return known._replace(items=(item._replace(lead=""),))
    try:
        return parse_document(head + last)
    except TracklistSyntaxError:
        return None


def _chunks_of(document: Document, prefix: str) -> dict[str, tuple[Item, str]]:
    """The tracks of a document by their lines, each with the comments between it and the next one."""
    items = document.items
    return {
        item.bare + below.lead: (item, below.lead)
        for item, below in itertools.pairwise(items)
        if item.dash.startswith(prefix)
    }


def _cut_chunks(chunks: list[str], known: dict[str, tuple[Item, str]]) -> list[tuple[Item, str]] | None:
    """Each chunk as a track and what stands below it; None when one of them is not a track by itself."""
    new = [chunk for chunk in chunks if chunk not in known]
    if new:
        try:
            document = parse_document(f"{TRACKS}:\n{''.join(new)}")
        except TracklistSyntaxError:
            return None
        items = document.items
        below = [*(item.lead for item in items[1:]), document.close + document.foot]
        if [item.bare + lead for item, lead in zip(items, below, strict=True)] != new:
            return None
        known |= dict(zip(new, zip(items, below, strict=True), strict=True))
    return [known[chunk] for chunk in chunks]
