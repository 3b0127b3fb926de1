"""Golden cases: `tests/cases/<name>/{base,ours,theirs,expected}.yaml`; no base means no common past.

An expected file with conflict markers is a conflict. `TLGIT_UPDATE_CASES=1` writes the expected files anew; read
the difference before you commit it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pytest

from tests.merge.test_properties import resolved
from tlgit.merge.merge import merge
from tlgit.tracklist.schema import parse_tracklist
from tlgit.tracklist.syntax import has_conflict_markers

CASES: Final = sorted(path for path in (Path(__file__).parents[1] / "cases").iterdir() if path.is_dir())


def read(path: Path) -> str:
    """A file as it is, line ends included."""
    return path.read_bytes().decode()


def texts_of(folder: Path) -> tuple[str | None, str, str]:
    """Base, ours and theirs of a case."""
    base = folder / "base.yaml"
    return read(base) if base.exists() else None, read(folder / "ours.yaml"), read(folder / "theirs.yaml")


@pytest.mark.parametrize("folder", CASES, ids=[path.name for path in CASES])
def test_case(folder: Path) -> None:
    base, ours, theirs = texts_of(folder)
    result, swapped = merge(base, ours, theirs), merge(base, theirs, ours)
    expected = folder / "expected.yaml"
    if os.environ.get("TLGIT_UPDATE_CASES"):
        expected.write_bytes(result.text.encode())
    assert result.text == read(expected)
    assert result.is_clean is not has_conflict_markers(result.text)
    assert swapped.is_clean is result.is_clean
    if result.is_clean:
        assert swapped.text == result.text
        assert merge(base, result.text, theirs).text == result.text
        assert merge(base, ours, result.text).text == result.text
    for side in ("ours", "theirs"):
        parse_tracklist(resolved(result.text, side))


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 66
