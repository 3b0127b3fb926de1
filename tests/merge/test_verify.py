"""The verifier: silent about every merge of ours, and about every honest decision; loud about what others lose."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.merge.test_cases import CASES, texts_of
from tests.merge.test_properties import resolved
from tests.strategies import Case, cases, shuffled
from tlgit.merge.finding import FieldCheck, Finding, Weight, shown
from tlgit.merge.merge import merge
from tlgit.merge.verify import verify
from tlgit.tracklist.fields import Kind
from tlgit.tracklist.syntax import Position
from tlgit.tracklist.text import parse_document

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
BASE: Final = """\
title: Night
genres: [house, techno]
notes: |
  one
  two
tracks:
  # opener
  - start: "0:00"
    artist: Ada
    title: Opening
    ref: 1
  - start: "4:00"
    artist: Brook
    title: Paper
    label: Fern
    ref: 2
  - start: "8:00"
    artist: Cedar
    title: Glass
    ref: 3
  - start: "12:00"
    artist: ID
    title: ID
    ref: 4
  - start: "16:00"
    artist: Dune
    title: Harbour  # long version
    ref: 5
"""
CEDAR: Final = '  - start: "8:00"\n    artist: Cedar\n    title: Glass\n    ref: 3\n'
DUNE: Final = '  - start: "16:00"\n    artist: Dune\n    title: Harbour  # long version\n    ref: 5\n'
ELSEWHERE: Final = "https://www.1001tracklists.com/tracklist/xyz/x.html"
NEW: Final = '  - start: "6:00"\n    artist: Elm\n    title: Rain\n'
LATE: Final = NEW.replace("6:00", "14:00")


def edit(*changes: tuple[str, str], text: str = BASE) -> str:
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    return text


def errors(*texts: str | None) -> list[tuple[str, str, str]]:
    """The errors: code, side, and the line of the merged text that each one names."""
    lines = (texts[-1] or "").splitlines()
    found = verify(*texts)
    assert all(finding.sentence for finding in found)
    return [
        (one.code, one.side, lines[one.position.line - 1].strip() if one.position else "")
        for one in found
        if one.weight is Weight.ERROR
    ]


def sentences(*texts: str | None) -> list[str]:
    return [f"{finding.weight.value}: {finding.sentence}" for finding in verify(*texts)]


# What is right


@pytest.mark.parametrize("folder", CASES, ids=[path.name for path in CASES])
def test_a_merge_of_ours_has_nothing_wrong(folder: Path) -> None:
    base, ours, theirs = texts_of(folder)
    result = merge(base, ours, theirs)
    for side in ("ours", "theirs"):
        # Without conflicts there are no two sides to take.
        assert errors(base, ours, theirs, resolved(result.text, side)) == []
    if result.is_clean and "<<<" not in (base or ""):
        assert verify(base, ours, theirs, result.text) == verify(base, theirs, ours, result.text) == ()


@EXAMPLES
@given(cases() | shuffled())
def test_neither_has_any_drawn_one(case: Case) -> None:
    base, ours, theirs = case.texts
    result = merge(base, ours, theirs)
    if result.is_clean:
        assert verify(base, ours, theirs, result.text) == verify(base, theirs, ours, result.text) == ()
    for side in ("ours", "theirs"):
        assert errors(base, ours, theirs, resolved(result.text, side)) == []
    alone = merge(None, ours, theirs)
    if alone.is_clean:
        assert verify(None, ours, theirs, alone.text) == ()


@EXAMPLES
@given(cases(), st.data())
def test_every_harm_to_a_clean_merge_is_found(case: Case, data: st.DataObject) -> None:
    """A track taken out, a track doubled, a value replaced: whatever was edited around it."""
    base, ours, theirs = case.texts
    result = merge(base, ours, theirs)
    items = parse_document(result.text).items if result.is_clean else ()
    if not items:
        return
    item = data.draw(st.sampled_from(items))
    harms = {"missing": "", "double": item.text + item.text}
    if len(items) == 1:
        del harms["missing"]  # `tracks:` without any is still a list, but its items stood in the same place
    if item.is_block and "title: " in item.text and 'title: "' not in item.text:
        harms["invented"] = item.text.replace("title: ", "title: Not ", 1)
    code = data.draw(st.sampled_from(sorted(harms)))
    assert result.text.count(item.text) == 1
    harmed = result.text.replace(item.text, harms[code])
    assert code in {found for found, _, _ in errors(base, ours, theirs, harmed)}


# What is lost, by what was done

OURS: Final = edit(("Paper", "Paper Boats"), ("  two", "  two\n  three"))
THEIRS: Final = edit(
    ("artist: ID\n    title: ID", "artist: Fern\n    title: Tide"),
    ("[house, techno]", "[house, techno, dub]"),
)
BOTH: Final = edit(
    ("Paper", "Paper Boats"),
    ("  two", "  two\n  three"),
    ("artist: ID\n    title: ID", "artist: Fern\n    title: Tide"),
    ("[house, techno]", "[house, techno, dub]"),
)
TABLE: Final[dict[str, tuple[tuple[str, str, str, str], list[tuple[str, str, str]]]]] = {
    "kept at ours": (
        (BASE, OURS, THEIRS, OURS),
        [
            ("lost", "theirs", "genres: [house, techno]"),
            ("lost", "theirs", "artist: ID"),
            ("lost", "theirs", "title: ID"),
        ],
    ),
    "kept at theirs": (
        (BASE, OURS, THEIRS, THEIRS),
        [("lost", "ours", "notes: |"), ("lost", "ours", "title: Paper")],
    ),
    "both": ((BASE, OURS, THEIRS, BOTH), []),
    "layout says nothing": (
        (BASE, OURS, THEIRS, BOTH.replace("Fern\n", "'Fern'\n").replace('"0:00"', "00:00")),
        [],
    ),
    "one side's half of a set": (
        (BASE, edit(("[house, techno]", "[house, techno, acid]")), THEIRS, THEIRS),
        [("lost", "ours", "genres: [house, techno, dub]")],
    ),
    "an edit of both alike": (
        (BASE, OURS, OURS, edit(("Paper", "Paper Boats"))),
        [("lost", "", "notes: |")],
    ),
    "a value that is gone": (
        (BASE, OURS, THEIRS, edit(("    label: Fern\n", ""), text=BOTH)),
        [("lost", "", '- start: "4:00"')],
    ),
    "a removed value that is back": (
        (
            BASE,
            edit(("    label: Fern\n", "")),
            THEIRS,
            edit(("    label: Fern\n", "    label: Fern\n"), text=THEIRS),
        ),
        [("lost", "ours", "label: Fern")],
    ),
    "an invented value": (
        (BASE, OURS, THEIRS, edit(("Glass", "Brass"), text=BOTH)),
        [("invented", "", "title: Brass")],
    ),
    "an invented field": (
        (BASE, OURS, THEIRS, edit(("title: Glass", "title: Glass\n    bpm: 128"), text=BOTH)),
        [("invented", "", "bpm: 128")],
    ),
    "a missing track": ((BASE, OURS, THEIRS, edit((CEDAR, ""), text=BOTH)), [("missing", "", "")]),
    "a missing addition": ((BASE, edit((CEDAR, NEW + CEDAR)), THEIRS, THEIRS), [("missing", "ours", "")]),
    "an invented track": (
        (BASE, OURS, THEIRS, edit((CEDAR, CEDAR + NEW), text=BOTH)),
        [("invented", "", '- start: "6:00"')],
    ),
    "a deleted track that is back": (
        (BASE, edit((CEDAR, "")), THEIRS, THEIRS),
        [("back", "", '- start: "8:00"')],
    ),
    "a track deleted by both that is back": (
        (BASE, edit((CEDAR, "")), edit((CEDAR, "")), BASE),
        [("back", "", '- start: "8:00"')],
    ),
    "a move that is undone": (
        (BASE, edit((CEDAR, ""), (DUNE, DUNE + CEDAR)), THEIRS, THEIRS),
        [("order", "ours", '- start: "8:00"')],
    ),
    "a track moved to two places": (
        (
            BASE,
            edit((CEDAR, ""), (DUNE, DUNE + CEDAR)),
            edit((CEDAR, ""), ("  # opener", f"{CEDAR}  # opener")),
            edit((CEDAR, ""), (DUNE, DUNE + CEDAR), ("  # opener", f"{CEDAR}  # opener")),
        ),
        [("double", "", '- start: "8:00"')],
    ),
    "one track added in two gaps": (
        (
            BASE,
            edit((CEDAR, NEW + CEDAR)),
            edit((DUNE, NEW + DUNE)),
            edit((CEDAR, NEW + CEDAR), (DUNE, NEW + DUNE)),
        ),
        [("double", "", '- start: "6:00"')],
    ),
    "a comment": (
        (BASE, OURS, THEIRS, edit(("  # opener\n", ""), text=BOTH)),
        [("comment", "", '- start: "0:00"')],
    ),
    "a comment that one side wrote": (
        (BASE, edit(("title: Glass", "title: Glass  # live")), THEIRS, THEIRS),
        [("comment", "ours", '- start: "8:00"')],
    ),
    "a key that stands twice": (
        (BASE, OURS, THEIRS, edit(("    label: Fern\n", "    label: Fern\n    label: Quay\n"), text=BOTH)),
        [("syntax", "", "label: Quay")],
    ),
    "markers": (
        (
            BASE,
            OURS,
            THEIRS,
            edit(("title: Night\n", "<<<<<<< a\ntitle: Night\n=======\n>>>>>>> b\n"), text=BOTH),
        ),
        [("syntax", "", "<<<<<<< a")],
    ),
    "another list": (
        (BASE, OURS, THEIRS, f"title: Other\nsource: {ELSEWHERE}\ntracks: []\n"),
        [
            *[("missing", "", "")] * 5,
            ("invented", "", "title: Other"),
            ("invented", "", f"source: {ELSEWHERE}"),
            ("lost", "theirs", "title: Other"),
            ("lost", "ours", "title: Other"),
        ],
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_what_is_lost(name: str) -> None:
    texts, wanted = TABLE[name]
    assert sorted(errors(*texts)) == sorted(wanted), verify(*texts)


@pytest.mark.parametrize("name", TABLE)
def test_sides_are_called_by_their_names(name: str) -> None:
    (base, ours, theirs, merged), _ = TABLE[name]
    swap = {"ours": "theirs", "theirs": "ours", "": ""}
    found = {(code, swap[side], line) for code, side, line in errors(base, theirs, ours, merged)}
    assert found == set(errors(base, ours, theirs, merged))


def test_sentences_say_whose_and_what() -> None:
    assert sentences(BASE, OURS, THEIRS, OURS)[1:] == [
        "error: artist of 'ID - ID' is 'ID', although theirs changed 'ID' to 'Fern'",
        "error: title of 'ID - ID' is 'ID', although theirs changed 'ID' to 'Tide'",
    ]
    assert sentences(BASE, edit(("Glass", "Brass")), edit(("Night", "Day")), edit(("Glass", "Grass"))) == [
        "error: title of the list is 'Night', although theirs changed 'Night' to 'Day'",
        "error: title of 'Cedar - Grass' is 'Grass', which is in none of the versions; the merge makes it 'Brass'",
    ]


# What is a decision

CLASH: Final = (BASE, edit(("Glass", "Brass")), edit(("Glass", "Grass")))


@pytest.mark.parametrize("title", ["Glass", "Brass", "Grass"])
def test_each_value_of_a_conflict_is_an_answer(title: str) -> None:
    assert verify(*CLASH, edit(("Glass", title))) == ()


def test_another_answer_is_told() -> None:
    (found,) = verify(*CLASH, edit(("Glass", "Moss")))
    assert found.weight is Weight.NOTE
    assert found.code == "decided"
    assert found.sentence == "title of 'Cedar - Moss' is 'Moss', decided between 'Brass' and 'Grass'"
    assert found.position == Position(19, 5)


@pytest.mark.parametrize("merged", [edit((CEDAR, "")), edit(("Glass", "Brass")), BASE])
def test_deleted_against_changed_may_end_either_way(merged: str) -> None:
    assert verify(BASE, edit((CEDAR, "")), edit(("Glass", "Brass")), merged) == ()


def test_one_track_at_two_times_may_be_two_plays() -> None:
    texts = (BASE, edit((CEDAR, NEW + CEDAR)), edit((DUNE, LATE + DUNE)))
    merged = edit((CEDAR, NEW + CEDAR), (DUNE, LATE + DUNE))
    (found,) = verify(*texts, merged)
    assert (found.weight, found.code) == (Weight.NOTE, "double")
    for one in texts[1:]:
        assert errors(*texts, one) == []


def test_comments_of_what_was_decided_go_along() -> None:
    ours = edit(("title: Glass", "title: Brass  # a"))
    theirs = edit(("title: Glass", "title: Grass  # b"))
    assert verify(BASE, ours, theirs, ours) == verify(BASE, ours, theirs, theirs) == ()
    assert verify(BASE, edit((DUNE, "")), edit(("# long", "# very long")), edit((DUNE, ""))) == ()


def test_where_a_row_goes_whose_neighbours_moved_is_a_matter_of_taste() -> None:
    ours = edit((CEDAR, CEDAR + NEW))
    theirs = edit((CEDAR, ""), (DUNE, DUNE + CEDAR))
    merged = edit((CEDAR, NEW), (DUNE, DUNE + CEDAR))
    found = verify(BASE, ours, theirs, merged)
    assert [(one.weight, one.code) for one in found] in ([], [(Weight.NOTE, "order")])


# Whole files


def test_lists_that_come_and_go() -> None:
    assert errors(BASE, OURS, THEIRS, None) == [("missing", "", "")]
    assert errors(None, OURS, None, None) == [("missing", "ours", "")]
    assert errors(None, None, THEIRS, None) == [("missing", "theirs", "")]
    assert verify(BASE, None, BASE, None) == verify(BASE, None, None, None) == ()
    assert verify(BASE, None, BASE.replace("\n", "\r\n"), None) == ()
    assert errors(BASE, None, BASE, BASE) == [("back", "", "")]
    assert errors(BASE, None, None, BASE) == [("back", "", "")]
    assert errors(None, None, None, BASE) == [("invented", "", "")]
    (found,) = verify(BASE, None, THEIRS, None)
    assert (found.weight, found.code, found.side) == (Weight.NOTE, "decided", "theirs")
    assert verify(BASE, None, THEIRS, THEIRS) == verify(None, OURS, None, OURS) == ()
    assert errors(None, OURS, None, edit(("Cedar", "Oak"), text=OURS)) == [("invented", "", "artist: Oak")]


def test_lists_without_a_common_past() -> None:
    assert verify(None, BASE, BASE, BASE) == ()
    assert errors(None, BASE, BASE + NEW, BASE) == [("missing", "theirs", "")]
    assert verify(None, *CLASH[1:], CLASH[1]) == ()


def test_different_lists_are_never_mixed() -> None:
    one = BASE + "source: https://www.1001tracklists.com/tracklist/abc/a.html\n"
    two = "title: Day\ntracks:\n" + NEW + "source: https://www.1001tracklists.com/tracklist/xyz/b.html\n"
    assert verify(one, one, two, one) == verify(one, one, two, two) == ()
    assert [code for code, _, _ in errors(one, one, two, edit((DUNE, DUNE + NEW), text=one))] == ["invented"]
    assert errors(one, one, two, one.replace("abc", "klm")) == [("list", "", "")]


@pytest.mark.parametrize("broken", ["title: [\n", "", "\x00", "title: A\ntitle: B\n"])
def test_what_cannot_be_read_is_told(broken: str) -> None:
    for texts in ((BASE, broken, THEIRS, THEIRS), (BASE, OURS, broken, OURS)):
        (found,) = verify(*texts)
        assert (found.weight, found.code) == (Weight.NOTE, "unreadable")
    (found,) = verify(BASE, broken, THEIRS, broken)
    assert (found.weight, found.code) == (Weight.NOTE, "syntax")
    (found,) = verify(BASE, OURS, THEIRS, broken)
    assert (found.weight, found.code) == (Weight.ERROR, "syntax")
    if broken:
        assert [found.code for found in verify(broken, OURS, THEIRS, BOTH)] == ["unreadable"]
        assert verify(broken, None, broken, None) == ()
        assert [found.code for found in verify(broken, None, OURS, None)] == ["decided"]


def test_a_flow_list_is_a_list() -> None:
    flow = "title: A\ntracks: [{artist: Ada, title: One, ref: 1}, {artist: Brook, title: Two, ref: 2}]\n"
    ours, theirs = flow.replace("One", "Uno"), flow.replace("Two", "Zwei")
    assert verify(flow, ours, theirs, merge(flow, ours, theirs).text) == ()
    assert errors(flow, ours, theirs, ours) == [("lost", "theirs", ours.splitlines()[1])]
    clash = flow.replace("One", "Eins")
    assert verify(flow, ours, clash, ours) == verify(flow, ours, clash, clash) == ()


def test_comments_of_the_list_have_no_place_when_they_are_gone() -> None:
    texts = ("# mine\n" + BASE, "# mine\n" + OURS, "# mine\n" + THEIRS)
    assert errors(*texts, BOTH) == [("comment", "", "")]
    day, noon = (edit(("title: Night", f"title: {name}  # {name}")) for name in ("Day", "Noon"))
    assert verify(BASE, day, noon, day) == verify(BASE, day, noon, noon) == ()


def test_tracks_are_known_again_by_what_is_left_of_them() -> None:
    renamed = edit(
        ("Cedar\n    title: Glass", "Cedar\n    title: Glass Harbour (Live)"), ("    ref: 3\n", "")
    )
    assert errors(BASE, OURS, THEIRS, edit(("    ref: 3\n", ""), ("Cedar", "Cedars"), text=BOTH)) == [
        ("lost", "", '- start: "8:00"'),
        ("invented", "", "artist: Cedars"),
    ]
    assert errors(BASE, OURS, THEIRS, renamed)[0][0] == "lost"


def test_unknown_tracks_that_stand_twice() -> None:
    unknown = '  - start: "20:00"\n    artist: ID\n    title: ID\n'
    texts = (BASE, BASE + unknown, THEIRS)
    assert verify(*texts, THEIRS + unknown) == ()
    assert errors(*texts, THEIRS + unknown * 2) == [("double", "", '- start: "20:00"')]
    soon = unknown.replace('"20:00"', "soon")
    assert errors(BASE, BASE + soon, BASE, BASE + soon * 2) == [("double", "", "- start: soon")]


def test_errors_come_first() -> None:
    texts = (BASE, edit(("Glass", "Brass"), ("Ada", "Ida")), edit(("Glass", "Grass")))
    found = verify(*texts, edit(("Glass", "Moss"), ("Dune", "Dunes")))
    assert [one.weight for one in found] == [Weight.ERROR, Weight.ERROR, Weight.NOTE]
    assert all(
        a.position and b.position and a.position.line < b.position.line for a, b in pairwise(found[:2])
    )


# Values in sentences


def test_values_are_shown_on_one_line() -> None:
    assert shown(None) == shown("") == shown(()) == "nothing"
    assert shown("a\x1b\n") == r"'a\x1b\n'"
    assert shown(("a", "b")) == "[a, b]"
    assert len(shown("x" * 500)) == 80


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (("a", "b", "c"), None),
        (("c", "b", "a"), None),
        (("a", "b"), "lost"),
        (("b", "c"), "lost"),
        (("a", "b", "z"), "invented"),
    ],
)
def test_a_set_that_both_sides_changed(found: tuple[str, ...], code: str | None) -> None:
    field = FieldCheck(
        key="genres",
        kind=Kind.SET,
        owner="of the list",
        base=("a",),
        ours=("a", "b"),
        theirs=("a", "c"),
        wanted=("a", "b", "c"),
        is_open=False,
    )
    result: list[Finding] = list(field.check(found, Position(1, 1)))
    assert [one.code for one in result] == ([] if code is None else [code])


def test_a_mapping_is_made_of_its_entries() -> None:
    field = FieldCheck(
        key="sync",
        kind=Kind.MAPPING,
        owner="of the list",
        base={"a": "1", "b": "1"},
        ours={"a": "2", "b": "1"},
        theirs={"a": "1", "b": "2"},
        wanted={"a": "2", "b": "2"},
        is_open=False,
    )
    (one,) = field.check({"a": "2"}, Position(1, 1))
    assert one.code == "lost"
    (one,) = field.check({"a": "3", "b": "2"}, Position(1, 1))
    assert one.code == "invented"
