"""What kind of edit a change is: a name found, a spelling, another version, a loss.

`confidence` says how plausible each kind is, the guards count them. Nothing here knows a figure of either.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Final

from tlgit.merge.diff import ChangeKind
from tlgit.merge.names import normal_name, similarity, start_of, text_of
from tlgit.tracklist.fields import LIST_FIELDS, TRACK_FIELDS, UNKNOWN, Kind
from tlgit.tracklist.time import TimeFormatError, parse_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tlgit.merge.diff import Change, Content, Diff
    from tlgit.tracklist.fields import Value

    Track = Mapping[str, Value]

NEAR: Final = 5_000
"""Starts this close (ms) are one moment, told by two ears."""
CORRECTED: Final = 15_000
"""A start that was set by ear is wrong by so much (ms), now and then."""
FAR: Final = 30_000
"""Beyond this (ms) a start is another moment of the set."""
BESIDE: Final = 2
"""So many rows above and below count as beside a row."""


class Nature(Enum):
    """What kind of edit it is."""

    FILLED = "filled"
    """A value where none was."""
    NAMED = "named"
    """`ID` became a name."""
    SPELLED = "spelled"
    """The same name, written otherwise."""
    MORE = "more"
    """All that stood there, and more: a further artist, label, genre, part of a mashup."""
    FEWER = "fewer"
    """A part of what stood there, and nothing else."""
    MIX_ADDED = "mix_added"
    """The same title, now with its version in parentheses."""
    MIX_CHANGED = "mix_changed"
    MIX_LOST = "mix_lost"
    TYPO = "typo"
    """A few letters of a longer name, and no digit."""
    PARTLY = "partly"
    """Some of the artists stayed, others were replaced."""
    REWORDED = "reworded"
    """Alike, but more than a typo."""
    RENAMED = "renamed"
    """Another artist or another title."""
    REPLACED = "replaced"
    """Another artist and another title: another track."""
    UNNAMED = "unnamed"
    """A name became `ID`."""
    CLEARED = "cleared"
    """A value was taken away."""
    CHANGED = "changed"
    """One value of many that nobody can compare: a label, a header line, a key."""
    RETIMED_NEAR = "retimed_near"
    RETIMED_CORRECTED = "retimed_corrected"
    RETIMED_FAR = "retimed_far"
    RETIMED_ELSEWHERE = "retimed_elsewhere"
    SHIFTED = "shifted"
    """All starts by one time."""
    ADDED = "added"
    MOVED = "moved"
    REMOVED = "removed"
    JOINED = "joined"
    """A row is gone whose track still stands beside its place: a duplicate, or a part of a mashup now."""


_WHOLE: Final = {
    ChangeKind.ADDED: Nature.ADDED,
    ChangeKind.MOVED: Nature.MOVED,
    ChangeKind.SHIFTED: Nature.SHIFTED,
}
_CREDIT: Final = re.compile(
    r" ?(?:[,/&]| (?:and|x|vs\.?|ft\.?|feat\.?|featuring|with|pres\.?) ) ?", re.IGNORECASE
)
_PART: Final = re.compile(r" vs\.? ", re.IGNORECASE)
_COUNTRY: Final = re.compile(r" ?\([A-Z]{2,3}\)")
_ALIKE: Final = 0.6
_ID: Final = normal_name(UNKNOWN)


def natures_of(diff: Diff, before: Content, after: Content) -> tuple[tuple[Change, str, Nature], ...]:
    """The nature of every change, field by field; the key is "" where a track (or the shift) is one change."""
    found: list[tuple[Change, str, Nature]] = []
    staying: frozenset[int] | None = None
    for change in diff.changes:
        if change.kind in _WHOLE:
            found.append((change, "", _WHOLE[change.kind]))
        elif change.kind is ChangeKind.REMOVED:
            staying = _staying(diff, before, after) if staying is None else staying
            found.append((change, "", Nature.JOINED if change.before in staying else Nature.REMOVED))
        elif change.before is None or change.after is None:
            found += ((change, key, _list_nature(key, *values)) for key, values in change.fields.items())
        else:
            natures = _track_natures(change, before.tracks[change.before], after.tracks[change.after])
            found += ((change, key, nature) for key, nature in natures.items())
    return tuple(found)


def _list_nature(key: str, old: Value | None, new: Value | None) -> Nature:
    return _nature(LIST_FIELDS.get(key), key, old, new)


def _track_natures(change: Change, before: Track, after: Track) -> dict[str, Nature]:
    natures = {key: _nature(TRACK_FIELDS.get(key), key, *values) for key, values in change.fields.items()}
    # The version stands in the title or apart from it; what it says is one thing.
    titled = [key for key in ("title", "remix") if key in natures]
    old, new = full_title(before), full_title(after)
    if titled and old and new:
        title = _title(old, new)
        natures |= dict.fromkeys(titled, title)
    if natures.get("artist") is Nature.RENAMED and natures.get("title") is Nature.RENAMED:
        natures |= dict.fromkeys(("artist", *titled), Nature.REPLACED)
    return natures


def _nature(kind: Kind | None, key: str, old: Value | None, new: Value | None) -> Nature:
    if not old:
        return Nature.FILLED
    if kind is Kind.FLAG or key == "section":
        return Nature.CHANGED
    if not new:
        return Nature.SPELLED if old == UNKNOWN else Nature.CLEARED
    if isinstance(old, str) and isinstance(new, str):
        return _text(kind, key, old, new)
    if isinstance(old, tuple) and isinstance(new, tuple):
        if kind is Kind.ORDERED:
            return _parts(old, new)
        return _sets({str(value) for value in old}, {str(value) for value in new}) or Nature.CHANGED
    return Nature.CHANGED


def _text(kind: Kind | None, key: str, old: str, new: str) -> Nature:
    if key in {"start", "end"}:
        return _time(old, new)
    if key == "artist":
        return _artist(old, new)
    if key == "title":
        return _title(old, new)
    if kind is Kind.DATE:
        if new.startswith(old):
            return Nature.MORE
        return Nature.FEWER if old.startswith(new) else Nature.REWORDED
    if key == "label":
        return _labels(old, new)
    if key in {"event", "venue", "source"}:
        return _words(old, new)
    return Nature.SPELLED if normal_name(old) == normal_name(new) != "" else Nature.CHANGED


def _time(old: str, new: str) -> Nature:
    try:
        apart = abs(parse_time(old) - parse_time(new))
    except TimeFormatError:
        return Nature.CHANGED
    if apart <= NEAR:
        return Nature.RETIMED_NEAR
    if apart <= CORRECTED:
        return Nature.RETIMED_CORRECTED
    return Nature.RETIMED_FAR if apart <= FAR else Nature.RETIMED_ELSEWHERE


def artists_in(text: str) -> frozenset[str]:
    """The artists (or labels) that a text names, as it writes them."""
    return frozenset(filter(None, _CREDIT.split(_COUNTRY.sub("", _spaced(text)))))


def credits_of(text: str) -> frozenset[str]:
    """The artists (or labels) that a text names, in normal form."""
    return frozenset(filter(None, map(normal_name, artists_in(text))))


def full_title(track: Track) -> str:
    """Title and version in one text."""
    title, remix = text_of(track.get("title")), text_of(track.get("remix"))
    return f"{title} ({remix})" if remix and title else title


def _spaced(text: str) -> str:
    return " ".join(text.split())[:500]


def _artist(old: str, new: str) -> Nature:
    before, after = credits_of(old), credits_of(new)
    if _ID in before and _ID not in after:
        return Nature.NAMED if before - {_ID} <= after else Nature.RENAMED
    if _ID in after and _ID not in before:
        return Nature.UNNAMED
    found = _sets(before, after)
    if found or is_typo(old, new):
        return found or Nature.TYPO
    return Nature.PARTLY if before & after else _words(old, new)


def _labels(old: str, new: str) -> Nature:
    return _sets(credits_of(old), credits_of(new)) or (Nature.TYPO if is_typo(old, new) else Nature.CHANGED)


def _sets(before: frozenset[str] | set[str], after: frozenset[str] | set[str]) -> Nature | None:
    """How one set became another, when one of them holds the other."""
    if not before or not after:
        return None
    if before == after:
        return Nature.SPELLED
    if before < after:
        return Nature.MORE
    return Nature.FEWER if after < before else None


def _parts(old: Sequence[Value], new: Sequence[Value]) -> Nature:
    before, after = ({_part(value) for value in side} for side in (old, new))
    kept = len(before & after)
    return _sets(before, after) or (Nature.CHANGED if 2 * kept >= len(before) else Nature.RENAMED)


def _part(value: Value) -> str:
    fields = value if not isinstance(value, str | tuple) else {"title": value}
    return " - ".join(normal_name(text_of(fields.get(key))) for key in ("artist", "title"))


def _title(old: str, new: str) -> Nature:
    old, new = _spaced(old), _spaced(new)
    before, after = _split_title(old), _split_title(new)
    if _ID in {before[0], after[0]} and before[0] != after[0]:
        return Nature.NAMED if before[0] == _ID else Nature.UNNAMED
    if before[0] == after[0] != "":
        return _mixes(before[1], after[1])
    for name in (lambda part: _split_title(part)[0], normal_name):
        parts = [frozenset(map(name, _PART.split(text))) for text in (old, new)]
        found = _sets(*parts) if max(map(len, parts)) > 1 else None
        if found in {Nature.MORE, Nature.FEWER}:
            return found
    return _words(old, new)


def _split_title(text: str) -> tuple[str, frozenset[str]]:
    """A title's normal form without what stands in brackets, and that; a title that is all bracket is one."""
    base: list[str] = []
    mixes: list[str] = []
    depth = start = 0
    for n, letter in enumerate(text):
        if letter in "([":
            if not depth:
                base.append(text[start:n])
                start = n + 1
            depth += 1
        elif letter in ")]" and depth:
            depth -= 1
            if not depth:
                mixes.append(text[start:n])
                start = n + 1
    name = normal_name(" ".join([*base, text[start:]]))
    if depth or not name:
        return normal_name(text), frozenset()
    return name, frozenset(filter(None, map(normal_name, mixes)))


def _mixes(before: frozenset[str], after: frozenset[str]) -> Nature:
    if before == after:
        return Nature.SPELLED
    unknown = [any(_ID in mix.split() for mix in side) for side in (before, after)]
    if unknown[0] != unknown[1] and (after if unknown[0] else before):
        return Nature.NAMED if unknown[0] else Nature.UNNAMED
    if before < after:
        return Nature.MIX_ADDED
    return Nature.MIX_LOST if after < before else Nature.MIX_CHANGED


def _words(old: str, new: str) -> Nature:
    before, after = normal_name(old), normal_name(new)
    if before == after:
        # Only signs differ, or letters that have no normal form.
        return Nature.SPELLED if before or old.casefold() == new.casefold() else Nature.RENAMED
    if is_typo(old, new):
        return Nature.TYPO
    words, now = set(before.split()), set(after.split())
    if (words and words < now) or similarity(before, after) >= _ALIKE:
        return Nature.REWORDED
    return Nature.RENAMED


def is_typo(old: str, new: str) -> bool:
    """Whether two names differ by a few letters only; other digits are another number, not a typo."""
    first, second = normal_name(old), normal_name(new)
    length = min(len(first), len(second))
    limit = 0 if length < 5 else 1 if length < 8 else 2 if length < 24 else 3
    if abs(len(first) - len(second)) > limit or re.findall(r"\d+", first) != re.findall(r"\d+", second):
        return False
    # Loaded here: most changes are no typos, and the import costs milliseconds.
    from rapidfuzz.distance import OSA  # noqa: PLC0415

    return OSA.distance(first, second, score_cutoff=limit) <= limit


def names_of(track: Track) -> tuple[str, str]:
    """Artist and full title in normal form; empty for what nobody knows."""
    names = (normal_name(text_of(track.get("artist"))), normal_name(full_title(track)))
    return names[0] if names[0] != _ID else "", names[1] if names[1] != _ID else ""


def _staying(diff: Diff, before: Content, after: Content) -> frozenset[int]:
    """The rows of `before` that are gone while their track stands beside their place, alone or in a mashup."""
    paired = {i: j for i, j in diff.order if i is not None}
    staying = set()
    for i, track in enumerate(before.tracks):
        if i in paired:
            continue
        beside = range(max(0, i - BESIDE), min(len(before.tracks), i + BESIDE + 1))
        rows = {paired[n] for n in beside if n in paired}
        if any(_holds(after.tracks[j], track) for j in rows):
            staying.add(i)
    return frozenset(staying)


def _holds(track: Track, other: Track) -> bool:
    """Whether a row names all that another one named; the same track minutes later is played again."""
    if "" in names_of(other):
        return False
    if names_of(track) == names_of(other):
        starts = start_of(track), start_of(other)
        return starts[0] is None or starts[1] is None or abs(starts[0] - starts[1]) <= FAR
    parts = [frozenset(map(normal_name, _PART.split(full_title(one)))) for one in (track, other)]
    artists = [credits_of(text_of(one.get("artist"))) for one in (track, other)]
    return parts[1] <= parts[0] and artists[1] <= artists[0]
