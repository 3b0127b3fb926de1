"""What tlgit remembers about this clone: when a page was seen, what happened, which sheets it wrote, what is open.

All of it is local and can be rebuilt from git and the files; nothing here decides what a merge starts from.
Times are milliseconds since 1970, UTC, and come from the clock given to `State`.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from tlgit.state.batches import TABLES as BATCHES
from tlgit.state.batches import Batches
from tlgit.state.connection import Connection
from tlgit.state.hosts import TABLES as HOSTS
from tlgit.state.hosts import Hosts
from tlgit.state.inbox import TABLES as INBOX
from tlgit.state.inbox import Inbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import TracebackType

_MIGRATIONS: Final = (
    """
    CREATE TABLE observation (
        number INTEGER PRIMARY KEY, list_id TEXT NOT NULL, fingerprint TEXT NOT NULL, road TEXT NOT NULL,
        captured INTEGER, seen_at INTEGER NOT NULL, outcome TEXT NOT NULL);
    CREATE INDEX observation_list ON observation (list_id, number);
    CREATE TABLE event (
        id TEXT PRIMARY KEY, time INTEGER NOT NULL, kind TEXT NOT NULL, list_path TEXT, detail TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX event_list ON event (list_path, id);
    CREATE TABLE sheet (
        path TEXT PRIMARY KEY, list_path TEXT NOT NULL, blob TEXT NOT NULL, sha256 TEXT NOT NULL,
        size INTEGER NOT NULL, renderer TEXT NOT NULL, written_at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX sheet_list ON sheet (list_path);
    CREATE TABLE failure (path TEXT PRIMARY KEY, reason TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE parsed (
        blob TEXT PRIMARY KEY, list_id TEXT, title TEXT, artist TEXT, date TEXT, tracks INTEGER NOT NULL,
        unknown INTEGER NOT NULL, problem TEXT) WITHOUT ROWID;
    CREATE TABLE journal (
        id TEXT PRIMARY KEY, operation TEXT NOT NULL, payload TEXT NOT NULL, created INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    HOSTS,
    INBOX,
    BATCHES,
)
_BASE32: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BITS: Final = 80
_KEPT_OBSERVATIONS: Final = 50
"""Changes of a page that are remembered per tracklist; the history itself is in git."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What a page said at one time: its fingerprint, the road it came by, and what became of it."""

    list_id: str
    fingerprint: str
    road: str
    captured: int | None
    """When the page was taken from the site, where that is known."""
    seen_at: int
    """When tlgit last saw exactly this."""
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened; ids sort by time."""

    id: str
    time: int
    kind: str
    list_path: str | None
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A CUE sheet that tlgit wrote: from which tracklist and blob, and what the file then was."""

    path: str
    list_path: str
    blob: str
    sha256: str
    size: int
    renderer: str
    written_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A file that could not be worked on, and why; gone as soon as it works."""

    path: str
    reason: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a list of tracklists shows of one blob, so that it need not be parsed again; or its `problem`."""

    blob: str
    list_id: str | None
    title: str | None
    artist: str | None
    date: str | None
    tracks: int
    unknown: int
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work that has begun and not ended: what a killed process leaves for the next run to finish."""

    id: str
    operation: str
    payload: dict[str, Any]
    created: int


class State:
    """The state of one clone. For one thread; each opens its own. Raises errors of `tlgit.state.connection`."""

    def __init__(self, path: Path, *, now: Callable[[], int]) -> None:
        """Open or make the state at `path`; `now` gives the time in milliseconds since 1970."""
        self._connection = Connection(path, _MIGRATIONS)
        self._now = now
        self._last_id = 0
        self.hosts = Hosts(self._connection, now)
        self.inbox = Inbox(self._connection, now)
        self.batches = Batches(self._connection, now)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def transaction(self) -> AbstractContextManager[None]:
        """Group calls: all or nothing, and hundreds of times faster than each by itself."""
        return self._connection.transaction()

    # Observations

    def observe(
        self, list_id: str, fingerprint: str, *, road: str, captured: int | None, outcome: str
    ) -> None:
        """Remember what a page said; the same as last time only renews `captured` and `seen_at`."""
        with self.transaction():
            last = self._connection.run(
                "SELECT number, fingerprint, road, outcome FROM observation"
                " WHERE list_id = ? ORDER BY number DESC LIMIT 1",
                list_id,
            )
            if last and last[0][1:] == (fingerprint, road, outcome):
                self._connection.run(
                    "UPDATE observation SET captured = ?, seen_at = ? WHERE number = ?",
                    captured,
                    self._now(),
                    last[0][0],
                )
                return
            self._connection.run(
                "INSERT INTO observation (list_id, fingerprint, road, captured, seen_at, outcome)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                *(list_id, fingerprint, road, captured, self._now(), outcome),
            )
            self._connection.run(
                "DELETE FROM observation WHERE list_id = ? AND number <="
                " (SELECT number FROM observation WHERE list_id = ? ORDER BY number DESC LIMIT 1 OFFSET ?)",
                *(list_id, list_id, _KEPT_OBSERVATIONS),
            )

    def observations(self, list_id: str, *, limit: int = _KEPT_OBSERVATIONS) -> tuple[Observation, ...]:
        """Give what the page of a tracklist said, newest first."""
        rows = self._connection.run(
            "SELECT list_id, fingerprint, road, captured, seen_at, outcome FROM observation"
            " WHERE list_id = ? ORDER BY number DESC LIMIT ?",
            *(list_id, limit),
        )
        return tuple(_observation(row) for row in rows)

    def last_observations(self) -> dict[str, Observation]:
        """Give the newest observation of every tracklist, by its id."""
        rows = self._connection.run(
            "SELECT list_id, fingerprint, road, captured, seen_at, outcome FROM observation"
            " WHERE number IN (SELECT max(number) FROM observation GROUP BY list_id)"
        )
        return {row[0]: _observation(row) for row in rows}

    # Events

    def record_event(self, kind: str, list_path: str | None = None, **detail: object) -> Event:
        """Remember that something happened; `detail` is what JSON can hold."""
        time = self._now()
        text = json.dumps(detail, sort_keys=True)
        event = Event(
            id=self._new_id(time), time=time, kind=kind, list_path=list_path, detail=json.loads(text)
        )
        self._connection.run(
            "INSERT INTO event VALUES (?, ?, ?, ?, ?)", event.id, time, kind, list_path, text
        )
        return event

    def events(
        self, *, list_path: str | None = None, after: str = "", before: str | None = None, limit: int = 100
    ) -> tuple[Event, ...]:
        """Give events, newest first: of one tracklist or all, between two ids (both excluded)."""
        rows = self._connection.run(
            "SELECT id, time, kind, list_path, detail FROM event WHERE (?1 IS NULL OR list_path = ?1)"
            " AND id > ?2 AND (?3 IS NULL OR id < ?3) ORDER BY id DESC LIMIT ?4",
            *(list_path, after, before, limit),
        )
        return tuple(
            Event(id=row[0], time=row[1], kind=row[2], list_path=row[3], detail=json.loads(row[4]))
            for row in rows
        )

    def forget_events(self, *, before: int) -> None:
        """Forget events older than a time."""
        self._connection.run("DELETE FROM event WHERE time < ?", before)

    # CUE sheets

    def put_sheet(self, sheet: Sheet) -> None:
        """Remember a sheet as written."""
        self._connection.run("INSERT OR REPLACE INTO sheet VALUES (?, ?, ?, ?, ?, ?, ?)", *astuple(sheet))

    def sheet(self, path: str) -> Sheet | None:
        """Give what is known of the sheet at `path`."""
        rows = self._connection.run(f"{_SELECT_SHEET} WHERE path = ?", path)
        return _sheet(rows[0]) if rows else None

    def sheets(self, list_path: str | None = None) -> tuple[Sheet, ...]:
        """Give the sheets of one tracklist, or all, by path."""
        rows = self._connection.run(
            f"{_SELECT_SHEET} WHERE ?1 IS NULL OR list_path = ?1 ORDER BY path", list_path
        )
        return tuple(_sheet(row) for row in rows)

    def drop_sheet(self, path: str) -> None:
        """Forget a sheet."""
        self._connection.run("DELETE FROM sheet WHERE path = ?", path)

    # Failures

    def put_failure(self, path: str, reason: str) -> None:
        """Remember that a file could not be worked on."""
        self._connection.run("INSERT OR REPLACE INTO failure VALUES (?, ?, ?)", path, reason, self._now())

    def drop_failure(self, path: str) -> None:
        """Forget the failure of a file."""
        self._connection.run("DELETE FROM failure WHERE path = ?", path)

    def failures(self) -> tuple[Failure, ...]:
        """Give all failures, by path."""
        rows = self._connection.run("SELECT path, reason, at FROM failure ORDER BY path")
        return tuple(Failure(path=row[0], reason=row[1], at=row[2]) for row in rows)

    # Parsed tracklists

    def put_parsed(self, parsed: Iterable[Parsed]) -> None:
        """Remember what blobs hold."""
        with self.transaction():
            for one in parsed:
                self._connection.run(
                    "INSERT OR REPLACE INTO parsed VALUES (?, ?, ?, ?, ?, ?, ?, ?)", *astuple(one)
                )

    def parsed(self, blobs: Iterable[str]) -> dict[str, Parsed]:
        """Give what is remembered of these blobs, by blob id."""
        rows = self._connection.run(
            "SELECT blob, list_id, title, artist, date, tracks, unknown, problem FROM parsed"
            " WHERE blob IN (SELECT value FROM json_each(?))",
            json.dumps(list(blobs)),
        )
        names = ("blob", "list_id", "title", "artist", "date", "tracks", "unknown", "problem")
        return {row[0]: Parsed(**dict(zip(names, row, strict=True))) for row in rows}

    def keep_parsed(self, blobs: Iterable[str]) -> None:
        """Forget all other blobs."""
        self._connection.run(
            "DELETE FROM parsed WHERE blob NOT IN (SELECT value FROM json_each(?))", json.dumps(list(blobs))
        )

    # Work in flight

    def begin(self, operation: str, payload: Mapping[str, object]) -> Job:
        """Note that work begins, before its first step."""
        created = self._now()
        text = json.dumps(dict(payload), sort_keys=True)
        job = Job(id=self._new_id(created), operation=operation, payload=json.loads(text), created=created)
        self._connection.run("INSERT INTO journal VALUES (?, ?, ?, ?)", job.id, operation, text, created)
        return job

    def finish(self, job_id: str) -> None:
        """Note that work has ended, or been undone."""
        self._connection.run("DELETE FROM journal WHERE id = ?", job_id)

    def unfinished(self) -> tuple[Job, ...]:
        """Give the work that has not ended, oldest first."""
        rows = self._connection.run("SELECT id, operation, payload, created FROM journal ORDER BY id")
        return tuple(
            Job(id=row[0], operation=row[1], payload=json.loads(row[2]), created=row[3]) for row in rows
        )

    def _new_id(self, time: int) -> str:
        """Make an id that sorts by time (a ULID: 48 bits of time, 80 of chance), ever growing within this state."""
        fresh = (max(time, 0) << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
        self._last_id = max(fresh, self._last_id + 1)
        return "".join(_BASE32[self._last_id >> shift & 31] for shift in range(125, -1, -5))


_SELECT_SHEET: Final = "SELECT path, list_path, blob, sha256, size, renderer, written_at FROM sheet"


def _observation(row: tuple[Any, ...]) -> Observation:
    list_id, fingerprint, road, captured, seen_at, outcome = row
    return Observation(
        list_id=list_id,
        fingerprint=fingerprint,
        road=road,
        captured=captured,
        seen_at=seen_at,
        outcome=outcome,
    )


def _sheet(row: tuple[Any, ...]) -> Sheet:
    path, list_path, blob, sha256, size, renderer, written_at = row
    return Sheet(
        path=path,
        list_path=list_path,
        blob=blob,
        sha256=sha256,
        size=size,
        renderer=renderer,
        written_at=written_at,
    )
