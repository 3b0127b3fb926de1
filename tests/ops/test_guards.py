from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.builders import FIRST, PATH, SECOND, Sets, make_sets, sample, snapshot
from tests.sources.pages import GATES, render_gate
from tlgit.ops.observe import belonging_to
from tlgit.ops.take import Outcome
from tlgit.ops.workspace import Workspace
from tlgit.sources.export import parse_export
from tlgit.sources.guard import GuardKind
from tlgit.sources.snapshot import Snapshot

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def sets(tmp_path: Path) -> Sets:
    sets = make_sets(tmp_path / "sets")
    sets.take(FIRST)
    return sets


def halved() -> Snapshot:
    found = sample()
    return replace(found, tracklist=replace(found.tracklist, tracks=found.tracklist.tracks[:7]))


def blanked() -> Snapshot:
    found = sample()
    tracks = tuple(
        replace(track, artist="ID", title="ID") if number < 8 else track
        for number, track in enumerate(found.tracklist.tracks)
    )
    return replace(found, tracklist=replace(found.tracklist, tracks=tracks))


def untimed() -> Snapshot:
    found = sample()
    tracks = tuple(replace(track, start=None) for track in found.tracklist.tracks)
    return replace(found, tracklist=replace(found.tracklist, tracks=tracks))


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        (halved(), GuardKind.ROWS_LOST),
        (blanked(), GuardKind.NAMES_LOST),
        (untimed(), GuardKind.FIELD_GONE),
    ],
    ids=["halved", "blanked", "untimed"],
)
def test_suspicious_page_is_held_until_forced(sets: Sets, page: Snapshot, kind: GuardKind) -> None:
    before = sets.state()
    report = sets.take(page)
    (taken,) = report.taken
    assert taken.outcome is Outcome.HELD
    assert [finding.kind for finding in taken.findings] == [kind]
    assert not report.is_settled
    assert sets.state() == before
    assert sets.take(page, force=True).taken[0].outcome is Outcome.UPDATED
    assert sets.at("upstream") != sets.git("rev-parse", "upstream^")
    sets.check()


def export_of(lines: str, footer: str = "") -> Snapshot:
    found = parse_export(lines + footer)
    assert isinstance(found, Snapshot), found
    return found


EXPORT = """Mira Kolb @ Harbour Stage, Tideline Festival, Portugal 2026-05-09

[0:00] Mira Kolb - Undertow (Intro Edit) [SALTWIRE]
w/ Oskar Lind ft. Nadja Rae - Paper Lanterns (Acappella) [GLASSHOUSE]
[4:10] Teal & Torrent - Northern Line (Kessler Remix) [DOCKSIDE/MORROW (HALCYON)]
[8:35] Vela Crane - Copper Sky [GLASSHOUSE]
[12:20] Ilse Marlow - Glass Harbour [GLASSHOUSE]
w/ Juno Bright - Slow Motion Sunday (Acappella) [PAPERMOON]
[16:05] Hollis vs. Oskar Lind & Amara Voss - Ember vs. Paper Lanterns vs. Low Tide (Mira Kolb Mashup) [DOCKSIDE/GLASSHOUSE]
[20:40] Mira Kolb - ID
[25:15] The Quiet Engines - Cassiopea [MORROW (HALCYON)]
w/ Sólrún - Ljós [NORÐUR]
Sunset Hour:
[29:50] Dario Fenn - Rooftops At 5 AM [PAPERMOON]
[34:30] Kessler - Foundry (ID Remix) [DOCKSIDE]
[39:05] ID - ID
[44:20] Amara Voss - Low Tide (Teal & Torrent Remix) [SALTWIRE]
w/ Juno Bright - Slow Motion Sunday [PAPERMOON]
[52:45] Mira Kolb & Vela Crane - Last Ferry Home [SALTWIRE]
"""
FOOTER = "\nhttps://1001.tl/2zq4tdl9\n"


def test_export_changes_what_it_knows_and_keeps_the_rest(sets: Sets) -> None:
    before = sets.read()
    report = sets.take(export_of(EXPORT, FOOTER))
    assert report.taken[0].outcome is Outcome.UPDATED
    assert sets.read() == before.replace(
        "    artist: ID\n    title: ID\n    ref: 30410005",
        "    artist: Ilse Marlow\n    title: Glass Harbour\n    label: GLASSHOUSE\n    ref: 30410005",
    )


def test_export_cut_off_is_held(sets: Sets) -> None:
    before = sets.state()
    lines = "\n".join(EXPORT.splitlines()[:7])
    assert sets.take(export_of(lines, FOOTER)).taken[0].outcome is Outcome.HELD
    assert sets.state() == before


def test_export_without_id_is_held_until_it_is_told_where_it_belongs(sets: Sets) -> None:
    before = sets.state()
    report = sets.take(export_of(EXPORT))
    assert report.taken[0].outcome is Outcome.HELD
    assert "--to" in (report.taken[0].hint or "")
    assert sets.state() == before
    with Workspace.open(sets.root) as workspace:
        told = belonging_to(workspace, export_of(EXPORT), "harbour-stage")
    assert sets.take(told).taken[0].outcome is Outcome.UPDATED
    assert "Glass Harbour" in sets.read()


def test_export_told_to_belong_to_another_list_is_refused(sets: Sets, tmp_path: Path) -> None:
    sets.take(snapshot())
    (tmp_path / "export.txt").write_text(EXPORT + FOOTER, encoding="utf-8")
    done = sets.tlgit("import", tmp_path / "export.txt", "--to", "canal-house")
    assert done.code == 2
    assert "2zq4tdl9" in done.err


@pytest.mark.parametrize(("gate", "code"), [("captcha", 5), ("ip_limit", 5), ("nothing", 3)])
def test_refused_file_moves_nothing(sets: Sets, tmp_path: Path, gate: str, code: int) -> None:
    file = tmp_path / "page.html"
    file.write_bytes(render_gate(GATES[gate]) if gate in GATES else b"<html><body>hello</body></html>")
    before = sets.state()
    done = sets.tlgit("import", file)
    assert done.code == code
    assert done.err.startswith("error: ")
    assert "hint: " in done.err
    assert sets.state() == before


def test_good_files_are_taken_beside_refused_ones(sets: Sets, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_bytes(render_gate(GATES["captcha"]))
    done = sets.tlgit("import", file, SECOND)
    assert done.code == 5
    assert "Glass Harbour" in sets.read(PATH)
    sets.check()


def test_missing_file_is_the_callers_mistake(sets: Sets) -> None:
    before = sets.state()
    assert sets.tlgit("import", "nowhere.html", SECOND).code == 2
    assert sets.state() == before


def test_older_copy_is_held(sets: Sets) -> None:
    sets.take(SECOND)
    before = sets.state()
    (taken,) = sets.take(FIRST).taken
    assert taken.outcome is Outcome.HELD
    assert [finding.kind for finding in taken.findings] == [GuardKind.OLDER]
    assert sets.state() == before
    assert sets.take(FIRST, force=True).taken[0].outcome is Outcome.UPDATED


def test_page_with_nothing_new_tells_what_is_merged_only_now(sets: Sets) -> None:
    sets.git("branch", "keep")
    sets.take(SECOND)
    sets.git("reset", "--quiet", "--hard", "keep")
    (taken,) = sets.take(SECOND).taken
    assert taken.outcome is Outcome.UPDATED
    assert "Glass Harbour" in sets.read()
    assert sets.take(SECOND).taken[0].outcome is Outcome.UNCHANGED


def test_merge_that_changes_no_file_is_told(sets: Sets) -> None:
    sets.git("branch", "keep")
    sets.take(SECOND)
    sets.git("switch", "--quiet", "keep")
    sets.git("checkout", "main", "--", PATH)
    sets.git("commit", "--quiet", "-m", "the same by hand")
    done = sets.tlgit("sync")
    assert "noted that upstream is merged" in done.out
    assert sets.tlgit("sync").out == "nothing to do\n"


def test_address_of_the_same_page_written_otherwise_is_no_conflict(tmp_path: Path) -> None:
    fresh = make_sets(tmp_path / "fresh")
    address = "https://www.1001tracklists.com/tracklist/2zq4tdl9/x.html"
    title = sample().tracklist.title
    fresh.write(
        f"title: {title}\nsource: {address}\ntracks:\n  - title: Copper Sky\n    artist: Vela Crane\n"
    )
    fresh.commit()
    (taken,) = fresh.take(FIRST).taken
    assert not [conflict for conflict in taken.conflicts if conflict.key == "source"]
    assert address in fresh.read()


def test_clone_that_is_not_set_up_gets_a_hint(sets: Sets) -> None:
    assert "tlgit init" not in sets.tlgit("sync").err
    sets.git("config", "--unset", "merge.tlgit.driver")
    assert "tlgit init" in sets.tlgit("sync").err
