"""A planned merge as text: what is settled stands plain, what is open between git's conflict markers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlgit.merge.comments import merge_comments, missing_comments
from tlgit.merge.decision import OPEN, Decision, Hunk
from tlgit.merge.fields import MergedFields, Open, Settled
from tlgit.merge.remarks import caught, indented, item_comments, list_comments, merge_dash, unless_both
from tlgit.merge.rows import Place
from tlgit.tracklist.syntax import Position, TracklistSyntaxError
from tlgit.tracklist.text import TRACKS, Entry, Item, parse_document

if TYPE_CHECKING:
    from tlgit.merge.decide import Plan, PlannedTrack

RawHunk = tuple[Decision, str, str, "str | None"]
"""The decision, and the texts of ours, theirs and the base."""


def write_plan(
    plan: Plan, *, marks: tuple[int, str, str], is_uniform: bool
) -> tuple[str, tuple[RawHunk, ...]]:
    """The merged text, and what stands between its markers.

    Raises TracklistSyntaxError when the sides do not fit into one text that can be read.
    """
    writer = _Writer(plan, marks)
    return writer.text(is_uniform=is_uniform), tuple(writer.hunks)


def write_item(track: PlannedTrack, eol: str) -> str:
    """One track with its comments, in which nothing is open."""
    return _ItemWriter(eol, None).item(track)


class _ItemWriter:
    """Writes tracks; `marks` are the three marker lines, None where nothing can be open."""

    def __init__(self, eol: str, marks: tuple[str, str, str] | None) -> None:
        self.eol = eol
        self.marks = marks
        self.hunks: list[RawHunk] = []
        self.decisions: dict[str, Decision] = {}

    def marked(self, decision: Decision, ours: str, theirs: str, base: str | None) -> str:
        """Both sides between git's conflict markers."""
        assert self.marks is not None  # noqa: S101 - nothing is open without
        self.hunks.append((decision, ours, theirs, base))
        first, middle, last = self.marks
        return f"{first}{ours}{middle}{theirs}{last}"

    def track(self, track: PlannedTrack, open_fields: dict[str, Decision]) -> str:
        """A track at its place."""
        decision = track.decision
        if decision is None:
            self.decisions = open_fields
            return self.item(track)
        ours, theirs = ((item.text if item else "") for item in (track.ours, track.theirs))
        base = track.base.text if track.base else ""
        if decision.reason == "changed":
            ours, theirs = ((item.bare if item else "") for item in (track.ours, track.theirs))
            base = track.base.bare if track.base else ""
            text = self.chosen(decision, ours, theirs, base)
            return self.with_lead(track, text, is_open=decision.is_open)
        if decision.reason != "moved":
            return self.chosen(decision, ours, theirs, base)
        ours, theirs = (track.text or text for text in (ours, theirs))
        if track.place is Place.MOVED:
            return self.chosen(decision, ours, "", None)
        return self.chosen(decision, "", theirs, None)

    def chosen(self, decision: Decision, ours: str, theirs: str, base: str | None) -> str:
        """The text of the side that a decision takes, or all of them between markers."""
        if decision.side == OPEN:
            return self.marked(decision, ours, theirs, base)
        return {"ours": ours, "theirs": theirs}.get(decision.side, base or "")

    def item(self, track: PlannedTrack) -> str:
        """One track that is where it is."""
        if track.fields is None:
            return track.text or ""
        assert track.ours is not None  # noqa: S101 - fields merge where both sides have the track
        assert track.theirs is not None  # noqa: S101 - as above
        if track.text is not None:
            return self.with_lead(track, track.text, is_open=False)
        indent = min(track.ours.indent, track.theirs.indent)
        base = track.base
        close = merge_comments(base.close if base else "", track.ours.close, track.theirs.close)
        dash = merge_dash(base, track.ours, track.theirs, indent)
        text = self.fields_text(track.fields, track.ours, track.theirs, dash, indent) + close
        return self.with_lead(track, text, is_open=track.fields.is_open)

    def with_lead(self, track: PlannedTrack, text: str, *, is_open: bool) -> str:
        """The comments of both sides above a track, none of them lost."""
        base, ours, theirs = track.base, track.ours, track.theirs
        assert ours is not None  # noqa: S101 - both sides have the track
        assert theirs is not None  # noqa: S101 - as above
        text = merge_comments(base.lead if base else "", ours.lead, theirs.lead) + text
        return caught(base, ours, theirs, text, is_open=is_open, eol=self.eol) + text

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
                # A side that has this field first already has its comment above the track.
                there = {line.strip() for item in (ours, theirs) for line in item.lead.splitlines()}
                lines = (line for line in lead.splitlines(keepends=True) if line.strip() not in there)
                parts.append(indented("".join(lines), above))
                field = _without_lead(field)  # noqa: PLW2901 - its lead has just been written
            if at_dash and isinstance(field, Open) and (field.ours is None or field.theirs is None):
                parts.append(self.field_beside_dash(field, dash, indent))
            else:
                parts.append(self.field_text(field, before))
            at_dash = False
        return "".join(parts)

    def field_beside_dash(self, field: Open, dash: str, indent: str) -> str:
        """The first field, taken out by one side: the dash has to stand outside the markers."""
        ours, theirs, base = (
            indent + entry.name + entry.body + entry.tail if entry else ""
            for entry in (field.ours, field.theirs, field.base)
        )
        decision = self.decisions[field.decision.key]
        return f"{dash.rstrip()}{self.eol}" + self.marked(decision, ours, theirs, base)

    def field_text(self, field: Settled | Open, before: str) -> str:
        if isinstance(field, Settled):
            return field.entry.text(before)
        ours, theirs, base = (
            entry.text(before) if entry else "" for entry in (field.ours, field.theirs, field.base)
        )
        return field.lead + self.marked(self.decisions[field.decision.key], ours, theirs, base)


class _Writer(_ItemWriter):
    """Writes one plan."""

    def __init__(self, plan: Plan, marks: tuple[int, str, str]) -> None:
        eol = plan.ours.eol
        size, ours, theirs = marks
        super().__init__(
            eol, (f"{'<' * size} {ours}{eol}", f"{'=' * size}{eol}", f"{'>' * size} {theirs}{eol}")
        )
        self.plan = plan
        self.open: dict[object, dict[str, Decision]] = {}
        for decision in plan.decisions:
            if decision.is_open and decision.key:
                self.open.setdefault(decision.slot, {})[decision.key] = decision

    def text(self, *, is_uniform: bool) -> str:
        plan = self.plan
        o, t = plan.ours, plan.theirs
        texts = [text for track in plan.tracks if (text := self.track(track, self.open_of(track)))]
        self.decisions = self.open.get(None, {})
        if all(isinstance(field, Settled) and not field.entry.key for field in plan.fields.fields):
            raise TracklistSyntaxError(
                "each side took out what the other one kept: no field is left", Position(1, 1)
            )
        in_tracks, self.hunks = self.hunks, []
        parts = [self.head()]
        at = 1
        for field in plan.fields.fields:
            if isinstance(field, Settled) and field.entry.key == TRACKS:
                at = len(parts)
                parts.append(_tracks_entry(field.entry, has_items=bool(texts)).text(""))
                parts += [*texts, self.comments("close")]
                self.hunks += in_tracks
            elif isinstance(field, Settled) and not field.entry.key:
                parts.append(unless_both(field.entry.lead, list_comments(o), list_comments(t)))
            else:
                parts.append(self.field_text(field, ""))
        parts.append(self.comments("foot"))
        parts.insert(at, self.net("".join(parts)))
        text = "".join(parts)
        if not o.final_eol:
            text = text.removesuffix("\n").removesuffix("\r")
        if not plan.is_open and not is_uniform:
            _check_readable(text, len(texts) if o.is_block else None)
        return ("\ufeff" if o.bom else "") + text

    def open_of(self, track: PlannedTrack) -> dict[str, Decision]:
        """The open fields of a track by their keys."""
        if track.fields is None or not track.fields.is_open:
            return {}
        return self.open[track.slot]

    def net(self, text: str) -> str:
        """Comments that stand nowhere in the merged list yet, as lines above its tracks."""
        base = self.plan.base.source if self.plan.base else ""
        texts = (base, self.plan.ours.source, self.plan.theirs.source)
        missing = missing_comments(texts, text, is_open=self.plan.is_open)
        return "".join(line + self.eol for line in missing)

    def head(self) -> str:
        """What stands above the first field; with a `---` or `%YAML` in it one whole text, else line by line."""
        base = self.plan.base.head if self.plan.base else ""
        heads = (base, self.plan.ours.head, self.plan.theirs.head)
        if all(not line.strip() or line.startswith("#") for text in heads for line in text.splitlines()):
            return merge_comments(*heads)
        if base in heads[1:]:
            return heads[2] if heads[1] == base else heads[1]
        return min(heads[1:])

    def comments(self, part: str) -> str:
        base = getattr(self.plan.base, part) if self.plan.base else ""
        return merge_comments(base, getattr(self.plan.ours, part), getattr(self.plan.theirs, part))


def finish_hunk(raw: RawHunk) -> Hunk:
    """A hunk with the id of its decision."""
    decision, ours, theirs, base = raw
    return Hunk(decision.id, ours, theirs, base)


def _tracks_entry(entry: Entry, *, has_items: bool) -> Entry:
    """`tracks:` opened when the first item comes, `tracks: []` when the last one went."""
    is_open = not entry.body
    if has_items and not is_open:
        return entry._replace(name=f"{TRACKS}:", body="")
    if not has_items and is_open:
        return entry._replace(name=f"{TRACKS}: ", body="[]")
    return entry


def _check_readable(text: str, tracks: int | None) -> None:
    """Refuse a text that cannot be read or has another number of tracks: nobody shall take it for clean."""
    found = len(parse_document(text).items)
    if tracks not in {None, found}:
        raise TracklistSyntaxError(f"the sides fit to {found} tracks instead of {tracks}", Position(1, 1))


def _without_lead(field: Settled | Open) -> Settled | Open:
    if isinstance(field, Open):
        return field._replace(lead="")
    return Settled(field.entry._replace(lead=""))
