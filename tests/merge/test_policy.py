from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from tests.builders import tool_environment
from tlgit.merge.policy import (
    DEFAULT,
    UNITS,
    Origin,
    Policies,
    Policy,
    Rule,
    fits,
    kind_of,
    matches,
    parse_span,
    read_policies,
    render_span,
    settle,
)
from tlgit.merge.rules import FIELDS
from tlgit.tracklist.fields import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlgit.merge.policy import Choice
    from tlgit.tracklist.fields import Value

SWAPPED: Final[dict[Choice | None, Choice | None]] = {
    "ours": "theirs",
    "theirs": "ours",
    "both": "both",
    None: None,
}
SYMMETRIC: Final = (Policy.MANUAL, Policy.NEWEST, Policy.HIGHEST_CONFIDENCE, Policy.WITHIN, Policy.UNION)

Origins = tuple[Origin, Origin] | None


def unasked() -> Origins:
    raise AssertionError("this policy needs no origins")


def told(ours: Origin, theirs: Origin) -> Callable[[], Origins]:
    return lambda: (ours, theirs)


@pytest.mark.parametrize(
    ("pattern", "field", "is_match"),
    [
        ("title", "title", True),
        ("title", "tracks.title", False),
        ("*", "title", True),
        ("*", "tracks", True),
        ("*", "tracks.start", True),
        ("tracks.*", "tracks.start", True),
        ("tracks.*", "tracks", False),
        ("tracks*", "tracks", True),
        ("tracks.n*", "tracks.notes", True),
        ("tracks.n*", "tracks.start", False),
        ("*.title", "tracks.title", True),
        ("*.title", "title", False),
        ("*t*t*", "start", True),
        ("*t*t*t*", "start", False),
        ("s*t", "st", True),
        ("st*t", "st", False),
        ("ab*ba", "aba", False),
        ("a*b*c", "aXbXc", True),
        ("a*b*c", "acb", False),
        ("**", "x", True),
    ],
)
def test_patterns(pattern: str, field: str, is_match: bool) -> None:
    assert matches(pattern, field) is is_match


@given(st.text("ab*", max_size=8), st.text("ab", max_size=12))
def test_a_pattern_matches_what_a_naive_one_does(pattern: str, field: str) -> None:
    def naive(pattern: str, field: str) -> bool:
        if not pattern:
            return not field
        if pattern[0] == "*":
            return any(naive(pattern[1:], field[n:]) for n in range(len(field) + 1))
        return field[:1] == pattern[0] and naive(pattern[1:], field[1:])

    event(f"matches: {matches(pattern, field)}")
    assert matches(pattern, field) is naive(pattern, field)


RULES: Final = Policies(
    (
        Rule("tracks.start", Policy.WITHIN, 2000),
        Rule("*", Policy.OURS),
        Rule("tracks.*", Policy.THEIRS),
        Rule("tracks.n*", Policy.UNION),
        Rule("tracks.*s", Policy.NEWEST),
        Rule("tracks.*el", Policy.WITHIN, 1000),
        Rule("*nu*", Policy.UNION),
    )
)


@pytest.mark.parametrize(
    ("field", "pattern"),
    [
        ("tracks.start", "tracks.start"),  # the exact name
        ("tracks.title", "tracks.*"),  # more literal characters than `*`
        ("title", "*"),
        ("tracks.parts", "tracks.*s"),
        ("tracks.notes", "tracks.*s"),  # as specific as `tracks.n*`, and later
        ("tracks.label", "tracks.*"),  # `within` does not fit a label: the next less specific one
        ("venue", "*"),  # `union` does not fit a text
        ("tracks", "*"),
        ("a.key.of.mine", "*"),
        ("menu", "*nu*"),  # a key of the user's own may be a list
    ],
)
def test_the_most_specific_rule_that_fits_decides(field: str, pattern: str) -> None:
    assert RULES.rule_for(field).pattern == pattern


def test_the_later_of_two_equal_rules_decides() -> None:
    first, second = Rule("tracks.n*", Policy.OURS), Rule("tracks.*s", Policy.THEIRS)
    assert Policies((first, second)).rule_for("tracks.notes") == second
    assert Policies((second, first)).rule_for("tracks.notes") == first
    assert Policies((second, first)).matching("tracks.notes") == (first, second)


def test_people_decide_what_no_rule_names() -> None:
    assert Policies().rule_for("title") is DEFAULT
    assert Policies((Rule("*", Policy.UNION),)).rule_for("title") is DEFAULT
    assert Policies((Rule("*", Policy.NEWEST),)).rule_for("tracks") is DEFAULT
    assert DEFAULT.policy is Policy.MANUAL


def test_what_fits_what() -> None:
    assert {field for field in FIELDS if fits(Policy.WITHIN, field)} == {
        "duration",
        "offset",
        "tracks.start",
        "tracks.end",
    }
    assert {field for field in FIELDS if fits(Policy.UNION, field)} == {
        "genres",
        "aliases",
        "notes",
        "tracks.notes",
    }
    assert {policy for policy in Policy if fits(policy, "tracks")} == {
        Policy.MANUAL,
        Policy.OURS,
        Policy.THEIRS,
    }
    assert {policy for policy in Policy if fits(policy, "tracks.rating")} == set(Policy) - {Policy.WITHIN}


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("title", Kind.TEXT),
        ("tracks", None),
        ("tracks.with", Kind.FLAG),
        ("start", None),
        ("tracks.genres", None),
        ("cue.start", None),
    ],
)
def test_kinds_of_fields(field: str, kind: Kind | None) -> None:
    assert kind_of(field) is kind


@pytest.mark.parametrize(
    ("policy", "choice"), [(Policy.OURS, "ours"), (Policy.THEIRS, "theirs"), (Policy.MANUAL, None)]
)
def test_sides(policy: Policy, choice: Choice | None) -> None:
    assert settle(Rule("*", policy), Kind.TEXT, "a", None, unasked) == choice


EARLY, LATE = Origin(100, 0.5), Origin(200, 0.4)


@pytest.mark.parametrize(
    ("policy", "ours", "theirs", "choice"),
    [
        (Policy.NEWEST, EARLY, LATE, "theirs"),
        (Policy.NEWEST, LATE, EARLY, "ours"),
        (Policy.NEWEST, EARLY, EARLY, None),
        (Policy.NEWEST, EARLY, Origin(None, 1.0), None),
        (Policy.NEWEST, Origin(None, 1.0), EARLY, None),
        (Policy.NEWEST, Origin(0, None), Origin(-1, None), "ours"),
        (Policy.HIGHEST_CONFIDENCE, EARLY, LATE, "ours"),
        (Policy.HIGHEST_CONFIDENCE, LATE, EARLY, "theirs"),
        (Policy.HIGHEST_CONFIDENCE, EARLY, EARLY, None),
        (Policy.HIGHEST_CONFIDENCE, EARLY, Origin(200, None), None),
        (Policy.HIGHEST_CONFIDENCE, Origin(None, 0.0), Origin(None, 0.1), "theirs"),
    ],
)
def test_origins_decide(policy: Policy, ours: Origin, theirs: Origin, choice: Choice | None) -> None:
    assert settle(Rule("*", policy), Kind.TEXT, "a", "b", told(ours, theirs)) == choice


@pytest.mark.parametrize("policy", [Policy.NEWEST, Policy.HIGHEST_CONFIDENCE])
def test_without_origins_it_stays_open(policy: Policy) -> None:
    assert settle(Rule("*", policy), Kind.TEXT, "a", "b", lambda: None) is None


@pytest.mark.parametrize(
    ("kind", "ours", "theirs", "choice"),
    [
        (Kind.TIME, "3:35", "3:36", "ours"),
        (Kind.TIME, "3:37", "3:35", "theirs"),
        (Kind.TIME, "3:35", "3:37.001", None),
        (Kind.TIME, "1:00:00.5", "59:59", "theirs"),
        (Kind.OFFSET, "-0:01", "0:01", "ours"),
        (Kind.OFFSET, "-0:01.5", "0:01", None),
        (Kind.TIME, "0:01", "00:01", "ours"),
        (Kind.TIME, "0:01.0", "0:01", "theirs"),
        (Kind.TIME, "3:35", None, None),
        (Kind.TIME, None, "3:35", None),
        (Kind.TIME, "3:35", "soon", None),
        (Kind.TIME, ("3:35",), "3:35", None),
        (Kind.TEXT, "3:35", "3:36", None),
        (None, "3:35", "3:36", None),
    ],
)
def test_two_times_that_are_near(
    kind: Kind | None, ours: Value | None, theirs: Value | None, choice: Choice | None
) -> None:
    assert settle(Rule("*", Policy.WITHIN, 2000), kind, ours, theirs, unasked) == choice


@pytest.mark.parametrize(
    ("kind", "ours", "theirs", "choice"),
    [
        (Kind.SET, ("a",), ("b",), "both"),
        (Kind.MULTILINE, "a\n", "b\n", "both"),
        (Kind.MULTILINE, ("a",), ("b",), "both"),
        (Kind.MULTILINE, ("a",), "b", None),
        (None, ("a",), ("b", "c"), "both"),
        (None, "a", "b", None),
        (None, ("a",), (("b",),), None),
        (Kind.SET, ("a",), None, "ours"),
        (Kind.SET, (), ("a",), "theirs"),
        (Kind.MULTILINE, "", "b", "theirs"),
        (Kind.SET, "a", "b", None),
        (Kind.TEXT, "a", "b", None),
        (Kind.TEXT, ("a",), ("b",), None),
        (Kind.ORDERED, ({"title": "a"},), ({"title": "b"},), None),
        (None, None, {"a": "b"}, None),
    ],
)
def test_unions(kind: Kind | None, ours: Value | None, theirs: Value | None, choice: Choice | None) -> None:
    assert settle(Rule("*", Policy.UNION), kind, ours, theirs, unasked) == choice


TEXTS = st.sampled_from(["", "a", "b\nc\n", "3:35", "3:36", "03:36", "1:00:00", "-0:04.5", "0:01.0", "0:01"])
VALUES: st.SearchStrategy[Value | None] = st.one_of(
    st.none(),
    TEXTS,
    st.lists(TEXTS, max_size=3).map(tuple),
    st.dictionaries(TEXTS, TEXTS, max_size=2),
    st.tuples(st.tuples(TEXTS)),
)
ORIGINS = st.builds(
    Origin,
    st.none() | st.integers(-3, 3),
    st.none() | st.sampled_from([0.0, 0.5, 0.95, 1.0]),
)


@given(
    st.builds(Rule, st.just("*"), st.sampled_from(SYMMETRIC), st.integers(1, 5000)),
    st.none() | st.sampled_from(Kind),
    VALUES,
    VALUES,
    st.none() | st.tuples(ORIGINS, ORIGINS),
)
def test_swapped_sides_give_the_same_result(
    rule: Rule, kind: Kind | None, ours: Value | None, theirs: Value | None, origins: Origins
) -> None:
    back = None if origins is None else (origins[1], origins[0])
    choice = settle(rule, kind, ours, theirs, lambda: origins)
    other = settle(rule, kind, theirs, ours, lambda: back)
    event(f"{rule.policy.value}: {'open' if choice is None else 'settled'}")
    # Equal values have no sides.
    if ours != theirs or rule.policy in {Policy.NEWEST, Policy.HIGHEST_CONFIDENCE}:
        assert other == SWAPPED[choice]


@pytest.mark.parametrize("policy", [Policy.NEWEST, Policy.HIGHEST_CONFIDENCE, Policy.WITHIN, Policy.UNION])
def test_the_swap_test_reaches_every_policy(policy: Policy) -> None:
    rule = Rule("*", policy, 2000)
    values: dict[Policy, tuple[Kind, Value, Value]] = {
        Policy.WITHIN: (Kind.TIME, "0:01", "0:02"),
        Policy.UNION: (Kind.SET, ("a",), ("b",)),
    }
    assert settle(rule, *values.get(policy, (Kind.TEXT, "a", "b")), told(EARLY, LATE)) is not None
    assert settle(rule, Kind.FLAG, "a", "b", told(EARLY, EARLY)) is None


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2s", 2000),
        (" 2 s ", 2000),
        ("500ms", 500),
        ("1.5s", 1500),
        ("1.25h", 4_500_000),
        ("7d", 604_800_000),
        ("2w", 1_209_600_000),
        ("3m", 180_000),
        ("0s", None),
        ("0.000s", None),
        ("2", None),
        ("s", None),
        ("", None),
        ("-2s", None),
        ("2sm", None),
        ("2 days", None),
        ("1.s", None),
        ("1.5.5s", None),
        ("1.2345s", None),
        ("1e3s", None),
        ("9999999s", None),
        ("\u0662s", None),
        ("\u00b2s", None),
        ("2\u2009s", None),
        ("0:02", None),
    ],
)
def test_spans(text: str, span: int | None) -> None:
    assert parse_span(text) == span


@given(st.integers(1, 999_999), st.sampled_from(sorted(UNITS)))
def test_a_span_written_is_the_span_read(number: int, unit: str) -> None:
    span = number * UNITS[unit]
    assert parse_span(f"{number}{unit}") == span
    if span <= 999_999 * UNITS["s"]:
        assert parse_span(render_span(span)) == span


def test_words() -> None:
    assert Rule("*", Policy.WITHIN, 1500).words == "within 1500ms"
    assert Rule("*", Policy.HIGHEST_CONFIDENCE).words == "highest_confidence"


@pytest.mark.parametrize(
    ("data", "count"),
    [
        (b"", 0),
        (b"cue: {folder: x}\n", 0),
        (b"# merge: {tracks.label: theirs}\n   #merge:\n", 0),
        (b"merge: {tracks.label: theirs}\n", 1),
        (b"\xef\xbb\xbfmerge: {tracks.label: theirs}\n", 1),
        (b'"m\\u0065rge": {tracks.label: theirs}\n', 1),
        (b"cue: x # merge\n", 0),
        (b"\xef\xbb\xbf# merge\n", 0),
        (b"# only\n'merge':\n  tracks.label: theirs\n", 1),
        (b"unknown: 1\nmerge:\n  tracks: {label: theirs, title: ours}\n", 2),
    ],
)
def test_rules_of_a_file(data: bytes, count: int) -> None:
    assert len(read_policies(data).rules) == count


def test_a_file_without_rules_costs_no_parsing() -> None:
    code = (
        "import sys; from tlgit.merge.policy import read_policies; "
        "read_policies(b'tracklists: x\\n# merge:\\n'); "
        "sys.exit(any(name in sys.modules for name in ('yaml', 'dataclasses', 'difflib', 'tlgit.merge.rules')))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, env=tool_environment(), timeout=60)
    assert done.returncode == 0
