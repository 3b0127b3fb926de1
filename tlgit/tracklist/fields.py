"""The one table of fields: what they are called, of what kind they are, in which order tlgit writes them.

Reading, checking, merging and writing all use it. It stands apart from the values in `model`, so that the merge
driver, which works on texts, starts without them.
"""

from __future__ import annotations

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
