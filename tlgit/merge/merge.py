"""The one merge: three texts in, one text and what stays open out. No git, no files, no clock.

Start here, then `rows` (which track is which, and where), `fields` (the decision table), `comments`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tlgit.merge.align import rows_of
from tlgit.merge.comments import merge_comments, missing_comments
from tlgit.merge.fields import FieldConflict, MergedFields, Open, Settled, merge_fields
from tlgit.merge.flow import merge_flow_item
from tlgit.merge.lineage import check_same_list
from tlgit.merge.names import track_name
from tlgit.merge.remarks import (
    caught,
    indented,
    is_same_item,
    item_comments,
    list_comments,
    merge_dash,
    unless_both,
)
from tlgit.merge.rows import Place, Placed, place_slots
from tlgit.merge.slots import Sides, Slot, match_slots
from tlgit.merge.style import align_items, align_style, is_uniform
from tlgit.tracklist.fields import LIST_FIELDS, TRACK_FIELDS, Value
from tlgit.tracklist.syntax import Position, TracklistSyntaxError, has_conflict_markers
from tlgit.tracklist.text import TRACKS, Document, Entry, Item, parse_document

if TYPE_CHECKING:
    from collections.abc import Sequence

MARKER_SIZE: Final = 7
_MARK: Final = re.compile(r"\ufeff?([<|=>])\1{6,}(?:[ \r\n]|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One place that stays open: a field of the list, a field of a track, or a whole track."""

    path: str
    """`title`, `tracks[3].title` or `tracks[3]`, counted from 1 in the list that has the track, ours first."""
    name: str
    """The track in words, empty for a field of the list."""
    reason: str
    """`changed` by both sides, `deleted` against changed, `moved` to two places, `unsure` where it belongs."""
    base: Value | None
    ours: Value | None
    theirs: Value | None
    slot: Slot | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class MergeResult:
    """The merged text and what stays open in it; markers stand in the text exactly when something does."""

    text: str
    conflicts: tuple[Conflict, ...]

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left to decide."""
        return not self.conflicts


def merge(
    base: str | None,
    ours: str,
    theirs: str,
    *,
    marker_size: int = MARKER_SIZE,
    labels: tuple[str, str] = ("ours", "theirs"),
) -> MergeResult:
    """Merge two versions of a tracklist that come from `base` (None or empty: they have no common past).

    After criss-cross merges git makes the base itself by merging, and conflict markers may stand in it. Such a base
    counts as two bases, and has to give the same result with both.

    Raises `TracklistSyntaxError` when one of them cannot be read, and `DifferentListsError` when they are not
    the same list.
    """
    if theirs in (ours, base):
        return MergeResult(ours, ())
    if ours == base:
        return MergeResult(theirs, ())
    o, t = parse_document(ours), parse_document(theirs)
    try:
        b = parse_document(base) if base else None
    except TracklistSyntaxError:
        if base is None or not has_conflict_markers(base):
            raise
        sides = [merge(_side(base, n), ours, theirs, marker_size=marker_size, labels=labels) for n in (0, 1)]
        if sides[0] != sides[1]:
            raise
        return sides[0]
    documents = align_style(b, o, t)
    check_same_list(*documents)
    marks = (marker_size, *labels)
    return _Merger(*documents, marks=marks, is_uniform=is_uniform(b, o, t)).merge()


def _side(text: str, number: int) -> str:
    """A text with conflict markers as its first (0) or second (1) side has it."""
    lines = []
    shown = {0, 1}
    for line in text.splitlines(keepends=True):
        match = _MARK.match(line)
        if match is not None:
            shown = {"<": {0}, "|": set(), "=": {1}, ">": {0, 1}}[match[1]]
        elif number in shown:
            lines.append(line)
    return "".join(lines)


class _Merger:
    """Merges three documents of one style and writes the result."""

    def __init__(
        self,
        base: Document | None,
        ours: Document,
        theirs: Document,
        *,
        marks: tuple[int, str, str],
        is_uniform: bool,
    ) -> None:
        self.base = base
        self.ours = ours
        self.theirs = theirs
        self.eol = ours.eol
        size, ours_label, theirs_label = marks
        self.marks = (
            f"{'<' * size} {ours_label}{self.eol}",
            f"{'=' * size}{self.eol}",
            f"{'>' * size} {theirs_label}{self.eol}",
        )
        self.is_uniform = is_uniform
        self.conflicts: list[Conflict] = []

    def merge(self) -> MergeResult:
        b, o, t = self.base, self.ours, self.theirs
        texts = self.tracks()
        fields = merge_fields(b.entries if b else None, o.entries, t.entries, LIST_FIELDS, self.eol)
        if all(isinstance(field, Settled) and not field.entry.key for field in fields.fields):
            raise TracklistSyntaxError(
                "each side took out what the other one kept: no field is left", Position(1, 1)
            )
        parts = [self.head()]
        at = 1
        for field in fields.fields:
            if isinstance(field, Open):
                self.note(field.conflict, None)
            if isinstance(field, Settled) and field.entry.key == TRACKS:
                at = len(parts)
                parts.append(self.tracks_entry(field.entry, has_items=bool(texts)).text(""))
                parts += [*texts, self.comments("close")]
            elif isinstance(field, Settled) and not field.entry.key:
                parts.append(unless_both(field.entry.lead, list_comments(o), list_comments(t)))
            else:
                parts.append(self.field_text(field, ""))
        parts.append(self.comments("foot"))
        parts.insert(at, self.net("".join(parts)))
        text = "".join(parts)
        if not o.final_eol:
            text = text.removesuffix("\n").removesuffix("\r")
        if not self.conflicts and not self.is_uniform:
            _check_readable(text, len(texts) if o.is_block else None)
        return MergeResult(("\ufeff" if o.bom else "") + text, tuple(self.conflicts))

    def net(self, text: str) -> str:
        """Comments that stand nowhere in the merged list yet, as lines above its tracks."""
        base = self.base.source if self.base else ""
        texts = (base, self.ours.source, self.theirs.source)
        missing = missing_comments(texts, text, is_open=bool(self.conflicts))
        return "".join(line + self.eol for line in missing)

    def head(self) -> str:
        """What stands above the first field; with a `---` or `%YAML` in it one whole text, else line by line."""
        base = self.base.head if self.base else ""
        heads = (base, self.ours.head, self.theirs.head)
        if all(not line.strip() or line.startswith("#") for text in heads for line in text.splitlines()):
            return merge_comments(*heads)
        if base in heads[1:]:
            return heads[2] if heads[1] == base else heads[1]
        return min(heads[1:])

    def comments(self, part: str) -> str:
        base = getattr(self.base, part) if self.base else ""
        return merge_comments(base, getattr(self.ours, part), getattr(self.theirs, part))

    def tracks_entry(self, entry: Entry, *, has_items: bool) -> Entry:
        """`tracks:` opened when the first item comes, `tracks: []` when the last one went."""
        is_open = not entry.body
        if has_items and not is_open:
            return replace(entry, name=f"{TRACKS}:", body="")
        if not has_items and is_open:
            return replace(entry, name=f"{TRACKS}: ", body="[]")
        return entry

    def tracks(self) -> list[str]:
        """The merged items as text."""
        b_items = self.base.items if self.base else ()
        o_items, t_items = self.ours.items, self.theirs.items
        sides = Sides(*(rows_of(item.value for item in items) for items in (b_items, o_items, t_items)))
        slots = match_slots(sides)

        def is_changed(base: int, row: int, by_ours: bool) -> bool:
            side = o_items if by_ours else t_items
            return not is_same_item(b_items[base], side[row])

        return [self.slot_text(placed, b_items) for placed in place_slots(slots, sides, is_changed)]

    def slot_text(self, placed: Placed, b_items: Sequence[Item]) -> str:
        slot = placed.slot
        base = None if slot.base is None else b_items[slot.base]
        ours = None if slot.ours is None else self.ours.items[slot.ours]
        theirs = None if slot.theirs is None else self.theirs.items[slot.theirs]
        if placed.place is Place.DELETED:
            return self.deleted_text(slot, base, ours, theirs)
        if placed.place is Place.UNSURE:
            self.open_track(slot, "unsure", base, ours, theirs)
            return self.marked(ours.text if ours else "", theirs.text if theirs else "")
        if placed.place is Place.MOVED:
            return self.moved_text(slot, base, ours, theirs)
        if placed.place is Place.MOVED_THEIRS:
            assert theirs is not None  # noqa: S101 - a second place exists only in theirs
            return self.marked("", theirs.text)
        if ours is None or theirs is None:
            return (ours or theirs).text  # type: ignore[union-attr]  # one of the two is there
        return self.item_text(slot, base, ours, theirs)

    def deleted_text(self, slot: Slot, base: Item | None, ours: Item | None, theirs: Item | None) -> str:
        self.open_track(slot, "deleted", base, ours, theirs)
        return self.marked(ours.text if ours else "", theirs.text if theirs else "")

    def moved_text(self, slot: Slot, base: Item | None, ours: Item | None, theirs: Item | None) -> str:
        """A track that stands at two places: one side each, so that taking either side keeps it once."""
        self.open_track(slot, "moved", base, ours, theirs)
        assert ours is not None  # noqa: S101 - the first place is ours'
        return self.marked(ours.text, "")

    def open_track(
        self, slot: Slot, reason: str, base: Item | None, ours: Item | None, theirs: Item | None
    ) -> None:
        shown = ours or theirs
        values = (None if item is None else dict(item.value) for item in (base, ours, theirs))
        b, o, t = values
        self.conflicts.append(
            Conflict(
                path=_track_path(slot),
                name=track_name(shown.value if shown else {}),
                reason=reason,
                base=b,
                ours=o,
                theirs=t,
                slot=slot,
            )
        )

    def item_text(self, slot: Slot, base: Item | None, ours: Item, theirs: Item) -> str:
        """One track that both sides have."""
        b_text = None if base is None else base.text
        if theirs.text in (ours.text, b_text):
            return ours.text
        if ours.text == b_text:
            return theirs.text
        base, ours, theirs = align_items(base, ours, theirs)
        known = len(self.conflicts)
        lead = merge_comments(base.lead if base else "", ours.lead, theirs.lead)
        text = lead + self.merged_item(slot, base, ours, theirs)
        is_open = len(self.conflicts) > known
        return caught(base, ours, theirs, text, is_open=is_open, eol=self.eol) + text

    def merged_item(self, slot: Slot, base: Item | None, ours: Item, theirs: Item) -> str:
        """The track without the comments above it."""
        if ours.entries is None or theirs.entries is None or (base is not None and base.entries is None):
            return self.whole_item(slot, base, ours, theirs)
        indent = min(ours.indent, theirs.indent)
        merged = merge_fields(
            None if base is None else base.entries,
            ours.entries,
            theirs.entries,
            TRACK_FIELDS,
            self.eol,
            indent=indent,
        )
        for conflict in merged.conflicts:
            self.note(conflict, slot)
        close = merge_comments(base.close if base else "", ours.close, theirs.close)
        dash = merge_dash(base, ours, theirs, indent)
        return self.fields_text(merged, ours, theirs, dash, indent) + close

    def whole_item(self, slot: Slot, base: Item | None, ours: Item, theirs: Item) -> str:
        """A track that a side writes in flow style: without markers, or one conflict about the whole."""
        merged = merge_flow_item(base, ours, theirs)
        if merged is not None:
            return merged
        self.open_track(slot, "changed", base, ours, theirs)
        return self.marked(ours.bare, theirs.bare)

    def fields_text(self, merged: MergedFields, ours: Item, theirs: Item, dash: str, indent: str) -> str:
        """The fields of a track: the first one stands beside the dash, also when it is in conflict."""
        at_dash = True
        above = " " * dash.index("-")
        parts: list[str] = []
        for field in merged.fields:
            before = dash if at_dash else indent
            if isinstance(field, Settled) and not field.entry.key:
                # A comment whose field is gone: never between the dash and the first field.
                orphan = unless_both(field.entry.lead, item_comments(ours), item_comments(theirs))
                parts.append(indented(orphan, above if at_dash else indent))
                continue
            lead = field.lead if isinstance(field, Open) else field.entry.lead
            if at_dash and lead:
                parts.append(indented(lead, above))
                field = _without_lead(field)  # noqa: PLW2901 - its lead has just been written
            if not at_dash:
                parts.append(self.field_text(field, before))
            elif isinstance(field, Open) and (field.ours is None or field.theirs is None):
                parts.append(self.field_beside_dash(field, dash, indent))
            else:
                parts.append(self.field_text(field, before))
            at_dash = False
        return "".join(parts)

    def field_beside_dash(self, field: Open, dash: str, indent: str) -> str:
        """The first field, taken out by one side: the dash has to stand outside the markers."""
        there = field.ours or field.theirs
        assert there is not None  # noqa: S101 - a conflict has at least one side
        bare = f"{dash.rstrip()}{self.eol}"
        indented = indent + there.name + there.body + there.tail
        return bare + (self.marked(indented, "") if field.ours else self.marked("", indented))

    def field_text(self, field: Settled | Open, before: str) -> str:
        if isinstance(field, Settled):
            return field.entry.text(before)
        ours = field.ours.text(before) if field.ours else ""
        theirs = field.theirs.text(before) if field.theirs else ""
        return field.lead + self.marked(ours, theirs)

    def marked(self, ours: str, theirs: str) -> str:
        """Both sides between git's conflict markers."""
        first, middle, last = self.marks
        return f"{first}{ours}{middle}{theirs}{last}"

    def note(self, conflict: FieldConflict, slot: Slot | None) -> None:
        path, name = conflict.key, ""
        if slot is not None:
            path = f"{_track_path(slot)}.{conflict.key}"
            item = self.ours.items[slot.ours] if slot.ours is not None else None
            name = track_name(item.value if item else {})
        self.conflicts.append(
            Conflict(
                path=path,
                name=name,
                reason="changed",
                base=conflict.base,
                ours=conflict.ours,
                theirs=conflict.theirs,
                slot=slot,
                key=conflict.key,
            )
        )


def _check_readable(text: str, tracks: int | None) -> None:
    """Refuse a text that cannot be read or has another number of tracks: nobody shall take it for clean."""
    found = len(parse_document(text).items)
    if tracks not in {None, found}:
        raise TracklistSyntaxError(f"the sides fit to {found} tracks instead of {tracks}", Position(1, 1))


def _without_lead(field: Settled | Open) -> Settled | Open:
    if isinstance(field, Open):
        return replace(field, lead="")
    return Settled(replace(field.entry, lead=""))


def _track_path(slot: Slot) -> str:
    number = slot.ours if slot.ours is not None else slot.theirs
    return f"{TRACKS}[{(number or 0) + 1}]"
