"""Decisions as data, choices and policies: the same merge, settled by people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from tlgit.merge.decision import Choice, Decision
from tlgit.merge.merge import merge
from tlgit.merge.policy import Origin, Policies, Policy, Rule
from tlgit.tracklist.syntax import TracklistSyntaxError
from tlgit.tracklist.text import parse_document

if TYPE_CHECKING:
    from tlgit.merge.slots import Slot

BASE = """\
title: Harbour Stage
genres: [house]
tracks:
  - start: "0:00"
    artist: Mira Vale
    title: Opening
    label: Fern
    notes: low
  - start: "3:35"
    artist: Kato Lind
    title: Paper Boats  # mine
    ref: 102
  - start: "7:00"
    artist: Sol
    title: Glass
"""


def only(decisions: tuple[Decision, ...], path: str) -> Decision:
    """The one decision about a path."""
    (found,) = [decision for decision in decisions if decision.path == path]
    return found


def change(*pairs: tuple[str, str]) -> str:
    text = BASE
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


def test_every_change_is_a_decision() -> None:
    ours = change(("Fern", "Quay"), ("Opening", "Dawn"), ("[house]", "[house, disco]"))
    theirs = change(("Fern", "Quay"), ("Paper Boats", "Boats"), ("[house]", "[house, techno]"))
    theirs += '  - start: "9:00"\n    title: New\n'
    result = merge(BASE, ours, theirs)
    assert result.is_clean
    assert {(d.path, d.reason, d.side) for d in result.decisions} == {
        ("genres", "merged", "both"),
        ("tracks[1].label", "same", "both"),
        ("tracks[1].title", "one_side", "ours"),
        ("tracks[2].title", "one_side", "theirs"),
        ("tracks[4]", "one_side", "theirs"),
    }
    assert not any(decision.policy for decision in result.decisions)


def test_what_is_removed_is_a_decision() -> None:
    last = '  - start: "7:00"\n    artist: Sol\n    title: Glass\n'
    result = merge(BASE, change((last, "")), change(("Fern", "Quay")))
    assert ("tracks[3]", "one_side", "ours") in {(d.path, d.reason, d.side) for d in result.decisions}
    both = merge(BASE, change((last, ""), ("Opening", "Dawn")), change((last, "")))
    assert only(both.decisions, "tracks[3]")[3:8:4] == ("same", "both")


@pytest.mark.parametrize(
    ("side", "title"), [("ours", "Dawn"), ("theirs", "Dusk"), ("base", "Opening"), ("value", "Noon: 1")]
)
def test_a_choice_settles_one_field(side: str, title: str) -> None:
    ours = change(("Opening", "Dawn"), ("Fern", "Quay"))
    theirs = change(("Opening", "Dusk"), ("Fern", "Tide"))
    conflict = only(merge(BASE, ours, theirs).conflicts, "tracks[1].title")
    result = merge(BASE, ours, theirs, choices={conflict.id: Choice(side, "Noon: 1")})
    assert [one.path for one in result.conflicts] == ["tracks[1].label"]
    settled = only(result.decisions, "tracks[1].title")
    assert (settled.side, settled.policy, settled.id) == (side, "chosen", conflict.id)
    ((hunk),) = result.hunks
    assert (hunk.ours, hunk.theirs, hunk.base) == (
        "    label: Quay\n",
        "    label: Tide\n",
        "    label: Fern\n",
    )
    rest = merge(
        BASE,
        ours,
        theirs,
        choices={c.id: Choice(side, "Noon: 1") for c in merge(BASE, ours, theirs).conflicts},
    )
    assert rest.is_clean
    assert parse_document(rest.text).items[0].value["title"] == title


def test_a_choice_keeps_the_comments_of_both_sides() -> None:
    ours = change(("Paper Boats  # mine", "Boats  # mine"), ("    ref: 102", "    # ours\n    ref: 102"))
    theirs = change(("Paper Boats  # mine", "Ships  # mine, and theirs"))
    (conflict,) = merge(BASE, ours, theirs).conflicts
    text = merge(BASE, ours, theirs, choices={conflict.id: Choice("ours")}).text
    assert "title: Boats  # mine, and theirs\n    # ours\n" in text


@pytest.mark.parametrize("side", ["ours", "theirs", "base"])
def test_a_choice_about_a_deleted_track(side: str) -> None:
    ours = change(('  - start: "7:00"\n    artist: Sol\n    title: Glass\n', ""))
    theirs = change(("title: Glass", "title: Glass Harbour"))
    (conflict,) = merge(BASE, ours, theirs).conflicts
    assert conflict.reason == "deleted"
    result = merge(BASE, ours, theirs, choices={conflict.id: Choice(side)})
    assert result.is_clean
    titles = [item.value["title"] for item in parse_document(result.text).items]
    assert titles[2:] == {"ours": [], "theirs": ["Glass Harbour"], "base": ["Glass"]}[side]


def test_the_last_track_can_go_by_choice() -> None:
    base = "title: A\ntracks:\n  - title: B\n"
    ours, theirs = "title: A\ntracks: []\n", base.replace("B", "B\n    label: D")
    (conflict,) = merge(base, ours, theirs).conflicts
    assert merge(base, ours, theirs, choices={conflict.id: Choice("ours")}).text == ours


def moved(order: str, *pairs: tuple[str, str]) -> str:
    text = "title: A\ntracks:\n" + "".join(f"  - title: Track {one}\n    label: L\n" for one in order)
    for old, new in pairs:
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize(("side", "order"), [("ours", "ABXCDE"), ("theirs", "ABCDXE")])
def test_a_track_at_two_places_keeps_the_fields_of_both(side: str, order: str) -> None:
    base = moved("XABCDE")
    ours = moved("ABXCDE", ("Track X\n    label: L", "Track X\n    label: M"))
    theirs = moved("ABCDXE", ("Track X\n", "Track X\n    bpm: 124\n"))
    result = merge(base, ours, theirs)
    (conflict,) = result.conflicts
    assert conflict.reason == "moved"
    assert [hunk.id for hunk in result.hunks] == [conflict.id] * 2
    settled = merge(base, ours, theirs, choices={conflict.id: Choice(side)})
    items = parse_document(settled.text).items
    assert "".join(str(item.value["title"])[-1] for item in items) == order
    (track,) = [item.value for item in items if item.value["title"] == "Track X"]
    assert (track["label"], track["bpm"]) == ("M", "124")


def test_a_moved_track_has_no_base_place() -> None:
    result = merge(moved("XABCDE"), moved("ABXCDE"), moved("ABCDXE"))
    with pytest.raises(ValueError, match="cannot become 'base'"):
        merge(
            moved("XABCDE"),
            moved("ABXCDE"),
            moved("ABCDXE"),
            choices={result.conflicts[0].id: Choice("base")},
        )


def test_ids_are_the_same_whatever_else_happened() -> None:
    ours, theirs = change(("Opening", "Dawn")), change(("Opening", "Dusk"))
    (first,) = merge(BASE, ours, theirs).conflicts
    (second,) = merge(BASE, ours.replace("7:00", "7:01"), "# new\n" + theirs).conflicts
    (third,) = merge(BASE, ours, theirs.replace("Dusk", "Night")).conflicts
    assert first.id == second.id != third.id
    assert len(first.id) == 12
    assert int(first.id, 16) >= 0


def rules(*pairs: tuple[str, Policy], within: int = 0) -> Policies:
    return Policies(tuple(Rule(pattern, policy, within) for pattern, policy in pairs))


def test_a_rule_settles_what_it_names() -> None:
    ours = change(("Opening", "Dawn"), ("Fern", "Quay"))
    theirs = change(("Opening", "Dusk"), ("Fern", "Tide"))
    result = merge(BASE, ours, theirs, policies=rules(("tracks.label", Policy.THEIRS)))
    assert [one.path for one in result.conflicts] == ["tracks[1].title"]
    assert only(result.decisions, "tracks[1].label")[7:9] == ("theirs", "theirs")
    assert "label: Tide" in result.text


def test_near_times_are_one() -> None:
    ours, theirs = change(("3:35", "3:36")), change(("3:35", "3:37.5"))
    within = rules(("tracks.start", Policy.WITHIN), within=2000)
    for first, second in ((ours, theirs), (theirs, ours)):
        result = merge(BASE, first, second, policies=within)
        assert result.is_clean
        assert '"3:36"' in result.text
    assert not merge(BASE, ours, change(("3:35", "3:38.1")), policies=within).is_clean


@pytest.mark.parametrize("policy", [Policy.NEWEST, Policy.HIGHEST_CONFIDENCE])
def test_what_is_newer_or_surer_wins_on_either_side(policy: Policy) -> None:
    ours, theirs = change(("3:35", "3:36")), change(("3:35", "3:39"))
    asked: list[tuple[Slot | None, str]] = []

    def origins(of_ours: Origin, of_theirs: Origin) -> bool:
        def told(slot: Slot | None, key: str) -> tuple[Origin, Origin]:
            asked.append((slot, key))
            return of_ours, of_theirs

        return (
            '"3:36"' in merge(BASE, ours, theirs, policies=rules(("*", policy)), origins=told).text
            and merge(BASE, ours, theirs, policies=rules(("*", policy)), origins=told).is_clean
        )

    old, new = Origin(1, 0.5), Origin(2, 0.9)
    assert origins(new, old)
    assert not origins(old, new)
    assert [key for _, key in asked] == ["start"] * 3
    assert not merge(
        BASE, ours, theirs, policies=rules(("*", policy)), origins=lambda *_: (old, old)
    ).is_clean
    assert not merge(BASE, ours, theirs, policies=rules(("*", policy))).is_clean


@pytest.mark.parametrize(
    ("old", "one", "other", "united"),
    [
        ("notes: low", "notes: high", "notes: loud", "notes: [high, loud]"),
        ("notes: low", "notes: [a, b]", "notes: [b, c]", "notes: [a, b, c]"),
        (
            "notes: low",
            "notes: |\n      one\n      two",
            "notes: |\n      two\n      three",
            "notes: |\n      one\n      two\n      three",
        ),
    ],
)
def test_a_union_holds_both(old: str, one: str, other: str, united: str) -> None:
    ours, theirs = change((old, one)), change((old, other))
    for first, second in ((ours, theirs), (theirs, ours)):
        result = merge(BASE, first, second, policies=rules(("tracks.notes", Policy.UNION)))
        assert result.is_clean
        assert united in result.text


def test_a_union_without_a_base() -> None:
    ours, theirs = change(("[house]", "[house, disco]")), change(("[house]", "[techno, house]"))
    result = merge(None, ours, theirs, policies=rules(("genres", Policy.UNION)))
    assert result.is_clean
    assert set(parse_document(result.text).value["genres"]) == {"disco", "house", "techno"}


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_a_rule_for_whole_tracks(side: Literal["ours", "theirs"]) -> None:
    ours = change(('  - start: "7:00"\n    artist: Sol\n    title: Glass\n', ""))
    theirs = change(("title: Glass", "title: Glass Harbour"))
    result = merge(BASE, ours, theirs, policies=rules(("tracks", Policy(side))))
    assert result.is_clean
    assert ("Glass Harbour" in result.text) == (side == "theirs")


def test_a_replayed_resolution_applies_beside_other_changes() -> None:
    """git merges a recorded resolution (rerere) with markers in base and ours."""
    ours, theirs = change(("Opening", "Dawn")), change(("Opening", "Dusk"))
    preimage = merge(BASE, ours, theirs).text
    resolved = ours
    now = merge(BASE, ours.replace("Fern", "Quay"), theirs).text
    result = merge(preimage, now, resolved)
    assert result.is_clean
    assert result.text == ours.replace("Fern", "Quay")


def test_an_empty_value_takes_the_field_out() -> None:
    ours, theirs = change(("Fern", "Quay")), change(("Fern", "Tide"))
    (conflict,) = merge(BASE, ours, theirs).conflicts
    result = merge(BASE, ours, theirs, choices={conflict.id: Choice("value")})
    assert result.is_clean
    assert result.text == change(("    label: Fern\n", ""))


def test_lists_have_ids_too() -> None:
    ours, theirs = change(("[house]", "[dub]")), change(("[house]", "[ambient]"))
    first, second = merge(None, ours, theirs).conflicts, merge(None, ours, theirs).conflicts
    assert [one.id for one in first] == [one.id for one in second]
    assert only(first, "genres").ours == ("dub",)


def test_a_moved_track_that_one_side_edited_is_edited_at_both_places() -> None:
    base = moved("XABCDE")
    edit = ("Track X\n    label: L", "Track X\n    label: M")
    for ours, theirs in ((moved("ABXCDE", edit), moved("ABCDXE")), (moved("ABXCDE"), moved("ABCDXE", edit))):
        result = merge(base, ours, theirs)
        assert [hunk.ours + hunk.theirs for hunk in result.hunks] == [
            "  - title: Track X\n    label: M\n"
        ] * 2


def test_a_base_with_markers_that_gives_two_results_is_no_base() -> None:
    base = change(("    label: Fern\n", "<<<<<<< a\n    label: Fern\n=======\n    label: Quay\n>>>>>>> b\n"))
    with pytest.raises(TracklistSyntaxError):
        merge(base, change(("Fern", "Quay"), ("Opening", "Dawn")), BASE)


def test_union_of_lists_whose_items_stand_on_several_lines() -> None:
    base = "title: Set\ntracks: []\n"
    ours = "title: Set\nnotes:\n  - a long\n    line\n  - one\ntracks: []\n"
    theirs = "title: Set\nnotes:\n  - a long\n    line\n  - two\ntracks: []\n"
    merged = merge(base, ours, theirs, policies=rules(("notes", Policy.UNION)))
    assert merged.is_clean
    assert parse_document(merged.text).value["notes"] == ("a long line", "one", "two")
