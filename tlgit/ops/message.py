"""What tlgit writes into commits: one subject line, a body where it tells something, and trailers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_SUBJECT: Final = 100


def render_message(subject: str, trailers: Mapping[str, str | None], body: str = "") -> str:
    """A commit message; texts from outside stay on their line and never become trailers."""
    parts = [_line(subject, MAX_SUBJECT)]
    if body.strip():
        # An indent keeps a body line from being read as a trailer or a comment.
        parts.append("\n".join("  " + _line(line, 200) for line in body.splitlines() if line.strip()))
    lines = [f"{key}: {_line(value, 200)}" for key, value in trailers.items() if value]
    parts.append("\n".join(lines))
    return "\n\n".join(part for part in parts if part) + "\n"


def _line(text: str, limit: int) -> str:
    """One line of printable text, cut with an ellipsis."""
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
