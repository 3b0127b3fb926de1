"""What a merge of `upstream` into the user's branch would be: git's merge bases, the one merge, the open ends.

Nothing here writes; `landing` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tlgit.errors import DataError
from tlgit.git.history import Side, git_origins
from tlgit.merge.merge import merge
from tlgit.merge.policy import Policies
from tlgit.merge.provenance import Stamp
from tlgit.ops.accept import User
from tlgit.ops.workspace import ListFile, Workspace
from tlgit.tracklist.text import parse_document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tlgit.merge.decide import Origins
    from tlgit.merge.decision import Decision

_DEPTH: Final = 8
"""Merge bases of merge bases are followed this far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """A tracklist that does not merge by itself."""

    path: str
    conflicts: tuple[Decision, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePlan:
    """What a merge would do to the user's branch."""

    files: Mapping[str, bytes]
    """New contents by path."""
    clashes: tuple[Clash, ...]


def base_text(workspace: Workspace, ours: str | None, theirs: str | None, path: str) -> str | None:
    """The text from which both sides come, as git's merge bases say; None without a common past.

    Of several bases (criss-cross) a virtual one is merged, as git's own merge does.
    """
    if ours is None or theirs is None:
        return None
    bases = workspace.repository.merge_bases(ours, theirs)
    return _virtual_text(workspace, bases, path, _DEPTH) or None


def _virtual_text(workspace: Workspace, bases: Sequence[str], path: str, depth: int) -> str:
    """The text of several commits merged into one; empty where there is none."""
    texts = []
    for base in bases:
        found = workspace.repository.blob_at(base, path)
        texts.append("" if found is None else found[1].decode("utf-8", "replace"))
    if not texts:
        return ""
    text = texts[0]
    for commit, other in zip(bases[1:], texts[1:], strict=True):
        if not text or not other or text == other:
            text = text or other
            continue
        below = workspace.repository.merge_bases(bases[0], commit) if depth else ()
        older = _virtual_text(workspace, below, path, depth - 1)
        try:
            merged = merge(older or None, text, other)
        except DataError:
            continue
        if merged.is_clean:
            text = merged.text
    return text


def plan_merge(
    workspace: Workspace,
    ours: str,
    theirs: str,
    settled: Mapping[str, tuple[str, bytes] | None] | None = None,
) -> MergePlan:
    """Merge the tracklists that `theirs` changed since the merge base into those of `ours`. Writes nothing.

    `settled` are lists of `theirs` about which somebody has decided: their paths and contents in the merge, None where
    the merge has no such file.
    """
    settled = settled or {}
    repository = workspace.repository
    bases = repository.merge_bases(ours, theirs)
    our_lists = workspace.lists(ours)
    files = dict(one for one in settled.values() if one is not None)
    clashes: list[Clash] = []
    for change in repository.changed(bases[0] if bases else None, theirs):
        if change.new_oid is None or not workspace.config.is_tracklist(change.path) or change.path in settled:
            continue
        mine = counterpart(workspace, our_lists, ListFile(change.path, change.new_oid))
        if mine is None:
            is_known = any(change.path in workspace.lists(base) for base in bases)
            if not is_known:
                files[change.path] = repository.blob(change.new_oid)
            continue  # a known one was deleted by the user: it stays deleted
        if mine.oid == change.new_oid:
            continue
        old, new = repository.blob(mine.oid), repository.blob(change.new_oid)
        base = _virtual_text(workspace, bases, change.path, _DEPTH) or None
        sides = (Side(ours, mine.path, old), Side(theirs, change.path, new))
        merged = merge_blobs(
            mine.path,
            base,
            old,
            new,
            policies=workspace.config.policies,
            origins=origins_of(workspace, *sides),
        )
        if isinstance(merged, Clash):
            clashes.append(merged)
        elif merged != old:
            files[mine.path] = merged
    return MergePlan(files=files, clashes=tuple(clashes))


def origins_of(workspace: Workspace, ours: Side, theirs: Side) -> Origins | None:
    """Tells where the values of both sides come from; None where no policy wants to know."""
    if not workspace.config.policies.rules:
        return None
    return git_origins(workspace.repository.program, ours, theirs)


def read_user(
    workspace: Workspace,
    path: str,
    mine: ListFile | None,
    tip: str | None,
    trailers: Mapping[str, str | None],
) -> User:
    """The user's version of a list that is at `path` on `upstream`, as it merges with what comes on top of `tip`.

    Raises TracklistSyntaxError: what cannot be read cannot be merged; it is told, not written over.
    """
    if mine is None:
        return User(base=None, text=None)
    data = workspace.repository.blob(mine.oid)
    parse_document(data)
    head = workspace.repository.head().oid

    def origins(theirs: str) -> Origins | None:
        if head is None or tip is None:
            return None
        made = Stamp(workspace.now() // 1000, {key: value for key, value in trailers.items() if value})
        return origins_of(workspace, Side(head, mine.path, data), Side(tip, path, theirs.encode(), made))

    base = base_text(workspace, head, tip, path)
    return User(base=base, text=data.decode(), policies=workspace.config.policies, origins=origins)


def merge_blobs(
    path: str,
    base: str | None,
    ours: bytes,
    theirs: bytes,
    *,
    policies: Policies = Policies(),  # noqa: B008 - a tuple, never changed
    origins: Origins | None = None,
) -> bytes | Clash:
    """The one merge on blobs; what it refuses is a clash with its reason."""
    try:
        result = merge(base, ours.decode("utf-8"), theirs.decode("utf-8"), policies=policies, origins=origins)
    except UnicodeDecodeError:
        return Clash(path=path, conflicts=(), reason="it is not UTF-8 text")
    except DataError as error:
        return Clash(path=path, conflicts=(), reason=error.message)
    if not result.is_clean:
        count = len(result.conflicts)
        return Clash(
            path=path, conflicts=result.conflicts, reason=f"{count} place{'s' * (count > 1)} in conflict"
        )
    return result.text.encode()


def counterpart(workspace: Workspace, ours: Mapping[str, ListFile], theirs: ListFile) -> ListFile | None:
    """The same list on our side: the same page, wherever the file is now, else the same path."""
    wanted = workspace.list_id(theirs)
    at_path = ours.get(theirs.path)
    if wanted is None or (at_path is not None and workspace.list_id(at_path) == wanted):
        return at_path
    same = workspace.of_ids(ours.values(), frozenset({wanted}))
    return same[0] if same else at_path
