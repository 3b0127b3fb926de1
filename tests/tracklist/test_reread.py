"""Reading beside a known version gives what reading alone gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import Case, cases, shuffled
from tlgit.tracklist.reread import parse_like
from tlgit.tracklist.syntax import TracklistSyntaxError
from tlgit.tracklist.text import Document, parse_document

if TYPE_CHECKING:
    from collections.abc import Callable

KNOWN = """\
# my list
title: Harbour Stage
tracks:
  - start: "0:00"
    artist: Mira Vale
    title: Opening  # slow
  # about the boats
  - start: "3:35"
    artist: Kato Lind
    title: Paper Boats
    notes: |
      one
      two

  - {artist: Sol, title: Glass}
  - artist: Ona
    title: ID
# the end
event: Quay
"""


def pieces(document: Document) -> list[object]:
    """All of a document but where its pieces stood."""
    items = [
        (
            item.value,
            item.lead,
            item.dash,
            item.body,
            item.indent,
            item.close,
            None
            if item.entries is None
            else [(e.key, e.value, e.lead, e.name, e.body, e.tail) for e in item.entries],
        )
        for item in document.items
    ]
    entries = [(e.key, e.value, e.lead, e.name, e.body, e.tail) for e in document.entries]
    rest = document.head, document.close, document.foot, document.is_block, document.eol, document.bom
    return [items, entries, rest, document.final_eol, document.source]


def check(text: str, known: Document | None) -> None:
    alone = read(lambda: parse_document(text))
    beside = read(lambda: parse_like(text, known))
    if isinstance(alone, str) or isinstance(beside, str):
        assert beside == alone
        return
    assert pieces(beside) == pieces(alone)
    assert beside.render() == text


def read(parse: Callable[[], Document]) -> Document | str:
    """What a parser gives, or what it says."""
    try:
        return parse()
    except TracklistSyntaxError as error:
        return error.message


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text,
        lambda text: text.replace("Opening", "Closing"),
        lambda text: text.replace("  - artist: Ona\n    title: ID\n", ""),
        lambda text: text.replace("# the end\n", ""),
        lambda text: text.replace("title: Opening  # slow", 'title: "Open\n  - start: 1'),
        lambda text: text.replace("title: Opening  # slow", 'title: "Open\n  - start: 1"\n    label: x'),
        lambda text: text.replace("title: Opening  # slow", "title: [a,\n  - b]"),
        lambda text: text.replace("title: Opening  # slow", "notes: |\n      tracks:\n      - x"),
        lambda text: text.replace("title: Opening  # slow", "notes: |+\n      x\n\n"),
        lambda text: text.replace("title: Opening  # slow", "title: Opening\n    title: again"),
        lambda text: text.replace('  - start: "3:35"\n', '  -\n    start: "3:35"\n'),
        lambda text: text.replace("  - ", "  -   "),
        lambda text: text.replace("event: Quay", "tracks: []"),
        lambda text: text.replace("event: Quay", 'event: "\ntracks:\n  - x: y"'),
        lambda text: text.replace("title: Harbour Stage", 'title: "Harbour\ntracks:\n  - Stage"'),
        lambda text: text.replace("title: Harbour Stage", "title: Harbour\ntitle: Stage"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.removesuffix("\n"),
        lambda text: text.replace("# about the boats", "---"),
        lambda text: text.replace("# about the boats", "# about\n\n    # the boats\n"),
        lambda text: text.replace("Kato Lind", "&a Kato").replace("Ona", "*a"),
        lambda text: text.replace("Kato Lind", "\x07"),
        lambda text: text[: text.index("# about")],
        lambda _: "title: A\n",
        lambda _: "",
    ],
)
def test_reading_beside_another_version_is_reading(change: Callable[[str], str]) -> None:
    known = parse_document(KNOWN)
    check(change(KNOWN), known)
    check(KNOWN, None)
    try:
        other = parse_document(change(KNOWN))
    except TracklistSyntaxError:
        return
    check(KNOWN, other)


@settings(max_examples=200, deadline=None)
@given(st.one_of(cases(), shuffled()), st.data())
def test_every_pair_of_versions(case: Case, data: st.DataObject) -> None:
    known, text = (data.draw(st.sampled_from([text or "" for text in case.texts])) for _ in range(2))
    check(text, parse_document(known))
    # A text torn at two places and joined again: quotes, brackets and indentation that end anywhere.
    first, second = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    check(text[:first] + text[second:], parse_document(known))


def test_tracks_in_the_same_words_are_not_parsed_again() -> None:
    known = parse_document(KNOWN)
    document = parse_like(KNOWN.replace("Opening", "Closing"), known)
    assert [a is b for a, b in zip(known.items, document.items, strict=True)] == [False, True, True, False]
