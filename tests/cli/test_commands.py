"""The commands as a black box: exit codes, objects, words, and what never reaches a terminal."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.builders import (
    COMMAND,
    FIRST,
    PATH,
    REVIEW,
    SECOND,
    SHEET,
    Sets,
    make_sets,
    run_tlgit,
    tool_environment,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.builders import Done


@pytest.fixture
def sets(tmp_path: Path) -> Sets:
    return make_sets(tmp_path / "sets")


@pytest.fixture
def filled(sets: Sets) -> Sets:
    sets.take(FIRST)
    return sets


def document(done: Done) -> dict[str, Any]:
    found = json.loads(done.out)
    assert isinstance(found, dict)
    return found


REPORT = {
    "merge_commit",
    "edits",
    "deferred",
    "merged",
    "clashes",
    "reviews",
    "settled",
    "expired",
    "recovered",
    "sheets",
}
SHEETS = {"written", "removed", "fresh", "without", "failures", "warnings"}
TAKEN = {
    "file",
    "outcome",
    "title",
    "path",
    "changes",
    "findings",
    "conflicts",
    "doubtful",
    "review",
    "reason",
    "hint",
    "warnings",
}


def test_import(sets: Sets) -> None:
    done = sets.tlgit("import", FIRST)
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "added Mira Kolb @ Harbour Stage, Tideline Festival, Portugal 2026-05-09 "
        f"({PATH}): new, 16 tracks\nwrote {SHEET}\n"
    )
    again = sets.tlgit("import", FIRST)
    assert again.code == 0
    assert again.out.startswith("unchanged ")


def test_import_as_object(sets: Sets) -> None:
    done = sets.tlgit("import", "--json", FIRST)
    data = document(done)
    assert set(data) == {"schema", "files"} | REPORT
    assert data["schema"] == "tlgit.import/1"
    (file,) = data["files"]
    assert set(file) == TAKEN
    assert (file["outcome"], file["path"], file["file"]) == ("added", PATH, str(FIRST))
    assert set(data["sheets"]) == SHEETS
    assert (data["merged"], data["sheets"]["written"]) == ([PATH], [SHEET])


def test_conflict_is_told(filled: Sets) -> None:
    filled.edit(("title: Cassiopea", "title: Cassiopeia (Live)"))
    done = filled.tlgit("import", SECOND)
    assert done.code == 1
    assert f"committed your edit of {PATH}" in done.out
    assert "yours “Cassiopeia (Live)”, theirs “Cassiopeia”" in done.out
    assert f"git merge {REVIEW}" in done.out
    assert done.out.count(REVIEW) == 1
    data = document(filled.tlgit("import", "--json", SECOND))
    (conflict,) = data["files"][0]["conflicts"]
    assert set(conflict) == {"id", "path", "track", "reason", "base", "ours", "theirs"}
    assert (conflict["base"], conflict["ours"], conflict["theirs"]) == (
        "Cassiopea",
        "Cassiopeia (Live)",
        "Cassiopeia",
    )
    assert data["reviews"] == [REVIEW]
    assert filled.tlgit("sync").code == 1
    status = filled.tlgit("status")
    assert status.code == 1
    assert f"git merge {REVIEW}" in status.out


def test_refusal_as_object(sets: Sets, tmp_path: Path) -> None:
    (tmp_path / "x.html").write_text("<html><body>hello</body></html>", encoding="utf-8")
    done = sets.tlgit("import", "--json", tmp_path / "x.html")
    assert done.code == 3
    (file,) = document(done)["files"]
    assert set(file) == {"file", "outcome", "kind", "reason", "hint"}
    assert file["outcome"] == "refused"


def test_sync(filled: Sets) -> None:
    assert filled.tlgit("sync").out == "nothing to do\n"
    data = document(filled.tlgit("sync", "--json"))
    assert set(data) == {"schema"} | REPORT
    assert data["schema"] == "tlgit.sync/1"
    filled.edit(("title: Copper Sky", "title: Mine"))
    done = filled.tlgit("sync")
    assert done.code == 0
    assert f"committed your edit of {PATH}" in done.out
    assert filled.git("log", "-1", "--format=%s") == (
        "edit: Mira Kolb @ Harbour Stage, Tideline Festival, Portugal: title of track 4 Vela Crane - Mine"
    )


def test_broken_edit_is_told_with_its_place(filled: Sets) -> None:
    filled.write(filled.read() + "tracks: [\n")
    done = filled.tlgit("sync")
    assert done.code == 1
    assert f"left alone {PATH}: {PATH}:" in done.out


def test_status(filled: Sets) -> None:
    filled.edit(("title: Copper Sky", "title: Mine"))
    filled.write("title: New\ntracks: []\n", "tracklists/new.yaml")
    done = filled.tlgit("status")
    assert done.code == 0
    rows = [line.split() for line in done.out.splitlines()]
    assert rows[0] == ["list", "tracks", "ID", "yours", "CUE", "waiting"]
    assert rows[1] == [PATH, "16", "2", "edited", "fresh"]
    assert rows[2] == ["tracklists/new.yaml", "0", "new"]
    data = document(filled.tlgit("status", "--json"))
    assert set(data) == {"schema", "branch", "operation", "is_behind", "reviews", "lists"}
    assert data["schema"] == "tlgit.status/1"
    assert set(data["lists"][0]) == {
        *("path", "title", "tracks", "unknown", "id", "edit", "problem", "sheet", "review")
    }


def test_status_without_lists_and_with_an_operation(sets: Sets) -> None:
    assert "no tracklists yet" in sets.tlgit("status").out
    sets.take(FIRST)
    sets.git("switch", "--quiet", "-c", "other")
    sets.edit(("title: Copper Sky", "title: Other"))
    sets.commit()
    sets.git("switch", "--quiet", "main")
    sets.edit(("title: Copper Sky", "title: Main"))
    sets.commit()
    sets.git("merge", "other", code=1)
    done = sets.tlgit("status")
    assert done.code == 1
    assert "a git merge is under way" in done.out
    assert "in conflict" in done.out


def test_status_tells_of_a_broken_file(filled: Sets) -> None:
    filled.write(filled.read() + "tracks: [\n")
    done = filled.tlgit("status")
    assert done.code == 1
    assert "unreadable" in done.out
    assert f"{PATH}:" in done.out


def test_status_of_a_renamed_list_shows_its_review(filled: Sets) -> None:
    filled.edit(("title: Cassiopea", "title: Cassiopeia (Live)"))
    filled.take(SECOND)
    filled.git("mv", PATH, "tracklists/harbour.yaml")
    filled.commit()
    (row,) = document(filled.tlgit("status", "--json"))["lists"]
    assert (row["path"], row["review"]) == ("tracklists/harbour.yaml", REVIEW)


def test_new(sets: Sets) -> None:
    done = sets.tlgit("new", "My Night", "--artist", "Nadja Rae", "--date", "2026-06-01")
    assert done.code == 0
    assert done.out.splitlines()[0] == "tracklists/nadja-rae/2026-06-01-my-night.yaml"
    second = document(
        sets.tlgit("new", "My Night", "--artist", "Nadja Rae", "--date", "2026-06-01", "--json")
    )
    assert second == {"schema": "tlgit.new/1", "path": "tracklists/nadja-rae/2026-06-01-my-night-2.yaml"}
    assert sets.tlgit("lint").code == 0
    assert sets.tlgit("sync").code == 0
    assert sets.git("status", "--porcelain") == ""
    assert sets.tlgit("new", "  ").code == 2
    assert sets.tlgit("new", "X", "--date", "someday").code == 3


def test_lint(filled: Sets, tmp_path: Path) -> None:
    done = filled.tlgit("lint")
    assert (done.code, done.out) == (0, "1 file, no problems\n")
    bad = tmp_path / "bad.yaml"
    bad.write_text("title: X\ntracks:\n  - start: soon\n", encoding="utf-8")
    done = filled.tlgit("lint", bad)
    assert done.code == 1
    assert f"{bad}:3:12: error" in done.out
    data = document(filled.tlgit("lint", "--json", bad))
    assert set(data) == {"schema", "files"}
    assert set(data["files"][0]["problems"][0]) == {
        *("severity", "code", "line", "column", "sentence", "hint")
    }


def test_cue(filled: Sets) -> None:
    assert filled.tlgit("cue").out == "1 sheet fresh\n"
    filled.edit(("title: Copper Sky", "title: Mine"))
    filled.commit()
    checked = filled.tlgit("cue", "--check")
    assert checked.code == 1
    assert f"stale {SHEET}" in checked.out
    data = document(filled.tlgit("cue", "--check", "--json"))
    assert data["schema"] == "tlgit.cue-check/1"
    assert set(data["sheets"][0]) == {"list", "sheet", "state", "reason", "hint", "warnings"}
    data = document(filled.tlgit("cue", "--json", "2zq4tdl9"))
    assert set(data) == {"schema", "recovered"} | SHEETS
    assert data["written"] == [SHEET]
    assert filled.tlgit("cue", "--check").code == 0
    sheet = document(filled.tlgit("cue", "harbour", "-o", "-", "--json"))
    assert sheet["sheet"].encode() == (filled.root / SHEET).read_bytes()
    assert filled.tlgit("cue", "-o", "x.cue").code == 2


@pytest.mark.parametrize(
    "name", [PATH, "2026-05-09-harbour-stage-tideline-festival-portugal", "2zq4tdl9", "HARBOUR"]
)
def test_a_list_goes_by_many_names(filled: Sets, name: str) -> None:
    assert filled.tlgit("cue", name).code == 0


def test_a_list_goes_by_its_address(filled: Sets) -> None:
    assert filled.tlgit("cue", "https://www.1001tracklists.com/tracklist/2zq4tdl9/x.html#tlp_3").code == 0
    assert filled.tlgit("cue", "1001.tl/2zq4tdl9").code == 0
    done = filled.tlgit("cue", "nothing")
    assert done.code == 2
    assert "there is no tracklist 'nothing'" in done.err


@pytest.mark.parametrize("command", ["import x.html", "sync", "status", "lint", "cue", "new X"])
def test_outside_of_a_repository(tmp_path: Path, command: str) -> None:
    (tmp_path / "x.html").write_bytes(FIRST.read_bytes())
    done = run_tlgit(tmp_path, *command.split())
    assert done.code == 4
    assert done.err.startswith("error: ")
    assert "hint: " in done.err
    assert "Traceback" not in done.err
    data = document(run_tlgit(tmp_path, *command.split(), "--json"))
    assert set(data) == {"schema", "error", "hint", "exit_code"}
    assert (data["schema"], data["exit_code"]) == ("tlgit.error/1", 4)


def test_usage(sets: Sets) -> None:
    done = sets.tlgit("imprt", "x")
    assert done.code == 2
    assert "Did you mean 'import'?" in done.err
    assert sets.tlgit("import").code == 2
    assert sets.tlgit("sync", "--nonsense").code == 2
    assert document(sets.tlgit("import", "--json"))["exit_code"] == 2
    done = sets.tlgit()
    assert done.code == 2
    assert "Usage: tlgit" in done.err
    assert not done.err.startswith("error")
    assert "import" in sets.tlgit("--help").out


def test_version(sets: Sets) -> None:
    assert sets.tlgit("--version").out.startswith("tlgit ")


def test_another_folder(filled: Sets, tmp_path: Path) -> None:
    assert run_tlgit(tmp_path, "-C", str(filled.root), "status").code == 0
    assert run_tlgit(tmp_path, "-C", "nowhere", "status").code == 2
    assert run_tlgit(filled.root / "tracklists", "status").code == 0


def test_debug_shows_where(tmp_path: Path) -> None:
    assert "Traceback" in run_tlgit(tmp_path, "status", "--debug").err


def test_wrong_setting_names_its_place(sets: Sets) -> None:
    sets.write("tracklist: x\n", "tlgit.yaml")
    done = sets.tlgit("status")
    assert done.code == 2
    assert "tlgit.yaml:1:1: unknown setting `tracklist`" in done.err
    assert "did you mean `tracklists`?" in done.err


def test_nothing_drives_the_terminal(filled: Sets, tmp_path: Path) -> None:
    evil = "tracklists/\x1b[31mred\x07.yaml"
    filled.write('title: "\\e]0;owned\\a"\ntracks:\n  - title: "\\e[2J"\n    start: "0:00"\n', evil)
    page = tmp_path / "\x1b]0;x\x07.html"
    page.write_bytes(b"nothing")
    for arguments in (
        ["status"],
        ["lint"],
        ["sync"],
        ["cue"],
        ["cue", "--check"],
        ["status"],
        ["import", page],
        ["cue", "\x1b[31m"],
        ["\x1b[31m"],
    ):
        for extra in ([], ["--json"]):
            done = filled.tlgit(*arguments, *extra)
            assert done.code != 70, done.err
            for character in "\x1b\x07\x9b":
                assert character not in done.out + done.err, arguments


def test_reader_that_goes_away(filled: Sets) -> None:
    read, write = os.pipe()
    os.close(read)
    process = subprocess.Popen(
        [*COMMAND, "status"],
        cwd=filled.root,
        stdout=write,
        stderr=subprocess.PIPE,
        env=tool_environment(),
    )
    os.close(write)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")


def test_terminal_that_knows_few_letters(filled: Sets) -> None:
    filled.edit(("title: Cassiopea", "title: Cassiopeia (Łódź)"))
    ascii_only = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = filled.tlgit("import", SECOND, environment=ascii_only)
    assert done.code == 1
    assert r"\u0141\xf3d\u017a" in done.out
    data = document(filled.tlgit("import", SECOND, "--json", environment=ascii_only))
    assert data["files"][0]["conflicts"][0]["ours"] == "Cassiopeia (Łódź)"


def test_busy(filled: Sets) -> None:
    program = "import fcntl,sys,time; f=open('.git/tlgit/lock','r+'); fcntl.flock(f,2); print(1,flush=True); time.sleep(60)"
    with subprocess.Popen([COMMAND[0], "-c", program], cwd=filled.root, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        done = filled.tlgit("sync")
        holder.kill()
    assert done.code == 4
    assert "another tlgit is at work" in done.err
