from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tlgit.cli.main import run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.conftest import Git


def test_init_and_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", str(tmp_path / "sets")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("made a git repository in ")
    assert lines[-1].startswith("committed as ")
    assert run(["init", str(tmp_path / "sets")]) == 0
    assert capsys.readouterr().out == "everything is set up already\n"


def test_init_as_an_object(
    repository: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository)
    assert run(["init", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["schema"] == "tlgit.init/1"
    assert data["root"] == str(repository)
    assert {step["outcome"] for step in data["steps"]} == {"done"}


def test_doctor(
    repository: Path, git: Git, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository)
    assert run(["doctor"]) == 1
    assert "error: `merge.tlgit.driver` is not set" in capsys.readouterr().out
    assert run(["doctor", "--fix"]) == 0
    assert "set `merge.tlgit.driver` in this clone" in capsys.readouterr().out
    assert run(["doctor", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["schema"] == "tlgit.doctor/1"
    assert data["mended"] is None
    assert {finding["code"] for finding in data["findings"]} <= {"git-holes"}
    git(repository, "config", "core.hooksPath", "/nowhere")
    assert run(["doctor"]) == 1


def test_hook_says_what_is_wrong_and_goes_on(
    repository: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository)
    assert run(["hook", "post-checkout", "a", "b", "1"]) == 0
    (repository / "tlgit.yaml").write_text("x: y\n", encoding="utf-8")
    assert run(["hook", "post-commit"]) == 0
    assert "unknown setting" in capsys.readouterr().err
    monkeypatch.chdir("/")
    assert run(["hook", "pre-commit"]) == 0
    assert capsys.readouterr().err.startswith("tlgit: ")
    assert run(["hook", "probe"]) == 2
