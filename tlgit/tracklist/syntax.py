"""The YAML subset of a tracklist: bytes to nodes with exact positions, or a clear refusal.

Scalars are text. Tags, anchors, aliases, merge keys, duplicate keys, several documents and control characters
are refused, and so is nesting beyond `MAX_DEPTH`, which is checked before the C parser builds anything: its
recursion ends the whole process on 25 KB of `[`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tlgit.errors import DataError
from tlgit.tracklist.fields import LIST_FIELDS, TRACK_FIELDS

if TYPE_CHECKING:
    from tlgit.tracklist.fields import Value

try:
    from yaml.cyaml import CBaseLoader as _BaseLoader
except ImportError:  # PyYAML built without libyaml: slower, and its recursion ends in an exception
    from yaml import BaseLoader as _BaseLoader  # type: ignore[assignment]  # the same interface in Python

MAX_BYTES: Final = 1 << 20
"""The largest tracklist that is read: 1 MiB, some 5,000 tracks."""
MAX_DEPTH: Final = 12
"""The deepest nesting of lists and mappings."""

BOM: Final = "\ufeff"

# What no YAML reader and no player takes for text: C0 and C1 but tab and line ends, the line ends that only
# YAML 1.1 knows, direction overrides, stray surrogates and the byte order mark inside the text.
_FORBIDDEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_LONE_CR: Final = re.compile(r"\r(?!\n)")
_MARKER: Final = re.compile(r"^\ufeff?(?:<{7,}(?: |$)|>{7,}(?: |$)|={7,}\r?$)", re.MULTILINE)
# A bracket that its closing one does not follow at once, and the indicators that nest without one.
_OPEN: Final = re.compile(r"""[\[{](?![^\[\]{}"'#\n]*[\]}])""")
_RUN: Final = re.compile(r"^[ \t?:-]{41,}", re.MULTILINE)
_COLON: Final = re.compile(r"[ \t]*:")
# A key of more than one line begins with a question mark.
_QUESTION: Final = re.compile(r"(?:^|[\s\[{,-])\?(?:\s|$)", re.MULTILINE)
_FIELDS: Final = frozenset({*LIST_FIELDS, *TRACK_FIELDS})
_SAFE_NESTING: Final = 100
# Whether an anchor, an alias or a tag can stand in the text at all; most texts have none.
_PROPERTY: Final = re.compile(r"(?:^|[\s\[{,:?-])(?:[&*]\S|!)", re.MULTILINE)


class Position(NamedTuple):
    """A place in a text: line and column, both counted from 1."""

    line: int
    column: int


class TracklistSyntaxError(DataError):
    """A tracklist that cannot be read: where, and what was expected there."""

    def __init__(
        self,
        sentence: str,
        position: Position,
        *,
        hint: str | None = None,
        name: str = "",
        code: str = "syntax",
    ) -> None:
        """`code` is a short stable name: `twice` for a key that stands twice, else `syntax`."""
        self.sentence = sentence
        self.position = position
        self.name = name
        self.code = code
        where = f"{name or 'tracklist'}:{position.line}:{position.column}"
        super().__init__(f"{where}: {sentence}", hint=hint)

    def named(self, name: str) -> TracklistSyntaxError:
        """The same error for the file `name`."""
        return TracklistSyntaxError(self.sentence, self.position, hint=self.hint, name=name, code=self.code)


def position_of(text: str, index: int) -> Position:
    """Line and column of the character at `index`."""
    start = text.rfind("\n", 0, index) + 1
    return Position(text.count("\n", 0, start) + 1, index - start + 1)


def _fail(text: str, index: int, sentence: str, hint: str | None = None) -> TracklistSyntaxError:
    return TracklistSyntaxError(sentence, position_of(text, index), hint=hint)


def decode(data: bytes) -> str:
    """Bytes of a tracklist as text; a byte order mark stays its first character."""
    if len(data) > MAX_BYTES:
        raise TracklistSyntaxError(
            f"the file has {len(data):,} bytes, expected at most {MAX_BYTES:,}", Position(1, 1)
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        raise _fail(before, len(before), "expected UTF-8 text", "save the file as UTF-8") from error
    return text


def has_conflict_markers(text: str) -> bool:
    """Whether git's conflict markers stand in the text."""
    return len({match[0].lstrip(BOM)[0] for match in _MARKER.finditer(text)}) == 3


def compose(text: str) -> MappingNode:
    """Parse a text without byte order mark into nodes; their marks are indexes of characters in `text`."""
    _check_characters(text)
    _check_nesting(text)
    try:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
        finally:
            dispose = getattr(loader, "dispose", None)
            if dispose is not None:
                dispose()
    except yaml.MarkedYAMLError as error:
        raise _from_yaml(text, error) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _fail(text, 0, f"not readable as YAML ({type(error).__name__})") from error
    if not isinstance(root, MappingNode):
        raise _fail(text, 0, "expected a tracklist: `title:` and `tracks:`", "see docs/file-format.md")
    _check_nodes(text, root)
    return root


class _Loader(_BaseLoader):
    """The C parser with a resolver that does nothing: every scalar is text, whatever it looks like."""

    def descend_resolver(self, *_: object) -> None:
        """Go into a value."""

    def ascend_resolver(self) -> None:
        """Come back from a value."""

    def resolve(self, *_: object) -> str:
        """Give each node the same tag; nobody looks at it."""
        return ""


def _from_yaml(text: str, error: yaml.MarkedYAMLError) -> TracklistSyntaxError:
    mark = error.problem_mark or error.context_mark
    index = min(mark.index, len(text)) if mark is not None else 0
    if has_conflict_markers(text):
        match = _MARKER.search(text)
        return _fail(
            text,
            match.start() if match else index,
            "conflict markers stand in the file",
            "keep one side of each marked place, delete the marker lines, then `git add` the file",
        )
    words = error.problem or "not readable as YAML"
    hint = None
    if text[index : index + 1] == "\t":
        hint = "indent with spaces; YAML takes no tabs there"
    elif "mapping values are not allowed" in words:
        hint = 'check the indentation, and put a value that holds ": " in double quotes'
    elif "did not find expected key" in words or "block mapping" in (error.context or ""):
        hint = "check the indentation and the quotes of this line and the one above"
    return _fail(text, index, words, hint)


def is_text(text: str) -> bool:
    """Whether no control character, direction override or lone carriage return stands in it."""
    return _FORBIDDEN.search(text) is None and "\r" not in text


def _check_characters(text: str) -> None:
    match = _FORBIDDEN.search(text) or _LONE_CR.search(text)
    if match is None:
        return
    name = unicodedata.name(match[0], f"U+{ord(match[0]):04X}")
    raise _fail(text, match.start(), f"the control character {name} is not text", "delete that character")


def _check_nesting(text: str) -> None:
    """Refuse deep nesting before the C parser recurses; cheap for honest files, exact for odd ones."""
    if len(_OPEN.findall(text)) <= _SAFE_NESTING and _RUN.search(text) is None:
        return
    try:
        _walk_events(text)
    except yaml.MarkedYAMLError as error:
        raise _from_yaml(text, error) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _fail(text, 0, f"not readable as YAML ({type(error).__name__})") from error


def _walk_events(text: str) -> None:
    """Read the events one by one, which needs no recursion, and count the depth."""
    loader, depth = _Loader(text), 0
    while loader.check_event():
        event = loader.get_event()
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise _too_deep(text, event.start_mark.index if event.start_mark is not None else 0)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _too_deep(text: str, index: int) -> TracklistSyntaxError:
    return _fail(text, min(index, len(text)), f"nested deeper than {MAX_DEPTH} levels")


def _check_nodes(text: str, root: Node) -> None:
    """Refuse everything that YAML can say and a tracklist does not."""
    if _PROPERTY.search(text) is not None:
        _check_properties(text, root)
    has_escapes = "\\" in text
    has_simple_keys = "?" not in text or _QUESTION.search(text) is None
    stack: list[tuple[Node, int]] = [(root, 1)]
    while stack:
        node, depth = stack.pop()
        if isinstance(node, ScalarNode):
            if has_escapes and node.style == '"':
                _check_escapes(text, node)
            continue
        if depth > MAX_DEPTH:
            raise _too_deep(text, node.start_mark.index)
        if isinstance(node, MappingNode):
            if not (has_simple_keys and _has_usual_keys(node)):
                _check_keys(text, node)
            stack += ((value, depth + 1) for _, value in node.value)
        else:
            stack += ((child, depth + 1) for child in node.value)


def _check_properties(text: str, root: Node) -> None:
    """Refuse anchors, aliases and tags; the walk ends at the second sight of a node, so no bomb goes off."""
    seen: set[int] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        index = node.start_mark.index
        if index < node.end_mark.index and text[index] in "&!":
            what = "anchors (`&name`)" if text[index] == "&" else "tags (`!name`)"
            raise _fail(
                text, index, f"{what} are not part of a tracklist", "quote the text, or write it plain"
            )
        if id(node) in seen:
            raise _fail(text, index, "aliases (`*name`) are not part of a tracklist", "write the value out")
        seen.add(id(node))
        if isinstance(node, MappingNode):
            stack += (child for pair in node.value for child in pair)
        elif isinstance(node, SequenceNode):
            stack += node.value


def _check_escapes(text: str, node: ScalarNode) -> None:
    if node.value.isprintable():
        return
    match = _FORBIDDEN.search(node.value)
    if match is not None:
        raise _fail(
            text,
            node.start_mark.index,
            f"the escape for U+{ord(match[0]):04X} is a control character, not text",
            "delete that escape",
        )


def _check_keys(text: str, node: MappingNode) -> None:
    lines: dict[str, int] = {}
    for key, _ in node.value:
        index = key.start_mark.index
        if not isinstance(key, ScalarNode) or not key.value or "\n" in key.value:
            raise _fail(text, index, "expected a plain name before the colon")
        if not node.flow_style and _COLON.match(text, key.end_mark.index) is None:
            raise _fail(text, index, "expected a colon behind the name", "write `name: value`, without `?`")
        if key.value == "<<" and text[index] == "<":
            raise _fail(text, index, "merge keys (`<<`) are not part of a tracklist", "write the fields out")
        name = nfc(key.value)
        if name in lines:
            raise TracklistSyntaxError(
                f"{name!r} stands twice, first in line {lines[name]}",
                position_of(text, index),
                hint="keep one of the two",
                code="twice",
            )
        lines[name] = key.start_mark.line + 1


def _has_usual_keys(node: MappingNode) -> bool:
    """Whether all keys are names of fields, each once: nearly always so, and quickly told."""
    try:
        names = {key.value for key, _ in node.value}
    except TypeError:  # a key that is a list
        return False
    return len(names) == len(node.value) and names <= _FIELDS


def value_of(node: Node) -> Value:
    """What a node says: text in NFC, tuples, and mappings in order."""
    if isinstance(node, ScalarNode):
        return nfc(node.value)
    if isinstance(node, SequenceNode):
        return tuple([value_of(child) for child in node.value])
    result = {}
    for key, child in node.value:
        text = child.value
        is_ascii = isinstance(text, str) and text.isascii()
        result[nfc(key.value)] = text if is_ascii else value_of(child)
    return result


def nfc(text: str) -> str:
    """The text with its accents composed."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)
