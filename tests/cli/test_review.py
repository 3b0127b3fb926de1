from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.builders import FIRST, PATH, REVIEW, SECOND, Done, Sets, make_sets

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def sets(tmp_path: Path) -> Sets:
    """A conflict about one title, and a doubtful change: the page of August has one title less of what it had."""
    sets = make_sets(tmp_path / "sets")
    sets.take(FIRST)
    sets.edit(("title: Cassiopea", "title: Cassiopeia (Live)"))
    sets.commit()
    text = SECOND.read_text(encoding="utf-8")
    assert "Last Ferry Home" in text
    page = tmp_path / "page.html"
    page.write_text(text.replace("Last Ferry Home", "Quiet Engine"), encoding="utf-8")
    done = sets.tlgit("import", page)
    assert done.code == 1, done.err
    return sets


def data(done: Done) -> Any:
    found = json.loads(done.out)
    assert found["schema"] == "tlgit.review/1"
    return found


def test_import_tells_what_waits(sets: Sets, tmp_path: Path) -> None:
    done = sets.tlgit("import", tmp_path / "page.html")
    assert "conflict tracks[" in done.out
    assert "doubtful title of" in done.out
    assert "“Last Ferry Home” → “Quiet Engine” 0.3, another name" in done.out
    assert f"hint: the rest has landed; `tlgit review show {PATH}` tells more" in done.out
    assert f"`git merge {REVIEW}` takes it" in done.out
    (taken,) = json.loads(sets.tlgit("import", tmp_path / "page.html", "--json").out)["files"]
    (doubtful,) = taken["doubtful"]
    assert (doubtful["field"], doubtful["confidence"]) == ("title", 0.3)


def test_list(sets: Sets) -> None:
    done = sets.tlgit("review")
    assert done.code == 1
    assert PATH in done.out
    assert "1 conflict, 1 doubtful" in done.out
    assert "0.3" in done.out
    (found,) = data(sets.tlgit("review", "--json"))["lists"]
    assert (found["review"], found["path"], found["list_id"]) == (REVIEW, PATH, "2zq4tdl9")
    assert [item["reason"] for item in found["items"]] == ["changed", "doubtful"]


@pytest.mark.parametrize("name", [PATH, "2zq4tdl9", "harbour-stage", REVIEW])
def test_show(sets: Sets, name: str) -> None:
    done = sets.tlgit("review", "show", name)
    assert done.code == 1
    for words in (
        "“Cassiopeia (Live)” → “Cassiopeia”",
        "both changed it; before it was “Cassiopea”",
        "“Last Ferry Home” → “Quiet Engine”",
        "confidence 0.3: another name (0.3)",
        "a conflict with your file; recommended: keep yours",
        "doubtful; recommended: keep yours",
    ):
        assert words in done.out
    (found,) = data(sets.tlgit("review", "show", name, "--json"))["lists"]
    assert [factor["name"] for factor in found["items"][1]["factors"]] == ["source", "change"]


def test_accept_one_field_then_reject_the_rest(sets: Sets) -> None:
    (found,) = data(sets.tlgit("review", "--json"))["lists"]
    conflict, doubtful = found["items"]
    done = sets.tlgit("review", "accept", PATH, "--field", conflict["path"])
    assert done.code == 1
    assert f"took {PATH}: {conflict['path']}" in done.out
    assert f"{doubtful['id']}  {doubtful['path']}" in done.out
    assert "title: Cassiopeia\n" in sets.read()
    done = sets.tlgit("review", "reject", PATH, "--field", doubtful["id"], "--json")
    assert done.code == 0, done.err
    (decided,) = data(done)["decided"]
    assert (decided["choice"], decided["left"], decided["commit"]) == ("ours", [], sets.at("HEAD"))
    assert "title: Last Ferry Home\n" in sets.read()
    done = sets.tlgit("review")
    assert (done.code, done.out) == (0, "nothing waits\n")
    sets.check()


@pytest.mark.parametrize(("command", "title"), [("accept", "Quiet Engine"), ("reject", "Last Ferry Home")])
def test_all(sets: Sets, command: str, title: str) -> None:
    done = sets.tlgit("review", command, "--all")
    assert done.code == 0, done.err
    assert f"title: {title}\n" in sets.read()
    assert f"Tlgit-Action: {command}" in sets.git("log", "-1", "--format=%B")
    assert sets.tlgit("review", command, "--all").out == "nothing waits\n"
    assert sets.tlgit("sync").out == "nothing to do\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("accept",), "name a list, or say `--all`"),
        (("reject", "--all", "--field", "title"), "`--field` needs the list"),
        (("accept", PATH, "--field", "tracks[99].title"), "nothing waits at"),
        (("show", "elsewhere"), "there is no tracklist"),
        (("show",), "LIST"),
    ],
)
def test_mistakes(sets: Sets, arguments: tuple[str, ...], words: str) -> None:
    before = sets.state()
    done = sets.tlgit("review", *arguments)
    assert done.code == 2
    assert words in done.err
    assert sets.state() == before


def test_list_without_a_review(sets: Sets) -> None:
    sets.tlgit("review", "reject", "--all")
    done = sets.tlgit("review", "show", PATH)
    assert done.code == 2
    assert "nothing waits of" in done.err


def test_review_that_cannot_be_read_is_told(sets: Sets) -> None:
    sets.write("title: [\n")
    sets.git("commit", "--quiet", "--no-verify", "-am", "broken")
    done = sets.tlgit("review")
    assert done.code == 1
    assert f"cannot be read: {REVIEW}" in done.out
