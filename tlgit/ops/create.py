"""A tracklist made by hand: a file to start from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlgit.files.atomic import ABSENT, write_file
from tlgit.ops.naming import new_path
from tlgit.tracklist.model import Track, Tracklist
from tlgit.tracklist.schema import parse_tracklist
from tlgit.tracklist.write import render_tracklist

if TYPE_CHECKING:
    from tlgit.ops.workspace import Workspace


def create_list(workspace: Workspace, tracklist: Tracklist) -> str:
    """Write a new list into the worktree (not committed: it is the user's to fill) and give its path."""
    if not tracklist.tracks:
        tracklist = Tracklist(
            title=tracklist.title,
            artist=tracklist.artist,
            date=tracklist.date,
            event=tracklist.event,
            audio=tracklist.audio,
            tracks=(Track(start=0, artist="ID", title="ID"),),
        )
    text = render_tracklist(tracklist)
    parse_tracklist(text, "the new tracklist")
    with workspace.locked("tlgit new"):
        taken = {*workspace.lists(workspace.repository.head().oid), *workspace.repository.path_status()}
        path = new_path(workspace.config, tracklist, taken, None)
        write_file(workspace.root, path, text.encode(), expected=ABSENT)
    return path
