"""Asking a person at a terminal: one screen for each conflict, one key for each answer; and their editor."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import click

from tlgit.cli import show
from tlgit.errors import UsageError
from tlgit.merge.decision import Choice
from tlgit.ops.answer import ValueRefusedError, parse_answer, render_question
from tlgit.ops.conflicts import shown_value
from tlgit.ops.resolve import Pick

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tlgit.ops.conflicts import Conflict
    from tlgit.ops.voices import Voice
    from tlgit.ops.workspace import Workspace

_KEYS: Final = {"o": "ours", "t": "theirs", "b": "base", "e": "edit"}
_HELP: Final = """\
o  ours: the value that stands here now
t  theirs: the proposed one
b  base: the value from before both changes
e  edit: write it in your editor
s  skip: leave this one open
q  quit: leave this one and the rest open; what was answered is done
Enter takes the recommendation where it is sure"""


def ask_all(workspace: Workspace, conflicts: Sequence[Conflict]) -> tuple[Pick, ...]:
    """Ask for one after the other. Ctrl-C gives up everything, `q` keeps what was answered."""
    picks: list[Pick] = []
    for number, conflict in enumerate(conflicts, 1):
        show.put(render_screen(conflict, number, len(conflicts)))
        answer = _ask(workspace, conflict)
        if answer == "q":
            break
        if isinstance(answer, Choice):
            picks.append(Pick(conflict=conflict, choice=answer))
    return tuple(picks)


def _ask(workspace: Workspace, conflict: Conflict) -> Choice | str:
    """A choice, `s` or `q`."""
    keys = [key for key, option in _KEYS.items() if option in conflict.options]
    prompt = f"[{','.join([*keys, 's', 'q', '?'])}] "
    while True:
        click.echo(prompt, nl=False)
        key = _key()
        if key in {"\r", "\n"} and conflict.is_automatic and conflict.recommended is not None:
            key = conflict.recommended[0]
        click.echo(key if key.isprintable() else "")
        if key in {"s", "q"}:
            return key
        if key in keys and key != "e":
            return Choice(_KEYS[key])
        if key in keys:
            try:
                written = edit(workspace, conflict)
            except ValueRefusedError as error:
                show.put(f"{error.message}\nhint: {error.hint}")
                continue
            if written is not None:
                return written
        else:
            show.put(_HELP)


def _key() -> str:
    try:
        return click.getchar().lower()
    except EOFError:  # Ctrl-D
        return "q"


def render_screen(conflict: Conflict, number: int, count: int) -> str:
    """All that helps to decide: where it is, what stands around it, who says what, what is recommended."""
    about = f": {conflict.name}" if conflict.name else ""
    lines = ["", f"({number}/{count}) {conflict.path} {conflict.field}{about}"]
    if conflict.above:
        lines.append(f"    above     {conflict.above}")
    lines.append(f"  o ours      {_says(conflict.current)}")
    lines.append(f"  t theirs    {_says(conflict.proposed)}")
    if "base" in conflict.options:
        lines.append(f"  b base      {shown_value(conflict.base)}")
    if conflict.below:
        lines.append(f"    below     {conflict.below}")
    lines.append(f"    {_advice(conflict)}")
    return "\n".join(lines)


def _says(voice: Voice) -> str:
    from tlgit.cli.resolve import moment  # noqa: PLC0415 - it loads this module

    words = [word for word in (voice.source, (moment(voice.time) or "").replace("T", " ")[:16]) if word]
    return shown_value(voice.value) + (f"   ({', '.join(words)})" if words else "")


_REASONS: Final = {
    "changed": "both sides changed it",
    "deleted": "one side deleted it, the other one changed it",
    "moved": "it stands at two places",
    "unsure": "its place is unclear, because the tracks around it moved",
    "doubtful": "the change is doubtful",
}


def _advice(conflict: Conflict) -> str:
    words = [", ".join(filter(None, (_REASONS[conflict.reason], conflict.what)))]
    why = ", ".join(conflict.words)
    if conflict.confidence is not None:
        words.append(f"theirs is rated {conflict.confidence:.2f}" + (f" ({why})" if why else ""))
    elif why:
        words.append(why)
    if conflict.recommended is None:
        words.append("no recommendation")
    else:
        words.append(
            f"recommended: {conflict.recommended}" + (", Enter takes it" if conflict.is_automatic else "")
        )
    return "; ".join(words)


# The editor


def edit_all(workspace: Workspace, conflicts: Sequence[Conflict]) -> tuple[Pick, ...]:
    """Open the editor for one after the other; those left empty stay open. Raises ValueRefusedError."""
    picks = []
    for conflict in conflicts:
        if "edit" not in conflict.options:
            continue
        written = edit(workspace, conflict)
        if written is not None:
            picks.append(Pick(conflict=conflict, choice=written))
    return tuple(picks)


def edit(workspace: Workspace, conflict: Conflict) -> Choice | None:
    """Let the user write the value in their editor, as git finds it; None when they leave nothing."""
    editor = os.environ.get("GIT_EDITOR") or workspace.repository.program.run("var", "GIT_EDITOR").text
    try:
        written = click.edit(render_question(conflict), editor=editor, extension=".yaml", require_save=False)
    except click.ClickException as error:
        raise UsageError(f"the editor {editor!r} failed", hint="nothing was written") from error
    answer = parse_answer(conflict, written or "")
    return None if answer is None else Choice("value", answer[0])
