"""The repository of the user: finding it, refusing what is not safe to work on, and knowing its state."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import pygit2

from tlgit.errors import RepositoryError
from tlgit.git.command import GitProgram, require_git
from tlgit.git.worktree import Worktree

if TYPE_CHECKING:
    from tlgit.git.references import Head

_CONTINUE: Final = {
    "merge": "`git merge --continue` or `git merge --abort`",
    "rebase": "`git rebase --continue` or `git rebase --abort`",
    "am": "`git am --continue` or `git am --abort`",
    "cherry-pick": "`git cherry-pick --continue` or `git cherry-pick --abort`",
    "revert": "`git revert --continue` or `git revert --abort`",
    "bisect": "`git bisect reset`",
}


class NotARepositoryError(RepositoryError):
    """There is no usable git worktree at the path; the words are git's own where it has some."""


class UnsupportedRepositoryError(RepositoryError):
    """The repository is of a kind that this package does not write to."""


class NotReadyError(RepositoryError):
    """Nothing may be written to the user's branch now: an operation is under way, or HEAD is on no branch."""


class Repository(Worktree):
    """A git repository with a worktree.

    Read objects and machine branches in process, ask the git program wherever the user has a say.
    """

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the repository whose worktree `path` is in.

        Raises NotARepositoryError, UnsupportedRepositoryError (bare, files elsewhere, SHA-256, reftable), or
        GitMissingError.
        """
        require_git()
        folder = path if path.is_dir() else path.parent
        if not folder.is_dir():
            raise NotARepositoryError(f"there is no folder {str(folder)!r}")
        git = GitProgram(folder=folder)
        is_bare, git_dir, common_dir, objects = _ask(
            git, "--is-bare-repository", "--git-dir", "--git-common-dir"
        )
        if is_bare == "true":
            raise UnsupportedRepositoryError(
                f"the repository {git_dir!r} is bare, it has no files", hint="work in a clone of it"
            )
        if objects != "sha1":
            raise UnsupportedRepositoryError(
                f"the repository {git_dir!r} names its objects by {objects}",
                hint="`git init --object-format=sha1` makes one that can be used",
            )
        root = Path(git.run("rev-parse", "--path-format=absolute", "--show-toplevel").text)
        if not _is_at_home(root, Path(git_dir)):
            raise UnsupportedRepositoryError(
                f"the repository {git_dir!r} keeps its files elsewhere, in {str(root)!r}",
                hint="`git config --unset core.worktree` brings them together again",
            )
        try:
            return cls(root=root, git_dir=Path(git_dir), common_dir=Path(common_dir))
        except pygit2.GitError as error:
            raise UnsupportedRepositoryError(
                f"the repository {git_dir!r} cannot be read: {error}",
                hint="reftable and other new formats are not supported yet; a plain clone of it works",
            ) from error

    def operation(self) -> str | None:
        """Name what is under way: `merge`, `rebase`, `am`, `cherry-pick`, `revert`, `bisect`, or None."""
        apply = self.git_dir / "rebase-apply"
        if apply.is_dir():
            return "am" if (apply / "applying").exists() else "rebase"
        for name, mark in (
            ("rebase", "rebase-merge"),
            ("merge", "MERGE_HEAD"),
            ("cherry-pick", "CHERRY_PICK_HEAD"),
            ("revert", "REVERT_HEAD"),
        ):
            if (self.git_dir / mark).exists():
                return name
        todo = self.git_dir / "sequencer" / "todo"
        if todo.is_file():
            return "revert" if todo.read_bytes().startswith(b"revert") else "cherry-pick"
        return "bisect" if (self.git_dir / "BISECT_LOG").exists() else None

    def require_ready(self) -> Head:
        """Give HEAD when the user's branch may be written to (it may have no commit yet), or raise NotReadyError."""
        if name := self.operation():
            raise NotReadyError(
                f"a git {name} is under way in this repository", hint=f"finish it: {_CONTINUE[name]}"
            )
        head = self.head()
        if head.ref is None:
            raise NotReadyError(
                "HEAD is detached, on no branch", hint="`git switch main`, or the branch you work on"
            )
        return head


def _ask(git: GitProgram, *questions: str) -> list[str]:
    output = git.run(
        *("rev-parse", "--path-format=absolute", *questions, "--show-object-format"), accept=range(256)
    )
    answers = output.text.split("\n")
    if output.code == 0 and len(answers) == len(questions) + 1:
        return answers
    first, *advice = output.stderr.splitlines() or ["git cannot tell"]
    reason = first.removeprefix("fatal: ")
    hint = " ".join(line.strip() for line in advice if line.strip()) or None
    if reason.startswith("not a git repository"):
        reason = f"{str(git.folder)!r} is not in a git repository"
        hint = "`git init` makes one, `git clone` copies one"
    raise NotARepositoryError(reason, hint=hint)


def _is_at_home(root: Path, git_dir: Path) -> bool:
    """Whether the worktree's own `.git`, a folder or the pointer file of a linked worktree, is this repository."""
    dot = root / ".git"
    if dot.is_dir():
        return dot.samefile(git_dir)
    if not dot.is_file():
        return False
    target = os.fsdecode(dot.read_bytes().removeprefix(b"gitdir:").strip())
    return (root / target).is_dir() and (root / target).samefile(git_dir)
