"""The official text export of a tracklist: title, blank line, one line per track, and a line with the short link.

    [03:35] Artist - Title (Remix) [LABEL A/LABEL B (PARENT)]
    w/ Artist - Title [LABEL]         layered on the line above; its cue time is lost
    04. Artist - Title                a row without a cue time
    Tune Of The Week:                 a header line

Parts of mashups and row ids never appear. Accents come decomposed and are composed here.
"""

from __future__ import annotations

import re
from typing import Final

from tlgit.sources.address import list_id_of, short_link
from tlgit.sources.names import clean_text, split_name
from tlgit.sources.snapshot import Refusal, RefusalKind, Snapshot
from tlgit.tracklist.fields import UNKNOWN
from tlgit.tracklist.model import Track, Tracklist
from tlgit.tracklist.time import TimeFormatError, parse_time

MAX_LINES: Final = 5000

_CUED: Final = re.compile(r"\[(\d{1,3}(?::\d{1,2}){1,2})\] ?(.+)")
_NUMBERED: Final = re.compile(r"(\d{1,4})\. (.+)")
_FOOTER: Final = re.compile(
    r"(?:please set a backlink.{0,80} )?(https?://(?:www\.)?1001\.tl/\S{1,40})", re.IGNORECASE
)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")


def parse_export(text: str) -> Snapshot | Refusal:
    """Read an exported text into a Snapshot without row ids; a text that is no export is refused."""
    lines = [clean_text(line, 1200) for line in text.splitlines()[: MAX_LINES + 1]]
    lines = [line for line in lines if line]
    if len(lines) > MAX_LINES:
        return Refusal(RefusalKind.TOO_BIG, f"The text has more than {MAX_LINES} lines.", _HINT)
    if not lines or _track_line(lines[0]) is not None or _FOOTER.fullmatch(lines[0]):
        return _refuse("it does not begin with the title of the list")
    tracks: list[Track] = []
    warnings: list[str] = []
    headers: list[str] = []
    list_id: str | None = None
    dashes = sections = 0
    for place, line in enumerate(lines[1:], 2):
        footer = _FOOTER.fullmatch(line)
        if footer is not None:
            list_id = list_id_of(footer[1])
            if place < len(lines):
                warnings.append(f"{len(lines) - place} lines after the last line of the export are left out")
            break
        found = _track_line(line)
        if found is None:
            headers.append(line)
            sections += 1
            continue
        dashes += " - " in line
        tracks.append(_track(found, headers, warnings))
        headers = []
    if not tracks:
        return _refuse("no line of it is a track")
    if 10 * dashes < 9 * len(tracks) or sections > len(tracks):
        return _refuse("most of its lines are no tracks")
    if tracks[0].with_previous:
        return _refuse("its first track is played with a track above it, which is missing")
    artist, date = _from_title(lines[0])
    link = short_link(list_id) if list_id is not None else None
    return Snapshot(
        tracklist=Tracklist(
            title=lines[0][:500], artist=artist, date=date, source=link, tracks=tuple(tracks)
        ),
        list_id=list_id,
        url=link,
        road="export",
        rows=len(tracks),
        warnings=tuple(warnings[:20]),
    )


_HINT: Final = (
    "paste what the site's own export button gives, the title and the last line with it, or save the page"
)


def _refuse(why: str) -> Refusal:
    return Refusal(RefusalKind.NOT_EXPORT, f"This text is not an export of a tracklist: {why}.", _HINT)


def _track_line(line: str) -> tuple[str, str] | None:
    """Give what stands before a track (`03:35`, `w/` or a number) and the rest, or None for a header line."""
    if line.startswith("w/ "):
        return "w/", line[3:]
    found = _CUED.fullmatch(line) or _NUMBERED.fullmatch(line)
    return (found[1], found[2]) if found else None


def _track(found: tuple[str, str], headers: list[str], warnings: list[str]) -> Track:
    lead, body = found
    start: int | None = None
    if ":" in lead:
        try:
            start = parse_time(lead)
        except TimeFormatError:
            warnings.append(f"{lead!a} is no time")
    name, label = split_label(body)
    artist, title = split_name(name)
    return Track(
        start=start,
        with_previous=lead == "w/",
        section=clean_text(" / ".join(headers)) or None,
        artist=artist,
        title=title or UNKNOWN,
        label=label,
    )


def split_label(body: str) -> tuple[str, str | None]:
    """Split `Artist - Title [LABEL (PARENT)]` at its last bracket, when that one closes the line."""
    if not body.endswith("]"):
        return body, None
    depth, place = 0, len(body)
    while place > 0:
        place -= 1
        depth += {"]": 1, "[": -1}.get(body[place], 0)
        if depth == 0:
            break
    if depth != 0 or body[place - 1 : place] != " ":
        place = body.rfind(" [") + 1
    front, label = body[:place].rstrip(), clean_text(body[place + 1 : -1])
    return (front, label) if front and label else (body, None)


def _from_title(title: str) -> tuple[str | None, str | None]:
    artist = (
        title.partition(" @ ")[0] if " @ " in title else title.partition(" - ")[0] if " - " in title else ""
    )
    found = _DATE.findall(title)
    return clean_text(artist) or None, found[-1] if found else None


def render_line(track: Track) -> str:
    """Write a track as the export writes it, without what stands before it."""
    return track.name + (f" [{track.label}]" if track.label else "")
