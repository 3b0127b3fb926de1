"""A tracklist as lines that people and `git diff` read well: one line a track."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlgit.tracklist.fields import TRACK_FIELDS, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlgit.tracklist.text import Document

_IN_LINE = ("start", "with", "artist", "title", "remix", "label", "ref")


def render_lines(document: Document) -> str:
    """The meaning of a tracklist without its layout: what changes here, changed in the set."""
    lines = [f"{key}: {_words(value)}" for key, value in document.value.items() if value]
    lines.append("")
    section = ""
    for item in document.items:
        above = item.value.get("section")
        if isinstance(above, str) and above and above != section:
            section = above
            lines.append(f"== {above}")
        lines += _track_lines(item.value)
    return "\n".join(lines).rstrip("\n") + "\n"


def _track_lines(value: Mapping[str, Value]) -> list[str]:
    start = "w/" if _is_true(value.get("with")) else ""
    moment = _words(value.get("start", ""))
    head = " ".join(part for part in (f"[{moment}]" if moment else "", start) if part)
    title = _words(value.get("title", "")) or "ID"
    if value.get("remix"):
        title += f" ({_words(value['remix'])})"
    line = f"{head} {_words(value.get('artist', '')) or 'ID'} - {title}".strip()
    if value.get("label"):
        line += f" [{_words(value['label'])}]"
    lines = [line]
    known = {*_IN_LINE, "section", "parts"}
    keys = [key for key in (*TRACK_FIELDS, *value) if key not in known and value.get(key)]
    lines += [f"    {key}: {_words(value[key])}" for key in dict.fromkeys(keys)]
    parts = value.get("parts")
    if isinstance(parts, tuple):
        for part in parts:
            if isinstance(part, dict):
                lines.append(
                    f"    + {' - '.join(_words(part.get(k, '')) or 'ID' for k in ('artist', 'title'))}"
                )
    return lines


def _is_true(value: Value | None) -> bool:
    return isinstance(value, str) and value.lower() == "true"


def _words(value: Value) -> str:
    if isinstance(value, str):
        return " / ".join(value.splitlines())
    if isinstance(value, tuple):
        return ", ".join(_words(child) for child in value)
    return ", ".join(f"{key}={_words(child)}" for key, child in value.items())
