"""Made lists for timing: a base and two sides that edited it, of any length, the same ones on every run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

NAMES: Final = ("Mira Vale", "Kato Lind", "Sol & Ember", "Ona Reyes", "Ivo Brandt", "Ada Moss", "Nell Orr")
WORDS: Final = (
    "Paper",
    "Glass",
    "Harbour",
    "Second",
    "Sun",
    "Drift",
    "Lantern",
    "Window",
    "Foam",
    "Rope",
    "Kelp",
)
LABELS: Final = ("Fern", "Quay", "Tidewater", "Dock")
EVERY: Final = 7
"""Of so many rows each side edits one: a 30-track list gets four or five edits a side."""


@dataclass(slots=True, kw_only=True)
class Row:
    """One track of a made list."""

    artist: str
    title: str
    start: int
    """Seconds."""
    label: str
    ref: int | None
    comment: str = ""

    def render(self) -> str:
        """The lines of the track."""
        above = f"  # {self.comment}\n" if self.comment else ""
        ref = f"    ref: {self.ref}\n" if self.ref else ""
        start = f"{self.start // 3600}:{self.start // 60 % 60:02}:{self.start % 60:02}"
        return (
            f'{above}  - start: "{start}"\n    artist: {self.artist}\n    title: {self.title}\n'
            f"    label: {self.label}\n{ref}"
        )


Texts = tuple[str, str, str]
"""Base, ours and theirs."""


def usual(count: int, number: int = 0) -> Texts:
    """Both sides retime, rename, fill, remark; each inserts, deletes and moves a track. Nothing is in conflict."""
    return _three(count, number, _edit_ours, _edit_theirs)


def all_starts(count: int, number: int = 0) -> Texts:
    """Both sides changed every start, to other values: every row is in conflict."""

    def shifted(rows: list[Row], seconds: int) -> None:
        for row in rows:
            row.start += seconds

    return _three(count, number, lambda rows: shifted(rows, 3), lambda rows: shifted(rows, 8))


def reversed_list(count: int, number: int = 0) -> Texts:
    """Ours turned the list round, theirs edited it as usual."""
    return _three(count, number, lambda rows: rows.reverse(), _edit_theirs)


def unknown_rows(count: int, number: int = 0) -> Texts:
    """Every row is an ID without row id; ours retimed all, theirs named some."""

    def retime(rows: list[Row]) -> None:
        for n, row in enumerate(rows):
            row.start += n % 3

    def name(rows: list[Row]) -> None:
        for n, row in enumerate(rows[::EVERY]):
            row.artist, row.title = _names(n, 5)

    base = [_unknown(row) for row in make_rows(count, number)]
    sides = [[_unknown(row) for row in make_rows(count, number)] for _ in range(2)]
    retime(sides[0])
    name(sides[1])
    return _render(base), _render(sides[0]), _render(sides[1])


SHAPES: Final[Mapping[str, Callable[[int], Texts]]] = {
    "usual edits": usual,
    "all starts changed on both sides": all_starts,
    "reversed by one side": reversed_list,
    "all rows unknown": unknown_rows,
}


def make_rows(count: int, number: int = 0) -> list[Row]:
    """The rows of a list."""
    rows = []
    for n in range(count):
        artist, title = _names(n, number)
        rows.append(
            Row(
                artist=artist,
                title=title,
                start=n * 210 + n % 5,
                label=LABELS[(n + number) % len(LABELS)],
                ref=None if n % 4 == 3 else 1000 + n,
            )
        )
    return rows


def _names(n: int, number: int) -> tuple[str, str]:
    n += number * 13
    first, second = WORDS[n % len(WORDS)], WORDS[n // 3 % len(WORDS)]
    return NAMES[n % len(NAMES)], f"{first} {second} {n}"


def _unknown(row: Row) -> Row:
    row.artist = row.title = "ID"
    row.label, row.ref = '""', None
    return row


def _three(
    count: int, number: int, ours: Callable[[list[Row]], object], theirs: Callable[[list[Row]], object]
) -> Texts:
    base, left, right = (make_rows(count, number) for _ in range(3))
    ours(left)
    theirs(right)
    return _render(base), _render(left), _render(right)


def _edit_ours(rows: list[Row]) -> None:
    deleted = rows[EVERY * (len(rows) // EVERY) - 1]
    for n, row in enumerate(rows[1::EVERY]):
        if n % 3 == 0:
            row.start += 2
        elif n % 3 == 1:
            row.title += " (Live)"
        else:
            row.comment = "checked by ear"
    rows.insert(len(rows) // 2, _inserted(rows[len(rows) // 2 - 1], "Pia Falk", "Ropes"))
    rows.insert(len(rows) // 4, rows.pop(len(rows) // 4 + 2))
    rows.remove(deleted)


def _edit_theirs(rows: list[Row]) -> None:
    deleted = rows[EVERY * (len(rows) // EVERY // 2) + 2]
    for n, row in enumerate(rows[4::EVERY]):
        if n % 2:
            row.label += " / Moss"
        else:
            row.artist += " ft. Sol"
    rows.insert(3, _inserted(rows[2], "Cleo Nash", "Tin Roof"))
    rows.insert(len(rows) - 8, rows.pop(len(rows) - 10))
    rows.remove(deleted)


def _inserted(above: Row, artist: str, title: str) -> Row:
    return Row(artist=artist, title=title, start=above.start + 90, label="Dock", ref=None)


def _render(rows: Sequence[Row]) -> str:
    head = "# kept by hand\ntitle: Harbour Stage\nartist: Mira Vale\ndate: 2026-05-09\nvenue: Old Mill\n"
    return head + "tracks:\n" + "".join(row.render() for row in rows)
