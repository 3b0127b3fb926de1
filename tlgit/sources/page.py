"""A saved or fetched page of 1001tracklists.com, generations B (2021) to D (2026): bytes in, Snapshot or Refusal out.

Tracks are looked for first, gates only when there are none: a complete page may carry parts of a gate. A page that is
not whole, not consistent with itself or not honest gives nothing at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from selectolax.lexbor import LexborHTMLParser

from tlgit.sources.address import clean_list_url, is_list_id, list_id_of, short_link
from tlgit.sources.gates import damaged, recognise
from tlgit.sources.markup import find_bomb
from tlgit.sources.names import clean_text
from tlgit.sources.rows import Built, Row, build_tracks, count_lies, read_rows
from tlgit.sources.snapshot import Refusal, RefusalKind, Snapshot
from tlgit.tracklist.model import Tracklist

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

MAX_PAGE: Final = 4 * 1024 * 1024
"""The largest real page has 0.8 MB."""
MAX_ROWS: Final = 5000

SELECTORS: Final = {
    "table": "#tlTab",
    "title": "#pageTitle",
    "canonical": "link[rel=canonical]",
    "shared": 'meta[property="og:url"]',
    "edited": "input[name=tl_lastmodified]",
    "dj": 'a[href*="/dj/"], a[href*="/artist/"]',
    "source": 'a[href*="/source/"]',
    "cell": "div.sTab > div",
    "place": "#csLeft div.fTab",
    "place kind": "div.mtb5",
}
"""Every selector of the page, beside those of the rows; browsers make addresses absolute when they save a page."""

_SERVER_TIME: Final = re.compile(rb"serverTime = new Date\((\d{9,11})\*1000\)")
_DATE: Final = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")
_DATE_IN_TITLE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_EDITED: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_DURATION: Final = re.compile(r"(\d{1,4}) (hour|minute|second)s?")
_UNITS: Final = {"hour": 3_600_000, "minute": 60_000, "second": 1000}
_SHORTEST_SET: Final = 300_000
_VENUE_KINDS: Final = ("location", "club", "venue")
_MAX_WARNINGS: Final = 20


def parse_page(data: bytes) -> Snapshot | Refusal:
    """Read a page (UTF-8) into a Snapshot; anything that is not a whole and honest tracklist is refused."""
    if len(data) > MAX_PAGE:
        return damaged(RefusalKind.TOO_BIG, f"The page is bigger than {MAX_PAGE // 1024 // 1024} MB.")
    bomb = find_bomb(data)
    if bomb is not None:
        return damaged(RefusalKind.TOO_DEEP, f"The page {bomb}.")
    tree = LexborHTMLParser(data)
    table = tree.css_first(SELECTORS["table"])
    if table is None:
        return recognise(data, tree, None)
    own, rows, deleted = read_rows(table)
    if not rows:
        return recognise(data, tree, table)
    lies, named = count_lies(rows)
    if lies > max(1, named // 20):
        return Refusal(
            RefusalKind.DECOY,
            f"{lies} of {named} rows name different tracks in their different fields: this page is a decoy.",
            "the site serves false names to accounts that it takes for robots: save the page from your browser, logged in",
        )
    refused = _check_whole(data, table, rows, deleted)
    if refused is not None:
        return refused
    built = build_tracks(rows)
    if isinstance(built, str):
        return damaged(RefusalKind.DRIFT, f"The page is not built as expected: {built}.")
    return _snapshot(data, _Page(tree, table, own), built, len(rows) + deleted)


def _check_whole(data: bytes, table: LexborNode, rows: list[Row], deleted: int) -> Refusal | None:
    """Refuse a page that is cut off, or whose rows are not all found where they used to be."""
    declared = clean_text(table.attributes.get("data-count"), 10)
    closed = max(data.rfind(b"</html"), data.rfind(b"</HTML")) > data.rfind(b"tlpItem")
    found = len(rows)
    if not closed:
        return damaged(
            RefusalKind.TRUNCATED,
            f"The page is cut off: {found} of {declared or 'an unknown number of'} rows are there.",
        )
    if found > MAX_ROWS:
        return damaged(RefusalKind.TOO_BIG, f"The page has more than {MAX_ROWS} rows.")
    if declared not in {str(found), str(found + deleted)}:
        return damaged(
            RefusalKind.DRIFT, f"The page declares {declared or 'no number of'} rows and shows {found}."
        )
    own_rows = [row for row in rows if not row.part]
    kept = [row for row in own_rows if row.seconds]
    if len(kept) > 2 * sum(bool(row.cue) for row in kept) + 1:
        return damaged(
            RefusalKind.DRIFT, "The page keeps cue times that it does not show where they used to be."
        )
    with_publisher = sum("trackLabel" in row.metas.get("publisher", "") for row in rows)
    if with_publisher > 1 and not any(row.labels for row in rows):
        return damaged(
            RefusalKind.DRIFT, "The page keeps labels that it does not show where they used to be."
        )
    if not any(row.visible for row in rows):
        return damaged(RefusalKind.DRIFT, "The page shows no track names where they used to be.")
    if len(own_rows) > 1 and not any(row.number for row in own_rows):
        return damaged(RefusalKind.DRIFT, "The page shows no track numbers where they used to be.")
    return None


@dataclass(frozen=True, slots=True)
class _Page:
    tree: LexborHTMLParser
    table: LexborNode
    own: dict[str, list[str]]

    def own_texts(self, name: str) -> tuple[str, ...]:
        """Give the page's own hidden fields of this name, cleaned, each once."""
        return tuple(dict.fromkeys(text for raw in self.own.get(name, ())[:50] if (text := clean_text(raw))))

    def attribute(self, selector: str, name: str) -> str:
        node = self.tree.css_first(SELECTORS[selector])
        return "" if node is None else (node.attributes.get(name) or "").strip()


def _snapshot(data: bytes, page: _Page, built: Built, rows: int) -> Snapshot | Refusal:
    title = next(iter(page.own_texts("name")), "")
    addresses = [page.attribute("canonical", "href"), page.attribute("shared", "content")]
    seen = [found for one in addresses if (found := list_id_of(one)) is not None]
    list_id = clean_text(page.table.attributes.get("data-id"), 40)
    if not title or not is_list_id(list_id):
        missing = "title" if not title else "id"
        return damaged(RefusalKind.DRIFT, f"The page is not built as expected: it has no {missing}.")
    aliases = tuple(dict.fromkeys(one for one in seen if one != list_id))
    url = next((full for one in addresses if (full := clean_list_url(one)) is not None), None) or short_link(
        list_id
    )
    event, venue = _places(page)
    tracklist = Tracklist(
        title=title,
        artist=_artist(page),
        date=_date(page, title),
        event=event,
        venue=venue,
        genres=page.own_texts("genre"),
        duration=_duration(page, built),
        source=url,
        aliases=aliases,
        tracks=built.tracks,
    )
    edited = page.attribute("edited", "value")
    served = _SERVER_TIME.search(data)
    warnings = built.warnings
    if len(warnings) > _MAX_WARNINGS:
        warnings = [*warnings[:_MAX_WARNINGS], f"and {len(warnings) - _MAX_WARNINGS} more"]
    return Snapshot(
        tracklist=tracklist,
        list_id=list_id,
        aliases=aliases,
        url=url,
        last_edit=edited if _EDITED.fullmatch(edited) else None,
        captured=int(served[1]) if served else None,
        road="page",
        identified=built.identified,
        rows=rows,
        warnings=tuple(warnings),
    )


def _artist(page: _Page) -> str | None:
    names = page.own_texts("author")
    title = page.tree.css_first(SELECTORS["title"])
    if not names and title is not None:
        names = tuple(clean_text(link.text()) for link in title.css(SELECTORS["dj"])[:50])
    return clean_text(" & ".join(name for name in names if name)) or None


def _date(page: _Page, title: str) -> str | None:
    for text in page.own_texts("datePublished"):
        if _DATE.fullmatch(text[:10]):
            return text[:10]
    found = _DATE_IN_TITLE.findall(title)
    return found[-1] if found else None


def _places(page: _Page) -> tuple[str | None, str | None]:
    """Give event and venue: the sources linked in the title, told apart by the kind that the page gives them."""
    title = page.tree.css_first(SELECTORS["title"])
    if title is None:
        return None, None
    kinds: dict[str, str] = {}
    for box in page.tree.css(SELECTORS["place"])[:50]:
        link, kind = box.css_first(SELECTORS["source"]), box.css_first(SELECTORS["place kind"])
        if link is not None and kind is not None:
            kinds.setdefault(_source_id(link), clean_text(kind.text(), 60).casefold())
    event: str | None = None
    venue: str | None = None
    for link in title.css(SELECTORS["source"])[:50]:
        text = clean_text(link.text()) or None
        if any(word in kinds.get(_source_id(link), "") for word in _VENUE_KINDS):
            venue = venue or text
        else:
            event = event or text
    return event, venue


def _source_id(link: LexborNode) -> str:
    return (link.attributes.get("href") or "").partition("/source/")[2].partition("/")[0]


def _duration(page: _Page, built: Built) -> int | None:
    """Give the length of the set where it is possible: not shorter than 5 minutes or than its last cue time."""
    cells = page.tree.css(SELECTORS["cell"])
    for name, value in pairwise(cells):
        if name.text(strip=True) != "Duration":
            continue
        found = _DURATION.findall(clean_text(value.text(), 80))
        length = sum(int(number) * _UNITS[unit] for number, unit in found)
        last = max((track.start for track in built.tracks if track.start is not None), default=0)
        return length if max(last, _SHORTEST_SET) <= length < 100 * _UNITS["hour"] else None
    return None
