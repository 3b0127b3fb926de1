"""`config`: the settings in effect, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tlgit.cli import show
from tlgit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tlgit.config import Setting
    from tlgit.merge.policy import Rule
    from tlgit.ops.settings import Effective, Explanation


@click.command("config")
@click.argument("key", required=False)
@click.option(
    "--explain", "field", metavar="FIELD", help="Tell what decides a conflict of `title`, `tracks.start` …"
)
@click.pass_context
def config_command(ctx: click.Context, key: str | None, field: str | None) -> int:
    """Show the settings in effect and where each comes from: the defaults, or a line of `tlgit.yaml`.

    KEY shows one of them (`review.timeout`), or all of a section (`review`).
    """
    from tlgit.ops.settings import explain, find_settings, list_settings  # noqa: PLC0415
    from tlgit.ops.workspace import Workspace  # noqa: PLC0415

    if key is not None and field is not None:
        raise UsageError("--explain takes a field, and no KEY beside it")
    with Workspace.open(Path.cwd()) as workspace:
        config = workspace.config
    if field is not None:
        return _show_explanation(ctx, explain(config, field))
    settings = list_settings(config) if key is None else find_settings(config, key)
    data = {
        "settings": [
            {
                "key": one.key,
                "value": one.value,
                "origin": one.origin,
                "line": one.line,
                "meaning": one.meaning,
            }
            for one in settings
        ]
    }
    is_one = [one.key for one in settings] == [key]
    text = _lines(settings[0].value) if is_one else _table(settings)
    show.result(ctx, "tlgit.config/1", data, text)
    return 0


def _table(settings: Sequence[Effective]) -> str:
    rows = [(one.key, ", ".join(_lines(one.value).splitlines()), one.place) for one in settings]
    return show.table(("setting", "value", "from"), rows)


def _lines(value: Setting) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return "\n".join(str(one) for one in value)
    return "none"


def _show_explanation(ctx: click.Context, found: Explanation) -> int:
    data = {
        "field": found.field,
        "about": found.about,
        "policy": found.rule.policy.value,
        "within_ms": found.rule.within or None,
        "meaning": found.meaning,
        "rule": _rule_data(found.rule),
        "others": [{**_rule_data(other.rule), "reason": other.reason} for other in found.others],
    }
    lines = [
        f"{found.field}: {found.about}",
        f"decided by {_rule_words(found.rule)}",
        found.meaning,
    ]
    lines += [f"not by {_rule_words(other.rule)}: {other.reason}" for other in found.others]
    lines.append("A change that only one side made is taken without any policy.")
    show.result(ctx, "tlgit.config/1", data, "\n".join(lines))
    return 0


def _rule_data(rule: Rule) -> dict[str, object]:
    origin = "tlgit.yaml" if rule.line else "default"
    return {"pattern": rule.pattern, "policy": rule.words, "origin": origin, "line": rule.line or None}


def _rule_words(rule: Rule) -> str:
    if not rule.line:
        return f"the default, `{rule.words}`"
    return f"`{rule.pattern}: {rule.words}` (tlgit.yaml:{rule.line})"
