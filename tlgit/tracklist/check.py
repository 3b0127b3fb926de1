"""The rules of a good tracklist beyond its typing: what a reader of the file should look at again.

Errors are what cannot be true (one track twice, time going backwards); warnings are what is probably a slip.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Final

from tlgit.tracklist.fields import LIST_FIELDS, TRACK_FIELDS, UNKNOWN
from tlgit.tracklist.schema import Problem, Severity
from tlgit.tracklist.text import TRACKS
from tlgit.tracklist.time import render_time

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable

    from tlgit.tracklist.model import Track
    from tlgit.tracklist.schema import Reading
    from tlgit.tracklist.text import Document, Item

# Each deck of a back-to-back recording has its own clock, which begins again below its header line.
_PLAYER: Final = re.compile(r"player\s*\d+\b.*", re.IGNORECASE)
_UNKNOWN_WORDS: Final = frozenset({"id", "unknown", "unknown artist", "unknown track", "tba", "n/a"})
_MARKS: Final = re.compile(r"\?+|-+|\.{3}|…")
_LIKE_A_TYPO: Final = 0.75


def check(reading: Reading) -> tuple[Problem, ...]:
    """The problems of a tracklist that typing cannot see, in the order of the file.

    Typing's own problems are `reading.problems`; a field that typing left out is not judged again.
    """
    checker = _Checker(reading)
    checker.unknown_keys()
    checker.tracks()
    return tuple(
        sorted(checker.problems, key=lambda problem: (problem.position.line, problem.position.column))
    )


class _Checker:
    """Checks one reading and gathers its problems."""

    def __init__(self, reading: Reading) -> None:
        self.document: Document = reading.document
        self.tracklist = reading.tracklist
        self.rows = list(zip(self.document.items, self.tracklist.tracks, strict=False))
        self.problems: list[Problem] = []

    def report(self, severity: Severity, code: str, index: int, sentence: str, hint: str) -> None:
        position = self.document.position(index)
        self.problems.append(
            Problem(severity=severity, code=code, position=position, sentence=sentence, hint=hint)
        )

    def error(self, code: str, index: int, sentence: str, hint: str) -> None:
        self.report(Severity.ERROR, code, index, sentence, hint)

    def warn(self, code: str, index: int, sentence: str, hint: str) -> None:
        self.report(Severity.WARNING, code, index, sentence, hint)

    def tracks(self) -> None:
        if self.rows and self.rows[0][1].with_previous:
            self.error(
                "with",
                _place(self.rows[0][0], "with"),
                "the first track cannot be played `with` a track above it",
                "give it a `start:` instead, or put it below the track it belongs to",
            )
        self.duplicates()
        self.order()
        for item, track in self.rows:
            self.times(item, track)
            self.unknown_words(item)

    def duplicates(self) -> None:
        """The same row id twice, or the same name at the same start."""
        seen: dict[Hashable, int] = {}
        for number, (item, track) in enumerate(self.rows, start=1):
            keys: list[tuple[Hashable, str]] = []
            if track.ref is not None:
                keys.append((("ref", track.ref), "ref"))
            if track.start is not None and not track.is_unknown:
                keys.append(((_plain(track.name), track.start), "title"))
            for key, field in keys:
                if key not in seen:
                    seen[key] = number
                    continue
                self.error(
                    "duplicate",
                    _place(item, field),
                    f"the same track stands twice: {_named(number, track)}, and as number {seen[key]}",
                    "delete one of the two"
                    if field != "ref"
                    else "delete one of the two, or the `ref:` of one",
                )
                break

    def order(self) -> None:
        """Starts that go backwards, within the clock of one player."""
        above: tuple[int, Track] | None = None
        for number, (item, track) in enumerate(self.rows, start=1):
            if track.section is not None and _PLAYER.fullmatch(track.section):
                above = None
            if track.start is None:
                continue
            if above is not None and above[1].start is not None and track.start < above[1].start:
                self.error(
                    "order",
                    _place(item, "start"),
                    f"{_named(number, track)} starts at {render_time(track.start)}, before "
                    f"{_named(*above)} above it at {render_time(above[1].start)}",
                    "move the track, or correct one of the two starts",
                )
                continue
            above = number, track

    def times(self, item: Item, track: Track) -> None:
        """An end before the start, a start behind the end of the set."""
        if track.start is None:
            return
        if track.end is not None and track.end < track.start:
            self.warn(
                "end",
                _place(item, "end"),
                f"the track ends at {render_time(track.end)}, before its start at {render_time(track.start)}",
                "correct `start:` or `end:`",
            )
        duration = self.tracklist.duration
        if duration is not None and track.start > duration:
            self.warn(
                "duration",
                _place(item, "start"),
                f"the track starts at {render_time(track.start)}, after the set's end at {render_time(duration)}",
                "correct `start:`, or `duration:` of the list",
            )

    def unknown_words(self, item: Item) -> None:
        """Other ways to write that nobody knows the name: only `ID` makes a merge wait for it."""
        for field in ("artist", "title"):
            text = item.value.get(field)
            if not isinstance(text, str) or text == UNKNOWN:
                continue
            words = text.strip()
            if words.casefold() in _UNKNOWN_WORDS or _MARKS.fullmatch(words):
                self.warn(
                    "unknown",
                    _place(item, field),
                    f"{field}: {text!r} looks like an unknown track",
                    f"write `{field}: {UNKNOWN}`, so that its name can be filled in when somebody finds it",
                )

    def unknown_keys(self) -> None:
        """Keys that the schema does not name but nearly does."""
        known = (*LIST_FIELDS, TRACKS)
        for entry in self.document.entries:
            self.key(entry.key, entry.offset, known, {e.key for e in self.document.entries})
        for item in self.document.items:
            for key in item.value.keys() - TRACK_FIELDS.keys():
                self.key(key, _place(item, key, of_key=True), tuple(TRACK_FIELDS), item.value)

    def key(self, key: str, index: int, known: Iterable[str], used: Collection[str]) -> None:
        names = [name for name in known if name not in used]
        if key in LIST_FIELDS or key in {TRACKS, *TRACK_FIELDS}:
            return
        near = difflib.get_close_matches(key.casefold(), names, n=1, cutoff=_LIKE_A_TYPO)
        if near:
            self.warn("key", index, f"{key!r} is not a field of tlgit", f"did you mean `{near[0]}`?")


def _place(item: Item, key: str, *, of_key: bool = False) -> int:
    """Where a field's value (or its key) stands in the text; the track where the field has no line."""
    for entry in item.entries or ():
        if entry.key == key:
            return entry.offset if of_key or entry.node is None else entry.node.start_mark.index
    return item.offset


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _named(number: int, track: Track) -> str:
    return f"track {number} ({track.name!r})"
