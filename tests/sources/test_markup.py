from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources.pages import PageSpec, RowSpec, render_page
from tlgit.sources.markup import find_bomb

BOMBS = {
    "nested": b"<div>" * 100_000,
    "upper case": b"<DIV>" * 1000,
    "attributes": b"<div " + b" ".join(b"a%d=1" % one for one in range(50_000)) + b">",
    "plain attributes": b"<div" + b' ab="1"' * 1000 + b">",
    "end tag attributes": b"</div " + b"a=1 " * 1000 + b">",
    "options": b"<select>" + b"<option>" * 300_000,
    "closed options": b"<select>" + b"<option>a</option>" * 10_000,
    "formatting": b"<p>" + b"".join(b"<b a=%d>" % one for one in range(100)) + b"<p>x</p>" * 30_000,
    "closing in comments": b"<div><!--</div>-->" * 20_000,
    "closing in attributes": b'<div><i a="</div>"></i>' * 20_000,
    "closing in end tags": b'<div></i a="></div>">' * 20_000,
    "closing in scripts": b"<div><script></div></script>" * 20_000,
    "closing out of scope": b"<div><table></div></table>" * 20_000,
    "unclosed quotes": b'<a b="' * 100_000,
    "spaced attributes": b"<a a   " * 100_000,
}
CHEAP = {
    "comments": b"<!--" * 100_000,
    "dashes": b"<!--" + b"-" * 1_000_000,
    "signs": b"<" * 1_000_000,
    "scripts": b"<script>" * 100_000,
    "paragraphs": b"<p>" * 100_000,
    "items": b"<ul>" + b"<li>x" * 50_000,
    "spaces": b"<a" + b" " * 1_000_000,
    "quotes": b"<a " + b'"' * 1_000_000,
    "end tags": b"</p>" * 100_000,
    "text": b"x" * 4_000_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_found_quickly(name: str) -> None:
    begin = time.perf_counter()
    assert find_bomb(BOMBS[name]) is not None
    assert time.perf_counter() - begin < 1


@pytest.mark.parametrize("name", CHEAP)
def test_odd_but_cheap_markup_is_scanned_quickly(name: str) -> None:
    begin = time.perf_counter()
    assert find_bomb(CHEAP[name]) is None
    assert time.perf_counter() - begin < 1


def test_an_honest_page_of_two_thousand_rows_is_no_bomb() -> None:
    page = PageSpec(rows=tuple(RowSpec(name=f"Hollis - Ember {one}") for one in range(1500)))
    assert find_bomb(render_page(page)) is None


def test_sloppy_markup_is_forgiven() -> None:
    assert find_bomb(b"<html><body>" + b"<div><p>one<p>two<span></div>" * 5000 + b"</body></html>") is None


@given(st.binary(max_size=400), st.sampled_from(["", "<", "</", "<!--", "<a b='", "<script>"]))
def test_any_bytes_are_scanned(data: bytes, lead: str) -> None:
    found = find_bomb(lead.encode() + data)
    assert found is None or found
