"""Which row of one list is which row of another.

Identity, in this order: the page's row id (`ref`); the same name; the same normalised name; of several with one name
those that stand between the same neighbours, or start nearest; then, only inside the same gap between matched
neighbours, by similarity and start (`gaps`). An unknown row (`ID - ID`) has no name: it matches by `ref`, by the same
start, or by gap and start. Position alone never matches anything.

The gaps follow the idea of patience diff: matched rows in longest increasing order are anchors.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from tlgit.merge.names import is_unknown, normal_name, start_of, text_of
from tlgit.merge.rising import longest_rising
from tlgit.tracklist.fields import UNKNOWN, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    Groups = list[tuple[list[int], list[int]]]
    """Rows of both lists that belong together."""

NEAR: Final = 5_000
"""Starts this close (ms) are the same moment told twice."""
SLOT: Final = 30_000
"""An unknown row that is named keeps its start at least this well (ms)."""
FULL: Final = 2_500
"""So many pairs of rows are all compared; of more only those that have something in common."""
_NO_TITLE: Final = normal_name(UNKNOWN)
_FEW: Final = 3
"""So many starts that moved together are a shift of the list."""
_CLOSE: Final = 1_000
"""Shifts this close (ms) are one shift."""

_VERSUS: Final = re.compile(r"\s[vV][sS]\.?\s")


class Row:
    """What identity needs of a track; what costs time is worked out when it is asked for."""

    __slots__ = ("_normal", "_opening", "_start", "artist", "ref", "title", "unknown", "value")

    def __init__(self, value: Mapping[str, Value]) -> None:
        self.value = value
        self.ref = text_of(value.get("ref"))
        self.artist = text_of(value.get("artist"))
        title, remix = text_of(value.get("title")), text_of(value.get("remix"))
        self.title = f"{title} ({remix})" if remix else title
        self.unknown = is_unknown(value)
        self._start: int | None = -1
        self._normal: tuple[str, str] | None = None
        self._opening: tuple[str, str] | None = None

    @property
    def start(self) -> int | None:
        """The start in milliseconds, when there is one that can be read."""
        if self._start == -1:
            self._start = start_of(self.value)
        return self._start

    @property
    def normal(self) -> tuple[str, str]:
        """Artist and title in normal form."""
        if self._normal is None:
            self._normal = normal_name(self.artist), normal_name(self.title)
        return self._normal

    @property
    def opening(self) -> tuple[str, str]:
        """Of a mashup (`A vs. B - X vs. Y`) the normal name of its first track, else the normal name."""
        if self._opening is None:
            parts = _VERSUS.split(self.artist, maxsplit=1), _VERSUS.split(self.title, maxsplit=1)
            is_one = len(parts[1]) == 1
            self._opening = self.normal if is_one else (normal_name(parts[0][0]), normal_name(parts[1][0]))
        return self._opening

    @property
    def is_half_known(self) -> bool:
        """Whether either artist or title waits for its name: many tracks of a set may be called so."""
        return not self.unknown and UNKNOWN in {self.artist, self.title}


def rows_of(values: Iterable[Mapping[str, Value]]) -> tuple[Row, ...]:
    """The identities of a list of tracks."""
    return tuple(map(Row, values))


Pairs = dict[int, int]
"""Row numbers of the first list to row numbers of the second; each at most once."""


def align(first: Sequence[Row], second: Sequence[Row], *, strict: bool = False) -> Pairs:
    """Pair the rows of two lists.

    `strict` is for rows that both sides added: there is no common past, so a pair needs the same name
    (or nearly the same) or, for unknown rows, the same start.
    """
    matching = Matching(first, second)
    matching.match_same()
    several = matching.match_equal(_ref)
    if matching.is_open:
        matching.match_equal(_name, is_sure=strict)
    if matching.is_open:
        several += matching.match_equal(_key, is_sure=strict)
    if several:
        matching.match_several(several, is_sure=strict)
    if matching.is_open:
        # Loaded here because most merges know every row by now.
        from tlgit.merge.gaps import match_gaps  # noqa: PLC0415

        match_gaps(matching, strict=strict)
    return matching.pairs


def _ref(row: Row) -> Hashable:
    return row.ref or None


def _name(row: Row) -> Hashable:
    return None if row.unknown else (row.artist, row.title)


def _key(row: Row) -> Hashable:
    """The normal name; in which order its artists are told means nothing."""
    if row.unknown:
        return None
    artist, title = row.normal
    return " ".join(sorted(artist.split())), title


def _base_key(row: Row) -> Hashable:
    """The normal name without what stands in brackets behind the title: the version."""
    if row.unknown:
        return None
    artist, title = row.normal
    base = normal_name(row.title.partition(" (")[0])
    if not artist or not base or title != base == _NO_TITLE:
        return None
    return " ".join(sorted(artist.split())), base


def _same_values(first: Mapping[str, Value], second: Mapping[str, Value]) -> float:
    """How much of two tracks is the same, 0 to 1."""
    same = sum(second.get(key) == value for key, value in first.items())
    return 2 * same / (len(first) + len(second) or 1)


class Matching:
    """Two lists, and the pairs that are found so far."""

    def __init__(self, first: Sequence[Row], second: Sequence[Row]) -> None:
        self.first = first
        self.second = second
        self.pairs: Pairs = {}
        self.taken: set[int] = set()

    @property
    def is_open(self) -> bool:
        """Whether both lists have rows left."""
        return len(self.pairs) < len(self.first) and len(self.taken) < len(self.second)

    def join(self, i: int, j: int) -> None:
        """Take two rows for one track."""
        self.pairs[i] = j
        self.taken.add(j)

    def match_same(self) -> None:
        """Pair the named rows that stand in both lists in the same words, once in each (they are one object)."""
        right = {id(row): j for j, row in enumerate(self.second)}
        left = {id(row): i for i, row in enumerate(self.first)}
        if len(right) < len(self.second) or len(left) < len(self.first):
            return
        for key, i in left.items():
            j = right.get(key)
            if j is not None and not self.first[i].unknown:
                self.join(i, j)

    def match_equal(self, key: Callable[[Row], Hashable], *, is_sure: bool = True) -> Groups:
        """Pair rows whose key nobody else has in their lists; the value is those whose key several have.

        Unless `is_sure`, half known names count as such that several have: of them there may be more to come.
        """
        right: dict[Hashable, list[int]] = {}
        for j, row in enumerate(self.second):
            if j not in self.taken and (k := key(row)) is not None:
                right.setdefault(k, []).append(j)
        left: dict[Hashable, list[int]] = {}
        for i, row in enumerate(self.first):
            if i not in self.pairs and (k := key(row)) in right:
                left.setdefault(k, []).append(i)
        several: Groups = []
        for k, rows in left.items():
            is_weak = not is_sure and self.first[rows[0]].is_half_known
            if len(rows) == len(right[k]) == 1 and not is_weak:
                self.join(rows[0], right[k][0])
            elif self._is_untouched(rows, right[k], is_weak):
                for i, j in zip(rows, right[k], strict=True):
                    self.join(i, j)
            else:
                several.append((rows, right[k]))
        return several

    def _is_untouched(self, left: Sequence[int], right: Sequence[int], is_weak: bool) -> bool:
        """Whether rows are the same in everything, in order; weak ones need a start in it."""
        return len(left) == len(right) and all(
            self.first[i].value == self.second[j].value and not (is_weak and self.first[i].start is None)
            for i, j in zip(left, right, strict=True)
        )

    def match_several(self, groups: Groups, *, is_sure: bool) -> None:
        """Pair rows that are called the same: by start, by the neighbours that are known, by the nearest start.

        Unless `is_sure`, half known rows need about the same start, or the same neighbours where no start is told.
        """
        shift = self.shift()
        anchors = self.anchors()
        lefts, rights = [i for i, _ in anchors], [j for _, j in anchors]

        def score(i: int, j: int) -> float:
            a, b = self.first[i], self.second[j]
            gaps = abs(bisect_left(lefts, i) - bisect_left(rights, j))
            found = 2 / (1 + gaps) + _same_values(a.value, b.value)
            is_weak = not is_sure and a.is_half_known
            if a.start is None or b.start is None:
                return 0.0 if is_weak and gaps else found
            apart = abs(a.start + shift - b.start)
            if apart > SLOT:
                return 0.0 if is_weak else found + 1 / (1 + apart / NEAR)
            return found + (3 if not apart else 1 + 1 / (1 + apart / NEAR))

        for rows in groups:
            left = [i for i in rows[0] if i not in self.pairs]
            right = [j for j in rows[1] if j not in self.taken]
            if len(left) * len(right) > FULL:
                for i, j in self._by_start(left, right, shift):
                    self.join(i, j)
                continue
            # The best pair first; rows of one name may have been moved past each other.
            for found, _, i, j in sorted((-score(i, j), i + j, i, j) for i in left for j in right):
                if found and i not in self.pairs and j not in self.taken:
                    self.join(i, j)

    def _by_start(self, left: Sequence[int], right: Sequence[int], shift: int) -> Iterable[tuple[int, int]]:
        """Pair many rows of one name: those with equal starts, then the rest in order."""
        moments: dict[int | None, list[int]] = {}
        for j in reversed(right):
            moments.setdefault(self.second[j].start, []).append(j)
        pairs = {}
        for i in left:
            start = self.first[i].start
            if start is not None and moments.get(start + shift):
                pairs[i] = moments[start + shift].pop()
        rest = sorted(set(right).difference(pairs.values()))
        return [*pairs.items(), *zip((i for i in left if i not in pairs), rest, strict=False)]

    def match_elsewhere(self) -> None:
        """Pair rows that are called the same but for the version, wherever they stand, and half known ones."""
        several = self.match_equal(_base_key)
        if several:
            self.match_several(several, is_sure=True)

    def shift(self) -> int:
        """The shift (ms) that at least 80 % of the paired rows share within a second, else 0."""
        shifts = sorted(
            b - a
            for i, j in self.pairs.items()
            if (a := self.first[i].start) is not None and (b := self.second[j].start) is not None
        )
        if not shifts:
            return 0
        middle = shifts[len(shifts) // 2]
        close = sum(abs(shift - middle) <= _CLOSE for shift in shifts)
        if close < 0.8 * len(shifts):
            return 0
        return middle if len(shifts) >= _FEW or self._is_likely(middle) else 0

    def _is_likely(self, shift: int) -> bool:
        """Whether the rows that are left do not speak against a shift that only one or two rows tell."""
        left = [
            row.start for i, row in enumerate(self.first) if i not in self.pairs and row.start is not None
        ]
        right = {row.start for j, row in enumerate(self.second) if j not in self.taken}
        return sum(start + shift in right for start in left) >= sum(start in right for start in left)

    def anchors(self) -> list[tuple[int, int]]:
        """The most pairs that stand in the same order in both lists."""
        matched = sorted(self.pairs.items())
        return [matched[place] for place in longest_rising([j for _, j in matched])]

    def gaps(self) -> Groups:
        """The rows that are left of both lists between the same anchors."""
        gaps: Groups = []
        before = (-1, -1)
        for anchor in [*self.anchors(), (len(self.first), len(self.second))]:
            left = [i for i in range(before[0] + 1, anchor[0]) if i not in self.pairs]
            right = [j for j in range(before[1] + 1, anchor[1]) if j not in self.taken]
            if left and right:
                gaps.append((left, right))
            before = anchor
        return gaps


def best_pairs(
    left: Sequence[int], right: Sequence[int], score: Callable[[int, int], float]
) -> list[tuple[int, int]]:
    """The order-preserving pairs with the greatest total score (Needleman and Wunsch 1970); 0 keeps rows apart."""
    scores = [[score(i, j) for j in right] for i in left]
    width = len(right) + 1
    best = [[0.0] * width for _ in range(len(left) + 1)]
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
