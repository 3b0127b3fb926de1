"""Tracks in flow style (`- {artist: …, title: …}`): merged by key, written on one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlgit.merge.comments import merge_beside, merge_comments
from tlgit.merge.values import is_same
from tlgit.tracklist.fields import TRACK_FIELDS, Kind
from tlgit.tracklist.syntax import compose
from tlgit.tracklist.text import Entry
from tlgit.tracklist.write import render_scalar, render_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlgit.tracklist.fields import Value
    from tlgit.tracklist.text import Item


def merge_flow_item(base: Item | None, ours: Item, theirs: Item) -> str | None:
    """Merge tracks of which at least one is in flow style; None when both sides changed one field.

    The text of a side that the other one did not touch stays as it is.
    """
    value = _merge_values(
        {} if base is None else base.value, ours.value, theirs.value, has_base=base is not None
    )
    if value is None:
        return None
    rests = ["" if item is None or item.is_block else _rest(item) for item in (base, ours, theirs)]
    same = [item for item in (ours, theirs) if _is_same_value(value, item.value)]
    if same:
        chosen = min(same, key=lambda item: item.bare)
        if ours.is_block or theirs.is_block:
            return chosen.bare
        return chosen.bare.removesuffix(_rest(chosen)) + _merge_rests(*rests)
    model = min((item for item in (ours, theirs) if not item.is_block), key=lambda item: item.bare)
    inside = ", ".join(
        f"{render_scalar(key, flow=True)}: {_render(key, child)}" for key, child in value.items()
    )
    return f"{model.dash}{{{inside}}}{_merge_rests(*rests) or _rest(model)}"


def as_block(item: Item, like: Item) -> Item:
    """A track in flow style as a base for two sides that have both written it as a block."""
    entries = tuple(
        Entry(key, value, "", f"{key}: ", _render(key, value), "\n") for key, value in item.value.items()
    )
    block = item._replace(dash=like.dash, indent=like.indent).with_entries(entries, "")
    return block._replace(value=item.value)


def _merge_rests(base: str, ours: str, theirs: str) -> str:
    """Merge what follows the closing brace: on its line, and on the lines below."""
    firsts, below = zip(*(text.partition("\n")[::2] for text in (base, ours, theirs)), strict=True)
    if not (ours and theirs):
        return merge_comments(base, ours, theirs)
    return merge_beside(*(first.rstrip("\r") for first in firsts)) + _eol(ours) + merge_comments(*below)


def _eol(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _merge_values(
    base: Mapping[str, Value], ours: Mapping[str, Value], theirs: Mapping[str, Value], *, has_base: bool
) -> dict[str, Value] | None:
    merged: dict[str, Value] = {}
    place = {key: n for n, key in enumerate(TRACK_FIELDS)}
    first = min((ours, theirs), key=lambda value: ([place.get(k, len(place)) for k in value], list(value)))
    keys = dict.fromkeys(
        (*first, *sorted(ours.keys() | theirs.keys(), key=lambda k: (place.get(k, len(place)), k)))
    )
    for key in keys:
        kind = TRACK_FIELDS.get(key)
        b, o, t = base.get(key), ours.get(key), theirs.get(key)
        if is_same(kind, o, t) or is_same(kind, t, b) or (not has_base and not t):
            value = o
        elif is_same(kind, o, b) or (not has_base and not o):
            value = t
        else:
            return None
        if value is not None:
            merged[key] = value
    return merged


def _is_same_value(first: Mapping[str, Value], second: Mapping[str, Value]) -> bool:
    keys = first.keys() | second.keys()
    return all(is_same(TRACK_FIELDS.get(key), first.get(key), second.get(key)) for key in keys)


def _render(key: str, value: Value) -> str:
    kind = TRACK_FIELDS.get(key, Kind.TEXT)
    return render_scalar(value, kind, flow=True) if isinstance(value, str) else render_value(value)


def _rest(item: Item) -> str:
    """What follows the closing brace: an inline comment, the line end, comments below."""
    return item.body[compose(item.body).end_mark.index :]
