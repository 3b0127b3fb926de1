"""What a merge decided, as data: the one thing that the driver, the terminal and `--json` show.

Reasons: `same` (both sides say it), `one_side` (only one changed it), `merged` (lists, lines, mappings of both),
`changed` by both, `deleted` against changed, `moved` to two places, `unsure` where it belongs.
Sides: `ours`, `theirs`, `both`, `base`, `value` (set by hand), or `open`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tlgit.merge.names import text_of
from tlgit.merge.values import is_same

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlgit.merge.slots import Slot
    from tlgit.tracklist.fields import Kind, Value

OPEN: Final = "open"
ONLY_OURS: Final = ("one_side", "ours")
ONLY_THEIRS: Final = ("one_side", "theirs")
BOTH_ALIKE: Final = ("same", "both")
CLASH: Final = ("merged", "both")
"""Reason and side of a field that both changed, when it has an inside that merges."""


class Choice(NamedTuple):
    """How somebody wants a conflict settled: by a side, or by a value of their own (None takes the field out)."""

    side: str
    value: Value | None = None


class FieldDecision(NamedTuple):
    """What became of one field that a side changed, wherever it stands."""

    key: str
    base: Value | None
    ours: Value | None
    theirs: Value | None
    reason: str
    side: str
    policy: str = ""
    value: Value | None = None
    """The value set by hand, with the side `value`."""


class Decision(NamedTuple):
    """What became of one field of the list, one field of a track, or a whole track."""

    path: str
    """`title`, `tracks[3].title` or `tracks[3]`, counted from 1 in the list that has the track, ours first."""
    name: str
    """The track in words, empty for a field of the list."""
    key: str
    """The field; empty for a whole track."""
    reason: str
    base: Value | None
    ours: Value | None
    theirs: Value | None
    """A whole track is a mapping of its fields, None where it is not there."""
    side: str
    policy: str
    """Empty when no side had to give way, else `manual`, the rule in words, or `chosen`."""
    slot: Slot | None
    track_ref: str = ""
    """The page's row id of the track, if it has one."""

    @property
    def is_open(self) -> bool:
        """Whether it waits for somebody to decide."""
        return self.side == OPEN

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits that stay the same as long as track, field and the three values do."""
        # Loaded here: only those who name conflicts need it.
        from hashlib import blake2b  # noqa: PLC0415

        track = self.track_ref or self.name
        parts = (track, self.key, self.reason, *(_canonical(v) for v in (self.base, self.ours, self.theirs)))
        return blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=6).hexdigest()


class Hunk(NamedTuple):
    """The texts between one pair of conflict markers; a track at two places has two hunks with one id."""

    id: str
    ours: str
    theirs: str
    base: str | None


def _canonical(value: Value | None) -> str:
    if isinstance(value, str) or value is None:
        return repr(value)
    if isinstance(value, tuple):
        return f"({','.join(map(_canonical, value))})"
    return "{" + ",".join(f"{key!r}:{_canonical(value[key])}" for key in sorted(value)) + "}"


def who_changed(
    kind: Kind | None, base: Value | None, ours: Value | None, theirs: Value | None, *, has_base: bool
) -> tuple[str, str] | None:
    """Which side changed a value, as reason and side; None when nobody did."""
    if is_same(kind, ours, theirs):
        return None if is_same(kind, ours, base) else BOTH_ALIKE
    if is_same(kind, ours, base) or (not has_base and not ours):
        return ONLY_THEIRS
    if is_same(kind, theirs, base) or (not has_base and not theirs):
        return ONLY_OURS
    return CLASH


def compare_values(
    base: Mapping[str, Value],
    ours: Mapping[str, Value],
    theirs: Mapping[str, Value],
    schema: Mapping[str, Kind],
) -> list[FieldDecision]:
    """The decisions about a mapping in which nothing clashes, from its values alone."""
    decisions = []
    for key in dict.fromkeys((*ours, *theirs, *base)):
        b, o, t = base.get(key), ours.get(key), theirs.get(key)
        if b == o == t:
            continue
        who = who_changed(schema.get(key), b, o, t, has_base=True)
        if who is not None:
            decisions.append(FieldDecision(key, b, o, t, *who))
    return decisions


def ref_of(value: Mapping[str, Value]) -> str:
    """The page's row id of a track."""
    return text_of(value.get("ref"))
