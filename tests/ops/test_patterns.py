from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ops.clones import PATH, make_clone
from tlgit.config import Config
from tlgit.git.repository import Repository
from tlgit.ops.patterns import (
    INFO_ATTRIBUTES,
    INFO_EXCLUDE,
    missing_attributes,
    planned_info,
    shared_attributes,
    with_block,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Git

LINES = ("one", "two")
BLOCK = (with_block(None, LINES) or b"").decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, BLOCK),
        ("", BLOCK),
        ("mine\n", f"mine\n{BLOCK}"),
        ("mine", f"mine\n{BLOCK}"),
        (BLOCK, BLOCK),
        (f"above\n{BLOCK}below", f"above\n{BLOCK}below"),
        (f"above\n{BLOCK.replace('two', '2')}below\n", f"above\n{BLOCK}below\n"),
        (f"above\n{BLOCK}between\n{BLOCK}below\n", f"above\n{BLOCK}between\nbelow\n"),
        (BLOCK.removesuffix("\n"), BLOCK),
        ("# tlgit: begin without an end\nmine\n", f"# tlgit: begin without an end\nmine\n{BLOCK}"),
        ("mine\r\n", "mine\r\n" + BLOCK.replace("\n", "\r\n")),
        ("mine\r\n" + BLOCK.replace("\n", "\r\n"), "mine\r\n" + BLOCK.replace("\n", "\r\n")),
    ],
)
def test_the_block_is_kept_in_its_place(before: str | None, after: str) -> None:
    found = with_block(None if before is None else before.encode(), LINES)
    assert found == after.encode()
    assert with_block(found, LINES) == found


@pytest.mark.parametrize("before", [None, "", "mine\n", "mine"])
def test_nothing_to_say_leaves_nothing_behind(before: str | None) -> None:
    data = None if before is None else before.encode()
    assert with_block(data, ()) == data
    assert with_block((before or "").encode() + b"\n" + BLOCK.encode(), ()) == (before or "").encode() + b"\n"


def test_rules_of_this_clone_do_not_count_for_others(tmp_path: Path, git: Git) -> None:
    root = make_clone(git, tmp_path / "sets")
    repository, config = Repository.open(root), Config()
    assert missing_attributes(repository, config) == ()
    assert dict(shared_attributes(repository, (PATH, "README"))) == {PATH: "tlgit", "README": "unspecified"}
    git(root, "rm", "--quiet", ".gitattributes")
    assert repository.attributes([PATH])[PATH]["merge"] == "tlgit"
    assert len(missing_attributes(repository, config)) == 1
    (root / "tracklists/.gitattributes").write_text("*.yaml merge=tlgit\n", encoding="utf-8")
    assert missing_attributes(repository, config) == ()


def test_plan_follows_the_settings(tmp_path: Path, git: Git) -> None:
    repository = Repository.open(make_clone(git, tmp_path / "sets"))
    assert all(standing == wanted for standing, wanted in planned_info(repository, Config()).values())
    other = planned_info(repository, Config(tracklists=("lists/*.yml", "a b.yaml"), cue_folder="sheets"))
    _, attributes = other[INFO_ATTRIBUTES]
    _, excluded = other[INFO_EXCLUDE]
    assert attributes is not None
    assert attributes.decode().splitlines()[1:-1] == [
        "lists/*.yml merge=tlgit diff=tlgit",
        '"/a b.yaml" merge=tlgit diff=tlgit',
    ]
    assert excluded is not None
    assert excluded.decode().splitlines()[1:-1] == ["/sheets/"]


def test_folder_that_is_excluded_already_needs_no_block(repository: Path) -> None:
    (repository / ".git/info").mkdir(exist_ok=True)
    (repository / ".git/info/exclude").write_text("cue/\n", encoding="utf-8")
    standing, wanted = planned_info(Repository.open(repository), Config())[INFO_EXCLUDE]
    assert standing == wanted == b"cue/\n"
