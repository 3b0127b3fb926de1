"""Random walks of a page, a user and git: after every sync the file is the last page under the user's own edits."""

from __future__ import annotations

import os
import random
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import pytest

from tests.builders import PATH, REVIEW, SHEET, Sets, make_sets, sample
from tlgit.ops.take import Outcome
from tlgit.tracklist.edit import insert_track, set_track_field
from tlgit.tracklist.model import Track
from tlgit.tracklist.schema import parse_tracklist
from tlgit.tracklist.text import parse_document

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tlgit.sources.snapshot import Snapshot

WALKS: Final = int(os.environ.get("TLGIT_WALKS", "4"))
STEPS: Final = 14
FIELDS: Final = ("title", "label", "artist")
_OURS: Final = re.compile(
    r"^<<<<<<<.*\n((?:.*\n)*?)(?:\|\|\|\|\|\|\|.*\n(?:.*\n)*?)?=======\n(?:.*\n)*?>>>>>>>.*\n", re.MULTILINE
)


@dataclass
class Walker:
    """What the page says, and what the user has written over it."""

    sets: Sets
    chance: random.Random
    page: Snapshot = field(default_factory=sample)
    mine: dict[tuple[str, str], str] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)
    at: dict[str, tuple[dict[tuple[str, str], str], set[str]]] = field(default_factory=dict)
    number: int = 0

    def word(self, what: str) -> str:
        self.number += 1
        return f"{what} {self.number}"

    def note(self) -> None:
        """Remember what the user's edits are in this commit."""
        self.at[self.sets.at("HEAD")] = (dict(self.mine), set(self.own))

    # Steps

    def turn_page(self) -> None:
        tracks = list(self.page.tracklist.tracks)
        for _ in range(self.chance.randint(1, 3)):
            place = self.chance.randrange(len(tracks))
            name = self.chance.choice(FIELDS)
            tracks[place] = replace(tracks[place], **{name: self.word("Page")})  # type: ignore[arg-type]  # texts
        if self.chance.random() < 0.3:
            place = self.chance.randrange(1, len(tracks) + 1)
            ref = str(50000000 + self.number)
            tracks.insert(
                place, Track(artist=self.word("New"), title=self.word("New"), ref=ref, with_previous=True)
            )
        self.page = replace(self.page, tracklist=replace(self.page.tracklist, tracks=tuple(tracks)))
        self.take()

    def edit(self) -> None:
        document = parse_document(self.sets.read())
        numbers = [n for n, item in enumerate(document.items) if item.value.get("ref")]
        number, name = self.chance.choice(numbers), self.chance.choice(FIELDS)
        value = self.word("Mine")
        ref = str(document.items[number].value["ref"])
        self.sets.write(set_track_field(document, number, name, value).render())
        self.mine[ref, name] = value

    def insert(self) -> None:
        document = parse_document(self.sets.read())
        title = self.word("Own")
        place = self.chance.randrange(1, len(document.items) + 1)
        track = Track(artist="Me", title=title, with_previous=True)
        self.sets.write(insert_track(document, place, track).render())
        self.own.add(title)

    def commit(self) -> None:
        if self.sets.git("status", "--porcelain"):
            self.sets.commit()
            self.note()

    def reset(self) -> None:
        self.take()
        target = self.chance.choice(list(self.at))
        self.sets.git("reset", "--quiet", "--hard", target)
        mine, own = self.at[target]
        self.mine, self.own = dict(mine), set(own)
        report = self.sets.take()
        if report.clashes:
            # What was decided after that commit is open again: the user decides as before, by git alone.
            self.sets.git("merge", "upstream", code=1)
            self.sets.write(_OURS.sub(r"\1", self.sets.read()))
            self.sets.commit("mine stays")
        self.take()

    def keep_ours(self) -> None:
        self.take()
        if self.sets.has(REVIEW):
            self.sets.git("merge", "--quiet", "-s", "ours", "-m", "mine stays", REVIEW)
            self.note()

    def lose_upstream(self) -> None:
        self.take()
        if not self.sets.has(REVIEW):
            self.sets.git("branch", "--quiet", "-D", "upstream")

    def lose_state(self) -> None:
        for path in (self.sets.root / ".git" / "tlgit").glob("state.db*"):
            path.unlink()

    def take(self) -> None:
        report = self.sets.take(self.page)
        assert report.taken[0].outcome not in {Outcome.HELD, Outcome.DEFERRED}, report
        assert not report.clashes
        self.note()
        self.check()

    # What must be true

    def check(self) -> None:
        tracklist = parse_tracklist(self.sets.read())
        rows = {track.ref: track for track in tracklist.tracks if track.ref}
        assert {track.title for track in tracklist.tracks if not track.ref} == self.own
        assert [t.ref for t in tracklist.tracks if t.ref] == [t.ref for t in self.page.tracklist.tracks]
        for track in self.page.tracklist.tracks:
            for name in FIELDS:
                wanted = self.mine.get((track.ref or "", name), getattr(track, name))
                assert getattr(rows[track.ref or ""], name) == wanted, (track.ref, name)
        assert self.sets.git("status", "--porcelain") == ""
        assert self.sets.at(f"HEAD:{PATH}") in self.sets.read(SHEET)


@pytest.mark.parametrize("seed", range(WALKS))
def test_walk(tmp_path: Path, seed: int) -> None:
    sets = make_sets(tmp_path / "sets")
    # What the page invents is not sure at all; this walk is about what becomes of it once it is taken.
    sets.write("sync:\n  threshold: 0\n", "tlgit.yaml")
    sets.commit("settings")
    walker = Walker(sets, random.Random(seed))
    walker.take()
    steps: list[tuple[Callable[[], None], int]] = [
        (walker.turn_page, 5),
        (walker.edit, 5),
        (walker.insert, 2),
        (walker.commit, 2),
        (walker.keep_ours, 2),
        (walker.reset, 1),
        (walker.lose_upstream, 1),
        (walker.lose_state, 1),
    ]
    told: list[str] = []
    for _ in range(STEPS):
        (step,) = walker.chance.choices([step for step, _ in steps], [weight for _, weight in steps])
        told.append(step.__name__)
        try:
            step()
        except AssertionError as error:
            error.add_note(f"after {', '.join(told)}")
            raise
    walker.take()
    before = walker.sets.state()
    walker.take()
    assert walker.sets.state() == before
    walker.sets.check()
