"""What the user's own git decides: configuration, identity, signing, hooks. All of it by the git program.

libgit2 runs no hooks, signs nothing, and picks a wrong identity for people with one per remote.
"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from tlgit.errors import RepositoryError
from tlgit.git.command import HOOK_TIMEOUT, GitCommandError
from tlgit.git.objects import Identity
from tlgit.git.references import References

if TYPE_CHECKING:
    from collections.abc import Sequence

ACTIVE: Final = "TLGIT_ACTIVE"
"""Set to `1` in the environment of every git that may run hooks, so that tlgit's own hooks leave it to the caller."""

_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*(?:\.[^\x00-\x1f\x7f]+)?\.[A-Za-z][A-Za-z0-9-]*")
_IDENT: Final = re.compile(r"([^<>\n]*)<([^<>\n]*)> \d+ [+-]\d+")


class IdentityError(RepositoryError):
    """Git does not know who the user is."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"git does not know who you are: {reason}",
            hint='`git config --global user.name "Your Name"` and `git config --global user.email you@example.org`',
        )


class EmptyMessageError(RepositoryError):
    """A hook left nothing of a commit message."""

    def __init__(self) -> None:
        super().__init__("the commit message is empty after the hooks", hint="look at the commit-msg hook")


class UserPolicy(References):
    """A repository, with the user's settings."""

    def config_get(self, key: str, kind: Literal["bool", "int", "path"] | None = None) -> str | None:
        """Give the value of a git configuration key, or None; a `bool` reads `true` or `false`."""
        typed = () if kind is None else (f"--type={kind}",)
        output = self.program.run("config", "--null", *typed, "--get", _checked(key), accept=(0, 1))
        return output.records[-1] if output.records else ("" if output.stdout else None)

    def config_set(self, key: str, value: str | None) -> None:
        """Write a key into the configuration of this repository; None removes it."""
        if value is None:
            self.program.run_patiently("config", "--local", "--unset-all", _checked(key), accept=(0, 5))
        else:
            self.program.run_patiently("config", "--local", "--replace-all", "--", _checked(key), value)

    def identity(self) -> Identity:
        """Give the author that git would write now; raises IdentityError when git knows none."""
        output = self.program.run("var", "GIT_AUTHOR_IDENT", accept=(0, 128))
        found = _IDENT.fullmatch(output.text)
        if output.code or found is None:
            fatal = [line for line in output.stderr.splitlines() if line.startswith("fatal:")]
            raise IdentityError(
                fatal[-1].removeprefix("fatal:").strip() if fatal else "no name or no address"
            )
        return Identity(name=found[1].strip(), email=found[2])

    def hooks_dir(self) -> Path:
        """Give the folder from which git runs hooks; `core.hooksPath` and linked worktrees are respected."""
        return Path(self.program.run("rev-parse", "--path-format=absolute", "--git-path", "hooks").text)

    def run_hook(self, name: str, *arguments: str, index: Path | None = None) -> int:
        """Run a hook of the user if there is one, and give its exit code.

        `index` shows the hook another index than the real one. A hook that may veto and does raises
        GitCommandError with its words; the outcome of a `post-` hook changes nothing, as in git itself.
        """
        environment = {ACTIVE: "1"} | ({} if index is None else {"GIT_INDEX_FILE": str(index)})
        try:
            self.program.run(
                *("hook", "run", "--ignore-missing", name, "--", *arguments),
                timeout=HOOK_TIMEOUT,
                environment=environment,
            )
        except GitCommandError as error:
            if name.startswith("post-"):
                return error.code
            words = error.stderr or "it gave no reason"
            raise GitCommandError(
                f"hook {name}", error.code, words, hint="your own hook refused this"
            ) from error
        return 0

    def commit_tree_as_user(self, tree: str, parents: Sequence[str], message: str) -> str:
        """Store a commit with the user's identity, signed when `commit.gpgSign` asks for it; no ref moves."""
        self.identity()
        signed = ("-S",) if self.config_get("commit.gpgSign", "bool") == "true" else ()
        origin = [argument for parent in parents for argument in ("-p", parent)]
        return self.program.run(
            *("commit-tree", *signed, *origin, "-F", "-", tree),
            stdin=message.encode(),
            timeout=HOOK_TIMEOUT,
        ).text

    def merge_commit(self, ours: str, theirs: str, tree: str, message: str) -> str:
        """Store the merge of two commits as the user's own, after their hooks have agreed; no ref moves.

        The hooks of `git merge` run as git runs them (`pre-merge-commit`, `prepare-commit-msg`, `commit-msg`), with
        an index that holds the merge; the real index stays as it is. The caller writes worktree and index, moves
        the ref, and runs `post-merge` with the argument `0`. Raises GitCommandError when a hook refuses.
        """
        hooks = {path.name for path in self.hooks_dir().glob("*") if os.access(path, os.X_OK)}
        if "pre-merge-commit" in hooks:
            with tempfile.TemporaryDirectory(prefix="tlgit-", dir=self.git_dir) as folder:
                index = Path(folder) / "index"
                self.program.run("read-tree", tree, environment={"GIT_INDEX_FILE": str(index)})
                self.run_hook("pre-merge-commit", index=index)
        if hooks & {"prepare-commit-msg", "commit-msg"}:
            message = self._message_after_hooks(message)
        return self.commit_tree_as_user(tree, (ours, theirs), message)

    def _message_after_hooks(self, message: str) -> str:
        file = self.git_dir / f"TLGIT_MERGE_MSG-{secrets.token_hex(8)}"
        try:
            file.write_text(message, encoding="utf-8")
            self.run_hook("prepare-commit-msg", str(file), "merge")
            self.run_hook("commit-msg", str(file))
            changed = file.read_text(encoding="utf-8", errors="replace").strip()
        finally:
            file.unlink(missing_ok=True)
        if not changed:
            raise EmptyMessageError
        return changed + "\n"


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} is not a git configuration key")
    return key
