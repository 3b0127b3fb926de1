from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.builders import make_sets, sample
from tlgit.ops.take import Outcome

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.corpus
def test_all_edits_of_real_people_are_normal(corpus: Path, tmp_path: Path) -> None:
    """The two saved copies of one page: everything between them passes the default threshold."""
    first, second = sorted((corpus / "1001tracklists" / "pages").glob("2wrmg6f1-*.html"))
    sets = make_sets(tmp_path / "sets")
    sets.take(sample(first))
    report = sets.take(sample(second))
    assert (report.taken[0].outcome, report.taken[0].doubtful) == (Outcome.UPDATED, ())
    assert report.is_settled
    path = report.taken[0].path or ""
    assert sets.read(path) == sets.shown("upstream", path)
    before = sets.state()
    assert sets.take(sample(second)).taken[0].outcome is Outcome.UNCHANGED
    assert sets.state() == before
