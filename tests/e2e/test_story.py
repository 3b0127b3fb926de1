"""The whole story as users live it: `tlgit init`, pages, an editor, git, a second machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.builders import FIRST, PATH, REVIEW, SECOND, SHEET, Sets, run_tlgit, tool_environment
from tlgit.files.atomic import content_hash

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sets:
    # What `tlgit init` writes into hooks and configuration starts this package from any folder.
    monkeypatch.setenv("PYTHONPATH", tool_environment()["PYTHONPATH"])
    done = run_tlgit(tmp_path, "init", "sets")
    assert done.code == 0, done.err
    return Sets(tmp_path / "sets")


def test_from_the_first_page_to_a_second_machine(sets: Sets, tmp_path: Path) -> None:
    assert sets.tlgit("import", FIRST).code == 0
    assert sets.git("status", "--porcelain") == ""

    # An edit in any editor and a plain commit: the hook brings the sheet along.
    sets.edit(("title: Copper Sky", "title: Salt Lines"), ('"8:35"', '"8:37"'))
    sets.git("commit", "--quiet", "-a", "-m", "my corrections")
    assert "Salt Lines" in sets.read(SHEET)
    assert "08:37:00" in sets.read(SHEET)
    assert sets.tlgit("cue", "--check").code == 0

    # The page of August meets the edits.
    mine = sets.at("HEAD")
    assert sets.tlgit("import", SECOND).code == 0
    for words in ("Salt Lines", '"8:37"', "Glass Harbour", "Morning Papers"):
        assert words in sets.read()
    assert "Glass Harbour" in sets.read(SHEET)
    assert sets.tlgit("doctor").code == 0

    # A second machine: the same merge, by git alone, gives the same blob.
    sets.git("clone", "--quiet", ".", str(tmp_path / "laptop"))
    laptop = Sets(tmp_path / "laptop")
    assert laptop.tlgit("init").code == 0
    assert laptop.at("upstream") == sets.at("upstream")
    laptop.git("reset", "--quiet", "--hard", mine)
    laptop.git("merge", "--quiet", "-m", "by git", "upstream")
    assert laptop.at(f"HEAD:{PATH}") == sets.at(f"HEAD:{PATH}")
    assert laptop.tlgit("cue").code == 0
    assert content_hash(laptop.read(SHEET).encode()) == content_hash(sets.read(SHEET).encode())

    # Rollback by plain git; the page that was merged already does not undo it.
    laptop.git("checkout", "--quiet", mine, "--", PATH)
    laptop.git("commit", "--quiet", "-m", "back to mine")
    assert "Glass Harbour" not in laptop.read(SHEET)
    assert laptop.tlgit("import", SECOND).code == 0
    assert "Glass Harbour" not in laptop.read()
    for repository in (sets, laptop):
        repository.check()


def test_a_conflict_from_page_to_page(sets: Sets) -> None:
    sets.tlgit("import", FIRST)
    sets.edit(("title: Cassiopea", "title: Cassiopeia (Live)"))
    assert sets.tlgit("import", SECOND).code == 1
    assert "Cassiopeia (Live)" in sets.read(SHEET)
    assert "Glass Harbour" in sets.read(SHEET)
    sets.git("merge", REVIEW, code=1)
    assert sets.tlgit("sync").code == 4
    assert "Cassiopeia (Live)" in sets.read(SHEET)
    text = sets.read()
    start = text.index("<<<<<<<")
    end = text.index("\n", text.index(">>>>>>>")) + 1
    sets.write(text[:start] + "    title: Cassiopeia\n" + text[end:])
    sets.git("commit", "--quiet", "-a", "-m", "taken")
    assert "Cassiopeia" in sets.read(SHEET)
    assert sets.tlgit("sync").code == 0
    assert sets.tlgit("import", SECOND).code == 0
    assert not sets.has(REVIEW)
    assert sets.tlgit("status").code == 0
    sets.check()


@pytest.mark.corpus
def test_every_real_page_comes_in_and_stays(sets: Sets, corpus: Path) -> None:
    pages = sorted((corpus / "1001tracklists" / "pages").glob("*.html"))[:60]
    if not pages:
        pytest.skip("no pages")
    first = sets.tlgit("import", *pages)
    assert first.code in {0, 1, 3, 5}, first.err
    assert sets.git("status", "--porcelain") == ""
    before = sets.state()
    sets.tlgit("import", *pages[-1:])
    assert sets.tlgit("sync").code in {0, 1}
    assert sets.state()["files"] == before["files"]
    assert sets.tlgit("lint").code == 0
    sets.check()
