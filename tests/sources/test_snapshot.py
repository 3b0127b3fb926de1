from __future__ import annotations

from dataclasses import replace

from tlgit.sources.snapshot import Refusal, RefusalKind, Snapshot
from tlgit.tracklist.model import Track, Tracklist

SNAPSHOT = Snapshot(
    tracklist=Tracklist(title="A set", tracks=(Track(ref="1", artist="Hollis", title="Ember"),)),
    list_id="2zq4tdl9",
    identified=frozenset({"1"}),
    rows=1,
)


def test_the_fingerprint_covers_content_only() -> None:
    print_of = SNAPSHOT.fingerprint
    assert len(print_of) == 64
    assert (
        replace(SNAPSHOT, captured=5, last_edit="2026-05-11 08:15:30", warnings=("x",)).fingerprint
        == print_of
    )
    assert replace(SNAPSHOT, identified=frozenset()).fingerprint != print_of
    renamed = replace(SNAPSHOT.tracklist, title="Another set")
    assert replace(SNAPSHOT, tracklist=renamed).fingerprint != print_of
    timed = replace(SNAPSHOT.tracklist, tracks=(replace(SNAPSHOT.tracklist.tracks[0], start=0),))
    assert replace(SNAPSHOT, tracklist=timed).fingerprint != print_of


def test_every_refusal_is_told_apart_and_has_an_exit_code() -> None:
    assert len({kind.label for kind in RefusalKind}) == len(RefusalKind)
    assert {kind.exit_code for kind in RefusalKind} == {3, 5}
    assert Refusal(RefusalKind.DECOY, "s.", "h").exit_code == 5
