"""CUE sheets for tracklists: written when stale, checked by content, never over somebody else's file.

Freshness is decided by blob id, not by events: line 1 of every sheet names the blob that it was made from.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from tlgit.cue.render import NoCueTimesError, plan_sheet, render_sheet
from tlgit.cue.sheet import origin_of, read_origin
from tlgit.errors import DataError, TlgitError
from tlgit.files.atomic import ABSENT, content_hash, read_file, remove_file, write_file
from tlgit.state.database import Sheet as SheetRecord
from tlgit.tracklist.schema import parse_tracklist

if TYPE_CHECKING:
    from collections.abc import Collection

    from tlgit.cue.render import Planned
    from tlgit.ops.workspace import ListFile, Workspace

RENDERER: Final = "standard/1"
"""Profile and version; sheets of another one are stale."""
MAX_SHEET: Final = 4 << 20


class SheetState(Enum):
    """How a sheet stands to its tracklist."""

    FRESH = "fresh"
    STALE = "stale"
    MISSING = "missing"
    FOREIGN = "foreign"
    """A file that tlgit did not write stands in its place."""
    FAILING = "failing"
    """The tracklist cannot be rendered."""
    NONE = "none"
    """The tracklist has no cue times yet, or is a draft: there is nothing to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetStatus:
    """One tracklist and its sheet."""

    list_path: str
    sheet_path: str
    state: SheetState
    reason: str | None = None
    hint: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderReport:
    """What one run did to the sheets."""

    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    fresh: int = 0
    failures: tuple[SheetStatus, ...] = ()
    warnings: tuple[tuple[str, str], ...] = ()
    """Sheet path and warning, of the sheets that were written."""


class NoSheetError(DataError):
    """A tracklist that has no sheet, and why."""


def sheet_path(workspace: Workspace, list_path: str) -> str:
    """Where the sheet of a tracklist stands: below the CUE folder, in the same folders as the list."""
    folder = next((f for f in workspace.config.folders if f and list_path.startswith(f"{f}/")), "")
    inside = PurePosixPath(list_path.removeprefix(f"{folder}/")).with_suffix(".cue")
    return (PurePosixPath(workspace.config.cue_folder) / inside).as_posix()


def audio_name(tracklist_audio: str | None, list_path: str) -> str:
    """The audio file that a sheet names: the list's own, else the list's name with `.mp3`."""
    if tracklist_audio:
        return PurePosixPath(tracklist_audio.replace("\\", "/")).name
    return f"{PurePosixPath(list_path).stem}.mp3"


def render_blob(list_path: str, oid: str, data: bytes) -> tuple[Planned, bytes]:
    """The sheet of one version of a tracklist. Raises the errors of the reader and of the CUE profile."""
    tracklist = parse_tracklist(data, list_path)
    if tracklist.status == "draft":
        raise NoSheetError(f"{list_path!r} is a draft", hint="set `status: published` to get its sheet")
    planned = plan_sheet(
        tracklist,
        file_name=audio_name(tracklist.audio, list_path),
        origin=origin_of(oid, tracklist.source),
    )
    return planned, render_sheet(planned.sheet)


def render_lists(workspace: Workspace, paths: Collection[str] | None = None) -> RenderReport:
    """Bring the sheets of HEAD's tracklists in line with HEAD: all, or only those of the lists at `paths`.

    A list that cannot be rendered keeps its old sheet and is reported; it never blocks the others.
    """
    lists = workspace.lists(workspace.repository.head().oid)
    chosen = lists if paths is None else {path: lists[path] for path in paths if path in lists}
    written: list[str] = []
    failures: list[SheetStatus] = []
    warnings: list[tuple[str, str]] = []
    fresh = 0
    records = {record.path: record for record in workspace.state.sheets()}
    for path, file in chosen.items():
        target = sheet_path(workspace, path)
        try:
            found = _write_one(workspace, file, target, records.get(target))
        except TlgitError as error:
            failures.append(_failed(path, target, error))
            workspace.state.put_failure(path, error.message)
            continue
        workspace.state.drop_failure(path)
        if found is None:
            fresh += 1
            continue
        planned, is_written = found
        if is_written:
            written.append(target)
        warnings += ((target, warning.message) for warning in planned.warnings)
    removed = _remove_orphans(workspace, lists, records) if paths is None else ()
    return RenderReport(
        written=tuple(written),
        removed=removed,
        fresh=fresh,
        failures=tuple(failures),
        warnings=tuple(warnings),
    )


def _failed(path: str, target: str, error: TlgitError) -> SheetStatus:
    state = SheetState.FOREIGN if isinstance(error, ForeignSheetError) else SheetState.FAILING
    return SheetStatus(list_path=path, sheet_path=target, state=state, reason=error.message, hint=error.hint)


class ForeignSheetError(DataError):
    """A file that tlgit did not write stands where a sheet should go."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(
            f"{path!r} was not written by tlgit, or was changed since", hint="move it away, then run `tlgit cue`"
        )


def _write_one(
    workspace: Workspace, file: ListFile, target: str, record: SheetRecord | None
) -> tuple[Planned, bool] | None:
    """Write one sheet if it is stale; None when it is fresh, or when there is nothing to write."""
    standing = read_file(workspace.root, target, limit=MAX_SHEET)
    if standing is not None and _is_fresh(standing, file, record):
        return None
    data = workspace.repository.blob(file.oid)
    try:
        planned, sheet = render_blob(file.path, file.oid, data)
    except DataError as error:
        if is_nothing_to_write(error):
            _remove_own(workspace, target, standing, record)
            return None
        raise
    if standing is not None and standing != sheet and not _is_own(workspace, file.path, standing, record):
        raise ForeignSheetError(target)
    expected = ABSENT if standing is None else content_hash(standing)
    is_written = write_file(workspace.root, target, sheet, expected=expected)
    workspace.state.put_sheet(
        SheetRecord(
            path=target,
            list_path=file.path,
            blob=file.oid,
            sha256=content_hash(sheet),
            size=len(sheet),
            renderer=RENDERER,
            written_at=workspace.now(),
        )
    )
    return planned, is_written


def is_nothing_to_write(error: DataError) -> bool:
    """Whether an error only says that a list has no sheet yet: no cue times, or a draft."""
    return isinstance(error, (NoCueTimesError, NoSheetError))


def _is_fresh(standing: bytes, file: ListFile, record: SheetRecord | None) -> bool:
    if record is None or record.blob != file.oid or record.renderer != RENDERER:
        return False
    return record.list_path == file.path and record.sha256 == content_hash(standing)


def _is_own(workspace: Workspace, path: str, standing: bytes, record: SheetRecord | None) -> bool:
    """Whether tlgit wrote exactly these bytes: the manifest says so, or making them again gives the same."""
    if record is not None and record.sha256 == content_hash(standing):
        return True
    origin = read_origin(standing)
    if origin is None:
        return False
    try:
        return render_blob(path, origin.blob, workspace.repository.blob(origin.blob))[1] == standing
    except TlgitError:
        return False


def _remove_own(workspace: Workspace, target: str, standing: bytes | None, record: SheetRecord | None) -> bool:
    """Remove a sheet that is not wanted any more, if it is byte for byte what tlgit wrote."""
    is_removed = standing is not None and record is not None and record.sha256 == content_hash(standing)
    if is_removed and standing is not None:
        remove_file(workspace.root, target, content_hash(standing))
    if record is not None:
        workspace.state.drop_sheet(target)
    return is_removed


def _remove_orphans(
    workspace: Workspace, lists: Collection[str], records: dict[str, SheetRecord]
) -> tuple[str, ...]:
    """Remove the sheets of lists that are gone from HEAD; only what tlgit wrote."""
    wanted = {sheet_path(workspace, path) for path in lists}
    removed = []
    for path, record in records.items():
        if path not in wanted and _remove_own(
            workspace, path, read_file(workspace.root, path, limit=MAX_SHEET), record
        ):
            removed.append(path)
    return tuple(removed)


def check_sheets(workspace: Workspace, paths: Collection[str] | None = None) -> tuple[SheetStatus, ...]:
    """How every sheet stands, without writing anything."""
    lists = workspace.lists(workspace.repository.head().oid)
    records = {record.path: record for record in workspace.state.sheets()}
    return tuple(
        _check_one(workspace, file, records.get(sheet_path(workspace, path)))
        for path, file in lists.items()
        if paths is None or path in paths
    )


def _check_one(workspace: Workspace, file: ListFile, record: SheetRecord | None) -> SheetStatus:
    target = sheet_path(workspace, file.path)
    standing = read_file(workspace.root, target, limit=MAX_SHEET)
    if standing is not None and _is_fresh(standing, file, record):
        return SheetStatus(list_path=file.path, sheet_path=target, state=SheetState.FRESH)
    state, reason, hint, warnings = SheetState.FRESH, None, None, ()
    try:
        planned, sheet = render_blob(file.path, file.oid, workspace.repository.blob(file.oid))
        warnings = tuple(warning.message for warning in planned.warnings)
        if standing is None:
            state = SheetState.MISSING
        elif standing != sheet:
            own = _is_own(workspace, file.path, standing, record)
            state = SheetState.STALE if own else SheetState.FOREIGN
    except DataError as error:
        state = SheetState.NONE if is_nothing_to_write(error) else SheetState.FAILING
        reason, hint = error.message, error.hint
    return SheetStatus(
        list_path=file.path, sheet_path=target, state=state, reason=reason, hint=hint, warnings=warnings
    )


def sheet_of(workspace: Workspace, path: str) -> tuple[bytes, tuple[str, ...]]:
    """The sheet of HEAD's version of one list, and the warnings; raises what stands against it."""
    file = workspace.lists(workspace.repository.head().oid)[path]
    planned, data = render_blob(file.path, file.oid, workspace.repository.blob(file.oid))
    return data, tuple(warning.message for warning in planned.warnings)


def write_out(target: Path, data: bytes) -> None:
    """Write a sheet where the user asked for it; a file that tlgit did not write is never replaced."""
    folder = target.resolve().parent
    if not folder.is_dir():
        raise DataError(f"there is no folder {str(folder)!r}")
    standing = read_file(folder, target.name, limit=MAX_SHEET)
    if standing is not None and standing != data and read_origin(standing) is None:
        raise ForeignSheetError(str(target))
    write_file(folder, target.name, data, expected=ABSENT if standing is None else content_hash(standing))
