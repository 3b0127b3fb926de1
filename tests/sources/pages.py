"""Builds pages in the shape of 1001tracklists: invented sets in the markup generations B, C and D, and gate pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Literal, TypeAlias

Generation: TypeAlias = Literal["B", "C", "D"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSpec:
    name: str = "ID - ID"
    kind: Literal["numbered", "with", "part"] = "numbered"
    cue: str = ""
    hidden: int | None = None
    """The hidden seconds; computed from `cue` when not given."""
    labels: tuple[str, ...] = ()
    status: str = ""
    edit: str = ""
    visible: str | None = None
    """The visible name, where it differs from the hidden one."""
    artist: str | None = None
    identified: bool | None = None
    row_id: str | None = None
    slug: str | None = None
    header: str | None = None
    """A header line above the row."""
    mashup: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSpec:
    title: str = "Mira Kolb @ Harbour Stage, Tideline Festival, Portugal 2026-05-09"
    list_id: str = "2zq4tdl9"
    canonical_id: str | None = None
    slug: str = "mira-kolb-harbour-stage-tideline-festival-portugal-2026-05-09"
    date: str = "2026-05-09"
    artists: tuple[str, ...] = ("Mira Kolb",)
    genres: tuple[str, ...] = ("Melodic House/Techno", "Progressive House")
    event: str = "Tideline Festival"
    event_kind: str = "Open Air / Festival"
    venue: str | None = None
    duration: str | None = "1 hour 2 minutes 5 seconds"
    edited: str = "2026-05-11 08:15:30"
    served: int = 1778500000
    count: int | None = None
    rows: tuple[RowSpec, ...] = field(default_factory=tuple)


def seconds_of(cue: str) -> int:
    total = 0
    for step in cue.split(":"):
        total = total * 60 + int(step)
    return total


def slug_of(name: str) -> str:
    kept = "".join(one if one.isalnum() and one.isascii() else " " for one in name.lower())
    return "-".join(kept.split())


def _visible(row: RowSpec, generation: Generation) -> str:
    name = row.name if row.visible is None else row.visible
    artist, dash, title = name.partition(" - ")
    if not dash:
        return f'<span class="blueTxt">{escape(name)}</span>'
    base, paren, mix = title.rpartition(" (")
    remix = ""
    if paren and mix.endswith(("Remix)", "Edit)")):
        title = base
        words = escape(mix[:-1].rpartition(" ")[0])
        kind = escape(mix[:-1].rpartition(" ")[2])
        inside = f'<span class="blueTxt">{words}</span><span class="remixValue blueTxt">&nbsp;{kind}</span>'
        if generation == "B":
            inside = f"\n          {inside}\n        "
        remix = f'<span class="notranslate" translate="no"> ({inside})</span>'
    return (
        f'<span class="notranslate blueTxt" translate="no">{escape(artist)}'
        f'<span title="open artist page" class="tgHid spL"><i class="fa fa-external-link spL"></i></span></span>'
        f'<span class="notranslate" translate="no"> - </span>'
        f'<span class="blueTxt"><span translate="no" class="notranslate">{escape(title)}</span></span>{remix}'
    )


def _metas(row: RowSpec) -> str:
    if row.name == "ID - ID":
        return ""
    artist = row.artist if row.artist is not None else row.name.partition(" - ")[0].partition(" ft. ")[0]
    slug = row.slug if row.slug is not None else slug_of(row.name)
    url = f'<meta itemprop="url" content="/track/9x7k2m4p/{slug}/index.html">' if slug else ""
    publisher = ""
    if row.labels:
        inner = f'<span class="blueTxt"><span title="label" class="trackLabel noWrap">{row.labels[0]}</span></span>'
        publisher = f'<meta itemprop="publisher" content="{escape(inner)}">'
    return (
        f'<meta itemprop="name" content="{escape(row.name)}"><meta itemprop="byArtist" content="{escape(artist)}">'
        f'{publisher}<meta itemprop="duration" content="PT5M10S"><meta itemprop="genre" content="House">{url}'
    )


def render_row(row: RowSpec, place: int, number: int, generation: Generation) -> str:
    part, unknown = row.kind == "part", row.name == "ID - ID"
    row_id = row.row_id if row.row_id is not None else str(place if part else 30410000 + place)
    known = not unknown and not row.status and not row.name.endswith("- ID")
    identified = known if row.identified is None else row.identified
    marks = (
        f"tlpSubTog bItm tlpItem trRow{number} con tgHid subPos{number}" if part else "tlpTog bItm tlpItem"
    )
    if not part:
        marks += (
            f" trRow{number}" + (" con" if row.kind == "with" else "") + (" subPosTog" if row.mashup else "")
        )
    flags = f'data-trno="{place}" data-id="{row_id}"'
    flags += ' data-mashpos="true"' if part else ""
    flags += ' data-isided="true"' if identified and not part else ""
    flags += ' data-isid="true"' if unknown and generation != "B" else ""
    flags += ' data-mashup="2"' if row.mashup and generation != "B" else ""
    hidden = row.hidden if row.hidden is not None else (seconds_of(row.cue) if row.cue else 0)
    play = f'<input id="tlp{row_id}_cue_seconds" type="hidden" value="{hidden}" form="frmEditTracklist">'
    if not part:
        hint = ' title="played together with previous track"' if row.kind == "with" else ""
        shown = "w/" if row.kind == "with" else f"{number:02d}"
        play += f' <span id="tlp{place}_tracknumber_value" class="fontXL"{hint}> {shown} </span>'
        play += f' <div id="cue_{row_id}" class="cue noWrap action mt5" data-mode="hours">{row.cue}</div>'
    labels = "".join(
        f'<span title="label" class="trackLabel noWrap blueTxt">{escape(one)}'
        f'<a href="/label/k2j/x/index.html" class="notranslate tgHid"><i class="fa fa-external-link"></i></a></span>'
        for one in row.labels
    )
    status = f' <span class="trackStatus"> {escape(row.status)} </span>' if row.status else ""
    edit = f' <span class="italic trackEditData spL">{escape(row.edit)}</span>' if row.edit else ""
    scope = "" if unknown else ' itemprop="tracks" itemscope itemtype="http://schema.org/MusicRecording"'
    colour = "redTxt" if unknown else "blueTxt"
    text = (
        f'<div id="tlp_{row_id}" class="{marks}" {flags} onclick="rowToggle(\'tlp\', event);">\n'
        f'  <div class="bPlay"> {play} </div>\n'
        f'  <div class="bCont tl"> <div id="tlp{place}_content" class="fontL"{scope}>{_metas(row)}\n'
        f'    <span class="trackValue notranslate {colour}"> {_visible(row, generation)} </span>{status}{edit}'
        f' <span class="iBlock notranslate" translate="no">{labels}</span></div>\n'
        f'    <div class="wRow halfOpacity mt5"><span class="badge playC"><span class="pcTr1">{place * 3}</span></span>'
        f' <span title="IDer of this track"> nightowl <span class="spL noMob">(12.4k)</span></span></div> </div>\n'
        f'  <div class="iRow grow mediaRow"><span class="badge badgeSpotify noUser"><span>Save {place}</span></span></div>\n'
        f"</div>\n"
    )
    if row.header is not None:
        head = f'<span id="tlp{place}_headtext_column">{escape(row.header)}</span>'
        text = f'<div class="bItmH"> {head} </div>\n{text}'
    return text


def _head(page: PageSpec, address: str) -> str:
    title = escape(page.title)
    return (
        f'<!DOCTYPE html>\n<html prefix="og: http://ogp.me/ns#" lang="en-US">\n<head>\n'
        f'<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\n<title>{title}</title>\n'
        f'<meta property="og:site_name" content="1001Tracklists">\n<meta property="og:url" content="{address}">\n'
        f'<link rel="canonical" href="{address}">\n<meta property="og:title" content="{title}">\n</head>\n'
    )


def _page_title(page: PageSpec, generation: Generation) -> str:
    links = " &amp; ".join(
        f'<a href="/artist/{slug_of(one)}/tracklists.html" class="notranslate ">{escape(one)}</a>'
        if generation == "D"
        else f'<a href="/dj/{slug_of(one).replace("-", "")}/index.html" class="notranslate ">{escape(one)}</a>'
        for one in page.artists
    )
    links += f' @ Stage, <a href="/source/tdl4x9/x/index.html">{escape(page.event)}</a>'
    if page.venue is not None:
        links += f', <a href="/source/vnu7k2/x/index.html">{escape(page.venue)}</a>'
    links += f" {page.date}"
    if generation == "C":
        return f'<div id="pageTitle"><h1 class="notranslate" translate="no"> {links} </h1></div>'
    return f'<h1 id="pageTitle" class="notranslate" translate="no"> {links} </h1>'


def _side(page: PageSpec) -> str:
    cells = f'<div title="tracklist recording date">TL date</div> <div>{page.date}</div>'
    if page.duration is not None:
        cells += f"\n<div>Duration</div> <div>{page.duration}</div>"
    boxes = (
        f'<div class="fTab"> <div class="h"><a href="/source/tdl4x9/x/index.html">{escape(page.event)}</a></div>'
        f' <div class="cRow"> <div class="mtb5">{escape(page.event_kind)}</div> </div> </div>\n'
    )
    if page.venue is not None:
        boxes += (
            f'<div class="fTab"> <div class="h"><a href="/source/vnu7k2/x/index.html">{escape(page.venue)}</a></div>'
            f' <div class="cRow"> <div class="mtb5">Event Location</div> </div> </div>\n'
        )
    return (
        f'<div id="csLeft">\n<div class="fTab"><div class="sTab c2 cM">{cells}</div></div>\n{boxes}</div>\n'
    )


def render_page(page: PageSpec, generation: Generation = "D", rows_html: str | None = None) -> bytes:
    """Write a whole page; `rows_html` stands in for the rendered rows."""
    address = f"https://www.1001tracklists.com/tracklist/{page.canonical_id or page.list_id}/{page.slug}.html"
    metas = f'<meta itemprop="name" content="{escape(page.title)}">'
    metas += f'<meta itemprop="datePublished" content="{page.date}"><meta itemprop="numTracks" content="99">'
    metas += "".join(f'<meta itemprop="genre" content="{escape(one)}">' for one in page.genres)
    metas += "".join(f'<meta itemprop="author" content="{escape(one)}">' for one in page.artists)
    number, rows = 0, []
    for place, row in enumerate(page.rows):
        number += row.kind == "numbered"
        rows.append(render_row(row, place, number, generation))
        if place == 4:
            rows.append('<div class="cAdRow"><div class="trackValue">Buy shoes</div></div>\n')
    count = len(page.rows) if page.count is None else page.count
    table = (
        f'<div id="tlTab" itemscope="" itemtype="http://schema.org/MusicPlaylist" data-id="{page.list_id}"'
        f' data-islive="true" data-count="{count}"> {metas}\n<div id="playerWidget"></div>\n'
        f"{''.join(rows) if rows_html is None else rows_html}"
        f'<div class="bItmH noUser interaction"> <div>Add a (live) video from this event</div> </div>\n'
        f'<div id="tl_save" class="mt10"></div>\n</div>\n'
    )
    clock = f"<script> var iFrameBuffer = []; var serverTime = new Date({page.served}*1000); </script>\n"
    form = (
        f'<form id="frmEditTracklist"> <input type="hidden" name="tl_pos_count" value="99">'
        f' <input type="hidden" name="tl_lastmodified" value="{page.edited}"> </form>\n'
    )
    body = f"{clock}{_page_title(page, generation)}\n{table}{_side(page)}{form}"
    user = '<a href="/action/logout.html">logout</a>\n'
    return f'{_head(page, address)}<body id="body">\n{body}{user}</body>\n</html>\n'.encode()


def render_gate(
    body: str,
    title: str = "1001Tracklists &sdot; The World's Leading DJ Tracklist",
    page: PageSpec | None = None,
) -> bytes:
    """Write a page of the site without tracks, with the address of a tracklist as the gates have it."""
    page = page or PageSpec()
    address = f"https://www.1001tracklists.com/tracklist/{page.list_id}/{page.slug}.html"
    head = f'<meta charset="utf-8"><title>{title}</title><link rel="canonical" href="{address}">'
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode()


GATES = {
    "ip_limit": "<p>Your IP or guest/user account has been limited due to overuse</p>"
    '<form action="/info/unblock_ip.html"></form>',
    "captcha": '<h1>We need to validate your are real human!</h1><img alt="Captcha"><input id="cSalt">',
    "interstitial": "<p>Please wait, you will be forwarded to the requested page</p>"
    '<div class="turnstile-container"></div>',
    "logged_out": '<h1 id="pageTitle">Mira Kolb</h1><a title="user dashboard for guest">guest</a>',
}
