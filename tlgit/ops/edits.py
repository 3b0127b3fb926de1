"""The user's own edits: valid ones become versions of their own before anything else is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlgit.files.atomic import read_file
from tlgit.merge.diff import diff_documents, summarize
from tlgit.ops.message import render_message
from tlgit.tracklist.schema import Reading, TracklistError, parse_reading
from tlgit.tracklist.syntax import TracklistSyntaxError
from tlgit.tracklist.text import Document, parse_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlgit.git.worktree import PathState
    from tlgit.ops.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferred:
    """An edited file that was left alone, and why."""

    path: str
    reason: str
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """What became of the edited tracklists."""

    committed: tuple[str, ...] = ()
    """Paths that are in the new version."""
    commit: str | None = None
    deferred: tuple[Deferred, ...] = ()


def commit_edits(workspace: Workspace) -> Edits:
    """Commit every edited tracklist that is valid, as one version by the user; leave all others alone.

    Left alone are files that cannot be read, hold conflict markers, are staged in part, or were deleted or renamed
    by hand (that is for the user to commit). Hooks, signature and identity are the user's own.
    """
    repository = workspace.repository
    states = repository.path_status(*(folder for folder in workspace.config.folders if folder))
    chosen: dict[str, bytes] = {}
    deferred: list[Deferred] = []
    for path, state in sorted(states.items()):
        if not workspace.config.is_tracklist(path):
            continue
        found = _judge(workspace, path, state)
        if isinstance(found, Deferred):
            deferred.append(found)
        elif found is not None:
            chosen[path] = found
    if not chosen:
        return Edits(deferred=tuple(deferred))
    message = _message(workspace, chosen)
    with workspace.job("commit", {"locks": ["index"]}):
        commit = repository.commit_user_paths(tuple(chosen), message)
    return Edits(committed=tuple(chosen), commit=commit, deferred=tuple(deferred))


def _judge(workspace: Workspace, path: str, state: PathState) -> bytes | Deferred | None:
    """The bytes to commit, or why not; None for what is no edit of a tracklist's text."""
    if state.is_unmerged:
        return Deferred(path=path, reason="it is in conflict", hint="resolve it, then `git add` and `git commit`")
    if state.worktree == "D" or state.staged == "D":
        return Deferred(path=path, reason="it was deleted", hint=f"`git rm {path}` and `git commit`, or `git restore`")
    if state.is_staged and state.worktree != ".":
        return Deferred(path=path, reason="only a part of it is staged", hint="`git commit` your part first")
    data = read_file(workspace.root, path)
    if data is None:
        return None
    try:
        errors = parse_reading(data).errors
    except TracklistSyntaxError as error:
        named = error.named(path)
        return Deferred(path=path, reason=named.message, hint=named.hint)
    if errors:
        problem = TracklistError(path, errors)
        return Deferred(path=path, reason=problem.message, hint=problem.hint)
    return data


def _message(workspace: Workspace, chosen: Mapping[str, bytes]) -> str:
    head = workspace.repository.head().oid
    lines = []
    for path, data in chosen.items():
        old = workspace.repository.blob_at(head, path) if head else None
        reading = parse_reading(data)
        lines.append((title_of(reading), describe(None if old is None else old[1], reading.document)))
    trailers = {"Tlgit-Action": "edit", "Tlgit-Source": "manual"}
    if len(lines) == 1:
        return render_message(f"edit: {lines[0][0]}: {lines[0][1]}", trailers)
    return render_message(
        f"edit: {len(lines)} tracklists", trailers, "\n".join(f"{title}: {words}" for title, words in lines)
    )


def title_of(reading: Reading) -> str:
    """How a list is called in a commit's subject."""
    title = reading.tracklist.title
    return title if len(title) <= 50 else title[:49] + "…"


def describe(before: bytes | None, after: Document) -> str:
    """What changed, in a few words; of a file that could not be read before, just that."""
    if before is None:
        return f"new, {len(after.items)} tracks"
    try:
        return summarize(diff_documents(parse_document(before), after))
    except TracklistSyntaxError:
        return "readable again"
