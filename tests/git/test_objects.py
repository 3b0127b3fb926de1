from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tlgit.git.objects import TLGIT, Change, Identity, ObjectMissingError, TreeFile
from tlgit.git.repository import Repository

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Git


@pytest.fixture
def repo(repository: Path) -> Repository:
    return Repository.open(repository)


def _tree(repo: Repository, **files: str) -> str:
    """Build a tree; `a__b` stands for `a/b`."""
    return repo.write_tree(
        None, {name.replace("__", "/"): repo.write_blob(text.encode()) for name, text in files.items()}
    )


def test_resolve(repo: Repository, git: Git) -> None:
    commit = git(repo.root, "rev-parse", "HEAD")
    git(repo.root, "tag", "-a", "v1", "-m", "one")
    for revision in ("HEAD", "main", "refs/heads/main", "v1", commit, commit[:10], "main^{commit}"):
        assert repo.resolve(revision) == commit
    assert repo.tree_of(commit) == git(repo.root, "rev-parse", "HEAD^{tree}")
    assert repo.parents_of(commit) == ()
    assert repo.message_of(commit) == "start\n"


@pytest.mark.parametrize(
    "revision",
    ["", "-x", "--output=x", "nothing", "HEAD~5", "a..b", ":README", "a\0b", "HEAD:README", "@{-1}", "^"],
)
def test_resolve_nothing(repo: Repository, revision: str) -> None:
    assert repo.resolve(revision) is None


def test_files_below_a_prefix(repo: Repository) -> None:
    tree = _tree(repo, top="1", lists__a__one="2", lists__b="3", listsx="4")
    assert list(repo.files(tree)) == ["lists/a/one", "lists/b", "listsx", "top"]
    assert list(repo.files(tree, "lists")) == list(repo.files(tree, "lists/")) == ["lists/a/one", "lists/b"]
    assert repo.files(tree, "lists/a") == {"lists/a/one": TreeFile(oid=repo.write_blob(b"2"), mode=0o100644)}
    assert repo.files(tree, "nothing") == repo.files(tree, "top") == repo.files(tree, "lists/b/c") == {}


def test_names_that_are_not_text(repo: Repository, git: Git) -> None:
    name = os.fsdecode(b"\xff\xfe.yaml")
    (repo.root / name).write_bytes(b"x")
    git(repo.root, "add", ".")
    tree = git(repo.root, "write-tree")
    assert list(repo.files(tree)) == ["README", name]
    assert [change.path for change in repo.changed(None, tree)] == ["README", name]


def test_links_and_submodules(repo: Repository, git: Git) -> None:
    (repo.root / "link").symlink_to("README")
    commit = git(repo.root, "rev-parse", "HEAD")
    git(repo.root, "update-index", "--add", "--cacheinfo", f"160000,{commit},module")
    git(repo.root, "add", "link")
    tree = git(repo.root, "write-tree")
    assert {path: file.mode for path, file in repo.files(tree).items()} == {
        "README": 0o100644,
        "link": 0o120000,
    }
    assert repo.blob_at(tree, "link") is None
    assert repo.blob_at(tree, "module") is None
    assert repo.blob_at(tree, "module/x") is None


def test_blob_at(repo: Repository) -> None:
    head = repo.head().oid or ""
    assert repo.blob_at(head, "README") == (repo.write_blob(b"My sets\n"), b"My sets\n")
    for path in ("nothing", "README/x", "", "/README", "../README", "READM", "README\0x"):
        assert repo.blob_at(head, path) is None


@pytest.mark.parametrize("oid", ["", "-x", "HEAD", "abc", "0" * 40, "g" * 40, "A" * 40])
def test_missing_objects(repo: Repository, oid: str) -> None:
    for read in (repo.blob, repo.tree_of, repo.files, repo.parents_of):
        with pytest.raises(ObjectMissingError):
            read(oid)


def test_an_object_of_the_wrong_kind(repo: Repository) -> None:
    blob = repo.write_blob(b"x")
    with pytest.raises(ObjectMissingError, match="no tree"):
        repo.files(blob)
    with pytest.raises(ObjectMissingError, match="no blob"):
        repo.blob(repo.head().oid or "")
    with pytest.raises(ObjectMissingError, match="no commit"):
        repo.parents_of(blob)


def test_a_partial_clone_fetches_what_is_missing(repo: Repository, git: Git, tmp_path: Path) -> None:
    git(repo.root, "config", "uploadpack.allowFilter", "true")
    oid = git(repo.root, "rev-parse", "HEAD:README")
    clone = tmp_path / "clone"
    git(
        tmp_path, "clone", "--quiet", "--no-checkout", "--filter=blob:none", f"file://{repo.root}", str(clone)
    )
    assert Repository.open(clone).blob(oid) == b"My sets\n"


def test_changed(repo: Repository) -> None:
    old = _tree(repo, a="1", b__c="2", d="3")
    new = _tree(repo, a="1", b__c="two", e="3")
    ids = {text: repo.write_blob(text.encode()) for text in ("2", "two", "3")}
    assert repo.changed(old, new) == (
        Change(path="b/c", old_oid=ids["2"], new_oid=ids["two"], old_mode=0o100644, new_mode=0o100644),
        Change(path="d", old_oid=ids["3"], new_oid=None, old_mode=0o100644, new_mode=None),
        Change(path="e", old_oid=None, new_oid=ids["3"], old_mode=None, new_mode=0o100644),
    )
    assert repo.changed(old, old) == repo.changed(None, None) == ()
    assert {(change.old_oid is None, change.new_oid is None) for change in repo.changed(None, old)} == {
        (True, False)
    }
    assert {(change.old_oid is None, change.new_oid is None) for change in repo.changed(old, None)} == {
        (False, True)
    }


def test_a_change_of_type_is_one_change(repo: Repository, git: Git) -> None:
    head = repo.head().oid or ""
    (repo.root / "README").unlink()
    (repo.root / "README").symlink_to("elsewhere")
    git(repo.root, "add", "README")
    (change,) = repo.changed(head, git(repo.root, "write-tree"))
    assert (change.old_mode, change.new_mode) == (0o100644, 0o120000)


def test_ancestry(repo: Repository) -> None:
    tree = _tree(repo, a="1")
    base = repo.write_commit(tree, (), "base")
    left = repo.write_commit(tree, (base,), "left")
    right = repo.write_commit(tree, (base,), "right")
    first = repo.write_commit(tree, (left, right), "first")
    second = repo.write_commit(tree, (right, left), "second")
    other = repo.write_commit(tree, (), "other")
    assert repo.merge_bases(left, right) == (base,)
    assert set(repo.merge_bases(first, second)) == {left, right}
    assert repo.merge_bases(left, other) == ()
    assert repo.is_ancestor(base, first)
    assert repo.is_ancestor(base, base)
    assert not repo.is_ancestor(first, base)


def test_write_tree_changes_only_what_is_named(repo: Repository, git: Git) -> None:
    blob = repo.write_blob(b"new")
    base = _tree(repo, a="1", b__c="2", b__d="3", e__f__g="4")
    tree = repo.write_tree(base, {"b/c": blob, "x/y/z": blob, "e/f/g": None, "missing/too": None, "a": None})
    assert git(repo.root, "ls-tree", "-r", "--name-only", tree).split() == ["b/c", "b/d", "x/y/z"]
    assert git(repo.root, "ls-tree", "--name-only", tree).split() == ["b", "x"]
    assert repo.files(tree)["b/c"].oid == blob
    assert repo.write_tree(base, {}) == base
    assert repo.write_tree(None, {}) == git(repo.root, "hash-object", "-t", "tree", "--stdin")


def test_write_tree_keeps_modes_and_swaps_files_and_folders(repo: Repository, git: Git) -> None:
    (repo.root / "run").write_text("x", encoding="utf-8")
    (repo.root / "run").chmod(0o755)
    git(repo.root, "add", "run")
    base = git(repo.root, "write-tree")
    blob = repo.write_blob(b"y")
    assert repo.files(repo.write_tree(base, {"run": blob}))["run"].mode == 0o100755
    below = repo.write_tree(base, {"run/fast": blob})
    assert list(repo.files(below)) == ["README", "run/fast"]
    assert list(repo.files(repo.write_tree(below, {"run": blob}))) == ["README", "run"]


@pytest.mark.parametrize(
    "path", ["", "/a", "a//b", "a/", ".", "a/../b", ".git/config", ".GIT/x", "git~1/x", "a\0b"]
)
def test_write_tree_refuses_names_that_git_cannot_hold(repo: Repository, path: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        repo.write_tree(None, {path: repo.write_blob(b"x")})


@pytest.mark.parametrize("order", [("a", "a/b"), ("a/b", "a")])
def test_write_tree_refuses_a_file_that_is_a_folder(repo: Repository, order: tuple[str, str]) -> None:
    blob = repo.write_blob(b"x")
    with pytest.raises(ValueError, match="'a"):
        repo.write_tree(None, dict.fromkeys(order, blob))


def test_write_commit(repo: Repository, git: Git) -> None:
    head = repo.head().oid or ""
    made = repo.write_commit(
        head,
        (head,),
        "Björk: set\n\nTlgit-Action: sync\n",
        author=Identity(name="A", email="a@b"),
        when=1_700_000_000,
    )
    shown = git(repo.root, "show", "-s", "--format=%an <%ae>|%cn <%ce>|%at|%P|%(trailers)", made)
    assert shown == f"A <a@b>|{TLGIT.name} <{TLGIT.email}>|1700000000|{head}|Tlgit-Action: sync\n"
    assert repo.head().oid == head
    with pytest.raises(ValueError, match="zero byte"):
        repo.write_commit(head, (), "a\0b")


def test_nothing_written_is_damaged(repo: Repository, git: Git) -> None:
    tree = _tree(repo, a__b__c="1", z="2")
    made = repo.write_commit(tree, (repo.head().oid or "",), "one")
    repo.move_ref("refs/heads/upstream", made, None, "test")
    assert git(repo.root, "fsck", "--strict", "--no-dangling") == ""


def test_shallow(repo: Repository, git: Git, tmp_path: Path) -> None:
    git(repo.root, "commit", "--allow-empty", "-m", "two")
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repo.root}", "clone")
    assert Repository.open(tmp_path / "clone").is_shallow
    assert not repo.is_shallow
