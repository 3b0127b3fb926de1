"""Tracklists and edits of them, as Hypothesis draws them.

Every row has an identity that no edit changes, so that a test can tell what a merge should do, and every edit
makes texts that no other edit makes, so that a test can tell whose text it sees.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from hypothesis import strategies as st

VALUES: Final = {
    "start": [f'"{m}:{s:02d}"' for m in (0, 1, 7, 59) for s in (0, 7)] + ["1:02:33", "'2:00'"],
    "artist": ["Mira Vale", "Kato Lind", "'Sol & Ember'", '"Ona: Reyes"', "日本 🎧", "ID"],
    "title": ["Opening", "Paper Boats (Dub)", '"Glass # Harbour"', "ID", "It's"],
    "label": ["Fern", "Quay", '""', "Tide\n      Water"],
    "bpm": ["124", "127.5"],
    "energy": ["low", "high"],
    "notes": [
        "fades in",
        "|\n      one\n      two",
        "|\n      one\n      two\n\n      three",
        "[one, two]",
        "\n      - one\n      - two",
    ],
}
FIELDS: Final = tuple(VALUES)
THEMES: Final = {
    "any": ("insert", "head", "set", "set", "clear", "delete", "move", "above", "beside", "inside"),
    "order": ("move", "move", "insert", "delete"),
    "values": ("set", "set", "set", "clear", "delete", "head"),
}
"""What a side does in one go: of several themes each is met often enough on both sides."""


@dataclass(frozen=True, slots=True)
class Row:
    """One track of the model: its fields as YAML writes them, and the comments around it."""

    ref: int
    fields: tuple[tuple[str, str], ...]
    above: tuple[str, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()
    inside: tuple[tuple[str, str], ...] = ()

    @property
    def values(self) -> dict[str, str]:
        """Fields by name."""
        return dict(self.fields)

    def render(self) -> str:
        """The lines of the item."""
        lines = [f"  # {text}\n" for text in self.above]
        beside, inside = dict(self.beside), dict(self.inside)
        for n, (key, value) in enumerate((*self.fields, ("ref", str(self.ref)))):
            if n and key in inside:
                lines.append(f"    # {inside[key]}\n")
            comment = f"  # {beside[key]}" if key in beside and "\n" not in value else ""
            lines.append(f"{'    ' if n else '  - '}{key}: {value}{comment}\n")
        return "".join(lines)

    def comments(self) -> set[str]:
        """The comments that the row really shows."""
        return {line[line.index("# c") :].strip() for line in self.render().splitlines() if "# c" in line}


@dataclass(frozen=True, slots=True)
class List:
    """A tracklist of the model."""

    rows: tuple[Row, ...]
    head: tuple[tuple[str, str], ...] = (("title", "Night One"), ("artist", "Mira Vale"))

    def render(self) -> str:
        """The file."""
        head = "".join(f"{key}: {value}\n" for key, value in self.head)
        tracks = "tracks:\n" + "".join(row.render() for row in self.rows) if self.rows else "tracks: []\n"
        return head + tracks

    def by_ref(self) -> dict[int, Row]:
        """Rows by identity."""
        return {row.ref: row for row in self.rows}


@dataclass(frozen=True, slots=True)
class Case:
    """A base and two versions of it."""

    base: List
    ours: List
    theirs: List
    texts: tuple[str, str, str] = field(default=("", "", ""))


def _row(draw: st.DrawFn, ref: int, salt: str = "") -> Row:
    keys = draw(
        st.permutations(
            ["artist", "title", *draw(st.sets(st.sampled_from(["start", "label", "bpm", "notes"])))]
        )
    )
    fields = []
    for key in keys:
        value = draw(st.sampled_from(VALUES[key]))
        fields.append((key, f"{salt} {ref}" if salt and key in {"artist", "title"} else value))
    return Row(ref, tuple(fields))


@st.composite
def lists(draw: st.DrawFn, *, min_rows: int = 0) -> List:
    """A tracklist whose rows have row ids 1, 2, …"""
    return List(tuple(_row(draw, ref) for ref in range(1, draw(st.integers(min_rows, 6)) + 1)))


@st.composite
def edited(draw: st.DrawFn, before: List, side: str) -> List:
    """The list after some edits of one side; what it adds is marked with the name of the side."""
    rows = list(before.rows)
    head = dict(before.head)
    theme = draw(st.sampled_from(list(THEMES)))
    for number in range(draw(st.integers(0, 5))):
        kinds = THEMES[theme] if rows else ("insert", "head")
        kind = draw(st.sampled_from(kinds))
        at = draw(st.integers(0, len(rows) - 1)) if rows else 0
        name = f"c {side} {number}"
        if kind == "insert":
            rows.insert(
                draw(st.integers(0, len(rows))), _row(draw, {"ours": 500, "theirs": 900}[side] + number, side)
            )
        elif kind == "head":
            head[draw(st.sampled_from(["title", "venue", "date"]))] = draw(st.sampled_from(["2025", "2026"]))
        elif kind == "delete":
            rows.pop(at)
        elif kind == "move":
            rows.insert(draw(st.integers(0, len(rows) - 1)), rows.pop(at))
        else:
            rows[at] = _edited_row(draw, rows[at], kind, name)
    return List(tuple(rows), tuple(head.items()))


def _edited_row(draw: st.DrawFn, row: Row, kind: str, comment: str) -> Row:
    key = draw(st.sampled_from(FIELDS))
    values = row.values
    if kind == "set":
        values[key] = draw(st.sampled_from(VALUES[key]))
        return replace(row, fields=tuple(values.items()))
    if kind == "clear" and len(values) > 1:
        values.pop(key, None)
        return replace(row, fields=tuple(values.items()))
    key = draw(st.sampled_from([*values, "ref"]))
    if kind == "above":
        return replace(row, above=(*row.above, comment))
    if kind == "beside":
        return replace(row, beside=tuple({**dict(row.beside), key: comment}.items()))
    return replace(row, inside=tuple({**dict(row.inside), key: comment}.items()))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A base and what two sides made of it."""
    base = draw(lists(min_rows=draw(st.sampled_from([0, 3, 5]))))
    ours, theirs = draw(edited(base, "ours")), draw(edited(base, "theirs"))
    return Case(base, ours, theirs, (base.render(), ours.render(), theirs.render()))


@st.composite
def shuffled(draw: st.DrawFn) -> Case:
    """A base and two other orders of it."""
    base = draw(lists(min_rows=3))
    ours, theirs = (List(tuple(draw(st.permutations(base.rows)))) for _ in range(2))
    return Case(base, ours, theirs, (base.render(), ours.render(), theirs.render()))
