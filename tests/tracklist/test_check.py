from __future__ import annotations

import pytest

from tlgit.tracklist.check import check
from tlgit.tracklist.schema import Problem, Severity, parse_reading

GOOD = """\
title: A
duration: 1:00:00
my key: x
tracks:
  - start: "0:00"
    artist: B
    title: C
    ref: 1
  - with: true
    artist: B
    title: C
  - start: "3:00"
    artist: B
    title: C
    end: "4:00"
    ref: 2
  - artist: ID
    title: ID
  - start: "5:00"
    artist: ID
    title: ID
  - start: "5:00"
    artist: ID
    title: ID
  - start: "0:30"
    section: Player 2
    title: D
"""


def _problems(text: str) -> tuple[Problem, ...]:
    reading = parse_reading(text)
    assert not reading.problems
    return check(reading)


def test_a_good_list_has_no_problems() -> None:
    assert _problems(GOOD) == ()


def _track(*lines: str) -> str:
    return "  - " + "\n    ".join(lines) + "\n"


FIRST = _track('start: "1:00"', "artist: A", "title: B", "ref: 1")
BAD = [
    # tracks, code, line, column, severity, words, words of the hint
    (FIRST + _track("title: C", "ref: 1"), "duplicate", 9, 10, "error", "the same track stands twice: track 2 ('ID - C'), and as number 1", "`ref:`"),
    (FIRST + _track('start: "01:00"', "artist: a", "title: '  b'"), "duplicate", 10, 12, "error", "stands twice", "delete"),
    (_track("with: true", "title: C"), "with", 4, 11, "error", "the first track", "`start:`"),
    (FIRST + _track('start: "0:30"', "title: C"), "order", 8, 12, "error", "track 2 ('ID - C') starts at 0:30, before track 1 ('A - B') above it at 1:00", "move"),
    (_track('start: "1:00"', 'end: "0:30"', "title: C"), "end", 5, 10, "warning", "ends at 0:30, before its start at 1:00", "correct"),
    (_track('start: "2:00:00"', "title: C"), "duration", 4, 12, "warning", "after the set's end at 1:00:00", "duration"),
    (_track("artist: id", "title: ID"), "unknown", 4, 13, "warning", "'id' looks like an unknown", "write `artist: ID`"),
    (_track("artist: ID", "title: Unknown"), "unknown", 5, 12, "warning", "'Unknown'", "`title: ID`"),
    (_track("artist: A", "title: ???"), "unknown", 5, 12, "warning", "'???'", "`title: ID`"),
    (_track("title: C", "lable: D"), "key", 5, 5, "warning", "'lable' is not a field", "did you mean `label`?"),
    (_track("title: C", "Artist: D"), "key", 5, 5, "warning", "'Artist' is not a field", "did you mean `artist`?"),
    ("  - {title: C, atrist: D}\n", "key", 4, 5, "warning", "'atrist'", "did you mean `artist`?"),
    (FIRST + "artits: A\n", "key", 8, 1, "warning", "'artits'", "did you mean `artist`?"),
]  # fmt: skip


@pytest.mark.parametrize(("tracks", "code", "line", "column", "severity", "words", "hint"), BAD)
def test_slips_are_told_with_their_place(  # noqa: PLR0917 - one row of the table
    tracks: str, code: str, line: int, column: int, severity: str, words: str, hint: str
) -> None:
    (problem,) = _problems("title: A\nduration: 1:00:00\ntracks:\n" + tracks)
    assert (problem.code, problem.position.line, problem.position.column) == (code, line, column)
    assert problem.severity is Severity(severity)
    assert words in problem.sentence
    assert problem.hint is not None
    assert hint in problem.hint


def test_one_track_that_is_early_is_told_once() -> None:
    tracks = "".join(_track(f'start: "{n}:00"', f"title: T{n}") for n in (1, 2, 9, 3, 4))
    assert [p.code for p in _problems("title: A\ntracks:\n" + tracks)] == ["order", "order"]
    tracks = "".join(_track(f'start: "{n}:00"', f"title: T{n}") for n in (1, 5, 2, 6))
    assert [p.code for p in _problems("title: A\ntracks:\n" + tracks)] == ["order"]


def test_problems_stand_in_the_order_of_the_file() -> None:
    tracks = _track("with: true", "title: ???", "lable: x") + _track("title: unknown")
    found = [problem.position.line for problem in _problems("titel: A\ntitle: A\ntracks:\n" + tracks)]
    assert found == sorted(found)
    assert len(found) == 4


def test_a_key_that_has_its_right_form_beside_it_is_meant() -> None:
    assert _problems("title: A\ntitles: B\ntracks:\n  - artist: C\n    artists: D\n") == ()


def test_bad_values_are_not_judged_twice() -> None:
    reading = parse_reading("title: A\ntracks:\n  - start: x\n    title: B\n")
    assert check(reading) == ()
