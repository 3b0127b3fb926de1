from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlgit.cue.sheet import (
    MAX_TEXT_BYTES,
    Frames,
    Origin,
    clean_text,
    file_type,
    frames_from_ms,
    ms_from_frames,
    origin_of,
    plain_text,
    read_origin,
    render_index,
    render_origin,
)

BLOB = "0123456789abcdef0123456789abcdef01234567"

hostile = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from("\"'\\\r\n\t\0\x85\u2028\u2029\ufeff;()w/ \u0301e\ud800\U0001f3a7"),
    ),
    max_size=400,
)


@pytest.mark.parametrize(
    ("ms", "frames"),
    [
        (0, 0),
        (6, 0),
        (7, 1),
        (13, 1),
        (20, 2),
        (999, 75),
        (1000, 75),
        (1007, 76),
        (3_599_993, 269_999),
        (3_599_994, 270_000),
        (6_000_000, 450_000),
    ],
)
def test_milliseconds_round_once_to_frames(ms: int, frames: int) -> None:
    assert frames_from_ms(ms) == frames


@given(st.integers(0, 4_000_000_000), st.integers(0, 5000))
def test_frames_are_monotonic_near_and_a_second_apart(ms: int, more: int) -> None:
    frames = frames_from_ms(ms)
    assert abs(frames * 1000 - ms * 75) <= 500
    assert frames_from_ms(ms + more) >= frames
    assert frames_from_ms(ms + 1000 + more) - frames >= 75
    assert frames_from_ms(ms_from_frames(frames)) == frames


@pytest.mark.parametrize(
    ("frames", "text"),
    [
        (0, "00:00:00"),
        (74, "00:00:74"),
        (75, "00:01:00"),
        (59 * 75 + 74, "00:59:74"),
        (4500, "01:00:00"),
        (99 * 4500, "99:00:00"),
        (100 * 4500, "100:00:00"),
        (1000 * 4500 + 1, "1000:00:01"),
    ],
)
def test_an_index_has_minutes_and_no_hours(frames: int, text: str) -> None:
    assert render_index(Frames(frames)) == text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ('Say "Hello" (Remix)', "Say 'Hello' (Remix)"),
        ("“curly” 12″", "“curly” 12″"),
        ("AC\\DC", "AC\\DC"),
        ("ends in \\", "ends in /"),
        ("ends in \\\\", "ends in \\/"),
        ("  a \t b\r\nFILE\x0bc\x85d\u2028e\u2029f\x7f ", "a b FILE c d e f"),
        ("Cafe\u0301", "Café"),
        ("half \ud83c pair", "half \ufffd pair"),
        ("no\u00a0break\u3000wide", "no\u00a0break\u3000wide"),
        ("\u00a0", ""),
        ("", ""),
    ],
)
def test_a_text_is_cleaned(text: str, clean: str) -> None:
    assert clean_text(text) == clean


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a" * 240, "a" * 240),
        ("a" * 241, "a" * 237 + "..."),
        ("é" * 120, "é" * 120),
        ("é" * 121, "é" * 118 + "..."),
        ("a" + "🎧" * 60, "a" + "🎧" * 59 + "..."),
        ("a" * 230 + "     " + "b" * 20, "a" * 230 + " bbbbbb..."),
        ("a" * 236 + " " + "b" * 20, "a" * 236 + "..."),
    ],
)
def test_a_long_text_is_cut_at_a_character(text: str, clean: str) -> None:
    assert clean_text(text) == clean


@given(hostile)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert plain_text(clean) == clean
    assert unicodedata.is_normalized("NFC", clean)
    assert len(clean.encode()) <= MAX_TEXT_BYTES
    assert '"' not in clean
    assert not clean.endswith("\\")
    assert len(clean.splitlines()) <= 1
    assert clean.isascii() or not text.isascii()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("set.mp3", "MP3"),
        ("SET.MP3", "MP3"),
        ("set.aif", "AIFF"),
        ("set.AIFF", "AIFF"),
        ("set.wav", "WAVE"),
        ("set.flac", "WAVE"),
        ("set.m4a", "WAVE"),
        ("set.opus", "WAVE"),
        ("set", "WAVE"),
        ("mp3.", "WAVE"),
    ],
)
def test_the_file_type_is_one_that_players_know(name: str, kind: str) -> None:
    assert file_type(name) == kind


@pytest.mark.parametrize(
    ("source", "page"),
    [
        (None, None),
        ("", None),
        ("https://www.1001tracklists.com/tracklist/2abc3d4e/some-dj-2025-05-17.html", "1001.tl/2abc3d4e"),
        ("http://1001tracklists.com/tracklist/2ABC3D4E", "1001.tl/2abc3d4e"),
        ("https://1001.tl/2abc3d4", "1001.tl/2abc3d4"),
        ("https://1001.tl/2abc3d4e?x=1#tlp_5", "1001.tl/2abc3d4e"),
        (
            "https://www.1001tracklists.com/tracklist/72910_some-dj.html",
            "https://www.1001tracklists.com/tracklist/72910_some-dj.html",
        ),
        ('https://example.org/"a\r\nb"', "https://example.org/'a b'"),
        ("https://evil.example/1001.tl/2abc3d4e", "https://evil.example/1001.tl/2abc3d4e"),
        ("https://example.org/" + "x" * 500, "https://example.org/" + "x" * 127 + "..."),
    ],
)
def test_the_origin_names_the_page_of_the_source(source: str | None, page: str | None) -> None:
    assert origin_of(BLOB, source) == Origin(BLOB, page)


@given(st.sampled_from([BLOB, "f" * 64]), st.none() | hostile, st.booleans())
def test_an_origin_is_read_back_from_line_one(blob: str, source: str | None, marked: bool) -> None:
    origin = origin_of(blob, source)
    line = f'REM COMMENT "{render_origin(origin)}"\r\nREM GENRE "x"\r\n'
    assert read_origin(line.encode("utf-8-sig" if marked else "utf-8")) == origin


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b'REM COMMENT "tlgit"\r\n',
        b'REM COMMENT "ExactAudioCopy v1.6"\r\n',
        b'REM COMMENT "tlgit; blob 0123"\r\n',
        f'REM COMMENT "tlgit; blob {BLOB[:-1]}G"\r\n'.encode(),
        f'REM COMMENT "tlgit; blob {BLOB}0"\r\n'.encode(),
        f'REM COMMENT "tlgit; blob {BLOB}'.encode(),
        f'REM COMMENT "tlgit; blob {BLOB}" and more\r\n'.encode(),
        f'\r\nREM COMMENT "tlgit; blob {BLOB}"\r\n'.encode(),
        f'REM COMMENT "tlgit; blob {BLOB}"\r\n'.encode("utf-16"),
    ],
)
def test_a_foreign_sheet_has_no_origin(data: bytes) -> None:
    assert read_origin(data) is None


def test_a_sheet_without_an_origin_still_begins_with_the_comment() -> None:
    assert render_origin(None) == "tlgit"
