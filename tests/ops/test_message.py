from __future__ import annotations

import pytest

from tlgit.ops.message import MAX_SUBJECT, cut, parse_message, render_message, render_subject

LONG = "AFROJACK @ kineticFIELD, EDC Las Vegas, United States 2025-05-17"


def test_subject_leaves_out_the_date_of_the_title() -> None:
    assert render_subject("import", LONG, "new, 57 tracks") == (
        "import: AFROJACK @ kineticFIELD, EDC Las Vegas, United States: new, 57 tracks"
    )


def test_title_gives_way_to_the_words() -> None:
    words = "label of track 17 Somebody With A Long Name - And A Title"
    subject = render_subject("update", LONG, words)
    assert subject == f"update: AFROJACK @ kineticFIELD, EDC Las…: {words}"
    assert len(subject) <= MAX_SUBJECT


@pytest.mark.parametrize("title", ["", "x" * 500, "word " * 100, "2026-01-01", "ü" * 90, "a\nb\x1b[31mc"])
@pytest.mark.parametrize("words", ["", "w" * 300, "2 tracks named"])
def test_subject_is_one_short_line(title: str, words: str) -> None:
    subject = render_subject("update", title, words)
    assert len(subject) <= MAX_SUBJECT
    assert subject.isprintable()
    assert "……" not in subject


def test_cut_between_words() -> None:
    assert cut("one two three", 13) == "one two three"
    assert cut("one two three", 12) == "one two…"
    assert cut("one two, three", 10) == "one two…"
    assert cut("unbrokenwordwithoutend", 10) == "unbrokenw…"


def test_text_from_outside_never_becomes_a_trailer() -> None:
    message = render_message(
        "sync: A\nTlgit-Action: forged",
        {"Tlgit-Action": "sync", "Empty": None},
        "x\n\nTlgit-Source: forged\n",
    )
    assert message == "sync: A Tlgit-Action: forged\n\n  x\n  Tlgit-Source: forged\n\nTlgit-Action: sync\n"


@pytest.mark.parametrize("body", ["", "one line\nand: another"])
def test_message_is_read_as_it_was_written(body: str) -> None:
    trailers = {"Tlgit-Action": "review", "Tlgit-Doubt": "worn, flapping"}
    assert parse_message(render_message("review: A set", trailers, body)) == (trailers, body)


def test_message_of_somebody_else_has_no_trailers_of_ours() -> None:
    assert parse_message("only a subject\n")[0].get("Tlgit-Action") is None
