"""`init`, `doctor`, and the hidden `hook` that git's hooks call."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tlgit.cli import show

if TYPE_CHECKING:
    from tlgit.ops.doctor import Finding
    from tlgit.ops.install import InitReport


@click.command("init")
@click.argument("folder", default=".", type=click.Path(path_type=Path), metavar="[DIR]")
@click.pass_context
def init_command(ctx: click.Context, folder: Path) -> int:
    """Set up a repository for tracklists: configuration, merge driver, hooks.

    Makes the folder and the repository where there is none. Safe to run again; your own files, hooks and
    uncommitted edits stay as they are.
    """
    # Loaded here, as in all commands: `--help` needs none of it.
    from tlgit.ops.install import command_text  # noqa: PLC0415
    from tlgit.ops.setup import init  # noqa: PLC0415

    report = init(folder, command=command_text())
    show.result(
        ctx, "tlgit.init/1", _report_data(report), _report_text(report) or "everything is set up already"
    )
    return 0


@click.command("doctor")
@click.option("--fix", "is_fix", is_flag=True, help="Mend what can be mended.")
@click.pass_context
def doctor_command(ctx: click.Context, is_fix: bool) -> int:
    """Tell what is missing or stale in this clone; a fresh clone needs `--fix` once, or `tlgit init`."""
    from tlgit.ops.doctor import fix, inspect  # noqa: PLC0415
    from tlgit.ops.workspace import Workspace  # noqa: PLC0415
    from tlgit.tracklist.schema import Severity  # noqa: PLC0415

    mended = None
    if is_fix:
        with Workspace.open(Path.cwd()) as workspace:
            mended = fix(workspace)
    with Workspace.open(Path.cwd()) as workspace:
        findings = inspect(workspace)
    data = {
        "findings": [_finding_data(finding) for finding in findings],
        "mended": None if mended is None else _report_data(mended),
    }
    parts = [_report_text(mended)] if mended is not None else []
    parts += [_finding_text(finding) for finding in findings] or ["nothing is amiss"]
    show.result(ctx, "tlgit.doctor/1", data, "\n".join(part for part in parts if part))
    return 1 if any(finding.severity is Severity.ERROR for finding in findings) else 0


@click.command("hook", hidden=True, context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def hook_command(name: str, arguments: tuple[str, ...]) -> int:
    """Do the work of a git hook; called by the files in `hooks/`."""
    from tlgit.errors import TlgitError  # noqa: PLC0415
    from tlgit.ops.hook import check_hook_name, run_hook  # noqa: PLC0415
    from tlgit.ops.workspace import Workspace  # noqa: PLC0415

    check_hook_name(name)
    try:
        with Workspace.open(Path.cwd()) as workspace:
            report = run_hook(workspace, name, arguments, index_file=os.environ.get("GIT_INDEX_FILE"))
    except TlgitError as error:
        # What git is doing goes on, whatever is wrong with the repository.
        show.say(f"tlgit: {error.message}")
        return 0
    for message in report.messages:
        show.say(f"tlgit: {message}")
    return report.exit_code


def _report_data(report: InitReport) -> dict[str, Any]:
    steps = [
        {"subject": step.subject, "outcome": step.outcome.value, "sentence": step.sentence}
        for step in report.steps
    ]
    return {"root": str(report.root), "commit": report.commit, "steps": steps}


def _report_text(report: InitReport) -> str:
    """What was done, and what is left to the user; nothing about what was there already."""
    from tlgit.ops.install import Outcome  # noqa: PLC0415

    marks = {Outcome.DONE: "", Outcome.LEFT: "left to you: "}
    lines = [marks[step.outcome] + step.sentence for step in report.steps if step.outcome in marks]
    if report.commit is not None:
        lines.append(f"committed as {report.commit[:10]}")
    return "\n".join(lines)


def _finding_data(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "sentence": finding.sentence,
        "hint": finding.hint,
        "is_fixable": finding.is_fixable,
    }


def _finding_text(finding: Finding) -> str:
    return f"{finding.severity.value}: {finding.sentence}\n  hint: {finding.hint}"
