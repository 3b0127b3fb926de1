"""Real pages, where the folder with them is present: counts, names against the official export, gates."""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003  (fixtures are resolved at run time)

import pytest

from tlgit.sources.export import render_line
from tlgit.sources.guard import check_update, merge_export
from tlgit.sources.read import parse
from tlgit.sources.snapshot import Refusal, Snapshot

pytestmark = pytest.mark.corpus

PAGES = {
    "2wrmg6f1-2026-04-12": (26, 31, 20, 28),
    "2wrmg6f1-2026-07-31": (26, 31, 20, 28),
    "1pn8l919-2026-07-31": (50, 4, 18, 54),
    "2r5rr53t-2026-04-13": (15, 0, 0, 15),
    "1tcz79u1-2026-04-13": (11, 5, 0, 11),
    "l3uw499-2026-05-02": (27, 1, 0, 28),
    "19h6nw7t-2026-08-03": (12, 0, 0, 0),
    "2wh7m6xk-2022-11-14": (27, 0, 4, 27),
    "2hjnqr0t-2023-05-24": (14, 0, 0, 0),
}
"""Numbered rows, `w/` rows, parts of mashups, cue times (with the first row's 0:00 that the page does not show)."""

GATES = {
    "interstitial-2022": ("interstitial", 5),
    "ip-limit": ("ip_limit", 5),
    "image-captcha-excerpt": ("captcha", 5),
    "search-result": ("wrong_page", 3),
    "decoy-rows-excerpt": ("decoy", 5),
}


def page(corpus: Path, name: str) -> Snapshot:
    found = parse((corpus / "1001tracklists" / "pages" / f"{name}.html").read_bytes(), name=name)
    assert isinstance(found, Snapshot), found
    return found


@pytest.mark.parametrize("name", PAGES)
def test_row_counts(corpus: Path, name: str) -> None:
    found = page(corpus, name)
    tracks = found.tracklist.tracks
    played_with = sum(one.with_previous for one in tracks)
    parts = sum(len(one.parts) for one in tracks)
    starts = sum(one.start is not None for one in tracks)
    assert (len(tracks) - played_with, played_with, parts, starts) == PAGES[name]
    assert found.list_id == name.partition("-")[0]
    assert all(one.ref for one in tracks)
    assert found.captured
    assert found.last_edit
    assert found.tracklist.artist
    assert found.tracklist.date
    assert not found.warnings


@pytest.mark.parametrize("name", ["2wrmg6f1", "1pn8l919"])
def test_names_and_labels_equal_the_official_export(corpus: Path, name: str) -> None:
    export = parse((corpus / "1001tracklists" / "exports" / f"{name}.txt").read_bytes())
    assert isinstance(export, Snapshot)
    assert export.list_id == name
    seen = page(corpus, f"{name}-2026-07-31")
    assert export.tracklist.title == seen.tracklist.title
    assert export.tracklist.artist == seen.tracklist.artist
    theirs, ours = export.tracklist.tracks, seen.tracklist.tracks
    assert len(theirs) == len(ours)
    cut = [one for one, other in zip(theirs, ours, strict=True) if render_line(one) != render_line(other)]
    assert all(one.name.startswith("K & MC Ambush vs.") for one in cut), (
        "the export lost the front of one name"
    )
    assert len(cut) <= 1
    shown = [(one.start, one.with_previous, one.label) for one in theirs]
    assert shown == [(None if one.with_previous else one.start, one.with_previous, one.label) for one in ours]


@pytest.mark.parametrize("name", ["2wrmg6f1", "1pn8l919"])
def test_an_export_applied_to_its_page_keeps_everything(corpus: Path, name: str) -> None:
    export = parse((corpus / "1001tracklists" / "exports" / f"{name}.txt").read_bytes())
    assert isinstance(export, Snapshot)
    seen = page(corpus, f"{name}-2026-07-31").tracklist
    assert merge_export(seen, export.tracklist) == seen


def test_two_copies_differ_by_the_known_edits_only(corpus: Path) -> None:
    old, new = page(corpus, "2wrmg6f1-2026-04-12"), page(corpus, "2wrmg6f1-2026-07-31")
    known = json.loads((corpus / "1001tracklists" / "2wrmg6f1-evolution.json").read_text())
    visible_only = {row["data_id"] for row in known["changed"] if set(row["fields"]) == {"shown"}}
    expected = {row["data_id"] for row in known["changed"]}
    before = {one.ref: one for one in old.tracklist.tracks}
    changed = {one.ref for one in new.tracklist.tracks if before[one.ref] != one}
    assert changed <= expected
    assert expected - changed <= visible_only
    assert old.fingerprint != new.fingerprint
    assert check_update(old.tracklist, new, frozenset({"2wrmg6f1"})) == ()


@pytest.mark.parametrize("name", GATES)
def test_gates(corpus: Path, name: str) -> None:
    found = parse((corpus / "1001tracklists" / "gates" / f"{name}.html").read_bytes(), name=name)
    assert isinstance(found, Refusal)
    assert (found.kind.label, found.exit_code) == GATES[name]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("cut", range(1, 20, 3))
def test_cut_pages_are_refused(corpus: Path, name: str, cut: int) -> None:
    data = (corpus / "1001tracklists" / "pages" / f"{name}.html").read_bytes()
    found = parse(data[: len(data) * cut // 20])
    assert isinstance(found, Refusal)
    assert found.exit_code == 3


def test_a_page_copied_as_text_is_no_export(corpus: Path) -> None:
    found = parse((corpus / "1001tracklists" / "exports" / "page-copied-as-text.txt").read_bytes())
    assert isinstance(found, Refusal)
    assert found.kind.label == "not_export"
