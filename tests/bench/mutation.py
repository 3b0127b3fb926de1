"""How much the tests of the merge notice: `python -m tests.bench.mutation [--module NAME]... [--sample N]`.

Changes one small thing at a time (see `mutants`) in a copy of the project, runs the fast tests of the merge against
it, and prints what no test noticed. A mutant counts as noticed when a test fails, hangs or cannot start. Of each module
a sample is drawn with a seed; `--sample 0` takes all.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

from tests.bench.clock import markdown, tool_environment
from tests.bench.mutants import Mutant, mutants_of

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT: Final = Path(__file__).parents[2]
FIRST: Final = ("test_cases.py", "test_matrix.py", "test_merge.py", "test_align.py", "test_values.py")
"""Tests that notice most and take least; a run ends with the first failure."""
LAST: Final = ("test_properties.py",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A mutant and what came of it."""

    module: str
    mutant: Mutant
    is_noticed: bool


def main() -> None:
    """Try the mutants and print the score."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.mutation", description=__doc__)
    parser.add_argument("--package", default="merge", help="folder below tlgit, and below tests")
    parser.add_argument("--module", action="append", help="a module of the package, such as `align`")
    parser.add_argument("--sample", type=int, default=20, help="mutants of a module, 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="copies of the project that are tested at once")
    asked = parser.parse_args()
    modules = asked.module or sorted(
        path.stem for path in (ROOT / "tlgit" / asked.package).glob("*.py") if path.stem != "__init__"
    )
    with tempfile.TemporaryDirectory() as scratch:
        benches = [Bench.make(Path(scratch, str(n)), asked.package) for n in range(asked.jobs)]
        limit = benches[0].check()
        free: SimpleQueue[Bench] = SimpleQueue()
        for bench in benches:
            free.put(bench)

        def attempt(module: str, mutant: Mutant) -> Tried:
            bench = free.get()
            try:
                noticed = bench.notices(f"tlgit/{asked.package}/{module}.py", mutant.source, limit)
            finally:
                free.put(bench)
            if not noticed:
                print(told(f"tlgit/{asked.package}/{module}.py", mutant), flush=True)
            return Tried(module=module, mutant=mutant, is_noticed=noticed)

        with ThreadPoolExecutor(asked.jobs) as pool:
            waiting = [
                pool.submit(attempt, module, mutant)
                for module in modules
                for mutant in drawn(ROOT / "tlgit" / asked.package / f"{module}.py", asked.sample, asked.seed)
            ]
            tried = [one.result() for one in waiting]
    print(score(tried, modules))


def drawn(path: Path, sample: int, seed: int) -> list[Mutant]:
    """The mutants of a module that are tried, in the order of its lines."""
    everyone = mutants_of(path.read_text(encoding="utf-8"))
    if not sample or len(everyone) <= sample:
        return everyone
    chosen = random.Random(f"{seed} {path.stem}").sample(range(len(everyone)), sample)
    return [everyone[n] for n in sorted(chosen)]


@dataclass(frozen=True, slots=True)
class Bench:
    """A copy of the project in which one file at a time is changed."""

    root: Path
    package: str

    @classmethod
    def make(cls, root: Path, package: str) -> Bench:
        for name in ("tlgit", "tests", "hooks"):
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", root)
        return cls(root, package)

    def tests(self) -> list[str]:
        """The test files, those that notice most in front."""
        folder = self.root / "tests" / self.package
        names = sorted(path.name for path in folder.glob("test_*.py"))
        rank = {name: n for n, name in enumerate(FIRST)} | dict.fromkeys(LAST, len(names))
        return [
            str(folder / name) for name in sorted(names, key=lambda name: (rank.get(name, len(FIRST)), name))
        ]

    def run(self, limit: float | None = None) -> tuple[int, str]:
        """The exit code of the tests and what they say; a run longer than `limit` seconds is a failure."""
        options = [
            "-x",
            "-q",
            "-n",
            "0",
            "-p",
            "no:randomly",
            "-p",
            "no:cacheprovider",
            "--hypothesis-seed=0",
        ]
        try:
            done = subprocess.run(
                [sys.executable, "-m", "pytest", *options, *self.tests()],
                cwd=self.root,
                check=False,
                timeout=limit,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                env=tool_environment() | {"TLGIT_CORPUS": "/nowhere"},
            )
        except subprocess.TimeoutExpired:
            return 1, "it hangs"
        return done.returncode, done.stdout

    def check(self) -> float:
        """Run the tests on the project as it is; how many seconds a mutant gets."""
        start = time.perf_counter()
        code, said = self.run()
        if code:
            raise SystemExit(f"{said}\nthe tests fail without any change")
        return 3 * (time.perf_counter() - start) + 10

    def notices(self, path: str, source: str, limit: float) -> bool:
        """Whether the tests fail with this source."""
        file = self.root / path
        kept = file.read_bytes()
        file.write_text(source, encoding="utf-8")
        try:
            return self.run(limit)[0] != 0
        finally:
            file.write_bytes(kept)


def told(path: str, mutant: Mutant) -> str:
    """A survivor as a difference."""
    head = f"{path}:{mutant.line}: {mutant.what}"
    before = "".join(f"\n-   {line.strip()}" for line in mutant.before.splitlines())
    after = "".join(f"\n+   {line.strip()}" for line in mutant.after.splitlines())
    return f"{head}{before}{after}\n"


def score(tried: Sequence[Tried], modules: Sequence[str]) -> str:
    """How many were noticed, by module."""
    rows = []
    for name in (*modules, ""):
        of = [one for one in tried if name in {one.module, ""}]
        noticed = sum(one.is_noticed for one in of)
        rows.append((name or "**all**", len(of), noticed, f"{noticed / max(len(of), 1):.1%}"))
    return markdown(["module", "mutants", "noticed", "score"], rows)


if __name__ == "__main__":
    main()
