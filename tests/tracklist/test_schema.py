from __future__ import annotations

import pytest

from tlgit.tracklist.model import Part, Track
from tlgit.tracklist.schema import (
    MAX_TRACKS,
    Severity,
    TracklistError,
    parse_reading,
    parse_tracklist,
)
from tlgit.tracklist.syntax import Position

TEXT = """\
title: KineticFIELD
artist: AFROJACK
date: 2025-05-17
genres: [House, Techno]
duration: 1:00:00
offset: -0:04.5
status: draft
aliases: 2wrmg6f1
cue:
  pregap: 2
notes:
  - one
  - two
mood: dark
tracks:
  - start: 0:00
    with: false
    artist: ID
    title: ID
    bpm: 127.5
    verified: TRUE
    ref: 12160585
    energy: 5
  - with: true
    title: Mash
    remix: Edit
    parts:
      - artist: A
        title: B
      - label: L
  - {title: Flow, start: "3:35"}
"""


def test_values_are_typed() -> None:
    read = parse_tracklist(TEXT)
    assert (read.title, read.date, read.duration, read.offset, read.status) == (
        "KineticFIELD", "2025-05-17", 3_600_000, -4_500, "draft",
    )  # fmt: skip
    assert (read.genres, read.aliases, read.notes) == (("House", "Techno"), ("2wrmg6f1",), ("one", "two"))
    assert (read.cue, read.extra) == ({"pregap": "2"}, {"mood": "dark"})
    first, second, third = read.tracks
    assert first == Track(
        start=0, artist="ID", title="ID", bpm="127.5", verified=True, ref="12160585", extra={"energy": "5"}
    )
    assert first.is_unknown
    assert second.with_previous
    assert second.name == "ID - Mash (Edit)"
    assert second.parts == (Part(artist="A", title="B"), Part(label="L"))
    assert third == Track(title="Flow", start=215_000)


PROBLEMS = [
    # text, code, line, column, words, words of the hint
    ("tracks: []\n", "title", 1, 1, "expected `title:`", None),
    ("title: A\n", "tracks", 1, 1, "expected `tracks:`", None),
    ("title: A\ndate: 17.5.2025\ntracks: []\n", "date", 2, 7, "a date like 2025-05-17", None),
    ("title: A\ndate: 2025-13-01\ntracks: []\n", "date", 2, 7, "a date like", None),
    ("title: A\ndate: 2025-12-32\ntracks: []\n", "date", 2, 7, "a date like", None),
    ("title: [A]\ntracks: []\n", "text", 1, 8, "title: expected text, found a list", None),
    ("title: {a: b}\ntracks: []\n", "text", 1, 8, "found named fields", None),
    ("title: A\nstatus: done\ntracks: []\n", "status", 2, 9, "draft or published", None),
    ("title: A\ncue: x\ntracks: []\n", "mapping", 2, 6, "named settings", None),
    ("title: A\ngenres: {a: b}\ntracks: []\n", "set", 2, 9, "a list of texts", None),
    ("title: A\ngenres: [[a]]\ntracks: []\n", "set", 2, 9, "a list of texts", None),
    ("title: A\nnotes: {a: b}\ntracks: []\n", "multiline", 2, 8, "text, or a list of texts", None),
    ('title: "A\\nB"\ntracks: []\n', "text", 1, 8, "text on one line", None),
    (f"title: {'A' * 501}\ntracks: []\n", "text", 1, 8, "at most 500 characters", None),
    ("title: A\ntracks:\n  - start: 754\n    title: B\n", "time", 3, 12, "found '754'", '"12:34"'),
    ("title: A\ntracks:\n  - start: 3:99\n    title: B\n", "time", 3, 12, "found '3:99'", None),
    ("title: A\ntracks:\n  - title: B\n    with: yes\n", "flag", 4, 11, "true or false", None),
    ("title: A\ntracks:\n  - title: B\n    bpm: fast\n", "number", 4, 10, "a number", None),
    ("title: A\ntracks:\n  - title: B\n    ref: x1\n", "ref", 4, 10, "a row id of digits", None),
    ("title: A\ntracks:\n  - title: B\n    parts: x\n", "ordered", 4, 12, "a list of parts", None),
    ("title: A\ntracks:\n  - title: B\n    parts: [x]\n", "ordered", 4, 12, "parts with named fields", None),
    ("title: A\ntracks:\n  - title: B\n    parts:\n      - title: [x]\n", "text", 5, 9, "parts: title", None),
    ("title: A\ntracks:\n  - {title: B, start: x}\n", "time", 3, 5, "found 'x'", None),
    ("title: A\ntracks:\n  - {}\n", "empty", 3, 5, "an empty one", "delete"),
    ("title: A\ntracks:\n  - title:\n", "empty", 3, 5, "an empty one", "delete"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "line", "column", "words", "hint"), PROBLEMS)
def test_problems_name_the_place(  # noqa: PLR0917 - one row of the table
    text: str, code: str, line: int, column: int, words: str, hint: str | None
) -> None:
    reading = parse_reading(text)
    (problem,) = reading.problems
    assert (problem.code, problem.position) == (code, Position(line, column))
    assert words in problem.sentence
    assert (hint or "") in (problem.hint or "")
    assert reading.errors == reading.problems
    assert problem.severity is Severity.ERROR


def test_a_file_that_has_to_be_right_raises() -> None:
    with pytest.raises(TracklistError, match=r"a\.yaml:1:1: expected `title:`.* \(and 1 more\)") as caught:
        parse_tracklist("tracks:\n  - start: x\n", "a.yaml")
    assert len(caught.value.problems) == 2


def test_a_value_that_does_not_fit_is_left_out() -> None:
    reading = parse_reading("title: A\ntracks:\n  - title: B\n    start: x\n")
    assert reading.tracklist.tracks == (Track(title="B"),)


def test_long_values_are_shown_short() -> None:
    (problem,) = parse_reading(f"title: A\ndate: {'x' * 99}\ntracks: []\n").problems
    assert problem.sentence.endswith("x…'")


def test_more_tracks_than_any_set_has_are_refused() -> None:
    text = "title: A\ntracks:\n" + "  - title: B\n" * (MAX_TRACKS + 1)
    reading = parse_reading(text)
    assert [problem.code for problem in reading.problems] == ["size"]
    assert len(reading.tracklist.tracks) == MAX_TRACKS
