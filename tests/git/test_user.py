from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tlgit.git.command import GitCommandError
from tlgit.git.objects import Identity
from tlgit.git.repository import Repository
from tlgit.git.user import EmptyMessageError, IdentityError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Git

    Hook = Callable[[str, str], Path]


@pytest.fixture
def repo(repository: Path) -> Repository:
    return Repository.open(repository)


@pytest.fixture
def hook(repository: Path) -> Hook:
    def write(name: str, script: str) -> Path:
        folder = repository / ".git" / "hooks"
        folder.mkdir(exist_ok=True)
        file = folder / name
        file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        file.chmod(0o755)
        return file

    return write


@pytest.fixture
def sides(repo: Repository, git: Git) -> tuple[str, str, str]:
    """Give two commits and the tree of their merge."""
    base = repo.head().oid or ""
    ours = repo.write_commit(repo.write_tree(base, {"ours": repo.write_blob(b"1")}), (base,), "ours")
    theirs = repo.write_commit(repo.write_tree(base, {"theirs": repo.write_blob(b"2")}), (base,), "theirs")
    repo.move_ref("refs/heads/main", ours, base, "ours")
    git(repo.root, "reset", "--quiet", "--hard")
    return ours, theirs, repo.write_tree(ours, {"theirs": repo.write_blob(b"2")})


def test_configuration(repo: Repository, git: Git) -> None:
    assert repo.config_get("tlgit.watch") is None
    repo.config_set("tlgit.watch", "-yes\nno")
    assert repo.config_get("tlgit.watch") == "-yes\nno"
    repo.config_set("tlgit.watch", "on")
    assert repo.config_get("tlgit.watch", "bool") == "true"
    repo.config_set("tlgit.watch", "")
    assert repo.config_get("tlgit.watch") == ""
    repo.config_set("merge.tlgit.driver", 'tlgit merge-driver %O %A %B "%P"')
    assert git(repo.root, "config", "--local", "merge.tlgit.driver") == 'tlgit merge-driver %O %A %B "%P"'
    for _ in range(2):
        repo.config_set("tlgit.watch", None)
        assert repo.config_get("tlgit.watch") is None
    with pytest.raises(ValueError, match="not a git configuration key"):
        repo.config_get("--global")
    with pytest.raises(GitCommandError):
        repo.config_get("merge.tlgit.driver", "bool")


def test_identity(repo: Repository, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    assert repo.identity() == Identity(name="Test User", email="user@example.org")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Björk G")
    assert repo.identity().name == "Björk G"
    monkeypatch.delenv("GIT_AUTHOR_NAME")
    git(repo.root, "config", "user.useConfigOnly", "true")
    git(repo.root, "config", "user.name", "")
    with pytest.raises(IdentityError, match="does not know who you are") as caught:
        repo.identity()
    assert "git config --global user.email" in str(caught.value.hint)


def test_hooks_folder(repo: Repository, git: Git, tmp_path: Path) -> None:
    assert repo.hooks_dir() == repo.git_dir / "hooks"
    git(repo.root, "config", "core.hooksPath", ".husky")
    assert repo.hooks_dir() == repo.root / ".husky"
    git(repo.root, "config", "--unset", "core.hooksPath")
    git(repo.root, "worktree", "add", "--quiet", str(tmp_path / "linked"))
    assert Repository.open(tmp_path / "linked").hooks_dir() == repo.git_dir / "hooks"


def test_run_hook(repo: Repository, hook: Hook) -> None:
    assert repo.run_hook("post-merge", "0") == 0
    hook("post-merge", 'echo "$1 $TLGIT_ACTIVE $(pwd)" > said; exit 3')
    assert repo.run_hook("post-merge", "0") == 3
    assert (repo.root / "said").read_text() == f"0 1 {repo.root}\n"
    hook("pre-push", "echo 'Not on my watch' >&2; exit 1")
    with pytest.raises(GitCommandError, match="hook pre-push failed with exit code 1: Not on my watch"):
        repo.run_hook("pre-push")


def test_merge_commit(repo: Repository, git: Git, sides: tuple[str, str, str]) -> None:
    ours, theirs, tree = sides
    made = repo.merge_commit(ours, theirs, tree, "Merge upstream\n\nTlgit-Action: sync\n")
    assert git(repo.root, "show", "-s", "--format=%P|%an|%cn|%s|%(trailers)", made) == (
        f"{ours} {theirs}|Test User|Test User|Merge upstream|Tlgit-Action: sync\n"
    )
    assert repo.head().oid == ours
    assert git(repo.root, "status", "--porcelain") == ""
    repo.move_ref("refs/heads/main", made, ours, "tlgit: sync")
    assert git(repo.root, "fsck", "--strict", "--no-dangling") == ""


def test_hooks_see_the_merge_and_may_refuse(
    repo: Repository, git: Git, hook: Hook, sides: tuple[str, str, str]
) -> None:
    ours, theirs, tree = sides
    hook("pre-merge-commit", "git diff --cached --name-only > seen")
    repo.merge_commit(ours, theirs, tree, "x")
    assert (repo.root / "seen").read_text() == "theirs\n"
    (repo.root / "seen").unlink()
    hook("pre-merge-commit", "echo 'Never on Sunday' >&2; exit 1")
    with pytest.raises(GitCommandError, match="Never on Sunday") as caught:
        repo.merge_commit(ours, theirs, tree, "x")
    assert "your own hook" in str(caught.value.hint)
    assert git(repo.root, "status", "--porcelain") == ""
    assert not list(repo.git_dir.glob("tlgit-*"))


def test_hooks_may_change_the_message(repo: Repository, hook: Hook, sides: tuple[str, str, str]) -> None:
    hook("prepare-commit-msg", 'echo "kind: $2" >> "$1"')
    hook("commit-msg", 'echo "Reviewed-by: me" >> "$1"')
    made = repo.merge_commit(*sides, "Merge\n")
    assert repo.message_of(made) == "Merge\nkind: merge\nReviewed-by: me\n"
    hook("commit-msg", ': > "$1"')
    with pytest.raises(EmptyMessageError):
        repo.merge_commit(*sides, "Merge\n")
    hook("commit-msg", "echo No >&2; exit 1")
    with pytest.raises(GitCommandError, match=r"hook commit-msg .*: No"):
        repo.merge_commit(*sides, "Merge\n")
    assert not list(repo.git_dir.glob("TLGIT*"))


def test_a_signature_is_asked_for(
    repo: Repository, git: Git, sides: tuple[str, str, str], tmp_path: Path
) -> None:
    git(repo.root, "config", "commit.gpgSign", "true")
    git(repo.root, "config", "gpg.program", "false")
    with pytest.raises(GitCommandError, match="commit-tree"):
        repo.merge_commit(*sides, "Merge\n")
    key = tmp_path / "key"
    signer = tmp_path / "signer"
    signer.write_text(
        '#!/bin/sh\ncat > /dev/null\necho "[GNUPG:] SIG_CREATED " >&2\necho signed\n', encoding="utf-8"
    )
    signer.chmod(0o755)
    git(repo.root, "config", "gpg.program", str(signer))
    git(repo.root, "config", "user.signingKey", str(key))
    made = repo.merge_commit(*sides, "Merge\n")
    assert "\ngpgsig signed\n" in git(repo.root, "cat-file", "commit", made)


def test_nobody_to_sign_as(repo: Repository, git: Git, sides: tuple[str, str, str]) -> None:
    git(repo.root, "config", "user.name", "")
    git(repo.root, "config", "user.email", "")
    with pytest.raises(IdentityError):
        repo.commit_tree_as_user(sides[2], sides[:2], "x")
