from __future__ import annotations

import subprocess
import sys
import textwrap
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlgit.tracklist.schema import parse_reading
from tlgit.tracklist.syntax import (
    MAX_BYTES,
    MAX_DEPTH,
    Position,
    TracklistSyntaxError,
    compose,
    decode,
    has_conflict_markers,
    position_of,
    value_of,
)
from tlgit.tracklist.text import parse_document

GOOD = "title: A\ntracks: []\n"
BOMBS = {
    "flow lists": "[" * 25_000,
    "flow mappings": "{a: " * 12_000,
    "flow lists below a key": "title: " + "[" * 100_000,
    "dashes": "- " * 30_000,
    "dashes below a key": "tracks:\n" + "- " * 30_000,
    "question marks": "? " * 30_000,
    "colons": ": " * 30_000,
    "brackets with closing ones in quotes": 'x: ["]", ' * 1 + '["]", ' * 20_000,
    "brackets with closing ones in comments": "x: [\n" + "  [ # ]\n" * 20_000,
    "mixed indicators": "- ? " * 15_000,
    "growing indentation": "".join(" " * n + "a:\n" for n in range(1_300)),
    "growing dashes": "".join(" " * n + "-\n" for n in range(1_300)),
    "numbers with colons": "title: " + "1:59:59" * 85_000 + "\ntracks: x",
    "digits": "title: " + "9" * 500_000 + "\ntracks: x",
    "aliases": "a: &a [x]\n"
    + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)),
    "merge keys": "a: &a {x: 1}\n" + "".join(f"b{n}: {{<<: [*a, *a]}}\n" for n in range(8)),
    "itself": "a: &a [*a]\n",
    "one quote": 'title: "' + "x" * 900_000,
    "comment only": "#" * 900_000,
    "keys": "".join(f"k{n}: v\n" for n in range(5_000)) + "tracks: x\n",
}
REFUSED = [
    # text, line, column, words
    ("", 1, 1, "expected a tracklist"),
    ("# only a comment\n", 1, 1, "expected a tracklist"),
    ("just text\n", 1, 1, "expected a tracklist"),
    ("- a\n- b\n", 1, 1, "expected a tracklist"),
    ("null\n", 1, 1, "expected a tracklist"),
    ("title: A\ntitle: B\n", 2, 1, "'title' stands twice, first in line 1"),
    ("tracks:\n  - artist: A\n    label: B\n    artist: C\n", 4, 5, "'artist' stands twice, first in line 2"),
    ("caf\u00e9: A\ncafe\u0301: B\n", 2, 1, "stands twice"),
    ("title: A\n---\ntitle: B\n", 2, 1, "another document"),
    ("title: !!str A\n", 1, 8, "tags"),
    ("title: ! A\n", 1, 8, "tags"),
    ("title: !!python/object/apply:os.system [id]\n", 1, 8, "tags"),
    ("x: [a, !!int 3]\n", 1, 8, "tags"),
    ("title: &a A\n", 1, 8, "anchors"),
    ("&a title: A\n", 1, 1, "anchors"),
    ("a: &a x\nb: *a\n", 1, 4, "anchors"),
    ("a: *nobody\n", 1, 4, "undefined alias"),
    ("<<: {a: b}\n", 1, 1, "merge keys"),
    ("title: A\x00B\n", 1, 9, "control character"),
    ("title: A\n\x1b[31mB: C\n", 2, 1, "control character"),
    ("title: A\u0085B\n", 1, 9, "control character"),
    ("title: A\u2028B\n", 1, 9, "control character"),
    ("title: A\u202eB\n", 1, 9, "control character"),
    ("title: A\ufeffB\n", 1, 9, "control character"),
    ("title: A\rtracks: []\n", 1, 9, "control character"),
    ('title: "\\e[31mred"\n', 1, 8, "escape for U+001B"),
    ('title: "\\0"\n', 1, 8, "escape for U+0000"),
    ('title: "a\\u202eb"\n', 1, 8, "escape for U+202E"),
    ("tracks:\n\t- title: A\n", 2, 1, "cannot start any token"),
    ("title: A\n\ttracks: []\n", 2, 1, ""),
    ("title: A: B\n", 1, 9, "mapping values are not allowed"),
    ('title: "A\n', 2, 1, "unexpected end"),
    ("title: A\n tracks: []\n", 2, 8, ""),
    ("[title]: A\n", 1, 1, "expected a plain name"),
    ("? {a: b}\n: A\n", 1, 3, "expected a plain name"),
    ("? a\n: A\n", 1, 3, "expected a colon"),
    ("title: A\n?\n", 2, 2, "expected a plain name"),
    (": A\n", 1, 1, "did not find expected key"),
    ("tracks:\n  - title: A\n    ? label\n    : B\n", 3, 7, "expected a colon"),
    ("a: [[[[[[[[[[[[[]]]]]]]]]]]]]\n", 1, 15, "nested deeper"),
    ("tracks: {a: b}\n", 1, 9, "expected a list of tracks"),
    ("tracks: none yet\n", 1, 9, "expected a list of tracks"),
    ("tracks:\n  - just text\n", 2, 5, "expected a track with named fields"),
    ("tracks: [a]\n", 1, 10, "expected a track with named fields"),
    ("tracks:\n  - - a\n", 2, 5, "expected a track with named fields"),
    ("{title: A, tracks: []}\n", 1, 1, "expected one field a line"),
    ("  title: A\n", 1, 3, "without indentation"),
    ("--- {a: b}\n", 1, 5, "expected one field a line"),
    ("<<<<<<< ours\ntitle: A\n=======\ntitle: B\n>>>>>>> theirs\n", 1, 1, "conflict markers"),
    ("title: A\n<<<<<<< ours\nx: A\n=======\nx: B\n>>>>>>> theirs\n", 2, 1, "conflict markers"),
    ("%YAML 9.9\n---\ntitle: A\n", 1, 1, ""),
    ("title: A\n...\nx\n", 3, 1, ""),
]


@pytest.mark.parametrize(("text", "line", "column", "words"), REFUSED)
def test_refusals_name_the_place(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(TracklistSyntaxError) as caught:
        parse_document(text)
    assert words in caught.value.sentence
    assert caught.value.position == Position(line, column)
    assert caught.value.message.startswith(f"tracklist:{line}:{column}: ")
    assert unicodedata.normalize("NFC", caught.value.message).isprintable()


@pytest.mark.parametrize("text", BOMBS.values(), ids=list(BOMBS))
def test_bombs_are_refused_at_once(text: str) -> None:
    start = time.process_time()
    with pytest.raises(TracklistSyntaxError):
        parse_document(text.encode())
    assert time.process_time() - start < 0.5  # the goal is 0.1 s on a quiet machine


def test_bombs_do_not_overrun_a_small_stack() -> None:
    """A crash of the C parser would end the process: it runs in one of its own."""
    program = """
        import sys, threading
        from tests.tracklist.test_syntax import BOMBS
        from tlgit.tracklist.syntax import TracklistSyntaxError
        from tlgit.tracklist.text import parse_document

        refused = []

        def read():
            for name, text in BOMBS.items():
                try:
                    parse_document(text)
                except TracklistSyntaxError:
                    refused.append(name)

        threading.stack_size(512 * 1024)
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
        sys.exit(len(refused) != len(BOMBS))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [
        ("title: A\n".encode("utf-16"), 1, 1),
        ("title: Âme\n".encode("latin-1"), 1, 8),
        (b"title: A\nartist: \xff\n", 2, 9),
        (b"title: \xed\xa0\x80\n", 1, 8),
    ],
)
def test_only_utf8_is_text(data: bytes, line: int, column: int) -> None:
    with pytest.raises(TracklistSyntaxError) as caught:
        decode(data)
    assert caught.value.position == Position(line, column)
    assert caught.value.hint == "save the file as UTF-8"


def test_a_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(TracklistSyntaxError, match="expected at most 1,048,576"):
        decode(b" " * (MAX_BYTES + 1))


def test_nesting_up_to_the_limit_is_read() -> None:
    deep = MAX_DEPTH - 1
    assert parse_document("x: " + "[" * deep + "]" * deep + "\n").value["x"] == _nested(deep)


def test_many_honest_brackets_are_no_nesting() -> None:
    tracks = "".join(f"  - title: 'T [{n}'\n    tags: [\"]\", 'b]']\n" for n in range(300))
    assert len(parse_document("title: A\ntracks:\n" + tracks).items) == 300


def _nested(depth: int) -> object:
    return (_nested(depth - 1),) if depth > 1 else ()


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("tracks:\n\t- title: A\n", "spaces"),
        ("title: A: B\n", "double quotes"),
        ("title: A\n artist: B\n", "indentation"),
        ("a: 'b' c\n", "indentation"),
    ],
)
def test_common_slips_get_a_hint(text: str, hint: str) -> None:
    with pytest.raises(TracklistSyntaxError) as caught:
        parse_document(text)
    assert caught.value.hint is not None
    assert hint in caught.value.hint


def test_an_error_can_be_named() -> None:
    with pytest.raises(TracklistSyntaxError) as caught:
        parse_document("title: A\ntitle: B\n")
    named = caught.value.named("tracklists/a.yaml")
    assert named.message == "tracklists/a.yaml:2:1: 'title' stands twice, first in line 1"
    assert named.hint == caught.value.hint


def test_markers_are_three_of_a_kind() -> None:
    assert has_conflict_markers("<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n")
    assert has_conflict_markers("<<<<<<<<< a\nx\n=========\ny\n>>>>>>>>> b\n")
    assert not has_conflict_markers("title: A\n=======\n")
    assert not has_conflict_markers("notes: <<<<<<< >>>>>>>\n")


SCALARS = (
    """
12:34|1:02:33|01:02:33|08:30|08:30.5|0:30|1:75|1:2:3:4|2024-01-01|2024-13-45|=|~|null|Null|yes|No|on|OFF|y|n
1e3|017|0o17|0x1F|0b1|1_000|1.10|.5|5.|.inf|-.INF|.nan|NaN|+1|-1|0|00|true|FALSE|1,5|3.14e-2|.|..|a b|a#b|a:b
é|日本語|🎧|R&S|Above & Beyond|100%|a?|a!|x*y|@home|`x`
""".replace("\n", "|")
    .strip("|")
    .split("|")
)


@pytest.mark.parametrize("text", [s for s in SCALARS if s[0] not in "@`"])
def test_every_scalar_is_its_text(text: str) -> None:
    root = compose(f"title: {text}\n")
    assert value_of(root) == {"title": text}


def test_values_are_in_nfc() -> None:
    assert parse_document("cafe\u0301: Ro\u0308yksopp\n").value == {"café": "Röyksopp"}


def test_positions_count_from_one() -> None:
    assert position_of("ab\ncd", 4) == Position(2, 2)
    assert position_of("", 0) == Position(1, 1)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        reading = parse_reading(data)
    except TracklistSyntaxError:
        return
    assert reading.document.render().encode() == data


YAML_PIECES = st.sampled_from(
    [
        "title",
        "tracks",
        ": ",
        ":\n",
        "- ",
        "  ",
        "\n",
        "# c",
        "[",
        "]",
        "{",
        "}",
        ", ",
        '"',
        "'",
        ">",
        "+",
        "-",
        "a",
        "é",
        "\t",
        "&x",
        "*x",
        "!t",
        "?",
        "---",
        "...",
        "<<",
        "\\",
        "\r\n",
        "%",
        "@",
        "1:02",
    ]
)


@given(st.lists(YAML_PIECES, max_size=40).map("".join))
def test_any_pieces_of_yaml_are_read_or_refused(text: str) -> None:
    try:
        document = parse_document(text)
    except TracklistSyntaxError:
        return
    assert document.render() == text


@given(st.lists(YAML_PIECES, max_size=30).map("".join), st.lists(YAML_PIECES, max_size=15).map("".join))
def test_pieces_around_tracks_round_trip(first: str, second: str) -> None:
    text = f"title: A\ntracks:\n  - title: B\n    x: {first}\n  - title: C\n    label: D\n{second}"
    try:
        reading = parse_reading(text)
    except TracklistSyntaxError:
        return
    assert reading.document.render() == text
    for item in reading.document.items:
        if item.entries is not None:
            assert item.with_entries(item.entries, item.close).text == item.text
