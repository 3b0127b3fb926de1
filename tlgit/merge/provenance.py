"""When a side last changed a field, and by which source: followed back through the versions of a list.

A value is followed like a line in `git blame`: from the newest version to an older one that has it already, row by row
with `align`, until no older version has it. Where several older versions have it (a merge), the first of them counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tlgit.merge import confidence
from tlgit.merge.align import align, rows_of
from tlgit.merge.policy import Origin
from tlgit.merge.values import is_same
from tlgit.tracklist.fields import LIST_FIELDS, TRACK_FIELDS
from tlgit.tracklist.syntax import TracklistSyntaxError
from tlgit.tracklist.text import parse_document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tlgit.tracklist.fields import Value
    from tlgit.tracklist.text import Document

HAND: Final = "manual"
"""The source of edits by hand, and of every commit that does not name another one."""
PAGES: Final = "1001tracklists"
"""The source of pages and of text exports; the road tells which."""


class Stamp(NamedTuple):
    """When a version was made, and what its commit says about its source."""

    time: int
    """Seconds since 1970."""
    trailers: Mapping[str, str]
    """The trailers `Tlgit-…` of its commit."""


def origin_of(stamp: Stamp) -> Origin:
    """Where a value that this version set comes from."""
    return Origin(stamp.time, value_confidence(stamp.trailers))


def value_confidence(trailers: Mapping[str, str]) -> float | None:
    """How sure the source of a commit is of a value, by its trailers; None when it does not say."""
    named = trailers.get("Tlgit-Source", HAND)
    if named == HAND:
        return confidence.value_confidence(confidence.HAND)
    if named == PAGES:
        is_export = trailers.get("Tlgit-Road") == "export"
        return confidence.value_confidence(confidence.EXPORT if is_export else confidence.PAGE)
    try:
        figure = float(trailers.get("Tlgit-Confidence", ""))
    except ValueError:
        return None
    if not 0 <= figure <= 1:  # neither "nan" nor what nobody can be sure of
        return None
    return confidence.value_confidence(confidence.Source(confidence.SourceKind.DETECTION, figure))


class Past:
    """The versions of one list, numbered from 0, the newest; read as far back as somebody asks."""

    def __init__(self, parents: Callable[[int], Sequence[int]], read: Callable[[int], bytes | None]) -> None:
        """`parents` gives the versions right before one, `read` its bytes, None where the list is not there."""
        self._parents = parents
        self._read = read
        self._documents: dict[int, Document | None] = {}
        self._back: dict[tuple[int, int], Mapping[int, int]] = {}

    def last_set(self, row: int | None, key: str) -> int | None:
        """The number of the version that set a field: of track `row` in version 0, or of the list (None).

        The key "" is the whole track. None when version 0 cannot be read or has no such track.
        """
        document = self._document(0)
        if document is None or (row is not None and row >= len(document.items)):
            return None
        at = 0
        while (older := self._older(at, row, key)) is not None:
            at, row = older
        return at

    def _older(self, at: int, row: int | None, key: str) -> tuple[int, int | None] | None:
        """An older version that has the same value already, and the track's row there."""
        kind = (LIST_FIELDS if row is None else TRACK_FIELDS).get(key)
        value = self._value(at, row, key)
        for parent in self._readable(at):
            there = row if row is None else self._rows(parent, at).get(row)
            if (row is None or there is not None) and is_same(kind, self._value(parent, there, key), value):
                return parent, there
        return None

    def _readable(self, at: int) -> Sequence[int]:
        """The versions right before one; in place of one that cannot be read those before it."""
        found: list[int] = []
        queue = list(self._parents(at))
        seen = set(queue)
        while queue:
            parent = queue.pop(0)
            if self._document(parent) is not None:
                found.append(parent)
            elif self._read(parent) is not None:
                more = [one for one in self._parents(parent) if one not in seen]
                seen.update(more)
                queue = more + queue
        return found

    def _document(self, at: int) -> Document | None:
        if at not in self._documents:
            data = self._read(at)
            try:
                self._documents[at] = None if data is None else parse_document(data)
            except TracklistSyntaxError:
                # A version that somebody committed broken: what stood in it is told by those around it.
                self._documents[at] = None
        return self._documents[at]

    def _value(self, at: int, row: int | None, key: str) -> Value | None:
        document = self._document(at)
        assert document is not None  # noqa: S101 - only versions that can be read are looked at
        if row is None:
            return document.value.get(key)
        value = document.items[row].value
        return value.get(key) if key else value

    def _rows(self, older: int, newer: int) -> Mapping[int, int]:
        """The rows of the newer version by number, each with its row in the older one."""
        if (older, newer) not in self._back:
            before, after = (self._values(number) for number in (older, newer))
            if before == after:
                self._back[older, newer] = {n: n for n in range(len(after))}
            else:
                self._back[older, newer] = {j: i for i, j in align(rows_of(before), rows_of(after)).items()}
        return self._back[older, newer]

    def _values(self, at: int) -> list[Mapping[str, Value]]:
        document = self._document(at)
        return [] if document is None else [item.value for item in document.items]
