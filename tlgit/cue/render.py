r"""From a tracklist to the bytes of a CUE sheet, in the one profile that every player tried reads right.

The profile: UTF-8 with a byte order mark only where something is not ASCII, CRLF line ends, a comment on
line 1 that nobody needs, one FILE within the first 2,048 bytes, a first track at 0, starts at least one
second apart, every text quoted and none of them empty. What the profile cannot say is folded, left out
with a warning, or refused; nothing is sorted or guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from tlgit.cue.sheet import (
    FRAMES_PER_SECOND,
    Frames,
    Sheet,
    SheetTrack,
    clean_text,
    file_type,
    frames_from_ms,
    render_index,
    render_origin,
)
from tlgit.errors import DataError
from tlgit.tracklist.fields import UNKNOWN
from tlgit.tracklist.time import render_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tlgit.cue.sheet import Origin
    from tlgit.tracklist.model import Track, Tracklist

MIN_GAP: Final = 1000
"""How far apart two tracks of a sheet are at least, in milliseconds: some players count whole seconds."""

MAX_LEAD: Final = 30_000
"""A first start up to here, in milliseconds, moves to 0; a later one gets an `Intro` in front of it."""

MAX_TRACKS: Final = 99
MAX_MINUTES: Final = 999

MAX_SHEET_BYTES: Final = 1_000_000
"""mpv reads no more of a sheet."""

INTRO: Final = "Intro"

_YEAR: Final = re.compile(r"[0-9]{4}(?![0-9])", re.ASCII)
_UNWRITABLE: Final = re.compile('["\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]|\\\\\\Z')


class BackwardsTimesError(DataError):
    """A track starts before the one above it; sorting would hide which of the two is wrong."""

    def __init__(self, *, track: int, start: int, above: int, above_start: int) -> None:
        super().__init__(
            f"Track {track} starts at {render_time(start)}, "
            f"before track {above} above it at {render_time(above_start)}.",
            hint="correct the `start` of one of the two, or move the track to its place in the list",
        )
        self.track = track
        self.start = start
        self.above = above
        self.above_start = above_start


class NoCueTimesError(DataError):
    """No track has a place in the recording, so there is nothing that a sheet could say."""

    def __init__(self, *, timed: int) -> None:
        if timed:
            super().__init__(
                f"None of the {timed} timed tracks starts inside the recording.",
                hint="check `offset` in the tracklist and the length of the audio file",
            )
        else:
            super().__init__(
                "No track of this list has a cue time, so it has no CUE sheet.",
                hint="add a `start` to at least one track",
            )
        self.timed = timed


class FileNameError(DataError):
    """A CUE sheet has no way to write this file name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The audio file name {name!r} cannot be written into a CUE sheet."
            if name.strip()
            else "A CUE sheet needs the name of its audio file.",
            hint="rename the file: no double quotes, control characters, undecodable bytes, "
            "or backslash at the end",
        )
        self.name = name


class SheetSizeError(DataError):
    """The sheet is larger than players read."""

    def __init__(self, size: int) -> None:
        super().__init__(
            f"The CUE sheet would have {size:,} bytes, players read no more than {MAX_SHEET_BYTES:,}.",
            hint="split the tracklist",
        )
        self.size = size


class WarningKind(Enum):
    """What a sheet does not say as the tracklist does, or where players will read it wrong."""

    UNTIMED = "untimed"
    """Left out: neither an own cue time nor a timed track above to be played with."""
    BEFORE_RECORDING = "before-recording"
    """Left out: over when the recording begins."""
    BEYOND_END = "beyond-end"
    """Left out: would start in the last second of the recording, or after it."""
    MANY_TRACKS = "many-tracks"
    """Written, but some programs read 99 tracks only."""
    LONG = "long"
    """Written, but some programs read 999 minutes only."""


@dataclass(frozen=True, slots=True)
class CueWarning:
    """Something that the user should know about a sheet which can be used all the same."""

    kind: WarningKind
    message: str
    tracks: tuple[int, ...] = ()
    """The rows of the tracklist that it is about, counted from 1."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A sheet that can be rendered, and what was lost on the way to it."""

    sheet: Sheet
    warnings: tuple[CueWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class _Slot:
    """Rows that become one track of the sheet, and when it starts in the recording, in milliseconds."""

    start: int
    numbers: tuple[int, ...]
    rows: tuple[Track, ...]

    def fold(self, number: int, row: Track) -> _Slot:
        return _Slot(self.start, (*self.numbers, number), (*self.rows, row))


def plan_sheet(
    tracklist: Tracklist, *, file_name: str, origin: Origin, duration: int | None = None
) -> Planned:
    """Decide what the CUE sheet of a tracklist says.

    `duration` is the length of the audio file in milliseconds; None: unknown, so nothing ends too late.
    A start in the recording is `start` + `offset`. Of the tracks that start before the recording or in its
    first second the last one is playing when it begins: that one starts at 0, the others are left out.

    Raises BackwardsTimesError, NoCueTimesError or FileNameError.
    """
    slots, untimed = _slots(tracklist)
    if not slots:
        raise NoCueTimesError(timed=0)
    first = max((i for i, slot in enumerate(slots) if slot.start < MIN_GAP), default=0)
    inside = [slot for slot in slots[first:] if duration is None or slot.start < duration - MIN_GAP]
    if not inside:
        raise NoCueTimesError(timed=sum(len(slot.rows) for slot in slots))
    artist = _text(tracklist.artist)
    tracks = [
        SheetTrack(
            title=_titles(slot.rows), performer=_performers(slot.rows), start=frames_from_ms(slot.start)
        )
        for slot in inside
    ]
    if inside[0].start > MAX_LEAD:
        tracks.insert(0, SheetTrack(title=INTRO, performer=artist, start=Frames(0)))
    else:
        tracks[0] = SheetTrack(title=tracks[0].title, performer=tracks[0].performer, start=Frames(0))
    year = _YEAR.match(tracklist.date or "")
    sheet = Sheet(
        title=_text(tracklist.title),
        performer=artist,
        file=_file_name(file_name),
        tracks=tuple(tracks),
        genre=clean_text(", ".join(tracklist.genres)) or None,
        date=year[0] if year else None,
        origin=origin,
    )
    before, beyond = _numbers(slots[:first]), _numbers(slots[first + len(inside) :])
    return Planned(sheet, tuple(_warnings(sheet, untimed=untimed, before=before, beyond=beyond)))


def render_sheet(sheet: Sheet) -> bytes:
    """Write a sheet in the profile.

    Texts are cleaned on the way (a planned sheet is clean already); times are written as they are.
    Raises FileNameError or SheetSizeError.
    """
    lines = [f'REM COMMENT "{render_origin(sheet.origin)}"']
    if sheet.genre:
        lines.append(f'REM GENRE "{_text(sheet.genre)}"')
    if year := _YEAR.search(sheet.date or ""):
        lines.append(f"REM DATE {year[0]}")
    lines += [f'PERFORMER "{_text(sheet.performer)}"', f'TITLE "{_text(sheet.title)}"']
    current = None
    for number, track in enumerate(sheet.tracks, start=1):
        file = track.file or sheet.file
        if file != current:
            lines.append(f'FILE "{_file_name(file)}" {file_type(file)}')
            current = file
        lines += [
            f"  TRACK {number:02d} AUDIO",
            f'    TITLE "{_text(track.title)}"',
            f'    PERFORMER "{_text(track.performer)}"',
            f"    INDEX 01 {render_index(track.start)}",
        ]
    text = "\r\n".join([*lines, ""])
    data = text.encode("ascii" if text.isascii() else "utf-8-sig")
    if len(data) > MAX_SHEET_BYTES:
        raise SheetSizeError(len(data))
    return data


def _slots(tracklist: Tracklist) -> tuple[list[_Slot], list[int]]:
    """Fold what sounds together into slots, rising by at least `MIN_GAP`; and the numbers of untimed rows.

    A `with` row without a start belongs to the row above it, and shares its fate. A row with a start of its
    own, `with` or not, is a slot of its own unless it follows the one above too closely.
    """
    slots: list[_Slot] = []
    untimed: list[int] = []
    above: tuple[int, int] | None = None
    host_is_timed = False
    for number, row in enumerate(tracklist.tracks, start=1):
        if row.start is None:
            host_is_timed = host_is_timed and row.with_previous
            if host_is_timed:
                slots[-1] = slots[-1].fold(number, row)
            else:
                untimed.append(number)
            continue
        if above is not None and row.start < above[1]:
            raise BackwardsTimesError(track=number, start=row.start, above=above[0], above_start=above[1])
        above, host_is_timed = (number, row.start), True
        start = row.start + tracklist.offset
        if slots and start - slots[-1].start < MIN_GAP:
            slots[-1] = slots[-1].fold(number, row)
        else:
            slots.append(_Slot(start, (number,), (row,)))
    return slots, untimed


def _text(text: str | None) -> str:
    """Clean a text; what is empty then is unknown."""
    return clean_text(text or "") or UNKNOWN


def _title(row: Track) -> str:
    """Show a track's title as `Track.name` does."""
    title = row.title or UNKNOWN
    return _text(f"{title} ({row.remix})" if row.remix else title)


def _titles(rows: Sequence[Track]) -> str:
    """Join the titles of one slot: `A`, `A (w/ B)`, `A (w/ B w/ C)`; a row that repeats another adds nothing."""
    seen: set[tuple[str, str]] = set()
    titles: list[str] = []
    for row in rows:
        key = (_text(row.artist), _title(row))
        if row.is_unknown or key not in seen:
            titles.append(key[1])
        seen.add(key)
    return clean_text(titles[0] + (f" (w/ {' w/ '.join(titles[1:])})" if titles[1:] else ""))


def _performers(rows: Sequence[Track]) -> str:
    """Join the artists of one slot: `X`, `X w/ Y`, each named once."""
    return clean_text(" w/ ".join(dict.fromkeys(_text(row.artist) for row in rows)))


def _file_name(name: str) -> str:
    """Check a file name, which is written as it is or not at all: a changed name finds no file."""
    if not name.strip() or _UNWRITABLE.search(name):
        raise FileNameError(name)
    return name


def _numbers(slots: Iterable[_Slot]) -> list[int]:
    return [number for slot in slots for number in slot.numbers]


def _warnings(
    sheet: Sheet, *, untimed: Sequence[int], before: Sequence[int], beyond: Sequence[int]
) -> Iterable[CueWarning]:
    left_out = (
        (WarningKind.UNTIMED, untimed, "without a cue time"),
        (WarningKind.BEFORE_RECORDING, before, "over when the recording begins"),
        (WarningKind.BEYOND_END, beyond, "starting at or after the end of the audio file"),
    )
    for kind, numbers, reason in left_out:
        if numbers:
            noun = "Track" if len(numbers) == 1 else "Tracks"
            yield CueWarning(kind, f"{noun} left out, {reason}: {_spans(numbers)}", tuple(numbers))
    if len(sheet.tracks) > MAX_TRACKS:
        yield CueWarning(
            WarningKind.MANY_TRACKS,
            f"The sheet has {len(sheet.tracks)} tracks; libcue, cuetools, Audacious, DeaDBeeF and metaflac "
            f"read no more than {MAX_TRACKS}.",
        )
    if sheet.tracks[-1].start >= (MAX_MINUTES + 1) * 60 * FRAMES_PER_SECOND:
        yield CueWarning(
            WarningKind.LONG,
            f"The sheet goes beyond {MAX_MINUTES} minutes; Strawberry and Clementine read the rest wrong.",
        )


def _spans(numbers: Sequence[int]) -> str:
    """Write rising numbers in short: `3-5, 9`."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][-1] + 1:
            spans[-1][1:] = [number]
        else:
            spans.append([number])
    return ", ".join("-".join(map(str, span)) for span in spans)
