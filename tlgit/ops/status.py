"""How everything stands: edits, waiting reviews, sheets, one line a tracklist. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlgit.files.atomic import read_file
from tlgit.ops.render import SheetState, check_sheets
from tlgit.ops.workspace import REVIEW, UPSTREAM, ListFile, Workspace
from tlgit.state.database import Parsed
from tlgit.tracklist.schema import TracklistError, parse_reading
from tlgit.tracklist.syntax import TracklistSyntaxError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tlgit.git.worktree import PathState


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
    states = repository.path_status(*(folder for folder in workspace.config.folders if folder))
    sheets = {sheet.list_path: sheet.state for sheet in check_sheets(workspace)}
    reviews = {ref.removeprefix("refs/heads/") for ref in repository.refs(REVIEW)}
    parsed = _parse_all(workspace, lists.values())
    changed = {path: state for path, state in states.items() if workspace.config.is_tracklist(path)}
    rows = []
    for path in sorted({*lists, *changed}):
        file, state = lists.get(path), changed.get(path)
        rows.append(
            _row(workspace, path, file, state, parsed, sheets.get(path), _review_of(workspace, path, reviews))
        )
    tip = repository.ref(UPSTREAM)
    is_behind = tip is not None and (head.oid is None or not repository.is_ancestor(tip, head.oid))
    return Status(
        branch=head.ref.removeprefix("refs/heads/") if head.ref else None,
        operation=repository.operation(),
        lists=tuple(rows),
        reviews=tuple(sorted(reviews)),
        is_behind=is_behind,
    )


def _review_of(workspace: Workspace, path: str, reviews: set[str]) -> str | None:
    folder = next((f for f in workspace.config.folders if f and path.startswith(f"{f}/")), "")
    name = "review/" + path.removeprefix(f"{folder}/").rsplit(".", 1)[0]
    return name if name in reviews else None


def _parse_all(workspace: Workspace, files: Iterable[ListFile]) -> dict[str, Parsed]:
    """What each blob shows, from the cache where it was seen before."""
    wanted = list(files)
    known = workspace.state.parsed([file.oid for file in wanted])
    new = [_parse(workspace, file) for file in wanted if file.oid not in known]
    if new:
        workspace.state.put_parsed(new)
    return known | {parsed.blob: parsed for parsed in new}


def _parse(workspace: Workspace, file: ListFile) -> Parsed:
    return parsed_of(file.oid, workspace.repository.blob(file.oid), file.path, workspace.list_id(file))


def parsed_of(oid: str, data: bytes, path: str, list_id: str | None) -> Parsed:
    """The summary of one text."""
    try:
        reading = parse_reading(data)
    except TracklistSyntaxError as error:
        return Parsed(
            blob=oid,
            list_id=list_id,
            title=None,
            artist=None,
            date=None,
            tracks=0,
            unknown=0,
            problem=error.named(path).message,
        )
    tracklist = reading.tracklist
    return Parsed(
        blob=oid,
        list_id=list_id,
        title=tracklist.title,
        artist=tracklist.artist,
        date=tracklist.date,
        tracks=len(tracklist.tracks),
        unknown=sum(track.is_unknown for track in tracklist.tracks),
        problem=TracklistError(path, reading.errors).message if reading.errors else None,
    )


def _row(
    workspace: Workspace,
    path: str,
    file: ListFile | None,
    state: PathState | None,
    parsed: dict[str, Parsed],
    sheet: SheetState | None,
    review: str | None,
) -> ListStatus:
    edit = None if state is None else _edit(state)
    shown = parsed[file.oid] if file is not None else None
    if edit in {"edited", "new"}:
        data = read_file(workspace.root, path)
        if data is not None:
            shown = parsed_of("", data, path, shown.list_id if shown else None)
    return ListStatus(
        path=path,
        title=(shown.title if shown else None) or path,
        tracks=shown.tracks if shown else 0,
        unknown=shown.unknown if shown else 0,
        list_id=shown.list_id if shown else None,
        edit="unreadable" if edit and shown and shown.problem else edit,
        problem=shown.problem if shown else None,
        sheet=sheet,
        review=review,
    )


def _edit(state: PathState) -> str:
    if state.is_unmerged:
        return "in conflict"
    if state.is_untracked or state.staged == "A":
        return "new"
    if "D" in {state.staged, state.worktree}:
        return "deleted"
    return "staged in part" if state.is_staged and state.worktree != "." else "edited"
