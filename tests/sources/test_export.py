from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlgit.sources.export import parse_export, render_line, split_label
from tlgit.sources.snapshot import Refusal, RefusalKind, Snapshot
from tlgit.tracklist.model import Track
from tlgit.tracklist.time import render_time

LINES = (
    "Mira Kolb @ Harbour Stage, Tideline Festival, Portugal 2026-05-09",
    "",
    "[00:00] Mira Kolb - Undertow (Intro Edit) [SALTWIRE]",
    "w/ Oskar Lind ft. Nadja Rae - Paper Lanterns [GLASS/DOCK (HALCYON)]",
    "Sunset Hour:",
    "[1:03:26] Hollis - Ember [Live] (Kessler Remix)",
    "w/ ID - ID",
    "04. So\u0301lru\u0301n - Ljo\u0301s (ID Remix) [SELF [2] RELEASED]",
    "",
    "Please set a backlink to keep the tracklist up-to-date: https://1001.tl/2zq4tdl9",
)
TEXT = "\r\n".join(LINES)


def snapshot_of(text: str) -> Snapshot:
    found = parse_export(text)
    assert isinstance(found, Snapshot), found
    return found


def test_the_grammar() -> None:
    found = snapshot_of(TEXT)
    top = found.tracklist
    assert (top.title, top.artist, top.date) == (TEXT.partition("\r\n")[0], "Mira Kolb", "2026-05-09")
    assert (found.list_id, found.road, found.rows) == ("2zq4tdl9", "export", 5)
    assert found.url == top.source == "https://1001.tl/2zq4tdl9"
    assert [one.name for one in top.tracks] == [
        "Mira Kolb - Undertow (Intro Edit)",
        "Oskar Lind ft. Nadja Rae - Paper Lanterns",
        "Hollis - Ember [Live] (Kessler Remix)",
        "ID - ID",
        "Sólrún - Ljós (ID Remix)",
    ]
    assert [one.start for one in top.tracks] == [0, None, 3_806_000, None, None]
    assert [one.with_previous for one in top.tracks] == [False, True, False, True, False]
    assert [one.section for one in top.tracks] == [None, None, "Sunset Hour:", None, None]
    labels = ["SALTWIRE", "GLASS/DOCK (HALCYON)", None, None, "SELF [2] RELEASED"]
    assert [one.label for one in top.tracks] == labels
    assert all(one.ref is None for one in top.tracks)
    assert not found.identified


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("A - B [LABEL]", ("A - B", "LABEL")),
        ("A - B [Live] [LABEL (PARENT)]", ("A - B [Live]", "LABEL (PARENT)")),
        ("A - B", ("A - B", None)),
        ("A - B [X [Y] Z]", ("A - B", "X [Y] Z")),
        ("A - B ] [LABEL]", ("A - B ]", "LABEL")),
        ("A - B [LABEL]]", ("A - B", "LABEL]")),
        ("A - B []", ("A - B []", None)),
        ("A - B[x]", ("A - B[x]", None)),
        ("[LABEL]", ("[LABEL]", None)),
    ],
)
def test_the_last_bracket_is_the_label(body: str, expected: tuple[str, str | None]) -> None:
    assert split_label(body) == expected


def test_an_export_without_its_last_line_has_no_id() -> None:
    found = snapshot_of(TEXT.rpartition("\r\n\r\n")[0])
    assert (found.list_id, found.url, found.rows) == (None, None, 5)


def test_line_ends_and_accents_make_no_difference() -> None:
    composed = unicodedata.normalize("NFC", TEXT.replace("\r\n", "\n"))
    assert snapshot_of(composed).fingerprint == snapshot_of(TEXT).fingerprint


def test_text_behind_the_last_line_is_left_out_with_a_warning() -> None:
    found = snapshot_of(TEXT + "\n\n[9:99] Foo - Bar\n")
    assert found.rows == 5
    assert found.warnings


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello world",
        "Shopping\n1. milk\n2. bread\n3. eggs\n",
        "[00:00] A - B\n[03:00] C - D\n",
        "A set\n\nw/ A - B\n[03:00] C - D",
        "A set\n01\n00:00\nA - B LABEL\n02\n02:34\nC - D LABEL\n4\nnightowl\n(7.4k)\n",
        "A set\none\ntwo\nthree\n[03:00] C - D",
        '{"success": true, "data": "x"}',
        "https://1001.tl/2zq4tdl9",
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    found = parse_export(text)
    assert isinstance(found, Refusal)
    assert (found.kind, found.exit_code) == (RefusalKind.NOT_EXPORT, 3)


def test_endless_texts_are_refused_quickly() -> None:
    begin = time.perf_counter()
    found = parse_export("A set\n" + "[00:01] A - B\n" * 300_000)
    assert isinstance(found, Refusal)
    assert found.kind is RefusalKind.TOO_BIG
    for one in ["[" * 500_000, "A\n" + "1" * 500_000, "A\nplease set a backlink " + "x " * 200_000]:
        parse_export(one)
    assert time.perf_counter() - begin < 1


WORDS = st.text("abcdefgh ÉßŁ&'()!?,.", min_size=1, max_size=15).map(lambda one: " ".join(one.split()) or "x")
TRACKS = st.lists(
    st.builds(
        Track,
        artist=WORDS,
        title=WORDS,
        label=WORDS | st.none(),
        start=st.integers(0, 30_000).map(lambda one: one * 1000) | st.none(),
    ),
    min_size=1,
    max_size=10,
)


@settings(max_examples=80, deadline=None)
@given(TRACKS)
def test_written_lines_come_back(tracks: list[Track]) -> None:
    lines = ["A set 2026-05-09", ""]
    for place, track in enumerate(tracks, 1):
        lead = f"{place:02d}." if track.start is None else f"[{render_time(track.start)}]"
        lines.append(f"{lead} {render_line(track)}")
    assert snapshot_of("\n".join(lines)).tracklist.tracks == tuple(tracks)
