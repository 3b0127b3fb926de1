"""Tracklists as raw values, and other versions of them, as Hypothesis draws them.

The names are few, so that one list holds duplicates, unknown rows, nearly equal names and reused row ids.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tlgit.merge.diff import Content
from tlgit.merge.names import is_unknown, start_of
from tlgit.merge.values import is_same
from tlgit.tracklist.fields import LIST_FIELDS, TRACK_FIELDS, Value
from tlgit.tracklist.time import render_time

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLES: Final = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
REACH: Final = settings(
    max_examples=400,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)

_ARTISTS: Final = ("Ada", "Ada", "Brook Vale", "Cédar & Elm", "ID", "", "Gale ft. Haze", "Ada vs. Fern")
_TITLES: Final = ("Alpha", "Beta (Dub)", "Gamma", "ID", "", "Delta Wave", "Delta Waves", "Alpha vs. Omega")
_STARTS: Final = ("0:00", "00:01:00", "2:00", "3:00", "3:03", "4:00", "6:40", "soon", "")
_ODD: Final[dict[str, tuple[Value, ...]]] = {
    "energy": (("a", "b"), {"a": "b"}, "x", ""),
    "notes": ("one", ("one",), ("one", "two")),
    "end": ("3:50", "6:00"),
    "remix": ("Dub", "Live"),
}


@st.composite
def _tracks(draw: st.DrawFn) -> dict[str, Value]:
    track: dict[str, Value] = {}
    for key, values, share in (("start", _STARTS, 8), ("artist", _ARTISTS, 9), ("title", _TITLES, 9)):
        if draw(st.integers(0, 9)) < share:
            track[key] = draw(st.sampled_from(values))
    extra = draw(st.sampled_from(("", "", "", "ref", "with", "label", *_ODD)))
    if extra == "ref":
        track["ref"] = draw(st.sampled_from("0123"))
    elif extra == "with":
        track["with"] = draw(st.sampled_from(("true", "True", "false")))
    elif extra == "label":
        track["label"] = draw(st.sampled_from(("QUAY", "")))
    elif extra:
        track[extra] = draw(st.sampled_from(_ODD[extra]))
    return track


@st.composite
def contents(draw: st.DrawFn) -> Content:
    """A list on its own."""
    fields: dict[str, Value] = {}
    for key in draw(st.sets(st.sampled_from(("title", "genres", "offset", "mood")))):
        fields[key] = draw(st.sampled_from(("0:04", "-0:04", "a", "", ("b", "a"))))
    return Content(fields=fields, tracks=tuple(draw(st.lists(_tracks(), max_size=8))))


@st.composite
def versions(draw: st.DrawFn) -> tuple[Content, Content]:
    """A list and what became of it; now and then another list altogether."""
    before = draw(contents())
    if draw(st.integers(0, 9)) == 0:
        return before, draw(contents())
    tracks = [dict(track) for track in before.tracks]
    for edit in draw(
        st.lists(st.sampled_from(("insert", "delete", "move", "move", "set", "set")), max_size=4)
    ):
        place = draw(st.integers(0, len(tracks)))
        if edit == "insert":
            tracks.insert(place, draw(_tracks()))
        elif place < len(tracks) and edit == "set":
            tracks[place] |= draw(_tracks())
        elif place < len(tracks):
            track = tracks.pop(place)
            if edit == "move":
                tracks.insert(draw(st.integers(0, len(tracks))), track)
    unknown = [track for track in tracks if is_unknown(track)]
    is_named = draw(st.booleans())
    if unknown and is_named:
        draw(st.sampled_from(unknown)).update({"artist": "Nell Orr", "title": "Drift"})
    if draw(st.integers(0, 4)) == 0:
        spared = draw(st.integers(0, 20))
        for n, track in enumerate(tracks):
            start = start_of(track)
            if start is not None and n != spared:
                track["start"] = render_time(start + 17_000)
    fields = before.fields if draw(st.booleans()) else draw(contents()).fields
    return before, replace(before, fields=fields, tracks=tuple(tracks))


def same_track(first: Mapping[str, Value], second: Mapping[str, Value]) -> bool:
    """Whether two tracks mean the same."""
    return all(is_same(TRACK_FIELDS.get(key), first.get(key), second.get(key)) for key in {*first, *second})


def same_content(first: Content, second: Content) -> bool:
    """Whether two lists mean the same."""
    keys = {*first.fields, *second.fields}
    return (
        all(is_same(LIST_FIELDS.get(key), first.fields.get(key), second.fields.get(key)) for key in keys)
        and len(first.tracks) == len(second.tracks)
        and all(map(same_track, first.tracks, second.tracks))
    )
