"""How much of what a source says can land now: what is sure enough, and merges with the user's version.

Everything else stays what `upstream` held before, field by field, so that nothing enters it undecided.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from tlgit.merge.confidence import DEFAULT_THRESHOLD, PAGE, confidence_of, rate
from tlgit.merge.diff import EMPTY, ChangeKind, Content, content_of, diff
from tlgit.merge.evidence import Seen
from tlgit.merge.merge import MergeResult, merge
from tlgit.merge.policy import Policies
from tlgit.ops.parts import Part, Update, Version, rows_between, type_content
from tlgit.sources.doubt import check_doubt
from tlgit.tracklist.text import parse_document

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from tlgit.merge.confidence import Rating, Source
    from tlgit.merge.decide import Origins
    from tlgit.merge.decision import Choice, Decision
    from tlgit.merge.diff import Change
    from tlgit.sources.guard import GuardFinding
    from tlgit.tracklist.model import Tracklist

ROUNDS: Final = 8
"""Taking one part out can uncover another conflict; after this many rounds the whole update waits."""


@dataclass(frozen=True, kw_only=True)
class User:
    """The user's version of a list, and how it merges with another one."""

    base: str | None
    """The text from which both come."""
    text: str | None
    """None where the user has no such list (yet): everything merges with that."""
    policies: Policies = Policies()  # noqa: RUF009 - a tuple, never changed
    origins: Callable[[str], Origins | None] | None = None
    """Gives the origins of both sides' values for a text that is to be merged."""

    @cached_property
    def content(self) -> Content:
        """The values of the user's version."""
        return EMPTY if self.text is None else content_of(parse_document(self.text))

    def merge(self, theirs: str, choices: Mapping[str, Choice] | None = None) -> MergeResult:
        """Merge a version of the source; raises DataError when the sides cannot be read, or are different lists."""
        if self.text is None:
            return MergeResult(theirs, ())
        origins = self.origins(theirs) if self.origins is not None and self.policies.rules else None
        return merge(
            self.base, self.text, theirs, policies=self.policies, origins=origins, choices=choices or {}
        )


def no_evidence(_mark: str) -> Seen:
    """Everything is said for the first time."""
    return Seen()


@dataclass(frozen=True, kw_only=True)
class Doubts:
    """What decides how much is sure."""

    threshold: float = DEFAULT_THRESHOLD
    source: Source = PAGE
    is_forced: bool = False
    """Take what is doubtful too; conflicts stay."""
    evidence: Callable[[str], Seen] = no_evidence
    """How often, and for how long, the source has said the same; asked by the part's mark."""
    best: Callable[[], Content | None] = lambda: None
    """Gives the fullest version of late; asked only when something gets lost."""
    flips: int = 0


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """What can land of an update, and what has to wait."""

    version: Version | None
    """What `upstream` can hold; None: nothing can be accepted at all."""
    update: Update
    out: frozenset[Part]
    """The parts that wait."""
    conflicts: tuple[Decision, ...] = ()
    """Conflicts of the whole update with the user's version."""
    doubtful: tuple[Rating, ...] = ()
    """What is not sure enough."""
    findings: tuple[GuardFinding, ...] = ()
    """Why all of it is in doubt."""
    confidence: float = 1.0
    """How sure what lands is: as its least sure part."""
    waiting_confidence: float = 1.0
    """The same of what waits."""

    @property
    def tracklist(self) -> Tracklist | None:
        """The same, typed."""
        return None if self.version is None else self.version.tracklist

    @property
    def is_whole(self) -> bool:
        """Whether nothing waits."""
        return not (self.out or self.conflicts)


def accept(before: Version | None, new: Version, user: User, doubts: Doubts) -> Accepted:
    """Split what a source says now into what can land and what waits.

    `before` is what `upstream` holds. Raises DataError when the sides cannot be read, or are different lists.
    """
    update = Update.of(before, new)
    ratings, findings, unsure = _doubtful(update, user, doubts)
    conflicts = user.merge(new.text).conflicts
    rows = rows_between(user.base, update.before) if conflicts or unsure else {}
    out = update.together({*unsure, *(part for one in conflicts for part in update.find(one, rows))})
    found = _clean_part(before, new, user, update, out, rows) if out or conflicts else (new, out)
    accepted, out = found
    waiting = [one for part, one in ratings.items() if part in out]
    return Accepted(
        version=accepted,
        update=update,
        out=out,
        conflicts=conflicts,
        doubtful=tuple(one for part, one in ratings.items() if part in unsure),
        findings=findings,
        confidence=confidence_of([one for part, one in ratings.items() if part not in out]),
        waiting_confidence=confidence_of(waiting),
    )


def _clean_part(  # noqa: PLR0917 - what `accept` knows already
    before: Version | None,
    new: Version,
    user: User,
    update: Update,
    out: frozenset[Part],
    rows: Mapping[int, int],
) -> tuple[Version | None, frozenset[Part]]:
    """The largest part beside `out` that merges, and what is out then."""
    for _ in range(ROUNDS):
        candidate = Version(type_content(update.take(out))) if out else new
        left = user.merge(candidate.text).conflicts
        if not left:
            return candidate, out
        more = update.together({*out, *(part for one in left for part in update.find(one, rows))})
        if more == out and any(one.reason in {"moved", "unsure"} for one in left):
            kinds = (ChangeKind.MOVED, ChangeKind.ADDED, ChangeKind.REMOVED)
            more = update.together({*out, *update.of_kinds(*kinds)})
        if more == out:
            break
        out = more
    return before, frozenset(update.parts)


def _doubtful(
    update: Update, user: User, doubts: Doubts
) -> tuple[Mapping[Part, Rating], tuple[GuardFinding, ...], frozenset[Part]]:
    """Every part's rating, what is in doubt about the whole, and the parts that are not sure enough.

    A list's first page contradicts nothing, and what the user has written just so is no question any more.
    """
    if update.before is None or not update.changes:
        return {}, (), frozenset()
    ratings = rate_parts(update, user.content, doubts)
    if doubts.is_forced:
        return ratings, (), frozenset()
    low = frozenset(part for part, one in ratings.items() if one.value < doubts.threshold)
    loses = bool(low) or bool(update.of_kinds(ChangeKind.REMOVED))
    findings = check_doubt(
        update.before,
        update.said,
        update.diff,
        edited=edited_rows(update.before, user.content),
        best=doubts.best() if loses else None,
        flips=doubts.flips,
    )
    unsure = frozenset(update.parts) if findings else low
    unsure -= agreed_parts(update, user) if unsure else frozenset()
    return ratings, findings if unsure else (), unsure


def rate_parts(update: Update, mine: Content, doubts: Doubts) -> dict[Part, Rating]:
    """How sure each part is, in the light of what the user has worked on."""
    before = update.before or EMPTY
    numbers = {id(change): n for n, change in enumerate(update.changes)}

    def seen(change: Change, key: str) -> Seen:
        return doubts.evidence(update.mark(Part(numbers[id(change)], key)))

    edited = edited_rows(before, mine)
    ratings = rate(update.diff, before, update.said, doubts.source, seen, edited=edited)
    return {Part(numbers[id(one.change)], one.key): one for one in ratings}


def edited_rows(before: Content, mine: Content) -> frozenset[int]:
    """The rows that the user has worked on since the source said them."""
    kinds = {ChangeKind.CHANGED, ChangeKind.NAMED, ChangeKind.MOVED}
    if mine is EMPTY:
        return frozenset()
    changes = diff(before, mine).changes
    return frozenset(one.before for one in changes if one.kind in kinds and one.before is not None)


def agreed_parts(update: Update, user: User) -> frozenset[Part]:
    """The parts that the user's version has already, just as the source says them."""
    if user.text is None:
        return frozenset()
    apart = diff(user.content, update.said)
    paired = {after for before, after in apart.order if before is not None}
    differing: set[tuple[int | None, str]] = set()
    for change in apart.changes:
        places = change.rows if change.kind is ChangeKind.SHIFTED else (change.after,)
        keys = change.fields or ("",)
        differing |= {(place, key) for place in places for key in keys}
    kept: Collection[int | None] = ()
    if update.of_kinds(ChangeKind.REMOVED):
        kept = {before for before, _ in diff(update.before, user.content).order}
    return frozenset(part for part in update.parts if _is_agreed(update, part, paired, differing, kept))


def _is_agreed(
    update: Update,
    part: Part,
    paired: Collection[int],
    differing: Collection[tuple[int | None, str]],
    kept: Collection[int | None],
) -> bool:
    change = update.changes[part.change]
    match change.kind:
        case ChangeKind.LIST:
            return (None, part.key) not in differing
        case ChangeKind.REMOVED:
            return change.before not in kept
        case ChangeKind.SHIFTED:
            return all(row in paired and (row, "start") not in differing for row in change.rows)
        case ChangeKind.ADDED:
            return change.after in paired and not any(
                (change.after, key) in differing for key in change.fields
            )
        case _:
            return change.after in paired and (change.after, part.key) not in differing
