"""From a document's values to the typed `Tracklist`, with a problem for everything that does not fit.

Nothing is guessed: a value of the wrong kind is reported with its line and left out of the typed list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from yaml.nodes import MappingNode, SequenceNode

from tlgit.errors import DataError
from tlgit.tracklist.fields import LIST_FIELDS, PART_FIELDS, TRACK_FIELDS, Kind, Value
from tlgit.tracklist.model import Part, Track, Tracklist
from tlgit.tracklist.text import TRACKS, Document, Entry, Item, parse_document
from tlgit.tracklist.time import TimeFormatError, parse_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlgit.tracklist.syntax import Position

MAX_TEXT: Final = 500
"""The longest single-line text of a field, in characters."""
MAX_TRACKS: Final = 2000

_DATE: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_NUMBER: Final = re.compile(r"\d{1,4}(?:\.\d{1,3})?")
_REF: Final = re.compile(r"[0-9]{1,20}")


class Severity(Enum):
    """How much a problem matters."""

    ERROR = "error"
    """The file cannot be used as a tracklist until this is mended."""
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something in a file that is not as it should be: where, what, and what to do."""

    severity: Severity
    code: str
    """A short stable name: `time`, `text`, `duplicate`, …"""
    position: Position
    sentence: str
    hint: str | None = None

    def describe(self, name: str) -> str:
        """One line: `file:line:column: sentence`."""
        return f"{name}:{self.position.line}:{self.position.column}: {self.sentence}"


class TracklistError(DataError):
    """A file that parses as YAML but does not hold a tracklist."""

    def __init__(self, name: str, problems: tuple[Problem, ...]) -> None:
        self.name = name
        self.problems = problems
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(first.describe(name) + more, hint=first.hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A file read: its pieces, its values, and what is wrong with it."""

    document: Document
    tracklist: Tracklist
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep the file from being used."""
        return tuple(p for p in self.problems if p.severity is Severity.ERROR)


def parse_reading(data: bytes | str) -> Reading:
    """Read a file; raises `TracklistSyntaxError` only when it is not the YAML of a tracklist at all."""
    return type_document(parse_document(data))


def parse_tracklist(data: bytes | str, name: str = "tracklist") -> Tracklist:
    """Read a file that has to be right: raises `TracklistError` or `TracklistSyntaxError` when it is not."""
    reading = parse_reading(data)
    if reading.errors:
        raise TracklistError(name, reading.errors)
    return reading.tracklist


def type_document(document: Document) -> Reading:
    """Type the values of a document by the schema."""
    return _Typer(document).reading()


class FieldTypeError(ValueError):
    """A text that is not of its field's kind; the message says what was expected."""


def parse_scalar(kind: Kind, text: str) -> str | int | bool:
    """Type one non-empty text by its kind; raises `FieldTypeError`."""
    if kind in {Kind.TIME, Kind.OFFSET}:
        try:
            return parse_time(text, signed=kind is Kind.OFFSET)
        except TimeFormatError as error:
            raise FieldTypeError(str(error)) from error
    if kind is Kind.FLAG:
        if text.lower() not in {"true", "false"}:
            raise FieldTypeError("true or false")
        return text.lower() == "true"
    if kind is Kind.DATE:
        return _parse_date(text)
    if kind is Kind.NUMBER and not (text.isascii() and _NUMBER.fullmatch(text)):
        raise FieldTypeError("a number like 128 or 127.5")
    if kind is Kind.REF and not (text.isascii() and _REF.fullmatch(text)):
        raise FieldTypeError("a row id of digits")
    if kind is Kind.STATUS and text not in {"draft", "published"}:
        raise FieldTypeError("draft or published")
    if kind is Kind.TEXT:
        if "\n" in text:
            raise FieldTypeError("text on one line")
        if len(text) > MAX_TEXT:
            raise FieldTypeError(f"at most {MAX_TEXT} characters")
    return text


def _parse_date(text: str) -> str:
    match = _DATE.fullmatch(text) if text.isascii() else None
    if match is None:
        raise FieldTypeError("a date like 2025-05-17")
    _, month, day = match.groups()
    if (month and not 1 <= int(month) <= 12) or (day and not 1 <= int(day) <= 31):
        raise FieldTypeError("a date like 2025-05-17")
    return text


class _Typer:
    """Types one document and gathers its problems."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []

    def reading(self) -> Reading:
        document = self.document
        known, extra = self.fields(LIST_FIELDS, document.entries)
        title = document.entry("title")
        if title is None or not title.value:
            self.error("title", 0, "expected `title:`, every tracklist has one")
        if document.entry(TRACKS) is None:
            self.error("tracks", 0, "expected `tracks:`, every tracklist has a list of tracks")
        if len(document.items) > MAX_TRACKS:
            self.error("size", document.items[MAX_TRACKS].offset, f"more than {MAX_TRACKS} tracks")
        tracks = tuple(self.track(item) for item in document.items[:MAX_TRACKS])
        tracklist = Tracklist(**known, tracks=tracks, extra=extra)
        return Reading(document=document, tracklist=tracklist, problems=tuple(self.problems))

    def report(self, severity: Severity, code: str, index: int, sentence: str, hint: str | None) -> None:
        position = self.document.position(index)
        self.problems.append(
            Problem(severity=severity, code=code, position=position, sentence=sentence, hint=hint)
        )

    def error(self, code: str, index: int, sentence: str, hint: str | None = None) -> None:
        self.report(Severity.ERROR, code, index, sentence, hint)

    def fields(
        self, schema: Mapping[str, Kind], entries: tuple[Entry, ...]
    ) -> tuple[dict[str, Any], dict[str, Value]]:
        """The known fields by their attribute names, and the rest as read."""
        known: dict[str, Any] = {}
        extra: dict[str, Value] = {}
        for entry in entries:
            kind = schema.get(entry.key)
            if kind is None:
                if entry.key != TRACKS or schema is TRACK_FIELDS:
                    extra[entry.key] = entry.value
                continue
            if not entry.value:
                continue
            try:
                value = self.typed(kind, entry)
            except FieldTypeError as problem:
                hint = None
                if kind is Kind.TIME and isinstance(entry.value, str) and entry.value.isdigit():
                    hint = 'write minutes and seconds, like "12:34"; another program may have turned it into a number'
                index = entry.node.start_mark.index if entry.node is not None else entry.offset
                self.error(
                    kind.value, index, f"{entry.key}: expected {problem}, found {_shown(entry.value)}", hint
                )
                continue
            if value is not None:
                known["with_previous" if entry.key == "with" else entry.key] = value
        return known, extra

    def typed(self, kind: Kind, entry: Entry) -> Any:
        value = entry.value
        if kind is Kind.MAPPING:
            if not isinstance(value, dict):
                raise FieldTypeError("named settings (`name: value`)")
            return value
        if kind is Kind.ORDERED:
            return self.parts(entry)
        if kind in {Kind.SET, Kind.MULTILINE}:
            return _texts(value, several=kind is Kind.SET)
        if not isinstance(value, str):
            raise FieldTypeError("text")
        return parse_scalar(kind, value)

    def track(self, item: Item) -> Track:
        if item.entries is not None:
            entries = item.entries
        else:
            entries = tuple(
                Entry(key, value, "", "", "", "", offset=item.offset) for key, value in item.value.items()
            )
        known, extra = self.fields(TRACK_FIELDS, entries)
        if not item.value or not any(item.value.values()):
            self.error("empty", item.offset, "expected a track, found an empty one", "delete the line")
        return Track(**known, extra=extra)

    def parts(self, entry: Entry) -> tuple[Part, ...]:
        if not isinstance(entry.value, tuple):
            raise FieldTypeError("a list of parts (`- artist: …`)")
        nodes = entry.node.value if isinstance(entry.node, SequenceNode) else [None] * len(entry.value)
        parts = []
        for value, node in zip(entry.value, nodes, strict=True):
            if not isinstance(value, dict):
                raise FieldTypeError("parts with named fields (`- artist: …`)")
            index = node.start_mark.index if isinstance(node, MappingNode) else entry.offset
            known = {}
            for key, kind in PART_FIELDS.items():
                text = value.get(key)
                if not text:
                    continue
                if not isinstance(text, str):
                    self.error("text", index, f"parts: {key}: expected text, found {_shown(text)}")
                    continue
                known[key] = str(parse_scalar(kind, text))
            parts.append(Part(**known))
        return tuple(parts)


def _texts(value: Value, *, several: bool) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, tuple):
        texts = tuple(text for text in value if isinstance(text, str))
        if len(texts) == len(value):
            return texts
    raise FieldTypeError("a list of texts" if several else "text, or a list of texts")


def _shown(value: Value) -> str:
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:39] + "…")
    return "a list" if isinstance(value, tuple) else "named fields"
