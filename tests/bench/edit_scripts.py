"""Labelled edits: two versions of a list, and the truth about which row came from which.

Lists are made here, or read from pages and exports in a folder. Every edit is one that people make: by hand, on the
page, or by pasting a text. The truth is known because the rows carry hidden numbers while they are edited.

What nobody could tell is not generated: without row ids an unknown row is neither moved far nor named in the same go
as another row comes beside it.
"""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.bench.lists import MIXES, PEOPLE, make_list, make_track, read_lists
from tlgit.merge.names import is_unknown, start_of, text_of
from tlgit.tracklist.fields import UNKNOWN
from tlgit.tracklist.time import render_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tlgit.tracklist.fields import Value

    Track = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Script:
    """One edited list."""

    kind: str
    source: str
    """Which list was edited."""
    before: tuple[Track, ...]
    after: tuple[Track, ...]
    truth: frozenset[tuple[int, int]]
    """Places before and after of each row that is still there."""
    has_refs: bool


@dataclass(slots=True)
class _Row:
    number: int
    value: dict[str, Value]
    is_busy: bool = False
    """Whether another edit of this row would leave nothing to know it by."""

    @property
    def is_blurred(self) -> bool:
        """Whether only its moment and its place tell which row it is."""
        return UNKNOWN in {text_of(self.value.get(key)) or UNKNOWN for key in ("artist", "title")}


class Editor:
    """Edits one list, and remembers which row came from which."""

    def __init__(self, tracks: tuple[Track, ...], seed: str, *, has_refs: bool) -> None:
        self.random = random.Random(seed)
        self.has_refs = has_refs
        self.before = tuple(t if has_refs else {k: v for k, v in t.items() if k != "ref"} for t in tracks)
        self.rows = [_Row(n, dict(track)) for n, track in enumerate(self.before)]
        self.next = len(self.rows)

    def script(self, kind: str, source: str) -> Script:
        """What the edits made."""
        truth = frozenset((row.number, j) for j, row in enumerate(self.rows) if row.number < len(self.before))
        return Script(kind, source, self.before, tuple(r.value for r in self.rows), truth, self.has_refs)

    def edit(self, kind: str) -> None:
        """Make a few edits of a kind; again, as long as nothing came of it."""
        if kind == REWRITE:
            self.rewrite()
        elif kind == SEVERAL:
            for edit in self.random.choices(tuple(EDITS.values()), k=self.random.randint(1, 8)):
                edit(self)
        else:
            count = self.random.randint(1, 3)
            for n in range(9):
                if n < count or [row.value for row in self.rows] == list(self.before):
                    EDITS[kind](self)

    def insert(self) -> None:
        """A track nobody had seen, between two neighbours."""
        at = self.random.randint(0, len(self.rows))
        beside = self.rows[max(0, at - 1) : at + 1]
        if not self.has_refs and any(row.is_busy or row.is_blurred for row in beside):
            return
        track = make_track(self.random, self.random.choice(PEOPLE))
        if self.random.random() < 0.25 and beside:
            track["artist"] = beside[0].value.get("artist", track["artist"])
        moments = [start_of(row.value) for row in beside]
        low, high = (moments[0], moments[-1]) if moments else (None, None)
        if low is not None and high is not None and low != high:
            track["start"] = render_time((low + high) // 2000 * 1000)
        elif low is not None:
            track["start"] = render_time(low + 90_000 if at else max(0, low - 90_000))
        if self.has_refs:
            track["ref"] = str(900_000 + self.next)
        self.rows.insert(at, _Row(self.next, dict(track), is_busy=True))
        self.next += 1
        for row in beside:
            row.is_busy = row.is_busy or row.is_blurred

    def delete(self) -> None:
        """A track that was not played."""
        row = self.pick()
        if row is not None and len(self.rows) > 1:
            at = self.rows.index(row)
            for other in self.rows[max(0, at - 1) : at + 2]:
                other.is_busy = other.is_busy or row.is_blurred
            self.rows.remove(row)

    def move(self) -> None:
        """A track at another place, with or without its start."""
        row = self.pick(lambda row: not row.is_blurred)
        if row is None or len(self.rows) < 3:
            return
        self.rows.remove(row)
        at = self.random.randint(0, len(self.rows))
        self.rows.insert(at, row)
        beside = [start_of(other.value) for other in self.rows[max(0, at - 1) : at + 2] if other is not row]
        moments = [moment for moment in beside if moment is not None]
        if "start" in row.value and len(moments) == 2 and self.random.random() < 0.6:
            row.value["start"] = render_time(sum(moments) // 2000 * 1000)
        row.is_busy = True

    def retime(self) -> None:
        """Another start: of an unknown track a little, of any other up to minutes."""
        row = self.pick(lambda row: "start" in row.value)
        if row is not None:
            limit = 4_000 if row.is_blurred and not self.has_refs else 150_000
            self.set_start(row, self.random.choice((1_000, 2_000, 3_000, 20_000, 90_000, 150_000)), limit)

    def set_start(self, row: _Row, by: int, limit: int) -> None:
        start = start_of(row.value) or 0
        row.value["start"] = render_time(max(0, start + self.random.choice((-1, 1)) * min(by, limit)))

    def shift(self) -> None:
        """All starts by the same time, some rounded otherwise."""
        by = self.random.choice((-45, -12, -3, 2, 5, 17, 31, 60, 125, 600)) * 1000
        moments = [start for row in self.rows if (start := start_of(row.value)) is not None]
        if not moments or min(moments) + by < 0:
            by = abs(by)
        for row in self.rows:
            start = start_of(row.value)
            if start is not None:
                odd = self.random.choice((-1000, 1000)) if self.random.random() < 0.08 else 0
                row.value["start"] = render_time(max(0, start + by + odd))

    def typo(self) -> None:
        """One or two letters of a name."""
        row = self.pick(lambda row: not row.is_blurred)
        if row is not None:
            key = self.random.choice(("artist", "title"))
            text = text_of(row.value.get(key))
            for _ in range(self.random.randint(1, 2)):
                text = _mistyped(text, self.random)
            row.value[key] = text

    def name(self) -> None:
        """An unknown track, or an unknown title, gets its name."""
        row = self.pick(lambda row: row.is_blurred)
        if row is not None:
            found = make_track(self.random, self.random.choice(PEOPLE))
            is_whole = is_unknown(row.value)
            row.value["title"] = found["title"]
            if is_whole or text_of(row.value.get("artist")) in {"", UNKNOWN}:
                row.value["artist"] = found["artist"]
            if self.random.random() < 0.7:
                row.value["label"] = found.get("label", "FERN")
            row.is_busy = True

    def remix(self) -> None:
        """Which version it was."""
        row = self.pick(lambda row: not row.is_blurred)
        if row is not None:
            who = self.random.choice((*MIXES, f"{self.random.choice(PEOPLE)} Remix"))
            title = text_of(row.value.get("title"))
            if title.endswith(")") and self.random.random() < 0.7:
                title = title[: title.rfind("(")].rstrip()
            if self.random.random() < 0.2:
                row.value["title"], row.value["remix"] = title, who
            else:
                row.value["title"] = f"{title} ({who})"
            row.is_busy = True

    def spell(self) -> None:
        """The same artist, written otherwise."""
        row = self.pick(lambda row: not row.is_blurred)
        if row is not None:
            row.value["artist"] = _spelled(text_of(row.value.get("artist")), self.random)

    def split(self) -> None:
        """One row for two tracks becomes two, the second played with the first."""
        row = self.pick(lambda row: not row.is_busy and " vs. " in text_of(row.value.get("title")))
        if row is None:
            row = self.pick(lambda row: not row.is_blurred and "with" in row.value)
            if row is not None:
                del row.value["with"]
            return
        title, _, other_title = text_of(row.value["title"]).partition(" vs. ")
        artist, _, other = text_of(row.value["artist"]).partition(" vs. ")
        row.value.update({"artist": artist, "title": title})
        row.is_busy = True
        track: dict[str, Value] = {"with": "true", "artist": other or "Nell Orr", "title": other_title}
        if self.has_refs:
            track["ref"] = str(900_000 + self.next)
        self.rows.insert(self.rows.index(row) + 1, _Row(self.next, track, is_busy=True))
        self.next += 1

    def join(self) -> None:
        """Two rows become one mashup, which keeps the first row's id and start."""
        places = [
            n
            for n, (row, below) in enumerate(zip(self.rows, self.rows[1:], strict=False))
            if not any(one.is_blurred or one.is_busy for one in (row, below))
        ]
        if not places:
            return
        at = self.random.choice(places)
        row, below = self.rows[at], self.rows.pop(at + 1)
        for key in ("artist", "title"):
            row.value[key] = f"{text_of(row.value.get(key))} vs. {text_of(below.value.get(key))}"
        row.is_busy = True

    def rewrite(self) -> None:
        """Somebody else typed the whole list: no ids, no labels, own spelling, starts by ear."""
        coarse = self.random.choice((0, 0, 1000, 5000))
        for row in self.rows:
            for key in ("ref", "label", "parts", "section"):
                row.value.pop(key, None)
            start = start_of(row.value)
            if start is not None and coarse:
                row.value["start"] = render_time((start + coarse // 2) // coarse * coarse)
            elif start is not None:
                row.value["start"] = render_time(max(0, start + self.random.randint(-2, 2) * 1000))
            if not row.is_blurred and self.random.random() < 0.5:
                row.value["artist"] = _spelled(text_of(row.value.get("artist")), self.random)
            if not row.is_blurred and self.random.random() < 0.15:
                row.value["title"] = _mistyped(text_of(row.value.get("title")), self.random)

    def pick(self, fits: Callable[[_Row], bool] = lambda _: True) -> _Row | None:
        """One row that may be edited."""
        rows = [row for row in self.rows if fits(row) and (self.has_refs or not row.is_busy)]
        return self.random.choice(rows) if rows else None


EDITS: Final[dict[str, Callable[[Editor], None]]] = {
    "insert": Editor.insert,
    "delete": Editor.delete,
    "move": Editor.move,
    "retime": Editor.retime,
    "shift": Editor.shift,
    "typo": Editor.typo,
    "ID named": Editor.name,
    "remix added": Editor.remix,
    "artist spelling": Editor.spell,
    "split w/": Editor.split,
    "join w/": Editor.join,
}
SEVERAL: Final = "several (1-8)"
REWRITE: Final = "rewrite"


def make_scripts(seed: int, corpus: Path | None, rounds: int = 2) -> Iterator[Script]:
    """Every kind of edit, on every list, with and without row ids."""
    lists = {f"made {n}": make_list(random.Random(f"{seed}.{n}")) for n in range(10)}
    if corpus is not None:
        lists |= read_lists(corpus)
        yield from _real_pairs(lists)
    for source, tracks in lists.items():
        for has_refs in (True, False) if all("ref" in track for track in tracks) else (False,):
            for n in range(rounds):
                for kind in (*EDITS, REWRITE, SEVERAL):
                    editor = Editor(tracks, f"{seed}.{source}.{has_refs}.{n}.{kind}", has_refs=has_refs)
                    editor.edit(kind)
                    script = editor.script(kind, source)
                    if script.before != script.after:
                        yield script


def _real_pairs(lists: Mapping[str, tuple[Track, ...]]) -> Iterator[Script]:
    """Editions of one list: a page and a later page or an export of it, in the same order."""
    names = sorted(lists)
    for first in names:
        for second in names:
            before, after = lists[first], lists[second]
            is_same_list = first != second and first.partition(".")[0][:7] == second.partition(".")[0][:7]
            if is_same_list and len(before) == len(after):
                truth = frozenset((n, n) for n in range(len(before)))
                for has_refs in (True, False):
                    old, new = (Editor(side, "", has_refs=has_refs).before for side in (before, after))
                    yield Script("real editions", f"{first} {second}", old, new, truth, has_refs)


def _mistyped(text: str, maker: random.Random) -> str:
    letters = [n for n, letter in enumerate(text) if letter.isalpha()]
    if len(letters) < 5:
        return text
    n = maker.choice(letters[1:])
    return maker.choice(
        (
            text[:n] + text[n + 1 :],
            text[:n] + text[n] + text[n:],
            text[:n] + maker.choice("aeinrst") + text[n + 1 :],
            text[: n - 1] + text[n] + text[n - 1] + text[n + 1 :],
        )
    )


def _spelled(artist: str, maker: random.Random) -> str:
    ways: list[Callable[[str], str]] = [
        str.upper,
        str.title,
        lambda text: unicodedata.normalize("NFD", text),
        lambda text: "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)),
        lambda text: text.replace(" ft. ", maker.choice((" feat. ", " featuring ", " Ft ", " & "))),
        lambda text: text.replace(" & ", maker.choice((" and ", ", ", " x ", " vs. "))),
        lambda text: " & ".join(reversed(text.split(" & "))),
        lambda text: text + " (FR)",
        lambda text: text.removeprefix("The ").removeprefix("DJ "),
    ]
    return maker.choice(ways)(artist)
