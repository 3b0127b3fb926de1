"""The seal around every test, and the fixtures that every floor needs.

Nothing of the user's machine reaches a test: home, git configuration, locale, time zone, editor, network.
libgit2 ignores `HOME` after its start and `GIT_CONFIG_GLOBAL` always, so its search paths are set as well.
Everything lives in `os.environ`, so programs that a test starts are sealed too.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import pygit2
import pytest
from pygit2.enums import ConfigLevel

if TYPE_CHECKING:
    from collections.abc import Iterator

_GIT_CONFIG: Final = """\
[user]
\tname = Test User
\temail = user@example.org
[init]
\tdefaultBranch = main
[gc]
\tauto = 0
[maintenance]
\tauto = false
[protocol]
\tallow = never
[protocol "file"]
\tallow = always
"""
_LEAKS: Final = ("GIT_", "SSH_", "XDG_", "TLGIT_", "PYGIT2_", "LC_")
_KEPT: Final = frozenset({"TLGIT_CORPUS"})
_LEVELS: Final = (ConfigLevel.PROGRAMDATA, ConfigLevel.SYSTEM, ConfigLevel.XDG, ConfigLevel.GLOBAL)


class NetworkBlockedError(RuntimeError):
    """A test reached for the network; not an OSError, so that no code under test takes it for bad weather."""


class Git(Protocol):
    """Runs the git program: `git(folder, "log", "--oneline")` gives its output without the last line end."""

    def __call__(
        self, folder: Path, *arguments: str, check: bool = True, stdin: bytes | None = None
    ) -> str: ...


@pytest.fixture(scope="session", autouse=True)
def seal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give the worker its own empty home and environment; the value is that home."""
    home = tmp_path_factory.mktemp("home")
    template = tmp_path_factory.mktemp("template")
    (home / ".gitconfig").write_text(_GIT_CONFIG, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(_LEAKS) and name not in _KEPT]:
            patch.delenv(name)
        for name, value in {
            "HOME": str(home),
            "USERPROFILE": str(home),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_CACHE_HOME": str(home / ".cache"),
            "XDG_DATA_HOME": str(home / ".local" / "share"),
            "XDG_STATE_HOME": str(home / ".local" / "state"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
            "GIT_TEMPLATE_DIR": str(template),
            "GIT_CEILING_DIRECTORIES": str(tmp_path_factory.getbasetemp()),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_EDITOR": "false",
            "GIT_SEQUENCE_EDITOR": "false",
            "EDITOR": "false",
            "VISUAL": "false",
            "PAGER": "cat",
            "NO_COLOR": "1",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }.items():
            patch.setenv(name, value)
        time.tzset()
        before = {level: pygit2.settings.search_path[level] for level in _LEVELS}
        for level in _LEVELS:
            pygit2.settings.search_path[level] = str(home if level is ConfigLevel.GLOBAL else template)
        assert Path.home().is_relative_to(tmp_path_factory.getbasetemp())
        yield home
        for level, path in before.items():
            pygit2.settings.search_path[level] = path
    time.tzset()


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sockets reach this machine only."""
    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    original = socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        _require_loopback(host)
        return original(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def _guarded(original: Any) -> Any:
    def connect(self: socket.socket, address: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            _require_loopback(address[0])
        return original(self, address)

    return connect


def _require_loopback(host: object) -> None:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if isinstance(name, str) and not (name in {"localhost", "::1", ""} or name.startswith("127.")):
        raise NetworkBlockedError(f"tests stay offline, this one wants {name!r}")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Give the folder of real pages, or skip."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("TLGIT_CORPUS") or beside)
    if not folder.is_dir():
        pytest.skip("no folder of real pages (TLGIT_CORPUS)")
    return folder


@pytest.fixture(scope="session")
def git(seal: Path) -> Git:
    """Give a function that runs the git program in a folder."""

    def run(folder: Path, *arguments: str, check: bool = True, stdin: bytes | None = None) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, check=False, input=stdin or b"", timeout=60
        )
        output = done.stdout.decode("utf-8", "surrogateescape")
        assert not check or done.returncode == 0, f"git {arguments}: {output}{done.stderr.decode()}"
        return output.removesuffix("\n")

    return run


@pytest.fixture
def repository(tmp_path: Path, git: Git) -> Path:
    """Give the worktree of a fresh repository: branch `main`, one commit with one file `README`."""
    root = tmp_path / "sets"
    root.mkdir()
    git(root, "init", "--quiet")
    (root / "README").write_text("My sets\n", encoding="utf-8")
    git(root, "add", "README")
    git(root, "commit", "--quiet", "-m", "start")
    return root
