"""The alignment on labelled edits: a short run of `tests.bench.alignment`, as ratios of right pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bench.alignment import Score, measure, right_pairs
from tests.bench.edit_scripts import EDITS, REWRITE, SEVERAL, Script, make_scripts

if TYPE_CHECKING:
    from pathlib import Path

KINDS = {*EDITS, REWRITE, SEVERAL}


def _check(scores: dict[str, Score], *, lists: int) -> None:
    total = Score()
    for kind, score in scores.items():
        total.join(score)
        assert score.precision >= 0.995, kind
        assert score.recall >= 0.995, kind
    assert total.lists >= lists
    assert total.precision >= 0.999
    assert total.recall >= 0.999


def test_edits_of_made_lists_are_followed() -> None:
    scores = measure(make_scripts(11, None, rounds=2))
    assert scores.keys() == KINDS
    _check(scores, lists=300)


@pytest.mark.corpus
def test_edits_of_real_lists_are_followed(corpus: Path) -> None:
    scores = measure(s for s in make_scripts(11, corpus, rounds=1) if not s.source.startswith("made"))
    assert scores.keys() == KINDS | {"real editions"}
    _check(scores, lists=200)


def test_the_edits_do_something() -> None:
    """Of each kind most scripts change the list, and the truth is a pairing of its rows."""
    changed = dict.fromkeys(KINDS, 0)
    for script in make_scripts(11, None, rounds=1):
        lefts, rights = zip(*script.truth, strict=True)
        assert len(set(lefts)) == len(set(rights)) == len(script.truth)
        changed[script.kind] += script.before != script.after
    assert min(changed.values()) >= 12, changed


def test_equal_rows_side_by_side_are_interchangeable() -> None:
    unknown, named = {"artist": "ID", "title": "ID"}, {"artist": "Ada", "title": "Alpha"}
    script = Script(
        "delete", "", (unknown, unknown, named), (unknown, named), frozenset({(1, 0), (2, 1)}), has_refs=False
    )
    assert right_pairs(script, {1: 0, 2: 1}) == right_pairs(script, {0: 0, 2: 1}) == 2
    assert right_pairs(script, {0: 1, 2: 0}) == 0
