from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest

from tests.builders import Sets, tool_environment
from tlgit.git import history as module
from tlgit.git.command import GitProgram
from tlgit.git.history import History, Side, git_origins, merge_sides
from tlgit.merge.provenance import Stamp
from tlgit.merge.slots import Slot

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tlgit.merge.policy import Origin

PATH: Final = "tracklists/a night.yaml"
SLOT: Final = Slot(1, 1, 1)
START: Final = 1_700_000_000

PAGE: Final = {"Tlgit-Action": "update", "Tlgit-Source": "1001tracklists", "Tlgit-Road": "page"}
EXPORT: Final = PAGE | {"Tlgit-Road": "export"}
BASE: Final = """\
title: Night
tracks:
  - start: "0:00"
    artist: Ada
    title: Alpha
  - start: "4:00"
    artist: Brook
    title: Beta
"""


def with_label(label: str, text: str = BASE) -> str:
    return f"{text}    label: {label}\n"


def with_title(title: str, text: str = BASE) -> str:
    return text.replace("Night", title)


@dataclass
class Story:
    """A repository in which each commit is made at the second that it says."""

    sets: Sets
    patch: pytest.MonkeyPatch

    def commit(
        self, second: int, text: str, path: str = PATH, trailers: Mapping[str, str] | None = None
    ) -> str:
        self.sets.write(text, path)
        return self.commit_all(second, trailers)

    def commit_all(self, second: int, trailers: Mapping[str, str] | None = None) -> str:
        self.at(second)
        self.sets.git("add", "--all")
        lines = [f"{key}: {value}" for key, value in (trailers or {}).items()]
        self.sets.git("commit", "--quiet", "--allow-empty", "-m", "\n".join([f"at {second}", "", *lines]))
        return self.sets.at("HEAD")

    def at(self, second: int) -> None:
        self.patch.setenv("GIT_COMMITTER_DATE", f"{START + second} +0000")

    def branch(self, name: str, start: str = "main") -> None:
        self.sets.git("switch", "--quiet", "--create", name, start)

    def switch(self, name: str) -> None:
        self.sets.git("switch", "--quiet", name)

    def merge(self, second: int, *names: str) -> str:
        """Merge with whatever text stands in the file afterwards, committed."""
        self.at(second)
        self.sets.git("merge", "--quiet", "--no-ff", "--no-edit", *names)
        return self.sets.at("HEAD")

    def side(self, branch: str, path: str = PATH, pending: Stamp | None = None) -> Side:
        return Side(self.sets.at(branch), path, self.sets.shown(branch, path).encode(), pending)

    def origins(
        self, key: str = "label", slot: Slot | None = SLOT, ours: str = "main", theirs: str = "theirs"
    ) -> tuple[Origin, Origin] | None:
        return git_origins(self.program, self.side(ours), self.side(theirs))(slot, key)

    def times(
        self, key: str = "label", slot: Slot | None = SLOT, ours: str = "main", theirs: str = "theirs"
    ) -> tuple[int | None, int | None] | None:
        """When both sides last set a field, in seconds since the story began."""
        found = self.origins(key, slot, ours, theirs)
        if found is None:
            return None
        first, second = (None if one.time is None else one.time - START for one in found)
        return first, second

    @property
    def program(self) -> GitProgram:
        return GitProgram(folder=self.sets.root)


@pytest.fixture
def story(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Story:
    made = Story(Sets(repository), monkeypatch)
    made.commit(0, BASE)
    made.branch("theirs")
    made.switch("main")
    return made


def test_the_last_change_of_each_side(story: Story) -> None:
    story.commit(10, with_label("OURS"))
    story.commit(20, with_title("Late", with_label("OURS")))
    story.switch("theirs")
    story.commit(5, with_label("FIRST"), trailers=PAGE)
    story.commit(15, with_label("THEIRS"), trailers=PAGE)
    story.commit(25, with_title("Later", with_label("THEIRS")), trailers=EXPORT)
    assert story.times() == (10, 15)
    assert story.times("title", None) == (20, 25)


def test_confidence_by_source(story: Story) -> None:
    story.commit(10, with_label("HAND"))
    story.switch("theirs")
    story.commit(5, with_label("PAGE"), trailers=PAGE)
    story.commit(15, with_title("Export", with_label("PAGE")), trailers=EXPORT)
    label, title = story.origins(), story.origins("title", None)
    assert label is not None
    assert label[0].confidence is not None
    assert label[1].confidence is not None
    assert label[0].confidence > label[1].confidence
    assert title is None, "ours has not changed it since the two parted"


def test_what_both_have_has_no_origin(story: Story) -> None:
    story.commit(10, with_label("OURS"))
    story.switch("theirs")
    story.commit(15, with_title("Theirs"))
    assert story.times() is None
    assert story.times("title", None) is None


def test_rows_are_followed(story: Story) -> None:
    story.commit(10, with_label("OURS"))
    text = with_label("OURS").replace("tracks:\n", "tracks:\n  - artist: New\n    title: First\n")
    story.commit(20, text)
    story.switch("theirs")
    story.commit(15, with_label("THEIRS"))
    assert story.times(slot=Slot(1, 2, 1)) == (10, 15)
    assert story.times(slot=Slot(None, 0, None)) is None


def test_a_branch_that_was_merged_keeps_its_time_and_source(story: Story) -> None:
    story.branch("laptop")
    story.commit(10, with_label("LAPTOP"), trailers=PAGE)
    story.switch("main")
    story.commit(20, with_title("Ours"))
    story.merge(30, "laptop")
    story.switch("theirs")
    story.commit(15, with_title("Theirs", with_label("THEIRS")))
    assert story.times() == (10, 15)
    assert story.times("title", None) == (20, 15)


def test_what_was_merged_from_the_other_side_is_not_its_own(story: Story) -> None:
    story.switch("theirs")
    story.commit(10, with_label("BOTH"))
    story.switch("main")
    story.commit(20, with_title("Ours"))
    story.merge(30, "theirs")
    story.switch("theirs")
    story.commit(40, with_label("LATER"))
    assert story.times() is None
    story.switch("main")
    story.commit(50, with_title("Ours", with_label("MINE")))
    assert story.times() == (50, 40)


def test_a_value_that_the_merge_itself_set(story: Story) -> None:
    story.branch("laptop")
    story.commit(10, with_label("LAPTOP"))
    story.switch("main")
    story.commit(20, with_label("DESK"))
    story.at(30)
    story.sets.git("merge", "--quiet", "laptop", code=1)
    story.commit(30, with_label("BOTH"))
    story.switch("theirs")
    story.commit(15, with_label("THEIRS"))
    assert story.times() == (30, 15)


def test_criss_cross(story: Story) -> None:
    story.commit(10, with_title("Ours"))
    story.switch("theirs")
    story.commit(20, with_label("THEIRS"))
    story.sets.git("branch", "theirs-before")
    story.sets.git("merge", "--quiet", "--no-edit", "main")
    story.switch("main")
    story.merge(30, "theirs-before")
    story.commit(40, with_title("Ours", with_label("MINE")))
    story.switch("theirs")
    assert story.times() is None, "theirs is what both bases have"
    story.commit(50, with_title("Ours", with_label("OTHER")))
    assert story.times() == (40, 50)


@pytest.mark.parametrize("is_edited", [False, True])
def test_renames_are_followed(story: Story, is_edited: bool) -> None:
    story.sets.write("title: Another\n", "tracklists/0.yaml")
    story.commit(10, with_label("OURS"))
    story.sets.git("mv", "tracklists/0.yaml", "tracklists/1.yaml")
    story.sets.git("mv", PATH, "tracklists/b.yaml")
    if is_edited:
        story.sets.write(with_title("Renamed", with_label("OURS")), "tracklists/b.yaml")
    story.commit_all(20)
    story.sets.git("mv", "tracklists/b.yaml", 'tracklists/c\n"\u00e9.yaml')
    story.commit_all(30)
    story.switch("theirs")
    story.commit(15, with_label("THEIRS"))
    ours = story.side("main", 'tracklists/c\n"\u00e9.yaml')
    origins = git_origins(story.program, ours, story.side("theirs"))
    found = origins(SLOT, "label")
    assert found is not None
    assert [one.time for one in found] == [START + 10, START + 15]
    title = origins(None, "title")
    assert title is None


def test_the_other_side_does_not_know_the_new_path(story: Story) -> None:
    story.sets.git("mv", PATH, "tracklists/b.yaml")
    story.commit(10, with_label("OURS"), "tracklists/b.yaml")
    story.switch("theirs")
    story.commit(15, with_label("THEIRS"))
    ours, theirs = story.side("main", "tracklists/b.yaml"), story.side("theirs")
    found = git_origins(story.program, ours, theirs._replace(path="tracklists/b.yaml"))(SLOT, "label")
    assert found is not None
    assert [one.time for one in found] == [START + 10, START + 15]
    story.commit(20, with_label("THEIRS"), "tracklists/copy.yaml")
    ambiguous = story.side("theirs")._replace(path="tracklists/b.yaml")
    assert git_origins(story.program, ours, ambiguous)(SLOT, "label") is None


def test_many_renames_end(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_RENAMES", 1)
    story.commit(10, with_label("OURS"))
    path = PATH
    for n in range(3):
        story.sets.git("mv", path, f"tracklists/{n}.yaml")
        path = f"tracklists/{n}.yaml"
        story.commit_all(20 + n)
    story.switch("theirs")
    story.commit(15, with_label("THEIRS"))
    origins = git_origins(story.program, story.side("main", path), story.side("theirs"))
    assert origins(SLOT, "label") is None


def test_a_file_that_both_made(story: Story) -> None:
    story.commit(10, with_label("OURS"), "tracklists/new.yaml")
    story.commit(20, with_title("Ours", with_label("OURS")), "tracklists/new.yaml")
    story.switch("theirs")
    story.commit(15, with_label("THEIRS"), "tracklists/new.yaml")
    ours, theirs = (story.side(branch, "tracklists/new.yaml") for branch in ("main", "theirs"))
    found = git_origins(story.program, ours, theirs)(SLOT, "label")
    assert found is not None
    assert [one.time for one in found] == [START + 10, START + 15]


def test_a_file_deleted_and_made_again(story: Story) -> None:
    story.commit(10, with_label("OURS"))
    story.sets.git("rm", "--quiet", PATH)
    story.commit_all(20)
    story.commit(30, with_label("OURS"))
    story.switch("theirs")
    story.commit(15, with_label("THEIRS"))
    assert story.times() == (30, 15)


def test_broken_versions_are_passed_over(story: Story) -> None:
    story.commit(10, with_label("OURS"))
    story.commit(20, "title: [\n")
    story.commit(30, with_label("OURS"))
    story.switch("theirs")
    story.commit(15, with_label("THEIRS"))
    assert story.times() == (10, 15)


def test_bytes_that_are_not_committed(story: Story) -> None:
    story.commit(10, with_label("OURS"))
    story.switch("theirs")
    story.commit(15, with_label("THEIRS"))
    ours = story.side("main")
    waiting = with_title("Waiting", with_label("THEIRS")).encode()
    theirs = story.side("theirs")._replace(data=waiting)
    assert git_origins(story.program, ours, theirs)(SLOT, "label") is None, "nobody says whose they are"
    pending = git_origins(story.program, ours, theirs._replace(pending=Stamp(START + 99, PAGE)))
    found = pending(SLOT, "label")
    assert found is not None
    assert [one.time for one in found] == [START + 10, START + 15]
    again = git_origins(story.program, theirs._replace(pending=Stamp(START + 99, PAGE)), ours)(None, "title")
    assert again is None


def test_pending_bytes_right_on_top_of_what_both_have(story: Story) -> None:
    story.commit(10, with_label("OURS"))
    theirs = Side(story.sets.at("theirs"), PATH, with_label("NEW").encode(), Stamp(START + 99, PAGE))
    found = git_origins(story.program, story.side("main"), theirs)(SLOT, "label")
    assert found is not None
    assert [one.time for one in found] == [START + 10, START + 99]


def test_a_long_history_ends(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_VERSIONS", 3)
    story.commit(1, with_label("OURS"))
    for n in range(2, 5):
        story.commit(n, with_title(f"Night {n}", with_label("OURS")))
    story.switch("theirs")
    story.commit(15, with_label("THEIRS"))
    assert story.times() is None
    assert story.times("title", None) is None
    story.commit(16, with_title("Other", with_label("THEIRS")))
    assert story.times("title", None) == (4, 16)


def test_many_versions_are_read_in_few_calls(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.commit(1, with_label("OURS"))
    for n in range(2, 40):
        story.commit(n, with_title(f"Night {n}", with_label("OURS")))
    story.switch("theirs")
    story.commit(50, with_label("THEIRS"))
    ours, theirs = story.side("main"), story.side("theirs")
    calls: list[str] = []
    original = GitProgram.run

    def run(self: GitProgram, *arguments: str, **options: object) -> object:
        calls.append(arguments[0])
        return original(self, *arguments, **options)  # type: ignore[arg-type]  # handed through

    monkeypatch.setattr(GitProgram, "run", run)
    origins = git_origins(story.program, ours, theirs)
    assert calls == [], "nothing is read before somebody asks"
    found = origins(SLOT, "label")
    assert found is not None
    assert found[0].time == START + 1
    assert len(calls) <= 7
    known = len(calls)
    assert origins(SLOT, "label") == found
    assert len(calls) == known


def test_a_history_that_is_cut_off(story: Story, tmp_path: Path) -> None:
    story.commit(10, with_label("OURS"))
    story.commit(20, with_title("Ours", with_label("OURS")))
    story.switch("theirs")
    story.commit(15, with_label("THEIRS"))
    story.sets.git(
        "clone", "--quiet", "--depth=1", "--no-single-branch", story.sets.root.as_uri(), str(tmp_path / "cut")
    )
    program = GitProgram(folder=tmp_path / "cut")
    assert git_origins(program, story.side("main"), story.side("theirs"))(SLOT, "label") is None


def test_git_that_does_not_answer(story: Story) -> None:
    side = story.side("main")
    nowhere = side._replace(tip="0" * 40)
    assert git_origins(story.program, side, nowhere)(SLOT, "label") is None


def test_versions_are_numbered_from_the_newest(story: Story) -> None:
    first = story.commit(10, with_label("ONE"), trailers=PAGE | {"Tlgit-Confidence": "0.5", "Other": "x"})
    second = story.commit(20, with_label("TWO"))
    history = History(story.program, story.side("main"), story.sets.at("theirs"))
    assert [version.commit for version in history.versions if version.stamp] == [second, first]
    assert list(history.parents(0)) == [1]
    (before,) = history.parents(1)
    assert history.versions[before].stamp is None
    assert history.read(before) == BASE.encode()
    assert history.parents(before) == ()
    assert history.versions[1].stamp == Stamp(START + 10, PAGE | {"Tlgit-Confidence": "0.5"})
    assert history.versions[0].stamp == Stamp(START + 20, {})


def test_the_variable_of_git() -> None:
    one, two = f"GITHEAD_{'a' * 40}", f"GITHEAD_{'b' * 64}"
    assert merge_sides({one: "x", "HOME": "/"}, PATH, b"o", b"t") == (
        Side("HEAD", PATH, b"o"),
        Side("a" * 40, PATH, b"t"),
    )
    assert merge_sides({one: "x", two: "y"}, PATH, b"o", b"t") is None
    assert merge_sides({}, PATH, b"o", b"t") is None
    assert merge_sides({"GITHEAD_HEAD": "x", "GITHEAD_" + "A" * 40: "x"}, PATH, b"o", b"t") is None


DRIVER: Final = """\
import json, os, sys
from pathlib import Path
from tlgit.git.command import GitProgram
from tlgit.git.history import git_origins, merge_sides
from tlgit.merge.slots import Slot
log, ours, theirs, path = sys.argv[1:]
sides = merge_sides(os.environ, path, Path(ours).read_bytes(), Path(theirs).read_bytes())
found = None
if sides is not None:
    found = git_origins(GitProgram(folder=Path.cwd()), *sides)(Slot(1, 1, 1), "label")
with open(log, "a") as file:
    file.write(json.dumps([sides is not None, found and [one.time for one in found]]) + "\\n")
sys.exit(1)
"""


def install_driver(story: Story, tmp_path: Path) -> Path:
    """A merge driver that writes down what it can tell, and leaves a conflict."""
    script, log = tmp_path / "driver.py", tmp_path / "log"
    script.write_text(DRIVER, encoding="utf-8")
    place = tool_environment()["PYTHONPATH"]
    line = f"PYTHONPATH='{place}' '{sys.executable}' '{script}' '{log}' %A %B %P"
    story.sets.git("config", "merge.tlgit.driver", line)
    (story.sets.root / ".git/info").mkdir(exist_ok=True)
    (story.sets.root / ".git/info/attributes").write_text("*.yaml merge=tlgit\n", encoding="utf-8")
    return log


def logged(log: Path) -> list[list[object]]:
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    return [json.loads(line) for line in lines]


def test_inside_git(story: Story, tmp_path: Path) -> None:
    story.commit(10, with_label("OURS"))
    story.switch("theirs")
    story.commit(15, with_label("THEIRS"))
    story.branch("third", "main~1")
    story.commit(17, with_title("Third"))
    story.switch("main")
    log = install_driver(story, tmp_path)
    git = story.sets.git
    known, unknown = [True, [START + 10, START + 15]], [False, None]

    git("merge", "theirs", code=1)
    assert logged(log) == [known]
    git("merge", "--abort")
    git("-c", "pull.rebase=false", "pull", "--quiet", ".", "theirs", code=1)
    assert logged(log) == [known]
    git("merge", "--abort")
    git("merge", "--squash", "theirs", code=1)
    assert logged(log) == [known]
    git("reset", "--quiet", "--hard")
    git("merge", "third", "theirs", code=None)
    assert logged(log) == [], "an octopus merge asks no driver"
    git("reset", "--quiet", "--hard", "HEAD")
    git("rebase", "theirs", code=1)
    assert logged(log) == [unknown]
    git("rebase", "--abort")
    git("cherry-pick", "theirs", code=1)
    assert logged(log) == [unknown]
    git("cherry-pick", "--abort")
    story.sets.write(with_label("STASHED"), PATH)
    git("stash", "--quiet")
    story.commit(30, with_label("NEXT"))
    git("stash", "pop", code=1)
    assert logged(log) == [unknown]


def test_a_merge_that_a_hook_of_another_merge_runs(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable is inherited; the bytes are those of no tip, and so nothing false is told."""
    story.commit(10, with_label("OURS"))
    story.switch("theirs")
    story.commit(15, with_label("THEIRS"))
    story.branch("third", "main~1")
    story.commit(17, with_label("THIRD"))
    story.switch("main")
    log = install_driver(story, tmp_path)
    monkeypatch.setenv(f"GITHEAD_{story.sets.at('third')}", "third")
    story.sets.git("cherry-pick", "theirs", code=1)
    assert logged(log) == [[True, None]]


def test_the_inner_merge_of_a_criss_cross(story: Story, tmp_path: Path) -> None:
    story.commit(10, with_label("ONE"))
    story.sets.git("branch", "one")
    story.switch("theirs")
    story.commit(15, with_label("TWO"))
    story.sets.git("branch", "two")
    for second, branch, other, label in ((20, "main", "two", "M"), (25, "theirs", "one", "T")):
        story.switch(branch)
        story.sets.git("merge", "--quiet", other, code=1)
        story.commit(second, with_label(label))
    story.switch("main")
    log = install_driver(story, tmp_path)
    story.sets.git("merge", "theirs", code=1)
    assert logged(log) == [[True, None], [True, [START + 20, START + 25]]]
