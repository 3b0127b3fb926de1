"""Names as the site writes them: cleaning, splitting, and a form in which two spellings compare equal."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MAX_TEXT: Final = 500
"""Longer artists, titles, labels and headers are cut: no real one comes near."""

_CONTROL: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_CREDIT: Final = re.compile(r" ?\((?:co-)?prod\. by [^()]*\)", re.IGNORECASE)
_COUNTRY: Final = re.compile(r" ?\([A-Z]{2,3}\)")
_WORD: Final = re.compile(r"[^\W_]+")


def clean_text(raw: str | None, limit: int = MAX_TEXT) -> str:
    """Give NFC text on one line, white space runs as single spaces, without control characters, cut at `limit`."""
    if not raw:
        return ""
    text = raw[: limit * 8]
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    text = " ".join(_CONTROL.sub(" ", text).split())
    return text if len(text) <= limit else text[:limit].rstrip()


def clean_visible(raw: str | None) -> str:
    """Clean a name that was put together from many elements: no space inside parentheses, credits left out."""
    text = clean_text(raw, 2 * MAX_TEXT).replace("( ", "(").replace(" )", ")")
    return clean_text(_CREDIT.sub("", text), 2 * MAX_TEXT) if "rod. by " in text else text


def split_name(name: str) -> tuple[str | None, str]:
    """Split `Artist - Title` at the first ` - `; a name without one is a title."""
    artist, dash, title = name.partition(" - ")
    if not dash:
        return None, clean_text(name)
    return clean_text(artist) or None, clean_text(title)


def compare_form(name: str) -> str:
    """Give the form in which two spellings of one name are equal: no case, punctuation, credits, country tags."""
    text = _COUNTRY.sub("", _CREDIT.sub("", name[: 4 * MAX_TEXT]))
    text = unicodedata.normalize("NFKC", text).casefold()
    return "".join(_WORD.findall(text))


def latin_words(text: str) -> set[str]:
    """Give the words of a name as an address would spell them: ASCII, lower case, without accents."""
    plain = unicodedata.normalize("NFKD", text[: 4 * MAX_TEXT]).encode("ascii", "ignore").decode().lower()
    return set(re.findall(r"[a-z0-9]+", plain.replace("'", "").replace("$", "s")))


def loses_letters(text: str) -> bool:
    """Whether `latin_words` cannot spell this text: other scripts, and letters like `ø` that have no accent to drop."""
    plain = text if text.isascii() else unicodedata.normalize("NFKD", text)
    return any(character.isalpha() and not character.isascii() for character in plain)
