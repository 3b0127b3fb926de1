from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from tests.builders import FIRST, PATH, SECOND, SHEET, Sets, clone, configure, make_sets, snapshot
from tlgit.errors import RepositoryError
from tlgit.git.command import GitCommandError
from tlgit.git.user import IdentityError
from tlgit.ops.landing import WorktreeError
from tlgit.ops.sync import ShallowError
from tlgit.ops.take import Outcome

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def sets(tmp_path: Path) -> Sets:
    sets = make_sets(tmp_path / "sets")
    sets.take(FIRST)
    return sets


def refuses(sets: Sets, kind: type[RepositoryError] = RepositoryError) -> RepositoryError:
    before = sets.state()
    with pytest.raises(kind) as caught:
        sets.take(SECOND)
    assert sets.state() == before
    return caught.value


# States in which nothing is written


def diverge(sets: Sets) -> None:
    sets.git("switch", "--quiet", "-c", "other")
    sets.edit(("title: Copper Sky", "title: Copper Sky (Other)"))
    sets.commit()
    sets.git("switch", "--quiet", "main")
    sets.edit(("title: Copper Sky", "title: Copper Sky (Main)"))
    sets.commit()


def test_in_the_middle_of_a_merge(sets: Sets) -> None:
    diverge(sets)
    sets.git("merge", "other", code=1)
    assert "merge" in refuses(sets).message


def test_in_the_middle_of_a_rebase(sets: Sets) -> None:
    diverge(sets)
    sets.git("rebase", "other", code=1)
    assert "rebase" in refuses(sets).message


def test_detached_head(sets: Sets) -> None:
    sets.git("switch", "--quiet", "--detach")
    assert "detached" in refuses(sets).message


@pytest.mark.parametrize("branch", ["upstream", "review/x"])
def test_on_a_branch_of_the_machine(sets: Sets, branch: str) -> None:
    sets.git("branch", "--force", branch, "upstream")
    sets.git("switch", "--quiet", branch)
    assert branch in refuses(sets).message


def test_bare_repository(tmp_path: Path, sets: Sets) -> None:
    sets.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    done = Sets(tmp_path / "bare.git").tlgit("import", SECOND)
    assert done.code == 4


def test_no_identity(sets: Sets, monkeypatch: pytest.MonkeyPatch) -> None:
    sets.git("config", "user.useConfigOnly", "true")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    refuses(sets, IdentityError)


def test_index_locked_by_somebody_else(sets: Sets) -> None:
    lock = sets.root / ".git" / "index.lock"
    lock.touch()
    before = (sets.at("main"), sets.read(), sets.git("ls-files", "--stage"))
    with pytest.raises(RepositoryError):
        sets.take(SECOND)
    assert (sets.at("main"), sets.read(), sets.git("ls-files", "--stage")) == before
    assert lock.exists()
    lock.unlink()
    assert sets.take().merged == (PATH,)
    sets.check()


def test_signature_that_fails(sets: Sets) -> None:
    before = (sets.at("main"), sets.read(), sets.git("ls-files", "--stage"))
    sets.git("config", "commit.gpgSign", "true")
    sets.git("config", "gpg.program", "false")
    done = sets.tlgit("import", SECOND)
    assert done.code == 4
    assert (sets.at("main"), sets.read(), sets.git("ls-files", "--stage")) == before
    sets.check()
    sets.git("config", "--unset", "commit.gpgSign")
    assert sets.take().is_settled
    assert "Glass Harbour" in sets.read()


def test_edit_whose_signature_fails_is_kept(sets: Sets) -> None:
    sets.git("config", "commit.gpgSign", "true")
    sets.git("config", "gpg.program", "false")
    sets.edit(("title: Copper Sky", "title: Mine"))
    refuses(sets)


@pytest.mark.parametrize("hook", ["pre-commit", "commit-msg"])
def test_hook_that_refuses_an_edit(sets: Sets, hook: str) -> None:
    install(sets, hook, "echo 'not on a Sunday' >&2; exit 1")
    sets.edit(("title: Copper Sky", "title: Mine"))
    error = refuses(sets, GitCommandError)
    assert "not on a Sunday" in error.message


@pytest.mark.parametrize("hook", ["pre-merge-commit", "commit-msg"])
def test_hook_that_refuses_the_merge(sets: Sets, hook: str) -> None:
    install(sets, hook, "echo 'not on a Sunday' >&2; exit 1")
    before = (sets.at("main"), sets.read(), sets.git("ls-files", "--stage"))
    with pytest.raises(GitCommandError, match="not on a Sunday"):
        sets.take(SECOND)
    assert (sets.at("main"), sets.read(), sets.git("ls-files", "--stage")) == before
    (sets.root / ".git" / "hooks" / hook).unlink()
    assert sets.take().is_settled
    sets.check()


def install(sets: Sets, name: str, body: str) -> None:
    hook = sets.root / ".git" / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)


def test_hook_that_rewrites_the_message(sets: Sets) -> None:
    install(sets, "commit-msg", 'echo "Signed-off-by: Me <me@example.org>" >> "$1"')
    sets.take(SECOND)
    assert "Signed-off-by: Me" in sets.git("log", "-1", "--format=%B")


def test_shallow_clone(sets: Sets, tmp_path: Path) -> None:
    sets.edit(("title: Copper Sky", "title: Mine"))
    sets.commit()
    sets.git(
        "clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{sets.root}", str(tmp_path / "s")
    )
    other = Sets(tmp_path / "s")
    other.git("branch", "upstream", "origin/upstream")
    refuses(other, ShallowError)
    other.git("fetch", "--quiet", "--unshallow")
    assert other.take(SECOND).is_settled


# Files that are not in a state to be merged


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


# What git does to branches and files


def test_deleted_list_stays_deleted(sets: Sets) -> None:
    sets.git("rm", "--quiet", PATH)
    sets.commit()
    report = sets.take(SECOND)
    assert report.taken[0].outcome is Outcome.DELETED
    assert report.is_settled
    assert report.rendered.removed == (SHEET,)
    assert not (sets.root / PATH).exists()
    assert not (sets.root / SHEET).exists()
    before = sets.state()
    sets.take(SECOND)
    sets.take()
    assert sets.state() == before
    sets.git("restore", "--source=upstream", "--", PATH)
    assert sets.take(SECOND).taken[0].outcome is Outcome.UPDATED
    assert "Glass Harbour" in sets.read()


def test_deleted_but_not_committed(sets: Sets) -> None:
    (sets.root / PATH).unlink()
    assert sets.take(SECOND).taken[0].outcome is Outcome.DEFERRED
    assert not (sets.root / PATH).exists()


def test_renamed_list_keeps_getting_updates(sets: Sets) -> None:
    sets.git("mv", PATH, "tracklists/harbour.yaml")
    sets.commit()
    report = sets.take(SECOND)
    assert (report.taken[0].outcome, report.taken[0].path) == (Outcome.UPDATED, "tracklists/harbour.yaml")
    assert "Glass Harbour" in sets.read("tracklists/harbour.yaml")
    assert not (sets.root / PATH).exists()
    assert not (sets.root / SHEET).exists()
    assert "Glass Harbour" in sets.read("cue/harbour.cue")
    assert sets.git("ls-files", "tracklists") == "tracklists/harbour.yaml"


def test_rename_that_is_not_committed_waits(sets: Sets) -> None:
    sets.git("mv", PATH, "tracklists/harbour.yaml")
    before = sets.state()
    report = sets.take(SECOND)
    assert report.taken[0].outcome is Outcome.DEFERRED
    assert any("renamed" in deferred.reason for deferred in report.deferred)
    assert sets.state() == before


def test_copy_of_a_list_is_not_committed(sets: Sets) -> None:
    sets.write(sets.read(), "tracklists/copy.yaml")
    report = sets.take(SECOND)
    assert [deferred.path for deferred in report.deferred] == ["tracklists/copy.yaml"]
    assert report.taken[0].outcome is Outcome.UPDATED
    assert sets.git("status", "--porcelain") == "?? tracklists/copy.yaml"


def test_branch_that_was_reset_is_merged_again(sets: Sets) -> None:
    sets.take(SECOND)
    merged = sets.read()
    sets.git("reset", "--quiet", "--hard", "HEAD~1")
    assert sets.take().merged == (PATH,)
    assert sets.read() == merged
    sets.git("reset", "--quiet", "--hard", "HEAD~2")
    assert not (sets.root / PATH).exists()
    assert sets.take().merged == (PATH,)
    assert sets.read() == merged
    sets.check()


def test_lost_upstream_is_found_again(sets: Sets) -> None:
    sets.edit(("title: Copper Sky", "title: Mine"))
    tip = sets.at("upstream")
    sets.git("branch", "--quiet", "-D", "upstream")
    assert sets.take(SECOND).is_settled
    assert sets.at("upstream^") == tip
    assert "title: Mine" in sets.read()
    assert "Glass Harbour" in sets.read()
    sets.check()


def test_lost_upstream_without_a_trace_loses_no_edit(sets: Sets) -> None:
    mine = sets.edit(("title: Copper Sky", "title: Mine"), ('"8:35"', '"8:37"'))
    sets.git("checkout", "--quiet", "--orphan", "fresh")
    sets.commit("all anew")
    sets.git("branch", "--quiet", "-D", "upstream", "main")
    report = sets.take(SECOND)
    assert report.taken[0].outcome is Outcome.REVIEW
    assert "title: Mine" in sets.read()
    assert '"8:37"' in sets.read()
    assert sets.read().count("- start") + sets.read().count("- with") >= mine.count("ref:")
    before = sets.state()
    sets.take(SECOND)
    assert sets.state() == before


def test_on_a_branch_with_another_name(sets: Sets) -> None:
    sets.git("switch", "--quiet", "-c", "summer")
    main = sets.at("main")
    assert sets.take(SECOND).is_settled
    assert sets.at("main") == main
    assert "Glass Harbour" in sets.shown("summer")
    sets.git("switch", "--quiet", "main")
    assert sets.take().merged == (PATH,)
    assert sets.at("main:tracklists") == sets.at("summer:tracklists")


def test_linked_worktree(sets: Sets, tmp_path: Path) -> None:
    sets.git("worktree", "add", "--quiet", "-b", "linked", str(tmp_path / "linked"))
    linked = Sets(tmp_path / "linked")
    main = sets.state()["files"]
    assert linked.take(SECOND).is_settled
    assert "Glass Harbour" in linked.read()
    assert linked.git("status", "--porcelain") == ""
    assert (linked.root / SHEET).is_file()
    assert sets.state()["files"] == main
    assert sets.take().merged == (PATH,)
    assert sets.read() == linked.read()
    assert "Glass Harbour" in sets.read(SHEET)


def test_upstream_checked_out_elsewhere(sets: Sets, tmp_path: Path) -> None:
    sets.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "upstream")
    before = sets.state()
    with pytest.raises(RepositoryError, match="another worktree"):
        sets.take(SECOND)
    assert sets.state() == before


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


def test_two_clones_that_merged_the_same(sets: Sets, tmp_path: Path) -> None:
    other = clone(sets, tmp_path / "clone")
    other.git("branch", "--quiet", "upstream", "origin/upstream")
    sets.edit(("title: Copper Sky", "title: Mine"))
    sets.take(SECOND)
    other.edit(("title: Foundry (ID Remix)", "title: Foundry (Theirs)"))
    other.take(SECOND)
    configure(other)
    other.git("fetch", "--quiet")
    other.git("merge", "--quiet", "-m", "both", "origin/main")
    text = other.read()
    assert "title: Mine" in text
    assert "title: Foundry (Theirs)" in text
    assert text.count("Glass Harbour") == 1
    assert other.take(SECOND).is_settled
    other.check()
