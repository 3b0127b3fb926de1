"""What tlgit writes into commits: one subject line, a body where it tells something, and trailers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_SUBJECT: Final = 100
MAX_TITLE: Final = 60
_LEAST_TITLE: Final = 30
_DATE_AT_END: Final = re.compile(r"[\s,]+\d{4}-\d\d-\d\d\Z")


def render_subject(action: str, title: str, words: str = "") -> str:
    """The first line of a commit, `update: Artist @ Place: 2 tracks named`; a long title gives way to the words.

    The date at the end of a page's title is left out: the path of the file tells it.
    """
    title = _DATE_AT_END.sub("", one_line(title))
    room = MAX_SUBJECT - len(action) - len(words) - (4 if words else 2)
    parts = (action, cut(title, min(MAX_TITLE, max(_LEAST_TITLE, room))), one_line(words))
    return cut(": ".join(part for part in parts if part), MAX_SUBJECT)


def render_message(subject: str, trailers: Mapping[str, str | None], body: str = "") -> str:
    """A commit message; texts from outside stay on their line and never become trailers."""
    parts = [cut(one_line(subject), MAX_SUBJECT)]
    if body.strip():
        # An indent keeps a body line from being read as a trailer or a comment.
        parts.append("\n".join("  " + cut(one_line(line), 200) for line in body.splitlines() if line.strip()))
    lines = [f"{key}: {cut(one_line(value), 200)}" for key, value in trailers.items() if value]
    parts.append("\n".join(lines))
    return "\n\n".join(part for part in parts if part) + "\n"


def parse_message(message: str) -> tuple[dict[str, str | None], str]:
    """The trailers and the body of a message that `render_message` wrote."""
    *parts, last = message.strip("\n").split("\n\n")
    pairs = (line.partition(": ") for line in last.split("\n"))
    trailers: dict[str, str | None] = {key: value for key, _, value in pairs}
    return trailers, "\n".join(line.strip() for part in parts[1:] for line in part.split("\n"))


def one_line(text: str) -> str:
    """The text on one line, without what cannot be printed."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def cut(text: str, limit: int) -> str:
    """At most `limit` characters; a longer text ends in an ellipsis, between two words where that is near."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    space = kept.rfind(" ")
    if text[limit - 1] != " " and space > limit // 2:
        kept = kept[:space]
    return kept.rstrip(" ,;:-\u2013\u2014&(@") + "…"
