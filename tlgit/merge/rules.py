"""The section `merge:` of `tlgit.yaml`: patterns and their policies, each error with line and column.

    merge:
      title: ours
      tracks.label: theirs
      tracks:
        start: {within: 2s}

Nested names mean the same as names with a dot. A policy that cannot settle anything about the one field that is named
is an error; named by `*`, a field for which it is not made goes to the next less specific rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from yaml.nodes import MappingNode, ScalarNode

from tlgit.errors import UsageError
from tlgit.merge.policy import TRACKS, Policies, Policy, Rule, fits, parse_span
from tlgit.tracklist.fields import LIST_FIELDS, TRACK_FIELDS
from tlgit.tracklist.syntax import BOM, Position, TracklistSyntaxError, compose, decode, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from yaml.nodes import Node

FILE_NAME: Final = "tlgit.yaml"
SECTION: Final = "merge"

FIELDS: Final = (*LIST_FIELDS, TRACKS, *(f"{TRACKS}.{key}" for key in TRACK_FIELDS))
"""Every field that the schema names, as patterns name it."""

_POLICIES: Final = {policy.value: policy for policy in Policy}
_SPAN: Final = "`within` expects a time span like `2s` or `500ms`"


class ConfigError(UsageError):
    """A setting that is unknown or cannot be read; `key` is its full name, `position` where it stands."""

    def __init__(
        self, key: str, sentence: str, *, position: Position | None = None, hint: str | None = None
    ) -> None:
        self.key = key
        self.position = position
        place = "" if position is None else f":{position.line}:{position.column}"
        super().__init__(f"{FILE_NAME}{place}: {sentence}", hint=hint)


class Named(NamedTuple):
    """A value with its full name and the nodes of both."""

    name: str
    key: Node
    node: Node


def place_of(node: Node) -> Position:
    """Line and column where a key or a value begins."""
    return Position(node.start_mark.line + 1, node.start_mark.column + 1)


def read_root(data: bytes) -> MappingNode | None:
    """The settings as nodes; None when the file says nothing. Raises `TracklistSyntaxError` named after the file."""
    try:
        text = decode(data).removeprefix(BOM)
        if all(line.lstrip()[:1] in {"", "#"} for line in text.splitlines()):
            return None
        return compose(text)
    except TracklistSyntaxError as error:
        lines = [*data.decode("utf-8", "replace").removeprefix(BOM).split("\n"), ""]
        # The parser complains about what follows the star.
        if lines[error.position.line - 1][: error.position.column - 1].endswith("*"):
            error.hint = 'put a pattern that begins with a star in quotes: `"*": theirs`'
        elif error.sentence.startswith("expected a tracklist"):
            raise ConfigError(
                "",
                "expected settings, one a line, like `cue:`",
                position=error.position,
                hint="docs/configuration.md names them all",
            ) from error
        raise error.named(FILE_NAME) from error


def rules_of(data: bytes) -> Policies:
    """The rules of a `tlgit.yaml`, and nothing else of it."""
    root = read_root(data)
    if root is None:
        return Policies()
    return parse_rules(named for named in top_of(root) if named.name.split(".")[0] == SECTION)


def top_of(root: MappingNode) -> Iterator[Named]:
    """The outermost settings."""
    return (Named(str(value_of(key)), key, node) for key, node in root.value)


def parse_rules(sections: Iterable[Named]) -> Policies:
    """The rules of all settings called `merge` or `merge.…`, in the order of their lines."""
    rules: dict[str, Rule] = {}
    for section in sections:
        for leaf in _leaves(section):
            rule = _parse_rule(leaf)
            if rule is None:
                continue
            if rule.pattern in rules:
                raise _error(
                    leaf,
                    f"{quoted(rule.pattern)} stands twice, first in line {rules[rule.pattern].line}",
                    "keep one of the two",
                )
            rules[rule.pattern] = rule
    return Policies(tuple(rules.values()))


def _leaves(named: Named) -> Iterator[Named]:
    """The patterns below a setting, each with its policy; their names still begin with `merge.`."""
    node = named.node
    if named.name == SECTION and not isinstance(node, MappingNode):
        if isinstance(node, ScalarNode) and not node.value:
            return
        raise _error(
            named,
            "`merge` expects patterns and their policies, one a line",
            'like `tracks.label: theirs`, or `"*": theirs` for every field',
            at=node,
        )
    if not isinstance(node, MappingNode):
        yield named
        return
    keys = {key.value: key for key, _ in node.value}
    if Policy.WITHIN.value in keys and named.name != SECTION:
        if len(keys) > 1:
            at = keys[Policy.WITHIN.value]
            raise _error(
                named,
                f"`within` is a policy, and stands alone below {quoted(_pattern(named))}",
                "a field of this name is written with a dot: `tracks.within: theirs`",
                at=at,
            )
        yield named
        return
    above = _pattern(named)
    if named.name != SECTION and node.value and above != TRACKS and "*" not in above:
        near = nearest(next(iter(keys)), (Policy.WITHIN.value,)) or nearest(above, (TRACKS,))
        hint = f"did you mean `{near}`?" if near else f"only `{TRACKS}` has"
        raise _error(named, f"{quoted(above)} has no fields below it", hint)
    for key, child in node.value:
        yield from _leaves(Named(f"{named.name}.{value_of(key)}", key, child))


def _parse_rule(leaf: Named) -> Rule | None:
    pattern = _pattern(leaf)
    problem = find_problem(pattern)
    if problem is not None:
        raise _error(leaf, *problem)
    read = _parse_policy(leaf)
    if read is None:
        return None
    policy, within = read
    if "*" not in pattern and not fits(policy, pattern):
        raise _error(leaf, _misfit(policy, pattern), "the table is in docs/configuration.md", at=leaf.node)
    return Rule(pattern, policy, within, place_of(leaf.key).line)


def _pattern(leaf: Named) -> str:
    return leaf.name.removeprefix(f"{SECTION}.")


def _parse_policy(leaf: Named) -> tuple[Policy, int] | None:
    """The policy and how far times may be apart; None where it is left blank."""
    node = leaf.node
    if isinstance(node, MappingNode):
        span = node.value[0][1]
        if not isinstance(span, ScalarNode) or (within := parse_span(span.value)) is None:
            raise _error(leaf, _SPAN, at=span)
        return Policy.WITHIN, within
    if not isinstance(node, ScalarNode):
        raise _error(leaf, f"{quoted(_pattern(leaf))} expects one policy, not a list", _known(), at=node)
    word, _, rest = node.value.strip().partition(" ")
    if not word:
        return None
    if word == Policy.WITHIN.value:
        within = parse_span(rest)
        if within is None:
            raise _error(leaf, _SPAN, at=node)
        return Policy.WITHIN, within
    if word not in _POLICIES or rest:
        near = nearest(word, _POLICIES)
        hint = f"did you mean `{near}`?" if near else _known()
        raise _error(leaf, f"unknown policy {node.value!r}", hint, at=node)
    return _POLICIES[word], 0


def _known() -> str:
    return "policies are " + ", ".join(_POLICIES)


def _misfit(policy: Policy, field: str) -> str:
    if field == TRACKS:
        return f"`{policy.value}` cannot decide about a whole track, expected manual, ours or theirs"
    what = "times (start, end, duration, offset)" if policy is Policy.WITHIN else "lists and notes"
    return f"`{policy.value}` is for {what}, and {quoted(field)} is none"


def find_problem(name: str) -> tuple[str, str] | None:
    """What is wrong with the name of a field or a pattern, and a hint; None when nothing is.

    The user's own keys are fields too: a name that nobody knows is wrong only where it looks like a known one, or
    stands below something other than `tracks`.
    """
    head, dot, key = name.partition(".")
    if name in FIELDS:
        return None
    if not head or (dot and not key):
        return f"{quoted(name)} is not the name of a field", "names are like `title` and `tracks.start`"
    if "*" in head:
        return None
    if dot and head != TRACKS:
        near = nearest(f"{TRACKS}.{key}", FIELDS)
        return f"unknown field {quoted(name)}", f"only `{TRACKS}` has fields below it" + (
            f": did you mean `{near}`?" if near else ""
        )
    if "." in key:
        return (
            f"unknown field {quoted(name)}",
            f"fields of a track are `{TRACKS}.start`, `{TRACKS}.parts` and so on",
        )
    if "*" in name:
        return None
    if key in LIST_FIELDS or (not dot and name in TRACK_FIELDS):
        other = key if dot else f"{TRACKS}.{name}"
        return f"unknown field {quoted(name)}", f"did you mean `{other}`?"
    # A typo is nearer than this, and `rating`, an honest key of its own, is not that near to `duration`.
    known = TRACK_FIELDS if dot else (*LIST_FIELDS, TRACKS)
    near = nearest(key if dot else name, known, cutoff=0.75)
    if near is None:
        return None
    near = f"{TRACKS}.{near}" if dot else near
    return (
        f"unknown field {quoted(name)}",
        f"did you mean `{near}`? A key of your own is named with a star: {quoted(name + '*')}",
    )


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The known word that is most like this one, if one is at least as much as `cutoff` (0 to 1)."""
    # Loaded here: only on mistakes.
    from difflib import get_close_matches  # noqa: PLC0415

    near = get_close_matches(word[:100], list(known), n=1, cutoff=cutoff)
    return near[0] if near else None


def quoted(name: str) -> str:
    """A name from the file, fit for a message."""
    return f"`{name}`" if name.isprintable() and len(name) <= 80 else repr(name[:80])


def _error(leaf: Named, sentence: str, hint: str | None = None, *, at: Node | None = None) -> ConfigError:
    return ConfigError(leaf.name, sentence, position=place_of(at or leaf.key), hint=hint)
