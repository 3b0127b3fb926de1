"""The delivered hooks, run by git itself, and the work that they call."""

from __future__ import annotations

import os
import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.ops.clones import LIST, PATH, SHEET, commit_list, make_clone, write_list
from tlgit.ops.hook import HookReport, Refusal, UnknownHookError, find_refusal, run_hook
from tlgit.ops.install import HOOKS, command_text, read_hook
from tlgit.ops.render import RenderReport
from tlgit.ops.setup import init
from tlgit.ops.workspace import Workspace

if TYPE_CHECKING:
    from tests.conftest import Git

DELIVERED = Path(__file__).resolve().parents[2] / "hooks"
OTHER = LIST.replace("One", "Uno")
TWICE = LIST + '  - start: "3:00"\n    artist: Second\n    title: Two\n'
MARKED = LIST.replace(
    "    title: One\n", "<<<<<<< ours\n    title: One\n=======\n    title: Uno\n>>>>>>> theirs\n"
)


@pytest.fixture
def root(tmp_path: Path, git: Git) -> Path:
    """Give a repository that is set up, with one list and its sheet."""
    folder = make_clone(git, tmp_path / "my sets")
    assert "One" in sheet(folder)
    return folder


def sheet(root: Path) -> str:
    """The CUE sheet of the list; empty when there is none."""
    file = root / SHEET
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def attempt(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run git, whatever comes of it."""
    return subprocess.run(
        ["git", *arguments],
        cwd=root,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def run(root: Path, name: str, *arguments: str, index_file: str | None = None) -> HookReport:
    with Workspace.open(root) as workspace:
        return run_hook(workspace, name, arguments, index_file=index_file)


# The files


def test_hooks_are_plain_shells() -> None:
    assert sorted(path.name for path in DELIVERED.iterdir()) == sorted(HOOKS)
    for name in HOOKS:
        path = DELIVERED / name
        assert os.access(path, os.X_OK)
        lines = path.read_text(encoding="ascii").splitlines()
        assert lines[:2] == ["#!/bin/sh", "# tlgit hook 1"]
        subprocess.run(["sh", "-n", str(path)], check=True)
        assert read_hook(name) == path.read_bytes()


def test_hooks_after_commits_differ_in_their_name_only() -> None:
    after = [name for name in HOOKS if name.startswith("post-")]
    assert len({read_hook(name).replace(name.encode(), b"NAME") for name in after}) == 1


def test_hooks_before_commits_differ_in_their_name_and_purpose_only() -> None:
    before = [read_hook(name).replace(name.encode(), b"NAME") for name in HOOKS if name.startswith("pre-")]
    texts = {b"\n".join(line for line in text.splitlines() if b"# Written by" not in line) for text in before}
    assert len(before) == 2
    assert len(texts) == 1


def test_wheel_carries_the_hooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    builder = pytest.importorskip("hatchling.build")
    monkeypatch.chdir(DELIVERED.parent)
    wheel = builder.build_wheel(str(tmp_path))
    with zipfile.ZipFile(tmp_path / wheel) as archive:
        carried = {name: archive.read(f"tlgit/hooks/{name}") for name in HOOKS}
        inside = [name for name in archive.namelist() if name.startswith("tlgit/hooks/")]
    assert carried == {name: (DELIVERED / name).read_bytes() for name in HOOKS}
    assert len(inside) == len(HOOKS)


# Sheets follow


def test_commit_and_amend(root: Path, git: Git) -> None:
    write_list(root, OTHER)
    git(root, "commit", "--quiet", "--all", "-m", "uno")
    assert "Uno" in sheet(root)
    write_list(root, LIST.replace("One", "Eins"))
    git(root, "commit", "--quiet", "--all", "--amend", "-m", "eins")
    assert "Eins" in sheet(root)
    assert git(root, "rev-list", "--count", "HEAD") == "3"


def test_removed_list(root: Path, git: Git) -> None:
    git(root, "rm", "--quiet", PATH)
    git(root, "commit", "--quiet", "-m", "gone")
    assert sheet(root) == ""


def test_switch_merge_and_revert(root: Path, git: Git) -> None:
    git(root, "switch", "--quiet", "-c", "other")
    commit_list(git, root, OTHER)
    git(root, "switch", "--quiet", "main")
    assert "One" in sheet(root)
    git(root, "merge", "--quiet", "--no-ff", "other", "-m", "both")
    assert "Uno" in sheet(root)
    git(root, "revert", "--no-edit", "-m", "1", "HEAD")
    assert "One" in sheet(root)
    git(root, "switch", "--quiet", "other")
    assert "Uno" in sheet(root)


def test_fast_forward(root: Path, git: Git) -> None:
    git(root, "switch", "--quiet", "-c", "other")
    commit_list(git, root, OTHER)
    git(root, "switch", "--quiet", "main")
    git(root, "merge", "--quiet", "--ff-only", "other")
    assert "Uno" in sheet(root)


def test_rebase(root: Path, git: Git) -> None:
    git(root, "switch", "--quiet", "-c", "other")
    commit_list(git, root, OTHER)
    git(root, "switch", "--quiet", "main")
    commit_list(git, root, LIST.replace("Two", "Due"))
    git(root, "switch", "--quiet", "other")
    git(root, "rebase", "--quiet", "main")
    assert "Uno" in sheet(root)
    assert "Due" in sheet(root)
    assert git(root, "rev-list", "--count", "HEAD") == "4"


def test_single_files_do_not_wake_anything(root: Path, git: Git) -> None:
    (root / SHEET).unlink()
    git(root, "checkout", "--quiet", "HEAD~1", "--", "tlgit.yaml")
    assert sheet(root) == ""


def test_conflict_keeps_the_sheet_of_head(root: Path, git: Git) -> None:
    git(root, "switch", "--quiet", "-c", "other")
    commit_list(git, root, OTHER)
    git(root, "switch", "--quiet", "main")
    commit_list(git, root, LIST.replace("One", "Eins"))
    assert attempt(root, "merge", "other").returncode == 1
    assert "Eins" in sheet(root)
    refused = attempt(root, "commit", "--all", "--no-edit")
    assert refused.returncode == 1
    assert f"tlgit: {PATH}:" in refused.stderr
    write_list(root, OTHER)
    git(root, "commit", "--quiet", "--all", "--no-edit")
    assert "Uno" in sheet(root)


def test_broken_list_never_stops_git(root: Path, git: Git) -> None:
    write_list(root, "title: [\n", "tracklists/broken.yaml")
    write_list(root, OTHER)
    git(root, "add", "--all")
    done = attempt(root, "commit", "-m", "both")
    assert done.returncode == 0
    assert "tlgit: tracklists/broken.yaml" in done.stderr
    assert "Uno" in sheet(root)


def test_broken_settings_never_stop_git(root: Path, git: Git) -> None:
    (root / "tlgit.yaml").write_text("trackllists: x\n", encoding="utf-8")
    done = attempt(root, "commit", "--all", "-m", "settings")
    assert done.returncode == 0
    assert "tlgit: tlgit.yaml:1:1: unknown setting" in done.stderr


def test_hooks_do_nothing_when_tlgit_runs_git(root: Path) -> None:
    (root / SHEET).unlink()
    write_list(root, TWICE)
    assert attempt(root, "commit", "--all", "-m", "mine", TLGIT_ACTIVE="1").returncode == 0
    assert sheet(root) == ""


def test_hooks_never_call_themselves(root: Path, git: Git, tmp_path: Path) -> None:
    for name in HOOKS:
        kept = root / f".git/hooks/{name}.before-tlgit"
        kept.write_text(f"#!/bin/sh\necho {name} >>'{tmp_path}/log'\n", encoding="utf-8")
        kept.chmod(0o755)
    commit_list(git, root, OTHER)
    assert (tmp_path / "log").read_text(encoding="utf-8").split() == ["pre-commit", "post-commit"]
    assert git(root, "rev-list", "--count", "HEAD") == "3"


def test_environment_of_git_does_not_lead_astray(root: Path, repository: Path, git: Git) -> None:
    """A hook of another repository runs git here: index, folder, author and date of that one come along."""
    write_list(root, OTHER)
    git(root, "add", "--all")
    done = subprocess.run(
        [*command_text().split(), "hook", "pre-commit"],
        cwd=root,
        env=os.environ
        | {
            "GIT_DIR": str(repository / ".git"),
            "GIT_WORK_TREE": str(repository),
            "GIT_AUTHOR_DATE": "@0 +0000",
            "GIT_PREFIX": "below/",
        },
        check=False,
    )
    assert done.returncode == 0
    linked = root.parent / "linked"
    git(root, "worktree", "add", "--quiet", "-b", "linked", str(linked))
    write_list(linked, LIST.replace("One", "Eins"))
    git(linked, "commit", "--quiet", "--all", "-m", "eins")
    assert "Eins" in sheet(linked)
    assert "One" in sheet(root)


# Hooks that were there before


def test_earlier_hooks_run_first(tmp_path: Path, git: Git) -> None:
    root, log = tmp_path / "sets", tmp_path / "log"
    git(tmp_path, "init", "--quiet", "sets")
    folder = root / ".git/hooks"
    folder.mkdir(exist_ok=True)
    for name in HOOKS:
        script = f'#!/bin/sh\necho "{name} $*" >>"{log}"\n'
        if name == "post-rewrite":
            script += f'cut -c1-4 >>"{log}"\n'
        (folder / name).write_text(script, encoding="utf-8")
        (folder / name).chmod(0o755)
    init(root, command=command_text())
    log.unlink(missing_ok=True)
    commit_list(git, root)
    git(root, "switch", "--quiet", "-c", "other")
    git(root, "commit", "--quiet", "--amend", "--allow-empty", "-m", "again")
    git(root, "switch", "--quiet", "main")
    git(root, "merge", "--quiet", "-X", "ours", "other", "-m", "both")
    words = log.read_text(encoding="utf-8").split("\n")
    assert words[:2] == ["pre-commit ", "post-commit "]
    assert "post-rewrite amend" in words
    assert len(words[words.index("post-rewrite amend") + 1]) == 4
    assert "post-merge 0" in words
    assert any(line.startswith("post-checkout ") and line.endswith(" 1") for line in words)
    assert "One" in sheet(root)


def test_earlier_pre_commit_still_refuses(root: Path) -> None:
    kept = root / ".git/hooks/pre-commit.before-tlgit"
    kept.write_text("#!/bin/sh\necho not today >&2\nexit 7\n", encoding="utf-8")
    kept.chmod(0o755)
    write_list(root, OTHER)
    done = attempt(root, "commit", "--all", "-m", "uno")
    assert done.returncode != 0
    assert "not today" in done.stderr
    kept.chmod(0o644)
    assert attempt(root, "commit", "--all", "-m", "uno").returncode == 0


def test_exit_code_of_an_earlier_hook_is_kept(root: Path) -> None:
    kept = root / ".git/hooks/post-checkout.before-tlgit"
    kept.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    kept.chmod(0o755)
    done = subprocess.run([root / ".git/hooks/post-checkout", "a", "b", "0"], cwd=root, check=False)
    assert done.returncode == 3
    assert attempt(root, "switch", "-c", "other").returncode != 0


# The program is gone


@pytest.mark.parametrize("command", ["'/gone away/tlgit'", "'unbalanced", "", None])
def test_without_the_program_git_goes_on(
    root: Path, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str | None
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("git", "sh"):
        found = next(Path(part, name) for part in os.environ["PATH"].split(":") if Path(part, name).is_file())
        (tools / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(tools))
    if command is None:
        git(root, "config", "--unset", "tlgit.command")
    else:
        git(root, "config", "tlgit.command", command)
    write_list(root, TWICE)
    done = attempt(root, "commit", "--quiet", "--all", "-m", "twice")
    assert done.returncode == 0
    lines = [line for line in done.stderr.splitlines() if line.startswith("tlgit: the program is gone")]
    assert len(lines) == len(done.stderr.splitlines()) == 2
    assert "One" in sheet(root)


def test_program_on_the_path_steps_in(root: Path, git: Git, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "tlgit").write_text(f'#!/bin/sh\nexec {command_text()} "$@"\n', encoding="utf-8")
    (tools / "tlgit").chmod(0o755)
    git(root, "config", "tlgit.command", "'/gone away/tlgit'")
    write_list(root, OTHER)
    done = attempt(root, "commit", "--all", "-m", "uno", PATH=f"{tools}:{os.environ['PATH']}")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Uno" in sheet(root)


def test_broken_program_does_not_refuse(root: Path, git: Git, tmp_path: Path) -> None:
    broken = tmp_path / "tlgit"
    broken.write_text("#!/bin/sh\necho Traceback >&2\nexit 1\n", encoding="utf-8")
    broken.chmod(0o755)
    git(root, "config", "tlgit.command", str(broken))
    write_list(root, TWICE)
    done = attempt(root, "commit", "--all", "-m", "twice")
    assert done.returncode == 0
    assert "gone or broken" in done.stderr


# What is staged


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (MARKED, ":7: conflict markers"),
        (LIST + ">>>>>>> theirs\n", ":11: conflict markers"),
        (LIST.replace("\n", "\r\n") + "=======\r\n", ":11: conflict markers"),
        (LIST + "title: Again\n", ":11: 'title' stands twice"),
        (LIST.replace("    title: One\n", "    title: One\n    title: Uno\n"), ":8: 'title' stands twice"),
        (TWICE, ":13: the same track stands twice"),
    ],
)
def test_what_a_bad_merge_leaves_is_refused(root: Path, git: Git, text: str, words: str) -> None:
    write_list(root, text)
    git(root, "add", PATH)
    report = run(root, "pre-commit")
    assert report.exit_code == 1
    assert report.messages[0].startswith(PATH)
    assert words in report.messages[0]
    assert report.messages[1].startswith("hint: ")


def test_merge_that_git_finds_clean_is_checked(root: Path, git: Git) -> None:
    """Without the driver git merges by lines, and both sides may add one track at two places."""
    track = '  - start: "1:30"\n    artist: Third\n    title: Three\n'
    git(root, "config", "--remove-section", "merge.tlgit")
    git(root, "switch", "--quiet", "-c", "other")
    commit_list(git, root, LIST + track)
    git(root, "switch", "--quiet", "main")
    commit_list(git, root, LIST.replace("tracks:\n", f"tracks:\n{track}"))
    refused = attempt(root, "merge", "--no-edit", "other")
    assert refused.returncode != 0
    assert "the same track stands twice" in refused.stderr
    assert git(root, "rev-list", "--count", "--merges", "HEAD") == "0"
    write_list(root, LIST + track)
    git(root, "commit", "--quiet", "--all", "--no-edit")
    assert git(root, "rev-list", "--count", "--merges", "HEAD") == "1"


def test_good_merges_pass(root: Path, git: Git) -> None:
    git(root, "switch", "--quiet", "-c", "other")
    commit_list(git, root, LIST.replace("Two", "Zwei"))
    git(root, "switch", "--quiet", "main")
    commit_list(git, root, OTHER)
    done = attempt(root, "merge", "--no-edit", "other")
    assert (done.returncode, "tlgit:" in done.stderr) == (0, False)


def test_other_errors_are_told_only(root: Path, git: Git) -> None:
    write_list(root, LIST.replace('"3:00"', "180"))
    write_list(root, "title: [\n", "tracklists/a\nb.yaml")
    write_list(root, "\tnot mine\n", "notes.yaml")
    git(root, "add", "--all")
    report = run(root, "pre-commit")
    assert report.exit_code == 0
    assert len(report.messages) == 2
    assert all(
        "\n" not in message and message.endswith("(committed as it is)") for message in report.messages
    )


def test_the_index_counts_not_the_worktree(root: Path, git: Git) -> None:
    write_list(root, TWICE)
    assert run(root, "pre-commit") == HookReport(name="pre-commit")
    git(root, "add", PATH)
    write_list(root, LIST)
    assert run(root, "pre-commit").exit_code == 1


def test_old_errors_and_removed_lists_do_not_stand_in_the_way(root: Path, git: Git) -> None:
    write_list(root, TWICE)
    git(root, "commit", "--quiet", "--all", "--no-verify", "-m", "twice")
    (root / "README").write_text("mine\n", encoding="utf-8")
    git(root, "add", "README")
    git(root, "commit", "--quiet", "-m", "readme")
    git(root, "rm", "--quiet", PATH)
    assert run(root, "pre-commit").exit_code == 0


def test_index_that_git_makes_for_one_commit(root: Path, git: Git) -> None:
    """`commit -a` and `commit PATH` hand over an index of their own; what is only staged stays out of the second."""
    write_list(root, TWICE)
    refused = attempt(root, "commit", "--all", "-m", "all")
    assert refused.returncode == 1
    assert f"{PATH}:13" in refused.stderr
    git(root, "add", PATH)
    (root / "README").write_text("mine\n", encoding="utf-8")
    git(root, "add", "--intent-to-add", "README")
    assert attempt(root, "commit", "-m", "one", "--", "README").returncode == 0
    assert attempt(root, "commit", "-m", "rest").returncode == 1
    assert attempt(root, "commit", "-m", "rest", "--no-verify").returncode == 0


def test_first_commit(tmp_path: Path, git: Git) -> None:
    git(tmp_path, "init", "--quiet")
    write_list(tmp_path, TWICE)
    git(tmp_path, "add", "--all")
    assert run(tmp_path, "pre-commit").exit_code == 1


def test_links_are_no_tracklists(root: Path, git: Git) -> None:
    (root / "tracklists/link.yaml").symlink_to("/etc/hostname")
    git(root, "add", "--all")
    assert run(root, "pre-commit") == HookReport(name="pre-commit")


# The command


def test_unknown_hooks(root: Path) -> None:
    with pytest.raises(UnknownHookError, match="'probe' is not a hook of tlgit"):
        run(root, "probe")
    done = subprocess.run(
        [*command_text().split(), "hook", "probe"], cwd="/", check=False, capture_output=True
    )
    assert done.returncode == 2


def test_outside_of_a_repository_nothing_fails(tmp_path: Path) -> None:
    for name in HOOKS:
        command = [*command_text().split(), "hook", name, "--odd", "x"]
        done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
        assert done.returncode == 0
        assert done.stderr.startswith("tlgit: ")


def test_another_tlgit_at_work_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlgit.ops.workspace.LOCK_PATIENCE", 0.0)
    with Workspace.open(root) as workspace, workspace.locked("tlgit sync"):
        report = run(root, "post-commit")
    assert report.exit_code == 0
    assert "another tlgit is at work" in report.messages[0]


@pytest.mark.parametrize(
    ("name", "arguments", "calls"),
    [
        ("post-commit", (), 1),
        ("post-merge", ("0",), 1),
        ("post-checkout", ("a", "b", "1"), 1),
        ("post-checkout", ("a", "b", "0"), 0),
        ("post-rewrite", ("rebase",), 1),
        ("post-rewrite", ("amend",), 0),
    ],
)
def test_which_events_are_news(
    root: Path, monkeypatch: pytest.MonkeyPatch, name: str, arguments: tuple[str, ...], calls: int
) -> None:
    seen: list[Workspace] = []

    def render(workspace: Workspace) -> RenderReport:
        seen.append(workspace)
        return RenderReport()

    monkeypatch.setattr("tlgit.ops.hook.render_lists", render)
    assert run(root, name, *arguments) == HookReport(name=name)
    assert len(seen) == calls


def test_steps_of_a_rebase_wait_for_its_end(root: Path) -> None:
    (root / SHEET).unlink()
    (root / ".git/rebase-merge").mkdir()
    run(root, "post-commit")
    assert sheet(root) == ""
    run(root, "post-rewrite", "rebase")
    assert "One" in sheet(root)


def test_many_broken_lists_are_told_in_short(root: Path, git: Git) -> None:
    for number in range(12):
        write_list(root, "title: [\n", f"tracklists/{number}.yaml")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--no-verify", "-m", "broken", check=False)
    messages = run(root, "post-commit").messages
    assert len(messages) == 11
    assert messages[-1] == "and 2 more; `tlgit lint` lists them all"


def test_find_refusal_of_a_good_list() -> None:
    assert find_refusal(PATH, LIST.encode()) is None
    assert isinstance(find_refusal(PATH, MARKED.encode()), Refusal)
    noted = LIST + "notes: |\n  <<<<<<< that is how it was\n  =======\n"
    assert find_refusal(PATH, noted.encode()) is None
