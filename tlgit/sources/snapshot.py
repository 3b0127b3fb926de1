"""What a source said once: a Snapshot, or a Refusal that says why nothing may be taken from it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Final, Literal, TypeAlias

from tlgit.tracklist.model import Tracklist  # noqa: TC001  (part of the public shape: dataclass field)

PARSER_VERSION: Final = 1
"""Raised whenever the same bytes would give another tracklist; kept with every commit of a source's words."""

Road: TypeAlias = Literal["page", "export", "text", "sheet", "detection"]
"""`page` knows everything the site shows; all others are weak: they know less."""


class RefusalKind(Enum):
    """Why nothing was taken; the second value is the exit code: 5 the source blocks, 3 the data is bad."""

    INTERSTITIAL = ("interstitial", 5)
    IP_LIMIT = ("ip_limit", 5)
    CAPTCHA = ("captcha", 5)
    LOGGED_OUT = ("logged_out", 5)
    HTTP_ERROR = ("http_error", 5)
    DECOY = ("decoy", 5)
    WRONG_PAGE = ("wrong_page", 3)
    EMPTY = ("empty", 3)
    TRUNCATED = ("truncated", 3)
    DRIFT = ("drift", 3)
    OLD_MARKUP = ("old_markup", 3)
    NOT_EXPORT = ("not_export", 3)
    NOT_TEXT = ("not_text", 3)
    TOO_BIG = ("too_big", 3)
    TOO_DEEP = ("too_deep", 3)
    DAMAGED = ("damaged", 3)
    VANISHED = ("vanished", 5)
    MOVED = ("moved", 3)
    WRONG_LIST = ("wrong_list", 3)
    UNREACHABLE = ("unreachable", 5)
    BLOCKED = ("blocked", 5)

    def __init__(self, label: str, exit_code: int) -> None:
        self.label = label
        self.exit_code = exit_code


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing of this may be written: one sentence for the user, and what to do."""

    kind: RefusalKind
    sentence: str
    hint: str

    @property
    def exit_code(self) -> int:
        """5 when the source blocks or lies, 3 when the data is damaged or something else."""
        return self.kind.exit_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A tracklist as a source showed it at one moment, complete and plausible in itself."""

    tracklist: Tracklist
    list_id: str | None
    """The id of the list; None only for a text export without its last line."""
    aliases: tuple[str, ...] = ()
    """Other ids that the page uses for itself."""
    url: str | None = None
    last_edit: str | None = None
    """The page's own time of the last edit, UTC: `2026-06-12 21:40:05`."""
    captured: int | None = None
    """When the page was served, in seconds since 1970, by the server's clock."""
    road: Road = "page"
    source: str = "1001tracklists"
    """Who says it: the name in `Tlgit-Source` and in the branch of every other source."""
    identified: frozenset[str] = frozenset()
    """The `ref` of every row that the site marks as identified."""
    rows: int = 0
    """How many rows the source declares, parts of mashups included."""
    warnings: tuple[str, ...] = ()
    parser_version: int = field(default=PARSER_VERSION)

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) over what was read, never over bytes: a page differs on every load.

        Points, plays, views, watchers, tokens, times of serving and editing are not part of it.
        """
        content = {"list": asdict(self.tracklist), "identified": sorted(self.identified), "id": self.list_id}
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
