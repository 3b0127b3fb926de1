"""The driver as git runs it: merge, rebase, cherry-pick, stash, merge-tree, criss-cross histories."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.merge.test_cases import CASES, texts_of
from tlgit.merge.merge import merge
from tlgit.ops.install import driver_line
from tlgit.tracklist.syntax import has_conflict_markers

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Git

BASE = "title: A\ntracks:\n" + "".join(
    f'  - start: "{n}:00"\n    title: T{n}\n    artist: B{n}\n' for n in range(6)
)
OURS = BASE.replace("title: T3", "title: Ours")
THEIRS = BASE.replace("artist: B3", "artist: Theirs")
BOTH = OURS.replace("artist: B3", "artist: Theirs")
CLASH = BASE.replace("title: T3", "title: Clash")
NAME = 'it\'s "my" $(set) é.yaml'


@pytest.fixture
def sets(repository: Path, git: Git) -> Path:
    """A repository whose YAML files merge with this driver; `NAME` holds the base."""
    git(
        repository, "config", "merge.tlgit.driver", f"'{sys.executable}' -m tlgit merge-driver %O %A %B %L %P"
    )
    (repository / ".gitattributes").write_text("*.yaml merge=tlgit\n")
    commit(repository, git, BASE, "base")
    return repository


def commit(folder: Path, git: Git, text: str, message: str, name: str = NAME) -> None:
    (folder / name).write_bytes(text.encode())
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", message)


def fork(folder: Path, git: Git, ours: str, theirs: str) -> None:
    """`theirs` on a branch of that name, `ours` on main."""
    git(folder, "switch", "--quiet", "-c", "theirs")
    commit(folder, git, theirs, "theirs")
    git(folder, "switch", "--quiet", "main")
    commit(folder, git, ours, "ours")


def read(folder: Path, name: str = NAME) -> str:
    return (folder / name).read_bytes().decode()


@pytest.mark.parametrize("command", ["merge --no-edit theirs", "rebase theirs", "cherry-pick theirs"])
def test_every_command_merges_fields(command: str, sets: Path, git: Git) -> None:
    fork(sets, git, OURS, THEIRS)
    git(sets, *command.split())
    assert read(sets) == BOTH
    assert git(sets, "status", "--porcelain") == ""


def test_stash_pop(sets: Path, git: Git) -> None:
    (sets / NAME).write_text(OURS)
    git(sets, "stash")
    commit(sets, git, THEIRS, "theirs")
    git(sets, "stash", "pop")
    assert read(sets) == BOTH


def test_merge_tree_previews_without_a_worktree(sets: Path, git: Git) -> None:
    fork(sets, git, OURS, THEIRS)
    tree = git(sets, "merge-tree", "--write-tree", "main", "theirs")
    assert git(sets, "cat-file", "blob", f"{tree}:{NAME}") + "\n" == BOTH
    assert read(sets) == OURS


def test_a_conflict_covers_one_field(sets: Path, git: Git) -> None:
    fork(sets, git, OURS, CLASH)
    git(sets, "merge", "theirs", check=False)
    assert read(sets) == merge(BASE, OURS, CLASH).text
    assert git(sets, "diff", "--name-only", "--diff-filter=U", "-z").strip("\0") == NAME


def test_a_rebase_swaps_the_sides_and_gives_the_same_data(sets: Path, git: Git) -> None:
    fork(sets, git, OURS, CLASH)
    git(sets, "rebase", "theirs", check=False)
    assert read(sets) == merge(BASE, CLASH, OURS).text


def test_the_same_file_added_on_both_sides(sets: Path, git: Git) -> None:
    git(sets, "switch", "--quiet", "-c", "theirs")
    commit(sets, git, BASE + "  - title: X\n", "theirs", "new.yaml")
    git(sets, "switch", "--quiet", "main")
    commit(sets, git, BASE, "ours", "new.yaml")
    git(sets, "merge", "--no-edit", "theirs")
    assert read(sets, "new.yaml") == BASE + "  - title: X\n"


def test_a_broken_side_is_a_conflict_with_both_texts(sets: Path, git: Git) -> None:
    fork(sets, git, BASE.replace("title: A", "title: [A"), BASE.replace("title: A", "title: B"))
    git(sets, "merge", "theirs", check=False)
    assert has_conflict_markers(read(sets))
    assert "title: [A" in read(sets)
    assert "title: B" in read(sets)
    assert git(sets, "ls-files", "--unmerged")


def test_renames_do_not_pour_one_list_into_another(sets: Path, git: Git) -> None:
    one = BASE + "source: https://www.1001tracklists.com/tracklist/abc/a.html\n"
    two = BASE.replace("T5", "X5") + "source: https://www.1001tracklists.com/tracklist/xyz/b.html\n"
    commit(sets, git, one, "with source", "one.yaml")
    git(sets, "switch", "--quiet", "-c", "theirs")
    commit(sets, git, one.replace("T3", "Theirs"), "theirs", "one.yaml")
    git(sets, "switch", "--quiet", "main")
    (sets / "one.yaml").unlink()
    commit(sets, git, two, "another list", "two.yaml")
    git(sets, "merge", "--no-edit", "theirs", check=False)
    assert git(sets, "ls-files", "--unmerged")
    assert "source: https://www.1001tracklists.com/tracklist/xyz/b.html" in read(sets, "two.yaml")


def test_criss_cross_histories(sets: Path, git: Git) -> None:
    """Two merge bases that clash: git merges them first, with this driver."""
    fork(sets, git, OURS, CLASH)
    for branch, other, text in (("main", "theirs", OURS), ("theirs", "main^1", CLASH)):
        git(sets, "switch", "--quiet", branch)
        git(sets, "merge", "--no-commit", other, check=False)
        commit(sets, git, text, f"{branch} keeps its own")
    commit(sets, git, CLASH.replace("T5", "T5 late"), "theirs goes on")
    git(sets, "switch", "--quiet", "main")
    assert len(git(sets, "merge-base", "--all", "main", "theirs").splitlines()) == 2
    git(sets, "merge", "--no-edit", "theirs", check=False)
    assert has_conflict_markers(read(sets))
    assert "T5 late" in read(sets)
    git(sets, "merge", "--abort")
    commit(sets, git, CLASH, "main gives in")
    git(sets, "merge", "--no-edit", "theirs")
    assert read(sets) == CLASH.replace("T5", "T5 late")


@pytest.mark.parametrize("command", [f"'{sys.executable}' -m tlgit", "/gone/tlgit"])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(b"\x00ours", b"\x00theirs"), (OURS.encode(), b"\xff\x00theirs"), (b"\xff\x00ours", THEIRS.encode())],
)
def test_junk_is_never_clean(command: str, ours: bytes, theirs: bytes, sets: Path, git: Git) -> None:
    """Neither by the driver nor by the `git merge-file` that stands in for it: ours stays, theirs is not forgotten."""
    git(sets, "config", "merge.tlgit.driver", driver_line(command))
    git(sets, "switch", "--quiet", "-c", "theirs")
    (sets / NAME).write_bytes(theirs)
    git(sets, "commit", "--quiet", "--all", "-m", "theirs")
    git(sets, "switch", "--quiet", "main")
    (sets / NAME).write_bytes(ours)
    git(sets, "commit", "--quiet", "--all", "-m", "ours")
    before = git(sets, "rev-parse", "HEAD")
    git(sets, "merge", "--no-edit", "theirs", check=False)
    assert git(sets, "rev-parse", "HEAD") == before
    assert (sets / NAME).read_bytes() == ours
    stages = git(sets, "ls-files", "--unmerged", "-z").split("\0")
    assert not stages[0] or any(git(sets, "rev-parse", f"theirs:{NAME}") in stage for stage in stages)


def test_git_stores_what_the_merge_gives(repository: Path, git: Git) -> None:
    """All golden cases in one merge: each blob is the one of the merge in this process."""
    git(
        repository, "config", "merge.tlgit.driver", f"'{sys.executable}' -m tlgit merge-driver %O %A %B %L %P"
    )
    (repository / ".gitattributes").write_text("*.yaml merge=tlgit -text\n")
    expected = {}
    for n, texts in enumerate((0, 2, 1)):
        if n == 1:
            git(repository, "switch", "--quiet", "-c", "theirs")
        if n == 2:
            git(repository, "switch", "--quiet", "main")
        for folder in CASES[::4]:
            versions = texts_of(folder)
            text = versions[texts]
            if text is not None:
                (repository / f"{folder.name}.yaml").write_bytes(text.encode())
            expected[f"{folder.name}.yaml"] = merge(*versions).text
        git(repository, "add", "--all")
        git(repository, "commit", "--quiet", "-m", "versions")
    git(repository, "merge", "--no-edit", "-Xno-renames", "theirs", check=False)
    for name, text in expected.items():
        assert read(repository, name) == text, name
