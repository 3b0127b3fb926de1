"""Putting a merge commit under the user's feet: objects, worktree files, index, and last the ref.

The compare-and-swap of the ref is the one commit point. What comes before it is noted in the journal: an error takes
it back at once, and after a kill the next run finishes it or takes it back. No byte is ever replaced that is not in a
commit, and no step is repeated over something that somebody else has put there since.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from tlgit.errors import RepositoryError, TlgitError
from tlgit.files.atomic import ABSENT, content_hash, read_file, remove_file, write_file
from tlgit.ops.failpoint import failpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlgit.git.references import Head
    from tlgit.ops.workspace import Workspace

PLAIN: Final = 0o100644


class WorktreeError(RepositoryError):
    """A file of the worktree cannot be rewritten without losing something."""

    def __init__(self, path: str, reason: str, hint: str) -> None:
        self.path = path
        super().__init__(f"{path!r} cannot be updated: {reason}", hint=hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """A move of a branch from one commit to another, with the blobs of the files that change (None: no file)."""

    ref: str
    old: str | None
    new: str
    files: Mapping[str, tuple[str | None, str]]

    def payload(self) -> dict[str, Any]:
        """The form for the journal."""
        files = {path: list(oids) for path, oids in self.files.items()}
        return {
            "ref": self.ref,
            "old": self.old,
            "new": self.new,
            "files": files,
            "locks": ["index", self.ref, "HEAD"],
        }

    @classmethod
    def of_payload(cls, payload: Mapping[str, Any]) -> Self:
        """Read what `payload` wrote."""
        files = {path: (before, after) for path, (before, after) in payload["files"].items()}
        return cls(ref=payload["ref"], old=payload["old"], new=payload["new"], files=files)


def land(workspace: Workspace, head: Head, files: Mapping[str, bytes], theirs: str, message: str) -> str:
    """Commit a merge of `theirs` with these new contents on the user's branch, as the user's own; gives the commit.

    Raises WorktreeError when a file holds something that is not in HEAD, and the errors of git and of the writer;
    nothing has changed then.
    """
    repository = workspace.repository
    assert head.ref is not None  # noqa: S101 - require_ready has checked it
    for path in files:
        _require_committed(workspace, head.oid, path)
    before = {path: blob_id(workspace, head.oid, path) for path in files}
    after = {path: repository.write_blob(data) for path, data in files.items()}
    tree = repository.write_tree(head.oid, after)
    with workspace.job("merge-commit", {}):
        if head.oid is None:
            commit = repository.commit_tree_as_user(tree, (theirs,), message)
        else:
            commit = repository.merge_commit(head.oid, theirs, tree, message)
    landing = Landing(
        ref=head.ref, old=head.oid, new=commit, files={path: (before[path], after[path]) for path in files}
    )
    job = workspace.state.begin("land", landing.payload())
    try:
        roll_forward(workspace, landing)
    except Exception as error:
        try:
            take_back(workspace, landing)
        except TlgitError as second:
            # The job stays in the journal: the next run takes it back.
            error.add_note(f"taking it back has to wait: {second.message}")
        else:
            workspace.state.finish(job.id)
        raise
    workspace.state.finish(job.id)
    repository.run_hook("post-merge", "0")
    return commit


def roll_forward(workspace: Workspace, landing: Landing) -> None:
    """Do all that is left of a landing. Raises FileChangedError, RefMovedError and others; see `take_back`."""
    repository = workspace.repository
    for path, (before, after) in landing.files.items():
        failpoint("land-file")
        _replace(workspace, path, before, after)
    failpoint("land-index")
    repository.update_index(
        {path: (_mode(workspace, landing.new, path), after) for path, (_, after) in landing.files.items()}
    )
    failpoint("land-ref")
    if repository.ref(landing.ref) != landing.new:
        repository.move_ref(landing.ref, landing.new, landing.old, "tlgit: merge upstream")
    failpoint("landed")


def take_back(workspace: Workspace, landing: Landing) -> None:
    """Undo what was done of a landing whose ref has not moved, wherever nobody has changed it since.

    A file that somebody edited meanwhile stays as it is. HEAD may have moved on: only a file that is in HEAD
    what it was before is set back.
    """
    repository = workspace.repository
    head = repository.head()
    if head.oid == landing.new:
        return
    ours: list[str] = []
    for path, (before, after) in landing.files.items():
        if blob_id(workspace, head.oid, path) != before:
            continue
        ours.append(path)
        standing = read_file(workspace.root, path)
        texts = _forms(repository.blob(after))
        if standing not in texts:
            continue
        if before is None:
            remove_file(workspace.root, path, content_hash(standing))
        else:
            _replace(workspace, path, after, before)
    states = repository.path_status(*ours) if ours else {}
    dirty = {path: before for path, (before, _) in landing.files.items() if path in ours and path in states}
    staged = {path for path in dirty if states[path].index_oid == landing.files[path][1]}
    repository.update_index(
        {
            path: None if before is None else (_mode(workspace, head.oid, path), before)
            for path, before in dirty.items()
            if path in staged
        }
    )


def is_untouched(workspace: Workspace, landing: Landing) -> bool:
    """Whether every file is still as it was before the landing, or as the landing has written it."""
    repository = workspace.repository
    for path, (before, after) in landing.files.items():
        standing = read_file(workspace.root, path)
        known = [*_forms(repository.blob(after)), *(_forms(repository.blob(before)) if before else (None,))]
        if standing not in known:
            return False
    return True


def blob_id(workspace: Workspace, commit: str | None, path: str) -> str | None:
    """The id of a file in a commit; None where there is no file."""
    found = workspace.repository.blob_at(commit, path) if commit else None
    return None if found is None else found[0]


def with_crlf(data: bytes) -> bytes:
    """The bytes as git writes them where line ends are converted on checkout."""
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _forms(data: bytes) -> tuple[bytes, bytes]:
    """A blob as it can stand in a worktree: as it is, and with line ends converted."""
    return data, with_crlf(data)


def _require_committed(workspace: Workspace, commit: str | None, path: str) -> None:
    """Refuse to replace what no commit holds."""
    committed = workspace.repository.blob_at(commit, path) if commit else None
    standing = read_file(workspace.root, path)
    if committed is None:
        if standing is not None:
            raise WorktreeError(path, "an untracked file stands in its place", "move that file away")
    elif standing is None:
        raise WorktreeError(path, "it is missing in the worktree", f"`git restore {path}` brings it back")
    elif standing not in _forms(committed[1]):
        raise WorktreeError(
            path, "it holds changes that are not committed", "commit or restore them, then run this again"
        )


def _replace(workspace: Workspace, path: str, before: str | None, after: str) -> None:
    """Write one file, with the line ends that it has in the worktree; done already is fine.

    Raises FileChangedError for a file that is neither the one nor the other.
    """
    repository = workspace.repository
    standing = read_file(workspace.root, path)
    new = repository.blob(after)
    if standing in _forms(new):
        return
    if before is None:
        write_file(workspace.root, path, new, expected=ABSENT)
        return
    old = repository.blob(before)
    is_converted = standing is not None and standing != old and standing == with_crlf(old)
    seen = with_crlf(old) if is_converted else old
    write_file(workspace.root, path, with_crlf(new) if is_converted else new, expected=content_hash(seen))


def _mode(workspace: Workspace, commit: str | None, path: str) -> int:
    """The mode of a file in a commit, so that an executable one stays so."""
    if commit is None:
        return PLAIN
    folder = path.rpartition("/")[0]
    found = workspace.repository.files(commit, folder).get(path)
    return PLAIN if found is None else found.mode
