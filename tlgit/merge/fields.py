"""Three-way merge of the fields of one mapping: the list itself, or one track.

The decision table, for a field that the base (b), ours (o) and theirs (t) hold; empty and absent are the same value:

    o = t          both say the same         take it
    o = b, t ≠ b   only theirs changed       take theirs
    t = b, o ≠ b   only ours changed         take ours
    all differ     lists merge as sets, mappings by key, long text by lines; else a conflict

Equal means equal by kind: `1:02:33` is `01:02:33`, texts compare in NFC, genres in any order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar

from tlgit.merge.comments import merge_comments, merge_sequence
from tlgit.merge.values import is_same, merge_lines, merge_mapping
from tlgit.tracklist.fields import Kind
from tlgit.tracklist.syntax import TracklistSyntaxError, compose, value_of
from tlgit.tracklist.text import Document, Entry, parse_document
from tlgit.tracklist.write import render_scalar, render_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tlgit.tracklist.fields import Value

    T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """One field that both sides changed to different values."""

    key: str
    base: Value | None
    ours: Value | None
    theirs: Value | None


@dataclass(frozen=True, slots=True)
class Settled:
    """A field in the result."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Open:
    """A field in conflict: what each side wrote, None where it took the field out."""

    lead: str
    ours: Entry | None
    theirs: Entry | None
    conflict: FieldConflict


@dataclass(frozen=True, slots=True)
class MergedFields:
    """The fields of a mapping after a merge, in order."""

    fields: tuple[Settled | Open, ...]

    @property
    def conflicts(self) -> tuple[FieldConflict, ...]:
        """The fields that stay open."""
        return tuple(field.conflict for field in self.fields if isinstance(field, Open))


Entries = tuple[Entry, ...]

# Between two comments on one line.
_COMMENT: Final = re.compile(r"\s+(?=#)")


def merge_fields(
    base: Entries | None, ours: Entries, theirs: Entries, schema: Mapping[str, Kind], eol: str
) -> MergedFields:
    """Merge the fields of one mapping; `base` is None when both sides added it."""
    sides = [{entry.key: entry for entry in side} for side in (base or (), ours, theirs)]
    b, o, t = sides
    fields: list[Settled | Open] = []
    for key in _merge_keys([list(side) for side in sides], schema):
        kind = schema.get(key)
        field = _merge_field(
            key, kind, b.get(key), o.get(key), t.get(key), has_base=base is not None, eol=eol
        )
        if field is not None:
            fields.append(field)
    return MergedFields(tuple(fields))


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
) -> Settled | Open | None:
    vb, vo, vt = (None if entry is None else entry.value for entry in (b, o, t))
    if not has_base and not is_same(kind, vo, vt) and vo and vt:
        # Both added it: without a base there is no telling who changed what, lists included.
        return _open(key, b, o, t)
    if is_same(kind, vo, vt):
        return _settle(_take_text(b, o, t), b, o, t)
    if is_same(kind, vo, vb) or (not has_base and not vo):
        return _settle(t, b, o, t)
    if is_same(kind, vt, vb) or (not has_base and not vt):
        return _settle(o, b, o, t)
    merged = _merge_inside(kind, b, o, t, eol)
    return _open(key, b, o, t) if merged is None else _settle(merged, b, o, t)


def _open(key: str, b: Entry | None, o: Entry | None, t: Entry | None) -> Open:
    lead = merge_comments(*(entry.lead if entry else "" for entry in (b, o, t)))
    conflict = FieldConflict(key, *(None if entry is None else entry.value for entry in (b, o, t)))
    return Open(lead, o and replace(o, lead=""), t and replace(t, lead=""), conflict)


def _take_text(b: Entry | None, o: Entry | None, t: Entry | None) -> Entry | None:
    """Of two forms of one value: the one that a side chose anew; where both did, always the same one."""
    if o is None or t is None:
        if b is not None:
            return None  # one side took an empty field out
        return o or t
    if b is not None and t.body == b.body and t.name == b.name:
        return o
    if b is not None and o.body == b.body and o.name == b.name:
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
    return Settled(replace(chosen, lead=lead, tail=tail))


def _is_new(entry: Entry, b: Entry | None) -> bool:
    return b is None or entry.tail.strip() != b.tail.strip()


def _merge_tails(b: Entry | None, o: Entry | None, t: Entry | None, chosen: Entry | None) -> str:
    """Three-way on the inline comment; two different new ones stand one behind the other."""
    eol = "\r\n" if any(entry and entry.tail.endswith("\r\n") for entry in (o, t)) else "\n"
    tb, to, tt = (entry.tail if entry else None for entry in (b, o, t))
    if to is None or tt is None:
        return chosen.tail if chosen else eol
    if tt in (to, tb):
        return to
    if to == tb:
        return tt
    pieces = [_COMMENT.split(tail.strip()) if tail and tail.strip() else [] for tail in (tb, to, tt)]
    merged = merge_sequence(*pieces)
    if merged in pieces[1:]:
        return to if merged == pieces[1] else tt
    return ("  " + " ".join(merged) if merged else "") + eol


def _merge_inside(
    kind: Kind | None, b: Entry | None, o: Entry | None, t: Entry | None, eol: str
) -> Entry | None:
    """Merge what has an inside; None when the field has none, or when the insides clash too."""
    if o is None or t is None:
        return None
    vb: Value = "" if b is None else b.value
    vo, vt = o.value, t.value
    if kind is Kind.ORDERED:
        return None
    if _is_texts(vo) and _is_texts(vt) and (_is_texts(vb) or not vb):
        return _merge_list(b, o, t, eol)
    if isinstance(vo, dict) and isinstance(vt, dict) and (isinstance(vb, dict) or not vb):
        merged = merge_mapping(vb if isinstance(vb, dict) else {}, vo, vt)
        return None if merged is None else _write_mapping(b, o, t, merged, eol)
    if isinstance(vo, str) and isinstance(vt, str) and isinstance(vb, str):
        return _merge_text(b, o, t, eol)
    return None


def _is_texts(value: Value) -> bool:
    return isinstance(value, tuple) and all(isinstance(text, str) for text in value)


ListLine = tuple[str, str]
"""`item` or `comment`, and its text."""


def _merge_list(b: Entry | None, o: Entry, t: Entry, eol: str) -> Entry | None:
    """A list of texts as an ordered set, in the style in which the sides write it; None when that is an odd one."""
    lines = [_list_lines(entry) for entry in (b, o, t)]
    sides = [side for side in lines if side is not None]
    if len(sides) != 3:
        return None
    merged = merge_sequence(*([line for line, _ in side] for side in sides))
    texts = tuple(text for what, text in merged if what == "item")
    model = min((e for e in (o, t) if _is_block_list(e)), key=lambda e: e.body, default=None)
    if model is None:
        return _write_flow(o, t, texts)
    if not texts:
        return replace(model, name=f"{model.name.rstrip()} ", body="[]", value=())
    opening, *below = model.body.splitlines()
    first = next(line for line in below if line.lstrip().startswith("-"))
    indent = first[: len(first) - len(first.lstrip())]
    base, ours, theirs = (dict(side) for side in sides)
    written = [indent + _pick(base.get(line), ours.get(line), theirs.get(line)) for line in merged]
    return replace(model, body=eol.join((opening, *written)), value=texts)


def _pick(base: str | None, ours: str | None, theirs: str | None) -> str:
    """How a line of a list is written: as the side that changed it has it, else always the same."""
    if ours is None or theirs is None:
        return ours or theirs or base or ""
    if base in {ours, theirs}:
        return theirs if ours == base else ours
    return min(ours, theirs)


def _is_block_list(entry: Entry) -> bool:
    return "\n" in entry.body and not entry.body.lstrip().startswith("[")


def _list_lines(entry: Entry | None) -> list[tuple[ListLine, str]] | None:
    """Items and comments of a list, each with its line; None when an item does not stand on one line."""
    values = entry.value if entry is not None and isinstance(entry.value, tuple) else ()
    if entry is None or not _is_block_list(entry):
        return [(("item", str(value)), f"- {render_scalar(str(value))}") for value in values]
    result: list[tuple[ListLine, str]] = []
    rest = iter(values)
    for line in entry.body.splitlines()[1:]:
        text = line.strip()
        if text.startswith("#"):
            result.append((("comment", text), text))
        elif text:
            value = next(rest, None)
            if not text.startswith("-") or value_of(compose(f"x:\n{text}\n")) != {"x": (value,)}:
                return None
            result.append((("item", str(value)), text))
    return result


def _write_mapping(b: Entry | None, o: Entry, t: Entry, value: dict[str, Value], eol: str) -> Entry:
    """A merged mapping: its lines merged as fields where all write it as a block, else on one line."""
    blocks = [_Block.of(entry) for entry in (b, o, t) if entry is not None]
    if len(blocks) != 3 or None in blocks:
        return _write_flow(o, t, value)
    base, ours, theirs = (block for block in blocks if block is not None)
    merged = merge_fields(base.document.entries, ours.document.entries, theirs.document.entries, {}, eol)
    if merged.conflicts:
        return _write_flow(o, t, value)
    model = min(ours, theirs, key=lambda block: (block.opening, block.indent))
    text = merge_comments(base.document.head, ours.document.head, theirs.document.head)
    text += "".join(field.entry.text("") for field in merged.fields if isinstance(field, Settled))
    lines = [model.indent + line if line.strip() else line for line in text.splitlines()]
    return replace(o, body=eol.join((model.opening, *lines)), value=value)


@dataclass(frozen=True, slots=True)
class _Block:
    """A mapping in block style: what stands on the line of its key, its indentation, its fields."""

    opening: str
    indent: str
    document: Document

    @classmethod
    def of(cls, entry: Entry) -> _Block | None:
        opening, *lines = entry.body.splitlines(keepends=True) or [""]
        indents = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip()]
        if not indents or opening.strip(" \r\n")[:1] not in {"", "#"}:
            return None
        text = "".join(line[min(indents) :] if line.strip() else line for line in lines)
        try:
            document = parse_document(text)
        except TracklistSyntaxError:
            return None
        return None if document.items else cls(opening.rstrip("\r\n"), " " * min(indents), document)


def _write_flow(o: Entry, t: Entry, value: Value) -> Entry:
    model = min(o, t, key=lambda entry: (entry.body, entry.name))
    name = model.name if model.name.endswith(" ") else f"{model.name.rstrip()} "
    return replace(model, name=name, body=render_value(value), value=value)


def _merge_text(b: Entry | None, o: Entry, t: Entry, eol: str) -> Entry | None:
    """Merge long text by lines when all three write it as a block with the same header (`|`)."""
    bodies = [entry.body.splitlines() for entry in (b, o, t) if entry is not None]
    if len(bodies) != 3 or any(len(body) < 2 or body[0][:1] not in "|>" for body in bodies):
        return None
    if len({body[0] for body in bodies}) != 1:
        return None
    merged = merge_lines(*(body[1:] for body in bodies))
    if merged is None:
        return None
    values = merge_lines(*(str(entry.value).splitlines() for entry in (b, o, t) if entry is not None))
    if values is None:
        return None
    return replace(o, body=eol.join((bodies[1][0], *merged)), value="\n".join(values) + "\n")
