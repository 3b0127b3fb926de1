from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tlgit.git.command import GitProgram
from tlgit.git.repository import (
    NotARepositoryError,
    NotReadyError,
    Repository,
    UnsupportedRepositoryError,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from tests.conftest import Git
    from tlgit.git.command import Output


def _diverge(root: Path, git: Git) -> None:
    """Make `other` and `main` change the same line."""
    git(root, "checkout", "--quiet", "-b", "other")
    (root / "README").write_text("Theirs\n", encoding="utf-8")
    git(root, "commit", "--quiet", "-a", "-m", "theirs")
    git(root, "checkout", "--quiet", "main")
    (root / "README").write_text("Ours\n", encoding="utf-8")
    git(root, "commit", "--quiet", "-a", "-m", "ours")


def test_open_from_below(repository: Path) -> None:
    below = repository / "a" / "b"
    below.mkdir(parents=True)
    for path in (repository, below, repository / "README", below / "missing.yaml"):
        repo = Repository.open(path)
        assert repo.root == repository
        assert repo.git_dir == repo.common_dir == repository / ".git"


def test_open_inside_a_hook(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert Repository.open(repository).root == repository


def test_open_a_linked_worktree(repository: Path, git: Git, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "--quiet", "-b", "other", str(tmp_path / "linked"))
    repo = Repository.open(tmp_path / "linked")
    assert (repo.root, repo.common_dir) == (tmp_path / "linked", repository / ".git")
    assert repo.git_dir == repository / ".git" / "worktrees" / "linked"
    assert repo.head().ref == "refs/heads/other"
    assert repo.operation() is None


def test_open_a_submodule_and_a_separate_git_folder(repository: Path, git: Git, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", f"--separate-git-dir={tmp_path / 'store'}", "apart")
    assert Repository.open(tmp_path / "apart").git_dir == tmp_path / "store"
    git(repository, "submodule", "--quiet", "add", f"file://{repository}", "part")
    assert Repository.open(repository / "part").root == repository / "part"


def test_open_with_a_split_index(repository: Path, git: Git) -> None:
    git(repository, "update-index", "--split-index")
    repo = Repository.open(repository)
    repo.update_index({"new": (0o100644, repo.write_blob(b"x"))})
    assert repo.path_status()["new"].staged == "A"


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(NotARepositoryError, match="is not in a git repository") as caught:
        Repository.open(tmp_path)
    assert "git init" in str(caught.value.hint)
    with pytest.raises(NotARepositoryError, match="no folder"):
        Repository.open(tmp_path / "a" / "b")


def test_bare_and_inside_git(repository: Path, git: Git, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "bare.git")
    with pytest.raises(NotARepositoryError):
        Repository.open(tmp_path / "bare.git")
    git(repository, "config", "core.bare", "true")
    with pytest.raises(UnsupportedRepositoryError, match="is bare"):
        Repository.open(repository)
    git(repository, "config", "core.bare", "false")
    with pytest.raises(NotARepositoryError):
        Repository.open(repository / ".git")


def test_files_elsewhere(repository: Path, git: Git, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    git(repository, "config", "core.worktree", str(elsewhere))
    with pytest.raises(UnsupportedRepositoryError, match="keeps its files elsewhere"):
        Repository.open(repository)


def test_other_formats(git: Git, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--object-format=sha256", "long")
    with pytest.raises(UnsupportedRepositoryError, match="sha256"):
        Repository.open(tmp_path / "long")
    git(tmp_path, "init", "--quiet", "new")
    git(tmp_path / "new", "config", "core.repositoryFormatVersion", "1")
    git(tmp_path / "new", "config", "extensions.somethingNew", "true")
    with pytest.raises(NotARepositoryError, match="extension"):
        Repository.open(tmp_path / "new")


def test_a_format_that_only_git_knows(repository: Path, git: Git) -> None:
    git(repository, "config", "core.repositoryFormatVersion", "1")
    git(repository, "config", "extensions.noop-v1", "true")
    with pytest.raises(UnsupportedRepositoryError, match="cannot be read"):
        Repository.open(repository)


def test_dubious_ownership(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = GitProgram.run

    def as_somebody_else(self: GitProgram, *arguments: str, accept: Collection[int] = (0,)) -> Output:
        return run(self, *arguments, accept=accept, environment={"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"})

    monkeypatch.setattr(GitProgram, "run", as_somebody_else)
    with pytest.raises(NotARepositoryError, match="dubious ownership") as caught:
        Repository.open(repository)
    assert "safe.directory" in str(caught.value.hint)


def test_operations(repository: Path, git: Git) -> None:
    _diverge(repository, git)
    repo = Repository.open(repository)
    patch = git(repository, "format-patch", "-1", "other", "--stdout")
    (repository / ".git" / "a.patch").write_text(patch + "\n", encoding="utf-8")
    assert repo.operation() is None
    assert repo.require_ready().ref == "refs/heads/main"
    for name, start, stop in (
        ("merge", ("merge", "other"), ("merge", "--abort")),
        ("rebase", ("rebase", "other"), ("rebase", "--abort")),
        ("rebase", ("rebase", "--apply", "other"), ("rebase", "--abort")),
        ("cherry-pick", ("cherry-pick", "other"), ("cherry-pick", "--abort")),
        ("revert", ("revert", "--no-edit", "HEAD~1"), ("revert", "--abort")),
        ("am", ("am", ".git/a.patch"), ("am", "--abort")),
        ("bisect", ("bisect", "start"), ("bisect", "reset")),
    ):
        git(repository, *start, check=False)
        assert repo.operation() == name
        with pytest.raises(NotReadyError, match=f"a git {name} is under way") as caught:
            repo.require_ready()
        assert f"git {name} " in str(caught.value.hint)
        git(repository, *stop)
        assert repo.operation() is None


def test_between_two_picks(repository: Path, git: Git) -> None:
    _diverge(repository, git)
    git(repository, "commit", "--allow-empty", "-m", "last")
    git(repository, "cherry-pick", "other", "main~1", check=False)
    (repository / "README").write_text("Both\n", encoding="utf-8")
    git(repository, "commit", "--quiet", "-a", "-m", "by hand")
    assert not (repository / ".git" / "CHERRY_PICK_HEAD").exists()
    assert Repository.open(repository).operation() == "cherry-pick"


def test_detached_is_not_ready_and_unborn_is(repository: Path, git: Git, tmp_path: Path) -> None:
    git(repository, "checkout", "--quiet", "--detach")
    with pytest.raises(NotReadyError, match="detached"):
        Repository.open(repository).require_ready()
    git(tmp_path, "init", "--quiet", "empty")
    assert Repository.open(tmp_path / "empty").require_ready().oid is None
