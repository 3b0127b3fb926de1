"""Times of a tracklist: text to integer milliseconds and back.

A cue time is written `[H:]MM:SS[.fff]`; hours and minutes may have one digit. Bare numbers are refused,
because nobody can tell whether `754` was once `12:34` (YAML 1.1 readers turn one into the other).
Floats never appear.
"""

from __future__ import annotations

import re
from typing import Final, NewType

Milliseconds = NewType("Milliseconds", int)
"""A time or a length in milliseconds; only an offset may be negative."""

_TIME: Final = re.compile(r"(?:(\d{1,3}):)?(\d{1,4}):([0-5]?\d)(?:\.(\d{1,3}))?")

MAX_TIME: Final = Milliseconds(1000 * 3600 * 1000)
"""The longest time that is taken for one: 1000 hours."""


class TimeFormatError(ValueError):
    """The text is not a time; the message says what was expected."""


def parse_time(text: str, *, signed: bool = False) -> Milliseconds:
    """Read `[H:]MM:SS[.fff]`, with a leading `-` or `+` only when `signed` (an offset).

    Minutes may pass 59 when no hours are given (`112:30`), as players and CUE sheets write them.
    """
    body, sign = text.strip(), 1
    if signed and body[:1] in "+-" and body:
        sign = -1 if body[0] == "-" else 1
        body = body[1:]
    match = _TIME.fullmatch(body) if body.isascii() else None
    if match is None:
        raise TimeFormatError("a time like 3:35 or 1:03:26" + (" or -0:04.5" if signed else ""))
    hours, minutes, seconds, fraction = match.groups()
    if hours is not None and int(minutes) > 59:
        raise TimeFormatError("minutes below 60 after the hours")
    total = (int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)) * 1000
    total += int((fraction or "").ljust(3, "0"))
    if total >= MAX_TIME:
        raise TimeFormatError("a time below 1000 hours")
    return Milliseconds(sign * total)


def render_time(value: int) -> str:
    """Write milliseconds in the one form that tlgit itself uses: `3:35`, `1:03:26`, `0:04.5`, `-0:04.5`."""
    sign, value = ("-", -value) if value < 0 else ("", value)
    seconds, fraction = divmod(value, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
    return sign + text + (f".{fraction:03d}".rstrip("0") if fraction else "")
