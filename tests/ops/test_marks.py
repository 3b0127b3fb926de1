"""Marked places in a text: found whatever their markers look like, and told apart."""

from __future__ import annotations

import pytest

from tlgit.merge.decision import Hunk
from tlgit.ops.marks import blank_others, find_blocks, match_blocks

ONE = "<<<<<<< ours\na: 1\n=======\na: 2\n>>>>>>> theirs\n"
TWO = "<<<<<<< ours\nb: 1\n=======\n>>>>>>> theirs\n"
HUNKS = (Hunk("x", "a: 1\n", "a: 2\n", None), Hunk("y", "b: 1\n", "", None))
MERGED = f"t: 0\n{ONE}m: 0\n{TWO}z: 0\n"


def texts(text: str) -> list[tuple[str, str]]:
    return [(block.ours, block.theirs) for block in find_blocks(text)]


def test_places_of_all_shapes() -> None:
    for shape in (
        ONE,
        ONE.replace("\n", "\r\n"),
        "\ufeff" + ONE,
        ONE.removesuffix("\n"),
        ONE.replace(" ours", ""),
    ):
        (block,) = find_blocks(f"x: 0\n{shape}" if shape[0] == "<" else shape)
        assert block.ours.rstrip() == "a: 1"
        assert block.theirs.rstrip() == "a: 2"
        assert block.line == (2 if shape[0] == "<" else 1)
    assert find_blocks(ONE.replace("\n", "\r\n"))[0].eol == "\r\n"
    assert find_blocks(ONE)[0].label == "ours"


def test_places_with_a_base_and_longer_markers() -> None:
    long = (
        ONE.replace("<" * 7, "<" * 9)
        .replace("=" * 7, "|" * 9 + " base\nb: 0\n" + "=" * 9)
        .replace(">" * 7, ">" * 9)
    )
    assert texts(long) == [("a: 1\n", "a: 2\n")]
    inner = f"{'<' * 9} a\n{ONE}{'=' * 9}\nc: 1\n{'>' * 9} b\n"
    assert texts(inner) == [(ONE, "c: 1\n")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a: 1\n",
        "<<<<<<< ours\na: 1\n=======\n",
        "<<<<<<< ours\na: 1\n>>>>>>> theirs\n",
        "=======\n>>>>>>> theirs\n",
        "notes: |\n  <<<<<<< ours\n  =======\n  >>>>>>> theirs\n",
        "<<<<<<<ours\n=======\n>>>>>>> theirs\n",
        "<<<<<<< ours\n======= x\n>>>>>>> theirs\n",
    ],
)
def test_what_is_no_place(text: str) -> None:
    assert find_blocks(text) == []


def test_a_second_start_begins_anew() -> None:
    assert texts(f"<<<<<<< lost\n{ONE}") == [("a: 1\n", "a: 2\n")]


def test_places_keep_their_numbers() -> None:
    matched = match_blocks(HUNKS, MERGED, MERGED)
    assert {n: block.ours for n, block in matched.found.items()} == {0: "a: 1\n", 1: "b: 1\n"}
    assert not matched.edited
    assert not matched.strays


def test_resolved_moved_and_edited_places() -> None:
    matched = match_blocks(HUNKS, MERGED, MERGED.replace(ONE, "a: 3\n"))
    assert set(matched.found) == {1}
    swapped = match_blocks(HUNKS, MERGED, f"t: 0\n{TWO}{ONE}")
    assert {n: block.ours for n, block in swapped.found.items()} == {0: "a: 1\n", 1: "b: 1\n"}
    half = match_blocks(HUNKS, MERGED, MERGED.replace("a: 2\n", "a: 7\n"))
    assert half.edited == {0}
    both = match_blocks(HUNKS, MERGED, MERGED.replace("a: 2\n", "a: 7\n").replace("a: 1\n", "a: 6\n"))
    assert both.edited == {0}
    more = match_blocks(HUNKS, MERGED, MERGED + ONE.replace("a", "c"))
    assert [block.ours for block in more.strays] == ["c: 1\n"]


def test_places_alike_are_told_by_what_is_around_them() -> None:
    hunks = tuple(Hunk(str(n), "a: 1\n", "a: 2\n", None) for n in range(3))
    merged = f"one: 1\n{ONE}two: 2\n{ONE}three: 3\n{ONE}"
    for n, name in enumerate(("one: 1", "two: 2", "three: 3")):
        found = match_blocks(hunks, merged, merged.replace(f"{name}\n{ONE}", f"{name}\na: 9\n"))
        assert set(found.found) == {0, 1, 2} - {n}
        assert not found.edited


def test_blank_lines_keep_the_numbers() -> None:
    text = blank_others(MERGED)
    assert text.splitlines() == ["t: 0", "", "a: 1", "", "", "", "m: 0", "", "b: 1", "", "", "z: 0"]
