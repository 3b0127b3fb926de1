from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.builders import (
    FIRST,
    PATH,
    SECOND,
    SHEET,
    Sets,
    make_sets,
    snapshot,
)
from tlgit.errors import RepositoryError
from tlgit.ops.landing import WorktreeError
from tlgit.ops.take import Outcome

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def sets(tmp_path: Path) -> Sets:
    sets = make_sets(tmp_path / "sets")
    sets.take(FIRST)
    return sets


def test_broken_edit_is_left_alone_while_others_go_on(sets: Sets) -> None:
    sets.write(sets.read() + "tracks: [\n")
    before = sets.read()
    report = sets.take(SECOND, snapshot())
    assert [taken.outcome for taken in report.taken] == [Outcome.DEFERRED, Outcome.ADDED]
    assert [deferred.path for deferred in report.deferred] == [PATH]
    assert not report.is_settled
    assert sets.read() == before
    assert (sets.root / "tracklists/lena-ortiz/2026-03-01-canal-house.yaml").is_file()
    sets.git("restore", PATH)
    assert sets.take(SECOND).is_settled
    sets.check()


def test_broken_version_in_head_is_left_alone(sets: Sets) -> None:
    sets.write(sets.read() + "tracks: [\n")
    sets.commit()
    sheet = sets.read(SHEET)
    report = sets.take(SECOND, snapshot())
    assert [taken.outcome for taken in report.taken] == [Outcome.DEFERRED, Outcome.ADDED]
    assert report.taken[0].reason
    assert sets.read(SHEET) == sheet
    assert [failure.list_path for failure in report.rendered.failures] == [PATH]
    before = sets.state()
    sets.take(SECOND)
    assert sets.state() == before
    sets.git("revert", "--no-edit", "HEAD~1")
    assert sets.take(SECOND).is_settled


def test_wrong_value_in_head_blocks_nothing(sets: Sets) -> None:
    sets.edit(("date: 2026-05-09", "date: someday"))
    sets.commit()
    report = sets.take(SECOND, snapshot())
    assert [taken.outcome for taken in report.taken] == [Outcome.UPDATED, Outcome.ADDED]
    assert "Glass Harbour" in sets.read()
    assert "date: someday" in sets.read()


def test_partly_staged_file_is_left_alone(sets: Sets) -> None:
    sets.edit(("title: Copper Sky", "title: Staged"))
    sets.git("add", PATH)
    sets.edit(("title: Staged", "title: Unstaged"))
    before = sets.state()
    assert sets.take(SECOND).taken[0].outcome is Outcome.DEFERRED
    assert sets.state() == before


def test_staged_work_of_the_user_stays_staged(sets: Sets) -> None:
    sets.write("notes\n", "notes.txt")
    sets.git("add", "notes.txt")
    sets.edit(("title: Copper Sky", "title: Mine"))
    sets.take(SECOND)
    assert sets.git("diff", "--cached", "--name-only") == "notes.txt"
    assert sets.git("ls-tree", "-r", "--name-only", "HEAD").count("notes") == 0


def test_untracked_file_in_the_way_is_not_overwritten(tmp_path: Path) -> None:
    sets = make_sets(tmp_path / "sets")
    sets.write("not: a tracklist\n", PATH)
    report = sets.take(FIRST)
    assert sets.read() == "not: a tracklist\n"
    assert report.taken[0].outcome is Outcome.ADDED
    assert report.taken[0].path == PATH.replace(".yaml", "-2zq4tdl9.yaml")


def test_ignored_file_in_the_way_is_not_overwritten(tmp_path: Path) -> None:
    sets = make_sets(tmp_path / "sets")
    sets.write("/cue/\n/tracklists/mira-kolb/*portugal.yaml\n", ".gitignore")
    sets.commit()
    sets.write("mine\n", PATH)
    assert sets.take(FIRST).taken[0].path == PATH.replace(".yaml", "-2zq4tdl9.yaml")
    assert sets.read() == "mine\n"


def test_untracked_file_at_the_path_of_a_reset(sets: Sets) -> None:
    sets.git("reset", "--quiet", "--hard", "HEAD^1")
    sets.write("not: a tracklist\n")
    report = sets.take()
    assert [clash.path for clash in report.clashes] == [PATH]
    assert sets.read() == "not: a tracklist\n"
    (sets.root / ".git" / "info").mkdir(exist_ok=True)
    (sets.root / ".git" / "info" / "exclude").write_text("*.yaml\n", encoding="utf-8")
    with pytest.raises(WorktreeError):
        sets.take()
    assert sets.read() == "not: a tracklist\n"


@pytest.mark.parametrize("how", ["autocrlf", "attribute"])
def test_line_ends_of_the_worktree(sets: Sets, how: str) -> None:
    if how == "autocrlf":
        sets.git("config", "core.autocrlf", "true")
    else:
        sets.write("tracklists/**/*.yaml merge=tlgit diff=tlgit text eol=crlf\n", ".gitattributes")
        sets.commit()
    (sets.root / PATH).unlink()
    sets.git("checkout", "--", PATH)
    assert sets.read().count("\r\n") == sets.read().count("\n")
    sets.edit(("title: Copper Sky", "title: Mine"))
    assert sets.take(SECOND).is_settled
    text = sets.read()
    assert text.count("\r\n") == text.count("\n")
    assert "title: Mine\r\n" in text
    assert "Glass Harbour\r\n" in text
    assert "\r" not in sets.shown("HEAD")
    assert sets.git("status", "--porcelain") == ""


def test_carriage_returns_that_are_committed(sets: Sets) -> None:
    sets.write(sets.read().replace("\n", "\r\n"))
    sets.commit()
    assert sets.take(SECOND).is_settled
    assert sets.read().count("\r\n") == sets.read().count("\n")
    assert "Glass Harbour\r\n" in sets.read()
    assert sets.git("status", "--porcelain") == ""


def test_mode_of_the_file_is_kept(sets: Sets) -> None:
    (sets.root / PATH).chmod(0o755)
    sets.commit()
    sets.take(SECOND)
    assert sets.git("ls-files", "--stage", PATH).startswith("100755")
    assert sets.git("status", "--porcelain") == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="rights do not hold back the administrator")
def test_folder_that_cannot_be_written(sets: Sets) -> None:
    folder = (sets.root / PATH).parent
    folder.chmod(0o555)
    before = (sets.at("main"), sets.read(), sets.git("ls-files", "--stage"))
    with pytest.raises(RepositoryError):
        sets.take(SECOND)
    assert (sets.at("main"), sets.read(), sets.git("ls-files", "--stage")) == before
    folder.chmod(0o755)
    assert sets.take().is_settled


def test_linked_folder_leads_no_write_out(sets: Sets, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    folder = (sets.root / PATH).parent
    text = sets.read()
    (outside / folder.name).mkdir()
    (outside / folder.name / (sets.root / PATH).name).write_text(text, encoding="utf-8")
    (sets.root / PATH).unlink()
    folder.rmdir()
    folder.symlink_to(outside / folder.name, target_is_directory=True)
    report = sets.take(SECOND)
    assert report.taken[0].outcome is Outcome.DEFERRED
    assert (outside / folder.name / (sets.root / PATH).name).read_text(encoding="utf-8") == text


def test_link_in_the_place_of_a_list_blocks_nothing(sets: Sets, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text(sets.read(), encoding="utf-8")
    (sets.root / "tracklists" / "link.yaml").symlink_to(outside)
    report = sets.take(SECOND)
    assert report.taken[0].outcome is Outcome.UPDATED
    assert [deferred.path for deferred in report.deferred] == ["tracklists/link.yaml"]
    assert "Glass Harbour" not in outside.read_text(encoding="utf-8")
    assert sets.tlgit("status").code == 1
    assert sets.tlgit("lint").code == 1


@pytest.mark.parametrize(
    ("name", "is_told"),
    [
        (".#list.yaml", False),
        ("list.yaml~", False),
        ("list.sync-conflict-20260509-081530-ABCDEF.yaml", True),
        ("list (conflicted copy 2026-05-09).yaml", True),
    ],
)
def test_files_of_editors_and_synchronizers_are_not_committed(sets: Sets, name: str, is_told: bool) -> None:
    sets.write("title: X\ntracks: []\n", f"tracklists/{name}")
    head = sets.at("HEAD")
    assert bool(sets.take().deferred) is is_told
    assert sets.at("HEAD") == head


def test_name_that_is_no_text(sets: Sets) -> None:
    folder = os.fsencode(sets.root / "tracklists")
    with open(folder + b"/\xff.yaml", "wb") as file:  # noqa: PTH123 - pathlib takes no bytes
        file.write(b"title: X\ntracks:\n  - title: Y\n    start: '0:00'\n")
    for command in ("status", "lint", "sync", "cue", "status"):
        for extra in ([], ["--json"]):
            done = sets.tlgit(command, *extra)
            assert done.code in {0, 1}, done.err
    sets.take(SECOND)
    assert "Glass Harbour" in sets.read()


def test_new_list_where_line_ends_are_converted(tmp_path: Path) -> None:
    sets = make_sets(tmp_path / "sets")
    sets.git("config", "core.autocrlf", "true")
    for page in (FIRST, SECOND):
        assert sets.take(page).is_settled
        assert sets.git("status", "--porcelain") == ""
        assert "\r" not in sets.shown("HEAD")
    (sets.root / PATH).unlink()
    sets.git("checkout", "--", PATH)
    assert "\r\n" in sets.read()
    sets.take(snapshot())
    assert sets.git("status", "--porcelain") == ""
