"""`cue`: the sheets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tlgit.cli import show
from tlgit.errors import UsageError

if TYPE_CHECKING:
    from tlgit.ops.workspace import Workspace


@click.command("cue")
@click.argument("names", nargs=-1, metavar="[LIST]…")
@click.option(
    "--check", "is_check", is_flag=True, help="Write nothing; tell which sheets are stale or missing."
)
@click.option("-o", "target", metavar="FILE", help="Write the sheet of one list there; `-` is the terminal.")
@click.pass_context
def cue_command(ctx: click.Context, names: tuple[str, ...], is_check: bool, target: str | None) -> int:
    """Bring the CUE sheets in line with the last version of the tracklists.

    LIST is a path, a file name, a part of one, a 1001tracklists id or address; all lists, unless named.
    """
    from tlgit.ops.workspace import Workspace  # noqa: PLC0415

    if target is not None and (is_check or len(names) != 1):
        raise UsageError("-o takes exactly one list, and no --check")
    with Workspace.open(Path.cwd()) as workspace:
        paths = [workspace.find(name).path for name in names] or None
        if target is not None:
            assert paths is not None  # noqa: S101 - one name is required above
            return _write_out(ctx, workspace, paths[0], target)
        return _check(ctx, workspace, paths) if is_check else _write(ctx, workspace, paths)


def _write_out(ctx: click.Context, workspace: Workspace, path: str, target: str) -> int:
    from tlgit.ops.render import sheet_of, write_out  # noqa: PLC0415

    data, warnings = sheet_of(workspace, path)
    for warning in warnings:
        show.say(f"warning: {warning}")
    if target == "-":
        if show.mode().is_json:
            show.result(ctx, "tlgit.cue/1", {"sheet": data.decode(), "warnings": list(warnings)}, "")
        else:
            show.put_bytes(data)
        return 0
    write_out(workspace, path, Path(target), data)
    show.result(ctx, "tlgit.cue/1", {"written": [target], "warnings": list(warnings)}, f"wrote {target}")
    return 0


def _write(ctx: click.Context, workspace: Workspace, paths: list[str] | None) -> int:
    from tlgit.ops.recover import recover  # noqa: PLC0415
    from tlgit.ops.render import render_lists  # noqa: PLC0415

    with workspace.locked("tlgit cue"):
        told = recover(workspace)
        report = render_lists(workspace, paths)
    data = {
        "written": list(report.written),
        "removed": list(report.removed),
        "fresh": report.fresh,
        "without": report.without,
        "recovered": list(told),
        "failures": [{"path": f.list_path, "reason": f.reason, "hint": f.hint} for f in report.failures],
        "warnings": [{"sheet": sheet, "warning": warning} for sheet, warning in report.warnings],
    }
    lines = [*told, *(f"wrote {path}" for path in report.written)]
    lines += [f"removed {path}" for path in report.removed]
    lines += [f"warning: {sheet}: {warning}" for sheet, warning in report.warnings]
    for failure in report.failures:
        lines.append(f"no sheet for {failure.list_path}: {failure.reason}")
        if failure.hint:
            lines.append(f"hint: {failure.hint}")
    text = "\n".join(lines) or _fresh_words(report.fresh, report.without)
    show.result(ctx, "tlgit.cue/1", data, text)
    return 1 if report.failures else 0


def _fresh_words(fresh: int, without: int) -> str:
    """Nothing was done, in words."""
    words = f"{fresh} sheet{'' if fresh == 1 else 's'} fresh"
    return f"{words}, {without} without cue times yet" if without else words


def _check(ctx: click.Context, workspace: Workspace, paths: list[str] | None) -> int:
    from tlgit.ops.render import SheetState, check_sheets  # noqa: PLC0415

    statuses = check_sheets(workspace, paths)
    data = {
        "sheets": [
            {
                "list": status.list_path,
                "sheet": status.sheet_path,
                "state": status.state.value,
                "reason": status.reason,
                "hint": status.hint,
                "warnings": list(status.warnings),
            }
            for status in statuses
        ]
    }
    fine = {SheetState.FRESH, SheetState.NONE}
    bad = [status for status in statuses if status.state not in fine]
    lines = [f"{s.state.value} {s.sheet_path}" + (f": {s.reason}" if s.reason else "") for s in bad]
    lines.append(f"{len(statuses) - len(bad)} of {len(statuses)} sheets are as they should be")
    show.result(ctx, "tlgit.cue-check/1", data, "\n".join(lines))
    return 1 if bad else 0
