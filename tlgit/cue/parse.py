r"""A tolerant reader for CUE sheets that others wrote.

There is no living standard, only habits (CDRWIN's manual, then EAC and foobar2000). So: command words in
any case, values with or without quotes, quotes inside quotes, any line end, several FILE lines, lines that
nobody knows. What is odd becomes a problem beside the sheet; refused is only what holds no timed track.

One dialect is read on its own terms: rekordbox names a FILE inside every track and writes `HH:MM:SS` where
`MM:SS:FF` belongs.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from tlgit.cue.decode import decode_sheet
from tlgit.cue.sheet import FRAMES_PER_SECOND, Frames, Sheet, SheetTrack, clean_text, plain_text, read_origin
from tlgit.errors import DataError

MAX_BYTES: Final = 4_000_000
"""A larger file is no CUE sheet."""

MAX_TRACKS: Final = 10_000

MAX_PROBLEMS: Final = 50
"""How many problems of one kind are told one by one; the rest is counted."""

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_COMMAND: Final = re.compile(r"[A-Z]+", re.ASCII | re.IGNORECASE)
_TRACK: Final = re.compile(r"([0-9]{1,6})(?:\s+(\S+).*)?", re.ASCII)
_INDEX: Final = re.compile(r"([0-9]{1,2})\s+(\S+)", re.ASCII)
_TIME: Final = re.compile(r"([0-9]{1,5}):([0-9]{1,2})(?::([0-9]{1,2}))?(?::([0-9]{1,2}))?", re.ASCII)
_REKORDBOX: Final = re.compile(r"REM\s+RECORDED_BY\s+\"?rekordbox", re.ASCII | re.IGNORECASE)

_WITHOUT_MEANING: Final = frozenset(
    {"CATALOG", "CDTEXTFILE", "SONGWRITER", "FLAGS", "ISRC", "PREGAP", "POSTGAP"}
)
_FILE_TYPES: Final = frozenset(
    {
        "WAVE",
        "WAV",
        "MP3",
        "AIFF",
        "AIF",
        "BINARY",
        "MOTOROLA",
        "FLAC",
        "OGG",
        "OPUS",
        "M4A",
        "MP4",
        "AAC",
        "APE",
        "WV",
    }
)


class SheetError(DataError):
    """The bytes are not a CUE sheet with at least one timed track."""

    def __init__(self, *, line: int, expected: str) -> None:
        super().__init__(f"Line {line} of the CUE sheet: expected {expected}.")
        self.line = line
        self.expected = expected


class ProblemKind(Enum):
    """What is odd in a sheet that can be read."""

    ENCODING = "encoding"
    DIALECT = "dialect"
    UNKNOWN_LINE = "unknown-line"
    QUOTES = "quotes"
    REPEATED = "repeated"
    """A field is given twice; the first one counts."""
    NUMBERS = "numbers"
    """The track numbers do not rise by one."""
    TIME = "time"
    """A time in a form that is not MM:SS:FF; read as far as it is clear."""
    LEFT_OUT = "left-out"
    """A track that holds no audio, or no time that can be read."""
    ORDER = "order"
    """A track starts before the one above it."""
    FILES = "files"
    """No FILE, or several: then each start counts from the beginning of its own file."""
    MORE = "more"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something odd, and the line it stands on, counted from 1."""

    line: int
    kind: ProblemKind
    message: str


@dataclass(frozen=True, slots=True)
class ParsedSheet:
    """A sheet as it was understood, and what was odd about it, in the order of lines."""

    sheet: Sheet
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Index:
    line: int
    text: str
    file: str


@dataclass(slots=True)
class _Track:
    line: int
    number: int
    mode: str
    texts: dict[str, str] = field(default_factory=dict)
    index: dict[int, _Index] = field(default_factory=dict)
    nested: bool = False
    """A FILE line stands between this TRACK and its first INDEX."""


@dataclass(slots=True)
class _Reader:
    """What has been read so far; header fields and track fields share their names."""

    header: dict[str, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    tracks: list[_Track] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    seen: Counter[ProblemKind] = field(default_factory=Counter)
    says_rekordbox: bool = False
    between: bool = False
    """A FILE line has ended the current track; texts until the next TRACK are about the file."""

    def problem(self, line: int, kind: ProblemKind, message: str) -> None:
        self.seen[kind] += 1
        if self.seen[kind] <= MAX_PROBLEMS:
            self.problems.append(Problem(line, kind, message))

    def feed(self, number: int, line: str) -> None:
        """Take in one line."""
        match = _COMMAND.match(line)
        word = match[0].upper() if match else ""
        rest = line[len(word) :]
        if not word or (rest and not rest[0].isspace()):
            self.unknown(number, line)
            return
        rest = rest.strip()
        match word:
            case "REM":
                self.remark(number, line, rest)
            case "TITLE" | "PERFORMER":
                if self.between:
                    self.problem(number, ProblemKind.FILES, f"the {word} of a single file is not read")
                else:
                    self.text(number, self.tracks[-1].texts if self.tracks else self.header, word, rest)
            case "FILE":
                self.file(number, rest)
            case "TRACK":
                self.track(number, line, rest)
            case "INDEX":
                self.index(number, line, rest)
            case _ if word not in _WITHOUT_MEANING:
                self.unknown(number, line)

    def unknown(self, number: int, line: str) -> None:
        shown = line if len(line) <= 60 else line[:60] + "..."
        self.problem(number, ProblemKind.UNKNOWN_LINE, f"not a line of a CUE sheet: {shown!r}")

    def remark(self, number: int, line: str, rest: str) -> None:
        key, value = (*rest.split(maxsplit=1), "", "")[:2]
        if key.upper() in {"GENRE", "DATE"} and not self.tracks and value:
            self.text(number, self.header, key.upper(), value)
        elif _REKORDBOX.match(line):
            self.says_rekordbox = True

    def text(self, number: int, into: dict[str, str], key: str, rest: str) -> None:
        value = plain_text(self.unquote(number, rest))
        if key in into:
            self.problem(number, ProblemKind.REPEATED, f"{key} stands here again; the first one counts")
        elif value:
            into[key] = value

    def unquote(self, number: int, rest: str) -> str:
        """Take the text between the first and the last quote: there is no escape, so the ones inside are text."""
        if not rest.startswith('"'):
            return rest
        value, quote, after = rest[1:].rpartition('"')
        if not quote:
            self.problem(number, ProblemKind.QUOTES, "the closing quote is missing")
            return after
        if after.strip():
            self.problem(number, ProblemKind.QUOTES, "text after the closing quote is not read")
        return value

    def file(self, number: int, rest: str) -> None:
        if rest.startswith('"') and rest.count('"') > 1:
            name = rest[1 : rest.rindex('"')]
        else:
            name = self.unquote(number, rest)
            words = name.rsplit(maxsplit=1)
            if len(words) == 2 and words[1].upper() in _FILE_TYPES:
                name = words[0]
        self.files.append(name)
        if self.tracks:
            self.between = bool(self.tracks[-1].index)
            self.tracks[-1].nested |= not self.between

    def track(self, number: int, line: str, rest: str) -> None:
        match = _TRACK.fullmatch(rest)
        if match is None:
            self.unknown(number, line)
            return
        if len(self.tracks) == MAX_TRACKS:
            raise SheetError(line=number, expected=f"no more than {MAX_TRACKS:,} tracks")
        track = _Track(number, int(match[1]), (match[2] or "AUDIO").upper())
        if self.tracks and track.number != self.tracks[-1].number + 1:
            above = self.tracks[-1].number
            self.problem(number, ProblemKind.NUMBERS, f"TRACK {track.number} follows TRACK {above}")
        self.tracks.append(track)
        self.between = False

    def index(self, number: int, line: str, rest: str) -> None:
        match = _INDEX.fullmatch(rest)
        if match is None or not self.tracks:
            self.unknown(number, line)
            return
        index = self.tracks[-1].index
        if int(match[1]) in index:
            self.problem(
                number, ProblemKind.REPEATED, f"INDEX {match[1]} stands here again; the first one counts"
            )
        else:
            index[int(match[1])] = _Index(number, match[2], self.files[-1] if self.files else "")


def parse_sheet(data: bytes) -> ParsedSheet:
    """Read a CUE sheet of any origin.

    Raises SheetError when it is too large, has no TRACK line, or no track with a time.
    """
    if len(data) > MAX_BYTES:
        raise SheetError(line=1, expected=f"a file of at most {MAX_BYTES:,} bytes")
    decoded = decode_sheet(data)
    reader = _Reader()
    if decoded.guessed or decoded.damaged:
        told = "its encoding is a guess" if decoded.guessed else "its encoding is marked"
        damage = "some bytes mean nothing in it" if decoded.damaged else "every byte has a meaning in it"
        reader.problem(1, ProblemKind.ENCODING, f"read as {decoded.encoding}: {told}, {damage}")
    number = 0
    for number, line in enumerate(_LINE_END.split(decoded.text), start=1):
        if content := line.strip("\ufeff\0 \t\v\f\x1a"):
            reader.feed(number, content)
    if not reader.tracks:
        raise SheetError(line=max(number, 1), expected="a TRACK line before the end")
    sheet = _sheet(reader, data)
    problems = sorted(reader.problems, key=lambda problem: problem.line)
    if more := reader.seen.total() - len(problems):
        problems.append(Problem(number, ProblemKind.MORE, f"{more} more problems of these kinds"))
    return ParsedSheet(sheet, tuple(problems))


def _sheet(reader: _Reader, data: bytes) -> Sheet:
    """Put the parts together."""
    rekordbox = _is_rekordbox(reader)
    if rekordbox:
        line = reader.tracks[0].line
        reader.problem(line, ProblemKind.DIALECT, "a rekordbox recording: its times are read as HH:MM:SS")
    timed = [
        (track, *found) for track in reader.tracks if (found := _start(reader, track, rekordbox=rekordbox))
    ]
    if not timed:
        line = next(problem.line for problem in reader.problems if problem.kind is ProblemKind.LEFT_OUT)
        raise SheetError(line=line, expected="an audio TRACK with an INDEX 01 like 03:35:00")
    files = list(dict.fromkeys(index.file for _, index, _ in timed))
    own = reader.files[0] if rekordbox else files[0]
    if not own:
        reader.problem(timed[0][0].line, ProblemKind.FILES, "no FILE line names the audio")
    elif len(files) > 1 and not rekordbox:
        message = f"{len(files)} audio files: each start counts from the beginning of its own"
        reader.problem(timed[0][0].line, ProblemKind.FILES, message)
    tracks: list[SheetTrack] = []
    for track, index, start in timed:
        file = None if rekordbox or index.file == own else index.file
        if tracks and tracks[-1].file == file and start < tracks[-1].start:
            reader.problem(
                index.line, ProblemKind.ORDER, f"TRACK {track.number} starts before the one above it"
            )
        title, performer = track.texts.get("TITLE"), track.texts.get("PERFORMER")
        tracks.append(SheetTrack(title=title, performer=performer, start=start, file=file))
    return Sheet(
        title=reader.header.get("TITLE"),
        performer=reader.header.get("PERFORMER"),
        file=own,
        tracks=tuple(tracks),
        genre=reader.header.get("GENRE"),
        date=reader.header.get("DATE"),
        origin=read_origin(data),
    )


def _start(reader: _Reader, track: _Track, *, rekordbox: bool) -> tuple[_Index, Frames] | None:
    """Find where a track begins: INDEX 01, or INDEX 00 where that is all there is; None: it is left out."""
    name = f"TRACK {track.number} ({clean_text(track.texts.get('TITLE', 'no title'), limit=60)!r})"
    if track.mode.startswith(("MODE", "CDI")):
        reader.problem(track.line, ProblemKind.LEFT_OUT, f"{name} is data, not audio, and left out")
        return None
    index = track.index.get(1) or track.index.get(0)
    if index is None:
        reader.problem(track.line, ProblemKind.LEFT_OUT, f"{name} has no INDEX 01 and is left out")
        return None
    if 1 not in track.index:
        reader.problem(index.line, ProblemKind.TIME, f"{name} has no INDEX 01; INDEX 00 is taken")
    time = _time(index.text, rekordbox=rekordbox)
    if time is None:
        shown = index.text[:60]
        reader.problem(index.line, ProblemKind.LEFT_OUT, f"{name} is left out: {shown!r} is not a time")
        return None
    frames, usual = time
    if not usual:
        reader.problem(index.line, ProblemKind.TIME, f"{index.text} is not MM:SS:FF")
    return index, frames


def _time(text: str, *, rekordbox: bool) -> tuple[Frames, bool] | None:
    """Read `MM:SS:FF`, or as the makers of bad generators meant it: `MM:SS`, `HH:MM:SS:FF`.

    False beside the time: the form was not the usual one, or seconds or frames were too many and added up.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    parts = [int(part) for part in match.groups() if part is not None]
    match len(parts), rekordbox:
        case (4, _):
            hours, minutes, seconds, frames = parts
        case (3, True):
            hours, minutes, seconds, frames = *parts, 0
        case _:
            hours, minutes, seconds, frames = 0, *parts, *([0] if len(parts) == 2 else [])
    usual = len(parts) == 3 and seconds < 60 and frames < FRAMES_PER_SECOND
    return Frames(((hours * 60 + minutes) * 60 + seconds) * FRAMES_PER_SECOND + frames), usual


def _is_rekordbox(reader: _Reader) -> bool:
    """Tell the dialect: it says so, and names one file for all and another one inside every track.

    One of the two signs is enough when the times speak for it: rising, and not all of them full minutes, as
    they are where somebody has repaired them. A second above 59 speaks against it always.
    """
    tracks = [track for track in reader.tracks if track.index]
    texts = [index.text for track in tracks for index in track.index.values() if _TIME.fullmatch(index.text)]
    parts = [[int(part) for part in text.split(":")] for text in texts]
    if not parts or any(len(part) != 3 or max(part[1:]) > 59 for part in parts):
        return False
    nested = len(reader.files) > len(tracks) and all(track.nested for track in tracks)
    if nested and reader.says_rekordbox:
        return True
    nested = nested and len(tracks) > 1
    likely = any(part[2] for part in parts) and parts == sorted(parts)
    return likely and (nested or (reader.says_rekordbox and bool(reader.files)))
