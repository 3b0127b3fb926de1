"""`conflicts` and `resolve`: what is open, and deciding it."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tlgit.cli import show
from tlgit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tlgit.ops.conflicts import Blocked, Conflict
    from tlgit.ops.resolve import Pick, Resolution, Scope
    from tlgit.ops.workspace import Workspace


@click.command("conflicts")
@click.argument("names", nargs=-1, metavar="[LIST|ID]…")
@click.option("--summary", is_flag=True, help="Only count them, list by list.")
@click.pass_context
def conflicts_command(ctx: click.Context, names: tuple[str, ...], summary: bool) -> int:
    """Show what waits for a decision: on review branches, and in files that git left in conflict.

    Each has an id that stays the same from run to run; `tlgit resolve ID` decides it. Exit 1 when there are any.
    """
    from tlgit.ops.conflicts import read_open  # noqa: PLC0415 - loaded here, as in all commands
    from tlgit.ops.resolve import choose_scope, path_of  # noqa: PLC0415
    from tlgit.ops.workspace import Workspace  # noqa: PLC0415

    with Workspace.open(Path.cwd()) as workspace:
        found = read_open(workspace)
        scope = choose_scope(workspace, found, names)
    blocked = [one for one in found.blocked if path_of(one) in scope.paths]
    counts = Counter(one.path for one in scope.conflicts) + Counter(path_of(one) for one in blocked)
    data = {
        "summary": {"conflicts": len(scope.conflicts), "blocked": len(blocked), "tracklists": dict(counts)},
        "conflicts": [] if summary else [conflict_data(one) for one in scope.conflicts],
        "blocked": [] if summary else [blocked_data(one) for one in blocked],
    }
    text = _summary_text(counts) if summary else _conflicts_text(scope.conflicts, blocked)
    show.result(ctx, "tlgit.conflicts/1", data, text or "nothing waits for a decision")
    return 1 if counts else 0


@click.command("resolve")
@click.argument("names", nargs=-1, metavar="[LIST|ID]…")
@click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="PATH",
    help="Only these: `tracks[3].title`, or a pattern like `tracks.start`. May be given again.",
)
@click.option(
    "--ours", "side", flag_value="ours", help="Take ours: your value, in a rebase that of the branch below."
)
@click.option("--theirs", "side", flag_value="theirs", help="Take theirs: the proposed value.")
@click.option("--base", "side", flag_value="base", help="Take the value from before both changes.")
@click.option(
    "--recommended", "side", flag_value="recommended", help="Take the recommendation wherever it is sure."
)
@click.option("--edit", "side", flag_value="edit", help="Write each value in your editor.")
@click.option(
    "--set",
    "sets",
    multiple=True,
    metavar="PATH=VALUE",
    help="Take this value; an empty one takes the field out. May be given again.",
)
@click.option("--all", "is_all", is_flag=True, help="Everything that is open, in all tracklists.")
@click.pass_context
def resolve_command(
    ctx: click.Context,
    names: tuple[str, ...],
    fields: tuple[str, ...],
    side: str | None,
    sets: tuple[str, ...],
    is_all: bool,
) -> int:
    """Decide what is open: all of a tracklist, single conflicts by id, or single fields.

    Without a choice, on a terminal, it asks for one after the other. What waits on a review branch becomes commits; in a
    file that git left in conflict only the marked lines are replaced, and with the last one it is added, ready for
    `git commit`. Exit 1 while something is left.
    """
    from tlgit.ops.conflicts import read_open  # noqa: PLC0415
    from tlgit.ops.resolve import apply_picks, choose_scope  # noqa: PLC0415
    from tlgit.ops.workspace import Workspace  # noqa: PLC0415

    if is_all and names:
        raise UsageError("--all means everything: leave the names out")
    with Workspace.open(Path.cwd()) as workspace:
        found = read_open(workspace)
        scope = choose_scope(workspace, found, names, fields)
        picks = _picks(workspace, scope, side, sets, is_bound=bool(names or fields or is_all))
        resolution = apply_picks(workspace, found, scope, picks)
    show.result(ctx, "tlgit.resolve/1", _resolution_data(resolution), _resolution_text(resolution, scope))
    return 0 if resolution.is_done else 1


def _picks(
    workspace: Workspace, scope: Scope, side: str | None, sets: tuple[str, ...], *, is_bound: bool
) -> tuple[Pick, ...]:
    """What the options, the editor or the person at the terminal choose."""
    from tlgit.ops.resolve import pick_side  # noqa: PLC0415

    takeable = scope.takeable
    given = _set_values(scope, sets)
    if side is None and given:
        return given
    if side is None:
        if not takeable:
            return ()
        if not (sys.stdin.isatty() and sys.stdout.isatty()) or show.mode().is_json:
            raise UsageError(
                "nothing was chosen, and there is no terminal to ask on",
                hint="choose by --ours, --theirs, --base, --recommended, --edit or --set PATH=VALUE",
            )
        from tlgit.cli.ask import ask_all  # noqa: PLC0415

        return ask_all(workspace, takeable)
    if not is_bound and len(takeable) > 1:
        raise UsageError(
            f"{len(takeable)} conflicts are open, and none is named",
            hint="name a tracklist, an id or a --field, or say --all",
        )
    if side == "edit":
        from tlgit.cli.ask import edit_all  # noqa: PLC0415

        return (*edit_all(workspace, takeable), *given)
    picks = pick_side(takeable, side)
    if takeable and not picks and side == "base":
        raise UsageError(f"the base of {takeable[0].field} cannot be taken", hint="choose another side")
    return (*picks, *given)


def _set_values(scope: Scope, sets: tuple[str, ...]) -> tuple[Pick, ...]:
    from tlgit.merge.decision import Choice  # noqa: PLC0415
    from tlgit.ops.answer import parse_value  # noqa: PLC0415
    from tlgit.ops.resolve import Pick, find_one  # noqa: PLC0415

    picks = []
    for text in sets:
        path, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"expected PATH=VALUE, found {text!r}", hint="like --set 'tracks[3].title=Baby'")
        conflict = find_one(scope, path.strip())
        if conflict.note:
            raise UsageError(f"{conflict.field} cannot be set now", hint=conflict.note)
        if "set" not in conflict.options:
            raise UsageError(
                f"{conflict.field} has no value that could be set", hint="choose by --ours or --theirs"
            )
        picks.append(Pick(conflict=conflict, choice=Choice("value", parse_value(conflict, value))))
    return tuple(picks)


# As objects


def conflict_data(one: Conflict) -> dict[str, Any]:
    """A conflict as an object; see docs/schemas/conflicts.json."""
    return {
        "conflict_id": one.id,
        "tracklist_id": one.list_id,
        "tracklist": one.path,
        "kind": one.kind,
        "place": one.place,
        "track": one.name or None,
        "reason": one.reason,
        "what": one.what or None,
        "fields": [
            {
                "field": one.field,
                "current_value": one.current.value,
                "current_source": one.current.source,
                "current_timestamp": moment(one.current.time),
                "proposed_value": one.proposed.value,
                "source": one.proposed.source,
                "timestamp": moment(one.proposed.time),
                "base_value": one.base,
                "recommendation": one.recommended,
            }
        ],
        "context": {"above": one.above or None, "below": one.below or None},
        "confidence": one.confidence,
        "factors": list(one.words),
        "recommendation": one.recommended,
        "options": list(one.options) if not one.note else [],
        "auto_resolution_available": one.is_automatic and not one.note,
        "note": one.note or None,
    }


def blocked_data(one: Blocked) -> dict[str, Any]:
    """What has to be settled by other means, as an object."""
    return {"path": one.path, "reason": one.reason, "hint": one.hint}


def moment(seconds: int | None) -> str | None:
    """A time as ISO 8601 in UTC."""
    return (
        None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
    )


def _resolution_data(resolution: Resolution) -> dict[str, Any]:
    return {
        "resolved": [
            {
                "conflict_id": pick.conflict.id,
                "tracklist": pick.conflict.path,
                "field": pick.conflict.field,
                "side": pick.choice.side,
                "value": pick.choice.value if pick.choice.side == "value" else None,
            }
            for pick in resolution.taken
        ],
        "commits": list(resolution.commits),
        "staged": list(resolution.staged),
        "left": [conflict_data(one) for one in resolution.left],
        "blocked": [blocked_data(one) for one in resolution.blocked],
        "notes": list(resolution.notes),
        "next": resolution.next_step,
    }


# As text


def _summary_text(counts: Counter[str]) -> str:
    return "\n".join(f"{count:4} {path}" for path, count in sorted(counts.items()))


def _conflicts_text(conflicts: Sequence[Conflict], blocked: Sequence[Blocked]) -> str:
    from tlgit.ops.conflicts import shown_value  # noqa: PLC0415

    blocks = []
    for path in dict.fromkeys(one.path for one in conflicts):
        rows = [
            (
                one.id,
                one.field + (f" ({one.name})" if one.name else ""),
                shown_value(one.current.value) + _by(one.current.source, one.current.time),
                shown_value(one.proposed.value) + _by(one.proposed.source, one.proposed.time),
                _recommended(one),
            )
            for one in conflicts
            if one.path == path
        ]
        places = dict.fromkeys(one.place for one in conflicts if one.path == path)
        head = f"{path} ({', '.join(places)})"
        blocks.append(head + "\n" + show.table(("id", "field", "ours", "theirs", "recommended"), rows))
        notes = dict.fromkeys(one.note for one in conflicts if one.path == path and one.note)
        blocks[-1] += "".join(f"\nnote: {note}" for note in notes)
    blocks += [f"{one.path}: {one.reason}\nhint: {one.hint}" for one in blocked]
    return "\n\n".join(blocks)


def _by(source: str | None, seconds: int | None) -> str:
    words = [word for word in (source, (moment(seconds) or "")[:10]) if word]
    return f" [{', '.join(words)}]" if words else ""


def _recommended(one: Conflict) -> str:
    if one.note:
        return "-"
    return "-" if one.recommended is None else one.recommended + (" (sure)" if one.is_automatic else "")


def _resolution_text(resolution: Resolution, scope: Scope) -> str:
    lines = [f"{pick.conflict.field}: {_chosen(pick)} ({pick.conflict.path})" for pick in resolution.taken]
    lines += [f"committed {commit[:10]}" for commit in resolution.commits]
    lines += [f"added {path}: nothing is in conflict in it any more" for path in resolution.staged]
    lines += resolution.notes
    if resolution.left:
        lines.append(f"{len(resolution.left)} left; `tlgit conflicts` lists them")
        lines += [
            f"  {one.id} {one.field}" + (f": {one.note}" if one.note else "") for one in resolution.left
        ]
    lines += [f"left {one.path}: {one.reason}\n  hint: {one.hint}" for one in resolution.blocked]
    if resolution.next_step is not None:
        lines.append(f"hint: `{resolution.next_step}` goes on")
    if not lines:
        return "nothing waits for a decision" + (
            f" in {', '.join(sorted(scope.paths))}" if scope.paths else ""
        )
    return "\n".join(lines)


def _chosen(pick: Pick) -> str:
    from tlgit.ops.conflicts import shown_value  # noqa: PLC0415

    if pick.choice.side == "value":
        return f"set to {shown_value(pick.choice.value)}"
    value = {
        "ours": pick.conflict.current.value,
        "theirs": pick.conflict.proposed.value,
        "base": pick.conflict.base,
    }[pick.choice.side]
    return f"{pick.choice.side}, {shown_value(value)}"
