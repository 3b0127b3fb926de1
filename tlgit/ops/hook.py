"""What runs inside git's own hooks: the CUE sheets follow HEAD, and broken tracklists do not get into a commit.

Nothing here commits, so no hook ever calls itself. A tracklist, a configuration or a folder that is broken is told
and never stops git; only `pre-commit` and `pre-merge-commit` refuse, and only what a bad merge leaves behind. A merge
that git finds clean runs the second one alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tlgit.driver import printable
from tlgit.errors import TlgitError, UsageError
from tlgit.ops.install import HOOKS
from tlgit.ops.render import render_lists
from tlgit.tracklist.check import check
from tlgit.tracklist.schema import parse_reading
from tlgit.tracklist.syntax import TracklistSyntaxError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tlgit.ops.workspace import Workspace

# At the start of a line no YAML value can stand, so that even one marker alone is a leftover of a merge.
_MARKER: Final = re.compile(rb"^(?:[<>|]{7,}(?: [^\r\n]*)?|={7,})\r?$", re.MULTILINE)
CHECKS: Final = ("pre-commit", "pre-merge-commit")
"""The hooks that can refuse."""
_FILE_MODES: Final = frozenset({"100644", "100755"})
_SHOWN: Final = 10


class UnknownHookError(UsageError):
    """Git has called, or somebody has asked for, a hook that is not of tlgit."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is not a hook of tlgit", hint="known are " + ", ".join(HOOKS))
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A staged tracklist that must not be committed: where, what is wrong, what to do."""

    path: str
    line: int
    sentence: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HookReport:
    """What a hook did; `messages` are for the user, one line each."""

    name: str
    messages: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 when the commit is refused, else 0."""
        return 1 if self.refusals else 0


def check_hook_name(name: str) -> None:
    """Raise UnknownHookError for anything but a hook of tlgit."""
    if name not in HOOKS:
        raise UnknownHookError(name)


def run_hook(
    workspace: Workspace, name: str, arguments: Sequence[str], *, index_file: str | None = None
) -> HookReport:
    """Do the work of a hook; never raises for what is in the repository.

    `index_file` is what git hands to hooks as `GIT_INDEX_FILE`: `git commit -a` and `git commit PATH` make another
    index than the usual one, and it is that one that becomes the commit.
    """
    check_hook_name(name)
    try:
        if name in CHECKS:
            return check_staged(workspace, name, index_file=index_file)
        if _is_news(workspace, name, arguments):
            return HookReport(name=name, messages=_follow(workspace, name))
    except TlgitError as error:
        return HookReport(name=name, messages=tuple(_told(error)))
    return HookReport(name=name)


def _is_news(workspace: Workspace, name: str, arguments: Sequence[str]) -> bool:
    """Whether HEAD may have got other tracklists, and no other hook tells the same."""
    if name == "post-checkout":
        return len(arguments) == 3 and arguments[2] == "1"
    if name == "post-rewrite":
        return list(arguments[:1]) == ["rebase"]  # an amended commit has come by post-commit
    if name == "post-commit":
        return workspace.repository.operation() != "rebase"  # post-rewrite comes at its end
    return True


def _follow(workspace: Workspace, name: str) -> tuple[str, ...]:
    with workspace.locked(f"the hook {name}"):
        report = render_lists(workspace)
    lines = [
        f"{failure.list_path}: no new CUE sheet: {failure.reason or 'it cannot be rendered'}"
        for failure in report.failures[:_SHOWN]
    ]
    if len(report.failures) > _SHOWN:
        lines.append(f"and {len(report.failures) - _SHOWN} more; `tlgit lint` lists them all")
    return tuple(lines)


def check_staged(
    workspace: Workspace, name: str = "pre-commit", *, index_file: str | None = None
) -> HookReport:
    """Check the tracklists that the index changes, as they are staged."""
    refusals: list[Refusal] = []
    messages: list[str] = []
    for path, oid in _staged(workspace, index_file).items():
        found = find_refusal(path, workspace.repository.blob(oid))
        if isinstance(found, Refusal):
            refusals.append(found)
            messages += [f"{found.path}:{found.line}: {found.sentence}", f"hint: {found.hint}"]
        elif found is not None:
            messages.append(f"{found} (committed as it is)")
    if refusals:
        what = "1 tracklist" if len(refusals) == 1 else f"{len(refusals)} tracklists"
        messages.append(f"the commit is refused because of {what}; mend, `git add`, and commit again")
    return HookReport(name=name, messages=tuple(messages), refusals=tuple(refusals))


def find_refusal(path: str, data: bytes) -> Refusal | str | None:
    """What a bad merge has left in a tracklist, or one line about what else is wrong, or None."""
    shown = printable(path)
    marker = _MARKER.search(data)
    if marker is not None:
        return Refusal(
            path=shown,
            line=data.count(b"\n", 0, marker.start()) + 1,
            sentence="conflict markers stand in the tracklist",
            hint="keep one side of each marked place and delete the marker lines",
        )
    try:
        reading = parse_reading(data)
    except TracklistSyntaxError as error:
        if error.code == "twice":
            hint = error.hint or "keep one of the two"
            return Refusal(path=shown, line=error.position.line, sentence=error.sentence, hint=hint)
        return error.named(shown).message
    for problem in check(reading):
        if problem.code == "duplicate":
            hint = problem.hint or "delete one of the two"
            return Refusal(path=shown, line=problem.position.line, sentence=problem.sentence, hint=hint)
    return reading.errors[0].describe(shown) if reading.errors else None


def _staged(workspace: Workspace, index_file: str | None) -> dict[str, str]:
    """The tracklists that differ between HEAD and the index, with the ids of their staged blobs."""
    repository = workspace.repository
    environment = {} if not index_file else {"GIT_INDEX_FILE": str(repository.root / index_file)}
    head = repository.head().oid or repository.write_tree(None, {})
    records = repository.program.run(
        *("diff-index", "--cached", "--raw", "--no-abbrev", "--no-renames", "-z", head, "--"),
        environment=environment,
    ).records
    found: dict[str, str] = {}
    for entry, path in zip(records[::2], records[1::2], strict=True):
        _, mode, _, oid, _ = entry.split(" ")
        if mode in _FILE_MODES and oid.strip("0") and workspace.config.is_tracklist(path):
            found[path] = oid
    return found


def _told(error: TlgitError) -> list[str]:
    return [error.message] + ([f"hint: {error.hint}"] if error.hint else [])
