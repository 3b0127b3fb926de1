from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cue.test_sheet import BLOB
from tlgit.cue.parse import (
    MAX_BYTES,
    MAX_PROBLEMS,
    MAX_TRACKS,
    ParsedSheet,
    ProblemKind,
    SheetError,
    parse_sheet,
)
from tlgit.cue.render import FileNameError, render_sheet
from tlgit.cue.sheet import Origin, Sheet, render_index

if TYPE_CHECKING:
    from pathlib import Path

HEADER = 'PERFORMER "DJ Example"\nTITLE "Live"\nFILE "set.mp3" MP3\n'


def one_track(line: str = "", index: str = "INDEX 01 00:00:00") -> bytes:
    return f"{HEADER}TRACK 01 AUDIO\n{line}\n{index}\n".encode()


def kinds(parsed: ParsedSheet) -> list[tuple[int, ProblemKind]]:
    return [(problem.line, problem.kind) for problem in parsed.problems]


def starts(sheet: Sheet) -> list[str]:
    return [render_index(track.start) for track in sheet.tracks]


def test_a_plain_sheet() -> None:
    parsed = parse_sheet(
        b'REM GENRE "Deep House"\r\nREM DATE 2024\r\nREM DISCID 1\r\nREM\r\nPERFORMER "DJ Example"\r\n'
        b'TITLE "Live"\r\nFILE "set.mp3" MP3\r\n'
        b'  TRACK 01 AUDIO\r\n    TITLE "One"\r\n    PERFORMER "A"\r\n    INDEX 01 00:00:00\r\n'
        b'\r\n\tTRACK 02 AUDIO\r\n    TITLE "Two"\r\n    FLAGS DCP\r\n    ISRC ABCDE1234567\r\n'
        b"    INDEX 00 03:33:00\r\n    INDEX 01 03:35:74\r\n    INDEX 02 03:40:00\r\n    REM DATE 1999\r\n"
    )
    sheet = parsed.sheet
    assert (sheet.performer, sheet.title, sheet.file) == ("DJ Example", "Live", "set.mp3")
    assert (sheet.genre, sheet.date, sheet.origin) == ("Deep House", "2024", None)
    assert [(track.performer, track.title) for track in sheet.tracks] == [("A", "One"), (None, "Two")]
    assert starts(sheet) == ["00:00:00", "03:35:74"]
    assert parsed.problems == ()


def test_the_origin_of_an_own_sheet_is_kept() -> None:
    data = f'REM COMMENT "tlgit; blob {BLOB}; 1001.tl/2abc3d4e"\r\n'.encode() + one_track()
    assert parse_sheet(data).sheet.origin == Origin(BLOB, "1001.tl/2abc3d4e")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("final", [True, False])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_line_ends_and_encodings_do_not_matter(end: str, encoding: str, *, final: bool) -> None:
    text = f'{HEADER}  TRACK 01 AUDIO\n    TITLE "Ночь 🎧"\n    INDEX 01 00:00:00'.replace("\n", end)
    parsed = parse_sheet((text + end * final).encode(encoding))
    assert parsed.sheet.tracks[0].title == "Ночь 🎧"
    assert parsed.problems == ()


def test_a_guessed_encoding_is_told() -> None:
    parsed = parse_sheet(one_track('TITLE "Ночной эфир"').decode().encode("cp1251"))
    assert parsed.sheet.tracks[0].title == "Ночной эфир"
    assert kinds(parsed) == [(1, ProblemKind.ENCODING)]
    assert "cp1251" in parsed.problems[0].message


def test_damage_in_a_marked_encoding_is_told() -> None:
    parsed = parse_sheet(one_track('TITLE "One"').decode().encode("utf-16") + b"x")
    assert parsed.sheet.tracks[0].title == "One"
    assert (1, ProblemKind.ENCODING) in kinds(parsed)


@pytest.mark.parametrize(
    ("line", "title", "problem"),
    [
        ('TITLE "One"', "One", None),
        ('title "One"', "One", None),
        ('Title\t"One"  ', "One", None),
        ("TITLE One", "One", None),
        ("TITLE One Two", "One Two", None),
        ("TITLE 'One'", "'One'", None),
        ('TITLE "Say "Hello" (Remix)"', 'Say "Hello" (Remix)', None),
        ('TITLE "One', "One", ProblemKind.QUOTES),
        ('TITLE "One" two', "One", ProblemKind.QUOTES),
        ('TITLE ""', None, None),
        ("TITLE", None, None),
        ('TITLE "  a\tb\x0bc "', "a b c", None),
        ('TITLE "Cafe\u0301"', "Café", None),
        ('TITLE "One"\nTITLE "Two"', "One", ProblemKind.REPEATED),
        ("COMPOSER x", None, ProblemKind.UNKNOWN_LINE),
        ("TITLE:One", None, ProblemKind.UNKNOWN_LINE),
        ("\x1b[31m", None, ProblemKind.UNKNOWN_LINE),
    ],
)
def test_values_in_every_dress(line: str, title: str | None, problem: ProblemKind | None) -> None:
    parsed = parse_sheet(one_track(line))
    assert parsed.sheet.tracks[0].title == title
    assert [kind for _, kind in kinds(parsed)] == ([problem] if problem else [])
    assert all(problem.message.isprintable() for problem in parsed.problems)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('FILE "my set.mp3" MP3', "my set.mp3"),
        ('FILE "my  set.mp3"', "my  set.mp3"),
        ('file "my set.mp3" flac', "my set.mp3"),
        ("FILE set.mp3 MP3", "set.mp3"),
        ("FILE set.mp3\tWAVE", "set.mp3"),
        ("FILE my set.mp3 WAVE", "my set.mp3"),
        ("FILE my set.mp3", "my set.mp3"),
        ('FILE "a "b" c.mp3" MP3', 'a "b" c.mp3'),
        ('FILE "D:\\Sets\\a.wav" WAVE', "D:\\Sets\\a.wav"),
        ('FILE "a.wav WAVE', "a.wav"),
    ],
)
def test_file_names_in_every_dress(line: str, name: str) -> None:
    assert parse_sheet(f"{line}\nTRACK 1 AUDIO\nINDEX 1 00:00:00".encode()).sheet.file == name


@pytest.mark.parametrize(
    ("time", "index", "usual"),
    [
        ("03:35:74", "03:35:74", True),
        ("3:5:7", "03:05:07", True),
        ("1000:00:00", "1000:00:00", True),
        ("00:60:00", "01:00:00", False),
        ("00:61:00", "01:01:00", False),
        ("00:00:75", "00:01:00", False),
        ("03:35", "03:35:00", False),
        ("01:03:35:10", "63:35:10", False),
    ],
)
def test_times_in_every_dress(time: str, index: str, *, usual: bool) -> None:
    parsed = parse_sheet(one_track(index=f"INDEX 01 {time}"))
    assert starts(parsed.sheet) == [index]
    assert [kind for _, kind in kinds(parsed)] == ([] if usual else [ProblemKind.TIME])


@pytest.mark.parametrize(
    ("data", "line", "expected"),
    [
        (b"", 1, "a TRACK line"),
        (b"*", 1, "a TRACK line"),
        (b"\0\1\2\3" * 100, 1, "a TRACK line"),
        (HEADER.encode(), 4, "a TRACK line"),
        (b"TRACK x AUDIO\nINDEX 01 00:00:00", 2, "a TRACK line"),
        (one_track(index=""), 4, "INDEX 01"),
        (one_track(index="INDEX 02 00:00:00"), 4, "INDEX 01"),
        (one_track(index="INDEX 01 00:00.00"), 6, "INDEX 01"),
        (one_track(index="INDEX 01 ٠٠:٠٠:٠٠"), 6, "INDEX 01"),
        (b"FILE a BINARY\nTRACK 01 MODE1/2352\nINDEX 01 00:00:00", 2, "audio TRACK"),
        (b"x" * (MAX_BYTES + 1), 1, "at most"),
        (b"TRACK 1 AUDIO\n" * (MAX_TRACKS + 1), MAX_TRACKS + 1, "no more than"),
    ],
)
def test_what_is_no_sheet_is_refused(data: bytes, line: int, expected: str) -> None:
    with pytest.raises(SheetError) as caught:
        parse_sheet(data)
    assert caught.value.line == line
    assert expected in caught.value.expected
    assert caught.value.exit_code == 3


def test_tracks_that_cannot_be_placed_are_left_out_by_name() -> None:
    parsed = parse_sheet(
        HEADER.encode() + b'TRACK 01 AUDIO\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nTITLE "Lost"\n'
        b"TRACK 03 MODE1/2352\nINDEX 01 01:00:00\nTRACK 04 AUDIO\nINDEX 01 soon\n"
        b"TRACK 05 AUDIO\nINDEX 00 02:00:00\n"
    )
    assert starts(parsed.sheet) == ["00:00:00", "02:00:00"]
    assert kinds(parsed) == [
        (6, ProblemKind.LEFT_OUT),
        (8, ProblemKind.LEFT_OUT),
        (11, ProblemKind.LEFT_OUT),
        (13, ProblemKind.TIME),
    ]
    assert "'Lost'" in parsed.problems[0].message


def test_numbers_and_times_out_of_order_are_told() -> None:
    parsed = parse_sheet(
        HEADER.encode() + b"TRACK 01 AUDIO\nINDEX 01 02:00:00\nTRACK 05 AUDIO extra\n"
        b"INDEX 01 01:00:00\nINDEX 01 09:00:00\n"
    )
    assert starts(parsed.sheet) == ["02:00:00", "01:00:00"]
    assert kinds(parsed) == [(6, ProblemKind.NUMBERS), (7, ProblemKind.ORDER), (8, ProblemKind.REPEATED)]


def test_several_files_each_with_its_own_clock() -> None:
    parsed = parse_sheet(
        b'FILE "1.wav" WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nINDEX 00 04:00:00\n'
        b'FILE "2.wav" WAVE\nINDEX 01 00:00:00\nFILE "3.wav" WAVE\nTITLE "Side B"\nTRACK 03 AUDIO\n'
        b"INDEX 01 00:00:10\n"
    )
    assert [(track.file, track.start, track.title) for track in parsed.sheet.tracks] == [
        (None, 0, None),
        ("2.wav", 0, None),
        ("3.wav", 10, None),
    ]
    assert kinds(parsed) == [(2, ProblemKind.FILES), (9, ProblemKind.FILES)]


def test_a_sheet_without_a_file_can_still_be_read() -> None:
    parsed = parse_sheet(b"TRACK 01 AUDIO\nINDEX 01 00:00:00")
    assert parsed.sheet.file == ""
    assert kinds(parsed) == [(1, ProblemKind.FILES)]
    with pytest.raises(FileNameError):
        render_sheet(parsed.sheet)


def rekordbox(*times: str, says: bool = True, nested: bool = True) -> bytes:
    text = 'REM DATE 2024-06-10 08:14 PM\nREM RECORDED_BY "rekordbox-dj"\n' if says else ""
    text += 'TITLE "REC"\nPERFORMER "DJ Example"\nFILE "01 REC.wav" WAVE\n'
    for number, time in enumerate(times, start=1):
        text += f'\tTRACK {number:02d} AUDIO\n\t\tTITLE "T{number}"\n'
        text += f'\t\tFILE "/music/{number}.mp3" WAVE\n' if nested else ""
        text += f"\t\tINDEX 01 {time}\n"
    return text.encode()


@pytest.mark.parametrize(
    "data",
    [
        rekordbox("00:00:09", "00:03:48", "01:02:30"),
        rekordbox("00:00:09", "00:03:48", "01:02:30", says=False),
        rekordbox("00:00:09", "00:03:48", "01:02:30", nested=False),
    ],
)
def test_the_rekordbox_dialect_has_hours(data: bytes) -> None:
    parsed = parse_sheet(data)
    assert starts(parsed.sheet) == ["00:09:00", "03:48:00", "62:30:00"]
    assert parsed.sheet.file == "01 REC.wav"
    assert [track.file for track in parsed.sheet.tracks] == [None] * 3
    assert [kind for _, kind in kinds(parsed)] == [ProblemKind.DIALECT]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (rekordbox("00:05:00"), ["05:00:00"]),
        (rekordbox("00:05:00", nested=False), ["00:05:00"]),
        (rekordbox("00:05:10", says=False), ["00:05:10"]),
        (rekordbox("00:00:00", "03:48:00", nested=False), ["00:00:00", "03:48:00"]),
        (rekordbox("00:00:09", "03:48:60"), ["00:00:09", "03:48:60"]),
        (rekordbox("00:60:00"), ["01:00:00"]),
        (rekordbox("00:02:09", "00:01:09", says=False), ["00:02:09", "00:01:09"]),
        (rekordbox("00:00:00", "00:00:00", says=False), ["00:00:00", "00:00:00"]),
    ],
)
def test_rekordbox_times_are_read_as_hours_only_when_they_must_be(data: bytes, expected: list[str]) -> None:
    assert starts(parse_sheet(data).sheet) == expected


def test_a_file_inside_each_track_but_none_above_is_no_rekordbox_recording() -> None:
    data = rekordbox("00:00:09", "00:03:48", says=False).replace(b'FILE "01 REC.wav" WAVE\n', b"")
    sheet = parse_sheet(data).sheet
    assert starts(sheet) == ["00:00:09", "00:03:48"]
    assert (sheet.file, sheet.tracks[1].file) == ("/music/1.mp3", "/music/2.mp3")


@pytest.mark.parametrize("mode", ["MODE1/2352", "mode2/2336", "CDI/2352"])
def test_data_is_not_audio(mode: str) -> None:
    parsed = parse_sheet(one_track() + f"TRACK 02 {mode}\nINDEX 01 01:00:00\n".encode())
    assert starts(parsed.sheet) == ["00:00:00"]
    assert [kind for _, kind in kinds(parsed)] == [ProblemKind.LEFT_OUT]


def test_order_is_asked_within_one_file_and_equal_times_are_no_step_back() -> None:
    parsed = parse_sheet(
        one_track(index="INDEX 01 02:00:00")
        + b'TRACK 02 AUDIO\nINDEX 01 02:00:00\nFILE "2.mp3" MP3\nTRACK 03 AUDIO\nINDEX 01 00:00:00\n'
    )
    assert [kind for _, kind in kinds(parsed)] == [ProblemKind.FILES]


def test_many_problems_are_counted() -> None:
    parsed = parse_sheet(one_track() + b"what\n" * (MAX_PROBLEMS + 7) + b'TITLE "a"\nTITLE "b"\n')
    assert len(parsed.problems) == MAX_PROBLEMS + 2
    assert parsed.problems[-1].kind is ProblemKind.MORE
    assert parsed.problems[-1].message.startswith("7 more")


WORDS = ["TITLE", "PERFORMER", "FILE", "TRACK", "INDEX", "REM", "RECORDED_BY", "rekordbox", "GENRE", "DATE"]
VALUES = [
    "01",
    "02",
    "AUDIO",
    "MODE1/2352",
    "00:00:00",
    "03:35:10",
    "1:2:3:4",
    '"',
    '"a"',
    "WAVE",
    "x",
    "99999",
]


@given(
    st.one_of(
        st.binary(max_size=400),
        st.lists(st.lists(st.sampled_from(WORDS + VALUES), max_size=4).map(" ".join), max_size=30).map(
            lambda lines: "\n".join(["TRACK 1 AUDIO", "INDEX 01 00:00:00", *lines]).encode()
        ),
    )
)
def test_any_bytes_are_a_sheet_or_an_error(data: bytes) -> None:
    try:
        parsed = parse_sheet(data)
    except SheetError as error:
        message = error.message
    else:
        message = "".join(problem.message for problem in parsed.problems)
        assert parsed.sheet.tracks
        assert all(one.line <= other.line for one, other in pairwise(parsed.problems))
    assert message.isprintable()


def test_a_hostile_sheet_takes_linear_time() -> None:
    for part in (
        b"TITLE " + b'"' * 40 + b"\n",
        b"INDEX 01 1:1:1\n",
        b"FILE \t \t \t a\n",
        b"REM RECORDED_BY   \n",
    ):
        repeated = one_track() + part * (1_000_000 // len(part))
        assert parse_sheet(repeated).sheet.tracks
    for part in (b' "', b":", b"\t", b"\xff", b"\xc0a"):
        long = one_track() + b"TITLE " + part * (1_000_000 // len(part))
        assert parse_sheet(long).sheet.tracks


@pytest.mark.corpus
def test_every_real_sheet_is_read_or_refused(corpus: Path) -> None:
    """The refused ones are those that name no timed audio track at all; what was read survives a rewrite."""
    paths = sorted((corpus / "cue").glob("*.cue"))
    if not paths:
        pytest.skip("no real sheets in the corpus")
    refused: list[str] = []
    for path in paths:
        try:
            parsed = parse_sheet(path.read_bytes())
        except SheetError as error:
            refused.append(f"{path.name}: {error.message}")
            continue
        rendered = render_sheet(parsed.sheet)
        again = parse_sheet(rendered)
        assert render_sheet(again.sheet) == rendered, path.name
        assert [track.start for track in again.sheet.tracks] == [track.start for track in parsed.sheet.tracks]
        assert not any("\ufffd" in (track.title or "") for track in parsed.sheet.tracks), path.name
        assert ("rekordbox" in path.name) == (ProblemKind.DIALECT in {p.kind for p in parsed.problems})
    assert len(refused) * 5 < len(paths), refused


@pytest.mark.corpus
def test_a_real_rekordbox_recording_is_over_an_hour_long(corpus: Path) -> None:
    path = corpus / "cue" / "rekordbox-rec-21tracks.cue"
    if not path.exists():
        pytest.skip("no rekordbox recording in the corpus")
    sheet = parse_sheet(path.read_bytes()).sheet
    assert len(sheet.tracks) == 21
    assert starts(sheet)[1] == "03:48:00"
    assert sheet.tracks[-1].start > 60 * 60 * 75
