"""Decisions of the merge as objects, against their published schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import jsonschema
import pytest

from tests.merge.test_cases import CASES, texts_of
from tlgit.cli.words import conflict_data
from tlgit.errors import DataError
from tlgit.merge.merge import merge

if TYPE_CHECKING:
    from tlgit.merge.decision import Decision

SCHEMA: Final = Path(__file__).resolve().parents[2] / "docs/schemas/decision.json"


def decision_data(decision: Decision) -> dict[str, Any]:
    """All of a decision but what only the merge itself needs."""
    data = decision._asdict()
    for name in ("slot", "track_ref"):
        del data[name]
    return {"id": decision.id, "track": data.pop("name"), **data}


@pytest.mark.parametrize("folder", CASES, ids=[folder.name for folder in CASES])
def test_decisions_of_every_case(folder: Path) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    base, ours, theirs = texts_of(folder)
    try:
        result = merge(base, ours, theirs)
    except DataError:
        return
    for decision in result.decisions:
        data = json.loads(json.dumps(decision_data(decision)))
        validator.validate(data)
        assert data["id"] == decision.id
    for conflict in result.conflicts:
        validator.validate(json.loads(json.dumps(conflict_data(conflict))))
