from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tlgit.state.database import Event, Failure, Observation, Parsed, Sheet, State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class _Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.time = 1_700_000_000_000

    def __call__(self) -> int:
        return self.time


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def state(tmp_path: Path, clock: _Clock) -> Iterator[State]:
    with State(tmp_path / "state.db", now=clock) as state:
        yield state


def test_observations(state: State, clock: _Clock) -> None:
    for fingerprint in ("a", "a", "b", "a"):
        state.observe("2wrmg6f1", fingerprint, road="inbox", captured=5, outcome="merged")
        clock.time += 1000
    state.observe("other", "x", road="live", captured=None, outcome="refused")
    found = state.observations("2wrmg6f1")
    assert [one.fingerprint for one in found] == ["a", "b", "a"]
    assert found[-1] == Observation(
        list_id="2wrmg6f1",
        fingerprint="a",
        road="inbox",
        captured=5,
        seen_at=1_700_000_001_000,
        outcome="merged",
    )
    assert state.observations("2wrmg6f1", limit=1) == found[:1]
    assert state.last_observations() == {"2wrmg6f1": found[0], "other": state.observations("other")[0]}
    assert state.observations("nothing") == ()


def test_old_observations_are_forgotten(state: State) -> None:
    for number in range(120):
        state.observe("a", str(number), road="inbox", captured=None, outcome="merged")
    state.observe("b", "1", road="inbox", captured=None, outcome="merged")
    assert [one.fingerprint for one in state.observations("a", limit=1000)] == [
        str(n) for n in range(119, 69, -1)
    ]
    assert len(state.observations("b")) == 1


def test_events(state: State, clock: _Clock) -> None:
    made = [state.record_event("sync", f"lists/{number % 2}", held=number) for number in range(5)]
    clock.time -= 10_000
    made.append(state.record_event("started"))
    assert [event.id for event in made] == sorted({event.id for event in made})
    assert state.events() == tuple(reversed(made))
    assert state.events(limit=2) == (made[5], made[4])
    assert state.events(list_path="lists/1") == (made[3], made[1])
    assert state.events(after=made[2].id, before=made[5].id) == (made[4], made[3])
    assert made[0] == Event(
        id=made[0].id, time=1_700_000_000_000, kind="sync", list_path="lists/0", detail={"held": 0}
    )
    state.forget_events(before=1_700_000_000_000)
    assert state.events() == tuple(reversed(made[:5]))


def test_event_ids_sort_by_time(state: State, clock: _Clock, tmp_path: Path) -> None:
    first = state.record_event("a")
    clock.time += 1
    with State(tmp_path / "state.db", now=clock) as other:
        second = other.record_event("b")
    assert first.id < second.id
    assert len(first.id) == 26
    assert set(first.id) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_sheets(state: State) -> None:
    def sheet(path: str, list_path: str, blob: str = "b") -> Sheet:
        return Sheet(
            path=path, list_path=list_path, blob=blob, sha256="s", size=1, renderer="1", written_at=2
        )

    for one in (
        sheet("b.cue", "b"),
        sheet("/music/\udcff.cue", "a"),
        sheet("a.cue", "a"),
        sheet("b.cue", "b", "new"),
    ):
        state.put_sheet(one)
    assert {one.path: one for one in state.sheets()} == {
        "a.cue": sheet("a.cue", "a"),
        "b.cue": sheet("b.cue", "b", "new"),
        "/music/\udcff.cue": sheet("/music/\udcff.cue", "a"),
    }
    assert state.sheet("b.cue") == sheet("b.cue", "b", "new")
    assert {one.path for one in state.sheets("a")} == {"/music/\udcff.cue", "a.cue"}
    state.drop_sheet("/music/\udcff.cue")
    assert state.sheets("a") == (sheet("a.cue", "a"),)
    assert state.sheet("nothing") is None


def test_failures(state: State, clock: _Clock) -> None:
    state.put_failure("b", "old")
    clock.time += 1
    state.put_failure("b", "line 3: a tab")
    state.put_failure("a", "x")
    now = clock.time
    assert state.failures() == (
        Failure(path="a", reason="x", at=now),
        Failure(path="b", reason="line 3: a tab", at=now),
    )
    state.drop_failure("a")
    state.drop_failure("nothing")
    assert [one.path for one in state.failures()] == ["b"]


def test_parsed(state: State) -> None:
    def parsed(number: int, problem: str | None = None) -> Parsed:
        return Parsed(
            blob=f"{number:040x}",
            list_id=None if problem else "id",
            title="T",
            artist="A",
            date=None,
            tracks=3,
            unknown=1,
            problem=problem,
        )

    all_of_them = [parsed(number) for number in range(3000)] + [parsed(5000, "line 1")]
    state.put_parsed(all_of_them)
    assert state.parsed(one.blob for one in all_of_them) == {one.blob: one for one in all_of_them}
    assert state.parsed(["nothing", all_of_them[7].blob]) == {all_of_them[7].blob: all_of_them[7]}
    assert state.parsed([]) == {}
    state.keep_parsed([all_of_them[7].blob, "nothing"])
    assert list(state.parsed(one.blob for one in all_of_them)) == [all_of_them[7].blob]


def test_journal(state: State, tmp_path: Path, clock: _Clock) -> None:
    first = state.begin("sync", {"ref": "refs/heads/main", "paths": ["a"]})
    second = state.begin("rollback", {})
    with State(tmp_path / "state.db", now=clock) as next_run:
        assert next_run.unfinished() == (first, second)
        next_run.finish(first.id)
    assert state.unfinished() == (second,)
    assert first.payload == {"ref": "refs/heads/main", "paths": ["a"]}


def test_all_or_nothing(state: State) -> None:
    def work() -> None:
        with state.transaction():
            state.put_failure("a", "x")
            state.observe("a", "b", road="inbox", captured=None, outcome="merged")
            state.record_event("bad", reason=object())

    with pytest.raises(TypeError, match="not JSON"):
        work()
    assert state.failures() == ()
    assert state.observations("a") == ()
