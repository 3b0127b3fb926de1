"""Where a new tracklist goes: `tracklists/<artist>/<date>-<title>.yaml`."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from slugify import slugify

from tlgit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection

    from tlgit.config import Config
    from tlgit.tracklist.model import Tracklist

MAX_SLUG: Final = 60
_APOSTROPHES: Final = (("'", ""), ("\u2019", ""), ("`", ""))
"""Left out, so that they do not cut words in two."""
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
    """Lower-case ASCII words joined with dashes, whatever the script; empty when nothing can be spelled."""
    slug: str = slugify(text[:500], max_length=limit, word_boundary=True, replacements=_APOSTROPHES)
    return f"{slug}-list" if slug in _RESERVED else slug
