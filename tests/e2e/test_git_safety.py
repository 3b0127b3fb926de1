"""Whatever git can do to tracklists of a clone that `tlgit init` has set up: nothing is lost without a word.

Where git alone would lose something, the same is done without the driver first: so each safety is seen to be one.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from tests.builders import Sets, tool_environment
from tests.merge.test_cases import CASES, texts_of
from tlgit.merge.merge import merge
from tlgit.ops.install import command_text, driver_line
from tlgit.ops.setup import init
from tlgit.tracklist.syntax import has_conflict_markers
from tlgit.tracklist.text import parse_document

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAME: Final = "tracklists/ada/2026-05-01-night.yaml"
OTHER: Final = "tracklists/ada/2026-06-01-day.yaml"
BASE: Final = "title: Night\nartist: Ada\ntracks:\n" + "".join(
    f'  - start: "{n}:00"\n    artist: A{n}\n    bpm: 12{n}\n    key: Am\n    isrc: X{n}\n    title: T{n}\n'
    for n in range(9)
)
BY_LINES: Final = "git merge-file %A %O %B"
SOURCE: Final = "source: https://www.1001tracklists.com/tracklist/{}/x.html\n"


def edit(*changes: tuple[str, str], text: str = BASE) -> str:
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    return text


def track(number: int, text: str = BASE) -> str:
    start = text.index(f'  - start: "{number}:00"')
    end = text.find("  - start", start + 5)
    return text[start:] if end < 0 else text[start:end]


OURS: Final = edit(("title: T1", "title: One"))
THEIRS: Final = edit(("isrc: X1", "isrc: Y1"), ("title: T7", "title: Seven"))
BOTH: Final = edit(("title: T1", "title: One"), ("isrc: X1", "isrc: Y1"), ("title: T7", "title: Seven"))
CLASH: Final = edit(("title: T1", "title: Uno"))
NEW: Final = '  - start: "4:30"\n    artist: Elm\n    title: Rain\n'
MARKED: Final = BASE.replace(
    "title: Night\n", "<<<<<<< ours\ntitle: Night\n=======\ntitle: Day\n>>>>>>> theirs\n"
)
KEY_TWICE: Final = edit(("title: T3\n", "title: T3\n    title: Three\n"))
TRACK_TWICE: Final = BASE + track(2)


@pytest.fixture
def sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sets:
    monkeypatch.setenv("PYTHONPATH", tool_environment()["PYTHONPATH"])
    init(tmp_path / "sets", command=command_text())
    return Sets(tmp_path / "sets")


def put(sets: Sets, lists: Mapping[str, str | bytes | None] | str, message: str = "edit") -> str:
    for path, text in (lists if not isinstance(lists, str) else {NAME: lists}).items():
        if text is None:
            sets.git("rm", "--quiet", path)
        elif isinstance(text, bytes):
            (sets.root / path).write_bytes(text)
        else:
            sets.write(text, path)
    sets.git("add", "--all")
    sets.git("commit", "--quiet", "--no-verify", "-m", message)
    return sets.at("HEAD")


def fork(
    sets: Sets,
    ours: Mapping[str, str | bytes | None] | str = OURS,
    theirs: Mapping[str, str | bytes | None] | str = THEIRS,
    base: Mapping[str, str | bytes | None] | str = BASE,
) -> None:
    """`theirs` on a branch of that name, `ours` on main."""
    put(sets, base, "base")
    sets.git("switch", "--quiet", "-c", "theirs")
    put(sets, theirs, "theirs")
    sets.git("switch", "--quiet", "main")
    put(sets, ours, "ours")


def attempt(sets: Sets, *arguments: str, environment: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Run git: its exit code, and its words."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=sets.root,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **(environment or {})},
    )
    return done.returncode, done.stdout + done.stderr


def plainly(sets: Sets, other: str = "theirs") -> tuple[int, str]:
    """What git alone makes of a merge; the repository is as before afterwards."""
    before = sets.at("HEAD")
    alone = ("-c", f"merge.tlgit.driver={BY_LINES}", "-c", "core.hooksPath=/dev/null")
    code, _ = attempt(sets, *alone, "merge", "--no-edit", other)
    text = sets.read(NAME)
    sets.git("reset", "--quiet", "--hard", before)
    return code, text


def decide(sets: Sets, text: str, name: str = NAME) -> None:
    sets.write(text, name)
    sets.git("add", name)


# One result, whichever command merges

COMMANDS: Final = (
    "merge --no-edit theirs",
    "rebase theirs",
    "cherry-pick theirs",
    "pull --no-rebase --no-edit . theirs",
)


@pytest.mark.parametrize(
    "command", [*COMMANDS, "merge --squash theirs", "merge --no-commit theirs", "rebase --merge theirs"]
)
def test_every_command_gives_the_same(sets: Sets, command: str) -> None:
    fork(sets)
    code, _ = plainly(sets)
    assert code == 1, "neighbouring lines clash without the driver"
    sets.git(*command.split())
    assert sets.read(NAME) == BOTH
    assert sets.git("hash-object", NAME) == sets.git("rev-parse", f":{NAME}")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_leaves_the_same_conflict(sets: Sets, command: str) -> None:
    """A rebase swaps the sides: the same field is open, with the same two values, and all else is merged."""
    fork(sets, theirs=edit(("title: T1", "title: Uno"), ("title: T7", "title: Seven")))
    code, words = attempt(sets, *command.split())
    assert code
    assert "title (A1 - " in words
    text = sets.read(NAME)
    start, end = text.index("<<<<<<<"), text.index("\n", text.index(">>>>>>>")) + 1
    assert sorted(text[start:end].splitlines()[1:4]) == ["    title: One", "    title: Uno", "======="]
    assert text[:start] + "    title: One\n" + text[end:] == edit(
        ("title: T1", "title: One"), ("title: T7", "title: Seven")
    )


def test_what_merge_tree_gives_is_what_the_merge_in_process_gives(sets: Sets) -> None:
    (sets.root / ".gitattributes").write_text("tracklists/**/*.yaml merge=tlgit -text\n", encoding="utf-8")
    cases = [folder for folder in CASES[1::5] if texts_of(folder)[0] is not None]
    versions = [
        {
            f"tracklists/{n}.yaml": text
            for n, folder in enumerate(cases)
            if (text := texts_of(folder)[side]) is not None
        }
        for side in range(3)
    ]
    fork(sets, versions[1], versions[2], versions[0])
    _, words = attempt(
        sets, "merge-tree", "--write-tree", "-z", "--no-messages", "-Xno-renames", "main", "theirs"
    )
    tree = words.split("\0", 1)[0]
    if "usage" in words:  # git before 2.45 takes no options of the strategy
        _, words = attempt(
            sets,
            "-c",
            "merge.renames=false",
            "merge-tree",
            "--write-tree",
            "-z",
            "--no-messages",
            "main",
            "theirs",
        )
        tree = words.split("\0", 1)[0]
    for n, folder in enumerate(cases):
        found = subprocess.run(
            ["git", "cat-file", "blob", f"{tree}:tracklists/{n}.yaml"],
            cwd=sets.root,
            capture_output=True,
            check=True,
        ).stdout
        assert found.decode() == merge(*texts_of(folder)).text, folder.name


def test_a_stash_comes_back_merged(sets: Sets) -> None:
    put(sets, BASE)
    sets.write(OURS, NAME)
    sets.git("stash")
    put(sets, THEIRS)
    sets.git("stash", "pop", "--quiet")
    assert sets.read(NAME) == BOTH
    sets.git("stash")
    put(sets, edit(("title: T1", "title: Uno"), text=THEIRS))
    code, _ = attempt(sets, "stash", "pop")
    assert code == 1
    assert has_conflict_markers(sets.read(NAME))
    assert sets.git("stash", "list"), "git keeps the stash of a conflict"


def test_a_merge_of_upstream_is_taken_back(sets: Sets) -> None:
    """What came later stays; what the merge brought goes, but for a field that somebody has changed since."""
    fork(sets)
    sets.git("merge", "--quiet", "--no-edit", "theirs")
    put(sets, edit(("title: T4", "title: Four"), text=sets.read(NAME)))
    sets.git("revert", "--no-edit", "-m1", "HEAD^")
    assert sets.read(NAME) == edit(("title: T4", "title: Four"), text=OURS)
    sets.git("reset", "--quiet", "--hard", "HEAD^")
    put(sets, edit(("title: Seven", "title: Seven (Live)"), text=sets.read(NAME)))
    code, words = attempt(sets, "revert", "--no-edit", "-m1", "HEAD^^")
    assert code == 1
    assert words.count("is changed on both sides") == 1
    assert "isrc: X1\n" in sets.read(NAME)


# What git merges silently by lines

SILENT: Final = {
    "one key added at two spots": (
        edit(("    artist: A3\n", "    label: Fern\n    artist: A3\n")),
        edit(("title: T3\n", "title: T3\n    label: Quay\n")),
    ),
    "one track added in two gaps": (
        edit((track(2), track(2) + NEW)),
        edit((track(6), track(6) + NEW)),
    ),
    "one track moved to two places": (
        edit((track(4), ""), (track(0), track(4) + track(0))),
        edit((track(4), ""), (track(8), track(8) + track(4))),
    ),
}


@pytest.mark.parametrize("name", SILENT)
def test_doubles_are_conflicts(sets: Sets, name: str) -> None:
    fork(sets, *SILENT[name])
    code, text = plainly(sets)
    assert code == 0
    assert any(text.count(words) == 2 for words in ("label:", "title: Rain", "title: T4"))
    code, _ = attempt(sets, "merge", "--no-edit", "theirs")
    assert code == 1
    assert has_conflict_markers(sets.read(NAME))
    code, words = attempt(sets, "commit", "--all", "--no-edit")
    assert code == 1
    assert f"{NAME}:" in words


def test_renames_do_not_pour_one_list_into_another(sets: Sets) -> None:
    """A list is deleted here, a similar one added; git takes it for a rename and brings the update over."""
    one, two = BASE + SOURCE.format("abc123"), edit(("title: T8", "title: Eight")) + SOURCE.format("xyz789")
    fork(sets, {NAME: None, OTHER: two}, edit(("title: T2", "title: Two")) + SOURCE.format("abc123"), one)
    code, _ = attempt(sets, "-c", f"merge.tlgit.driver={BY_LINES}", "merge", "--no-edit", "theirs")
    assert code == 0
    assert "title: Two" in sets.read(OTHER)
    sets.git("reset", "--quiet", "--hard", "HEAD^")
    code, words = attempt(sets, "merge", "--no-edit", "theirs")
    assert code == 1
    assert "these are different tracklists" in words
    assert sets.git("ls-files", "--unmerged")
    assert attempt(sets, "commit", "--all", "--no-edit")[0] == 1


# Branches that hold nothing but lists


@pytest.mark.parametrize("branch", ["upstream", "review/ada/2026-05-01-night"])
def test_merging_on_a_branch_of_lists_goes_through_the_driver(sets: Sets, branch: str) -> None:
    put(sets, BASE)
    sets.git("switch", "--quiet", "--orphan", branch)
    put(sets, BASE)
    sets.git("switch", "--quiet", "main")
    sets.git("merge", "--quiet", "--no-edit", "--allow-unrelated-histories", branch)
    put(sets, OURS)
    sets.git("switch", "--quiet", branch)
    assert not (sets.root / ".gitattributes").exists()
    assert sets.git("status", "--porcelain") == "", "the CUE folder is ignored here too"
    put(sets, THEIRS)
    info = sets.root / ".git/info/attributes"
    rules = info.read_bytes()
    info.unlink()
    assert attempt(sets, "merge", "--no-edit", "main")[0] == 1, (
        "without the rules of the clone git merges by lines"
    )
    sets.git("merge", "--abort")
    info.write_bytes(rules)
    sets.git("merge", "--quiet", "--no-edit", "main")
    assert sets.read(NAME) == BOTH


# Without the program


def test_without_the_program_git_merges_by_lines_and_says_so(sets: Sets, tmp_path: Path) -> None:
    """A PATH without tlgit: a conflict has markers and both sides. Git alone would keep ours and no marker."""
    fork(sets)
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("git", "sh", "env"):
        found = subprocess.run(["which", name], capture_output=True, text=True, check=True).stdout.strip()
        (programs / name).symlink_to(found)
    path = {"PATH": str(programs), "PYTHONPATH": ""}
    sets.git("config", "merge.tlgit.driver", "tlgit merge-driver %O %A %B %L %P")
    assert attempt(sets, "merge", "--no-edit", "theirs", environment=path)[0] == 1
    assert sets.read(NAME) == OURS, "what git does alone: the next `git add` drops theirs"
    sets.git("merge", "--abort")

    sets.git("config", "merge.tlgit.driver", driver_line("tlgit"))
    code, words = attempt(sets, "merge", "--no-edit", "theirs", environment=path)
    assert code == 1
    assert "gone or broken, so this was merged as plain text" in words
    text = sets.read(NAME)
    assert "<<<<<<< ours\n" in text
    assert ">>>>>>> theirs\n" in text
    assert "title: One" in text
    assert "isrc: Y1" in text
    assert "title: Seven" in text
    sets.git("merge", "--abort")

    sets.git("reset", "--quiet", "--hard", "main^")
    put(sets, edit(("title: T4", "title: Four")))
    code, words = attempt(sets, "merge", "--no-edit", "theirs", environment=path)
    assert code == 0, "far apart lines merge, as they do in a clone that was never set up"
    assert "gone or broken" in words


# Histories and sizes


def criss_cross(sets: Sets, ours: str, theirs: str, keep: tuple[str, str] | None) -> None:
    """Both branches merge each other; `keep` is what each makes of a conflict."""
    fork(sets, ours, theirs)
    for n, (branch, other) in enumerate((("main", "theirs"), ("theirs", "main^1"))):
        sets.git("switch", "--quiet", branch)
        attempt(sets, "merge", "--no-edit", other)
        if keep is not None:
            put(sets, keep[n])
    sets.git("switch", "--quiet", "main")
    assert len(sets.git("merge-base", "--all", "main", "theirs").split()) == 2


def watched(sets: Sets, folder: Path) -> None:
    """Let the driver leave a copy of each base that it gets."""
    folder.mkdir()
    line = driver_line(command_text())
    copy = f"cp %O {shlex.quote(str(folder))}/%L-$$; "
    sets.git("config", "merge.tlgit.driver", copy + line)


def test_a_virtual_base_without_a_conflict(sets: Sets, tmp_path: Path) -> None:
    criss_cross(sets, OURS, THEIRS, None)
    put(sets, edit(("title: T3", "title: Three"), text=sets.read(NAME)))
    sets.git("switch", "--quiet", "theirs")
    put(sets, edit(("isrc: X3", "isrc: Y3"), text=sets.read(NAME)))
    sets.git("switch", "--quiet", "main")
    watched(sets, tmp_path / "bases")
    sets.git("merge", "--quiet", "--no-edit", "theirs")
    assert sets.read(NAME) == edit(("title: T3", "title: Three"), ("isrc: X3", "isrc: Y3"), text=BOTH)
    bases = [path.read_text(encoding="utf-8") for path in sorted((tmp_path / "bases").iterdir())]
    assert BOTH in bases
    for text in bases:
        parse_document(text)


def test_a_virtual_base_with_a_conflict(sets: Sets, tmp_path: Path) -> None:
    """Git hands the markers of the inner merge to the outer one; they never come out with exit code 0."""
    criss_cross(sets, OURS, CLASH, (OURS, CLASH))
    watched(sets, tmp_path / "bases")
    code, _ = attempt(sets, "merge", "--no-edit", "theirs")
    assert code == 1
    assert has_conflict_markers(sets.read(NAME))
    assert any(path.name.startswith("9-") for path in (tmp_path / "bases").iterdir()), (
        "git asks for longer markers"
    )
    sets.git("merge", "--abort")
    put(sets, CLASH, "main gives in")
    sets.git("switch", "--quiet", "theirs")
    put(sets, edit(("title: T8", "title: Eight"), text=CLASH))
    sets.git("switch", "--quiet", "main")
    sets.git("merge", "--quiet", "--no-edit", "theirs")
    assert sets.read(NAME) == edit(("title: T8", "title: Eight"), text=CLASH)


def test_markers_as_long_as_the_attribute_says(sets: Sets) -> None:
    with (sets.root / ".gitattributes").open("a", encoding="utf-8") as file:
        file.write("*.yaml conflict-marker-size=15\n")
    fork(sets, theirs=CLASH)
    assert attempt(sets, "merge", "theirs")[0] == 1
    lines = sets.read(NAME).splitlines()
    assert [line for line in lines if line[:1] in "<=>"] == [
        f"{'<' * 15} ours",
        "=" * 15,
        f"{'>' * 15} theirs",
    ]
    assert attempt(sets, "commit", "--all", "--no-edit")[0] == 1


@pytest.mark.parametrize("option", ["-sort", "-srecursive", "-ssubtree", "-Xours", "-Xtheirs", "-Xpatience"])
def test_strategies_and_their_options_leave_fields_alone(sets: Sets, option: str) -> None:
    """`-X ours` and `-X theirs` do not reach a driver: both edits stay, and a real conflict stays one."""
    fork(sets)
    sets.git("merge", "--quiet", "--no-edit", option, "theirs")
    assert sets.read(NAME) == BOTH
    sets.git("reset", "--quiet", "--hard", "HEAD^")
    sets.git("switch", "--quiet", "theirs")
    put(sets, edit(("title: T1", "title: Uno"), text=THEIRS))
    sets.git("switch", "--quiet", "main")
    assert attempt(sets, "merge", option, "theirs")[0] == 1
    assert sets.read(NAME).count("<<<<<<<") == 1


def test_an_octopus_calls_no_driver(sets: Sets) -> None:
    """Neither does `-s resolve`. What one side alone changed is right; what the lines lose, the verifier tells."""
    put(sets, BASE)
    for branch, text in (
        ("one", OURS),
        ("two", edit(("title: T7", "title: Seven"))),
        ("left", SILENT["one key added at two spots"][0]),
        ("right", SILENT["one key added at two spots"][1]),
    ):
        sets.git("switch", "--quiet", "-c", branch, "main")
        put(sets, text)
    sets.git("switch", "--quiet", "main")
    before = put(sets, {OTHER: BASE})
    sets.git("merge", "--quiet", "--no-edit", "one", "two")
    assert sets.read(NAME) == edit(("title: T1", "title: One"), ("title: T7", "title: Seven"))
    assert sets.tlgit("lint", "--merge", "HEAD").code == 0
    for option, at, others in (("-soctopus", before, ("left", "right")), ("-sresolve", "right", ("left",))):
        sets.git("reset", "--quiet", "--hard", at)
        code, words = attempt(sets, "merge", "--quiet", "--no-edit", option, *others)
        assert code == 1
        assert "'label' stands twice" in words
        sets.git("commit", "--quiet", "--no-verify", "--all", "--no-edit")
        done = sets.tlgit("lint", "--merge", "HEAD")
        assert done.code == 1
        assert "'label' stands twice" in done.out


# What is no tracklist


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (BASE.replace("title: Night", "title: [Night"), THEIRS),
        (OURS, BASE.replace("title: Night", "title: [Night")),
        (b"\x00\x01ours", THEIRS),
        (OURS, b"\xff\xfe\x00theirs"),
        (b"\x00ours", b"\x00theirs"),
        (OURS.encode("utf-16"), THEIRS),
        ("", THEIRS),
        (OURS, ""),
        (MARKED, THEIRS),
        (OURS, KEY_TWICE),
    ],
)
def test_what_cannot_be_read_is_never_clean(sets: Sets, ours: str | bytes, theirs: str | bytes) -> None:
    fork(sets, {NAME: ours}, {NAME: theirs})
    code, words = attempt(sets, "merge", "--no-edit", "theirs")
    assert code
    assert "cannot be read" in words
    assert sets.git("ls-files", "--unmerged") or code > 1, "git stops, or the file is left open"
    kept = (sets.root / NAME).read_bytes()
    mine = ours if isinstance(ours, bytes) else ours.encode()
    is_both = all(words in kept for words in (b"title: One", b"title: Three")) or (
        b"[Night" in kept and (b"title: One" in kept or b"title: Seven" in kept)
    )
    assert kept == mine or b"<<<<<<<" in kept or is_both


# git's own tools


def test_mergetool_sees_the_usual_markers(sets: Sets, tmp_path: Path) -> None:
    """Any tool gets three files and the marked one; here one that takes theirs' side of each marked place."""
    tool = tmp_path / "tool.py"
    tool.write_text(
        "import re, sys\n"
        "text = open(sys.argv[1]).read()\n"
        "text = re.sub(r'<{7} .*\\n(?:.*\\n)*?={7}\\n((?:.*\\n)*?)>{7} .*\\n', r'\\1', text)\n"
        "open(sys.argv[1], 'w').write(text)\n",
        encoding="utf-8",
    )
    fork(sets, theirs=edit(("title: T1", "title: Uno"), text=edit(("title: T7", "title: Seven"))))
    assert attempt(sets, "merge", "theirs")[0] == 1
    for key, value in {
        "merge.tool": "scripted",
        "mergetool.scripted.cmd": f"'{sys.executable}' '{tool}' \"$MERGED\"",
        "mergetool.scripted.trustExitCode": "true",
        "mergetool.keepBackup": "false",
    }.items():
        sets.git("config", key, value)
    sets.git("mergetool", "--no-prompt")
    sets.git("commit", "--quiet", "--no-edit")
    assert sets.read(NAME) == edit(("title: T1", "title: Uno"), ("title: T7", "title: Seven"))
    assert sets.git("status", "--porcelain") == ""


def test_rerere_answers_the_second_time(sets: Sets) -> None:
    """git remembers a resolution by the marked lines, which are the same again for the same question."""
    sets.git("config", "rerere.enabled", "true")
    fork(sets, theirs=CLASH)
    code, words = attempt(sets, "merge", "theirs")
    assert (code, "Recorded preimage" in words) == (1, True)
    answer = edit(("title: T1", "title: Un"))
    decide(sets, answer)
    sets.git("commit", "--quiet", "--no-edit")
    sets.git("reset", "--quiet", "--hard", "HEAD^")
    code, words = attempt(sets, "merge", "theirs")
    assert (code, "using previous resolution" in words) == (1, True)
    assert sets.read(NAME) == answer
    sets.git("commit", "--quiet", "--all", "--no-edit")
    assert sets.read(NAME) == answer


# What does not get into a commit


@pytest.mark.parametrize("text", [MARKED, KEY_TWICE, TRACK_TWICE], ids=["markers", "key", "track"])
@pytest.mark.parametrize(
    "command", ["commit -m x", "commit -a -m x", f"commit -m x -- {NAME}", "commit --amend -a -m x"]
)
def test_what_a_bad_merge_leaves_is_not_committed(sets: Sets, text: str, command: str) -> None:
    put(sets, {NAME: BASE, OTHER: BASE})
    before = sets.at("HEAD")
    sets.write(text, NAME)
    if command == "commit -m x":
        sets.git("add", NAME)
    code, words = attempt(sets, *command.split())
    assert code == 1
    assert f"{NAME}:" in words
    assert "hint: " in words
    assert sets.at("HEAD") == before
    sets.write(OURS, NAME)
    assert attempt(sets, "commit", "-a", "-m", "mended")[0] == 0
    sets.write(text, NAME)
    sets.git("add", NAME)
    name, *options = command.split()
    assert attempt(sets, name, "--no-verify", *options)[0] == 0, "without the hook git takes it"


@pytest.mark.parametrize("command", ["merge --continue", "cherry-pick --continue"])
def test_a_conflict_cannot_be_committed_as_it_is(sets: Sets, command: str) -> None:
    fork(sets, theirs=CLASH)
    name = command.split(maxsplit=1)[0]
    assert attempt(sets, name, "theirs")[0]
    sets.git("add", NAME)
    code, words = attempt(sets, *command.split(), environment={"GIT_EDITOR": "true"})
    assert code
    assert "conflict markers stand in the tracklist" in words
    decide(sets, OURS)
    attempt(sets, *command.split(), environment={"GIT_EDITOR": "true"})
    assert not has_conflict_markers(sets.git("show", f"HEAD:{NAME}"))


def test_a_rebase_asks_no_pre_commit_hook(sets: Sets) -> None:
    """git runs it with `--no-verify` inside; the hook at its end tells, and the sheet stays as it was."""
    fork(sets, theirs=CLASH)
    sheet = sets.root / "cue/ada/2026-05-01-night.cue"
    assert attempt(sets, "rebase", "theirs")[0]
    sets.git("add", NAME)
    code, words = attempt(sets, "rebase", "--continue", environment={"GIT_EDITOR": "true"})
    assert code == 0
    assert f"{NAME}: no new CUE sheet" in words
    assert "conflict markers stand in the file" in words
    assert "Uno" in sheet.read_text(encoding="utf-8"), "the last one that could be read"
    assert sets.tlgit("lint").code == 1
