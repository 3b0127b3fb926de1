"""All that is printed goes through here: results on stdout, words on stderr, nothing that drives a terminal."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Everything that moves the cursor, changes colours, rings, or turns the direction of writing.
_CONTROL: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


@dataclass(slots=True)
class Mode:
    """How this run prints."""

    is_json: bool = False
    is_debug: bool = False


def mode() -> Mode:
    """The mode of the current run; plain text outside of one."""
    context = click.get_current_context(silent=True)
    found = context.find_object(Mode) if context else None
    return found or Mode()


def clean(text: str) -> str:
    """The text with every control character spelled out."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def put(text: str) -> None:
    """A result, on stdout."""
    sys.stdout.write(clean(text).rstrip("\n") + "\n")


def say(text: str) -> None:
    """Words beside the result, on stderr."""
    sys.stderr.write(clean(text).rstrip("\n") + "\n")


def put_bytes(data: bytes) -> None:
    """A result that is a file, on stdout, byte for byte."""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def result(context: click.Context | None, schema: str, data: Mapping[str, Any], text: str) -> None:  # noqa: ARG001  (commands hand it over; the mode is found from the run)
    """One result: the object with `--json`, else the text (nothing when it is empty)."""
    if mode().is_json:
        document = {"schema": schema, **data}
        is_ascii = sys.stdout.encoding.lower() not in {"utf-8", "utf8"}
        text = json.dumps(document, ensure_ascii=is_ascii, indent=2, default=str)
        sys.stdout.write(_CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n")
    elif text:
        put(text)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table for people: as wide as the terminal, or as its cells where there is none."""
    # Loaded here: only tables need it.
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    drawn = Table(box=None, pad_edge=False, show_edge=False, header_style="")
    for head in heads:
        drawn.add_column(head, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(clean(cell)) for cell in row))
    console = Console(width=None if sys.stdout.isatty() else 10_000, color_system=None, highlight=False)
    with console.capture() as capture:
        console.print(drawn)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())
