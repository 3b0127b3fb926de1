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
from tlgit.ops.failpoint import failpoint
from tlgit.state.database import Sheet as SheetRecord
from tlgit.tracklist.schema import parse_tracklist

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tlgit.cue.render import Planned
    from tlgit.ops.workspace import ListFile, Workspace
    from tlgit.state.database import Job

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
    without: int = 0
    """Lists that have no sheet yet: no cue times, or a draft."""
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
    renderer = _Renderer(workspace, lists)
    for file in chosen.values():
        renderer.render(file)
    if paths is None:
        renderer.remove_orphans()
    renderer.note_failures(chosen)
    return renderer.report()


class ForeignSheetError(DataError):
    """A file that tlgit did not write stands where a sheet should go."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(
            f"{path!r} was not written by tlgit, or was changed since",
            hint="move it away, then run `tlgit cue`",
        )


class SharedSheetError(DataError):
    """Two tracklists have the same place for their sheets."""

    def __init__(self, path: str, owner: str) -> None:
        self.path = path
        super().__init__(
            f"its place {path!r} belongs to {owner!r} already", hint="give one of the two another name"
        )


class _Renderer:
    """One run over some of the lists of HEAD."""

    def __init__(self, workspace: Workspace, lists: Mapping[str, ListFile]) -> None:
        self.workspace = workspace
        self.owners = sheet_owners(workspace, lists)
        self.records = {record.path: record for record in workspace.state.sheets()}
        self.written: list[str] = []
        self.removed: list[str] = []
        self.failures: list[SheetStatus] = []
        self.warnings: list[tuple[str, str]] = []
        self.fresh = 0
        self.without = 0
        self.job: Job | None = None

    def render(self, file: ListFile) -> None:
        """Bring one sheet in line; whatever stands against it is noted, never raised."""
        target = sheet_path(self.workspace, file.path)
        try:
            if self.owners[target] != file.path:
                raise SharedSheetError(target, self.owners[target])
            self._render(file, target, self.records.get(target))
        except TlgitError as error:
            is_foreign = isinstance(error, ForeignSheetError)
            self.failures.append(
                SheetStatus(
                    list_path=file.path,
                    sheet_path=target,
                    state=SheetState.FOREIGN if is_foreign else SheetState.FAILING,
                    reason=error.message,
                    hint=error.hint,
                )
            )

    def _render(self, file: ListFile, target: str, record: SheetRecord | None) -> None:
        workspace = self.workspace
        standing = read_file(workspace.root, target, limit=MAX_SHEET)
        if standing is not None and _is_fresh(standing, file, record):
            self.fresh += 1
            return
        try:
            planned, sheet = render_blob(file.path, file.oid, workspace.repository.blob(file.oid))
        except DataError as error:
            if not is_nothing_to_write(error):
                raise
            self.without += 1
            if standing is not None and _is_own(workspace, file.path, standing, record):
                self._remove(target, standing)
            return
        if standing is not None and standing != sheet and not _is_own(workspace, file.path, standing, record):
            raise ForeignSheetError(target)
        self._begin()
        expected = ABSENT if standing is None else content_hash(standing)
        if write_file(workspace.root, target, sheet, expected=expected):
            self.written.append(target)
        else:
            self.fresh += 1
        failpoint("sheet-written")
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
        self.warnings += ((target, warning.message) for warning in planned.warnings)

    def remove_orphans(self) -> None:
        """Remove the sheets of lists that are gone from HEAD; only what is byte for byte what tlgit wrote."""
        for path, record in self.records.items():
            if path in self.owners:
                continue
            try:
                standing = read_file(self.workspace.root, path, limit=MAX_SHEET)
                if standing is not None and record.sha256 == content_hash(standing):
                    self._remove(path, standing)
                else:
                    self.workspace.state.drop_sheet(path)
            except TlgitError as error:
                self.failures.append(
                    SheetStatus(
                        list_path=record.list_path,
                        sheet_path=path,
                        state=SheetState.FAILING,
                        reason=error.message,
                        hint=error.hint,
                    )
                )

    def _remove(self, target: str, standing: bytes) -> None:
        self._begin()
        if remove_file(self.workspace.root, target, content_hash(standing)):
            self.removed.append(target)
        self.workspace.state.drop_sheet(target)

    def _begin(self) -> None:
        """Note before the first write that a killed run may leave temporary files."""
        if self.job is None:
            self.job = self.workspace.state.begin("render", {})

    def note_failures(self, chosen: Collection[str]) -> None:
        """Remember what failed, forget what works again."""
        state = self.workspace.state
        failed = {failure.list_path: failure.reason or "" for failure in self.failures}
        known = {failure.path: failure.reason for failure in state.failures()}
        for path in known.keys() - failed.keys():
            if path in chosen or path not in self.owners.values():
                state.drop_failure(path)
        for path, reason in failed.items():
            if known.get(path) != reason:
                state.put_failure(path, reason)

    def report(self) -> RenderReport:
        """What was done; ends the run."""
        if self.job is not None:
            self.workspace.state.finish(self.job.id)
        return RenderReport(
            written=tuple(self.written),
            removed=tuple(self.removed),
            fresh=self.fresh,
            without=self.without,
            failures=tuple(self.failures),
            warnings=tuple(self.warnings),
        )


def sheet_owners(workspace: Workspace, lists: Collection[str]) -> dict[str, str]:
    """The list of every sheet path; where two lists share one, the first has it."""
    owners: dict[str, str] = {}
    for path in lists:
        owners.setdefault(sheet_path(workspace, path), path)
    return owners


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


def check_sheets(workspace: Workspace, paths: Collection[str] | None = None) -> tuple[SheetStatus, ...]:
    """How every sheet stands, without writing anything."""
    lists = workspace.lists(workspace.repository.head().oid)
    owners = sheet_owners(workspace, lists)
    records = {record.path: record for record in workspace.state.sheets()}
    found = []
    for path, file in lists.items():
        if paths is not None and path not in paths:
            continue
        target = sheet_path(workspace, path)
        try:
            if owners[target] != path:
                raise SharedSheetError(target, owners[target])
            found.append(_check_one(workspace, file, records.get(target)))
        except TlgitError as error:
            found.append(
                SheetStatus(
                    list_path=path,
                    sheet_path=target,
                    state=SheetState.FAILING,
                    reason=error.message,
                    hint=error.hint,
                )
            )
    return tuple(found)


def _check_one(workspace: Workspace, file: ListFile, record: SheetRecord | None) -> SheetStatus:
    target = sheet_path(workspace, file.path)
    standing = read_file(workspace.root, target, limit=MAX_SHEET)
    if standing is not None and _is_fresh(standing, file, record):
        return SheetStatus(list_path=file.path, sheet_path=target, state=SheetState.FRESH)
    state, reason, hint = SheetState.FRESH, None, None
    warnings: tuple[str, ...] = ()
    try:
        planned, sheet = render_blob(file.path, file.oid, workspace.repository.blob(file.oid))
        warnings = tuple(warning.message for warning in planned.warnings)
        if standing is None:
            state = SheetState.MISSING
        elif standing != sheet:
            own = _is_own(workspace, file.path, standing, record)
            state = SheetState.STALE if own else SheetState.FOREIGN
    except DataError as error:
        is_missing = is_nothing_to_write(error)
        # A sheet of a list that has none any more is stale: the next run removes it.
        is_left = is_missing and standing is not None and _is_own(workspace, file.path, standing, record)
        state = SheetState.STALE if is_left else SheetState.NONE if is_missing else SheetState.FAILING
        reason, hint = error.message, error.hint
    return SheetStatus(
        list_path=file.path, sheet_path=target, state=state, reason=reason, hint=hint, warnings=warnings
    )


def sheet_of(workspace: Workspace, path: str) -> tuple[bytes, tuple[str, ...]]:
    """The sheet of HEAD's version of one list, and the warnings; raises what stands against it."""
    file = workspace.lists(workspace.repository.head().oid)[path]
    planned, data = render_blob(file.path, file.oid, workspace.repository.blob(file.oid))
    return data, tuple(warning.message for warning in planned.warnings)


def write_out(workspace: Workspace, path: str, target: Path, data: bytes) -> None:
    """Write the sheet of a list where the user asked for it; a file that tlgit did not write is never replaced."""
    folder = target.resolve().parent
    if not folder.is_dir():
        raise DataError(f"there is no folder {str(folder)!r}")
    standing = read_file(folder, target.name, limit=MAX_SHEET)
    if standing is not None and standing != data and not _is_own(workspace, path, standing, None):
        raise ForeignSheetError(str(target))
    write_file(folder, target.name, data, expected=ABSENT if standing is None else content_hash(standing))
