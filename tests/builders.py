"""Builds repositories of tracklists with plain git, and the observations that go into them."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import tlgit
from tests.sources.pages import PageSpec, RowSpec, render_page
from tlgit.ops.observe import observe_files
from tlgit.ops.sync import SyncReport, sync
from tlgit.ops.workspace import Workspace
from tlgit.sources.read import parse
from tlgit.sources.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping

SAMPLES: Final = Path(tlgit.__file__).parent / "samples"
FIRST: Final = SAMPLES / "set-2026-05.html"
SECOND: Final = SAMPLES / "set-2026-08.html"
PATH: Final = "tracklists/mira-kolb/2026-05-09-harbour-stage-tideline-festival-portugal.yaml"
SHEET: Final = "cue/mira-kolb/2026-05-09-harbour-stage-tideline-festival-portugal.cue"
REVIEW: Final = "review/mira-kolb/2026-05-09-harbour-stage-tideline-festival-portugal"
COMMAND: Final = (sys.executable, "-m", "tlgit")


@dataclass(frozen=True, slots=True)
class Done:
    """What a program left."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Sets:
    """A repository of tracklists, by what a user does with it."""

    root: Path

    def git(self, *arguments: str, code: int | None = 0, stdin: str = "") -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            check=False,
            input=stdin,
            timeout=60,
        )
        assert code is None or done.returncode == code, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout.removesuffix("\n")

    def tlgit(self, *arguments: str | Path, environment: Mapping[str, str] | None = None) -> Done:
        return run_tlgit(self.root, *arguments, environment=environment)

    def take(self, *pages: Path | Snapshot, force: bool = False) -> SyncReport:
        snapshots: list[Snapshot] = []
        for page in pages:
            if isinstance(page, Snapshot):
                snapshots.append(page)
                continue
            (observed,) = observe_files([page])
            assert observed.snapshot is not None
            snapshots.append(observed.snapshot)
        with Workspace.open(self.root) as workspace:
            return sync(workspace, tuple(snapshots), force=force)

    def read(self, path: str = PATH) -> str:
        return (self.root / path).read_bytes().decode()

    def write(self, text: str, path: str = PATH) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(text.encode())

    def edit(self, *changes: tuple[str, str], path: str = PATH) -> str:
        text = self.read(path)
        for old, new in changes:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
            text = text.replace(old, new)
        self.write(text, path)
        return text

    def commit(self, message: str = "mine") -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", message)
        return self.at("HEAD")

    def at(self, revision: str) -> str:
        return self.git("rev-parse", "--verify", revision)

    def has(self, revision: str) -> bool:
        return self.git("rev-parse", "--verify", "--quiet", revision, code=None) != ""

    def shown(self, revision: str, path: str = PATH) -> str:
        return self.git("show", f"{revision}:{path}") + "\n"

    def count(self, revision: str = "HEAD") -> int:
        return int(self.git("rev-list", "--count", revision))

    def state(self) -> dict[str, object]:
        """All that tlgit could change: refs, HEAD, index, files."""
        files = {
            str(path.relative_to(self.root)): (path.read_bytes(), path.stat().st_mtime_ns)
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and ".git" not in path.relative_to(self.root).parts
        }
        return {
            "refs": self.git("for-each-ref", "--format=%(refname) %(objectname)"),
            "head": self.git("symbolic-ref", "--quiet", "HEAD", code=None),
            "index": self.git("ls-files", "--stage"),
            "files": files,
        }

    def check(self) -> None:
        """The invariants that hold after every run."""
        self.git("fsck", "--strict", "--no-dangling")
        git_dir = self.root / self.git("rev-parse", "--git-dir")
        locks = [path for path in git_dir.rglob("*.lock") if path.name != "lock"]
        left = [path for path in self.root.rglob(".tlgit-*") if path.is_file()]
        left += list(git_dir.glob("TLGIT_MERGE_MSG-*"))
        assert not locks
        assert not left


def run_tlgit(folder: Path, *arguments: str | Path, environment: Mapping[str, str] | None = None) -> Done:
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=60,
        env=tool_environment() | dict(environment or {}),
    )
    return Done(done.returncode, done.stdout.decode("utf-8", "surrogateescape"), done.stderr.decode())


def tool_environment() -> dict[str, str]:
    """The environment in which `python -m tlgit` finds this package, wherever it is started."""
    return dict(os.environ) | {"PYTHONPATH": str(Path(tlgit.__file__).parents[1])}


def driver_line() -> str:
    place = str(Path(tlgit.__file__).parents[1])
    return f"PYTHONPATH='{place}' '{sys.executable}' -m tlgit merge-driver %O %A %B %L %P"


def make_sets(root: Path, *, commit: bool = True) -> Sets:
    """A repository with attributes, ignored sheets and the merge driver, as plain git has them."""
    root.mkdir(parents=True)
    sets = Sets(root)
    sets.git("init", "--quiet", "--initial-branch=main")
    configure(sets)
    (root / ".gitattributes").write_text("tracklists/**/*.yaml merge=tlgit diff=tlgit\n", encoding="utf-8")
    (root / ".gitignore").write_text("/cue/\n", encoding="utf-8")
    if commit:
        sets.commit("start")
    return sets


def configure(sets: Sets) -> None:
    sets.git("config", "merge.tlgit.driver", driver_line())


def clone(sets: Sets, target: Path) -> Sets:
    sets.git("clone", "--quiet", str(sets.root), str(target))
    other = Sets(target)
    configure(other)
    return other


def page(
    *rows: RowSpec, title: str = "Lena Ortiz @ Canal House 2026-03-01", list_id: str = "1kanal01"
) -> bytes:
    """A page of another set."""
    artist = title.partition(" @ ")[0]
    date = title.rpartition(" ")[2]
    return render_page(
        PageSpec(
            title=title,
            list_id=list_id,
            slug="-".join(title.lower().replace("@", "").split()),
            date=date,
            artists=(artist,),
            rows=rows or tuple(rows_of(6)),
            duration=None,
        )
    )


def rows_of(count: int, *, step: int = 4) -> list[RowSpec]:
    names = ("Ada", "Brook", "Cedar", "Dune", "Elm", "Fern", "Gale", "Haze")
    return [
        RowSpec(
            name=f"{names[n % 8]} {n // 8 + 1} - Piece {chr(65 + n % 26)}{n}",
            cue=f"{n * step:02d}:00",
            labels=(f"LABEL {n % 3}",),
        )
        for n in range(count)
    ]


def snapshot(
    *rows: RowSpec, title: str = "Lena Ortiz @ Canal House 2026-03-01", list_id: str = "1kanal01"
) -> Snapshot:
    found = parse(page(*rows, title=title, list_id=list_id))
    assert isinstance(found, Snapshot), found
    return found


def sample(path: Path = FIRST) -> Snapshot:
    found = parse(path.read_bytes())
    assert isinstance(found, Snapshot)
    return found


def changed(base: Snapshot, ref: str, **fields: object) -> Snapshot:
    """The snapshot with fields of the track of this row id changed."""
    tracks = tuple(
        replace(track, **fields) if track.ref == ref else track  # type: ignore[arg-type]  # fields of a track
        for track in base.tracklist.tracks
    )
    return replace(base, tracklist=replace(base.tracklist, tracks=tracks))
