"""How plausible the changes of a source are, each by itself, in words that can be checked.

    confidence = trust in the source * how plausible such a change is * what speaks against this one + evidence

All start values stand in the tables here. They were calibrated on normal and damaged days of made and real lists:
what people do every day comes to 0.9 at least, from a page and from a text export; what somebody should look at does
not. A set of changes is as sure as the least sure of those that are applied.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from tlgit.merge.diff import ChangeKind
from tlgit.merge.evidence import Evidence, Seen, seen_once
from tlgit.merge.names import start_of, text_of
from tlgit.merge.nature import BESIDE, Nature, full_title, names_of, natures_of
from tlgit.tracklist.time import MAX_TIME, render_time

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from tlgit.merge.diff import Change, Content, Diff
    from tlgit.tracklist.fields import Value

DEFAULT_THRESHOLD: Final = 0.9
"""What is rated so or higher lands by itself."""


class SourceKind(Enum):
    """Who says it."""

    HAND = "hand"
    PAGE = "page"
    """A page with row ids."""
    EXPORT = "export"
    """Text without row ids: which row is which, is found by name and start."""
    DETECTION = "detection"
    """A program that listened; it says itself how sure it is."""


class Source(NamedTuple):
    """Who says it; a detection with its own figure, 0 to 1."""

    kind: SourceKind
    sure: float = 1.0


HAND: Final = Source(SourceKind.HAND)
PAGE: Final = Source(SourceKind.PAGE)
EXPORT: Final = Source(SourceKind.EXPORT)


class Trust(NamedTuple):
    """What a source's word counts for."""

    change: float
    """The factor of each of its changes."""
    value: float
    """How sure one of its values is beside another source's: what the policy `highest_confidence` compares."""
    words: str


class Plausible(NamedTuple):
    """How plausible a kind of change is, and how it is told."""

    value: float
    words: str


TRUST: Final[Mapping[SourceKind, Trust]] = {
    SourceKind.HAND: Trust(1.0, 1.0, "written by hand"),
    # Row ids tell which row changed. A value beside one that a person wrote on purpose: the person knows more.
    SourceKind.PAGE: Trust(1.0, 0.95, "read from the page, which knows its rows by id"),
    # The same site says it, so the words are as good; that two rows are the same one is found by name and start.
    SourceKind.EXPORT: Trust(0.98, 0.85, "read from a text export, which has no row ids"),
    # Times its own figure; it never outweighs what a person wrote.
    SourceKind.DETECTION: Trust(1.0, 0.8, "heard by a program"),
}

PLAUSIBLE: Final[Mapping[Nature, Plausible]] = {
    # People fill gaps: nothing is lost by it, and it is what a tracklist waits for.
    Nature.FILLED: Plausible(0.95, "filled in where nothing stood"),
    Nature.NAMED: Plausible(0.95, "named where nobody knew it before"),
    Nature.SPELLED: Plausible(0.95, "the same, written otherwise"),
    Nature.RETIMED_NEAR: Plausible(0.95, "start moved by {by}"),
    # More is told than before, and nothing taken away.
    Nature.MORE: Plausible(0.93, "all that stood there, and more"),
    Nature.MIX_ADDED: Plausible(0.93, "the same title, now with its version"),
    # Corrections of every day. The site's catalogue makes many of them: artists of a track, its version, its label.
    Nature.FEWER: Plausible(0.92, "one of several was taken away"),
    Nature.MIX_CHANGED: Plausible(0.92, "another version of the same title"),
    Nature.TYPO: Plausible(0.92, "a few letters corrected"),
    Nature.CHANGED: Plausible(0.92, "another value"),
    Nature.RETIMED_CORRECTED: Plausible(0.92, "start moved by {by}"),
    Nature.SHIFTED: Plausible(0.92, "all starts moved by {by}"),
    Nature.ADDED: Plausible(0.92, "a track that was missing"),
    Nature.JOINED: Plausible(0.92, "gone, but its track still stands beside its place"),
    # Wait, until they have been seen for a day.
    Nature.RETIMED_FAR: Plausible(0.88, "start moved by {by}"),
    Nature.PARTLY: Plausible(0.85, "some of the artists are others"),
    Nature.MIX_LOST: Plausible(0.85, "the same title, without its version"),
    # Wait for a person. A move and a new start of minutes are mostly right, and ruin a CUE sheet when they are not.
    Nature.MOVED: Plausible(0.7, "moved to another place"),
    Nature.REWORDED: Plausible(0.6, "alike, but more than a typo"),
    Nature.RETIMED_ELSEWHERE: Plausible(0.6, "start moved by {by}"),
    # What somebody knew is gone.
    Nature.REMOVED: Plausible(0.4, "the track is gone"),
    Nature.CLEARED: Plausible(0.4, "taken away, nothing in its place"),
    Nature.RENAMED: Plausible(0.3, "another name"),
    Nature.UNNAMED: Plausible(0.3, "unknown now, and had a name before"),
    Nature.REPLACED: Plausible(0.2, "another artist and another title: another track"),
}

_CRITICAL: Final = 0.25
"""A set hardly loses its first or last track, an intro, or what its owner has edited: 0.4 becomes 0.1."""
_ASTRAY: Final = 0.65
"""A start outside its neighbours', or behind the end of the set."""
_TWICE: Final = 0.7
"""The same track right beside itself is mostly a slip."""
_ODD: Final = 0.2
"""Web addresses, markup, letters decoded wrongly."""
_MUCH: Final = 0.0
"""No honest day takes away or replaces so much at once: the page is bad."""
_MUCH_SHARE: Final = 0.3
"""The share of the tracks that makes it so."""

SEEN_AGAIN: Final = 0.03
"""Evidence: the same value an hour later. A slip or a prank may be gone by then."""
SEEN_LONG: Final = 0.05
"""Evidence: a day later, or the third time."""
HOUR: Final = 3_600
DAY: Final = 24 * HOUR
_MOST: Final = 0.99
"""No change is as sure as none."""

_ODD_TEXT: Final = re.compile(
    "https?://|www\\.|\ufffd|[\u00c2\u00c3][\u0080-\u00bf]|\u00e2\u20ac|&(?:amp|quot|lt|gt|#\\d{1,6});|</?[a-z]{1,10}[ />]",
    re.IGNORECASE,
)
_EDGE: Final = re.compile(r"\b(?:intro|outro)\b", re.IGNORECASE)
_NAME: Final = ("artist", "title", "remix")
_RECORDING: Final = frozenset({*_NAME, "label", "parts", "key", "bpm", "isrc"})
"""What belongs to the track, not to its place: taken with its name or not at all."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One reason for a rating: multiplied, evidence is added."""

    name: str
    value: float
    words: str


@dataclass(frozen=True, slots=True)
class Rating:
    """How plausible one change is; the key is "" for a whole track, else the field."""

    change: Change
    key: str
    value: float
    factors: tuple[Factor, ...]
    nature: Nature


def rate(
    diff: Diff,
    before: Content,
    after: Content,
    source: Source,
    evidence: Evidence = seen_once,
    *,
    edited: Collection[int] = (),
) -> tuple[Rating, ...]:
    """Rate every change, field by field, in the order of the diff.

    `edited` are the rows of `before` that the user has worked on. Fields of an added track are rated with the track.
    """
    natures = natures_of(diff, before, after)
    judge = _Judge(diff, before, after, critical_rows(before, edited), natures)
    trust = TRUST[source.kind]
    told = Factor("source", round(trust.change * min(1.0, max(0.0, source.sure)), 4), trust.words)
    ratings = []
    for change, key, own in natures:
        nature = judge.least(change, key, own)
        factors = [told, judge.plausible(change, key, nature, own), *judge.against(change, key, nature)]
        value = 1.0
        for factor in factors:
            value *= factor.value
        if value and (more := _evidence(evidence(change, key))) is not None:
            factors.append(more)
            value += more.value
        ratings.append(Rating(change, key, round(min(_MOST, value), 4), tuple(factors), own))
    return tuple(ratings)


def confidence_of(ratings: Sequence[Rating]) -> float:
    """How sure a set of changes is: as its least sure one; 1.0 without changes."""
    return min((rating.value for rating in ratings), default=1.0)


def is_safe(ratings: Sequence[Rating], threshold: float = DEFAULT_THRESHOLD) -> Callable[[Change, str], bool]:
    """Which changes reach the threshold, as `apply` asks for them: the very changes that were rated.

    The fields of an added track go with the track.
    """
    safe = {(id(one.change), one.key): one for one in ratings if one.value >= threshold}
    return lambda change, key: (id(change), "" if change.kind is ChangeKind.ADDED else key) in safe


def value_confidence(source: Source) -> float:
    """How sure a value of this source is beside another source's."""
    return round(TRUST[source.kind].value * min(1.0, max(0.0, source.sure)), 4)


def critical_rows(content: Content, edited: Collection[int] = ()) -> Mapping[int, str]:
    """The rows that a list hardly ever loses, and why."""
    rows = dict.fromkeys(sorted(edited), "you have edited it")
    for n, track in enumerate(content.tracks):
        if _EDGE.search(full_title(track)[:500]):
            rows.setdefault(n, "it is an intro or outro")
    if content.tracks:
        rows.setdefault(len(content.tracks) - 1, "it is the last track")
        rows.setdefault(0, "it is the first track")
    return rows


def _evidence(seen: Seen) -> Factor | None:
    if seen.times < 2 or seen.seconds < HOUR:
        return None
    value = SEEN_LONG if seen.times > 2 or seen.seconds >= DAY else SEEN_AGAIN
    return Factor("evidence", value, f"seen {seen.times} times, for {_age(seen.seconds)}")


def _age(seconds: int) -> str:
    count, unit = (seconds // DAY, "day") if seconds >= DAY else (seconds // HOUR, "hour")
    return f"{count} {unit}{'s' if count > 1 else ''}"


class _Judge:
    """What speaks for and against single changes, in the light of the whole."""

    def __init__(
        self,
        diff: Diff,
        before: Content,
        after: Content,
        critical: Mapping[int, str],
        natures: Sequence[tuple[Change, str, Nature]],
    ) -> None:
        self.after = after
        self.critical = critical
        self.moved = {change.after for change in diff.changes if change.kind is ChangeKind.MOVED}
        self.names: dict[int, list[Nature]] = {}
        lost = set()
        for change, key, nature in natures:
            if key in _NAME and change.after is not None:
                self.names.setdefault(change.after, []).append(nature)
            if nature in {Nature.REMOVED, Nature.REPLACED}:
                lost.add(change.before)
        count = len(before.tracks)
        self.is_much = 0 < count == len(lost) or (len(lost) > 1 and len(lost) >= _MUCH_SHARE * count)
        self.lost = f"{len(lost)} of {count} tracks are gone or replaced at once"
        self.starts = tuple(start_of(track) for track in after.tracks)
        self.bounds = _bounds(self.starts) if is_rising(before.tracks) else None
        last = max((start_of(track) or 0 for track in before.tracks), default=0)
        duration = start_of({"start": after.fields.get("duration", "")})
        self.end = duration if duration is not None and duration >= last else None

    def least(self, change: Change, key: str, nature: Nature) -> Nature:
        """The nature that decides: a track's name goes with its name's least plausible part, a start with its move."""
        natures = [nature]
        if key in _RECORDING and change.after is not None:
            natures += self.names.get(change.after, ())
        if key in {"start", "end"} and change.after in self.moved:
            natures.append(Nature.MOVED)
        return min(natures, key=lambda one: PLAUSIBLE[one].value)

    def plausible(self, change: Change, key: str, nature: Nature, own: Nature) -> Factor:
        """The factor of the change's nature."""
        value, words = PLAUSIBLE[nature]
        if nature is not own:
            goes = "goes with the move" if nature is Nature.MOVED else "goes with the name"
            return Factor("change", value, f"{goes}: {words}")
        return Factor("change", value, words.format(by=_by(change, key)))

    def against(self, change: Change, key: str, nature: Nature) -> list[Factor]:
        """What speaks against this one."""
        found = []
        is_loss = nature in {Nature.REMOVED, Nature.REPLACED}
        if is_loss and self.is_much:
            found.append(Factor("much", _MUCH, self.lost))
        if is_loss and change.before is not None and change.before in self.critical:
            found.append(Factor("critical", _CRITICAL, self.critical[change.before]))
        if (key == "start" or nature is Nature.ADDED) and self.is_astray(change.after):
            found.append(
                Factor("place", _ASTRAY, "its start does not fit its neighbours or the set's length")
            )
        if nature is Nature.SHIFTED and self.end is not None and any(map(self.is_late, change.rows)):
            found.append(Factor("place", _ASTRAY, "starts behind the set's end"))
        if nature in {Nature.ADDED, Nature.NAMED} and self.stands_twice(change.after):
            found.append(Factor("twice", _TWICE, "the same track stands right beside it"))
        values = change.fields.values() if nature is Nature.ADDED else filter(None, [change.fields.get(key)])
        if any(is_odd(new) and not is_odd(old) for old, new in values):
            found.append(Factor("text", _ODD, "looks like a web address, markup, or wrong letters"))
        return found

    def is_late(self, row: int) -> bool:
        start = self.starts[row]
        return self.end is not None and start is not None and start > self.end

    def is_astray(self, row: int | None) -> bool:
        """Whether a start is behind the end, or not between its neighbours' in a list whose starts rise."""
        if row is None or (start := self.starts[row]) is None:
            return False
        above, below = self.bounds[row] if self.bounds else (start, start)
        return self.is_late(row) or not above <= start <= below

    def stands_twice(self, row: int | None) -> bool:
        if row is None or "" in (names := names_of(self.after.tracks[row])):
            return False
        beside = range(max(0, row - BESIDE), min(len(self.after.tracks), row + BESIDE + 1))
        return any(n != row and names_of(self.after.tracks[n]) == names for n in beside)


def _by(change: Change, key: str) -> str:
    """By how much a start or all of them moved: `12 s`, `1:30`."""
    shift = change.shift
    if key in change.fields:
        old, new = (start_of({"start": value}) if value else None for value in change.fields[key])
        shift = 0 if old is None or new is None else new - old
    shift = abs(shift)
    return f"{shift / 1000:g} s" if shift < 60_000 else render_time(shift)


def _bounds(starts: Sequence[int | None]) -> list[tuple[int, int]]:
    """For each row the next start above it and the next one below it."""
    above: list[int] = [0]
    below: list[int] = [MAX_TIME]
    for start in starts:
        above.append(above[-1] if start is None else start)
    for start in reversed(starts):
        below.append(below[-1] if start is None else start)
    return list(zip(above, below[-2::-1], strict=False))


def is_rising(tracks: Sequence[Mapping[str, Value]]) -> bool:
    """Whether no start goes back; where each deck has its own clock they do."""
    starts = [start for track in tracks if (start := start_of(track)) is not None]
    return starts == sorted(starts)


def is_odd(value: Value | None) -> bool:
    """Whether a text is none that people write into a tracklist's names: an address, markup, wrong letters."""
    text = text_of(value)[:2000]
    return bool(_ODD_TEXT.search(text)) and not text.startswith(
        ("https://www.1001tracklists.com/", "https://1001.tl/")
    )
