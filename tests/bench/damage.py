"""Damaged days: what a page says after vandalism, after a wrong reading, or after weeks of small losses.

Each kind is tried in several severities. What cannot be told from honest work is not here: a false name for an unknown
track, a label that nobody had filled in.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from tests.bench.lists import PEOPLE, WORDS, make_list
from tests.bench.pen import Pen, Transition, lists_of
from tlgit.merge.names import start_of
from tlgit.tracklist.fields import UNKNOWN
from tlgit.tracklist.time import render_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tlgit.merge.diff import Content

Damage = Callable[[Pen, float], None]


def _share(pen: Pen, rows: Sequence[int], share: float, least: int = 1) -> list[int]:
    count = max(min(least, len(rows)), round(share * len(rows)))
    return sorted(pen.random.sample(list(rows), min(count, len(rows))))


def _every(pen: Pen, key: str, write: Callable[[str], str], share: float) -> None:
    for row in _share(pen, pen.rows(key), share):
        pen.tracks[row][key] = write(pen.text(row, key))


def keep_part(pen: Pen, share: float) -> None:
    """A page that ends early."""
    del pen.tracks[max(1, round((1 - share) * len(pen.tracks))) :]


def lose_rows(pen: Pen, share: float) -> None:
    """Rows gone here and there."""
    for row in reversed(_share(pen, range(len(pen.tracks)), share)):
        del pen.tracks[row]


def lose_top(pen: Pen, share: float) -> None:
    """The first rows gone."""
    del pen.tracks[: max(1, round(share * len(pen.tracks)))]


def blank_titles(pen: Pen, share: float) -> None:
    """Names turned into ID."""
    for row in _share(pen, pen.named(), share):
        pen.tracks[row] |= {"artist": UNKNOWN, "title": UNKNOWN}


def clear_titles(pen: Pen, share: float) -> None:
    """Titles missing."""
    for row in _share(pen, pen.rows("title"), share):
        del pen.tracks[row]["title"]


def clear_starts(pen: Pen, share: float) -> None:
    """Cue times missing."""
    for row in _share(pen, pen.rows("start"), share):
        del pen.tracks[row]["start"]


def clear_labels(pen: Pen, share: float) -> None:
    """Labels missing."""
    for row in _share(pen, pen.rows("label"), share):
        del pen.tracks[row]["label"]


def shuffle(pen: Pen, share: float) -> None:
    """Rows in another order, their starts with them."""
    rows = _share(pen, range(len(pen.tracks)), share, 4)
    others = rows[:]
    pen.random.shuffle(others)
    tracks = [pen.tracks[row] for row in others]
    for row, track in zip(rows, tracks, strict=True):
        pen.tracks[row] = track


def reverse(pen: Pen, _: float) -> None:
    """The list upside down."""
    pen.tracks.reverse()


def _rotate(pen: Pen, share: float, *keys: str) -> None:
    rows = _share(pen, pen.rows(*keys), share, 2)
    values = [{key: pen.tracks[row][key] for key in keys} for row in rows]
    for row, value in zip(rows, values[1:] + values[:1], strict=True):
        pen.tracks[row] |= value


def swap_artists(pen: Pen, share: float) -> None:
    """Artists at other titles."""
    _rotate(pen, share, "artist")


def swap_titles(pen: Pen, share: float) -> None:
    """Titles at other artists."""
    _rotate(pen, share, "title")


def swap_names(pen: Pen, share: float) -> None:
    """Row ids given out anew: the names moved by one, under their old neighbours' ids and starts."""
    _rotate(pen, share, "artist", "title")


def swap_starts(pen: Pen, share: float) -> None:
    """Cue times at other tracks."""
    _rotate(pen, share, "start")


def new_names(pen: Pen, share: float) -> None:
    """Other tracks under the same ids."""
    for row in _share(pen, pen.named(), share):
        found = pen.make()
        pen.tracks[row] |= {key: found[key] for key in ("artist", "title")}


def host_everywhere(pen: Pen, share: float) -> None:
    """The wrong element was read: one artist for all rows."""
    _every(pen, "artist", lambda _: "Ada Brook", share)


def columns_swapped(pen: Pen, share: float) -> None:
    """Artist and title the wrong way round."""
    for row in _share(pen, pen.named(), share):
        track = pen.tracks[row]
        track["artist"], track["title"] = track["title"], track["artist"]


def other_list(pen: Pen, share: float) -> None:
    """Another set under this list's id, from some row on."""
    others = [dict(track) for track in make_list(pen.random)]
    for n, track in enumerate(others):
        track["ref"] = str(770_000 + n)
    pen.tracks = pen.tracks[: round((1 - share) * len(pen.tracks))] + others[: len(pen.tracks)]


def pen_names(pen: Pen, share: float) -> None:
    """Scrawl: one word in the place of titles."""
    _every(pen, "title", lambda _: "lol", share)


def advertise(pen: Pen, share: float) -> None:
    """Web addresses in titles."""
    _every(pen, "title", lambda text: f"{text} www.cheap-tickets.example", share)


def advertise_anew(pen: Pen, share: float) -> None:
    """Rows that only advertise, among the others."""
    for _ in range(max(1, round(share * 10))):
        track = pen.make() | {"title": "Win https://prizes.example/now"}
        pen.tracks.insert(pen.random.randint(1, len(pen.tracks)), dict(track))


def as_address(pen: Pen, share: float) -> None:
    """Titles as addresses spell them."""
    _every(pen, "title", _slug, share)


def lower_case(pen: Pen, share: float) -> None:
    """Another reading lost the case of artists and titles."""
    for key in ("artist", "title"):
        _every(pen, key, str.lower, share)


def cut_titles(pen: Pen, share: float) -> None:
    """Titles cut by a narrow column."""
    _every(pen, "title", lambda text: text[: max(2, len(text) // 2)].strip() + "…", share)


def wrong_letters(pen: Pen, share: float) -> None:
    """Text decoded wrongly, and markup left in it."""
    _every(pen, "artist", lambda text: f"{text} Ã©t&amp;", share)


def drop_versions(pen: Pen, share: float) -> None:
    """Titles without what stood in parentheses."""
    mixed = [row for row in pen.rows("title") if pen.text(row, "title").endswith(")")]
    for row in _share(pen, mixed, share) if mixed else []:
        title = pen.text(row, "title")
        pen.tracks[row]["title"] = title[: title.rfind("(")].strip() or title


def scale_starts(pen: Pen, share: float) -> None:
    """Minutes read as hours, for a part of the list."""
    rows = pen.rows("start")
    for row in rows[len(rows) - max(1, round(share * len(rows))) :]:
        pen.tracks[row]["start"] = render_time((start_of(pen.tracks[row]) or 1_000) * 60 % 3_599_000_000)


def zero_starts(pen: Pen, share: float) -> None:
    """All at 0:00."""
    _every(pen, "start", lambda _: "0:00", share)


def jitter_starts(pen: Pen, share: float) -> None:
    """Starts moved at random by up to two minutes."""
    for row in _share(pen, pen.rows("start"), share):
        start = start_of(pen.tracks[row]) or 0
        by = pen.random.choice((-1, 1)) * pen.random.randint(20, 120) * 1000
        pen.tracks[row]["start"] = render_time(abs(start + by))


def small_jitter(pen: Pen, share: float) -> None:
    """Most starts moved at random by up to 15 s."""
    rows = pen.rows("start")
    for row in _share(pen, rows, max(share, 0.8)):
        pen.retime(row, pen.random.choice((-14, -11, -8, 8, 10, 15)) * 1000)


def double_rows(pen: Pen, share: float) -> None:
    """Rows that stand twice, with their ids."""
    for row in reversed(_share(pen, range(len(pen.tracks)), share)):
        pen.tracks.insert(row + 1, dict(pen.tracks[row]))


def double_page(pen: Pen, share: float) -> None:
    """The page read twice in one, the second time without ids."""
    again = pen.tracks[: max(4, round(share * len(pen.tracks)))]
    pen.tracks += [{k: v for k, v in track.items() if k != "ref"} for track in again]


def rebuild(pen: Pen, share: float) -> None:
    """Some out, others in."""
    rows = range(1, len(pen.tracks) - 1)
    for row in reversed(_share(pen, rows, min(0.8, share), 3)):
        del pen.tracks[row]
    for _ in range(6):
        pen.insert(pen.random.randint(1, len(pen.tracks)))


def clear_list(pen: Pen, _: float) -> None:
    """The list's own fields."""
    for key in ("artist", "date"):
        pen.fields.pop(key, None)


def rename_list(pen: Pen, _: float) -> None:
    """Another title and artist of the list."""
    pen.fields |= {"title": "Somebody Else Entirely", "artist": "DJ Nobody"}


DAMAGES: Final[tuple[Damage, ...]] = (
    keep_part,
    lose_rows,
    lose_top,
    blank_titles,
    clear_titles,
    clear_starts,
    clear_labels,
    shuffle,
    reverse,
    swap_artists,
    swap_titles,
    swap_names,
    swap_starts,
    new_names,
    host_everywhere,
    columns_swapped,
    other_list,
    pen_names,
    advertise,
    advertise_anew,
    as_address,
    lower_case,
    cut_titles,
    wrong_letters,
    drop_versions,
    scale_starts,
    zero_starts,
    jitter_starts,
    small_jitter,
    double_rows,
    double_page,
    rebuild,
    clear_list,
    rename_list,
)
LIGHT_PASSES: Final = frozenset({"as_address", "lower_case"})
"""A tenth of the names in another spelling is what people do, too: only the whole list is tried."""
SEVERITIES: Final = (0.1, 0.25, 0.5, 1.0)


def _slug(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "-".join("".join(c if c.isalnum() else " " for c in letters).split()) or "x"


def slow_typos(pen: Pen, day: int) -> None:
    """Two letters in the titles of every tenth track, each day other ones."""
    for row in pen.named()[day % 10 :: 10]:
        text = pen.text(row, "title")
        if len(text) > 8:
            pen.tracks[row]["title"] = text[:3] + "zq" + text[3:]


def slow_versions(pen: Pen, day: int) -> None:
    """False versions, a tenth of the tracks each day."""
    for row in pen.named()[day % 10 :: 10]:
        title = pen.text(row, "title").partition(" (")[0]
        pen.tracks[row]["title"] = f"{title} ({pen.random.choice(PEOPLE)} Bootleg)"


def slow_labels(pen: Pen, day: int) -> None:
    """False labels, a tenth each day."""
    for row in pen.rows("label")[day % 10 :: 10]:
        pen.tracks[row]["label"] = " ".join(pen.random.sample(WORDS, 2))


def slow_starts(pen: Pen, day: int) -> None:
    """Starts creep: 12 s a day, a fifth of the tracks each."""
    for row in pen.rows("start")[day % 5 :: 5]:
        pen.retime(row, 12_000)


def slow_removal(pen: Pen, _: int) -> None:
    """One track of twenty goes each day."""
    for _ in range(max(1, len(pen.tracks) // 20)):
        if len(pen.tracks) > 3:
            del pen.tracks[pen.random.randrange(1, len(pen.tracks) - 1)]


def slow_blanks(pen: Pen, day: int) -> None:
    """One name of twenty turns into ID each day."""
    for row in pen.named()[day % 20 :: 20]:
        pen.tracks[row] |= {"artist": UNKNOWN, "title": UNKNOWN}


SLOW: Final = (slow_typos, slow_versions, slow_labels, slow_starts, slow_removal, slow_blanks)
DAYS: Final = 14


def make_damaged(seed: int, corpus: Path | None, made: int = 4) -> Iterator[Transition]:
    """Damaged days of every kind and severity over every list; slow decay and quarrels as sequences."""
    for name, content in lists_of(seed, corpus, made).items():
        for damage in DAMAGES:
            for share in SEVERITIES:
                if share < 0.75 and damage.__name__ in LIGHT_PASSES:
                    continue
                pen = Pen(content, f"{seed}.{name}.{share}.{damage.__name__}")
                damage(pen, share)
                if pen.content() != content:
                    yield _damaged(damage.__name__, name, content, pen.content())
        for decay in SLOW:
            pen = Pen(content, f"{seed}.{name}.{decay.__name__}")
            days = [content]
            for day in range(DAYS):
                decay(pen, day)
                days.append(pen.content())
            if days[-1] != content:
                yield _damaged(decay.__name__, name, *days)
        pen = Pen(content, f"{seed}.{name}.flapping")
        for row in pen.named()[:1]:
            pen.tracks[row]["label"] = "LANTERN" if pen.text(row, "label") != "LANTERN" else "KELP"
            other = pen.content()
            yield _damaged("flapping", name, *((content, other) * 4))


def _damaged(kind: str, name: str, *days: Content) -> Transition:
    return Transition(kind=kind, list_name=name, days=days, is_damage=True)
