"""Values, waiting items and conflicts in words, and as objects for programs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tlgit.merge.confidence import DEFAULT_THRESHOLD

if TYPE_CHECKING:
    from tlgit.merge.confidence import Rating
    from tlgit.merge.decision import Decision
    from tlgit.ops.waiting import Item, Waiting
    from tlgit.sources.guard import GuardFinding


def value_words(value: object) -> str:
    """A value in words; a whole track by its name and start."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, str):
        return f"“{value}”"
    if isinstance(value, dict) and ("title" in value or "artist" in value):
        start = f" at {value['start']}" if value.get("start") else ""
        return f"“{value.get('artist') or 'ID'} - {value.get('title') or 'ID'}”{start}"
    return json.dumps(value, ensure_ascii=False, default=str)


def time_words(seconds: int) -> str:
    """A moment on the user's clock."""
    return datetime.fromtimestamp(seconds, UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def time_data(seconds: int) -> str:
    """A moment for programs, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def about(path: str, name: str) -> str:
    """Where something is: `tracks[3].title (Artist - Title)`."""
    return f"{path} ({name})" if name else path


def conflict_line(conflict: Decision) -> str:
    """One conflict on one line."""
    where = about(conflict.path, conflict.name)
    if conflict.reason == "changed" and conflict.key:
        return f"conflict {where}: yours {value_words(conflict.ours)}, theirs {value_words(conflict.theirs)}"
    words = {
        "changed": "changed on both sides",
        "deleted": "deleted on one side, changed on the other",
        "moved": "moved to two places",
        "unsure": "its place is unclear, because the tracks around it moved",
    }
    return f"conflict {where}: {words[conflict.reason]}"


def conflict_data(conflict: Decision) -> dict[str, Any]:
    """One conflict as an object."""
    return {
        "id": conflict.id,
        "path": conflict.path,
        "track": conflict.name,
        "reason": conflict.reason,
        "base": conflict.base,
        "ours": conflict.ours,
        "theirs": conflict.theirs,
    }


def rating_line(rating: Rating) -> str:
    """A doubtful change on one line: what, how sure, and the reason that counts most."""
    change = rating.change
    weakest = min(rating.factors, key=lambda factor: factor.value if factor.name != "evidence" else 1)
    values = change.fields.get(rating.key)
    what = f"{rating.key} of {change.name}" if rating.key and change.name != rating.key else change.name
    told = f" {value_words(values[0])} → {value_words(values[1])}" if values and rating.key else ""
    return f"doubtful {what}:{told} {rating.value:g}, {weakest.words}"


def rating_data(rating: Rating) -> dict[str, Any]:
    """A rating as an object."""
    return {
        "confidence": rating.value,
        "factors": [{"name": f.name, "value": f.value, "words": f.words} for f in rating.factors],
    }


def doubtful_data(rating: Rating) -> dict[str, Any]:
    """A doubtful change as an object."""
    change = rating.change
    return {
        "kind": change.kind.value,
        "track": change.name,
        "field": rating.key,
        "values": list(change.fields.get(rating.key, ())),
        **rating_data(rating),
    }


def finding_data(finding: GuardFinding) -> dict[str, Any]:
    """What a guard found, as an object."""
    return {
        "kind": finding.kind.value,
        "level": finding.level.value,
        "sentence": finding.sentence,
        "figures": dict(finding.figures),
    }


def item_lines(item: Item) -> list[str]:
    """A waiting item as a few lines: what, how sure and why, what to do."""
    lines = [f"{item.id}  {about(item.path, item.name)}"]
    if item.words:
        lines.append(f"  {item.words}")
    if item.key or not item.words:
        lines.append(f"  {value_words(item.current)} → {value_words(item.proposed)}")
    if item.decision is not None and item.base is not None and item.key:
        lines.append(f"  both changed it; before it was {value_words(item.base)}")
    if item.rating is not None:
        # What takes nothing away is not worth a word.
        factors = [
            f"{factor.words} ({factor.value:g})" for factor in item.rating.factors if factor.value != 1
        ]
        lines.append(f"  confidence {item.rating.value:g}: {'; '.join(factors)}")
    side = "take it" if item.recommended == "theirs" else "keep yours"
    automatic = ", and sure enough to be automatic" if item.is_automatic else ""
    lines.append(f"  {_kind(item)}; recommended: {side}{automatic}")
    return lines


def _kind(item: Item) -> str:
    if item.decision is not None:
        return "a conflict with your file"
    is_sure = item.rating is not None and item.rating.value >= DEFAULT_THRESHOLD
    return "sure by itself, waits with the rest" if is_sure else "doubtful"


def item_data(item: Item) -> dict[str, Any]:
    """A waiting item as an object."""
    rating = item.rating
    return {
        "id": item.id,
        "path": item.path,
        "track": item.name,
        "field": item.key,
        "reason": item.reason,
        "words": item.words,
        "current": item.current,
        "proposed": item.proposed,
        "base": item.base,
        "confidence": None if rating is None else rating.value,
        "factors": [] if rating is None else rating_data(rating)["factors"],
        "recommended": item.recommended,
        "automatic": item.is_automatic,
    }


def waiting_data(waiting: Waiting) -> dict[str, Any]:
    """What waits of one list, as an object."""
    return {
        "review": waiting.review.branch,
        "path": waiting.path,
        "list_id": waiting.review.list_id,
        "since": time_data(waiting.since),
        "confidence": waiting.confidence,
        "findings": [finding_data(finding) for finding in waiting.findings],
        "items": [item_data(item) for item in waiting.items],
    }
