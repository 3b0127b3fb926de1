"""Bringing three documents into one style before they are merged: line ends, byte order mark, indentation.

Style is merged like any field: the side that changed it wins, and when both did, always the same one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from tlgit.tracklist.text import Document, Item, parse_document

if TYPE_CHECKING:
    from typing import Any

    T = TypeVar("T")


def align_style(
    base: Document | None, ours: Document, theirs: Document
) -> tuple[Document | None, Document, Document]:
    """The three documents with the merged style; ours carries it, whatever the result takes."""
    eol = _three(base and base.eol, ours.eol, theirs.eol)
    documents = [doc and _with_eol(doc, eol) for doc in (base, ours, theirs)]
    shapes = [doc and _shape(doc) for doc in documents]
    known = [shape for shape in shapes[1:] if shape is not None]
    if known:
        shape = _three(shapes[0], shapes[1] or known[0], shapes[2] or known[0])
        documents = [
            _with_shape(doc, shape) if doc and own not in {None, shape} else doc
            for doc, own in zip(documents, shapes, strict=True)
        ]
    b, o, t = documents
    assert o is not None  # noqa: S101 - only the base may be missing
    assert t is not None  # noqa: S101
    bom = _three(base and base.bom, ours.bom, theirs.bom)
    final_eol = _three(base and base.final_eol, ours.final_eol, theirs.final_eol)
    return b, replace(o, bom=bom, final_eol=final_eol), t


def _three(base: T | None, ours: T, theirs: T) -> T:
    if ours == theirs or theirs == base:
        return ours
    if ours == base:
        return theirs
    first: Any = ours
    second: Any = theirs
    return ours if first <= second else theirs


def _with_eol(document: Document, eol: str) -> Document:
    if document.eol == eol:
        return document
    text = document.source.replace("\r\n", "\n")
    converted = parse_document(text if eol == "\n" else text.replace("\n", eol))
    return replace(converted, bom=document.bom, final_eol=document.final_eol)


def _shape(document: Document) -> tuple[str, int] | None:
    """How the first block item begins, and how deep its fields stand."""
    for item in document.items:
        if item.entries is not None and "\n" not in item.dash:
            return item.dash, len(item.indent)
    return None


def _with_shape(document: Document, shape: tuple[str, int]) -> Document:
    return replace(document, items=tuple(_reshape(item, *shape) for item in document.items))


def _reshape(item: Item, dash: str, width: int) -> Item:
    """The item indented anew: every line moves by the same number of columns."""
    if item.entries is None or "\n" in item.dash:
        return item
    by = width - len(item.indent)
    by_dash = dash.index("-") - item.dash.index("-")
    entries = tuple(
        replace(entry, lead=_shift(entry.lead, by), name=_shift(entry.name, by, first=False),
                body=_shift(entry.body, by, first=False))
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


