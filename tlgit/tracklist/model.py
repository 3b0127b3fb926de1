"""The tracklist as values.

Everything is frozen. An absent field is None (or empty); texts are NFC; times are integers of milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tlgit.tracklist.fields import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlgit.tracklist.fields import Value


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
