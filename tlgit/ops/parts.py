"""The parts of an update that can be taken or left one by one, and which of them a conflict is about.

A part is one field of the list or of a track, or a whole track that came, went or moved. A shift of all starts is one
part, except for the starts that somebody has to decide singly.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from tlgit.merge.align import align, rows_of
from tlgit.merge.apply import apply
from tlgit.merge.diff import ChangeKind, Content, content_of, diff
from tlgit.merge.names import text_of, track_name
from tlgit.merge.nature import BESIDE, Nature, natures_of
from tlgit.tracklist.fields import LIST_FIELDS, TRACK_FIELDS, Kind
from tlgit.tracklist.schema import parse_reading
from tlgit.tracklist.text import parse_document
from tlgit.tracklist.write import render_scalar, render_tracklist, render_value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from tlgit.merge.decision import Decision
    from tlgit.merge.diff import Change, Diff
    from tlgit.tracklist.fields import Value
    from tlgit.tracklist.model import Tracklist
    from tlgit.tracklist.text import Document

    Track = Mapping[str, Value]

_NAME = frozenset({"artist", "title", "remix", "parts"})
_PLACE = frozenset({"start", "end"})


class Part(NamedTuple):
    """One part: the number of its change, and what of it."""

    change: int
    key: str = ""
    """The field; empty for a whole track, or a shift."""
    row: int | None = None
    """The track's place after, for one start of a shift."""


@dataclass(frozen=True)
class Version:
    """A typed list with its text and values, made when they are asked for."""

    tracklist: Tracklist

    @classmethod
    def read(cls, data: bytes) -> Version:
        """Read what tlgit has written; raises TracklistSyntaxError."""
        # Not `parse_tracklist`: a title about which nothing is decided yet is left out on `upstream`.
        reading = parse_reading(data)
        version = cls(reading.tracklist)
        version.__dict__.update(text=data.decode(), document=reading.document)
        return version

    @cached_property
    def text(self) -> str:
        """The file."""
        return render_tracklist(self.tracklist)

    @cached_property
    def document(self) -> Document:
        """The file's pieces."""
        return parse_document(self.text)

    @cached_property
    def content(self) -> Content:
        """The values as they are written."""
        return content_of(self.document)


@dataclass(frozen=True, kw_only=True)
class Update:
    """What a source said before and what it says now, with the changes between."""

    before: Content | None
    said: Content
    diff: Diff = field(init=False)

    def __post_init__(self) -> None:
        """Compare the two."""
        object.__setattr__(self, "diff", diff(self.before, self.said))

    @classmethod
    def of(cls, before: Version | None, said: Version) -> Update:
        """From two versions, as `upstream` holds them."""
        return cls(before=None if before is None else before.content, said=said.content)

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes, as the parts number them."""
        return self.diff.changes

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """All parts, in the order of the changes."""
        return tuple(part for n, change in enumerate(self.changes) for part in _parts_of(n, change))

    @cached_property
    def by_row(self) -> Mapping[int, tuple[Part, ...]]:
        """The parts of each track, by its place after; a shift is none of them."""
        return self._by("after")

    @cached_property
    def by_old_row(self) -> Mapping[int, tuple[Part, ...]]:
        """The same by the place before."""
        return self._by("before")

    def _by(self, side: str) -> Mapping[int, tuple[Part, ...]]:
        found: dict[int, list[Part]] = defaultdict(list)
        for part in self.parts:
            place = getattr(self.changes[part.change], side)
            if place is not None:
                found[place].append(part)
        return {place: tuple(parts) for place, parts in found.items()}

    @cached_property
    def shift(self) -> int | None:
        """The number of the change that shifts all starts."""
        return next((n for n, one in enumerate(self.changes) if one.kind is ChangeKind.SHIFTED), None)

    @cached_property
    def marks(self) -> frozenset[str]:
        """What the source wants, part by part, in words that stay the same wherever the tracks are."""
        return frozenset(map(self.mark, self.parts))

    def mark(self, part: Part) -> str:
        """The question that a part asks: which track, which field, which new value."""
        change = self.changes[part.change]
        if part.row is not None:
            back = {after: before for before, after in self.diff.order}
            return self._mark(ChangeKind.CHANGED, back[part.row], part.row, "start", self.new_value(part))
        value = self.new_value(part)
        if change.kind is ChangeKind.MOVED and change.after:
            value = self._identity(None, change.after - 1)
        if change.kind is ChangeKind.SHIFTED:
            value = str(change.shift)
        return self._mark(change.kind, change.before, change.after, part.key, value)

    def _mark(
        self, kind: ChangeKind, before: int | None, after: int | None, key: str, value: Value | None
    ) -> str:
        is_field = kind in {ChangeKind.CHANGED, ChangeKind.NAMED}
        what = "field" if is_field else kind.value
        return "\0".join((what, self._identity(before, after), key, canonical(value)))

    def _identity(self, before: int | None, after: int | None) -> str:
        if before is None and after is None:
            return ""
        if before is not None and self.before is not None:
            track = self.before.tracks[before]
        else:
            track = self.said.tracks[after or 0]
        return text_of(track.get("ref")) or track_name(track)

    def new_value(self, part: Part) -> Value | None:
        """What a part would put in place: a field's value, or the whole track."""
        change = self.changes[part.change]
        if part.row is not None:
            return self.said.tracks[part.row].get("start")
        if part.key:
            return change.fields[part.key][1]
        return None if change.after is None else self.said.tracks[change.after]

    def old_value(self, part: Part) -> Value | None:
        """What `upstream` holds in its place."""
        change, before = self.changes[part.change], self.before
        if part.row is not None:
            back = {after: place for place, after in self.diff.order}
            place = back[part.row]
            return None if before is None or place is None else before.tracks[place].get("start")
        if part.key:
            return change.fields[part.key][0]
        return None if before is None or change.before is None else before.tracks[change.before]

    def kind(self, part: Part) -> ChangeKind:
        """What happens in a part."""
        return self.changes[part.change].kind

    def take(self, out: Collection[Part], values: Mapping[Part, Value | None] | None = None) -> Content:
        """What the source said before, with all changes but these parts; `values` replace what it says."""
        numbers = {id(change): n for n, change in enumerate(self.changes)}

        def wanted(change: Change, key: str) -> bool:
            part = Part(numbers[id(change)], key)
            return part not in out and (not key or part._replace(key="") not in out)

        applied = apply(self.diff, self.before, wanted)
        tracks = [dict(track) for track in applied.content.tracks]
        places = {after: n for n, (_, after) in enumerate(applied.rows) if after is not None}
        fields = dict(applied.content.fields)
        self._take_starts(tracks, places, out)
        for part, value in (values or {}).items():
            change = self.changes[part.change]
            place = part.row if part.row is not None else change.after
            if place is None:
                _put(fields, part.key, value)
            elif place in places:
                _put(tracks[places[place]], part.key, value)
        return Content(fields=fields, tracks=tuple(tracks))

    def _take_starts(
        self, tracks: Sequence[dict[str, Value]], places: Mapping[int, int], out: Collection[Part]
    ) -> None:
        """Set back the single starts of a shift that are out."""
        back = {after: before for before, after in self.diff.order}
        for part in out:
            before = None if part.row is None else back[part.row]
            if part.row is not None and before is not None and self.before is not None:
                _put(tracks[places[part.row]], "start", self.before.tracks[before].get("start"))

    def find(self, conflict: Decision, rows: Mapping[int, int]) -> tuple[Part, ...]:
        """The parts that a conflict with the user's version is about; none where it cannot be told.

        `rows` are the places before of the rows of the merge base.
        """
        slot = conflict.slot
        if slot is None:
            wanted = (part for part in self.parts if self.kind(part) is ChangeKind.LIST)
            return tuple(part for part in wanted if part.key == conflict.key)
        if slot.theirs is None:
            row = None if slot.base is None else rows.get(slot.base)
            return () if row is None else self.by_old_row.get(row, ())
        parts = self.by_row.get(slot.theirs, ())
        if conflict.reason in {"moved", "unsure"}:
            places = {ChangeKind.MOVED, ChangeKind.ADDED}
            return tuple(p for p in parts if self.kind(p) in places) or self.of_kinds(ChangeKind.MOVED)
        shifted = self._shifted(slot.theirs) if conflict.key in {"start", ""} else ()
        if not conflict.key:
            return (*parts, *shifted)
        added = (part._replace(key=conflict.key) for part in parts if self.kind(part) is ChangeKind.ADDED)
        return (*(part for part in parts if part.key == conflict.key), *added, *shifted)

    def _shifted(self, row: int) -> tuple[Part, ...]:
        if self.shift is None or row not in self.changes[self.shift].rows:
            return ()
        return (Part(self.shift, "start", row),)

    def of_kinds(self, *kinds: ChangeKind) -> tuple[Part, ...]:
        """The parts of these kinds."""
        return tuple(part for part in self.parts if self.kind(part) in kinds)

    def together(self, out: Collection[Part]) -> frozenset[Part]:
        """These parts, and those that make no sense without them: rows played together, a move and its start."""
        found = set(out)
        while True:
            size = len(found)
            for part, other in self._bonds:
                if part in found:
                    found.add(other)
            if len(found) == size:
                return frozenset(found)

    @cached_property
    def _bonds(self) -> tuple[tuple[Part, Part], ...]:
        """Pairs of parts: when the first stays out, the second does."""
        return (*self._played_together(), *self._moves(), *self._joins())

    def _played_together(self) -> Iterator[tuple[Part, Part]]:
        """A track that is played with another one comes after it, goes before it, and moves as it does."""
        for side, parts in ((self.said, self.by_row), (self.before, self.by_old_row)):
            for host, row in _played_with(() if side is None else side.tracks):
                for part in parts.get(host, ()):
                    for other in parts.get(row, ()):
                        yield from self._bond(part, other)

    def _bond(self, host: Part, other: Part) -> Iterator[tuple[Part, Part]]:
        kind, second = self.kind(host), self.kind(other)
        if kind is ChangeKind.ADDED and (second is kind or other.key == "with"):
            yield host, other
        if kind is ChangeKind.REMOVED and (second is kind or other.key == "with"):
            yield other, host
        if kind is ChangeKind.MOVED and second is kind:
            yield from ((host, other), (other, host))

    def _moves(self) -> Iterator[tuple[Part, Part]]:
        """A track that moves has its start and end of there."""
        for move in self.of_kinds(ChangeKind.MOVED):
            for part in self.by_row[self.changes[move.change].after or 0]:
                if part.key in _PLACE:
                    yield from ((move, part), (part, move))

    def _joins(self) -> Iterator[tuple[Part, Part]]:
        """A row whose track went into another one beside it goes only when that one has it."""
        if self.before is None or not self.of_kinds(ChangeKind.REMOVED):
            return
        numbers = {id(change): n for n, change in enumerate(self.changes)}
        for change, _, nature in natures_of(self.diff, self.before, self.said):
            if nature is not Nature.JOINED or change.before is None:
                continue
            for row in range(change.before - BESIDE, change.before + BESIDE + 1):
                for part in self.by_old_row.get(row, ()):
                    if part.key in _NAME:
                        yield part, Part(numbers[id(change)])


def canonical(value: Value | None) -> str:
    """A value as text that is the same for the same value."""
    if value is None or isinstance(value, str):
        return repr(value)
    if isinstance(value, tuple):
        return f"({','.join(map(canonical, value))})"
    return "{" + ",".join(f"{key!r}:{canonical(value[key])}" for key in sorted(value)) + "}"


def _parts_of(number: int, change: Change) -> Iterable[Part]:
    if change.kind in {ChangeKind.LIST, ChangeKind.CHANGED, ChangeKind.NAMED}:
        return (Part(number, key) for key in change.fields)
    return (Part(number),)


def _played_with(tracks: Sequence[Track]) -> Iterator[tuple[int, int]]:
    """Pairs of places: a track, and one that is played with it."""
    host: int | None = None
    for n, track in enumerate(tracks):
        if str(track.get("with", "")).lower() != "true":
            host = n
        elif host is not None:
            yield host, n


def _put(fields: dict[str, Value], key: str, value: Value | None) -> None:
    if value is None:
        fields.pop(key, None)
    else:
        fields[key] = value


def type_content(content: Content) -> Tracklist:
    """The typed list of values that stand in typed lists."""
    lines = [_line(key, value, LIST_FIELDS, "") for key, value in content.fields.items()]
    lines.append("tracks:" if content.tracks else "tracks: []")
    for track in content.tracks:
        fields = [_line(key, value, TRACK_FIELDS, "    ") for key, value in track.items()]
        fields = fields or ["    title: ID"]
        lines += ["  - " + fields[0].lstrip(" "), *fields[1:]]
    return parse_reading("\n".join(lines) + "\n").tracklist


def _line(key: str, value: Value, kinds: Mapping[str, Kind], indent: str) -> str:
    return f"{indent}{render_scalar(key)}: {render_value(value, kinds.get(key, Kind.TEXT))}"


def rows_between(first: str | None, second: Content | None) -> Mapping[int, int]:
    """Which row of a text became which row of a list."""
    if not first or second is None:
        return {}
    items = parse_document(first).items
    return align(rows_of(item.value for item in items), rows_of(second.tracks))
