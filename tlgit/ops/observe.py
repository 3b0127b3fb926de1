"""Reading what a source said: a file's bytes to a snapshot, or a refusal that carries its exit code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tlgit.errors import DataError, UsageError
from tlgit.sources.read import parse
from tlgit.sources.snapshot import Refusal, Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tlgit.ops.workspace import Workspace

MAX_FILE: Final = 32 << 20


class UnreadableFileError(UsageError):
    """A file that was named cannot be opened."""

    def __init__(self, path: Path, error: OSError) -> None:
        self.path = path
        super().__init__(f"{str(path)!r} cannot be read: {error.strerror}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One file and what it turned out to be."""

    file: str
    snapshot: Snapshot | None
    refusal: Refusal | None


def observe_files(files: Sequence[Path]) -> tuple[Observed, ...]:
    """Read saved pages and exports. A file that cannot be opened is the caller's mistake and raises."""
    observed = []
    for path in files:
        result = parse(read_bytes(path), name=path.name)
        if isinstance(result, Refusal):
            observed.append(Observed(file=str(path), snapshot=None, refusal=result))
        else:
            observed.append(Observed(file=str(path), snapshot=result, refusal=None))
    return tuple(observed)


def read_bytes(path: Path) -> bytes:
    """The bytes of a plain file of a size that a page can have."""
    try:
        if not path.is_file():
            raise UsageError(f"{str(path)!r} is not a file", hint="name a saved page or a text export")
        if path.stat().st_size > MAX_FILE:
            raise DataError(f"{str(path)!r} is larger than any page ({path.stat().st_size:,} bytes)")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFileError(path, error) from error


def belonging_to(workspace: Workspace, snapshot: Snapshot, name: str) -> Snapshot:
    """A text export without its last line, told by the user to belong to the tracklist `name`."""
    list_id = workspace.list_id(workspace.find(name))
    if list_id is None:
        raise UsageError(f"{name!r} has no page to which an export could belong")
    if snapshot.list_id not in {None, list_id}:
        raise UsageError(f"the file says that it is {snapshot.list_id!r}, not {list_id!r}")
    return replace(snapshot, list_id=list_id)
