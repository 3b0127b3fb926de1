"""`review`: what waits for the user, why, and taking or refusing it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from tlgit.cli import show
from tlgit.cli.words import about, item_data, item_lines, time_words, value_words, waiting_data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tlgit.ops.waiting import Item, Waiting
    from tlgit.ops.workspace import Workspace

SCHEMA: Final = "tlgit.review/1"
_DONE: Final = {"theirs": "took", "ours": "kept yours in"}


@click.group("review", invoke_without_command=True)
@click.pass_context
def review_command(ctx: click.Context) -> int:
    """What waits for you: changes of the source that are doubtful, or in conflict with your edits.

    Without a subcommand: a table of the lists. Exit code 1 while something waits.
    """
    from tlgit.ops.waiting import read_all_waiting  # noqa: PLC0415
    from tlgit.ops.workspace import Workspace  # noqa: PLC0415

    if ctx.invoked_subcommand is not None:
        return 0
    with Workspace.open(Path.cwd()) as workspace:
        waiting, unreadable = read_all_waiting(workspace)
    lines = []
    if waiting:
        rows = [_row(one) for one in waiting]
        lines.append(show.table(("list", "waits", "since", "confidence"), rows))
        lines.append("`tlgit review show LIST` tells more; accept or reject it, or `tlgit resolve`")
    lines += [f"cannot be read: {review.branch}: {error.message}" for review, error in unreadable]
    data = {
        "lists": [waiting_data(one) for one in waiting],
        "unreadable": [{"review": review.branch, "reason": error.message} for review, error in unreadable],
    }
    show.result(ctx, SCHEMA, data, "\n".join(lines) or "nothing waits")
    return 1 if waiting or unreadable else 0


def _row(waiting: Waiting) -> tuple[str, ...]:
    conflicts = sum(item.decision is not None for item in waiting.items)
    doubtful = len(waiting.items) - conflicts
    counts = [_count(conflicts, "conflict", "conflicts"), _count(doubtful, "doubtful", "doubtful")]
    sure = "" if waiting.confidence is None else f"{waiting.confidence:g}"
    return waiting.path, ", ".join(filter(None, counts)), time_words(waiting.since), sure


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}" if number else ""


@review_command.command("show")
@click.argument("name", metavar="LIST")
@click.pass_context
def show_command(ctx: click.Context, name: str) -> int:
    """Show each thing that waits: yours → proposed, how sure it is and why, what is recommended."""
    from tlgit.ops.select import find_waiting  # noqa: PLC0415
    from tlgit.ops.workspace import Workspace  # noqa: PLC0415

    with Workspace.open(Path.cwd()) as workspace:
        waiting = find_waiting(workspace, name)
    lines = [f"{waiting.path}: waits since {time_words(waiting.since)} on {waiting.review.branch}"]
    lines += [f"in doubt: {finding.sentence}" for finding in waiting.findings]
    for item in waiting.items:
        lines += ["", *item_lines(item)]
    show.result(ctx, SCHEMA, {"lists": [waiting_data(waiting)]}, "\n".join(lines))
    return 1 if waiting.items else 0


@review_command.command("accept")
@click.argument("name", required=False, metavar="[LIST]")
@click.option(
    "--field", "fields", multiple=True, metavar="PATH", help="Only this: `title`, `tracks[3].title`, an id."
)
@click.option("--all", "is_all", is_flag=True, help="All that waits (of all lists, unless one is named).")
@click.pass_context
def accept_command(ctx: click.Context, name: str | None, fields: tuple[str, ...], is_all: bool) -> int:
    """Take what the source says, in place of your values too. Exit code 1 while something of it is left."""
    return _decide(ctx, name, fields, "theirs", is_all=is_all)


@review_command.command("reject")
@click.argument("name", required=False, metavar="[LIST]")
@click.option(
    "--field", "fields", multiple=True, metavar="PATH", help="Only this: `title`, `tracks[3].title`, an id."
)
@click.option("--all", "is_all", is_flag=True, help="All that waits (of all lists, unless one is named).")
@click.pass_context
def reject_command(ctx: click.Context, name: str | None, fields: tuple[str, ...], is_all: bool) -> int:
    """Keep your values; what is refused never comes back. Exit code 1 while something of it is left."""
    return _decide(ctx, name, fields, "ours", is_all=is_all)


def _decide(ctx: click.Context, name: str | None, fields: Sequence[str], side: str, *, is_all: bool) -> int:
    from tlgit.ops.select import find_waiting  # noqa: PLC0415
    from tlgit.ops.waiting import read_all_waiting  # noqa: PLC0415
    from tlgit.ops.workspace import Workspace  # noqa: PLC0415

    if name is None and not is_all:
        raise click.UsageError("name a list, or say `--all`", ctx)
    if name is None and fields:
        raise click.UsageError("`--field` needs the list that it is of", ctx)
    lines: list[str] = []
    decided: list[dict[str, Any]] = []
    left: list[Waiting] = []
    with Workspace.open(Path.cwd()) as workspace:
        chosen = (find_waiting(workspace, name),) if name is not None else read_all_waiting(workspace)[0]
        for waiting in chosen:
            _decide_list(workspace, waiting, fields, side, lines, decided)
            left += [one for one in read_all_waiting(workspace)[0] if one.review.ref == waiting.review.ref]
    for waiting in left:
        lines.append(f"left in {waiting.path}:")
        lines += [f"  {item.id}  {_line(item)}" for item in waiting.items]
    data = {"decided": decided, "lists": [waiting_data(one) for one in left]}
    show.result(ctx, SCHEMA, data, "\n".join(lines) or "nothing waits")
    return 1 if left else 0


def _decide_list(
    workspace: Workspace,
    waiting: Waiting,
    fields: Sequence[str],
    side: str,
    lines: list[str],
    decided: list[dict[str, Any]],
) -> None:
    from tlgit.merge.decision import Choice  # noqa: PLC0415
    from tlgit.ops.decide import decide  # noqa: PLC0415
    from tlgit.ops.select import choose_items  # noqa: PLC0415

    items = choose_items(waiting, fields)
    action = "accept" if side == "theirs" else "reject"
    result = decide(workspace, waiting.review, {item.id: Choice(side) for item in items}, action=action)
    lines += [f"{_DONE[side]} {result.path}: {_line(item)}" for item in items]
    lines += result.notes
    decided.append(
        {
            "path": result.path,
            "choice": side,
            "commit": result.commit,
            "items": [item_data(item) for item in items],
            "left": list(result.left),
            "notes": list(result.notes),
        }
    )


def _line(item: Item) -> str:
    """One item on one line."""
    if item.words and not item.key:
        return f"{about(item.path, item.name)}: {item.words}"
    return f"{about(item.path, item.name)}: {value_words(item.current)} → {value_words(item.proposed)}"
