"""Values that people give for a field: by an option, or in an editor. Checked as the field's schema wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tlgit.errors import UsageError
from tlgit.ops.conflicts import shown_value
from tlgit.tracklist.fields import LIST_FIELDS, TRACK_FIELDS, Kind
from tlgit.tracklist.schema import Severity, parse_reading
from tlgit.tracklist.syntax import TracklistSyntaxError
from tlgit.tracklist.write import render_scalar, render_value

if TYPE_CHECKING:
    from tlgit.ops.conflicts import Conflict
    from tlgit.tracklist.fields import Value

CUT: Final = "# --- write the field below this line; leave nothing to decide nothing ---"
_STRUCTURED: Final = frozenset({Kind.SET, Kind.ORDERED, Kind.MAPPING, Kind.MULTILINE})


class ValueRefusedError(UsageError):
    """A value that is not of its field's kind."""

    def __init__(self, path: str, sentence: str, hint: str | None = None) -> None:
        super().__init__(f"{path}: {sentence}", hint=hint or "nothing was written")
        self.path = path


def kind_of(conflict: Conflict) -> Kind:
    """The kind of a conflict's field; a key that the schema does not name is text."""
    schema = TRACK_FIELDS if _is_of_track(conflict) else LIST_FIELDS
    return schema.get(conflict.key, Kind.TEXT)


def _is_of_track(conflict: Conflict) -> bool:
    return conflict.pattern != conflict.key


def parse_value(conflict: Conflict, text: str) -> Value | None:
    """The value that a text stands for; an empty one takes the field out (None). Raises ValueRefusedError.

    Lists and named settings are written as in YAML on one line: `[House, Techno]`.
    """
    if not text.strip():
        _require_optional(conflict)
        return None
    kind = kind_of(conflict)
    is_yaml = kind in _STRUCTURED and text.lstrip()[:1] in {"[", "{"}
    return _checked(conflict, f"{_key_of(conflict)}: {text if is_yaml else render_scalar(text, kind)}\n")


def render_question(conflict: Conflict) -> str:
    """What is put into the editor: who says what as comments, and the current value as it stands in a file."""
    about = f" of {conflict.name}" if conflict.name else ""
    lines = [f"{conflict.field}{about} ({conflict.path})"]
    lines += [f"current:  {shown_value(conflict.current.value)}"]
    lines += [f"proposed: {shown_value(conflict.proposed.value)}"]
    lines += [f"base:     {shown_value(conflict.base)}"]
    value = conflict.current.value
    written = "" if value is None else f" {render_value(value, kind_of(conflict))}"
    comments = "".join(f"# {_printable(line)}\n" for line in lines)
    return f"{comments}{CUT}\n{_key_of(conflict)}:{written}\n"


def parse_answer(conflict: Conflict, text: str) -> tuple[Value | None] | None:
    """What was written in the editor: the value in a tuple (None takes the field out), or None for no answer.

    Raises ValueRefusedError.
    """
    _, found, below = text.replace("\r\n", "\n").partition(CUT)
    lines = (below if found else text).strip("\n").splitlines(keepends=True)
    if not found:
        lines = [line for line in lines if not line.startswith("#")]
    written = "".join(lines).rstrip()
    if not written:
        return None
    if not written.startswith(f"{_key_of(conflict)}:"):
        raise ValueRefusedError(conflict.field, f"expected `{_key_of(conflict)}: …`")
    if not written.partition(":")[2].strip():
        _require_optional(conflict)
        return (None,)
    return (_checked(conflict, written + "\n"),)


def _key_of(conflict: Conflict) -> str:
    return render_scalar(conflict.key)


def _checked(conflict: Conflict, field: str) -> Value:
    """The value of a field as YAML, read back through the schema."""
    if _is_of_track(conflict):
        indented = "".join(f"    {line}" for line in field.splitlines(keepends=True))
        text = f"title: x\ntracks:\n  - {indented[4:]}"
    else:
        text = f"{field}tracks: []\n" if conflict.key == "title" else f"title: x\n{field}tracks: []\n"
    try:
        reading = parse_reading(text)
    except TracklistSyntaxError as error:
        raise ValueRefusedError(conflict.field, error.sentence, error.hint) from error
    problem = next((one for one in reading.problems if one.severity is Severity.ERROR), None)
    if problem is not None:
        raise ValueRefusedError(conflict.field, problem.sentence, problem.hint)
    document = reading.document
    values = document.items[0].value if _is_of_track(conflict) else document.value
    others = set(values) - {conflict.key, *(() if _is_of_track(conflict) else ("title",))}
    if others or len(document.items) > 1 or conflict.key not in values:
        raise ValueRefusedError(conflict.field, f"expected one field, `{_key_of(conflict)}: …`")
    return values[conflict.key]


def _require_optional(conflict: Conflict) -> None:
    if conflict.pattern == "title":
        raise ValueRefusedError(conflict.field, "expected text, every tracklist has a title")


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)
