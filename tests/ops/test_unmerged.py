"""What git leaves in conflict, resolved field by field, by real git in every way that leaves conflicts."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from tests.builders import make_sets
from tests.merge.test_cases import CASES, texts_of
from tests.ops.clones import PATH, commit_list, make_clone, write_list
from tlgit.errors import DataError
from tlgit.files.atomic import FileChangedError
from tlgit.merge.decision import Choice
from tlgit.ops.conflicts import Conflict, read_open
from tlgit.ops.resolve import Pick, Resolution, apply_picks, choose_scope, pick_side
from tlgit.ops.unmerged import NotTakenError, Sides, read_text, remerge, render_choices
from tlgit.ops.workspace import Workspace
from tlgit.tracklist.syntax import TracklistSyntaxError
from tlgit.tracklist.text import parse_document

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.conftest import Git

BASE: Final = "title: Sunrise\nartist: DJ Example\n# all of it\ntracks:\n" + "".join(
    f'  - start: "{n}:00"\n    artist: Artist {n}\n    title: Title {n}  # {n}\n' for n in range(6)
)
OURS: Final = BASE.replace("Title 1 ", "Ours 1 ").replace("Artist 3", "Ours 3").replace("Sunrise", "Ours")
THEIRS: Final = (
    BASE.replace("Title 1 ", "Theirs 1 ").replace("Artist 3", "Theirs 3").replace("Sunrise", "Theirs")
)
FIELDS: Final = ("title", "tracks[2].title", "tracks[4].artist")

START: Final[Mapping[str, tuple[str, ...]]] = {
    "merge": ("merge", "theirs"),
    "rebase": ("rebase", "theirs"),
    "cherry-pick": ("cherry-pick", "theirs"),
    "revert": ("revert", "--no-edit", "HEAD~1"),
    "stash": ("stash", "pop"),
    "checkout": ("checkout", "--merge", "theirs"),
}


@pytest.fixture
def root(tmp_path: Path, git: Git) -> Path:
    """A clone with the driver and without hooks, with the base committed."""
    folder = make_sets(tmp_path / "sets").root
    commit_list(git, folder, BASE)
    return folder


def attempt(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"GIT_EDITOR": "true"}
    return subprocess.run(
        ["git", *arguments],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def clash(root: Path, git: Git, command: str = "merge", ours: str = OURS, theirs: str = THEIRS) -> None:
    """Bring both texts into conflict, by one of git's commands."""
    if command == "revert":
        # Reverting the step from theirs to the base brings theirs back, into ours.
        commit_list(git, root, theirs)
        commit_list(git, root, BASE)
        commit_list(git, root, ours)
    elif command in {"stash", "checkout"}:
        if command == "stash":
            write_list(root, theirs)
            git(root, "stash", "--quiet")
            commit_list(git, root, ours)
        else:
            git(root, "switch", "--quiet", "-c", "theirs")
            commit_list(git, root, theirs)
            git(root, "switch", "--quiet", "main")
            write_list(root, ours)
    else:
        git(root, "switch", "--quiet", "-c", "theirs")
        commit_list(git, root, theirs)
        git(root, "switch", "--quiet", "main")
        commit_list(git, root, ours)
    attempt(root, *START[command])
    assert "UU" in attempt(root, "status", "--porcelain").stdout


def read(root: Path) -> str:
    return (root / PATH).read_bytes().decode()


def still_open(root: Path) -> tuple[Conflict, ...]:
    with Workspace.open(root) as workspace:
        return read_open(workspace).conflicts


def resolve(root: Path, side: str, *fields: str, names: tuple[str, ...] = ()) -> Resolution:
    with Workspace.open(root) as workspace:
        found = read_open(workspace)
        scope = choose_scope(workspace, found, names, fields)
        return apply_picks(workspace, found, scope, pick_side(scope.takeable, side))


GO_ON: Final[Mapping[str, str | None]] = {
    "merge": "git commit",
    "rebase": "git rebase --continue",
    "cherry-pick": "git cherry-pick --continue",
    "revert": "git revert --continue",
    "stash": None,
    "checkout": None,
}


@pytest.mark.parametrize("command", START)
def test_all_at_once_by_every_command(root: Path, git: Git, command: str) -> None:
    clash(root, git, command)
    assert [one.field for one in still_open(root)] == list(FIELDS)
    # git swaps the sides where it puts what is yours on top of something.
    side = "ours" if command in {"rebase", "checkout"} else "theirs"
    assert [one.base for one in still_open(root)] == ["Sunrise", "Title 1", "Artist 3"]
    resolution = resolve(root, side)
    assert read(root) == THEIRS
    assert resolution.is_done
    assert resolution.staged == (PATH,)
    assert git(root, "ls-files", "--unmerged") == ""
    assert resolution.next_step == GO_ON[command]
    if resolution.next_step:
        done = attempt(root, *resolution.next_step.split()[1:])
        assert done.returncode == 0, done.stderr
        assert git(root, "status", "--porcelain") == ""
        assert git(root, "show", f"HEAD:{PATH}") + "\n" == THEIRS


@pytest.mark.parametrize(("side", "text"), [("ours", OURS), ("base", BASE)])
def test_other_sides(root: Path, git: Git, side: str, text: str) -> None:
    clash(root, git)
    assert resolve(root, side).is_done
    assert read(root) == text


@pytest.mark.parametrize("command", ["cherry-pick", "revert"])
def test_nothing_left_of_a_commit_is_skipped(root: Path, git: Git, command: str) -> None:
    clash(root, git, command)
    resolution = resolve(root, "ours")
    assert resolution.next_step == f"git {command} --skip"
    git(root, command, "--skip")
    assert git(root, "status", "--porcelain") == ""
    assert read(root) == OURS


def test_one_by_one(root: Path, git: Git) -> None:
    clash(root, git)
    first = resolve(root, "theirs", "tracks[2].title")
    assert [one.field for one in first.left] == ["title", "tracks[4].artist"]
    assert not first.staged
    assert first.next_step is None
    assert git(root, "ls-files", "--unmerged") != ""
    second = resolve(root, "ours", "title")
    assert [one.field for one in second.left] == ["tracks[4].artist"]
    (last,) = still_open(root)
    done = resolve(root, "base", names=(last.id,))
    assert done.is_done
    assert read(root) == OURS.replace("Ours 1 ", "Theirs 1 ").replace("Ours 3", "Artist 3")
    git(root, "commit", "--quiet", "--no-edit")
    assert git(root, "status", "--porcelain") == ""


def test_ids_stay(root: Path, git: Git) -> None:
    clash(root, git)
    ids = {one.field: one.id for one in still_open(root)}
    assert len(set(ids.values())) == 3
    resolve(root, "ours", "title")
    assert {one.field: one.id for one in still_open(root)}.items() < ids.items()


def edit(root: Path, *changes: tuple[str, str]) -> str:
    text = read(root)
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    (root / PATH).write_bytes(text.encode())
    return text


def test_edits_elsewhere_survive(root: Path, git: Git) -> None:
    clash(root, git)
    edit(
        root,
        ("Title 5", "Mine 5"),
        ("# all of it", "# my words"),
        ("artist: Artist 1\n", "artist:   'Mine 1'\n"),
    )
    assert resolve(root, "theirs").is_done
    wanted = THEIRS.replace("Title 5", "Mine 5").replace("# all of it", "# my words")
    assert read(root) == wanted.replace("artist: Artist 1\n", "artist:   'Mine 1'\n")


def test_what_the_editor_resolved_is_not_open(root: Path, git: Git) -> None:
    clash(root, git)
    text = read(root)
    marked = text[: text.index("artist: DJ")]
    (root / PATH).write_text("title: By hand\n" + text.removeprefix(marked), encoding="utf-8")
    assert [one.field for one in still_open(root)] == ["tracks[2].title", "tracks[4].artist"]
    assert resolve(root, "ours").staged == (PATH,)
    assert read(root) == OURS.replace("title: Ours\n", "title: By hand\n")


def test_what_the_editor_began_is_left_to_it(root: Path, git: Git) -> None:
    clash(root, git)
    edit(root, ("    title: Theirs 1", "    title: Nearly 1"))
    began = still_open(root)[1]
    assert began.field == "tracks[2].title"
    assert began.note.startswith("edited by hand: finish it in the editor (line ")
    resolution = resolve(root, "theirs")
    assert [one.field for one in resolution.left] == ["tracks[2].title"]
    assert not resolution.staged
    assert "title: Nearly 1  # 1\n>>>>>>> theirs\n" in read(root)
    assert read(root).count("<<<<<<<") == 1


def test_all_resolved_in_the_editor_is_added(root: Path, git: Git) -> None:
    clash(root, git)
    write_list(root, THEIRS)
    with Workspace.open(root) as workspace:
        (blocked,) = read_open(workspace).blocked
    assert "no marker is left" in blocked.reason
    resolution = resolve(root, "ours")
    assert resolution.is_done
    assert read(root) == THEIRS
    assert git(root, "ls-files", "--unmerged") == ""


def test_a_file_that_cannot_be_read_is_not_added(root: Path, git: Git) -> None:
    clash(root, git)
    edit(root, ('  - start: "5:00"', '  - start: "5:00'))
    resolution = resolve(root, "theirs")
    assert not resolution.staged
    assert PATH in resolution.notes[0]
    assert git(root, "ls-files", "--unmerged") != ""
    assert "<<<<<<<" not in read(root)


def test_a_track_that_stands_twice_is_not_added(root: Path, git: Git) -> None:
    clash(root, git)
    edit(
        root,
        (
            '  - start: "5:00"',
            '  - start: "0:00"\n    artist: Artist 0\n    title: Title 0\n  - start: "5:00"',
        ),
    )
    resolution = resolve(root, "theirs")
    assert not resolution.staged
    assert "the same track stands twice" in resolution.notes[0]


@pytest.mark.parametrize("tail", ["", "\n"])
def test_line_ends_byte_order_mark_and_the_end_of_the_file(root: Path, git: Git, tail: str) -> None:
    def odd(text: str) -> str:
        last = text.replace("Title 5", {BASE: "Title 5", OURS: "Ours 5", THEIRS: "Theirs 5"}[text])
        return "\ufeff" + last.replace("\n", "\r\n").removesuffix("\r\n") + tail.replace("\n", "\r\n")

    commit_list(git, root, odd(BASE))
    clash(root, git, ours=odd(OURS), theirs=odd(THEIRS))
    resolve(root, "theirs", "tracks[2].title")
    assert len(still_open(root)) == 3
    assert resolve(root, "theirs").is_done
    assert (root / PATH).read_bytes() == odd(THEIRS).encode()


def test_worktree_with_other_line_ends_than_git(root: Path, git: Git) -> None:
    git(root, "config", "core.autocrlf", "true")
    (root / PATH).unlink()
    git(root, "checkout", "--", PATH)
    clash(root, git, ours=OURS.replace("\n", "\r\n"), theirs=THEIRS.replace("\n", "\r\n"))
    assert b"<<<<<<< ours\r\n" in (root / PATH).read_bytes()
    resolve(root, "base", "title")
    resolve(root, "theirs")
    assert (root / PATH).read_bytes().decode() == THEIRS.replace(
        "title: Theirs\n", "title: Sunrise\n"
    ).replace("\n", "\r\n")
    assert git(root, "show", f":{PATH}") + "\n" == THEIRS.replace("title: Theirs\n", "title: Sunrise\n")


@pytest.mark.parametrize(("size", "labels"), [(9, ("HEAD", "x: y")), (7, ("", ""))])
def test_markers_of_any_size_with_a_base_part(
    root: Path, git: Git, size: int, labels: tuple[str, str]
) -> None:
    clash(root, git)
    lines = []
    for line in read(root).splitlines(keepends=True):
        mark = line[0] * size
        if line.startswith("<<<<<<<"):
            lines.append(f"{mark} {labels[0]}".rstrip() + "\n")
        elif line == "=======\n":
            lines += [f"{'|' * size} base\n", "anything: else\n", f"{mark}\n"]
        elif line.startswith(">>>>>>>"):
            lines.append(f"{mark} {labels[1]}".rstrip() + "\n")
        else:
            lines.append(line)
    write_list(root, "".join(lines))
    assert [one.field for one in still_open(root)] == list(FIELDS)
    assert resolve(root, "theirs").is_done
    assert read(root) == THEIRS


# Values by hand


def choose(root: Path, field: str, choice: Choice) -> Resolution:
    with Workspace.open(root) as workspace:
        found = read_open(workspace)
        scope = choose_scope(workspace, found, (), (field,))
        (conflict,) = scope.conflicts
        return apply_picks(workspace, found, scope, [Pick(conflict=conflict, choice=choice)])


def test_a_value_of_ones_own(root: Path, git: Git) -> None:
    clash(root, git)
    choose(root, "tracks[2].title", Choice("value", "No: # 1"))
    assert '    title: "No: # 1"  # 1\n' in read(root)
    choose(root, "title", Choice("value", "Mine"))
    choose(root, "tracks[4].artist", Choice("value", None))
    assert read(root).startswith("title: Mine\n")
    assert git(root, "ls-files", "--unmerged") == ""
    assert '"3:00"\n    title: Title 3' in read(root)


def test_a_value_that_changes_other_lines_is_not_taken(root: Path, git: Git) -> None:
    """Without the field beside the dash another one would stand there, and that line may be edited right now."""
    clash(root, git, ours=BASE.replace('"1:00"', '"1:10"'), theirs=BASE.replace('"1:00"', '"1:20"'))
    before = read(root)
    with pytest.raises(NotTakenError, match=r"tracks\[2\]\.start cannot be written as `value` on its own"):
        choose(root, "tracks[2].start", Choice("value", None))
    assert read(root) == before
    assert choose(root, "tracks[2].start", Choice("value", "1:15")).is_done


def test_no_value_is_written_into_a_file_that_cannot_be_read(root: Path, git: Git) -> None:
    clash(root, git)
    text = edit(root, ('  - start: "5:00"', '  - start: "5:00'))
    number = text[: text.index('"5:00')].count("\n") + 1
    with pytest.raises(TracklistSyntaxError) as caught:
        choose(root, "title", Choice("value", "Mine"))
    assert abs(caught.value.position.line - number) <= 3
    assert read(root) == text


# Whole tracks


def test_deleted_against_changed(root: Path, git: Git) -> None:
    track = '  - start: "2:00"\n    artist: Artist 2\n    title: Title 2  # 2\n'
    clash(root, git, ours=BASE.replace(track, ""), theirs=BASE.replace("Artist 2", "Theirs 2"))
    (one,) = still_open(root)
    assert (one.reason, one.key, one.recommended, one.is_automatic) == ("deleted", "", "theirs", False)
    assert "set" not in one.options
    assert resolve(root, "ours").is_done
    assert read(root) == BASE.replace(track, "")


def test_moved_to_two_places(root: Path, git: Git) -> None:
    tracks = [f'  - start: "{n}:00"\n    artist: Artist {n}\n    title: Title {n}  # {n}\n' for n in range(6)]
    head = BASE.removesuffix("".join(tracks))
    ours = head + "".join(tracks[n] for n in (2, 0, 1, 3, 4, 5))
    theirs = head + "".join(tracks[n] for n in (0, 1, 3, 4, 5, 2))
    clash(root, git, ours=ours, theirs=theirs)
    (one,) = still_open(root)
    assert one.reason == "moved"
    assert one.recommended is None
    assert read(root).count("<<<<<<<") == 2
    assert resolve(root, "theirs").is_done
    assert read(root) == theirs


def test_alike_conflicts_are_told_apart_by_what_is_around_them(root: Path, git: Git) -> None:
    def text(bpm: str) -> str:
        return BASE + "".join(
            f'  - start: "1{n}:00"\n    title: More {n}\n    bpm: {bpm}\n' for n in range(3)
        )

    commit_list(git, root, text("1"))
    clash(root, git, ours=text("2"), theirs=text("3"))
    marked = "<<<<<<< ours\n    bpm: 2\n=======\n    bpm: 3\n>>>>>>> theirs\n"
    assert read(root).count(marked) == 3
    write_list(root, read(root).replace(marked, "    bpm: 4\n", 1))
    assert [one.field for one in still_open(root)] == ["tracks[8].bpm", "tracks[9].bpm"]
    resolve(root, "theirs", "tracks[9].bpm")
    resolve(root, "ours", "tracks[8].bpm")
    assert [line.strip() for line in read(root).splitlines() if "bpm" in line] == [
        "bpm: 4",
        "bpm: 2",
        "bpm: 3",
    ]


# What has to be settled otherwise


def blocked(root: Path) -> tuple[str, str]:
    with Workspace.open(root) as workspace:
        (one,) = read_open(workspace).blocked
    return one.reason, one.hint


def test_deleted_file(root: Path, git: Git) -> None:
    git(root, "switch", "--quiet", "-c", "theirs")
    git(root, "rm", "--quiet", PATH)
    git(root, "commit", "--quiet", "-m", "gone")
    git(root, "switch", "--quiet", "main")
    commit_list(git, root, OURS)
    attempt(root, "merge", "theirs")
    reason, hint = blocked(root)
    assert reason == "deleted or renamed on their side, changed on our side"
    assert f"`git rm -- {PATH}`" in hint
    assert not resolve(root, "ours").is_done
    git(root, "rm", "--quiet", "--", PATH)
    assert still_open(root) == ()


def test_file_that_is_not_there(root: Path, git: Git) -> None:
    clash(root, git)
    (root / PATH).unlink()
    reason, hint = blocked(root)
    assert reason == "not in the worktree"
    assert "`git checkout --merge -- " in hint


def test_link_on_one_side(root: Path, git: Git) -> None:
    git(root, "switch", "--quiet", "-c", "theirs")
    commit_list(git, root, THEIRS)
    git(root, "switch", "--quiet", "main")
    (root / PATH).unlink()
    (root / PATH).symlink_to("elsewhere.yaml")
    git(root, "commit", "--quiet", "--all", "-m", "link")
    attempt(root, "merge", "theirs")
    reason, hint = blocked(root)
    assert reason.startswith("deleted or renamed")  # git puts the other one beside it, under another name
    assert "`git add -- " in hint
    assert not resolve(root, "theirs").is_done
    assert (root / PATH).is_symlink()


def test_driver_was_missing(root: Path, git: Git) -> None:
    driver = git(root, "config", "merge.tlgit.driver")
    git(root, "config", "--unset", "merge.tlgit.driver")
    near = OURS.replace("Artist 1", "Ours 1")
    clash(root, git, ours=near, theirs=THEIRS.replace("Artist 1", "Theirs 1"))
    text = read(root)
    reason, hint = blocked(root)
    assert "not those of the merge field by field" in reason
    assert hint.startswith("`tlgit init`, then `git checkout --merge -- ")
    assert not resolve(root, "ours").is_done
    assert read(root) == text
    git(root, "config", "merge.tlgit.driver", driver)
    git(root, "checkout", "--merge", "--", PATH)
    assert len(still_open(root)) == 4
    assert resolve(root, "ours").is_done
    assert read(root) == near


def test_a_side_that_cannot_be_read(root: Path, git: Git) -> None:
    clash(root, git, theirs="title: [\n")
    reason, hint = blocked(root)
    assert reason
    assert "finish it in the editor" in hint


def test_added_on_both_sides(root: Path, git: Git) -> None:
    git(root, "switch", "--quiet", "-c", "theirs")
    theirs = BASE.replace("Sunrise", "Theirs").replace('"3:00"', '"3:10"')
    commit_list(git, root, theirs, "tracklists/new.yaml")
    git(root, "switch", "--quiet", "main")
    commit_list(git, root, BASE, "tracklists/new.yaml")
    attempt(root, "merge", "theirs")
    assert [(one.field, one.base) for one in still_open(root)] == [("title", None), ("tracks[4].start", None)]
    assert resolve(root, "theirs").is_done
    assert (root / "tracklists/new.yaml").read_text(encoding="utf-8") == theirs


def test_a_policy_settled_some(root: Path, git: Git) -> None:
    (root / "tlgit.yaml").write_text("merge:\n  tracks.title: theirs\n", encoding="utf-8")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "rules")
    clash(root, git)
    fields = [one.field for one in still_open(root)]
    assert fields in (["title", "tracks[4].artist"], list(FIELDS))
    assert resolve(root, "ours").is_done


def test_somebody_saves_meanwhile(root: Path, git: Git) -> None:
    clash(root, git)
    with Workspace.open(root) as workspace:
        found = read_open(workspace)
        scope = choose_scope(workspace, found)
        text = edit(root, ("Title 5", "Saved 5"))
        with pytest.raises(FileChangedError):
            apply_picks(workspace, found, scope, pick_side(scope.takeable, "ours"))
    assert read(root) == text


# Who says what


def test_who_and_when(root: Path, git: Git) -> None:
    git(root, "switch", "--quiet", "-c", "theirs")
    write_list(root, THEIRS)
    git(root, "add", "--all")
    message = "page\n\nTlgit-Action: update\nTlgit-Source: 1001tracklists\n"
    at = {"GIT_COMMITTER_DATE": "2026-03-01T12:00:00Z"}
    subprocess.run(["git", "commit", "-q", "-m", message], cwd=root, env=os.environ | at, check=True)
    commit_list(git, root, THEIRS.replace("Title 5", "Later 5"))
    git(root, "switch", "--quiet", "main")
    commit_list(git, root, OURS)
    attempt(root, "merge", "theirs")
    (_, one, _) = still_open(root)
    assert (one.proposed.source, one.proposed.time) == ("1001tracklists", 1772366400)
    assert one.current.source == "manual"
    assert (one.current.time or 0) > 1772366400
    assert (one.above, one.below) == ("[0:00] Artist 0 - Title 0", "[2:00] Artist 2 - Title 2")


@pytest.mark.parametrize(
    ("ours", "theirs", "recommended"),
    [
        ("title: ID", "title: Named", "theirs"),
        ("title: Named", "title: ID", "ours"),
        ("title: Title One", "title: Title Two", None),
    ],
)
def test_recommendations_do_not_tell_the_sides_apart(
    root: Path, git: Git, ours: str, theirs: str, recommended: str | None
) -> None:
    base = BASE.replace("title: Title 2  # 2", "title: ID 2").replace("Artist 2", "ID")
    commit_list(git, root, base)
    clash(
        root,
        git,
        ours=base.replace("title: ID 2", ours),
        theirs=base.replace("title: ID 2", theirs),
    )
    (one,) = still_open(root)
    assert one.recommended == recommended
    assert one.is_automatic == (recommended is not None)


# git's own helpers


def test_hooks_rerere_and_mergetool(tmp_path: Path, git: Git) -> None:
    folder = make_clone(git, tmp_path / "hooked")
    git(folder, "config", "rerere.enabled", "true")
    commit_list(git, folder, BASE)
    clash(folder, git)
    assert resolve(folder, "theirs").is_done
    git(folder, "commit", "--quiet", "--no-edit")
    git(folder, "reset", "--quiet", "--hard", "HEAD~1")
    assert "resolution" in attempt(folder, "merge", "theirs").stderr + git(folder, "rerere", "status")
    assert read(folder) == THEIRS
    resolution = resolve(folder, "ours")
    assert resolution.is_done
    git(folder, "commit", "--quiet", "--no-edit")
    git(folder, "reset", "--quiet", "--hard", "HEAD~1")
    git(folder, "config", "rerere.enabled", "false")
    attempt(folder, "merge", "theirs")
    resolve(folder, "ours", "title")
    git(folder, "config", "mergetool.mine.cmd", 'cp "$REMOTE" "$MERGED"')
    git(folder, "config", "mergetool.mine.trustExitCode", "true")
    git(folder, "mergetool", "--no-prompt", "--tool=mine")
    assert read(folder) == THEIRS
    assert git(folder, "ls-files", "--unmerged") == ""


# All golden cases


@pytest.mark.parametrize("side", ["ours", "theirs", "base"])
@pytest.mark.parametrize("folder", CASES, ids=[folder.name for folder in CASES])
def test_places_resolved_one_by_one_say_what_the_merge_says(folder: Path, side: str) -> None:
    base, ours, theirs = texts_of(folder)
    sides = Sides(base=base, ours=ours, theirs=theirs)
    try:
        merged = remerge(sides)
    except DataError:
        return
    file = read_text("x.yaml", sides, merged.text.encode())
    assert not file.strays
    assert [one.decision.id for one in file.fields] or merged.is_clean
    assert not any(one.is_edited for one in file.fields)
    chosen = {one.decision.id: Choice(side) for one in file.fields if side != "base" or one.has_base}
    data = merged.text.encode()
    for number, choice in chosen.items():
        try:
            data = render_choices(read_text("x.yaml", sides, data), {number: choice})
        except NotTakenError:
            assert side == "base"  # a field beside the dash that the base does not have
            return
    found, wanted = data.decode(), remerge(sides, chosen).text
    assert found.count("<<<<<<<") == wanted.count("<<<<<<<")
    if "<<<<<<<" not in found:
        one, other = parse_document(found), parse_document(wanted)
        assert one.value == other.value
        assert [item.value for item in one.items] == [item.value for item in other.items]
