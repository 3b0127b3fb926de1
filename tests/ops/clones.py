"""Repositories that tlgit keeps, for the tests of setting up: a list, where it stands, and its sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tlgit.ops.install import command_text
from tlgit.ops.setup import init

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Git

PATH: Final = "tracklists/example/2026-05-01-sunrise.yaml"
SHEET: Final = "cue/example/2026-05-01-sunrise.cue"
LIST: Final = """\
title: Sunrise
artist: DJ Example
date: 2026-05-01
tracks:
  - start: "0:00"
    artist: First
    title: One
  - start: "3:00"
    artist: Second
    title: Two
"""


def write_list(root: Path, text: str = LIST, path: str = PATH) -> None:
    """Write a list into the worktree."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode())


def commit_list(git: Git, root: Path, text: str = LIST, path: str = PATH) -> None:
    """Write a list and commit it as a user does."""
    write_list(root, text, path)
    git(root, "add", "--", path)
    git(root, "commit", "--quiet", "-m", f"write {path}")


def make_clone(git: Git, folder: Path) -> Path:
    """Make a repository with tlgit and one committed list."""
    init(folder, command=command_text())
    commit_list(git, folder)
    return folder
