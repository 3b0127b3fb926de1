"""Which files of the inbox folders were taken already, by their content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlgit.state.connection import Connection

TABLES: Final = """
    CREATE TABLE inbox (sha256 TEXT PRIMARY KEY, taken_at INTEGER NOT NULL) WITHOUT ROWID
    """


class Inbox:
    """The part of the state that is about the inbox; times are milliseconds since 1970."""

    def __init__(self, connection: Connection, now: Callable[[], int]) -> None:
        self._connection = connection
        self._now = now
