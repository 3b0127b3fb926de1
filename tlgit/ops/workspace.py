"""One clone, opened: the repository, its settings, its local state, and its tracklists by name."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final, Self

from tlgit.config import FILE_NAME, Config, read_config
from tlgit.errors import RepositoryError, UsageError
from tlgit.files.atomic import read_file
from tlgit.files.lock import Lock
from tlgit.git.repository import Repository
from tlgit.ops.summary import read_summaries, source_id
from tlgit.sources.address import is_list_id, list_id_of
from tlgit.state.database import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tlgit.git.references import Head
    from tlgit.state.database import Parsed

UPSTREAM: Final = "refs/heads/upstream"
REVIEW: Final = "refs/heads/review/"

_KEPT_COMMITS: Final = 8
"""So many commits' tracklists are kept at hand; a run looks at few, but an import of a thousand pages makes many."""

LOCK_PATIENCE: Final = 5.0
"""Seconds that a command waits for another tlgit at work in the same repository."""


class UnknownTracklistError(UsageError):
    """No tracklist, or more than one, goes by this name."""

    def __init__(self, name: str, found: tuple[str, ...]) -> None:
        self.name = name
        self.found = found
        if not found:
            super().__init__(f"there is no tracklist {name!r}", hint="`tlgit status` lists them all")
            return
        more = f" and {len(found) - 5} more" if len(found) > 5 else ""
        super().__init__(
            f"{name!r} names {len(found)} tracklists: {', '.join(found[:5])}{more}",
            hint="write more of the name",
        )


class MachineBranchError(RepositoryError):
    """HEAD is on a branch that tlgit alone writes."""

    def __init__(self, branch: str) -> None:
        super().__init__(
            f"HEAD is on the branch {branch!r}, which tlgit alone writes",
            hint="`git switch main`, or the branch you work on",
        )


@dataclass(frozen=True, slots=True)
class ListFile:
    """A tracklist in a commit: where, and the id of its blob."""

    path: str
    oid: str

    @property
    def stem(self) -> str:
        """The file's name without folder and ending."""
        return PurePosixPath(self.path).stem


class Workspace:
    """What the commands work on. For one thread; close it, or use it as a context manager."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.notes: list[str] = []
        """What was done beside the task, one sentence each, for whoever tells the user."""
        self.summaries: dict[str, Parsed] = {}
        """What blobs show, as far as it was read already; see `summary`."""
        self._lists: dict[str, dict[str, ListFile]] = {}

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the repository that `folder` is in."""
        return cls(Repository.open(folder))

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close what was opened."""
        self.close()

    def close(self) -> None:
        """Close the local state, if it was opened."""
        state = self.__dict__.pop("state", None)
        if state is not None:
            state.close()

    @property
    def root(self) -> Path:
        """The top folder of the worktree."""
        return self.repository.root

    @property
    def private(self) -> Path:
        """The folder of tlgit's own files: in the git folder of this worktree, because sheets are the worktree's."""
        return self.repository.git_dir / "tlgit"

    @cached_property
    def config(self) -> Config:
        """The settings as they stand in the worktree; the defaults where there is no file."""
        data = read_file(self.root, FILE_NAME)
        return Config() if data is None else read_config(data)

    @cached_property
    def state(self) -> State:
        """The local state of this clone."""
        return State(self.private / "state.db", now=self.now)

    @staticmethod
    def now() -> int:
        """The time in milliseconds since 1970."""
        return time.time_ns() // 1_000_000

    def locked(self, purpose: str) -> Lock:
        """The lock under which anything is written, one for all worktrees; dies with the process."""
        place = self.repository.common_dir / "tlgit" / "lock"
        return Lock(place, purpose=purpose, timeout=LOCK_PATIENCE)

    def require_ready(self) -> Head:
        """HEAD, when it is on a branch of the user and nothing is under way; raises errors of the repository."""
        head = self.repository.require_ready()
        if head.ref is not None and (head.ref == UPSTREAM or head.ref.startswith((f"{UPSTREAM}-", REVIEW))):
            raise MachineBranchError(head.ref.removeprefix("refs/heads/"))
        return head

    @property
    def scope(self) -> tuple[str, ...]:
        """The folders below which tracklists can be, for git; empty when that is the whole repository."""
        folders = self.config.folders
        return () if "" in folders else folders

    @contextmanager
    def job(self, operation: str, payload: Mapping[str, Any]) -> Iterator[None]:
        """Note work in flight, so that `recover` cleans up after this process if it dies in the middle."""
        job = self.state.begin(operation, payload)
        try:
            yield
        finally:
            self.state.finish(job.id)

    def lists(self, commit: str | None) -> Mapping[str, ListFile]:
        """All tracklists of a commit by path, in order; none without a commit."""
        if commit is None:
            return {}
        if commit not in self._lists:
            found: dict[str, ListFile] = {}
            for folder in self.config.folders:
                for path, file in self.repository.files(commit, folder).items():
                    if file.mode in {0o100644, 0o100755} and self.config.is_tracklist(path):
                        found[path] = ListFile(path, file.oid)
            self._lists[commit] = dict(sorted(found.items()))
            if len(self._lists) > _KEPT_COMMITS:
                self._lists.pop(next(iter(self._lists)))
        return self._lists[commit]

    def list_id(self, file: ListFile) -> str | None:
        """The page's id of one tracklist, from its `source:` line; None for one made by hand."""
        return source_id(self.repository.blob(file.oid))

    def of_ids(self, files: Iterable[ListFile], ids: frozenset[str]) -> list[ListFile]:
        """Those of the files that come from a page with one of these ids."""
        files = tuple(files)
        summaries = read_summaries(self, files) if ids else {}
        return [file for file in files if ids and summaries[file.oid].list_id in ids]

    def find_by_id(self, commit: str | None, ids: frozenset[str]) -> ListFile | None:
        """The tracklist of a commit that comes from the page with one of these ids; of several the first."""
        return next(iter(self.of_ids(self.lists(commit).values(), ids)), None)

    def find(self, name: str) -> ListFile:
        """The one tracklist of HEAD that `name` means: a path, a stem, an id, an address, or a unique part.

        Raises UnknownTracklistError.
        """
        lists = self.lists(self.repository.head().oid)
        if name in lists:
            return lists[name]
        relative = self._relative(name)
        if relative in lists:
            return lists[relative]
        wanted = list_id_of(name) if "/" in name else (name if is_list_id(name) else None)
        tests = (
            [f for f in lists.values() if f.stem == name],
            self.of_ids(lists.values(), frozenset({wanted})) if wanted else [],
            [f for f in lists.values() if name.casefold() in f.path.casefold()],
        )
        for found in tests:
            if len(found) == 1:
                return found[0]
            if found:
                raise UnknownTracklistError(name, tuple(f.path for f in found))
        raise UnknownTracklistError(name, ())

    def _relative(self, name: str) -> str:
        try:
            return Path(name).resolve().relative_to(self.root).as_posix()
        except (ValueError, OSError):
            return ""
