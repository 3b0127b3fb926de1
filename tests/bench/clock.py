"""What the bench scripts share: medians in milliseconds, a table, the parser alone as the measure of work."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

ROUNDS = 40


def bare(text: str) -> object:
    """The C parser alone: text to nodes, nothing checked."""
    return yaml.compose(text, Loader=yaml.CBaseLoader)


def once(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The median of several runs, in milliseconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def together(*works: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """The medians of several pieces of work done in turns, in milliseconds: what disturbs one disturbs all."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, found in zip(works, times, strict=True):
            start = time.perf_counter()
            work()
            found.append(time.perf_counter() - start)
    return [statistics.median(found) * 1000 for found in times]


def best(work: Callable[[], object], rounds: int = 3) -> float:
    """The quickest of a few runs, in milliseconds: for work that is long enough to be disturbed."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times) * 1000


def command(*arguments: str, before: Callable[[], object] = lambda: None, rounds: int = ROUNDS // 2) -> float:
    """The median of several runs of a program, in milliseconds."""
    environment = tool_environment()

    def run() -> None:
        subprocess.run(arguments, check=False, capture_output=True, env=environment)

    run()
    times = []
    for _ in range(rounds):
        before()
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def tool_environment(*, path: Sequence[str] = ()) -> dict[str, str]:
    """The environment of a measured program: its modules compiled, as installed ones are, no git of a caller."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONDONTWRITEBYTECODE" and not name.startswith("GIT_")
    }
    return kept | {"PATH": os.pathsep.join([*path, kept.get("PATH", os.defpath)])}


def row(what: str, ms: float, against: str, other: float) -> None:
    """One line of a table of ratios."""
    print(f"{what:46} {ms:8.2f}   {against:34} {other:8.2f} {ms / other:6.2f}", flush=True)


def markdown(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(str(cell) for cell in line) + " |\n" for line in lines)


def total(counts: Mapping[str, float], *names: str) -> int:
    """The sum of the named counts; a missing one is 0."""
    return int(sum(counts.get(name, 0) for name in names))
