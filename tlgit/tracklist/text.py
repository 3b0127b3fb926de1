"""A tracklist's text cut into pieces without loss: every byte belongs to exactly one piece.

Nothing here re-dumps YAML. A `Document` is head, entries and foot; the entry `tracks` holds items; an item
holds entries. Putting the pieces together again gives the text byte for byte, and whoever changes one piece
leaves all others as they were. The positions come from the C parser's marks.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from tlgit.tracklist.syntax import BOM, Position, TracklistSyntaxError, compose, decode, position_of, value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tlgit.tracklist.fields import Value

TRACKS: Final = "tracks"


class Entry(NamedTuple):
    """One `key: value` of a block mapping, with the comments that stand above it."""

    key: str
    value: Value
    lead: str
    """Whole lines of comments and blanks above; empty for the first key of an item."""
    name: str
    """The key with its colon and what stands between it and the value: `title: `."""
    body: str
    """The value as it is written, its last line end excluded."""
    tail: str
    """What follows on the last line: blanks, an inline comment, the line end."""
    offset: int = 0
    """Where the key stands in the text that was read."""
    node: Node | None = None
    """The parsed value, for a look inside."""

    def text(self, indent: str) -> str:
        """The entry as it stands in a file, its key indented by `indent`."""
        return f"{self.lead}{indent}{self.name}{self.body}{self.tail}"


class _ItemText(NamedTuple):
    """What an item is made of."""

    value: Mapping[str, Value]
    lead: str
    """Whole lines of comments and blanks above."""
    dash: str
    """From the start of the line to the first key: `  - `."""
    body: str
    """All that follows, to the end of the last line that belongs to the item."""
    cut: Callable[[], tuple[Entry, ...]] | None = None
    """Cuts the fields; None when the item is not written in block style."""
    indent: str = ""
    """What stands before each key but the first."""
    close: str = ""
    """Comment lines inside the item, below its last field."""
    offset: int = 0
    """Where the first key stands in the text that was read."""


class Item(_ItemText):
    """One `- …` of the list of tracks; its fields are cut only when somebody asks: most merges look into few items."""

    @property
    def is_block(self) -> bool:
        """Whether the item is written in block style, one field a line."""
        return self.cut is not None

    @cached_property
    def entries(self) -> tuple[Entry, ...] | None:
        """The fields; None when the item is not written in block style."""
        return None if self.cut is None else self.cut()

    @cached_property
    def text(self) -> str:
        """The item as it stands in a file, comments above included."""
        return self.lead + self.dash + self.body

    @property
    def bare(self) -> str:
        """The item without the comments above it."""
        return self.dash + self.body

    @cached_property
    def shape(self) -> tuple[str, int] | None:
        """How a block item begins, from the start of its line to its first key, and how deep its fields stand.

        A comment behind its dash is no part of it. None for an item in flow style.
        """
        if not self.is_block:
            return None
        width, mark = len(self.indent), self.dash[: self.dash.index("-") + 1]
        return (mark.ljust(width) if "#" in self.dash else self.dash, width)

    def with_entries(self, entries: tuple[Entry, ...], close: str) -> Item:
        """The same item holding other fields."""
        body = "".join(entry.text(self.indent if i else "") for i, entry in enumerate(entries)) + close
        value = {entry.key: entry.value for entry in entries}
        return self._replace(value=value, body=body, cut=lambda: entries, close=close)


class Document(NamedTuple):
    """A whole tracklist file in pieces."""

    bom: bool
    eol: str
    """The line end that most lines have."""
    final_eol: bool
    """Whether the last line ends in a line end; the pieces always do."""
    head: str
    """What stands above the first key: the file's own comment, a `---` line."""
    entries: tuple[Entry, ...]
    """The fields in order; the body of `tracks` is empty when the tracks are a block sequence."""
    items: tuple[Item, ...]
    """The tracks; when they are a flow sequence (`[…]`), the body of `tracks` holds their text."""
    is_block: bool
    """Whether the tracks are a block sequence (or there are none yet)."""
    close: str
    """Comment lines that belong to the list of tracks, below its last item."""
    foot: str
    """What stands below the last field."""
    source: str
    """The text that was read, without byte order mark, its last line ended."""

    def render(self) -> str:
        """The document as text; what `read_document` read comes back unchanged."""
        parts = [self.head]
        for entry in self.entries:
            parts.append(entry.text(""))
            if entry.key == TRACKS and self.is_block:
                parts += (item.text for item in self.items)
                parts.append(self.close)
        parts.append(self.foot)
        text = "".join(parts)
        if not self.final_eol:
            text = text.removesuffix("\n").removesuffix("\r")
        return (BOM if self.bom else "") + text

    def with_block_tracks(self) -> Document:
        """The same list with its tracks as a block sequence, one `- …` each."""
        if self.is_block:
            return self
        entries = tuple(
            entry._replace(name=f"{TRACKS}:", body="", value=()) if entry.key == TRACKS else entry
            for entry in self.entries
        )
        items = tuple(item._replace(dash="  - ", body=item.body + self.eol) for item in self.items)
        return self._replace(entries=entries, items=items, is_block=True)

    def entry(self, key: str) -> Entry | None:
        """The list field `key`."""
        return next((entry for entry in self.entries if entry.key == key), None)

    @property
    def value(self) -> dict[str, Value]:
        """All list fields but the tracks."""
        return {entry.key: entry.value for entry in self.entries if entry.key != TRACKS}

    def position(self, index: int) -> Position:
        """Line and column of a character of `source`."""
        return position_of(self.source, index)


def parse_document(data: bytes | str) -> Document:
    """Cut a tracklist file into pieces.

    Raises `TracklistSyntaxError` with line, column and what was expected when it is not a tracklist:
    not UTF-8, not YAML, no mapping, or `tracks` is not a list of mappings.
    """
    text = decode(data) if isinstance(data, bytes) else data
    bom = text.startswith(BOM)
    text = text.removeprefix(BOM)
    crlf = text.count("\r\n")
    eol = "\r\n" if crlf * 2 > text.count("\n") else "\n"
    final_eol = text.endswith("\n")
    if not final_eol:
        text += eol
    root = compose(text)
    if root.flow_style:
        raise TracklistSyntaxError(
            "expected one field a line (`title: …`), found `{`",
            position_of(text, root.start_mark.index),
            hint="write the list in block style; see docs/file-format.md",
        )
    return _Cutter(text).document(root, bom=bom, eol=eol, final_eol=final_eol)


class _Cutter:
    """Cuts one text; holds it so that positions need no passing around."""

    def __init__(self, text: str) -> None:
        self.text = text

    def line_start(self, index: int) -> int:
        return self.text.rfind("\n", 0, index) + 1

    def line_end(self, index: int) -> int:
        """After the line end that follows `index`; `index` itself at the start of a line stays."""
        end = self.text.find("\n", index)
        return len(self.text) if end < 0 else end + 1

    def fail(self, index: int, sentence: str, hint: str | None = None) -> TracklistSyntaxError:
        return TracklistSyntaxError(sentence, position_of(self.text, index), hint=hint)

    def document(self, root: MappingNode, *, bom: bool, eol: str, final_eol: bool) -> Document:
        first = self.line_start(root.start_mark.index)
        if root.start_mark.index != first:
            raise self.fail(root.start_mark.index, "expected the fields of the list without indentation")
        items: tuple[Item, ...] = ()
        is_block, close = True, ""
        entries: list[Entry] = []
        position = first
        for i, (key, node) in enumerate(root.value):
            start = key.start_mark.index
            lead = self.text[position:start] if i else ""
            following = root.value[i + 1][0].start_mark.index if i + 1 < len(root.value) else None
            if key.value == TRACKS:
                is_block = isinstance(node, SequenceNode) and not node.flow_style
                is_block = is_block or (isinstance(node, ScalarNode) and not node.value)
            if key.value == TRACKS and isinstance(node, SequenceNode):
                if is_block:
                    entry, items, close, position = self.tracks(key, node, lead, following)
                else:
                    items = tuple(self.flow_item(child) for child in node.value)
                    entry, position = self.entry(key, node, lead)
            else:
                if key.value == TRACKS and isinstance(node, (MappingNode, ScalarNode)) and node.value:
                    raise self.fail(node.start_mark.index, "expected a list of tracks (`- title: …`)")
                entry, position = self.entry(key, node, lead)
            entries.append(entry)
        return Document(
            bom=bom,
            eol=eol,
            final_eol=final_eol,
            head=self.text[:first],
            entries=tuple(entries),
            items=items,
            is_block=is_block,
            close=close,
            foot=self.text[position:],
            source=self.text,
        )

    def entry(self, key: ScalarNode, node: Node, lead: str) -> tuple[Entry, int]:
        """One field and where the line after it begins."""
        start = key.start_mark.index
        if isinstance(node, CollectionNode) and not node.flow_style:
            value_start = self.text.index(":", key.end_mark.index) + 1
        else:
            value_start = node.start_mark.index
        end = self.end_of(node)
        line_end = end if end and self.text[end - 1] == "\n" else self.line_end(end)
        if line_end == end and end > value_start:
            # A block scalar: its last line end is the tail, so that bodies never end in one.
            end -= 2 if self.text[end - 2 : end] == "\r\n" else 1
        entry = Entry(
            key=str(value_of(key)),
            value=value_of(node),
            lead=lead,
            name=self.text[start:value_start],
            body=self.text[value_start:end],
            tail=self.text[end:line_end],
            offset=start,
            node=node,
        )
        return entry, line_end

    def end_of(self, node: Node) -> int:
        """Where a value ends: after its last character, for a block scalar after its last line."""
        if isinstance(node, ScalarNode):
            end: int = node.end_mark.index
            if node.style not in {"|", ">"}:
                return end
            text = self.text[node.start_mark.index : end]
            header = text.split("\n", 1)[0]
            if "+" in header:
                return end
            kept = text.rstrip(" \r\n")
            return self.line_end(node.start_mark.index + max(len(kept), len(header.rstrip("\r"))))
        if not isinstance(node, CollectionNode) or node.flow_style or not node.value:
            return int(node.end_mark.index)
        last = node.value[-1]
        return self.end_of(last[1] if isinstance(node, MappingNode) else last)

    def tracks(
        self, key: ScalarNode, node: SequenceNode, lead: str, following: int | None
    ) -> tuple[Entry, tuple[Item, ...], str, int]:
        """The entry `tracks`, its items, the comments that close it, and where the rest begins."""
        start = key.start_mark.index
        colon = self.text.index(":", key.end_mark.index) + 1
        column = node.start_mark.column
        first = self.line_end(colon)
        entry = Entry(TRACKS, (), lead, self.text[start:colon], "", self.text[colon:first], start, None)
        items: list[Item] = []
        position = first
        for i, child in enumerate(node.value):
            dash = self.dash_line(child, column, position)
            above = self.text[position:dash]
            end = self.end_of(child)
            end = end if self.text[end - 1] == "\n" else self.line_end(end)
            next_child = node.value[i + 1] if i + 1 < len(node.value) else None
            limit = self.dash_line(next_child, column, end) if next_child is not None else following
            inner = child.start_mark.column if isinstance(child, MappingNode) else column + 1
            position = self.trivia_end(end, len(self.text) if limit is None else limit, inner)
            items.append(self.item(child, above, dash, end, position))
        limit = len(self.text) if following is None else following
        closing = self.trivia_end(position, limit, column) if column else position
        return entry, tuple(items), self.text[position:closing], closing

    def dash_line(self, child: Node, column: int, floor: int) -> int:
        """The start of the line with the dash of `child`."""
        line = self.line_start(child.start_mark.index)
        while line > floor and self.text[line + column : line + column + 1] != "-":
            line = self.line_start(line - 1)
        return line

    def trivia_end(self, start: int, limit: int, column: int) -> int:
        """How far comment lines indented by at least `column` reach, from `start` on."""
        position = end = start
        while position < limit:
            line_end = self.line_end(position)
            line = self.text[position:line_end]
            stripped = line.lstrip(" ")
            if stripped.strip():
                if not stripped.startswith("#") or len(line) - len(stripped) < column:
                    break
                end = line_end
            position = line_end
        return end

    def item(self, child: Node, lead: str, dash: int, last: int, end: int) -> Item:
        """One track: `last` is the end of its last field, `end` that of the comments below it."""
        if not isinstance(child, MappingNode):
            raise self.fail(
                child.start_mark.index,
                "expected a track with named fields (`- artist: …`)",
                "see docs/file-format.md",
            )
        start = child.start_mark.index
        if child.flow_style:
            item = self.flow_item(child)
            return item._replace(lead=lead, dash=self.text[dash:start], body=self.text[start:end])
        value = value_of(child)
        assert isinstance(value, dict)  # noqa: S101 - what a mapping says
        return Item(
            value=value,
            lead=lead,
            dash=self.text[dash:start],
            body=self.text[start:end],
            cut=lambda: self.fields(child),
            indent=" " * child.start_mark.column,
            close=self.text[last:end],
            offset=start,
        )

    def fields(self, node: MappingNode) -> tuple[Entry, ...]:
        """The fields of a track."""
        entries: list[Entry] = []
        position = 0
        for i, (key, value) in enumerate(node.value):
            above = self.text[position : self.line_start(key.start_mark.index)] if i else ""
            entry, position = self.entry(key, value, above)
            entries.append(entry)
        return tuple(entries)

    def flow_item(self, child: Node) -> Item:
        value = value_of(child)
        if not isinstance(value, dict):
            raise self.fail(child.start_mark.index, "expected a track with named fields (`- artist: …`)")
        text = self.text[child.start_mark.index : child.end_mark.index]
        return Item(value, "", "", text, offset=child.start_mark.index)
