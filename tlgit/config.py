"""The shared policy of a repository, `tlgit.yaml`: one table of keys, each with a default.

Reading the file is the caller's work; here a mapping of texts becomes a frozen `Config`, or a clear refusal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, TypeAlias

from tlgit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE_NAME: Final = "tlgit.yaml"

Setting: TypeAlias = "str | tuple[Setting, ...] | Mapping[str, Setting]"


class ConfigError(UsageError):
    """A setting that is unknown or cannot be read; `key` is its full name."""

    def __init__(self, key: str, sentence: str, *, hint: str | None = None) -> None:
        self.key = key
        super().__init__(f"{FILE_NAME}: {sentence}", hint=hint)


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
)
"""Every setting there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The effective settings of a repository."""

    tracklists: tuple[str, ...] = ("tracklists/**/*.yaml",)
    cue_folder: str = "cue"
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


def parse_config(settings: Mapping[str, Setting]) -> Config:
    """Check a mapping of settings; raises `ConfigError` naming the nearest key for one that is unknown."""
    # What is left blank has its default; so has a section without keys.
    flat = {name: value for name, value in _flatten(settings, "") if value != ""}
    known = {key.name: key for key in KEYS}
    for name in flat:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean `{near[0]}`?" if near else "known are " + ", ".join(sorted(known))
            raise ConfigError(name, f"unknown setting `{name}`", hint=hint)
    defaults = Config()
    return Config(
        tracklists=_patterns("tracklists", flat.get("tracklists", defaults.tracklists)),
        cue_folder=_folder("cue.folder", flat.get("cue.folder", defaults.cue_folder)),
    )


def _flatten(settings: Mapping[str, Setting], prefix: str) -> list[tuple[str, Setting]]:
    pairs: list[tuple[str, Setting]] = []
    for key, value in settings.items():
        if isinstance(value, (str, tuple)):
            pairs.append((prefix + key, value))
        else:
            pairs += _flatten(value, f"{prefix}{key}.")
    return pairs


def _patterns(name: str, value: Setting) -> tuple[str, ...]:
    patterns = (value,) if isinstance(value, str) else tuple(value)
    if not patterns:
        raise ConfigError(name, f"`{name}` expects a list of patterns like `tracklists/**/*.yaml`")
    checked = []
    for pattern in patterns:
        if not isinstance(pattern, str) or not pattern:
            raise ConfigError(name, f"`{name}` expects a list of patterns like `tracklists/**/*.yaml`")
        if pattern.startswith("/") or ".." in pattern.split("/") or "\\" in pattern:
            raise ConfigError(name, f"`{name}`: {pattern!r} leads out of the repository")
        if not pattern.endswith((".yaml", ".yml")):
            raise ConfigError(name, f"`{name}`: {pattern!r} does not end in `.yaml`")
        checked.append(pattern)
    return tuple(checked)


def _folder(name: str, value: Setting) -> str:
    if not isinstance(value, str):
        raise ConfigError(name, f"`{name}` expects the name of a folder")
    parts = value.strip("/").split("/")
    if (
        value.startswith(("/", "~"))
        or "\\" in value
        or any(part in {"", ".", "..", ".git"} for part in parts)
    ):
        raise ConfigError(name, f"`{name}`: {value!r} is not a folder of the repository")
    return "/".join(parts)


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
