from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from tests.ops.clones import LIST, PATH, commit_list, make_clone
from tlgit.ops import doctor
from tlgit.ops.doctor import Finding, fix, has_known_holes, inspect, parse_version
from tlgit.ops.install import HOOKS, Outcome, command_text, planned_config
from tlgit.ops.workspace import Workspace
from tlgit.tracklist.schema import Severity

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Git


@pytest.fixture
def root(tmp_path: Path, git: Git) -> Path:
    """Give a repository that is set up."""
    return make_clone(git, tmp_path / "sets")


def look(root: Path) -> dict[str, Finding]:
    """All findings by code, but what the git of this machine may be blamed for."""
    with Workspace.open(root) as workspace:
        found = inspect(workspace)
    assert all(finding.hint and finding.sentence for finding in found)
    return {finding.code: finding for finding in found if finding.code != "git-holes"}


def mend(root: Path) -> dict[str, Outcome]:
    with Workspace.open(root) as workspace:
        return {step.subject: step.outcome for step in fix(workspace).steps}


def test_nothing_amiss(root: Path, git: Git) -> None:
    assert look(root) == {}
    assert set(mend(root).values()) == {Outcome.PRESENT}
    assert git(root, "rev-list", "--count", "HEAD") == "2"


def test_fresh_clone(root: Path, git: Git, tmp_path: Path) -> None:
    git(root, "branch", "upstream")
    git(tmp_path, "clone", "--quiet", str(root), "clone")
    clone = tmp_path / "clone"
    before = git(clone, "rev-parse", "HEAD")
    found = look(clone)
    assert set(found) == {
        "command-missing",
        "driver-missing",
        "driver-name-missing",
        "textconv-missing",
        "attributes-local",
        "ignore-local",
        "hook-missing",
        "upstream-missing",
    }
    assert all(finding.is_fixable for finding in found.values())
    assert all(name in found["hook-missing"].sentence for name in HOOKS[:5])
    assert mend(clone)["upstream"] is Outcome.DONE
    assert look(clone) == {}
    assert git(clone, "rev-parse", "HEAD", "upstream").split() == [before, before]
    assert git(clone, "config", "--local", "merge.tlgit.driver").startswith(command_text())


def test_inspection_changes_nothing(root: Path, git: Git, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", str(root), "clone")
    git_dir = tmp_path / "clone/.git"
    before = {path: path.stat().st_mtime_ns for path in git_dir.rglob("*")}
    look(tmp_path / "clone")
    assert {path: path.stat().st_mtime_ns for path in git_dir.rglob("*")} == before


def test_worst_comes_first(root: Path, git: Git) -> None:
    git(root, "config", "--unset", "diff.tlgit.textconv")
    git(root, "config", "--unset", "merge.tlgit.driver")
    severities = [finding.severity for finding in look(root).values()]
    assert severities == [Severity.ERROR, Severity.WARNING]


def test_program_that_is_gone(root: Path, git: Git) -> None:
    for key, value in planned_config("'/gone away/tlgit'").items():
        git(root, "config", key, value)
    assert set(look(root)) == {"command-gone"}
    mend(root)
    assert git(root, "config", "tlgit.command") == command_text()
    assert look(root) == {}


def test_other_program_that_works_stays(root: Path, git: Git, tmp_path: Path) -> None:
    other = tmp_path / "tlgit"
    other.write_text(f'#!/bin/sh\nexec {command_text()} "$@"\n', encoding="utf-8")
    other.chmod(0o755)
    for key, value in planned_config(str(other)).items():
        git(root, "config", key, value)
    assert look(root) == {}
    git(root, "config", "merge.tlgit.driver", "tlgit merge-driver %O %A %B")
    assert set(look(root)) == {"driver-other"}
    mend(root)
    assert git(root, "config", "merge.tlgit.driver").startswith(f"{other} merge-driver")


def test_hooks(root: Path, git: Git, tmp_path: Path) -> None:
    folder = root / ".git/hooks"
    (folder / "pre-commit").write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    (folder / "post-commit").write_text("#!/bin/sh\n# tlgit hook 0\n", encoding="utf-8")
    (folder / "post-merge").unlink()
    (folder / "post-checkout").chmod(0o644)
    (folder / "post-rewrite").write_bytes((folder / "post-rewrite").read_bytes() + b"# mine\n")
    found = look(root)
    assert set(found) == {"hook-foreign", "hook-old", "hook-missing", "hook-mode", "hook-changed"}
    assert [code for code, finding in found.items() if not finding.is_fixable] == ["hook-changed"]
    mend(root)
    assert set(look(root)) == {"hook-changed"}
    git(root, "config", "core.hooksPath", str(tmp_path / "elsewhere"))
    dead = look(root)["hook-dead"]
    assert not dead.is_fixable
    assert 'tlgit hook pre-commit "$@"' in dead.hint


def test_attributes_and_ignored_folder(root: Path, git: Git) -> None:
    git(root, "rm", "--quiet", ".gitattributes", ".gitignore")
    git(root, "commit", "--quiet", "-m", "without")
    found = look(root)
    assert set(found) == {"attributes", "ignore"}
    assert found["attributes"].is_fixable
    assert found["ignore"].is_fixable
    mend(root)
    assert look(root) == {}
    assert git(root, "log", "-1", "--format=%s") == "init: keep tracklists with tlgit"


def test_attributes_that_are_overruled(root: Path, git: Git) -> None:
    (root / "tracklists/.gitattributes").write_text("*.yaml -merge\n", encoding="utf-8")
    assert set(look(root)) == {"attributes-overruled"}
    assert not look(root)["attributes-overruled"].is_fixable
    (root / "tracklists/.gitattributes").unlink()
    (root / "tracklists/example/.gitattributes").write_text("*.yaml merge=union\n", encoding="utf-8")
    found = look(root)
    assert set(found) == {"attributes-lists"}
    assert PATH in found["attributes-lists"].sentence


def test_rules_of_this_clone(root: Path, git: Git) -> None:
    info = root / ".git/info"
    (info / "attributes").unlink()
    (info / "exclude").write_text("mine\n", encoding="utf-8")
    found = look(root)
    assert set(found) == {"attributes-local", "ignore-local"}
    assert {finding.severity for finding in found.values()} == {Severity.WARNING}
    assert all(finding.is_fixable for finding in found.values())
    assert mend(root)["info/attributes"] is Outcome.DONE
    assert look(root) == {}
    assert (info / "exclude").read_text(encoding="utf-8").startswith("mine\n")
    (root / "tlgit.yaml").write_text("tracklists: [tracklists/**/*.yaml, more/*.yaml]\n", encoding="utf-8")
    assert set(look(root)) == {"attributes", "attributes-local"}


def test_rules_of_this_clone_do_not_hide_those_that_others_lack(root: Path, git: Git) -> None:
    git(root, "rm", "--quiet", ".gitattributes")
    git(root, "commit", "--quiet", "-m", "without")
    assert git(root, "check-attr", "merge", "--", PATH) == f"{PATH}: merge: tlgit"
    assert set(look(root)) == {"attributes"}


def test_rule_of_this_clone_that_overrules(root: Path) -> None:
    with (root / ".git/info/attributes").open("a", encoding="utf-8") as file:
        file.write("*.yaml -merge\n")
    found = look(root)
    assert set(found) == {"attributes-overruled"}
    assert ".git/info/attributes" in found["attributes-overruled"].hint


def test_rules_behind_a_link(root: Path, tmp_path: Path) -> None:
    (root / ".git/info/attributes").unlink()
    (root / ".git/info/attributes").symlink_to(tmp_path / "attributes")
    assert set(look(root)) == {"info"}
    assert mend(root)["info/attributes"] is Outcome.LEFT
    assert not (tmp_path / "attributes").exists()


def test_branches_of_lists_only(root: Path, git: Git) -> None:
    """Neither settings nor rules are on `upstream`, and none belong there."""
    git(root, "switch", "--quiet", "--orphan", "upstream")
    git(root, "commit", "--quiet", "--allow-empty", "-m", "lists")
    assert look(root) == {}
    git(root, "config", "--unset", "merge.tlgit.driver")
    before = (root / ".git/info/attributes").read_bytes()
    outcomes = mend(root)
    assert outcomes["merge.tlgit.driver"] is Outcome.DONE
    assert outcomes["shared files"] is Outcome.LEFT
    assert (root / ".git/info/attributes").read_bytes() == before
    assert git(root, "status", "--porcelain") == ""


def test_converted_tracklists(root: Path, git: Git) -> None:
    with (root / ".gitattributes").open("a", encoding="utf-8") as file:
        file.write("*.yaml filter=crypt working-tree-encoding=UTF-16\n")
    found = look(root)
    assert set(found) == {"filter", "working-tree-encoding"}
    assert {finding.severity for finding in found.values()} == {Severity.ERROR}


def test_no_identity(root: Path, tmp_path: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "nameless.gitconfig"
    config.write_text("[user]\n\tuseConfigOnly = true\n", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    git(root, "config", "--unset", "merge.tlgit.driver")
    (root / ".gitignore").unlink()
    assert set(look(root)) == {"identity", "driver-missing", "ignore"}
    mend(root)
    assert "driver-missing" not in look(root)


def test_mending_the_clone_while_the_shared_files_must_wait(root: Path, git: Git) -> None:
    git(root, "config", "--unset", "merge.tlgit.driver")
    (root / "tlgit.yaml").write_text("cue: [\n", encoding="utf-8")
    found = look(root)
    assert set(found) == {"settings", "driver-missing"}
    assert found["settings"].sentence.startswith("tlgit.yaml:")
    outcomes = mend(root)
    assert outcomes["merge.tlgit.driver"] is Outcome.DONE
    assert outcomes["shared files"] is Outcome.LEFT
    git(root, "checkout", "--quiet", "tlgit.yaml")
    git(root, "config", "--unset", "merge.tlgit.driver")
    git(root, "switch", "--quiet", "--detach")
    assert mend(root)["shared files"] is Outcome.LEFT
    assert look(root) == {}


def test_shallow_clone(root: Path, git: Git, tmp_path: Path) -> None:
    commit_list(git, root, LIST.replace("One", "Uno"))
    git(tmp_path, "clone", "--quiet", "--depth=1", root.as_uri(), "shallow")
    mend(tmp_path / "shallow")
    assert set(look(tmp_path / "shallow")) == {"shallow"}


def test_locks_of_dead_processes(root: Path) -> None:
    lock = root / ".git/index.lock"
    lock.touch()
    assert look(root) == {}
    os.utime(lock, (time.time() - 90,) * 2)
    assert str(lock) in look(root)["lock"].sentence


def test_linked_worktree(root: Path, git: Git, tmp_path: Path) -> None:
    git(root, "worktree", "add", "--quiet", str(tmp_path / "linked"))
    assert look(tmp_path / "linked") == {}
    lock = root / ".git/worktrees/linked/index.lock"
    lock.touch()
    os.utime(lock, (0, 0))
    assert set(look(tmp_path / "linked")) == {"lock"}
    assert look(root) == {}


def test_repository_that_is_not_set_up(repository: Path) -> None:
    assert {"attributes", "driver-missing", "hook-missing", "ignore"} <= set(look(repository))
    mend(repository)
    assert look(repository) == {}


def test_old_pygit2(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "version", lambda _: "1.13.3")
    assert "1.13.3 is older than 1.21" in look(root)["pygit2"].sentence


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("git version 2.39.5", True),
        ("git version 2.43.0", True),
        ("git version 2.43.7", False),
        ("git version 2.50.0.windows.1", True),
        ("git version 2.50.1 (Apple Git-155)", False),
        ("git version 2.51.0", False),
        ("git version 3.0.0", False),
    ],
)
def test_known_holes(text: str, is_open: bool) -> None:
    assert has_known_holes(text) is is_open


def test_parse_version() -> None:
    assert parse_version("git version 2.51.0-rc1") == (2, 51, 0)
    assert parse_version("1.21") == (1, 21, 0)
    assert parse_version("none") == (0, 0, 0)
