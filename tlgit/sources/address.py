"""Addresses and ids of 1001tracklists: text in, ids and links out; nothing is ever fetched from here."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

SITE: Final = "www.1001tracklists.com"

_HOSTS: Final = frozenset({SITE, "1001tracklists.com"})
_SHORT_HOSTS: Final = frozenset({"1001.tl", "www.1001.tl"})
_ID: Final = re.compile(r"[a-z0-9]{6,10}")
_OLD_ID: Final = re.compile(r"(\d{1,9})_[^/\s]{1,300}")
_FULL: Final = re.compile(r"https://www\.1001tracklists\.com/tracklist/[!-~]{1,400}")
_MAX_URL: Final = 2000


def is_list_id(text: str) -> bool:
    """Whether the text has the form of a list id: 7 or 8 of `[a-z0-9]` today, digits before about 2018."""
    return _ID.fullmatch(text) is not None or (text.isascii() and text.isdigit() and len(text) < 10)


def list_id_of(url: str) -> str | None:
    """Give the list id that an address names, or None when it names no tracklist.

    Read are `…/tracklist/<id>/<slug>.html`, the old `…/tracklist/<number>_<slug>.html`, `1001.tl/<id>`,
    each with or without a scheme and with any query or `#tlp_…` anchor behind it. Short links are also used for
    artists and events, in ids of 6 characters: those are no lists.
    """
    text = url.strip()
    if len(text) > _MAX_URL:
        return None
    if text.startswith("//"):
        text = "https:" + text
    elif "://" not in text:
        text = "https://" + text
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or port not in {None, 80, 443} or "@" in parts.netloc:
        return None
    steps = [step for step in parts.path.split("/") if step]
    if host in _SHORT_HOSTS and len(steps) == 1:
        return steps[0] if len(steps[0]) > 6 and is_list_id(steps[0]) else None
    if host not in _HOSTS or len(steps) < 2 or steps[0] != "tracklist":
        return None
    old = _OLD_ID.fullmatch(steps[1])
    if old is not None:
        return old[1]
    return steps[1] if is_list_id(steps[1]) else None


def clean_list_url(url: str) -> str | None:
    """Give the full https address of a list without query and anchor, or None when it is not one."""
    if list_id_of(url) is None:
        return None
    text = url.strip().partition("#")[0].partition("?")[0]
    path = text[text.index("/tracklist/") :] if "/tracklist/" in text else ""
    full = f"https://{SITE}{path}"
    return full if path and _FULL.fullmatch(full) else None


def short_link(list_id: str) -> str:
    """Give the short address of a list, as the site itself prints it."""
    return f"https://1001.tl/{list_id}"
