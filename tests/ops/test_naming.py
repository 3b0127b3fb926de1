from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlgit.config import Config
from tlgit.errors import UsageError
from tlgit.files.names import check_new_name, parse_relative_path
from tlgit.ops.naming import new_path
from tlgit.tracklist.model import Tracklist


def named(title: str, artist: str | None = None, date: str | None = None, *taken: str) -> str:
    return new_path(Config(), Tracklist(title=title, artist=artist, date=date), taken, "2zq4tdl9")


@pytest.mark.parametrize(
    ("title", "artist", "date", "path"),
    [
        ("Mira @ Harbour 2026-05-09", "Mira", "2026-05-09", "mira/2026-05-09-harbour"),
        ("Tiësto & Ørjan's Night", "Tiësto", None, "tiesto/orjans-night"),
        ("Ночь", "Сёстры", None, "sestry/noch"),
        ("夜 @ 東京", "夜", None, "ye/dong-jing"),
        ("???", None, None, "various/untitled"),
        ("CON", "aux", None, "aux-list/con-list"),
        ("../../etc/passwd", "..", None, "various/etc-passwd"),
        ("Mira", "Mira", None, "mira/mira"),
    ],
)
def test_path(title: str, artist: str | None, date: str | None, path: str) -> None:
    assert named(title, artist, date) == f"tracklists/{path}.yaml"


def test_taken_paths_are_left_alone_whatever_their_case() -> None:
    assert named("B", "A", None, "tracklists/A/B.yaml") == "tracklists/a/b-2zq4tdl9.yaml"
    assert (
        named("B", "A", None, "tracklists/a/b.yaml", "tracklists/a/b-2zq4tdl9.yaml")
        == "tracklists/a/b-2.yaml"
    )


def test_flat_pattern() -> None:
    config = Config(tracklists=("sets/*.yaml",))
    assert new_path(config, Tracklist(title="B", artist="A"), (), None) == "sets/a-b.yaml"


def test_pattern_without_room() -> None:
    with pytest.raises(UsageError, match="no room"):
        new_path(Config(tracklists=("sets/one.yaml",)), Tracklist(title="B"), (), None)


@given(st.text(max_size=600), st.text(max_size=600))
def test_every_name_can_be_made_on_every_system(title: str, artist: str) -> None:
    path = named(title, artist, "2026-05-09")
    for name in parse_relative_path(path):
        check_new_name(name, path)
