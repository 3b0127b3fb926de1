from __future__ import annotations

import pytest

from tlgit.sources.address import clean_list_url, list_id_of, short_link


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.1001tracklists.com/tracklist/2zq4tdl9/some-slug-2026-05-09.html", "2zq4tdl9"),
        ("https://1001tracklists.com/tracklist/2zq4tdl9/a-pres.-b-&-c-2026.html#tlp_123", "2zq4tdl9"),
        ("www.1001tracklists.com/tracklist/l3uw4zz/x.html?ref=1", "l3uw4zz"),
        ("//www.1001tracklists.com/tracklist/l3uw4zz/x.html", "l3uw4zz"),
        ("https://www.1001tracklists.com/tracklist/2zq4tdl9/", "2zq4tdl9"),
        ("https://www.1001tracklists.com/tracklist/72911_mira-kolb-2015-03-28.html", "72911"),
        ("https://1001.tl/2zq4tdl9", "2zq4tdl9"),
        ("1001.tl/2zq4tdl9", "2zq4tdl9"),
        ("https://1001.tl/unkgab", None),
        ("https://www.1001tracklists.com/source/2zq4tdl9/x/index.html", None),
        ("https://www.1001tracklists.com/tracklist/", None),
        ("https://www.1001tracklists.com/", None),
        ("https://evil.example/tracklist/2zq4tdl9/x.html", None),
        ("https://www.1001tracklists.com.evil.example/tracklist/2zq4tdl9/x.html", None),
        ("https://www.1001tracklists.com@evil.example/tracklist/2zq4tdl9/x.html", None),
        ("https://user@www.1001tracklists.com/tracklist/2zq4tdl9/x.html", None),
        ("https://www.1001tracklists.com:99999/tracklist/2zq4tdl9/x.html", None),
        ("https://www.1001tracklists.com:8080/tracklist/2zq4tdl9/x.html", None),
        ("file://www.1001tracklists.com/tracklist/2zq4tdl9/x.html", None),
        ("https://www.1001tracklists.com/tracklist/../../etc", None),
        ("https://www.1001tracklists.com/tracklist/2ZQ4TDL9/x.html", None),
        ("http://[bad/tracklist/2zq4tdl9/x.html", None),
        ("", None),
        ("https://www.1001tracklists.com/tracklist/2zq4tdl9/" + "x" * 5000, None),
    ],
)
def test_list_id_of(url: str, expected: str | None) -> None:
    assert list_id_of(url) == expected


def test_clean_list_url_drops_anchor_and_query_and_takes_https() -> None:
    full = "https://www.1001tracklists.com/tracklist/2zq4tdl9/x-2026.html"
    assert clean_list_url("http://1001tracklists.com/tracklist/2zq4tdl9/x-2026.html?a=1#tlp_3") == full
    assert clean_list_url("https://1001.tl/2zq4tdl9") is None
    assert clean_list_url("https://www.1001tracklists.com/tracklist/2zq4tdl9/a\x1b[31m.html") is None


def test_short_link_and_back() -> None:
    assert list_id_of(short_link("2zq4tdl9")) == "2zq4tdl9"
