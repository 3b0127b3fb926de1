"""Writing YAML text: single values, and a whole new tracklist.

New values are written plain, and double-quoted exactly when a YAML 1.1 or 1.2 reader would not read the plain
form as the same text (https://yaml.org/type/, https://yaml.org/spec/1.2.2/#103-core-schema).
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from tlgit.tracklist.fields import LIST_FIELDS, TRACK_FIELDS, Kind
from tlgit.tracklist.time import render_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlgit.tracklist.fields import Value
    from tlgit.tracklist.model import Part, Track, Tracklist

# Plain texts that some reader turns into something else: nulls, booleans, numbers of every base, infinities,
# sexagesimals, dates. `0:00` is a number to readers that allow a leading zero, so all times are quoted.
_TYPED: Final = re.compile(
    r"(?:~|null|true|false|yes|no|on|off|y|n|=|<<"
    r"|[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-f_]+|[0-9][0-9_]*)"
    r"|[-+]?(?:\.[0-9_]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:e[-+]?[0-9]+)?"
    r"|[-+]?[0-9][0-9_,]*(?::[0-9]{1,2})+(?:\.[0-9_]*)?"
    r"|[-+]?\.inf|\.nan|nan|[-+]?inf"
    r"|[0-9]{4}-[0-9]{1,2}(?:-[0-9]{1,2}.*)?)",
    re.IGNORECASE,
)
_UNSAFE_START: Final = frozenset("-?:,[]{}#&*!|>'\"%@` \t")
_UNSAFE_INSIDE: Final = re.compile(r": |:$| #|[\t\n\r\x85]")
_UNSAFE_FLOW: Final = re.compile(r"[,\[\]{}:?]")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_REF: Final = re.compile(r"[1-9]\d{0,17}")
_NUMBER: Final = re.compile(r"[1-9]\d{0,3}(?:\.\d{0,2}[1-9])?")

PLAIN_WHEN: Final[Mapping[Kind, re.Pattern[str]]] = {
    Kind.DATE: _DATE,
    Kind.REF: _REF,
    Kind.NUMBER: _NUMBER,
    Kind.FLAG: re.compile("true|false"),
}
"""Kinds that a reader may type as such, because the typed value shows the same text again."""


def is_plain(text: str, *, flow: bool = False) -> bool:
    """Whether every reader takes the plain form of `text` for that very text."""
    if not text or text[0] in _UNSAFE_START or text[-1] in " :":
        return text[:1] == "-" and len(text) > 1 and text[1] not in " \t-" and _plain_inside(text, flow)
    return _plain_inside(text, flow)


def _plain_inside(text: str, flow: bool) -> bool:
    if _UNSAFE_INSIDE.search(text) or (flow and _UNSAFE_FLOW.search(text)) or text[-1] in " :":
        return False
    if text.startswith(("---", "...")):
        return False
    return _TYPED.fullmatch(text) is None and text.isprintable()


def render_scalar(text: str, kind: Kind = Kind.TEXT, *, flow: bool = False, quote: str = "") -> str:
    """One text as YAML, on one line; `quote` keeps the quotes that a value had before where they can hold it."""
    text = unicodedata.normalize("NFC", text)
    pattern = PLAIN_WHEN.get(kind)
    if quote == "'" and "\n" not in text and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    if quote != '"' and ((pattern is not None and pattern.fullmatch(text)) or is_plain(text, flow=flow)):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    if not escaped.isprintable():
        escaped = "".join(_escape(c) for c in escaped)
    return f'"{escaped}"'


def _escape(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def render_value(value: Value, kind: Kind = Kind.TEXT) -> str:
    """Any value on one line: scalars as above, lists and mappings in flow style."""
    if isinstance(value, str):
        return render_scalar(value, kind)
    return _render_flow(value)


def _render_flow(value: Value) -> str:
    if isinstance(value, str):
        return render_scalar(value, flow=True) if value else '""'
    if isinstance(value, tuple):
        return "[" + ", ".join(_render_flow(child) for child in value) + "]"
    pairs = (f"{render_scalar(key, flow=True)}: {_render_flow(child)}" for key, child in value.items())
    return "{" + ", ".join(pairs) + "}"


def render_field(key: str, value: object, indent: str, eol: str = "\n") -> str:
    """One field as lines: `key: value`, lists of mappings and several notes in block style."""
    kind = LIST_FIELDS.get(key) or TRACK_FIELDS.get(key) or Kind.TEXT
    if kind is Kind.ORDERED and isinstance(value, tuple):
        lines = [f"{indent}{key}:{eol}"]
        for part in value:
            lines += _part_lines(part, indent + "  ", eol)
        return "".join(lines)
    if kind is Kind.MULTILINE and isinstance(value, tuple):
        value = value[0] if len(value) == 1 else value
    return f"{indent}{key}: {render_typed(kind, value)}{eol}"


def render_typed(kind: Kind, value: object) -> str:
    """A typed value (times as milliseconds) as YAML on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return render_scalar(render_time(value), kind)
    if isinstance(value, (tuple, dict)):
        return _render_flow(value)
    return render_scalar(str(value), kind)


def _part_lines(part: Part, indent: str, eol: str) -> list[str]:
    fields = [(k, v) for k, v in (("artist", part.artist), ("title", part.title), ("label", part.label)) if v]
    if not fields:
        fields = [("title", "ID")]
    return [
        f"{indent}{'  ' if i else '- '}{key}: {render_scalar(value)}{eol}"
        for i, (key, value) in enumerate(fields)
    ]


def render_track(track: Track, indent: str = "  ", eol: str = "\n") -> str:
    """A new track as the lines of one item."""
    lines = []
    for key in TRACK_FIELDS:
        value = getattr(track, "with_previous" if key == "with" else key)
        if value is None or value is False or value == ():
            continue
        lines.append(render_field(key, value, indent + "  ", eol))
    lines += [f"{indent}  {key}: {render_value(value)}{eol}" for key, value in track.extra.items()]
    if not lines:
        lines = [f"{indent}  title: ID{eol}"]
    return f"{indent}- {lines[0].lstrip(' ')}" + "".join(lines[1:])


def render_tracklist(tracklist: Tracklist, *, comment: str = "") -> str:
    """A new file: the fields in the order of the schema, then the tracks."""
    lines = [f"# {line}\n" for line in comment.splitlines()]
    for key, kind in LIST_FIELDS.items():
        value = getattr(tracklist, key)
        if value is None or value in ((), {}) or (key == "status" and value == "published"):
            continue
        if (kind is Kind.OFFSET and value == 0) or (key == "title" and not value):
            continue
        lines.append(render_field(key, value, ""))
    lines += [f"{render_scalar(key)}: {render_value(value)}\n" for key, value in tracklist.extra.items()]
    if not tracklist.tracks:
        lines.append("tracks: []\n")
    else:
        lines.append("tracks:\n")
        lines += (render_track(track) for track in tracklist.tracks)
    return "".join(lines)
