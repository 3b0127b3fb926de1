"""When two names mean the same: normal forms for exact matches, similarity for near ones."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from tlgit.tracklist.fields import UNKNOWN, Value
from tlgit.tracklist.time import TimeFormatError, parse_time

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_COMPARED: Final = 500
"""Names are compared by their first characters only, so that nobody's title costs minutes."""

_AND: Final = re.compile(r"\s+(?:and|und|et|vs\.?|x)\s+")
_FEAT: Final = re.compile(r"\b(?:featuring|feat|ft)\b\.?")
_PUNCTUATION: Final = re.compile(r"[^\w]+")


def text_of(value: Value | None) -> str:
    """A scalar's text; the empty text for anything that is none."""
    return value if isinstance(value, str) else ""


def normal_name(text: str) -> str:
    """A name without what people write differently: case, accents, punctuation, `&`/and, feat./ft."""
    text = text[:MAX_COMPARED].casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in text if not unicodedata.combining(c))
    text = _FEAT.sub(" ft ", text.replace("&", " and "))
    return _PUNCTUATION.sub(" ", _AND.sub(" ", text)).strip()


def is_unknown(value: Mapping[str, Value]) -> bool:
    """Whether a row is `ID - ID`, or has neither artist nor title."""
    return (text_of(value.get("artist")) or UNKNOWN) == UNKNOWN and (
        text_of(value.get("title")) or UNKNOWN
    ) == UNKNOWN


def start_of(value: Mapping[str, Value]) -> int | None:
    """The row's start in milliseconds, None when there is none that can be read."""
    text = text_of(value.get("start"))
    if not text:
        return None
    try:
        return parse_time(text)
    except TimeFormatError:
        return None


def similarity(first: str, second: str) -> float:
    """How alike two normal names are, 0 to 1, whatever the order of their words (token sort ratio)."""
    # Loaded here because most merges never compare names that differ, and the import costs 12 ms.
    from rapidfuzz.fuzz import token_sort_ratio  # noqa: PLC0415

    return token_sort_ratio(first, second) / 100


def track_name(value: Mapping[str, Value]) -> str:
    """A track in words: `Artist - Title`, `ID` for what nobody knows."""
    return " - ".join(str(value.get(key) or UNKNOWN) for key in ("artist", "title"))
