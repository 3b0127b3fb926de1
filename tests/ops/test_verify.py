"""Merges that git makes without the driver, looked over: text merges, options, hands; and those of ours."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Final

import pytest

from tests.builders import FIRST, PATH, REVIEW, SECOND, Sets, make_sets
from tlgit.merge.finding import Weight
from tlgit.ops.verify import NotAMergeError, UnknownRevisionError, VerifiedMerge, find_merges, verify_merge
from tlgit.ops.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    Lists = Mapping[str, str | None]
    """Texts by path; None deletes."""

NAME: Final = 'tracklists/ada/it\'s a "night".yaml'
SOURCE: Final = "source: https://www.1001tracklists.com/tracklist/{}/x.html\n"
BASE: Final = "title: Night\ntracks:\n" + "".join(
    f'  - start: "{n}:00"\n    artist: A{n}\n    bpm: 12{n}\n    key: Am\n    isrc: X{n}\n    title: T{n}\n'
    for n in range(9)
)


def track(number: int, text: str = BASE) -> str:
    start = text.index(f'  - start: "{number}:00"')
    end = text.find("  - start", start + 5)
    return text[start:] if end < 0 else text[start:end]


def edit(*changes: tuple[str, str], text: str = BASE) -> str:
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    return text


OURS: Final = edit(("title: T1", "title: One"))
THEIRS: Final = edit(("artist: A1", "artist: Ada"), ("title: T7", "title: Seven"))
NEW: Final = '  - start: "4:30"\n    artist: Elm\n    title: Rain\n'


@pytest.fixture
def sets(tmp_path: Path) -> Sets:
    return make_sets(tmp_path / "sets")


def put(sets: Sets, lists: Lists, message: str) -> str:
    for path, text in lists.items():
        if text is None:
            sets.git("rm", "--quiet", path)
        else:
            sets.write(text, path)
    sets.git("add", "--all")
    sets.git("commit", "--quiet", "--allow-empty", "-m", message)
    return sets.at("HEAD")


def fork(sets: Sets, base: Lists, ours: Lists, *theirs: Lists) -> None:
    """`ours` on main, each of theirs on a branch `theirs`, `theirs2`, …"""
    put(sets, base, "base")
    for number, lists in enumerate(theirs, start=1):
        sets.git("switch", "--quiet", "-c", "theirs" if number == 1 else f"theirs{number}", "main")
        put(sets, lists, "theirs")
    sets.git("switch", "--quiet", "main")
    put(sets, ours, "ours")


def without_driver(sets: Sets) -> None:
    """What a clone has that knows nothing of tlgit: git merges by lines."""
    sets.git("config", "--unset", "merge.tlgit.driver")


def look(sets: Sets, revision: str = "HEAD") -> VerifiedMerge:
    with Workspace.open(sets.root) as workspace:
        (commit,) = find_merges(workspace, revision)
        return verify_merge(workspace, commit)


def codes(sets: Sets, revision: str = "HEAD", weight: Weight = Weight.ERROR) -> dict[str, list[str]]:
    return {
        one.path: found
        for one in look(sets, revision).lists
        if (found := [hinted.finding.code for hinted in one.findings if hinted.finding.weight is weight])
    }


# Git's own silent errors

SILENT: Final = {
    "duplicate key": (
        edit(("artist: A3\n    bpm: 123\n", "label: Fern\n    artist: A3\n    bpm: 123\n")),
        edit(("title: T3\n", "title: T3\n    label: Quay\n")),
        ["syntax"],
    ),
    "one track added in two gaps": (
        edit((track(2), track(2) + NEW)),
        edit((track(6), track(6) + NEW)),
        ["double"],
    ),
    "one track moved to two places": (
        edit((track(4), ""), (track(0), track(4) + track(0))),
        edit((track(4), ""), (track(8), track(8) + track(4))),
        ["double"],
    ),
}


@pytest.mark.parametrize("name", SILENT)
def test_what_git_merges_by_lines_without_a_word(sets: Sets, name: str) -> None:
    ours, theirs, wanted = SILENT[name]
    fork(sets, {NAME: BASE}, {NAME: ours}, {NAME: theirs})
    without_driver(sets)
    sets.git("merge", "--quiet", "--no-edit", "theirs")  # exit 0
    assert codes(sets) == {NAME: wanted}
    assert look(sets).has_errors


def test_the_same_by_the_driver_has_nothing_wrong(sets: Sets) -> None:
    fork(sets, {NAME: BASE}, {NAME: OURS}, {NAME: THEIRS})
    sets.git("merge", "--quiet", "--no-edit", "theirs")
    merge = look(sets)
    assert (merge.count, merge.lists, merge.has_errors) == (1, (), False)


# Options and hands


@pytest.mark.parametrize("option", ["-Xours", "-Xtheirs", "-sours"])
def test_a_side_preferred_by_lines(sets: Sets, option: str) -> None:
    """Neighbouring lines are one conflict to git, so that one side's edit of a field goes with the other's."""
    fork(
        sets, {NAME: BASE}, {NAME: edit(("isrc: X1", "isrc: Y1"))}, {NAME: edit(("title: T1", "title: One"))}
    )
    without_driver(sets)
    sets.git("merge", "--quiet", "--no-edit", option, "theirs")
    assert codes(sets) == {NAME: ["lost"]}


def test_added_as_it_was_after_the_driver_was_missing(sets: Sets) -> None:
    """A driver without a way out: git keeps ours, without markers, and `git add` drops theirs."""
    fork(sets, {NAME: BASE}, {NAME: OURS}, {NAME: THEIRS})
    sets.git("config", "merge.tlgit.driver", "/gone/tlgit merge-driver %O %A %B")
    sets.git("merge", "--quiet", "--no-edit", "theirs", code=1)
    assert sets.read(NAME) == OURS
    sets.git("add", "--all")
    sets.git("commit", "--quiet", "--no-edit")
    assert codes(sets) == {NAME: ["lost", "lost"]}
    (hint,) = {hinted.hint for hinted in look(sets).lists[0].findings}
    assert hint is not None
    command = hint.removeprefix("`git ").removesuffix("` has it")
    assert sets.git(*shlex.split(command)) + "\n" == THEIRS


def test_an_evil_merge(sets: Sets) -> None:
    """A person writes what nobody wrote, and takes out what nobody deleted, in the merge itself."""
    fork(sets, {NAME: BASE, PATH: BASE}, {NAME: OURS}, {NAME: THEIRS})
    sets.git("merge", "--quiet", "--no-commit", "theirs")
    sets.write(sets.read(NAME).replace("title: T5", "title: Five").replace(track(3), ""), NAME)
    sets.git("rm", "--quiet", PATH)
    sets.commit("evil")
    assert codes(sets) == {NAME: ["missing", "invented"], PATH: ["missing"]}


def test_a_list_that_neither_side_touched(sets: Sets) -> None:
    fork(sets, {NAME: BASE, PATH: BASE}, {NAME: OURS}, {NAME: THEIRS})
    sets.git("merge", "--quiet", "--no-commit", "theirs")
    sets.write(edit(("title: T5", "title: Five")), PATH)
    sets.commit("by the way")
    assert codes(sets) == {PATH: ["invented"]}
    assert look(sets).count == 2


def test_a_new_list_that_got_lost(sets: Sets) -> None:
    fork(sets, {NAME: BASE}, {NAME: OURS}, {NAME: THEIRS, PATH: BASE})
    sets.git("merge", "--quiet", "--no-commit", "theirs")
    sets.git("rm", "--quiet", "--force", PATH)
    sets.commit("without it")
    assert codes(sets) == {PATH: ["missing"]}


# Renames


@pytest.mark.parametrize("source", ["", SOURCE.format("abc123")])
def test_a_renamed_list_is_followed(sets: Sets, source: str) -> None:
    base, ours, theirs = (text + source for text in (BASE, OURS, THEIRS))
    fork(sets, {NAME: base}, {NAME: None, PATH: ours}, {NAME: theirs})
    sets.git("merge", "--quiet", "--no-edit", "theirs")
    assert codes(sets) == {}
    assert look(sets).count == 1
    sets.git("reset", "--quiet", "--hard", "HEAD^")
    sets.git("merge", "--quiet", "--no-commit", "theirs")
    sets.write(ours, PATH)
    sets.commit("as I had it")
    assert codes(sets) == {PATH: ["lost", "lost"]}


def test_one_list_poured_into_another(sets: Sets) -> None:
    """Without the driver git's rename detection gives the update of a deleted list to a similar one."""
    one = BASE + SOURCE.format("abc123")
    two = edit(("title: T8", "title: Eight")) + SOURCE.format("xyz789")
    fork(sets, {NAME: one}, {NAME: None, PATH: two}, {NAME: one.replace("title: T2", "title: Two")})
    without_driver(sets)
    sets.git("merge", "--quiet", "--no-edit", "theirs")
    assert "title: Two" in sets.read(PATH)
    assert codes(sets) == {PATH: ["invented"]}
    assert codes(sets, weight=Weight.NOTE) == {NAME: ["decided"]}


def test_a_list_that_gets_its_page_keeps_its_file(sets: Sets) -> None:
    fork(sets, {NAME: BASE}, {NAME: OURS}, {NAME: THEIRS + SOURCE.format("abc123")})
    sets.git("merge", "--quiet", "--no-edit", "theirs")
    assert (codes(sets), look(sets).count) == ({}, 1)


def test_two_files_of_one_page(sets: Sets) -> None:
    base = BASE + SOURCE.format("abc123")
    fork(
        sets,
        {NAME: base, PATH: base},
        {NAME: OURS + SOURCE.format("abc123")},
        {PATH: THEIRS + SOURCE.format("abc123")},
    )
    sets.git("merge", "--quiet", "--no-edit", "theirs")
    assert (codes(sets), look(sets).count) == ({}, 2)


# Histories


def test_an_octopus_is_merged_by_lines(sets: Sets) -> None:
    """git's octopus never calls a driver; what its parents give together is computed here."""
    third = edit(("title: T4", "title: Four"))
    fork(
        sets,
        {NAME: BASE},
        {NAME: OURS},
        {NAME: edit(("title: T7", "title: Seven"))},
        {NAME: third, PATH: BASE},
    )
    sets.git("merge", "--quiet", "--no-edit", "theirs", "theirs2")
    assert sets.git("rev-list", "--parents", "-1", "HEAD").count(" ") == 3
    assert codes(sets) == {}
    sets.write(OURS, NAME)
    sets.git("commit", "--quiet", "--all", "--amend", "--no-edit")
    assert codes(sets) == {NAME: ["lost", "lost"]}
    assert all("^3:" in (hinted.hint or "") for hinted in look(sets).lists[0].findings)


def test_an_octopus_whose_sides_clash(sets: Sets) -> None:
    ours, theirs, _ = SILENT["duplicate key"]
    fork(sets, {NAME: BASE}, {NAME: ours}, {NAME: theirs}, {NAME: edit(("title: T7", "title: Seven"))})
    sets.git("merge", "--quiet", "--no-edit", "theirs", "theirs2")
    assert sets.read(NAME).count("label: ") == 2
    assert codes(sets) == {NAME: ["syntax"]}
    assert codes(sets, weight=Weight.NOTE) == {NAME: ["unreadable"]}


def test_what_a_further_parent_may_explain_is_not_told(sets: Sets) -> None:
    ours, theirs, _ = SILENT["one track added in two gaps"]
    second = edit(("title: T8", "title: Eight"), text=theirs)
    fork(sets, {NAME: BASE}, {NAME: ours}, {NAME: second}, {NAME: edit(("title: T4", "title: Four"))})
    sets.git("merge", "--quiet", "--no-edit", "theirs", "theirs2")
    assert codes(sets) == {NAME: ["double"]}


def test_an_octopus_of_lists_that_come_and_go(sets: Sets) -> None:
    fork(sets, {NAME: BASE}, {}, {NAME: None}, {PATH: BASE})
    sets.git("merge", "--quiet", "--no-edit", "theirs", "theirs2")
    assert (codes(sets), look(sets).count) == ({}, 2)


def test_criss_cross(sets: Sets) -> None:
    """Of two bases each may explain what stands there."""
    fork(sets, {NAME: BASE}, {NAME: OURS}, {NAME: THEIRS})
    for branch, other in (("main", "theirs"), ("theirs", "main^1")):
        sets.git("switch", "--quiet", branch)
        sets.git("merge", "--quiet", "--no-edit", other)
    put(sets, {NAME: sets.read(NAME).replace("T5", "Five")}, "theirs goes on")
    sets.git("switch", "--quiet", "main")
    put(sets, {NAME: sets.read(NAME).replace("T3", "Three")}, "ours goes on")
    assert len(sets.git("merge-base", "--all", "main", "theirs").split()) == 2
    sets.git("merge", "--quiet", "--no-edit", "theirs")
    assert codes(sets) == {}
    sets.write(sets.shown("HEAD^1", NAME), NAME)
    sets.git("commit", "--quiet", "--all", "--amend", "--no-edit")
    assert codes(sets) == {NAME: ["lost"]}


def test_bases_that_clash_accuse_nobody(sets: Sets) -> None:
    one, two = (edit(("title: T1", f"title: {name}")) for name in ("One", "Uno"))
    fork(sets, {NAME: BASE}, {NAME: one}, {NAME: two})
    for branch, other, text in (("main", "theirs", one), ("theirs", "main^1", two)):
        sets.git("switch", "--quiet", branch)
        sets.git("merge", "--quiet", "--no-commit", other, code=1)
        sets.write(text, NAME)
        sets.commit("mine")
    sets.git("switch", "--quiet", "main")
    sets.git("merge", "--quiet", "--no-commit", "theirs", code=1)
    for text in (one, two):
        sets.write(text, NAME)
        sets.commit("decided") if text == one else sets.git(
            "commit", "--quiet", "--all", "--amend", "--no-edit"
        )
        assert codes(sets) == {}


def test_histories_without_a_common_past(sets: Sets) -> None:
    put(sets, {NAME: BASE}, "ours")
    sets.git("switch", "--quiet", "--orphan", "theirs")
    put(sets, {NAME: BASE, PATH: BASE}, "theirs")
    sets.git("switch", "--quiet", "main")
    sets.git("merge", "--quiet", "--no-edit", "--allow-unrelated-histories", "theirs")
    assert codes(sets) == {}


# The merges of tlgit


def test_every_merge_of_a_sync_has_nothing_wrong(sets: Sets) -> None:
    sets.take(FIRST)
    sets.edit(("title: Copper Sky", "title: Salt Lines"), ("title: Cassiopea", "title: Cassiopeia (Live)"))
    sets.commit()
    sets.take(SECOND)
    with Workspace.open(sets.root) as workspace:
        merges = sets.git("rev-list", "--merges", "main").split()
        assert len(merges) == 2
        for commit in merges:
            assert verify_merge(workspace, commit).lists == ()


def test_a_rejected_review_is_a_decision(sets: Sets) -> None:
    sets.take(FIRST)
    sets.edit(("title: Cassiopea", "title: Cassiopeia (Live)"))
    sets.take(SECOND)
    mine = sets.read()
    sets.git("merge", "--quiet", "--no-edit", "-s", "ours", REVIEW)
    assert sets.read() == mine
    assert codes(sets) == {}
    # What nobody contradicts may wait as well, when it is doubtful.
    sets.git("switch", "--quiet", "-c", "review/other", "main^1")
    sets.write(mine.replace("title: Copper Sky", "title: Doubtful Sky"))
    sets.commit("review: other\n\nTlgit-Action: review")
    sets.git("switch", "--quiet", "main")
    sets.git("merge", "--quiet", "--no-edit", "-s", "ours", "review/other")
    assert codes(sets) == {}
    assert codes(sets, weight=Weight.NOTE) == {PATH: ["lost"]}
    sets.git("reset", "--quiet", "--hard", "HEAD^")
    sets.git("merge", "--quiet", "--no-commit", "review/other")
    sets.edit(("title: Doubtful Sky", "title: Better Sky"), ("Undertow (Intro Edit)", "Invented"))
    sets.commit()
    assert codes(sets) == {PATH: ["invented"]}
    assert codes(sets, weight=Weight.NOTE) == {PATH: ["invented"]}


# By name


def test_what_can_be_looked_over(sets: Sets) -> None:
    fork(sets, {NAME: BASE}, {NAME: OURS}, {NAME: THEIRS})
    sets.git("merge", "--quiet", "--no-edit", "theirs")
    first = sets.at("HEAD")
    put(sets, {NAME: BASE}, "on")
    with Workspace.open(sets.root) as workspace:
        assert find_merges(workspace, "HEAD^") == find_merges(workspace, first[:9]) == (first,)
        assert find_merges(workspace, "theirs..main") == find_merges(workspace, "theirs..") == (first,)
        assert find_merges(workspace, "main..theirs") == ()
        for revision, error in {
            "HEAD": NotAMergeError,
            "nothing": UnknownRevisionError,
            "nothing..HEAD": UnknownRevisionError,
            "-x": UnknownRevisionError,
            "..": UnknownRevisionError,
            "--all..": UnknownRevisionError,
        }.items():
            with pytest.raises(error):
                find_merges(workspace, revision)
        with pytest.raises(NotAMergeError):
            verify_merge(workspace, sets.at("HEAD"))


def test_command(sets: Sets) -> None:
    fork(sets, {NAME: BASE}, {NAME: edit(("title: T4", "title: F"))}, {NAME: edit(("isrc: X4", "isrc: Y4"))})
    without_driver(sets)
    sets.git("merge", "--quiet", "--no-edit", "-Xours", "theirs")
    short = sets.at("HEAD")[:10]
    done = sets.tlgit("lint", "--merge", "HEAD")
    line = sets.read(NAME).splitlines().index("    isrc: X4") + 1
    command = f"git show '{short}^2:" + NAME.replace("'", "'\"'\"'") + "'"
    assert done.code == 1
    assert done.out == (
        f"{NAME}:{line}:5: error: isrc of 'A4 - F' is 'X4', although theirs changed 'X4' to 'Y4' "
        f"(`{command}` has it)\n1 merge, 1 tracklist changed, 1 problem\n"
    )
    data = json.loads(sets.tlgit("lint", "--merge", "HEAD", "--json").out)
    assert data["schema"] == "tlgit.lint/1"
    (file,) = data["files"]
    assert (file["file"], file["commit"]) == (NAME, sets.at("HEAD"))
    (problem,) = file["problems"]
    assert set(problem) == {"severity", "code", "line", "column", "sentence", "hint"}
    assert (problem["severity"], problem["code"], problem["line"], problem["column"]) == (
        "error",
        "lost",
        line,
        5,
    )

    put(sets, {NAME: edit(("isrc: X4", "isrc: Y4"), text=sets.read(NAME))}, "mended")
    done = sets.tlgit("lint", "--merge", "HEAD")
    assert done.code == 2
    assert "is not a merge commit" in done.err
    done = sets.tlgit("lint", "--merge", "theirs..main", "--merge", "HEAD^")
    assert done.code == 1
    assert done.out.endswith("1 merge, 1 tracklist changed, 1 problem\n")
    assert sets.tlgit("lint", "--merge", "nothing").code == 2
    assert sets.tlgit("lint", "--merge", "HEAD^", "x.yaml").code == 2
    done = sets.tlgit("lint", "--merge", "main..theirs")
    assert (done.code, done.out) == (0, "no merges, no tracklists changed, no problems\n")
    put(sets, {NAME: sets.read(NAME)}, "on")
    sets.git("merge", "--quiet", "--no-edit", "--no-ff", "-sours", "theirs")
    sets.git("switch", "--quiet", "-c", "late", "theirs")
    put(sets, {NAME: edit(("T7", "Seven"), text=sets.read(NAME))}, "late")
    sets.git("switch", "--quiet", "main")
    sets.git("merge", "--quiet", "--no-edit", "-sours", "late")
    done = sets.tlgit("lint", "--merge", "theirs..main")
    assert done.out.count("\n") == 5
    assert f"{short} Merge branch 'theirs'" in done.out


def test_a_commit_from_a_shallow_history_is_no_merge(sets: Sets, tmp_path: Path) -> None:
    fork(sets, {NAME: BASE}, {NAME: OURS}, {NAME: THEIRS})
    sets.git("merge", "--quiet", "--no-edit", "theirs")
    sets.git("clone", "--quiet", "--depth=1", sets.root.as_uri(), str(tmp_path / "shallow"))
    done = Sets(tmp_path / "shallow").tlgit("lint", "--merge", "HEAD")
    assert done.code == 2
