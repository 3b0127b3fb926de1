"""Every field against everything that two sides can do to it: who changed it, to what, and whether there was a base.

The expected outcomes are data. A field's three values are called b, o and t; a scenario says which of them (or none,
written `-`) stands in the base, in ours and in theirs, and what comes out of the merge: one of them, `+` for both
(where a field has an inside that can be merged), or `!`, a conflict about exactly this field.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest

from tests.merge.test_properties import resolved
from tlgit.driver import CLEAN, CONFLICT, run_merge
from tlgit.merge.merge import merge
from tlgit.tracklist.fields import LIST_FIELDS, TRACK_FIELDS
from tlgit.tracklist.text import parse_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tlgit.tracklist.fields import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Three values of one field, as YAML writes them."""

    b: str
    o: str
    t: str = ""
    """Empty where a field has two values only."""
    both: str = "!"
    """What comes of `o` and `t` on top of `b`."""
    both_new: str = "!"
    """What comes of `o` and `t` where the base does not have the field."""
    form: str = ""
    """Another form of `o`."""


def text(b: str, o: str, t: str) -> Field:
    """Texts with nothing inside: two changes are a conflict."""
    return Field(b=b, o=o, t=t)


_NOTES: Final = Field(
    b="|\n  one\n  two\n  three",
    o="|\n  One\n  two\n  three",
    t="|\n  one\n  two\n  Three",
    both="|\n  One\n  two\n  Three",
)
_PAGE: Final = "https://www.1001tracklists.com/tracklist/1abc/"
FIELDS: Final[Mapping[str, Field]] = {
    "title": text("Harbour Stage", "Harbour Main Stage", "Harbour Stage (Live)"),
    "artist": text("Mira Vale", "MIRA VALE", "Mira Vale & Kato Lind"),
    "date": text("2026", "2026-05", "2026-05-09"),
    "event": text("Tideline", "Tideline Festival", '"Tideline: Day 2"'),
    "venue": text("Old Mill", "'The Old Mill'", "Mill 2"),
    "genres": Field(
        b="[House, Dub]",
        o="[House, Dub, Ambient]",
        t="[Dub]",
        both="[Dub, Ambient]",
        both_new="[House, Dub, Ambient]",
        form="[Ambient, House, Dub]",
    ),
    "duration": Field(b='"59:00"', o="1:02:33", t='"58:30"', form='"01:02:33"'),
    "source": text(f"{_PAGE}a.html", f"{_PAGE}b.html", f"{_PAGE}c.html"),
    "aliases": Field(b="[1x]", o="[1x, 2y]", t="[1x, 3z]", both="[1x, 2y, 3z]", both_new="[1x, 2y, 3z]"),
    "audio": text("set.flac", "set (1).flac", "sets/set.flac"),
    "offset": Field(b='"0:04"', o='"0:04.5"', t='"-0:01"', form='"00:00:04.500"'),
    "status": Field(b="draft", o="published"),
    "cue": Field(
        b="{folder: a, format: cdj}",
        o="{folder: b, format: cdj}",
        t="{folder: a, format: kodi}",
        both="{folder: b, format: kodi}",
    ),
    "sync": Field(
        b="{frequency: daily}",
        o="{frequency: daily, threshold: 0.8}",
        t="{frequency: weekly}",
        both="{frequency: weekly, threshold: 0.8}",
    ),
    "notes": _NOTES,
    # Keys that the schema does not name merge by their shape.
    "mood": text("low", "high", "middle"),
    "tags": Field(b="[a]", o="[a, b]", t="[a, c]", both="[a, b, c]", both_new="[a, b, c]"),
    "links": Field(
        b="{x: 1}",
        o="{x: 1, y: 2}",
        t="{x: 1, z: 3}",
        both="{x: 1, y: 2, z: 3}",
        both_new="{x: 1, y: 2, z: 3}",
    ),
    "tracks.start": Field(b='"4:10"', o='"4:12"', t='"4:15"', form='"0:04:12"'),
    "tracks.end": Field(b='"8:00"', o='"8:02"', t='"7:58"', form='"00:08:02"'),
    "tracks.with": Field(b='"true"', o='"false"', form='"False"'),
    "tracks.section": text("Hour 1", "First hour", "Warm-up"),
    "tracks.artist": text("Kato Lind", "Kato Lindt", "Kato Lind & Sol"),
    "tracks.title": text("Paper Boats", "Paper Boat", "Paper Boats (Dub)"),
    "tracks.remix": text("Dub", "Live", "VIP"),
    "tracks.label": text("Fern", "FERN", "Fern / Quay"),
    "tracks.parts": text(
        "\n  - artist: Sol\n    title: Glass",
        "\n  - artist: Sol\n    title: Harbour",
        "\n  - artist: Sol\n    title: Glass\n  - title: ID",
    ),
    "tracks.key": text("8A", "9A", "8B"),
    "tracks.bpm": text("124", "125", "124.5"),
    "tracks.isrc": text("DEA000000001", "DEA000000002", "DEA000000003"),
    "tracks.notes": _NOTES,
    "tracks.verified": Field(b='"true"', o='"false"'),
    "tracks.ref": text("102", "202", "302"),
    "tracks.mood": text("low", "high", "middle"),
    "tracks.comments": Field(b="[a]", o="[a, b]", t="[a, c]", both="[a, b, c]", both_new="[a, b, c]"),
}

SCENARIOS: Final[Mapping[str, tuple[str | None, str, str, str]]] = {
    "none": ("b", "b", "b", "b"),
    "ours": ("b", "o", "b", "o"),
    "theirs": ("b", "b", "t", "t"),
    "same": ("b", "o", "o", "o"),
    "same in another form": ("b", "o", "form", "o"),
    "differ": ("b", "o", "t", "+"),
    "removed by ours": ("b", "-", "b", "-"),
    "removed by theirs": ("b", "b", "-", "-"),
    "removed by both": ("b", "-", "-", "-"),
    "removed by ours, changed by theirs": ("b", "-", "t", "!"),
    "changed by ours, removed by theirs": ("b", "o", "-", "!"),
    "added by ours": ("-", "o", "-", "o"),
    "added by theirs": ("-", "-", "t", "t"),
    "added by both, same": ("-", "o", "o", "o"),
    "added by both, other form": ("-", "o", "form", "o"),
    "added by both, differ": ("-", "o", "t", "++"),
    "no base, none": (None, "-", "-", "-"),
    "no base, ours": (None, "o", "-", "o"),
    "no base, theirs": (None, "-", "t", "t"),
    "no base, same": (None, "o", "o", "o"),
    "no base, other form": (None, "o", "form", "o"),
    "no base, differ": (None, "o", "t", "!"),
}
TWO_TRACKS: Final = frozenset(
    (f"tracks.{key}", f"no base, {what}", False)
    for key in ("artist", "title", "remix")
    for what in ("ours", "theirs", "differ")
)
"""Field, scenario, whether the track has a row id: without base and row id only the name tells what is the same."""
_HEAD: Final = {"title": "Harbour Stage", "artist": "Mira Vale", "date": "2026-05-09", "venue": "Old Mill"}
_TRACK: Final = {
    "start": '"4:10"',
    "artist": "Kato Lind",
    "title": "Paper Boats",
    "label": "Fern",
    "key": "8A",
}


_FIRST: Final = '  - start: "0:00"\n    artist: Ona Reyes\n    title: Second Sun\n'
_LAST: Final = '  - start: "9:40"\n    artist: Sol & Ember\n    title: Glass Harbour\n    label: Quay\n'


def render(name: str, value: str | None, *, with_ref: bool) -> str:
    """A list of three tracks in which the named field has this value, None for none."""
    head, track = dict(_HEAD), dict(_TRACK) | ({"ref": "102"} if with_ref else {})
    changed = track if name.startswith("tracks.") else head
    key = name.removeprefix("tracks.")
    if value is None:
        changed.pop(key, None)
    else:
        changed[key] = value
    fields = "".join(_line(k, v) for k, v in head.items())
    lines = "".join("    " + _line(k, v.replace("\n", "\n    ")) for k, v in track.items())
    return f"{fields}tracks:\n{_FIRST}  - {lines.lstrip()}{_LAST}"


def _line(key: str, value: str) -> str:
    return f"{key}:{value}\n" if value.startswith("\n") else f"{key}: {value}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of the matrix: three texts and what comes of them."""

    name: str
    scenario: str
    base: str | None
    ours: str
    theirs: str
    expected: str
    """The merged text; empty for a conflict."""
    is_exact: bool
    """Whether the very bytes are told, or only their meaning."""


def cells() -> Iterator[Cell]:
    for name, field in FIELDS.items():
        values = {"b": field.b, "o": field.o, "t": field.t, "form": field.form, "-": None}
        for scenario, (base, ours, theirs, outcome) in SCENARIOS.items():
            if "" in (values[ours], values[theirs]):
                continue
            for with_ref in (True, False) if name.startswith("tracks.") and name != "tracks.ref" else (True,):
                if (name, scenario, with_ref) in TWO_TRACKS:
                    continue

                def shown(value: str | None, name: str = name, with_ref: bool = with_ref) -> str:
                    return render(name, value, with_ref=with_ref)

                merged = {"+": field.both, "++": field.both_new, "!": "!"}.get(outcome) or values[outcome]
                yield Cell(
                    name=name,
                    scenario=scenario,
                    base=None if base is None else shown(values[base]),
                    ours=shown(values[ours]),
                    theirs=shown(values[theirs]),
                    expected="" if merged == "!" else shown(merged),
                    is_exact=outcome not in {"+", "++"} and "form" not in {ours, theirs},
                )


CELLS: Final = tuple(cells())


def value_in(source: str, name: str) -> Value | None:
    """The value of a field in a text."""
    document = parse_document(source)
    key = name.removeprefix("tracks.")
    entries = (
        document.items[1].value if name.startswith("tracks.") else {e.key: e.value for e in document.entries}
    )
    return entries.get(key)


def without_bare_dash(source: str) -> str:
    """A text with the dash that stands alone above its first field put beside it."""
    return re.sub(r"^  -\n    ", "  - ", source, flags=re.MULTILINE)


@pytest.mark.parametrize("cell", CELLS, ids=[f"{c.name}, {c.scenario}" for c in CELLS])
def test_cell(cell: Cell) -> None:
    result = merge(cell.base, cell.ours, cell.theirs)
    swapped = merge(cell.base, cell.theirs, cell.ours)
    if cell.expected:
        assert result.is_clean, result.conflicts
        assert swapped.text == result.text
        if cell.is_exact:
            assert result.text == cell.expected
        forms = [value_in(source, cell.name) for source in (cell.expected, cell.ours, cell.theirs)]
        assert value_in(result.text, cell.name) in (forms if "form" in cell.scenario else forms[:1])
        return
    (conflict,), (mirrored,) = result.conflicts, swapped.conflicts
    key = cell.name.removeprefix("tracks.")
    assert conflict.path == (f"tracks[2].{key}" if cell.name.startswith("tracks.") else key)
    assert conflict.reason == "changed"
    assert (conflict.path, conflict.base) == (mirrored.path, mirrored.base)
    assert (conflict.ours, conflict.theirs) == (mirrored.theirs, mirrored.ours)
    # The conflict covers the field and nothing else: taking one side gives that side.
    for taken, other, wanted in (("ours", "theirs", cell.ours), ("theirs", "ours", cell.theirs)):
        assert without_bare_dash(resolved(result.text, taken)) == wanted
        assert without_bare_dash(resolved(swapped.text, other)) == wanted


@pytest.mark.parametrize(("name", "scenario", "with_ref"), sorted(TWO_TRACKS))
def test_without_a_base_other_names_are_other_tracks(name: str, scenario: str, with_ref: bool) -> None:
    field = FIELDS[name]
    values = {"o": field.o, "t": field.t, "-": None}
    _, *sides, _ = SCENARIOS[scenario]
    ours, theirs = (render(name, values[side], with_ref=with_ref) for side in sides)
    result = merge(None, ours, theirs)
    assert result.is_clean
    assert merge(None, theirs, ours).text == result.text
    rows = [item.value for item in parse_document(result.text).items]
    assert len(rows) == 4
    for side in (ours, theirs):
        assert parse_document(side).items[1].value in rows


def test_the_matrix_knows_every_field() -> None:
    assert {name for name in FIELDS if not name.startswith("tracks.")} >= set(LIST_FIELDS)
    assert {name.removeprefix("tracks.") for name in FIELDS if name.startswith("tracks.")} >= set(
        TRACK_FIELDS
    )
    open_cells = [cell for cell in CELLS if not cell.expected]
    assert len(CELLS) > 800
    assert len(open_cells) > 200


@pytest.mark.parametrize("cell", CELLS[::9], ids=[f"{c.name}, {c.scenario}" for c in CELLS[::9]])
def test_the_driver_gives_the_same(cell: Cell, tmp_path: Path) -> None:
    names = []
    for side, content in (("base", cell.base or ""), ("ours", cell.ours), ("theirs", cell.theirs)):
        (tmp_path / side).write_bytes(content.encode())
        names.append(str(tmp_path / side))
    code = run_merge(*names, size=7, path="set.yaml")
    result = merge(cell.base, cell.ours, cell.theirs)
    assert code == (CLEAN if cell.expected else CONFLICT)
    assert (tmp_path / "ours").read_bytes().decode() == result.text
