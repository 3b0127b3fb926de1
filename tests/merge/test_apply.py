from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.merge.contents import EXAMPLES, REACH, contents, same_content, versions
from tlgit.merge.apply import apply
from tlgit.merge.diff import EMPTY, Change, ChangeKind, Content, Diff, diff
from tlgit.merge.values import is_same
from tlgit.tracklist.fields import LIST_FIELDS, TRACK_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tlgit.tracklist.fields import Value

    Wanted = Callable[[Change, str], bool]


@EXAMPLES
@given(versions())
def test_all_changes_make_the_second_version(case: tuple[Content, Content]) -> None:
    before, after = case
    found = diff(before, after)
    applied = apply(found, before)
    assert same_content(applied.content, after)
    assert applied.rows == found.order


@EXAMPLES
@given(contents())
def test_a_new_list_is_all_additions(content: Content) -> None:
    assert same_content(apply(diff(None, content), None).content, content)


@EXAMPLES
@given(versions())
def test_no_change_makes_the_first_version(case: tuple[Content, Content]) -> None:
    before, after = case
    applied = apply(diff(before, after), before, lambda _change, _key: False)
    assert applied.content == before
    assert [i for i, _ in applied.rows] == list(range(len(before.tracks)))


def _some(seed: int) -> Wanted:
    """Half of the changes, always the same half."""

    def wanted(change: Change, key: str) -> bool:
        dice = random.Random(f"{seed} {change.kind} {change.name} {change.before} {change.after} {key}")
        return dice.random() < 0.5

    return wanted


@EXAMPLES
@given(versions(), st.integers(0, 9))
def test_some_changes_leave_the_rest_as_it_was(case: tuple[Content, Content], seed: int) -> None:
    before, after = case
    found = diff(before, after)
    wanted = _some(seed)
    applied = apply(found, before, wanted)
    _check_rows(found, applied.rows, before, wanted)
    for key in {*before.fields, *after.fields}:
        changes = [c for c in found.changes if c.kind is ChangeKind.LIST and c.name == key]
        source = after if changes and wanted(changes[0], key) else before
        assert is_same(LIST_FIELDS.get(key), applied.content.fields.get(key), source.fields.get(key))
    for (i, j), track in zip(applied.rows, applied.content.tracks, strict=True):
        old = {} if i is None else before.tracks[i]
        new = old if j is None else after.tracks[j]
        for key in {*old, *new}:
            value = new.get(key) if _is_taken(found, wanted, (i, j), key) else old.get(key)
            assert is_same(TRACK_FIELDS.get(key), track.get(key), value)


def _check_rows(
    found: Diff, rows: tuple[tuple[int | None, int | None], ...], before: Content, wanted: Wanted
) -> None:
    """No row twice; none lost or invented but the wanted ones; those that stay keep their order."""
    whole = {
        kind: [c for c in found.changes if c.kind is kind and wanted(c, "")]
        for kind in (ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.MOVED)
    }
    old = [i for i, _ in rows if i is not None]
    assert len(set(old)) == len(old)
    assert set(old) == {*range(len(before.tracks))} - {c.before for c in whole[ChangeKind.REMOVED]}
    assert Counter(j for i, j in rows if i is None) == Counter(c.after for c in whole[ChangeKind.ADDED])
    moved = {c.before for c in found.changes if c.kind is ChangeKind.MOVED}
    still = [i for i in old if i not in moved]
    assert still == sorted(still)
    told = set(found.order)
    place = {j: n for n, (_, j) in enumerate(rows) if j is not None}
    unmoved = moved - {c.before for c in whole[ChangeKind.MOVED]}
    as_after = [j for i, j in found.order if j in place and i not in unmoved and (i, j) in told]
    assert as_after == sorted(as_after, key=place.__getitem__)


def _is_taken(found: Diff, wanted: Wanted, row: tuple[int | None, int | None], key: str) -> bool:
    for change in found.changes:
        if change.kind is ChangeKind.SHIFTED:
            if key == "start" and row[1] in change.rows:
                return wanted(change, "")
        elif (change.before, change.after) == row and key in change.fields:
            return wanted(change, key)
    return False


def test_the_examples_reach_what_matters() -> None:
    """Enough of them leave a change of each kind out beside another one that is wanted."""
    seen: Counter[ChangeKind] = Counter()

    @REACH
    @given(versions())
    def count(case: tuple[Content, Content]) -> None:
        wanted = _some(0)
        changes = [(c.kind, wanted(c, "")) for c in diff(*case).changes]
        if any(taken for _, taken in changes):
            seen.update({kind for kind, taken in changes if not taken})

    count()
    assert min(seen[kind] for kind in ChangeKind) >= 3, seen


def _tracks(*names: str) -> Content:
    """Tracks written as `start name` or `name`; `w/` before the name for one that is played with the one above."""
    tracks: list[Mapping[str, Value]] = []
    for text in names:
        start, _, name = text.rpartition(" ")
        track: dict[str, Value] = {"artist": name, "title": f"{name} {name}"}
        if name.startswith("w/"):
            track["with"] = "true"
        if start:
            track["start"] = start
        tracks.append(track)
    return Content(fields={}, tracks=tuple(tracks))


def _names(content: Content) -> list[Value]:
    return [track["artist"] for track in content.tracks]


@pytest.mark.parametrize(
    ("before", "after", "unwanted", "names"),
    [
        # A track that stays though it was removed: by start among the new ones, else behind its old neighbour's new ones.
        (["1:00 A", "2:00 B", "9:00 C"], ["1:00 A", "3:00 X", "9:00 C"], "removed", "ABXC"),
        (["1:00 A", "4:00 B", "9:00 C"], ["1:00 A", "3:00 X", "9:00 C"], "removed", "AXBC"),
        (["A", "B", "C"], ["A", "X", "C"], "removed", "AXBC"),
        (["B", "C"], ["X", "C"], "removed", "XBC"),
        (["A", "B"], ["A"], "removed", "AB"),
        # A track that is played with the one above stays with it.
        (["A", "w/B", "C"], ["A", "X", "C"], "removed", ["A", "w/B", "X", "C"]),
        (["1:00 A", "2:00 B", "9:00 C"], ["1:00 A", "w/X", "9:00 C"], "removed", ["A", "w/X", "B", "C"]),
        # A move that is not taken: the track stays with its old neighbours.
        (["A", "B", "C", "D"], ["B", "C", "X", "D", "A"], "moved", "ABCXD"),
        (["A", "B", "C", "D"], ["D", "A", "X", "B", "C"], "moved", "AXBCD"),
        (["A", "B", "C", "D"], ["D", "A", "X", "B", "C"], "added", "DABC"),
    ],
)
def test_where_rows_stand_when_not_all_is_taken(
    before: list[str], after: list[str], unwanted: str, names: str | list[str]
) -> None:
    first, second = _tracks(*before), _tracks(*after)
    applied = apply(diff(first, second), first, lambda change, _key: change.kind.value != unwanted)
    assert _names(applied.content) == list(names)


def test_an_added_track_without_one_of_its_fields() -> None:
    after = Content(fields={}, tracks=({"artist": "Ada", "title": "Alpha", "label": "QUAY"},))
    applied = apply(diff(EMPTY, after), EMPTY, lambda _change, key: key != "label")
    assert applied.content.tracks == ({"artist": "Ada", "title": "Alpha"},)
    assert applied.rows == ((None, 0),)


def test_a_shift_without_the_track_that_does_not_fit() -> None:
    before = _tracks(*(f"{n}:00 A{n}" for n in range(10)))
    shifted = [f"{n}:30 A{n}" for n in range(10)]
    shifted[4] = "4:31 A4"
    after = _tracks(*shifted)
    found = diff(before, after)
    assert [change.kind for change in found.changes] == [ChangeKind.SHIFTED, ChangeKind.CHANGED]
    applied = apply(found, before, lambda change, _key: change.kind is ChangeKind.SHIFTED)
    assert [track["start"] for track in applied.content.tracks][3:6] == ["3:30", "4:00", "5:30"]
    applied = apply(found, before, lambda change, _key: change.kind is ChangeKind.CHANGED)
    assert [track["start"] for track in applied.content.tracks][3:6] == ["3:00", "4:31", "5:00"]
