"""Values given by hand: by an option, or in an editor."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tlgit.ops.answer import CUT, ValueRefusedError, parse_answer, parse_value, render_question
from tlgit.ops.conflicts import Conflict
from tlgit.ops.voices import Voice

if TYPE_CHECKING:
    from tlgit.tracklist.fields import Value


def conflict(field: str, value: Value | None = "Old") -> Conflict:
    return Conflict(
        id="0" * 12,
        path="tracklists/a.yaml",
        list_id=None,
        kind="unmerged",
        place="merge",
        field=field,
        key=field.rpartition(".")[2],
        name="Artist - Title\x1b",
        reason="changed",
        current=Voice(value=value),
        proposed=Voice(value="New"),
        base=None,
        recommended=None,
        is_automatic=False,
        confidence=None,
        options=("ours", "theirs", "set", "edit"),
    )


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("tracks[1].title", "No: # 1", "No: # 1"),
        ("tracks[1].title", "yes", "yes"),
        ("tracks[1].title", "", None),
        ("tracks[1].start", "1:02:33", "1:02:33"),
        ("tracks[1].bpm", "127.5", "127.5"),
        ("tracks[1].notes", "[one, two]", ("one", "two")),
        ("tracks[1].parts", "[{artist: A}]", ({"artist": "A"},)),
        ("tracks[1].odd key", "anything", "anything"),
        ("title", "[A] set", "[A] set"),
        ("genres", "[House, Techno]", ("House", "Techno")),
        ("date", "2026-05", "2026-05"),
        ("event", " ", None),
        ("offset", "-0:04.5", "-0:04.5"),
    ],
)
def test_values(field: str, text: str, value: Value | None) -> None:
    assert parse_value(conflict(field), text) == value


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("tracks[1].start", "soon", "tracks[1].start: start: expected"),
        ("tracks[1].start", "180", "expected"),
        ("tracks[1].bpm", "fast", "a number like 128"),
        ("tracks[1].with", "maybe", "true or false"),
        ("tracks[1].title", "a\nb", "text on one line"),
        ("tracks[1].title", "x" * 501, "at most 500 characters"),
        ("tracks[1].title", "a\x1b[0m", "control character"),
        ("tracks[1].parts", "A", "a list of parts"),
        ("genres", "[House", "genres: "),
        ("date", "tomorrow", "a date like"),
        ("title", "", "every tracklist has a title"),
        ("status", "done", "draft or published"),
    ],
)
def test_refused_values(field: str, text: str, words: str) -> None:
    with pytest.raises(ValueRefusedError) as caught:
        parse_value(conflict(field), text)
    assert words in caught.value.message
    assert caught.value.hint


def test_question_and_answer() -> None:
    one = conflict("tracks[1].title", "No: 1")
    question = render_question(one)
    assert question.startswith(
        "# tracks[1].title of Artist - Title? (tracklists/a.yaml)\n# current:  No: 1\n"
    )
    assert question.endswith(f'{CUT}\ntitle: "No: 1"\n')
    assert parse_answer(one, question) == ("No: 1",)
    assert parse_answer(one, question.replace("No: 1", "# one").replace("\n", "\r\n")) == ("# one",)
    assert parse_answer(one, "# only words\ntitle: Plain\n") == ("Plain",)
    assert parse_answer(one, question.partition("title:")[0]) is None
    assert parse_answer(one, "") is None
    assert parse_answer(one, f"{CUT}\ntitle:\n") == (None,)
    block = f"{CUT}\nnotes: |\n  one\n  two\n"
    assert parse_answer(conflict("tracks[1].notes"), block) == ("one\ntwo\n",)
    empty = replace(conflict("genres"), current=Voice(value=None))
    assert render_question(empty).endswith(f"{CUT}\ngenres:\n")


@pytest.mark.parametrize(
    "written",
    [
        "New title\n",
        "titel: New\n",
        "title: a\nlabel: b\n",
        "title: [\n",
        "title: a\n- x: 1\n",
        "title: {a: b}\n",
    ],
)
def test_refused_answers(written: str) -> None:
    with pytest.raises(ValueRefusedError, match=r"tracks\[1\]\.title: "):
        parse_answer(conflict("tracks[1].title"), f"{CUT}\n{written}")


def test_title_of_the_list_stays() -> None:
    with pytest.raises(ValueRefusedError, match="every tracklist has a title"):
        parse_answer(conflict("title"), f"{CUT}\ntitle:\n")
