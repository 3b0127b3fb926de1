"""Bringing one observation onto `upstream`, as far as it merges with the user's version; the rest waits for review."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Final

from tlgit.errors import BusyError, DataError
from tlgit.git.references import RefMovedError
from tlgit.ops.accept import acceptable
from tlgit.ops.edits import describe
from tlgit.ops.failpoint import failpoint
from tlgit.ops.integrate import base_text
from tlgit.ops.message import render_message, render_subject
from tlgit.ops.naming import new_path
from tlgit.ops.review import drop_review, put_review, read_reviews, require_room, review_ref
from tlgit.ops.workspace import UPSTREAM, ListFile, Workspace
from tlgit.sources.address import list_id_of
from tlgit.sources.guard import GuardFinding, check_age, check_update, merge_export
from tlgit.tracklist.schema import parse_reading
from tlgit.tracklist.text import parse_document
from tlgit.tracklist.write import render_tracklist

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlgit.merge.decision import Decision
    from tlgit.ops.edits import Deferred
    from tlgit.sources.snapshot import Snapshot
    from tlgit.tracklist.model import Tracklist

TRIES: Final = 5
"""How often something is planned anew when somebody commits or saves in the middle."""


class Outcome(Enum):
    """What became of one observation."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DELETED = "deleted"
    """The user has deleted this list: it stays deleted, and nothing was written."""
    HELD = "held"
    """A guard found it suspicious; nothing was written."""
    REVIEW = "review"
    """What is free of conflict landed; the rest waits on a review branch."""
    DEFERRED = "deferred"
    """The user's file is not in a state in which it can be merged; nothing was written."""

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left for the user to do."""
        return self not in {Outcome.HELD, Outcome.REVIEW, Outcome.DEFERRED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one observation, for people and programs."""

    outcome: Outcome
    title: str
    path: str | None
    changes: str = ""
    """What the source changed, in a few words."""
    findings: tuple[GuardFinding, ...] = ()
    conflicts: tuple[Decision, ...] = ()
    review: str | None = None
    """The branch on which the conflicts wait."""
    reason: str | None = None
    hint: str | None = None
    warnings: tuple[str, ...] = ()


def take(workspace: Workspace, snapshot: Snapshot, blocked: Mapping[str, Deferred], *, force: bool) -> Taken:
    """Bring one observation onto `upstream`; `blocked` are the user's files that cannot be merged now."""
    for _ in range(TRIES):
        try:
            result = _Observer(workspace, snapshot).take(blocked, force=force)
        except RefMovedError:
            continue
        break
    else:
        raise BusyError("the branch 'upstream' does not hold still", hint="run the command again")
    result = replace(result, warnings=snapshot.warnings)
    if snapshot.list_id is not None:
        workspace.state.observe(
            snapshot.list_id,
            fingerprint=snapshot.fingerprint,
            road=snapshot.road,
            captured=snapshot.captured,
            outcome=result.outcome.value,
        )
    if result.outcome is not Outcome.UNCHANGED:
        detail = {"source": snapshot.url, "changes": result.changes, "reason": result.reason}
        workspace.state.record_event(f"sync.{result.outcome.value}", result.path, **detail)
    return result


class _Observer:
    """One observation beside what `upstream` and the user's branch hold of the same list."""

    def __init__(self, workspace: Workspace, snapshot: Snapshot) -> None:
        self.workspace = workspace
        self.snapshot = snapshot
        self.repository = workspace.repository
        self.title = snapshot.tracklist.title
        self.tip = self.repository.ref(UPSTREAM)
        self.head = self.repository.head().oid
        self.ids = frozenset(one for one in (snapshot.list_id, *snapshot.aliases) if one)
        self.before = workspace.find_by_id(self.tip, self.ids)

    @cached_property
    def old(self) -> Tracklist | None:
        """What the source said before. Raises DataError when that cannot be read."""
        if self.before is None:
            return None
        # Not `parse_tracklist`: a title about which nothing is decided yet is left out on `upstream`.
        return parse_reading(self.repository.blob(self.before.oid)).tracklist

    @cached_property
    def known_ids(self) -> frozenset[str]:
        """A list is known by every id that it ever had."""
        return self.ids if self.old is None else self.ids | frozenset(self.old.aliases)

    @cached_property
    def mine(self) -> ListFile | None:
        """The user's file: by the page's id, wherever it is now, else at the same path."""
        found = self.workspace.find_by_id(self.head, self.known_ids)
        if found is None and self.before is not None:
            return self.workspace.lists(self.head).get(self.before.path)
        return found

    @cached_property
    def shown_path(self) -> str | None:
        """The path by which the user knows the list."""
        found = self.mine or self.before
        return found.path if found else None

    def take(self, blocked: Mapping[str, Deferred], *, force: bool) -> Taken:
        if self.snapshot.list_id is None:
            return self.told(
                Outcome.HELD,
                reason="this export does not say which tracklist it belongs to",
                hint="name it with `--to LIST`",
            )
        try:
            if self.mine is not None and self.mine.path in blocked:
                why = blocked[self.mine.path]
                return self.told(Outcome.DEFERRED, reason=why.reason, hint=why.hint)
            return self.decide(force=force)
        except DataError as error:
            return self.told(Outcome.DEFERRED, reason=error.message, hint=error.hint)

    def told(self, outcome: Outcome, *, reason: str, hint: str | None) -> Taken:
        return Taken(outcome=outcome, title=self.title, path=self.shown_path, reason=reason, hint=hint)

    def decide(self, *, force: bool) -> Taken:
        if self.is_deleted():
            assert self.before is not None  # noqa: S101 - only what was there can be deleted
            path = self.before.path
            hint = f"`git restore --source=upstream -- {path}` brings it back"
            return self.told(Outcome.DELETED, reason="you have deleted this list", hint=hint)
        require_room(self.workspace)
        new = self.said()
        if self.old is not None and not force:
            findings = check_update(self.old, replace(self.snapshot, tracklist=new), self.known_ids)
            findings += check_age(self.edited_before(), self.snapshot)
            if findings:
                return Taken(outcome=Outcome.HELD, title=self.title, path=self.shown_path, findings=findings)
        text = render_tracklist(new)
        if self.before is not None and text.encode() == self.repository.blob(self.before.oid):
            is_settled = drop_review(self.workspace, review_ref(self.workspace, self.before.path))
            return Taken(
                outcome=Outcome.UPDATED if is_settled else Outcome.UNCHANGED,
                title=self.title,
                path=self.shown_path,
                changes="nothing waits any more" if is_settled else "",
            )
        return self.land_accepted(new, text)

    def edited_before(self) -> str | None:
        """When the page that was taken last had been edited, by its own word; None when nobody said."""
        if self.tip is None or self.before is None:
            return None
        output = self.repository.program.run(
            *("log", "--grep=^Tlgit-Edited: ", "-1", "--format=%(trailers:key=Tlgit-Edited,valueonly)"),
            *(self.tip, "--", self.before.path),
        )
        return output.text.strip() or None

    def is_deleted(self) -> bool:
        """Whether the user's branch once had this list, and has it no more."""
        if self.before is None or self.mine is not None or self.head is None or self.tip is None:
            return False
        bases = self.repository.merge_bases(self.head, self.tip)
        return any(self.before.path in self.workspace.lists(base) for base in bases)

    def said(self) -> Tracklist:
        """What the source says now; a weak source leaves alone what it cannot know."""
        said, old = self.snapshot.tracklist, self.old
        if old is None:
            # An address with the same id is the same page, however the user has written it.
            mine = None if self.mine is None else parse_reading(self.repository.blob(self.mine.oid)).tracklist
            is_same = mine is not None and mine.source is not None and list_id_of(mine.source) in self.ids
            return replace(said, source=mine.source) if mine is not None and is_same else said
        if self.snapshot.road == "export":
            return merge_export(old, said)
        aliases = tuple(dict.fromkeys((*old.aliases, *said.aliases)))
        return replace(said, aliases=aliases, source=old.source or said.source)

    def land_accepted(self, new: Tracklist, text: str) -> Taken:
        """Commit to `upstream` what merges with the user's version; the rest goes to a review branch."""
        path = self.shown_path if self.before is None else self.before.path
        path = path or self.free_path(new)
        accepted: Tracklist | None = new
        conflicts: tuple[Decision, ...] = ()
        if self.mine is not None:
            mine = self.repository.blob(self.mine.oid)
            parse_document(mine)  # what cannot be read cannot be merged: told, not written over
            base = base_text(self.workspace, self.head, self.tip, path)
            accepted, conflicts = acceptable(base, mine.decode(), self.old, new)
        old_bytes = self.repository.blob(self.before.oid) if self.before else None
        changes = describe(old_bytes, parse_document(text))
        tip = self.tip
        if accepted is not None:
            tip = commit_upstream(self.workspace, path, render_tracklist(accepted), tip, self.trailers())
        outcome = Outcome.UPDATED if self.before or self.mine else Outcome.ADDED
        review = None
        if conflicts:
            outcome = Outcome.REVIEW
            trailers = self.trailers() | {"Tlgit-Action": "review"}
            landed = self.repository.blob_at(tip, path) if tip else None
            waiting = describe(None if landed is None else landed[1], parse_document(text))
            review = put_review(self.workspace, path, text, tip=tip, changes=waiting, trailers=trailers)
        else:
            drop_review(self.workspace, review_ref(self.workspace, path))
        return Taken(
            outcome=outcome,
            title=self.title,
            path=self.shown_path or path,
            changes=changes,
            conflicts=conflicts,
            review=review,
        )

    def free_path(self, new: Tracklist) -> str:
        """A path that neither branch uses, and at which no file stands, known to git or not."""
        taken = {*self.workspace.lists(self.head), *self.workspace.lists(self.tip)}
        while True:
            path = new_path(self.workspace.config, new, taken, self.snapshot.list_id)
            if not os.path.lexists(self.workspace.root / path):
                return path
            taken.add(path)

    def trailers(self) -> dict[str, str | None]:
        snapshot = self.snapshot
        return {
            "Tlgit-Action": "import" if self.before is None else "update",
            "Tlgit-Source": "1001tracklists",
            "Tlgit-Tracklist": snapshot.list_id,
            "Tlgit-Road": snapshot.road,
            "Tlgit-Edited": snapshot.last_edit,
            "Tlgit-Parser": str(snapshot.parser_version),
        }


def commit_upstream(
    workspace: Workspace, path: str, text: str, tip: str | None, trailers: Mapping[str, str | None]
) -> str:
    """One commit on `upstream` for this list and change, and its id; the same text again makes none."""
    repository = workspace.repository
    found = repository.blob_at(tip, path) if tip else None
    new, old = text.encode(), None if found is None else found[1]
    if tip is not None and new == old:
        return tip
    action = trailers["Tlgit-Action"] or "update"
    document = parse_document(new)
    title = str(document.value.get("title") or path)
    subject = render_subject(action, title, describe(old, document))
    tree = repository.write_tree(tip, {path: repository.write_blob(new)})
    commit = repository.write_commit(tree, (tip,) if tip else (), render_message(subject, trailers))
    with workspace.job("upstream", {"locks": [UPSTREAM]}):
        failpoint("upstream-ref")
        repository.move_ref(UPSTREAM, commit, tip, f"tlgit: {action}")
        failpoint("upstream-moved")
    return commit


def settle_reviews(workspace: Workspace) -> tuple[str, ...]:
    """Let go of every review in which nothing is open any more, because the user's edits agree; gives the branches."""
    repository = workspace.repository
    settled = []
    for review in read_reviews(workspace):
        tip, head = repository.ref(UPSTREAM), repository.head().oid
        parents = repository.parents_of(review.commit)
        if tip is None or head is None or review.list_id is None or not parents:
            continue
        before, waiting = repository.blob_at(tip, review.path), repository.blob_at(review.commit, review.path)
        mine = workspace.find_by_id(head, frozenset({review.list_id}))
        if before is None or waiting is None or mine is None:
            continue
        if repository.blob_at(parents[0], review.path) != before:
            continue  # `upstream` has moved on in this list: the next page decides
        try:
            old, new = (parse_reading(data).tracklist for _, data in (before, waiting))
            text = repository.blob(mine.oid).decode()
            _, conflicts = acceptable(base_text(workspace, head, tip, review.path), text, old, new)
        except (DataError, UnicodeDecodeError):
            continue  # told where the file itself is looked at
        if conflicts:
            continue
        trailers = {
            "Tlgit-Action": "resolve",
            "Tlgit-Source": "1001tracklists",
            "Tlgit-Tracklist": review.list_id,
        }
        commit_upstream(workspace, review.path, waiting[1].decode(), tip, trailers)
        drop_review(workspace, review.ref)
        settled.append(review.branch)
    return tuple(settled)
