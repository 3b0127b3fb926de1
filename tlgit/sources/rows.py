"""The rows of a tracklist page, generations B, C and D: one pass over the marked elements, in page order.

The rules are those of the site: which row is a track, which one is layered on the row above, which one is only a part
of a mashup; what a row is called when its hidden name and its visible name differ; when it has a cue time.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from tlgit.sources.names import (
    clean_text,
    clean_visible,
    compare_form,
    latin_words,
    loses_letters,
    split_name,
)
from tlgit.tracklist.fields import UNKNOWN
from tlgit.tracklist.model import Part, Track
from tlgit.tracklist.time import TimeFormatError, parse_time, render_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborNode

SELECTORS: Final = {
    "row": "div.tlpItem",
    "header": "div.bItmH",
    "other": "div.bItm:not(.tlpItem), div.cAdRow, div.intAdRow, #tl_save",
    "number": "[id$=_tracknumber_value]",
    "cue": "div.cue",
    "seconds": "input[id$=_cue_seconds]",
    "meta": "meta[itemprop]",
    "visible": "span.trackValue",
    "status": "span.trackStatus",
    "edit": "span.trackEditData",
    "label": "span.trackLabel",
}
"""Every selector of the row parser; one query asks for all of them at once, in page order."""

_QUERY: Final = ", ".join(SELECTORS.values())
_MAX_SECTION_LINES: Final = 5


@dataclass(slots=True)
class Row:
    """What one row shows, as text; not yet judged."""

    ref: str = ""
    part: bool = False
    identified: bool = False
    number: str = ""
    cue: str = ""
    seconds: int = 0
    metas: dict[str, str] = field(default_factory=dict)
    visible: str = ""
    notes: list[str] = field(default_factory=list)
    """Status `(ID Remix)` and edit note `(Intro Edit)`, in page order."""
    labels: list[str] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    """The header lines between the row before and this one."""

    @property
    def named(self) -> bool:
        """Whether the row carries both names, so that they can be compared."""
        return bool(self.metas.get("name") and self.visible)


def read_rows(table: LexborNode) -> tuple[dict[str, list[str]], list[Row], int]:
    """Read the table of tracks: its own hidden fields, its rows, and how many rows the editors have deleted."""
    own: dict[str, list[str]] = {}
    rows: list[Row] = []
    headers: list[str] = []
    row: Row | None = None
    outside, deleted = True, 0
    for node in table.css(_QUERY):
        attributes = node.attributes
        marks = (attributes.get("class") or "").split()
        tag = node.tag or ""
        if tag == "meta":
            bucket = None if row is None else row.metas
            name, content = attributes.get("itemprop") or "", attributes.get("content") or ""
            if bucket is not None:
                bucket.setdefault(name, content)
            elif outside:
                own.setdefault(name, []).append(content)
        elif "tlpItem" in marks:
            outside = False
            if "deleted" in marks:
                row, deleted = None, deleted + 1
                continue
            row = _start_row(attributes, marks)
            row.sections, headers = headers, []
            rows.append(row)
        elif "bItmH" in marks:
            row, outside = None, False
            text = "" if "noUser" in marks else clean_text(node.text())
            if text and len(headers) < _MAX_SECTION_LINES:
                headers.append(text)
        elif tag == "div" and "cue" not in marks:
            row, outside = None, False
        elif row is not None:
            _read_field(row, node, tag, attributes, marks)
    return own, rows, deleted


def _start_row(attributes: dict[str, str | None], marks: list[str]) -> Row:
    return Row(
        ref=clean_text(attributes.get("data-id"), 40),
        part=attributes.get("data-mashpos") == "true" or "tlpSubTog" in marks,
        identified=attributes.get("data-isided") == "true",
    )


def _read_field(
    row: Row, node: LexborNode, tag: str, attributes: dict[str, str | None], marks: list[str]
) -> None:
    if tag == "input":
        value = attributes.get("value") or ""
        row.seconds = int(value) if value.isascii() and value.isdigit() and len(value) < 8 else 0
    elif "trackValue" in marks:
        row.visible = row.visible or clean_visible(node.text())
    elif "trackLabel" in marks:
        label = clean_text(node.text())
        if label:
            row.labels.append(label)
    elif "trackStatus" in marks or "trackEditData" in marks:
        note = clean_visible(node.text())
        if note:
            row.notes.append(note)
    elif "cue" in marks:
        row.cue = clean_text(node.text(), 40)
    else:
        row.number = clean_text(node.text(), 40)


def row_name(row: Row) -> str:
    """Give the name of a row: the hidden one, or the visible one where the hidden one is missing or lost its front."""
    hidden = clean_text(row.metas.get("name"), 1000)
    if not hidden or not row.visible or hidden == row.visible:
        return hidden or row.visible
    left, right = compare_form(hidden), compare_form(row.visible)
    return row.visible if left != right and right.endswith(left) else hidden


def count_lies(rows: list[Row]) -> tuple[int, int]:
    """Count the rows whose names contradict each other, and the rows that carry names to compare.

    On honest pages the hidden name, the visible one, the artist field and the words of the track's address agree, apart
    from credits, country tags and a hidden name that lost its front. Decoy pages falsify some of them.
    """
    named = [row for row in rows if row.named]
    return sum(_contradicts(row) for row in named), len(named)


def _contradicts(row: Row) -> bool:
    name = row.metas["name"]
    if name != row.visible:
        hidden, visible = compare_form(name), compare_form(row.visible)
        if hidden != visible and not (hidden and visible.endswith(hidden)):
            return True
    words = latin_words(name) | latin_words(row.visible)
    if len(words) < 3:
        return False
    slug = _slug_words(row.metas.get("url", ""))
    if len(slug) > 2 and not loses_letters(name + row.visible):
        return 2 * len(slug & words) < len(slug)
    artist = latin_words(row.metas.get("byArtist", ""))
    return bool(artist) and not artist & words


def _slug_words(url: str) -> set[str]:
    """Give the words in the address of a track page, `/track/<id>/<words-with-hyphens>/index.html`."""
    return latin_words(url.partition("/track/")[2].partition("/")[2].partition("/")[0])


@dataclass(slots=True)
class Built:
    """The tracks made of rows, and what was noticed on the way."""

    tracks: tuple[Track, ...] = ()
    identified: frozenset[str] = frozenset()
    warnings: list[str] = field(default_factory=list)


def build_tracks(rows: list[Row]) -> Built | str:
    """Make tracks of rows, in page order, or say which row has lost a part that every row has."""
    built = Built()
    tracks: list[Track] = []
    identified: set[str] = set()
    refs: set[str] = set()
    for place, row in enumerate(rows, 1):
        name = row_name(row)
        if not name:
            return f"row {place} has no name"
        if row.part:
            if not tracks:
                return f"row {place} is a part of a mashup without a mashup above it"
            tracks[-1] = replace(tracks[-1], parts=(*tracks[-1].parts, _part(name, row)))
            continue
        ref = row.ref if row.ref.isascii() and row.ref.isdigit() and row.ref not in refs else None
        if ref is None:
            built.warnings.append(f"row {place} has no id of its own ({row.ref!a})")
        else:
            refs.add(ref)
            if row.identified:
                identified.add(ref)
        tracks.append(_track(name, row, ref, place, built.warnings))
    if tracks and tracks[0].start is None and any(track.start is not None for track in tracks):
        tracks[0] = replace(tracks[0], start=0)
    if tracks and tracks[0].with_previous:
        tracks[0] = replace(tracks[0], with_previous=False)
        built.warnings.append("the first row says that it is played together with a row above it")
    built.warnings.extend(_backward_times(tracks))
    built.tracks, built.identified = tuple(tracks), frozenset(identified)
    return built


def _part(name: str, row: Row) -> Part:
    artist, title = split_name(" ".join([name, *row.notes]))
    return Part(artist=artist, title=title, label=_label(row))


def _label(row: Row) -> str | None:
    return clean_text("/".join(row.labels)) or None


def _track(name: str, row: Row, ref: str | None, place: int, warnings: list[str]) -> Track:
    artist, title = split_name(" ".join([name, *row.notes]))
    start: int | None = None
    if row.cue:
        try:
            start = parse_time(row.cue)
        except TimeFormatError:
            warnings.append(f"row {place} shows {row.cue!a} where a time stands")
        else:
            if row.seconds and row.seconds * 1000 != start:
                warnings.append(f"row {place} shows {row.cue} but keeps {row.seconds} s")
    elif row.seconds:
        warnings.append(f"row {place} keeps a cue time of {row.seconds} s that it does not show: left out")
    return Track(
        start=start,
        with_previous=row.number.casefold().startswith("w/"),
        section=clean_text(" / ".join(row.sections)) or None,
        artist=artist,
        title=title or UNKNOWN,
        label=_label(row),
        ref=ref,
    )


def _backward_times(tracks: list[Track]) -> Iterator[str]:
    """Name the places where the clock runs backwards; a header `Player 2` starts it anew."""
    last = -1
    for track in tracks:
        if track.section is not None and track.section.casefold().startswith("player"):
            last = -1
        if track.start is None:
            continue
        if track.start < last:
            yield f"{render_time(track.start)} stands after {render_time(last)}: kept in the order of the page"
        last = track.start
