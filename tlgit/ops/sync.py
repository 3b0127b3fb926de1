"""From an observation to the user's branch: diff against `upstream`, guards, merge, render.

What is safe and free of conflict lands at once; the fields in conflict stay behind on `review/<tracklist>`. A merge
commit that keeps "ours" marks upstream's change as seen for ever, so nothing undecided ever enters `upstream`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from tlgit.errors import BusyError
from tlgit.files.atomic import FileChangedError
from tlgit.git.references import RefMovedError
from tlgit.ops.decide import Expired, expire
from tlgit.ops.edits import Deferred, commit_edits, shown_title
from tlgit.ops.integrate import Clash, plan_merge
from tlgit.ops.landing import WorktreeError, land
from tlgit.ops.message import render_message, render_subject
from tlgit.ops.recover import recover
from tlgit.ops.render import RenderReport, render_lists
from tlgit.ops.settle import settle
from tlgit.ops.take import TRIES, Outcome, Taken, take
from tlgit.ops.upstream import require_sound_upstream
from tlgit.ops.workspace import REVIEW, UPSTREAM, Workspace

if TYPE_CHECKING:
    from tlgit.sources.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What one run did."""

    taken: tuple[Taken, ...] = ()
    edits: tuple[str, ...] = ()
    """Hand edits that became a version."""
    deferred: tuple[Deferred, ...] = ()
    merged: tuple[str, ...] = ()
    """Paths that a merge of `upstream` changed."""
    merge_commit: str | None = None
    """The merge of `upstream`, also where it only notes what was decided already."""
    clashes: tuple[Clash, ...] = ()
    recovered: tuple[str, ...] = ()
    reviews: tuple[str, ...] = ()
    """Review branches that wait for the user."""
    settled: tuple[str, ...] = ()
    """Review branches that are gone, because the user has decided."""
    expired: tuple[Expired, ...] = ()
    """Reviews that the settings have decided, because nobody did in time."""
    rendered: RenderReport = field(default_factory=RenderReport)
    is_set_up: bool = True
    """Whether this clone has the merge driver; without, plain git merges line by line."""

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left for the user to decide or mend."""
        is_taken = all(taken.outcome.is_settled for taken in self.taken)
        return is_taken and not (self.deferred or self.clashes or self.reviews or self.rendered.failures)


def sync(workspace: Workspace, snapshots: tuple[Snapshot, ...] = (), *, force: bool = False) -> SyncReport:
    """Commit the hand edits, take these observations, merge `upstream`, render. A repeat changes nothing.

    Raises the errors of the repository (a merge under way, a detached HEAD, no identity, a hook that refuses);
    then no file, no index and no branch of the user has changed.
    """
    repository = workspace.repository
    workspace.require_ready()
    with workspace.locked("tlgit sync"):
        recovered = recover(workspace)
        head = workspace.require_ready()
        if snapshots:
            repository.identity()
        edits = commit_edits(workspace)
        blocked = {deferred.path: deferred for deferred in edits.deferred}
        head = repository.head()
        require_sound_upstream(workspace, head.oid)
        settled = settle(workspace)
        taken = tuple(take(workspace, snapshot, blocked, force=force) for snapshot in snapshots)
        merged, clashes, commit = merge_upstream(workspace, blocked)
        taken = tuple(_with_merge(one, merged) for one in taken)
        expired = expire(workspace, blocked)
        reviews = tuple(ref.removeprefix("refs/heads/") for ref in repository.refs(REVIEW))
        rendered = render_lists(workspace)
    return SyncReport(
        taken=taken,
        edits=edits.committed,
        deferred=tuple(blocked.values()),
        merged=merged,
        merge_commit=commit,
        clashes=clashes,
        recovered=(*recovered, *workspace.notes),
        reviews=reviews,
        settled=settled,
        expired=expired,
        rendered=rendered,
        is_set_up=repository.config_get("merge.tlgit.driver") is not None,
    )


def _with_merge(taken: Taken, merged: tuple[str, ...]) -> Taken:
    """Tell of a page that said nothing new, but whose earlier changes have only now reached the user's branch."""
    if taken.outcome is Outcome.UNCHANGED and taken.path in merged:
        return replace(taken, outcome=Outcome.UPDATED, changes="earlier changes of the page are merged now")
    return taken


Merged: TypeAlias = "tuple[tuple[str, ...], tuple[Clash, ...], str | None]"
"""The paths that a merge changed, what does not merge, and the commit, if there is one."""


def merge_upstream(workspace: Workspace, blocked: dict[str, Deferred]) -> Merged:
    """Merge `upstream` into the user's branch when all of it merges.

    When somebody commits or saves in the middle, it is planned anew, with their edits; `blocked` follows.
    """
    for attempt in range(1, TRIES + 1):
        head = workspace.repository.head()
        try:
            return _merge_once(workspace, blocked)
        except (RefMovedError, FileChangedError, WorktreeError) as error:
            if attempt == TRIES:
                raise
            recover(workspace)
            edits = commit_edits(workspace)
            blocked.clear()
            blocked.update({deferred.path: deferred for deferred in edits.deferred})
            is_new = edits.committed or workspace.repository.head() != head
            if isinstance(error, WorktreeError) and not is_new and error.path not in blocked:
                raise  # nothing that a new plan could change
    raise BusyError("the branch does not hold still", hint="run the command again")  # pragma: no cover


def _merge_once(workspace: Workspace, blocked: dict[str, Deferred]) -> Merged:
    repository = workspace.repository
    tip = repository.ref(UPSTREAM)
    head = workspace.require_ready()
    if tip is None or (head.oid and repository.is_ancestor(tip, head.oid)):
        return (), (), None
    if head.oid is None:
        files = {path: repository.blob(file.oid) for path, file in workspace.lists(tip).items()}
        clashes: tuple[Clash, ...] = ()
    else:
        plan = plan_merge(workspace, head.oid, tip)
        files, clashes = dict(plan.files), plan.clashes
    clashes += tuple(
        Clash(path=path, conflicts=(), reason=blocked[path].reason) for path in files if path in blocked
    )
    if clashes:
        return (), clashes, None
    titles = [shown_title(data, path) for path, data in files.items()]
    if not titles:
        subject = render_subject("sync", "what you have decided already")
    elif len(titles) == 1:
        subject = render_subject("sync", titles[0])
    else:
        subject = f"sync: {len(titles)} tracklists"
    trailers = {"Tlgit-Action": "sync", "Tlgit-Source": "1001tracklists", "Tlgit-Upstream": tip}
    body = "" if len(titles) == 1 else "\n".join(titles)
    commit = land(workspace, head, files, tip, render_message(subject, trailers, body))
    return tuple(files), (), commit
