"""The named kinds of merges: each has golden cases, and none of them is silently wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.bench.named import (
    CASES,
    EITHER_ORDER,
    KINDS,
    DuplicateKeyError,
    Verdict,
    judge,
    lost_comments,
    meaning,
)
from tests.builders import driver_line
from tests.merge.test_cases import read, texts_of
from tlgit.merge.merge import merge
from tlgit.tracklist.text import parse_document

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Git

NAMED: Final = [(kind, name) for kind, names in KINDS.items() for name in names]
EVERYTHING: Final = sorted(path.name for path in CASES.iterdir() if path.is_dir())
MARKERS: Final = ("<<<<<<<", "=======", ">>>>>>>")


def marked_lines(text: str) -> int:
    """How many lines stand between conflict markers."""
    count, is_inside = 0, False
    for line in text.splitlines():
        if line.startswith(MARKERS):
            is_inside = not line.startswith(MARKERS[2])
        else:
            count += is_inside
    return count


@pytest.mark.parametrize(("kind", "name"), NAMED, ids=[f"{kind}: {name}" for kind, name in NAMED])
def test_a_named_kind_is_never_silently_wrong(kind: str, name: str) -> None:
    expected = read(CASES / name / "expected.yaml")
    base, ours, theirs = texts_of(CASES / name)
    for sides in ((ours, theirs), (theirs, ours)):
        result = merge(base, *sides)
        verdict = judge(expected, 0 if result.is_clean else 1, result.text, either_order=name in EITHER_ORDER)
        assert verdict is Verdict.RIGHT, kind
        assert lost_comments(expected, result.text) == 0


def test_no_case_stands_under_two_kinds() -> None:
    assert len({name for _, name in NAMED}) == len(NAMED) >= 100
    assert {name for _, name in NAMED} | EITHER_ORDER <= set(EVERYTHING)


def height_of(key: str, text: str) -> int:
    """How many lines a field takes in a list at most."""
    document = parse_document(text)
    entries = [*document.entries, *(entry for item in document.items for entry in item.entries or ())]
    found = [len((entry.body + entry.tail).splitlines()) for entry in entries if entry.key == key]
    return max(found, default=1)


def test_conflicts_are_small() -> None:
    """Both values of a field, or both versions of a track: never more of the file."""
    for name in EVERYTHING:
        base, ours, theirs = texts_of(CASES / name)
        result = merge(base, ours, theirs)
        whole = {n for n, conflict in enumerate(result.conflicts) if not conflict.key}
        tallest = max(
            (item.text.count("\n") + 1 for side in (ours, theirs) for item in parse_document(side).items),
            default=0,
        )
        heights = [
            max((height_of(conflict.key, side) for side in (ours, theirs)), default=0)
            for conflict in result.conflicts
            if conflict.key
        ]
        assert marked_lines(result.text) <= len(whole) * 2 * tallest + 2 * sum(heights), name


def test_three_named_ids_keep_their_names_and_the_corrected_starts() -> None:
    """Repeated rows that look alike defeat a match by content: no name and no start may get lost."""
    base, ours, theirs = texts_of(CASES / "ids-revealed-while-retimed")
    result = merge(base, ours, theirs)
    merged, named, timed = (
        [item.value for item in parse_document(text).items] for text in (result.text, theirs, ours)
    )
    assert result.is_clean
    assert [row.get("title") for row in merged] == [row.get("title") for row in named]
    assert [row.get("start") for row in merged] == [row.get("start") for row in timed]
    assert sum(row.get("title") == "ID" for row in merged) < sum(row.get("title") == "ID" for row in timed)


ROW: Final = "  - title: {}\n"


@pytest.mark.parametrize(
    ("ours", "theirs", "merged"),
    [
        ("A ID ID B", "A ID ID X B", "A ID X B"),
        ("A ID ID B", "A ID X ID B", "A ID X B"),
        ("A ID ID B", "A X ID Y B", "A X Y B"),
        ("A ID B", "A ID X ID B", "A X B"),
        ("A ID B", "A X ID ID B", "A X B"),
    ],
)
def test_a_deleted_id_is_one_that_nobody_named(ours: str, theirs: str, merged: str) -> None:
    """Rows that look alike are interchangeable: whichever one was meant, no name gets lost."""

    def listed(titles: str) -> str:
        return "title: Harbour Stage\ntracks:\n" + "".join(ROW.format(title) for title in titles.split())

    base = listed("A ID ID ID B")
    result = merge(base, listed(ours), listed(theirs))
    assert merge(base, listed(theirs), listed(ours)).text == result.text
    assert " ".join(str(item.value.get("title")) for item in parse_document(result.text).items) == merged


@pytest.mark.parametrize(
    ("result", "code", "verdict"),
    [
        ("title: A\ntracks:\n- start: '1:02:33'\n  title: B\n", 0, Verdict.RIGHT),
        ("title: A\nlabel: ''\ntracks:\n- title: B\n  start: 01:02:33\n", 0, Verdict.RIGHT),
        ("title: A\ntracks:\n- start: 1:02:34\n  title: B\n", 0, Verdict.WRONG),
        ("title: A\ntracks: []\n", 0, Verdict.WRONG),
        ("title: A\ntitle: A\ntracks:\n- start: 1:02:33\n  title: B\n", 0, Verdict.INVALID),
        ("title: A\n<<<<<<< ours\n", 0, Verdict.INVALID),
        ("title: [A\n", 0, Verdict.INVALID),
        ("title: A\ntracks:\n- start: 1:02:33\n  title: B\n", 1, Verdict.FALSE_CONFLICT),
    ],
)
def test_the_judge_of_clean_cases(result: str, code: int, verdict: Verdict) -> None:
    expected = "title: A\ntracks:\n  - start: 1:02:33\n    title: B\n"
    assert judge(expected, code, result) is verdict
    assert verdict.is_silent is (code == 0 and verdict is not Verdict.RIGHT)


def test_the_judge_of_conflicts() -> None:
    expected = "title: A\n<<<<<<< ours\nvenue: B\n=======\nvenue: C\n>>>>>>> theirs\n"
    assert judge(expected, 1, "title: A\nvenue: B\n") is Verdict.RIGHT
    assert judge(expected, 0, "title: A\nvenue: B\n") is Verdict.MISSED
    with pytest.raises(DuplicateKeyError):
        meaning(expected)
    swapped = "tracks: [{title: B}, {title: A}]"
    assert judge("tracks: [{title: A}, {title: B}]", 0, swapped) is Verdict.WRONG
    assert judge("tracks: [{title: A}, {title: B}]", 0, swapped, either_order=True) is Verdict.RIGHT
    assert lost_comments("a: b  # why\n# what\n# what\n", "a: b\n# what\n") == 2


LIST: Final = "title: Harbour Stage\ntracks:\n  - title: Opening\n"
EDITED: Final = LIST.replace("Opening", "Opening (Live)")


@pytest.mark.parametrize(
    ("ours", "theirs", "left"),
    [
        (None, LIST, None),
        (LIST, None, None),
        (None, None, None),
        (None, EDITED, EDITED),
        (EDITED, None, EDITED),
    ],
)
def test_a_deleted_file(
    ours: str | None, theirs: str | None, left: str | None, repository: Path, git: Git
) -> None:
    """git asks no driver about a file that one side deleted: gone, or a conflict that keeps what was edited."""
    path = repository / "set.yaml"
    (repository / ".gitattributes").write_text("*.yaml merge=tlgit\n", encoding="utf-8")
    git(repository, "config", "merge.tlgit.driver", driver_line())
    path.write_text(LIST, encoding="utf-8")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "-m", "base")
    for branch, text in (("theirs", theirs), ("ours", ours)):
        git(repository, "switch", "--quiet", "-c", branch, "main")
        if text is None:
            path.unlink()
        else:
            path.write_text(text, encoding="utf-8")
        git(repository, "add", "--all")
        git(repository, "commit", "--quiet", "--allow-empty", "-m", branch)
    git(repository, "merge", "--quiet", "--no-edit", "theirs", check=False)
    assert bool(git(repository, "ls-files", "--unmerged")) is (EDITED in {ours, theirs})
    assert (path.read_text(encoding="utf-8") if path.exists() else None) == left
