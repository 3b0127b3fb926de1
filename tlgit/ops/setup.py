"""Setting up a repository: `tlgit.yaml`, `.gitattributes` and `.gitignore` in one commit, and this clone's own part.

Safe to run again. Lines are only ever appended, and nothing is committed that the user has edited and not committed.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from tlgit.config import FILE_NAME, KEYS, Config
from tlgit.errors import RepositoryError
from tlgit.files.atomic import ABSENT, content_hash, read_file, write_file
from tlgit.git.command import GitProgram
from tlgit.git.repository import Repository
from tlgit.git.user import IdentityError
from tlgit.ops.install import (
    InitReport,
    Outcome,
    Step,
    install_branches,
    install_config,
    install_hooks,
    install_info,
)
from tlgit.ops.message import render_message
from tlgit.ops.patterns import append_lines, attribute_line, ignore_line, is_ignored, missing_attributes
from tlgit.ops.workspace import Workspace
from tlgit.tracklist.write import render_scalar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tlgit.config import Setting
    from tlgit.git.worktree import PathState

ATTRIBUTES: Final = ".gitattributes"
IGNORE: Final = ".gitignore"
SUBJECT: Final = "init: keep tracklists with tlgit"

_NOWHERE: Final = "fatal: not a git repository (or any"
_NEW: Final = {"GIT_DEFAULT_HASH": "sha1", "GIT_DEFAULT_REF_FORMAT": "files"}
"""What libgit2 reads; the environment, because git before 2.45 has no option for the second."""

_HEADER: Final = """\
# How tlgit keeps the tracklists of this repository. Every setting stands here with its default:
# remove the `#` in front of one to change it.
"""


class FolderError(RepositoryError):
    """The folder of a new repository cannot be made."""

    def __init__(self, folder: Path, error: OSError) -> None:
        super().__init__(f"the folder {str(folder)!r} cannot be made: {error.strerror or error}")
        self.folder = folder


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePlan:
    """What is to become of one shared file."""

    path: str
    standing: bytes | None
    """What is in the worktree."""
    wanted: bytes | None
    """What shall be there."""
    is_committed: bool
    """Whether it goes into the commit: it differs from HEAD by tlgit's lines, and by nothing else."""
    step: Step


def init(folder: Path, *, command: str) -> InitReport:
    """Set up the repository that `folder` is in; one that is in none becomes a repository, a new one is made.

    `command` is the shell-quoted text by which git calls this program. Raises IdentityError before anything is
    done, NotReadyError during a merge or another operation, ConfigError for a broken `tlgit.yaml`, and
    GitCommandError when a hook of the user refuses the commit: then the next run goes on from there.
    """
    made: list[Step] = []
    if not folder.is_dir() or is_outside(folder):
        create_repository(folder)
        sentence = f"made a git repository in {str(folder)!r}"
        made.append(Step(subject="repository", outcome=Outcome.DONE, sentence=sentence))
    with Workspace.open(folder) as workspace:
        workspace.repository.identity()
        report = set_up(workspace, command=command)
    return InitReport(root=report.root, steps=(*made, *report.steps), commit=report.commit)


def set_up(workspace: Workspace, *, command: str) -> InitReport:
    """Do all that is missing in a repository that is there: this clone's part, then the shared files."""
    repository = workspace.repository
    workspace.require_ready()
    plans = plan_files(repository, workspace.config)
    with workspace.locked("tlgit init"):
        steps = set_up_clone(repository, command=command, config=workspace.config)
        for plan in plans:
            if plan.wanted is not None and plan.wanted != plan.standing:
                expected = ABSENT if plan.standing is None else content_hash(plan.standing)
                write_file(repository.root, plan.path, plan.wanted, expected=expected)
        steps += (plan.step for plan in plans)
        paths = [plan.path for plan in plans if plan.is_committed]
        commit = None
        if paths:
            message = render_message(SUBJECT, {"Tlgit-Action": "init"})
            commit = repository.commit_user_paths(paths, message)
    return InitReport(root=repository.root, steps=tuple(steps), commit=commit)


def set_up_clone(repository: Repository, *, command: str, config: Config | None) -> list[Step]:
    """Do what git does not copy: configuration, hooks, branches, and rules for files where the settings are known."""
    return [
        *install_config(repository, command),
        *(install_info(repository, config) if config is not None else ()),
        *install_hooks(repository),
        *install_branches(repository),
    ]


def is_outside(folder: Path) -> bool:
    """Whether a folder is in no repository at all; one in a repository that git refuses is not outside."""
    output = GitProgram(folder=folder).run("rev-parse", "--git-dir", accept=range(256))
    return output.code != 0 and output.stderr.startswith(_NOWHERE)


def create_repository(folder: Path) -> None:
    """Make a repository with the branch `main`, or nothing at all when git does not know who the user is.

    Who the user is may depend on where the repository is (`includeIf`), so it is asked when there is one.
    """
    missing = [part for part in (folder, *folder.parents) if not part.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FolderError(folder, error) from error
    GitProgram(folder=folder).run("init", "--quiet", "--initial-branch=main", environment=_NEW)
    try:
        Repository.open(folder).identity()
    except IdentityError:
        shutil.rmtree(folder / ".git")
        with suppress(OSError):  # somebody else has put something there meanwhile: it stays
            for part in missing:
                part.rmdir()
        raise


# The shared files


def plan_files(repository: Repository, config: Config) -> tuple[FilePlan, ...]:
    """What is to become of `tlgit.yaml`, `.gitattributes` and `.gitignore`."""
    states = repository.path_status(FILE_NAME, ATTRIBUTES, IGNORE)
    ignored = (ignore_line(config.cue_folder),)
    # A line of tlgit that stands there already counts too: it may be what a refused commit has left.
    standing = read_file(repository.root, ATTRIBUTES)
    lost = missing_attributes(repository, config)
    lines = [attribute_line(pattern) for pattern in config.tracklists]
    attributes = [line for line in lines if line in lost or append_lines(standing, [line]) == standing]

    def settings(data: bytes | None) -> bytes:
        return render_settings().encode() if data is None else data

    def with_attributes(data: bytes | None) -> bytes | None:
        return append_lines(data, attributes)

    def with_ignored(data: bytes | None) -> bytes | None:
        return data if is_ignored(data or b"", config.cue_folder) else append_lines(data, ignored)

    amendments = {FILE_NAME: settings, ATTRIBUTES: with_attributes, IGNORE: with_ignored}
    return tuple(_plan_file(repository, path, states.get(path), amend) for path, amend in amendments.items())


def _plan_file(
    repository: Repository,
    path: str,
    state: PathState | None,
    amend: Callable[[bytes | None], bytes | None],
) -> FilePlan:
    standing = read_file(repository.root, path)
    head = repository.head().oid
    found = None if head is None else repository.blob_at(head, path)
    committed = None if found is None else found[1]
    wanted = amend(standing)

    def plan(outcome: Outcome, words: str, *, is_committed: bool = False) -> FilePlan:
        return FilePlan(
            path=path,
            standing=standing,
            wanted=wanted,
            is_committed=is_committed,
            step=Step(subject=path, outcome=outcome, sentence=f"`{path}` {words}"),
        )

    if standing is None and state is not None:
        wanted = None
        return plan(Outcome.LEFT, "was removed and that is not committed: it stays so")
    if wanted == standing and (state is None or amend(committed) == committed):
        return plan(Outcome.PRESENT, "is complete")
    # A run that was killed, or refused by a hook, left exactly this behind: it goes into the commit after all.
    if state is None or (not state.is_staged and wanted == amend(committed)):
        words = "was written" if committed is None else "got the lines that were missing"
        return plan(Outcome.DONE, words, is_committed=True)
    words = "got the lines that were missing" if wanted != standing else "has the lines of tlgit"
    return plan(Outcome.LEFT, f"{words}, beside changes of your own: commit it yourself")


def render_settings() -> str:
    """The text of a new `tlgit.yaml`: every setting with its meaning and its default, all commented out."""
    lines = [_HEADER]
    above: list[str] = []
    for key in KEYS:
        *groups, name = key.name.split(".")
        first_new = sum(
            1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(groups, above, strict=False))
        )
        if not first_new:
            lines.append("\n")
        lines.append(f"# {key.meaning}\n")
        lines += (f"#{'  ' * depth}{groups[depth]}:\n" for depth in range(first_new, len(groups)))
        above = groups
        lines += (f"#{'  ' * len(groups)}{line}\n" for line in _setting_lines(name, key.default))
    return "".join(lines)


def _setting_lines(name: str, value: Setting) -> list[str]:
    if isinstance(value, str):
        return [f"{name}: {render_scalar(value)}"]
    if isinstance(value, Mapping):
        below = [line for key, child in value.items() for line in _setting_lines(key, child)]
        return [f"{name}:", *(f"  {line}" for line in below)] if below else [f"{name}: {{}}"]
    items = [f"  - {render_scalar(child)}" for child in value if isinstance(child, str)]
    return [f"{name}:", *items] if items else [f"{name}: []"]
