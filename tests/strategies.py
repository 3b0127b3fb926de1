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
        "\n      - one\n      - two\n      - three",
    ],
    "parts": [
        "\n      - artist: Sol\n        title: Glass\n      - artist: Ember",
        "\n      - artist: Sol\n        title: Harbour\n      - artist: Ember",
        "\n      - artist: Sol\n        title: Glass\n      - artist: Ember\n      - title: ID",
    ],
}
FIELDS: Final = tuple(VALUES)
COMMENTS: Final = ("above", "behind", "beside", "inside", "within")
"""Where a comment can stand: above a track, behind its dash, beside, above and within a field."""
THEMES: Final = {
    "any": ("insert", "head", "set", "set", "clear", "delete", "move", *COMMENTS),
    "order": ("move", "move", "insert", "delete"),
    "values": ("set", "set", "set", "clear", "delete", "head"),
    "both": (*COMMENTS, "set", "set", "set", "flow"),
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
    within: tuple[tuple[str, str], ...] = ()
    behind: tuple[str, ...] = ()
    is_flow: bool = False

    @property
    def values(self) -> dict[str, str]:
        """Fields by name."""
        return dict(self.fields)

    def render(self) -> str:
        """The lines of the item."""
        above = "".join(f"  # {text}\n" for text in self.above)
        fields = (*self.fields, ("ref", str(self.ref)))
        if self.is_flow and not any("\n" in value or "[" in value for _, value in fields):
            return above + self.render_flow(fields)
        lines = [f"# {text}\n    " for text in self.behind]
        beside, inside, within = dict(self.beside), dict(self.inside), dict(self.within)
        for n, (key, value) in enumerate(fields):
            if n and key in inside:
                lines.append(f"    # {inside[key]}\n")
            comment = f"  # {beside[key]}" if key in beside and "\n" not in value else ""
            shown = _with_comment(value, within[key]) if key in within and not comment else value
            colon = ":" if shown.startswith(("\n", "  #")) else ": "
            lines.append(f"{'    ' if n else ''}{key}{colon}{shown}{comment}\n")
        return f"{above}  - {''.join(lines)}"

    def render_flow(self, fields: tuple[tuple[str, str], ...]) -> str:
        """The lines of the item in flow style, its comments behind commas and behind the brace."""
        inside = dict(self.inside)
        pieces = [
            f"{key}: {value}," + (f"  # {inside[key]}\n     " if key in inside else "")
            for key, value in fields
        ]
        comment = f"  # {self.beside[0][1]}" if self.beside else ""
        return f"  - {{{' '.join(pieces)}}}{comment}\n"

    def comments(self) -> set[str]:
        """The comments that the row really shows."""
        return {line[line.index("# c") :].strip() for line in self.render().splitlines() if "# c" in line}


def _with_comment(value: str, comment: str) -> str:
    """The value with a comment on one of its lines; which one, the number in the comment tells."""
    if value.startswith("["):
        return value.replace(",", f",  # {comment}\n     ", 1)
    if not value.startswith(("|", "\n")):
        return value
    lines = value.split("\n")
    at = 0 if value.startswith("|") else int(comment.rsplit(maxsplit=1)[1]) % len(lines)
    lines[at] += f"  # {comment}"
    return "\n".join(lines)


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
            ["artist", "title", *draw(st.sets(st.sampled_from(["start", "label", "bpm", "notes", "parts"])))]
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
    rows = [_row(draw, ref) for ref in range(1, draw(st.integers(min_rows, 6)) + 1)]
    if draw(st.booleans()):
        rows = [
            _edited_row(draw, row, draw(st.sampled_from([*COMMENTS, "flow"])), f"c base {row.ref}")
            for row in rows
        ]
    return List(tuple(rows))


@st.composite
def edited(draw: st.DrawFn, before: List, side: str) -> List:
    """The list after some edits of one side; what it adds is marked with the name of the side."""
    rows = list(before.rows)
    head = dict(before.head)
    theme = draw(st.sampled_from(list(THEMES)))
    for number in range(draw(st.integers(0, 5))):
        kinds = THEMES[theme] if rows else ("insert", "head")
        kind = draw(st.sampled_from(kinds))
        at = draw(st.sampled_from([0, 0, *range(len(rows))]))  # both sides shall meet at one row
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
    values = row.values
    key = draw(st.sampled_from([*FIELDS, *values, *values]))
    if kind == "set":
        values[key] = draw(st.sampled_from(VALUES[key]))
        return replace(row, fields=tuple(values.items()))
    if kind == "clear" and len(values) > 1:
        values.pop(key, None)
        return replace(row, fields=tuple(values.items()))
    key = draw(st.sampled_from([*values, "ref"]))
    if kind == "flow":
        return replace(row, is_flow=not row.is_flow)
    if kind == "behind":
        return replace(row, behind=(*row.behind, comment))
    if kind == "within":
        return replace(row, within=tuple({**dict(row.within), key: comment}.items()))
    if kind == "above":
        return replace(row, above=(*row.above, comment))
    if kind == "beside":
        return replace(row, beside=tuple({**dict(row.beside), key: comment}.items()))
    return replace(row, inside=tuple({**dict(row.inside), key: comment}.items()))


def _with_value(before: List, ref: int, key: str, value: str) -> List:
    """The list with one field of one track set."""
    rows = tuple(
        replace(row, fields=tuple({**row.values, key: value}.items())) if row.ref == ref else row
        for row in before.rows
    )
    return replace(before, rows=rows)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A base and what two sides made of it."""
    base = draw(lists(min_rows=draw(st.sampled_from([0, 3, 5]))))
    ours, theirs = draw(edited(base, "ours")), draw(edited(base, "theirs"))
    common = sorted(ours.by_ref().keys() & theirs.by_ref().keys())
    if common and draw(st.integers(0, 2)) == 0:
        # Left to themselves, two sides hardly ever change the same field of the same track.
        ref, key = draw(st.sampled_from(common)), draw(st.sampled_from(["artist", "title", "label"]))
        ours, theirs = (
            _with_value(side, ref, key, f"{key} of {name}") for side, name in ((ours, "us"), (theirs, "them"))
        )
    return Case(base, ours, theirs, (base.render(), ours.render(), theirs.render()))


@st.composite
def shuffled(draw: st.DrawFn) -> Case:
    """A base and two other orders of it."""
    base = draw(lists(min_rows=3))
    ours, theirs = (List(tuple(draw(st.permutations(base.rows)))) for _ in range(2))
    return Case(base, ours, theirs, (base.render(), ours.render(), theirs.render()))
