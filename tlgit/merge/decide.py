"""What a merge does, decided and not yet written: one decision for each field and track that a side changed.

`write` turns a plan into text; policies and choices have had their say by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tlgit.merge.align import Row
from tlgit.merge.decision import OPEN, Choice, Decision, FieldDecision, compare_values, ref_of
from tlgit.merge.fields import MergedFields, merge_fields
from tlgit.merge.flow import as_block, merge_flow_item
from tlgit.merge.names import track_name
from tlgit.merge.policy import Policies, settle
from tlgit.merge.remarks import is_same_item
from tlgit.merge.rows import Place, Placed, place_slots
from tlgit.merge.slots import Sides, Slot, match_slots
from tlgit.merge.style import align_items
from tlgit.tracklist.fields import LIST_FIELDS, TRACK_FIELDS, Kind
from tlgit.tracklist.text import TRACKS, Document, Item

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from tlgit.merge.policy import Origin
    from tlgit.tracklist.fields import Value

    Origins: TypeAlias = Callable[[Slot | None, str], tuple[Origin, Origin] | None]
    """Where the values of both sides come from, by track (None: the list) and field; None when nobody can tell."""

_WHOLE = {
    Place.DELETED: "deleted",
    Place.MOVED: "moved",
    Place.MOVED_THEIRS: "moved",
    Place.UNSURE: "unsure",
}


class Will(NamedTuple):
    """What people want of conflicts: rules by field, and choices by the id of a decision, which go first."""

    policies: Policies = Policies()
    origins: Origins | None = None
    choices: Mapping[str, Choice] = {}


class PlannedTrack(NamedTuple):
    """One track at its place in the result."""

    place: Place
    slot: Slot
    base: Item | None
    ours: Item | None
    theirs: Item | None
    fields: MergedFields | None = None
    """The merged fields, where both sides have the track in block style and not in the same words."""
    text: str | None = None
    """The text, where it needs no weaving."""
    decision: Decision | None = None
    """About the track as a whole."""


class Plan(NamedTuple):
    """The whole merge."""

    base: Document | None
    ours: Document
    theirs: Document
    fields: MergedFields
    tracks: tuple[PlannedTrack, ...]
    decisions: tuple[Decision, ...]
    """First those of the list, then those of its tracks."""

    @property
    def is_open(self) -> bool:
        """Whether something is left to decide."""
        return any(decision.side == OPEN for decision in self.decisions)


def plan_merge(base: Document | None, ours: Document, theirs: Document, will: Will) -> Plan:
    """Decide everything about three documents of one style."""
    return _Planner(base, ours, theirs, will).plan()


class _Planner:
    def __init__(self, base: Document | None, ours: Document, theirs: Document, will: Will) -> None:
        self.base = base
        self.ours = ours
        self.theirs = theirs
        self.will = will
        self.decisions: list[Decision] = []
        self.whole: dict[Slot, Decision] = {}

    def plan(self) -> Plan:
        b, o, t = self.base, self.ours, self.theirs

        def judge(decision: FieldDecision, kind: Kind | None) -> FieldDecision:
            return self.judged(decision, kind, None)

        fields = merge_fields(b.entries if b else None, o.entries, t.entries, LIST_FIELDS, o.eol, judge=judge)
        self.note(fields.decisions, None)
        tracks = self.tracks()
        return Plan(b, o, t, fields, tracks, tuple(self.decisions))

    def tracks(self) -> tuple[PlannedTrack, ...]:
        b_items = self.base.items if self.base else ()
        o_items, t_items = self.ours.items, self.theirs.items
        rows: dict[int, Row] = {}
        sides = Sides(*([_row(item, rows) for item in items] for items in (b_items, o_items, t_items)))
        slots = match_slots(sides)

        def is_changed(base: int, row: int, by_ours: bool) -> bool:
            side = o_items if by_ours else t_items
            return not is_same_item(b_items[base], side[row])

        placed = place_slots(slots, sides, is_changed)
        planned = tuple(self.track(one) for one in placed)
        self.note_removed(slots, {one.slot for one in placed})
        return planned

    def note_removed(self, slots: tuple[Slot, ...], kept: set[Slot]) -> None:
        for slot in slots:
            if slot.base is not None and None in slot and slot not in kept:
                base, ours, theirs = self.items(slot)
                side = "both" if ours is theirs is None else ("theirs" if theirs is None else "ours")
                reason = "same" if side == "both" else "one_side"
                self.decisions.append(_whole(slot, reason, side, "", base, ours, theirs))

    def items(self, slot: Slot) -> tuple[Item | None, Item | None, Item | None]:
        return (
            None if slot.base is None or self.base is None else self.base.items[slot.base],
            None if slot.ours is None else self.ours.items[slot.ours],
            None if slot.theirs is None else self.theirs.items[slot.theirs],
        )

    def track(self, placed: Placed) -> PlannedTrack:
        slot, place = placed
        base, ours, theirs = self.items(slot)
        if place is not Place.PLAIN:
            decision = self.whole_track(slot, _WHOLE[place], base, ours, theirs)
            text = None
            if place in {Place.MOVED, Place.MOVED_THEIRS} and ours is not None and theirs is not None:
                text = self.moved_text(slot, base, ours, theirs)
            return PlannedTrack(place, slot, base, ours, theirs, text=text, decision=decision)
        if ours is not None and theirs is not None:
            return self.both(slot, base, ours, theirs)
        side = "ours" if theirs is None else "theirs"
        self.decisions.append(_whole(slot, "one_side", side, "", base, ours, theirs))
        return PlannedTrack(place, slot, base, ours, theirs, text=(ours or theirs).text)  # type: ignore[union-attr]  # one of the two is there

    def moved_text(self, slot: Slot, base: Item | None, ours: Item, theirs: Item) -> str | None:
        """A track at two places, in one text for both: whichever place is taken, no field of the other is lost."""
        if ours.text == theirs.text:
            return None
        known = len(self.decisions)
        planned = self.both(slot, base, ours, theirs)
        if planned.text is not None:
            return planned.text
        if planned.fields is not None and not planned.fields.is_open and not planned.decision:
            # Written here: the lines have no place of their own in the result.
            from tlgit.merge.write import write_item  # noqa: PLC0415 - write knows this module

            return write_item(planned, self.ours.eol)
        del self.decisions[known:]
        return None

    def both(self, slot: Slot, base: Item | None, ours: Item, theirs: Item) -> PlannedTrack:
        """One track that both sides have."""
        b_text = None if base is None else base.text
        taken = None
        if theirs.text in (ours.text, b_text):
            taken = ours
        elif ours.text == b_text:
            taken = theirs
        if taken is not None:
            if taken.text != b_text:
                values = compare_values(
                    {} if base is None else base.value, ours.value, theirs.value, TRACK_FIELDS
                )
                self.note(values, slot)
            return PlannedTrack(Place.PLAIN, slot, base, ours, theirs, text=taken.text)
        base, ours, theirs = align_items(base, ours, theirs)
        if base is not None and not base.is_block and ours.is_block and theirs.is_block:
            base = as_block(base, ours)
        if ours.entries is None or theirs.entries is None or (base is not None and base.entries is None):
            return self.flow(slot, base, ours, theirs)

        def judge(decision: FieldDecision, kind: Kind | None) -> FieldDecision:
            return self.judged(decision, kind, slot)

        fields = merge_fields(
            None if base is None else base.entries,
            ours.entries,
            theirs.entries,
            TRACK_FIELDS,
            self.ours.eol,
            indent=min(ours.indent, theirs.indent),
            judge=judge,
        )
        self.note(fields.decisions, slot)
        return PlannedTrack(Place.PLAIN, slot, base, ours, theirs, fields=fields)

    def flow(self, slot: Slot, base: Item | None, ours: Item, theirs: Item) -> PlannedTrack:
        """A track that a side writes in flow style: without markers, or one conflict about the whole."""
        merged = merge_flow_item(base, ours, theirs)
        if merged is None:
            decision = self.whole_track(slot, "changed", base, ours, theirs)
            return PlannedTrack(Place.PLAIN, slot, base, ours, theirs, decision=decision)
        self.note(
            compare_values({} if base is None else base.value, ours.value, theirs.value, TRACK_FIELDS), slot
        )
        # The comments above are woven when it is written.
        return PlannedTrack(Place.PLAIN, slot, base, ours, theirs, fields=MergedFields((), ()), text=merged)

    def whole_track(
        self, slot: Slot, reason: str, base: Item | None, ours: Item | None, theirs: Item | None
    ) -> Decision:
        if slot not in self.whole:
            decision = _whole(slot, reason, OPEN, "manual", base, ours, theirs)
            side, policy, _ = self.verdict(decision, None, TRACKS)
            allowed = {"ours", "theirs", OPEN} | ({"base"} if reason in {"deleted", "changed"} else set())
            if side not in allowed:
                raise ValueError(f"{decision.path}: a track that is {reason} cannot become {side!r}")
            self.whole[slot] = decision._replace(side=side, policy=policy)
            self.decisions.append(self.whole[slot])
        return self.whole[slot]

    def judged(self, decision: FieldDecision, kind: Kind | None, slot: Slot | None) -> FieldDecision:
        """A field in conflict after policies and choices."""
        name = decision.key if slot is None else f"{TRACKS}.{decision.key}"
        side, policy, value = self.verdict(self.located(decision, slot), kind, name)
        return decision._replace(side=side, policy=policy, value=value)

    def verdict(self, decision: Decision, kind: Kind | None, name: str) -> tuple[str, str, Value | None]:
        """Side, policy and value for something in conflict."""
        will = self.will
        if will.choices:
            choice = will.choices.get(decision.id)
            if choice is not None:
                return choice.side, "chosen", choice.value
        if not will.policies.rules:
            return OPEN, "manual", None
        rule = will.policies.rule_for(name)

        def origins() -> tuple[Origin, Origin] | None:
            return None if will.origins is None else will.origins(decision.slot, decision.key)

        if decision.key:
            side = settle(rule, kind, decision.ours, decision.theirs, origins)
        else:
            side = settle(rule, None, None, None, origins)
        return side or OPEN, rule.words, None

    def located(self, field: FieldDecision, slot: Slot | None) -> Decision:
        path, name, ref = field.key, "", ""
        if slot is not None:
            path = f"{_track_path(slot)}.{field.key}"
            base, ours, theirs = self.items(slot)
            shown = ours or theirs or base
            value = shown.value if shown else {}
            name, ref = track_name(value), ref_of(value)
        return Decision(
            path,
            name,
            field.key,
            field.reason,
            field.base,
            field.ours,
            field.theirs,
            field.side,
            field.policy,
            slot,
            ref,
        )

    def note(self, decisions: tuple[FieldDecision, ...] | list[FieldDecision], slot: Slot | None) -> None:
        self.decisions += (self.located(decision, slot) for decision in decisions)


def _row(item: Item, rows: dict[int, Row]) -> Row:
    """The identity of a track; versions share the tracks that they have in the same words."""
    key = id(item.value)
    if key not in rows:
        rows[key] = Row(item.value)
    return rows[key]


def _whole(  # noqa: PLR0917 - a row of the table of decisions
    slot: Slot, reason: str, side: str, policy: str, base: Item | None, ours: Item | None, theirs: Item | None
) -> Decision:
    shown = ours or theirs or base
    value = shown.value if shown else {}
    b, o, t = (None if item is None else dict(item.value) for item in (base, ours, theirs))
    return Decision(
        _track_path(slot), track_name(value), "", reason, b, o, t, side, policy, slot, ref_of(value)
    )


def _track_path(slot: Slot) -> str:
    number = next((place for place in (slot.ours, slot.theirs, slot.base) if place is not None), 0)
    return f"{TRACKS}[{number + 1}]"
