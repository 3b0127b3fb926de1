from __future__ import annotations

from pathlib import Path

import pytest

from tlgit.config import KEYS, Config, ConfigError, Given, read_config
from tlgit.errors import TlgitError
from tlgit.merge.policy import Policies, Policy, Rule
from tlgit.tracklist.write import render_value


def test_defaults_stand_in_one_table() -> None:
    text = "\n".join(f"{key.name}: {render_value(key.default)}" for key in KEYS)
    assert read_config(text.encode()) == Config()
    assert set(read_config(text.encode()).given) == {key.name for key in KEYS} - {"merge"}


@pytest.mark.parametrize(
    ("pattern", "path", "is_one"),
    [
        ("tracklists/**/*.yaml", "tracklists/a.yaml", True),
        ("tracklists/**/*.yaml", "tracklists/a/b/c.yaml", True),
        ("tracklists/**/*.yaml", "tracklists.yaml", False),
        ("tracklists/**/*.yaml", "x/tracklists/a.yaml", False),
        ("tracklists/**/*.yaml", "tracklists/a.yml", False),
        ("sets/*.yaml", "sets/a/b.yaml", False),
        ("s?ts/*.yaml", "sets/a.yaml", True),
        ("s.ts/*.yaml", "sets/a.yaml", False),
        ("**/*.yaml", "tlgit.yaml", False),
        ("**/*.yaml", "a.yaml", True),
        ("tracklists/**/*.yaml", "tracklists/a/.#b.yaml", False),
    ],
)
def test_patterns(pattern: str, path: str, is_one: bool) -> None:
    assert Config(tracklists=(pattern,)).is_tracklist(path) is is_one


@pytest.mark.parametrize(
    ("patterns", "folders"),
    [
        (("tracklists/**/*.yaml",), ("tracklists",)),
        (("a/b/*.yaml", "a/b/**/*.yaml", "c/*/d.yaml"), ("a/b", "c")),
        (("**/*.yaml",), ("",)),
    ],
)
def test_folders(patterns: tuple[str, ...], folders: tuple[str, ...]) -> None:
    assert Config(tracklists=patterns).folders == folders


ALL = """\
# of the three of us
tracklists: [sets/**/*.yaml, "*.yml"]
cue:
  folder: out/cue/
sync: {threshold: 0.95}
merge:
  tracks.label: theirs
review:
  timeout: 36h
  on_timeout: keep
"""


def test_all_settings() -> None:
    config = read_config(ALL.encode())
    assert config == Config(
        tracklists=("sets/**/*.yaml", "*.yml"),
        cue_folder="out/cue",
        threshold=0.95,
        policies=Policies((Rule("tracks.label", Policy.THEIRS, 0, 7),)),
        review_timeout=36 * 3600,
        on_timeout="keep",
    )
    assert config.given == {
        "tracklists": Given(("sets/**/*.yaml", "*.yml"), 2),
        "cue.folder": Given("out/cue/", 4),
        "sync.threshold": Given("0.95", 5),
        "review.timeout": Given("36h", 9),
        "review.on_timeout": Given("keep", 10),
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "\ufeff# nothing\n\n",
        "tracklists:\ncue:\n",
        "cue: {folder: ''}",
        "sync: {}\nmerge:\n",
    ],
)
def test_what_is_left_blank_has_its_default(text: str) -> None:
    assert read_config(text.encode()) == Config()


@pytest.mark.parametrize(
    ("text", "timeout"),
    [("7d", 604_800), ("2w", 1_209_600), ("90m", 5400), ("1s", 1), ("never", None), ("' 1h '", 3600)],
)
def test_how_long_a_review_waits(text: str, timeout: int | None) -> None:
    assert read_config(f"review.timeout: {text}".encode()).review_timeout == timeout


@pytest.mark.parametrize(
    ("text", "threshold"),
    [("0", 0.0), ("1", 1.0), (".5", 0.5), ("0.875", 0.875), ("1.00", 1.0)],
)
def test_thresholds(text: str, threshold: float) -> None:
    assert read_config(f"sync: {{threshold: {text}}}".encode()).threshold == threshold


@pytest.mark.parametrize(
    ("text", "place", "words", "hint"),
    [
        ("tracklist: x.yaml", "1:1", "unknown setting `tracklist`", "did you mean `tracklists`?"),
        ("cue:\n  foldr: x", "2:3", "unknown setting `cue.foldr`", "did you mean `cue.folder`?"),
        ("\n\nthreshold: 1", "3:1", "unknown setting `threshold`", "did you mean `sync.threshold`?"),
        ("zzz: 1", "1:1", "unknown setting `zzz`", "known are cue.folder, merge, review.on_timeout"),
        ("tracklists: {a: b}", "1:14", "unknown setting `tracklists.a`", ""),
        ("cue.folder: x\ncue: {folder: y}", "2:7", "stands twice, first in line 1", "keep one"),
        ("a: 1\na: 2", "2:1", "'a' stands twice", "keep one"),
        ("cue: x", "1:6", "`cue` expects settings below it", "like `cue.folder`"),
        ("tracklists: []", "1:13", "expects a list of patterns", ""),
        ("tracklists: ['']", "1:14", "expects a list of patterns", ""),
        ("tracklists: [[a.yaml]]", "1:14", "expects a list of patterns", ""),
        ("tracklists:\n- a.yaml\n- /x/*.yaml", "3:3", "leads out", ""),
        ("tracklists: ../*.yaml", "1:13", "leads out", ""),
        ("tracklists: 'a\\*.yaml'", "1:13", "leads out", ""),
        ("tracklists: x/*", "1:13", "does not end in `.yaml`", ""),
        ("cue: {folder: ../x}", "1:15", "not a folder of the repository", ""),
        ("cue: {folder: /x}", "1:15", "not a folder of the repository", ""),
        ("cue: {folder: .git/x}", "1:15", "not a folder of the repository", ""),
        ("cue: {folder: .}", "1:15", "not a folder of the repository", ""),
        ("cue: {folder: ~/x}", "1:15", "not a folder of the repository", ""),
        ("cue: {folder: 'a\\b'}", "1:15", "not a folder of the repository", ""),
        ("cue: {folder: [a, b]}", "1:15", "expects the name of a folder", ""),
        ("sync: {threshold: 1.1}", "1:19", "expects a number from 0 to 1, like 0.9, not '1.1'", ""),
        ("sync: {threshold: 90%}", "1:19", "expects a number from 0 to 1", ""),
        ("sync: {threshold: -0}", "1:19", "expects a number from 0 to 1", ""),
        ("sync: {threshold: nan}", "1:19", "expects a number from 0 to 1", ""),
        ("sync: {threshold: [1]}", "1:19", "expects a number from 0 to 1", ""),
        ("review: {timeout: 7 days}", "1:19", "expects a time span like `7d` or `36h`, or `never`", ""),
        ("review: {timeout: 0d}", "1:19", "not '0d'", ""),
        ("review: {timeout: 10ms}", "1:19", "not '10ms'", ""),
        (
            "review:\n  on_timeout: yours",
            "2:15",
            "expects `ours`, `theirs` or `keep`",
            "did you mean `ours`?",
        ),
        ("review:\n  on_timeout: zzz", "2:15", "not 'zzz'", ""),
        ("review:\n  on_timeout:\n  - ours", "3:3", "expects `ours`, `theirs` or `keep`", ""),
        ("merge:\n  tracks.lable: ours", "2:3", "unknown field `tracks.lable`", "`tracks.label`"),
        ("merge: {title: union}", "1:16", "`union` is for lists and notes", ""),
        ("'a\\b': 1", "1:1", "unknown setting `a\\b`", ""),
        ('"a\\tb": 1', "1:1", "unknown setting 'a\\tb'", ""),
        ("[a]", "1:1", "expected settings, one a line", "configuration.md"),
        ("tracklists: &x a.yaml", "1:13", "anchors", ""),
        ("tracklists: [a.yaml", "1:20", "expected", ""),
    ],
)
def test_errors_name_the_place(text: str, place: str, words: str, hint: str) -> None:
    with pytest.raises(TlgitError) as caught:
        read_config(text.encode())
    assert caught.value.message.startswith(f"tlgit.yaml:{place}: ")
    assert words in caught.value.message
    assert hint in (caught.value.hint or "")
    assert caught.value.message.isprintable()


def test_an_error_knows_its_key() -> None:
    with pytest.raises(ConfigError) as caught:
        read_config(b"review: {timeout: soon}")
    assert (caught.value.key, caught.value.exit_code) == ("review.timeout", 2)


def test_the_documentation_names_every_setting_and_its_examples_hold() -> None:
    text = (Path(__file__).parents[1] / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert [key.name for key in KEYS if f"| `{key.name}` |" not in text] == []
    assert [policy.value for policy in Policy if f"`{policy.value}" not in text] == []
    example = text.partition("```yaml\n")[2].partition("```")[0]
    assert [rule.pattern for rule in read_config(example.encode()).policies.rules] == [
        "tracks.start",
        "tracks.label",
        "tracks.notes",
        "tracks.bpm",
        "*",
    ]
