from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.builders import FIRST, PATH, SECOND, SHEET, Sets, make_sets, snapshot
from tests.sources.pages import RowSpec
from tlgit.ops.render import SheetState, check_sheets, render_lists, sheet_of, write_out
from tlgit.ops.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from tlgit.ops.render import RenderReport


@pytest.fixture
def sets(tmp_path: Path) -> Sets:
    sets = make_sets(tmp_path / "sets")
    sets.take(FIRST)
    return sets


def render(sets: Sets) -> RenderReport:
    with Workspace.open(sets.root) as workspace:
        return render_lists(workspace)


def states(sets: Sets) -> dict[str, SheetState]:
    with Workspace.open(sets.root) as workspace:
        return {status.list_path: status.state for status in check_sheets(workspace)}


def test_sheet_names_its_blob_and_page(sets: Sets) -> None:
    first = sets.read(SHEET).splitlines()[0]
    assert sets.at(f"HEAD:{PATH}") in first
    assert "1001.tl/2zq4tdl9" in first


def test_fresh_sheet_is_not_touched(sets: Sets) -> None:
    before = (sets.root / SHEET).stat().st_mtime_ns
    report = render(sets)
    assert (report.written, report.fresh, report.failures) == ((), 1, ())
    assert (sets.root / SHEET).stat().st_mtime_ns == before


def test_sheet_follows_a_commit_by_git(sets: Sets) -> None:
    sets.edit(("title: Copper Sky", "title: Mine"))
    assert states(sets) == {PATH: SheetState.FRESH}
    sets.commit()
    assert states(sets) == {PATH: SheetState.STALE}
    assert render(sets).written == (SHEET,)
    assert "Mine" in sets.read(SHEET)
    assert states(sets) == {PATH: SheetState.FRESH}


def test_missing_sheet_is_written_again(sets: Sets) -> None:
    (sets.root / SHEET).unlink()
    assert states(sets) == {PATH: SheetState.MISSING}
    assert render(sets).written == (SHEET,)


@pytest.mark.parametrize("text", ["mine", "REM COMMENT by hand\nFILE x.mp3 MP3\n"])
def test_foreign_sheet_is_never_overwritten(tmp_path: Path, text: str) -> None:
    sets = make_sets(tmp_path / "sets")
    sets.write(text, SHEET)
    report = sets.take(FIRST)
    assert [failure.state for failure in report.rendered.failures] == [SheetState.FOREIGN]
    assert not report.is_settled
    assert sets.read(SHEET) == text
    assert states(sets) == {PATH: SheetState.FOREIGN}


def test_sheet_changed_by_the_user_is_never_overwritten(sets: Sets) -> None:
    changed = sets.edit(("Copper Sky", "Copper Sky (mine)"), path=SHEET)
    report = sets.take(SECOND)
    assert [failure.sheet_path for failure in report.rendered.failures] == [SHEET]
    assert sets.read(SHEET) == changed
    (sets.root / SHEET).unlink()
    assert sets.take().rendered.written == (SHEET,)


def test_sheet_changed_by_the_user_outlives_its_list(sets: Sets) -> None:
    sets.edit(("Copper Sky", "Copper Sky (mine)"), path=SHEET)
    sets.git("rm", "--quiet", PATH)
    sets.commit()
    assert render(sets).removed == ()
    assert (sets.root / SHEET).is_file()


def test_deleting_a_list_removes_only_its_own_sheet(sets: Sets) -> None:
    sets.take(snapshot())
    sets.write("somebody's", "cue/mira-kolb/other.cue")
    sets.git("rm", "--quiet", PATH)
    sets.commit()
    assert render(sets).removed == (SHEET,)
    assert (sets.root / "cue/mira-kolb/other.cue").is_file()
    assert (sets.root / "cue/lena-ortiz/2026-03-01-canal-house.cue").is_file()


def test_lost_state_heals(sets: Sets) -> None:
    shutil.rmtree(sets.root / ".git" / "tlgit")
    before = (sets.root / SHEET).stat().st_mtime_ns
    report = render(sets)
    assert (report.written, report.failures) == ((), ())
    assert (sets.root / SHEET).stat().st_mtime_ns == before
    shutil.rmtree(sets.root / ".git" / "tlgit")
    sets.edit(("title: Copper Sky", "title: Mine"))
    sets.commit()
    assert render(sets).written == (SHEET,)


def test_damaged_state_heals(sets: Sets) -> None:
    for path in (sets.root / ".git" / "tlgit").glob("state.db*"):
        path.unlink()
    (sets.root / ".git" / "tlgit" / "state.db").write_bytes(b"not a database at all" * 100)
    assert sets.take(SECOND).is_settled
    assert "Glass Harbour" in sets.read(SHEET)


def test_broken_list_keeps_its_sheet_and_blocks_no_other(sets: Sets) -> None:
    sheet = sets.read(SHEET)
    sets.take(snapshot())
    other = "tracklists/lena-ortiz/2026-03-01-canal-house.yaml"
    sets.edit(("title: Piece A0", "title: Piece One"), path=other)
    sets.write(sets.read() + "tracks: [\n")
    sets.commit()
    report = render(sets)
    assert [failure.list_path for failure in report.failures] == [PATH]
    assert sets.read(SHEET) == sheet
    assert "Piece One" in sets.read("cue/lena-ortiz/2026-03-01-canal-house.cue")
    with Workspace.open(sets.root) as workspace:
        assert [failure.path for failure in workspace.state.failures()] == [PATH]
    sets.git("revert", "--no-edit", "HEAD")
    assert render(sets).failures == ()
    with Workspace.open(sets.root) as workspace:
        assert workspace.state.failures() == ()


def test_draft_has_no_sheet_and_that_is_no_failure(sets: Sets) -> None:
    sets.write("status: draft\n" + sets.read())
    sets.commit()
    assert states(sets) == {PATH: SheetState.STALE}
    report = render(sets)
    assert (report.failures, report.removed, report.without, report.fresh) == ((), (SHEET,), 1, 0)
    assert states(sets) == {PATH: SheetState.NONE}


def test_untimed_list_has_no_sheet_and_that_is_no_failure(tmp_path: Path) -> None:
    sets = make_sets(tmp_path / "sets")
    report = sets.take(snapshot(*(RowSpec(name=f"Ada - Piece {n}") for n in range(5))))
    assert report.is_settled
    assert report.rendered.without == 1
    assert not (sets.root / "cue").exists()
    assert set(states(sets).values()) == {SheetState.NONE}
    assert sets.tlgit("cue", "--check").code == 0
    assert "1 without cue times" in sets.tlgit("cue").out


def test_two_lists_do_not_fight_for_one_sheet(sets: Sets) -> None:
    sets.write(sets.read().replace("source: ", "notes: "), PATH.replace(".yaml", ".yml"))
    sets.write('tracklists: ["tracklists/**/*.yaml", "tracklists/**/*.yml"]\n', "tlgit.yaml")
    sets.commit()
    for _ in range(2):
        report = render(sets)
        assert (report.written, report.fresh) == ((), 1)
        assert [failure.list_path for failure in report.failures] == [PATH.replace(".yaml", ".yml")]


def test_sheet_path_that_is_a_link_leads_nowhere(sets: Sets, tmp_path: Path) -> None:
    target = tmp_path / "target.cue"
    target.write_text("mine", encoding="utf-8")
    (sets.root / SHEET).unlink()
    (sets.root / SHEET).symlink_to(target)
    sets.take(SECOND)
    assert target.read_text(encoding="utf-8") == "mine"


def test_write_out_replaces_only_what_it_wrote(sets: Sets, tmp_path: Path) -> None:
    target = tmp_path / "out.cue"
    assert sets.tlgit("cue", "harbour", "-o", target).code == 0
    assert target.read_bytes() == (sets.root / SHEET).read_bytes()
    sets.edit(("title: Copper Sky", "title: Mine"))
    sets.commit()
    with Workspace.open(sets.root) as workspace:
        data, _ = sheet_of(workspace, PATH)
        write_out(workspace, PATH, target, data)
    assert "Mine" in target.read_text("utf-8-sig")
    target.write_text(target.read_text("utf-8") + "REM by hand\n", encoding="utf-8")
    assert sets.tlgit("cue", "harbour", "-o", target).code == 3
    assert target.read_text("utf-8").endswith("REM by hand\n")
    assert sets.tlgit("cue", "harbour", "-o", tmp_path / "no" / "out.cue").code == 3


def test_sheet_on_the_terminal(sets: Sets) -> None:
    done = sets.tlgit("cue", "2zq4tdl9", "-o", "-")
    assert done.code == 0
    assert done.out.encode() == (sets.root / SHEET).read_bytes()


@pytest.mark.parametrize("page", [FIRST, SECOND])
def test_players_read_the_same(sets: Sets, page: Path) -> None:
    for program in ("cueprint", "cuebreakpoints"):
        if shutil.which(program) is None:
            pytest.skip(f"no {program}")
    sets.take(page)
    text = sets.read(SHEET)
    # The programs know no byte order mark.
    plain = sets.root / "cue" / "plain.cue"
    plain.write_text(text.removeprefix("\ufeff"), encoding="utf-8")
    titles = run("cueprint", "-t", "%t\\n", str(plain)).splitlines()
    assert titles == re.findall(r'^    TITLE "(.*)"\r?$', text, re.MULTILINE)
    breaks = run("cuebreakpoints", "--prepend-gaps", str(plain)).split()
    starts = re.findall(r"INDEX 01 (\S+)", text)
    assert [as_frames(one) for one in breaks] == [as_frames(one) for one in starts[1:]]


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, check=True, text=True, timeout=30).stdout


def as_frames(text: str) -> int:
    minutes, seconds, frames = (int(part) for part in re.split(r"[:.]", text))
    return (minutes * 60 + seconds) * 75 + frames
