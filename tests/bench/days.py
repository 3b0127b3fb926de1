"""Days of a tracklist, normal and damaged: what a source says before and after, with the truth about which it is.

Normal days are what people do on the site: most of them are safe, some hold one change that somebody should look at.
Damaged days are vandalism by hand, pages read wrongly, and slow decay. Lists are made, or read from a folder of pages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tests.bench.lists import LABELS, PEOPLE
from tests.bench.pen import Pen, Transition, content_from, lists_of
from tlgit.merge.confidence import EXPORT, PAGE
from tlgit.merge.names import is_unknown, start_of, text_of
from tlgit.sources.guard import merge_export
from tlgit.sources.read import parse
from tlgit.sources.snapshot import Snapshot
from tlgit.tracklist.fields import UNKNOWN
from tlgit.tracklist.time import render_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tlgit.merge.diff import Content
    from tlgit.tracklist.fields import Value


Edit = Callable[[Pen], None]


def _name(pen: Pen, row: int) -> None:
    found = pen.make()
    track = pen.tracks[row]
    if text_of(track.get("artist")) in {"", UNKNOWN}:
        track["artist"] = found["artist"]
    track["title"] = found["title"]
    if pen.random.random() < 0.7:
        track.setdefault("label", found.get("label", "FERN"))


def name_one(pen: Pen) -> None:
    """An unknown track is named."""
    for row in pen.unknown()[:1]:
        _name(pen, row)


def name_all(pen: Pen) -> None:
    """All unknown tracks are named in one night."""
    for row in range(len(pen.tracks)):
        if UNKNOWN in {pen.text(row, "artist"), pen.text(row, "title")}:
            _name(pen, row)


def fill_labels(pen: Pen) -> None:
    """Labels where none were."""
    for row in pen.named():
        pen.tracks[row].setdefault("label", pen.random.choice(LABELS))


def fill_list(pen: Pen) -> None:
    """Event, venue and genres of the list."""
    filled: dict[str, Value] = {"event": "Tideline", "venue": "Harbour Hall", "genres": ("House", "Techno")}
    for key, value in filled.items():
        pen.fields.setdefault(key, value)


def add_starts(pen: Pen) -> None:
    """Cue times for a list that had none."""
    moment = 0
    for track in pen.tracks:
        if track.pop("with", None) is None or pen.random.random() < 0.5:
            track["start"] = render_time(moment)
        moment += pen.random.randint(60, 300) * 1000


def shift_all(pen: Pen) -> None:
    """All starts by one time: another recording became the page's clock."""
    by = pen.random.choice((2, 7, 12, 31, 60, 754)) * 1000
    for row in pen.rows("start"):
        start = start_of(pen.tracks[row])
        if start is not None:
            pen.tracks[row]["start"] = render_time(start + by)


def insert_top(pen: Pen) -> None:
    """A track at the top."""
    pen.insert(0)


def insert_some(pen: Pen) -> None:
    """Up to four tracks somewhere."""
    for _ in range(pen.random.randint(1, 4)):
        pen.insert(pen.random.randint(1, len(pen.tracks)))


def grow(pen: Pen) -> None:
    """A set while it is tracked: three times as many rows as before, some of them unknown."""
    last = max((start_of(track) or 0 for track in pen.tracks), default=0)
    has_starts = bool(pen.rows("start"))
    for n in range(2 * len(pen.tracks) + 4):
        track = pen.make()
        if pen.random.random() < 0.2:
            track |= {"artist": UNKNOWN, "title": UNKNOWN}
        if has_starts:
            track["start"] = render_time(last + (n + 1) * 90_000)
        pen.tracks.append(track)


def correct_starts(pen: Pen) -> None:
    """Up to six starts by up to 15 s."""
    for row in pen.some(pen.rows("start"), 6):
        pen.retime(row, pen.random.choice((-15, -9, -5, -2, 1, 3, 6, 12)) * 1000)


def round_starts(pen: Pen) -> None:
    """All starts by ear once more, a few seconds."""
    for row in pen.rows("start"):
        pen.retime(row, pen.random.randint(-4, 4) * 1000)


def fix_typos(pen: Pen) -> None:
    """A letter of up to three names."""
    for row in pen.some(pen.named(), 3):
        key = pen.random.choice(("artist", "title"))
        text = pen.text(row, key)
        letters = [n for n, letter in enumerate(text[:20]) if letter.isalpha() and n]
        if len(text) >= 8 and letters:
            n = pen.random.choice(letters)
            pen.tracks[row][key] = (
                text[:n] + text[n + 1 :] if pen.random.random() < 0.5 else text[:n] + text[n] + text[n:]
            )


def spell(pen: Pen) -> None:
    """Artists of a few tracks written otherwise."""
    for row in pen.some(pen.rows("artist"), 5):
        text = pen.text(row, "artist")
        ways = (text.upper(), text.replace(" ft. ", " feat. "), text.replace(" & ", " and "))
        parts = text.split(" & ")
        pen.tracks[row]["artist"] = pen.random.choice((*ways, f"{text} (FR)", " & ".join(reversed(parts))))


def add_mixes(pen: Pen) -> None:
    """Which version it was."""
    for row in pen.some(pen.named(), 3):
        pen.tracks[row]["title"] = f"{pen.text(row, 'title')} ({pen.random.choice(PEOPLE)} Remix)"


def change_mix(pen: Pen) -> None:
    """It was another version."""
    mixed = [row for row in pen.named() if pen.text(row, "title").endswith(")")]
    for row in pen.some(mixed, 2) if mixed else []:
        title = pen.text(row, "title")
        pen.tracks[row]["title"] = f"{title[: title.rfind('(')]}({pen.random.choice(PEOPLE)} Edit)"


def add_artists(pen: Pen) -> None:
    """A guest is named."""
    for row in pen.some(pen.named(), 3):
        pen.tracks[row]["artist"] = f"{pen.text(row, 'artist')} ft. {pen.random.choice(PEOPLE)}"


def drop_artist(pen: Pen) -> None:
    """One of the artists had no part in it."""
    for row in pen.rows("artist"):
        names = pen.text(row, "artist").split(" & ")
        if len(names) > 2:
            pen.tracks[row]["artist"] = " & ".join(names[1:])
            return


def change_label(pen: Pen) -> None:
    """Up to three labels."""
    rows = pen.rows("label")
    for row in pen.some(rows, 3) if rows else []:
        pen.tracks[row]["label"] = pen.random.choice(("NEW STATE", "LANTERN", "TIDE (FERN)"))


def rename_label(pen: Pen) -> None:
    """A label has another name in the site's catalogue."""
    rows = pen.rows("label")
    if rows:
        old = pen.text(pen.random.choice(rows), "label")
        for row in rows:
            if pen.text(row, "label") == old:
                pen.tracks[row]["label"] = "KELP NORTH"


def respell_artist(pen: Pen) -> None:
    """An artist is written otherwise in the site's catalogue."""
    rows = pen.rows("artist")
    name = pen.text(pen.random.choice(rows), "artist").split(" & ")[0]
    for row in rows:
        pen.tracks[row]["artist"] = pen.text(row, "artist").replace(name, name.upper())


def split_mashup(pen: Pen) -> None:
    """A mashup becomes two rows."""
    for row in pen.named():
        titles, artists = pen.text(row, "title").split(" vs. "), pen.text(row, "artist").split(" vs. ")
        if len(titles) == len(artists) == 2:
            pen.tracks[row] |= {"artist": artists[0], "title": titles[0]}
            other: dict[str, Value] = {
                "with": "true",
                "artist": artists[1],
                "title": titles[1],
                "ref": "990500",
            }
            pen.tracks.insert(row + 1, other)
            return


def join_mashup(pen: Pen) -> None:
    """Two rows become a mashup."""
    named = pen.named()
    for row in named[1:]:
        if row + 1 in named and row + 2 < len(pen.tracks):
            below = pen.tracks.pop(row + 1)
            for key in ("artist", "title"):
                pen.tracks[row][key] = f"{pen.text(row, key)} vs. {text_of(below[key])}"
            return


def drop_twin(pen: Pen) -> None:
    """A track stood twice, and does so no more: the list had it, see `_twin`."""
    for row in pen.rows("artist", "title")[1:]:
        if pen.text(row, "ref") == "990900":
            del pen.tracks[row]
            return


def add_sections(pen: Pen) -> None:
    """Header lines."""
    for row, name in ((0, "First Hour"), (len(pen.tracks) // 2, "Second Hour")):
        pen.tracks[row].setdefault("section", name)


def remove_one(pen: Pen) -> None:
    """A track was not played."""
    rows = _inner(pen)
    if rows:
        del pen.tracks[pen.random.choice(rows)]


def move_one(pen: Pen) -> None:
    """Two neighbours were the other way round."""
    rows = [row for row in _inner(pen) if row + 2 < len(pen.tracks)]
    if rows:
        row = pen.random.choice(rows)
        first, second = pen.tracks[row], pen.tracks[row + 1]
        starts = [first.pop("start", None), second.pop("start", None)]
        for track, start in zip((second, first), starts, strict=True):
            if start is not None:
                track["start"] = start
        pen.tracks[row : row + 2] = [second, first]


def retime_one(pen: Pen) -> None:
    """One start was minutes off."""
    rows = pen.rows("start")
    if rows:
        pen.retime(pen.random.choice(rows), pen.random.choice((-60, -25, 25, 60)) * 1000)


def rename_one(pen: Pen) -> None:
    """One track was another one."""
    rows = _inner(pen)
    if rows:
        found = pen.make()
        pen.tracks[pen.random.choice(rows)] |= {"artist": found["artist"], "title": found["title"]}


def busy(pen: Pen) -> None:
    """Several of what is safe, on one day."""
    for edit in pen.random.sample(SAFE, pen.random.randint(2, 5)):
        edit(pen)


def busy_doubtful(pen: Pen) -> None:
    """Several of what is safe, and one thing that is not."""
    pen.random.choice((remove_one, move_one, retime_one, rename_one))(pen)
    for edit in pen.random.sample((name_all, fill_labels, fill_list, spell, add_mixes), 3):
        edit(pen)


def _inner(pen: Pen) -> list[int]:
    """Named rows that are neither first nor last, nor an intro, nor played with another."""
    rows = pen.named()
    return [
        row
        for row in rows
        if 0 < row < len(pen.tracks) - 2
        and "ntro" not in pen.text(row, "title")
        and not any("with" in track for track in pen.tracks[row : row + 2])
    ]


SAFE: Final[tuple[Edit, ...]] = (
    name_one,
    name_all,
    fill_labels,
    fill_list,
    insert_top,
    insert_some,
    correct_starts,
    fix_typos,
    spell,
    add_mixes,
    change_mix,
    add_artists,
    drop_artist,
    change_label,
    rename_label,
    respell_artist,
    split_mashup,
    add_sections,
)
DOUBTFUL: Final[tuple[Edit, ...]] = (remove_one, move_one, retime_one, rename_one, busy_doubtful)
NORMAL: Final[tuple[Edit, ...]] = (
    *SAFE,
    add_starts,
    shift_all,
    round_starts,
    grow,
    join_mashup,
    drop_twin,
    busy,
    *DOUBTFUL,
)


def make_normal(seed: int, corpus: Path | None, made: int = 4, rounds: int = 1) -> Iterator[Transition]:
    """Normal days of every kind over every list, as a page and as an export would tell them, and real editions."""
    for name, content in lists_of(seed, corpus, made).items():
        for n in range(rounds):
            for edit in NORMAL:
                start = _before(edit, content)
                pen = Pen(start, f"{seed}.{name}.{n}.{edit.__name__}")
                edit(pen)
                after = pen.content()
                if after == start:
                    continue
                for source in (PAGE, EXPORT):
                    yield Transition(
                        kind=edit.__name__,
                        list_name=name,
                        days=(start, after),
                        is_damage=False,
                        source=source,
                    )
    if corpus is not None:
        yield from real_days(corpus)


def _before(edit: Edit, content: Content) -> Content:
    """The list as it has to be for this edit."""
    tracks = list(content.tracks)
    if edit in {add_starts, shift_all, grow}:
        # A made start shall not lie behind the end of a real recording.
        content = replace(content, fields={k: v for k, v in content.fields.items() if k != "duration"})
    if edit is add_starts:
        tracks = [{k: v for k, v in track.items() if k not in {"start", "with"}} for track in tracks]
    if edit is drop_twin:
        named = [n for n, track in enumerate(tracks) if not is_unknown(track) and 0 < n < len(tracks) - 1]
        if named:
            twin = {k: v for k, v in tracks[named[0]].items() if k in {"artist", "title", "start"}}
            tracks.insert(named[0] + 1, twin | {"ref": "990900"})
    return replace(content, tracks=tuple(tracks))


def real_days(corpus: Path) -> Iterator[Transition]:
    """Editions of one list: a page, a later one, its export."""
    pages = sorted((corpus / "1001tracklists" / "pages").glob("*.html"))
    read = {page: parse(page.read_bytes()) for page in pages}
    for page, first in read.items():
        list_id = page.stem.partition("-")[0]
        if not isinstance(first, Snapshot):
            continue
        for later, second in read.items():
            if (
                later.stem > page.stem
                and later.stem.startswith(f"{list_id}-")
                and isinstance(second, Snapshot)
            ):
                days = (content_from(first.tracklist), content_from(second.tracklist))
                yield Transition(kind="real editions", list_name=page.stem, days=days, is_damage=False)
        export = corpus / "1001tracklists" / "exports" / f"{list_id}.txt"
        text = parse(export.read_bytes()) if export.is_file() else None
        if isinstance(text, Snapshot):
            merged = merge_export(first.tracklist, text.tracklist)
            days = (content_from(first.tracklist), content_from(merged))
            yield Transition(
                kind="real export", list_name=page.stem, days=days, is_damage=False, source=EXPORT
            )
