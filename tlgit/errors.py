"""What can go wrong, as types: a sentence, a hint, an exit code.

    TlgitError                      70  a bug, when nothing below fits
    ├── HeldError                    1  conflicts or held changes remain, or a check found problems
    ├── UsageError                   2  the command line or the configuration is wrong
    ├── DataError                    3  bad data: YAML, a damaged page
    ├── RepositoryError              4  the repository is not in a usable state
    │   └── BusyError                4  somebody else holds a lock
    └── UpstreamError                5  upstream unreachable, refused or blocked

Concrete classes live beside their raiser. Only the command line turns them into output.
"""

from __future__ import annotations

from typing import ClassVar


class TlgitError(Exception):
    """An expected failure: one sentence for the user, an optional hint, an exit code."""

    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class HeldError(TlgitError):
    """Conflicts or held changes remain, or a check found problems."""

    exit_code = 1


class UsageError(TlgitError):
    """The command line or the configuration is wrong."""

    exit_code = 2


class DataError(TlgitError):
    """A file or a page cannot be read as what it should be."""

    exit_code = 3


class RepositoryError(TlgitError):
    """The repository is not in a state in which this can be done."""

    exit_code = 4


class BusyError(RepositoryError):
    """Another process holds the lock that is needed."""


class UpstreamError(TlgitError):
    """The source is unreachable, refuses or blocks."""

    exit_code = 5
