from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tlgit.config import KEYS, Config, ConfigError, parse_config

if TYPE_CHECKING:
    from tlgit.config import Setting


def test_defaults_stand_in_one_table() -> None:
    assert parse_config({}) == Config()
    defaults: dict[str, Setting] = {key.name: key.default for key in KEYS}
    assert (
        parse_config({"tracklists": defaults["tracklists"], "cue": {"folder": defaults["cue.folder"]}})
        == Config()
    )


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
    assert parse_config({"tracklists": pattern}).is_tracklist(path) is is_one


@pytest.mark.parametrize(
    ("patterns", "folders"),
    [
        (("tracklists/**/*.yaml",), ("tracklists",)),
        (("a/b/*.yaml", "a/b/**/*.yaml", "c/*/d.yaml"), ("a/b", "c")),
        (("**/*.yaml",), ("",)),
    ],
)
def test_folders(patterns: tuple[str, ...], folders: tuple[str, ...]) -> None:
    assert parse_config({"tracklists": patterns}).folders == folders


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"tracklist": "x.yaml"}, "unknown setting `tracklist`"),
        ({"cue": {"foldr": "x"}}, "unknown setting `cue.foldr`"),
        ({"tracklists": {"a": "b"}}, "unknown setting `tracklists.a`"),
        ({"tracklists": ()}, "expects a list of patterns"),
        ({"tracklists": ("",)}, "expects a list of patterns"),
        ({"tracklists": "/x/*.yaml"}, "leads out"),
        ({"tracklists": "../*.yaml"}, "leads out"),
        ({"tracklists": "x/*"}, "does not end in `.yaml`"),
        ({"cue": {"folder": "../x"}}, "not a folder of the repository"),
        ({"cue": {"folder": "/x"}}, "not a folder of the repository"),
        ({"cue": {"folder": ".git/x"}}, "not a folder of the repository"),
        ({"cue": {"folder": "."}}, "not a folder of the repository"),
        ({"cue": {"folder": ("a", "b")}}, "expects the name of a folder"),
        ({"cue": "x"}, "unknown setting `cue`"),
    ],
)
def test_wrong_settings(settings: dict[str, Setting], words: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(words)):
        parse_config(settings)


def test_unknown_setting_names_the_nearest() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config({"cue": {"foldr": "x"}})
    assert (caught.value.key, caught.value.hint) == ("cue.foldr", "did you mean `cue.folder`?")


def test_what_is_left_blank_has_its_default() -> None:
    assert parse_config({"tracklists": "", "cue": ""}) == Config()
    assert parse_config({"cue": {"folder": ""}}) == Config()


def test_cue_folder() -> None:
    assert parse_config({"cue": {"folder": "out/cue/"}}).cue_folder == "out/cue"
