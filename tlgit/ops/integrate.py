"""Bringing `upstream` into the user's branch: objects, worktree files, index, and last the ref.

The compare-and-swap of the ref is the one commit point. What comes before it is noted in the journal, so that the
next run finishes or undoes it (see `recover`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlgit.errors import RepositoryError
from tlgit.files.atomic import ABSENT, content_hash, read_file, write_file
from tlgit.merge.merge import Conflict, DifferentListsError, merge
from tlgit.ops.workspace import UPSTREAM, ListFile, Workspace
from tlgit.tracklist.syntax import TracklistSyntaxError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlgit.git.references import Head

MODE = 0o100644


class WorktreeError(RepositoryError):
    """A file of the worktree cannot be rewritten without losing something."""

    def __init__(self, path: str, reason: str, hint: str) -> None:
        self.path = path
        super().__init__(f"{path!r} cannot be updated: {reason}", hint=hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """A tracklist that does not merge by itself."""

    path: str
    conflicts: tuple[Conflict, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePlan:
    """What a merge of `upstream` would do to the user's branch."""

    files: Mapping[str, bytes]
    """New contents by path."""
    clashes: tuple[Clash, ...]

    @property
    def is_clean(self) -> bool:
        """Whether all of it merges."""
        return not self.clashes


def base_text(workspace: Workspace, ours: str | None, theirs: str, path: str) -> str | None:
    """The text from which both sides come, as git's merge bases say; None without a common past.

    Of several bases (criss-cross) a virtual one is merged, as git's own merge does.
    """
    if ours is None:
        return None
    texts = []
    for base in workspace.repository.merge_bases(ours, theirs):
        found = workspace.repository.blob_at(base, path)
        texts.append("" if found is None else found[1].decode("utf-8", "replace"))
    if not texts:
        return None
    text = texts[0]
    for other in texts[1:]:
        merged = merge(None, text, other) if text and other else None
        text = merged.text if merged is not None and merged.is_clean else text
    return text or None


def plan_merge(workspace: Workspace, ours: str, theirs: str) -> MergePlan:
    """Merge the tracklists that `theirs` changed since the merge base into those of `ours`. Writes nothing."""
    repository = workspace.repository
    bases = repository.merge_bases(ours, theirs)
    base = bases[0] if bases else None
    our_lists = workspace.lists(ours)
    files: dict[str, bytes] = {}
    clashes: list[Clash] = []
    for change in repository.changed(base, theirs):
        if change.new_oid is None or not workspace.config.is_tracklist(change.path):
            continue
        mine = _counterpart(workspace, our_lists, ListFile(change.path, change.new_oid))
        if mine is None:
            if change.old_oid is None:
                files[change.path] = repository.blob(change.new_oid)
            continue  # the user deleted it: it stays deleted
        if mine.oid in {change.new_oid}:
            continue
        new = repository.blob(change.new_oid)
        if mine.oid == change.old_oid:
            files[mine.path] = new
            continue
        merged = merge_blobs(
            mine.path, base_text(workspace, ours, theirs, change.path), repository.blob(mine.oid), new
        )
        if isinstance(merged, Clash):
            clashes.append(merged)
        elif merged != repository.blob(mine.oid):
            files[mine.path] = merged
    return MergePlan(files=files, clashes=tuple(clashes))


def merge_blobs(path: str, base: str | None, ours: bytes, theirs: bytes) -> bytes | Clash:
    """The one merge on blobs; what it refuses is a clash with its reason."""
    try:
        result = merge(base, ours.decode("utf-8"), theirs.decode("utf-8"))
    except UnicodeDecodeError:
        return Clash(path=path, conflicts=(), reason="it is not UTF-8 text")
    except (TracklistSyntaxError, DifferentListsError) as error:
        return Clash(path=path, conflicts=(), reason=error.message)
    if not result.is_clean:
        count = len(result.conflicts)
        return Clash(path=path, conflicts=result.conflicts, reason=f"{count} field{'s' * (count > 1)} in conflict")
    return result.text.encode()


def _counterpart(workspace: Workspace, ours: Mapping[str, ListFile], theirs: ListFile) -> ListFile | None:
    """The same list on the other side: the same page, else the same path."""
    wanted = workspace.list_id(theirs)
    at_path = ours.get(theirs.path)
    if wanted is None or (at_path is not None and workspace.list_id(at_path) == wanted):
        return at_path
    same = [file for file in ours.values() if workspace.list_id(file) == wanted]
    return same[0] if same else at_path


def land(workspace: Workspace, head: Head, files: Mapping[str, bytes], theirs: str, message: str) -> str:
    """Commit a merge of `theirs` with these new contents on the user's branch: files, index, then the ref.

    Raises WorktreeError when a file holds something that is not in HEAD, and the errors of git and of the writer;
    then nothing has moved, or the journal tells the next run what to undo.
    """
    repository = workspace.repository
    assert head.ref is not None  # noqa: S101 - require_ready has checked it
    blobs = {path: repository.write_blob(data) for path, data in files.items()}
    tree = repository.write_tree(head.oid, blobs)
    if head.oid is None:
        commit = repository.commit_tree_as_user(tree, (theirs,), message)
    else:
        commit = repository.merge_commit(head.oid, theirs, tree, message)
    texts = {path: _worktree_texts(workspace, head.oid, path, data) for path, data in files.items()}
    old_blobs = {path: _blob_id(workspace, head.oid, path) for path in files}
    payload = {
        "ref": head.ref,
        "old": head.oid,
        "new": commit,
        "files": {path: [old_blobs[path], blobs[path]] for path in files},
        "locks": ["index", head.ref],
    }
    with workspace.job("land", payload, is_kept_on_error=True):
        for path, (old, new) in texts.items():
            write_file(workspace.root, path, new, expected=ABSENT if old is None else content_hash(old))
        repository.update_index({path: (MODE, oid) for path, oid in blobs.items()})
        repository.move_ref(head.ref, commit, head.oid, f"tlgit: merge {UPSTREAM.removeprefix('refs/heads/')}")
    repository.run_hook("post-merge", "0")
    return commit


def _blob_id(workspace: Workspace, commit: str | None, path: str) -> str | None:
    found = workspace.repository.blob_at(commit, path) if commit else None
    return None if found is None else found[0]


def _worktree_texts(
    workspace: Workspace, commit: str | None, path: str, data: bytes
) -> tuple[bytes | None, bytes]:
    """What stands in the worktree now, and what is to stand there, with the line ends that git gives files."""
    committed = workspace.repository.blob_at(commit, path) if commit else None
    standing = read_file(workspace.root, path)
    if committed is None:
        if standing is not None:
            raise WorktreeError(path, "an untracked file stands in its place", "move that file away")
        return None, data
    if standing is None:
        raise WorktreeError(path, "it is missing in the worktree", f"`git restore {path}` brings it back")
    if standing == committed[1]:
        return standing, data
    if standing == with_crlf(committed[1]):
        return standing, with_crlf(data)
    raise WorktreeError(
        path, "it holds changes that are not committed", "commit or restore them, then run this again"
    )


def with_crlf(data: bytes) -> bytes:
    """The bytes as git writes them where line ends are converted on checkout."""
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
