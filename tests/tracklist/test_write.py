from __future__ import annotations

import re
import unicodedata
from typing import Final

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from tests.tracklist.test_syntax import SCALARS
from tlgit.tracklist.fields import Kind
from tlgit.tracklist.model import Part, Track, Tracklist
from tlgit.tracklist.schema import parse_tracklist
from tlgit.tracklist.syntax import TracklistSyntaxError
from tlgit.tracklist.text import parse_document
from tlgit.tracklist.write import (
    is_plain,
    render_field,
    render_scalar,
    render_track,
    render_tracklist,
    render_typed,
    render_value,
)

# What the core schema of YAML 1.2 resolves to anything but text (https://yaml.org/spec/1.2.2/#103-core-schema).
_CORE_12: Final = re.compile(
    r"null|Null|NULL|~|true|True|TRUE|false|False|FALSE|[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"
    r"|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|"
)
NASTY = [
    *SCALARS, "", " ", " a", "a ", "- a", "-a", "--- a", "---", "...", "... a", "? a", "?a", ": a", ":a", "a: b", "a:", "a :b",
    "a #b", "#a", "[a]", "{a}", "a, b", "&a", "*a", "!a", "|", ">", "'a'", '"a"', "a'b", 'a"b', "%a", "@a", "`a", "\\", "a\\nb",
    "a\nb", "\n", "a\tb", "\t", "<<", "0.0.0", "12e03", "1_0.5", "0:0", "190:20:30.15", "1:30.", "2001-12-14t21:59:43.10-05:00",
    "- ", "-", "a\u00a0b", "\u00a0", "\u3000", "e\u0301", "\U0001f3a7", "a\u200bb", "\u200d", "=", "0b", "0x", "1.2.3", "+.5", "e5", "1e", ".e1",
    "Yes", "oN", "nO", "Off", "N/A", "N", "Y", "ID", "None", "a" * 600, "1" * 400, "#", "a#", "0o8", "08", "09.5", "1,000", "-0", "1-2", "2024-1-1", "2024-01",
]  # fmt: skip
TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp", "Co", "Cn"], include_characters="\n\t"),
    max_size=30,
)
TRICKY = st.text(st.sampled_from(" -?:,[]{}#&*!|>'\"%@`\\\n\tabnoyeNO019._+=~<x"), max_size=8)


def _readers(written: str) -> list[object]:
    """What other readers make of a value: PyYAML without types, PyYAML with those of YAML 1.1."""
    text = f"key: {written}\n"
    untyped = yaml.load(text, Loader=yaml.BaseLoader)["key"]  # noqa: S506 - it makes nothing but texts
    return [untyped, yaml.safe_load(text)["key"]]


@pytest.mark.parametrize("text", NASTY)
def test_every_reader_reads_the_same_text(text: str) -> None:
    _check_scalar(text)


@given(TEXT | TRICKY)
@example("-:")
@example("a\u2028")
def test_any_text_is_written_safely(text: str) -> None:
    if "\u2028" in text:
        with pytest.raises(TracklistSyntaxError):
            parse_document(f"key: {render_scalar(text)}\n")
        return
    _check_scalar(text)


def _check_scalar(text: str) -> None:
    wanted = unicodedata.normalize("NFC", text)
    written = render_scalar(text)
    assert "\n" not in written
    assert _readers(written) == [wanted, wanted]
    assert parse_document(f"key: {written}\n").value == {"key": wanted}
    if written[0] != '"':
        assert _CORE_12.fullmatch(written) is None
    for quote in "'\"":
        assert parse_document(f"key: {render_scalar(text, quote=quote)} # c\n").value == {"key": wanted}
    in_list = f"[{render_scalar(text, flow=True)}, x]"
    assert parse_document(f"key: {in_list}\n").value == {"key": (wanted, "x")}
    assert yaml.safe_load(in_list) == [wanted, "x"]


@given(
    st.recursive(
        TEXT | TRICKY,
        lambda v: st.lists(v, max_size=3) | st.dictionaries(TRICKY, v, max_size=3),
        max_leaves=6,
    )
)
def test_any_value_is_written_on_one_line(value: object) -> None:
    frozen = _frozen(value)
    try:
        read = parse_document(f"key: {render_value(frozen)}\n").value["key"]  # type: ignore[arg-type]  # frozen above
    except TracklistSyntaxError as error:
        assert "plain name" in error.sentence or "twice" in error.sentence  # noqa: PT017 - keys may be anything here
        return
    assert read == frozen


def _frozen(value: object) -> object:
    if isinstance(value, list):
        return tuple(_frozen(child) for child in value)
    if isinstance(value, dict):
        return {unicodedata.normalize("NFC", key): _frozen(child) for key, child in value.items()}
    return unicodedata.normalize("NFC", str(value))


@pytest.mark.parametrize(
    ("text", "plain"),
    [("Take Over Control", True), ("R&S", True), ("It's", True), ("3:35", False), ("no", False), ("2025-05-17", False),
     ("a: b", False), ("-x", True), ("- x", False), ("", False), ("1.10", False), ("100%", True), ("a, b", True)],
)  # fmt: skip
def test_plain_where_that_is_safe(text: str, plain: bool) -> None:
    assert is_plain(text) is plain
    assert (render_scalar(text) == text) is plain


@pytest.mark.parametrize(
    ("kind", "text", "written"),
    [
        (Kind.DATE, "2025-05-17", "2025-05-17"),
        (Kind.DATE, "2025", '"2025"'),
        (Kind.REF, "12160585", "12160585"),
        (Kind.REF, "017", '"017"'),
        (Kind.NUMBER, "128", "128"),
        (Kind.NUMBER, "127.5", "127.5"),
        (Kind.NUMBER, "127.50", '"127.50"'),
        (Kind.FLAG, "true", "true"),
        (Kind.FLAG, "yes", '"yes"'),
        (Kind.TEXT, "true", '"true"'),
        (Kind.TIME, "3:35", '"3:35"'),
    ],
)
def test_typed_values_stay_plain_where_their_text_survives(kind: Kind, text: str, written: str) -> None:
    assert render_scalar(text, kind) == written
    assert str(yaml.safe_load(written)).lower() == text


def test_values_are_written_by_kind() -> None:
    assert render_typed(Kind.TIME, 215_000) == '"3:35"'
    assert render_typed(Kind.FLAG, value=True) == "true"
    assert render_typed(Kind.SET, ("House", "a, b")) == '[House, "a, b"]'
    assert render_typed(Kind.MAPPING, {"a": "1"}) == '{a: "1"}'


def test_control_characters_are_escaped() -> None:
    assert render_scalar("a\u200bb") == '"a\\u200bb"'
    assert render_scalar("\U000e0001") == '"\\U000e0001"'


FULL = Tracklist(
    title="KineticFIELD, EDC",
    artist="AFROJACK",
    date="2025-05-17",
    genres=("House", "Hard, fast"),
    duration=3_600_000,
    source="https://www.1001tracklists.com/tracklist/2wrmg6f1/a.html",
    offset=-4_500,
    status="draft",
    cue={"pregap": "2"},
    notes=("one\ntwo",),
    tracks=(
        Track(start=0, artist="A", title="B: C", label="WALL", ref="12160585"),
        Track(with_previous=True, artist="ID", title="ID", verified=False, extra={"energy": "5"}),
        Track(
            start=215_000,
            end=300_000,
            title="Mash",
            parts=(Part(artist="P", title="Q"), Part(), Part(label="L")),
            bpm="128",
        ),
        Track(notes=("a", "b"), title="No"),
        Track(),
    ),
    extra={"my key": ("a", "b")},
)


def test_a_new_file_reads_back() -> None:
    text = render_tracklist(FULL, comment="kept by hand\nsince 2025")
    assert text.startswith("# kept by hand\n# since 2025\ntitle: KineticFIELD, EDC\n")
    read = parse_tracklist(text)
    assert read.tracks[0] == FULL.tracks[0]
    assert read.tracks[1].extra == {"energy": "5"}
    assert read.tracks[2].parts == (Part(artist="P", title="Q"), Part(title="ID"), Part(label="L"))
    assert read.tracks[3] == FULL.tracks[3]
    assert read.tracks[4] == Track(title="ID")
    assert (read.genres, read.offset, read.notes, read.status) == (FULL.genres, -4_500, FULL.notes, "draft")
    assert read.extra == FULL.extra
    assert parse_document(text).render() == text


def test_an_empty_list_reads_back() -> None:
    assert render_tracklist(Tracklist(title="A")) == "title: A\ntracks: []\n"
    assert render_tracklist(Tracklist()) == "tracks: []\n"


def test_a_track_is_written_in_the_order_of_the_schema() -> None:
    assert render_track(Track(ref="12", artist="A", start=0), "", "\r\n") == (
        '- start: "0:00"\r\n  artist: A\r\n  ref: 12\r\n'
    )
    assert render_field("notes", ("one",), "") == "notes: one\n"
    assert render_field("notes", ("one", "two"), "") == "notes: [one, two]\n"
