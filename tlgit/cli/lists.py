"""`new`, `status`, `lint`: the tracklists themselves."""

from __future__ import annotations

from pathlib import Path

import click

from tlgit.cli import show
from tlgit.errors import UsageError


@click.command("new")
@click.argument("title")
@click.option("--artist", metavar="NAME", help="Who played the set.")
@click.option("--date", metavar="YYYY-MM-DD", help="When it was played.")
@click.option("--event", metavar="NAME", help="Where it was played.")
@click.option("--audio", metavar="FILE", help="The recording, for the CUE sheet.")
@click.pass_context
def new_command(
    ctx: click.Context, title: str, artist: str | None, date: str | None, event: str | None, audio: str | None
) -> int:
    """Start a tracklist by hand: writes a file to fill in, and tells where it is."""
    from tlgit.ops.create import create_list  # noqa: PLC0415
    from tlgit.ops.workspace import Workspace  # noqa: PLC0415
    from tlgit.tracklist.model import Tracklist  # noqa: PLC0415

    if not title.strip():
        raise UsageError("a tracklist needs a title")
    tracklist = Tracklist(title=title, artist=artist, date=date, event=event, audio=audio)
    with Workspace.open(Path.cwd()) as workspace:
        path = create_list(workspace, tracklist)
    text = f"{path}\nhint: fill it in with any editor, then `tlgit sync` (or `git add` and `git commit`)"
    show.result(ctx, "tlgit.new/1", {"path": path}, text)
    return 0


@click.command("status")
@click.pass_context
def status_command(ctx: click.Context) -> int:
    """Show the tracklists, your uncommitted edits, their CUE sheets and what waits for you."""
    from tlgit.ops.status import read_status  # noqa: PLC0415
    from tlgit.ops.workspace import Workspace  # noqa: PLC0415

    with Workspace.open(Path.cwd()) as workspace:
        status = read_status(workspace)
    data = {
        "branch": status.branch,
        "operation": status.operation,
        "is_behind": status.is_behind,
        "reviews": list(status.reviews),
        "lists": [
            {
                "path": row.path,
                "title": row.title,
                "tracks": row.tracks,
                "unknown": row.unknown,
                "id": row.list_id,
                "edit": row.edit,
                "problem": row.problem,
                "sheet": row.sheet.value if row.sheet else None,
                "review": row.review,
            }
            for row in status.lists
        ],
    }
    lines = []
    if status.operation:
        lines.append(f"a git {status.operation} is under way: tlgit waits until it is finished")
    if status.lists:
        heads = ("list", "tracks", "ID", "yours", "CUE", "waiting")
        rows = [
            (
                row.path,
                str(row.tracks),
                str(row.unknown or ""),
                row.edit or "",
                row.sheet.value if row.sheet else "",
                row.review or "",
            )
            for row in status.lists
        ]
        lines.append(show.table(heads, rows))
    else:
        lines.append("no tracklists yet: `tlgit import PAGE` or `tlgit new TITLE`")
    lines += [f"{row.problem}" for row in status.lists if row.problem]
    if status.is_behind:
        lines.append("upstream holds changes that are not merged yet: `tlgit sync`")
    lines += [f"{name} waits: `git merge {name}` takes it" for name in status.reviews]
    show.result(ctx, "tlgit.status/1", data, "\n".join(lines))
    return 1 if status.needs_attention else 0


@click.command("lint")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]…")
@click.option(
    "--merge",
    "revisions",
    multiple=True,
    metavar="COMMIT",
    help="Look a merge commit over (or all of a range): what it lost, doubled or invented. May be given again.",
)
@click.pass_context
def lint_command(ctx: click.Context, files: tuple[Path, ...], revisions: tuple[str, ...]) -> int:
    """Check tracklist files (all of the repository, unless named) and tell every problem with its line."""
    from tlgit.ops.lint import lint_files, lint_worktree  # noqa: PLC0415
    from tlgit.ops.workspace import Workspace  # noqa: PLC0415

    if files and revisions:
        raise UsageError("`--merge` looks at commits, not at files", hint="leave the files out")
    if revisions:
        return _lint_merges(ctx, revisions)
    if files:
        linted = lint_files(files)
    else:
        with Workspace.open(Path.cwd()) as workspace:
            linted = lint_worktree(workspace)
    data = {
        "files": [
            {
                "file": one.name,
                "problems": [
                    {
                        "severity": problem.severity.value,
                        "code": problem.code,
                        "line": problem.position.line,
                        "column": problem.position.column,
                        "sentence": problem.sentence,
                        "hint": problem.hint,
                    }
                    for problem in one.problems
                ],
            }
            for one in linted
        ]
    }
    lines = []
    for one in linted:
        for problem in one.problems:
            hint = f" ({problem.hint})" if problem.hint else ""
            place = f"{one.name}:{problem.position.line}:{problem.position.column}"
            lines.append(f"{place}: {problem.severity.value}: {problem.sentence}{hint}")
    total = sum(len(one.problems) for one in linted)
    lines.append(f"{_count(len(linted), 'file')}, {_count(total, 'problem')}")
    show.result(ctx, "tlgit.lint/1", data, "\n".join(lines))
    return 1 if any(one.has_errors for one in linted) else 0


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def _lint_merges(ctx: click.Context, revisions: tuple[str, ...]) -> int:
    """The same for merge commits; a problem without a line is about something that is not there."""
    from tlgit.ops.verify import find_merges, verify_merge  # noqa: PLC0415
    from tlgit.ops.workspace import Workspace  # noqa: PLC0415

    with Workspace.open(Path.cwd()) as workspace:
        commits = dict.fromkeys(commit for name in revisions for commit in find_merges(workspace, name))
        merges = [verify_merge(workspace, commit) for commit in commits]
    files, lines, total = [], [], 0
    for merge in merges:
        if merge.lists and len(merges) > 1:
            lines.append(f"{merge.commit[:10]} {merge.subject}")
        for one in merge.lists:
            problems = []
            for found in one.findings:
                finding, place = found.finding, found.finding.position
                problems.append(
                    {
                        "severity": finding.weight.value,
                        "code": finding.code,
                        "line": place.line if place else None,
                        "column": place.column if place else None,
                        "sentence": finding.sentence,
                        "hint": found.hint,
                    }
                )
                where = f"{one.path}:{place.line}:{place.column}" if place else one.path
                hint = f" ({found.hint})" if found.hint else ""
                lines.append(f"{where}: {finding.weight.value}: {finding.sentence}{hint}")
            files.append({"file": one.path, "commit": merge.commit, "problems": problems})
            total += len(problems)
    lists = sum(merge.count for merge in merges)
    lines.append(
        f"{_count(len(merges), 'merge')}, {_count(lists, 'tracklist')} changed, {_count(total, 'problem')}"
    )
    show.result(ctx, "tlgit.lint/1", {"files": files}, "\n".join(lines))
    return 1 if any(merge.has_errors for merge in merges) else 0
