"""What a clone needs of its own, because git never copies it: configuration, rules, hooks, branches of upstream.

Plans are data, so that `doctor` shows what `init` would do. All of it can run again at any time.
"""

from __future__ import annotations

import os
import re
import secrets
import shlex
import shutil
import sys
from dataclasses import dataclass
from enum import Enum
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

import tlgit
from tlgit.errors import RepositoryError
from tlgit.files.atomic import ABSENT, READ_LIMIT, UnsafeTargetError, content_hash, read_file, write_file
from tlgit.ops.patterns import planned_info
from tlgit.ops.workspace import UPSTREAM

if TYPE_CHECKING:
    from tlgit.config import Config
    from tlgit.git.repository import Repository

COMMAND_KEY: Final = "tlgit.command"
DRIVER_KEY: Final = "merge.tlgit.driver"
HOOKS: Final = (
    "pre-commit",
    "pre-merge-commit",
    "post-commit",
    "post-merge",
    "post-checkout",
    "post-rewrite",
)
KEPT_SUFFIX: Final = ".before-tlgit"
"""What a hook that was there before is called from then on."""

_MODE: Final = 0o755
_MARK: Final = re.compile(rb"^# tlgit hook ([0-9]{1,6})$", re.MULTILINE)
_CALL: Final = re.compile(rb"^[^#\n]*\btlgit['\"]?[ \t]+hook[ \t]", re.MULTILINE)
_REMOTE_UPSTREAM: Final = re.compile(r"refs/remotes/(.+)/(upstream(?:-[^/]+)?)")


class Outcome(Enum):
    """What became of one step."""

    DONE = "done"
    PRESENT = "present"
    LEFT = "left"
    """Not done, because it is the user's to decide; the sentence tells what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that was set up, was there already, or was left to the user."""

    subject: str
    outcome: Outcome
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InitReport:
    """What was set up; `commit` is the one commit that was made, or None."""

    root: Path
    steps: tuple[Step, ...]
    commit: str | None = None

    @property
    def is_changed(self) -> bool:
        """Whether anything was done at all."""
        return any(step.outcome is Outcome.DONE for step in self.steps)


class HookAccessError(RepositoryError):
    """A hook cannot be read or written."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(
            f"the hook {str(path)!r} cannot be read or written: {error.strerror or error}",
            hint="nothing of it was changed; run `tlgit init` again when the cause is gone",
        )
        self.path = path


# The command


def command_text() -> str:
    """The shell-quoted command that calls this very installation: the script beside the interpreter, or a module."""
    script = Path(sys.executable).parent / "tlgit"
    if os.access(script, os.X_OK) and script.is_file():
        return shlex.quote(str(script))
    return f"{shlex.quote(sys.executable)} -m tlgit"


def is_callable(command: str) -> bool:
    """Whether the program that a command text names is there."""
    try:
        words = shlex.split(command)
    except ValueError:
        return False
    return bool(words) and shutil.which(words[0]) is not None


def planned_config(command: str) -> dict[str, str]:
    """The local git configuration: how git calls the merge, readable diffs, and how the hooks call the program."""
    return {
        COMMAND_KEY: command,
        "merge.tlgit.name": "tracklists, field by field",
        DRIVER_KEY: driver_line(command),
        "diff.tlgit.textconv": textconv_line(command),
    }


def driver_line(command: str) -> str:
    """The merge driver as git hands it to a shell, with a way out when the program is gone or broken.

    Git alone would then keep ours, without markers, and the next commit would drop theirs. A program that is broken
    ends with 1, as a conflict does; the driver without files ends with 2 in one that works.
    """
    call = command.replace("%", "%%") + " merge-driver"
    return (
        f"{call} %O %A %B %L %P; code=$?; "
        f"if test $code -ne 0; then {call} >/dev/null 2>&1; if test $? -ne 2; then "
        "echo 'tlgit: the program is gone or broken, so this was merged as plain text: look at it' >&2; "
        "git merge-file --marker-size=%L -L ours -L base -L theirs %A %O %B; code=$?; fi; fi; exit $code"
    )


def textconv_line(command: str) -> str:
    """The command for readable diffs; without the program git shows the file as it is, instead of failing.

    Its results are not cached by git: the cache is a branch of notes, which shows up in `git log --all`, and it
    does not notice a newer version of the program.
    """
    return f'show() {{ {command} textconv "$1" || cat "$1"; }}; show'


def install_config(repository: Repository, command: str) -> list[Step]:
    """Write the local configuration where it differs."""
    steps = []
    for key, value in planned_config(command).items():
        if repository.config_get(key) == value:
            steps.append(Step(subject=key, outcome=Outcome.PRESENT, sentence=f"`{key}` is set"))
            continue
        repository.config_set(key, value)
        steps.append(Step(subject=key, outcome=Outcome.DONE, sentence=f"set `{key}` in this clone"))
    return steps


# Rules for files, on every branch


def install_info(repository: Repository, config: Config) -> list[Step]:
    """Write the rules of this clone alone, which hold where a branch has no `.gitattributes` and no `.gitignore`."""
    try:
        plans = planned_info(repository, config)
    except UnsafeTargetError as error:
        words = f"the rules of this clone were left as they are: {error.message}"
        return [Step(subject=error.path, outcome=Outcome.LEFT, sentence=words)]
    steps = []
    for path, (standing, wanted) in plans.items():
        name = f"`.git/{path}`"
        if wanted is None or wanted == standing:
            steps.append(Step(subject=path, outcome=Outcome.PRESENT, sentence=f"{name} is complete"))
            continue
        expected = ABSENT if standing is None else content_hash(standing)
        write_file(repository.common_dir, path, wanted, expected=expected)
        steps.append(Step(subject=path, outcome=Outcome.DONE, sentence=f"{name} holds on every branch"))
    return steps


# Upstream branches


def planned_branches(repository: Repository) -> dict[str, str]:
    """The branches of upstream that a remote has and this clone does not, with their commits; `origin` goes first."""
    found: dict[str, str] = {}
    remotes = repository.refs("refs/remotes/")
    for name in sorted(remotes, key=lambda name: (not name.startswith("refs/remotes/origin/"), name)):
        match = _REMOTE_UPSTREAM.fullmatch(name)
        if match is None:
            continue
        branch = UPSTREAM.removesuffix("upstream") + match[2]
        if branch not in found and repository.ref(branch) is None:
            found[branch] = remotes[name]
    return found


def install_branches(repository: Repository) -> list[Step]:
    """Make the local branches of upstream from those of the remote."""
    steps = []
    for branch, oid in planned_branches(repository).items():
        repository.move_ref(branch, oid, None, "tlgit: take the branch of the remote")
        name = branch.removeprefix("refs/heads/")
        sentence = f"made the branch `{name}` from the one of the remote"
        steps.append(Step(subject=name, outcome=Outcome.DONE, sentence=sentence))
    return steps


# Hooks


class HookState(Enum):
    """What stands in the place of a hook."""

    CURRENT = "current"
    MISSING = "missing"
    OLD = "old"
    """Written by an older version."""
    CHANGED = "changed"
    """Written by this version and edited since, or by a newer version."""
    NOT_EXECUTABLE = "not executable"
    FOREIGN = "foreign"
    """Another program's or the user's, and can be chained."""
    CALLS = "calls"
    """Another program's or the user's, that calls tlgit by itself."""
    TANGLED = "tangled"
    """Another program's, while an earlier one is kept already."""
    UNREACHABLE = "unreachable"
    """Outside this repository by `core.hooksPath`, and does not call tlgit."""


def read_hook(name: str) -> bytes:
    """The hook as it is delivered: inside the installed package, or beside it in a source folder."""
    packaged = resources.files(tlgit) / "hooks" / name
    if packaged.is_file():
        return packaged.read_bytes()
    return (Path(tlgit.__file__).parents[1] / "hooks" / name).read_bytes()


def hook_version(data: bytes) -> int | None:
    """The number in the marker line of a hook of tlgit, or None for any other file."""
    match = _MARK.search(data)
    return None if match is None else int(match[1])


def hook_states(repository: Repository) -> dict[str, HookState]:
    """What stands where git looks for each hook."""
    folder = repository.hooks_dir()
    is_reachable = _home_of(repository, folder) is not None
    return {name: _hook_state(folder, name, is_reachable=is_reachable) for name in HOOKS}


def snippet(name: str) -> str:
    """The line to add to a hook that tlgit does not write to."""
    return f'tlgit hook {name} "$@"' + (" || exit" if name.startswith("pre-") else "")


def install_hooks(repository: Repository) -> list[Step]:
    """Install the hooks that are missing or old; one that was there before is kept and runs first."""
    folder = repository.hooks_dir()
    return [_install_hook(repository, folder, name, state) for name, state in hook_states(repository).items()]


def _hook_state(folder: Path, name: str, *, is_reachable: bool) -> HookState:
    path = folder / name
    if not os.path.lexists(path):
        return HookState.MISSING if is_reachable else HookState.UNREACHABLE
    data = _read(path)
    version, ours = hook_version(data), read_hook(name)
    if version is None:
        if _CALL.search(data) or _has_moved(folder, name):
            return HookState.CALLS
        if not is_reachable:
            return HookState.UNREACHABLE
        kept = folder / (name + KEPT_SUFFIX)
        is_tangled = os.path.lexists(kept) and _read(kept) != data
        return HookState.TANGLED if is_tangled else HookState.FOREIGN
    if data != ours:
        is_old = is_reachable and version < (hook_version(ours) or 0)
        return HookState.OLD if is_old else HookState.CHANGED
    is_broken = is_reachable and not os.access(path, os.X_OK)
    return HookState.NOT_EXECUTABLE if is_broken else HookState.CURRENT


def _read(path: Path) -> bytes:
    """The start of a hook, which may be a link to a script, to a program, or to nothing."""
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(READ_LIMIT)
    except OSError as error:
        raise HookAccessError(path, error) from error


def _has_moved(folder: Path, name: str) -> bool:
    """Whether another program has put itself before our hook, which it calls under a new name (`.legacy`, `.old`)."""
    others = (path for path in folder.glob(f"{name}.*") if path.name != name + KEPT_SUFFIX)
    return any(hook_version(_read(path)) is not None for path in others)


def _home_of(repository: Repository, folder: Path) -> Path | None:
    """The folder of git or of the worktree that the hooks are in; None when they are elsewhere."""
    place = folder.resolve()
    for home in (repository.common_dir.resolve(), repository.git_dir.resolve(), repository.root.resolve()):
        if place.is_relative_to(home):
            return home
    return None


_LEFT: Final = {
    HookState.CHANGED: "has been edited, or is newer than this tlgit: it stays as it is",
    HookState.TANGLED: f"was replaced by another program, and {KEPT_SUFFIX} keeps an earlier one: add `%s` to it",
    HookState.UNREACHABLE: "is outside this repository (`core.hooksPath`): add `%s` to it",
}


def _install_hook(repository: Repository, folder: Path, name: str, state: HookState) -> Step:
    subject = f"hook {name}"
    if state in {HookState.CURRENT, HookState.CALLS}:
        return Step(subject=subject, outcome=Outcome.PRESENT, sentence=f"the hook {name} is installed")
    if state in _LEFT:
        words = _LEFT[state].replace("%s", snippet(name))
        return Step(subject=subject, outcome=Outcome.LEFT, sentence=f"the hook {name} {words}")
    try:
        if state is HookState.NOT_EXECUTABLE:
            (folder / name).chmod(_MODE)
            sentence = f"made the hook {name} executable"
        else:
            if state is HookState.FOREIGN:
                _keep(folder, name)
            _write_hook(repository, folder, name)
            sentence = f"installed the hook {name}"
    except OSError as error:
        raise HookAccessError(folder / name, error) from error
    if state is HookState.FOREIGN:
        sentence += f"; the one that was there runs first, as {name + KEPT_SUFFIX}"
    if state is HookState.OLD:
        sentence = f"brought the hook {name} up to date"
    return Step(subject=subject, outcome=Outcome.DONE, sentence=sentence)


def _keep(folder: Path, name: str) -> None:
    """Copy a hook to the name under which it runs first; it stays in force until ours replaces it."""
    source, kept = folder / name, folder / (name + KEPT_SUFFIX)
    temporary = folder / f".tlgit-{secrets.token_hex(8)}.tmp"
    try:
        # Copied with its mode and its attributes; a link stays a link.
        shutil.copy2(source, temporary, follow_symlinks=False)
        temporary.replace(kept)
    finally:
        temporary.unlink(missing_ok=True)


def _write_hook(repository: Repository, folder: Path, name: str) -> None:
    data, home = read_hook(name), _home_of(repository, folder)
    if home == repository.root.resolve():
        relative = (folder.resolve() / name).relative_to(home).as_posix()
        if (folder / name).is_symlink():
            (folder / name).unlink()  # kept beside it; the writer never goes through a link
        found = read_file(home, relative)
        write_file(home, relative, data, expected=None if found is None else content_hash(found))
        (folder / name).chmod(_MODE)
        return
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".tlgit-{secrets.token_hex(8)}.tmp"
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(_MODE)
        temporary.replace(folder / name)
    finally:
        temporary.unlink(missing_ok=True)
