from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.ops.clones import LIST, PATH, commit_list, make_clone, write_list
from tlgit.config import KEYS, Config, ConfigError, Key, read_config
from tlgit.errors import RepositoryError
from tlgit.git.command import GitCommandError
from tlgit.git.repository import NotReadyError, Repository
from tlgit.git.user import IdentityError
from tlgit.ops.install import (
    HOOKS,
    KEPT_SUFFIX,
    HookAccessError,
    HookState,
    Outcome,
    command_text,
    driver_line,
    hook_states,
    hook_version,
    is_callable,
    planned_branches,
    read_hook,
    textconv_line,
)
from tlgit.ops.patterns import append_lines, attribute_line, ignore_line, is_ignored, sample_path
from tlgit.ops.setup import init, render_settings
from tlgit.ops.workspace import MachineBranchError

if TYPE_CHECKING:
    from tests.conftest import Git
    from tlgit.ops.install import InitReport

COMMAND = command_text()
FILES = ("tlgit.yaml", ".gitattributes", ".gitignore")


def outcomes(report: InitReport) -> dict[str, Outcome]:
    return {step.subject: step.outcome for step in report.steps}


def write_script(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(("#!/bin/sh", *lines, "")), encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def nameless(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a global configuration that does not know the user."""
    config = tmp_path / "nameless.gitconfig"
    config.write_text("[user]\n\tuseConfigOnly = true\n", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    return config


# A new repository


def test_new_folder(tmp_path: Path, git: Git) -> None:
    folder = tmp_path / "music" / "my sets"
    report = init(folder, command=COMMAND)
    assert git(folder, "log", "--format=%s|%(trailers:key=Tlgit-Action,valueonly,separator=%x2C)") == (
        "init: keep tracklists with tlgit|init"
    )
    assert git(folder, "branch", "--show-current") == "main"
    assert git(folder, "rev-parse", "HEAD") == report.commit
    assert sorted(git(folder, "ls-files").splitlines()) == sorted(FILES)
    assert git(folder, "status", "--porcelain") == ""
    assert set(hook_states(Repository.open(folder)).values()) == {HookState.CURRENT}
    assert git(folder, "config", "--local", "tlgit.command") == COMMAND
    assert git(folder, "check-attr", "merge", "diff", "--", PATH).count(": tlgit") == 2
    assert git(folder, "check-ignore", "cue/x.cue") == "cue/x.cue"
    assert set(outcomes(report).values()) == {Outcome.DONE}
    assert read_config((folder / "tlgit.yaml").read_bytes()) == Config()


def test_rules_that_hold_on_every_branch(tmp_path: Path, git: Git) -> None:
    init(tmp_path / "sets", command=COMMAND)
    root = tmp_path / "sets"
    git(root, "switch", "--quiet", "--orphan", "upstream")
    assert [path.name for path in root.iterdir()] == [".git"]
    assert git(root, "check-attr", "merge", "diff", "--", PATH).count(": tlgit") == 2
    (root / "cue").mkdir()
    (root / "cue/x.cue").touch()
    assert git(root, "status", "--porcelain") == ""
    with pytest.raises(MachineBranchError):
        init(root, command=COMMAND)


def test_rules_of_a_clone_follow_the_settings(tmp_path: Path, git: Git) -> None:
    root = tmp_path / "sets"
    init(root, command=COMMAND)
    attributes, exclude = root / ".git/info/attributes", root / ".git/info/exclude"
    attributes.write_text(
        "*.md text\n" + attributes.read_text(encoding="utf-8") + "*.txt text\n", encoding="utf-8"
    )
    (root / "tlgit.yaml").write_text("tracklists: lists/*.yaml\ncue:\n  folder: sheets\n", encoding="utf-8")
    git(root, "commit", "--quiet", "--all", "-m", "elsewhere")
    steps = outcomes(init(root, command=COMMAND))
    assert steps["info/attributes"] is steps["info/exclude"] is Outcome.DONE
    lines = attributes.read_text(encoding="utf-8").splitlines()
    assert (lines[0], lines[2], lines[-1]) == (
        "*.md text",
        "lists/*.yaml merge=tlgit diff=tlgit",
        "*.txt text",
    )
    assert len(lines) == 5
    assert exclude.read_text(encoding="utf-8").count("/sheets/\n") == 1
    assert "/cue/" not in exclude.read_text(encoding="utf-8")
    assert outcomes(init(root, command=COMMAND))["info/attributes"] is Outcome.PRESENT


def test_linked_worktrees_share_the_rules(tmp_path: Path, git: Git) -> None:
    root = tmp_path / "sets"
    init(root, command=COMMAND)
    git(root, "worktree", "add", "--quiet", str(tmp_path / "linked"))
    (root / ".git/info/attributes").unlink()
    assert outcomes(init(tmp_path / "linked", command=COMMAND))["info/attributes"] is Outcome.DONE
    assert (root / ".git/info/attributes").exists()
    assert git(root, "status", "--porcelain") == ""


def test_twice_changes_nothing(tmp_path: Path, git: Git) -> None:
    init(tmp_path / "sets", command=COMMAND)
    config = (tmp_path / "sets/.git/config").read_bytes()
    report = init(tmp_path / "sets", command=COMMAND)
    assert report.commit is None
    assert not report.is_changed
    assert set(outcomes(report).values()) == {Outcome.PRESENT}
    assert (tmp_path / "sets/.git/config").read_bytes() == config
    assert git(tmp_path / "sets", "rev-list", "--count", "HEAD") == "1"


def test_existing_folder_without_repository(tmp_path: Path, git: Git) -> None:
    write_list(tmp_path)
    init(tmp_path, command=COMMAND)
    assert git(tmp_path, "status", "--porcelain") == "?? tracklists/"


@pytest.mark.usefixtures("nameless")
def test_without_identity_nothing_is_made(tmp_path: Path, repository: Path, git: Git) -> None:
    with pytest.raises(IdentityError, match="does not know who you are"):
        init(tmp_path / "a" / "b", command=COMMAND)
    assert not (tmp_path / "a").exists()
    write_list(tmp_path / "c")
    with pytest.raises(IdentityError):
        init(tmp_path / "c", command=COMMAND)
    assert [path.name for path in (tmp_path / "c").iterdir()] == ["tracklists"]
    before = (repository / ".git/config").read_bytes()
    with pytest.raises(IdentityError):
        init(repository, command=COMMAND)
    assert (repository / ".git/config").read_bytes() == before
    assert git(repository, "status", "--porcelain") == ""


def test_identity_of_the_place(tmp_path: Path, git: Git, nameless: Path) -> None:
    (tmp_path / "dj.inc").write_text("[user]\n\tname = DJ\n\temail = dj@example.org\n", encoding="utf-8")
    text = f'[includeIf "gitdir:{tmp_path}/mine/"]\n\tpath = {tmp_path}/dj.inc\n'
    nameless.write_text(nameless.read_text(encoding="utf-8") + text, encoding="utf-8")
    init(tmp_path / "mine", command=COMMAND)
    assert git(tmp_path / "mine", "log", "--format=%ae") == "dj@example.org"


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "sets").write_text("", encoding="utf-8")
    with pytest.raises(RepositoryError, match="cannot be made"):
        init(tmp_path / "sets", command=COMMAND)


def test_repository_that_git_refuses_is_not_made_anew(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /nowhere\n", encoding="utf-8")
    with pytest.raises(RepositoryError):
        init(tmp_path, command=COMMAND)
    assert (tmp_path / ".git").read_text(encoding="utf-8") == "gitdir: /nowhere\n"


# A repository that is there


def test_work_of_the_user_stays(repository: Path, git: Git) -> None:
    (repository / "staged").write_text("s", encoding="utf-8")
    git(repository, "add", "staged")
    (repository / "README").write_text("edited\n", encoding="utf-8")
    (repository / "new").write_text("n", encoding="utf-8")
    report = init(repository, command=COMMAND)
    assert git(repository, "status", "--porcelain") == " M README\nA  staged\n?? new"
    assert git(repository, "show", "--format=", "--name-only", report.commit or "").split() == sorted(FILES)


def test_subfolder_is_its_repository(repository: Path) -> None:
    (repository / "below").mkdir()
    assert init(repository / "below", command=COMMAND).root == repository
    assert (repository / "tlgit.yaml").is_file()


def test_lines_are_appended_in_the_line_ends_of_the_file(repository: Path, git: Git) -> None:
    (repository / ".gitignore").write_bytes(b"*.tmp\r\n\r\n# mine\r\n*.log")
    (repository / ".gitattributes").write_bytes(b"*.md text\n")
    git(repository, "add", ".gitignore", ".gitattributes")
    git(repository, "commit", "--quiet", "-m", "mine")
    init(repository, command=COMMAND)
    assert (repository / ".gitignore").read_bytes() == b"*.tmp\r\n\r\n# mine\r\n*.log\r\n/cue/\r\n"
    lines = b"*.md text\ntracklists/**/*.yaml merge=tlgit diff=tlgit\n"
    assert (repository / ".gitattributes").read_bytes() == lines
    assert git(repository, "status", "--porcelain") == ""


def test_dirty_files_get_the_lines_and_are_not_committed(repository: Path, git: Git) -> None:
    (repository / ".gitignore").write_text("*.tmp\n", encoding="utf-8")
    git(repository, "add", ".gitignore")
    git(repository, "commit", "--quiet", "-m", "mine")
    (repository / ".gitignore").write_text("*.tmp\n*.bak\n", encoding="utf-8")
    (repository / ".gitattributes").write_text("*.md text\n", encoding="utf-8")
    report = init(repository, command=COMMAND)
    assert outcomes(report)[".gitignore"] is outcomes(report)[".gitattributes"] is Outcome.LEFT
    assert (repository / ".gitignore").read_text(encoding="utf-8") == "*.tmp\n*.bak\n/cue/\n"
    assert git(repository, "show", "--format=", "--name-only", "HEAD") == "tlgit.yaml"
    assert git(repository, "show", "HEAD:.gitignore") == "*.tmp"
    again = init(repository, command=COMMAND)
    assert again.commit is None
    assert outcomes(again)[".gitignore"] is Outcome.LEFT
    git(repository, "add", ".gitignore", ".gitattributes")
    git(repository, "commit", "--quiet", "-m", "mine too")
    assert set(outcomes(init(repository, command=COMMAND)).values()) == {Outcome.PRESENT}


def test_staged_edit_of_a_shared_file_stays_staged(repository: Path, git: Git) -> None:
    (repository / ".gitignore").write_text("*.tmp\n", encoding="utf-8")
    git(repository, "add", ".gitignore")
    (repository / ".gitignore").unlink()
    report = init(repository, command=COMMAND)
    assert outcomes(report)[".gitignore"] is Outcome.LEFT
    assert not (repository / ".gitignore").exists()
    assert git(repository, "show", ":.gitignore") == "*.tmp"
    assert ".gitignore" not in git(repository, "show", "--format=", "--name-only", "HEAD")


def test_own_settings_and_rules_are_kept(repository: Path, git: Git) -> None:
    (repository / "tlgit.yaml").write_text(
        "tracklists: ['*.yaml', 'my [lists]/**/*.yml']\n", encoding="utf-8"
    )
    (repository / ".gitattributes").write_text("*.yaml  merge=tlgit\n", encoding="utf-8")
    (repository / ".gitignore").write_text("cue\n", encoding="utf-8")
    git(repository, "add", *FILES)
    git(repository, "commit", "--quiet", "-m", "mine")
    report = init(repository, command=COMMAND)
    assert outcomes(report)["tlgit.yaml"] is outcomes(report)[".gitignore"] is Outcome.PRESENT
    assert (repository / ".gitattributes").read_text(encoding="utf-8") == (
        '*.yaml  merge=tlgit\n"my \\\\[lists]/**/*.yml" merge=tlgit diff=tlgit\n'
    )
    assert git(repository, "check-attr", "merge", "--", "my [lists]/a/b.yml").endswith(": tlgit")


def test_broken_settings_stop_before_anything(repository: Path, git: Git) -> None:
    (repository / "tlgit.yaml").write_text("trackllists: x\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        init(repository, command=COMMAND)
    assert caught.value.message.startswith("tlgit.yaml:1:1: unknown setting")
    assert git(repository, "config", "--local", "tlgit.command", check=False) == ""
    assert not (repository / ".gitignore").exists()


def test_refused_during_a_merge_and_on_no_branch(repository: Path, git: Git) -> None:
    git(repository, "switch", "--quiet", "--detach")
    with pytest.raises(NotReadyError, match="detached"):
        init(repository, command=COMMAND)
    git(repository, "switch", "--quiet", "main")
    (repository / ".git/MERGE_HEAD").write_text(git(repository, "rev-parse", "HEAD") + "\n", encoding="utf-8")
    with pytest.raises(NotReadyError, match="a git merge is under way"):
        init(repository, command=COMMAND)
    assert not (repository / "tlgit.yaml").exists()


def test_a_commit_that_a_hook_refuses_goes_in_later(repository: Path, git: Git) -> None:
    hook = write_script(repository / ".git/hooks/commit-msg", "echo no such subject >&2; exit 1")
    with pytest.raises(GitCommandError, match="no such subject"):
        init(repository, command=COMMAND)
    assert git(repository, "status", "--porcelain").count("?? ") == 3
    hook.unlink()
    report = init(repository, command=COMMAND)
    assert report.commit == git(repository, "rev-parse", "HEAD")
    assert git(repository, "status", "--porcelain") == ""


def test_linked_worktree(repository: Path, git: Git, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    git(repository, "worktree", "add", "--quiet", "-b", "other", str(linked))
    report = init(linked, command=COMMAND)
    assert report.root == linked
    assert git(linked, "log", "-1", "--format=%H", "other") == report.commit
    assert (repository / ".git/hooks/post-commit").is_file()
    assert git(repository, "config", "--local", "tlgit.command") == COMMAND
    commit_list(git, linked)
    assert (linked / "cue/example/2026-05-01-sunrise.cue").is_file()
    assert not (repository / "cue").exists()


def test_linked_file_is_not_followed(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("mine\n", encoding="utf-8")
    (repository / ".gitignore").symlink_to(tmp_path / "outside")
    with pytest.raises(RepositoryError, match="symbolic link"):
        init(repository, command=COMMAND)
    assert (tmp_path / "outside").read_text(encoding="utf-8") == "mine\n"
    assert not (repository / "tlgit.yaml").exists()


# Texts


def test_settings_uncommented_are_the_defaults() -> None:
    text = render_settings()
    assert all(key.meaning in text for key in KEYS)
    opened = re.sub(r"(?m)^#(?! )|^#(?=  )", "", text)
    assert opened != text
    assert read_config(opened.encode()) == Config() == read_config(text.encode())


def test_settings_in_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = (
        Key(name="a.b.c", default="1", meaning="First."),
        Key(name="a.b.d", default=(), meaning="Second."),
        Key(name="a.e", default={"x": "yes", "y": ("*", "z")}, meaning="Third."),
        Key(name="f", default={}, meaning="Fourth."),
    )
    monkeypatch.setattr("tlgit.ops.setup.KEYS", keys)
    assert render_settings().partition("\n\n")[2] == (
        '# First.\n#a:\n#  b:\n#    c: "1"\n# Second.\n#    d: []\n'
        '# Third.\n#  e:\n#    x: "yes"\n#    y:\n#      - "*"\n#      - z\n'
        "\n# Fourth.\n#f: {}\n"
    )


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        ("tracklists/**/*.yaml", "tracklists/**/*.yaml"),
        ("*.yaml", "/*.yaml"),
        ("!a/*.yaml", "/!a/*.yaml"),
        ("#a/[b]/*.yml", '"#a/\\\\[b]/*.yml"'),
        ('a "b"/*.yaml', '"a \\"b\\"/*.yaml"'),
        ("a\tb/*.yaml", '"a\\011b/*.yaml"'),
    ],
)
def test_attribute_lines_mean_to_git_what_the_pattern_means(
    repository: Path, git: Git, pattern: str, line: str
) -> None:
    assert attribute_line(pattern) == f"{line} merge=tlgit diff=tlgit"
    (repository / ".gitattributes").write_text(attribute_line(pattern) + "\n", encoding="utf-8")
    repo, sample = Repository.open(repository), sample_path(pattern)
    assert Config(tracklists=(pattern,)).is_tracklist(sample)
    assert repo.attributes([sample, f"else/{sample}"]) == {sample: {"merge": "tlgit"}, f"else/{sample}": {}}


@pytest.mark.parametrize("folder", ["cue", "out/cue sheets", "a[b]*"])
def test_ignore_lines(repository: Path, git: Git, folder: str) -> None:
    (repository / ".gitignore").write_text(ignore_line(folder) + "\n", encoding="utf-8")
    assert git(repository, "check-ignore", f"{folder}/x.cue") != ""
    assert is_ignored((repository / ".gitignore").read_bytes(), folder)
    assert not is_ignored(b"cue.txt\n!cue\n", folder)


def test_append_lines() -> None:
    assert append_lines(None, ()) is None
    assert append_lines(None, ["a b"]) == b"a b\n"
    assert append_lines(b"a   b\n", ["a b"]) == b"a   b\n"
    assert append_lines(b"x", ["a", "b"]) == b"x\na\nb\n"


def test_command_text() -> None:
    assert is_callable(command_text())
    words = shlex.split(command_text())
    assert words[0] in {sys.executable, str(Path(sys.executable).parent / "tlgit")}
    assert not is_callable("'/no where/tlgit'")
    assert not is_callable("'unbalanced")
    assert not is_callable("")


def test_command_of_an_interpreter_without_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "my python"))
    assert command_text() == f"'{tmp_path}/my python' -m tlgit"


# Hooks


def test_foreign_hook_is_kept_and_chained_once(repository: Path) -> None:
    hook = write_script(repository / ".git/hooks/post-commit", "echo mine")
    mine = hook.read_bytes()
    for _ in range(2):
        init(repository, command=COMMAND)
        kept = hook.with_name("post-commit" + KEPT_SUFFIX)
        assert kept.read_bytes() == mine
        assert os.access(kept, os.X_OK)
        assert hook.read_bytes() == read_hook("post-commit")
    assert not list(hook.parent.glob("*.tmp"))


def test_linked_foreign_hook_stays_a_link(repository: Path) -> None:
    write_script(repository / "scripts/check", "echo mine")
    (repository / ".git/hooks").mkdir(exist_ok=True)
    (repository / ".git/hooks/pre-commit").symlink_to("../../scripts/check")
    init(repository, command=COMMAND)
    assert (repository / ".git/hooks/pre-commit.before-tlgit").readlink() == Path("../../scripts/check")
    assert (repository / "scripts/check").read_text(encoding="utf-8") == "#!/bin/sh\necho mine\n"


def test_older_hook_is_updated_and_edited_one_is_left(repository: Path) -> None:
    folder = repository / ".git/hooks"
    write_script(folder / "post-merge", "# tlgit hook 0")
    edited = read_hook("post-commit") + b"echo mine\n"
    (folder / "post-commit").write_bytes(edited)
    (folder / "post-rewrite").write_bytes(read_hook("post-rewrite"))
    (folder / "post-rewrite").chmod(0o644)
    report = outcomes(init(repository, command=COMMAND))
    assert report["hook post-merge"] is report["hook post-rewrite"] is Outcome.DONE
    assert report["hook post-commit"] is Outcome.LEFT
    assert (folder / "post-merge").read_bytes() == read_hook("post-merge")
    assert not (folder / "post-merge.before-tlgit").exists()
    assert os.access(folder / "post-rewrite", os.X_OK)
    assert (folder / "post-commit").read_bytes() == edited


def test_program_that_has_put_itself_before_our_hook(repository: Path) -> None:
    init(repository, command=COMMAND)
    folder = repository / ".git/hooks"
    (folder / "pre-commit").rename(folder / "pre-commit.legacy")
    other = write_script(folder / "pre-commit", 'exec "$0.legacy"')
    assert outcomes(init(repository, command=COMMAND))["hook pre-commit"] is Outcome.PRESENT
    assert other.read_text(encoding="utf-8") == '#!/bin/sh\nexec "$0.legacy"\n'


def test_second_foreign_hook_is_not_put_over_the_first(repository: Path) -> None:
    hook = write_script(repository / ".git/hooks/post-merge", "echo first")
    init(repository, command=COMMAND)
    write_script(hook, "echo second")
    report = init(repository, command=COMMAND)
    step = next(step for step in report.steps if step.subject == "hook post-merge")
    assert step.outcome is Outcome.LEFT
    assert 'tlgit hook post-merge "$@"' in step.sentence
    assert "second" in hook.read_text(encoding="utf-8")
    assert "first" in hook.with_name("post-merge.before-tlgit").read_text(encoding="utf-8")
    write_script(hook, "echo second", 'tlgit hook post-merge "$@"')
    assert outcomes(init(repository, command=COMMAND))["hook post-merge"] is Outcome.PRESENT


def test_hooks_folder_outside_is_not_touched(repository: Path, git: Git, tmp_path: Path) -> None:
    shared = tmp_path / "shared hooks"
    write_script(shared / "pre-commit", "exit 0")
    git(repository, "config", "core.hooksPath", str(shared))
    report = init(repository, command=COMMAND)
    left = {step.subject: step.sentence for step in report.steps if step.outcome is Outcome.LEFT}
    assert set(left) == {f"hook {name}" for name in HOOKS}
    assert '`tlgit hook pre-commit "$@" || exit`' in left["hook pre-commit"]
    assert [path.name for path in shared.iterdir()] == ["pre-commit"]


def test_hooks_folder_in_the_worktree(repository: Path, git: Git) -> None:
    hook = write_script(repository / ".hooks/post-commit", "echo mine")
    git(repository, "config", "core.hooksPath", ".hooks")
    init(repository, command=COMMAND)
    assert hook.read_bytes() == read_hook("post-commit")
    assert (repository / ".hooks/post-commit.before-tlgit").is_file()
    assert all(os.access(repository / ".hooks" / name, os.X_OK) for name in HOOKS)
    assert not (repository / ".git/hooks/post-commit").exists()


def test_folder_in_the_place_of_a_hook(repository: Path) -> None:
    (repository / ".git/hooks/post-commit").mkdir(parents=True)
    with pytest.raises(HookAccessError, match="post-commit"):
        init(repository, command=COMMAND)
    assert not (repository / "tlgit.yaml").exists()


def test_dangling_link_in_the_place_of_a_hook(repository: Path) -> None:
    (repository / ".git/hooks").mkdir(exist_ok=True)
    (repository / ".git/hooks/post-commit").symlink_to("nowhere")
    init(repository, command=COMMAND)
    assert (repository / ".git/hooks/post-commit").read_bytes() == read_hook("post-commit")
    assert not (repository / ".git/hooks/nowhere").exists()


def test_hook_versions() -> None:
    assert {hook_version(read_hook(name)) for name in HOOKS} == {1}
    assert hook_version(b"#!/bin/sh\n# tlgit hook x\n") is None
    assert hook_version(b"#!/bin/sh\n# see tlgit hook 1\n") is None


# The branches of upstream


def test_branches_of_the_remote(tmp_path: Path, git: Git) -> None:
    source = make_clone(git, tmp_path / "source")
    for name in ("upstream", "upstream-auto", "upstreams", "review/x"):
        git(source, "branch", name)
    git(tmp_path, "clone", "--quiet", str(source), "clone")
    clone = tmp_path / "clone"
    git(clone, "remote", "add", "a", str(source))
    git(clone, "commit", "--quiet", "--allow-empty", "-m", "elsewhere")
    git(clone, "update-ref", "refs/remotes/a/upstream", "HEAD")
    head = git(source, "rev-parse", "upstream")
    planned = planned_branches(Repository.open(clone))
    assert planned == {"refs/heads/upstream": head, "refs/heads/upstream-auto": head}
    init(clone, command=COMMAND)
    assert git(clone, "rev-parse", "upstream", "upstream-auto").split() == [head, head]
    assert planned_branches(Repository.open(clone)) == {}


# The lines of git's configuration


def conflicting(git: Git, root: Path) -> None:
    """Make `other` and `main` change two fields of the same line's neighbourhood."""
    git(root, "switch", "--quiet", "-c", "other")
    commit_list(git, root, LIST.replace("title: One", "title: Uno\n    label: WALL"))
    git(root, "switch", "--quiet", "main")
    commit_list(git, root, LIST.replace("artist: First", "artist: Prime"))


def test_git_merge_uses_the_driver(tmp_path: Path, git: Git) -> None:
    root = make_clone(git, tmp_path / "sets")
    conflicting(git, root)
    git(root, "merge", "--quiet", "other", "-m", "both")
    merged = LIST.replace("title: One", "title: Uno\n    label: WALL").replace(
        "artist: First", "artist: Prime"
    )
    assert (root / PATH).read_text(encoding="utf-8") == merged


@pytest.mark.parametrize("command", ["'/gone away/tlgit'", f"{shlex.quote(sys.executable)} -m tlgit_gone"])
def test_driver_falls_back_without_the_program(tmp_path: Path, git: Git, command: str) -> None:
    root = make_clone(git, tmp_path / "sets")
    conflicting(git, root)
    git(root, "config", "merge.tlgit.driver", driver_line(command))
    git(root, "merge", "other", check=False)
    text = (root / PATH).read_text(encoding="utf-8")
    assert text.count("<<<<<<< ours") == text.count("||||||| base") + 1 == text.count(">>>>>>> theirs") == 1
    assert "Prime" in text
    assert "Uno" in text
    assert git(root, "diff", "--name-only", "--diff-filter=U") == PATH


def test_driver_keeps_a_conflict_of_a_program_that_works(tmp_path: Path, git: Git) -> None:
    root = make_clone(git, tmp_path / "sets")
    git(root, "switch", "--quiet", "-c", "other")
    commit_list(git, root, LIST.replace("title: One", "title: Uno"))
    git(root, "switch", "--quiet", "main")
    commit_list(git, root, LIST.replace("title: One", "title: Eins"))
    git(root, "merge", "other", check=False)
    text = (root / PATH).read_text(encoding="utf-8")
    assert text.count("<<<<<<<") == 1
    assert "Uno" in text
    assert "Eins" in text


def test_driver_line_in_a_folder_with_odd_letters(tmp_path: Path, git: Git) -> None:
    program = write_script(tmp_path / "100%A it's $HOME/tlgit", f'exec {COMMAND} "$@"')
    root = tmp_path / "sets"
    init(root, command=shlex.quote(str(program)))
    commit_list(git, root)
    conflicting(git, root)
    git(root, "merge", "--quiet", "other", "-m", "both")
    assert "Uno" in (root / PATH).read_text(encoding="utf-8")
    assert "Uno" in (root / "cue/example/2026-05-01-sunrise.cue").read_text(encoding="utf-8")


def test_differences_are_shown_with_and_without_the_program(tmp_path: Path, git: Git) -> None:
    root = make_clone(git, tmp_path / "sets")
    write_list(root, LIST.replace("title: One", "title: Uno"))
    readable = git(root, "diff")
    assert "Uno" in readable
    assert "    title: Uno" not in readable
    git(root, "config", "diff.tlgit.textconv", textconv_line("'/gone away/tlgit'"))
    assert "+    title: Uno" in git(root, "diff")
