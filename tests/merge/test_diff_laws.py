"""Laws of the semantic diff, on lists that Hypothesis edits."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import given

from tests.merge.contents import EXAMPLES, REACH, contents, versions
from tlgit.merge.diff import Change, ChangeKind, Content, Diff, diff, summarize
from tlgit.merge.rising import longest_rising

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlgit.tracklist.fields import Value

TURNED = {ChangeKind.ADDED: ChangeKind.REMOVED, ChangeKind.REMOVED: ChangeKind.ADDED}


def _told(change: Change, before: Content, after: Content, *, is_turned: bool) -> tuple[object, ...]:
    """A change as seen from the other end: of tracks moved, the contents (of equal ones either may have moved)."""
    kind = TURNED.get(change.kind, change.kind) if is_turned else change.kind
    if kind is ChangeKind.NAMED:
        kind = ChangeKind.CHANGED  # on the way back a name is lost
    places: list[object] = [change.before, change.after]
    if kind is ChangeKind.MOVED:
        tracks: list[Mapping[str, Value]] = [
            content.tracks[place]
            for content, place in ((before, change.before), (after, change.after))
            if place is not None
        ]
        places = [repr(sorted(track.items())) for track in tracks]
    fields = {key: (new, old) if is_turned else (old, new) for key, (old, new) in change.fields.items()}
    if is_turned:
        places.reverse()
    shift = -change.shift if is_turned else change.shift
    return kind, *places, shift, len(change.rows), repr(sorted(fields.items()))


@EXAMPLES
@given(contents())
def test_nothing_changed(content: Content) -> None:
    found = diff(content, content)
    assert found == Diff((), tuple((n, n) for n in range(len(content.tracks))))
    assert summarize(found.changes) == "layout"


@EXAMPLES
@given(versions())
def test_the_way_back_tells_the_same(case: tuple[Content, Content]) -> None:
    before, after = case
    there, back = diff(before, after), diff(after, before)
    assert Counter(_told(change, before, after, is_turned=True) for change in there.changes) == Counter(
        _told(change, after, before, is_turned=False) for change in back.changes
    )
    assert {pair for pair in there.order if pair[0] is not None} == {
        (i, j) for j, i in back.order if j is not None
    }


@EXAMPLES
@given(versions())
def test_every_row_is_told_once_and_moves_are_the_fewest(case: tuple[Content, Content]) -> None:
    before, after = case
    found = diff(before, after)
    kinds = {kind: [c for c in found.changes if c.kind is kind] for kind in ChangeKind}
    added = {change.after for change in kinds[ChangeKind.ADDED]}
    removed = {change.before for change in kinds[ChangeKind.REMOVED]}
    assert [j for _, j in found.order] == list(range(len(after.tracks)))
    assert {j for i, j in found.order if i is None} == added
    assert {*range(len(before.tracks))} - {i for i, _ in found.order} == removed
    places = [i for i, _ in found.order if i is not None]
    assert len(kinds[ChangeKind.MOVED]) == len(places) - len(longest_rising(places))
    assert len(kinds[ChangeKind.SHIFTED]) <= 1
    assert summarize(found.changes)


def test_the_examples_reach_every_kind() -> None:
    seen: Counter[ChangeKind] = Counter()

    @REACH
    @given(versions())
    def count(case: tuple[Content, Content]) -> None:
        seen.update({change.kind for change in diff(*case).changes})

    count()
    assert min(seen[kind] for kind in ChangeKind) >= 8, seen
