"""Lists to measure with: made ones, and those of the optional folder of real pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tlgit.merge.diff import content_of
from tlgit.sources.read import parse
from tlgit.sources.snapshot import Snapshot
from tlgit.tracklist.fields import UNKNOWN
from tlgit.tracklist.text import parse_document
from tlgit.tracklist.time import render_time
from tlgit.tracklist.write import render_tracklist

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping
    from pathlib import Path

    from tlgit.tracklist.fields import Value

    Track = Mapping[str, Value]

PEOPLE: Final = [
    "Mira Vale",
    "Kato Lind",
    "Sol & Ember",
    "Ona Reyes",
    "Yara Holm",
    "Nell Orr",
    "Björk Aasen",
    "Dune Choir",
    "Tomás Ruiz",
    "Lärke",
    "KVARTS",
    "nine lakes",
    "Petra Voss",
    "The Quiet Hours",
    "Ivo Marš",
    "Juno Pell",
    "RHEA",
    "Halden & Fjord",
    "Cass Okafor",
    "Linnéa Brandt",
    "DJ Salt",
    "Orrin West",
    "MELT/DOWN",
    "Amari Fox",
    "Zoë Kline",
    "Bruno Tate",
    "Velvet Union",
    "Saskia Rhee",
    "Low Harbour",
    "Paulo Nery",
]
WORDS: Final = [
    "Paper",
    "Boats",
    "Glass",
    "Harbour",
    "Stone",
    "Water",
    "Night",
    "Signal",
    "Orbit",
    "Velvet",
    "Lantern",
    "Static",
    "Bloom",
    "Ember",
    "Haze",
    "Drift",
    "Cascade",
    "Marble",
    "Neon",
    "Ritual",
    "Solar",
    "Tundra",
    "Vapour",
    "Willow",
    "Zenith",
    "Acid",
    "Carbon",
    "Delta",
    "Fever",
    "Ghost",
    "Hollow",
    "Iron",
    "Jade",
    "Lunar",
    "Opal",
    "Prism",
    "River",
    "Silver",
    "Morning",
    "Shelter",
    "Copper",
    "Thunder",
    "Garden",
    "Mirror",
    "Satellite",
    "Tomorrow",
    "Heartbeat",
    "Wolves",
    "Avalanche",
]
MIXES: Final = [
    "Extended Mix",
    "Dub",
    "VIP",
    "Intro Edit",
    "Acappella",
    "Live",
    "Original Mix",
    "Club Mix",
    "Instrumental",
    "Rework",
]
LABELS: Final = ["FERN", "QUAY", "TIDE", "NORDLYS", "PAPER (UNION)", "SALT/FERN", "OBSIDIAN", "KELP"]


def make_list(maker: random.Random) -> tuple[Track, ...]:
    """A set as people play it: unknown tracks, mashups, tracks played together, one artist many times."""
    host = maker.choice(PEOPLE)
    has_starts = maker.random() < 0.8
    tracks: list[Track] = []
    moment = maker.choice((0, 12_000))
    for n in range(maker.randint(12, 60)):
        track = make_track(maker, host if maker.random() < 0.3 else maker.choice(PEOPLE))
        chance = maker.random()
        if chance < 0.12:
            track = {"artist": UNKNOWN, "title": UNKNOWN}
        elif chance < 0.18:
            track["title"] = UNKNOWN
        elif chance < 0.24:
            other = make_track(maker, maker.choice(PEOPLE))
            track |= {key: f"{track[key]} vs. {other[key]}" for key in ("artist", "title")}
        elif chance < 0.27 and tracks:
            track = {key: v for key, v in maker.choice(tracks).items() if key in {"artist", "title", "label"}}
        if n and maker.random() < 0.18:
            track = {"with": "true", **track}
        elif has_starts:
            track = {"start": render_time(moment), **track}
            moment += maker.randint(40, 300) * 1000
        tracks.append({**track, "ref": str(120_000 + 7 * n)})
    return tuple(tracks)


def make_track(maker: random.Random, artist: str) -> dict[str, Value]:
    """A named track without start."""
    title = " ".join(maker.sample(WORDS, maker.randint(1, 3)))
    if maker.random() < 0.35:
        title += f" ({maker.choice(MIXES)})"
    if maker.random() < 0.2:
        artist += f" ft. {maker.choice(PEOPLE)}"
    track: dict[str, Value] = {"artist": artist, "title": title}
    if maker.random() < 0.7:
        track["label"] = maker.choice(LABELS)
    return track


def read_lists(corpus: Path) -> dict[str, tuple[Track, ...]]:
    """The lists of a folder of pages and exports."""
    lists: dict[str, tuple[Track, ...]] = {}
    for file in sorted((corpus / "1001tracklists").glob("*/*")):
        if file.parent.name in {"pages", "exports"}:
            found = parse(file.read_bytes())
            if isinstance(found, Snapshot):
                lists[file.name] = content_of(parse_document(render_tracklist(found.tracklist))).tracks
    return lists
