from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.builders import (
    FIRST,
    PATH,
    REVIEW,
    SECOND,
    SHEET,
    Sets,
    changed,
    clone,
    make_sets,
    sample,
    snapshot,
)
from tlgit.errors import DataError, UsageError
from tlgit.merge.decision import Choice
from tlgit.ops.decide import Decided, UnknownItemError, decide
from tlgit.ops.review import read_reviews
from tlgit.ops.take import Outcome
from tlgit.ops.waiting import Item, Waiting, read_waiting
from tlgit.ops.workspace import Workspace
from tlgit.sources.guard import GuardKind, GuardLevel

if TYPE_CHECKING:
    from pathlib import Path

    from tlgit.sources.snapshot import Snapshot


@pytest.fixture
def sets(tmp_path: Path) -> Sets:
    sets = make_sets(tmp_path / "sets")
    sets.take(FIRST)
    return sets


DAY = 24 * 3600


class Clock:
    """The time that tlgit sees."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.seconds = 1_800_000_000
        patch.setattr(Workspace, "now", staticmethod(lambda: self.seconds * 1000))

    def wait(self, *, days: int = 0, hours: int = 0) -> None:
        self.seconds += days * DAY + hours * 3600


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def named(base: Snapshot, title: str) -> str:
    return next(track.ref or "" for track in base.tracklist.tracks if track.title == title)


def renamed(base: Snapshot, title: str, new: str) -> Snapshot:
    """The page with another title for one track: rated 0.3 when it is quite another one."""
    return changed(base, named(base, title), title=new)


def risky() -> Snapshot:
    """One safe change (a version added) and one that is doubtful (another title)."""
    return renamed(renamed(sample(), "Copper Sky", "Copper Sky (VIP Mix)"), "Last Ferry Home", "Quiet Engine")


def waiting_of(sets: Sets, number: int = 0) -> Waiting:
    with Workspace.open(sets.root) as workspace:
        return read_waiting(workspace, read_reviews(workspace)[number])


def item_of(sets: Sets, value: str) -> Item:
    return next(item for item in waiting_of(sets).items if item.proposed == value)


def choose(sets: Sets, choices: dict[str, Choice], number: int = 0) -> Decided:
    with Workspace.open(sets.root) as workspace:
        return decide(workspace, read_reviews(workspace)[number], choices)


def choose_all(sets: Sets, side: str) -> Decided:
    return choose(sets, {item.id: Choice(side) for item in waiting_of(sets).items})


def conflicting(sets: Sets) -> None:
    sets.edit(("title: Cassiopea", "title: Cassiopeia (Live)"))
    sets.commit()
    sets.take(SECOND)


def test_what_is_safe_lands_and_what_is_risky_waits(sets: Sets) -> None:
    report = sets.take(risky())
    (taken,) = report.taken
    assert (taken.outcome, taken.review) == (Outcome.REVIEW, REVIEW)
    assert [(one.key, one.value) for one in taken.doubtful] == [("title", 0.3)]
    assert "title: Copper Sky (VIP Mix)\n" in sets.read()
    assert "title: Last Ferry Home\n" in sets.read()
    assert "title: Quiet Engine\n" in sets.shown(REVIEW)
    assert "title: Last Ferry Home\n" in sets.shown("upstream")
    assert "Tlgit-Confidence: 0.93" in sets.git("log", "-1", "--format=%B", "upstream")
    assert "Tlgit-Confidence: 0.3" in sets.git("log", "-1", "--format=%B", REVIEW)
    before = sets.state()
    assert not sets.take(risky()).is_settled
    assert sets.state() == before
    sets.check()


def test_an_item_tells_all_that_is_needed_to_decide(sets: Sets) -> None:
    sets.take(risky())
    waiting = waiting_of(sets)
    (item,) = waiting.items
    number = next(n for n, t in enumerate(sample().tracklist.tracks, 1) if t.title == "Last Ferry Home")
    assert (item.path, item.key, item.reason) == (f"tracks[{number}].title", "title", "doubtful")
    assert (item.current, item.proposed, item.base) == ("Last Ferry Home", "Quiet Engine", "Last Ferry Home")
    assert item.name.endswith("Last Ferry Home")
    assert item.rating is not None
    assert [factor.words for factor in item.rating.factors][1] == "another name"
    assert (item.recommended, item.is_automatic, item.decision) == ("ours", False, None)
    assert waiting.confidence == 0.3
    assert waiting_of(sets).items == waiting.items


def test_rejected_never_comes_back(sets: Sets) -> None:
    sets.take(risky())
    text = sets.read()
    decided = choose_all(sets, "ours")
    assert (decided.path, decided.left) == (PATH, ())
    assert sets.read() == text
    assert not sets.has(REVIEW)
    message = sets.git("log", "-1", "--format=%B")
    assert "Tlgit-Action: resolve" in message
    assert "Tlgit-Resolution: ours" in message
    assert "Tlgit-Resolution: ours" in sets.git("log", "-1", "--format=%B", "upstream")
    before = sets.state()
    report = sets.take(risky())
    assert (report.taken[0].outcome, report.is_settled) == (Outcome.UNCHANGED, True)
    assert sets.state() == before
    later = renamed(risky(), "Ljós", "Ljós (Live)")
    assert sets.take(later).is_settled
    assert "title: Last Ferry Home\n" in sets.read()
    assert "title: Ljós (Live)\n" in sets.read()
    sets.check()


def test_accepted_is_as_if_it_had_come(sets: Sets) -> None:
    sets.take(risky())
    choose_all(sets, "theirs")
    assert "title: Quiet Engine\n" in sets.read()
    assert "Quiet Engine" in sets.read(SHEET)
    assert sets.read() == sets.shown("upstream")
    assert sets.git("status", "--porcelain") == ""
    before = sets.state()
    assert sets.take(risky()).taken[0].outcome is Outcome.UNCHANGED
    assert sets.state() == before
    sets.check()


@pytest.mark.parametrize("is_conflict", [True, False])
def test_accepting_is_the_same_as_merging_by_hand(sets: Sets, tmp_path: Path, is_conflict: bool) -> None:
    if is_conflict:
        conflicting(sets)
    else:
        sets.edit(("title: Ljós", "title: Ljós (mine)"))
        sets.take(risky())
    other = clone(sets, tmp_path / "clone")
    other.git("branch", "upstream", "origin/upstream")
    other.git("branch", REVIEW, f"origin/{REVIEW}")
    other.git("merge", "--quiet", "--no-edit", REVIEW, code=None)
    if is_conflict:
        text = other.read()
        start, middle, end = (text.index(mark) for mark in ("<<<<<<<", "=======", ">>>>>>>"))
        theirs = text[text.index("\n", middle) + 1 : end]
        other.write(text[:start] + theirs + text[text.index("\n", end) + 1 :])
        other.commit("resolved")
    choose_all(sets, "theirs")
    assert other.read() == sets.read()
    assert other.take().settled == (REVIEW,)
    assert other.shown("upstream") == sets.shown("upstream")
    for one in (sets, other):
        assert one.take(SECOND if is_conflict else risky()).is_settled
        one.check()


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Choice("ours"), "Cassiopeia (Live)"),
        (Choice("theirs"), "Cassiopeia"),
        (Choice("base"), "Cassiopea"),
        (Choice("value", "Cassiopeia (Third)"), "Cassiopeia (Third)"),
    ],
)
def test_conflict_decided(sets: Sets, choice: Choice, expected: str) -> None:
    conflicting(sets)
    (item,) = waiting_of(sets).items
    assert (item.reason, item.current, item.proposed) == ("changed", "Cassiopeia (Live)", "Cassiopeia")
    decided = choose(sets, {item.id: choice})
    assert decided.left == ()
    assert f"title: {expected}\n" in sets.read()
    assert f"Tlgit-Resolution: {choice.side}" in sets.git("log", "-1", "--format=%B")
    assert not sets.has(REVIEW)
    assert sets.take(SECOND).taken[0].outcome is Outcome.UNCHANGED
    assert f"title: {expected}\n" in sets.read()
    sets.check()


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Choice("value", "Third Engine"), "    title: Third Engine\n"),
        (Choice("base"), "    title: Last Ferry Home\n"),
    ],
)
def test_doubtful_change_decided_otherwise(sets: Sets, choice: Choice, expected: str) -> None:
    sets.take(risky())
    (item,) = waiting_of(sets).items
    assert choose(sets, {item.id: choice}).left == ()
    assert expected in sets.read()
    assert sets.take(risky()).taken[0].outcome is Outcome.UNCHANGED
    assert expected in sets.read()


def test_one_of_several(sets: Sets) -> None:
    sets.edit(("title: Cassiopea", "title: Cassiopeia (Live)"))
    sets.commit()
    page = renamed(renamed(sample(SECOND), "Last Ferry Home", "Quiet Engine"), "Ljós", "Another Night")
    sets.take(page)
    waiting = waiting_of(sets)
    assert sorted(str(item.proposed) for item in waiting.items) == [
        "Another Night",
        "Cassiopeia",
        "Quiet Engine",
    ]
    decided = choose(sets, {item_of(sets, "Quiet Engine").id: Choice("ours")})
    left = [item for item in waiting.items if item.proposed != "Quiet Engine"]
    assert set(decided.left) == {item.id for item in left}
    assert waiting_of(sets).since == waiting.since
    before = sets.state()
    sets.take(page)
    assert sets.state() == before
    decided = choose(sets, {item_of(sets, "Cassiopeia").id: Choice("theirs")})
    assert len(decided.left) == 1
    assert "title: Cassiopeia\n" in sets.read()
    choose_all(sets, "theirs")
    assert "title: Another Night\n" in sets.read()
    assert "title: Last Ferry Home\n" in sets.read()
    assert not sets.has(REVIEW)
    sets.check()


def test_whole_tracks(sets: Sets) -> None:
    """Tracks that the page no longer has, one that the user has edited; a track cannot be set to a value."""
    sets.edit(("title: Ljós", "title: Ljós (mine)"))
    base = sample()
    gone = {named(base, "Ljós"), named(base, "Copper Sky")}
    tracks = tuple(track for track in base.tracklist.tracks if track.ref not in gone)
    page = replace(base, tracklist=replace(base.tracklist, tracks=tracks))
    sets.take(page)
    items = {item.name.partition(" - ")[2]: item for item in waiting_of(sets).items}
    assert {name: item.reason for name, item in items.items()} == {
        "Ljós (mine)": "deleted",
        "Copper Sky": "doubtful",
    }
    assert items["Copper Sky"].words == "gone"
    with pytest.raises(UsageError, match="as a whole"):
        choose(sets, {items["Copper Sky"].id: Choice("value", "X")})
    choose(sets, {items["Copper Sky"].id: Choice("theirs"), items["Ljós (mine)"].id: Choice("ours")})
    assert "Copper Sky" not in sets.read()
    assert "title: Ljós (mine)\n" in sets.read()
    assert not sets.has(REVIEW)
    assert sets.take(page).taken[0].outcome is Outcome.UNCHANGED
    sets.check()


def test_unknown_id_is_the_callers_mistake(sets: Sets) -> None:
    sets.take(risky())
    before = sets.state()
    with pytest.raises(UnknownItemError):
        choose(sets, {"0123456789ab": Choice("ours")})
    assert sets.state() == before


def test_later_page_updates_what_waits(sets: Sets) -> None:
    sets.take(risky())
    later = renamed(sample(), "Last Ferry Home", "Third Engine")
    later = renamed(later, "Copper Sky", "Copper Sky (VIP Mix)")
    sets.take(later)
    assert [item.proposed for item in waiting_of(sets).items] == ["Third Engine"]
    back = renamed(sample(), "Copper Sky", "Copper Sky (VIP Mix)")
    assert sets.take(back).is_settled
    assert not sets.has(REVIEW)
    assert sets.take(back).taken[0].outcome is Outcome.UNCHANGED


def test_user_who_writes_the_same_has_decided(sets: Sets) -> None:
    sets.take(risky())
    sets.edit(("title: Last Ferry Home", "title: Quiet Engine"))
    report = sets.take()
    assert (report.settled, report.is_settled) == ((REVIEW,), True)
    assert "title: Quiet Engine\n" in sets.shown("upstream")
    assert sets.take(risky()).taken[0].outcome is Outcome.UNCHANGED


def test_two_reviews_at_once(sets: Sets) -> None:
    first = snapshot()
    sets.take(first)
    second = replace(
        first,
        tracklist=replace(
            first.tracklist,
            tracks=tuple(
                replace(track, title="Other Thing") if n == 2 else track
                for n, track in enumerate(first.tracklist.tracks)
            ),
        ),
    )
    report = sets.take(risky(), second)
    assert [taken.outcome for taken in report.taken] == [Outcome.REVIEW, Outcome.REVIEW]
    with Workspace.open(sets.root) as workspace:
        reviews = read_reviews(workspace)
        waiting = [read_waiting(workspace, review) for review in reviews]
        assert [len(one.items) for one in waiting] == [1, 1]
        decide(workspace, reviews[0], {waiting[0].items[0].id: Choice("theirs")})
        assert [read_waiting(workspace, one).items for one in read_reviews(workspace)] == [waiting[1].items]
        decide(workspace, reviews[1], {waiting[1].items[0].id: Choice("ours")})
        assert not read_reviews(workspace)
    before = sets.state()
    assert sets.take(risky(), second).is_settled
    assert sets.state() == before
    sets.check()


def test_list_that_the_user_has_renamed(sets: Sets) -> None:
    (sets.root / "tracklists/mine").mkdir()
    sets.git("mv", PATH, "tracklists/mine/harbour.yaml")
    sets.commit()
    sets.take(risky())
    decided = choose_all(sets, "theirs")
    assert decided.path == "tracklists/mine/harbour.yaml"
    assert "title: Quiet Engine\n" in sets.read("tracklists/mine/harbour.yaml")
    assert sets.take(risky()).taken[0].outcome is Outcome.UNCHANGED
    sets.check()


def test_file_that_cannot_be_merged_now_is_left_alone(sets: Sets) -> None:
    sets.take(risky())
    choices = {item.id: Choice("theirs") for item in waiting_of(sets).items}
    text = sets.read()
    sets.write("title: [\n")
    before = sets.state()
    with pytest.raises(DataError):
        choose(sets, choices)
    assert sets.state() == before
    sets.write(text)
    choose(sets, choices)
    assert "title: Quiet Engine\n" in sets.read()


def test_edits_are_committed_first(sets: Sets) -> None:
    sets.take(risky())
    choices = {item.id: Choice("theirs") for item in waiting_of(sets).items}
    sets.edit(("title: Ljós", "title: Ljós (mine)"))
    choose(sets, choices)
    assert "title: Ljós (mine)\n" in sets.read()
    assert "title: Quiet Engine\n" in sets.read()
    assert sets.git("log", "-1", "--format=%s", "HEAD^1").startswith("edit: ")
    sets.check()


POINTS = ("land-file", "land-index", "land-ref", "landed", "decided", "upstream-ref", "upstream-moved")


@pytest.mark.parametrize(
    ("point", "side"),
    # Keeping one's own changes no file.
    [(point, side) for side in ("ours", "theirs", "value") for point in POINTS[side == "ours" :]],
)
def test_killed_anywhere_the_next_run_completes_it(
    sets: Sets, monkeypatch: pytest.MonkeyPatch, point: str, side: str
) -> None:
    class Killed(BaseException):
        pass

    def kill(name: str) -> None:
        if name == point:
            raise Killed

    sets.take(risky())
    value = "Mine" if side == "value" else None
    choices = {item.id: Choice(side, value) for item in waiting_of(sets).items}
    with monkeypatch.context() as patch:
        for module in ("decide", "landing", "upstream"):
            patch.setattr(f"tlgit.ops.{module}.failpoint", kill)
        with pytest.raises(Killed):
            choose(sets, choices)
    report = sets.take()
    if sets.has(REVIEW):
        # Nothing had landed: it is still to decide.
        assert choose(sets, choices).left == ()
    expected = {"theirs": "Quiet Engine", "ours": "Last Ferry Home", "value": "Mine"}[side]
    assert f"title: {expected}\n" in sets.read()
    assert "title: Quiet Engine\n" in sets.shown("upstream")
    assert sets.take(risky()).taken[0].outcome is Outcome.UNCHANGED
    assert f"title: {expected}\n" in sets.read()
    assert sets.git("status", "--porcelain") == ""
    assert report.is_settled or report.reviews
    sets.check()


def test_decision_of_another_clone(sets: Sets, tmp_path: Path, clock: Clock) -> None:
    """What was decided there, and came with a pull, is decided here; what is left there is left here."""
    page = renamed(risky(), "Ljós", "Another Night")
    sets.take(page)
    other = clone(sets, tmp_path / "clone")
    other.git("branch", "upstream", "origin/upstream")
    other.git("branch", REVIEW, f"origin/{REVIEW}")
    choose(sets, {item_of(sets, "Quiet Engine").id: Choice("ours")})
    clock.wait(hours=1)
    other.git("pull", "--quiet", "--ff-only", "origin", "main")
    assert other.take().reviews == (REVIEW,)
    assert other.at("upstream") == sets.at("upstream")
    assert [item.proposed for item in waiting_of(other).items] == ["Another Night"]
    clock.wait(hours=1)
    choose_all(sets, "theirs")
    other.git("pull", "--quiet", "--ff-only", "origin", "main")
    report = other.take()
    assert (report.settled, report.reviews) == ((REVIEW,), ())
    assert other.take(page).taken[0].outcome is Outcome.UNCHANGED
    other.check()


def test_forced_page_takes_what_is_doubtful(sets: Sets) -> None:
    sets.take(risky())
    assert sets.take(risky(), force=True).is_settled
    assert "title: Quiet Engine\n" in sets.read()
    assert not sets.has(REVIEW)


def test_page_in_doubt_waits_as_a_whole(sets: Sets) -> None:
    base = sample()
    tracks = tuple(
        track for n, track in enumerate(base.tracklist.tracks) if track.title == "Copper Sky" or n % 3 != 1
    )
    page = renamed(
        replace(base, tracklist=replace(base.tracklist, tracks=tracks)), "Copper Sky", "Copper Sky (VIP)"
    )
    before = (sets.read(), sets.at("upstream"))
    (taken,) = sets.take(page).taken
    assert taken.outcome is Outcome.REVIEW
    assert {finding.level for finding in taken.findings} == {GuardLevel.DOUBT}
    assert (sets.read(), sets.at("upstream")) == before
    waiting = waiting_of(sets)
    assert [(f.kind, f.sentence) for f in waiting.findings] == [(f.kind, f.sentence) for f in taken.findings]
    assert not any(item.is_automatic for item in waiting.items if item.recommended == "theirs")
    mended = renamed(base, "Copper Sky", "Copper Sky (VIP)")
    assert sets.take(mended).is_settled
    assert "title: Copper Sky (VIP)\n" in sets.read()


def test_quarrel_is_held(sets: Sets) -> None:
    one, other = (renamed(sample(), "Copper Sky", f"Copper Sky ({word})") for word in ("Live", "Edit"))
    for page in (one, other, one, other):
        assert sets.take(page).is_settled
    (taken,) = sets.take(one).taken
    assert [finding.kind for finding in taken.findings] == [GuardKind.FLAPPING]


def test_slow_losses_are_seen(sets: Sets) -> None:
    """One label less each time, forced or decided by nobody: compared with the fullest version they are many."""
    page = sample()
    found: list[GuardKind] = []
    for track in [track for track in page.tracklist.tracks if track.label][:6]:
        page = changed(page, track.ref or "", label=None)
        (taken,) = sets.take(page).taken
        found += (finding.kind for finding in taken.findings)
        sets.take(page, force=True)
    assert GuardKind.WORN in found


def settings(sets: Sets, text: str) -> None:
    sets.write(text, "tlgit.yaml")
    sets.commit("settings")


@pytest.mark.parametrize(
    ("setting", "expected"),
    [("", "Cassiopeia (Live)"), ("review:\n  on_timeout: theirs\n", "Cassiopeia")],
)
def test_after_seven_days_the_settings_decide(sets: Sets, clock: Clock, setting: str, expected: str) -> None:
    settings(sets, setting)
    conflicting(sets)
    clock.wait(days=6, hours=23)
    before = sets.state()
    assert sets.take().reviews == (REVIEW,)
    assert sets.state() == before
    clock.wait(hours=1)
    report = sets.take()
    (expired,) = report.expired
    assert (expired.branch, expired.path, expired.count) == (REVIEW, PATH, 1)
    assert report.is_settled
    assert f"title: {expected}\n" in sets.read()
    assert expected in sets.read(SHEET)
    assert "Tlgit-Resolution: timeout" in sets.git("log", "-1", "--format=%B")
    assert sets.git("status", "--porcelain") == ""
    assert sets.take(SECOND).taken[0].outcome is Outcome.UNCHANGED
    sets.check()


@pytest.mark.parametrize("setting", ["review:\n  on_timeout: keep\n", "review:\n  timeout: never\n"])
def test_it_can_wait_for_ever(sets: Sets, clock: Clock, setting: str) -> None:
    settings(sets, setting)
    conflicting(sets)
    clock.wait(days=400)
    assert sets.take().reviews == (REVIEW,)


def test_what_is_new_begins_to_wait_now(sets: Sets, clock: Clock) -> None:
    conflicting(sets)
    since = clock.seconds
    clock.wait(days=3)
    sets.take(snapshot())
    sets.take(SECOND)
    assert waiting_of(sets).since == since
    clock.wait(days=3)
    sets.take(renamed(sample(SECOND), "Last Ferry Home", "Quiet Engine"))
    assert waiting_of(sets).since == since + 6 * DAY
    clock.wait(days=6)
    assert sets.take().reviews == (REVIEW,)
    clock.wait(days=1)
    assert sets.take().reviews == ()


def test_file_that_cannot_be_merged_goes_on_waiting(sets: Sets, clock: Clock) -> None:
    conflicting(sets)
    clock.wait(days=8)
    text = sets.read()
    sets.write("title: [\n")
    report = sets.take()
    assert (report.expired, report.reviews) == ((), (REVIEW,))
    sets.write(text)
    assert len(sets.take().expired) == 1


def test_seen_again_a_change_grows_surer(sets: Sets, clock: Clock) -> None:
    """A start moved by 25 seconds is rated 0.88; an hour later, served anew, 0.91."""
    base = sample()
    ref = named(base, "Last Ferry Home")
    start = next(track.start for track in base.tracklist.tracks if track.ref == ref) or 0
    page = changed(base, ref, start=start + 25_000)
    assert sets.take(replace(page, captured=clock.seconds)).taken[0].outcome is Outcome.REVIEW
    clock.wait(hours=2)
    assert sets.take(replace(page, captured=clock.seconds - 7200)).taken[0].outcome is Outcome.REVIEW
    assert sets.take(replace(page, captured=clock.seconds)).taken[0].outcome is Outcome.UPDATED
    assert not sets.has(REVIEW)
