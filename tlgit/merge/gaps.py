"""The rows that stand, without a name in common, between the same neighbours of two lists.

Small gaps are compared pair by pair. In large ones only pairs count that have something in common: a start, or a word
of their names that is not everywhere; so 2,000 strange rows cost no more than a few hundred.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from tlgit.merge.align import FULL, NEAR, SLOT, best_pairs
from tlgit.merge.names import similarity
from tlgit.merge.rising import heaviest_rising
from tlgit.tracklist.fields import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tlgit.merge.align import Matching, Row

    Score = Callable[[int, int], float]

ALIKE: Final = 0.85
"""Artist and title at least this alike are the same track with a typo."""
_COMMON: Final = 12
"""A word in more rows of a gap than this tells nothing."""


def match_gaps(matching: Matching, *, strict: bool) -> None:
    """Pair what is left: unknown rows, misspelled and renamed ones."""
    shift = matching.shift()
    _match_unknown_starts(matching, shift)
    if not matching.is_open:
        return
    likely = _Likely(matching, shift, strict=strict)
    for left, right in matching.gaps():
        for i, j in _pairs(matching, left, right, shift, likely):
            matching.join(i, j)
    if strict or not matching.is_open:
        return
    matching.match_elsewhere()
    _match_moved(matching, shift)
    if matching.is_open:
        _match_left_over(matching, shift)
    if matching.is_open:
        _match_passed(matching)


def _match_unknown_starts(matching: Matching, shift: int) -> None:
    """Pair unknown rows without row id whose start nobody else has."""

    def once(rows: Sequence[Row], used: Iterable[int], by: int) -> dict[int, int]:
        found: dict[int, list[int]] = defaultdict(list)
        skip = set(used)
        for n, row in enumerate(rows):
            if row.unknown and n not in skip and row.start is not None:
                found[row.start + by].append(n)
        return {start: numbers[0] for start, numbers in found.items() if len(numbers) == 1}

    right = once(matching.second, matching.taken, 0)
    for start, i in once(matching.first, matching.pairs, shift).items():
        j = right.get(start)
        if j is not None and not (matching.first[i].ref and matching.second[j].ref):
            matching.join(i, j)


def _match_moved(matching: Matching, shift: int) -> None:
    """Pair rows that were moved and edited at once: the same start, and artist or title nearly the same.

    An unknown row that was named elsewhere needs exactly the same start, and nobody else may have it.
    """
    first, second = matching.first, matching.second
    left: dict[int, list[int]] = defaultdict(list)
    right: dict[int, list[int]] = defaultdict(list)
    for rows, used, found, by in (
        (first, matching.pairs, left, shift),
        (second, matching.taken, right, 0),
    ):
        for n, row in enumerate(rows):
            if n not in used and row.start is not None:
                found[row.start + by].append(n)
    for start, rows_left in left.items():
        rows_right = right.get(start, [])
        if len(rows_left) != 1 or len(rows_right) != 1:
            continue
        i, j = rows_left[0], rows_right[0]
        a, b = first[i], second[j]
        if a.ref and b.ref:
            continue
        if (
            a.unknown
            or b.unknown
            or max(similarity(*n) for n in zip(a.normal, b.normal, strict=True)) >= ALIKE
        ):
            matching.join(i, j)
    # An unknown row that was moved and retimed at once: nobody else is unknown near that moment.
    lost = _moments(first, matching.pairs, shift)
    unknown = _moments(second, matching.taken, 0)
    for moment, i in lost:
        at, end = _near(unknown, moment, NEAR)
        if end - at == 1:
            back, j = unknown[at]
            low, high = _near(lost, back, NEAR)
            if high - low == 1 and not (first[i].ref and second[j].ref):
                matching.join(i, j)


def _moments(rows: Sequence[Row], used: Iterable[int], by: int) -> list[tuple[int, int]]:
    """Start and place of the unknown rows that are left, in time."""
    skip = set(used)
    return sorted(
        (row.start + by, n)
        for n, row in enumerate(rows)
        if row.unknown and n not in skip and row.start is not None
    )


def _near(moments: Sequence[tuple[int, int]], moment: int, limit: int) -> tuple[int, int]:
    """From where to where sorted moments are at most `limit` ms from one."""
    return bisect_left(moments, (moment - limit, -1)), bisect_left(moments, (moment + limit + 1, -1))


def _match_left_over(matching: Matching, shift: int) -> None:
    """Pair what is left between the same neighbours, when artist or title is nearly the same: a track renamed.

    One row left on each side is one track whatever the starts say; of several, the starts may not contradict.
    """
    first, second = matching.first, matching.second
    for left, right in matching.gaps():
        is_alone = len(left) == len(right) == 1

        def score(i: int, j: int, is_alone: bool = is_alone) -> float:
            a, b = first[i], second[j]
            apart = _apart(a, b, shift)
            if (a.ref and b.ref) or (apart is not None and apart > SLOT and not is_alone):
                return 0.0
            return _names_alike(a, b)

        for i, j in _pairs(matching, left, right, shift, score):
            matching.join(i, j)


def _match_passed(matching: Matching) -> None:
    """Pair equal unknown rows without start beside the same neighbour, which was moved past them."""
    above_or_below = {j: i for i, j in matching.pairs.items()}
    left = [i for i, row in enumerate(matching.first) if i not in matching.pairs and row.unknown]
    for j, row in enumerate(matching.second):
        if j in matching.taken or not row.unknown or row.ref or row.start is not None:
            continue
        places = {above_or_below[n] + by for n in (j - 1, j + 1) if n in above_or_below for by in (-1, 1)}
        i = next((i for i in left if i in places and matching.first[i].value == row.value), None)
        if i is not None:
            matching.join(i, j)
            left.remove(i)


def _pairs(
    matching: Matching, left: Sequence[int], right: Sequence[int], shift: int, score: Score
) -> list[tuple[int, int]]:
    """The best pairs of one gap, however large it is."""
    if len(left) * len(right) <= FULL:
        return best_pairs(left, right, score)
    points = []
    for i, j in _candidates(matching, left, right, shift):
        found = score(i, j)
        if found > 0:
            points.append((j, -i, round(found * 1_000_000)))
    points.sort()
    places = heaviest_rising([-i for _, i, _ in points], [weight for _, _, weight in points])
    pairs = [(-points[place][1], points[place][0]) for place in places]
    rest: list[tuple[int, int]] = []
    x = y = 0
    for i, j in [*pairs, (left[-1] + 1, right[-1] + 1)]:
        after_x, after_y = bisect_left(left, i, x), bisect_left(right, j, y)
        part = left[x:after_x], right[y:after_y]
        if len(part[0]) * len(part[1]) <= FULL:
            rest += best_pairs(*part, score)
        else:
            rest += [(i, j) for i, j in zip(*part, strict=False) if score(i, j) > 0]
        x, y = after_x + 1, after_y + 1
    return pairs + rest


def _candidates(
    matching: Matching, left: Sequence[int], right: Sequence[int], shift: int
) -> set[tuple[int, int]]:
    """Rows of a large gap that start at about the same time, or share a word that few others have."""
    index: dict[str, list[int]] = defaultdict(list)
    moments = []
    for j in right:
        row = matching.second[j]
        for word in _words(row):
            index[word].append(j)
        if row.start is not None:
            moments.append((row.start, j))
    moments.sort()
    pairs: set[tuple[int, int]] = set()
    for i in left:
        row = matching.first[i]
        for word in _words(row):
            rows = index.get(word, ())
            if len(rows) <= _COMMON:
                pairs.update((i, j) for j in rows)
        if row.start is not None:
            low, high = _near(moments, row.start + shift, SLOT)
            at = bisect_left(moments, (row.start + shift, -1))
            pairs.update((i, j) for _, j in moments[max(low, at - _COMMON) : min(high, at + _COMMON)])
    return pairs


def _words(row: Row) -> set[str]:
    if row.unknown:
        return set()
    artist, title = row.normal
    return {*artist.split(), *title.split(), f"{artist} -", f"- {title}"}


def _apart(a: Row, b: Row, shift: int) -> int | None:
    """How far (ms) the starts are apart, None when one of them is not told."""
    return None if a.start is None or b.start is None else abs(a.start + shift - b.start)


def _names_alike(a: Row, b: Row) -> float:
    """How alike two names are, 0 to 1; 0 when neither artist nor title is nearly the same."""
    artist = _alike(a.artist, b.artist, a.normal[0], b.normal[0])
    title = _alike(a.title, b.title, a.normal[1], b.normal[1])
    return (artist + title) / 2 if max(artist, title) >= ALIKE else 0.0


def _alike(first: str, second: str, first_normal: str, second_normal: str) -> float:
    """How alike two names are; names that are not told are not alike."""
    if not first or not second or UNKNOWN in {first, second}:
        return 0.0
    return 1.0 if first == second else similarity(first_normal, second_normal)


class _Likely:
    """How likely two rows of one gap are the same track, 0 (never) to 1."""

    def __init__(self, matching: Matching, shift: int, *, strict: bool) -> None:
        self.first = matching.first
        self.second = matching.second
        self.shift = shift
        self.strict = strict

    def __call__(self, i: int, j: int) -> float:
        a, b = self.first[i], self.second[j]
        apart = _apart(a, b, self.shift)
        if a.ref and b.ref:
            # Two row ids that differ: the same track only when the page made its row anew.
            return 0.0 if a.unknown or b.unknown or self.strict else self.names(a, b, None)
        if self.strict:
            return 0.0 if a.unknown or b.unknown or (apart or 0) > SLOT else self.names(a, b, None)
        if a.unknown and b.unknown:
            return _by_start(apart, same=1.0, near=0.8, none=0.7)
        if _is_named(a, b) or _is_named(b, a):
            return _by_start(apart, same=0.95, near=0.6, none=0.5 if a.unknown or b.unknown else 0.75)
        found = max(self.names(a, b, apart), _same_opening(a, b))
        return found or (0.0 if apart is not None else self.without_starts(a, b))

    def without_starts(self, a: Row, b: Row) -> float:
        """No moment to go by: artist or title stayed. That tells more than a name that appeared or went."""
        alike = _names_alike(a, b)
        return 0.5 + alike / 5 if alike else 0.0

    def names(self, a: Row, b: Row, apart: int | None) -> float:
        """By name, and less so by the moment."""
        artist = similarity(a.normal[0], b.normal[0])
        is_far = apart is None or apart > SLOT
        if is_far and artist < ALIKE:
            return 0.0
        title = similarity(a.normal[1], b.normal[1])
        mean = (artist + title) / 2
        if min(artist, title) >= ALIKE:
            return 0.4 + mean / 2 + (0.1 if apart is not None and apart <= NEAR else 0.0)
        if apart is None or is_far:
            return 0.0
        # About the same moment: a correction of one name; at exactly the same start, of both.
        if max(artist, title) >= ALIKE:
            return 0.3 + mean / 2 - apart / 1e6
        if apart <= NEAR and mean >= 0.6:
            return 0.2 + mean / 2
        return 0.2 if apart == 0 else 0.0


def _same_opening(a: Row, b: Row) -> float:
    """Whether one row is a mashup whose first track the other one is: split, or joined.

    That tells more than how alike the whole names are, because the second track's name may be the longer part.
    """
    if a.opening == a.normal and b.opening == b.normal:
        return 0.0
    (artist, title), (other_artist, other_title) = a.opening, b.opening
    if similarity(title, other_title) < ALIKE:
        return 0.0
    artists = sorted((a.normal[0], b.normal[0]), key=len)
    is_same = artists[1].startswith(artists[0]) or similarity(artist, other_artist) >= ALIKE
    return 1.1 if artists[0] and is_same else 0.0


def _is_named(less: Row, more: Row) -> bool:
    """Whether the second row may be the first one with its name."""
    return less.unknown or (less.title == UNKNOWN and less.normal[0] == more.normal[0])


def _by_start(apart: int | None, *, same: float, near: float, none: float) -> float:
    if apart is None:
        return none
    if apart <= NEAR:
        return same - apart / 1e6
    return near - apart / 1e6 if apart <= SLOT else 0.0
