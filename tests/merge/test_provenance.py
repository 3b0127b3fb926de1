from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from tlgit.merge import confidence
from tlgit.merge.policy import Origin
from tlgit.merge.provenance import Past, Stamp, origin_of, value_confidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def listed(*tracks: str, title: str = "Night") -> str:
    """A list of tracks written as `start artist title label`, the label may be missing."""
    rows = []
    for track in tracks:
        start, artist, name, *label = track.split()
        rows.append(f'  - start: "{start}"\n    artist: {artist}\n    title: {name}\n')
        rows += [f"    label: {text}\n" for text in label]
    return f"title: {title}\ntracks:{' []' if not rows else ''}\n" + "".join(rows)


def past(*versions: str | None, parents: Mapping[int, Sequence[int]] | None = None) -> Past:
    """Versions, newest first; each follows the next one, unless `parents` tells."""
    following = parents or {n: (n + 1,) for n in range(len(versions) - 1)}

    def read(number: int) -> bytes | None:
        text = versions[number]
        return None if text is None else text.encode()

    return Past(lambda number: following.get(number, ()), read)


ONE = listed("0:00 Ada Alpha", "4:00 Brook Beta")
LABELLED = listed("0:00 Ada Alpha", "4:00 Brook Beta DOCK")
BROKEN = "title: [\n"


def test_the_version_that_set_a_field() -> None:
    found = past(listed("0:00 Ada Alpha TEXT", "4:00 Brook Beta DOCK"), LABELLED, LABELLED, ONE)
    assert found.last_set(0, "label") == 0
    assert found.last_set(1, "label") == 2
    assert found.last_set(1, "title") == 3
    assert found.last_set(None, "title") == 3
    assert found.last_set(0, "") == 0
    assert found.last_set(1, "") == 2


def test_a_field_taken_out() -> None:
    assert past(ONE, ONE, LABELLED, ONE).last_set(1, "label") == 1


def test_what_was_set_back_was_set_again() -> None:
    assert past(LABELLED, ONE, LABELLED).last_set(1, "label") == 0


def test_equal_in_meaning_is_not_set() -> None:
    assert past(ONE.replace('"4:00"', '"04:00.0"'), ONE).last_set(1, "start") == 1


def test_rows_are_followed() -> None:
    before = listed("0:00 Ada Alpha", "4:00 Brook Beta DOCK", "8:00 Cedar Gamma")
    after = listed("0:00 New Zeta", "2:00 Cedar Gamma", "4:00 Ada Alpha", "6:00 Brook Beta DOCK")
    found = past(after, before, ONE)
    assert found.last_set(3, "label") == 1
    assert found.last_set(3, "start") == 0
    assert found.last_set(3, "title") == 2
    assert found.last_set(1, "title") == 1
    assert found.last_set(0, "title") == 0
    assert found.last_set(0, "label") == 0, "a track has its fields, empty ones too, since it is there"


def test_an_unknown_track_that_was_named() -> None:
    found = past(listed("0:00 Ada Alpha", "4:00 Brook Beta"), listed("0:00 Ada Alpha", "4:00 ID ID"))
    assert (found.last_set(1, "artist"), found.last_set(1, "start")) == (0, 1)


def test_a_version_that_cannot_be_read_is_passed_over() -> None:
    found = past(LABELLED, BROKEN, BROKEN, LABELLED, ONE)
    assert found.last_set(1, "label") == 3
    assert past(LABELLED, BROKEN, ONE).last_set(1, "label") == 0
    assert past(BROKEN, ONE).last_set(1, "label") is None


def test_a_list_that_was_not_there() -> None:
    assert past(ONE, None, ONE).last_set(1, "title") == 0
    assert past(None, ONE).last_set(None, "title") is None
    assert past(ONE, None).last_set(None, "artist") == 0


def test_a_track_that_is_not_there() -> None:
    assert past(ONE).last_set(2, "title") is None
    assert past(ONE).last_set(1, "title") == 0


def test_merges_follow_the_parent_that_has_the_value() -> None:
    other = listed("0:00 Ada Alpha", "4:00 Brook Beta", title="Evening")
    both = listed("0:00 Ada Alpha", "4:00 Brook Beta DOCK", title="Evening")
    parents = {0: (1, 2), 1: (3,), 2: (3,)}
    found = past(both, LABELLED, other, ONE, parents=parents)
    assert found.last_set(1, "label") == 1
    assert found.last_set(None, "title") == 2
    assert found.last_set(0, "title") == 3
    twice = past(both, both, both, ONE, parents=parents)
    assert twice.last_set(1, "label") == 1, "the first of two that have it"


def test_a_merge_of_versions_that_cannot_be_read() -> None:
    parents = {0: (1, 2), 1: (3,), 2: (3,), 3: ()}
    assert past(LABELLED, BROKEN, BROKEN, LABELLED, parents=parents).last_set(1, "label") == 3
    assert past(LABELLED, BROKEN, BROKEN, ONE, parents=parents).last_set(1, "label") == 0


def test_what_is_not_asked_is_not_read() -> None:
    asked: list[int] = []

    def read(number: int) -> bytes:
        asked.append(number)
        return (LABELLED if number < 2 else ONE).encode()

    found = Past(lambda number: (number + 1,), read)
    assert found.last_set(1, "label") == 1
    assert set(asked) == {0, 1, 2}
    asked.clear()
    assert found.last_set(1, "label") == 1
    assert asked == []


NAMES = ("Ada Alpha", "Brook Beta", "Cedar Gamma", "Dune Delta", "Elm Eta")


@given(st.data())
def test_edits_are_found_again(data: st.DataObject) -> None:
    """Labels are set one at a time while tracks move, come and go around them."""
    labels = dict.fromkeys(NAMES, "")
    order = list(NAMES)
    versions = [[(name, "") for name in order]]
    set_in: dict[str, int] = dict.fromkeys(NAMES, 0)
    for n in range(1, data.draw(st.integers(2, 8))):
        name = data.draw(st.sampled_from(order))
        step = data.draw(st.sampled_from(["label", "move", "remove", "add"]))
        if step == "label":
            labels[name] = f"L{n}"
            set_in[name] = n
        elif step == "move":
            order.remove(name)
            order.insert(data.draw(st.integers(0, len(order))), name)
        elif step == "remove" and len(order) > 1:
            order.remove(name)
        elif missing := [name for name in NAMES if name not in order]:
            order.insert(data.draw(st.integers(0, len(order))), missing[0])
            set_in[missing[0]] = n
        event(step)
        versions.append([(name, labels[name]) for name in order])
    texts = [
        listed(*(f"{4 * n}:00 {name} {label}" for n, (name, label) in enumerate(version)))
        for version in versions
    ]
    found = past(*reversed(texts))
    newest = len(texts) - 1
    for row, name in enumerate(order):
        assert found.last_set(row, "label") == newest - set_in[name]


@pytest.mark.parametrize("count", [3000])
def test_a_long_past_does_not_nest(count: int) -> None:
    assert past(*[BROKEN if n % 2 else ONE for n in range(count)], ONE).last_set(1, "title") == count


PAGE = {"Tlgit-Source": "1001tracklists", "Tlgit-Road": "page"}
AUTO = {"Tlgit-Source": "auto"}


@pytest.mark.parametrize(
    ("trailers", "confidence"),
    [
        ({}, confidence.TRUST[confidence.SourceKind.HAND].value),
        (
            {"Tlgit-Source": "manual", "Tlgit-Confidence": "0.1"},
            confidence.TRUST[confidence.SourceKind.HAND].value,
        ),
        (PAGE, confidence.TRUST[confidence.SourceKind.PAGE].value),
        (PAGE | {"Tlgit-Confidence": "0.1"}, confidence.TRUST[confidence.SourceKind.PAGE].value),
        (PAGE | {"Tlgit-Road": "export"}, confidence.TRUST[confidence.SourceKind.EXPORT].value),
        ({"Tlgit-Source": "1001tracklists"}, confidence.TRUST[confidence.SourceKind.PAGE].value),
        (AUTO | {"Tlgit-Confidence": "0.5"}, 0.4),
        (AUTO | {"Tlgit-Confidence": "1"}, confidence.TRUST[confidence.SourceKind.DETECTION].value),
        (AUTO | {"Tlgit-Confidence": "1.5"}, None),
        (AUTO | {"Tlgit-Confidence": "-0.1"}, None),
        (AUTO | {"Tlgit-Confidence": "nan"}, None),
        (AUTO | {"Tlgit-Confidence": "high"}, None),
        (AUTO, None),
    ],
)
def test_confidence_by_source(trailers: dict[str, str], confidence: float | None) -> None:
    assert value_confidence(trailers) == confidence
    assert origin_of(Stamp(5, trailers)) == Origin(5, confidence)


def test_people_before_pages_before_exports_before_detection() -> None:
    figures = [trust.value for trust in confidence.TRUST.values()]
    assert figures == sorted(figures, reverse=True)
    assert len(set(figures)) == len(figures)
