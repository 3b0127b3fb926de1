"""What one tracklist shows in lists of tracklists, from the cache where its blob was seen before."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tlgit.sources.address import list_id_of
from tlgit.state.database import Parsed
from tlgit.tracklist.schema import TracklistError, parse_reading
from tlgit.tracklist.syntax import TracklistSyntaxError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tlgit.ops.workspace import ListFile, Workspace

_SOURCE: Final = re.compile(rb"^(?:\xef\xbb\xbf)?source:[ \t]*[\"']?([^\s\"'#]+)", re.MULTILINE)


def source_id(data: bytes) -> str | None:
    """The page's id of a tracklist, from its `source:` line, even if the rest is broken; None without a page."""
    match = _SOURCE.search(data)
    return list_id_of(match[1].decode("utf-8", "replace")) if match else None


def read_summaries(workspace: Workspace, files: Iterable[ListFile]) -> dict[str, Parsed]:
    """What the blobs of these files show, by blob id; only those never seen before are read and parsed."""
    wanted = {file.oid for file in files}
    known = workspace.summaries
    unseen = wanted - known.keys()
    if unseen:
        known |= workspace.state.parsed(unseen)
        new = {oid: summarize_text(workspace.repository.blob(oid), oid) for oid in unseen if oid not in known}
        if new:
            workspace.state.put_parsed(new.values())
            known |= new
    return {oid: known[oid] for oid in wanted}


def summarize_text(data: bytes, oid: str = "") -> Parsed:
    """The summary of one text; what cannot be read has a `problem`, `:3:1: expected …`, to stand behind a path."""
    try:
        reading = parse_reading(data)
    except TracklistSyntaxError as error:
        return Parsed(
            blob=oid,
            list_id=source_id(data),
            title=None,
            artist=None,
            date=None,
            tracks=0,
            unknown=0,
            problem=f":{error.position.line}:{error.position.column}: {error.sentence}",
        )
    tracklist = reading.tracklist
    return Parsed(
        blob=oid,
        list_id=source_id(data),
        title=tracklist.title,
        artist=tracklist.artist,
        date=tracklist.date,
        tracks=len(tracklist.tracks),
        unknown=sum(track.is_unknown for track in tracklist.tracks),
        problem=TracklistError("", reading.errors).message if reading.errors else None,
    )
