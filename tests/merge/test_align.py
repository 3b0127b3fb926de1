from __future__ import annotations

import pytest

from tlgit.merge.align import Pairs, Row, align, rows_of
from tlgit.merge.names import normal_name, similarity, start_of
from tlgit.merge.rising import longest_rising


def _rows(*texts: str) -> tuple[Row, ...]:
    """Rows written as `start artist - title #ref`, each part but the name optional."""
    values = []
    for text in texts:
        name, _, ref = text.partition(" #")
        start, _, rest = name.partition(" ") if name[0].isdigit() else ("", "", name)
        artist, _, title = rest.partition(" - ")
        values.append({"start": start, "artist": artist, "title": title, "ref": ref})
    return rows_of(values)


def _align(first: tuple[Row, ...], second: tuple[Row, ...], *, strict: bool = False) -> Pairs:
    pairs = align(first, second, strict=strict)
    back = align(second, first, strict=strict)
    assert {j: i for i, j in back.items()} == pairs, "the same whichever list is first"
    return pairs


CASES = [
    # first, second, pairs
    (["A - B #1", "C - D #2"], ["C - X #2", "A - Y #1"], {0: 1, 1: 0}),
    (["A - B", "C - D"], ["C - D", "A - B"], {0: 1, 1: 0}),
    (["Sól & Ember ft. Wren - Glass Harbour (Dub)"], ["SOL and EMBER feat Wren - Glass  Harbour, dub"], {0: 0}),
    (["0:00 A - B", "3:00 A - B"], ["0:05 A - B"], {0: 0}),
    (["0:00 A - B", "3:00 A - B"], ["3:05 A - B"], {1: 0}),
    (["A - B", "A - B"], ["A - B"], {0: 0}),
    (["0:00 A - Opening", "3:00 ID - ID", "6:00 C - D"], ["0:00 A - Opening", "3:02 Nell Orr - Drift", "6:00 C - D"], {0: 0, 1: 1, 2: 2}),
    (["A - Opening", "ID - ID", "C - D"], ["A - Opening", "Nell Orr - Drift", "C - D"], {0: 0, 1: 1, 2: 2}),
    (["3:00 ID - ID"], ["9:00 Nell Orr - Drift"], {}),
    (["3:00 ID - ID", "5:00 ID - ID"], ["3:10 ID - ID", "5:10 ID - ID"], {0: 0, 1: 1}),
    (["3:00 ID - ID #1"], ["3:00 ID - ID #2"], {}),
    (["3:00 ID - ID", "5:00 A - B"], ["5:00 A - B", "3:00 ID - ID"], {0: 1, 1: 0}),
    (["3:00 ID - ID", "5:00 A - B"], ["5:00 A - B", "3:03 ID - ID"], {0: 1, 1: 0}),
    (["3:00 ID - ID", "5:00 A - B"], ["5:00 A - B", "3:03 ID - ID", "3:04 ID - ID"], {1: 0}),
    (["3:00 Kato - ID"], ["3:01 Kato - Paper Boats"], {0: 0}),
    (["3:00 Kato Lind - Paper Boats"], ["3:00 Kato Lind - Stones"], {0: 0}),
    (["3:00 Kato Lind - Paper Boats"], ["4:00 Kato Lind - Stones"], {0: 0}),
    (["Kato Lind - Paper Boats"], ["Kato Lind - Stones"], {0: 0}),
    (["Kato Lind - Paper Boats"], ["Kato Lind - Paper Boats (Extended Mix)"], {0: 0}),
    (["Kato Lind - Paper Boats"], ["Yara Holm - Stone"], {}),
    (["Kato Lind - Paper Boats #1"], ["Kato Lind - Stones #2"], {}),
    (["Kato Lind - Paper Boats #1"], ["Kato Lind - Stones"], {0: 0}),
    (["Kato Lind - "], ["Yara Holm - "], {}),
    (["ID - Paper Boats"], ["ID - Stones"], {}),
    ([" - Paper Boats"], ["Yara Holm - Paper Boats"], {0: 0}),
    (["Kato Lind - Paper Boats", "Yara Holm - Stone"], ["Kato Lind - Sand", "Yara Holm - Water"], {0: 0, 1: 1}),
    (["Kato Lind - Paper Boats", "Yara Holm - Stone"], ["Yara Holm - Water"], {1: 0}),
    (["3:00 Kato Lind - Paper Boats", "A - B"], ["4:00 Kato Lind - Sand", "5:00 Kato Lind - Water", "A - B"], {1: 2}),
    (["3:00 Kato Lind - Paper Boats"], ["3:00 Yara Holm - Stone"], {0: 0}),
    (["3:00 Kato Lind - Paper Boats"], ["3:02 Yara Holm - Stone"], {}),
    (["3:00 Kato Lind - Paper Boats"], ["3:02 Kato Lynd - Papers Boat Live"], {0: 0}),
    (["Kato Lind - Paper Boats"], ["Kato Lind - Paper Boat"], {0: 0}),
    (["3:00 Kato Lind - Paper Boats", "3:10 Nell - Drift"], ["3:20 Kato Lind - Stones", "3:30 Yara - Sand"], {0: 0}),
    (["Kato Lind - Paper Boats #1"], ["Kato Lind - Paper Boat #2"], {0: 0}),
    (["3:00 Kato Lind - Stones #1"], ["3:00 Yara Holm - Paper #2"], {}),
    (["0:00 A - B", "3:00 Kato Lind - Paper Boats"], ["3:00 Kato Lind - Paper Stones", "0:00 A - B"], {0: 1, 1: 0}),
    (["0:00 A - B", "3:00 ID - ID"], ["3:00 Kato Lind - Paper Stones", "0:00 A - B"], {0: 1, 1: 0}),
    (["0:00 A - B", "3:00 Kato - Boats #1"], ["3:00 Kato - Stones #2", "0:00 A - B"], {0: 1}),
    ([f"{n}:00 A - T{n}" for n in range(5)] + ["9:00 ID - ID"], [f"{n}:17 A - T{n}" for n in range(5)] + ["9:17 ID - ID"], {n: n for n in range(6)}),
    # Of several rows with one name: the same start wins, then the same neighbours, then what else they say.
    (["0:00 A - B", "9:00 A - B", "C - D"], ["9:00 A - B", "C - D", "0:00 A - B"], {0: 2, 1: 0, 2: 1}),
    (["A - B", "C - D", "A - B"], ["C - D", "A - B"], {1: 0, 2: 1}),
    (["A - B", "C - D", "A - B"], ["A - Be", "C - D", "A - B"], {0: 0, 1: 1, 2: 2}),
    (["0:00 A - B", "9:00 A - B"], ["A - B"], {0: 0}),
    (["A - B #1", "C - D #1"], ["C - D #1", "A - B #1"], {0: 1, 1: 0}),
    # A half known name is called so until it is known: another track may be called so later.
    (["3:00 Kato - ID"], ["3:00 Kato - Boats", "9:00 Kato - ID"], {0: 0}),
    (["3:00 Kato - ID"], ["9:00 Kato - ID"], {0: 0}),
    (["Kato - ID", "A - B", "Kato - ID"], ["Kato - Boats", "A - B", "Kato - ID"], {0: 0, 1: 1, 2: 2}),
    (["Kato - ID", "A - B"], ["A - B", "Kato - ID"], {0: 1, 1: 0}),
    # The order of the artists means nothing, nor the version, when the rows were moved.
    (["Sol & Ember - Glass", "A - B"], ["A - B", "Ember and Sol - Glass"], {0: 1, 1: 0}),
    (["1:00 Kato - Glass", "9:00 A - B"], ["9:00 A - B", "12:00 Kato - Glass (Live)"], {0: 1, 1: 0}),
    (["1:00 Kato - ID (Live)", "9:00 A - B"], ["9:00 A - B", "12:00 Kato - ID (Dub)"], {1: 0}),
    (["1:00 Kato - G (Live)", "2:00 Kato - G (Dub)", "9:00 A - B"], ["9:00 A - B", "12:00 Kato - G"], {1: 1, 2: 0}),
    # A mashup is its first track.
    (["Sol vs. Ember - Glass vs. Harbour Morning Light"], ["Sol - Glass", "Ember - Harbour Morning Light"], {0: 0}),
    (["Sol - Glass", "Ember - Harbour Morning Light"], ["Sol VS Ember - Glass vs Harbour Morning Light"], {0: 0}),
    (["Sol & Ember - Glass", "Nell - Drift"], ["Sol vs. Ember vs. Nell - Glass vs. Drift"], {0: 0}),
    (["Sol vs. Ember - Glass vs. Harbour"], ["Nell - Glass"], {}),
    # An equal unknown row past which its neighbour was moved.
    (["ID - ID", "A - B", "C - D"], ["A - B", "ID - ID", "C - D"], {0: 1, 1: 0, 2: 2}),
    (["ID - ID", "A - B", "C - D"], ["A - B", "C - D", "ID - ID"], {1: 0, 2: 1}),
    # One retimed track is no shift when the others stayed; two that agree are.
    (["0:00 A - B", "3:00 ID - ID", "6:00 ID - ID"], ["1:00 A - B", "3:00 ID - ID", "6:00 ID - ID"], {0: 0, 1: 1, 2: 2}),
    (["0:00 A - B", "3:00 ID - ID", "6:00 ID - ID"], ["1:00 A - B", "4:00 ID - ID", "7:00 ID - ID"], {0: 0, 1: 1, 2: 2}),
    ([], ["A - B"], {}),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "pairs"), CASES)
def test_rows_find_each_other(first: list[str], second: list[str], pairs: Pairs) -> None:
    assert _align(_rows(*first), _rows(*second)) == pairs


@pytest.mark.parametrize(
    ("first", "second", "pairs"),
    [
        (["3:00 ID - ID"], ["3:00 ID - ID"], {0: 0}),
        (["3:00 ID - ID"], ["3:00 Nell Orr - Drift"], {}),
        (["3:00 ID - ID"], ["3:03 ID - ID"], {}),
        (["3:00 Kato Lind - Paper Boats"], ["3:10 Kato Lind - Paper Boat"], {0: 0}),
        (["3:00 Kato Lind - Paper Boats"], ["9:10 Kato Lind - Paper Boat"], {}),
        (["3:00 Kato Lind - Boats"], ["3:00 Kato Lind - Stones"], {}),
        (["Kato Lind - Paper Boats #1"], ["Kato Lind - Paper Boat #2"], {}),
    ],
)
def test_rows_that_both_sides_added_need_a_name(first: list[str], second: list[str], pairs: Pairs) -> None:
    assert _align(_rows(*first), _rows(*second), strict=True) == pairs


def _words(number: int) -> str:
    """A name that shares no word with that of another number."""
    return f"{'abcdefghij'[number % 10]}o{'klmnpqrstv'[number // 10 % 10]}u{'bdfghjklmn'[number // 100]}a"


def test_in_long_gaps_equal_starts_are_one_track() -> None:
    first = _rows(*(f"{n}:00 Kato Lind - Paper {n}x" for n in range(600)))
    second = _rows(*(f"{n}:00 Yara Holm - Stone {n}y" for n in range(600)))
    assert _align(first, second) == {n: n for n in range(600)}


def test_in_long_gaps_a_shared_word_is_enough_to_be_compared() -> None:
    numbers = [n for n in range(200) if n != 60]
    first = _rows(*(f"Kato {_words(n)} - Paper Boats {_words(n)}" for n in range(200)))
    second = _rows(*(f"Kato {_words(n)} - Papr Boat {_words(n)}" for n in numbers), "Kato - Else")
    assert _align(first, second) == {n: place for place, n in enumerate(numbers)}


def test_in_long_gaps_unknown_rows_are_named_in_order() -> None:
    unknown = _rows(*("ID - ID" for _ in range(60)))
    named = _rows(*(f"{_words(n)} - Paper {_words(n + 60)}" for n in range(60)))
    assert _align(unknown, named) == {n: n for n in range(60)}
    strangers = _rows(*(f"{_words(n)} - Water Over Old Stones {_words(n - 60)}" for n in range(120, 180)))
    assert _align(named, strangers) == {}


def test_many_rows_of_one_name_pair_by_start_and_then_in_order() -> None:
    first = _rows(*(f"{n}:00 Kato - ID" for n in range(60)), *("Kato - ID" for _ in range(5)))
    second = _rows(*("Kato - ID" for _ in range(4)), *(f"{n}:00 Kato - ID" for n in range(1, 60)))
    pairs = align(first, second)
    assert {i: j for i, j in pairs.items() if 0 < i < 60} == {n: n + 3 for n in range(1, 60)}
    assert {i: j for i, j in pairs.items() if i in {0, *range(60, 65)}} == {0: 0, 60: 1, 61: 2, 62: 3}


def test_many_rows_at_one_moment_cost_no_more() -> None:
    first = _rows(*(f"0:00 {_words(n)} - Paper {_words(n + 1)}" for n in range(300)))
    second = _rows(*(f"0:00 {_words(n)} - Boats {_words(n + 1)}" for n in range(300)))
    assert _align(first, second) == {n: n for n in range(300)}


def test_many_lost_unknown_rows_stay_lost() -> None:
    first = _rows(*("9:00 ID - ID" for _ in range(600)), "9:00 A - B")
    second = _rows("9:00 A - B", *("9:01 ID - ID" for _ in range(600)))
    assert align(first, second) == {600: 0}


def test_the_longest_rising_places() -> None:
    assert longest_rising([3, 0, 1, 2, 9, 4]) == [1, 2, 3, 5]
    assert longest_rising([]) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [("Mira & Sol", "mira AND sol"), ("A feat. B", "A ft B"), ("Röyksopp", "Royksopp"), ("A vs. B", "A x B")],
)
def test_normal_names(first: str, second: str) -> None:
    assert normal_name(first) == normal_name(second)


def test_similarity_knows_no_word_order() -> None:
    assert similarity("paper boats", "boats paper") == 1
    assert similarity("paper boats", "stone") < 0.5


def test_starts_that_are_none() -> None:
    assert start_of({"start": "1:02:33"}) == 3_753_000
    assert start_of({"start": "soon"}) is None
    assert start_of({"start": ("1",)}) is None
    assert start_of({}) is None
