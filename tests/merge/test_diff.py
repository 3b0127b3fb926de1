from __future__ import annotations

import pytest

from tlgit.merge.diff import ChangeKind, diff_documents, summarize
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
    found = diff_documents(parse_document(before), parse_document(text))
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
    assert words == "all starts +0:30"


def test_a_shift_of_some_starts_is_not() -> None:
    found, _ = told(('"4:00"', '"4:30"'), ('"8:00"', '"8:30"'), ('"12:00"', '"12:30"'))
    assert [kind for kind, _ in found] == [ChangeKind.CHANGED] * 3


def test_new_list() -> None:
    found = diff_documents(None, parse_document(BASE))
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
    there = [dict(change.fields) for change in diff_documents(one, other)]
    back = [
        {key: (new, old) for key, (old, new) in change.fields.items()}
        for change in diff_documents(other, one)
    ]
    assert there == back
