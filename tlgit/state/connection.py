"""The SQLite file behind the state: opening, bringing it up to date, setting a damaged one aside.

What it holds is local and can be rebuilt, so a damaged file never stops the work: it is kept under another name, and
an empty one takes its place. Writes are grouped by SQLite's write-ahead log: a killed process loses nothing that was
committed, a power cut may lose the last moments.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from tlgit.errors import BusyError, RepositoryError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

Value = str | int | None

_BUSY_SECONDS: Final = 5.0
_SIDE_FILES: Final = ("-wal", "-shm")
_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


class StateError(RepositoryError):
    """The state file cannot be read or written."""


class StateDamagedError(StateError):
    """The state file is damaged; opening it again sets it aside."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"the state {str(path)!r} is damaged", hint="run the command again: it is rebuilt by itself"
        )
        self.path = path


class StateNewerError(StateError):
    """The state file was written by a newer version of this program."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"the state {str(path)!r} was written by a newer tlgit",
            hint="update tlgit; or remove the file: it holds only what can be rebuilt",
        )
        self.path = path


class StateBusyError(BusyError):
    """Another process keeps the state file locked."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"the state {str(path)!r} is locked by another process", hint="wait for it, or end it"
        )
        self.path = path


class Connection:
    """One connection to one state file, for one thread. Each call stands alone unless inside `transaction()`."""

    def __init__(self, path: Path, migrations: Sequence[str]) -> None:
        """Open or make the file and run those of the `migrations` (one script each) that it has not seen."""
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StateError(
                f"the folder of the state {str(path)!r} cannot be made: {error.strerror}"
            ) from error
        try:
            self._database = self._open(migrations)
        except StateDamagedError:
            _set_aside(path)
            self._database = self._open(migrations)

    def run(self, sql: str, *values: Value) -> list[tuple[Any, ...]]:
        """Run one statement and give its rows; texts come back exactly as they went in, lone surrogates too."""
        with _told(self.path):
            rows = self._database.execute(sql, [_stored(value) for value in values]).fetchall()
        return [tuple(_restored(value) for value in row) for row in rows]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside happen at once, or not at all; inside another one it is part of that."""
        if self._database.in_transaction:
            yield
            return
        self.run("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.run("ROLLBACK")
            raise
        self.run("COMMIT")

    def close(self) -> None:
        """Close the file; the connection cannot be used afterwards."""
        self._database.close()

    def _open(self, migrations: Sequence[str]) -> sqlite3.Connection:
        with _told(self.path):
            database = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            with _told(self.path):
                _migrate(database, self.path, migrations)
        except BaseException:
            database.close()
            raise
        return database


def _migrate(database: sqlite3.Connection, path: Path, migrations: Sequence[str]) -> None:
    if database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise StateDamagedError(path)
    if database.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    if _version(database) == len(migrations):
        return
    database.execute("BEGIN IMMEDIATE")
    # Only now, with the lock, is the version certain: another process may have been faster.
    version = _version(database)
    if version > len(migrations):
        raise StateNewerError(path)
    for script in migrations[version:]:
        for statement in script.split(";"):
            database.execute(statement)
    database.execute(f"PRAGMA user_version = {len(migrations)}")
    database.execute("COMMIT")


def _version(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def _set_aside(path: Path) -> None:
    """Rename a damaged file, with its side files, to the first free name `….broken-<n>`."""
    number = 1
    while path.with_name(f"{path.name}.broken-{number}").exists():
        number += 1
    for side in ("", *_SIDE_FILES):
        file = path.with_name(path.name + side)
        if file.exists():
            file.rename(path.with_name(f"{path.name}.broken-{number}{side}"))


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what SQLite says into one of the errors above."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        # Some errors of the driver itself carry no code.
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _DAMAGE:
            raise StateDamagedError(path) from error
        if code in _BUSY:
            raise StateBusyError(path) from error
        if isinstance(error, sqlite3.ProgrammingError):
            raise
        raise StateError(f"the state {str(path)!r} cannot be used: {error}") from error


def _stored(value: Value) -> Value | bytes:
    """Names of files need not be UTF-8; their surrogates go in as bytes, which SQLite keeps as they are."""
    if isinstance(value, str) and not value.isascii():
        raw = value.encode("utf-8", "surrogatepass")
        return raw if any("\ud800" <= character <= "\udfff" for character in value) else value
    return value


def _restored(value: object) -> object:
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value
