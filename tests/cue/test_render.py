from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.cue.test_sheet import BLOB, hostile
from tlgit.cue.parse import parse_sheet
from tlgit.cue.render import (
    MAX_SHEET_BYTES,
    BackwardsTimesError,
    FileNameError,
    NoCueTimesError,
    Planned,
    SheetSizeError,
    WarningKind,
    plan_sheet,
    render_sheet,
)
from tlgit.cue.sheet import Frames, Origin, Sheet, SheetTrack, render_index
from tlgit.tracklist.model import Track, Tracklist

ORIGIN = Origin(BLOB, "1001.tl/2abc3d4e")


def row(start: int | None, name: str, *, layered: bool = False) -> Track:
    artist, _, title = name.partition(" - ")
    return Track(start=start, artist=artist, title=title, with_previous=layered)


def listed(*rows: Track, offset: int = 0, artist: str | None = "DJ Example") -> Tracklist:
    return Tracklist(title="Live", artist=artist, offset=offset, tracks=rows)


def plan(tracklist: Tracklist, *, duration: int | None = None) -> Planned:
    return plan_sheet(tracklist, file_name="set.mp3", origin=ORIGIN, duration=duration)


def lines(planned: Planned) -> list[tuple[str, str | None, str | None]]:
    return [(render_index(t.start), t.performer, t.title) for t in planned.sheet.tracks]


def warned(planned: Planned) -> dict[WarningKind, tuple[int, ...]]:
    return {warning.kind: warning.tracks for warning in planned.warnings}


GOLDEN = Tracklist(
    title='Main "Stage", Night 2',
    artist="Zoë",
    date="2024-08-10",
    genres=("Techno", "Trance"),
    source="https://www.1001tracklists.com/tracklist/2abc3d4e/zoe-2024-08-10.html",
    tracks=(
        row(0, "Alpha - First Light"),
        row(None, "Beta - Vocals (Acappella)", layered=True),
        replace(row(215_000, "Gamma ft. Delta - Run"), remix="Epsilon Remix", label="NOWHERE"),
        row(None, "Lost - Without A Time"),
        row(300_500, "ID - ID"),
        row(6_723_013, "Omega - Ends In \\"),
    ),
)

GOLDEN_BYTES = (
    b'\xef\xbb\xbfREM COMMENT "tlgit; blob 0123456789abcdef0123456789abcdef01234567; 1001.tl/2abc3d4e"\r\n'
    b'REM GENRE "Techno, Trance"\r\n'
    b"REM DATE 2024\r\n"
    b'PERFORMER "Zo\xc3\xab"\r\n'
    b"TITLE \"Main 'Stage', Night 2\"\r\n"
    b'FILE "Zo\xc3\xab  2024.flac" WAVE\r\n'
    b"  TRACK 01 AUDIO\r\n"
    b'    TITLE "First Light (w/ Vocals (Acappella))"\r\n'
    b'    PERFORMER "Alpha w/ Beta"\r\n'
    b"    INDEX 01 00:00:00\r\n"
    b"  TRACK 02 AUDIO\r\n"
    b'    TITLE "Run (Epsilon Remix)"\r\n'
    b'    PERFORMER "Gamma ft. Delta"\r\n'
    b"    INDEX 01 03:35:00\r\n"
    b"  TRACK 03 AUDIO\r\n"
    b'    TITLE "ID"\r\n'
    b'    PERFORMER "ID"\r\n'
    b"    INDEX 01 05:00:38\r\n"
    b"  TRACK 04 AUDIO\r\n"
    b'    TITLE "Ends In /"\r\n'
    b'    PERFORMER "Omega"\r\n'
    b"    INDEX 01 112:03:01\r\n"
)


def test_the_bytes_of_the_profile() -> None:
    planned = plan_sheet(GOLDEN, file_name="Zoë  2024.flac", origin=ORIGIN)
    assert render_sheet(planned.sheet) == GOLDEN_BYTES
    assert warned(planned) == {WarningKind.UNTIMED: (4,)}
    assert planned.warnings[0].message == "Track left out, without a cue time: 4"


def test_a_bare_list_in_ascii_has_no_mark_and_no_empty_text() -> None:
    planned = plan_sheet(
        Tracklist(title=" ", tracks=(Track(start=0, title="\t"),)), file_name="a.mp3", origin=Origin(BLOB)
    )
    assert render_sheet(planned.sheet) == (
        b'REM COMMENT "tlgit; blob 0123456789abcdef0123456789abcdef01234567"\r\n'
        b'PERFORMER "ID"\r\n'
        b'TITLE "ID"\r\n'
        b'FILE "a.mp3" MP3\r\n'
        b"  TRACK 01 AUDIO\r\n"
        b'    TITLE "ID"\r\n'
        b'    PERFORMER "ID"\r\n'
        b"    INDEX 01 00:00:00\r\n"
    )


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (0, ["00:00:00", "02:00:00"]),
        (1, ["00:00:00", "02:00:00"]),
        (30_000, ["00:00:00", "02:00:00"]),
        (30_001, ["00:00:00", "00:30:00", "02:00:00"]),
        (60_000, ["00:00:00", "01:00:00", "02:00:00"]),
    ],
)
def test_the_first_track_is_at_zero(first: int, expected: list[str]) -> None:
    planned = plan(listed(row(first, "A - a"), row(120_000, "B - b")))
    assert [start for start, _, _ in lines(planned)] == expected
    assert planned.warnings == ()
    if len(expected) == 3:
        assert lines(planned)[0] == ("00:00:00", "DJ Example", "Intro")


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        (4_500, [("00:00:00", "a"), ("01:04:38", "b"), ("02:04:38", "c")]),
        (40_000, [("00:00:00", "Intro"), ("00:40:00", "a"), ("01:40:00", "b"), ("02:40:00", "c")]),
        (-10_000, [("00:00:00", "a"), ("00:50:00", "b"), ("01:50:00", "c")]),
        (-59_000, [("00:00:00", "a"), ("00:01:00", "b"), ("01:01:00", "c")]),
        (-59_001, [("00:00:00", "b"), ("01:01:00", "c")]),
        (-61_000, [("00:00:00", "b"), ("00:59:00", "c")]),
        (-500_000, [("00:00:00", "c")]),
    ],
)
def test_the_offset_moves_every_start(offset: int, expected: list[tuple[str, str]]) -> None:
    planned = plan(listed(row(0, "A - a"), row(60_000, "B - b"), row(120_000, "C - c"), offset=offset))
    assert [(start, title) for start, _, title in lines(planned)] == expected
    lost = 3 - sum(title != "Intro" for _, title in expected)
    assert warned(planned) == ({WarningKind.BEFORE_RECORDING: tuple(range(1, lost + 1))} if lost else {})


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        (0, [("00:00:00", "A w/ B", "a (w/ b)")]),
        (999, [("00:00:00", "A w/ B", "a (w/ b)")]),
        (1000, [("00:00:00", "A", "a"), ("00:01:00", "B", "b")]),
    ],
)
@pytest.mark.parametrize("layered", [False, True])
def test_rows_of_one_second_are_folded(
    gap: int, expected: list[tuple[str, str, str]], *, layered: bool
) -> None:
    assert lines(plan(listed(row(0, "A - a"), row(gap, "B - b", layered=layered)))) == expected


def test_several_rows_fold_into_one_and_repeat_nothing() -> None:
    planned = plan(
        listed(
            row(0, "A - a"),
            row(None, "B - b", layered=True),
            row(500, "A - c"),
            row(None, "A - a", layered=True),
            row(None, "ID - ID", layered=True),
            row(None, "ID - ID", layered=True),
            row(990, "D - b"),
        )
    )
    assert lines(planned) == [("00:00:00", "A w/ B w/ ID w/ D", "a (w/ b w/ c w/ ID w/ ID w/ b)")]
    assert planned.warnings == ()


def test_a_layered_row_shares_the_fate_of_the_row_above() -> None:
    planned = plan(
        listed(
            row(None, "W - above everything", layered=True),
            row(None, "A - untimed"),
            row(None, "B - with untimed", layered=True),
            row(0, "C - timed"),
            row(60_000, "D - later", layered=True),
            row(None, "E - with later", layered=True),
            row(None, "F - untimed"),
            row(None, "G - with untimed", layered=True),
            row(None, "H - with untimed", layered=True),
            row(90_000, "I - end"),
        )
    )
    assert lines(planned) == [
        ("00:00:00", "C", "timed"),
        ("01:00:00", "D w/ E", "later (w/ with later)"),
        ("01:30:00", "I", "end"),
    ]
    assert warned(planned) == {WarningKind.UNTIMED: (1, 2, 3, 7, 8, 9)}
    assert planned.warnings[0].message == "Tracks left out, without a cue time: 1-3, 7-9"


def test_rows_a_little_apart_do_not_creep() -> None:
    planned = plan(listed(*(row(start, f"A - {start}") for start in range(0, 3000, 600))))
    assert [start for start, _, _ in lines(planned)] == ["00:00:00", "00:01:15", "00:02:30"]


@pytest.mark.parametrize("layered", [False, True])
def test_backwards_times_are_refused_with_both_times(*, layered: bool) -> None:
    tracks = listed(
        row(0, "A - a"), row(215_000, "B - b"), row(None, "C - c"), row(214_999, "D - d", layered=layered)
    )
    with pytest.raises(BackwardsTimesError) as caught:
        plan(tracks)
    assert caught.value.message == "Track 4 starts at 3:34.999, before track 2 above it at 3:35."
    assert (caught.value.track, caught.value.above) == (4, 2)
    assert (caught.value.start, caught.value.above_start) == (214_999, 215_000)
    assert caught.value.exit_code == 3


def test_backwards_within_a_folded_second_is_backwards() -> None:
    with pytest.raises(BackwardsTimesError):
        plan(listed(row(0, "A - a"), row(900, "B - b"), row(500, "C - c")))


@pytest.mark.parametrize("rows", [(), (row(None, "A - a"), row(None, "B - b", layered=True))])
def test_a_list_without_times_has_no_sheet(rows: tuple[Track, ...]) -> None:
    with pytest.raises(NoCueTimesError) as caught:
        plan(listed(*rows))
    assert caught.value.timed == 0


@pytest.mark.parametrize(
    ("duration", "kept"),
    [(None, 3), (200_000, 3), (121_001, 3), (121_000, 2), (61_000, 1), (60_000, 1), (1001, 1)],
)
def test_what_starts_in_the_last_second_is_left_out(duration: int | None, kept: int) -> None:
    tracklist = listed(row(0, "A - a"), row(60_000, "B - b"), row(120_000, "C - c"))
    planned = plan(tracklist, duration=duration)
    assert len(planned.sheet.tracks) == kept
    lost = tuple(range(kept + 1, 4))
    assert warned(planned) == ({WarningKind.BEYOND_END: lost} if lost else {})


def test_nothing_inside_the_recording_is_an_error_that_says_so() -> None:
    with pytest.raises(NoCueTimesError, match="None of the 2 timed tracks") as caught:
        plan(listed(row(20_000, "A - a"), row(60_000, "B - b")), duration=10_000)
    assert caught.value.timed == 2


@pytest.mark.parametrize(("count", "kinds"), [(99, set()), (100, {WarningKind.MANY_TRACKS})])
def test_many_tracks_are_written_with_a_warning(count: int, kinds: set[WarningKind]) -> None:
    planned = plan(listed(*(row(n * 1000, f"A - {n}") for n in range(count))))
    assert set(warned(planned)) == kinds
    data = render_sheet(planned.sheet)
    assert data.count(b"  TRACK ") == count
    assert (b"  TRACK 100 AUDIO\r\n" in data) == (count > 99)


@pytest.mark.parametrize(
    ("last", "index", "kinds"),
    [
        (59_999_993, b"999:59:74", set()),
        (59_999_994, b"1000:00:00", {WarningKind.LONG}),
        (359_999_000, b"5999:59:00", {WarningKind.LONG}),
    ],
)
def test_long_recordings_are_written_with_a_warning(last: int, index: bytes, kinds: set[WarningKind]) -> None:
    planned = plan(listed(row(0, "A - a"), row(last, "B - b")))
    assert set(warned(planned)) == kinds
    assert render_sheet(planned.sheet).endswith(b"INDEX 01 " + index + b"\r\n")


@pytest.mark.parametrize(
    "name",
    ["", " ", 'say "hi".mp3', "two\nlines.mp3", "a\rb", "a\x85b", "a\u2028b", "nul\0", "end\\", "\udcff.mp3"],
)
def test_a_file_name_that_cannot_be_written_is_refused(name: str) -> None:
    with pytest.raises(FileNameError) as caught:
        plan_sheet(listed(row(0, "A - a")), file_name=name, origin=ORIGIN)
    assert caught.value.message.isprintable()
    assert caught.value.name == name


@pytest.mark.parametrize(
    "name", ["a  b.mp3", "Cafe\u0301.mp3", "it's.mp3", "x" * 251 + ".mp3", " a.mp3", "a\\b.mp3"]
)
def test_a_file_name_is_written_as_it_is(name: str) -> None:
    planned = plan_sheet(listed(row(0, "A - a")), file_name=name, origin=ORIGIN)
    data = render_sheet(planned.sheet)
    assert f'\r\nFILE "{name}" MP3\r\n'.encode() in data
    assert parse_sheet(data).sheet == planned.sheet


@pytest.mark.parametrize(
    ("date", "line"),
    [
        ("2024-08-10", True),
        ("2024-08", True),
        ("2024", True),
        (None, False),
        ("202", False),
        ("20240", False),
    ],
)
def test_the_date_is_a_year_or_nothing(date: str | None, *, line: bool) -> None:
    data = render_sheet(plan(replace(listed(row(0, "A - a")), date=date)).sheet)
    assert (b"REM DATE 2024\r\n" in data) == line
    assert (b"REM DATE" in data) == line


def test_the_file_line_stays_within_reach_of_vlc() -> None:
    text = "🎧" * 500
    tracklist = Tracklist(
        title=text, artist=text, date="2024", genres=(text, text), tracks=(row(0, f"{text} - {text}"),)
    )
    planned = plan_sheet(tracklist, file_name="set.mp3", origin=Origin(BLOB, text))
    data = render_sheet(planned.sheet)
    assert data.index(b"\r\nFILE ") < 2048
    assert max(map(len, data.split(b"\r\n"))) < 260


def test_a_sheet_too_large_for_players_is_refused() -> None:
    rows = (row(n * 1000, "A - " + "x" * 200) for n in range(4000))
    with pytest.raises(SheetSizeError) as caught:
        render_sheet(plan(listed(*rows)).sheet)
    assert caught.value.size > MAX_SHEET_BYTES


def test_several_files_are_written_where_they_begin() -> None:
    track = SheetTrack(title="a", performer="A", start=Frames(0))
    sheet = Sheet(
        title=None, performer=None, file="1.wav", tracks=(track, replace(track, file="2.mp3"), replace(track))
    )
    data = render_sheet(sheet)
    assert re.findall(rb'FILE "(.*)" (\w+)', data) == [
        (b"1.wav", b"WAVE"),
        (b"2.mp3", b"MP3"),
        (b"1.wav", b"WAVE"),
    ]
    again = parse_sheet(data).sheet
    assert [track.file for track in again.tracks] == [None, "2.mp3", None]


@st.composite
def tracklists(draw: st.DrawFn) -> Tracklist:
    rows: list[Track] = []
    start = draw(st.integers(0, 100_000))
    for _ in range(draw(st.integers(1, 8))):
        timed = draw(st.integers(0, 4)) > 0
        start += draw(st.sampled_from([0, 1, 999, 1000, 1001, 240_000])) if timed else 0
        rows.append(
            Track(
                start=start if timed else None,
                artist=draw(st.none() | hostile),
                title=draw(st.none() | hostile),
                remix=draw(st.none() | hostile),
                with_previous=draw(st.booleans()),
            )
        )
    return Tracklist(
        title=draw(hostile),
        artist=draw(st.none() | hostile),
        date=draw(st.none() | st.sampled_from(["2024", "2024-01-02"])),
        genres=tuple(draw(st.lists(hostile, max_size=3))),
        offset=draw(st.sampled_from([0, 4_500, -4_500, -300_000, 90_000])),
        tracks=tuple(rows),
    )


@given(tracklists())
@example(Tracklist(title="\ud800", tracks=(Track(start=0),)))
def test_no_text_breaks_a_sheet(tracklist: Tracklist) -> None:
    if all(track.start is None for track in tracklist.tracks):
        with pytest.raises(NoCueTimesError):
            plan(tracklist)
        return
    planned = plan(tracklist)
    sheet = planned.sheet
    data = render_sheet(sheet)
    assert data.startswith(b"\xef\xbb\xbf") == (not data.isascii())
    assert data.endswith(b"\r\n")
    assert data.count(b"\r") == data.count(b"\n") == data.count(b"\r\n")
    body = data.decode("utf-8-sig").split("\r\n")[:-1]
    assert sum(line.startswith("FILE ") for line in body) == 1
    assert sum(re.fullmatch(r"  TRACK \d\d AUDIO", line) is not None for line in body) == len(sheet.tracks)
    assert all(line.count('"') in {0, 2} for line in body)
    assert all(line.isprintable() for line in body if line.isascii())
    assert sheet.tracks[0].start == 0
    assert all(later.start - earlier.start >= 75 for earlier, later in pairwise(sheet.tracks))
    parsed = parse_sheet(data)
    assert parsed.sheet == sheet
    assert parsed.problems == ()
    told = {number for warning in planned.warnings for number in warning.tracks}
    assert told <= set(range(1, len(tracklist.tracks) + 1))
