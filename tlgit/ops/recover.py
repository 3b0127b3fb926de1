"""Finishing or undoing what a killed process left: by the journal, before anything new is begun.

Every job in the journal belongs to a dead process, because the caller holds the lock; and to this worktree, because
each has a journal of its own.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tlgit.files.atomic import sweep_temporary
from tlgit.ops.landing import Landing, is_untouched, roll_forward, take_back

if TYPE_CHECKING:
    from tlgit.ops.workspace import Workspace
    from tlgit.state.database import Job

_SETTLED: Final = 2.0
"""Seconds after which a lock file that nobody has open was left by a dead process."""


def recover(workspace: Workspace) -> tuple[str, ...]:
    """Finish what is unfinished; gives one sentence for each thing that was done. Needs the lock.

    While the user is in the middle of a merge or rebase, an unfinished landing waits for its end.
    """
    jobs = workspace.state.unfinished()
    if not jobs:
        return ()
    sweep_temporary(workspace.root, before=time.time())
    _sweep_git_dir(workspace, jobs[0])
    told: list[str] = []
    for job in jobs:
        told += (
            f"removed the stale lock of {name!r} that a killed run had left"
            for name in job.payload.get("locks", ())
            if _remove_stale_lock(_lock_path(workspace, str(name)), job)
        )
        if job.operation == "land":
            if workspace.repository.operation() is not None:
                continue
            told.append(_settle(workspace, Landing.of_payload(job.payload)))
        workspace.state.finish(job.id)
    return tuple(told)


def _settle(workspace: Workspace, landing: Landing) -> str:
    """Roll a merge forward when nobody has touched it since, else take it back."""
    repository = workspace.repository
    at = repository.ref(landing.ref)
    if at == landing.new:
        return "the merge that was interrupted had landed"
    if repository.head().ref != landing.ref:
        return "another branch was checked out after an interrupted merge; it is planned anew"
    if at == landing.old and is_untouched(workspace, landing):
        roll_forward(workspace, landing)
        return "an interrupted merge was finished"
    take_back(workspace, landing)
    return "an interrupted merge was taken back, because something was changed since; it is planned anew"


def _sweep_git_dir(workspace: Workspace, first: Job) -> None:
    """Remove what a merge commit in the making leaves in the git folder when it is killed."""
    for path in workspace.repository.git_dir.glob("TLGIT_MERGE_MSG-*"):
        path.unlink(missing_ok=True)
    for path in workspace.repository.git_dir.glob("tlgit-*/"):
        shutil.rmtree(path, ignore_errors=True)
    for path in workspace.repository.git_dir.glob("next-index-*.lock"):
        _remove_stale_lock(path, first)


def _lock_path(workspace: Workspace, name: str) -> Path:
    if name in {"index", "HEAD"}:
        return workspace.repository.git_dir / f"{name}.lock"
    return workspace.repository.common_dir / f"{name}.lock"


def _remove_stale_lock(path: Path, job: Job) -> bool:
    """Remove a git lock that the dead job may have left: newer than the job, and open in no process."""
    made = _modified(path)
    if made is None or made * 1000 < job.created - 1000 or _is_open(path):
        return False
    wait = made + _SETTLED - time.time()
    if wait > 0:
        # A git that is still alive holds its lock only briefly after closing it.
        time.sleep(min(wait, _SETTLED))
        if _modified(path) != made or _is_open(path):
            return False
    path.unlink(missing_ok=True)
    return True


def _modified(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return None


def _is_open(path: Path) -> bool:
    """Whether some process has the file open, where the system tells (Linux)."""
    try:
        target = path.stat()
    except FileNotFoundError:
        return False
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            found = os.stat(link)  # noqa: PTH116 - follows the link of a descriptor
        except OSError:
            continue  # the process has gone, or is somebody else's
        if (found.st_dev, found.st_ino) == (target.st_dev, target.st_ino):
            return True
    return False
