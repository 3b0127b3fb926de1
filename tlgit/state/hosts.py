"""What is remembered of asking servers: when the next request may go, what failed, what a page was like last time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlgit.state.connection import Connection

TABLES: Final = """
    CREATE TABLE host (name TEXT PRIMARY KEY, next_at INTEGER NOT NULL) WITHOUT ROWID
    """


class Hosts:
    """The part of the state that is about servers; times are milliseconds since 1970."""

    def __init__(self, connection: Connection, now: Callable[[], int]) -> None:
        self._connection = connection
        self._now = now
