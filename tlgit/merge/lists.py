"""Three-way merge of values that hold lines: lists of texts as ordered sets, long text line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tlgit.merge.comments import merge_beside, merge_sequence
from tlgit.merge.values import merge_lines
from tlgit.tracklist.syntax import compose, value_of
from tlgit.tracklist.write import render_scalar, render_value

if TYPE_CHECKING:
    from tlgit.tracklist.fields import Value
    from tlgit.tracklist.text import Entry

ListLine = tuple[str, str]
"""`item` or `comment`, and its text."""


class _Written(NamedTuple):
    """How a line of a list is written, and the comment beside it with the blanks before it."""

    text: str
    beside: str = ""


def is_block(entry: Entry) -> bool:
    """Whether a list or mapping stands on the lines below its key."""
    return "\n" in entry.body and entry.body.split("\n", 1)[0].strip()[:1] in {"", "#"}


def merge_list(b: Entry | None, o: Entry, t: Entry, eol: str) -> Entry | None:
    """A list of texts as an ordered set, in the style in which the sides write it; None when that is an odd one.

    The comments inside stay beside and above their items; the result has its own tail.
    """
    lines = [_list_lines(entry) for entry in (b, o, t)]
    sides = [side for side in lines if side is not None]
    if len(sides) != 3:
        return None
    merged = merge_sequence(*([line for line, _ in side] for side in sides))
    texts = tuple(text for what, text in merged if what == "item")
    model = min((e for e in (o, t) if is_block(e)), key=lambda e: e.body + e.tail, default=None)
    if model is None:
        return write_flow(o, t, texts)
    if not texts:
        return model._replace(name=f"{model.name.rstrip()} ", body="[]", tail=eol, value=())
    opening = merge_beside(*(_opening(entry) for entry in (b, o, t)))
    first = next(line for line in model.body.splitlines()[1:] if line.lstrip().startswith("-"))
    indent = first[: len(first) - len(first.lstrip())]
    base, ours, theirs = (dict(side) for side in sides)
    written = [indent + _pick(base.get(line), ours.get(line), theirs.get(line)) for line in merged]
    return model._replace(body=eol.join((opening, *written)), tail=eol, value=texts)


def _opening(entry: Entry | None) -> str:
    """What stands beside the key of a list in block style."""
    return "" if entry is None or not is_block(entry) else entry.body.splitlines()[0].rstrip()


def _pick(base: _Written | None, ours: _Written | None, theirs: _Written | None) -> str:
    """How a line of a list is written: as the side that changed it has it, else always the same."""
    if ours is None or theirs is None:
        only = ours or theirs or base
        return "" if only is None else only.text + only.beside
    text = min(ours.text, theirs.text)
    if base is not None and base.text in {ours.text, theirs.text}:
        text = theirs.text if ours.text == base.text else ours.text
    return text + merge_beside("" if base is None else base.beside, ours.beside, theirs.beside)


def _list_lines(entry: Entry | None) -> list[tuple[ListLine, _Written]] | None:
    """Items and comments of a list, each with its line; None when an item does not stand on one line."""
    values = entry.value if entry is not None and isinstance(entry.value, tuple) else ()
    if entry is None or not is_block(entry):
        return [(("item", str(value)), _Written(f"- {render_scalar(str(value))}")) for value in values]
    result: list[tuple[ListLine, _Written]] = []
    rest = iter(values)
    for line in (entry.body + entry.tail).splitlines()[1:]:
        text = line.strip()
        if text.startswith("#"):
            result.append((("comment", text), _Written(text)))
        elif text:
            value = next(rest, None)
            if not text.startswith("-") or value_of(root := compose(f"x:\n{text}\n")) != {"x": (value,)}:
                return None
            end = root.value[0][1].value[0].end_mark.index - len("x:\n")
            result.append((("item", str(value)), _Written(text[:end], text[end:])))
    return result


def write_flow(o: Entry, t: Entry, value: Value) -> Entry:
    """A merged value on one line."""
    model = min(o, t, key=lambda entry: (entry.body, entry.name))
    name = model.name if model.name.endswith(" ") else f"{model.name.rstrip()} "
    return model._replace(name=name, body=render_value(value), value=value)


def merge_text(b: Entry | None, o: Entry, t: Entry, eol: str) -> Entry | None:
    """Merge long text by lines when all three write it as a block with the same header (`|`)."""
    bodies = [entry.body.splitlines() for entry in (b, o, t) if entry is not None]
    if len(bodies) != 3 or any(len(body) < 2 or body[0][:1] not in "|>" for body in bodies):
        return None
    heads = [body[0].split(maxsplit=1)[0] for body in bodies]
    if len(set(heads)) != 1:
        return None
    merged = merge_lines(*(body[1:] for body in bodies))
    if merged is None:
        return None
    values = merge_lines(*(str(entry.value).splitlines() for entry in (b, o, t) if entry is not None))
    if values is None:
        return None
    beside = merge_beside(*(body[0][len(heads[0]) :] for body in bodies))
    return o._replace(body=eol.join((heads[0] + beside, *merged)), value="\n".join(values) + "\n")
