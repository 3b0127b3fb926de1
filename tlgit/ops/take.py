"""Bringing one observation onto `upstream`, as far as it merges with the user's version; the rest waits for review."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Final

from tlgit.errors import BusyError, DataError
from tlgit.git.references import RefMovedError
from tlgit.merge.confidence import EXPORT, PAGE, value_confidence
from tlgit.merge.diff import content_of
from tlgit.merge.evidence import Seen
from tlgit.ops.accept import Accepted, Doubts, accept, no_evidence
from tlgit.ops.edits import describe
from tlgit.ops.integrate import read_user
from tlgit.ops.naming import new_path
from tlgit.ops.parts import Version
from tlgit.ops.review import drop_review, find_review, put_review, require_room, review_ref, waiting_update
from tlgit.ops.upstream import commit_upstream
from tlgit.ops.workspace import UPSTREAM, ListFile, Workspace
from tlgit.sources.address import list_id_of
from tlgit.sources.doubt import best_of, count_flips
from tlgit.sources.guard import GuardFinding, check_age, check_update, merge_export
from tlgit.tracklist.schema import parse_reading
from tlgit.tracklist.text import parse_document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tlgit.merge.confidence import Rating
    from tlgit.merge.decision import Decision
    from tlgit.merge.diff import Content
    from tlgit.ops.edits import Deferred
    from tlgit.sources.snapshot import Snapshot
    from tlgit.tracklist.model import Tracklist

TRIES: Final = 5
"""How often something is planned anew when somebody commits or saves in the middle."""
LATELY: Final = 90 * 24 * 3600
"""Seconds back to which the fullest version counts, so that small losses add up."""
VERSIONS: Final = 50
"""At most so many versions are read for it."""
QUARREL: Final = 30 * 24 * 3600
"""Seconds within which a page that goes back and forth is one quarrel."""


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
    """What is sure and free of conflict landed; the rest waits on a review branch."""
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
    """Why nothing was written (a guard of level `refuse`), or why all of it waits (`doubt`)."""
    conflicts: tuple[Decision, ...] = ()
    doubtful: tuple[Rating, ...] = ()
    """Changes that are not sure enough."""
    review: str | None = None
    """The branch on which the conflicts and the doubtful changes wait."""
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
    def version(self) -> Version | None:
        """What the source said before. Raises DataError when that cannot be read."""
        return None if self.before is None else Version.read(self.repository.blob(self.before.oid))

    @property
    def old(self) -> Tracklist | None:
        """The same, typed."""
        return None if self.version is None else self.version.tracklist

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
        said = Version(new)
        if self.before is not None and self.version is not None and said.text == self.version.text:
            is_settled = drop_review(self.workspace, review_ref(self.workspace, self.before.path))
            return Taken(
                outcome=Outcome.UPDATED if is_settled else Outcome.UNCHANGED,
                title=self.title,
                path=self.shown_path,
                changes="nothing waits any more" if is_settled else "",
            )
        return self.land_accepted(said, force=force)

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

    def land_accepted(self, said: Version, *, force: bool) -> Taken:
        """Commit to `upstream` what is sure and merges with the user's version; the rest goes to a review branch."""
        path = self.shown_path if self.before is None else self.before.path
        path = path or self.free_path(said.tracklist)
        user = read_user(self.workspace, path, self.mine, self.tip, self.trailers())
        doubts = Doubts(
            threshold=self.workspace.config.threshold,
            source=EXPORT if self.snapshot.road == "export" else PAGE,
            is_forced=force,
            evidence=self.evidence(path),
            best=lambda: self.best(path),
            flips=self.flips(),
        )
        accepted = accept(self.version, said, user, doubts)
        old_bytes = self.repository.blob(self.before.oid) if self.before else None
        tip = self.tip
        if accepted.version is not None:
            sure = value_confidence(doubts.source) if self.old is None else accepted.confidence
            tip = commit_upstream(self.workspace, path, accepted.version.text, tip, self.trailers(sure))
        outcome = Outcome.UPDATED if self.before or self.mine else Outcome.ADDED
        review = None
        if accepted.is_whole:
            drop_review(self.workspace, review_ref(self.workspace, path))
        else:
            outcome = Outcome.REVIEW
            review = self.hold(path, said.text, tip, accepted)
        return Taken(
            outcome=outcome,
            title=self.title,
            path=self.shown_path or path,
            changes=describe(old_bytes, said.document),
            conflicts=accepted.conflicts,
            doubtful=accepted.doubtful,
            findings=accepted.findings,
            review=review,
        )

    def hold(self, path: str, text: str, tip: str | None, accepted: Accepted) -> str:
        """Let what was not accepted wait; gives the branch."""
        kinds = dict.fromkeys(finding.kind.value for finding in accepted.findings)
        trailers = self.trailers(accepted.waiting_confidence) | {
            "Tlgit-Action": "review",
            "Tlgit-Doubt": ", ".join(kinds),
        }
        body = "\n".join(finding.sentence for finding in accepted.findings)
        return put_review(self.workspace, path, text, tip=tip, trailers=trailers, body=body)

    def evidence(self, path: str) -> Callable[[str], Seen]:
        """What waits has been said before: since when, by the clock of whoever served this page."""
        review, captured = (
            find_review(self.workspace, review_ref(self.workspace, path)),
            self.snapshot.captured,
        )
        known = None if review is None or captured is None else waiting_update(self.workspace, review)
        if known is None or review is None or captured is None:
            return no_evidence
        seen = Seen(2, max(0, captured - review.since))
        marks = known.marks
        return lambda mark: seen if mark in marks else Seen()

    def best(self, path: str) -> Content | None:
        """The fullest of the versions that the page has had of late, back to the user's last decision."""
        if self.tip is None:
            return None
        since = self.workspace.now() // 1000 - LATELY
        lines = self.repository.program.run(
            *("log", f"--since=@{since}", f"--max-count={VERSIONS}"),
            *("--format=%H %(trailers:key=Tlgit-Action,valueonly,separator=%x20)", self.tip, "--", path),
        ).text
        versions = []
        for line in lines.splitlines():
            commit, _, action = line.partition(" ")
            found = self.repository.blob_at(commit, path)
            if found is not None:
                versions.append(content_of(parse_document(found[1])))
            if action == "resolve":
                break
        return best_of(reversed(versions))

    def flips(self) -> int:
        """How often the page went back to what it had said before, this time included."""
        now, road, list_id = self.workspace.now(), self.snapshot.road, self.snapshot.list_id
        seen = self.workspace.state.observations(list_id) if list_id is not None else ()
        recent = [o.fingerprint for o in seen if o.road == road and now - o.seen_at <= QUARREL * 1000]
        return count_flips([*reversed(recent), self.snapshot.fingerprint])

    def free_path(self, new: Tracklist) -> str:
        """A path that neither branch uses, and at which no file stands, known to git or not."""
        taken = {*self.workspace.lists(self.head), *self.workspace.lists(self.tip)}
        while True:
            path = new_path(self.workspace.config, new, taken, self.snapshot.list_id)
            if not os.path.lexists(self.workspace.root / path):
                return path
            taken.add(path)

    def trailers(self, confidence: float | None = None) -> dict[str, str | None]:
        snapshot = self.snapshot
        return {
            "Tlgit-Action": "import" if self.before is None else "update",
            "Tlgit-Source": "1001tracklists",
            "Tlgit-Tracklist": snapshot.list_id,
            "Tlgit-Road": snapshot.road,
            "Tlgit-Edited": snapshot.last_edit,
            "Tlgit-Parser": str(snapshot.parser_version),
            "Tlgit-Confidence": None if confidence is None else f"{confidence:g}",
        }
