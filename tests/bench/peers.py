"""The tools on the scoreboard: how each one becomes a git merge driver, and whether it is here."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.builders import driver_line

if TYPE_CHECKING:
    from collections.abc import Sequence

PEERS: Final = ("mergiraf", "wiggle", "hg :merge", "nbdime", "yaml-merge", "daff", "git-json-merge")
WRAPPER: Final = Path(__file__).with_name("peer_drivers.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One way to merge."""

    name: str
    driver: str = ""
    """A merge driver's command line; empty for what git does by itself."""
    attribute: str = ""
    """git's own driver of this name (`union`)."""
    options: str = ""
    """Options of `git merge`."""
    files: str = ""
    """The same merge as a command on three files, where the driver line is empty."""
    share: float = 1.0
    """Which part of the lists a slow tool merges."""


TLGIT: Final = Tool(name="tlgit", driver=driver_line())
GIT: Final = Tool(name="git", files="git merge-file -q %A %O %B")


def find_tools(path: Sequence[str]) -> tuple[list[Tool], list[str]]:
    """The other tools that are installed, and the names of those that are not; `path` comes before PATH."""

    def at(program: str) -> str | None:
        return shutil.which(program, path=_places(path))

    def wrapped(tool: str, python: str) -> str:
        return f"{shlex.quote(python)} {shlex.quote(str(WRAPPER))} {tool} %O %A %B"

    tools = [
        Tool(name="git, patience", options="-Xpatience"),
        Tool(name="git, union", attribute="union", files="git merge-file -q --union %A %O %B"),
    ]
    mergiraf, wiggle, hg = at("mergiraf"), at("wiggle"), at("hg")
    if mergiraf:
        line = f"{shlex.quote(mergiraf)} merge --git %O %A %B -s base -x ours -y theirs -p %P -l %L"
        tools.append(Tool(name="mergiraf", driver=line))
    if wiggle:
        line = f"{shlex.quote(wiggle)} -m %A %O %B > %A.new; code=$?; mv %A.new %A; exit $code"
        tools.append(Tool(name="wiggle", driver=line))
    if hg:
        tools.append(Tool(name="hg :merge", driver=wrapped("hg", _python_of(hg)), share=0.2))
    for program, tool, share in (("nbmerge", "nbdime", 0.06), ("yaml-merge", "yaml-merge", 0.1)):
        found = at(program)
        if found:
            tools.append(Tool(name=tool, driver=wrapped(tool, _python_of(found)), share=share))
    # The bare parser suffices for the conversion.
    tools += [
        Tool(name=tool, driver=wrapped(tool, sys.executable), share=0.2)
        for tool in ("daff", "git-json-merge")
        if at(tool)
    ]
    here = {tool.name for tool in tools}
    return tools, [name for name in PEERS if name not in here]


def python_at(program: str, path: Sequence[str]) -> str | None:
    """The Python under which a program is installed."""
    script = shutil.which(program, path=_places(path))
    return None if script is None else _python_of(script)


def _places(path: Sequence[str]) -> str:
    return os.pathsep.join([*path, os.environ.get("PATH", os.defpath)])


def _python_of(script: str) -> str:
    """The interpreter in the first line of an installed script."""
    with Path(script).open("rb") as file:
        line = file.readline(200).decode("utf-8", "replace").strip()
    return line[2:].split()[0] if line.startswith("#!") else sys.executable
