"""A real conflict, decided in every way: the same file each time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.builders import Sets, make_sets
from tlgit.tracklist.edit import set_track_field
from tlgit.tracklist.text import parse_document

if TYPE_CHECKING:
    from pathlib import Path

NAME: Final = "2wrmg6f1"


@pytest.mark.corpus
@pytest.mark.parametrize("side", ["theirs", "ours"])
def test_two_copies_of_a_real_page(corpus: Path, tmp_path: Path, side: str) -> None:
    old, new = (
        corpus / "1001tracklists/pages" / f"{NAME}-{day}.html" for day in ("2026-04-12", "2026-07-31")
    )
    sets = make_sets(tmp_path / "sets")
    path = sets.take(old).taken[0].path
    assert path is not None
    edit_what_changes(sets, tmp_path, path, old, new)
    (branch,) = sets.take(new).reviews
    start, upstream, review = sets.at("HEAD"), sets.at("upstream"), sets.at(branch)

    def again() -> None:
        sets.git("reset", "--quiet", "--hard", start)
        sets.git("update-ref", "refs/heads/upstream", upstream)
        sets.git("update-ref", f"refs/heads/{branch}", review)

    sets.git("merge", branch, code=1)
    marked = sets.read(path)
    assert marked.count("<<<<<<<") == 2
    assert sets.tlgit("resolve", "--all", f"--{side}").code == 0
    sets.git("commit", "--quiet", "--no-edit")
    by_merge = sets.read(path)
    again()
    sets.git("merge", branch, code=1)
    sets.write(take_side(marked, side), path)
    sets.git("commit", "--quiet", "--all", "--no-edit")
    by_editor = sets.read(path)
    again()
    assert sets.tlgit("resolve", NAME, f"--{side}").code == 0
    assert sets.read(path) == by_editor == by_merge
    assert not sets.has(branch)
    assert sets.take(new).is_settled
    assert sets.read(path) == by_editor
    sets.check()


def edit_what_changes(sets: Sets, tmp_path: Path, path: str, old: Path, new: Path) -> None:
    """Write own values into two fields that the second copy of the page changes."""
    later = make_sets(tmp_path / "later")
    later.take(old)
    later.take(new)
    before, after = parse_document(sets.read(path)), parse_document(later.read(path))
    changed = [
        (row, key)
        for row, (one, other) in enumerate(zip(before.items, after.items, strict=True))
        for key in ("title", "artist", "label")
        if one.value.get(key) != other.value.get(key) and one.value.get(key)
    ]
    document = before
    for row, key in changed[:2]:
        document = set_track_field(document, row, key, f"My own {key}")
    sets.write(document.render(), path)
    sets.commit()


def take_side(text: str, side: str) -> str:
    """What an editor leaves when one side of every marked place is kept."""
    lines, is_shown = [], True
    for line in text.splitlines(keepends=True):
        if line[:7] in {"<" * 7, "=" * 7, ">" * 7}:
            is_shown = {"<": side == "ours", "=": side == "theirs", ">": True}[line[0]]
        elif is_shown:
            lines.append(line)
    return "".join(lines)
