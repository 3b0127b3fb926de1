"""Conflict markers in a text: finding the marked places, and telling which hunk of a merge each one is."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tlgit.merge.decision import Hunk

    Texts: TypeAlias = tuple[str, str]

_MARK: Final = re.compile(r"(<{7,}|\|{7,}|>{7,})(?: [^\r\n]*)?\r?\n?|(={7,})\r?\n?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A marked place: from the start of its first marker to the end of its last one, and the texts between."""

    start: int
    end: int
    line: int
    """The line of the first marker, counted from 1."""
    ours: str
    theirs: str
    label: str
    """What stands behind the first marker."""
    eol: str
    """The line end of the first marker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Which marked place of a text is which hunk."""

    found: Mapping[int, Block]
    """By the number of the hunk; one that is not there was resolved."""
    edited: frozenset[int]
    """Hunks between whose markers somebody has edited."""
    strays: tuple[Block, ...]
    """Marked places that are no hunk."""


def find_blocks(text: str) -> list[Block]:
    """All complete marked places, of any marker size and with any labels, also with a part for the base."""
    blocks: list[Block] = []
    size = start = line = 0
    parts: list[list[str]] = []
    label, eol = "", "\n"
    at = len(text) - len(text.removeprefix("\ufeff"))
    for number, one in enumerate(_lines(text[at:]), 1):
        mark = _mark_of(one)
        letter, length = (mark[0], len(mark)) if mark else ("", 0)
        if letter == "<" and (not parts or length == size):
            size, start, line, parts = length, at, number, [[]]
            label, eol = one[size:].strip(), "\r\n" if one.endswith("\r\n") else "\n"
        elif parts and length == size and letter == "|" and len(parts) == 1:
            parts.append([])
        elif parts and length == size and letter == "=" and len(parts) < 3:
            parts += [[]] * (2 - len(parts)) + [[]]
        elif parts and length == size and letter == ">" and len(parts) == 3:
            ours, _, theirs = ("".join(part) for part in parts)
            blocks.append(
                Block(
                    start=start, end=at + len(one), line=line, ours=ours, theirs=theirs, label=label, eol=eol
                )
            )
            parts = []
        elif parts:
            parts[-1].append(one)
        at += len(one)
    return blocks


def _lines(text: str) -> list[str]:
    """The lines with their ends, cut at line feeds only."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _mark_of(line: str) -> str | None:
    match = _MARK.fullmatch(line) if line[:1] in "<|=>" else None
    return None if match is None else match[1] or match[2]


def to_eol(text: str, eol: str) -> str:
    """The text with these line ends."""
    return text.replace("\r\n", "\n").replace("\n", eol)


def blank_others(text: str) -> str:
    """The text as ours has it at all marked places, with every other line there left blank: lines keep their numbers."""
    for block in reversed(find_blocks(text)):
        first = text.index("\n", block.start) + 1
        last = first + len(block.ours)
        middle = _blank(text[block.start : first]) + block.ours + _blank(text[last : block.end])
        text = text[: block.start] + middle + text[block.end :]
    return text


def _blank(text: str) -> str:
    return "\n" * text.count("\n")


def match_blocks(hunks: Sequence[Hunk], merged: str, text: str) -> Matched:
    """Find the hunks of the text `merged` again in a text that somebody may be editing."""
    blocks = find_blocks(text)
    wanted = [_texts(hunk.ours, hunk.theirs) for hunk in hunks]
    there = [_texts(block.ours, block.theirs) for block in blocks]
    pairs = _pair(wanted, there, merged, text)
    found = {n: blocks[m] for n, m in pairs.items()}
    edited: dict[int, Block] = {}
    strays = []
    for m, block in enumerate(blocks):
        if m in pairs.values():
            continue
        number = _edited_hunk(m, pairs, wanted, there[m], edited)
        if number is None:
            strays.append(block)
        else:
            edited[number] = block
    return Matched(found={**found, **edited}, edited=frozenset(edited), strays=tuple(strays))


def _texts(ours: str, theirs: str) -> Texts:
    """Both texts, for comparison: line ends and the missing one at the end of a file tell nothing."""
    return ours.replace("\r\n", "\n").rstrip("\n"), theirs.replace("\r\n", "\n").rstrip("\n")


def _pair(wanted: list[Texts], there: list[Texts], merged: str, text: str) -> dict[int, int]:
    """The number of each hunk that stands in the text unchanged, with that of its marked place."""
    pairs: dict[int, int] = {}
    counts, places = Counter(wanted), Counter(there)
    for texts in places:
        if counts[texts] == places[texts]:
            numbers = (n for n, one in enumerate(wanted) if one == texts)
            pairs.update(zip(numbers, (m for m, one in enumerate(there) if one == texts), strict=True))
    if any(counts[texts] > places[texts] for texts in places):
        # Of several hunks alike some are resolved: what stands around them tells which.
        for n, m in _by_context(merged, text).items():
            if n not in pairs and m not in pairs.values() and wanted[n] == there[m]:
                pairs[n] = m
    return pairs


def _by_context(merged: str, text: str) -> dict[int, int]:
    left, right = _tokens(merged), _tokens(text)
    matcher = SequenceMatcher(
        None, [token for token, _ in left], [token for token, _ in right], autojunk=False
    )
    pairs = {}
    for at, other, length in matcher.get_matching_blocks():
        for offset in range(length):
            n, m = left[at + offset][1], right[other + offset][1]
            if n is not None and m is not None:
                pairs[n] = m
    return pairs


def _tokens(text: str) -> list[tuple[str | Texts, int | None]]:
    """The lines of a text, each marked place as one, with its number."""
    tokens: list[tuple[str | Texts, int | None]] = []
    at = 0
    for number, block in enumerate(find_blocks(text)):
        tokens += [(line.rstrip("\r\n"), None) for line in _lines(text[at : block.start])]
        tokens.append((_texts(block.ours, block.theirs), number))
        at = block.end
    return tokens + [(line.rstrip("\r\n"), None) for line in _lines(text[at:])]


def _edited_hunk(
    place: int, pairs: Mapping[int, int], wanted: list[Texts], texts: Texts, edited: Mapping[int, Block]
) -> int | None:
    """The hunk that a marked place was, before somebody edited it: it shares a side, or stands where it stood."""
    free = [n for n in range(len(wanted)) if n not in pairs and n not in edited]
    for n in free:
        if wanted[n][0] == texts[0] or wanted[n][1] == texts[1]:
            return n
    above = max((n for n, m in pairs.items() if m < place), default=-1)
    below = min((n for n, m in pairs.items() if m > place), default=len(wanted))
    return next((n for n in free if above < n < below), None)
