"""Bytes of a foreign CUE sheet to text: most are UTF-8 today, older ones in the code page of their maker."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins with the mark of UTF-16: must be asked first
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_SAMPLE: Final = 4096
"""How many bytes are looked at to tell an encoding without a mark; a multiple of four."""

_HIGH: Final = bytes(range(0x80, 0x100))
_CYRILLIC: Final = b"\xa8\xb8" + bytes(range(0xC0, 0x100))
_CYRILLIC_PAIR: Final = re.compile(rb"(?=[\xa8\xb8\xc0-\xff]{2})")
_MIXED_PAIR: Final = re.compile(rb"(?=[A-Za-z][\xa8\xb8\xc0-\xff]|[\xa8\xb8\xc0-\xff][A-Za-z])")


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a sheet, and how it was told."""

    text: str
    encoding: str
    guessed: bool
    """Neither a byte order mark nor valid UTF-8 proves the encoding."""
    damaged: bool
    """Some bytes mean nothing in this encoding, and show as U+FFFD."""


def decode_sheet(data: bytes) -> Decoded:
    """Decode by mark, else as UTF-8, else by the look of the bytes; never fails."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decode(data[len(mark) :], encoding, guessed=False)
    if (wide := _wide(data)) is not None:
        return _decode(data, wide, guessed=True)
    decoded = _decode(data, "utf-8", guessed=False)
    if not decoded.damaged:
        return decoded
    return _decode(data, _narrow(data, decoded.text), guessed=True)


def _decode(data: bytes, encoding: str, *, guessed: bool) -> Decoded:
    try:
        return Decoded(data.decode(encoding), encoding, guessed, damaged=False)
    except UnicodeDecodeError:
        return Decoded(data.decode(encoding, errors="replace"), encoding, guessed, damaged=True)


def _wide(data: bytes) -> str | None:
    """Tell UTF-16 and UTF-32 by where the zero bytes of the ASCII commands stand."""
    sample = data[:_SAMPLE]
    if b"\0" not in sample:
        return None
    zeros = [sample[lane::4].count(0) * 4 / len(sample) for lane in range(4)]
    shapes = {"utf-32-le": "-zzz", "utf-32-be": "zzz-", "utf-16-le": "-z-z", "utf-16-be": "z-z-"}
    for encoding, shape in shapes.items():
        if all(
            share > 0.3 if kind == "z" else share < 0.05 for share, kind in zip(zeros, shape, strict=True)
        ):
            return encoding
    return None


def _narrow(data: bytes, text: str) -> str:
    """Tell damaged UTF-8, windows-1251 and windows-1252 apart; `text` is `data` read as UTF-8.

    In Cyrillic nearly every high byte is a letter beside another one; in Western text a high byte stands
    alone between ASCII letters.
    """
    damaged = text.count("\ufffd")
    if sum(not char.isascii() for char in text) - damaged > 4 * damaged:
        return "utf-8"
    high = len(data) - len(data.translate(None, _HIGH))
    letters = len(data) - len(data.translate(None, _CYRILLIC))
    pairs, mixed = (sum(1 for _ in pair.finditer(data)) for pair in (_CYRILLIC_PAIR, _MIXED_PAIR))
    return "cp1251" if letters * 10 >= high * 9 and pairs > mixed else "cp1252"
