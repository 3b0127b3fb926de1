"""`conflicts` and `resolve` as people and programs use them."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import jsonschema
import pytest
from referencing import Registry, Resource

from tests.builders import COMMAND, Done, Sets, make_sets, rows_of, snapshot, tool_environment

if TYPE_CHECKING:
    from tlgit.sources.snapshot import Snapshot

PATH: Final = "tracklists/lena-ortiz/2026-03-01-canal-house.yaml"
BRANCH: Final = "review/lena-ortiz/2026-03-01-canal-house"
SCHEMAS: Final = Path(__file__).resolve().parents[2] / "docs/schemas"


def page_of(**titles: str) -> Snapshot:
    """The page with titles changed: `C2="Other"` names the piece C2 so."""
    rows = []
    for row in rows_of(6):
        artist, _, title = row.name.partition(" - ")
        title = titles.get(title.removeprefix("Piece "), title)
        rows.append(replace(row, name=f"{artist} - {title}"))
    return snapshot(*rows)


@pytest.fixture
def sets(tmp_path: Path) -> Sets:
    """A list of a page, and three titles that the user and the page changed differently; they wait on a review."""
    found = make_sets(tmp_path / "sets")
    found.take(page_of())
    found.edit(
        ("Piece B1", "Mine B"),
        ("Piece C2", "Mine C"),
        ("Piece E4", "Mine E"),
        ("Piece F5", "Mine F (own fix)"),
        path=PATH,
    )
    found.commit()
    report = found.take(page_of(B1="Yours B", C2="Yours C", E4="Yours E"))
    assert report.reviews == (BRANCH,)
    return found


def validate(done: Done) -> dict[str, Any]:
    """The object that a command printed, after checking it against its published schema."""
    data: dict[str, Any] = json.loads(done.out)
    schemas = {}
    for file in SCHEMAS.glob("*.json"):
        schema = json.loads(file.read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        schemas[schema["$id"]] = schema
    registry = Registry().with_resources(
        (name, Resource.from_contents(schema)) for name, schema in schemas.items()
    )
    jsonschema.Draft202012Validator(schemas[_urn(data["schema"])], registry=registry).validate(data)
    return data


def _urn(name: str) -> str:
    return "urn:" + name.replace(".", ":").replace("/", ":")


def conflicts(sets: Sets, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = validate(sets.tlgit("conflicts", "--json", *arguments))["conflicts"]
    return found


def titles(sets: Sets) -> list[str]:
    return [
        line.strip().removeprefix("title: ") for line in sets.read(PATH).splitlines() if "    title:" in line
    ]


# conflicts


def test_conflicts_of_a_review(sets: Sets) -> None:
    done = sets.tlgit("conflicts", "--json")
    assert done.code == 1
    data = validate(done)
    assert data["summary"] == {"conflicts": 3, "blocked": 0, "tracklists": {PATH: 3}}
    first = data["conflicts"][0]
    assert first["tracklist_id"] == "1kanal01"
    assert (first["kind"], first["place"], first["track"]) == ("review", BRANCH, "Brook 1 - Mine B")
    (field,) = first["fields"]
    assert field["field"] == "tracks[2].title"
    assert [field[f"{name}_value"] for name in ("current", "proposed", "base")] == [
        "Mine B",
        "Yours B",
        "Piece B1",
    ]
    assert (field["current_source"], field["source"]) == ("manual", "1001tracklists")
    assert field["timestamp"]
    assert first["options"] == ["ours", "theirs", "base", "set", "edit"]
    assert first["context"] == {"above": "[0:00] Ada 1 - Piece A0", "below": "[8:00] Cedar 1 - Mine C"}
    assert validate(sets.tlgit("conflicts", "--json")) == data


def test_conflicts_as_text(sets: Sets) -> None:
    done = sets.tlgit("conflicts", "canal-house")
    assert done.code == 1
    assert "tracks[3].title (Cedar 1 - Mine C)" in done.out
    assert "Yours C [1001tracklists, " in done.out
    assert sets.tlgit("conflicts", "--summary").out == f"   3 {PATH}\n"


def test_no_conflicts(tmp_path: Path) -> None:
    found = make_sets(tmp_path / "sets")
    done = found.tlgit("conflicts")
    assert (done.code, done.out) == (0, "nothing waits for a decision\n")
    assert validate(found.tlgit("conflicts", "--json"))["conflicts"] == []
    assert found.tlgit("resolve", "--ours", "--all").code == 0
    assert validate(found.tlgit("resolve", "--json"))["resolved"] == []


@pytest.mark.parametrize("name", ["canal-hose", "ffffffffffff", "nothing like it"])
def test_unknown_names(sets: Sets, name: str) -> None:
    for command in ("conflicts", "resolve"):
        done = sets.tlgit(command, name)
        assert done.code == 2
        assert f"nothing open goes by the name '{name}'" in done.err
    assert name != "canal-hose" or "did you mean" in done.err


def test_unknown_field(sets: Sets) -> None:
    done = sets.tlgit("resolve", "canal-house", "--field", "tracks[2].titel", "--ours")
    assert done.code == 2
    assert "did you mean tracks[2].title" in done.err


# resolve, what waits on a review


def test_one_then_the_rest(sets: Sets) -> None:
    ids = {one["fields"][0]["field"]: one["conflict_id"] for one in conflicts(sets)}
    done = sets.tlgit("resolve", ids["tracks[3].title"], "--theirs", "--json")
    assert done.code == 1
    data = validate(done)
    assert [one["conflict_id"] for one in data["left"]] == [ids["tracks[2].title"], ids["tracks[5].title"]]
    assert len(data["commits"]) == 1
    assert titles(sets)[1:] == ["Mine B", "Yours C", "Piece D3", "Mine E", "Mine F (own fix)"]
    assert "Tlgit-Resolution: theirs" in sets.git("log", "-1", "--format=%B")
    assert sets.git("status", "--porcelain") == ""
    done = sets.tlgit("resolve", "1kanal01", "--set", "tracks[2].title=B: both", "--ours", "--json")
    assert done.code == 0
    assert titles(sets)[1:] == ['"B: both"', "Yours C", "Piece D3", "Mine E", "Mine F (own fix)"]
    assert "Tlgit-Resolution: mixed" in sets.git("log", "-1", "--format=%B")
    assert not sets.has(BRANCH)
    assert sets.take(page_of(B1="Yours B", C2="Yours C", E4="Yours E")).reviews == ()
    sets.check()


def test_three_ways_to_the_same_file(sets: Sets) -> None:
    """By `resolve` on the review, by `git merge` and `resolve`, by `git merge` and an editor."""
    start = sets.at("HEAD")
    upstream, review = sets.at("upstream"), sets.at(BRANCH)

    def again() -> None:
        sets.git("reset", "--quiet", "--hard", start)
        sets.git("update-ref", "refs/heads/upstream", upstream)
        sets.git("update-ref", f"refs/heads/{BRANCH}", review)

    assert sets.tlgit("resolve", PATH, "--theirs").code == 0
    first = sets.read(PATH)
    again()
    sets.git("merge", BRANCH, code=1)
    marked = sets.read(PATH)
    done = sets.tlgit("resolve", "--all", "--theirs", "--json")
    assert done.code == 0
    assert validate(done)["next"] == "git commit"
    sets.git("commit", "--quiet", "--no-edit")
    assert sets.read(PATH) == first
    again()
    sets.git("merge", BRANCH, code=1)
    assert sets.read(PATH) == marked
    lines, is_shown = [], True
    for line in marked.splitlines(keepends=True):
        if line[:7] in {"<" * 7, "=" * 7, ">" * 7}:
            is_shown = line[0] != "<"
        elif is_shown:
            lines.append(line)
    sets.write("".join(lines), PATH)
    sets.git("commit", "--quiet", "--all", "--no-edit")
    assert sets.read(PATH) == first
    assert sets.take().settled == (BRANCH,)
    assert sets.read(PATH) == first
    sets.check()


def test_a_review_waits_while_git_is_at_work(sets: Sets) -> None:
    sets.git("switch", "--quiet", "-c", "side", "HEAD~1")
    sets.edit(("Piece D3", "Side D"), path=PATH)
    sets.commit("side")
    sets.git("switch", "--quiet", "main")
    sets.edit(("Piece D3", "Main D"), path=PATH)
    sets.commit("main")
    sets.git("merge", "side", code=1)
    found = conflicts(sets)
    kinds = {one["fields"][0]["field"]: (one["kind"], bool(one["note"])) for one in found}
    assert kinds["tracks[4].title"] == ("unmerged", False)
    assert kinds["tracks[2].title"] == ("review", True)
    done = sets.tlgit("resolve", "--all", "--ours")
    assert done.code == 1
    assert "added" in done.out
    assert "finish it first" in done.out
    sets.git("commit", "--quiet", "--no-edit")
    assert sets.tlgit("resolve", "--all", "--ours").code == 0


# Choosing


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "--ours, --theirs, --base"),
        (("--ours",), "3 conflicts are open, and none is named"),
        (("canal-house", "--all", "--ours"), "leave the names out"),
        (("canal-house", "--set", "tracks[2].title"), "expected PATH=VALUE"),
        (("canal-house", "--set", "tracks[2].titel=x"), "nothing open goes by the name"),
        (("canal-house", "--set", "tracks.title=x"), "names 3 conflicts"),
    ],
)
def test_usage(sets: Sets, arguments: tuple[str, ...], words: str) -> None:
    before = sets.state()
    done = sets.tlgit("resolve", *arguments)
    assert done.code == 2
    assert words in done.err
    assert sets.state() == before


def test_values_are_checked(tmp_path: Path) -> None:
    found = make_sets(tmp_path / "sets")
    base = "title: A\ngenres: [House]\ntracks:\n" + "".join(
        f'  - start: "{n}:00"\n    title: T{n}\n' for n in range(3)
    )
    path = "tracklists/a.yaml"
    found.write(base, path)
    found.commit()
    found.git("switch", "--quiet", "-c", "side")
    found.write(base.replace('"1:00"', '"1:10"').replace("title: A", "title: C"), path)
    found.commit()
    found.git("switch", "--quiet", "main")
    found.write(base.replace('"1:00"', '"1:20"').replace("title: A", "title: B"), path)
    found.commit()
    found.git("merge", "side", code=1)
    before = found.read(path)
    done = found.tlgit("resolve", "--set", "tracks[2].start=soon")
    assert done.code == 2
    assert "tracks[2].start: start: expected a time" in done.err
    assert found.tlgit("resolve", "--set", "title=").code == 2
    assert found.tlgit("resolve", "--set", "title=a\x1bb").code == 2
    assert found.read(path) == before
    assert found.tlgit("resolve", "--set", "tracks[2].start=1:15").code == 1
    assert '  - start: "1:15"\n    title: T1\n' in found.read(path)
    done = found.tlgit("resolve", "--set", "title=C: D")
    assert done.code == 0
    assert "hint: `git commit` goes on" in done.out
    assert found.read(path).startswith('title: "C: D"\n')


def test_the_sure_ones(tmp_path: Path) -> None:
    found = make_sets(tmp_path / "sets")
    path, base = (
        "tracklists/a.yaml",
        'title: A\ntracks:\n  - start: "0:00"\n    artist: X\n    title: Some Piece\n',
    )
    found.write(base, path)
    found.commit()
    found.git("switch", "--quiet", "-c", "side")
    found.write(base.replace("Some Piece", "Moonrise (Extended Mix)").replace("title: A", "title: C"), path)
    found.commit()
    found.git("switch", "--quiet", "main")
    found.write(base.replace("Some Piece", "Moonrise").replace("title: A", "title: B"), path)
    found.commit()
    found.git("merge", "side", code=1)
    sure = {one["fields"][0]["field"]: one["auto_resolution_available"] for one in conflicts(found)}
    assert sure == {"title": False, "tracks[1].title": True}
    done = found.tlgit("resolve", "--recommended", "--all")
    assert done.code == 1
    assert "title: Moonrise (Extended Mix)\n" in found.read(path)
    assert found.read(path).count("<<<<<<<") == 1


# The editor


def editor(folder: Path, script: str) -> dict[str, str]:
    file = folder / "my editor"
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(0o755)
    return {"GIT_EDITOR": f"'{file}'"}


def test_edit(sets: Sets, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    by = editor(tmp_path, f"cat \"$1\" >>'{seen}'; sed -i 's/^title: Mine B$/title: Edited B/' \"$1\"")
    done = sets.tlgit("resolve", PATH, "--field", "tracks[2].title", "--edit", environment=by)
    assert done.code == 1, done.err
    assert titles(sets)[1] == "Edited B"
    text = seen.read_text(encoding="utf-8")
    assert "# current:  Mine B\n# proposed: Yours B\n# base:     Piece B1\n" in text
    assert text.endswith("title: Mine B\n")


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("exit 1", 2),
        (': >"$1"', 1),
        ('echo "[" >>"$1"', 2),
        ('echo "label: X" >>"$1"', 2),
        ('echo x >"$1"', 2),
    ],
)
def test_edit_that_gives_nothing(sets: Sets, tmp_path: Path, script: str, code: int) -> None:
    before = sets.state()
    by = editor(tmp_path, script)
    done = sets.tlgit("resolve", PATH, "--field", "tracks[2].title", "--edit", environment=by)
    assert done.code == code
    assert sets.state() == before


# On a terminal


def talk(
    sets: Sets, keys: list[str], *arguments: str, environment: dict[str, str] | None = None
) -> tuple[int, str]:
    """Run `resolve` on a terminal and press one key at each prompt; gives the exit code and what was seen."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "resolve", *arguments],
        cwd=sets.root,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=tool_environment() | (environment or {}),
        start_new_session=True,
    )
    os.close(slave)
    seen, answered, pressed = "", 0, 0.0
    until = time.monotonic() + 60
    try:
        while time.monotonic() < until:
            if select.select([master], [], [], 0.1)[0]:
                try:
                    seen += os.read(master, 65536).decode()
                except OSError:  # the other end is closed
                    break
                continue
            prompts = seen.count("?] ")
            # What is typed before the program listens is lost, as on every terminal: then it is pressed again.
            if prompts > answered or (prompts and time.monotonic() - pressed > 3):
                os.write(master, keys[prompts - 1].encode())
                answered, pressed = prompts, time.monotonic()
        code = process.wait(timeout=10)
    finally:
        process.kill()
        process.wait()
        os.close(master)
    return code, seen.replace("\r\n", "\n")


def test_one_key_for_each(sets: Sets) -> None:
    code, seen = talk(sets, ["t", "?", "s", "b"])
    assert code == 1
    assert "(1/3) " + PATH + " tracks[2].title: Brook 1 - Mine B" in seen
    assert "above     [0:00] Ada 1 - Piece A0" in seen
    assert "below     [8:00] Cedar 1 - Mine C" in seen
    assert "  t theirs    Yours B   (1001tracklists, " in seen
    assert "skip: leave this one open" in seen
    assert titles(sets)[1:] == ["Yours B", "Mine C", "Piece D3", "Piece E4", "Mine F (own fix)"]
    assert [one["fields"][0]["field"] for one in conflicts(sets)] == ["tracks[3].title"]


def test_quit_keeps_what_was_answered(sets: Sets) -> None:
    code, _ = talk(sets, ["\r", "t", "q"])  # Enter means nothing where the recommendation is not sure
    assert code == 1
    assert titles(sets)[1:3] == ["Yours B", "Mine C"]
    assert len(conflicts(sets)) == 2


def test_interrupt_changes_nothing(sets: Sets) -> None:
    before = sets.state()
    code, _ = talk(sets, ["t", "\x03"])
    assert code == 130
    assert sets.state() == before


def test_edit_on_a_terminal(sets: Sets, tmp_path: Path) -> None:
    by = editor(tmp_path, 'sed -i "s/^title: .*/title: Typed/" "$1"')
    code, _ = talk(sets, ["e", "o", "o"], environment=by)
    assert code == 0
    assert titles(sets)[1:3] == ["Typed", "Mine C"]


def test_enter_takes_what_is_sure(tmp_path: Path) -> None:
    found = make_sets(tmp_path / "sets")
    path = "tracklists/a.yaml"
    base = 'title: A\ntracks:\n  - start: "0:00"\n    artist: X\n    title: Some Piece\n'
    found.write(base, path)
    found.commit()
    found.git("switch", "--quiet", "-c", "side")
    found.write(base.replace("Some Piece", "Moonrise (Extended Mix)"), path)
    found.commit()
    found.git("switch", "--quiet", "main")
    found.write(base.replace("Some Piece", "Moonrise"), path)
    found.commit()
    found.git("merge", "side", code=1)
    code, seen = talk(found, ["\r"])
    assert code == 0
    assert "theirs is rated 0.93 (" in seen
    assert "recommended: theirs, Enter takes it" in seen
    assert "title: Moonrise (Extended Mix)\n" in found.read(path)
