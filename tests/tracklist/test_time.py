from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlgit.tracklist.time import MAX_TIME, TimeFormatError, parse_time, render_time

TIMES = [
    ("0:00", 0),
    ("3:35", 215_000),
    ("03:35", 215_000),
    ("1:03:26", 3_806_000),
    ("01:03:26", 3_806_000),
    ("112:30", 6_750_000),
    ("0:04.5", 4_500),
    ("0:04.05", 4_050),
    ("0:04.005", 4_005),
    (" 3:35 ", 215_000),
    ("999:59:59.999", MAX_TIME - 1),
]
WRONG = [
    "",
    "754",
    "3",
    "1:2:3:4",
    "1:60",
    "1:60:00",
    "-0:04",
    "3:35.1234",
    "3:35.",
    "٣:٣٥",
    "1000:00:00",
    "a:b",
]


@pytest.mark.parametrize(("text", "expected"), TIMES)
def test_reads_every_usual_form(text: str, expected: int) -> None:
    assert parse_time(text) == expected


@pytest.mark.parametrize("text", WRONG)
def test_refuses_what_is_not_clearly_a_time(text: str) -> None:
    with pytest.raises(TimeFormatError):
        parse_time(text)


@pytest.mark.parametrize(("text", "expected"), [("-0:04.5", -4_500), ("+1:00", 60_000), ("0:01", 1_000)])
def test_an_offset_has_a_sign(text: str, expected: int) -> None:
    assert parse_time(text, signed=True) == expected


def test_a_sign_alone_is_no_offset() -> None:
    with pytest.raises(TimeFormatError, match=r"-0:04\.5"):
        parse_time("-", signed=True)


@given(st.integers(min_value=-MAX_TIME + 1, max_value=MAX_TIME - 1))
def test_what_is_written_reads_back(value: int) -> None:
    assert parse_time(render_time(value), signed=True) == value


def test_writes_the_shortest_form() -> None:
    written = [render_time(value) for value in (0, 215_000, 3_806_000, 4_500, -4_005)]
    assert written == ["0:00", "3:35", "1:03:26", "0:04.5", "-0:04.005"]
