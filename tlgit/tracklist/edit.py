"""Changing one thing in a tracklist's text, with the smallest change of bytes.

Every function takes a document and gives a document; what is not named stays byte for byte. Values are typed as
in the model (times in milliseconds); None removes a field.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tlgit.tracklist.model import LIST_FIELDS, TRACK_FIELDS, Kind
from tlgit.tracklist.syntax import Position, TracklistSyntaxError
from tlgit.tracklist.text import TRACKS, Document, Entry, Item, parse_document
from tlgit.tracklist.write import render_field, render_scalar, render_track, render_typed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlgit.tracklist.model import Track


def set_list_field(document: Document, key: str, value: object) -> Document:
    """Set or remove one field of the list."""
    entries = _set(document.entries, key, value, LIST_FIELDS, indent="", eol=document.eol)
    return _again(replace(document, entries=entries))


def set_track_field(document: Document, number: int, key: str, value: object) -> Document:
    """Set or remove one field of the track at place `number`, counted from 0."""
    item = document.items[number]
    if item.entries is None:
        raise TracklistSyntaxError(
            "expected the track in block style, one field a line",
            document.position(item.index),
            hint="write `- artist: …` instead of `- {artist: …}`",
        )
    entries = _set(item.entries, key, value, TRACK_FIELDS, indent=item.indent, eol=document.eol)
    if not entries:
        raise ValueError("a track needs at least one field; remove the track instead")
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
    items = (*document.items[:number], *document.items[number + 1 :])
    if items:
        return _with_items(document, items)
    entry = document.entry(TRACKS)
    assert entry is not None  # noqa: S101 - items exist only below `tracks`
    empty = replace(entry, name=f"{TRACKS}: ", body="[]")
    entries = tuple(empty if e is entry else e for e in document.entries)
    return _again(replace(document, entries=entries, items=()))


def move_track(document: Document, number: int, to: int) -> Document:
    """Move the track at place `number` so that it stands at place `to`."""
    items = list(document.items)
    items.insert(to, items.pop(number))
    return _with_items(document, tuple(items))


def _again(document: Document) -> Document:
    """Read the changed text back: positions and values are right again, and so is the syntax."""
    return parse_document(document.render())


def _with_items(document: Document, items: tuple[Item, ...]) -> Document:
    return _again(replace(document, items=items))


def _open_tracks(document: Document) -> Document:
    """`tracks: []` made ready for the first item."""
    entry = document.entry(TRACKS)
    if entry is None:
        entry = Entry(TRACKS, (), "", f"{TRACKS}:", "", document.eol)
        return replace(document, entries=(*document.entries, entry), is_block=True)
    if document.is_block:
        return document
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
        if at == 0 and len(entries) > 1 and indent:
            # The next field takes the place beside the dash.
            return (replace(entries[1], lead=""), *entries[2:])
        return (*entries[:at], *entries[at + 1 :])
    kind = schema.get(key, Kind.TEXT)
    if at is not None:
        return (*entries[:at], _changed(entries[at], value, kind, indent, eol), *entries[at + 1 :])
    text = render_field(key, value, indent, eol)
    order = list(schema)
    place = order.index(key) if key in order else len(order)
    before = [i for i, e in enumerate(entries) if e.key in schema and order.index(e.key) < place]
    number = before[-1] + 1 if before else (1 if indent else 0)
    name, _, rest = text[len(indent) :].partition(":")
    entry = Entry(key, "", "", name + ":", rest[: -len(eol)], eol)
    return (*entries[:number], entry, *entries[number:])


def _changed(entry: Entry, value: object, kind: Kind, indent: str, eol: str) -> Entry:
    """The entry with another value: quotes and inline comment stay."""
    if kind is Kind.ORDERED:
        body = render_field(entry.key, value, indent, eol)[len(indent) + len(entry.key) + 1 : -len(eol)]
        return replace(entry, name=f"{entry.name.split(':')[0]}:", body=body)
    quote = entry.body[:1] if entry.body[:1] in {'"', "'"} else ""
    if isinstance(value, tuple) and len(value) == 1 and kind is Kind.MULTILINE:
        value = value[0]
    text = render_scalar(value, kind, quote=quote) if isinstance(value, str) else render_typed(kind, value)
    if quote and isinstance(value, int) and not isinstance(value, bool) and text[0] != quote:
        text = f"{quote}{text}{quote}"
    elif quote == "'" and text[0] == '"' and "'" not in text and "\\" not in text:
        text = f"'{text[1:-1]}'"
    name = entry.name if entry.name.endswith(" ") or entry.name.endswith("\n") else f"{entry.name} "
    if "\n" in entry.body or "\n" in name:
        name = f"{entry.name.split(':')[0]}: "
    return replace(entry, name=name, body=text)
