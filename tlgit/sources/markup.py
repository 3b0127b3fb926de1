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

_PLAIN_ATTRIBUTE: Final = rb"(?:[ \n]++[a-z-]++=\"[^\"]*+\")"
_ATTRIBUTE: Final = (
    rb"(?:[\s/]*+[^\s/>][^\s/>=]*+"
    rb"(?:\s*+=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^\s>\"'][^\s>]*+)?+)?+)"
)
_RAW: Final = rb"(?i:script|style|textarea|title|xmp|iframe|noembed|noframes)"
_NAME: Final = rb"[a-zA-Z][^\s/>]*+"
_SKIPPED: Final = (
    rb"(?=[!stxnSTXNI]|if)(?!span)"  # nothing else begins like a comment or an element of raw text
    rb"(?:!--(?:-?>|[^-]*+(?:-(?!->)[^-]*+)*+(?:-->|\Z))"
    rb"|" + _RAW + rb"(?=[\s/>])" + _ATTRIBUTE + rb"*+[\s/]*+(?:>|\Z)"
    rb"[^<]*+(?:<(?!/" + _RAW + rb")[^<]*+)*+(?:</" + _RAW + rb"[^>]*+>?|\Z))"
)
_TAG: Final = re.compile(
    rb"<(?:" + _SKIPPED + rb"|(?:/(" + _NAME + rb")|(" + _NAME + rb"))"
    rb"(?:>|"
    + b"%b{0,%d}+%b{0,%d}+" % (_PLAIN_ATTRIBUTE, MAX_ATTRIBUTES, _ATTRIBUTE, MAX_ATTRIBUTES)
    + rb"[\s/]*+(?:>|\Z)|(.).*))",
    re.DOTALL,
)
"""Groups: name of an end tag, name of a start tag, and whether there are too many attributes (all is eaten then)."""
_VOID: Final = frozenset(b"area base br col embed hr img input link meta param source track wbr".split())
_FORMATTING: Final = frozenset(b"a b big code em font i nobr s small strike strong tt u".split())
_COUNTED: Final = frozenset({b"option", b"optgroup"})
_SCOPE: Final = frozenset(
    b"applet caption html table td th marquee object template select button svg math foreignobject desc".split()
)
_IMPLIED: Final = frozenset(b"dd dt li option p td th tr".split())
"""A start tag of these closes an open element of the same name."""
_REACH: Final = 8
"""How many open elements a closing tag may pass; more is left open, which only makes the measure stricter."""


def find_bomb(data: bytes) -> str | None:
    """Say what makes this HTML too costly to parse, as the end of a sentence, or None when nothing does."""
    stack: list[bytes] = [b""]
    options = leaked = 0
    found = _TAG.findall(data)
    for end, start, overflow in found:
        if overflow:
            return f"carries an element with more than {MAX_ATTRIBUTES} attributes"
        if end:
            if stack[-1] == end:
                stack.pop()
            else:
                leaked += _close(stack, end.lower())
        elif start in _VOID or not start:
            continue
        else:
            name = start if start.islower() else start.lower()
            if name in _COUNTED:
                options += 1
            if stack[-1] == name and name in _IMPLIED:
                continue
            stack.append(name)
            if len(stack) > MAX_DEPTH:
                return f"nests elements deeper than {MAX_DEPTH}"
    leaked += sum(name in _FORMATTING for name in stack)
    if options > MAX_OPTIONS:
        return f"carries more than {MAX_OPTIONS} options"
    if leaked * len(found) > MAX_COPIES:
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
