"""Which tracks three lists have in common: every track once, with its place in each list."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from tlgit.merge.align import Pairs, Row, align

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence


class Slot(NamedTuple):
    """One track: its place in each list, None where it is not there."""

    base: int | None
    ours: int | None
    theirs: int | None


class Sides(NamedTuple):
    """The rows of the three lists; `base` is None when there is no common past."""

    base: Sequence[Row]
    ours: Sequence[Row]
    theirs: Sequence[Row]


def match_slots(sides: Sides) -> tuple[Slot, ...]:
    """Find every track of the three lists, each once."""
    to_ours = align(sides.base, sides.ours)
    to_theirs = align(sides.base, sides.theirs)
    _settle_unknown(sides.base, sides.ours, to_ours, sides.theirs, to_theirs)
    _settle_unknown(sides.base, sides.theirs, to_theirs, sides.ours, to_ours)
    slots = [Slot(b, to_ours.get(b), to_theirs.get(b)) for b in range(len(sides.base))]
    known_ours, known_theirs = set(to_ours.values()), set(to_theirs.values())
    new_ours = [o for o in range(len(sides.ours)) if o not in known_ours]
    new_theirs = [t for t in range(len(sides.theirs)) if t not in known_theirs]
    both = align([sides.ours[o] for o in new_ours], [sides.theirs[t] for t in new_theirs], strict=True)
    paired = {new_ours[i]: new_theirs[j] for i, j in both.items()}
    shared = {o: to_theirs[b] for b, o in to_ours.items() if b in to_theirs} | paired
    paired |= _same_in_gap(sides, shared, new_ours, new_theirs)
    slots += [Slot(None, o, paired.get(o)) for o in new_ours]
    known_theirs = set(paired.values())
    slots += [Slot(None, None, t) for t in new_theirs if t not in known_theirs]
    return tuple(slots)


def _same_in_gap(sides: Sides, shared: Pairs, new_ours: Sequence[int], new_theirs: Sequence[int]) -> Pairs:
    """Unknown rows without row id and start that both sides added alike between the same two tracks, in order."""
    right: dict[Hashable, list[int]] = defaultdict(list)
    for key, t in _bare_rows(sides.theirs, new_theirs, {t: o for o, t in shared.items()}):
        right[key].append(t)
    if not right:
        return {}
    left = _bare_rows(sides.ours, new_ours, {o: o for o in shared})
    return {o: right[key].pop(0) for key, o in left if right.get(key)}


def _bare_rows(
    rows: Sequence[Row], added: Sequence[int], shared: Mapping[int, int]
) -> list[tuple[Hashable, int]]:
    """Added rows that only their gap and their content can tell, with both; `shared` names a gap's neighbours."""
    is_bare = [row.unknown and not row.ref and row.start is None for row in rows]
    bare = [n for n in added if is_bare[n] and n not in shared]
    if not bare:
        return []
    places = sorted(shared)
    result: list[tuple[Hashable, int]] = []
    for n in bare:
        at = bisect_left(places, n)
        above = shared[places[at - 1]] if at else None
        below = shared[places[at]] if at < len(places) else None
        content = repr(sorted((key, value) for key, value in rows[n].value.items() if value))
        result.append(((above, below, content), n))
    return result


def _settle_unknown(
    base: Sequence[Row], side: Sequence[Row], pairs: Pairs, other: Sequence[Row], other_pairs: Pairs
) -> None:
    """Identical unknown rows are interchangeable: let a deletion fall on one that the other side left alone."""
    for group in _same_unknown(base):
        kept = [b for b in group if b in pairs]
        if not kept or len(kept) == len(group) or any(side[pairs[b]].value != base[b].value for b in kept):
            continue

        def is_changed(b: int) -> bool:
            return b in other_pairs and other[other_pairs[b]].value != base[b].value

        wanted = sorted(
            sorted(group, key=lambda b: (not is_changed(b), b not in other_pairs, b))[: len(kept)]
        )
        targets = [pairs.pop(b) for b in kept]
        pairs.update(zip(wanted, targets, strict=True))


def _same_unknown(rows: Sequence[Row]) -> Iterable[list[int]]:
    """Runs of unknown rows with equal values, with only each other and nothing named between them."""
    group: list[int] = []
    for n, row in enumerate(rows):
        if group and row.unknown and not row.ref and row.value == rows[group[0]].value:
            group.append(n)
            continue
        if len(group) > 1:
            yield group
        group = [n] if row.unknown and not row.ref else []
    if len(group) > 1:
        yield group
