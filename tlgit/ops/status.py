"""How everything stands: edits, waiting reviews, sheets, one line a tracklist. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlgit.errors import TlgitError
from tlgit.files.atomic import read_file
from tlgit.ops.render import SheetState, check_sheets
from tlgit.ops.review import Review, read_reviews, review_of
from tlgit.ops.summary import read_summaries, summarize_text
from tlgit.ops.workspace import REVIEW, UPSTREAM, Workspace

if TYPE_CHECKING:
    from collections.abc import Collection

    from tlgit.git.worktree import PathState
    from tlgit.state.database import Parsed


@dataclass(frozen=True, slots=True, kw_only=True)
class ListStatus:
    """One tracklist of the worktree."""

    path: str
    title: str
    tracks: int
    unknown: int
    list_id: str | None
    edit: str | None
    """None: committed. `edited`, `new`, `deleted`, `staged in part`, `in conflict`, `unreadable`."""
    problem: str | None
    sheet: SheetState | None
    """None for a list that is not committed yet."""
    review: str | None
    """The branch on which the source's changes wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The repository and its lists."""

    branch: str | None
    operation: str | None
    lists: tuple[ListStatus, ...]
    reviews: tuple[str, ...]
    is_behind: bool
    """Whether `upstream` holds something that is not merged yet."""

    @property
    def needs_attention(self) -> bool:
        """Whether something waits for the user."""
        bad = {SheetState.FOREIGN, SheetState.FAILING}
        return bool(self.reviews or self.operation) or any(x.problem or x.sheet in bad for x in self.lists)


def read_status(workspace: Workspace) -> Status:
    """Look at everything and write nothing but the cache."""
    repository = workspace.repository
    head = repository.head()
    lists = workspace.lists(head.oid)
    states = repository.path_status(*workspace.scope)
    sheets = {sheet.list_path: sheet.state for sheet in check_sheets(workspace)}
    reviews = read_reviews(workspace)
    summaries = read_summaries(workspace, lists.values())
    changed = {path: state for path, state in states.items() if workspace.config.is_tracklist(path)}
    rows = []
    for path in sorted({*lists, *changed}):
        known = summaries[lists[path].oid] if path in lists else None
        rows.append(_row(workspace, path, changed.get(path), known, sheets.get(path), reviews))
    tip = repository.ref(UPSTREAM)
    is_behind = tip is not None and (head.oid is None or not repository.is_ancestor(tip, head.oid))
    return Status(
        branch=head.ref.removeprefix("refs/heads/") if head.ref else None,
        operation=repository.operation(),
        lists=tuple(rows),
        reviews=tuple(ref.removeprefix("refs/heads/") for ref in repository.refs(REVIEW)),
        is_behind=is_behind,
    )


def _row(  # noqa: PLR0917 - one row, one value for each column
    workspace: Workspace,
    path: str,
    state: PathState | None,
    shown: Parsed | None,
    sheet: SheetState | None,
    reviews: Collection[Review],
) -> ListStatus:
    """One list: as its file in the worktree is, where that differs from HEAD."""
    edit = None if state is None else _edit(state)
    list_id, unreadable = shown.list_id if shown else None, None
    if edit is not None and edit != "deleted":
        try:
            data = read_file(workspace.root, path)
            shown = shown if data is None else summarize_text(data)
        except TlgitError as error:
            unreadable = error.message
    problem = unreadable or (f"{path}{shown.problem}" if shown and shown.problem else None)
    waiting = review_of(reviews, path, list_id)
    return ListStatus(
        path=path,
        title=(shown.title if shown else None) or path,
        tracks=shown.tracks if shown else 0,
        unknown=shown.unknown if shown else 0,
        list_id=shown.list_id if shown else None,
        edit="unreadable" if edit in {"edited", "new"} and problem else edit,
        problem=problem,
        sheet=sheet,
        review=waiting.branch if waiting else None,
    )


def _edit(state: PathState) -> str:
    if state.is_unmerged:
        return "in conflict"
    if state.is_untracked or state.staged == "A":
        return "new"
    if "D" in {state.staged, state.worktree}:
        return "deleted"
    return "staged in part" if state.is_staged and state.worktree != "." else "edited"
