"""What merging costs, as ratios within one run: `python -m tests.bench.merge [KIT] [--path DIR] [--part NAME]`.

Made lists; with KIT, the folder of the independent scorer, its generated lists too. `--path` names folders with other
tools (see `scoreboard`). No figure is a bar of its own: machines differ, ratios hardly do.
"""

from __future__ import annotations

import argparse
import math
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pygit2
import yaml

from tests.bench.clock import bare, best, command, markdown, row, together, tool_environment
from tests.bench.made import SHAPES, Texts, usual
from tests.bench.peers import WRAPPER, python_at
from tests.bench.scoreboard import make_lists
from tests.builders import driver_line
from tlgit.merge.merge import merge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SIZES: Final = (125, 250, 500, 1000, 2000)
FILES: Final = 1000
PARTS: Final = ("one", "git", "objects", "growth", "memory")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.merge", description=__doc__)
    parser.add_argument("kit", type=Path, nargs="?")
    parser.add_argument("--path", action="append", default=[], help="a folder with programs of other tools")
    parser.add_argument("--part", action="append", choices=PARTS, help="measure this part only")
    asked = parser.parse_args()
    parts = asked.part or PARTS
    if "one" in parts:
        print_one(asked.kit, asked.path)
    if "git" in parts:
        print_git()
    if "objects" in parts:
        print_objects()
    if "growth" in parts:
        print_growth()
    if "memory" in parts:
        print_memory()


def print_one(kit: Path | None, path: Sequence[str]) -> None:
    """One merge in process and as a driver, against parsers and other tools."""
    for count in (30, 300):
        texts = usual(count)
        print(f"\n{count} tracks, edits on both sides ({len(texts[0]) // 1024} KiB)")
        ours, parsed, values = beside_parsers(texts, 60 if count == 30 else 15)
        row("three-way merge, in process", ours, "three bare C parses", parsed)
        row("three-way merge, in process", ours, "three yaml.load(CBaseLoader)", values)
        print_beside(texts, ours, path)
    if kit is not None:
        lists = make_lists(kit, "normal", 200, 42).values()
        found = [beside_parsers(texts, 5) for texts in lists]
        ratios = sorted(merged / parsed for merged, parsed, _ in found)
        print(
            f"\nthe scorer's lists, profile normal: median of {len(ratios)} ratios {statistics.median(ratios):.2f}"
        )
        merges, parses = (statistics.median(one[n] for one in found) for n in (0, 1))
        row("three-way merge, in process", merges, "three bare C parses", parses)
    print("\nStarts")
    python = sys.executable
    with tempfile.TemporaryDirectory() as folder:
        names, restore = _files(Path(folder), usual(30))
        line = [python, "-m", "tlgit", "merge-driver", *names, "7", "x.yaml"]
        environment = tool_environment()

        def start(*arguments: str) -> None:
            restore()
            subprocess.run(arguments, check=False, capture_output=True, env=environment)

        driver, parser, nothing = together(
            lambda: start(*line),
            lambda: start(python, "-c", "import yaml"),
            lambda: start(python, "-c", "pass"),
            rounds=25,
        )
        row("one merge-driver run", driver, "python -c 'import yaml'", parser)
        row("one merge-driver run", driver, "python -c pass", nothing)


def beside_parsers(texts: Texts, rounds: int) -> list[float]:
    """Milliseconds of a merge, of three bare parses and of three parses with values."""
    return together(
        lambda: merge(*texts),
        lambda: [bare(text) for text in texts],
        lambda: [loaded(text) for text in texts],
        rounds=rounds,
    )


def loaded(text: str) -> object:
    """The C parser and plain Python values of texts."""
    return yaml.load(text, Loader=yaml.CBaseLoader)  # noqa: S506 - it makes texts, lists and mappings only


def print_beside(texts: Texts, ours: float, path: Sequence[str]) -> None:
    """The same texts through git and the tools that are Python libraries."""
    with tempfile.TemporaryDirectory() as folder:
        names, restore = _files(Path(folder), texts)
        base, mine, theirs = names
        row(
            "three-way merge, in process",
            ours,
            "git merge-file (a program)",
            command("git", "merge-file", "-q", mine, base, theirs, before=restore),
        )
        restore()
        for program, name in (("nbmerge", "nbdime"), ("yaml-merge", "yaml-merge")):
            python = python_at(program, path)
            if python is None:
                continue
            done = subprocess.run(
                [python, str(WRAPPER), "--time", "5", name, *names],
                check=False,
                capture_output=True,
                text=True,
                env=tool_environment(),
            )
            if done.returncode == 0:
                row("three-way merge, in process", ours, f"{name}, in process", float(done.stdout))


def _files(folder: Path, texts: Texts) -> tuple[list[str], Callable[[], object]]:
    """Base, ours and theirs as files, and what puts ours back."""
    files = [folder / name for name in ("base", "ours", "theirs")]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text, encoding="utf-8")
    return [str(file) for file in files], lambda: files[1].write_text(texts[1], encoding="utf-8")


def print_git() -> None:
    """`git merge` of many files, with the driver and with git's own text merge."""
    print(f"\n`git merge` over {FILES} files of 30 tracks, all changed on both sides")
    plain = git_merge(driver="")
    ours = git_merge(driver=driver_line())
    row("with the driver, a file", ours / FILES, "git's own text merge, a file", plain / FILES)


def git_merge(*, driver: str) -> float:
    """Milliseconds of one `git merge` of made lists."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        git = _repository(root, driver)
        start = time.perf_counter()
        git("merge", "--quiet", "--no-edit", "-Xno-renames", "theirs")
        return (time.perf_counter() - start) * 1000


def _repository(root: Path, driver: str = "") -> Callable[..., object]:
    """A repository whose branches `ours` (checked out) and `theirs` both changed every list since `base`."""
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "gc.auto=0"]

    def git(*arguments: str) -> object:
        return subprocess.run(
            ["git", *identity, *arguments], cwd=root, check=False, capture_output=True, env=tool_environment()
        )

    git("init", "--quiet", "--initial-branch=base")
    if driver:
        git("config", "merge.tlgit.driver", driver)
        (root / ".git/info").mkdir(exist_ok=True)
        (root / ".git/info/attributes").write_text("*.yaml merge=tlgit\n", encoding="utf-8")
    lists = [usual(30, number) for number in range(FILES)]
    for side, branch in ((0, "base"), (2, "theirs"), (1, "ours")):
        if side:
            git("switch", "--quiet", "-c", branch, "base")
        for number, texts in enumerate(lists):
            folder = root / "tracklists" / f"{number // 100:02}"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{number:04}.yaml").write_text(texts[side], encoding="utf-8")
        git("add", "--all")
        git("commit", "--quiet", "-m", branch)
    return git


def print_objects() -> None:
    """Merge 1,000 lists between git objects: read blobs, merge, write blobs, trees and the commit."""
    with tempfile.TemporaryDirectory() as folder:
        _repository(Path(folder))
        repository = pygit2.Repository(folder)
        start = time.perf_counter()
        clean = merge_objects(repository)
        seconds = time.perf_counter() - start
    print(f"\n{FILES} lists in process, git objects included: {seconds:.2f} s, {clean} merged")


def merge_objects(repository: pygit2.Repository) -> int:
    """A merge commit of `ours` and `theirs`; how many lists merged cleanly."""
    tips = [repository.revparse_single(name).peel(pygit2.Commit) for name in ("ours", "theirs")]
    base = repository[repository.merge_base(tips[0].id, tips[1].id)].peel(pygit2.Commit)
    index = pygit2.Index()
    index.read_tree(tips[0].tree)
    clean = 0
    for delta in base.tree.diff_to_tree(tips[1].tree).deltas:
        path = delta.new_file.path
        texts = [
            repository[(commit.tree / path).id].peel(pygit2.Blob).data.decode() for commit in (base, *tips)
        ]
        result = merge(*texts)
        clean += result.is_clean
        blob = repository.create_blob(result.text.encode())
        index.add(pygit2.IndexEntry(path, blob, pygit2.enums.FileMode.BLOB))
    tree = index.write_tree(repository)
    who = pygit2.Signature("bench", "bench@localhost")
    repository.create_commit("refs/heads/merged", who, who, "merge", tree, [tip.id for tip in tips])
    return clean


def print_growth() -> None:
    """How time grows with the length of a list: the slope of a straight line through the logarithms."""
    print()
    rows = []
    for shape, make in SHAPES.items():
        times = []
        for size in SIZES:
            texts = make(size)
            times.append(best(lambda texts=texts: merge(*texts), 3 if size < 1000 else 2))  # type: ignore[misc]
        rows.append((shape, *(f"{ms:.0f}" for ms in times), f"{slope(SIZES, times):.2f}"))
    print(markdown(["merge of, ms", *(f"{size} tracks" for size in SIZES), "exponent"], rows))


def slope(sizes: Sequence[int], times: Sequence[float]) -> float:
    """The exponent k of the power law time = c · size^k that fits best (least squares on logarithms)."""
    return statistics.linear_regression([math.log(n) for n in sizes], [math.log(t) for t in times]).slope


def print_memory() -> None:
    """The largest memory of one merge of 2,000 tracks: Python's own, and of the whole process beyond its start."""
    rows = []
    for shape, make in SHAPES.items():
        texts = make(SIZES[-1])
        tracemalloc.start()
        merge(*texts)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        rows.append((shape, f"{peak / 2**20:.0f}", f"{resident(shape):.0f}"))
    print(markdown([f"merge of {SIZES[-1]} tracks", "Python's own, MiB", "whole process, MiB"], rows))


def resident(shape: str) -> float:
    """The largest resident size of a process that makes the texts and merges them, in MiB; Linux tells it."""
    script = (
        "from pathlib import Path; from tests.bench.made import SHAPES; from tlgit.merge.merge import merge;"
        f"merge(*SHAPES[{shape!r}]({SIZES[-1]}));"
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    return int(done.stdout) / 1024 if done.returncode == 0 else math.nan


if __name__ == "__main__":
    main()
