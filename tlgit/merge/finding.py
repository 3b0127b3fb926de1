"""What can be wrong with a merged tracklist, and the check of one field; see `verify`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from tlgit.merge.trace import comparable
from tlgit.merge.values import is_same
from tlgit.tracklist.write import render_value

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from tlgit.tracklist.fields import Kind, Value
    from tlgit.tracklist.syntax import Position

SIDES: Final = ("ours", "theirs")
_SHOWN: Final = 80


class Weight(Enum):
    """How much a finding matters."""

    ERROR = "error"
    """Something is lost, doubled or invented."""
    NOTE = "note"
    """Somebody's decision in a conflict, or something that cannot be told; nothing is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing in a merged tracklist that the merge of its sides does not explain."""

    weight: Weight
    code: str
    """`missing`, `double`, `lost`, `invented`, `back`, `order`, `comment`, `decided`, `syntax`, `list`, `unreadable`."""
    sentence: str
    side: str = ""
    """Whose text has what the merged one lacks: `ours`, `theirs`, empty for both or none."""
    position: Position | None = None
    """Where it is in the merged text; None for what is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCheck:
    """A field in the three texts, and what the merge makes of it."""

    key: str
    kind: Kind | None
    owner: str
    """`of the list`, `of 'Artist - Title'`."""
    base: Value | None
    ours: Value | None
    theirs: Value | None
    wanted: Value | None
    is_open: bool
    """Whether it is in conflict: then `wanted` tells nothing."""

    def is_same(self, first: Value | None, second: Value | None) -> bool:
        """Whether two values of this field mean the same."""
        return is_same(self.kind, first, second)

    def check(self, found: Value | None, position: Position) -> Iterator[Finding]:
        """What is wrong with the value that was found in the merged text."""
        versions = (self.base, self.ours, self.theirs)
        is_known = any(self.is_same(found, value) for value in versions)
        if (is_known and self.is_open) or (not self.is_open and self.is_same(found, self.wanted)):
            return
        what = f"{self.key} {self.owner} is {shown(found)}"
        if self.is_open:
            words = f"{what}, decided between {shown(self.ours)} and {shown(self.theirs)}"
            yield Finding(weight=Weight.NOTE, code="decided", sentence=words, position=position)
            return
        lacking = [
            side
            for side, value in zip(SIDES, versions[1:], strict=True)
            if not self.is_same(value, self.base) and not self.is_same(value, found)
        ]
        if is_known or _pieces(found) <= _pieces(*versions):
            code, words = "lost", f"{what}, although {self.told(lacking)}"
        else:
            code = "invented"
            words = f"{what}, which is in none of the versions; the merge makes it {shown(self.wanted)}"
        side = lacking[0] if len(lacking) == 1 else ""
        yield Finding(weight=Weight.ERROR, code=code, sentence=words, side=side, position=position)

    def told(self, sides: Sequence[str]) -> str:
        """What the sides did that the merged text lacks."""
        if not sides:
            return f"neither side changed {shown(self.base)}"
        who = sides[0] if len(sides) == 1 else "both sides"
        values = {"ours": self.ours, "theirs": self.theirs}
        if len(sides) == 2 and not self.is_same(self.ours, self.theirs):
            return f"both sides together make it {shown(self.wanted)}"
        value = values[sides[0]]
        return f"{who} changed {shown(self.base)} to {shown(value)}"


def _pieces(*values: Value | None) -> set[Hashable]:
    """The texts that values are made of: lines, items of lists, entries of mappings."""
    found: set[Hashable] = set()
    for value in values:
        if isinstance(value, str):
            found.update(value.splitlines())
        elif isinstance(value, tuple):
            found.update(comparable(None, child) for child in value)
        elif value is not None:
            found.update((key, comparable(None, child)) for key, child in value.items())
    return found


def shown(value: Value | None) -> str:
    """A value in a sentence, on one line and not too long."""
    if not value:
        return "nothing"
    text = repr(value) if isinstance(value, str) else render_value(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
