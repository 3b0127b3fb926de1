"""The versions of one list on one side of a merge, newest first, and where the values of both sides come from.

A side's versions are the commits that its tip has and the other side's tip has not, as `git rev-list` simplifies them
for one path: every commit that changed the file, and of the merges those that are no mere copy of one parent. All
parents are followed, not only the first: a value that a branch brought in was set by the commit on that branch, at its
time and by its source. A file that was renamed is followed to its old path.

Nothing here is read before somebody asks for an origin.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from tlgit.errors import RepositoryError
from tlgit.merge.provenance import Past, Stamp, origin_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tlgit.git.command import GitProgram
    from tlgit.merge.policy import Origin
    from tlgit.merge.slots import Slot

MAX_VERSIONS: Final = 1000
"""Versions of one path that are listed; what was set before them is not known."""
MAX_RENAMES: Final = 8
"""Renames that are followed."""
TIMEOUT: Final = 10.0
"""Seconds for each question to git; a merge does not wait longer for the age of a value."""

_FIRST_CHUNK: Final = 16
_TRAILERS: Final = ("Tlgit-Action", "Tlgit-Source", "Tlgit-Road", "Tlgit-Confidence")
_FORMAT: Final = "--format=%ct%x00%(trailers:" + ",".join(f"key={key}" for key in _TRAILERS) + ",unfold)%x00"
_HEAD_VARIABLE: Final = re.compile(r"GITHEAD_([0-9a-f]{40}|[0-9a-f]{64})")


class Side(NamedTuple):
    """One side of a merge: its newest commit, and the list as it stands there."""

    tip: str
    path: str
    data: bytes
    """The very bytes that are merged."""
    pending: Stamp | None = None
    """When and by whom the bytes were made, where they are not committed yet, on top of `tip`."""


class Version(NamedTuple):
    """A commit that made a version of a file."""

    commit: str
    path: str
    parents: tuple[str, ...]
    """The versions right before, as far as the path is concerned."""
    stamp: Stamp | None
    """None for a version that the other side has too, or that is too old to be listed."""


def merge_sides(
    environment: Mapping[str, str], path: str, ours: bytes, theirs: bytes
) -> tuple[Side, Side] | None:
    """The sides of the `git merge` that runs this process as its merge driver; None where git does not tell them.

    `git merge` and `git pull` name what they merge in a variable `GITHEAD_<commit>`, and HEAD is ours. A rebase, a
    cherry-pick, a revert, `stash pop` and `checkout -m` name nothing, an octopus merge asks no driver.
    """
    heads = [match[1] for name in environment if (match := _HEAD_VARIABLE.fullmatch(name))]
    return (Side("HEAD", path, ours), Side(heads[0], path, theirs)) if len(heads) == 1 else None


def git_origins(
    git: GitProgram, ours: Side, theirs: Side
) -> Callable[[Slot | None, str], tuple[Origin, Origin] | None]:
    """A function that tells when and by which source both sides last changed a field.

    It takes the track's rows (None for a field of the list) and the key, and gives None when that cannot be told: the
    bytes are in no commit of a side (a merge inside a merge), a value is older than what the sides have in common, the
    history is cut off, or git does not answer.
    """
    pasts: list[_SidePast] = []

    def origins(slot: Slot | None, key: str) -> tuple[Origin, Origin] | None:
        rows = (None, None) if slot is None else (slot.ours, slot.theirs)
        if slot is not None and None in rows:
            return None
        try:
            if not pasts:
                pasts.extend((_SidePast(git, ours, theirs.tip), _SidePast(git, theirs, ours.tip)))
            first, second = pasts[0].origin(rows[0], key), pasts[1].origin(rows[1], key)
        except RepositoryError:
            # Not to know is an answer: the conflict stays open, and whoever decides is told of it anyway.
            return None
        return None if first is None or second is None else (first, second)

    return origins


class _SidePast:
    """One side's values and where they come from."""

    def __init__(self, git: GitProgram, side: Side, other: str) -> None:
        self.history = History(git, side, other)
        self.past = Past(self.history.parents, self.history.read)

    def origin(self, row: int | None, key: str) -> Origin | None:
        number = self.past.last_set(row, key) if self.history.versions else None
        stamp = None if number is None else self.history.versions[number].stamp
        return None if stamp is None else origin_of(stamp)


class History:
    """The versions of a list on one side, the newest has the number 0; there are none when its bytes are nowhere."""

    def __init__(self, git: GitProgram, side: Side, other: str) -> None:
        """`other` is the tip of the other side: what it has too is not this side's history."""
        self.versions: list[Version] = []
        self._git = git
        self._other = other
        self._data: dict[int, bytes | None] = {}
        self._numbers: dict[tuple[str, str], int] = {}
        self._parents: dict[int, tuple[int, ...]] = {}
        self._renames = 0
        self._chunk = _FIRST_CHUNK
        self._start(side)

    def _start(self, side: Side) -> None:
        if side.pending is not None:
            self._add(Version("", side.path, (), side.pending))
            self._data[0] = side.data
            self._parents[0] = (self._newest(side.tip, side.path),)
            return
        path = self._find(side)
        if path is not None:
            self._data[self._newest(side.tip, path)] = side.data

    def _find(self, side: Side) -> str | None:
        """The path of the side's bytes in its tip; after a rename by the other side it is another one."""
        if self._contents([f"{side.tip}:{side.path}"])[0] == side.data:
            return side.path
        oid = self._run("hash-object", "-t", "blob", "--stdin", stdin=side.data).strip()
        listed = self._run("ls-tree", "-r", "-z", "--full-tree", side.tip).split(b"\0")
        found = [
            line.partition(b"\t")[2] for line in listed if line.partition(b"\t")[0].split(b" ")[-1] == oid
        ]
        return found[0].decode("utf-8", "surrogateescape") if len(found) == 1 else None

    def parents(self, number: int) -> Sequence[int]:
        """The versions right before one; none at the beginning of the file, and of what the other side has too."""
        if number not in self._parents:
            version = self.versions[number]
            before = () if version.stamp is None else self._before(version)
            self._parents[number] = before
        return self._parents[number]

    def _before(self, version: Version) -> tuple[int, ...]:
        numbers = [self._number(parent, version.path) for parent in version.parents]
        there = tuple(n for n in numbers if self.versions[n].stamp is not None or self.read(n) is not None)
        return there or self._renamed(version)

    def read(self, number: int) -> bytes | None:
        """The bytes of a version; None where the file is not there."""
        if number not in self._data:
            # Whoever wants one version soon wants the next ones.
            numbers = [n for n in range(number, len(self.versions)) if n not in self._data][: self._chunk]
            self._chunk *= 4
            names = [f"{self.versions[n].commit}:{self.versions[n].path}" for n in numbers]
            self._data.update(zip(numbers, self._contents(names), strict=True))
        return self._data[number]

    def _newest(self, tip: str, path: str) -> int:
        """The number of the newest version of a path, after listing all that are the side's own."""
        arguments = ("--topo-order", "--parents", f"--max-count={MAX_VERSIONS}", _FORMAT)
        output = self._run("rev-list", *arguments, tip, f"^{self._other}", "--", path)
        fields = output.decode("utf-8", "surrogateescape").split("\0")
        number: int | None = None
        for heading, trailers in zip(fields[::2], fields[1::2], strict=False):
            # `commit ID PARENT PARENT` on one line, the time on the next.
            _, commit, *parents, time = heading.split()
            version = Version(commit, path, tuple(parents), Stamp(int(time), _parse_trailers(trailers)))
            added = self._add(version)
            number = added if number is None else number
        for version in tuple(self.versions):
            for parent in version.parents:
                self._number(parent, version.path)
        return self._number(tip, path) if number is None else number

    def _number(self, commit: str, path: str) -> int:
        """The number of a version; one that is not listed is older than the side's own."""
        number = self._numbers.get((commit, path))
        return self._add(Version(commit, path, (), None)) if number is None else number

    def _add(self, version: Version) -> int:
        number = len(self.versions)
        self.versions.append(version)
        self._numbers[version.commit, version.path] = number
        return number

    def _renamed(self, version: Version) -> tuple[int, ...]:
        """The version under the old path that a commit renamed; none when it made the file."""
        self._renames += 1
        line = self._run("rev-list", "--parents", "--max-count=1", version.commit).decode("ascii").split()
        if not line[1:] and self._run("rev-parse", "--is-shallow-repository").strip() == b"true":
            # The history may be cut here: what stands in this version may be older.
            return (self._add(Version(version.commit, version.path, (), None)),)
        for parent in line[1:]:
            options = ("-r", "-z", "-M", "--diff-filter=R", "--name-status")
            names = self._run("diff-tree", *options, parent, version.commit).split(b"\0")
            for old, new in zip(names[1::3], names[2::3], strict=False):
                if new.decode("utf-8", "surrogateescape") == version.path:
                    path = old.decode("utf-8", "surrogateescape")
                    is_far = self._renames > MAX_RENAMES
                    return (self._number(parent, path) if is_far else self._newest(parent, path),)
        return ()

    def _contents(self, names: Sequence[str]) -> list[bytes | None]:
        """What `commit:path` holds, for each name; None where nothing, or no file, is there."""
        asked = [name.encode("utf-8", "surrogateescape") for name in names]
        output = self._run("cat-file", "--batch", "-z", stdin=b"".join(name + b"\0" for name in asked))
        found: list[bytes | None] = []
        at = 0
        for name in asked:
            missing = name + b" missing\n"
            if output.startswith(missing, at):
                found.append(None)
                at += len(missing)
                continue
            end = output.index(b"\n", at)
            _, kind, size = output[at:end].split(b" ")
            at = end + 1 + int(size) + 1
            found.append(output[end + 1 : at - 1] if kind == b"blob" else None)
        return found

    def _run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        return self._git.run(*arguments, stdin=stdin, timeout=TIMEOUT).stdout


def _parse_trailers(text: str) -> dict[str, str]:
    """The last value of each trailer, as a reader of the message takes it."""
    pairs = (line.partition(": ") for line in text.split("\n"))
    return {key: value.strip() for key, colon, value in pairs if colon}
