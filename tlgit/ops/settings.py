"""The settings in effect, each with where it comes from, and what decides a conflict of one field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tlgit.config import FILE_NAME, KEYS
from tlgit.errors import UsageError
from tlgit.merge.policy import DEFAULT, TRACKS, Policy, Rule, fits, render_span
from tlgit.merge.rules import FIELDS, SECTION, nearest, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tlgit.config import Config, Setting


class UnknownSettingError(UsageError):
    """No setting, or no field, goes by this name."""

    def __init__(self, what: str, name: str, hint: str) -> None:
        super().__init__(f"there is no {what} {quoted(name)}", hint=hint)
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """A setting as it is in effect: its text, and the line of `tlgit.yaml` that says so, None for the default."""

    key: str
    value: Setting
    line: int | None
    meaning: str

    @property
    def origin(self) -> str:
        """`default` or the name of the file."""
        return "default" if self.line is None else FILE_NAME

    @property
    def place(self) -> str:
        """The origin with its line: `tlgit.yaml:4`."""
        return place_words(self.line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """A rule that names a field too, and why it does not decide."""

    rule: Rule
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What decides a conflict of a field."""

    field: str
    rule: Rule
    about: str
    """What a conflict of it is."""
    meaning: str
    """What the policy does."""
    others: tuple[Other, ...]


def place_words(line: int | None) -> str:
    """Where a setting stands, for people."""
    return f"{FILE_NAME}:{line}" if line else "default"


def list_settings(config: Config) -> tuple[Effective, ...]:
    """Every setting there is; of the policies every rule, or that there is none."""
    found: list[Effective] = []
    for key in KEYS:
        if key.name == SECTION and config.policies.rules:
            found += (
                Effective(
                    key=f"{SECTION}.{rule.pattern}", value=rule.words, line=rule.line, meaning=key.meaning
                )
                for rule in config.policies.rules
            )
            continue
        given = config.given.get(key.name)
        value, line = (key.default, None) if given is None else given
        found.append(Effective(key=key.name, value=value, line=line, meaning=key.meaning))
    return tuple(found)


def find_settings(config: Config, name: str) -> tuple[Effective, ...]:
    """The setting of this name, or all that stand below it; raises UnknownSettingError naming the nearest."""
    settings = list_settings(config)
    found = tuple(one for one in settings if one.key == name) or tuple(
        one for one in settings if one.key.startswith(f"{name}.")
    )
    if found:
        return found
    if name.startswith(f"{SECTION}."):
        field = name.removeprefix(f"{SECTION}.")
        raise UnknownSettingError("rule for", field, f"`tlgit config --explain {field}` tells what decides")
    known = [key.name for key in KEYS]
    raise UnknownSettingError(
        "setting", name, _nearest_words(name, [*known, *{key.partition(".")[0]: None for key in known}])
    )


def explain(config: Config, field: str) -> Explanation:
    """What decides a conflict of `title`, `tracks.start` or `tracks`; raises UnknownSettingError.

    A key of the user's own counts as a field when a rule names it.
    """
    is_named = any(rule.pattern == field for rule in config.policies.rules)
    if field not in FIELDS and (not is_named or "*" in field):
        raise UnknownSettingError("field", field, _nearest_words(field, FIELDS))
    chosen = config.policies.rule_for(field)
    others = []
    for rule in (*config.policies.matching(field), DEFAULT):
        if rule is not chosen:
            is_fit = fits(rule.policy, field)
            reason = _reason(rule, chosen) if is_fit else "cannot decide about this field"
            others.append(Other(rule=rule, reason=reason))
    return Explanation(
        field=field, rule=chosen, about=_about(field), meaning=_meaning(chosen), others=tuple(others)
    )


def _nearest_words(name: str, known: Sequence[str]) -> str:
    same = (one for one in known if one.rpartition(".")[2] == name.rpartition(".")[2])
    near = next(same, None) or nearest(name, known)
    return f"did you mean `{near}`?" if near else "known are " + ", ".join(known)


def _reason(rule: Rule, chosen: Rule) -> str:
    if rule is DEFAULT:
        return "only where no rule names the field"
    is_equal = not rule.is_exact and len(rule.pattern.replace("*", "")) == len(
        chosen.pattern.replace("*", "")
    )
    return "as specific, but stands above it" if is_equal else "less specific"


def _about(field: str) -> str:
    if field == TRACKS:
        return "a whole track: deleted on one side and changed on the other, or moved to two places"
    if field.startswith(f"{TRACKS}."):
        return f"`{field.partition('.')[2]}` of one track, changed to different values by both sides"
    return f"{quoted(field)} of the list, changed to different values by both sides"


_MEANINGS: Final = {
    Policy.MANUAL: "Nobody but you decides: it stays a conflict until it is resolved.",
    Policy.OURS: (
        "git's side `ours` wins: in a merge the branch you are on. In a rebase git swaps the sides, and `ours` is the"
        " branch that your commits are put on."
    ),
    Policy.THEIRS: (
        "git's side `theirs` wins: in a merge what is merged into your branch. In a rebase git swaps the sides, and"
        " `theirs` is your own commit."
    ),
    Policy.NEWEST: (
        "The side that changed this field last wins, by the time of the commit that did. Ties stay conflicts, and so"
        " does what git does not tell the time of (a rebase, a cherry-pick, a stash)."
    ),
    Policy.HIGHEST_CONFIDENCE: (
        "The value with the more trusted source wins: a hand edit, then a page, then a text export, then"
        " detection by its own figure. Ties stay conflicts, and so does what git does not tell the source of (a"
        " rebase, a cherry-pick, a stash)."
    ),
    Policy.UNION: "All items of both lists are kept, of notes all lines. A list against a text stays a conflict.",
}


def _meaning(rule: Rule) -> str:
    if rule.policy is Policy.WITHIN:
        span = render_span(rule.within)
        return (
            f"Two times at most {span} apart are no conflict: the earlier one is taken. Times further apart stay"
            " conflicts."
        )
    return _MEANINGS[rule.policy]
