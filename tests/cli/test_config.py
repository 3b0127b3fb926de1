from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.builders import Sets, make_sets

if TYPE_CHECKING:
    from pathlib import Path

    from tests.builders import Done

TEXT = """\
tracklists: ["tracklists/**/*.yaml", sets/*.yaml]
merge:
  tracks.start: within 2s
  tracks.*: theirs
"""

NEAR = "Two times at most 2s apart are no conflict: the earlier one is taken. Times further apart stay conflicts."


@pytest.fixture
def sets(tmp_path: Path) -> Sets:
    sets = make_sets(tmp_path / "sets")
    sets.write(TEXT, "tlgit.yaml")
    return sets


def document(done: Done) -> dict[str, Any]:
    found = json.loads(done.out)
    assert isinstance(found, dict)
    assert found["schema"] == "tlgit.config/1"
    return found


def test_all_settings(sets: Sets) -> None:
    done = sets.tlgit("config")
    assert (done.code, done.err) == (0, "")
    assert [line.split() for line in done.out.splitlines()] == [
        ["setting", "value", "from"],
        ["tracklists", "tracklists/**/*.yaml,", "sets/*.yaml", "tlgit.yaml:1"],
        ["cue.folder", "cue", "default"],
        ["sync.threshold", "0.9", "default"],
        ["merge.tracks.start", "within", "2s", "tlgit.yaml:3"],
        ["merge.tracks.*", "theirs", "tlgit.yaml:4"],
        ["review.timeout", "7d", "default"],
        ["review.on_timeout", "ours", "default"],
    ]


def test_without_a_file(tmp_path: Path) -> None:
    done = make_sets(tmp_path / "sets").tlgit("config")
    assert done.code == 0
    assert ["merge", "none", "default"] in [line.split() for line in done.out.splitlines()]


def test_one_setting(sets: Sets) -> None:
    assert sets.tlgit("config", "review.timeout").out == "7d\n"
    assert sets.tlgit("config", "tracklists").out == "tracklists/**/*.yaml\nsets/*.yaml\n"
    assert sets.tlgit("config", "review").out.count("default") == 2
    assert document(sets.tlgit("config", "merge.tracks.*", "--json"))["settings"] == [
        {
            "key": "merge.tracks.*",
            "value": "theirs",
            "origin": "tlgit.yaml",
            "line": 4,
            "meaning": "Who wins where both sides changed a field, like `tracks.label: theirs`; else you decide.",
        }
    ]


def test_all_settings_as_object(sets: Sets) -> None:
    settings = document(sets.tlgit("config", "--json"))["settings"]
    assert [one["key"] for one in settings][:3] == ["tracklists", "cue.folder", "sync.threshold"]
    assert settings[0]["value"] == ["tracklists/**/*.yaml", "sets/*.yaml"]
    assert (settings[1]["origin"], settings[1]["line"]) == ("default", None)


def test_explain(sets: Sets) -> None:
    done = sets.tlgit("config", "--explain", "tracks.start")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "tracks.start: `start` of one track, changed to different values by both sides",
        "decided by `tracks.start: within 2s` (tlgit.yaml:3)",
        NEAR,
        "not by `tracks.*: theirs` (tlgit.yaml:4): less specific",
        "not by the default, `manual`: only where no rule names the field",
        "A change that only one side made is taken without any policy.",
    ]
    assert "decided by the default, `manual`" in sets.tlgit("config", "--explain", "title").out


def test_explain_as_object(sets: Sets) -> None:
    data = document(sets.tlgit("config", "--explain", "tracks.start", "--json"))
    assert set(data) == {"schema", "field", "about", "policy", "within_ms", "meaning", "rule", "others"}
    assert (data["policy"], data["within_ms"], data["rule"]["line"]) == ("within", 2000, 3)
    assert data["others"][-1] == {
        "pattern": "*",
        "policy": "manual",
        "origin": "default",
        "line": None,
        "reason": "only where no rule names the field",
    }


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("review.timout",), "did you mean `review.timeout`?"),
        (("--explain", "tracks.lable"), "did you mean `tracks.label`?"),
        (("review.timeout", "--explain", "title"), "--explain takes a field"),
    ],
)
def test_mistakes(sets: Sets, arguments: tuple[str, ...], words: str) -> None:
    done = sets.tlgit("config", *arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err


def test_a_broken_file(sets: Sets) -> None:
    sets.write("merge:\n  tracks.start: newst\n", "tlgit.yaml")
    done = sets.tlgit("config")
    assert (done.code, done.out) == (2, "")
    assert done.err == "error: tlgit.yaml:2:17: unknown policy 'newst'\nhint: did you mean `newest`?\n"
