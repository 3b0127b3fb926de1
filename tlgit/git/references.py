"""Refs: reading them, and moving them by compare-and-swap only.

libgit2 does not wait for a ref's lock at all (git waits 100 ms), so a held lock is tried again for a while.
The move of a ref is the one moment at which something happened; everything before it is only preparation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pygit2
from pygit2.enums import ReferenceType

from tlgit.errors import BusyError, RepositoryError
from tlgit.git.command import LockHeldError, wait_for
from tlgit.git.objects import Objects

if TYPE_CHECKING:
    from collections.abc import Callable

_HEADS: Final = "refs/heads/"


class RefNameError(RepositoryError):
    """A name that no ref of this package may have."""

    def __init__(self, ref: str) -> None:
        super().__init__(
            f"{ref!r} cannot be the name of a ref", hint="full names like refs/heads/upstream are meant"
        )
        self.ref = ref


class RefMovedError(BusyError):
    """Somebody else moved, made or removed the ref in the meantime; `found` is where it points now."""

    def __init__(self, ref: str, expected: str | None, found: str | None) -> None:
        super().__init__(
            f"{ref!r} was moved by somebody else in the meantime (to {found or 'nothing'})",
            hint="run the command again: it starts from the new state",
        )
        self.ref = ref
        self.expected = expected
        self.found = found


class CheckedOutError(RepositoryError):
    """The branch is checked out in another worktree, whose files would not follow."""

    def __init__(self, ref: str, worktree: str) -> None:
        super().__init__(
            f"{ref!r} is checked out in another worktree ({worktree!r})",
            hint="switch that worktree to another branch; `git worktree prune` forgets removed ones",
        )
        self.ref = ref
        self.worktree = worktree


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where HEAD is: `ref` is None when detached, `oid` None while the branch has no commit."""

    ref: str | None
    oid: str | None


class References(Objects):
    """The refs of one repository."""

    def head(self) -> Head:
        """Give the branch and the commit of HEAD."""
        head = self._store.lookup_reference("HEAD")
        if head.type != ReferenceType.SYMBOLIC:
            return Head(ref=None, oid=str(head.target))
        found = self._lookup(str(head.target))
        return Head(ref=str(head.target), oid=None if found is None else str(found.peel(pygit2.Commit).id))

    def ref(self, name: str) -> str | None:
        """Give the commit that the ref of this full name points to, or None."""
        found = self._lookup(check_ref_name(name))
        return None if found is None else str(found.peel(pygit2.Commit).id)

    def refs(self, prefix: str) -> dict[str, str]:
        """Give all refs whose full name starts with `prefix` (`refs/heads/review/`), with their commits, sorted."""
        names = sorted(name for name in self._store.references if name.startswith(prefix))
        found = ((name, self.resolve(name)) for name in names)
        return {name: oid for name, oid in found if oid is not None}

    def move_ref(self, ref: str, new: str, old: str | None, message: str) -> None:
        """Move a ref from `old` (None: there must be none) to the commit `new`; `message` goes to the reflog.

        Raises RefMovedError when it is elsewhere, LockHeldError when its lock stays held, CheckedOutError when
        another worktree stands on it.
        """
        self._require_free(check_ref_name(ref))
        target = self._commit(new).id

        def move() -> None:
            found = self._expect(ref, old)
            if found is None:
                self._store.create_reference_direct(ref, target, force=False, message=message)
            else:
                found.set_target(target, message)

        self._swap(ref, old, move)

    def delete_ref(self, ref: str, old: str) -> None:
        """Remove a ref that points to `old`; raises as `move_ref` does."""
        self._require_free(check_ref_name(ref))

        def delete() -> None:
            found = self._expect(ref, old)
            if found is not None:
                found.delete()

        self._swap(ref, old, delete)

    def _swap(self, ref: str, old: str | None, change: Callable[[], None]) -> None:
        """Run one compare-and-swap, again while only a lock is in its way."""
        last: list[Exception] = []

        def attempt() -> bool | None:
            try:
                change()
            except (pygit2.GitError, pygit2.AlreadyExistsError, OSError, ValueError) as error:
                found = self.ref(ref)
                if found != old:
                    raise RefMovedError(ref, old, found) from error
                last.append(error)
                return None
            return True

        if wait_for(attempt) is None:
            reason = last[-1]
            if "lock" in str(reason):
                raise LockHeldError(f"{ref!r} is locked") from reason
            raise RepositoryError(f"{ref!r} cannot be moved: {str(reason)!r}") from reason

    def _expect(self, ref: str, old: str | None) -> pygit2.Reference | None:
        """Look a ref up for a swap: it must be plain and point to `old`."""
        found = self._lookup(ref)
        if found is not None and found.type == ReferenceType.SYMBOLIC:
            raise RepositoryError(
                f"{ref!r} only stands for another ref, {str(found.target)!r}",
                hint="make it a branch of its own",
            )
        here = None if found is None else str(found.target)
        if here != old:
            raise RefMovedError(ref, old, here)
        return found

    def _lookup(self, ref: str) -> pygit2.Reference | None:
        try:
            return self._store.lookup_reference(ref)
        except (KeyError, pygit2.InvalidSpecError):
            return None

    def _require_free(self, ref: str) -> None:
        """Refuse a branch that another worktree has checked out; this worktree is the caller's own affair."""
        folders = list((self.common_dir / "worktrees").glob("*/"))
        config = self._store.config
        if self.common_dir != self.git_dir and not ("core.bare" in config and config.get_bool("core.bare")):
            folders.append(self.common_dir)
        for folder in folders:
            head = folder / "HEAD"
            if folder == self.git_dir or not head.is_file():
                continue
            if head.read_text("utf-8", "surrogateescape").strip() == f"ref: {ref}":
                pointer = folder / "gitdir"
                place = pointer.read_text("utf-8", "replace").strip() if pointer.is_file() else str(folder)
                raise CheckedOutError(ref, place.removesuffix("/.git"))


def check_ref_name(ref: str) -> str:
    """Give the name back when it is the full name of a ref and no part of it looks like an option."""
    parts = ref.split("/")
    if (
        len(parts) < 3
        or parts[0] != "refs"
        or any(part.startswith("-") for part in parts)
        or "\0" in ref  # where libgit2 would stop reading
        or not pygit2.reference_is_valid_name(ref)
    ):
        raise RefNameError(ref)
    return ref


def branch_ref(branch: str) -> str:
    """Give the full, checked name of a branch: `upstream` is `refs/heads/upstream`."""
    return check_ref_name(_HEADS + branch)
