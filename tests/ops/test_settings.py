from __future__ import annotations

import pytest

from tlgit.config import KEYS, Config, read_config
from tlgit.merge.policy import DEFAULT, Policy
from tlgit.merge.rules import FIELDS
from tlgit.ops.settings import UnknownSettingError, explain, find_settings, list_settings

CONFIG = read_config(b"""\
sync: {threshold: 0.95}
merge:
  tracks.start: {within: 2s}
  tracks.*: theirs
  tracks.*s: newest
  tracks.n*: union
  "*": highest_confidence
  rating: union
""")


def test_every_setting_has_its_default() -> None:
    settings = list_settings(Config())
    assert [one.key for one in settings] == [key.name for key in KEYS]
    assert {(one.origin, one.line, one.place) for one in settings} == {("default", None, "default")}
    assert [one.value for one in settings] == [key.default for key in KEYS]


def test_settings_of_the_file_have_their_lines() -> None:
    found = {one.key: (one.value, one.place) for one in list_settings(CONFIG)}
    assert found["sync.threshold"] == ("0.95", "tlgit.yaml:1")
    assert found["merge.tracks.start"] == ("within 2s", "tlgit.yaml:3")
    assert found["merge.*"] == ("highest_confidence", "tlgit.yaml:7")
    assert found["review.timeout"] == ("7d", "default")
    assert "merge" not in found


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("review.timeout", ["review.timeout"]),
        ("review", ["review.timeout", "review.on_timeout"]),
        ("merge.tracks.*s", ["merge.tracks.*s"]),
        (
            "merge.tracks",
            ["merge.tracks.start", "merge.tracks.*", "merge.tracks.*s", "merge.tracks.n*"],
        ),
    ],
)
def test_one_setting_or_a_section(name: str, keys: list[str]) -> None:
    assert [one.key for one in find_settings(CONFIG, name)] == keys


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("reviw", "did you mean `review`?"),
        ("timeout", "did you mean `review.timeout`?"),
        ("review.timout", "did you mean `review.timeout`?"),
        ("merge.title", "`tlgit config --explain title` tells what decides"),
        ("zzz", "known are tracklists, cue.folder, sync.threshold, merge, review.timeout, "),
        ("", "known are "),
    ],
)
def test_unknown_settings_name_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(UnknownSettingError) as caught:
        find_settings(CONFIG, name)
    assert (caught.value.name in {name, "title"}, caught.value.exit_code) == (True, 2)
    assert (caught.value.hint or "").startswith(hint)


@pytest.mark.parametrize(
    ("field", "pattern", "words"),
    [
        ("tracks.start", "tracks.start", "at most 2s apart"),
        ("tracks.label", "tracks.*", "In a rebase git swaps the sides"),
        ("tracks.notes", "tracks.n*", "of notes all lines"),
        ("tracks.parts", "tracks.*s", "Ties stay conflicts"),
        ("title", "*", "Ties stay conflicts"),
        ("rating", "rating", "All items"),
        ("tracks", "*", "Nobody but you"),
    ],
)
def test_explanations(field: str, pattern: str, words: str) -> None:
    found = explain(CONFIG, field)
    assert (found.field, found.rule.pattern) == (field, pattern)
    assert words in found.meaning


def test_why_other_rules_do_not_decide() -> None:
    assert [(other.rule.pattern, other.reason) for other in explain(CONFIG, "tracks.notes").others] == [
        ("tracks.*s", "as specific, but stands above it"),
        ("tracks.*", "less specific"),
        ("*", "less specific"),
        ("*", "only where no rule names the field"),
    ]
    whole = explain(CONFIG, "tracks")
    assert whole.rule is DEFAULT
    assert [(o.rule.policy, o.reason) for o in whole.others] == [
        (Policy.HIGHEST_CONFIDENCE, "cannot decide about this field")
    ]


def test_every_field_and_policy_is_explained() -> None:
    assert all(explain(Config(), field).others == () for field in FIELDS)
    assert len({explain(Config(), field).about for field in FIELDS}) == len(FIELDS)
    for policy in Policy:
        word = "within 1s" if policy is Policy.WITHIN else policy.value
        field = {Policy.WITHIN: "offset", Policy.UNION: "genres"}.get(policy, "title")
        assert explain(read_config(f"merge: {{{field}: {word}}}".encode()), field).meaning.endswith(".")


@pytest.mark.parametrize(
    ("field", "hint"),
    [
        ("tracks.lable", "did you mean `tracks.label`?"),
        ("label", "did you mean `tracks.label`?"),
        ("tracks.genres", "did you mean `genres`?"),
        ("energy", "known are title, artist, "),
        ("*", "known are "),
        ("tracks.*", "did you mean `tracks`?"),
    ],
)
def test_unknown_fields_name_the_nearest(field: str, hint: str) -> None:
    with pytest.raises(UnknownSettingError) as caught:
        explain(CONFIG, field)
    assert (caught.value.hint or "").startswith(hint)
