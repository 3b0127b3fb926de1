"""Other people's readers see in a rendered sheet what the tracklist says: cuetools and libcue."""

from __future__ import annotations

import ctypes
import ctypes.util
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from tlgit.cue.render import plan_sheet, render_sheet
from tlgit.cue.sheet import Frames, Origin, render_index
from tlgit.tracklist.model import Track, Tracklist

if TYPE_CHECKING:
    from pathlib import Path

    from tlgit.cue.sheet import Sheet

Seen = list[tuple[str, str, int]]
"""Artist, title and frames of each track."""

ASCII_NAMES: Final = (
    'Say "Hello" (Remix)',
    "It's 100%t of %p",
    "Ends in \\",
    "Ends in two \\\\",
    "C:\\back\\slash",
    "TITLE FIGHT",
    "TRACK 07 AUDIO",
    "INDEX 01 00:00:00",
    'x"\r\nFILE "/etc/passwd" WAVE\r\nREM',
    "REM COMMENT nothing",
    "; semicolon # hash",
    "tab\tand  runs   of space ",
    "",
    "long " * 100,
    "00:00:00",
)
UNICODE_NAMES: Final = (
    "Zoë & Ünïcödé",
    "Ночной эфир",
    "夜の放送",
    "🎧 headphones 👩‍🎤",
    "عربي",
    "“curly” 12″",
    "Cafe\u0301",
    "é" * 200,
    "line\u2028separator",
)


def sheet_of(names: tuple[str, ...]) -> Sheet:
    """Give two tracks to each name, once as title, once as artist; the last starts after 200 minutes."""
    rows = [Track(start=0, artist="First", title="First")]
    for name in names:
        rows.append(Track(start=len(rows) * 61_013, artist="Artist", title=name))
        rows.append(Track(start=None, artist="With", title="Vocals", with_previous=True))
        rows.append(Track(start=len(rows) * 61_013, artist=name, title="Title"))
    rows.append(Track(start=200 * 60_000, artist="Last", title="Last"))
    tracklist = Tracklist(title="Live", artist="DJ Example", date="2024", tracks=tuple(rows))
    return plan_sheet(tracklist, file_name="set.flac", origin=Origin("a" * 40, "1001.tl/2abc3d4e")).sheet


SHEETS: Final = [
    pytest.param(sheet_of(ASCII_NAMES), id="ascii"),
    pytest.param(sheet_of(UNICODE_NAMES), id="unicode"),
    pytest.param(sheet_of(tuple(str(number) for number in range(48))), id="98-tracks"),
]


def expected(sheet: Sheet) -> Seen:
    return [(track.performer or "", track.title or "", track.start) for track in sheet.tracks]


@pytest.mark.parametrize("sheet", SHEETS)
def test_cueprint_reads_the_names(sheet: Sheet, tmp_path: Path) -> None:
    program = shutil.which("cueprint")
    if program is None:
        pytest.skip("cueprint (cuetools) is not installed")
    path = tmp_path / "set.cue"
    path.write_bytes(render_sheet(sheet))
    done = subprocess.run(
        [program, "-i", "cue", "-d", "%P\t%T\n", "-t", "%n\t%p\t%t\n", path],
        capture_output=True,
        check=True,
        timeout=20,
    )
    rows = [line.split("\t") for line in done.stdout.decode().splitlines()]
    assert rows[0] == ["DJ Example", "Live"]
    assert rows[1:] == [
        [str(number), artist, title] for number, (artist, title, _) in enumerate(expected(sheet), start=1)
    ]


@pytest.mark.parametrize("sheet", SHEETS)
def test_cuebreakpoints_reads_the_times(sheet: Sheet, tmp_path: Path) -> None:
    program = shutil.which("cuebreakpoints")
    if program is None:
        pytest.skip("cuebreakpoints (cuetools) is not installed")
    path = tmp_path / "set.cue"
    path.write_bytes(render_sheet(sheet))
    done = subprocess.run([program, "-i", "cue", path], capture_output=True, check=True, timeout=20)
    points = re.findall(r"^(\d+):(\d+)\.(\d+)$", done.stdout.decode(), re.MULTILINE)
    seen = [render_index(Frames((int(m) * 60 + int(s)) * 75 + int(f))) for m, s, f in points]
    assert seen == [render_index(track.start) for track in sheet.tracks[1:]]


def libcue_reads(library: ctypes.CDLL, data: bytes) -> Seen:
    """Ask libcue for artist, title and start of every track."""
    pointer, number, text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
    signatures = {
        "cue_parse_string": ([text], pointer),
        "cd_get_ntrack": ([pointer], number),
        "cd_get_track": ([pointer, number], pointer),
        "track_get_start": ([pointer], ctypes.c_long),
        "track_get_cdtext": ([pointer], pointer),
        "cdtext_get": ([number, pointer], text),
        "cd_delete": ([pointer], None),
    }
    for name, (arguments, result) in signatures.items():
        function = getattr(library, name)
        function.argtypes, function.restype = arguments, result
    disc = library.cue_parse_string(data)
    assert disc, "libcue refuses the sheet"
    try:
        seen: Seen = []
        for index in range(1, library.cd_get_ntrack(disc) + 1):
            track = library.cd_get_track(disc, index)
            texts = library.track_get_cdtext(track)
            title, artist = (library.cdtext_get(field, texts) for field in (0, 1))
            seen.append(((artist or b"").decode(), (title or b"").decode(), library.track_get_start(track)))
        return seen
    finally:
        library.cd_delete(disc)


@pytest.mark.parametrize("sheet", SHEETS)
def test_libcue_reads_all(sheet: Sheet) -> None:
    name = ctypes.util.find_library("cue")
    if name is None:
        pytest.skip("libcue is not installed")
    assert libcue_reads(ctypes.CDLL(name), render_sheet(sheet)) == expected(sheet)
