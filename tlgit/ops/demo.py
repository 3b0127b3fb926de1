"""The whole story on sample pages, in a real repository: each step is done with the journeys that users call."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Final

from tlgit.errors import UsageError
from tlgit.files.atomic import content_hash, read_file, write_file
from tlgit.git.command import GitProgram
from tlgit.git.repository import Repository
from tlgit.ops.install import command_text
from tlgit.ops.observe import observe_files
from tlgit.ops.setup import init
from tlgit.ops.sync import SyncReport, sync
from tlgit.ops.workspace import Workspace
from tlgit.tracklist.edit import insert_track, set_track_field
from tlgit.tracklist.model import Track
from tlgit.tracklist.text import Document, parse_document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path

FIRST: Final = "set-2026-05.html"
SECOND: Final = "set-2026-08.html"
_CONTEXT: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the story: what happens, the command that does it, and what is to see."""

    title: str
    command: str
    lines: tuple[str, ...]


class OccupiedFolderError(UsageError):
    """The folder for the demonstration holds something already."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{str(folder)!r} is not empty", hint="name a folder that does not exist yet")


def run_demo(folder: Path) -> Iterator[Step]:
    """Tell the story in `folder`, which must be new or empty; each step is given as soon as it is done."""
    if folder.exists() and any(folder.iterdir()):
        raise OccupiedFolderError(folder)
    _prepare(folder)
    init(folder, command=command_text())
    yield Step(
        title="A repository for your sets: an ordinary git repository with a merge driver and hooks.",
        command="tlgit init my-sets",
        lines=tuple(sorted(p.name for p in folder.iterdir() if p.name != ".git")),
    )
    first = _import(folder, FIRST)
    path = first.taken[0].path or ""
    before = _read(folder, path)
    yield Step(
        title="A page saved in your browser becomes a tracklist (and its CUE sheet).",
        command=f"tlgit import {FIRST}",
        lines=(f"{path}", *_excerpt(before, 18)),
    )
    mine = _edit(folder, path, before)
    yield Step(
        title="You correct it in your editor: a title, a start, a name you know, a remark, a track of your own.",
        command=f"$EDITOR {path}",
        lines=_changes(before, mine),
    )
    _commit(folder)
    yield Step(
        title="You commit. The hook has written the CUE sheet again.",
        command='git commit -am "my corrections"',
        lines=_sheet_lines(folder, "Salt Lines"),
    )
    _import(folder, SECOND)
    merged = _read(folder, path)
    yield Step(
        title="Months later the page has changed. Its changes arrive; yours stay.",
        command=f"tlgit import {SECOND}",
        lines=_changes(mine, merged),
    )
    yield Step(
        title="Both are in the CUE sheet.",
        command="tlgit cue --check",
        lines=_sheet_lines(folder, "Salt Lines", "Glass Harbour", "Morning Papers"),
    )
    log = GitProgram(folder=folder).run("log", "--graph", "--format=%h %an: %s").text
    yield Step(
        title="Every version is a commit, and every commit tells who did what.",
        command="git log --graph",
        lines=tuple(log.splitlines()),
    )


def _prepare(folder: Path) -> None:
    """Make the repository, and lend it a name where git knows none, so that the story can be told anywhere."""
    folder.mkdir(parents=True, exist_ok=True)
    git = GitProgram(folder=folder)
    git.run("init", "--quiet", "--initial-branch=main")
    if git.run("var", "GIT_AUTHOR_IDENT", accept=range(256)).code:
        repository = Repository.open(folder)
        repository.config_set("user.name", "tlgit demo")
        repository.config_set("user.email", "demo@localhost")


def _sample(name: str) -> Traversable:
    return resources.files("tlgit").joinpath("samples", name)


def _import(folder: Path, name: str) -> SyncReport:
    with resources.as_file(_sample(name)) as page:
        observed = observe_files([page])
    snapshots = tuple(one.snapshot for one in observed if one.snapshot is not None)
    with Workspace.open(folder) as workspace:
        return sync(workspace, snapshots)


def _read(folder: Path, path: str) -> str:
    return (read_file(folder, path) or b"").decode()


def _edit(folder: Path, path: str, text: str) -> str:
    """What a listener does to the list, with the same editing functions that keep everything else in place."""
    document = parse_document(text)
    document = set_track_field(document, _row(document, "Copper Sky"), "title", "Copper Sky (VIP Mix)")
    document = set_track_field(document, _row(document, "Foundry (ID Remix)"), "start", 2072_000)
    document = set_track_field(document, _row(document, "ID", "Mira Kolb"), "title", "Salt Lines")
    own = Track(start=2195_000, artist="Field Recording", title="Crowd And Harbour Bells")
    document = insert_track(document, _row(document, "Foundry (ID Remix)") + 1, own)
    changed = document.render().replace(
        '  - start: "29:50"', '  # the sun goes down exactly here\n  - start: "29:50"'
    )
    write_file(folder, path, changed.encode(), expected=content_hash(text.encode()))
    return changed


def _row(document: Document, title: str, artist: str | None = None) -> int:
    for number, item in enumerate(document.items):
        if item.value.get("title") == title and artist in {None, item.value.get("artist")}:
            return number
    raise LookupError(title)


def _commit(folder: Path) -> None:
    """As the user does it: with hooks."""
    GitProgram(folder=folder).run("commit", "--quiet", "--all", "--message=my corrections")


def _excerpt(text: str, count: int) -> tuple[str, ...]:
    lines = text.splitlines()
    return (*lines[:count], f"… {len(lines) - count} more lines")


def _changes(before: str, after: str) -> tuple[str, ...]:
    """The changed lines with a little around them."""
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), n=_CONTEXT, lineterm="")
    return tuple("…" if line.startswith("@@") else line for line in list(found)[2:])


def _sheet_lines(folder: Path, *names: str) -> tuple[str, ...]:
    """The head of the sheet and the tracks that hold one of the names."""
    sheet = next(iter(sorted((folder / "cue").rglob("*.cue"))))
    lines = sheet.read_bytes().decode("utf-8-sig").splitlines()
    shown = [sheet.relative_to(folder).as_posix(), *lines[:6], "…"]
    for number, line in enumerate(lines):
        if any(name in line for name in names) and "TITLE" in line:
            shown += [*lines[number - 1 : number + 3], "…"]
    return tuple(shown)
