"""Values by kind: when two are the same, and how mappings and lines merge."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from tlgit.tracklist.fields import Kind, Value
from tlgit.tracklist.time import TimeFormatError, parse_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def is_same(kind: Kind | None, first: Value | None, second: Value | None) -> bool:
    """Whether two values of a field mean the same; empty and absent do."""
    if not first or not second:
        return not first and not second
    if first == second:
        return True
    if isinstance(first, str) and isinstance(second, str):
        return _same_text(kind, first, second)
    if kind is Kind.SET and not isinstance(first, dict) and not isinstance(second, dict):
        return {str(x) for x in _texts(first)} == {str(x) for x in _texts(second)}
    if kind is Kind.MULTILINE and not isinstance(first, dict) and not isinstance(second, dict):
        return _texts(first) == _texts(second)
    if isinstance(first, tuple) and isinstance(second, tuple):
        return len(first) == len(second) and all(
            is_same(None, a, b) for a, b in zip(first, second, strict=True)
        )
    if isinstance(first, dict) and isinstance(second, dict):
        return all(is_same(None, first.get(key), second.get(key)) for key in first.keys() | second.keys())
    return False


def _texts(value: Value) -> tuple[Value, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _same_text(kind: Kind | None, first: str, second: str) -> bool:
    if kind in {Kind.TIME, Kind.OFFSET}:
        try:
            return parse_time(first, signed=True) == parse_time(second, signed=True)
        except TimeFormatError:
            return False
    if kind is Kind.FLAG:
        return first.lower() == second.lower()
    if first.isascii() and second.isascii():
        return first == second
    return unicodedata.normalize("NFC", first) == unicodedata.normalize("NFC", second)


def merge_mapping(
    base: Mapping[str, Value], ours: Mapping[str, Value], theirs: Mapping[str, Value]
) -> dict[str, Value] | None:
    """Merge mappings by key; None when both sides changed one key differently."""
    merged: dict[str, Value] = {}
    keys = [*base, *sorted({*ours, *theirs} - base.keys())]
    for key in keys:
        b, o, t = base.get(key), ours.get(key), theirs.get(key)
        if is_same(None, o, t) or is_same(None, t, b):
            value = o
        elif is_same(None, o, b):
            value = t
        elif isinstance(o, dict) and isinstance(t, dict) and (isinstance(b, dict) or not b):
            value = merge_mapping(b if isinstance(b, dict) else {}, o, t)
            if value is None:
                return None
        else:
            return None
        if value is not None:
            merged[key] = value
    return merged


def merge_lines(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> list[str] | None:
    """Three-way merge of lines (Khanna, Kunal, Pierce 2007: diff3); None when two changes overlap or touch."""
    # Loaded here: few merges meet long text that both sides changed.
    from difflib import SequenceMatcher  # noqa: PLC0415

    def changes(side: Sequence[str]) -> list[tuple[int, int, list[str]]]:
        codes = SequenceMatcher(None, base, side, autojunk=False).get_opcodes()
        return [(i1, i2, list(side[j1:j2])) for tag, i1, i2, j1, j2 in codes if tag != "equal"]

    merged: list[str] = []
    position = 0
    queue = sorted([*((c, 0) for c in changes(ours)), *((c, 1) for c in changes(theirs))])
    last: tuple[tuple[int, int, list[str]], int] | None = None
    for change, side in queue:
        start, end, lines = change
        if last is not None and side != last[1]:
            if change == last[0]:
                continue
            if start <= last[0][1]:
                return None
        merged += base[position:start]
        merged += lines
        position = end
        last = (change, side)
    return merged + list(base[position:])
