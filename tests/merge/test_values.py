from __future__ import annotations

import pytest

from tlgit.merge.comments import (
    comments_of,
    merge_beside,
    merge_comments,
    merge_sequence,
    missing_comments,
)
from tlgit.merge.values import is_same, merge_lines, merge_mapping
from tlgit.tracklist.fields import Kind, Value

SAME: list[tuple[Kind | None, Value | None, Value | None]] = [
    (None, None, ""),
    (None, (), None),
    (None, "a", "a"),
    (None, "é", "e\u0301"),
    (Kind.TIME, "1:02:33", "01:02:33"),
    (Kind.TIME, "62:33", "1:02:33.0"),
    (Kind.OFFSET, "-0:04.5", "-0:04.50"),
    (Kind.FLAG, "true", "TRUE"),
    (Kind.SET, ("a", "b"), ("b", "a")),
    (Kind.SET, "a", ("a",)),
    (Kind.MULTILINE, "a", ("a",)),
    (None, ({"a": "b", "c": ""},), ({"a": "b"},)),
    (None, {"a": ("b",)}, {"a": ("b",), "c": None}),  # type: ignore[dict-item]  # absent inside
]
DIFFERENT: list[tuple[Kind | None, Value | None, Value | None]] = [
    (None, "a", None),
    (None, "a", "b"),
    (None, "é", "e"),
    (None, "1:00", "01:00"),
    (Kind.TIME, "1:00", "soon"),
    (Kind.FLAG, "true", "false"),
    (None, ("a", "b"), ("b", "a")),
    (None, ("a",), ("a", "b")),
    (Kind.MULTILINE, ("a", "b"), ("b", "a")),
    (None, {"a": "b"}, {"a": "c"}),
    (None, "a", ("a",)),
]


@pytest.mark.parametrize(("kind", "first", "second"), SAME)
def test_equal_values(kind: Kind | None, first: Value | None, second: Value | None) -> None:
    assert is_same(kind, first, second)
    assert is_same(kind, second, first)


@pytest.mark.parametrize(("kind", "first", "second"), DIFFERENT)
def test_different_values(kind: Kind | None, first: Value | None, second: Value | None) -> None:
    assert not is_same(kind, first, second)
    assert not is_same(kind, second, first)


def test_mappings_merge_by_key() -> None:
    base: dict[str, Value] = {"a": "1", "b": "1", "c": {"x": "1", "y": "1"}}
    ours: dict[str, Value] = {"a": "2", "b": "1", "c": {"x": "2", "y": "1"}, "d": "1"}
    theirs: dict[str, Value] = {"a": "1", "c": {"x": "1", "y": "2"}, "e": {"z": "1"}}
    wanted = {"a": "2", "c": {"x": "2", "y": "2"}, "d": "1", "e": {"z": "1"}}
    assert merge_mapping(base, ours, theirs) == wanted
    assert merge_mapping(base, theirs, ours) == wanted
    assert merge_mapping({}, {"a": {"x": "1"}}, {"a": {"y": "1"}}) == {"a": {"x": "1", "y": "1"}}


def test_one_key_that_both_changed_is_a_clash() -> None:
    assert merge_mapping({"a": "1"}, {"a": "2"}, {"a": "3"}) is None
    assert merge_mapping({"a": {"b": "1"}}, {"a": {"b": "2"}}, {"a": {"b": "3"}}) is None
    assert merge_mapping({}, {"a": "1"}, {"a": ("1",)}) is None


@pytest.mark.parametrize(
    ("ours", "theirs", "merged"),
    [
        ("Abcd", "abcD", "AbcD"),
        ("abcd", "abxcd", "abxcd"),
        ("xabcd", "abcdy", "xabcdy"),
        ("acd", "abc", "ac"),
        ("aXcd", "aXcd", "aXcd"),
        ("aXcd", "aXcdY", "aXcdY"),
        ("aXcd", "aYcd", None),
        ("abcdX", "abcdY", None),
        ("aXcd", "abYd", None),
    ],
)
def test_lines_merge_where_changes_do_not_touch(ours: str, theirs: str, merged: str | None) -> None:
    wanted = None if merged is None else list(merged)
    assert merge_lines("abcd", ours, theirs) == wanted
    assert merge_lines("abcd", theirs, ours) == wanted


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        ("ab", "abx", "aby", "abxy"),
        ("ab", "b", "ay", "y"),
        ("ab", "ba", "abx", "bxa"),
        ("ab", "abx", "ba", "bxa"),
        ("ab", "ba", "ba", "ba"),
        ("abc", "cab", "bac", "abc"),
        ("aa", "aaa", "a", "aa"),
        ("a", "aa", "ab", "aba"),
        ("a", "aa", "aaa", "aaaa"),
        ("", "xy", "yx", "xy"),
        ("", "xx", "x", "xx"),
    ],
)
def test_sequences_take_adds_and_removals_of_both(base: str, ours: str, theirs: str, merged: str) -> None:
    assert "".join(merge_sequence(base, ours, theirs)) == merged
    assert "".join(merge_sequence(base, theirs, ours)) == merged


def test_comments_merge_by_lines() -> None:
    assert merge_comments("# a\n", "# a\n# b\n", "") == "# b\n"
    assert merge_comments("# a\n", "# a\n", "# x\n") == "# x\n"
    assert merge_comments("", "# b\n", "") == "# b\n"


def test_comments_stand_outside_of_texts_only() -> None:
    text = (
        "# one\na: 'x # y' # two  # three\nb: [c, # four\n  \"# z\"]\nd: e#f\n"
        "g: |  # five\n  # text\n  h\n# six\n? i\n: j\n".replace("? i\n: j", "i: j # seven")
    )
    assert comments_of(text) == ["# one", "# two", "# three", "# four", "# five", "# six", "# seven"]
    assert comments_of("a: b\n") == []


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        ("\n", "  # a\n", "\n", "  # a\n"),
        ("  # a\n", "\n", "  # a\n", "\n"),
        ("\n", "  # a\n", "  # b\n", "  # a # b\n"),
        ("\n", "  # a\n", " # a\n", "  # a\n"),
        ("  # a\r\n", "  # b\r\n", "\r\n", "  # b\r\n"),
    ],
)
def test_comments_beside_a_value(base: str, ours: str, theirs: str, merged: str) -> None:
    pair = {merge_beside(base, ours, theirs), merge_beside(base, theirs, ours)}
    assert pair in ({merged}, {merged.replace("  #", " #")})


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged", "missing"),
    [
        ("a: b\n", "a: b # x\n", "a: c\n", "a: c\n", ["# x"]),
        ("a: b\n", "a: b # x\n", "a: b # y\n", "a: b\n", ["# x", "# y"]),
        ("a: b\n", "a: b # x\n", "# x\na: c\n", "a: c # x\n", []),
        ("a: b # x\n", "a: c\n", "a: b # x\n", "a: c\n", []),
        ("a: b # x\n", "a: c # x\n", "a: b # x\n", "a: c\n", ["# x"]),
        ("a: b # x\n", "a: c # x\n# x\n", "a: b # x\n", "a: c # x\n", ["# x"]),
        ("a: b\n", "a: 'b # x'\n", "a: b\nc: d\n", "a: b\n", []),
        ("", "a: b # x\n", "a: b\n", "a: b\n", ["# x"]),
        ("a: b\n", "a: b # x\n", "a: b\n", "", ["# x"]),
    ],
)
def test_the_net_tells_what_is_missing(
    base: str, ours: str, theirs: str, merged: str, missing: list[str]
) -> None:
    assert missing_comments((base, ours, theirs), merged) == missing
    assert missing_comments((base, theirs, ours), merged) == missing
