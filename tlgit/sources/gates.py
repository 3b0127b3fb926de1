"""Pages without tracks: which gate, which other page, which damage it is, and what the user can do about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tlgit.sources.address import clean_list_url
from tlgit.sources.names import clean_text
from tlgit.sources.snapshot import Refusal, RefusalKind

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_GATES: Final = (
    (
        RefusalKind.IP_LIMIT,
        (b"limited due to overuse", b"/info/unblock_ip.html", b"sent too many requests"),
        "The site has limited this address or account because of too many requests.",
        "wait some hours, then open {url} in your browser and save the page",
    ),
    (
        RefusalKind.CAPTCHA,
        (b"validate your are real human", b"validate you are a real human", b'id="csalt"', b'alt="captcha"'),
        "The site asks for a captcha instead of showing the tracklist.",
        "open {url} in your browser, answer the captcha there and save the page",
    ),
    (
        RefusalKind.INTERSTITIAL,
        (b"please wait, you will be forwa", b"turnstile-container", b"cf-chl-", b"<title>just a moment"),
        "The site shows its waiting page instead of the tracklist.",
        "open {url} in your browser, wait until the tracks are there and save the page",
    ),
)
_ERROR_TITLE: Final = re.compile(
    r"\b(?:error\s+)?(?:40[0-9]|410|429|50[0-4]|52\d)\b|\berror\b|not found|forbidden|unavailable|maintenance",
    re.IGNORECASE,
)
_SAVE_AGAIN: Final = "open the tracklist in your browser, wait until it is loaded and save the page again"


def damaged(kind: RefusalKind, sentence: str, hint: str = _SAVE_AGAIN) -> Refusal:
    """Refuse data that is broken, cut off or of another shape than expected."""
    return Refusal(kind, sentence, hint)


def recognise(data: bytes, tree: LexborHTMLParser, table: LexborNode | None) -> Refusal:
    """Say what a page without rows is: a gate, an error page, an old page, another page, or a damaged one."""
    lower = data.lower()
    canonical = tree.css_first("link[rel=canonical]")
    address = "" if canonical is None else canonical.attributes.get("href") or ""
    url = clean_list_url(address)
    for kind, signs, sentence, hint in _GATES:
        if any(sign in lower for sign in signs):
            return Refusal(kind, sentence, hint.format(url=url or "the tracklist"))
    node = tree.css_first("title")
    title = clean_text(node.text(), 100) if node is not None else ""
    if tree.css_first("tr.tlpItem") is not None:
        return damaged(RefusalKind.OLD_MARKUP, "This page was saved before 2021 and is built in another way.")
    if table is not None:
        return _without_rows(lower, table)
    cut = b"</html" not in lower
    if url is not None and cut:
        return damaged(RefusalKind.TRUNCATED, "The page is cut off before its first track.")
    if _ERROR_TITLE.search(title) and url is None:
        return Refusal(
            RefusalKind.HTTP_ERROR,
            f"The site answered with an error page ({title!a}).",
            "try again later, or open the tracklist in your browser and save the page",
        )
    if url is not None:
        gated = b"logout.html" not in lower and b"tlpitem" not in lower
        return _logged_out(url) if gated else _no_table()
    if cut and b"<html" in lower and not address:
        return damaged(RefusalKind.TRUNCATED, "The page is cut off before anything of use.")
    return damaged(
        RefusalKind.WRONG_PAGE,
        f"This is not the page of a tracklist{f' but {title!a}' if title else ''}.",
        "save the page of one tracklist, its address has the form https://www.1001tracklists.com/tracklist/…",
    )


def _without_rows(lower: bytes, table: LexborNode) -> Refusal:
    declared = clean_text(table.attributes.get("data-count"), 10)
    if b"</html" not in lower:
        return damaged(
            RefusalKind.TRUNCATED, f"The page is cut off: none of {declared or 'its'} rows are there."
        )
    if declared == "0":
        return damaged(
            RefusalKind.EMPTY, "The page lists no tracks yet.", "come back when somebody has added some"
        )
    if b"itemprop=" in lower[lower.rfind(b'id="tltab"') :] and b'"tracks"' in lower:
        return _no_table()
    if b'id="tlp_' in lower or b"data-trno" in lower or b"logout.html" in lower:
        return _no_table()
    return _logged_out(None)


def _logged_out(url: str | None) -> Refusal:
    return Refusal(
        RefusalKind.LOGGED_OUT,
        "The site shows the page without its tracks, as it does to visitors who are not logged in.",
        f"log in, open {url or 'the tracklist'} in your browser and save the page",
    )


def _no_table() -> Refusal:
    return damaged(
        RefusalKind.DRIFT,
        "The page is not built as expected: no tracks are found where they used to be.",
        "the site may have changed its pages: look for a newer tlgit, or import the text export of the list",
    )
