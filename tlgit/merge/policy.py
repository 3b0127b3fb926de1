"""Which side a conflict goes to, by the policy of its field; what no policy settles stays open.

A rule names fields by a pattern: `title` is a field of the list, `tracks.start` a field of a track, `tracks` a whole
track (deleted against changed, moved to two places). `*` stands for any characters. The most specific rule decides:
the exact name, then the one with the most characters beside `*`; of two equal ones the later.

`ours` and `theirs` are git's sides, which git swaps in a rebase. No other policy knows them: the same two values give
the same result whichever side they stand on.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from tlgit.tracklist.fields import LIST_FIELDS, TRACK_FIELDS, Kind
from tlgit.tracklist.time import TimeFormatError, parse_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlgit.tracklist.fields import Value

Choice: TypeAlias = Literal["ours", "theirs", "both"]
"""The side that a conflict goes to; `both` is the union of the two."""

TRACKS: Final = "tracks"
"""The name of a whole track in a pattern."""


class Policy(Enum):
    """How a conflict of a field is settled."""

    MANUAL = "manual"
    """Not at all: it stays open."""
    OURS = "ours"
    THEIRS = "theirs"
    NEWEST = "newest"
    """By the side that changed the field last."""
    HIGHEST_CONFIDENCE = "highest_confidence"
    """By the side whose value has the more trusted source."""
    WITHIN = "within"
    """Two times that are close to each other are none: the earlier one."""
    UNION = "union"
    """Everything that stands in one of the two lists or texts."""


class Rule(NamedTuple):
    """The policy of all fields that a pattern names."""

    pattern: str
    policy: Policy
    within: int = 0
    """How far apart two times may be, in milliseconds, for `within`."""
    line: int = 0
    """Where the rule stands in `tlgit.yaml`, counted from 1; 0 for the default."""

    @property
    def is_exact(self) -> bool:
        """Whether the pattern is the name of one field."""
        return "*" not in self.pattern

    @property
    def words(self) -> str:
        """The policy as it is written: `theirs`, `within 2s`."""
        return f"within {render_span(self.within)}" if self.policy is Policy.WITHIN else self.policy.value


DEFAULT: Final = Rule("*", Policy.MANUAL)
"""What decides a conflict that no rule names: people."""


class Origin(NamedTuple):
    """Where a side's value comes from; None is not known."""

    time: int | None
    """When that side last changed the field, in seconds since 1970."""
    confidence: float | None
    """How sure its source is, 0 to 1."""


class Policies(NamedTuple):
    """The rules of a repository, in the order of their lines."""

    rules: tuple[Rule, ...] = ()

    def rule_for(self, field: str) -> Rule:
        """The rule that decides a conflict of `title`, `tracks.start` or `tracks`."""
        return next((rule for rule in self.matching(field) if fits(rule.policy, field)), DEFAULT)

    def matching(self, field: str) -> tuple[Rule, ...]:
        """All rules whose pattern names the field, the most specific first; also those whose policy does not fit."""
        found = [(n, rule) for n, rule in enumerate(self.rules) if matches(rule.pattern, field)]
        found.sort(key=lambda pair: (pair[1].is_exact, _literals(pair[1].pattern), pair[0]), reverse=True)
        return tuple(rule for _, rule in found)


def _literals(pattern: str) -> int:
    return len(pattern) - pattern.count("*")


def matches(pattern: str, field: str) -> bool:
    """Whether a pattern names a field."""
    first, *middle = pattern.split("*")
    if not middle:
        return pattern == field
    last = middle.pop()
    if len(field) < len(first) + len(last) or not field.startswith(first) or not field.endswith(last):
        return False
    at, end = len(first), len(field) - len(last)
    for piece in middle:
        found = field.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


_TIMES: Final = frozenset({Kind.TIME, Kind.OFFSET})
_UNITED: Final = frozenset({Kind.SET, Kind.MULTILINE, None})


def kind_of(field: str) -> Kind | None:
    """The kind of a field by its name in patterns; None for a whole track and for keys that the schema does not name."""
    head, dot, key = field.partition(".")
    return TRACK_FIELDS.get(key) if dot and head == TRACKS else LIST_FIELDS.get(field)


def fits(policy: Policy, field: str) -> bool:
    """Whether a policy can settle anything about a field."""
    if field == TRACKS:
        return policy in {Policy.MANUAL, Policy.OURS, Policy.THEIRS}
    if policy is Policy.WITHIN:
        return kind_of(field) in _TIMES
    if policy is Policy.UNION:
        return kind_of(field) in _UNITED
    return True


def settle(
    rule: Rule,
    kind: Kind | None,
    ours: Value | None,
    theirs: Value | None,
    origins: Callable[[], tuple[Origin, Origin] | None],
) -> Choice | None:
    """The side that a conflict between two values goes to; None when it stays open.

    `origins` is asked only by the policies that need it; None where nobody can tell. Ties stay open, and so does
    what is not known.
    """
    policy = rule.policy
    if policy is Policy.OURS:
        return "ours"
    if policy is Policy.THEIRS:
        return "theirs"
    if policy is Policy.WITHIN:
        return _earlier(rule.within, ours, theirs) if kind in _TIMES else None
    if policy is Policy.UNION:
        return _union(kind, ours, theirs)
    if policy is Policy.MANUAL or (found := origins()) is None:
        return None
    if policy is Policy.NEWEST:
        return _greater(found[0].time, found[1].time)
    return _greater(found[0].confidence, found[1].confidence)


def _greater(ours: float | None, theirs: float | None) -> Choice | None:
    if ours is None or theirs is None or ours == theirs:
        return None
    return "ours" if ours > theirs else "theirs"


def _earlier(within: int, ours: Value | None, theirs: Value | None) -> Choice | None:
    """The earlier of two times that are near: a cue a moment early never cuts the first beat."""
    if not isinstance(ours, str) or not isinstance(theirs, str):
        return None
    try:
        first, second = parse_time(ours, signed=True), parse_time(theirs, signed=True)
    except TimeFormatError:
        return None
    if abs(first - second) > within:
        return None
    # Of two forms of one time always the same one.
    return "ours" if (first, len(ours), ours) <= (second, len(theirs), theirs) else "theirs"


def _union(kind: Kind | None, ours: Value | None, theirs: Value | None) -> Choice | None:
    if kind not in _UNITED:
        return None
    if (
        _can_unite(kind, ours)
        and _can_unite(kind, theirs)
        and isinstance(ours, str) == isinstance(theirs, str)
    ):
        return "both"
    # Nothing on one side: the union is the other one.
    if not ours and _can_unite(kind, theirs):
        return "theirs"
    return "ours" if not theirs and _can_unite(kind, ours) else None


def _can_unite(kind: Kind | None, value: Value | None) -> bool:
    if isinstance(value, str):
        return kind is Kind.MULTILINE and value != ""
    return isinstance(value, tuple) and value != () and all(isinstance(text, str) for text in value)


UNITS: Final = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
"""The units of a time span, in milliseconds."""


def parse_span(text: str) -> int | None:
    """A time span like `2s`, `500ms`, `36h`, `7d` in milliseconds; None when it is none, or zero."""
    number = text.strip().rstrip("mshdw")
    unit = UNITS.get(text.strip()[len(number) :])
    whole, dot, fraction = number.strip().partition(".")
    if unit is None or not number.isascii() or not whole.isdecimal() or len(whole) > 6:
        return None
    if dot and not (fraction.isdecimal() and len(fraction) <= 3):
        return None
    span = int(whole) * unit + int(fraction.ljust(3, "0") or "0") * unit // 1000
    return span or None


def render_span(span: int) -> str:
    """Write milliseconds with the largest unit that leaves no fraction: `2s`, `1500ms`, `7d`."""
    unit = max((name for name in UNITS if name != "w" and span % UNITS[name] == 0), key=UNITS.__getitem__)
    return f"{span // UNITS[unit]}{unit}"


def read_policies(data: bytes) -> Policies:
    """The rules in the bytes of a `tlgit.yaml`, whatever else stands there; free of cost where there are none.

    Raises `TracklistSyntaxError` or `ConfigError` when they cannot be read.
    """
    # A key in double quotes could spell the word with escapes.
    lines = data.splitlines() if b"merge" in data or b"\\" in data else ()
    if not any((b"merge" in line or b"\\" in line) and line.lstrip()[:1] != b"#" for line in lines):
        return Policies()
    # Loaded here: most repositories have no rules, and the merge driver starts once per file.
    from tlgit.merge.rules import rules_of  # noqa: PLC0415

    return rules_of(data)
