"""Who says a value in a conflict, and since when: by the commit that set it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from tlgit.errors import RepositoryError
from tlgit.git.history import History
from tlgit.merge.provenance import HAND, Past, Stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlgit.git.history import Side
    from tlgit.ops.workspace import Workspace
    from tlgit.tracklist.fields import Value

    Rows: TypeAlias = tuple[int | None, int | None] | None
    """The rows of a track on both sides; None for the list."""
    Speak: TypeAlias = "Callable[[Rows, str, Value | None, Value | None], tuple[Voice, Voice]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One side of a conflict: what it says, and since when and by whom, as far as that can be told."""

    value: Value | None
    """None where the side does not have it."""
    source: str | None = None
    """`manual`, `1001tracklists`, … as commits name it."""
    time: int | None = None
    """Seconds since 1970."""


def voices_of(workspace: Workspace, ours: Side | None, theirs: Side | None) -> Speak:
    """A function that tells who says a value on both sides, by the rows of its track and its key.

    By the commit that set the value, where the history of the side tells it; else by the side's newest commit.
    """
    sides = (ours, theirs)
    pasts: dict[int, tuple[History, Past]] = {}

    def stamp(number: int, rows: Rows, key: str) -> Stamp | None:
        side, other = sides[number], sides[1 - number]
        row = None if rows is None else rows[number]
        if side is None:
            return None
        try:
            if other is not None and number not in pasts:
                history = History(workspace.repository.program, side, other.tip)
                pasts[number] = history, Past(history.parents, history.read)
            if number in pasts and pasts[number][0].versions and (rows is None or row is not None):
                history, past = pasts[number]
                found = past.last_set(row, key)
                if found is not None and history.versions[found].stamp is not None:
                    return history.versions[found].stamp
            return newest_stamp(workspace, side)
        except RepositoryError:
            return None  # not to know is an answer here: it is told beside the values only

    def speak(rows: Rows, key: str, first: Value | None, second: Value | None) -> tuple[Voice, Voice]:
        stamps = [stamp(n, rows, key) for n in (0, 1)]
        current, proposed = (
            Voice(value=value)
            if one is None
            else Voice(value=value, source=one.trailers.get("Tlgit-Source", HAND), time=one.time)
            for value, one in zip((first, second), stamps, strict=True)
        )
        return current, proposed

    return speak


def newest_stamp(workspace: Workspace, side: Side) -> Stamp | None:
    """When and by whom the file was last changed, up to the tip of a side."""
    shape = "--format=%ct%x00%(trailers:key=Tlgit-Source,valueonly)"
    output = workspace.repository.program.run("log", "-1", shape, side.tip, "--", side.path).text
    time, _, source = output.partition("\0")
    return Stamp(int(time), {"Tlgit-Source": source.strip()} if source.strip() else {}) if time else None
