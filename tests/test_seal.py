"""The seal of `conftest.py` holds: nothing of the machine comes in, nothing goes out."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pygit2
import pytest

from tests.conftest import NetworkBlockedError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Git


def test_home_and_git_configuration_are_the_sealed_ones(seal: Path, git: Git, repository: Path) -> None:
    assert os.environ["HOME"] == str(seal)
    assert git(repository, "config", "--global", "user.email") == "user@example.org"
    origins = git(repository, "config", "--list", "--show-origin", "--name-only").splitlines()
    assert {line.split("\t")[0] for line in origins} == {f"file:{seal / '.gitconfig'}", "file:.git/config"}


def test_libgit2_reads_the_same_configuration(repository: Path) -> None:
    config = pygit2.Repository(str(repository)).config
    assert config["user.name"] == "Test User"
    with pytest.raises(KeyError):
        config["user.signingkey"]


def test_a_child_process_is_sealed_too(seal: Path) -> None:
    program = "import os, pathlib; print(pathlib.Path.home(), os.environ['GIT_CONFIG_NOSYSTEM'])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(seal), "1"]


def test_time_zone_is_fixed() -> None:
    assert time.tzname == ("UTC", "UTC")


def test_editor_fails(git: Git, repository: Path) -> None:
    (repository / "README").write_text("Other\n", encoding="utf-8")
    git(repository, "commit", "-a", check=False)
    assert git(repository, "rev-list", "--count", "HEAD") == "1"


@pytest.mark.parametrize("host", ["192.0.2.1", "www.1001tracklists.com", "2001:db8::1"])
def test_the_network_is_out_of_reach(host: str) -> None:
    with pytest.raises(NetworkBlockedError, match="offline"):
        socket.create_connection((host, 443), timeout=1)


def test_this_machine_can_be_reached() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        assert client.getpeername() == server.getsockname()
