from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlgit.sources.names import (
    MAX_TEXT,
    clean_text,
    clean_visible,
    compare_form,
    latin_words,
    loses_letters,
    split_name,
)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("  a\n b\t c ", "a b c"),
        ("NLW\u00a0Remix", "NLW Remix"),
        ("So\u0301lru\u0301n", "Sólrún"),
        ("red\x1b[31m\x00text\x9f", "red [31m text"),
        ("a\u2028b\ufeffc", "a b c"),
        (None, ""),
        ("x" * 900, "x" * MAX_TEXT),
    ],
)
def test_clean_text(raw: str | None, expected: str) -> None:
    assert clean_text(raw) == expected


def test_clean_visible_closes_parentheses_and_drops_credits() -> None:
    assert clean_visible("Hollis - Ember ( Teal \xa0Remix ) ") == "Hollis - Ember (Teal Remix)"
    assert clean_visible("Hollis - Ember(Co-Prod. by KESSLER) (Acappella)") == "Hollis - Ember (Acappella)"


@pytest.mark.parametrize(
    ("name", "artist", "title"),
    [
        ("A - B", "A", "B"),
        ("A - B - C (D - E Remix)", "A", "B - C (D - E Remix)"),
        ("ID - ID", "ID", "ID"),
        ("Just a title", None, "Just a title"),
        ("A-B - C", "A-B", "C"),
    ],
)
def test_split_name_at_the_first_dash(name: str, artist: str | None, title: str) -> None:
    assert split_name(name) == (artist, title)


def test_compare_form_ignores_what_the_catalogue_varies() -> None:
    assert compare_form("VIKA (FR) - Ünder!") == compare_form("Vika - ünder")
    assert compare_form("A - B(Prod. by C)") == compare_form("A - B")
    assert compare_form("A - B (Remix)") != compare_form("A - B")


def test_latin_words_spell_as_addresses_do() -> None:
    assert latin_words("RÜFÜS A$AP Don't") == {"rufus", "asap", "dont"}
    assert not loses_letters("RÜFÜS")
    assert loses_letters("sløwed")
    assert loses_letters("Группа")


@given(st.text(max_size=600))
def test_cleaned_text_is_printable_and_stable(raw: str) -> None:
    once = clean_text(raw)
    assert clean_text(once) == once
    assert not any(ord(one) < 32 or 0x7F <= ord(one) < 0xA0 for one in once)


@pytest.mark.parametrize("raw", ["(prod. by " * 5000, "a - " * 1500, " " * 30_000, "(" * 9000, "( " * 9000])
def test_long_hostile_names_are_quick(raw: str) -> None:
    begin = time.perf_counter()
    compare_form(clean_visible(raw))
    latin_words(raw)
    split_name(raw)
    assert time.perf_counter() - begin < 0.1


def test_directions_of_writing_are_taken_out() -> None:
    assert clean_text("Night \u202eevil\u2066 Drive") == "Night evil Drive"
