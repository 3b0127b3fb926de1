"""Changing one thing in a tracklist's text, with the smallest change of bytes.

Every function takes a document and gives a document; what is not named stays byte for byte. Values are typed as
in the model (times in milliseconds); None removes a field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlgit.tracklist.fields import LIST_FIELDS, TRACK_FIELDS, Kind
from tlgit.tracklist.syntax import TracklistSyntaxError
from tlgit.tracklist.text import TRACKS, Document, Entry, Item, parse_document
from tlgit.tracklist.time import render_time
from tlgit.tracklist.write import render_field, render_scalar, render_track, render_typed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlgit.tracklist.model import Track


def set_list_field(document: Document, key: str, value: object) -> Document:
    """Set or remove one field of the list."""
    entries = _set(document.entries, key, value, LIST_FIELDS, indent="", eol=document.eol)
    return _again(document._replace(entries=entries))


def set_track_field(document: Document, number: int, key: str, value: object) -> Document:
    """Set or remove one field of the track at place `number`, counted from 0."""
    item = document.items[number]
    if item.entries is None:
        raise TracklistSyntaxError(
            "expected the track in block style, one field a line",
            document.position(item.offset),
            hint="write `- artist: …` instead of `- {artist: …}`",
        )
    entries = _set(item.entries, key, value, TRACK_FIELDS, indent=item.indent, eol=document.eol)
    if not entries:
        raise ValueError("a track needs at least one field; remove the track instead")
    if entries[0].lead:
        # The field that takes the place beside the dash brings its comments above it.
        indent = " " * item.dash.index("-")
        above = "".join(indent + line.lstrip(" ") for line in entries[0].lead.splitlines(keepends=True))
        item = item._replace(lead=item.lead + above)
        entries = (entries[0]._replace(lead=""), *entries[1:])
    return _with_items(
        document,
        (*document.items[:number], item.with_entries(entries, item.close), *document.items[number + 1 :]),
    )


def insert_track(document: Document, number: int, track: Track) -> Document:
    """Put a new track before the one at place `number`; at the end when there is none."""
    document = _open_tracks(document)
    model = document.items[min(number, len(document.items) - 1)] if document.items else None
    indent = " " * (len(model.dash) - len(model.dash.lstrip(" "))) if model else "  "
    text = render_track(track, indent, document.eol)
    item = Item({}, "", "", text)
    return _with_items(document, (*document.items[:number], item, *document.items[number:]))


def remove_track(document: Document, number: int) -> Document:
    """Take out the track at place `number` with the comments that stand above and in it."""
    document = document.with_block_tracks()
    items = (*document.items[:number], *document.items[number + 1 :])
    if items:
        return _with_items(document, items)
    entry = document.entry(TRACKS)
    assert entry is not None  # noqa: S101 - items exist only below `tracks`
    empty = entry._replace(name=f"{TRACKS}: ", body="[]")
    entries = tuple(empty if e is entry else e for e in document.entries)
    return _again(document._replace(entries=entries, items=()))


def move_track(document: Document, number: int, to: int) -> Document:
    """Move the track at place `number` so that it stands at place `to`."""
    document = document.with_block_tracks()
    items = list(document.items)
    items.insert(to, items.pop(number))
    return _with_items(document, tuple(items))


def _again(document: Document) -> Document:
    """Read the changed text back: positions and values are right again, and so is the syntax."""
    return parse_document(document.render())


def _with_items(document: Document, items: tuple[Item, ...]) -> Document:
    return _again(document._replace(items=items))


def _open_tracks(document: Document) -> Document:
    """`tracks: []` made ready for the first item."""
    entry = document.entry(TRACKS)
    if entry is None:
        entry = Entry(TRACKS, (), "", f"{TRACKS}:", "", document.eol)
        return document._replace(entries=(*document.entries, entry), is_block=True)
    return document.with_block_tracks()


def _set(
    entries: tuple[Entry, ...],
    key: str,
    value: object,
    schema: Mapping[str, Kind],
    *,
    indent: str,
    eol: str,
) -> tuple[Entry, ...]:
    at = next((i for i, entry in enumerate(entries) if entry.key == key), None)
    if value is None:
        if at is None:
            return entries
        return (*entries[:at], *entries[at + 1 :])
    kind = schema.get(key, Kind.TEXT)
    if at is not None:
        return (
            *entries[:at],
            change_value(entries[at], value, kind, indent=indent, eol=eol),
            *entries[at + 1 :],
        )
    text = render_field(key, value, indent, eol)
    if key in schema:
        order = list(schema)
        above = [
            i for i, e in enumerate(entries) if e.key in schema and order.index(e.key) < order.index(key)
        ]
        number = above[-1] + 1 if above else (1 if indent else 0)
    else:
        number = next((i for i, e in enumerate(entries) if e.key == TRACKS), len(entries))
    name, _, rest = text[len(indent) :].partition(":")
    entry = Entry(key, "", "", name + ":", rest[: -len(eol)], eol)
    return (*entries[:number], entry, *entries[number:])


def change_value(entry: Entry, value: object, kind: Kind, *, indent: str = "", eol: str = "\n") -> Entry:
    """The entry with another value: quotes and inline comment stay."""
    if kind is Kind.ORDERED:
        body = render_field(entry.key, value, indent, eol)[len(indent) + len(entry.key) + 1 : -len(eol)]
        return entry._replace(name=f"{entry.name.split(':')[0]}:", body=body)
    quote = entry.body[:1] if entry.body[:1] in {'"', "'"} else ""
    if isinstance(value, tuple) and len(value) == 1 and kind is Kind.MULTILINE:
        value = value[0]
    if isinstance(value, int) and not isinstance(value, bool):
        value = render_time(value)
    text = render_scalar(value, kind, quote=quote) if isinstance(value, str) else render_typed(kind, value)
    name = entry.name if entry.name.endswith(" ") or entry.name.endswith("\n") else f"{entry.name} "
    if "\n" in entry.body or "\n" in name:
        name = f"{entry.name.split(':')[0]}: "
    return entry._replace(name=name, body=text)
