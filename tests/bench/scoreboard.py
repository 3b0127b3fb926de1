"""The scoreboard: merges of tlgit and of other tools on the same work, as Markdown tables.

`python -m tests.bench.scoreboard KIT [--peers] [--named]`. KIT is the folder of a scorer that is independent of this
project: `run.py PROFILE N --driver LINE --seed S` merges N generated tracklists by a real `git merge` and prints the
counts; `corpus.py` and `gen.py` make those lists. Without KIT only `--named` can be asked for.
"""

from __future__ import annotations

import argparse
import importlib
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.bench.clock import markdown, tool_environment, total
from tests.bench.named import print_named
from tests.bench.peers import GIT, TLGIT, Tool, find_tools

if TYPE_CHECKING:
    from collections.abc import Sequence

PROFILES: Final = ("light", "normal", "heavy", "echo")
SYMMETRY_LISTS: Final = 200
_HEADS: Final = [
    "profile",
    "tool",
    "lists",
    "seed",
    "with an automatic answer: right",
    "false conflicts",
    "silent (wrong + missed + invalid)",
    "with a clash: flagged",
    "lines in markers a field",
    "comment lines lost",
    "ms a file",
]


def main() -> None:
    """Measure what was asked for and print it."""
    asked = read_arguments()
    tools, missing = find_tools(asked.path) if asked.peers or asked.tool else ([], [])
    if missing:
        print(f"not installed here: {', '.join(missing)}\n", file=sys.stderr)
    everyone = [TLGIT, *([GIT] if asked.peers or asked.tool else []), *tools]
    if asked.tool:
        everyone = [tool for tool in everyone if tool.name in asked.tool]
    if asked.kit is not None:
        for shown in ([tool for tool in everyone if tool is TLGIT], [t for t in everyone if t is not TLGIT]):
            # The other tools do not change from run to run: one seed tells how they do.
            seeds = asked.seeds if TLGIT in shown else asked.seeds[:1]
            rows = [
                score_row(asked, profile, tool, seed)
                for profile in asked.profiles
                for tool in shown
                for seed in seeds
            ]
            if rows:
                print(markdown(_HEADS, rows), flush=True)
        print_symmetry(asked, everyone)
    if asked.named:
        print_named(everyone, asked.path)


def read_arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.scoreboard", description=__doc__)
    parser.add_argument("kit", type=Path, nargs="?", help="folder of the scorer")
    parser.add_argument("--peers", action="store_true", help="measure git and the other tools too")
    parser.add_argument("--tool", action="append", default=[], help="only tools of this name")
    parser.add_argument("--named", action="store_true", help="score the golden cases")
    parser.add_argument("--path", action="append", default=[], help="a folder with programs of other tools")
    parser.add_argument("--lists", type=int, default=1000, help="lists a run (slow tools get a part of them)")
    parser.add_argument(
        "--seeds", type=lambda text: [int(seed) for seed in text.split(",")], default=[42, 7, 1]
    )
    parser.add_argument("--profiles", type=lambda text: text.split(","), default=list(PROFILES))
    asked = parser.parse_args()
    if asked.kit is None and not asked.named:
        parser.error("KIT or --named")
    return asked


def score_row(asked: argparse.Namespace, profile: str, tool: Tool, seed: int) -> tuple[str, ...]:
    """One line of the table: the scorer's counts of one run."""
    lists = max(20, int(asked.lists * tool.share))
    print(f"{tool.name}: {profile} × {lists}, seed {seed}", file=sys.stderr, flush=True)
    command = [
        sys.executable,
        "-B",
        str(asked.kit.resolve() / "run.py"),
        profile,
        str(lists),
        "--seed",
        str(seed),
    ]
    if tool.driver:
        command += ["--driver", tool.driver]
    if tool.attribute:
        command += ["--attr", tool.attribute]
    if tool.options:
        command.append(f"--args={tool.options}")
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(
            command,
            cwd=scratch,
            check=True,
            capture_output=True,
            text=True,
            env=tool_environment(path=asked.path) | {"TMPDIR": scratch},
        )
    oracle, counts = read_score(done.stdout)
    wrong, missed, invalid = (total(counts, name) for name in ("WRONG", "MISSED_CONFLICT", "INVALID"))
    silent = wrong + missed + invalid
    false = total(counts, "FALSE_CONFLICT")
    return (
        profile,
        tool.name,
        str(lists),
        str(seed),
        f"{total(counts, 'ok')} of {oracle.clean}",
        f"{false} ({false / max(oracle.clean, 1):.1%})",
        f"**{silent}** ({wrong} + {missed} + {invalid})" if silent else "0",
        f"{total(counts, 'true_conflict')} of {oracle.open}",
        f"{counts['marked_lines'] / max(oracle.fields, 1):.1f}" if counts["marked_lines"] else "–",
        str(total(counts, "comment_lines_lost")),
        f"{counts['seconds'] / lists * 1000:.1f}",
    )


@dataclass(frozen=True, slots=True)
class Oracle:
    """What the scorer knows about its lists."""

    clean: int
    """Lists that have an automatic answer."""
    open: int
    """Lists in which both sides changed one field differently."""
    fields: int
    """Such fields."""


def read_score(output: str) -> tuple[Oracle, dict[str, float]]:
    """The two lines that the scorer prints."""
    numbers = re.search(r"oracle: (\d+) clean, (\d+) with true field conflicts \((\d+) fields\)", output)
    if numbers is None:
        raise SystemExit(f"the scorer printed {output!r}")
    counts: dict[str, float] = json.loads(output.strip().splitlines()[-1])
    return Oracle(*map(int, numbers.groups())), counts


def print_symmetry(asked: argparse.Namespace, tools: Sequence[Tool]) -> None:
    """Merge the same lists both ways round and print how often the outcome is the same."""
    rows = []
    for profile in (profile for profile in asked.profiles if profile in {"normal", "echo"}):
        for tool in tools:
            lists = max(20, int(min(SYMMETRY_LISTS, asked.lists) * tool.share))
            print(f"{tool.name}: both ways, {profile} × {lists}", file=sys.stderr, flush=True)
            there, back = merge_both_ways(asked, tool, make_lists(asked.kit, profile, lists, asked.seeds[0]))
            verdicts = sum(there[name][0] == back[name][0] for name in there)
            same = sum(
                there[name][0] == back[name][0]
                and without_labels(there[name][1]) == without_labels(back[name][1], swap=True)
                for name in there
            )
            rows.append((profile, tool.name, lists, f"{verdicts / lists:.1%}", f"{same / lists:.1%}"))
    heads = ["profile", "tool", "lists", "sides swapped: same verdict", "same text too"]
    print(markdown(heads, rows))


def make_lists(kit: Path, profile: str, count: int, seed: int) -> dict[str, tuple[str, str, str]]:
    """The scorer's lists: base, ours and theirs by file name."""
    modules: list[Any] = []
    sys.path.insert(0, str(kit.resolve()))
    keep, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        modules = [importlib.import_module(name) for name in ("corpus", "gen")]
    finally:
        sys.dont_write_bytecode = keep
        sys.path.remove(str(kit.resolve()))
    corpus, gen = modules
    return {
        f"t{n:04}.yaml": (gen.to_yaml(head, b, notes), gen.to_yaml(head, o, own), gen.to_yaml(head, t, notes))
        for n, (head, b, o, t, notes, own) in enumerate(corpus.make(count, seed, corpus.PROF[profile]))
    }


Outcome = dict[str, tuple[bool, str]]
"""By file: whether git says that it is merged, and its text."""


def merge_both_ways(
    asked: argparse.Namespace, tool: Tool, lists: dict[str, tuple[str, str, str]]
) -> tuple[Outcome, Outcome]:
    """Merge theirs into ours, then ours into theirs, by `git merge`."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        settings = root / "gitconfig"
        settings.write_text(
            "[user]\nname=a\nemail=a@example.org\n[merge]\nconflictStyle=merge\n", encoding="utf-8"
        )
        environment = tool_environment(path=asked.path)
        environment |= {"GIT_CONFIG_GLOBAL": str(settings), "GIT_CONFIG_NOSYSTEM": "1"}

        def git(*arguments: str, check: bool = True) -> str:
            command = ["git", "-c", "core.quotePath=off", *arguments]
            done = subprocess.run(
                command, cwd=root / "sets", check=check, capture_output=True, env=environment
            )
            return done.stdout.decode("utf-8", "replace")

        (root / "sets").mkdir()
        git("init", "-q", "-b", "base")
        if tool.driver:
            git("config", "merge.bench.driver", tool.driver)
        if tool.driver or tool.attribute:
            info = root / "sets/.git/info"
            info.mkdir(exist_ok=True)
            (info / "attributes").write_text(f"*.yaml merge={tool.attribute or 'bench'}\n", encoding="utf-8")
        for side, branch in enumerate(("base", "ours", "theirs")):
            if side:
                git("switch", "-q", "-c", branch, "base")
            for name, texts in lists.items():
                (root / "sets" / name).write_bytes(texts[side].encode())
            git("add", "-A")
            git("commit", "-qm", branch)
        outcomes = []
        for here, there in (("ours", "theirs"), ("theirs", "ours")):
            git("switch", "-q", "-C", "work", here)
            git("merge", "-q", "--no-edit", "-Xno-renames", *tool.options.split(), there, check=False)
            unmerged = {line.split("\t")[1] for line in git("ls-files", "-u").splitlines()}
            outcomes.append(
                {
                    name: (
                        name not in unmerged,
                        (root / "sets" / name).read_bytes().decode("utf-8", "replace"),
                    )
                    for name in lists
                }
            )
            git("reset", "-q", "--hard")
        return outcomes[0], outcomes[1]


def without_labels(text: str, *, swap: bool = False) -> str:
    """A text with the words at its conflict markers taken off, the sides swapped on demand."""
    result: list[str] = []
    sides: list[list[str]] | None = None
    for line in text.splitlines(keepends=True):
        if line.startswith("<<<<<<<"):
            sides = [[]]
        elif sides is not None and line.startswith(("=======", "|||||||")):
            sides.append([])
        elif sides is not None and line.startswith(">>>>>>>"):
            first, last = (sides[-1], sides[0]) if swap else (sides[0], sides[-1])
            result += ["<\n", *first, "=\n", *last, ">\n"]
            sides = None
        else:
            (result if sides is None else sides[-1]).append(line)
    return "".join(result)


if __name__ == "__main__":
    main()
