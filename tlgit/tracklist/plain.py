"""Tracks in the plainest form, cut without the YAML parser: one `key: value` a line, all at the same depth.

    - start: "3:35"
      artist: Kato Lind
      title: Paper Boats
      notes:
        - slower than usual

Most tracks look like this. What is recognised here reads the same in every YAML: a word or a number first, no `: `,
no ` #`, no tab, no escape; everything else is left to the parser.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tlgit.tracklist.syntax import is_text, nfc
from tlgit.tracklist.text import Entry, Item

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlgit.tracklist.fields import Value

# Plain (it begins with a letter or a digit), or in quotes that hold neither quotes nor escapes.
_SCALAR: Final = (
    r"""(?:([^\W_](?:[^:#\s]|[ ]+(?![#\s]|$)|:(?=\S)|(?<=\S)\#)*)|"([^"\\\t\n]*)"|'([^'\t\n]*)')"""
)
_FIELD: Final = re.compile(rf"([a-z_]+): (?:{_SCALAR}|\[\])")
_KEY: Final = re.compile("[a-z_]+:")
_ONE: Final = re.compile(rf"( *)- {_SCALAR}")


def parse_plain(chunk: str, prefix: str) -> Item | None:
    """A track from its lines, the first of which begins with `prefix` (`  - `); None when it is not that plain."""
    if not is_text(chunk):
        return None
    indent = " " * len(prefix)
    body = chunk[len(prefix) :]
    fields = body[:-1].split(f"\n{indent}")
    if len(fields) != body.count("\n"):
        return None  # a line that stands less deep
    if "" in fields or any(field[0] in " -" for field in fields):
        joined = _join_lists(fields, indent)
        if joined is None:
            return None
        fields = joined
    value: dict[str, Value] = {}
    for field in fields:
        match = _FIELD.fullmatch(field)
        if match is None:
            found = _read_list(field)
            if found is None or found[0] in value:
                return None
            value[found[0]] = found[1]
            continue
        if match[1] in value:
            return None
        text = match[match.lastindex or 0]
        value[match[1]] = () if match.lastindex == 1 else text if text.isascii() else nfc(text)
    return Item(value, "", prefix, body, _cutter(fields, value), indent)


def _join_lists(fields: list[str], indent: str) -> list[str] | None:
    """The lines of lists put to their keys; None where one of them belongs to no key."""
    joined: list[str] = []
    for field in fields:
        if not field:
            return None
        if field[0] not in " -":
            joined.append(field)
        elif joined:
            joined[-1] += f"\n{indent}{field}"
        else:
            return None
    return joined


def _read_list(field: str) -> tuple[str, tuple[str, ...]] | None:
    """Key and texts of a field whose value is a list, one plain text a line, all at the same depth."""
    key, *lines = field.split("\n")
    found = [_ONE.fullmatch(line) for line in lines]
    matches = [match for match in found if match is not None]
    if len(matches) < len(found) or len({match[1] for match in matches}) != 1 or not _KEY.fullmatch(key):
        return None
    return key[:-1], tuple(nfc(match[match.lastindex or 0]) for match in matches)


def _cutter(fields: list[str], value: dict[str, Value]) -> Callable[[], tuple[Entry, ...]]:
    """Cuts the fields when somebody asks for them."""

    def cut() -> tuple[Entry, ...]:
        entries = []
        for field, (key, said) in zip(fields, value.items(), strict=True):
            name = f"{key}:" if field[len(key) + 1] == "\n" else f"{key}: "
            entries.append(Entry(key, said, "", name, field[len(name) :], "\n"))
        return tuple(entries)

    return cut
