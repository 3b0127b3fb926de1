"""Laws of the merge, on lists that Hypothesis edits on both sides."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given, settings, target
from hypothesis import strategies as st

from tests.strategies import Case, cases, lists, shuffled
from tlgit.merge.merge import MergeResult, merge
from tlgit.merge.order import maybe_moved
from tlgit.merge.values import is_same
from tlgit.tracklist.fields import LIST_FIELDS, TRACK_FIELDS
from tlgit.tracklist.schema import parse_reading
from tlgit.tracklist.text import Document, parse_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlgit.tracklist.fields import Value

EXAMPLES = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def resolved(text: str, side: str) -> str:
    """The text with one side of every conflict."""
    lines, keep = [], True
    for line in text.splitlines(keepends=True):
        mark = re.match(r"\ufeff?<{7} |={7}\r?$|>{7} ", line.rstrip("\n"))
        if mark is None:
            if keep:
                lines.append(line)
        elif line[0] == ">":
            keep = True
        else:
            keep = ("<" in line[:2]) == (side == "ours")
    return "".join(lines)


def _values(document: Document | None) -> dict[str, Mapping[str, Value]]:
    return {} if document is None else {str(item.value["ref"]): item.value for item in document.items}


class Outcome:
    """A merge of a case, read back with each side of its conflicts."""

    def __init__(self, case: Case) -> None:
        self.case = case
        base, ours, theirs = case.texts
        self.result: MergeResult = merge(base, ours, theirs)
        self.base, self.ours, self.theirs = (_values(parse_document(text)) for text in case.texts)
        self.open_tracks = {
            str(value["ref"])
            for conflict in self.result.conflicts
            if conflict.slot is not None and not conflict.key
            for value in (conflict.base, conflict.ours, conflict.theirs)
            if isinstance(value, dict)
        }
        self.open_fields = set()
        for conflict in self.result.conflicts:
            if conflict.slot is not None and conflict.key and conflict.slot.ours is not None:
                self.open_fields.add((str(case.ours.rows[conflict.slot.ours].ref), conflict.key))

    def read(self, side: str) -> Document:
        return parse_document(resolved(self.result.text, side))

    def order(self, side: str) -> list[str]:
        return [str(item.value["ref"]) for item in self.read(side).items]


def _same(key: str, first: Value | None, second: Value | None) -> bool:
    return is_same(TRACK_FIELDS.get(key), first, second)


@EXAMPLES
@given(cases() | shuffled())
def test_one_sided_changes_come_through_byte_for_byte(case: Case) -> None:
    base, ours, theirs = case.texts
    assert merge(base, ours, base) == MergeResult(ours, ())
    assert merge(base, base, theirs) == MergeResult(theirs, ())
    assert merge(base, ours, ours) == MergeResult(ours, ())
    assert merge(None, ours, ours) == MergeResult(ours, ())


@EXAMPLES
@given(cases() | shuffled())
def test_swapping_the_sides_changes_nothing(case: Case) -> None:
    base, ours, theirs = case.texts
    result, swapped = merge(base, ours, theirs), merge(base, theirs, ours)
    assert {(c.reason, c.key, repr(c.ours), repr(c.theirs)) for c in result.conflicts} == {
        (c.reason, c.key, repr(c.theirs), repr(c.ours)) for c in swapped.conflicts
    }
    if result.is_clean:
        assert result.text == swapped.text


@EXAMPLES
@given(cases() | shuffled())
def test_no_edit_is_lost_and_none_is_invented(case: Case) -> None:
    outcome = Outcome(case)
    target(float(len(outcome.result.conflicts)))
    for side in ("ours", "theirs"):
        document = outcome.read(side)
        refs = [str(item.value["ref"]) for item in document.items]
        assert len(set(refs)) == len(refs), "each track at most once"
        merged = _values(document)
        for ref in outcome.base.keys() | outcome.ours.keys() | outcome.theirs.keys():
            _check_track(outcome, ref, merged.get(ref), side)


def _check_track(outcome: Outcome, ref: str, merged: Mapping[str, Value] | None, side: str) -> None:
    b, o, t = (rows.get(ref) for rows in (outcome.base, outcome.ours, outcome.theirs))
    if b is not None and (o is None or t is None):
        kept = o or t
        if kept is None:
            assert merged is None, "no resurrection"
        elif any(not _same(key, b.get(key), kept.get(key)) for key in b.keys() | kept.keys()):
            assert ref in outcome.open_tracks, "a deletion of a changed track is told"
        elif ref not in outcome.open_tracks:
            assert merged is None, "an unchanged track goes"
        if kept is not None and ref in outcome.open_tracks:
            chosen = o if side == "ours" else t
            assert (merged is None) == (chosen is None)
        return
    if b is None and ref in outcome.open_tracks:
        assert (merged is None) == ((o if side == "ours" else t) is None)
        return
    assert merged is not None, "no track is lost"
    if b is None:
        assert merged == (o or t)
        return
    assert o is not None
    assert t is not None
    for key in b.keys() | o.keys() | t.keys():
        vb, vo, vt, vm = b.get(key), o.get(key), t.get(key), merged.get(key)
        if _same(key, vo, vt) or _same(key, vb, vt):
            assert _same(key, vm, vo)
        elif _same(key, vb, vo):
            assert _same(key, vm, vt)
        elif (ref, key) in outcome.open_fields or ref in outcome.open_tracks:
            assert _same(key, vm, vo if side == "ours" else vt)
        else:
            assert key == "notes", f"{key} of both sides"


@EXAMPLES
@given(cases() | shuffled())
def test_order_is_that_of_the_side_that_changed_it(case: Case) -> None:
    outcome = Outcome(case)
    base, ours, theirs = (list(rows) for rows in (outcome.base, outcome.ours, outcome.theirs))
    common = [ref for ref in base if ref in ours and ref in theirs]
    certain = [ref for ref in common if ref not in outcome.open_tracks]
    for side in ("ours", "theirs"):
        merged = outcome.order(side)
        for n, first in enumerate(certain):
            for second in certain[n + 1 :]:
                swapped = any(rows.index(second) < rows.index(first) for rows in (ours, theirs))
                assert (merged.index(second) < merged.index(first)) == swapped
    if any(conflict.reason == "moved" and conflict.base for conflict in outcome.result.conflicts):
        both = [maybe_moved([common.index(ref) for ref in rows if ref in common]) for rows in (ours, theirs)]
        assert all(both), "an order in conflict was changed by both"


def _both_reorder(case: Case) -> bool:
    refs = [[row.ref for row in side.rows] for side in (case.base, case.ours, case.theirs)]
    base, ours, theirs = ([ref for ref in side if all(ref in rows for rows in refs)] for side in refs)
    return base not in (ours, theirs)


@EXAMPLES
@given(cases())
def test_a_second_merge_has_nothing_to_do(case: Case) -> None:
    """Only where both sides order the same rows anew may it ask again."""
    base, ours, theirs = case.texts
    assume(not _both_reorder(case))
    result = merge(base, ours, theirs)
    if result.is_clean:
        assert merge(base, result.text, theirs).text == result.text
        assert merge(base, ours, result.text).text == result.text
        assert merge(theirs, result.text, theirs).text == result.text


@EXAMPLES
@given(cases() | shuffled())
def test_untouched_tracks_keep_every_byte(case: Case) -> None:
    result = merge(*case.texts)
    ours, theirs = case.ours.by_ref(), case.theirs.by_ref()
    for row in case.base.rows:
        if ours.get(row.ref) == row == theirs.get(row.ref):
            assert row.render() in result.text


@EXAMPLES
@given(cases() | shuffled())
def test_no_comment_disappears_with_somebody_elses_change(case: Case) -> None:
    text = merge(*case.texts).text
    base, ours, theirs = (
        {c for row in side.rows for c in row.comments()} for side in (case.base, case.ours, case.theirs)
    )
    wanted = (ours & theirs) | (ours - base) | (theirs - base)
    assert not {comment for comment in wanted if comment not in text}


@EXAMPLES
@given(cases() | shuffled())
def test_valid_sides_give_a_valid_list_whichever_side_is_taken(case: Case) -> None:
    result = merge(*case.texts)
    assert result.is_clean == (resolved(result.text, "ours") == result.text)
    for side in ("ours", "theirs"):
        assert parse_reading(resolved(result.text, side)).errors == ()


@EXAMPLES
@given(cases() | shuffled())
def test_list_fields_merge_alike(case: Case) -> None:
    result = merge(*case.texts)
    base, ours, theirs = (dict(side.head) for side in (case.base, case.ours, case.theirs))
    merged = parse_document(resolved(result.text, "ours")).value
    for key in LIST_FIELDS:
        b, o, t = base.get(key), ours.get(key), theirs.get(key)
        assert merged.get(key) == (t if o == b else o)
        both = len({b, o, t}) == 3
        assert any(c.path == key for c in result.conflicts) == both


@EXAMPLES
@given(lists(), st.sampled_from(["\r\n", "\ufeff", "end", "quotes"]), st.data())
def test_layout_of_one_side_meets_values_of_the_other(
    before: object, layout: str, data: st.DataObject
) -> None:
    case = data.draw(cases())
    base, ours, _ = case.texts
    theirs = {
        "\r\n": base.replace("\n", "\r\n"),
        "\ufeff": "\ufeff" + base,
        "end": base.removesuffix("\n"),
        "quotes": base.replace("artist: Kato Lind", "artist: 'Kato Lind'"),
    }[layout]
    result = merge(base, ours, theirs)
    assert result.is_clean
    merged, wanted = parse_document(result.text), parse_document(ours)
    assert [item.value for item in merged.items] == [item.value for item in wanted.items]
    assert merged.value == wanted.value
    if base != theirs and layout != "quotes":
        assert result.text.replace("\r\n", "\n").strip("\ufeff\n") == ours.strip("\n")


@EXAMPLES
@given(cases() | shuffled())
def test_no_common_past_joins_what_both_have(case: Case) -> None:
    _, ours, theirs = case.texts
    names = {
        row.ref: (row.values.get("artist"), row.values.get("title"))
        for row in (*case.ours.rows, *case.theirs.rows)
    }
    assume(len(set(names.values())) == len(names))  # one name is one track, whatever its row id
    result = merge(None, ours, theirs)
    for side in ("ours", "theirs"):
        merged = parse_document(resolved(result.text, side))
        refs = [str(item.value["ref"]) for item in merged.items]
        assert sorted(refs) == sorted({str(row.ref) for row in (*case.ours.rows, *case.theirs.rows)})


def test_the_examples_reach_what_matters() -> None:
    """Enough examples change both sides, end clean, or end in each kind of conflict."""
    seen: dict[str, int] = {}

    @settings(
        max_examples=400,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(cases() | shuffled())
    def count(case: Case) -> None:
        result = merge(*case.texts)
        kinds = {conflict.reason for conflict in result.conflicts}
        if case.base.rows and case.base not in (case.ours, case.theirs) and case.ours != case.theirs:
            kinds |= {"both", "clean" if result.is_clean else "open"}
        if "both" in kinds and all("# c" in text for text in case.texts[1:]):
            kinds.add("comments")
        for kind in kinds:
            seen[kind] = seen.get(kind, 0) + 1

    count()
    assert seen["both"] >= 80
    assert seen["clean"] >= 50
    assert seen["comments"] >= 20
    for reason in ("changed", "deleted", "moved"):
        assert seen.get(reason, 0) >= 3, seen


@pytest.mark.parametrize("size", [300])
def test_a_long_list_merges_in_time(size: int) -> None:
    rows = [f'  - title: Track {n}\n    start: "{n}:00"\n    ref: {n}\n' for n in range(1, size + 1)]
    base = "title: A\ntracks:\n" + "".join(rows)
    ours = base.replace("Track 7\n", "Track seven\n")
    theirs = base.replace('"9:00"', '"9:01"')
    result = merge(base, ours, theirs)
    assert result.text == ours.replace('"9:00"', '"9:01"')
