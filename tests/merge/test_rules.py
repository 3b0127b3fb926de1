from __future__ import annotations

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from tlgit.errors import TlgitError
from tlgit.merge.policy import Policies, Policy, Rule, read_policies
from tlgit.merge.rules import FIELDS, ConfigError, find_problem
from tlgit.tracklist.syntax import TracklistSyntaxError


def rules(text: str) -> tuple[Rule, ...]:
    return read_policies(text.encode()).rules


def test_every_way_to_write_a_rule() -> None:
    text = """\
# how we merge
merge:
  title: ours
  tracks.label: theirs
  tracks:
    start: {within: 2s}
    end:
      within: 1500ms
    bpm: manual
    notes: union
    rating: highest_confidence
  "*": newest
  duration: within 1m
  mood:
"""
    assert rules(text) == (
        Rule("title", Policy.OURS, 0, 3),
        Rule("tracks.label", Policy.THEIRS, 0, 4),
        Rule("tracks.start", Policy.WITHIN, 2000, 6),
        Rule("tracks.end", Policy.WITHIN, 1500, 7),
        Rule("tracks.bpm", Policy.MANUAL, 0, 9),
        Rule("tracks.notes", Policy.UNION, 0, 10),
        Rule("tracks.rating", Policy.HIGHEST_CONFIDENCE, 0, 11),
        Rule("*", Policy.NEWEST, 0, 12),
        Rule("duration", Policy.WITHIN, 60_000, 13),
    )


@pytest.mark.parametrize(
    "text",
    ["merge:\n", "merge: {}\n", "merge:\n  tracks: {}\n", "merge: ''\n", "a: '\\'\n"],
)
def test_no_rules(text: str) -> None:
    assert read_policies(text.encode()) == Policies()


def test_rules_beside_the_section() -> None:
    assert rules("merge.title: ours\nmerge.tracks: {label: theirs}\nmerge: {artist: ours}\n") == (
        Rule("title", Policy.OURS, 0, 1),
        Rule("tracks.label", Policy.THEIRS, 0, 2),
        Rule("artist", Policy.OURS, 0, 3),
    )


def test_other_settings_do_not_matter() -> None:
    assert len(rules("tracklists: /x\nnonsense: 1\nmerge: {title: ours}\n")) == 1


@pytest.mark.parametrize(
    ("text", "place", "words", "hint"),
    [
        ("merge: theirs", "1:8", "`merge` expects patterns", '"*": theirs'),
        ("merge: [a]", "1:8", "`merge` expects patterns", "tracks.label: theirs"),
        ("merge:\n  tracks.lable: theirs", "2:3", "unknown field `tracks.lable`", "`tracks.label`"),
        ("merge:\n  tracks:\n    lable: theirs", "3:5", "unknown field `tracks.lable`", "`tracks.lable*`"),
        ("merge:\n  titel: theirs", "2:3", "unknown field `titel`", "`title`"),
        ("merge:\n  label: theirs", "2:3", "unknown field `label`", "did you mean `tracks.label`?"),
        ("merge:\n  tracks.genres: union", "2:3", "unknown field `tracks.genres`", "did you mean `genres`?"),
        ("merge:\n  track: {label: ours}", "2:3", "`track` has no fields below it", "did you mean `tracks`?"),
        ("merge:\n  cue: {format: ours}", "2:3", "`cue` has no fields below it", "only `tracks` has"),
        ("merge:\n  tracks.start: {withn: 2s}", "2:3", "no fields below it", "did you mean `within`?"),
        ("merge:\n  track.label: ours", "2:3", "unknown field `track.label`", "did you mean `tracks.label`?"),
        ("merge:\n  a.zzzz: ours", "2:3", "unknown field `a.zzzz`", "only `tracks` has fields below it"),
        ("merge:\n  tracks.parts.artist: ours", "2:3", "unknown field `tracks.parts.artist`", "tracks.parts"),
        ("merge:\n  'tracks.': ours", "2:3", "not the name of a field", "tracks.start"),
        ("merge:\n  .x: ours", "2:3", "not the name of a field", "tracks.start"),
        ("merge:\n  tracks.start: newst", "2:17", "unknown policy 'newst'", "did you mean `newest`?"),
        ("merge:\n  tracks.start: mine", "2:17", "unknown policy 'mine'", "policies are manual, ours"),
        ("merge:\n  tracks.start: ours really", "2:17", "unknown policy 'ours really'", "`ours`"),
        ("merge:\n  tracks.start: [ours]", "2:17", "expects one policy, not a list", "policies are"),
        ("merge:\n  tracks.start: within", "2:17", "expects a time span", ""),
        ("merge:\n  tracks.start: within 2", "2:17", "expects a time span", ""),
        ("merge:\n  tracks.start: {within: 0s}", "2:26", "expects a time span", ""),
        ("merge:\n  tracks.start: {within: [2s]}", "2:26", "expects a time span", ""),
        ("merge:\n  tracks.start:\n    within:\n", "3:12", "expects a time span", ""),
        ("merge:\n  tracks: {within: 2s, end: ours}", "2:12", "stands alone below `tracks`", "tracks.within"),
        ("merge:\n  tracks.label: within 2s", "2:17", "`within` is for times", "configuration.md"),
        ("merge:\n  title: union", "2:10", "`union` is for lists and notes", "configuration.md"),
        ("merge:\n  tracks.rating: within 2s", "2:18", "`within` is for times", "configuration.md"),
        ("merge:\n  tracks: newest", "2:11", "cannot decide about a whole track", "configuration.md"),
        ("merge:\n  title: ours\n  title: theirs", "3:3", "stands twice", "keep one"),
        ("merge:\n  tracks.bpm: ours\n  tracks: {bpm: theirs}", "3:12", "first in line 2", "keep one"),
        ("merge:\n  *: theirs", "2:4", "alphabetic", '`"*": theirs`'),
        ("merge:\n\ttitle: ours", "2:1", "token", "spaces"),
        ("merge: {title: ours}\n- a", "2:1", "expected key", ""),
        ("- merge", "1:1", "expected settings, one a line", "configuration.md"),
        ("merge: &a theirs", "1:8", "anchors", "quote"),
        ("merge:\n  'e\\\u202e': ours", "2:6", "RIGHT-TO-LEFT OVERRIDE", ""),
        ('merge:\n  "titl\\te": ours', "2:3", "unknown field 'titl\\te'", "'titl\\te*'"),
    ],
)
def test_errors_name_the_place(text: str, place: str, words: str, hint: str) -> None:
    with pytest.raises(TlgitError) as caught:
        read_policies(text.encode())
    assert caught.value.message.startswith(f"tlgit.yaml:{place}: ")
    assert words in caught.value.message
    assert hint in (caught.value.hint or "")
    assert caught.value.message.isprintable()


def test_an_error_behind_a_byte_order_mark() -> None:
    with pytest.raises(ConfigError) as caught:
        read_policies("\ufeffmerge: theirs".encode())
    assert caught.value.position is not None
    assert (caught.value.position.line, caught.value.position.column, caught.value.key) == (1, 8, "merge")


def test_what_is_not_text() -> None:
    with pytest.raises(TracklistSyntaxError, match=r"tlgit\.yaml:1:7: expected UTF-8 text"):
        read_policies(b"merge:\xff")


@pytest.mark.parametrize("name", [*FIELDS, "rating", "tracks.energy", "*", "tracks.*", "t*.x.y", "lable*"])
def test_names_that_are_fine(name: str) -> None:
    assert find_problem(name) is None


PIECES = st.sampled_from(
    [
        "merge",
        "tracks",
        "start",
        ".",
        "*",
        "within",
        "2s",
        ": ",
        "\n",
        "\n  ",
        "{",
        "}",
        "[",
        "theirs",
        "'",
        "#",
    ]
)


@given(st.lists(PIECES, max_size=14).map("".join), st.booleans())
def test_any_text_gives_rules_or_an_error(text: str, is_section: bool) -> None:
    data = ("merge:\n  " + text if is_section else text).encode()
    try:
        found = read_policies(data)
    except TlgitError as error:
        event("error")
        message = error.message
    else:
        event("rules" if found.rules else "no rules")
        message = "tlgit.yaml: fine"
        assert len({rule.pattern for rule in found.rules}) == len(found.rules)
    assert message.startswith("tlgit.yaml:")
