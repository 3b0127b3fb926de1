"""Deciding what waits: the chosen values land, what is refused never comes back.

The order makes it safe to be killed anywhere: first the merge lands on the user's branch, with a commit that holds the
source's words about all that was decided as its second parent; `upstream` and the review follow, and the next run
brings them up where they did not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tlgit.errors import BusyError, DataError, UsageError
from tlgit.files.atomic import FileChangedError
from tlgit.git.references import RefMovedError
from tlgit.merge.decision import Choice
from tlgit.ops.edits import commit_edits
from tlgit.ops.failpoint import failpoint
from tlgit.ops.integrate import plan_merge
from tlgit.ops.landing import WorktreeError, land
from tlgit.ops.message import render_message, render_subject
from tlgit.ops.parts import type_content
from tlgit.ops.recover import recover
from tlgit.ops.render import render_lists
from tlgit.ops.review import Review, find_review, read_reviews, rest_review
from tlgit.ops.settle import settle
from tlgit.ops.take import TRIES
from tlgit.ops.upstream import move_upstream, require_sound_upstream, write_upstream
from tlgit.ops.waiting import OpenReview, open_review, read_waiting
from tlgit.ops.workspace import UPSTREAM
from tlgit.tracklist.write import render_tracklist

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tlgit.merge.decision import Decision
    from tlgit.ops.edits import Deferred
    from tlgit.ops.parts import Part
    from tlgit.ops.workspace import Workspace
    from tlgit.tracklist.fields import Value

_SIDES: Final = ("ours", "theirs", "base", "value")


class UnknownItemError(UsageError):
    """Nothing of this id waits (any more)."""

    def __init__(self, branch: str, number: str) -> None:
        self.number = number
        super().__init__(
            f"nothing with the id {number!r} waits on {branch}", hint="`tlgit review show` lists what does"
        )


class UndecidableError(DataError):
    """A decision cannot be carried out by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """A review that nobody has decided in time."""

    branch: str
    path: str
    """The user's file."""
    side: str
    """What the settings say then: `ours` or `theirs`."""
    count: int
    """How many items it decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What became of a decision."""

    path: str
    """The user's file."""
    left: tuple[str, ...]
    """The ids of the items that go on waiting."""
    commit: str | None
    """The merge commit on the user's branch."""
    notes: tuple[str, ...] = ()
    """What was done beside it, one sentence each."""


def decide(
    workspace: Workspace,
    review: Review,
    choices: Mapping[str, Choice],
    *,
    action: str = "resolve",
    how: str = "",
) -> Decided:
    """Decide these items (by their ids) of one review: commit, render, and let the rest go on waiting.

    `how` is the word of the trailer `Tlgit-Resolution` (ours, theirs, value, mixed, timeout), found from the choices
    unless given. Takes the lock. Raises the errors of the repository, UsageError for an unknown id or a choice that
    cannot be, and DataError when the user's file cannot be merged now; then nothing has changed.
    """
    workspace.require_ready()
    with workspace.locked(f"tlgit {action}"):
        notes = [*recover(workspace)]
        workspace.require_ready()
        edits = commit_edits(workspace)
        require_sound_upstream(workspace, workspace.repository.head().oid)
        settle(workspace)
        blocked = {deferred.path: deferred for deferred in edits.deferred}
        decided = decide_now(workspace, review, choices, blocked, action=action, how=how)
        rendered = render_lists(workspace)
        notes += (f"committed your edit of {path}" for path in edits.committed)
        notes += (f"wrote {path}" for path in rendered.written)
        notes += (f"no sheet for {one.list_path}: {one.reason}" for one in rendered.failures)
    return Decided(
        path=decided.path,
        left=decided.left,
        commit=decided.commit,
        notes=(*decided.notes, *notes, *workspace.notes),
    )


def decide_now(
    workspace: Workspace,
    review: Review,
    choices: Mapping[str, Choice],
    blocked: dict[str, Deferred],
    *,
    action: str,
    how: str = "",
) -> Decided:
    """The same for a run that has the lock, and renders afterwards.

    When somebody commits or saves in the middle, it is planned anew, with their edits; `blocked` follows.
    """
    for attempt in range(1, TRIES + 1):
        head = workspace.repository.head()
        try:
            return _decide_once(workspace, review, choices, blocked, action=action, how=how)
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


def expire(workspace: Workspace, blocked: dict[str, Deferred]) -> tuple[Expired, ...]:
    """Decide what has waited as long as the settings allow, by their `review.on_timeout`. Needs the lock.

    A list that cannot be merged now goes on waiting; why, is told where the list itself is looked at.
    """
    config = workspace.config
    if config.review_timeout is None or config.on_timeout == "keep":
        return ()
    latest = workspace.now() // 1000 - config.review_timeout
    expired = []
    for review in read_reviews(workspace):
        if review.since > latest:
            continue
        try:
            items = read_waiting(workspace, review).items
            choices = {item.id: Choice(config.on_timeout) for item in items}
            decided = decide_now(workspace, review, choices, blocked, action="resolve", how="timeout")
        except DataError:
            continue
        expired.append(
            Expired(branch=review.branch, path=decided.path, side=config.on_timeout, count=len(items))
        )
    return tuple(expired)


def _decide_once(
    workspace: Workspace,
    review: Review,
    choices: Mapping[str, Choice],
    blocked: Mapping[str, Deferred],
    *,
    action: str,
    how: str,
) -> Decided:
    repository = workspace.repository
    head, tip = workspace.require_ready(), repository.ref(UPSTREAM)
    found = find_review(workspace, review.ref)
    if found is None:
        raise UsageError(f"nothing waits on {review.branch} any more")
    opened = open_review(workspace, found)
    _check(opened, choices)
    path = opened.mine.path if opened.mine else found.path
    if path in blocked:
        raise DataError(f"{path} cannot be merged: {blocked[path].reason}", hint=blocked[path].hint)
    merged = None if opened.mine is None else _chosen_text(opened, choices).encode()
    trailers = {
        "Tlgit-Action": action,
        "Tlgit-Resolution": how or resolution_of(choices.values()),
        "Tlgit-Source": "1001tracklists",
    }
    marks = {"Tlgit-Tracklist": found.list_id, "Tlgit-Review": opened.oid}
    said = _said_text(opened, choices)
    commit = write_upstream(workspace, found.path, said, tip, trailers | {"Tlgit-Action": "resolve"} | marks)
    landed = None
    if head.oid is None or not repository.is_ancestor(commit, head.oid):
        is_same = merged is None or merged == repository.blob(opened.mine.oid if opened.mine else "")
        settled = None if merged is None or is_same else (path, merged)
        files = _plan(workspace, head.oid, commit, blocked, {found.path: settled})
        subject = render_subject(action, opened.said.tracklist.title or path, f"{len(choices)} decided")
        message = render_message(subject, trailers | {"Tlgit-Upstream": commit}, _told(opened, choices))
        landed = land(workspace, head, files, commit, message)
    failpoint("decided")
    move_upstream(workspace, commit, tip, action)
    rest_review(workspace, found, commit)
    left = find_review(workspace, found.ref)
    items = () if left is None else read_waiting(workspace, left).items
    return Decided(path=path, left=tuple(item.id for item in items), commit=landed)


def _check(opened: OpenReview, choices: Mapping[str, Choice]) -> None:
    """Refuse what cannot be chosen; raises UsageError."""
    for number, choice in choices.items():
        if number not in opened.items:
            raise UnknownItemError(opened.review.branch, number)
        item, _ = opened.items[number]
        if choice.side not in _SIDES:
            raise ValueError(f"no side is called {choice.side!r}")
        if choice.side == "value" and item.is_whole:
            raise UsageError(f"{item.path} is taken or left as a whole", hint="choose ours or theirs")


def resolution_of(choices: Iterable[Choice]) -> str:
    """The one word for these choices: their side, or `mixed`."""
    sides = {choice.side for choice in choices}
    return sides.pop() if len(sides) == 1 else "mixed"


def _told(opened: OpenReview, choices: Mapping[str, Choice]) -> str:
    """One line for each decision, for the commit."""
    words = {"ours": "kept", "theirs": "taken", "base": "set back", "value": "set by hand"}
    items = [opened.items[number][0] for number in choices]
    return "\n".join(
        f"{item.path}{f' ({item.name})' if item.name else ''}: {words[choices[item.id].side]}"
        for item in items
    )


def _everything(opened: OpenReview) -> frozenset[Part]:
    """All parts, those that conflicts have singled out too."""
    return frozenset((*opened.update.parts, *(part for _, parts in opened.items.values() for part in parts)))


def _taken(opened: OpenReview, parts: frozenset[Part], values: Mapping[Part, Value | None]) -> str:
    """What the source said before, with these parts of what it says now."""
    out = _everything(opened) - parts
    if not out and not values:
        return opened.said.text
    # A single start of a shift that is not taken as a whole.
    alone = {part for part in parts if part.row is not None and part._replace(key="", row=None) in out}
    starts = {part: opened.update.new_value(part) for part in alone}
    return render_tracklist(type_content(opened.update.take(out, {**starts, **values})))


def _said_text(opened: OpenReview, choices: Mapping[str, Choice]) -> str:
    """What `upstream` holds then: all that was decided, whichever way, and what the user's file has already."""
    decided = (part for number in choices for part in opened.items[number][1])
    return _taken(opened, opened.agreed.union(decided), {})


def _chosen_text(opened: OpenReview, choices: Mapping[str, Choice]) -> str:
    """The user's file with the chosen values; raises UndecidableError when these choices leave a conflict."""
    taken: set[Part] = set(opened.agreed)
    values: dict[Part, Value | None] = {}
    for number, choice in choices.items():
        item, parts = opened.items[number]
        if item.decision is not None or choice.side == "theirs":
            taken |= set(parts)
        elif choice.side in {"value", "base"} and not item.is_whole:
            taken |= set(parts)
            wanted = choice.value if choice.side == "value" else item.base
            values |= dict.fromkeys(parts, wanted)
    theirs = _taken(opened, frozenset(taken), values)
    first = opened.user.merge(theirs)
    settled = {one.id: _choice_for(opened, one, choices) for one in first.conflicts}
    open_ones = {number: choice for number, choice in settled.items() if choice is not None}
    result = opened.user.merge(theirs, open_ones) if open_ones else first
    if not result.is_clean:
        conflict = result.conflicts[0]
        about = f" ({conflict.name})" if conflict.name else ""
        raise UndecidableError(
            f"{conflict.path}{about} hangs together with that, and is not decided",
            hint="decide both, or all of the list",
        )
    return result.text


def _choice_for(opened: OpenReview, conflict: Decision, choices: Mapping[str, Choice]) -> Choice | None:
    """What was chosen about a conflict; None where nothing was."""
    parts = set(opened.update.find(conflict, opened.rows))
    for number, choice in choices.items():
        item, own = opened.items[number]
        known = item.decision
        if known is not None and (known.slot, known.key) == (conflict.slot, conflict.key):
            return choice
        if parts & set(own):
            return choice if item.decision is not None else Choice("theirs")
    return None


def _plan(
    workspace: Workspace,
    head: str | None,
    commit: str,
    blocked: Mapping[str, Deferred],
    settled: Mapping[str, tuple[str, bytes] | None],
) -> Mapping[str, bytes]:
    """The files of the merge, those of other lists too; raises DataError when one of them does not merge."""
    if head is None:
        return dict(one for one in settled.values() if one is not None)
    plan = plan_merge(workspace, head, commit, settled)
    reasons = {clash.path: clash.reason for clash in plan.clashes}
    reasons |= {path: blocked[path].reason for path in plan.files if path in blocked}
    for path, reason in reasons.items():
        raise DataError(f"{path} is to be merged first: {reason}", hint="`tlgit sync` tells more")
    return plan.files
