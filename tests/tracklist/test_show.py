from __future__ import annotations

from tests.tracklist.test_schema import TEXT
from tlgit.tracklist.show import render_lines
from tlgit.tracklist.text import parse_document


def test_one_line_a_track() -> None:
    lines = render_lines(parse_document(TEXT)).splitlines()
    assert lines[:2] == ["title: KineticFIELD", "artist: AFROJACK"]
    assert "genres: House, Techno" in lines
    assert "cue: pregap=2" in lines
    assert "[0:00] ID - ID" in lines
    assert "    ref: 12160585" not in lines
    assert "    energy: 5" in lines
    assert lines[-4:] == ["w/ ID - Mash (Edit)", "    + A - B", "    + ID - ID", "[3:35] ID - Flow"]


def test_layout_does_not_show() -> None:
    one = "title: A\ntracks:\n  - artist: B\n    title: 'C'  # why\n"
    two = "# head\ntracks:\n- {title: C, artist: B}\ntitle: A\n"
    assert render_lines(parse_document(one)) == render_lines(parse_document(two))


def test_sections_labels_and_long_text() -> None:
    text = (
        "title: A\nnotes: |\n  one\n  two\ntracks:\n  - section: Player 1\n    title: B\n    label: L\n"
        "  - section: Player 1\n    title: C\n  - section: Player 2\n    title: D\n    parts: [x]\n"
    )
    assert render_lines(parse_document(text)) == (
        "title: A\nnotes: one / two\n\n== Player 1\nID - B [L]\nID - C\n== Player 2\nID - D\n"
    )
