"""Runs over many lists: what each list's outcome was, what is left to do, what failed for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlgit.state.connection import Connection

TABLES: Final = """
    CREATE TABLE batch (id TEXT PRIMARY KEY, started_at INTEGER NOT NULL) WITHOUT ROWID
    """


class Batches:
    """The part of the state that is about runs; times are milliseconds since 1970."""

    def __init__(self, connection: Connection, now: Callable[[], int]) -> None:
        self._connection = connection
        self._now = now
