"""What becomes of normal and damaged days: `python -m tests.bench.confidence [--seed N] [CORPUS]`.

Made lists, and the pages of the optional folder (beside the repository, or named). A damaged day that passes as a
whole is a mistake; a normal one is blocked when all of it waits, or when it is refused.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.bench.damage import make_damaged
from tests.bench.days import make_normal
from tlgit.merge.apply import apply
from tlgit.merge.confidence import DEFAULT_THRESHOLD, PLAUSIBLE, Rating, confidence_of, is_safe, rate
from tlgit.merge.diff import Content, diff
from tlgit.merge.names import start_of, text_of
from tlgit.sources.doubt import best_of, check_doubt, count_flips
from tlgit.sources.guard import GuardFinding, check_update
from tlgit.sources.snapshot import Snapshot
from tlgit.tracklist.model import Track, Tracklist

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.bench.pen import Transition
    from tlgit.merge.nature import Nature

BESIDE: Final = Path(__file__).resolve().parents[3] / "shared" / "data"

WAITING: Final = {"move_one": 3, "busy_doubtful": 3}
"""How many changes may wait on a normal day, where not one: neighbours that were exchanged are a move and two starts."""


class Fate(IntEnum):
    """What becomes of an update."""

    PASSES = 0
    SOME_WAITS = 1
    ALL_WAITS = 2
    REFUSED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of one transition, and why."""

    fate: Fate
    ratings: tuple[Rating, ...]
    """Of all its days."""
    findings: tuple[GuardFinding, ...]
    waiting: int
    """How many changes (of one track, or of one field of the list) wait by their rating alone."""
    landed: int
    """How many rated values landed."""


def judge(transition: Transition, threshold: float = DEFAULT_THRESHOLD) -> Verdict:
    """Take the days one by one, as a sync would."""
    upstream = transition.days[0]
    history, said = [upstream], [repr(upstream)]
    fates = [Fate.PASSES]
    findings: list[GuardFinding] = []
    ratings: list[Rating] = []
    waiting = landed = 0
    for day in transition.days[1:]:
        said.append(repr(day))
        changes = diff(upstream, day)
        refusals, doubts = _guards(upstream, day, best_of(history), count_flips(said))
        rated = rate(changes, upstream, day, transition.source)
        ratings += rated
        findings += [*refusals, *doubts]
        held = {id(one.change) for one in rated if one.value < threshold}
        waiting += len(held)
        if refusals or doubts:
            fates.append(Fate.REFUSED if refusals else Fate.ALL_WAITS)
            continue
        fates.append(Fate.SOME_WAITS if held else Fate.PASSES)
        landed += sum(one.value >= threshold for one in rated)
        upstream = apply(changes, upstream, is_safe(rated, threshold)).content
        history.append(upstream)
    return Verdict(
        fate=max(fates),
        ratings=tuple(ratings),
        findings=tuple(findings),
        waiting=waiting,
        landed=landed,
    )


def _guards(
    before: Content, after: Content, best: Content | None, flips: int
) -> tuple[tuple[GuardFinding, ...], tuple[GuardFinding, ...]]:
    snapshot = Snapshot(tracklist=tracklist_of(after), list_id=None)
    refusals = check_update(tracklist_of(before), snapshot, frozenset())
    return refusals, check_doubt(before, after, diff(before, after), best=best, flips=flips)


def tracklist_of(content: Content) -> Tracklist:
    """What the guards of the first level look at."""

    def text(value: object) -> str | None:
        return value if isinstance(value, str) and value else None

    fields = content.fields
    genres = fields.get("genres", ())
    return Tracklist(
        title=text_of(fields.get("title")),
        artist=text(fields.get("artist")),
        date=text(fields.get("date")),
        event=text(fields.get("event")),
        genres=tuple(str(one) for one in genres) if isinstance(genres, tuple) else (),
        tracks=tuple(
            Track(
                start=start_of(track),
                with_previous=text_of(track.get("with")) == "true",
                artist=text(track.get("artist")),
                title=text(track.get("title")),
                remix=text(track.get("remix")),
                label=text(track.get("label")),
                ref=text(track.get("ref")),
            )
            for track in content.tracks
        ),
    )


@dataclass(slots=True)
class Score:
    """Counts of one kind of day."""

    fates: Counter[Fate] = field(default_factory=Counter)
    waiting: int = 0
    most: int = 0
    """The most changes that wait in one of them."""
    values: int = 0
    landed: int = 0
    verdicts: list[tuple[Transition, Verdict]] = field(default_factory=list)

    def add(self, transition: Transition, verdict: Verdict) -> None:
        """Count one."""
        self.fates[verdict.fate] += 1
        self.waiting += verdict.waiting
        self.most = max(self.most, verdict.waiting)
        self.values += len(verdict.ratings)
        self.landed += verdict.landed
        self.verdicts.append((transition, verdict))


def measure(transitions: Iterable[Transition]) -> dict[str, Score]:
    """The counts per kind."""
    scores: dict[str, Score] = defaultdict(Score)
    for transition in transitions:
        scores[transition.kind].add(transition, judge(transition))
    return dict(scores)


def total(scores: Iterable[Score]) -> Score:
    """All of them together."""
    whole = Score()
    for score in scores:
        for transition, verdict in score.verdicts:
            whole.add(transition, verdict)
    return whole


def decisions(scores: Iterable[Score]) -> Counter[Nature]:
    """How often each row of the table was the least one of a transition."""
    found: Counter[Nature] = Counter()
    for score in scores:
        for _, verdict in score.verdicts:
            least = confidence_of(verdict.ratings)
            found.update({one.nature for one in verdict.ratings if one.value == least})
    return found


def guards(scores: Iterable[Score]) -> Counter[str]:
    """How often each guard spoke."""
    found: Counter[str] = Counter()
    for score in scores:
        for _, verdict in score.verdicts:
            found.update({f"{one.level.value}: {one.kind.value}" for one in verdict.findings})
    return found


def _print_table(title: str, scores: dict[str, Score]) -> None:
    print(
        f"\n{title:18} {'days':>5} {'pass':>6} {'some':>6} {'all':>6} {'refused':>8} {'most':>5} {'landed':>7}"
    )
    for kind, score in [*scores.items(), ("total", total(scores.values()))]:
        counts = " ".join(f"{score.fates[fate]:>{8 if fate is Fate.REFUSED else 6}}" for fate in Fate)
        landed = score.landed / score.values if score.values else 0
        print(f"{kind:18} {score.fates.total():>5} {counts} {score.most:>5} {landed:>7.0%}")


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--made", type=int, default=6, help="how many lists are made")
    parser.add_argument("--wrong", type=int, default=0, help="how many mistakes to show")
    parser.add_argument("corpus", nargs="?", type=Path, default=BESIDE)
    options = parser.parse_args()
    corpus = options.corpus if options.corpus.is_dir() else None
    normal = measure(make_normal(options.seed, corpus, options.made))
    damaged = measure(make_damaged(options.seed, corpus, options.made))
    print(
        "most: changes that wait in one transition; landed: rated values that landed in spite of what waits"
    )
    _print_table("normal days", normal)
    _print_table("damaged days", damaged)
    deciding = [decisions(scores.values()) for scores in (normal, damaged)]
    print(f"\n{'least of its day':20} {'value':>6} {'normal':>7} {'damaged':>8}")
    for nature, (value, _) in PLAUSIBLE.items():
        print(f"{nature.value:20} {value:>6} {deciding[0][nature]:>7} {deciding[1][nature]:>8}")
    spoke = [guards(scores.values()) for scores in (normal, damaged)]
    print(f"\n{'guard':30} {'normal':>7} {'damaged':>8}")
    for name in sorted(spoke[0].keys() | spoke[1].keys()):
        print(f"{name:30} {spoke[0][name]:>7} {spoke[1][name]:>8}")
    wrong = [
        (transition, verdict)
        for score in (*normal.values(), *damaged.values())
        for transition, verdict in score.verdicts
        if is_wrong(transition, verdict)
    ]
    for transition, verdict in wrong[: options.wrong]:
        print(
            f"\n{transition.kind} of {transition.list_name} ({transition.source.kind.value}): {verdict.fate.name}"
        )
        for finding in verdict.findings:
            print(f"  {finding.kind.value}: {finding.sentence}")
        for one in sorted(verdict.ratings, key=lambda one: one.value)[:6]:
            change = one.change
            print(f"  {one.value} {one.key} {change.name[:50]!r} {change.fields.get(one.key)!r}")


def is_wrong(transition: Transition, verdict: Verdict) -> bool:
    """Whether the verdict is a mistake: damage that passes, a normal day that is blocked or asks too much."""
    if transition.is_damage:
        return verdict.fate is Fate.PASSES
    return verdict.fate > Fate.SOME_WAITS or verdict.waiting > WAITING.get(transition.kind, 1)


if __name__ == "__main__":
    main()
