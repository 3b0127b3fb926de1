"""Precision and recall of the alignment on labelled edits: `python -m tests.bench.alignment [--seed N] [CORPUS]`.

Made lists, and the lists of the optional folder of real pages (beside the repository, or named). A pair is right when
the edit that was made says so; rows that are equal and stand beside each other are interchangeable.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.bench.edit_scripts import Script, make_scripts
from tlgit.merge.align import align, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tlgit.tracklist.fields import Value

BESIDE: Final = Path(__file__).resolve().parents[3] / "shared" / "data"


@dataclass(slots=True)
class Score:
    """Counts of one kind of edit."""

    lists: int = 0
    pairs: int = 0
    found: int = 0
    right: int = 0
    whole: int = 0
    """Lists without any mistake."""
    seconds: float = 0.0
    wrong: list[tuple[Script, dict[int, int]]] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """The share of the found pairs that are right."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The share of the pairs that were found."""
        return self.right / self.pairs if self.pairs else 1.0

    def add(self, script: Script) -> None:
        """Align one list, and count."""
        start = time.perf_counter()
        pairs = align(rows_of(script.before), rows_of(script.after))
        self.seconds += time.perf_counter() - start
        right = right_pairs(script, pairs)
        self.lists += 1
        self.pairs += len(script.truth)
        self.found += len(pairs)
        self.right += right
        if right == len(pairs) == len(script.truth):
            self.whole += 1
        else:
            self.wrong.append((script, pairs))

    def join(self, other: Score) -> None:
        """Add the counts of another kind."""
        self.lists += other.lists
        self.pairs += other.pairs
        self.found += other.found
        self.right += other.right
        self.whole += other.whole
        self.seconds += other.seconds
        self.wrong += other.wrong


def right_pairs(script: Script, pairs: Mapping[int, int]) -> int:
    """How many pairs are right; equal rows beside each other count as one."""
    left, right = (_classes(side) for side in (script.before, script.after))
    truth = Counter((left[i], right[j]) for i, j in script.truth)
    found = Counter((left[i], right[j]) for i, j in pairs.items())
    return (truth & found).total()


def _classes(tracks: Sequence[Mapping[str, Value]]) -> list[int]:
    """For each row the first of the equal rows that it stands among."""
    classes: list[int] = []
    for n, track in enumerate(tracks):
        same = bool(n) and track == tracks[n - 1]
        classes.append(classes[-1] if same else n)
    return classes


def measure(scripts: Iterable[Script]) -> dict[str, Score]:
    """The counts per kind of edit."""
    scores: dict[str, Score] = defaultdict(Score)
    for script in scripts:
        scores[script.kind].add(script)
    return dict(scores)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=2, help="scripts per list and kind")
    parser.add_argument("--wrong", type=int, default=0, help="how many mistakes to show")
    parser.add_argument("corpus", nargs="?", type=Path, default=BESIDE)
    options = parser.parse_args()
    corpus = options.corpus if options.corpus.is_dir() else None
    scores = measure(make_scripts(options.seed, corpus, options.rounds))
    total = Score()
    heads = ("edit", "lists", "pairs", "precision", "recall", "fully right", "ms a list")
    print(f"{heads[0]:18}" + "".join(f"{head:>12}" for head in heads[1:]))
    for kind, score in scores.items():
        total.join(score)
        _print(kind, score)
    _print("all", total)
    for script, pairs in total.wrong[: options.wrong]:
        show(script, pairs)


def _print(kind: str, score: Score) -> None:
    whole = f"{score.whole}/{score.lists}"
    ms = score.seconds / score.lists * 1000
    print(
        f"{kind:18}{score.lists:12}{score.pairs:12}{score.precision:12.5f}{score.recall:12.5f}{whole:>12}{ms:12.2f}"
    )


def show(script: Script, pairs: Mapping[int, int]) -> None:
    """One mistake: the rows around it."""
    print(f"\n{script.kind}, {script.source}, {'with' if script.has_refs else 'without'} row ids")
    for i, j in sorted(script.truth - set(pairs.items())):
        print(f"  missed {i} -> {j}: {_words(script.before[i])}  ->  {_words(script.after[j])}")
    for i, j in sorted(set(pairs.items()) - script.truth):
        print(f"  wrong  {i} -> {j}: {_words(script.before[i])}  ->  {_words(script.after[j])}")


def _words(track: Mapping[str, Value]) -> str:
    return " ".join(str(track.get(key, "-")) for key in ("start", "artist", "title", "remix", "with"))


if __name__ == "__main__":
    main()
