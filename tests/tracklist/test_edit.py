from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tracklist.test_text import VARIANTS
from tlgit.tracklist.edit import insert_track, move_track, remove_track, set_list_field, set_track_field
from tlgit.tracklist.model import Part, Track
from tlgit.tracklist.schema import parse_reading
from tlgit.tracklist.syntax import TracklistSyntaxError
from tlgit.tracklist.text import parse_document

TEXT = """\
# my sets
title: "A"   # the title
genres: [House]

# the tracks
tracks:
  # first
  - start: '0:00'
    artist: B  # beside
    title: C
    my key: D

  - title: E
    # about the label
    label: F
venue: G
"""


def _changed(before: str, after: str) -> list[tuple[str, str]]:
    """The lines that are different, of texts with as many lines."""
    lines = list(zip(before.splitlines(), after.splitlines(), strict=True))
    return [(old, new) for old, new in lines if old != new]


@pytest.mark.parametrize(
    ("key", "value", "line", "expected"),
    [
        ("start", 5_500, "  - start: '0:00'", "  - start: '0:05.5'"),
        ("artist", "X: Y", "    artist: B  # beside", '    artist: "X: Y"  # beside'),
        ("title", "1:02", "    title: C", '    title: "1:02"'),
        ("my key", "X", "    my key: D", "    my key: X"),
    ],
)
def test_a_changed_field_is_one_changed_line(key: str, value: object, line: str, expected: str) -> None:
    after = set_track_field(parse_document(TEXT), 0, key, value).render()
    assert _changed(TEXT, after) == [(line, expected)]


def test_a_changed_list_field_keeps_quotes_and_comment() -> None:
    after = set_list_field(parse_document(TEXT), "title", "It's").render()
    assert _changed(TEXT, after) == [('title: "A"   # the title', 'title: "It\'s"   # the title')]
    after = set_list_field(parse_document(TEXT), "genres", ("House", "Techno")).render()
    assert _changed(TEXT, after) == [("genres: [House]", "genres: [House, Techno]")]


@pytest.mark.parametrize(
    ("key", "value", "above", "line"),
    [
        ("label", "X", "    title: C\n", "    label: X\n"),
        ("end", 60_000, "  - start: '0:00'\n", '    end: "1:00"\n'),
        ("ref", "123", "    title: C\n", "    ref: 123\n"),
        ("energy", "5", "    my key: D\n", '    energy: "5"\n'),
        ("verified", True, "    title: C\n", "    verified: true\n"),
        ("parts", (Part(artist="P"),), "    title: C\n", "    parts:\n      - artist: P\n"),
    ],
)
def test_a_new_field_is_one_new_line_in_the_order_of_the_schema(
    key: str, value: object, above: str, line: str
) -> None:
    after = set_track_field(parse_document(TEXT), 0, key, value).render()
    assert after == TEXT.replace(above, above + line, 1)


def test_a_new_list_field_stands_in_the_order_of_the_schema() -> None:
    document = parse_document(TEXT)
    assert 'title: "A"   # the title\nartist: X\n' in set_list_field(document, "artist", "X").render()
    assert set_list_field(parse_document("tracks: []\n"), "title", "X").render() == "title: X\ntracks: []\n"


def test_a_removed_field_takes_only_its_own_comments_along() -> None:
    document = parse_document(TEXT)
    assert set_track_field(document, 0, "artist", None).render() == TEXT.replace(
        "    artist: B  # beside\n", ""
    )
    assert set_list_field(document, "venue", None).render() == TEXT.replace("venue: G\n", "")
    assert set_list_field(document, "event", None).render() == TEXT


def test_the_next_field_takes_the_place_beside_the_dash() -> None:
    after = set_track_field(parse_document(TEXT), 1, "title", None).render()
    assert after == TEXT.replace(
        "  - title: E\n    # about the label\n    label: F\n", "  # about the label\n  - label: F\n"
    )


def test_the_last_field_of_a_track_stays() -> None:
    with pytest.raises(ValueError, match="at least one field"):
        set_track_field(parse_document("title: A\ntracks:\n  - title: B\n"), 0, "title", None)


def test_a_flow_track_is_not_edited() -> None:
    with pytest.raises(TracklistSyntaxError, match="block style"):
        set_track_field(parse_document("title: A\ntracks:\n  - {title: B}\n"), 0, "title", "C")


def test_other_forms_are_rewritten_only_where_they_must_be() -> None:
    text = "title:\n  A\nnotes: |\n  one\n  two\ntracks:\n  - title: B\n    parts:\n      - artist: C\n    verified: 'true'\n"
    document = set_list_field(parse_document(text), "title", "X")
    document = set_list_field(document, "notes", ("one\ntwo\nthree",))
    document = set_track_field(document, 0, "parts", (Part(title="D"), Part(artist="E", title="F")))
    document = set_track_field(document, 0, "verified", value=False)
    assert document.render() == (
        'title: X\nnotes: "one\\ntwo\\nthree"\ntracks:\n  - title: B\n    parts:\n      - title: D\n'
        "      - artist: E\n        title: F\n    verified: false\n"
    )


def test_single_quotes_stay_where_they_can() -> None:
    text = "title: 'A'\nduration: '1:00'\ntracks: []\n"
    document = set_list_field(parse_document(text), "title", "It's")
    document = set_list_field(document, "duration", 90_000)
    assert document.render() == "title: 'It''s'\nduration: '1:30'\ntracks: []\n"
    assert set_list_field(document, "title", "a\u200bb").render().startswith('title: "a\\u200bb"\n')


def test_tracks_come_go_and_move() -> None:
    document = parse_document(TEXT)
    inserted = insert_track(document, 1, Track(start=90_000, title="X"))
    assert inserted.render() == TEXT.replace(
        "\n  - title: E", '  - start: "1:30"\n    title: X\n\n  - title: E'
    )
    assert remove_track(inserted, 1).render() == TEXT
    assert insert_track(document, 9, Track(title="X")).items[2].value == {"title": "X"}
    moved = move_track(document, 1, 0)
    assert [item.value["title"] for item in moved.items] == ["E", "C"]
    assert move_track(moved, 0, 1).render() == TEXT


@pytest.mark.parametrize(
    "text", ["title: A\ntracks: []\n", "title: A\n", "title: A\ntracks:\n", "title: A\r\ntracks: []\r\n"]
)
def test_the_first_track_opens_the_list_and_the_last_one_closes_it(text: str) -> None:
    document = insert_track(parse_document(text), 0, Track(title="X"))
    eol = document.eol
    assert document.render() == f"title: A{eol}tracks:{eol}  - title: X{eol}"
    assert remove_track(document, 0).render() == f"title: A{eol}tracks: []{eol}"


def test_a_flow_list_becomes_a_block_when_tracks_change() -> None:
    document = parse_document("title: A\ntracks: [{title: B}, {title: C}]\n")
    assert remove_track(document, 0).render() == "title: A\ntracks:\n  - {title: C}\n"
    assert move_track(document, 0, 1).render() == "title: A\ntracks:\n  - {title: C}\n  - {title: B}\n"
    after = insert_track(document, 2, Track(title="D")).render()
    assert after == "title: A\ntracks:\n  - {title: B}\n  - {title: C}\n  - title: D\n"


WORDS = st.text(st.sampled_from("ab é:#-'\"\\1?"), min_size=1, max_size=8).map(str.strip).filter(bool)


@given(
    st.sampled_from(sorted(VARIANTS)),
    st.sampled_from(["artist", "title", "label", "my key"]),
    WORDS,
    st.data(),
)
def test_any_edit_changes_one_value_and_nothing_else(
    name: str, key: str, value: str, data: st.DataObject
) -> None:
    document = parse_document(VARIANTS[name])
    before = [dict(item.value) for item in document.items]
    block = [n for n, item in enumerate(document.items) if item.is_block]
    if not block:
        after = set_list_field(document, key, value)
        assert after.value == document.value | {key: value}
        return
    number = data.draw(st.sampled_from(block))
    after = set_track_field(document, number, key, value)
    before[number][key] = value
    assert [item.value for item in after.items] == before
    assert after.value == document.value
    assert _comments(after.render()) >= _comments(document.render())
    removed = set_track_field(after, number, key, None) if len(before[number]) > 1 else after
    assert parse_reading(removed.render()).document.render() == removed.render()


def _comments(text: str) -> set[str]:
    return {line[line.rindex("# ") :].strip() for line in text.splitlines() if "# " in line}
