from __future__ import annotations

import gzip
import time
from dataclasses import replace
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.pages import PageSpec, RowSpec, render_page
from tests.sources.test_export import TEXT
from tests.sources.test_markup import BOMBS, CHEAP
from tlgit.sources import read
from tlgit.sources.page import MAX_PAGE
from tlgit.sources.read import parse
from tlgit.sources.snapshot import Refusal, RefusalKind, Snapshot

PAGE = render_page(
    PageSpec(rows=(RowSpec(name="Sólrún - Ljós"), RowSpec(name="Kessler - Foundry", cue="3:00")))
)


def snapshot_of(data: bytes) -> Snapshot:
    found = parse(data)
    assert isinstance(found, Snapshot), found
    return found


def kind_of(data: bytes) -> RefusalKind:
    found = parse(data)
    assert isinstance(found, Refusal), found
    return found.kind


def archive(page: bytes, *, transfer: str = "quoted-printable") -> bytes:
    message = EmailMessage()
    message["Subject"] = "A set"
    message["MIME-Version"] = "1.0"
    message.set_type("multipart/related")
    picture = EmailMessage()
    picture.set_content(b"\x89PNG" * 50, "image", "png")
    frame = EmailMessage()
    frame.set_content("<html><body>advert</body></html>", subtype="html")
    body = EmailMessage()
    body.set_content(page.decode(), subtype="html", cte=transfer)
    for part in (picture, frame, body):
        message.attach(part)
    return message.as_bytes()


def test_page_and_export_are_told_apart() -> None:
    assert snapshot_of(PAGE).road == "page"
    assert snapshot_of(TEXT.encode()).road == "export"


@pytest.mark.parametrize("transfer", ["quoted-printable", "base64", "8bit"])
def test_an_archive_gives_the_same_list(transfer: str) -> None:
    assert snapshot_of(archive(PAGE, transfer=transfer)).fingerprint == snapshot_of(PAGE).fingerprint


def test_an_archive_without_a_page() -> None:
    head = b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n"
    assert kind_of(head + b"--x\r\nContent-Type: text/plain\r\n\r\nhi\r\n--x--") is RefusalKind.WRONG_PAGE
    assert kind_of(head + b"Content-Type: multipart/mixed; boundary=x\r\n" * 500) is RefusalKind.TOO_DEEP


def test_gzip() -> None:
    assert snapshot_of(gzip.compress(PAGE)).fingerprint == snapshot_of(PAGE).fingerprint
    assert kind_of(gzip.compress(PAGE)[:-30]) is RefusalKind.TRUNCATED
    assert kind_of(b"\x1f\x8b" + b"x" * 50) is RefusalKind.DAMAGED
    begin = time.perf_counter()
    assert kind_of(gzip.compress(b"<p>" * 50_000_000)) is RefusalKind.TOO_BIG
    assert time.perf_counter() - begin < 5


def test_encodings() -> None:
    plain = snapshot_of(PAGE).fingerprint
    text = PAGE.decode()
    assert snapshot_of(b"\xef\xbb\xbf" + PAGE).fingerprint == plain
    assert snapshot_of(text.encode("utf-16")).fingerprint == plain
    assert snapshot_of(b"\xfe\xff" + text.encode("utf-16-be")).fingerprint == plain
    assert (
        snapshot_of(text.replace("charset=utf-8", "charset=windows-1252").encode("cp1252")).fingerprint
        == plain
    )
    undeclared = snapshot_of(text.replace("charset=utf-8", "").encode("cp1252"))
    assert undeclared.fingerprint == plain
    assert "Windows-1252" in undeclared.warnings[0]


def test_a_wrong_declaration_is_warned_about() -> None:
    found = snapshot_of(PAGE.decode().encode("cp1252"))
    assert "wrong encoding" in found.warnings[0]
    strange = PAGE.replace(b"charset=utf-8", b"charset=rot13")
    assert snapshot_of(strange).fingerprint == snapshot_of(PAGE).fingerprint


@pytest.mark.parametrize(
    "data", [b"", b"  \n", b"%PDF-1.7", b"\x89PNG\r\n", b"PK\x03\x04abc", b"a\0b", b"\xef\xbb\xbf"]
)
def test_no_text(data: bytes) -> None:
    assert kind_of(data) is RefusalKind.NOT_TEXT


def test_too_big() -> None:
    assert kind_of(b"<p>" + b"x" * MAX_PAGE) is RefusalKind.TOO_BIG
    assert kind_of(b"<" * (read.MAX_ARCHIVE + 1)) is RefusalKind.TOO_BIG


def test_an_unexpected_failure_becomes_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_data: bytes) -> Snapshot:
        raise RuntimeError("boom")

    monkeypatch.setattr(read, "parse_page", fail)
    found = parse(PAGE, name="/home/mira/a\x1b[31m.html")
    assert isinstance(found, Refusal)
    assert found.kind is RefusalKind.DAMAGED
    assert "RuntimeError" in found.sentence
    assert "\x1b" not in found.sentence
    assert "/home" not in found.sentence


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from(
        [
            b"",
            b"<html>",
            b"\x1f\x8b\x08",
            b"<div id=tlTab data-count=1>",
            b"MIME-Version: 1.0\nmultipart/related\n",
            b"A\n\n[00:01] ",
        ]
    ),
)
def test_any_bytes_give_an_answer(data: bytes, lead: bytes) -> None:
    found = parse(lead + data)
    assert isinstance(found, (Snapshot, Refusal))
    if isinstance(found, Refusal):
        assert found.kind is not RefusalKind.DAMAGED or lead.startswith(b"\x1f")
        assert found.sentence.endswith(".")
        assert found.hint


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_mutilated_page_never_gives_more_than_it_holds(data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(PAGE)))
    end = data.draw(st.integers(begin, min(len(PAGE), begin + 400)))
    found = parse(PAGE[:begin] + data.draw(st.binary(max_size=20)) + PAGE[end:])
    if isinstance(found, Snapshot):
        assert len(found.tracklist.tracks) == found.rows == 2
    else:
        assert found.kind is not RefusalKind.DAMAGED


def test_a_row_swallowed_by_markup_is_missed_by_the_count() -> None:
    page = PageSpec(rows=tuple(RowSpec(name=f"Hollis - Ember {one}") for one in range(5)))
    data = render_page(replace(page, rows=page.rows)).replace(
        b'<div id="tlp_30410003"', b'<!-- <div id="tlp_30410003"', 1
    )
    assert kind_of(data) in {RefusalKind.DRIFT, RefusalKind.TRUNCATED}


@pytest.mark.parametrize("name", [*BOMBS, *CHEAP])
def test_hostile_markup_is_answered_quickly(name: str) -> None:
    begin = time.perf_counter()
    found = parse(b"<html><body>" + {**BOMBS, **CHEAP}[name])
    assert time.perf_counter() - begin < 2
    assert isinstance(found, Refusal)


def test_a_hostile_archive_is_answered_quickly() -> None:
    head = b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n"
    begin = time.perf_counter()
    assert kind_of(head + b"--x\r\n" * 2_000_000) in {RefusalKind.WRONG_PAGE, RefusalKind.TOO_DEEP}
    assert kind_of(head + b"--x\r\n\r\n" + b"\r\n" * 4_000_000) is RefusalKind.WRONG_PAGE
    assert time.perf_counter() - begin < 30
