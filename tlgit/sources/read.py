"""One door for everything that comes from the user's browser: bytes in, Snapshot or Refusal out, never an exception.

Unwrapped are gzip and `.mhtml`; decided by content is whether it is a page or the text export.
"""

from __future__ import annotations

import codecs
import email
import email.policy
import re
import zlib
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from tlgit.sources.export import parse_export
from tlgit.sources.names import clean_text
from tlgit.sources.page import MAX_PAGE, parse_page
from tlgit.sources.snapshot import Refusal, RefusalKind, Snapshot

if TYPE_CHECKING:
    from email.message import EmailMessage

MAX_ARCHIVE: Final = 24 * 1024 * 1024
"""An `.mhtml` carries the page's pictures as well."""
_MAX_PARTS: Final = 2000
_MAX_MULTIPARTS: Final = 10

_CHARSET: Final = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]{1,40})", re.IGNORECASE
)
_MARKUP: Final = re.compile(
    rb"<(?:!doctype|html|head|body|div|span|meta|title|h1|table|!--|\?xml)", re.IGNORECASE
)
_TEXT_CODECS: Final = ("utf-8", "iso8859", "cp", "koi8", "ascii", "shift_jis", "euc", "gb", "big5")
_LATIN: Final = frozenset({"iso8859-1", "cp1252", "ascii"})
_HINT: Final = "save the page from your browser as HTML, or paste the text of the site's export button"


def parse(data: bytes, *, name: str = "") -> Snapshot | Refusal:
    """Read a saved page, an `.mhtml`, a gzip of either, or an export text; `name` only serves the sentences."""
    try:
        return _parse(data)
    except Exception as error:  # noqa: BLE001  (the last boundary: hostile data must end in a refusal, not in a crash)
        shown = clean_text(PurePath(name).name, 80) if name else "the data"
        kind = type(error).__name__
        return Refusal(RefusalKind.DAMAGED, f"Reading {shown!a} failed inside the parser ({kind}).", _HINT)


def _parse(data: bytes) -> Snapshot | Refusal:
    if data[:2] == b"\x1f\x8b":
        unpacked = _gunzip(data)
        if isinstance(unpacked, Refusal):
            return unpacked
        data = unpacked
    if len(data) > MAX_ARCHIVE:
        return _refuse(RefusalKind.TOO_BIG, f"This is bigger than {MAX_ARCHIVE // 1024 // 1024} MB.")
    declared: str | None = None
    if _is_mhtml(data):
        found = _unwrap_mhtml(data)
        if isinstance(found, Refusal):
            return found
        data, declared = found
    if len(data) > MAX_PAGE:
        return _refuse(RefusalKind.TOO_BIG, f"The page is bigger than {MAX_PAGE // 1024 // 1024} MB.")
    decoded = _to_utf8(data, declared)
    if isinstance(decoded, Refusal):
        return decoded
    text, warnings = decoded
    if not text or text.isspace():
        return _refuse(RefusalKind.NOT_TEXT, "There is nothing in it.")
    result = parse_page(text) if _MARKUP.search(text) else parse_export(text.decode())
    if isinstance(result, Snapshot) and warnings:
        return replace(result, warnings=(*warnings, *result.warnings))
    return result


def _refuse(kind: RefusalKind, sentence: str) -> Refusal:
    return Refusal(kind, sentence, _HINT)


def _gunzip(data: bytes) -> bytes | Refusal:
    """Unpack one gzip member, never more than the cap."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(data, MAX_ARCHIVE + 1)
    except zlib.error:
        return _refuse(RefusalKind.DAMAGED, "The gzip data is damaged.")
    if len(plain) > MAX_ARCHIVE:
        return _refuse(
            RefusalKind.TOO_BIG, f"Unpacked, this is bigger than {MAX_ARCHIVE // 1024 // 1024} MB."
        )
    if not unpacker.eof:
        return _refuse(RefusalKind.TRUNCATED, "The gzip data is cut off.")
    return plain


def _is_mhtml(data: bytes) -> bool:
    head = data[:4096].lstrip().lower()
    return head[:1] not in {b"<", b""} and b"mime-version:" in head and b"multipart/related" in head


def _unwrap_mhtml(data: bytes) -> tuple[bytes, str | None] | Refusal:
    """Find the page among the parts of an `.mhtml`: the one with a table of tracks, or else the first."""
    if data.lower().count(b"multipart/") > _MAX_MULTIPARTS:
        return _refuse(RefusalKind.TOO_DEEP, "The archive nests too many archives.")
    message: EmailMessage = email.message_from_bytes(data, policy=email.policy.default)
    best: tuple[bytes, str | None] | None = None
    for count, part in enumerate(message.walk()):
        if count > _MAX_PARTS:
            break
        if part.get_content_type() != "text/html":
            continue
        payload = part.get_payload(decode=True)
        if not isinstance(payload, bytes):
            continue
        if best is None or b"tlTab" in payload:
            best = (payload, part.get_content_charset())
        if b"tlTab" in payload:
            break
    return best or _refuse(RefusalKind.WRONG_PAGE, "The archive holds no page.")


def _to_utf8(data: bytes, declared: str | None) -> tuple[bytes, list[str]] | Refusal:
    """Give the text as UTF-8: by its byte order mark, by what it declares, as it is, or read as Windows-1252."""
    for mark, marked in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return _replacing(data[len(mark) :], marked)
    if b"\0" in data[:4096] or data[:4] in {b"%PDF", b"\x89PNG", b"PK\x03\x04"}:
        return _refuse(RefusalKind.NOT_TEXT, "This is neither a page nor a text.")
    found = _CHARSET.search(data[:4096])
    encoding = _known(declared or (found[1].decode("ascii") if found else None))
    if encoding is not None and encoding != "utf-8":
        return _replacing(data, "cp1252" if encoding in _LATIN else encoding)
    try:
        data.decode()
    except UnicodeDecodeError:
        if encoding == "utf-8":
            return _replacing(data, "utf-8")
        text = data.decode("cp1252", "replace").encode()
        return text, ["the text is not UTF-8 and declares nothing: read as Windows-1252"]
    return data, _lost_characters(data)


def _known(label: str | None) -> str | None:
    """Give the codec of a declared charset, or None for an unknown one and for codecs that make no text."""
    if label is None:
        return None
    try:
        info = codecs.lookup(label)
    except LookupError:
        return None
    return info.name if info.name.startswith(_TEXT_CODECS) else None


def _replacing(data: bytes, encoding: str) -> tuple[bytes, list[str]]:
    text = data.decode(encoding, "replace").encode()
    return text, _lost_characters(text)


def _lost_characters(text: bytes) -> list[str]:
    lost = text.count("\ufffd".encode())
    return [f"{lost} characters could not be read: the page was saved in a wrong encoding"] if lost else []
