"""A list while somebody works on it, and the lists that are worked on: made ones, and pages of a folder."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.bench.lists import PEOPLE, make_list, make_track
from tlgit.merge.confidence import PAGE, Source
from tlgit.merge.diff import Content, content_of
from tlgit.merge.names import is_unknown, start_of, text_of
from tlgit.sources.read import parse
from tlgit.sources.snapshot import Snapshot
from tlgit.tracklist.fields import UNKNOWN
from tlgit.tracklist.text import parse_document
from tlgit.tracklist.time import render_time
from tlgit.tracklist.write import render_tracklist

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tlgit.tracklist.fields import Value
    from tlgit.tracklist.model import Tracklist


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """What a source said, day by day."""

    kind: str
    list_name: str
    days: tuple[Content, ...]
    """The first is what `upstream` holds; more than two are a sequence that is taken one by one."""
    is_damage: bool
    source: Source = PAGE


class Pen:
    """A list while somebody works on it."""

    def __init__(self, content: Content, seed: str) -> None:
        self.random = random.Random(seed)
        self.fields: dict[str, Value] = dict(content.fields)
        self.tracks: list[dict[str, Value]] = [dict(track) for track in content.tracks]
        self.next = 0

    def content(self) -> Content:
        """What it is now."""
        return Content(fields=dict(self.fields), tracks=tuple(dict(track) for track in self.tracks))

    def rows(self, *keys: str) -> list[int]:
        """Rows that have these fields, and known ones."""
        return [
            n for n, track in enumerate(self.tracks) if all(track.get(k, UNKNOWN) != UNKNOWN for k in keys)
        ]

    def named(self) -> list[int]:
        """Rows with artist and title."""
        return [
            n for n in self.rows("artist", "title") if not text_of(self.tracks[n]["title"]).startswith("ID ")
        ]

    def unknown(self) -> list[int]:
        """Rows that nobody has named."""
        return [n for n, track in enumerate(self.tracks) if is_unknown(track)]

    def some(self, rows: Sequence[int], most: int) -> list[int]:
        """One to `most` of them."""
        count = min(len(rows), self.random.randint(1, most))
        return self.random.sample(list(rows), count)

    def text(self, row: int, key: str) -> str:
        return text_of(self.tracks[row].get(key))

    def make(self) -> dict[str, Value]:
        """A track that is new."""
        self.next += 1
        return make_track(self.random, self.random.choice(PEOPLE)) | {"ref": str(990_000 + self.next)}

    def insert(self, at: int) -> None:
        """A new track, its start between its neighbours' where there is room."""
        track = self.make()
        starts = [start_of(one) for one in self.tracks]
        above = next((one for one in reversed(starts[:at]) if one is not None), None)
        below = next((one for one in starts[at:] if one is not None), None)
        if above is not None and below is not None and below - above > 2_000:
            track["start"] = render_time((above + below) // 2000 * 1000)
        elif above is None and below is not None and below > 0:
            track["start"] = "0:00"
        self.tracks.insert(at, track)

    def retime(self, row: int, by: int) -> None:
        """Another start, in order with its neighbours."""
        start = start_of(self.tracks[row])
        if start is None:
            return
        starts = [start_of(one) for one in self.tracks]
        above = next((one for one in reversed(starts[:row]) if one is not None), 0)
        below = next((one for one in starts[row + 1 :] if one is not None), start + abs(by) + 1)
        self.tracks[row]["start"] = render_time(max(above, min(below, start + by)))


def lists_of(seed: int, corpus: Path | None, made: int) -> dict[str, Content]:
    """Made lists, and those of the folder."""
    found: dict[str, Content] = {}
    for n in range(made):
        fields: dict[str, Value] = {
            "title": f"Night {n}",
            "artist": "Ada Brook",
            "date": "2026-05-09",
            "source": "https://1001.tl/1kanal01",
        }
        found[f"made {n}"] = Content(fields=fields, tracks=make_list(random.Random(f"{seed}.{n}")))
    if corpus is not None:
        for file in sorted((corpus / "1001tracklists" / "pages").glob("*.html")):
            page = parse(file.read_bytes())
            if isinstance(page, Snapshot):
                found[file.stem] = content_from(page.tracklist)
    return found


def content_from(tracklist: Tracklist) -> Content:
    """A tracklist as `upstream` would hold it."""
    return content_of(parse_document(render_tracklist(tracklist)))
