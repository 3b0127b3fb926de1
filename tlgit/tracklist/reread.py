"""Reading for the merge: plain tracks need no parser, and tracks in the words of another version are taken over.

A merge reads three versions of one list that differ in a few tracks, and parsing is most of its work. Each track that
begins at the column of the list is a chunk of lines; a chunk that the known version has is taken over, a plain one is
cut by its lines, all others are parsed in one go, and the fields of the list together with the last track. Every chunk
taken is complete in itself, so nothing that began in one can end in another; whatever does not fit into this picture
is read as a whole.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final

from tlgit.tracklist.plain import parse_plain
from tlgit.tracklist.syntax import BOM, TracklistSyntaxError
from tlgit.tracklist.text import TRACKS, parse_document

if TYPE_CHECKING:
    from tlgit.tracklist.text import Document, Item

_DASH: Final = re.compile(" *- ")
_TRACKS_LINE: Final = re.compile(rf"^{TRACKS}:[ \t]*(?:#[^\n]*)?\n", re.MULTILINE)


def parse_like(text: str, known: Document | None) -> Document:
    """Cut a text into pieces like `parse_document`, and as it raises; `offset` of its pieces means nothing."""
    document = _put_together(text, known)
    return parse_document(text) if document is None else document


def _put_together(text: str, known: Document | None) -> Document | None:
    """The document put together from known tracks and plain ones; None when that is not safe."""
    if known is not None and (not known.is_block or known.bom or known.eol != "\n" or "\r" in known.source):
        return None
    if text.startswith(BOM) or "\r" in text or not text.endswith("\n"):
        return None
    starts = _TRACKS_LINE.findall(text)
    match = _TRACKS_LINE.search(text)
    if match is None or len(starts) != 1:
        return None
    dash = _DASH.match(text, match.end())
    if dash is None:
        return None
    prefix, first = dash[0], dash.end()
    *chunks, last = [f"{prefix}{chunk}\n" for chunk in text[first:-1].split(f"\n{prefix}")]
    parts = _cut_chunks(chunks, {} if known is None else _chunks_of(known, prefix), prefix)
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


def _frame(head: str, last: str, known: Document | None) -> Document | None:
    """The fields of the list with its last track; nothing to parse when the known version has them in the same words."""
    if known is not None and known.items and _has_frame(known, head, last):
        return known._replace(items=(known.items[-1]._replace(lead=""),))
    try:
        return parse_document(head + last)
    except TracklistSyntaxError:
        return None


def _has_frame(known: Document, head: str, last: str) -> bool:
    """Whether the known version begins and ends in these words, and has nothing but tracks between them."""
    item = known.items[-1]
    if not (known.source.startswith(head) and known.source.endswith(last) and last.startswith(item.bare)):
        return False
    middle = known.source[len(head) : len(known.source) - len(last)]
    return known.final_eol and middle == "".join([i.text for i in known.items[:-1]]) + item.lead


def _chunks_of(document: Document, prefix: str) -> dict[str, tuple[Item, str]]:
    """The tracks of a document by their lines, each with the comments between it and the next one."""
    items = document.items
    return {
        item.bare + below.lead: (item, below.lead)
        for item, below in itertools.pairwise(items)
        if item.dash.startswith(prefix)
    }


def _cut_chunks(
    chunks: list[str], known: dict[str, tuple[Item, str]], prefix: str
) -> list[tuple[Item, str]] | None:
    """Each chunk as a track and what stands below it; None when one of them is not a track by itself."""
    for chunk in chunks:
        if chunk not in known and (item := parse_plain(chunk, prefix)) is not None:
            known[chunk] = item, ""
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
