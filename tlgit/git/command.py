"""Running the git program: argument lists, a cleaned environment, a time limit, errors with git's own words.

This is the only module of the package that starts git. Git inside a hook hands its children an index, a folder
and even an author with a date (`GIT_INDEX_FILE`, `GIT_DIR`, `GIT_AUTHOR_DATE`); a child that inherits them works on
the wrong repository with yesterday's date, so every `GIT_*` that is not known to be the user's own wish is dropped.
"""

from __future__ import annotations

import functools
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from tlgit.errors import BusyError, RepositoryError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

_T = TypeVar("_T")

MINIMUM_VERSION: Final = (2, 38)
"""The first git that knows `safe.bareRepository` and all of `git hook run`."""

TIMEOUT: Final = 60.0
"""Seconds for a call that neither runs hooks nor reaches the network."""

HOOK_TIMEOUT: Final = 600.0
"""Seconds for a call that may run the user's hooks or ask for a signature."""

PATIENCE: Final = 2.0
"""Seconds to wait for a lock that another git process holds; git's own locks last milliseconds."""

_OPTIONS: Final = (
    "--no-pager",
    "--literal-pathspecs",
    "-c",
    "safe.bareRepository=explicit",  # a bare repository inside the worktree must not bring its own configuration
    "-c",
    "core.fsmonitor=false",  # a program named by a repository's configuration
    "-c",
    "color.ui=never",
    "-c",
    "log.showSignature=false",
    "-c",
    "core.fsync=committed",  # a commit is there before the worktree bytes it holds are replaced
)
_KEPT: Final = frozenset(
    {
        # which configuration is the user's
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_SYSTEM",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CONFIG_COUNT",
        # where git lives, where it may look, what a new repository starts from
        "GIT_EXEC_PATH",
        "GIT_CEILING_DIRECTORIES",
        "GIT_DISCOVERY_ACROSS_FILESYSTEM",
        "GIT_TEMPLATE_DIR",
        # how the user reaches a remote; dropping a restriction would loosen it
        "GIT_SSH",
        "GIT_SSH_COMMAND",
        "GIT_SSH_VARIANT",
        "GIT_ASKPASS",
        "GIT_ALLOW_PROTOCOL",
        "GIT_PROTOCOL_FROM_USER",
        "GIT_PROXY_COMMAND",
        # hooks do not set the committer, so it is the user's
        "GIT_COMMITTER_NAME",
        "GIT_COMMITTER_EMAIL",
    }
)
_KEPT_PREFIXES: Final = ("GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_", "GIT_SSL_", "GIT_HTTP_")
_AUTHOR: Final = frozenset({"GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL"})
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CREDENTIALS: Final = re.compile(r"(?<=://)[^/\s@]{1,500}@")
_LOCKED: Final = re.compile(
    r"'[^'\n]{1,500}\.lock': File exists|could not lock config file [^\n]{1,500}: File exists"
)
_ERROR_LENGTH: Final = 4000
_GRACE: Final = 2.0


class GitMissingError(RepositoryError):
    """The git program is not there, or too old."""


class GitCommandError(RepositoryError):
    """The git program ended with an error; `stderr` is all it said, `code` its exit code (negative: a signal)."""

    def __init__(self, command: str, code: int, stderr: str, *, hint: str | None = None) -> None:
        words = "; ".join(line.strip() for line in stderr.splitlines() if line.strip())
        how = f"was ended by signal {-code}" if code < 0 else f"failed with exit code {code}"
        super().__init__(f"git {command} {how}: {words[:600] or 'it gave no reason'}", hint=hint)
        self.command = command
        self.code = code
        self.stderr = stderr


class GitTimeoutError(GitCommandError):
    """The git program did not end in time, and was ended."""

    def __init__(self, command: str, seconds: float) -> None:
        super().__init__(
            command,
            -signal.SIGTERM,
            f"no answer within {seconds:g} seconds",
            hint="a hook, a signing program or a remote may be waiting for an answer",
        )
        self.seconds = seconds


class LockHeldError(BusyError):
    """Another git process holds a lock of this repository for longer than it is polite to wait."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"another git process is working in this repository: {what}",
            hint="wait for it to end; remove the named lock file only if no git program is running",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a git program left: its bytes, its words (cleaned) and its exit code."""

    stdout: bytes
    stderr: str
    code: int

    @property
    def text(self) -> str:
        """The output as text without its last line end; names that are not UTF-8 survive as surrogates."""
        return os.fsdecode(self.stdout).removesuffix("\n")

    @property
    def records(self) -> tuple[str, ...]:
        """The output of a command with `-z`, cut at its zero bytes."""
        return tuple(os.fsdecode(record) for record in self.stdout.split(b"\0") if record)


@dataclass(frozen=True, slots=True, kw_only=True)
class GitProgram:
    """The git program for one place: a folder, and the repository when it is known."""

    folder: Path
    git_dir: Path | None = None

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        accept: Collection[int] = (0,),
        timeout: float = TIMEOUT,
        environment: Mapping[str, str] | None = None,
    ) -> Output:
        """Run git and wait for it.

        `arguments` start with the subcommand; `accept` are the exit codes that are answers, not errors;
        `environment` is added to the cleaned one. Raises GitCommandError, GitTimeoutError, GitMissingError.
        """
        command = [_program(), *_OPTIONS]
        if self.git_dir is not None:
            command += [f"--git-dir={self.git_dir}", f"--work-tree={self.folder}"]
        output = _execute(
            [*command, *arguments],
            folder=self.folder,
            stdin=stdin,
            timeout=timeout,
            environment=clean_environment(os.environ) | dict(environment or {}),
            name=arguments[0],
        )
        if output.code not in accept:
            raise GitCommandError(arguments[0], output.code, output.stderr or clean_text(output.stdout))
        return output

    def run_patiently(
        self,
        *arguments: str,
        stdin: bytes = b"",
        accept: Collection[int] = (0,),
        timeout: float = TIMEOUT,
        environment: Mapping[str, str] | None = None,
    ) -> Output:
        """Run git, and again while another process holds a lock, up to PATIENCE; then raise LockHeldError."""

        def attempt() -> Output | None:
            try:
                return self.run(
                    *arguments, stdin=stdin, accept=accept, timeout=timeout, environment=environment
                )
            except GitCommandError as error:
                if found := _LOCKED.search(error.stderr):
                    locks.append(found[0])
                    return None
                raise

        locks: list[str] = []
        output = wait_for(attempt)
        if output is None:
            raise LockHeldError(locks[-1])
        return output


def wait_for(attempt: Callable[[], _T | None]) -> _T | None:
    """Call `attempt` until it gives something, for PATIENCE seconds, at growing uneven distances."""
    deadline = time.monotonic() + PATIENCE
    pause = 0.01
    while (result := attempt()) is None and time.monotonic() < deadline:
        time.sleep(pause * (0.5 + secrets.randbelow(1000) / 1000))
        pause = min(2 * pause, 0.2)
    return result


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Drop every `GIT_*` that a surrounding git may have set, and fix language and prompts."""
    # Inside a hook the author variables are those of the commit being made; elsewhere they are the user's wish.
    author = frozenset() if "GIT_INDEX_FILE" in environment else _AUTHOR
    kept = {
        name: value
        for name, value in environment.items()
        if not name.startswith("GIT_") or name in _KEPT or name in author or name.startswith(_KEPT_PREFIXES)
    }
    # Optional locks would make a mere look at the status collide with the user's own commit.
    return kept | {"LC_ALL": "C", "LANGUAGE": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}


def clean_text(raw: bytes) -> str:
    """Make words of a child fit for a terminal: no control characters, no credentials of URLs, no endless text."""
    text = raw.decode("utf-8", "replace").replace("\r\n", "\n")[:_ERROR_LENGTH]
    return _CREDENTIALS.sub("***@", _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)).strip()


def require_git() -> tuple[int, ...]:
    """Give the version of git, or raise GitMissingError when it is missing or older than MINIMUM_VERSION."""
    return _version(_program())


def _program() -> str:
    found = shutil.which("git")
    if found is None:
        raise GitMissingError("the git program is not installed", hint="see https://git-scm.com/downloads")
    return os.path.abspath(found)  # noqa: PTH100  (resolve() would follow the links of multi-call installations)


@functools.cache
def _version(program: str) -> tuple[int, ...]:
    said = subprocess.run([program, "version"], capture_output=True, check=False, timeout=TIMEOUT).stdout
    match = re.match(rb"git version (\d{1,4})\.(\d{1,4})", said)
    version = tuple(int(part) for part in match.groups()) if match else ()
    if version < MINIMUM_VERSION:
        wanted = ".".join(map(str, MINIMUM_VERSION))
        found = ".".join(map(str, version)) or "of unknown version"
        raise GitMissingError(f"git {wanted} or newer is needed, this one is {found}", hint="update git")
    return version


def _execute(
    command: list[str], *, folder: Path, stdin: bytes, timeout: float, environment: dict[str, str], name: str
) -> Output:
    """Run in a process group of its own, so that a hook that hangs ends together with git."""
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise GitMissingError(f"git cannot be started in {str(folder)!r}: {error.strerror}") from error
    with process:
        try:
            stdout, stderr = process.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired as error:
            _end(process)
            raise GitTimeoutError(name, timeout) from error
        except BaseException:
            _end(process)
            raise
    return Output(stdout=stdout, stderr=clean_text(stderr), code=process.returncode)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the group: politely first, because git removes its lock files when asked."""
    if sys.platform == "win32":
        process.kill()
        return
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(timeout=_GRACE)
        except (ProcessLookupError, PermissionError):  # nobody is left, or only the dead
            return
        except subprocess.TimeoutExpired:
            continue
