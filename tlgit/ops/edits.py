"""The user's own edits: valid ones become versions of their own before anything else is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tlgit.errors import TlgitError
from tlgit.files.atomic import read_file
from tlgit.merge.diff import diff_documents, summarize
from tlgit.ops.message import render_message, render_subject
from tlgit.ops.summary import source_id
from tlgit.tracklist.check import check
from tlgit.tracklist.schema import Severity, TracklistError, parse_reading
from tlgit.tracklist.syntax import TracklistSyntaxError
from tlgit.tracklist.text import Document, parse_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlgit.git.worktree import PathState
    from tlgit.ops.workspace import Workspace


_SYNC_COPY: Final = re.compile(r"\.sync-conflict-|conflicted copy", re.IGNORECASE)


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
    found_states = repository.path_status(*workspace.scope)
    states = {path: state for path, state in found_states.items() if workspace.config.is_tracklist(path)}
    chosen: dict[str, bytes] = {}
    deferred: list[Deferred] = []
    for path, state in sorted(states.items()):
        found = _judge(workspace, path, state)
        if isinstance(found, Deferred):
            deferred.append(found)
        elif found is not None:
            chosen[path] = found
    for twin in _twins(workspace, chosen, states):
        chosen.pop(twin.path)
        deferred.append(twin)
    if not chosen:
        return Edits(deferred=tuple(deferred))
    message = _message(workspace, chosen)
    head = repository.head()
    with workspace.job("commit", {"locks": ["index", "HEAD", *([head.ref] if head.ref else [])]}):
        commit = repository.commit_user_paths(tuple(chosen), message)
    for path, data in chosen.items():
        # Kept as it is, because it is the user's; but what cannot be true is told while they still know why.
        errors = [found for found in check(parse_reading(data)) if found.severity is Severity.ERROR]
        workspace.notes += (f"look again at {found.describe(path)} (committed as it is)" for found in errors)
    return Edits(committed=tuple(chosen), commit=commit, deferred=tuple(deferred))


def _judge(workspace: Workspace, path: str, state: PathState) -> bytes | Deferred | None:
    """The bytes to commit, or why not; None for what is no edit of a tracklist's text."""
    if state.is_unmerged:
        return Deferred(
            path=path, reason="it is in conflict", hint="resolve it, then `git add` and `git commit`"
        )
    if state.worktree == "D" or state.staged == "D":
        return Deferred(
            path=path, reason="it was deleted", hint=f"`git rm {path}` and `git commit`, or `git restore`"
        )
    if state.is_staged and state.worktree != ".":
        return Deferred(path=path, reason="only a part of it is staged", hint="`git commit` your part first")
    if state.is_untracked and _SYNC_COPY.search(path):
        hint = "compare it with the original, then remove it"
        return Deferred(path=path, reason="it is a copy that a synchronizing program has made", hint=hint)
    try:
        data = read_file(workspace.root, path)
        if data is None:
            return None
        errors = parse_reading(data).errors
    except TracklistSyntaxError as error:
        named = error.named(path)
        return Deferred(path=path, reason=named.message, hint=named.hint)
    except TlgitError as error:  # a link, a pipe, a file that may not be read
        return Deferred(path=path, reason=error.message, hint=error.hint)
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
        title = reading.tracklist.title or path
        lines.append((title, describe(None if old is None else old[1], reading.document)))
    trailers = {"Tlgit-Action": "edit", "Tlgit-Source": "manual"}
    if len(lines) == 1:
        return render_message(render_subject("edit", *lines[0]), trailers)
    return render_message(
        f"edit: {len(lines)} tracklists", trailers, "\n".join(f"{title}: {words}" for title, words in lines)
    )


def _twins(
    workspace: Workspace, chosen: Mapping[str, bytes], states: Mapping[str, PathState]
) -> list[Deferred]:
    """New files that name the page of a list that is there already: a rename not committed yet, or a copy."""
    new = {path: source_id(data) for path, data in chosen.items() if _is_new(states[path])}
    ids = frozenset(one for one in new.values() if one is not None)
    if not ids:
        return []
    lists = workspace.lists(workspace.repository.head().oid)
    owners = {workspace.list_id(file): file.path for file in workspace.of_ids(lists.values(), ids)}
    twins = []
    for path, list_id in sorted(new.items()):
        if list_id is None:
            continue
        owner = owners.setdefault(list_id, path)
        if owner == path:
            continue
        if owner in states and "D" in {states[owner].staged, states[owner].worktree}:
            reason, hint = f"it was renamed from {owner!r}", "`git add` both names, then `git commit`"
        else:
            reason, hint = f"it names the same page as {owner!r}", "remove one, or the `source` of one"
        twins.append(Deferred(path=path, reason=reason, hint=hint))
    return twins


def _is_new(state: PathState) -> bool:
    return state.is_untracked or state.staged == "A"


def shown_title(data: bytes, path: str) -> str:
    """How a list is called in a commit's subject; by its path, when it has no title that can be read."""
    try:
        return parse_reading(data).tracklist.title or path
    except TracklistSyntaxError:
        return path


def describe(before: bytes | None, after: Document) -> str:
    """What changed, in a few words; of a file that could not be read before, just that."""
    if before is None:
        return f"new, {len(after.items)} tracks"
    try:
        return summarize(diff_documents(parse_document(before), after).changes)
    except TracklistSyntaxError:
        return "readable again"
