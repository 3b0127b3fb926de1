"""A look at HTML before the parser sees it: how deep, how many attributes, how much left open.

The C parser builds trees in quadratic time from some texts: 100,000 nested elements take it 8 to 17 s, 50,000
attributes on one element 3 s, 300,000 options in one select 211 s, and unclosed formatting elements are copied into
every paragraph. This scan is linear, follows the tokenizer of the HTML standard (attributes, comments, raw text) and
closes no element that the standard would leave open, so what it measures is never below what the parser will meet.
"""

from __future__ import annotations

import re
from typing import Final

MAX_DEPTH: Final = 200
MAX_ATTRIBUTES: Final = 200
MAX_OPTIONS: Final = 2000
MAX_COPIES: Final = 2_000_000
"""Formatting elements left open, times the tags of the page."""

_ATTRIBUTE: Final = (
    rb"(?:[\s/]*+[^\s/>][^\s/>=]*+"
    rb"(?:\s*+=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^\s>\"'][^\s>]*+)?+)?+)"
)
_RAW: Final = rb"(?i:script|style|textarea|title|xmp|iframe|noembed|noframes)"
_TAG: Final = re.compile(
    rb"<(?:!--(?:-?>|[^-]*+(?:-(?!->)[^-]*+)*+(?:-->|\Z))"
    rb"|" + _RAW + rb"(?=[\s/>])" + _ATTRIBUTE + rb"*+[\s/]*+(?:>|\Z)"
    rb"[^<]*+(?:<(?!/" + _RAW + rb")[^<]*+)*+(?:</" + _RAW + rb"[^>]*+>?|\Z)"
    rb"|(/?[a-zA-Z][^\s/>]*+)(?:" + _ATTRIBUTE + b"{0,%d}+" % MAX_ATTRIBUTES + rb"[\s/]*+(?:>|\Z)|(.).*))",
    re.DOTALL,
)
_VOID: Final = frozenset(b"area base br col embed hr img input link meta param source track wbr".split())
_FORMATTING: Final = frozenset(b"a b big code em font i nobr s small strike strong tt u".split())
_SCOPE: Final = frozenset(
    b"applet caption html table td th marquee object template select button svg math foreignobject desc".split()
)
_IMPLIED: Final = frozenset(b"dd dt li option p td th tr".split())
"""A start tag of these closes an open element of the same name."""
_REACH: Final = 8
"""How many open elements a closing tag may pass; more is left open, which only makes the measure stricter."""


def find_bomb(data: bytes) -> str | None:
    """Say what makes this HTML too costly to parse, as the end of a sentence, or None when nothing does."""
    stack: list[bytes] = []
    tags = options = leaked = 0
    for name, overflow in _TAG.findall(data):
        if not name:
            continue
        tags += 1
        if overflow:
            return f"carries an element with more than {MAX_ATTRIBUTES} attributes"
        if name[0] == 47:
            if stack and stack[-1] == name[1:]:
                stack.pop()
            elif stack:
                leaked += _close(stack, name[1:].lower())
            continue
        if not name.islower():
            name = name.lower()  # noqa: PLW2901  (nearly all names are lower case already)
        if name in _VOID:
            continue
        options += name in {b"option", b"optgroup"}
        if stack and stack[-1] == name and name in _IMPLIED:
            continue
        stack.append(name)
        if len(stack) > MAX_DEPTH:
            return f"nests elements deeper than {MAX_DEPTH}"
    leaked += sum(name in _FORMATTING for name in stack)
    if options > MAX_OPTIONS:
        return f"carries more than {MAX_OPTIONS} options"
    if leaked * tags > MAX_COPIES:
        return "leaves too many elements open"
    return None


def _close(stack: list[bytes], name: bytes) -> int:
    """Close the nearest open element of this name that is in scope; give how many formatting ones it passed."""
    for step in range(1, min(len(stack), _REACH) + 1):
        if stack[-step] == name:
            passed = sum(one in _FORMATTING for one in stack[len(stack) - step + 1 :])
            del stack[-step:]
            return passed
        if stack[-step] in _SCOPE:
            break
    return 0
