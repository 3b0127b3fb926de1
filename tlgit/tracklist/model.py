"""The tracklist as values: what the fields are called, of what kind they are, and what they hold.

Everything is frozen. An absent field is None (or empty); texts are NFC; times are integers of milliseconds.
The schema below is the one table of fields: reading, checking, merging and writing all use it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Value: TypeAlias = "str | tuple[Value, ...] | Mapping[str, Value]"
"""A YAML value as it is read: every scalar is text, sequences are tuples, mappings keep their order."""


class Kind(Enum):
    """How a field's text is typed, compared and merged."""

    TEXT = "text"
    MULTILINE = "multiline"
    """Text, or a list of texts; merged by lines or as an ordered set."""
    TIME = "time"
    OFFSET = "offset"
    """A time that may be negative."""
    DATE = "date"
    """`2025-05-17`, `2025-05` or `2025`."""
    NUMBER = "number"
    FLAG = "flag"
    """`true` or `false`."""
    SET = "set"
    """A list of texts whose order means nothing."""
    ORDERED = "ordered"
    """A list of mappings in order (the parts of a mashup)."""
    MAPPING = "mapping"
    REF = "ref"
    """The row id of a page: digits."""
    STATUS = "status"
    """`draft` or `published`."""


LIST_FIELDS: Final[dict[str, Kind]] = {
    "title": Kind.TEXT,
    "artist": Kind.TEXT,
    "date": Kind.DATE,
    "event": Kind.TEXT,
    "venue": Kind.TEXT,
    "genres": Kind.SET,
    "duration": Kind.TIME,
    "source": Kind.TEXT,
    "aliases": Kind.SET,
    "audio": Kind.TEXT,
    "offset": Kind.OFFSET,
    "status": Kind.STATUS,
    "cue": Kind.MAPPING,
    "sync": Kind.MAPPING,
    "notes": Kind.MULTILINE,
}
"""The fields of a tracklist beside `tracks`, in the order in which tlgit writes them."""

TRACK_FIELDS: Final[dict[str, Kind]] = {
    "start": Kind.TIME,
    "end": Kind.TIME,
    "with": Kind.FLAG,
    "section": Kind.TEXT,
    "artist": Kind.TEXT,
    "title": Kind.TEXT,
    "remix": Kind.TEXT,
    "label": Kind.TEXT,
    "parts": Kind.ORDERED,
    "key": Kind.TEXT,
    "bpm": Kind.NUMBER,
    "isrc": Kind.TEXT,
    "notes": Kind.MULTILINE,
    "verified": Kind.FLAG,
    "ref": Kind.REF,
}
"""The fields of a track, in the order in which tlgit writes them."""

PART_FIELDS: Final[dict[str, Kind]] = {"artist": Kind.TEXT, "title": Kind.TEXT, "label": Kind.TEXT}
"""The fields of one part of a mashup."""

UNKNOWN: Final = "ID"
"""What stands for an artist or a title that nobody has named yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the tracks that a mashup is made of."""

    artist: str | None = None
    title: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One row of a tracklist; its position is its place in the list."""

    start: int | None = None
    """When the track begins, in milliseconds on the page's clock."""
    end: int | None = None
    with_previous: bool = False
    """`with: true`, the page's `w/`: played together with the track above."""
    section: str | None = None
    """The header line that stands above this track on the page."""
    artist: str | None = None
    title: str | None = None
    remix: str | None = None
    label: str | None = None
    """Labels as the page shows them, joined with `/`."""
    parts: tuple[Part, ...] = ()
    key: str | None = None
    bpm: str | None = None
    isrc: str | None = None
    notes: tuple[str, ...] = ()
    verified: bool | None = None
    ref: str | None = None
    """The page's row id; None for a track that the user wrote."""
    extra: Mapping[str, Value] = field(default_factory=dict)
    """Keys that the schema does not name, as they were read."""

    @property
    def is_unknown(self) -> bool:
        """Whether nobody has named this track yet (`ID - ID`, or no name at all)."""
        return (self.artist or UNKNOWN) == UNKNOWN and (self.title or UNKNOWN) == UNKNOWN

    @property
    def name(self) -> str:
        """The track in one line, as the page and its text export write it: `Artist - Title`."""
        title = self.title or UNKNOWN
        if self.remix:
            title += f" ({self.remix})"
        return f"{self.artist or UNKNOWN} - {title}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracklist:
    """One DJ set: who played what, when and where."""

    title: str = ""
    artist: str | None = None
    date: str | None = None
    event: str | None = None
    venue: str | None = None
    genres: tuple[str, ...] = ()
    duration: int | None = None
    source: str | None = None
    """The address of the page, or None for a list made by hand."""
    aliases: tuple[str, ...] = ()
    """Other ids under which the source knows this list."""
    audio: str | None = None
    offset: int = 0
    """How much later the user's recording starts than the page's clock, in milliseconds."""
    status: str = "published"
    cue: Mapping[str, Value] = field(default_factory=dict)
    sync: Mapping[str, Value] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    tracks: tuple[Track, ...] = ()
    extra: Mapping[str, Value] = field(default_factory=dict)
