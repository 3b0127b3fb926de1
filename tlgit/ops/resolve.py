"""Deciding what is open: choosing among it by name, checking values, and writing what was chosen.

What waits on a review branch becomes commits (`decide`), what git left in conflict becomes lines of the file and, when it
is the last one, `git add` (`unmerged`). Both are asked and answered in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from tlgit.errors import UsageError
from tlgit.merge.decision import Choice
from tlgit.merge.policy import matches
from tlgit.ops.conflicts import Conflict, Open, read_open
from tlgit.ops.decide import decide
from tlgit.ops.unmerged import NEXT, other_unmerged, resolve_file
from tlgit.ops.workspace import UnknownTracklistError
from tlgit.sources.address import list_id_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tlgit.ops.conflicts import Blocked
    from tlgit.ops.workspace import Workspace

_SHORT: Final = 4
"""So many digits of an id are enough when they name one conflict only."""


class UnknownConflictError(UsageError):
    """No open conflict, no tracklist and no field goes by this name; the nearest are named."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        # Loaded here: only mistakes need it.
        from difflib import get_close_matches  # noqa: PLC0415

        near = get_close_matches(name, known, n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else "`tlgit conflicts` lists what is open"
        super().__init__(f"nothing open goes by the name {name!r}", hint=hint)
        self.name = name
        self.near = tuple(near)


class AmbiguousConflictError(UsageError):
    """Several conflicts go by this name."""

    def __init__(self, name: str, found: Sequence[Conflict]) -> None:
        places = ", ".join(f"{one.id} ({one.path}: {one.field})" for one in found[:3])
        super().__init__(
            f"{name!r} names {len(found)} conflicts: {places}", hint="name the tracklist as well"
        )
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """One conflict and how it shall be settled."""

    conflict: Conflict
    choice: Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What became of a run."""

    taken: tuple[Pick, ...] = ()
    left: tuple[Conflict, ...] = ()
    """What is still open in the lists concerned."""
    blocked: tuple[Blocked, ...] = ()
    """What has to be settled by other means there."""
    commits: tuple[str, ...] = ()
    staged: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    next_step: str | None = None
    """What to run now that nothing is in conflict any more."""

    @property
    def is_done(self) -> bool:
        """Whether nothing is left."""
        return not (self.left or self.blocked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a run is about: the conflicts it may settle, and the lists they are in."""

    conflicts: tuple[Conflict, ...]
    paths: frozenset[str]

    @property
    def takeable(self) -> tuple[Conflict, ...]:
        """Those that can be settled here."""
        return tuple(one for one in self.conflicts if not one.note)


# Choosing


def choose_scope(
    workspace: Workspace, found: Open, names: Sequence[str] = (), fields: Sequence[str] = ()
) -> Scope:
    """The conflicts that are meant: of these tracklists or with these ids, and of these fields (all without any).

    A field is a path (`tracks[3].title`), a pattern as in the configuration (`tracks.start`, `tracks.*`), or an id.
    Raises UnknownConflictError, AmbiguousConflictError, UnknownTracklistError.
    """
    paths = {one.path for one in found.conflicts} | {path_of(one) for one in found.blocked} | {*found.files}
    chosen = list(found.conflicts)
    if names:
        chosen, paths = _named(workspace, found, names, paths)
    for name in fields:
        if not any(_is_field(one, name) for one in chosen):
            raise UnknownConflictError(name, [name for one in chosen for name in (one.field, one.id)])
    if fields:
        chosen = [one for one in chosen if any(_is_field(one, name) for name in fields)]
        paths = {one.path for one in chosen}
    return Scope(conflicts=tuple(chosen), paths=frozenset(paths))


def path_of(blocked: Blocked) -> str:
    """The file that is blocked, without the line."""
    head, _, line = blocked.path.rpartition(":")
    return head if head and line.isdecimal() else blocked.path


def _named(
    workspace: Workspace, found: Open, names: Sequence[str], paths: set[str]
) -> tuple[list[Conflict], set[str]]:
    """The conflicts and lists that are named; beside ids a list says where to look for them."""
    ids = [name for name in names if any(_is_id(one, name) for one in found.conflicts)]
    lists = {
        path for name in names if name not in ids for path in _lists_named(workspace, found, name, paths)
    }
    there = [one for one in found.conflicts if not lists or one.path in lists]
    if not ids:
        return there, lists
    chosen = []
    for name in ids:
        same = [one for one in there if _is_id(one, name)]
        if not same:
            raise UnknownConflictError(name, [one.id for one in there])
        if len(same) > 1:
            raise AmbiguousConflictError(name, same)
        chosen += same
    return chosen, {one.path for one in chosen}


def _is_id(conflict: Conflict, name: str) -> bool:
    return len(name) >= _SHORT and conflict.id.startswith(name)


def _lists_named(workspace: Workspace, found: Open, name: str, paths: set[str]) -> set[str]:
    """The path of the list that is meant; a list in which nothing is open is a right answer too."""
    wanted = list_id_of(name) if "/" in name else name
    by_id = {one.path for one in found.conflicts if wanted and one.list_id == wanted}
    tests = (
        {path for path in paths if path in {name, _relative(workspace, name)}},
        by_id,
        {one.path for one in found.conflicts if one.kind == "review" and one.place == name},
        {path for path in paths if PurePosixPath(path).stem == name},
        {path for path in paths if name.casefold() in path.casefold()},
    )
    for same in tests:
        if len(same) > 1:
            raise UnknownTracklistError(name, tuple(sorted(same)))
        if same:
            return same
    try:
        return {workspace.find(name).path}
    except UnknownTracklistError as error:
        if error.found:
            raise
        known = [text for one in found.conflicts for text in (one.id, one.path, PurePosixPath(one.path).stem)]
        raise UnknownConflictError(name, list(dict.fromkeys(known))) from error


def _relative(workspace: Workspace, name: str) -> str:
    """A path as somebody types it in a folder below the root, as git names it."""
    try:
        return Path(name).resolve().relative_to(workspace.root).as_posix()
    except (ValueError, OSError):
        return ""


def _is_field(conflict: Conflict, name: str) -> bool:
    return name in {conflict.field, conflict.id} or matches(name, conflict.pattern)


def find_one(scope: Scope, name: str) -> Conflict:
    """The one conflict of a field or an id; raises UnknownConflictError, AmbiguousConflictError."""
    found = [one for one in scope.conflicts if _is_field(one, name)]
    if not found:
        raise UnknownConflictError(name, [text for one in scope.conflicts for text in (one.field, one.id)])
    if len(found) > 1:
        raise AmbiguousConflictError(name, found)
    return found[0]


def pick_side(conflicts: Iterable[Conflict], side: str) -> tuple[Pick, ...]:
    """One side for all of them: `ours`, `theirs`, `base`, or `recommended` for those whose recommendation is sure.

    What does not have the option stays open.
    """
    picks = []
    for one in conflicts:
        wanted = one.recommended if side == "recommended" and one.is_automatic else side
        if wanted in one.options and not one.note:
            picks.append(Pick(conflict=one, choice=Choice(wanted)))
    return tuple(picks)


# Doing


def apply_picks(workspace: Workspace, found: Open, scope: Scope, picks: Sequence[Pick]) -> Resolution:
    """Settle these conflicts, and tell what is left in the lists of the scope.

    The last pick of a conflict counts. Raises the errors of the repository, NotTakenError for a value that makes a
    file unreadable, and FileChangedError when somebody saves a file meanwhile.
    """
    chosen = {(pick.conflict.path, pick.conflict.kind, pick.conflict.id): pick for pick in picks}
    by_file = _grouped(chosen.values(), "unmerged", lambda one: one.path)
    by_review = _grouped(chosen.values(), "review", lambda one: one.place)
    taken: list[Pick] = []
    staged, notes, commits = [], [], []
    for path, file in found.files.items():
        if path not in by_file and not (path in scope.paths and file.is_resolved):
            continue
        with workspace.locked("tlgit resolve"):
            resolved = resolve_file(workspace, file, {p.conflict.id: p.choice for p in by_file.get(path, ())})
        taken += [pick for pick in by_file.get(path, ()) if pick.conflict.id in resolved.taken]
        if resolved.is_staged:
            staged.append(path)
        if resolved.problem:
            hint = f" ({resolved.hint})" if resolved.hint else ""
            notes.append(f"{path}: {resolved.problem}{hint}")
    for branch, group in by_review.items():
        decided = decide(
            workspace,
            found.reviews[branch],
            {pick.conflict.id: pick.choice for pick in group},
        )
        taken += group
        notes += decided.notes
        if decided.commit is not None:
            commits.append(decided.commit)
    now = read_open(workspace)
    return Resolution(
        taken=tuple(taken),
        left=tuple(one for one in now.conflicts if one.path in scope.paths),
        blocked=tuple(one for one in now.blocked if path_of(one) in scope.paths),
        commits=tuple(commits),
        staged=tuple(staged),
        notes=tuple(dict.fromkeys(notes)),
        next_step=_next_step(workspace, now) if staged else None,
    )


def _grouped(picks: Iterable[Pick], kind: str, key: Callable[[Conflict], str]) -> dict[str, list[Pick]]:
    groups: dict[str, list[Pick]] = {}
    for pick in picks:
        if pick.conflict.kind == kind:
            groups.setdefault(key(pick.conflict), []).append(pick)
    return groups


def _next_step(workspace: Workspace, now: Open) -> str | None:
    if now.files or other_unmerged(workspace):
        return None
    operation = workspace.repository.operation() or ""
    if operation in {"cherry-pick", "revert"} and not _is_anything_staged(workspace):
        return f"git {operation} --skip"  # git does not continue with a commit that changes nothing
    return NEXT.get(operation)


def _is_anything_staged(workspace: Workspace) -> bool:
    output = workspace.repository.program.run(
        "diff-index", "--cached", "--quiet", "HEAD", "--", accept=(0, 1)
    )
    return output.code == 1
