from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tlgit.state import connection as module
from tlgit.state.connection import Connection, StateBusyError, StateDamagedError, StateError, StateNewerError

if TYPE_CHECKING:
    from pathlib import Path

_FIRST = "CREATE TABLE a (x TEXT PRIMARY KEY); CREATE TABLE b (y)"
_SECOND = "ALTER TABLE a ADD COLUMN z"


def test_migration(tmp_path: Path) -> None:
    path = tmp_path / "tlgit" / "state.db"
    old = Connection(path, [_FIRST])
    old.run("INSERT INTO a VALUES ('kept')")
    old.close()
    new = Connection(path, [_FIRST, _SECOND])
    assert new.run("SELECT * FROM a") == [("kept", None)]
    assert new.run("PRAGMA user_version") == [(2,)]
    assert new.run("PRAGMA journal_mode") == [("wal",)]
    new.close()
    with pytest.raises(StateNewerError, match="newer tlgit"):
        Connection(path, [_FIRST])


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    Connection(path, [_FIRST]).close()
    with pytest.raises(StateError, match="cannot be used"):
        Connection(path, [_FIRST, "CREATE TABLE c (x); CREATE NONSENSE"])
    again = Connection(path, [_FIRST])
    assert again.run("SELECT name FROM sqlite_schema WHERE name = 'c'") == []
    again.close()


def test_many_open_it_for_the_first_time(tmp_path: Path) -> None:
    def work(number: int) -> None:
        mine = Connection(tmp_path / "state.db", [_FIRST, _SECOND])
        mine.run("INSERT INTO a VALUES (?, NULL)", str(number))
        mine.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(16)))
    last = Connection(tmp_path / "state.db", [_FIRST, _SECOND])
    assert last.run("SELECT count(*) FROM a") == [(16,)]
    last.close()


@pytest.mark.parametrize("damage", ["garbage", "torn", "empty"])
def test_a_damaged_file_is_set_aside(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "state.db"
    first = Connection(path, [_FIRST])
    with first.transaction():
        for number in range(2000):
            first.run("INSERT INTO a VALUES (?)", f"{number:0100d}")
    first.close()
    whole = path.read_bytes()
    broken = {"garbage": b"not a database, whatever it is " * 50, "torn": whole[:5000], "empty": b""}[damage]
    path.write_bytes(broken)
    second = Connection(path, [_FIRST])
    assert second.run("SELECT * FROM a") == []
    second.close()
    aside = path.with_name("state.db.broken-1")
    assert aside.exists() == (damage != "empty")
    path.write_bytes(b"again not a database" * 100)
    Connection(path, [_FIRST]).close()
    assert path.with_name("state.db.broken-2" if damage != "empty" else "state.db.broken-1").exists()


def test_damage_while_it_is_open(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    first = Connection(path, [_FIRST])
    # More than the page cache holds, so that the second reader has to look at the file again.
    first.run(
        "INSERT INTO a WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < 40000)"
        " SELECT printf('%0100d', v) FROM n"
    )
    first.close()
    second = Connection(path, [_FIRST])
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * 4_000_000)
    with pytest.raises(StateDamagedError):
        second.run("SELECT sum(length(x)) FROM a NOT INDEXED")
    second.close()
    third = Connection(path, [_FIRST])
    assert third.run("SELECT * FROM a") == []
    third.close()


def test_transaction(tmp_path: Path) -> None:
    one = Connection(tmp_path / "state.db", [_FIRST])
    with one.transaction(), one.transaction():
        one.run("INSERT INTO a VALUES ('1')")
    with pytest.raises(StateError), one.transaction():
        one.run("INSERT INTO a VALUES ('2'), ('1')")
    assert one.run("SELECT x FROM a") == [("1",)]
    one.close()


def test_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BUSY_SECONDS", 0.05)
    one, two = (Connection(tmp_path / "state.db", [_FIRST]) for _ in range(2))
    with one.transaction(), pytest.raises(StateBusyError, match="locked by another"):
        two.run("INSERT INTO a VALUES ('1')")
    one.close()
    two.close()


def test_other_failures(tmp_path: Path) -> None:
    one = Connection(tmp_path / "state.db", [_FIRST])
    with pytest.raises(StateError, match="no such table"):
        one.run("SELECT * FROM missing")
    with pytest.raises(sqlite3.ProgrammingError):
        one.run("SELECT ?")
    one.close()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StateError, match="cannot be made"):
        Connection(tmp_path / "file" / "state.db", [_FIRST])
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(StateError):
        Connection(tmp_path / "folder.db", [_FIRST])


@pytest.mark.parametrize("text", ["", "plain", "Tiësto", "\udcff.cue", "\ud800", "a\0b", "é\udcfe"])
def test_texts_come_back(tmp_path: Path, text: str) -> None:
    one = Connection(tmp_path / "state.db", [_FIRST])
    one.run("INSERT INTO a VALUES (?)", text)
    assert one.run("SELECT x FROM a WHERE x = ?", text) == [(text,)]
    one.close()
