from __future__ import annotations

import pytest

from tlgit.tracklist.text import parse_document

TEXTS = {
    "plain": "title: A\ntracks:\n  - title: B\n    artist: C\n  - title: D\n",
    "comments everywhere": (
        "# head\n\n# more\ntitle: A  # beside\n# above artist\nartist: B\n\n# above tracks\ntracks: # at tracks\n"
        "  # above the first\n  - artist: C # beside C\n    # above title\n    title: D\n    # below title\n"
        "\n  # above the second\n  - artist: E\n    title: F\n  # below the tracks\n# foot\n\n"
    ),
    "quotes": "title: 'it''s'\nartist: \"a \\\"b\\\" \\u00e9\"\n'event': x\n\"venue\": y\ntracks: []\n",
    "zero indentation": "title: A\ntracks:\n- artist: B\n  title: C\n# between\n- artist: D\n  title: E\nvenue: F\n",
    "deep indentation": "title: A\ntracks:\n      -   artist: B\n          title: C\n",
    "dash on its own line": "title: A\ntracks:\n  -\n    artist: B\n    title: C\n  - # why\n    artist: D\n",
    "dash with a comment below": "title: A\ntracks:\n  -\n    # first\n    artist: B\n",
    "blocks": (
        "notes: |\n  one\n\n  two\ntitle: A\ntracks:\n  - notes: >\n      folded\n      text\n\n    title: B\n"
        "  - title: C\n    notes: |-\n      stripped\n  - title: D\n    notes: |+\n      kept\n\n\n"
        "  - title: E\n    notes: |2\n        two more\n      than two\n  - title: F\n    notes: >2-\n       x\n"
    ),
    "block at the end": "title: A\ntracks:\n  - title: B\n    notes: |\n      one\n\n      two\n",
    "kept block at the end": "title: A\ntracks: []\nnotes: |+\n  one\n\n\n",
    "empty block": "title: A\nnotes: |\ntracks: []\n",
    "block with comment": "title: A\nnotes: | # why\n  one\n# after\ntracks: []\n",
    "multi-line plain": "title: A\n  B\n  C\nartist: D\ntracks:\n  - title: E\n      F\n    artist: G\n",
    "multi-line quoted": "title: \"A\n  B\n\n  C\"\nartist: 'D\n  E' # beside\ntracks: []\n",
    "value on the next line": "title:\n  A\nartist:\n  # why\n  B\ntracks: []\n",
    "flow items": "title: A\ntracks:\n  - {artist: B, title: C}\n  # between\n  - {artist: D,\n     title: E} # beside\n",
    "flow list": "title: A\ntracks: [{title: B}, {title: C,\n  artist: D}] # beside\nvenue: E\n",
    "nested": (
        "title: A\ncue:\n  pregap: 2\n  more:\n    - x\n    - y\ngenres:\n- House\n- Techno # beside\n# above\nsync: {a: b}\n"
        "tracks:\n  - title: B\n    parts:\n      - artist: C\n        title: D\n      # inside\n      - artist: E\n    label: F\n"
    ),
    "empty values": "title: A\nartist:\nlabel: \"\"\nvenue: ''\nevent: ~\ntracks:\n  - title:\n    artist: B\n",
    "no tracks yet": "title: A\ntracks:\n",
    "no tracks yet, with a comment": "title: A\ntracks: # soon\nvenue: B\n",
    "no tracks at all": "title: A\n",
    "tracks first": "tracks:\n  - title: B\n\ntitle: A\n",
    "document marks": "# head\n---\ntitle: A\ntracks: []\n...\n",
    "directive": "%YAML 1.1\n---\ntitle: A\ntracks: []\n",
    "emoji": 'title: 🎧 A 🎉\nartist: "🇫🇷"  # 👍\ntracks:\n  - title: e\u0301 日本\n    artist: \U0001f469\u200d\U0001f3a4\n',
    "spaces at line ends": "title: A   \n   \ntracks:   \n  - title: B  \n    artist: C\t\n\n",
    "comments at odd depths": (
        "title: A\ntracks:\n  - title: B\n      # deeper\n    # same\n  # item\n# root\n  - title: C\n # odd\n"
    ),
    "long keys": "title: A\ntracks:\n  - \"my key\"  : x\n    'other' :   y\n    title: B\n",
}


def _variants() -> dict[str, str]:
    variants = dict(TEXTS)
    for name, text in TEXTS.items():
        variants[f"{name}, CRLF"] = text.replace("\n", "\r\n")
        variants[f"{name}, no final line end"] = text.removesuffix("\n")
        variants[f"{name}, CRLF, no final line end"] = text.replace("\n", "\r\n").removesuffix("\r\n")
        variants[f"{name}, BOM"] = "\ufeff" + text
    return variants


VARIANTS = _variants()


@pytest.mark.parametrize("text", VARIANTS.values(), ids=list(VARIANTS))
def test_every_byte_comes_back(text: str) -> None:
    document = parse_document(text.encode())
    assert document.render() == text
    for item in document.items:
        assert item.lead + item.bare == item.text
        if item.entries is not None:
            assert {entry.key: entry.value for entry in item.entries} == item.value
            assert item.with_entries(item.entries, item.close).text == item.text


def test_comments_belong_to_what_stands_below_or_beside_them() -> None:
    document = parse_document(TEXTS["comments everywhere"])
    title, artist, tracks = document.entries
    assert document.head == "# head\n\n# more\n"
    assert title.tail == "  # beside\n"
    assert artist.lead == "# above artist\n"
    assert (tracks.lead, tracks.tail) == ("\n# above tracks\n", " # at tracks\n")
    first, second = document.items
    assert first.lead == "  # above the first\n"
    assert first.entries is not None
    assert [entry.tail for entry in first.entries] == [" # beside C\n", "\n"]
    assert first.entries[1].lead == "    # above title\n"
    assert first.close == "    # below title\n"
    assert second.lead == "\n  # above the second\n"
    assert document.close == "  # below the tracks\n"
    assert document.foot == "# foot\n\n"


def test_block_text_keeps_its_meaning() -> None:
    items = parse_document(TEXTS["blocks"]).items
    assert [item.value.get("notes") for item in items] == [
        "folded text\n", "stripped", "kept\n\n\n", "  two more\nthan two\n", " x",
    ]  # fmt: skip


def test_flow_items_have_values_but_no_lines() -> None:
    document = parse_document(TEXTS["flow items"])
    assert [item.value for item in document.items] == [
        {"artist": "B", "title": "C"},
        {"artist": "D", "title": "E"},
    ]
    assert all(item.entries is None and not item.is_block for item in document.items)
    assert not parse_document(TEXTS["flow list"]).is_block


def test_most_lines_decide_the_line_end() -> None:
    assert parse_document("title: A\r\nartist: B\r\ntracks: []\n").eol == "\r\n"
    assert parse_document("title: A\r\nartist: B\ntracks: []\n").eol == "\n"


def test_fields_are_found_by_name() -> None:
    document = parse_document(TEXTS["nested"])
    entry = document.entry("genres")
    assert entry is not None
    assert entry.value == ("House", "Techno")
    assert document.entry("venue") is None
    assert document.value.keys() == {"title", "cue", "genres", "sync"}
    assert document.position(entry.offset).line == 7
