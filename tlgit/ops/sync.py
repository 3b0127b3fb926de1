"""From an observation to the user's branch: diff against `upstream`, guards, merge, render.

What is safe and free of conflict lands at once; the fields in conflict stay behind on `review/<tracklist>`. A merge
commit that keeps "ours" marks upstream's change as seen for ever, so nothing undecided ever enters `upstream`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Final

from tlgit.errors import BusyError
from tlgit.files.atomic import FileChangedError
from tlgit.git.references import RefMovedError
from tlgit.ops.accept import acceptable
from tlgit.ops.edits import Deferred, commit_edits, describe
from tlgit.ops.integrate import Clash, base_text, land, plan_merge
from tlgit.ops.message import render_message
from tlgit.ops.naming import new_path
from tlgit.ops.recover import recover
from tlgit.ops.render import RenderReport, render_lists
from tlgit.ops.workspace import REVIEW, UPSTREAM, ListFile, Workspace
from tlgit.sources.guard import GuardFinding, check_update, merge_export
from tlgit.tracklist.schema import parse_tracklist
from tlgit.tracklist.text import parse_document
from tlgit.tracklist.write import render_tracklist

if TYPE_CHECKING:
    from tlgit.merge.merge import Conflict
    from tlgit.sources.snapshot import Snapshot
    from tlgit.tracklist.model import Tracklist

TRIES: Final = 5
"""How often a merge is planned anew when somebody commits or saves in the middle."""


class Outcome(Enum):
    """What became of one observation."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    HELD = "held"
    """A guard found it suspicious; nothing was written."""
    REVIEW = "review"
    """What is free of conflict landed; the rest waits on a review branch."""
    DEFERRED = "deferred"
    """The user's file is not in a state in which it can be merged; nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one observation, for people and programs."""

    outcome: Outcome
    title: str
    path: str | None
    changes: str = ""
    """What the source changed, in a few words."""
    findings: tuple[GuardFinding, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    review: str | None = None
    """The branch on which the conflicts wait."""
    reason: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What one run did."""

    taken: tuple[Taken, ...] = ()
    edits: tuple[str, ...] = ()
    """Hand edits that became a version."""
    deferred: tuple[Deferred, ...] = ()
    merged: tuple[str, ...] = ()
    """Paths that a merge of `upstream` changed."""
    clashes: tuple[Clash, ...] = ()
    recovered: tuple[str, ...] = ()
    reviews: tuple[str, ...] = ()
    """Review branches that wait for the user."""
    rendered: RenderReport = field(default_factory=RenderReport)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left for the user to decide or mend."""
        held = any(t.outcome in {Outcome.HELD, Outcome.REVIEW, Outcome.DEFERRED} for t in self.taken)
        return not (held or self.deferred or self.clashes or self.reviews or self.rendered.failures)


def sync(workspace: Workspace, snapshots: tuple[Snapshot, ...] = (), *, force: bool = False) -> SyncReport:
    """Commit the hand edits, take these observations, merge `upstream`, render. A repeat changes nothing."""
    with workspace.locked("tlgit sync"):
        recovered = recover(workspace)
        workspace.repository.require_ready()
        edits = commit_edits(workspace)
        blocked = {deferred.path: deferred for deferred in edits.deferred}
        taken = tuple(_take(workspace, snapshot, blocked, force=force) for snapshot in snapshots)
        merged, clashes = merge_upstream(workspace, blocked)
        reviews = tuple(ref.removeprefix("refs/heads/") for ref in workspace.repository.refs(REVIEW))
        rendered = render_lists(workspace)
    return SyncReport(
        taken=taken,
        edits=edits.committed,
        deferred=edits.deferred,
        merged=merged,
        clashes=clashes,
        recovered=recovered,
        reviews=reviews,
        rendered=rendered,
    )


def _take(workspace: Workspace, snapshot: Snapshot, blocked: dict[str, Deferred], *, force: bool) -> Taken:
    """Bring one observation onto `upstream`, as far as it can be accepted."""
    state, title = workspace.state, snapshot.tracklist.title
    observer = _Observer(workspace, snapshot)
    if observer.mine is not None and observer.mine.path in blocked:
        why = blocked[observer.mine.path].reason
        result = Taken(outcome=Outcome.DEFERRED, title=title, path=observer.mine.path, reason=why)
    else:
        result = observer.take(force=force)
    result = replace(result, warnings=snapshot.warnings)
    if snapshot.list_id is not None:
        state.observe(
            snapshot.list_id,
            fingerprint=snapshot.fingerprint,
            road=snapshot.road,
            captured=snapshot.captured,
            outcome=result.outcome.value,
        )
    if result.outcome is not Outcome.UNCHANGED:
        detail = {"source": snapshot.url, "changes": result.changes, "reason": result.reason}
        state.record_event(f"sync.{result.outcome.value}", result.path, **detail)
    return result


class _Observer:
    """One observation beside what `upstream` and the user's branch hold of the same list."""

    def __init__(self, workspace: Workspace, snapshot: Snapshot) -> None:
        self.workspace = workspace
        self.snapshot = snapshot
        self.repository = workspace.repository
        self.tip = self.repository.ref(UPSTREAM)
        self.head = self.repository.head().oid
        ids = frozenset(one for one in (snapshot.list_id, *snapshot.aliases) if one)
        self.before = workspace.find_by_id(self.tip, ids)
        if self.before is not None:
            # A list is known by every id that it ever had.
            known = parse_tracklist(self.repository.blob(self.before.oid), self.before.path)
            ids |= frozenset(known.aliases)
        self.ids = ids
        self.mine = workspace.find_by_id(self.head, ids)

    def take(self, *, force: bool) -> Taken:
        title = self.snapshot.tracklist.title
        before, old = self.before, None
        if before is not None:
            old = parse_tracklist(self.repository.blob(before.oid), before.path)
            findings = check_update(old, self.snapshot, self.ids)
            if findings and not force:
                path = self.mine.path if self.mine else before.path
                return Taken(outcome=Outcome.HELD, title=title, path=path, findings=findings)
        new = self.said(old)
        text = render_tracklist(new)
        if before is not None and text.encode() == self.repository.blob(before.oid):
            dropped = self.drop_review(before.path)
            path = self.mine.path if self.mine else before.path
            outcome = Outcome.UPDATED if dropped else Outcome.UNCHANGED
            return Taken(outcome=outcome, title=title, path=path, changes="as accepted" if dropped else "")
        return self.land_accepted(old, new, text)

    def said(self, old: Tracklist | None) -> Tracklist:
        """What the source says now; a weak source leaves alone what it cannot know."""
        said = self.snapshot.tracklist
        if old is None:
            return said
        if self.snapshot.road == "export":
            return merge_export(old, said)
        aliases = tuple(dict.fromkeys((*old.aliases, *said.aliases)))
        return replace(said, aliases=aliases, source=old.source or said.source)

    def land_accepted(self, old: Tracklist | None, new: Tracklist, text: str) -> Taken:
        """Commit to `upstream` what merges with the user's version; the rest goes to a review branch."""
        path = self.before.path if self.before else self.mine.path if self.mine else self.free_path(new)
        shown = self.mine.path if self.mine else path
        accepted: Tracklist | None = new
        conflicts: tuple[Conflict, ...] = ()
        if self.mine is not None:
            accepted, conflicts = acceptable(self.base(path), self.my_text(self.mine), old, new)
        text_accepted = render_tracklist(accepted) if accepted is not None else None
        old_bytes = self.repository.blob(self.before.oid) if self.before else None
        changes = describe(old_bytes, parse_document(text))
        tip = self.tip
        if text_accepted is not None and text_accepted.encode() != old_bytes:
            tip = self.commit_upstream(path, text_accepted)
        if conflicts:
            review = self.commit_review(path, text, tip, changes)
            return Taken(
                outcome=Outcome.REVIEW,
                title=new.title,
                path=shown,
                changes=changes,
                conflicts=conflicts,
                review=review,
            )
        self.drop_review(path)
        outcome = Outcome.UPDATED if self.before or self.mine else Outcome.ADDED
        return Taken(outcome=outcome, title=new.title, path=shown, changes=changes)

    def base(self, path: str) -> str | None:
        if self.head is None or self.tip is None:
            return None
        return base_text(self.workspace, self.head, self.tip, path)

    def my_text(self, mine: ListFile) -> str:
        return self.repository.blob(mine.oid).decode("utf-8", "replace")

    def free_path(self, new: Tracklist) -> str:
        taken = {*self.workspace.lists(self.head), *self.workspace.lists(self.tip)}
        taken |= set(self.repository.path_status())
        return new_path(self.workspace.config, new, taken, self.snapshot.list_id)

    def trailers(self, action: str) -> dict[str, str | None]:
        snapshot = self.snapshot
        return {
            "Tlgit-Action": action,
            "Tlgit-Source": "1001tracklists",
            "Tlgit-Tracklist": snapshot.list_id,
            "Tlgit-Road": snapshot.road,
            "Tlgit-Edited": snapshot.last_edit,
            "Tlgit-Parser": str(snapshot.parser_version),
        }

    def commit_upstream(self, path: str, text: str) -> str:
        """One commit on `upstream` for this list and change."""
        repository = self.repository
        new = text.encode()
        old = repository.blob(self.before.oid) if self.before else None
        action = "import" if old is None else "update"
        title = parse_tracklist(new).title
        subject = f"{action}: {title[:60]}: {describe(old, parse_document(text))}"
        tree = repository.write_tree(self.tip, {path: repository.write_blob(new)})
        parents = (self.tip,) if self.tip else ()
        commit = repository.write_commit(tree, parents, render_message(subject, self.trailers(action)))
        with self.workspace.job("upstream", {"locks": [UPSTREAM]}):
            repository.move_ref(UPSTREAM, commit, self.tip, f"tlgit: {action}")
        return commit

    def review_ref(self, path: str) -> str:
        folder = next((f for f in self.workspace.config.folders if f and path.startswith(f"{f}/")), "")
        return REVIEW + path.removeprefix(f"{folder}/").rsplit(".", 1)[0]

    def commit_review(self, path: str, text: str, tip: str | None, changes: str) -> str:
        """One commit on top of `upstream` that holds all that the source says, the conflicts included."""
        repository, ref = self.repository, self.review_ref(path)
        blob = repository.write_blob(text.encode())
        tree = repository.write_tree(tip, {path: blob})
        standing = repository.ref(ref)
        if standing is None or repository.tree_of(standing) != tree or repository.parents_of(standing) != (tip,):
            message = render_message(f"review: {changes}", self.trailers("review"))
            commit = repository.write_commit(tree, (tip,) if tip else (), message)
            with self.workspace.job("review", {"locks": [ref]}):
                repository.move_ref(ref, commit, standing, "tlgit: waits for the user")
        return ref.removeprefix("refs/heads/")

    def drop_review(self, path: str) -> bool:
        """Remove the review branch of a list when nothing waits any more."""
        ref = self.review_ref(path)
        standing = self.repository.ref(ref)
        if standing is None:
            return False
        with self.workspace.job("review", {"locks": [ref]}):
            self.repository.delete_ref(ref, standing)
        return True


def merge_upstream(
    workspace: Workspace, blocked: dict[str, Deferred]
) -> tuple[tuple[str, ...], tuple[Clash, ...]]:
    """Merge `upstream` into the user's branch when all of it merges; gives the changed paths and what does not."""
    for attempt in range(1, TRIES + 1):
        try:
            return _merge_once(workspace, blocked)
        except (RefMovedError, FileChangedError):
            if attempt == TRIES:
                raise
            recover(workspace)
            commit_edits(workspace)
    raise BusyError("the branch does not hold still", hint="run the command again")  # pragma: no cover


def _merge_once(
    workspace: Workspace, blocked: dict[str, Deferred]
) -> tuple[tuple[str, ...], tuple[Clash, ...]]:
    repository = workspace.repository
    tip = repository.ref(UPSTREAM)
    head = repository.require_ready()
    if tip is None or head.ref == UPSTREAM or (head.oid and repository.is_ancestor(tip, head.oid)):
        return (), ()
    if head.oid is None:
        files = {path: repository.blob(file.oid) for path, file in workspace.lists(tip).items()}
        plan_clashes: tuple[Clash, ...] = ()
    else:
        plan = plan_merge(workspace, head.oid, tip)
        files, plan_clashes = dict(plan.files), plan.clashes
    plan_clashes += tuple(
        Clash(path=path, conflicts=(), reason=blocked[path].reason) for path in files if path in blocked
    )
    if plan_clashes:
        return (), plan_clashes
    titles = [parse_tracklist(data, path).title for path, data in files.items()]
    subject = f"sync: {titles[0]}" if len(titles) == 1 else f"sync: {len(titles)} tracklists"
    body = "" if len(titles) == 1 else "\n".join(titles)
    message = render_message(
        subject, {"Tlgit-Action": "sync", "Tlgit-Source": "1001tracklists", "Tlgit-Upstream": tip}, body
    )
    land(workspace, head, files, tip, message)
    return tuple(files), ()
