"""Runs that are killed at many moments: the next run finishes by itself, and nothing of the user is lost."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Final

import pytest

from tests.builders import COMMAND, FIRST, PATH, SECOND, SHEET, Sets, make_sets, tool_environment

if TYPE_CHECKING:
    from pathlib import Path

MOMENTS: Final = int(os.environ.get("TLGIT_KILLS", "6"))
"""How many moments each random sweep tries; the long sweep of a night sets it to hundreds."""
POINTS: Final = (
    "upstream-ref",
    "upstream-moved",
    "land-file",
    "land-index",
    "land-ref",
    "landed",
    "sheet-written",
)


@pytest.fixture
def edited(tmp_path: Path) -> Sets:
    """One list, edited and not committed; the second edition is to come."""
    sets = make_sets(tmp_path / "start")
    sets.take(FIRST)
    sets.edit(("title: Copper Sky", "title: Mine"), ('"8:35"', '"8:37"'))
    return sets


def copy(sets: Sets, target: Path) -> Sets:
    shutil.copytree(sets.root, target)
    return Sets(target)


def result(sets: Sets) -> dict[str, object]:
    return {
        "tree": sets.at("HEAD^{tree}"),
        "upstream": sets.at("upstream^{tree}"),
        "list": sets.read(),
        "sheet": sets.read(SHEET),
        "status": sets.git("status", "--porcelain"),
    }


def test_kill_at_every_point(edited: Sets, tmp_path: Path) -> None:
    whole = copy(edited, tmp_path / "whole")
    assert whole.tlgit("import", SECOND).code == 0
    for point in POINTS:
        sets = copy(edited, tmp_path / point)
        done = sets.tlgit("import", SECOND, environment={"TLGIT_FAILPOINT": point})
        assert done.code == -signal.SIGKILL, (point, done)
        assert sets.tlgit("import", SECOND).code == 0, point
        assert result(sets) == result(whole), point
        sets.check()


def test_kill_and_then_an_edit(edited: Sets, tmp_path: Path) -> None:
    for point in ("land-index", "land-ref", "landed"):
        sets = copy(edited, tmp_path / point)
        sets.tlgit("import", SECOND, environment={"TLGIT_FAILPOINT": point})
        sets.edit(("title: Foundry (ID Remix)", "title: Foundry (Later)"))
        assert sets.tlgit("sync").code == 0, point
        assert "title: Foundry (Later)" in sets.shown("HEAD")
        assert "title: Mine" in sets.shown("HEAD")
        assert "Glass Harbour" in sets.shown("HEAD")
        assert sets.git("status", "--porcelain") == ""
        sets.check()


def test_kill_and_then_a_commit_by_git(edited: Sets, tmp_path: Path) -> None:
    for point in ("land-index", "land-ref"):
        sets = copy(edited, tmp_path / point)
        sets.tlgit("import", SECOND, environment={"TLGIT_FAILPOINT": point})
        sets.edit(("title: Foundry (ID Remix)", "title: Foundry (Later)"))
        sets.commit()
        assert sets.tlgit("sync").code == 0, point
        assert "title: Foundry (Later)" in sets.shown("HEAD")
        assert "Glass Harbour" in sets.shown("HEAD")
        sets.git("merge-base", "--is-ancestor", "upstream", "HEAD")
        sets.check()


def test_kill_and_then_a_merge_of_the_user(edited: Sets, tmp_path: Path) -> None:
    edited.git("branch", "other")
    edited.tlgit("import", SECOND, environment={"TLGIT_FAILPOINT": "land-file"})
    edited.git("switch", "--quiet", "other")
    edited.edit(("title: Rooftops At 5 AM", "title: Rooftops (Other)"))
    edited.commit()
    edited.git("switch", "--quiet", "main")
    edited.edit(("title: Rooftops At 5 AM", "title: Rooftops (Main)"))
    edited.commit()
    edited.git("merge", "other", code=1)
    before = edited.state()
    assert edited.tlgit("sync").code == 4
    assert edited.state() == before
    edited.git("merge", "--abort")
    assert edited.tlgit("sync").code == 0
    assert "title: Rooftops (Main)" in edited.read()
    edited.check()


def test_kill_of_the_run_that_finishes(edited: Sets) -> None:
    for point in ("land-file", "land-index", "land-ref", "landed", "sheet-written"):
        done = edited.tlgit("import", SECOND, environment={"TLGIT_FAILPOINT": point})
        assert done.code == -signal.SIGKILL, point
    assert edited.tlgit("sync").code == 0
    assert "title: Mine" in edited.shown("HEAD")
    assert "Glass Harbour" in edited.shown("HEAD")
    assert edited.git("log", "--format=%s", "--grep=^sync").count("sync") == 2
    assert edited.git("status", "--porcelain") == ""
    edited.check()


def test_stale_locks_of_a_killed_run_are_removed(edited: Sets) -> None:
    edited.tlgit("import", SECOND, environment={"TLGIT_FAILPOINT": "land-ref"})
    for name in ("index.lock", "refs/heads/main.lock", "HEAD.lock"):
        (edited.root / ".git" / name).touch()
    assert edited.tlgit("sync").code == 0
    assert "Glass Harbour" in edited.shown("HEAD")
    edited.check()


def test_kill_at_any_moment(edited: Sets, tmp_path: Path) -> None:
    whole = copy(edited, tmp_path / "whole")
    begin = time.monotonic()
    assert whole.tlgit("import", SECOND).code == 0
    length = time.monotonic() - begin
    expected = result(whole)
    chance = random.Random(7)
    for number in range(MOMENTS):
        sets = copy(edited, tmp_path / "killed")
        process = subprocess.Popen(
            [*COMMAND, "import", str(SECOND)],
            cwd=sets.root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=tool_environment(),
        )
        # Most of the run is start-up: the moments are spread over the part in which something happens.
        moment = length * (0.35 + 0.65 * (number + chance.random()) / MOMENTS)
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        process.wait()
        done = sets.tlgit("import", SECOND)
        assert done.code == 0, (moment, done)
        assert result(sets) == expected, moment
        assert "title: Mine" in sets.read(PATH)
        sets.check()
        shutil.rmtree(sets.root)
