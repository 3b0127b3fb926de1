"""Whether texts are versions of one tracklist: git's rename detection sometimes pairs two that merely look alike."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tlgit.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tlgit.tracklist.text import Document

_LIST_ID: Final = re.compile(r"(?:/tracklist/|1001\.tl/)(?:index/)?([0-9a-z]+)")


class DifferentListsError(DataError):
    """Base, ours and theirs are not versions of one tracklist."""

    def __init__(self, sources: Sequence[str]) -> None:
        self.sources = tuple(sources)
        super().__init__(
            "these are different tracklists: " + " and ".join(repr(source) for source in sources),
            hint="git's rename detection paired two lists; merge them one by one, or keep both files",
        )


def check_same_list(*documents: Document | None) -> None:
    """Refuse lists with different sources, unless one names the other as its alias."""
    found: dict[str, str] = {}
    aliases: set[str] = set()
    for document in documents:
        if document is None:
            continue
        source = document.value.get("source")
        if isinstance(source, str) and source:
            match = _LIST_ID.search(source)
            found.setdefault(match[1] if match else source, source)
        names = document.value.get("aliases")
        aliases |= {str(name) for name in names} if isinstance(names, tuple) else set()
    if len(found) > 1 and len(found.keys() - aliases) > 1:
        raise DifferentListsError(tuple(found.values()))
