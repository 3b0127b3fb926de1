"""The branch `upstream`: what the source said, as far as it was accepted. Written by tlgit alone, never rewritten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tlgit.errors import RepositoryError
from tlgit.git.objects import TLGIT
from tlgit.ops.edits import describe
from tlgit.ops.failpoint import failpoint
from tlgit.ops.message import render_message, render_subject
from tlgit.ops.workspace import UPSTREAM
from tlgit.tracklist.text import parse_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlgit.ops.workspace import Workspace

ACTIONS: Final = ("import", "update", "resolve")
"""What its commits do, by their trailer `Tlgit-Action`."""


class ForeignUpstreamError(RepositoryError):
    """`upstream` holds a commit that tlgit did not write, and so no longer only what the source said."""

    def __init__(self, last: str | None) -> None:
        super().__init__(
            "the branch 'upstream' ends in a commit that tlgit did not write",
            hint=f"`git branch keep-upstream upstream`, then `git branch -f upstream {last}`"
            if last
            else None,
        )


class ShallowError(RepositoryError):
    """History is cut off in this clone, and with it what a merge would have to start from."""

    def __init__(self) -> None:
        super().__init__(
            "this clone is shallow: where your branch and 'upstream' parted is cut off",
            hint="`git fetch --unshallow` fetches the rest",
        )


def require_sound_upstream(workspace: Workspace, head: str | None) -> None:
    """Catch up with what other clones have merged, and refuse a branch that is no base for a merge.

    Raises ForeignUpstreamError and ShallowError.
    """
    _require_own(workspace)
    _restore(workspace, head)
    _require_history(workspace, head)


def _restore(workspace: Workspace, head: str | None) -> None:
    """Bring `upstream` up to the newest of its commits that the user's branch has merged.

    It is behind in a clone that pulled what another one merged, and gone where somebody deleted it.
    """
    repository = workspace.repository
    if head is None:
        return
    standing = repository.ref(UPSTREAM)
    # The trailer only points; what counts is that the commit is a parent, and so a part of this history.
    found = repository.program.run(
        *(
            "log",
            "-1",
            "--grep=^Tlgit-Upstream: ",
            "--format=%(trailers:key=Tlgit-Upstream,valueonly)%x00%P",
            head,
        )
    ).text
    named, _, parents = found.partition("\0")
    tip = named.strip()
    if tip not in parents.split() or tip == standing:
        return
    if standing is not None and not repository.is_ancestor(standing, tip):
        return
    move_upstream(workspace, tip, standing, "catch up")


def _require_own(workspace: Workspace) -> None:
    """Refuse to take somebody's commits for what the source said; raises ForeignUpstreamError."""
    repository = workspace.repository
    tip = repository.ref(UPSTREAM)
    if tip is None or repository.committer_of(tip) == TLGIT:
        return
    own = (
        f"--committer=^{TLGIT.name} <{TLGIT.email}>",
        *(f"--grep=^Tlgit-Action: {action}$" for action in ACTIONS),
    )
    raise ForeignUpstreamError(repository.program.run("rev-list", "-1", *own, tip).text or None)


def _require_history(workspace: Workspace, head: str | None) -> None:
    """Refuse to merge where the common past is cut off; raises ShallowError."""
    repository = workspace.repository
    tip = repository.ref(UPSTREAM)
    # Without `upstream` a page would be taken for new, and what the user deleted would come back.
    if repository.is_shallow and head and (tip is None or not repository.merge_bases(head, tip)):
        raise ShallowError


def write_upstream(
    workspace: Workspace, path: str, text: str, tip: str | None, trailers: Mapping[str, str | None]
) -> str:
    """Store one commit for `upstream` with this text of a list, and give its id; the same text again makes none.

    No ref moves.
    """
    repository = workspace.repository
    found = repository.blob_at(tip, path) if tip else None
    new, old = text.encode(), None if found is None else found[1]
    if tip is not None and new == old:
        return tip
    document = parse_document(new)
    title = str(document.value.get("title") or path)
    subject = render_subject(trailers["Tlgit-Action"] or "update", title, describe(old, document))
    tree = repository.write_tree(tip, {path: repository.write_blob(new)})
    when = workspace.now() // 1000
    return repository.write_commit(tree, (tip,) if tip else (), render_message(subject, trailers), when=when)


def move_upstream(workspace: Workspace, commit: str, tip: str | None, words: str) -> None:
    """Move `upstream` from `tip` to a commit; raises RefMovedError."""
    if commit == tip:
        return
    with workspace.job("upstream", {"locks": [UPSTREAM]}):
        failpoint("upstream-ref")
        workspace.repository.move_ref(UPSTREAM, commit, tip, f"tlgit: {words}")
        failpoint("upstream-moved")


def commit_upstream(
    workspace: Workspace, path: str, text: str, tip: str | None, trailers: Mapping[str, str | None]
) -> str:
    """One commit on `upstream` for this list and change, and its id; the same text again makes none."""
    commit = write_upstream(workspace, path, text, tip, trailers)
    move_upstream(workspace, commit, tip, trailers["Tlgit-Action"] or "update")
    return commit
