"""Which row of one list is which row of another.

Identity, in this order: the page's row id (`ref`); the same name; the same normalised name; then, only inside the
same gap between matched neighbours, by similarity and start; last, what is left over in such a gap, when artist or
title stayed. An unknown row (`ID - ID`) has no name: it matches by `ref`, by the same start, or by gap and start.
Position alone never matches anything.

The gaps follow the idea of patience diff (matched rows in longest increasing order are anchors); inside a gap the
best order-preserving pairing is found as in Needleman and Wunsch (1970).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tlgit.merge.names import is_unknown, normal_name, similarity, start_of, text_of
from tlgit.tracklist.fields import UNKNOWN, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

NEAR: Final = 5_000
"""Starts this close (ms) are the same moment told twice."""
SLOT: Final = 30_000
"""An unknown row that is named keeps its start at least this well (ms)."""
ALIKE: Final = 0.85
"""Artist and title at least this alike are the same track with a typo."""
_MAX_GAP: Final = 250_000
"""Pairs of one gap that are compared by name; in larger ones only equal starts count."""


@dataclass(frozen=True, slots=True)
class Row:
    """What identity needs of a track."""

    value: Mapping[str, Value]
    ref: str
    artist: str
    title: str
    start: int | None
    unknown: bool

    @property
    def name(self) -> tuple[str, str]:
        """Artist and title as written."""
        return self.artist, self.title

    @property
    def normal(self) -> tuple[str, str]:
        """Artist and title in normal form."""
        return normal_name(self.artist), normal_name(self.title)


def row_of(value: Mapping[str, Value]) -> Row:
    """The identity of one track's values."""
    title, remix = text_of(value.get("title")), text_of(value.get("remix"))
    return Row(
        value,
        text_of(value.get("ref")),
        text_of(value.get("artist")),
        f"{title} ({remix})" if remix else title,
        start_of(value),
        is_unknown(value),
    )


def rows_of(values: Iterable[Mapping[str, Value]]) -> tuple[Row, ...]:
    """The identities of a list of tracks."""
    return tuple(row_of(value) for value in values)


Pairs = dict[int, int]
"""Row numbers of the first list to row numbers of the second; each at most once."""


def align(first: Sequence[Row], second: Sequence[Row], *, strict: bool = False) -> Pairs:
    """Pair the rows of two lists.

    `strict` is for rows that both sides added: there is no common past, so a pair needs the same name
    (or nearly the same) or, for unknown rows, the same start.
    """
    pairs: Pairs = {}
    taken: set[int] = set()

    def match(key: Callable[[Row], Hashable]) -> None:
        _match_equal(first, second, key, pairs, taken)

    match(lambda row: row.ref or None)
    match(lambda row: None if row.unknown else row.name)
    match(lambda row: None if row.unknown else row.normal)
    shift = _uniform_shift(first, second, pairs)
    _match_unknown_starts(first, second, shift, pairs, taken)
    if len(pairs) < len(first) and len(taken) < len(second):
        for left, right in _gaps(first, second, pairs, taken):
            score = _Score(first, second, shift, strict=strict)
            for i, j in _best_pairs(left, right, score):
                pairs[i] = j
                taken.add(j)
        if not strict:
            _match_moved(first, second, shift, pairs, taken)
            _match_left_over(first, second, shift, pairs, taken)
    return pairs


def _match_equal(
    first: Sequence[Row],
    second: Sequence[Row],
    key: Callable[[Row], Hashable],
    pairs: Pairs,
    taken: set[int],
) -> None:
    """Pair rows with equal keys; of several with one key, those whose starts are nearest, in order."""
    right: dict[Hashable, list[int]] = defaultdict(list)
    for j, row in enumerate(second):
        if j not in taken and (k := key(row)) is not None:
            right[k].append(j)
    left: dict[Hashable, list[int]] = defaultdict(list)
    for i, row in enumerate(first):
        if i not in pairs and (k := key(row)) is not None and k in right:
            left[k].append(i)
    for k, rows in left.items():
        for i, j in _nearest(rows, right[k], first, second):
            pairs[i] = j
            taken.add(j)


def _nearest(
    left: list[int], right: list[int], first: Sequence[Row], second: Sequence[Row]
) -> Iterable[tuple[int, int]]:
    if len(left) == len(right):
        return zip(left, right, strict=True)

    def distance(i: int, j: int) -> float:
        a, b = first[i].start, second[j].start
        return 1e9 if a is None or b is None else abs(a - b)

    return _best_pairs(left, right, lambda i, j: 2 - distance(i, j) / 1e10)


def _uniform_shift(first: Sequence[Row], second: Sequence[Row], pairs: Pairs) -> int:
    """The shift (ms) that at least 80 % of the paired rows share within a second, else 0."""
    shifts = sorted(
        b - a
        for i, j in pairs.items()
        if (a := first[i].start) is not None and (b := second[j].start) is not None
    )
    if not shifts:
        return 0
    middle = shifts[len(shifts) // 2]
    close = sum(abs(shift - middle) <= 1000 for shift in shifts)
    return middle if close >= 0.8 * len(shifts) else 0


def _match_unknown_starts(
    first: Sequence[Row], second: Sequence[Row], shift: int, pairs: Pairs, taken: set[int]
) -> None:
    """Pair unknown rows without row id whose start nobody else has."""

    def once(rows: Sequence[Row], used: Iterable[int], by: int) -> dict[int, int]:
        found: dict[int, list[int]] = defaultdict(list)
        skip = set(used)
        for n, row in enumerate(rows):
            if row.unknown and row.start is not None and n not in skip:
                found[row.start + by].append(n)
        return {start: numbers[0] for start, numbers in found.items() if len(numbers) == 1}

    right = once(second, taken, 0)
    for start, i in once(first, pairs, shift).items():
        j = right.get(start)
        if j is not None and not (first[i].ref and second[j].ref):
            pairs[i] = j
            taken.add(j)


def _match_moved(
    first: Sequence[Row], second: Sequence[Row], shift: int, pairs: Pairs, taken: set[int]
) -> None:
    """Pair rows that were moved and edited at once: the same start, and artist or title nearly the same.

    An unknown row that was named elsewhere needs exactly the same start, and nobody else may have it.
    """
    left: dict[int, list[int]] = defaultdict(list)
    right: dict[int, list[int]] = defaultdict(list)
    for rows, used, found, by in ((first, pairs, left, shift), (second, taken, right, 0)):
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
        pair = [(normal_name(x), normal_name(y)) for x, y in ((a.artist, b.artist), (a.title, b.title))]
        if a.unknown or b.unknown or max(similarity(*names) for names in pair) >= ALIKE:
            pairs[i] = j
            taken.add(j)
    # An unknown row that was moved and retimed at once: nobody else is unknown near that moment.
    lost = [i for i, row in enumerate(first) if i not in pairs and row.unknown]
    unknown = [j for j, row in enumerate(second) if j not in taken and row.unknown]
    if len(lost) * len(unknown) > _MAX_GAP:
        return
    near = [(i, j) for i in lost for j in unknown if _is_near(first[i], second[j], shift)]
    left_counts, right_counts = Counter(i for i, _ in near), Counter(j for _, j in near)
    for i, j in near:
        if left_counts[i] == right_counts[j] == 1:
            pairs[i] = j
            taken.add(j)


def _match_left_over(
    first: Sequence[Row], second: Sequence[Row], shift: int, pairs: Pairs, taken: set[int]
) -> None:
    """Pair what is left between the same neighbours, when artist or title is nearly the same: a track renamed.

    One row left on each side is one track whatever the starts say; of several, the starts may not contradict.
    """
    for left, right in _gaps(first, second, pairs, taken):
        if len(left) * len(right) > _MAX_GAP:
            continue
        is_alone = len(left) == len(right) == 1

        def score(i: int, j: int, is_alone: bool = is_alone) -> float:
            a, b = first[i], second[j]
            apart = 0 if a.start is None or b.start is None else abs(a.start + shift - b.start)
            if (a.ref and b.ref) or (apart > SLOT and not is_alone):
                return 0.0
            return _names_alike(a, b)

        for i, j in _best_pairs(left, right, score):
            pairs[i] = j
            taken.add(j)


def _names_alike(a: Row, b: Row) -> float:
    """How alike two names are, 0 to 1; 0 when neither artist nor title is nearly the same."""
    alike = [_alike(*names) for names in zip(a.name, b.name, strict=True)]
    return sum(alike) / 2 if max(alike) >= ALIKE else 0.0


def _alike(first: str, second: str) -> float:
    """How alike two names are; names that are not told are not alike."""
    if not first or not second or UNKNOWN in {first, second}:
        return 0.0
    return 1.0 if first == second else similarity(normal_name(first), normal_name(second))


def _is_near(a: Row, b: Row, shift: int) -> bool:
    if a.start is None or b.start is None or (a.ref and b.ref):
        return False
    return abs(a.start + shift - b.start) <= NEAR


def longest_rising(numbers: Sequence[int]) -> list[int]:
    """Places of a longest increasing subsequence (Fredman 1975, patience sorting)."""
    tails: list[int] = []
    places: list[int] = []
    before: list[int] = []
    for place, number in enumerate(numbers):
        at = bisect_left(tails, number)
        before.append(places[at - 1] if at else -1)
        if at == len(tails):
            tails.append(number)
            places.append(place)
        else:
            tails[at], places[at] = number, place
    chain: list[int] = []
    place = places[-1] if places else -1
    while place >= 0:
        chain.append(place)
        place = before[place]
    return chain[::-1]


def _gaps(
    first: Sequence[Row], second: Sequence[Row], pairs: Pairs, taken: set[int]
) -> list[tuple[list[int], list[int]]]:
    """The unmatched rows of both lists between the same matched neighbours."""
    matched = sorted(pairs.items())
    anchors = [matched[place] for place in longest_rising([j for _, j in matched])]
    gaps = []
    before = (-1, -1)
    for anchor in [*anchors, (len(first), len(second))]:
        left = [i for i in range(before[0] + 1, anchor[0]) if i not in pairs]
        right = [j for j in range(before[1] + 1, anchor[1]) if j not in taken]
        if left and right:
            gaps.append((left, right))
        before = anchor
    return gaps


def _best_pairs(
    left: Sequence[int], right: Sequence[int], score: Callable[[int, int], float]
) -> list[tuple[int, int]]:
    """The order-preserving pairs with the greatest total score; pairs that score 0 stay apart."""
    width = len(right) + 1
    best = [[0.0] * width for _ in range(len(left) + 1)]
    scores = [[score(i, j) for j in right] for i in left]
    for x in range(len(left) - 1, -1, -1):
        row, below = best[x], best[x + 1]
        for y in range(width - 2, -1, -1):
            value = scores[x][y]
            joined = value + below[y + 1] if value > 0 else 0.0
            row[y] = max(joined, below[y], row[y + 1])
    pairs = []
    x = y = 0
    while x < len(left) and y < len(right):
        value = scores[x][y]
        if value > 0 and best[x][y] == value + best[x + 1][y + 1]:
            pairs.append((left[x], right[y]))
            x, y = x + 1, y + 1
        elif best[x][y] == best[x + 1][y]:
            x += 1
        else:
            y += 1
    return pairs


class _Score:
    """How likely two rows of one gap are the same track, 0 (never) to 1."""

    def __init__(self, first: Sequence[Row], second: Sequence[Row], shift: int, *, strict: bool) -> None:
        self.first = first
        self.second = second
        self.shift = shift
        self.strict = strict
        self.compare_names = len(first) * len(second) <= _MAX_GAP

    def __call__(self, i: int, j: int) -> float:
        a, b = self.first[i], self.second[j]
        apart = None if a.start is None or b.start is None else abs(a.start + self.shift - b.start)
        if a.ref and b.ref:
            # Two row ids that differ: the same track only when the page made its row anew.
            return 0.0 if a.unknown or b.unknown or self.strict else self.names(a, b, None)
        if self.strict:
            return 0.0 if a.unknown or b.unknown or (apart or 0) > SLOT else self.names(a, b, None)
        if a.unknown and b.unknown:
            return _by_start(apart, same=1.0, near=0.8, none=0.7)
        if _is_half_known(a, b):
            return _by_start(apart, same=0.95, near=0.6, none=0.5)
        return self.names(a, b, apart) or (0.0 if apart is not None else self.without_starts(a, b))

    def without_starts(self, a: Row, b: Row) -> float:
        """No moment to go by: artist or title stayed. That tells more than a name that appeared or went."""
        alike = _names_alike(a, b) if self.compare_names else 0.0
        return 0.5 + alike / 5 if alike else 0.0

    def names(self, a: Row, b: Row, apart: int | None) -> float:
        if not self.compare_names:
            return 0.5 if apart == 0 else 0.0
        artist = similarity(*(normal_name(row.artist) for row in (a, b)))
        title = similarity(*(normal_name(row.title) for row in (a, b)))
        mean = (artist + title) / 2
        if min(artist, title) >= ALIKE:
            return 0.4 + mean / 2 + (0.1 if apart is not None and apart <= NEAR else 0.0)
        if apart is None or apart > SLOT:
            return 0.0
        # About the same moment: a correction of one name; at exactly the same start, of both.
        if max(artist, title) >= ALIKE:
            return 0.3 + mean / 2 - apart / 1e6
        if apart <= NEAR and mean >= 0.6:
            return 0.2 + mean / 2
        return 0.2 if apart == 0 else 0.0


def _is_half_known(a: Row, b: Row) -> bool:
    """Whether one of the rows may be the other one before it was named."""
    for less, more in ((a, b), (b, a)):
        if less.unknown:
            return True
        if less.title == UNKNOWN and normal_name(less.artist) == normal_name(more.artist):
            return True
    return False


def _by_start(apart: int | None, *, same: float, near: float, none: float) -> float:
    if apart is None:
        return none
    if apart <= NEAR:
        return same - apart / 1e6
    return near - apart / 1e6 if apart <= SLOT else 0.0
