"""What is cut without the YAML parser is what the parser gives, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from tests.tracklist.test_reread import pieces
from tlgit.tracklist import plain
from tlgit.tracklist.plain import parse_plain
from tlgit.tracklist.syntax import TracklistSyntaxError
from tlgit.tracklist.text import Document, parse_document

if TYPE_CHECKING:
    import re

SIGNS = "aZ0é:#-?,[]{}&*!|>'\"%@`~= \t\\/.\n\xa0\u0301_<"


def parsed(chunk: str) -> Document | None:
    """What the parser makes of a track, or None when it refuses."""
    try:
        return parse_document(f"tracks:\n{chunk}")
    except TracklistSyntaxError:
        return None


def check(chunk: str, prefix: str) -> bool:
    """Whether the track is plain; then it is what the parser gives."""
    item = parse_plain(chunk, prefix)
    if item is None:
        return False
    document = parsed(chunk)
    assert document is not None, chunk
    assert pieces(document._replace(items=(item,)))[0] == pieces(document)[0]
    assert document.items[0].text + document.close + document.foot == chunk
    return True


@pytest.mark.parametrize(
    ("chunk", "is_plain"),
    [
        ("  - artist: Mira Vale\n    title: Opening\n", True),
        ('  - start: "3:35"\n    artist: Kato Lind & Sol\n    title: Paper (Boats) [x] {y}\n', True),
        ("  - title: 'Second Sun'\n", True),
        ("  - title: a#b:c -d, e?\n", True),
        ("  - title: a\u0301\n", True),
        ('  - label: ""\n    parts: []\n', True),
        ("  - notes:\n      - one\n      - 'two: three'\n    ref: 5\n", True),
        ("  - notes:\n    - one\n    - two\n", True),
        ("  - notes:\n    - one\n      - two\n", False),
        ("  - notes:\n      - one: two\n", False),
        ("  - notes:\n      one\n", False),
        ("  - title: a\n      - one\n", False),
        ("  - title: a\n    title: b\n", False),
        ("  - title: a\n    notes:\n      - one\n    notes:\n      - two\n", False),
        ("  - title: a: b\n", False),
        ("  - title: a #b\n", False),
        ("  - title: a:\n", False),
        ("  - title: a \n", False),
        ("  - title: a\n\n    artist: b\n", False),
        ("  - title: a\n      b\n", False),
        ("  - title:  a\n", False),
        ("  - title:\n", False),
        ("  - title: ID\n    Artist: b\n", False),
        ("  - title: &a b\n", False),
        ("  - title: 'it''s'\n", False),
        ('  - title: "a\\n"\n', False),
        ("  - title: a\u2028b\n", False),
        ("  - - a\n", False),
        ("  - # mine\n    title: a\n", False),
        ("  -     title: a\n", False),
        ("  - title: a\n  - title: b\n", False),
        ("  - title: a\n    - one\n    artist: b\n", False),
        ("  -       - one\n", False),
        ("  - title: a\n    \n    artist: b\n", False),
    ],
)
def test_what_is_plain(chunk: str, is_plain: bool) -> None:
    assert check(chunk, "  - ") is is_plain


@given(
    fields=st.lists(
        st.tuples(
            st.sampled_from(("title", "artist", "notes", "x_y")),
            st.sampled_from((" ",) * 6 + ("", "\n      - ", "\n    - ", "  ")),
            st.sampled_from(("", '"', "'")),
            st.one_of(st.text("aé0", min_size=1, max_size=3), st.text(SIGNS, max_size=6)),
            st.sampled_from(("",) * 12 + (" ", "\n      - b", "\n    - c: d", "\n     e", " # f")),
        ),
        min_size=1,
        max_size=3,
    ),
    width=st.integers(0, 3),
)
def test_plain_or_left_to_the_parser(fields: list[tuple[str, str, str, str, str]], width: int) -> None:
    prefix = " " * width + "- "
    lines = [f"{key}:{gap}{quote}{text}{quote}{behind}" for key, gap, quote, text, behind in fields]
    joined = f"\n{' ' * len(prefix)}".join(lines)
    is_plain = check(f"{prefix}{joined}\n", prefix)
    event(f"plain: {is_plain}")


@pytest.mark.parametrize("name", ["_FIELD", "_ONE", "_KEY"])
@pytest.mark.parametrize("text", [" :", "# ", "a ", "  ", ": ", '"', "-"])
def test_patterns_are_linear(name: str, text: str) -> None:
    pattern: re.Pattern[str] = getattr(plain, name)
    assert pattern.fullmatch("title: a" + text * 20_000 + "\n") is None
