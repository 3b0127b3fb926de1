"""Where a new tracklist goes: `tracklists/<artist>/<date>-<title>.yaml`."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from tlgit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection

    from tlgit.config import Config
    from tlgit.tracklist.model import Tracklist

MAX_SLUG: Final = 60
_MAX_BYTES: Final = 180
_WORDS: Final = re.compile(r"[^\W_]+")
_LETTERS: Final = {
    "ø": "o",
    "æ": "ae",
    "œ": "oe",
    "ð": "d",
    "đ": "d",
    "þ": "th",
    "ł": "l",
    "ħ": "h",
    "\u0131": "i",
}
"""Latin letters that Unicode does not take apart."""
_DATE_AT_END: Final = re.compile(r"\s*\d{4}-\d{2}-\d{2}$")
# Names that Windows keeps for devices, whatever follows the dot.
_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(10))}
)


def new_path(config: Config, tracklist: Tracklist, taken: Collection[str], list_id: str | None) -> str:
    """A path for a new list that is free on every system (case does not matter); `taken` are those in use.

    Raises UsageError when the patterns of the configuration leave no name for a new file.
    """
    folder = config.folders[0]
    artist = _slug(tracklist.artist or "", MAX_SLUG) or "various"
    title = tracklist.title
    if tracklist.artist and title.casefold().startswith(tracklist.artist.casefold()):
        title = title[len(tracklist.artist) :].lstrip(" @-") or title
    if tracklist.date:
        title = _DATE_AT_END.sub("", title)
    stem = "-".join(part for part in (tracklist.date or "", _slug(title, MAX_SLUG)) if part) or "untitled"
    used = {unicodedata.normalize("NFC", path).casefold() for path in taken}
    endings = ["", *([f"-{list_id}"] if list_id else []), *(f"-{n}" for n in range(2, 1000))]
    for ending in endings:
        path = (PurePosixPath(folder) / artist / f"{stem}{ending}.yaml").as_posix()
        if not config.is_tracklist(path):
            path = (PurePosixPath(folder) / f"{artist}-{stem}{ending}.yaml").as_posix()
        if not config.is_tracklist(path):
            break
        if path.casefold() not in used:
            return path
    raise UsageError(
        f"the setting `tracklists` has no room for a new file like {path!r}",
        hint="`tracklists/**/*.yaml` is the usual pattern",
    )


def _slug(text: str, limit: int) -> str:
    """Lower-case words joined with dashes: Latin letters without their marks, others as they are, no punctuation."""
    letters = "".join(_plain(c) for c in unicodedata.normalize("NFKC", text[:500]).casefold())
    words = _WORDS.findall(letters)
    slug = words[0][:limit] if words else ""
    for word in words[1:]:
        if len(slug) + 1 + len(word) > limit:
            break
        slug += f"-{word}"
    while len(slug.encode()) > _MAX_BYTES:
        slug = slug[:-1]
    return f"{slug}-list" if slug in _RESERVED else slug


def _plain(letter: str) -> str:
    if letter.isascii():
        return "" if letter in "'`" else letter
    if letter in "\u2018\u2019":
        return ""
    if letter in _LETTERS:
        return _LETTERS[letter]
    base = unicodedata.normalize("NFKD", letter)[0]
    return base if base.isascii() else letter
