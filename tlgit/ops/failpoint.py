"""Places at which a test may kill the process or act in between; nothing at all unless the test says so."""

from __future__ import annotations

import os
import signal
from typing import Final

VARIABLE: Final = "TLGIT_FAILPOINT"
"""`name` or `name:3`: die at the first, or third, time that the place of this name is reached."""

_reached: dict[str, int] = {}


def failpoint(name: str) -> None:
    """Die here, as a process dies that is killed, when the environment names this place."""
    wanted, _, number = os.environ.get(VARIABLE, "").partition(":")
    if wanted == name:
        _reached[name] = _reached.get(name, 0) + 1
        if _reached[name] == int(number or 1):
            os.kill(os.getpid(), signal.SIGKILL)
