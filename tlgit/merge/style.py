"""Bringing three documents into one style before they are merged: line ends, byte order mark, indentation.

Style is merged like any field: the side that changed it wins, and when both did, always the same one.
"""

from __future__ import annotations

from typing import TypeVar

from tlgit.merge.remarks import indented
from tlgit.tracklist.text import TRACKS, Document, Item, parse_document

Shape = tuple[str, int]
"""How an item begins (from the start of its line to its first key), and how deep its fields stand."""

T = TypeVar("T", str, bool, int, Shape)


def align_style(
    base: Document | None, ours: Document, theirs: Document
) -> tuple[Document | None, Document, Document]:
    """The three documents with the merged style; ours carries it, whatever the result takes."""
    eol = _three(base.eol if base else None, ours.eol, theirs.eol)
    b = _with_eol(base, eol) if base else None
    o, t = _with_eol(ours, eol), _with_eol(theirs, eol)
    column = _merged_column(b, o, t)
    if any(doc is not None and doc.items and not doc.is_block for doc in (b, o, t)):
        b, o, t = _open_flow(b, o, t)
    if column is not None and len({_column(doc) for doc in (b, o, t) if doc is not None}) > 1:
        below = {line.strip() for doc in (b, o, t) if doc is not None for line in doc.close.splitlines()}
        b = b and _at_column(b, column, below)
        o, t = _at_column(o, column, below), _at_column(t, column, below)
    shapes = [None if doc is None else _shape(doc) for doc in (b, o, t)]
    known = shapes[1] or shapes[2]
    if known is not None and len({shape for shape in shapes if shape is not None}) > 1:
        shape = _three(shapes[0], shapes[1] or known, shapes[2] or known)
        b, o, t = b and _with_shape(b, shape), _with_shape(o, shape), _with_shape(t, shape)
    o = o._replace(
        bom=_three(base.bom if base else None, ours.bom, theirs.bom),
        final_eol=_three(base.final_eol if base else None, ours.final_eol, theirs.final_eol),
    )
    return b, o, t


def align_items(base: Item | None, ours: Item, theirs: Item) -> tuple[Item | None, Item, Item]:
    """One track as all sides have it, in the merged shape of this track."""
    b, o, t = (None if item is None else item.shape for item in (base, ours, theirs))
    if o is None or t is None or (o == t and b in {None, o}):
        return base, ours, theirs
    shape = _three(b, o, t)
    return base and _reshape(base, shape), _reshape(ours, shape), _reshape(theirs, shape)


def is_uniform(*documents: Document | None) -> bool:
    """Whether all tracks of all documents are written alike, so that they fit below each other in any order."""
    there = [document for document in documents if document is not None]
    shapes = {item.shape for document in there for item in document.items}
    return (
        len(shapes) <= 1
        and None not in shapes
        and not any("\n" in shape[0] for shape in shapes if shape)
        and len({(document.eol, "\r" in document.source) for document in there}) == 1
    )


def _open_flow(
    base: Document | None, ours: Document, theirs: Document
) -> tuple[Document | None, Document, Document]:
    """Tracks in flow style (`tracks: [{…}]`): one value when one side changed them, else brought into block style."""
    b, o, t = (doc and not doc.is_block and doc.entry(TRACKS) for doc in (base, ours, theirs))
    if o and t and (t.body == o.body or (b and b.body in {o.body, t.body})):
        return base and base._replace(items=()), ours._replace(items=()), theirs._replace(items=())
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
    return converted._replace(bom=document.bom, final_eol=document.final_eol)


def _merged_column(base: Document | None, ours: Document, theirs: Document) -> int | None:
    """Where the dashes of the result stand; None when no list has any."""
    b, o, t = (_column(doc) if doc is not None and doc.is_block else None for doc in (base, ours, theirs))
    known = o if o is not None else t
    if known is None:
        return b
    return _three(b, known if o is None else o, known if t is None else t)


def _column(document: Document) -> int | None:
    """Where the dashes stand: all in one column, or the file could not be read."""
    return next((item.dash.index("-") for item in document.items if "-" in item.dash), None)


def _at_column(document: Document, column: int, below: set[str]) -> Document:
    """The document with its dashes in `column`; its own-line comments stand at what they are about.

    Which comments below the last track are the tracks' and which the list's is told by their column; `below` are
    those that belong to the tracks in one of the documents.
    """
    by = column - (_column(document) or 0)
    foot = document.foot.splitlines(keepends=True)
    is_last = document.entries[-1].key == TRACKS
    own = next((n for n, line in enumerate(foot) if not is_last or line.strip() not in below), len(foot))
    close = indented(document.close + "".join(foot[:own]), " " * column)
    items = []
    for item in document.items:
        lead = indented(item.lead, " " * column)
        dash = _shift(item.dash, by)
        if item.entries is None:
            items.append(item._replace(lead=lead, dash=dash, body=_shift(item.body, by, first=False)))
        else:
            width = len(item.indent) + by
            if "\n" in dash:
                dash = dash[: dash.rindex("\n") + 1] + " " * width
            moved = _reshape(item, (dash, width), is_exact=True)
            items.append(moved._replace(lead=lead))
    return document._replace(items=tuple(items), close=close, foot="".join(foot[own:]))


def _shape(document: Document) -> Shape | None:
    """The shape of all block items; None when they have none in common, or nothing stands beside the dashes."""
    shapes = {item.shape for item in document.items if item.is_block}
    shape = shapes.pop() if len(shapes) == 1 else None
    return None if shape is None or "\n" in shape[0] else shape


def _with_shape(document: Document, shape: Shape) -> Document:
    if _shape(document) in {None, shape}:
        return document
    return document._replace(items=tuple(_reshape(item, shape) for item in document.items))


def _reshape(item: Item, shape: Shape, *, is_exact: bool = False) -> Item:
    """A block item with its fields indented anew: every line moves by the same number of columns.

    With `is_exact` the comments above its fields come to stand right at them.
    """
    if item.entries is None or (item.shape == shape and not is_exact):
        return item
    dash, width = shape
    if "#" in item.dash:
        own = item.dash[item.dash.index("-") + 1 : item.dash.rindex("\n") + 1]
        dash = dash[: dash.index("-") + 1] + own + " " * width
    by = width - len(item.indent)

    def comments(text: str) -> str:
        return indented(text, " " * width) if is_exact else _shift(text, by)

    entries = tuple(
        entry._replace(
            lead=comments(entry.lead),
            name=_shift(entry.name, by, first=False),
            body=_shift(entry.body, by, first=False),
        )
        for entry in item.entries
    )
    return item._replace(dash=dash, indent=" " * width).with_entries(entries, comments(item.close))


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
