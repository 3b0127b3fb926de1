"""`import` and `sync`: what comes in, and what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tlgit.cli import show
from tlgit.cli.words import conflict_data, conflict_line, doubtful_data, finding_data, rating_line

if TYPE_CHECKING:
    from tlgit.ops.decide import Expired
    from tlgit.ops.observe import Observed
    from tlgit.ops.sync import SyncReport
    from tlgit.ops.take import Taken


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option("--to", "name", metavar="LIST", help="The tracklist that an export without an id belongs to.")
@click.option(
    "--force",
    is_flag=True,
    help="Take a page although it looks damaged or doubtful (see what it says first).",
)
@click.pass_context
def import_command(ctx: click.Context, files: tuple[Path, ...], name: str | None, force: bool) -> int:
    """Take saved 1001tracklists pages or text exports.

    A new list becomes a file; a known one is compared with what the page said before, and what changed there is
    merged with your own edits. Importing the same page again changes nothing.
    """
    # Loaded here, as in all commands: `--help` needs none of it.
    from tlgit.ops.observe import belonging_to, observe_files  # noqa: PLC0415
    from tlgit.ops.sync import SyncReport, sync  # noqa: PLC0415
    from tlgit.ops.workspace import Workspace  # noqa: PLC0415

    observed = observe_files(files)
    snapshots = tuple(one.snapshot for one in observed if one.snapshot is not None)
    report = SyncReport()
    if snapshots:
        with Workspace.open(Path.cwd()) as workspace:
            if name is not None:
                snapshots = tuple(belonging_to(workspace, snapshot, name) for snapshot in snapshots)
            report = sync(workspace, snapshots, force=force)
    _hint_set_up(report)
    refused = [one for one in observed if one.refusal is not None]
    for one in refused:
        assert one.refusal is not None  # noqa: S101 - chosen for it
        show.say(f"error: {one.file}: {one.refusal.sentence}")
        show.say(f"hint: {one.refusal.hint}")
    results = _file_results(observed, report)
    data = {"files": results, **_report_data(report)}
    show.result(ctx, "tlgit.import/1", data, _report_text(report))
    if refused:
        return max(one.refusal.exit_code for one in refused if one.refusal is not None)
    return 0 if report.is_settled else 1


@click.command("sync")
@click.pass_context
def sync_command(ctx: click.Context) -> int:
    """Commit valid hand edits as their own version, merge what upstream accepted, write the CUE sheets."""
    from tlgit.ops.sync import sync  # noqa: PLC0415
    from tlgit.ops.workspace import Workspace  # noqa: PLC0415

    with Workspace.open(Path.cwd()) as workspace:
        report = sync(workspace)
    _hint_set_up(report)
    show.result(ctx, "tlgit.sync/1", _report_data(report), _report_text(report) or "nothing to do")
    return 0 if report.is_settled else 1


def _hint_set_up(report: SyncReport) -> None:
    if not report.is_set_up:
        show.say("hint: `tlgit init` sets up this clone: merge driver, hooks, ignored CUE sheets")


def _file_results(observed: tuple[Observed, ...], report: SyncReport) -> list[dict[str, Any]]:
    taken = iter(report.taken)
    results = []
    for one in observed:
        if one.refusal is not None:
            refusal = one.refusal
            results.append(
                {
                    "file": one.file,
                    "outcome": "refused",
                    "kind": refusal.kind.label,
                    "reason": refusal.sentence,
                    "hint": refusal.hint,
                }
            )
        else:
            results.append({"file": one.file, **_taken_data(next(taken))})
    return results


def _taken_data(taken: Taken) -> dict[str, Any]:
    return {
        "outcome": taken.outcome.value,
        "title": taken.title,
        "path": taken.path,
        "changes": taken.changes,
        "findings": [finding_data(finding) for finding in taken.findings],
        "conflicts": [conflict_data(conflict) for conflict in taken.conflicts],
        "doubtful": [doubtful_data(rating) for rating in taken.doubtful],
        "review": taken.review,
        "reason": taken.reason,
        "hint": taken.hint,
        "warnings": list(taken.warnings),
    }


def _report_data(report: SyncReport) -> dict[str, Any]:
    rendered = report.rendered
    return {
        "edits": list(report.edits),
        "deferred": [{"path": d.path, "reason": d.reason, "hint": d.hint} for d in report.deferred],
        "merged": list(report.merged),
        "merge_commit": report.merge_commit,
        "clashes": [
            {"path": c.path, "reason": c.reason, "conflicts": [conflict_data(x) for x in c.conflicts]}
            for c in report.clashes
        ],
        "reviews": list(report.reviews),
        "settled": list(report.settled),
        "expired": [
            {"review": one.branch, "path": one.path, "choice": one.side, "items": one.count}
            for one in report.expired
        ],
        "recovered": list(report.recovered),
        "sheets": {
            "written": list(rendered.written),
            "removed": list(rendered.removed),
            "fresh": rendered.fresh,
            "without": rendered.without,
            "failures": [
                {"path": f.list_path, "reason": f.reason, "hint": f.hint} for f in rendered.failures
            ],
            "warnings": [{"sheet": sheet, "warning": warning} for sheet, warning in rendered.warnings],
        },
    }


def _report_text(report: SyncReport) -> str:
    lines = [*report.recovered]
    lines += [f"committed your edit of {path}" for path in report.edits]
    for taken in report.taken:
        lines += _taken_lines(taken)
    lines += [
        f"left alone {d.path}: {d.reason}" + (f" ({d.hint})" if d.hint else "") for d in report.deferred
    ]
    for clash in report.clashes:
        lines.append(f"not merged {clash.path}: {clash.reason}")
        lines += [conflict_line(conflict) for conflict in clash.conflicts]
    if report.clashes:
        lines.append("hint: `git merge upstream` shows the conflicts in the files")
    told = {taken.review for taken in report.taken}
    lines += [
        f"waiting {review}: `tlgit review` tells more, `git merge {review}` takes it"
        for review in report.reviews
        if review not in told
    ]
    if report.merge_commit and not report.merged:
        lines.append("noted that upstream is merged; no file changed")
    lines += [f"settled {review}: nothing waits any more" for review in report.settled]
    lines += [_expired_line(one) for one in report.expired]
    lines += [f"wrote {path}" for path in report.rendered.written]
    lines += [f"removed {path}" for path in report.rendered.removed]
    lines += [f"no sheet for {f.list_path}: {f.reason}" for f in report.rendered.failures]
    lines += [f"warning: {sheet}: {warning}" for sheet, warning in report.rendered.warnings]
    return "\n".join(lines)


def _expired_line(expired: Expired) -> str:
    what = "your values stay" if expired.side == "ours" else "the source's values were taken"
    return f"decided {expired.branch}: nobody did in time, so {what} (`review.timeout` in tlgit.yaml)"


def _taken_lines(taken: Taken) -> list[str]:
    where = f" ({taken.path})" if taken.path else ""
    lines = [f"{taken.outcome.value} {taken.title}{where}" + (f": {taken.changes}" if taken.changes else "")]
    lines += [f"  warning: {warning}" for warning in taken.warnings]
    lines += [f"  suspicious: {finding.sentence}" for finding in taken.findings]
    if taken.findings and not taken.review:
        lines.append("  hint: nothing was written; if the page is right, import it again with --force")
    if taken.reason:
        lines.append(f"  {taken.reason}")
    if taken.hint:
        lines.append(f"  hint: {taken.hint}")
    lines += ["  " + conflict_line(conflict) for conflict in taken.conflicts]
    if not taken.findings:
        lines += ["  " + rating_line(rating) for rating in taken.doubtful]
    if taken.review:
        rest = "all of it waits" if taken.findings else "the rest has landed"
        lines.append(
            f"  hint: {rest}; `tlgit review show {taken.path}` tells more, `git merge {taken.review}` takes it"
        )
    return lines
