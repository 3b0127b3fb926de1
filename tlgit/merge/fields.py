"""Three-way merge of the fields of one mapping: the list itself, or one track.

The decision table, for a field that the base (b), ours (o) and theirs (t) hold; empty and absent are the same value:

    o = t          both say the same         take it
    o = b, t ≠ b   only theirs changed       take theirs
    t = b, o ≠ b   only ours changed         take ours
    all differ     lists merge as sets, mappings by key, long text by lines; else a conflict

Equal means equal by kind: `1:02:33` is `01:02:33`, texts compare in NFC, genres in any order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tlgit.merge.choose import choose
from tlgit.merge.comments import merge_beside, merge_comments, missing_comments
from tlgit.merge.decision import BOTH_ALIKE, CLASH, ONLY_THEIRS, OPEN, FieldDecision, who_changed
from tlgit.merge.lists import is_block, merge_list, merge_text, write_flow
from tlgit.merge.values import merge_mapping
from tlgit.tracklist.fields import PART_FIELDS, Kind
from tlgit.tracklist.syntax import TracklistSyntaxError
from tlgit.tracklist.text import TRACKS, Document, Entry, Item, parse_document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tlgit.tracklist.fields import Value

    Judge: TypeAlias = "Callable[[FieldDecision, Kind | None], FieldDecision]"
    """Settles a field that both sides changed, by policy or by choice, or leaves it open."""


class Settled(NamedTuple):
    """A field in the result."""

    entry: Entry


class Open(NamedTuple):
    """A field in conflict: what each side wrote, None where it took the field out."""

    lead: str
    base: Entry | None
    ours: Entry | None
    theirs: Entry | None
    decision: FieldDecision


class MergedFields(NamedTuple):
    """The fields of a mapping after a merge, in order, and how they came about."""

    fields: tuple[Settled | Open, ...]
    decisions: tuple[FieldDecision, ...]
    """One for each field that a side changed."""

    @property
    def is_open(self) -> bool:
        """Whether a field stays in conflict."""
        return any(isinstance(field, Open) for field in self.fields)

    @property
    def open_keys(self) -> frozenset[str]:
        """The fields that stay in conflict."""
        return frozenset(field.decision.key for field in self.fields if isinstance(field, Open))


Entries: TypeAlias = tuple[Entry, ...]


def _leave_open(decision: FieldDecision, kind: Kind | None) -> FieldDecision:  # noqa: ARG001 - a Judge
    return decision


def merge_fields(
    base: Entries | None,
    ours: Entries,
    theirs: Entries,
    schema: Mapping[str, Kind],
    eol: str,
    *,
    indent: str = "",
    judge: Judge = _leave_open,
) -> MergedFields:
    """Merge the fields of one mapping, whose keys stand behind `indent`; `base` is None when both sides added it."""
    sides = [{entry.key: entry for entry in side} for side in (base or (), ours, theirs)]
    b, o, t = sides
    fields: list[Settled | Open] = []
    decisions: list[FieldDecision] = []
    for key in _merge_keys([list(side) for side in sides], schema):
        kind = schema.get(key)
        three = b.get(key), o.get(key), t.get(key)
        field, decision = _merge_field(key, kind, *three, has_base=base is not None, eol=eol)
        if isinstance(field, Open):
            decision = judge(field.decision, kind)
            field = field._replace(decision=decision)
            if decision.side != OPEN:
                field = _settle(choose(decision, three, kind, eol), *three)
        if decision is not None:
            decisions.append(decision)
        if isinstance(field, Settled):
            field = _with_net(field, three, indent, eol)
        if field is not None:
            fields.append(field)
    return MergedFields(tuple(fields), tuple(decisions))


def _merge_keys(sides: Sequence[list[str]], schema: Mapping[str, Kind]) -> list[str]:
    """The keys of all three in one order: that of the side that changed it, added keys behind their neighbours."""
    base, ours, theirs = sides
    if not base:
        base = [key for key in min(ours, theirs) if key in ours and key in theirs]
    if theirs in (ours, base):
        return _with_removed(ours, base)
    if ours == base:
        return _with_removed(theirs, base)
    everywhere = set(base) & set(ours) & set(theirs)
    orders = [[key for key in side if key in everywhere] for side in (base, ours, theirs)]
    if orders[1] == orders[0]:
        spine = theirs
    elif orders[2] == orders[0] or orders[1] == orders[2]:
        spine = ours
    else:
        spine = min(ours, theirs)
    known = [*spine, *(key for side in (base, *sorted((ours, theirs))) for key in side if key not in spine)]
    result = [key for key in spine if key in everywhere]
    place = {key: n for n, key in enumerate(schema)}
    added = sorted(
        {key for key in known if key not in everywhere}, key=lambda k: (place.get(k, len(place)), k)
    )
    for key in added:
        before = _key_before(key, sides, result)
        result.insert(0 if before is None else result.index(before) + 1, key)
    return result


def _with_removed(keys: list[str], base: list[str]) -> list[str]:
    """The keys of a side with those that it removed behind their old neighbours: they may be in conflict."""
    result = list(keys)
    for key in base:
        if key not in result:
            before = _key_before(key, (base,), result)
            result.insert(0 if before is None else result.index(before) + 1, key)
    return result


def _key_before(key: str, sides: Sequence[list[str]], placed: list[str]) -> str | None:
    """The placed key that `key` follows most closely, in the side that has it (the lists in a fixed order)."""
    for side in sorted((side for side in sides if key in side), key=lambda side: (len(side), side)):
        for other in reversed(side[: side.index(key)]):
            if other in placed:
                return other
    return None


def _merge_field(
    key: str,
    kind: Kind | None,
    b: Entry | None,
    o: Entry | None,
    t: Entry | None,
    *,
    has_base: bool,
    eol: str,
) -> tuple[Settled | Open | None, FieldDecision | None]:
    vb, vo, vt = (None if entry is None else entry.value for entry in (b, o, t))
    who = who_changed(kind, vb, vo, vt, has_base=has_base)
    decision = None if who is None else FieldDecision(key, vb, vo, vt, *who)
    if who == CLASH and not has_base:
        # Both added it: without a base there is no telling who changed what, lists included.
        return _open(b, o, t, FieldDecision(key, vb, vo, vt, "changed", OPEN)), decision
    merged = None
    if who == CLASH or (o is not None and t is not None and _has_comments_inside(b, o, t)):
        merged = _merge_inside(kind, b, o, t, eol)
    if merged is not None:
        return _settle(merged, b, o, t), decision
    if who == CLASH:
        return _open(b, o, t, FieldDecision(key, vb, vo, vt, "changed", OPEN)), decision
    if who in {None, BOTH_ALIKE}:
        return _settle(_take_text(b, o, t), b, o, t), decision
    return _settle(t if who == ONLY_THEIRS else o, b, o, t), decision


def _has_comments_inside(b: Entry | None, o: Entry, t: Entry) -> bool:
    """Whether both sides changed a value on several lines in which comments may stand."""
    if not any(is_block(entry) or entry.body[:1] in {"|", ">"} for entry in (o, t)):
        return False
    texts = {entry.body + entry.tail for entry in (b, o, t) if entry is not None}
    return len(texts) == (2 if b is None else 3) and any("#" in text for text in texts)


def _with_net(
    field: Settled, three: tuple[Entry | None, Entry | None, Entry | None], indent: str, eol: str
) -> Settled:
    """The field with those comments above it that would else be lost."""
    texts = ["" if entry is None else entry.text("") for entry in three]
    missing = missing_comments(texts, field.entry.text(""))
    if not missing:
        return field
    lead = field.entry.lead + "".join(f"{indent}{line}{eol}" for line in missing)
    return Settled(field.entry._replace(lead=lead))


def _open(b: Entry | None, o: Entry | None, t: Entry | None, decision: FieldDecision) -> Open:
    lead = merge_comments(*(entry.lead if entry else "" for entry in (b, o, t)))
    b, o, t = (entry and entry._replace(lead="") for entry in (b, o, t))
    return Open(lead, b, o, t, decision)


def _take_text(b: Entry | None, o: Entry | None, t: Entry | None) -> Entry | None:
    """Of two forms of one value: the one that a side chose anew; where both did, always the same one."""
    if o is None or t is None:
        if b is not None:
            return None  # one side took an empty field out
        return o or t
    if b is not None and t.body == b.body:
        return o
    if b is not None and o.body == b.body:
        return t
    return min(o, t, key=lambda entry: (len(entry.body), entry.body, entry.name))


def _settle(chosen: Entry | None, b: Entry | None, o: Entry | None, t: Entry | None) -> Settled | None:
    """The chosen value with the comments of all sides around it."""
    lead = merge_comments(*(entry.lead if entry else "" for entry in (b, o, t)))
    tail = _merge_tails(b, o, t, chosen)
    if chosen is None:
        # The field goes; a comment that somebody else wrote at it since stays above the next one.
        kept = [entry.tail.strip() for entry in (o, t) if entry and entry.tail.strip() and _is_new(entry, b)]
        if not kept and not lead.strip():
            return None
        return Settled(Entry("", "", lead + "".join(line + tail.lstrip(" ") for line in kept), "", "", ""))
    return Settled(chosen._replace(lead=lead, name=_merge_names(b, o, t, chosen), tail=tail))


def _is_new(entry: Entry, b: Entry | None) -> bool:
    return b is None or entry.tail.strip() != b.tail.strip()


def _merge_names(b: Entry | None, o: Entry | None, t: Entry | None, chosen: Entry) -> str:
    """Three-way on the quotes of the key and on the blanks behind it, apart from the value."""
    if o is None or t is None or any("\n" in entry.name for entry in (b, o, t, chosen) if entry):
        return chosen.name
    keys, blanks = [], []
    for entry in (b, o, t):
        name = "" if entry is None else entry.name
        keys.append(name.rstrip())
        blanks.append(name[len(name.rstrip()) :])
    blank = chosen.name[len(chosen.name.rstrip()) :]
    if all(blanks[1:]) and blank:
        blank = _three(*blanks)
    return _three(*keys) + blank


def _three(base: str, ours: str, theirs: str) -> str:
    """The text of the side that changed it; where both did, always the same one."""
    if theirs in (ours, base):
        return ours
    return theirs if ours == base else min(ours, theirs)


def _merge_tails(b: Entry | None, o: Entry | None, t: Entry | None, chosen: Entry | None) -> str:
    """Three-way on the comment beside the value; beside the last line of a block it belongs to that line."""
    if chosen is None:
        return "\r\n" if any(entry and entry.tail.endswith("\r\n") for entry in (o, t)) else "\n"
    if o is None or t is None or (chosen is not o and chosen is not t and is_block(chosen)):
        return chosen.tail
    if o.body != t.body and any(is_block(entry) for entry in (o, t, chosen)):
        return chosen.tail
    return merge_beside("" if b is None else b.tail, o.tail, t.tail)


def _merge_inside(
    kind: Kind | None, b: Entry | None, o: Entry | None, t: Entry | None, eol: str
) -> Entry | None:
    """Merge what has an inside; None when the field has none, or when the insides clash too."""
    if o is None or t is None:
        return None
    vb: Value = "" if b is None else b.value
    vo, vt = o.value, t.value
    if kind is Kind.ORDERED:
        return _merge_parts(b, o, t, eol)
    if _is_texts(vo) and _is_texts(vt) and (_is_texts(vb) or not vb):
        return merge_list(b, o, t, eol)
    if isinstance(vo, dict) and isinstance(vt, dict) and (isinstance(vb, dict) or not vb):
        merged = merge_mapping(vb if isinstance(vb, dict) else {}, vo, vt)
        return None if merged is None else _write_mapping(b, o, t, merged, eol)
    if isinstance(vo, str) and isinstance(vt, str) and isinstance(vb, str):
        return merge_text(b, o, t, eol)
    return None


def _is_texts(value: Value) -> bool:
    return isinstance(value, tuple) and all(isinstance(text, str) for text in value)


def _write_mapping(b: Entry | None, o: Entry, t: Entry, value: dict[str, Value], eol: str) -> Entry:
    """A merged mapping: its lines merged as fields where all write it as a block, else on one line."""
    blocks = [block for entry in (b, o, t) if entry is not None and (block := _Block.of(entry))]
    texts = [block.document.entries for block in blocks]
    merged = merge_fields(texts[0], texts[1], texts[2], {}, eol) if len(texts) == 3 else None
    if merged is None or merged.is_open:
        return write_flow(o, t, value)
    base, ours, theirs = blocks
    indent = min(ours.indent, theirs.indent)
    text = merge_comments(base.document.head, ours.document.head, theirs.document.head)
    text += "".join(field.entry.text("") for field in merged.fields if isinstance(field, Settled))
    text += merge_comments(base.document.foot, ours.document.foot, theirs.document.foot)
    lines = [indent + line if line.strip() else line for line in text.splitlines()]
    opening = merge_beside(base.opening, ours.opening, theirs.opening)
    return o._replace(body=eol.join((opening, *lines)), tail=eol, value=value)


def _merge_parts(b: Entry | None, o: Entry, t: Entry, eol: str) -> Entry | None:
    """The parts of a mashup where one side wrote only comments: part by part, as long as each one is known again."""
    if b is None or not all(is_block(entry) for entry in (b, o, t)):
        return None
    if b.value not in (o.value, t.value) and o.value != t.value:
        return None
    base, ours, theirs = (parse_document(f"{TRACKS}:{entry.body}{entry.tail}") for entry in (b, o, t))
    items = (*base.items, *ours.items, *theirs.items)
    if {len(ours.items), len(theirs.items)} != {len(base.items)} or len(
        {(i.dash, i.indent) for i in items}
    ) > 1:
        return None
    text = merge_beside(*(document.entries[0].tail for document in (base, ours, theirs)))
    for three in zip(base.items, ours.items, theirs.items, strict=True):
        part = _merge_part(*three, eol)
        if part is None:
            return None
        text += part
    text += merge_comments(base.close + base.foot, ours.close + ours.foot, theirs.close + theirs.foot)
    changed = t if o.value == b.value else o
    return changed._replace(body=text.removesuffix(eol), tail=eol)


def _merge_part(b: Item, o: Item, t: Item, eol: str) -> str | None:
    if b.entries is None or o.entries is None or t.entries is None:
        return None
    if any(all(side.value.get(key) != b.value[key] for key in b.value) for side in (o, t)):
        return None
    merged = merge_fields(b.entries, o.entries, t.entries, PART_FIELDS, eol, indent=o.indent)
    entries = [field.entry for field in merged.fields if isinstance(field, Settled)]
    if merged.is_open or not all(entry.key for entry in entries) or entries[0].lead:
        return None
    lines = (entry.text(o.indent if n else o.dash) for n, entry in enumerate(entries))
    return merge_comments(b.lead, o.lead, t.lead) + "".join(lines) + merge_comments(b.close, o.close, t.close)


class _Block(NamedTuple):
    """A mapping in block style: what stands on the line of its key, its indentation, its fields."""

    opening: str
    indent: str
    document: Document

    @classmethod
    def of(cls, entry: Entry) -> _Block | None:
        if not is_block(entry):
            return None
        opening, *lines = (entry.body + entry.tail).splitlines(keepends=True)
        indents = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip()]
        text = "".join(line[min(indents) :] if line.strip() else line for line in lines)
        try:
            document = parse_document(text)
        except TracklistSyntaxError:
            return None
        return None if document.items else cls(opening.rstrip(), " " * min(indents), document)
