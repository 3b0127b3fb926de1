"""The shared policy of a repository, `tlgit.yaml`: one table of keys, each with a default.

The bytes of the file become a frozen `Config`, or a clear refusal with line and column of the very key or value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias, get_args

from yaml.nodes import MappingNode, SequenceNode

from tlgit.merge.policy import Policies, parse_span
from tlgit.merge.rules import (
    FILE_NAME,
    SECTION,
    ConfigError,
    Named,
    nearest,
    parse_rules,
    place_of,
    quoted,
    read_root,
    top_of,
)
from tlgit.tracklist.syntax import value_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from yaml.nodes import Node

    from tlgit.tracklist.fields import Value

__all__ = [
    "FILE_NAME",
    "KEYS",
    "Config",
    "ConfigError",
    "Expiry",
    "Given",
    "Key",
    "Setting",
    "read_config",
]

Setting: TypeAlias = "Value"

Expiry: TypeAlias = Literal["ours", "theirs", "keep"]
"""What happens to a review that nobody decides: the user's values, the waiting ones, or go on waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One setting: its full name, its default as text, and what it is for."""

    name: str
    default: Setting
    meaning: str


KEYS: Final = (
    Key(
        name="tracklists",
        default=("tracklists/**/*.yaml",),
        meaning="Which files are tracklists: a list of patterns; `**` stands for any folders.",
    ),
    Key(
        name="cue.folder",
        default="cue",
        meaning="The folder of the CUE sheets, ignored by git.",
    ),
    Key(
        name="sync.threshold",
        default="0.9",
        meaning="How sure tlgit has to be of a change to take it by itself, 0 to 1; the rest waits for you.",
    ),
    Key(
        name=SECTION,
        default={},
        meaning="Who wins where both sides changed a field, like `tracks.label: theirs`; else you decide.",
    ),
    Key(
        name="review.timeout",
        default="7d",
        meaning="How long a review waits for you: `7d`, `36h`, `never`.",
    ),
    Key(
        name="review.on_timeout",
        default="ours",
        meaning="What happens then: `ours` keeps your values, `theirs` takes the waiting ones, `keep` goes on waiting.",
    ),
)
"""Every setting there is."""


class Given(NamedTuple):
    """A setting that the file names: its text, and the line of its key counted from 1."""

    value: Setting
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The effective settings of a repository."""

    tracklists: tuple[str, ...] = ("tracklists/**/*.yaml",)
    cue_folder: str = "cue"
    threshold: float = 0.9
    """The confidence from which on a change is taken without asking."""
    policies: Policies = field(default_factory=Policies)
    review_timeout: int | None = 7 * 24 * 3600
    """Seconds that a review waits before `on_timeout` happens; None for ever."""
    on_timeout: Expiry = "ours"
    given: Mapping[str, Given] = field(default_factory=dict, repr=False, compare=False)
    """What the file itself says, by full names; the policies have their own lines."""
    _pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Translate the patterns once."""
        joined = "|".join(_translate(pattern) for pattern in self.tracklists)
        object.__setattr__(self, "_pattern", re.compile(joined))

    def is_tracklist(self, path: str) -> bool:
        """Whether the file at this path below the repository is a tracklist."""
        name = path.rpartition("/")[2]
        # Names that start with a dot are the temporary files and locks of editors.
        return path != FILE_NAME and name[:1] != "." and self._pattern.fullmatch(path) is not None

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders below which tracklists can be; an empty name is the whole repository."""
        return tuple(dict.fromkeys(_fixed_part(pattern) for pattern in self.tracklists))


def read_config(data: bytes) -> Config:
    """Read `tlgit.yaml`; raises `TracklistSyntaxError` or `ConfigError`, naming line and column."""
    root = read_root(data)
    if root is None:
        return Config()
    sections = [named for named in top_of(root) if named.name.split(".")[0] == SECTION]
    found: dict[str, Named] = {}
    for named in _flatten(named for named in top_of(root) if named not in sections):
        if named.name in found:
            first = place_of(found[named.name].key).line
            raise _error(named, f"`{named.name}` stands twice, first in line {first}", "keep one of the two")
        _check_known(named)
        found[named.name] = named
    # What is left blank has its default.
    found = {name: named for name, named in found.items() if value_of(named.node) != ""}
    defaults = Config()
    return Config(
        tracklists=_patterns(found.get("tracklists")) or defaults.tracklists,
        cue_folder=_folder(found.get("cue.folder")) or defaults.cue_folder,
        threshold=_threshold(found.get("sync.threshold"), defaults.threshold),
        policies=parse_rules(sections),
        review_timeout=_timeout(found.get("review.timeout"), defaults.review_timeout),
        on_timeout=_expiry(found.get("review.on_timeout")) or defaults.on_timeout,
        given={name: Given(value_of(n.node), place_of(n.key).line) for name, n in found.items()},
    )


def _flatten(settings: Iterable[Named]) -> Iterable[Named]:
    """The settings with their full names; a section without keys is none."""
    for named in settings:
        if isinstance(named.node, MappingNode):
            yield from _flatten(
                Named(f"{named.name}.{value_of(key)}", key, node) for key, node in named.node.value
            )
        else:
            yield named


def _check_known(named: Named) -> None:
    known = [key.name for key in KEYS]
    name = named.name
    if name in known:
        return
    below = [key for key in known if key.startswith(f"{name}.")]
    if below and value_of(named.node) == "":
        return
    if below:
        raise _error(named, f"{quoted(name)} expects settings below it", f"like `{below[0]}`", at=named.node)
    near = nearest(name, known)
    hint = f"did you mean `{near}`?" if near else "known are " + ", ".join(sorted(known))
    raise _error(named, f"unknown setting {quoted(name)}", hint)


def _error(named: Named, sentence: str, hint: str | None = None, *, at: Node | None = None) -> ConfigError:
    return ConfigError(named.name, sentence, position=place_of(at or named.key), hint=hint)


def _patterns(named: Named | None) -> tuple[str, ...]:
    if named is None:
        return ()
    nodes = named.node.value if isinstance(named.node, SequenceNode) else [named.node]
    expected = f"`{named.name}` expects a list of patterns like `tracklists/**/*.yaml`"
    if not nodes:
        raise _error(named, expected, at=named.node)
    checked = []
    for node in nodes:
        pattern = value_of(node)
        if not isinstance(pattern, str) or not pattern:
            raise _error(named, expected, at=node)
        if pattern.startswith("/") or ".." in pattern.split("/") or "\\" in pattern:
            raise _error(named, f"`{named.name}`: {pattern!r} leads out of the repository", at=node)
        if not pattern.endswith((".yaml", ".yml")):
            raise _error(named, f"`{named.name}`: {pattern!r} does not end in `.yaml`", at=node)
        checked.append(pattern)
    return tuple(checked)


def _text(named: Named, expected: str) -> str:
    value = value_of(named.node)
    if not isinstance(value, str):
        raise _error(named, f"`{named.name}` expects {expected}", at=named.node)
    return value.strip()


def _folder(named: Named | None) -> str | None:
    if named is None:
        return None
    value = _text(named, "the name of a folder")
    parts = value.strip("/").split("/")
    if (
        value.startswith(("/", "~"))
        or "\\" in value
        or any(part in {"", ".", "..", ".git"} for part in parts)
    ):
        raise _error(named, f"`{named.name}`: {value!r} is not a folder of the repository", at=named.node)
    return "/".join(parts)


_NUMBER: Final = re.compile(r"[01]|0?\.\d{1,6}|1\.0{1,6}")


def _threshold(named: Named | None, default: float) -> float:
    if named is None:
        return default
    expected = "a number from 0 to 1, like 0.9"
    value = _text(named, expected)
    if not value.isascii() or _NUMBER.fullmatch(value) is None:
        raise _error(named, f"`{named.name}` expects {expected}, not {value!r}", at=named.node)
    return float(value)


def _timeout(named: Named | None, default: int | None) -> int | None:
    if named is None:
        return default
    expected = "a time span like `7d` or `36h`, or `never`"
    value = _text(named, expected)
    if value == "never":
        return None
    seconds = (parse_span(value) or 0) // 1000
    if seconds == 0:
        raise _error(named, f"`{named.name}` expects {expected}, not {value!r}", at=named.node)
    return seconds


def _expiry(named: Named | None) -> Expiry | None:
    if named is None:
        return None
    known: tuple[Expiry, ...] = get_args(Expiry)
    value = _text(named, "`ours`, `theirs` or `keep`")
    for word in known:
        if word == value:
            return word
    near = nearest(value, known)
    sentence = f"`{named.name}` expects `ours`, `theirs` or `keep`, not {value!r}"
    raise _error(named, sentence, f"did you mean `{near}`?" if near else None, at=named.node)


def _translate(pattern: str) -> str:
    """A pattern as a regular expression: `**/` any folders, `*` and `?` inside one name."""
    result = ""
    for piece in re.split(r"(\*\*/|\*|\?)", pattern):
        result += {"**/": "(?:[^/]+/)*", "*": "[^/]*", "?": "[^/]"}.get(piece, re.escape(piece))
    return result


def _fixed_part(pattern: str) -> str:
    """The folders in front of the first wildcard."""
    parts = pattern.split("/")[:-1]
    fixed = []
    for part in parts:
        if "*" in part or "?" in part:
            break
        fixed.append(part)
    return "/".join(fixed)
