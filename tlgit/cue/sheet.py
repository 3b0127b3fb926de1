"""The CUE sheet as values, and the small rules that the writer and the reader share.

Times inside a sheet are frames, 75 to the second, counted from the beginning of the audio file.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, NewType

Frames = NewType("Frames", int)
"""A time in CUE frames of 1/75 second."""

FRAMES_PER_SECOND: Final = 75

MAX_TEXT_BYTES: Final = 240
"""The longest text between two quotes, in UTF-8 bytes: below every limit seen in players (254 and more)."""

MAX_PAGE_BYTES: Final = 150
"""The longest page name in line 1: the whole comment stays below `MAX_TEXT_BYTES`, so it is never cut."""

_BLANKS: Final = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_PAGE: Final = re.compile(
    r"https?://(?:(?:www\.)?1001tracklists\.com/tracklist|1001\.tl)/([a-z0-9]{6,10})(?:[/?#].*)?",
    re.IGNORECASE | re.ASCII | re.DOTALL,
)
_ORIGIN: Final = re.compile(
    rb'(?:\xef\xbb\xbf)?REM COMMENT "tlgit; blob ([0-9a-f]{40}|[0-9a-f]{64})(?:; ([^\r\n"]+))?"(?:\r?\n|\Z)'
)


@dataclass(frozen=True, slots=True)
class Origin:
    """What a sheet was made from: the comment in its first line."""

    blob: str
    """The git blob id of the tracklist, 40 (or 64) hex digits."""
    page: str | None = None
    """`1001.tl/<id>`, or the address of another source; None for a list made by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetTrack:
    """One TRACK of a sheet; its number is its place in the sheet, from 1."""

    title: str | None
    performer: str | None
    start: Frames
    """INDEX 01, counted from the beginning of the audio file."""
    file: str | None = None
    """The audio file that the track begins in, where a foreign sheet has several; None: the sheet's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One CUE sheet. A planned sheet has a title and a performer everywhere, a foreign one may lack them."""

    title: str | None
    performer: str | None
    file: str
    """The audio file as the FILE line names it; empty in a foreign sheet that names none."""
    tracks: tuple[SheetTrack, ...]
    genre: str | None = None
    date: str | None = None
    """The year; in a foreign sheet whatever stands there."""
    origin: Origin | None = None
    """None: a foreign sheet."""


def frames_from_ms(ms: int) -> Frames:
    """Round milliseconds to the nearest frame: monotonic, off by 6.7 ms at most."""
    return Frames((ms * FRAMES_PER_SECOND + 500) // 1000)


def ms_from_frames(frames: Frames) -> int:
    """Round frames to the nearest millisecond; `frames_from_ms` gives the same frames back."""
    return (frames * 2000 + FRAMES_PER_SECOND) // (2 * FRAMES_PER_SECOND)


def render_index(frames: Frames) -> str:
    """Write `MM:SS:FF`; minutes may have three digits and more, hours do not exist."""
    seconds, frame = divmod(frames, FRAMES_PER_SECOND)
    minutes, second = divmod(seconds, 60)
    return f"{minutes:02d}:{second:02d}:{frame:02d}"


def plain_text(text: str) -> str:
    """Bring a text into one line: NFC, control characters and runs of space become one space, trimmed."""
    text = _SURROGATES.sub("\ufffd", unicodedata.normalize("NFC", text))
    return _BLANKS.sub(" ", text).strip()


def clean_text(text: str, *, limit: int = MAX_TEXT_BYTES) -> str:
    r"""Bring a text into the form that may stand between quotes; doing it twice changes nothing.

    CUE has no escape: `"` becomes `'`, and a `\` at the end, which would hide the closing quote, `/`.
    A text of more than `limit` UTF-8 bytes is cut at a character and ends in `...`, still within the limit.
    """
    text = plain_text(text).replace('"', "'")
    if text.endswith("\\"):
        text = text[:-1] + "/"
    data = text.encode()
    if len(data) <= limit:
        return text
    return data[: limit - 3].decode(errors="ignore").rstrip() + "..."


def file_type(name: str) -> str:
    """Name the FILE type: WAVE for all but MP3 and AIFF, since players refuse `FLAC`, `M4A` or `OGG`."""
    match name.lower().rpartition(".")[2]:
        case "mp3":
            return "MP3"
        case "aif" | "aiff":
            return "AIFF"
        case _:
            return "WAVE"


def origin_of(blob: str, source: str | None) -> Origin:
    """Say where a sheet comes from: the blob of its tracklist, and the page that `source` names."""
    if source is None:
        return Origin(blob)
    match = _PAGE.fullmatch(source.strip())
    page = f"1001.tl/{match[1].lower()}" if match else clean_text(source, limit=MAX_PAGE_BYTES)
    return Origin(blob, page or None)


def render_origin(origin: Origin | None) -> str:
    """Write the comment of line 1, the throw-away line that players lose when a byte order mark precedes it."""
    parts = ["tlgit"]
    if origin is not None:
        parts.append(f"blob {origin.blob}")
        if origin.page:
            parts.append(origin.page)
    return clean_text("; ".join(parts))


def read_origin(data: bytes) -> Origin | None:
    """Read back what `render_origin` wrote, from the first line alone; None: tlgit did not write this sheet."""
    match = _ORIGIN.match(data[:1024])
    if match is None:
        return None
    page = match[2].decode(errors="replace") if match[2] else None
    return Origin(match[1].decode(), page)
