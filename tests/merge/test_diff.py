from __future__ import annotations

import pytest

from tlgit.merge.diff import ChangeKind, Content, diff, diff_documents, summarize
from tlgit.tracklist.text import parse_document

BASE = """\
title: Night One
date: 2026-03-01
genres: [House, Techno]
tracks:
  - start: "0:00"
    artist: Ada
    title: Alpha
    ref: 101
  - start: "4:00"
    artist: Brook
    title: Beta
    label: DOCK
    ref: 102
  - start: "8:00"
    artist: ID
    title: ID
    ref: 103
  - start: "12:00"
    artist: Cedar
    title: Gamma
    ref: 104
"""


def told(*changes: tuple[str, str], before: str = BASE) -> tuple[list[tuple[ChangeKind, str]], str]:
    text = BASE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    found = diff_documents(parse_document(before), parse_document(text)).changes
    return [(change.kind, change.name) for change in found], summarize(found)


def test_layout_is_no_change() -> None:
    found = told(
        ("title: Night One", "title: 'Night One'  # remark"),
        ("[House, Techno]", "[Techno, House]"),
        ("    artist: Ada\n    title: Alpha\n", '    title: "Alpha"\n    artist: Ada\n'),
        ('"4:00"', "00:04:00"),
    )
    assert found == ([], "layout")


def test_field_of_the_list() -> None:
    assert told(("Night One", "Night Two")) == ([(ChangeKind.LIST, "title")], "title")
    changes = told(("Night One", "Night Two"), ("2026-03-01", "2026-03-02"))
    assert changes[1] == "title, date"


def test_unknown_track_is_named() -> None:
    changes = told(("    artist: ID\n    title: ID\n", "    artist: Dune\n    title: Delta\n"))
    assert changes == ([(ChangeKind.NAMED, "Dune - Delta")], "track 3 named: Dune - Delta")


def test_field_of_a_track() -> None:
    changes = told(("label: DOCK", "label: QUAY"))
    assert changes == ([(ChangeKind.CHANGED, "Brook - Beta")], "label of track 2 Brook - Beta")


def test_added_and_removed() -> None:
    row = '  - start: "14:00"\n    artist: Elm\n    title: Epsilon\n'
    assert told(("    ref: 104\n", f"    ref: 104\n{row}")) == (
        [(ChangeKind.ADDED, "Elm - Epsilon")],
        "track 5 added: Elm - Epsilon",
    )
    gone = '  - start: "4:00"\n    artist: Brook\n    title: Beta\n    label: DOCK\n    ref: 102\n'
    assert told((gone, "")) == ([(ChangeKind.REMOVED, "Brook - Beta")], "track 2 removed: Brook - Beta")


def test_moved() -> None:
    row = '  - start: "0:00"\n    artist: Ada\n    title: Alpha\n    ref: 101\n'
    found, words = told((row, ""), ("    ref: 104\n", f"    ref: 104\n{row}"))
    assert found == [(ChangeKind.MOVED, "Ada - Alpha")]
    assert words == "track 4 moved: Ada - Alpha"


def test_several_are_counted() -> None:
    _, words = told(
        ("Alpha", "Alpha (Edit)"),
        ("label: DOCK", "label: QUAY"),
        ("artist: ID\n", "artist: Dune\n"),
        ("One", "Two"),
    )
    assert words in {"2 tracks changed, 1 named, title", "3 tracks changed, title"}


def test_a_shift_of_all_starts_is_one_change() -> None:
    found, words = told(
        ('"0:00"', '"0:30"'), ('"4:00"', '"4:30"'), ('"8:00"', '"8:30"'), ('"12:00"', '"12:30"')
    )
    assert found == [(ChangeKind.SHIFTED, "+0:30")]
    assert words == "starts +0:30"


def test_a_shift_of_some_starts_is_not() -> None:
    found, _ = told(('"4:00"', '"4:30"'), ('"8:00"', '"8:30"'), ('"12:00"', '"12:30"'))
    assert [kind for kind, _ in found] == [ChangeKind.CHANGED] * 3


def _list(*rows: str) -> Content:
    """Tracks written as `start name`."""
    pairs = [row.rsplit(" ", 1) for row in rows]
    return Content(fields={}, tracks=tuple({"start": start, "title": name} for start, name in pairs))


def _starts(before: str, after: str) -> list[tuple[str, str]]:
    """The changes between lists of minutes and seconds, one track each."""
    sides = (_list(*(f"{start} T{n}" for n, start in enumerate(side.split()))) for side in (before, after))
    return [(change.kind.value, change.name) for change in diff(*sides).changes]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("1:00 2:00 3:00", "1:17 2:17 3:17", ["shifted +0:17"]),
        ("1:00 2:00 3:00", "0:43 1:43 2:43", ["shifted -0:17"]),
        ("1:00 2:00", "1:17 2:17", ["changed", "changed"]),
        ("1:00 2:00 3:00 4:00 5:00", "1:17 2:17 3:17 4:17 5:00", ["shifted +0:17"]),
        ("1:00 2:00 3:00 4:00 5:00", "1:17 2:17 3:17 4:17 6:00", ["shifted +0:17", "changed"]),
        ("1:00 2:00 3:00 4:00 5:00", "1:17 2:17 3:17 4:16 5:18", ["shifted +0:17", "changed", "changed"]),
        ("1:00 2:00 3:00 4:00", "1:17 2:17 3:17 4:30", ["changed"] * 4),
        ("1:00 2:00 3:00 4:00", "1:17 2:17 3:00 4:00", ["changed"] * 2),
        ("1:00 2:00 3:00 4:00", "1:00.3 2:00.3 2:59.7 3:59.7", ["changed"] * 4),
        ("1:00 2:00 3:00 soon", "1:17 2:17 3:17 4:17", ["shifted +0:17", "changed"]),
    ],
)
def test_what_counts_as_one_shift(before: str, after: str, found: list[str]) -> None:
    changes = [kind if kind == "changed" else f"{kind} {name}" for kind, name in _starts(before, after)]
    assert changes == found


def test_a_shift_names_its_time_and_its_tracks() -> None:
    before = _list("2:00 B", "1:00 A", "3:00 C", "4:00 D", "5:00 E")
    after = _list("2:30 B", "1:30 A", "3:30 C", "4:30 D", "5:31 E")
    shift, odd = diff(before, after).changes
    assert (shift.kind, shift.shift, shift.rows) == (ChangeKind.SHIFTED, 30_000, (0, 1, 2, 3))
    assert shift.fields == {"start": ("1:00", "1:30")}
    assert (odd.after, odd.fields) == (4, {"start": ("5:00", "5:31")})
    assert summarize((shift, odd)) == "1 track changed, starts +0:30"


@pytest.mark.parametrize(
    ("after", "moved"),
    [
        (["1:00 A", "2:30 B", "2:00 C"], "B"),  # of two neighbours the one that has another start
        (["0:30 C", "1:00 A", "2:00 B"], "C"),
        (["2:00 B", "3:00 C", "4:00 A"], "A"),
    ],
)
def test_the_fewest_moves_and_those_that_were_retimed(after: list[str], moved: str) -> None:
    before = ["1:00 A", "2:00 C", "3:00 B"] if moved == "B" else ["1:00 A", "2:00 B", "3:00 C"]
    found = diff(_list(*before), _list(*after)).changes
    assert [c.name for c in found if c.kind is ChangeKind.MOVED] == [f"ID - {moved}"]


def test_a_swap_of_neighbours_is_one_move_and_the_way_back_moves_the_same() -> None:
    before, after = _list("1:00 A", "2:00 B"), _list("2:00 B", "1:00 A")
    there, back = diff(before, after).changes, diff(after, before).changes
    assert len(there) == len(back) == 1
    assert there[0].name == back[0].name
    assert (there[0].before, there[0].after) == (back[0].after, back[0].before)


def test_new_list() -> None:
    found = diff_documents(None, parse_document(BASE)).changes
    assert {change.kind for change in found} == {ChangeKind.LIST, ChangeKind.ADDED}
    assert summarize(found) == "4 tracks added, title, date, genres"


@pytest.mark.parametrize(
    "changes",
    [
        [("Night One", "Night Two")],
        [("label: DOCK", "label: QUAY")],
        [("    artist: ID\n    title: ID\n", "    artist: Dune\n    title: Delta\n")],
        [('"0:00"', '"0:30"'), ('"4:00"', '"4:30"'), ('"8:00"', '"8:30"'), ('"12:00"', '"12:30"')],
    ],
)
def test_the_way_back_has_the_same_values(changes: list[tuple[str, str]]) -> None:
    text = BASE
    for old, new in changes:
        text = text.replace(old, new, 1)
    one, other = parse_document(BASE), parse_document(text)
    there = [dict(change.fields) for change in diff_documents(one, other).changes]
    back = [
        {key: (new, old) for key, (old, new) in change.fields.items()}
        for change in diff_documents(other, one).changes
    ]
    assert there == back
