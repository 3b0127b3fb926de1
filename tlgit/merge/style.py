"""Bringing three documents into one style before they are merged: line ends, byte order mark, indentation.

Style is merged like any field: the side that changed it wins, and when both did, always the same one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from tlgit.tracklist.text import TRACKS, Document, Item, parse_document

Shape = tuple[str, int]
"""How a block item begins, and how deep its fields stand."""

T = TypeVar("T", str, bool, Shape)


def align_style(
    base: Document | None, ours: Document, theirs: Document
) -> tuple[Document | None, Document, Document]:
    """The three documents with the merged style; ours carries it, whatever the result takes."""
    eol = _three(base.eol if base else None, ours.eol, theirs.eol)
    b = _with_eol(base, eol) if base else None
    o, t = _with_eol(ours, eol), _with_eol(theirs, eol)
    shape_ours, shape_theirs = _shape(o), _shape(t)
    known = shape_ours or shape_theirs
    if known is not None:
        shape = _three(_shape(b) if b else None, shape_ours or known, shape_theirs or known)
        b = _with_shape(b, shape) if b else None
        o, t = _with_shape(o, shape), _with_shape(t, shape)
    if any(doc is not None and doc.items and not doc.is_block for doc in (b, o, t)):
        b, o, t = _open_flow(b, o, t)
    o = replace(
        o,
        bom=_three(base.bom if base else None, ours.bom, theirs.bom),
        final_eol=_three(base.final_eol if base else None, ours.final_eol, theirs.final_eol),
    )
    return b, o, t


def _open_flow(
    base: Document | None, ours: Document, theirs: Document
) -> tuple[Document | None, Document, Document]:
    """Tracks in flow style (`tracks: [{…}]`): one value when one side changed them, else brought into block style."""
    b, o, t = (doc and not doc.is_block and doc.entry(TRACKS) for doc in (base, ours, theirs))
    if o and t and (t.body == o.body or (b and b.body in {o.body, t.body})):
        return base and replace(base, items=()), replace(ours, items=()), replace(theirs, items=())
    return base and base.with_block_tracks(), ours.with_block_tracks(), theirs.with_block_tracks()


def _three(base: T | None, ours: T, theirs: T) -> T:
    if theirs in (ours, base):
        return ours
    return theirs if ours == base else min(ours, theirs)


def _with_eol(document: Document, eol: str) -> Document:
    if document.eol == eol:
        return document
    text = document.source.replace("\r\n", "\n")
    converted = parse_document(text if eol == "\n" else text.replace("\n", eol))
    return replace(converted, bom=document.bom, final_eol=document.final_eol)


def _shape(document: Document) -> Shape | None:
    """The shape of the first block item."""
    for item in document.items:
        if item.is_block and "\n" not in item.dash:
            return item.dash, len(item.indent)
    return None


def _with_shape(document: Document, shape: Shape) -> Document:
    if _shape(document) in {None, shape}:
        return document
    return replace(document, items=tuple(_reshape(item, *shape) for item in document.items))


def _reshape(item: Item, dash: str, width: int) -> Item:
    """The item indented anew: every line moves by the same number of columns."""
    if item.entries is None or "\n" in item.dash:
        return item
    by = width - len(item.indent)
    by_dash = dash.index("-") - item.dash.index("-")
    entries = tuple(
        replace(
            entry,
            lead=_shift(entry.lead, by),
            name=_shift(entry.name, by, first=False),
            body=_shift(entry.body, by, first=False),
        )
        for entry in item.entries
    )
    shaped = replace(item, lead=_shift(item.lead, by_dash), dash=dash, indent=" " * width)
    return shaped.with_entries(entries, _shift(item.close, by))


def _shift(text: str, by: int, *, first: bool = True) -> str:
    """Indent lines by more or fewer columns; blank lines stay."""
    if not by or not text:
        return text
    lines = text.split("\n")
    for n, line in enumerate(lines):
        if (n == 0 and not first) or not line.strip():
            continue
        lines[n] = " " * by + line if by > 0 else line[min(-by, len(line) - len(line.lstrip(" "))) :]
    return "\n".join(lines)
