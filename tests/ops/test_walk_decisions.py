"""Random walks of a page that is never sure, a user who edits, and decisions: only what was decided ever lands."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import pytest

from tests.builders import PATH, REVIEW, SHEET, Sets, make_sets, sample
from tlgit.merge.decision import Choice
from tlgit.ops.decide import decide
from tlgit.ops.review import read_reviews
from tlgit.ops.take import Outcome
from tlgit.ops.waiting import Item, read_waiting
from tlgit.ops.workspace import Workspace
from tlgit.tracklist.edit import set_track_field
from tlgit.tracklist.schema import parse_tracklist
from tlgit.tracklist.text import parse_document

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tlgit.sources.snapshot import Snapshot

WALKS: Final = int(os.environ.get("TLGIT_WALKS", "4"))
STEPS: Final = 14
FIELDS: Final = ("title", "artist")
WORDS: Final = ("Amber", "Birch", "Cobalt", "Dusk", "Ember", "Frost", "Grove", "Hollow", "Inlet", "Jade")


def values_of(snapshot: Snapshot) -> dict[tuple[str, str], str]:
    return {
        (track.ref or "", name): getattr(track, name)
        for track in snapshot.tracklist.tracks
        for name in FIELDS
    }


@dataclass
class Decider:
    """What the page says, and what the user's file must hold."""

    sets: Sets
    chance: random.Random
    page: Snapshot = field(default_factory=sample)
    shown: dict[tuple[str, str], str] = field(default_factory=dict)
    settled: dict[tuple[str, str], str] = field(default_factory=dict)
    """What the page said when it was last decided, or taken."""
    number: int = 0

    def begin(self) -> None:
        self.take()
        self.shown = values_of(self.page)
        self.settled = dict(self.shown)

    def word(self) -> str:
        """A name that is like no other one."""
        self.number += 1
        return " ".join(self.chance.sample(WORDS, 3)) + f" {self.number}"

    # Steps

    def turn_page(self) -> None:
        tracks = list(self.page.tracklist.tracks)
        for place in self.chance.sample([n for n, t in enumerate(tracks) if "ID" not in t.name], 2):
            change = {self.chance.choice(FIELDS): self.word()}
            tracks[place] = replace(tracks[place], **change)  # type: ignore[arg-type]  # texts
        self.page = replace(self.page, tracklist=replace(self.page.tracklist, tracks=tuple(tracks)))
        self.take()

    def turn_back(self) -> None:
        """The page says again what was decided last."""
        tracks = tuple(
            replace(track, **{name: self.settled[track.ref or "", name] for name in FIELDS})  # type: ignore[arg-type]  # texts
            for track in self.page.tracklist.tracks
        )
        self.page = replace(self.page, tracklist=replace(self.page.tracklist, tracks=tracks))
        self.take()
        assert not self.sets.has(REVIEW)

    def edit(self) -> None:
        document = parse_document(self.sets.read())
        numbers = [n for n, item in enumerate(document.items) if "ID" not in str(item.value)]
        number, name = self.chance.choice(numbers), self.chance.choice(FIELDS)
        value = self.word()
        self.sets.write(set_track_field(document, number, name, value).render())
        self.shown[str(document.items[number].value["ref"]), name] = value
        self.take()

    def decide_some(self) -> None:
        self.settle(lambda items: self.chance.sample(items, self.chance.randint(1, len(items))))

    def decide_all(self) -> None:
        self.settle(list)
        assert not self.sets.has(REVIEW)

    def settle(self, choose: Callable[[Sequence[Item]], Sequence[Item]]) -> None:
        if not self.sets.has(REVIEW):
            return
        with Workspace.open(self.sets.root) as workspace:
            (review,) = read_reviews(workspace)
            items = read_waiting(workspace, review).items
            chosen = choose(items)
            choices: dict[str, Choice] = {}
            for item in chosen:
                side = self.chance.choice(("ours", "theirs", "value"))
                choices[item.id] = Choice(side, self.word() if side == "value" else None)
            decided = decide(workspace, review, choices)
        assert set(decided.left) == {item.id for item in items} - set(choices)
        now = values_of(self.page)
        refs = [str(item.value["ref"]) for item in parse_document(self.sets.read()).items]
        for item in chosen:
            key = (refs[int(item.path[7:].partition("]")[0]) - 1], item.key)
            choice = choices[item.id]
            if choice.side != "ours":
                self.shown[key] = now[key] if choice.side == "theirs" else str(choice.value)
            self.settled[key] = now[key]
        self.check()

    def keep_ours(self) -> None:
        if self.sets.has(REVIEW):
            self.sets.git("merge", "--quiet", "-s", "ours", "-m", "mine stays", REVIEW)
            self.settled = values_of(self.page)
            self.take()
            assert not self.sets.has(REVIEW)

    def lose_state(self) -> None:
        for path in (self.sets.root / ".git" / "tlgit").glob("state.db*"):
            path.unlink()

    def take(self) -> None:
        report = self.sets.take(self.page)
        assert report.taken[0].outcome not in {Outcome.HELD, Outcome.DEFERRED}, report
        assert not report.clashes
        if not self.sets.has(REVIEW):
            self.settled = values_of(self.page)
        if self.shown:
            self.check()

    def check(self) -> None:
        for track in parse_tracklist(self.sets.read()).tracks:
            for name in FIELDS:
                assert getattr(track, name) == self.shown[track.ref or "", name], (track.ref, name)
        assert self.sets.git("status", "--porcelain") == ""
        assert self.sets.at(f"HEAD:{PATH}") in self.sets.read(SHEET)


@pytest.mark.parametrize("seed", range(WALKS))
def test_only_what_was_decided_lands(tmp_path: Path, seed: int) -> None:
    walker = Decider(make_sets(tmp_path / "sets"), random.Random(seed))
    walker.begin()
    steps: list[tuple[Callable[[], None], int]] = [
        (walker.turn_page, 6),
        (walker.turn_back, 1),
        (walker.edit, 4),
        (walker.decide_some, 4),
        (walker.decide_all, 1),
        (walker.keep_ours, 1),
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
    before = walker.sets.state()
    walker.take()
    assert walker.sets.state() == before
    walker.sets.check()
