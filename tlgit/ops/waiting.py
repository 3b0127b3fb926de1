"""What waits on a review branch, item by item: the user's value, the proposed one, how sure it is, what to do."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from tlgit.errors import DataError
from tlgit.merge.confidence import EXPORT, PAGE, Rating
from tlgit.merge.diff import EMPTY, ChangeKind, diff
from tlgit.merge.names import track_name
from tlgit.merge.nature import Nature
from tlgit.ops.accept import Doubts, User, agreed_parts, rate_parts
from tlgit.ops.integrate import read_user
from tlgit.ops.message import parse_message
from tlgit.ops.parts import Part, Update, Version, canonical, rows_between
from tlgit.ops.review import Review, read_reviews
from tlgit.ops.workspace import UPSTREAM, ListFile
from tlgit.sources.guard import GuardFinding, GuardKind, GuardLevel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tlgit.merge.decision import Decision
    from tlgit.merge.diff import Change
    from tlgit.ops.workspace import Workspace
    from tlgit.tracklist.fields import Value

Reason: TypeAlias = Literal["changed", "deleted", "moved", "unsure", "doubtful"]
"""Why an item waits: a conflict of this kind, or a change that is not sure enough."""

SURE: Final = 0.8
"""Above this the proposed value is recommended, and a recommendation may be followed without looking."""
_BETTER: Final = frozenset(
    {Nature.FILLED, Nature.NAMED, Nature.SPELLED, Nature.TYPO, Nature.MIX_ADDED, Nature.MORE}
)
"""What the user wrote is only told better: nothing of it is contradicted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that waits for a decision."""

    id: str
    """12 hex digits, the same in every run for the same question."""
    path: str
    """`title`, `tracks[3].title`, `tracks[3]` (a whole track) or `tracks.start` (a shift of all starts); counted from 1
    in the user's file where the track is there."""
    name: str
    """The track in words, empty for a field of the list."""
    key: str
    """The field, empty for a whole track."""
    reason: Reason
    words: str = ""
    """What happens to a whole track."""
    current: Value | None
    """The value in the user's file."""
    proposed: Value | None
    base: Value | None
    rating: Rating | None
    """How sure the source's change is; None where it is not told apart."""
    decision: Decision | None
    """The conflict behind it; None for a doubtful change that conflicts with nothing."""
    recommended: Literal["ours", "theirs"]
    is_automatic: bool
    """Whether the recommendation is sure enough to be taken without looking."""

    @property
    def is_whole(self) -> bool:
        """Whether it is about a whole track (or all starts), so that no value of one's own can take its place."""
        return not self.key or self.path == "tracks.start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A review, read."""

    review: Review
    path: str
    """The user's file."""
    since: int
    """Since when exactly this waits, in seconds since 1970."""
    items: tuple[Item, ...]
    findings: tuple[GuardFinding, ...] = ()
    """Why the whole is in doubt."""

    @property
    def confidence(self) -> float | None:
        """How sure the least sure item is; None where nothing was rated."""
        return min((item.rating.value for item in self.items if item.rating is not None), default=None)


def read_waiting(workspace: Workspace, review: Review) -> Waiting:
    """Read what waits on a review branch. Raises DataError when a side of it cannot be read."""
    return open_review(workspace, review).waiting


def read_all_waiting(
    workspace: Workspace,
) -> tuple[tuple[Waiting, ...], tuple[tuple[Review, DataError], ...]]:
    """All that waits, and the reviews that cannot be read, each with the reason."""
    waiting, unreadable = [], []
    for review in read_reviews(workspace):
        try:
            waiting.append(read_waiting(workspace, review))
        except DataError as error:
            unreadable.append((review, error))
    return tuple(waiting), tuple(unreadable)


@dataclass(frozen=True, kw_only=True)
class OpenReview:
    """A review with all that is needed to decide it."""

    review: Review
    mine: ListFile | None
    """The user's file."""
    user: User
    said: Version
    """All that the source says, as the review holds it."""
    oid: str
    """The id of that blob: what a decision is about, in every clone."""
    update: Update
    findings: tuple[GuardFinding, ...]
    source_doubts: Doubts

    @cached_property
    def rows(self) -> Mapping[int, int]:
        """The places in `upstream` of the rows of the merge base."""
        return rows_between(self.user.base, self.update.before)

    @cached_property
    def agreed(self) -> frozenset[Part]:
        """What the user's file has already: no question, it goes with any decision."""
        return agreed_parts(self.update, self.user)

    @cached_property
    def items(self) -> Mapping[str, tuple[Item, tuple[Part, ...]]]:
        """The items by id, each with its parts, in the order of the list."""
        return _Reader(self).items()

    @property
    def waiting(self) -> Waiting:
        """For people and programs."""
        return Waiting(
            review=self.review,
            path=self.mine.path if self.mine else self.review.path,
            since=self.review.since,
            items=tuple(item for item, _ in self.items.values()),
            findings=self.findings,
        )


def open_review(workspace: Workspace, review: Review) -> OpenReview:
    """Read a review. Raises DataError when a side of it cannot be read, or they are different lists."""
    repository = workspace.repository
    tip, head = repository.ref(UPSTREAM), repository.head().oid
    before = repository.blob_at(tip, review.path) if tip else None
    found = repository.blob_at(review.commit, review.path)
    if found is None:
        raise DataError(f"{review.branch} holds no tracklist any more")
    trailers, body = parse_message(repository.message_of(review.commit))
    said = Version.read(found[1])
    old = None if before is None else Version.read(before[1])
    ids = frozenset() if review.list_id is None else frozenset({review.list_id, *said.tracklist.aliases})
    mine = workspace.find_by_id(head, ids) or workspace.lists(head).get(review.path)
    return OpenReview(
        review=review,
        mine=mine,
        user=read_user(workspace, review.path, mine, tip, trailers),
        said=said,
        oid=found[0],
        update=Update.of(old, said),
        findings=_findings(trailers.get("Tlgit-Doubt") or "", body),
        source_doubts=Doubts(source=EXPORT if trailers.get("Tlgit-Road") == "export" else PAGE),
    )


def _findings(kinds: str, body: str) -> tuple[GuardFinding, ...]:
    """What the review's commit tells of the doubts about the whole."""
    known = {kind.value: kind for kind in GuardKind}
    names = [known[name] for name in kinds.split(", ") if name in known]
    lines = body.splitlines()
    names += names[-1:] * (len(lines) - len(names))
    return tuple(
        GuardFinding(kind, line, {}, GuardLevel.DOUBT) for kind, line in zip(names, lines, strict=False)
    )


class _Reader:
    """Makes the items of one review."""

    def __init__(self, opened: OpenReview) -> None:
        self.opened = opened
        self.update, self.user = opened.update, opened.user
        self.mine = opened.user.content
        self.ratings = rate_parts(self.update, self.mine, opened.source_doubts)
        apart = Update(before=self.mine, said=self.update.said)
        """What the file would have to change to agree with the source."""
        self.apart = apart
        self.needed = {
            (change.kind is ChangeKind.REMOVED, self._place(change), part.key): rating
            for part, rating in rate_parts(apart, EMPTY, opened.source_doubts).items()
            for change in (apart.changes[part.change],)
        }
        self.to_mine = {after: before for before, after in apart.diff.order if before is not None}
        self.kept: Mapping[int | None, int] = {}
        if self.update.before is not None:
            self.kept = dict(diff(self.update.before, self.mine).order)

    @staticmethod
    def _place(change: Change) -> int | None:
        return change.before if change.kind is ChangeKind.REMOVED else change.after

    def items(self) -> dict[str, tuple[Item, tuple[Part, ...]]]:
        """The conflicts, then what is doubtful beside them, in the order of the list."""
        found: list[tuple[Item, tuple[Part, ...]]] = []
        claimed: set[Part] = set()
        for conflict in self.user.merge(self.opened.said.text).conflicts:
            parts = tuple(p for p in self.update.find(conflict, self.opened.rows) if p not in claimed)
            claimed |= set(parts)
            found.append((self._conflict(conflict, parts), parts))
        left = (part for part in self.update.parts if part not in claimed | self.opened.agreed)
        found += [(self._doubtful(part), (part,)) for part in left]
        found.sort(key=lambda pair: _order(pair[0].path))
        seen: Counter[str] = Counter()
        items = {}
        for item, parts in found:
            seen[item.id] += 1
            number = item.id if seen[item.id] == 1 else _digest((item.id, str(seen[item.id])))
            items[number] = (item if number == item.id else replace(item, id=number), parts)
        return items

    def _conflict(self, conflict: Decision, parts: tuple[Part, ...]) -> Item:
        rating = min(
            (self.ratings[p] for p in parts if p in self.ratings), key=lambda r: r.value, default=None
        )
        slot = conflict.slot
        place = None if slot is None else slot.theirs
        needed = self.needed.get((False, place, conflict.key)) if slot is None or place is not None else None
        is_better = needed is not None and needed.nature in _BETTER
        words = {"deleted": "gone" if conflict.theirs is None else "you have deleted it", "moved": "moved"}
        marks = [self.update.mark(part) for part in parts] or [conflict.id]
        return self._item(
            path=conflict.path,
            name=conflict.name,
            key=conflict.key,
            reason=conflict.reason,  # type: ignore[arg-type]  # a conflict has one of its reasons
            words="" if conflict.key else words.get(conflict.reason, ""),
            values=(conflict.ours, conflict.theirs, conflict.base),
            rating=rating,
            decision=conflict,
            sure=needed.value if needed is not None and is_better else None,
            marks=marks,
        )

    def _doubtful(self, part: Part) -> Item:
        change = self.update.changes[part.change]
        row = self._row(change)
        path, words = self._path(change, part, row), _words(change)
        if change.kind is ChangeKind.LIST:
            current = self.mine.fields.get(part.key)
        elif row is None:
            current = None
        else:
            current = self.mine.tracks[row].get(part.key) if part.key else self.mine.tracks[row]
        proposed, base = self.update.new_value(part), self.update.old_value(part)
        key = part.key
        if change.kind is ChangeKind.SHIFTED:
            key, (base, proposed), current = "start", change.fields["start"], change.fields["start"][0]
        removed = change.kind is ChangeKind.REMOVED
        needed = self.needed.get((removed, row if removed else self._place(change), part.key))
        return self._item(
            path=path,
            name="" if change.kind is ChangeKind.LIST else self._name(change, row),
            key=key,
            reason="doubtful",
            words=words,
            values=(current, proposed, base),
            rating=self.ratings.get(part),
            decision=None,
            sure=needed.value if needed is not None else None,
            marks=[self.update.mark(part)],
        )

    def _row(self, change: Change) -> int | None:
        """The place of a change's track in the user's file."""
        if change.kind is ChangeKind.REMOVED:
            return self.kept.get(change.before)
        return None if change.after is None else self.to_mine.get(change.after)

    def _path(self, change: Change, part: Part, row: int | None) -> str:
        if change.kind is ChangeKind.LIST:
            return part.key
        if change.kind is ChangeKind.SHIFTED:
            return "tracks.start"
        place = row if row is not None else self._place(change)
        return f"tracks[{(place or 0) + 1}]" + (f".{part.key}" if part.key else "")

    def _name(self, change: Change, row: int | None) -> str:
        return change.name if row is None or change.shift else track_name(self.mine.tracks[row])

    def _item(
        self,
        *,
        path: str,
        name: str,
        key: str,
        reason: Reason,
        words: str,
        values: tuple[Value | None, Value | None, Value | None],
        rating: Rating | None,
        decision: Decision | None,
        sure: float | None,
        marks: Iterable[str],
    ) -> Item:
        current, proposed, base = values
        review = self.opened.review
        is_theirs = sure is not None and sure > SURE
        keeps = sure is not None and 1 - sure > SURE
        has_doubt = bool(self.opened.findings)
        parts = (review.list_id or review.path, *marks, *map(canonical, values))
        return Item(
            id=_digest(parts),
            path=path,
            name=name,
            key=key,
            reason=reason,
            words=words,
            current=current,
            proposed=proposed,
            base=base,
            rating=rating,
            decision=decision,
            recommended="theirs" if is_theirs else "ours",
            is_automatic=keeps or (is_theirs and not has_doubt),
        )


def _words(change: Change) -> str:
    match change.kind:
        case ChangeKind.ADDED:
            return "a new track"
        case ChangeKind.REMOVED:
            return "gone"
        case ChangeKind.MOVED:
            return f"moved from place {(change.before or 0) + 1} to {(change.after or 0) + 1}"
        case ChangeKind.SHIFTED:
            return f"all starts moved by {change.name}"
        case _:
            return ""


def _order(path: str) -> tuple[int, str]:
    """Fields of the list first, then the tracks by number."""
    _, bracket, rest = path.partition("[")
    number = rest.partition("]")[0]
    return (int(number) if bracket and number.isdecimal() else 0, path)


def _digest(parts: Iterable[str]) -> str:
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=6).hexdigest()
