from __future__ import annotations

import pytest

from tlgit.merge.lineage import DifferentListsError
from tlgit.merge.merge import merge
from tlgit.tracklist.syntax import TracklistSyntaxError, has_conflict_markers
from tlgit.tracklist.text import Document, parse_document


def test_nothing_left_is_never_clean() -> None:
    with pytest.raises(TracklistSyntaxError, match="no field is left"):
        merge("title: A\ntracks: []\n", "title: A\n", "tracks: []\n")


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "head"),
    [
        ("---\n", "# x\n---\n", "---\n", "# x\n---\n"),
        ("---\n", "---\n", "# y\n---\n", "# y\n---\n"),
        ("", "---\n", "# y\n---\n", "# y\n---\n"),
        ("# a\n", "# a\n# b\n", "", "# b\n"),
    ],
)
def test_the_head_stays_one_document(base: str, ours: str, theirs: str, head: str) -> None:
    rest = "title: A\ntracks: []\n"
    result = merge(base + rest, ours + rest, theirs + rest + "# end\n")
    assert result.text == head + rest + "# end\n"


def test_markers_are_seen_behind_a_byte_order_mark() -> None:
    text = merge("\ufefftitle: A\n", "\ufefftitle: B\n", "\ufefftitle: C\n").text
    assert text.startswith("\ufeff<<<<<<< ours\n")
    assert has_conflict_markers(text)


def test_nested_fields_added_under_an_empty_one() -> None:
    result = merge("title: A\nmood:\n", "title: A\nmood:\n    x: a\n", "title: A\nmood:\n    z: b\n")
    assert result.text == "title: A\nmood: {x: a, z: b}\n"


def test_lists_are_the_same_by_their_id_or_an_alias() -> None:
    page = "https://www.1001tracklists.com/tracklist/"
    ours, theirs = f"title: A\nsource: {page}abc/a.html\n", f"title: B\nsource: {page}abc/b.html\n"
    assert not merge(None, ours, theirs).is_clean
    with pytest.raises(DifferentListsError) as caught:
        merge(None, ours, theirs.replace("abc", "xyz"))
    assert caught.value.sources == (f"{page}abc/a.html", f"{page}xyz/b.html")
    assert not merge(None, ours, theirs.replace("abc", "xyz") + "aliases: [abc]\n").is_clean


def test_conflicts_name_the_track_and_its_values() -> None:
    base = "title: A\ntracks:\n  - artist: B\n    title: C\n    label: D\n"
    (conflict,) = merge(base, base.replace("D", "E"), base.replace("D", "F")).conflicts
    assert (conflict.path, conflict.name, conflict.reason) == ("tracks[1].label", "B - C", "changed")
    assert (conflict.base, conflict.ours, conflict.theirs, conflict.key) == ("D", "E", "F", "label")


def test_labels_and_size_of_the_markers() -> None:
    text = merge("title: A\n", "title: B\n", "title: C\n", marker_size=9, labels=("mine", "page")).text
    assert text == "<<<<<<<<< mine\ntitle: B\n=========\ntitle: C\n>>>>>>>>> page\n"


def test_comments_alone_are_no_list() -> None:
    with pytest.raises(TracklistSyntaxError, match="no field is left"):
        merge("title: A\ntracks:\n", "# why\ntitle: A\n", "tracks:  # here\n")


def test_flow_items_move_with_the_dashes() -> None:
    base = "title: A\ntracks:\n  - {title: B}\n  - {title: C}\n"
    ours = "title: A\ntracks:\n    - {title: B}\n    - {title: C, label: D}\n"
    theirs = base.replace("title: B", "title: B, label: E") + "  - {title: F,\n     label: G}\n"
    result = merge(base, ours, theirs)
    assert result.text == (
        "title: A\ntracks:\n    - {title: B, label: E}\n    - {title: C, label: D}\n"
        "    - {title: F,\n       label: G}\n"
    )
    assert merge(base, theirs, ours).text == result.text


def test_another_number_of_tracks_is_never_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the sides are written differently the result is read once more; plain merges do not pay for it."""
    read: list[str] = []

    def read_less(text: str) -> Document:
        read.append(text)
        document = parse_document(text)
        return document._replace(items=document.items[1:]) if len(read) > 0 else document

    monkeypatch.setattr("tlgit.merge.write.parse_document", read_less)
    base = "title: A\ntracks:\n  - {title: B}\n"
    with pytest.raises(TracklistSyntaxError, match="0 tracks instead of 1"):
        merge(base, base.replace("title: A", "title: X"), base.replace("B", "C"))
    read.clear()
    base = "title: A\ntracks:\n  - title: B\n"
    assert merge(base, base.replace("title: A", "title: X"), base.replace("B", "C")).is_clean
    assert not read
