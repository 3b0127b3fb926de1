"""Everything that waits for a decision, in one form: what is open on review branches, and what git left in conflict."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from tlgit.errors import DataError
from tlgit.git.history import Side
from tlgit.merge.names import track_name
from tlgit.ops.recommend import recommend
from tlgit.ops.review import read_reviews
from tlgit.ops.summary import source_id
from tlgit.ops.unmerged import UnmergedFile, read_unmerged
from tlgit.ops.voices import Voice, voices_of
from tlgit.ops.waiting import Waiting, read_waiting
from tlgit.tracklist.syntax import TracklistSyntaxError
from tlgit.tracklist.text import TRACKS, Document, parse_document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tlgit.merge.decision import Decision
    from tlgit.merge.slots import Slot
    from tlgit.ops.review import Review
    from tlgit.ops.voices import Speak
    from tlgit.ops.waiting import Item
    from tlgit.ops.workspace import Workspace
    from tlgit.tracklist.fields import Value

_THEIRS_HEADS: Final = {
    "merge": "MERGE_HEAD",
    "rebase": "REBASE_HEAD",
    "cherry-pick": "CHERRY_PICK_HEAD",
    "revert": "REVERT_HEAD^",
    "": "refs/stash",
}
"""Where the other side comes from, by what is under way."""

Option: TypeAlias = Literal["ours", "theirs", "base", "set", "edit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One question: a field, or a whole track."""

    id: str
    path: str
    """The user's file."""
    list_id: str | None
    kind: Literal["review", "unmerged"]
    place: str
    """The review branch, or what git is doing: `merge`, `rebase`, …, `stash` when nothing is under way."""
    field: str
    """`title`, `tracks[3].title`, `tracks[3]`."""
    key: str
    name: str
    """The track in words; empty for a field of the list."""
    reason: str
    """`changed`, `deleted`, `moved`, `unsure`, or `doubtful` where nothing clashes."""
    what: str = ""
    """What happens to a whole track, in words."""
    current: Voice
    proposed: Voice
    base: Value | None
    recommended: Literal["ours", "theirs"] | None
    is_automatic: bool
    confidence: float | None
    """How plausible it is that the proposed value takes the place of the other one; None where it was not rated."""
    words: tuple[str, ...] = ()
    """Why that is so plausible."""
    options: tuple[Option, ...]
    above: str = ""
    """The track above, in one line with its time."""
    below: str = ""
    since: int | None = None
    """Since when it waits on a review branch, in seconds since 1970."""
    note: str = ""
    """Why it cannot be resolved here, and what to do; empty when it can."""

    @property
    def pattern(self) -> str:
        """The name of the field in patterns: `title`, `tracks.start`, `tracks`."""
        if not self.field.startswith(f"{TRACKS}["):
            return self.field
        return f"{TRACKS}.{self.key}" if self.key else TRACKS


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """A file or a review that has to be settled by other means."""

    path: str
    reason: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """All that is open, by list and by place in the list."""

    conflicts: tuple[Conflict, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    files: Mapping[str, UnmergedFile] = field(default_factory=dict)
    """The files in conflict, by path."""
    reviews: Mapping[str, Review] = field(default_factory=dict)
    """The reviews, by branch."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits at all."""
        return not (self.conflicts or self.blocked)


def read_open(workspace: Workspace) -> Open:
    """Read everything that waits. What cannot be read is told as blocked."""
    conflicts: list[Conflict] = []
    blocked: list[Blocked] = []
    files = {file.path: file for file in read_unmerged(workspace)}
    for file in files.values():
        conflicts += _of_file(workspace, file)
        blocked += _blocked(file)
    merging = workspace.repository.resolve("MERGE_HEAD")
    reviews = {}
    for review in read_reviews(workspace):
        if merging is not None and workspace.repository.is_ancestor(review.commit, merging):
            continue  # this very review is being merged by hand
        try:
            found = _of_review(workspace, read_waiting(workspace, review))
        except DataError as error:
            hint = error.hint or f"`git merge {review.branch}` shows it in the file"
            blocked.append(Blocked(path=review.path, reason=error.message, hint=hint))
            continue
        conflicts += found
        reviews[review.branch] = review
    conflicts.sort(key=lambda one: one.path)
    return Open(conflicts=tuple(conflicts), blocked=tuple(blocked), files=files, reviews=reviews)


def _blocked(file: UnmergedFile) -> list[Blocked]:
    found = []
    if file.reason:
        return [Blocked(path=file.path, reason=file.reason, hint=file.hint)]
    if file.is_resolved:
        words = "no marker is left in it, but git still has it as unmerged"
        found.append(Blocked(path=file.path, reason=words, hint=f"`tlgit resolve {file.path}` or `git add`"))
    else:
        for block in file.strays:
            words = f"the place marked in line {block.line} is none of the merge's"
            hint = "finish it in the editor"
            found.append(Blocked(path=f"{file.path}:{block.line}", reason=words, hint=hint))
    return found


# What git left in conflict


def _of_file(workspace: Workspace, file: UnmergedFile) -> list[Conflict]:
    if file.sides is None or not file.fields:
        return []
    ours, theirs = parse_document(file.sides.ours), parse_document(file.sides.theirs)
    place = workspace.repository.operation() or ""
    voices = _voices_of_file(workspace, file, place)
    list_id = source_id(file.sides.ours.encode()) or source_id(file.sides.theirs.encode())
    conflicts = []
    for one in file.fields:
        decision = one.decision
        advice = recommend(decision, ours, theirs)
        options: list[Option] = ["ours", "theirs", *(["base"] if one.has_base else [])]  # type: ignore[list-item]
        if decision.key:
            options += ["set", "edit"]
        above, below = _neighbours(ours, theirs, decision.slot)
        note = f"edited by hand: finish it in the editor (line {one.line})" if one.is_edited else ""
        current, proposed = voices(decision)
        conflicts.append(
            Conflict(
                id=decision.id,
                path=file.path,
                list_id=list_id,
                kind="unmerged",
                place=place or "stash",
                field=decision.path,
                key=decision.key,
                name=decision.name,
                reason=decision.reason,
                current=current,
                proposed=proposed,
                base=decision.base,
                recommended=advice.side,
                is_automatic=advice.is_sure,
                confidence=advice.confidence,
                words=advice.words,
                options=tuple(options),
                above=above,
                below=below,
                note=note,
            )
        )
    return conflicts


def _neighbours(ours: Document, theirs: Document, slot: Slot | None) -> tuple[str, str]:
    """The tracks above and below, in words."""
    if slot is None:
        return "", ""
    document, row = (ours, slot.ours) if slot.ours is not None else (theirs, slot.theirs)
    return "" if row is None else line_of(document, row - 1), "" if row is None else line_of(
        document, row + 1
    )


def line_of(document: Document, row: int) -> str:
    """A track in one line: `[3:35] Artist - Title`; empty where there is none."""
    if not 0 <= row < len(document.items):
        return ""
    value = document.items[row].value
    start = value.get("start") or ("w/" if value.get("with") else "")
    return f"[{start}] {track_name(value)}" if start else track_name(value)


# Since when, and by whom


def _voices_of_file(
    workspace: Workspace, file: UnmergedFile, operation: str
) -> Callable[[Decision], tuple[Voice, Voice]]:
    assert file.sides is not None  # noqa: S101 - asked for files that merge field by field
    repository = workspace.repository
    texts = file.sides.ours.encode(), file.sides.theirs.encode()
    head = repository.head().oid
    other = repository.resolve(_THEIRS_HEADS.get(operation, ""))
    if other is not None and not operation:
        found = repository.blob_at(other, file.path)
        other = other if found is not None and found[1] == texts[1] else None  # else it is no stash
    tips = [
        None if tip is None else Side(tip, file.path, data)
        for tip, data in zip((head, other), texts, strict=True)
    ]
    speak = voices_of(workspace, *tips)

    def voices(decision: Decision) -> tuple[Voice, Voice]:
        rows = None if decision.slot is None else (decision.slot.ours, decision.slot.theirs)
        return speak(rows, decision.key, decision.ours, decision.theirs)

    return voices


# What waits on review branches


def _of_review(workspace: Workspace, waiting: Waiting) -> list[Conflict]:
    review, head = waiting.review, workspace.repository.head().oid
    found = workspace.repository.blob_at(head, waiting.path) if head is not None else None
    mine = None if found is None else found[1]
    said = workspace.repository.blob_at(review.commit, review.path)
    speak = voices_of(
        workspace,
        None if head is None or mine is None else Side(head, waiting.path, mine),
        None if said is None else Side(review.commit, review.path, said[1]),
    )
    document = _document(mine)
    return [
        _of_item(item, waiting, document, speak, workspace.repository.operation()) for item in waiting.items
    ]


def _document(data: bytes | None) -> Document | None:
    try:
        return None if data is None else parse_document(data)
    except TracklistSyntaxError:
        return None


def _of_item(
    item: Item, waiting: Waiting, document: Document | None, speak: Speak, operation: str | None
) -> Conflict:
    slot = item.decision.slot if item.decision is not None else None
    row = _row_of(item.path) if slot is None else slot.ours
    is_track = item.path.startswith(TRACKS)
    rows = (row, None if slot is None else slot.theirs) if is_track else None
    current, proposed = speak(rows, item.key, item.current, item.proposed)
    above = below = ""
    if document is not None and row is not None:
        above, below = line_of(document, row - 1), line_of(document, row + 1)
    factors = () if item.rating is None else item.rating.factors
    return Conflict(
        id=item.id,
        path=waiting.path,
        list_id=waiting.review.list_id,
        kind="review",
        place=waiting.review.branch,
        field=item.path,
        key=item.key,
        name=item.name,
        reason=item.reason,
        what=item.words,
        current=current,
        proposed=replace(proposed, time=waiting.since),
        base=item.base,
        recommended=item.recommended,
        is_automatic=item.is_automatic,
        confidence=None if item.rating is None else item.rating.value,
        words=(*(factor.words for factor in factors), *(one.sentence for one in waiting.findings)),
        options=("ours", "theirs") if item.is_whole else ("ours", "theirs", "base", "set", "edit"),
        above=above,
        below=below,
        since=waiting.since,
        note=f"a git {operation} is under way: finish it first" if operation else "",
    )


def _row_of(path: str) -> int | None:
    """The row that `tracks[3].title` names, counted from 0."""
    number = path.removeprefix(f"{TRACKS}[").partition("]")[0] if path.startswith(f"{TRACKS}[") else ""
    return int(number) - 1 if number.isascii() and number.isdigit() else None


def shown_value(value: Value | None) -> str:
    """A value in one line, for people."""
    if value is None or value in ("", (), {}):
        return "nothing"
    if isinstance(value, str):
        return value if "\n" not in value else " / ".join(value.split("\n"))
    if isinstance(value, tuple):
        return ", ".join(shown_value(one) for one in value)
    if "title" in value or "artist" in value:
        start = value.get("start")
        return f"[{start}] {track_name(value)}" if start else track_name(value)
    return json.dumps(value, ensure_ascii=False)
