from __future__ import annotations

import errno
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.builders import COMMAND, FIRST, PATH, SECOND, Sets, make_sets, page, snapshot, tool_environment
from tlgit.files import atomic
from tlgit.git.repository import Repository
from tlgit.ops import landing
from tlgit.ops import sync as sync_module
from tlgit.ops.take import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def sets(tmp_path: Path) -> Sets:
    sets = make_sets(tmp_path / "sets")
    sets.take(FIRST, snapshot())
    return sets


OTHER = "tracklists/lena-ortiz/2026-03-01-canal-house.yaml"


def once(patch: pytest.MonkeyPatch, place: Any, name: str, act: Callable[[], object]) -> list[int]:
    """Act once, right before the function of this name runs for the first time."""
    original, calls = getattr(place, name), []

    def run(*arguments: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            act()
        return original(*arguments, **options)

    patch.setattr(place, name, run)
    return calls


def save(sets: Sets) -> None:
    sets.edit(("title: Copper Sky", "title: Saved Meanwhile"))


def save_and_commit(sets: Sets) -> None:
    save(sets)
    sets.git("commit", "--quiet", "-m", "meanwhile", "--", PATH)


def commit_other(sets: Sets) -> None:
    sets.edit(("title: Piece A0", "title: Other Meanwhile"), path=OTHER)
    sets.git("commit", "--quiet", "-m", "meanwhile", "--", OTHER)


PLACES = [
    (sync_module, "plan_merge"),
    (sync_module, "land"),
    (landing, "roll_forward"),
    (landing, "write_file"),
    (Repository, "merge_commit"),
]


@pytest.mark.parametrize("act", [save, save_and_commit, commit_other])
@pytest.mark.parametrize(("place", "name"), PLACES, ids=[name for _, name in PLACES])
def test_nothing_is_lost(
    sets: Sets, monkeypatch: pytest.MonkeyPatch, place: Any, name: str, act: Callable[[Sets], None]
) -> None:
    calls = once(monkeypatch, place, name, lambda: act(sets))
    report = sets.take(SECOND)
    monkeypatch.undo()
    assert calls
    assert report.is_settled
    assert "Glass Harbour" in sets.shown("HEAD")
    assert ("Saved Meanwhile" in sets.shown("HEAD")) == (act is not commit_other)
    assert ("Other Meanwhile" in sets.shown("HEAD", OTHER)) == (act is commit_other)
    assert sets.git("status", "--porcelain") == ""
    sets.check()


@pytest.mark.parametrize("name", ["update_index", "move_ref"])
def test_commit_of_another_file_at_the_last_moment(
    sets: Sets, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    sets.take(SECOND)
    sets.git("reset", "--quiet", "--hard", "HEAD~1")
    calls = once(monkeypatch, Repository, name, lambda: commit_other(sets))
    report = sets.take()
    monkeypatch.undo()
    assert calls
    assert report.is_settled
    assert "Glass Harbour" in sets.shown("HEAD")
    assert "Other Meanwhile" in sets.shown("HEAD", OTHER)
    assert sets.git("status", "--porcelain") == ""
    assert sets.git("log", "-1", "--format=%(trailers:key=Tlgit-Action,valueonly)").strip() == "sync"
    sets.check()


def test_save_right_before_the_rename(sets: Sets, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = once(monkeypatch, atomic, "_write_temporary", lambda: save(sets))
    assert sets.take(SECOND).is_settled
    monkeypatch.undo()
    assert calls
    assert "Saved Meanwhile" in sets.shown("HEAD")
    assert "Glass Harbour" in sets.read()
    sets.check()


def test_save_of_something_broken_in_the_middle(sets: Sets, monkeypatch: pytest.MonkeyPatch) -> None:
    once(monkeypatch, sync_module, "land", lambda: sets.write(sets.read() + "tracks: [\n"))
    report = sets.take(SECOND)
    monkeypatch.undo()
    assert not report.is_settled
    assert [deferred.path for deferred in report.deferred] == [PATH]
    assert sets.read().endswith("tracks: [\n")
    sets.check()


def test_upstream_that_moves_in_the_middle(sets: Sets, monkeypatch: pytest.MonkeyPatch) -> None:
    def move() -> None:
        commit = sets.git("commit-tree", "upstream^{tree}", "-p", "upstream", stdin="fetched\n")
        sets.git("update-ref", "refs/heads/upstream", commit)

    once(monkeypatch, Repository, "move_ref", move)
    report = sets.take(SECOND)
    monkeypatch.undo()
    assert report.taken[0].outcome is Outcome.UPDATED
    assert sets.git("log", "--format=%s", "upstream").splitlines()[1] == "fetched"
    assert "Glass Harbour" in sets.read()


def test_user_who_never_holds_still_ends_in_an_error(sets: Sets, monkeypatch: pytest.MonkeyPatch) -> None:
    number = 0
    original = atomic.write_file

    def write_file(*arguments: Any, **options: Any) -> bool:
        nonlocal number
        number += 1
        sets.write(sets.read() + f"# {number}\n")
        return original(*arguments, **options)

    monkeypatch.setattr(landing, "write_file", write_file)
    with pytest.raises(atomic.FileChangedError):
        sets.take(SECOND)
    monkeypatch.undo()
    assert f"# {number}\n" in sets.read()
    assert sets.take().is_settled
    assert "Glass Harbour" in sets.read()
    sets.check()


def test_write_that_fails_in_the_middle_is_taken_back(sets: Sets, monkeypatch: pytest.MonkeyPatch) -> None:
    original, written = atomic.write_file, []

    def write_file(root: Path, path: str, data: bytes, **options: Any) -> bool:
        written.append(path)
        if len(written) == 2:
            raise atomic.FileAccessError(path, OSError(errno.ENOSPC, "No space left on device"))
        return original(root, path, data, **options)

    before = (sets.at("main"), sets.read(), sets.read(OTHER), sets.git("ls-files", "--stage"))
    other = replace(snapshot(), tracklist=replace(snapshot().tracklist, genres=("House",)))
    monkeypatch.setattr(landing, "write_file", write_file)
    with pytest.raises(atomic.FileAccessError):
        sets.take(SECOND, other)
    monkeypatch.undo()
    assert set(written) == {PATH, OTHER}
    assert (sets.at("main"), sets.read(), sets.read(OTHER), sets.git("ls-files", "--stage")) == before
    assert sets.git("status", "--porcelain") == ""
    assert set(sets.take().merged) == {PATH, OTHER}
    sets.check()


def test_several_runs_at_once(sets: Sets, tmp_path: Path) -> None:
    pages = []
    for number in range(4):
        pages.append(tmp_path / f"{number}.html")
        pages[-1].write_bytes(
            page(title=f"Lena Ortiz @ Night {number} 2026-04-01", list_id=f"1kanal1{number}")
        )
    runs = [
        subprocess.Popen(
            [*COMMAND, "import", str(one)],
            cwd=sets.root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=tool_environment(),
        )
        for one in pages
    ]
    said = [run.communicate(timeout=60)[1] for run in runs]
    assert [run.returncode for run in runs] == [0] * 4, said
    assert sets.git("ls-files", "tracklists").count("night") == 4
    assert sets.git("status", "--porcelain") == ""
    sets.check()


def test_interrupted_run_is_finished_by_the_next(sets: Sets, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    once(monkeypatch, Repository, "update_index", interrupt)
    with pytest.raises(KeyboardInterrupt):
        sets.take(SECOND)
    monkeypatch.undo()
    report = sets.take()
    assert report.recovered == ("an interrupted merge was finished",)
    assert "Glass Harbour" in sets.shown("HEAD")
    assert sets.git("status", "--porcelain") == ""
    sets.check()
