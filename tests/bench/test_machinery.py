"""The measuring itself: wrong figures are worse than none."""

from __future__ import annotations

import ast

import pytest

from tests.bench.made import SHAPES, usual
from tests.bench.merge import SIZES, slope
from tests.bench.mutants import mutants_of
from tests.bench.mutation import told
from tests.bench.named import KINDS, score
from tests.bench.peers import GIT, PEERS, TLGIT, find_tools
from tests.bench.scoreboard import read_score, without_labels
from tlgit.merge.merge import merge

SOURCE = '''"""Words."""
from typing import TypeVar
T = TypeVar("T", bound=int)
LIMIT: "Final[int]" = 3
def f(a: int = 0) -> int:
    """Words with 7 numbers."""
    assert a < 5
    if a == LIMIT and not a:
        return a + 1
    g(a)
    return f"{a + 1}"
'''


def test_mutants_change_one_thing_each() -> None:
    mutants = mutants_of(SOURCE)
    told_ones = {(mutant.line, mutant.what) for mutant in mutants}
    assert told_ones == {
        (4, "number"),
        (5, "number"),
        (8, "and/or"),
        (8, "comparison"),
        (8, "not"),
        (9, "return None"),
        (9, "arithmetic"),
        (9, "number"),
        (10, "statement taken out"),
        (11, "return None"),
    }
    for mutant in mutants:
        ast.parse(mutant.source)
        changed = [
            n
            for n, pair in enumerate(zip(SOURCE.splitlines(), mutant.source.splitlines(), strict=True), 1)
            if len(set(pair)) > 1
        ]
        assert changed == [mutant.line]
    assert told("a.py", mutants[0]).startswith(f"a.py:{mutants[0].line}: number\n-   3\n+   ")


def test_sides_of_conflicts_are_swapped_without_their_labels() -> None:
    ours = "a\n<<<<<<< ours\nb\n||||||| base\nx\n=======\nc\n>>>>>>> theirs\nd\n"
    theirs = "a\n<<<<<<< HEAD\nc\n=======\nb\n>>>>>>> main\nd\n"
    assert without_labels(ours) == without_labels(theirs, swap=True) != without_labels(theirs)


def test_the_scorer_is_read() -> None:
    oracle, counts = read_score(
        'oracle: 6 clean, 4 with true field conflicts (9 fields)\n{"ok": 5, "seconds": 0.5}\n'
    )
    assert (oracle.clean, oracle.open, oracle.fields, counts["ok"]) == (6, 4, 9, 5)
    with pytest.raises(SystemExit):
        read_score("Traceback\n")


@pytest.mark.parametrize("power", [0.0, 1.0, 2.0])
def test_the_exponent_of_a_power_law(power: float) -> None:
    assert slope(SIZES, [3 * size**power for size in SIZES]) == pytest.approx(power)


def test_made_lists_do_what_their_names_say() -> None:
    assert all(merge(*usual(30, number)).is_clean for number in range(20))
    assert len(merge(*SHAPES["all starts changed on both sides"](40)).conflicts) == 40
    for make in SHAPES.values():
        base, ours, theirs = make(40)
        assert len({base, ours, theirs}) == 3


def test_tools_are_known_by_name_whether_they_are_here_or_not() -> None:
    tools, missing = find_tools([])
    assert {tool.name for tool in tools} | set(missing) >= set(PEERS)


def test_a_tool_is_scored_on_files() -> None:
    names = KINDS["key added by both"][:2]
    assert [verdict.value for verdict in score(TLGIT, names)[0].values()] == ["right", "right"]
    assert any(verdict.is_silent for verdict in score(GIT, names)[0].values())
