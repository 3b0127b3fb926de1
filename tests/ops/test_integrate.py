from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.builders import FIRST, PATH, SECOND, Sets, make_sets, snapshot
from tlgit.ops.integrate import base_text, merge_blobs, plan_merge
from tlgit.ops.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def sets(tmp_path: Path) -> Sets:
    sets = make_sets(tmp_path / "sets")
    sets.take(FIRST)
    return sets


def test_clash_when_the_branch_was_reset_and_edited(sets: Sets) -> None:
    sets.take(SECOND)
    sets.git("reset", "--quiet", "--hard", "HEAD~1")
    sets.edit(("title: Cassiopea", "title: Mine"))
    before = sets.commit()
    report = sets.take()
    assert [(clash.path, clash.reason) for clash in report.clashes] == [(PATH, "1 place in conflict")]
    assert not report.is_settled
    assert sets.at("HEAD") == before
    done = sets.tlgit("sync")
    assert done.code == 1
    assert "`git merge upstream`" in done.out
    sets.git("merge", "upstream", code=1)
    assert sets.read().count("<<<<<<<") == 1


def test_base_of_a_criss_cross(sets: Sets) -> None:
    """Two branches that have merged each other: both are a base of what follows."""
    sets.git("branch", "other")
    sets.edit(("title: Copper Sky", "title: Main"))
    sets.commit()
    main = sets.at("HEAD")
    sets.git("switch", "--quiet", "other")
    sets.edit(("title: Foundry (ID Remix)", "title: Other"))
    sets.commit()
    other = sets.at("HEAD")
    sets.git("merge", "--quiet", "-m", "one", main)
    sets.git("switch", "--quiet", "main")
    sets.git("merge", "--quiet", "-m", "two", other)
    sets.edit(("title: Main", "title: Main Again"))
    sets.commit()
    with Workspace.open(sets.root) as workspace:
        assert len(workspace.repository.merge_bases(sets.at("main"), sets.at("other"))) == 2
        base = base_text(workspace, sets.at("main"), sets.at("other"), PATH)
        assert base is not None
        assert "title: Main\n" in base
        assert "title: Other\n" in base
        plan = plan_merge(workspace, sets.at("other"), sets.at("main"))
    assert plan.clashes == ()
    assert plan.files[PATH].decode() == sets.read()


def test_no_common_past(sets: Sets) -> None:
    with Workspace.open(sets.root) as workspace:
        assert base_text(workspace, None, sets.at("upstream"), PATH) is None
        assert base_text(workspace, sets.at("HEAD~1"), sets.at("upstream"), PATH) is None


def test_what_cannot_be_merged_is_told() -> None:
    clash = merge_blobs("a.yaml", None, b"title: \xff\n", b"title: X\ntracks: []\n")
    assert not isinstance(clash, bytes)
    assert clash.reason == "it is not UTF-8 text"


def test_another_list_at_the_same_path(sets: Sets) -> None:
    other = snapshot(
        title="Mira Kolb @ Harbour Stage, Tideline Festival, Portugal 2026-05-09", list_id="1other99"
    )
    report = sets.take(other)
    assert report.taken[0].path == PATH.replace(".yaml", "-1other99.yaml")
    assert report.is_settled
