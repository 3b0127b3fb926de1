"""What a merge that somebody else made has lost, doubled or invented.

git merges tracklists line by line where it does not know tlgit, and so do the buttons of hosting sites; people resolve
conflicts in a hurry. Here the one merge is computed once more and compared in meaning: layout says nothing, and where
the merge leaves a conflict, each of the three values is somebody's decision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tlgit.merge.comments import comments_of, missing_comments
from tlgit.merge.fields import Open, Settled, merge_fields
from tlgit.merge.finding import SIDES, FieldCheck, Finding, Weight, shown
from tlgit.merge.lineage import DifferentListsError, check_same_list
from tlgit.merge.names import start_of, track_name
from tlgit.merge.order import maybe_moved
from tlgit.merge.remarks import item_comments
from tlgit.merge.rows import Place
from tlgit.merge.trace import Expected, Trace, expected_tracks, trace
from tlgit.tracklist.fields import LIST_FIELDS, TRACK_FIELDS
from tlgit.tracklist.syntax import Position, TracklistSyntaxError
from tlgit.tracklist.text import Document, parse_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tlgit.tracklist.fields import Value
    from tlgit.tracklist.text import Entry, Item

APART: Final = 30_000
"""Starts (ms) so far apart may be two plays of one track: both sides' versions of it side by side, on purpose."""


def verify(base: str | None, ours: str | None, theirs: str | None, merged: str | None) -> tuple[Finding, ...]:
    """Compare a merged tracklist with the versions that it comes from; None is a list that is not there.

    Errors come first, each group in the order of the text. Nothing is raised: what cannot be read is a finding.
    """
    if (theirs in {ours, base} and merged == ours) or (ours == base and merged == theirs):
        return ()  # one side alone changed it
    found = tuple(_verify(base, ours, theirs, merged))
    return tuple(sorted(found, key=lambda finding: (finding.weight is not Weight.ERROR, _place(finding))))


def _place(finding: Finding) -> tuple[int, int]:
    return (finding.position.line, finding.position.column) if finding.position else (0, 0)


def _verify(base: str | None, ours: str | None, theirs: str | None, merged: str | None) -> Iterator[Finding]:
    if merged is None or ours is None or theirs is None:
        yield from _verify_file(base, ours, theirs, merged)
        return
    try:
        document = parse_document(merged)
    except TracklistSyntaxError as error:
        is_old = merged in {ours, theirs}
        yield Finding(
            weight=Weight.NOTE if is_old else Weight.ERROR,
            code="syntax",
            sentence=error.sentence + (", as on one side" if is_old else ""),
            position=error.position,
        )
        return
    sides: list[Document | None] = []
    for name, text in (("the base", base), ("ours", ours), ("theirs", theirs)):
        try:
            sides.append(parse_document(text) if text else None)
        except TracklistSyntaxError as error:
            line = error.position.line
            words = f"cannot be told: {name} cannot be read (line {line}: {error.sentence})"
            yield Finding(weight=Weight.NOTE, code="unreadable", sentence=words)
            return
    b, o, t = sides
    if o is None or t is None:
        yield Finding(weight=Weight.NOTE, code="unreadable", sentence="cannot be told: one side is empty")
        return
    try:
        check_same_list(b, o, t)
    except DifferentListsError as error:
        own = next((side for side in (o, t) if _is_same_list(side, document)), None)
        if own is None:
            yield Finding(weight=Weight.ERROR, code="list", sentence=error.message)
            return
        b = o = t = own
    yield from _Verifier(b, o, t, document).findings()


def _verify_file(
    base: str | None, ours: str | None, theirs: str | None, merged: str | None
) -> Iterator[Finding]:
    """The same for a list that is missing in the merge, or on a side."""
    there = {name: text for name, text in zip(SIDES, (ours, theirs), strict=True) if text is not None}
    if merged is None:
        if len(there) == 2:
            words = "the list is missing, although neither side deleted it"
            yield Finding(weight=Weight.ERROR, code="missing", sentence=words)
        for side, text in there.items() if len(there) == 1 else ():
            if base is None:
                words = f"the list is missing, although {side} added it"
                yield Finding(weight=Weight.ERROR, code="missing", sentence=words, side=side)
            elif not _is_same_text(base, text):
                words = f"the list is deleted, although {side} changed it"
                yield Finding(weight=Weight.NOTE, code="decided", sentence=words, side=side)
        return
    if not there:
        words = "both sides deleted this list, and it is back" if base else "neither side has this list"
        yield Finding(weight=Weight.ERROR, code="back" if base else "invented", sentence=words)
        return
    ((side, text),) = there.items()
    if base is not None and _is_same_text(base, text):
        words = f"the list is back, although {_other(side)} deleted it and {side} left it alone"
        yield Finding(weight=Weight.ERROR, code="back", sentence=words)
        return
    yield from _verify(text, text, text, merged)


def _other(side: str) -> str:
    return SIDES[side == SIDES[0]]


def _is_same_text(first: str, second: str) -> bool:
    """Whether two versions mean the same; of those that cannot be read, whether they are the same."""
    try:
        return first == second or not tuple(
            _Verifier(None, *(parse_document(text) for text in (first, first, second))).findings()
        )
    except TracklistSyntaxError:
        return False


def _is_same_list(first: Document, second: Document) -> bool:
    try:
        check_same_list(first, second)
    except DifferentListsError:
        return False
    return True


class _Verifier:
    """Compares one merged list, read, with its sides, read."""

    def __init__(self, base: Document | None, ours: Document, theirs: Document, merged: Document) -> None:
        self.documents = (base, ours, theirs)
        self.merged = merged
        self.expected = expected_tracks(base, ours, theirs)
        self.trace: Trace = trace(self.expected, [item.value for item in merged.items])
        self.decided: set[str] = set()
        """Comments that went, or may have gone, with what somebody decided."""

    def findings(self) -> Iterator[Finding]:
        yield from self.list_fields()
        for number, one in enumerate(self.expected):
            row = self.trace.found.get(number)
            if one.is_disputed:
                self.decided.update(text for item in one.items if item for text in item_comments(item))
            if row is None:
                yield from self.missing(one)
            elif one.place is None:
                yield self.back(one, row)
            else:
                yield from self.track(one, row)
        yield from self.more()
        yield from self.order()
        yield from self.comments()

    # Fields

    def list_fields(self) -> Iterator[Finding]:
        b, o, t = self.documents
        assert o is not None  # noqa: S101 - the sides are always there
        assert t is not None  # noqa: S101
        result = merge_fields(b.entries if b else None, o.entries, t.entries, LIST_FIELDS, "\n")
        wanted: dict[str, Value] = {}
        for field in result.fields:
            if isinstance(field, Settled):
                wanted[field.entry.key] = field.entry.value
            else:
                self.decide(field)
        is_open = result.open_keys
        values = [document.value if document else {} for document in self.documents]
        found = self.merged.value
        for key in dict.fromkeys(key for value in (*values, found) for key in value):
            place = self.merged.entry(key)
            position = self.merged.position(place.offset) if place else Position(1, 1)
            b_value, o_value, t_value = (value.get(key) for value in values)
            yield from FieldCheck(
                key=key,
                kind=LIST_FIELDS.get(key),
                owner="of the list",
                base=b_value,
                ours=o_value,
                theirs=t_value,
                wanted=wanted.get(key),
                is_open=key in is_open,
            ).check(found.get(key), position)

    def decide(self, field: Open) -> None:
        """Remember the comments at a field in conflict."""
        entries = [entry for entry in (field.ours, field.theirs) if entry is not None]
        self.decided.update(comment for entry in entries for comment in _comments_at(entry))

    def track(self, one: Expected, row: int) -> Iterator[Finding]:
        """The fields of a track that is there."""
        found = self.merged.items[row]
        values = [{} if item is None else item.value for item in one.items]
        for item in (item for item in one.items[1:] if item is not None and one.open):
            if any(other is not None and other.entries is None for other in one.items):
                self.decided.update(item_comments(item))  # in flow style the track is one conflict
            for entry in item.entries or ():
                if entry.key in one.open:
                    self.decided.update(_comments_at(entry))
        for key in dict.fromkeys(key for value in (*values, found.value) for key in value):
            b_value, o_value, t_value = (value.get(key) for value in values)
            yield from FieldCheck(
                key=key,
                kind=TRACK_FIELDS.get(key),
                owner=f"of {_named(found)}",
                base=b_value,
                ours=o_value,
                theirs=t_value,
                wanted=one.value.get(key),
                is_open=key in one.open,
            ).check(found.value.get(key), self.position(found, key))

    # Tracks

    def missing(self, one: Expected) -> Iterator[Finding]:
        """A track that is not there: deleted by somebody, decided so, or lost."""
        shown = one.ours or one.theirs
        if one.place is None or shown is None:
            return
        self.decided.update(text for item in one.items if item for text in item_comments(item))
        sides = [side for side, item in zip(SIDES, one.items[1:], strict=True) if item is not None]
        side = sides[0] if len(sides) == 1 else ""
        if side and one.base is not None:
            return  # deleted by one side and changed by the other: deleting it is one of the answers
        did = f"{side} added it" if side else "neither side deleted it"
        words = f"{_named(shown)} is missing, although {did}"
        weight = Weight.NOTE if one.is_disputed and side else Weight.ERROR
        yield Finding(weight=weight, code="missing", sentence=words, side=side)

    def back(self, one: Expected, row: int) -> Finding:
        """A deleted track that is there all the same."""
        item = self.merged.items[row]
        gone = [side for side, found in zip(SIDES, one.items[1:], strict=True) if found is None]
        who = (
            f"{gone[0]} deleted it and {_other(gone[0])} left it alone"
            if len(gone) == 1
            else "both deleted it"
        )
        words = f"{_named(item)} is back, although {who}"
        return Finding(weight=Weight.ERROR, code="back", sentence=words, position=self.position(item))

    def more(self) -> Iterator[Finding]:
        """Tracks that stand twice, or that nobody wrote."""
        for row, other in self.trace.doubles.items():
            item, first = self.merged.items[row], self.merged.items[other]
            line = self.position(first).line
            words = f"{_named(item)} stands twice, here and in line {line}, and on neither side"
            weight = Weight.NOTE if self.is_played_twice(row, other) else Weight.ERROR
            yield Finding(weight=weight, code="double", sentence=words, position=self.position(item))
        for row in self.trace.strangers:
            item = self.merged.items[row]
            words = f"{_named(item)} stands in none of the versions"
            yield Finding(weight=Weight.ERROR, code="invented", sentence=words, position=self.position(item))

    def is_played_twice(self, row: int, other: int) -> bool:
        """Whether two rows are ours' and theirs' version of one track, far apart: a conflict about its start."""
        found = {_start(self.merged.items[n]) for n in (row, other)}
        starts = [start for start in found if start is not None]
        if len(starts) != 2 or abs(starts[0] - starts[1]) <= APART:
            return False
        number = next((n for n, place in self.trace.found.items() if place == other), None)
        return number is not None and found == {
            _start(item) for item in self.expected[number].items[1:] if item is not None
        }

    def order(self) -> Iterator[Finding]:
        """Tracks that stand elsewhere than the merge of both orders puts them, each side's own tracks compared."""
        stray: dict[int, str] = {}
        for side, name in enumerate(SIDES, start=1):
            numbers = [
                n
                for n, one in enumerate(self.expected)
                if n in self.trace.found and one.items[side] is not None and one.place is Place.PLAIN
            ]
            moved = maybe_moved([self.trace.found[n] for n in numbers])
            for number in numbers:
                if self.trace.found[number] in moved:
                    stray[number] = "" if number in stray else name
        movers = [self.movers(side) for side in (1, 2)]
        for number in [n for n in stray if n in movers[0] | movers[1]] or list(stray):
            sides = [side for side, moved in zip(SIDES, movers, strict=True) if number in moved]
            who = sides[0] if len(sides) == 1 else stray[number]
            item = self.merged.items[self.trace.found[number]]
            # Where to put an insertion whose neighbours were moved is a matter of taste.
            is_free = self.expected[number].base is None and any(movers)
            yield Finding(
                weight=Weight.NOTE if is_free else Weight.ERROR,
                code="order",
                sentence=f"{_named(item)} does not stand where {who or 'the merge'} puts it",
                side=who,
                position=self.position(item),
            )

    def movers(self, side: int) -> frozenset[int]:
        """The tracks that a side may have moved."""
        places = [
            (one.slot.ours if side == 1 else one.slot.theirs, one.slot.base, n)
            for n, one in enumerate(self.expected)
            if one.items[0] is not None and one.items[side] is not None
        ]
        number = {base: n for _, base, n in places if base is not None}
        order = [base for _, base, _ in sorted(places, key=lambda place: place[0] or 0)]
        return frozenset(number[base] for base in maybe_moved([base for base in order if base is not None]))

    # Comments

    def comments(self) -> Iterator[Finding]:
        """Comments that nobody took out."""
        texts = ["" if document is None else document.source for document in self.documents]
        for comment in missing_comments(texts, self.merged.source):
            if comment in self.decided:
                continue
            sides = [side for side, text in zip(SIDES, texts[1:], strict=True) if comment in text]
            yield Finding(
                weight=Weight.ERROR,
                code="comment",
                sentence=f"the comment {shown(comment)} is missing",
                side=sides[0] if len(sides) == 1 else "",
                position=self.position_of_comment(comment),
            )

    def position_of_comment(self, comment: str) -> Position | None:
        """The track at which a comment stood, in the merged text."""
        for number, row in self.trace.found.items():
            if any(item and comment in item.text for item in self.expected[number].items):
                return self.position(self.merged.items[row])
        return None

    def position(self, item: Item, key: str = "") -> Position:
        """Where a track, or one of its fields, stands in the merged text."""
        for entry in (item.entries or ()) if key else ():
            if entry.key == key:
                return self.merged.position(entry.offset)
        return self.merged.position(item.offset)


def _named(item: Item) -> str:
    return repr(track_name(item.value))


def _start(item: Item) -> int | None:
    return start_of(item.value)


def _comments_at(entry: Entry) -> list[str]:
    return comments_of(entry.name + entry.body + entry.tail)
