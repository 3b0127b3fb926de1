"""The worktree as git sees it: status, attributes, the index, and commits of what the user edited.

The index is written by the git program only: it locks before it reads, while libgit2 writes back an old copy and
so silently drops what `git add` staged meanwhile. Worktree files are written by `tlgit.files`, never here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tlgit.errors import RepositoryError
from tlgit.git.command import HOOK_TIMEOUT
from tlgit.git.user import ACTIVE, UserPolicy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_NO_OID: Final = "0" * 40
_MANY: Final = 500
"""More paths than this do not go into an argument list, which the system limits."""

_ATTRIBUTES: Final = ("merge", "filter", "working-tree-encoding")


class UnmergedError(RepositoryError):
    """Paths are in conflict and must not be committed as they are."""

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__(f"{paths[0]!r} is in conflict", hint="resolve it and `git add` it first")
        self.paths = tuple(paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class PathState:
    """How a path differs: HEAD to index (`staged`), index to worktree (`worktree`).

    The letters are git's: `.` same, `M` modified, `T` type, `A` added, `D` deleted; `?` for both is untracked, and
    unmerged paths have `U`, `A` or `D`. The ids are None where there is no such version.
    """

    staged: str
    worktree: str
    head_oid: str | None = None
    index_oid: str | None = None
    is_unmerged: bool = False

    @property
    def is_untracked(self) -> bool:
        """Whether git does not know the path at all."""
        return self.staged == "?"

    @property
    def is_staged(self) -> bool:
        """Whether the index holds something that HEAD does not."""
        return self.staged not in ".?" or self.is_unmerged


class Worktree(UserPolicy):
    """A repository with its worktree and index."""

    def path_status(self, *paths: str) -> dict[str, PathState]:
        """Give the state of every path below `paths` (files or folders, all without any) that is not clean.

        Ignored files are not listed; untracked ones are, each by itself; renames show as a removal and an addition.
        """
        command = (
            "status",
            "--porcelain=v2",
            "-z",
            "--no-renames",
            "--untracked-files=all",
            "--ignore-submodules=all",
        )
        few = paths if len(paths) <= _MANY else ()
        found = dict(_parse_status(self.program.run(*command, "--", *few).records))
        if few == paths:
            return found
        files, folders = set(paths), tuple(f"{path.rstrip('/')}/" for path in paths)
        return {path: state for path, state in found.items() if path in files or path.startswith(folders)}

    def attributes(self, paths: Iterable[str]) -> dict[str, dict[str, str]]:
        """Give, per path, those of the attributes `merge`, `filter`, `working-tree-encoding` that are specified.

        Values are git's words: `set`, `unset`, or the text after the equals sign.
        """
        names = "".join(f"{path}\0" for path in paths).encode("utf-8", "surrogateescape")
        records = self.program.run("check-attr", "-z", "--stdin", *_ATTRIBUTES, stdin=names).records
        found: dict[str, dict[str, str]] = {}
        for path, name, value in zip(records[::3], records[1::3], records[2::3], strict=True):
            known = found.setdefault(path, {})
            if value != "unspecified":
                known[name] = value
        return found

    def update_index(self, entries: Mapping[str, tuple[int, str] | None]) -> None:
        """Set paths of the index to (mode, blob id), or remove them (None), and refresh it against the worktree.

        All in one step; everything else in the index stays. Raises LockHeldError when it stays locked, and
        RepositoryError for a path that git does not take.
        """
        if not entries:
            return
        lines = []
        for path, entry in entries.items():
            mode, oid = entry or (0, _NO_OID)
            lines.append(f"{mode:o} {oid}\t{path}\0".encode("utf-8", "surrogateescape"))
        output = self.program.run_patiently("update-index", "-z", "--index-info", stdin=b"".join(lines))
        if "Ignoring path" in output.stderr:  # told with exit code 0
            raise RepositoryError(f"git does not take a path into its index: {output.stderr}")
        # Exit code 1 tells of files, of these or others, that really differ: no error here.
        # Without `-q`, which would also hide that the lock is held.
        self.program.run_patiently("update-index", "--refresh", accept=(0, 1))

    def commit_user_paths(self, paths: Sequence[str], message: str) -> str | None:
        """Commit the worktree versions of exactly these paths as the user would, with hooks, signature and identity.

        Untracked paths are added; what else is staged stays staged and out of the commit. None when there is nothing
        to commit. Raises GitCommandError with the words of a hook that refuses; the index is then as before.
        """
        states = self.path_status(*paths)
        chosen = [path for path in dict.fromkeys(paths) if path in states]
        if unmerged := [path for path in chosen if states[path].is_unmerged]:
            raise UnmergedError(unmerged)
        if not chosen:
            return None
        self.identity()
        untracked = _joined(path for path in chosen if states[path].is_untracked)
        if untracked:
            self.program.run_patiently(
                "add", "--pathspec-from-file=-", "--pathspec-file-nul", stdin=untracked
            )
        try:
            self._commit_only(chosen, message)
        except BaseException:
            if untracked:
                self.program.run_patiently("update-index", "-z", "--force-remove", "--stdin", stdin=untracked)
            raise
        return self.head().oid

    def _commit_only(self, paths: Sequence[str], message: str) -> None:
        """Run `git commit --only`; the paths go through a file, because standard input carries the message."""
        self.program.run_patiently(
            *("commit", "--quiet", "--only", "--cleanup=whitespace", f"--message={message}"),
            *("--pathspec-from-file=-", "--pathspec-file-nul"),
            stdin=_joined(paths),
            timeout=HOOK_TIMEOUT,
            environment={ACTIVE: "1"},
        )


def _joined(paths: Iterable[str]) -> bytes:
    return "".join(f"{path}\0" for path in paths).encode("utf-8", "surrogateescape")


def _parse_status(records: Sequence[str]) -> Iterable[tuple[str, PathState]]:
    """Read `git status --porcelain=v2 -z --no-renames`: `1` changed, `u` unmerged, `?` untracked records."""
    for record in records:
        kind, _, rest = record.partition(" ")
        if kind == "?":
            yield rest, PathState(staged="?", worktree="?")
        elif kind == "1":
            letters, _, _, _, _, head, index, path = rest.split(" ", 7)
            yield (
                path,
                PathState(
                    staged=letters[0],
                    worktree=letters[1],
                    head_oid=None if head == _NO_OID else head,
                    index_oid=None if index == _NO_OID else index,
                ),
            )
        elif kind == "u":
            letters, *_, path = rest.split(" ", 9)
            yield path, PathState(staged=letters[0], worktree=letters[1], is_unmerged=True)
