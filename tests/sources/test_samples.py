"""The two sample pages that the demonstration reads: one invented set, three months apart."""

from __future__ import annotations

from importlib import resources

from tlgit.sources.guard import check_update
from tlgit.sources.read import parse
from tlgit.sources.snapshot import Snapshot


def sample(name: str) -> Snapshot:
    data = resources.files("tlgit").joinpath("samples", name).read_bytes()
    found = parse(data, name=name)
    assert isinstance(found, Snapshot), found
    assert not found.warnings
    return found


def test_both_editions_are_whole() -> None:
    first, second = sample("set-2026-05.html"), sample("set-2026-08.html")
    assert (first.rows, second.rows) == (19, 20)
    tracks = first.tracklist.tracks
    assert sum(one.with_previous for one in tracks) == 4
    assert sum(not one.with_previous for one in tracks) == 12
    assert sum(one.is_unknown for one in tracks) == 2
    assert [len(one.parts) for one in tracks if one.parts] == [3]
    assert [one.section for one in tracks if one.section] == ["Sunset Hour:"]
    assert all(one.ref for one in tracks)


def test_the_second_edition_changes_what_the_demonstration_shows() -> None:
    first, second = sample("set-2026-05.html"), sample("set-2026-08.html")
    assert first.list_id == second.list_id
    old = {one.ref: one for one in first.tracklist.tracks}
    changes = [
        (old[one.ref], one) for one in second.tracklist.tracks if one.ref in old and old[one.ref] != one
    ]
    assert sum(before.is_unknown and not after.is_unknown for before, after in changes) == 1
    assert sum(not before.is_unknown and before.title != after.title for before, after in changes) == 1
    assert sum(before.title == after.title and before.label != after.label for before, after in changes) == 1
    assert sum(before.start != after.start for before, after in changes) == 1
    assert len(changes) == 4
    assert len([one for one in second.tracklist.tracks if one.ref not in old]) == 1
    assert check_update(first.tracklist, second, frozenset({"2zq4tdl9"})) == ()
