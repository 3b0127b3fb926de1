from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tlgit.cli.main import run
from tlgit.ops.demo import OccupiedFolderError, run_demo
from tlgit.tracklist.schema import parse_tracklist

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Git


def test_the_story_ends_with_both_sides_in_list_and_sheet(tmp_path: Path, git: Git) -> None:
    folder = tmp_path / "sets"
    steps = list(run_demo(folder))
    assert [step.command.split()[0] for step in steps] == [
        *("tlgit", "tlgit", "$EDITOR", "git", "tlgit", "tlgit", "git"),
    ]
    [path] = (folder / "tracklists").rglob("*.yaml")
    text = path.read_text(encoding="utf-8")
    names = {track.name for track in parse_tracklist(text).tracks}
    mine = {
        "Vela Crane - Copper Sky (VIP Mix)",
        "Mira Kolb - Salt Lines",
        "Field Recording - Crowd And Harbour Bells",
    }
    theirs = {"Ilse Marlow - Glass Harbour", "Nadja Rae - Morning Papers (Mira Kolb Remix)"}
    assert mine | theirs <= names
    assert "  # the sun goes down exactly here\n" in text
    [sheet] = (folder / "cue").rglob("*.cue")
    assert all(name.split(" - ")[1] in sheet.read_text(encoding="utf-8-sig") for name in mine | theirs)
    assert not git(folder, "status", "--porcelain")
    git(folder, "fsck", "--strict")


def test_it_runs_where_git_knows_no_name(tmp_path: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "empty"
    empty.write_text("[user]\n\tuseConfigOnly = true\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(empty))
    assert len(list(run_demo(tmp_path / "sets"))) == 7
    assert git(tmp_path / "sets", "log", "-1", "--format=%an") == "tlgit demo"


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OccupiedFolderError):
        list(run_demo(tmp_path))
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_the_command_tells_the_steps_and_leaves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "tlgit.demo/1"
    assert len(told["steps"]) == 7
    assert all(step["lines"] for step in told["steps"])


def test_the_command_keeps_the_repository_that_was_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["demo", str(tmp_path / "kept")]) == 0
    assert "7. " in capsys.readouterr().out
    assert (tmp_path / "kept" / "tlgit.yaml").is_file()
