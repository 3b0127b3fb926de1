"""Reading tracklist files as a reader would who wants to know every problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlgit.errors import TlgitError
from tlgit.files.atomic import read_file
from tlgit.ops.observe import read_bytes
from tlgit.tracklist.check import check
from tlgit.tracklist.schema import Problem, Severity, parse_reading
from tlgit.tracklist.syntax import Position, TracklistSyntaxError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tlgit.ops.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """One file and its problems, in the order of the text."""

    name: str
    problems: tuple[Problem, ...]

    @property
    def has_errors(self) -> bool:
        """Whether the file cannot be used as it is."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)


def lint_files(files: Sequence[Path]) -> tuple[Linted, ...]:
    """Check files as they stand on the disk; no repository is needed."""
    return tuple(lint(str(path), read_bytes(path)) for path in files)


def lint_worktree(workspace: Workspace) -> tuple[Linted, ...]:
    """Check every tracklist of the worktree, committed or not."""
    states = workspace.repository.path_status(*workspace.scope)
    paths = {*workspace.lists(workspace.repository.head().oid), *states}
    found = sorted(path for path in paths if workspace.config.is_tracklist(path))
    linted = []
    for path in found:
        try:
            data = read_file(workspace.root, path)
        except TlgitError as error:
            problem = Problem(
                severity=Severity.ERROR,
                code="file",
                position=Position(1, 1),
                sentence=error.message,
                hint=error.hint,
            )
            linted.append(Linted(name=path, problems=(problem,)))
            continue
        if data is not None:
            linted.append(lint(path, data))
    return tuple(linted)


def lint(name: str, data: bytes) -> Linted:
    """Check one text; one that cannot be read has that one problem."""
    try:
        reading = parse_reading(data)
        problems = (*reading.problems, *check(reading))
    except TracklistSyntaxError as error:
        problem = Problem(
            severity=Severity.ERROR,
            code="syntax",
            position=error.position,
            sentence=error.sentence,
            hint=error.hint,
        )
        return Linted(name=name, problems=(problem,))
    return Linted(
        name=name, problems=tuple(sorted(problems, key=lambda p: (p.position.line, p.position.column)))
    )
