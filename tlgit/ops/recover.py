"""Finishing or undoing what a killed process left: by the journal, before anything new is begun.

Every job in the journal belongs to a dead process, because the caller holds the lock.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tlgit.files.atomic import ABSENT, content_hash, read_file, remove_file, sweep_temporary, write_file
from tlgit.ops.integrate import MODE, with_crlf

if TYPE_CHECKING:
    from tlgit.ops.workspace import Workspace
    from tlgit.state.database import Job

_SETTLED: Final = 2.0
"""Seconds after which a lock file that nobody has open was left by a dead process."""


def recover(workspace: Workspace) -> tuple[str, ...]:
    """Finish what is unfinished; gives one sentence for each thing that was done. Needs the lock."""
    jobs = workspace.state.unfinished()
    if not jobs:
        return ()
    sweep_temporary(workspace.root, before=time.time())
    told: list[str] = []
    for job in jobs:
        for name in job.payload.get("locks", ()):
            if _remove_stale_lock(_lock_path(workspace, str(name)), job):
                told.append(f"removed the stale lock of {name!r} that a killed run had left")
        if job.operation == "land":
            told.append(_finish_landing(workspace, job))
        workspace.state.finish(job.id)
    return tuple(told)


def _lock_path(workspace: Workspace, name: str) -> Path:
    if name == "index":
        return workspace.repository.git_dir / "index.lock"
    return workspace.repository.common_dir / f"{name}.lock"


def _remove_stale_lock(path: Path, job: Job) -> bool:
    """Remove a git lock that the dead job may have left: newer than the job, and open in no process."""
    try:
        made = path.stat().st_mtime
    except FileNotFoundError:
        return False
    if made * 1000 < job.created - 1000 or _is_open(path):
        return False
    wait = made + _SETTLED - time.time()
    if wait > 0:
        # A git that is still alive holds its lock only briefly after closing it.
        time.sleep(min(wait, _SETTLED))
        if not path.exists() or path.stat().st_mtime != made or _is_open(path):
            return False
    path.unlink(missing_ok=True)
    return True


def _is_open(path: Path) -> bool:
    """Whether some process has the file open, where the system tells (Linux)."""
    target = path.stat()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            found = os.stat(link)  # noqa: PTH116 - follows the link of a descriptor
        except OSError:
            continue  # the process has gone, or is somebody else's
        if (found.st_dev, found.st_ino) == (target.st_dev, target.st_ino):
            return True
    return False


def _finish_landing(workspace: Workspace, job: Job) -> str:
    """Roll a merge forward when nobody has touched it since, else take it back."""
    repository, payload = workspace.repository, job.payload
    ref, old, new = str(payload["ref"]), payload["old"], str(payload["new"])
    files: dict[str, list[str | None]] = payload["files"]
    at = repository.ref(ref)
    if at == new:
        return "the merge that was interrupted had landed"
    if at != old or repository.head().ref != ref:
        return "the branch moved on after an interrupted merge; it is planned anew"
    texts = {path: [None if oid is None else repository.blob(oid) for oid in oids] for path, oids in files.items()}
    standing = {path: read_file(workspace.root, path) for path in files}
    untouched = all(
        standing[path] in {before, after} or standing[path] in {before and with_crlf(before), with_crlf(after)}
        for path, (before, after) in texts.items()
        if after is not None
    )
    for path, (before, after) in texts.items():
        is_converted = standing[path] is not None and b"\r\n" in (standing[path] or b"")
        target = after if untouched else before
        source = before if untouched else after
        found = standing[path]
        if found is None or target is None or source is None:
            _replace_whole(workspace, path, found, target, after if not untouched else None)
        elif found in {source, with_crlf(source)} and found not in {target, with_crlf(target)}:
            data = with_crlf(target) if is_converted and b"\r\n" not in source else target
            write_file(workspace.root, path, data, expected=content_hash(found))
    if not untouched:
        repository.update_index(
            {path: None if oids[0] is None else (MODE, oids[0]) for path, oids in files.items()}
        )
        return "an interrupted merge was taken back, because files had been edited since"
    repository.update_index({path: (MODE, str(oids[1])) for path, oids in files.items()})
    repository.move_ref(ref, new, old, "tlgit: finish an interrupted merge")
    return "an interrupted merge was finished"


def _replace_whole(
    workspace: Workspace, path: str, found: bytes | None, target: bytes | None, ours: bytes | None
) -> None:
    """A file that the merge creates: write it, or remove it again when it is still the one we wrote."""
    if target is not None and found is None:
        write_file(workspace.root, path, target, expected=ABSENT)
    elif target is None and found is not None and found == ours:
        remove_file(workspace.root, path, content_hash(found))
