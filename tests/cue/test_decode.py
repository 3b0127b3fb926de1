from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlgit.cue.decode import decode_sheet

RUSSIAN = 'PERFORMER "Группа Ёлка"\r\nTITLE "Ночной эфир"\r\nFILE "a.wav" WAVE\r\n'
SPANISH = 'PERFORMER "José Ñandú"\r\nTITLE "Años y caña, él y tú: ¿qué?"\r\nFILE "a.wav" WAVE\r\n'
JAPANESE = 'PERFORMER "電気"\r\nTITLE "夜の放送"\r\nFILE "a.wav" WAVE\r\n'


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("text", [RUSSIAN, SPANISH, JAPANESE])
def test_a_mark_decides(text: str, encoding: str) -> None:
    decoded = decode_sheet(text.encode(encoding))
    assert decoded.text == text
    assert not decoded.guessed


@pytest.mark.parametrize(
    ("mark", "encoding"), [(b"\xfe\xff", "utf-16-be"), (b"\x00\x00\xfe\xff", "utf-32-be")]
)
def test_a_mark_decides_in_the_other_order_of_bytes(mark: bytes, encoding: str) -> None:
    decoded = decode_sheet(mark + RUSSIAN.encode(encoding))
    assert (decoded.text, decoded.encoding) == (RUSSIAN, encoding)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", [RUSSIAN, SPANISH, JAPANESE])
def test_wide_characters_are_told_without_a_mark(text: str, encoding: str) -> None:
    decoded = decode_sheet(text.encode(encoding))
    assert (decoded.text, decoded.encoding, decoded.guessed) == (text, encoding, True)


@pytest.mark.parametrize("text", [RUSSIAN, SPANISH, JAPANESE, "", "ascii"])
def test_utf_8_needs_no_mark(text: str) -> None:
    decoded = decode_sheet(text.encode())
    assert (decoded.text, decoded.encoding, decoded.guessed) == (text, "utf-8", False)


@pytest.mark.parametrize(("text", "encoding"), [(RUSSIAN, "cp1251"), (SPANISH, "cp1252")])
def test_old_code_pages_are_told_apart(text: str, encoding: str) -> None:
    decoded = decode_sheet(text.encode(encoding))
    assert (decoded.text, decoded.encoding, decoded.guessed) == (text, encoding, True)


@pytest.mark.parametrize("letters", ["è, é, ì, ò", "°", "100 °C", "Motörhead"])
def test_a_few_high_bytes_are_western(letters: str) -> None:
    assert decode_sheet(letters.encode("cp1252")).text == letters


def test_a_code_page_that_is_neither_is_not_taken_for_cyrillic() -> None:
    text = 'PERFORMER "汪峰 黑豹"\nTITLE "春天里的 现场"\n'
    assert decode_sheet(text.encode("gbk")).encoding == "cp1252"
    assert decode_sheet(JAPANESE.encode("shift_jis")).encoding == "cp1252"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_replacement_character_in_the_text_is_no_damage(encoding: str) -> None:
    assert not decode_sheet("TITLE \ufffd".encode(encoding)).damaged


def test_one_bad_byte_does_not_spoil_utf_8() -> None:
    decoded = decode_sheet(RUSSIAN.encode() + b"\xd0")
    assert (decoded.text, decoded.encoding) == (RUSSIAN + "\ufffd", "utf-8")
    assert decoded.guessed
    assert decoded.damaged


def test_half_a_wide_character_is_shown_as_damage() -> None:
    decoded = decode_sheet(SPANISH.encode("utf-16") + b"\x41")
    assert decoded.text == SPANISH + "\ufffd"
    assert decoded.damaged


@given(st.binary(max_size=300))
def test_any_bytes_decode(data: bytes) -> None:
    text = decode_sheet(data).text
    assert text.encode().decode() == text
