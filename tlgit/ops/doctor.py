"""Looking a repository and this machine over: what keeps tlgit or git's part of it from working, and mending it."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

from tlgit.errors import RepositoryError, TlgitError
from tlgit.files.atomic import UnsafeTargetError, read_file
from tlgit.git.user import IdentityError
from tlgit.ops.install import (
    COMMAND_KEY,
    HookState,
    InitReport,
    Outcome,
    Step,
    command_text,
    hook_states,
    is_callable,
    planned_branches,
    planned_config,
    snippet,
)
from tlgit.ops.patterns import (
    INFO_ATTRIBUTES,
    INFO_EXCLUDE,
    append_lines,
    attribute_line,
    ignore_line,
    is_ignored,
    missing_attributes,
    planned_info,
    sample_path,
    shared_attributes,
)
from tlgit.ops.setup import ATTRIBUTES, IGNORE, set_up, set_up_clone
from tlgit.ops.workspace import MachineBranchError
from tlgit.tracklist.schema import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tlgit.config import Config
    from tlgit.git.repository import Repository
    from tlgit.ops.workspace import Workspace

PYGIT2_MINIMUM: Final = (1, 21)
STALE: Final = 60.0
"""Seconds after which a lock file of git was left by a process that died: git's own last milliseconds."""

# The point releases of July 2025 (CVE-2025-48384, -48385), by line.
_MENDED: Final = {
    (2, 43): 7,
    (2, 44): 4,
    (2, 45): 4,
    (2, 46): 4,
    (2, 47): 3,
    (2, 48): 2,
    (2, 49): 1,
    (2, 50): 1,
}
_VERSION: Final = re.compile(r"(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?")
_SHOWN: Final = 5
"""How many names a sentence lists."""

_FIX: Final = "`tlgit doctor --fix` mends it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is not as it should be; `code` is a short stable name."""

    code: str
    severity: Severity
    sentence: str
    hint: str
    is_fixable: bool = False


def inspect(workspace: Workspace) -> tuple[Finding, ...]:
    """Look at everything; nothing is changed. The worst comes first."""
    repository = workspace.repository
    found = [
        *_programs(repository),
        *_identity(repository),
        *_history(repository),
        *_locks(repository),
        *_local_config(repository),
        *_hooks(repository),
        *_branches(repository),
    ]
    try:
        config = workspace.config
    except TlgitError as error:
        hint = error.hint or "correct the named line"
        found.append(_error("settings", error.message, hint))
    else:
        # The branches that tlgit alone writes hold nothing but lists, neither settings nor rules.
        if not _is_on_machine_branch(workspace):
            found += [*_info(repository, config), *_shared(workspace, config)]
    return tuple(sorted(found, key=lambda finding: finding.severity is not Severity.ERROR))


def fix(workspace: Workspace) -> InitReport:
    """Mend all that can be mended: this clone's part always, the shared files when a commit can be made.

    Git goes on to call the program that it is told to call, if that one is there, else this one.
    """
    repository = workspace.repository
    command = repository.config_get(COMMAND_KEY)
    if command is None or not is_callable(command):
        command = command_text()
    try:
        return set_up(workspace, command=command)
    except TlgitError as error:
        obstacle = error
    try:
        config = None if _is_on_machine_branch(workspace) else workspace.config
    except TlgitError:
        config = None  # told as the obstacle
    with workspace.locked("tlgit doctor"):
        steps = set_up_clone(repository, command=command, config=config)
    words = f"the shared files were left as they are: {obstacle.message}"
    left = Step(subject="shared files", outcome=Outcome.LEFT, sentence=words)
    return InitReport(root=repository.root, steps=(*steps, left))


def _error(code: str, sentence: str, hint: str = _FIX, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(
        code=code, severity=severity, sentence=sentence, hint=hint, is_fixable=hint.startswith(_FIX)
    )


def _warning(code: str, sentence: str, hint: str = _FIX) -> Finding:
    return _error(code, sentence, hint, Severity.WARNING)


# This machine


def _programs(repository: Repository) -> Iterator[Finding]:
    said = repository.program.run("version").text
    if has_known_holes(said):
        hint = "update git; a Linux distribution may have added the fixes without a new number"
        yield _warning("git-holes", f"{said} lacks the security fixes of July 2025", hint)
    try:
        installed = version("pygit2")
    except PackageNotFoundError:
        return  # built into something larger, which knows better
    if parse_version(installed)[:2] < PYGIT2_MINIMUM:
        wanted = ".".join(map(str, PYGIT2_MINIMUM))
        sentence = f"pygit2 {installed} is older than {wanted}, and its libgit2 has known holes"
        yield _error("pygit2", sentence, "`pip install --upgrade pygit2`")


def parse_version(text: str) -> tuple[int, int, int]:
    """The first number like 2.39.5 in a text; zeros where there is none."""
    match = _VERSION.search(text)
    return (0, 0, 0) if match is None else (int(match[1]), int(match[2]), int(match[3] or 0))


def has_known_holes(text: str) -> bool:
    """Whether what `git version` says is older than the last security fixes of its line."""
    major, minor, patch = parse_version(text)
    line = (major, minor)
    return line < min(_MENDED) or patch < _MENDED.get(line, 0)


# This clone


def _identity(repository: Repository) -> Iterator[Finding]:
    try:
        repository.identity()
    except IdentityError as error:
        yield _error("identity", error.message, error.hint or "")


def _history(repository: Repository) -> Iterator[Finding]:
    if repository.is_shallow:
        sentence = "the history of this clone is cut off, so that merges may lack their base"
        yield _warning("shallow", sentence, "`git fetch --unshallow`")


def _locks(repository: Repository) -> Iterator[Finding]:
    places = [repository.git_dir / name for name in ("index.lock", "HEAD.lock")]
    places += [repository.common_dir / name for name in ("config.lock", "packed-refs.lock")]
    for path in places:
        try:
            age = time.time() - path.stat().st_mtime
        except FileNotFoundError:
            continue
        if age > STALE:
            sentence = f"a git process that died has left its lock {str(path)!r}"
            yield _error("lock", sentence, "remove that file when no git program is running")


_CODES: Final = {
    COMMAND_KEY: "command",
    "merge.tlgit.name": "driver-name",
    "merge.tlgit.driver": "driver",
    "diff.tlgit.textconv": "textconv",
}
_MEANINGS: Final = {
    COMMAND_KEY: "the hooks do not know which program to call",
    "merge.tlgit.name": "the merge of tracklists has no name",
    "merge.tlgit.driver": "git merges tracklists line by line here, without a warning",
    "diff.tlgit.textconv": "git shows differences of tracklists as plain text",
}


def _local_config(repository: Repository) -> Iterator[Finding]:
    command = repository.config_get(COMMAND_KEY)
    is_gone = command is not None and not is_callable(command)
    if is_gone:
        yield _error("command-gone", f"the program that git is to call is gone: {command!r}")
    for key, wanted in planned_config(command or command_text()).items():
        value = repository.config_get(key)
        report = _warning if key in {"merge.tlgit.name", "diff.tlgit.textconv"} else _error
        if value is None:
            yield report(f"{_CODES[key]}-missing", f"`{key}` is not set: {_MEANINGS[key]}")
        elif value != wanted and key != COMMAND_KEY:
            yield report(f"{_CODES[key]}-other", f"`{key}` is not what this version of tlgit writes")


_HOOK_FINDINGS: Final = {
    HookState.MISSING: (
        "hook-missing",
        "not installed, so that CUE sheets do not follow by themselves",
        _FIX,
    ),
    HookState.OLD: ("hook-old", "from an older version of tlgit", _FIX),
    HookState.NOT_EXECUTABLE: ("hook-mode", "not executable, so that git passes over them", _FIX),
    HookState.FOREIGN: (
        "hook-foreign",
        "another program's",
        f"{_FIX}: the other hook is kept and runs first",
    ),
    HookState.TANGLED: (
        "hook-tangled",
        "another program's, beside one that is kept already",
        "add `%s` to them",
    ),
    HookState.UNREACHABLE: (
        "hook-dead",
        "without effect, because `core.hooksPath` leads out of this repository",
        "add `%s` to the hooks there",
    ),
    HookState.CHANGED: (
        "hook-changed",
        "edited, or from a newer version of tlgit",
        "remove them and run `tlgit init` to get those of this version",
    ),
}


def _hooks(repository: Repository) -> Iterator[Finding]:
    states = hook_states(repository)
    for state, (code, words, hint) in _HOOK_FINDINGS.items():
        names = [name for name, found in states.items() if found is state]
        if names:
            report = _warning if state is HookState.CHANGED else _error
            yield report(
                code, f"{_listed('hook', names, verb=True)} {words}", hint.replace("%s", snippet(names[0]))
            )


def _branches(repository: Repository) -> Iterator[Finding]:
    for branch in planned_branches(repository):
        name = branch.removeprefix("refs/heads/")
        yield _error(f"{name}-missing", f"the remote has the branch `{name}`, this clone has not")


def _is_on_machine_branch(workspace: Workspace) -> bool:
    try:
        workspace.require_ready()
    except MachineBranchError:
        return True
    except RepositoryError:
        return False
    return False


_INFO_FINDINGS: Final = {
    INFO_ATTRIBUTES: ("attributes-local", "git merges tracklists line by line on `upstream` and `review/…`"),
    INFO_EXCLUDE: ("ignore-local", "CUE sheets show up as untracked on `upstream` and `review/…`"),
}


def _info(repository: Repository, config: Config) -> Iterator[Finding]:
    """The rules that hold on every branch of this clone."""
    try:
        plans = planned_info(repository, config)
    except UnsafeTargetError as error:
        yield _warning("info", error.message, error.hint or "put a plain file there")
        return
    for path, (standing, wanted) in plans.items():
        if standing != wanted:
            code, words = _INFO_FINDINGS[path]
            yield _warning(code, f"`.git/{path}` has not the rules of `tlgit.yaml`: {words}")


# The shared files


def _shared(workspace: Workspace, config: Config) -> Iterator[Finding]:
    repository = workspace.repository
    standing = read_file(repository.root, ATTRIBUTES)
    missing = missing_attributes(repository, config)
    for line in missing:
        if append_lines(standing, [line]) != standing:
            yield _error(
                "attributes", f"`{ATTRIBUTES}` has no line `{line}`: clones merge tracklists line by line"
            )
        else:
            hint = f"look for another rule below it, or in a `{ATTRIBUTES}` further down"
            yield _error("attributes-overruled", f"the line `{line}` has no effect", hint)
    if not is_ignored(read_file(repository.root, IGNORE) or b"", config.cue_folder):
        sentence = (
            f"`{IGNORE}` has no line `{ignore_line(config.cue_folder)}`, so CUE sheets get in the way of git"
        )
        yield _warning("ignore", sentence)
    lists = tuple(workspace.lists(repository.head().oid))
    lost = {attribute_line(pattern) for pattern in config.tracklists} & set(missing)
    yield from _list_attributes(repository, lists, config, is_told=bool(lost))


def _list_attributes(
    repository: Repository, lists: tuple[str, ...], config: Config, *, is_told: bool
) -> Iterator[Finding]:
    """Attributes that keep tlgit from reading and writing what git does."""
    paths = tuple(dict.fromkeys((*lists, *(sample_path(pattern) for pattern in config.tracklists))))
    found = repository.attributes(paths)
    for name in ("filter", "working-tree-encoding"):
        converted = [path for path, values in found.items() if values.get(name, "unset") != "unset"]
        if converted:
            sentence = (
                f"git converts {_listed('tracklist', converted)} by the attribute `{name}`, tlgit cannot"
            )
            hint = f"add `{converted[0]} -{name}` to `{ATTRIBUTES}`, then `git add --renormalize` the files"
            yield _error(name, sentence, hint)
    shared = shared_attributes(repository, lists) if lists and not is_told else {}
    others = [path for path, value in shared.items() if value != "tlgit"]
    if others:
        hint = f"look for another `{ATTRIBUTES}` in the folders above them"
        yield _error("attributes-lists", f"git does not merge {_listed('tracklist', others)} by tlgit", hint)
    elsewhere = [path for path, values in found.items() if values.get("merge") != "tlgit"]
    if elsewhere and not others and not is_told:
        hint = f"look for another rule in `.git/{INFO_ATTRIBUTES}`"
        yield _error(
            "attributes-overruled",
            f"git does not merge {_listed('tracklist', elsewhere)} by tlgit here",
            hint,
        )


def _listed(noun: str, names: Iterable[str], *, verb: bool = False) -> str:
    """Some names, and how many more: `the hook 'a'`, `the hooks 'a', 'b'`; with `is` or `are` when `verb` is set."""
    all_names = list(names)
    more = len(all_names) - _SHOWN
    text = ", ".join(repr(name) for name in all_names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
    is_one = len(all_names) == 1
    end = "" if not verb else " is" if is_one else " are"
    return f"the {noun if is_one else noun + 's'} {text}{end}"
