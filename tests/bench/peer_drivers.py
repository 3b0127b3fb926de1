"""Other merge tools as git merge drivers for YAML tracklists: `python peer_drivers.py TOOL %O %A %B`.

Runs under whichever Python the tool is installed in, so it knows nothing of tlgit. Tools for JSON and CSV get the list
converted and give it back converted; what that loses (comments, layout) is theirs. With `--time ROUNDS` in front it
prints the median milliseconds of one merge within the process instead, for tools that are Python libraries.
"""

from __future__ import annotations

import csv
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

CONFLICT = 1


def main(arguments: list[str]) -> int:
    """Merge three files into the second one; 0 is clean."""
    if arguments[:1] == ["--time"]:
        rounds, name, *files = arguments[1:]
        return print_time(int(rounds), name, [Path(file) for file in files])
    name, *files = arguments
    tool = {
        "nbdime": merge_nbdime,
        "yaml-merge": merge_yamlpath,
        "hg": merge_hg,
        "daff": merge_daff,
        "git-json-merge": merge_json,
    }[name]
    base, ours, theirs = (Path(file) for file in files[:3])
    return tool(base, ours, theirs)


def read_yaml(path: Path) -> Any:
    """A YAML file with every scalar as text; empty is an empty mapping."""
    yaml = importlib.import_module("yaml")
    return yaml.load(path.read_bytes(), Loader=yaml.CBaseLoader) or {}


def write_yaml(path: Path, value: Any) -> None:
    """Write texts so that every reader sees texts."""
    yaml = importlib.import_module("yaml")
    text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=1000)
    path.write_text(text, encoding="utf-8")


def merge_nbdime(base: Path, ours: Path, theirs: Path) -> int:
    """nbdime's generic merge of JSON-like data, default strategies."""
    values = [read_yaml(path) for path in (base, ours, theirs)]
    decisions = nbdime_decisions(*values)
    if any(decision.conflict for decision in decisions):
        return CONFLICT
    merged = importlib.import_module("nbdime.merging.decisions").apply_decisions(values[0], decisions)
    write_yaml(ours, json.loads(json.dumps(merged)))  # from nbdime's own kind of mapping to plain ones
    return 0


def nbdime_decisions(base: Any, ours: Any, theirs: Any) -> Any:
    """What nbdime decides."""
    return importlib.import_module("nbdime.merging.generic").decide_merge(base, ours, theirs)


def merge_yamlpath(base: Path, ours: Path, theirs: Path) -> int:
    """yamlpath's `yaml-merge`, which merges two files and knows no base."""
    program = Path(sys.executable).parent / "yaml-merge"
    options = ["-S", "-q", "-H", "deep", "-A", "unique", "-O", "deep"]
    done = subprocess.run([program, *options, ours, theirs], check=False, capture_output=True)
    if done.returncode:
        return CONFLICT
    ours.write_bytes(done.stdout)
    return 0


def merge_hg(base: Path, ours: Path, theirs: Path) -> int:
    """Mercurial's `:merge` tool, from its library."""
    merger = importlib.import_module("mercurial.simplemerge")
    three = merger.Merge3Text(base.read_bytes(), ours.read_bytes(), theirs.read_bytes())
    lines, is_open = merger.render_minimized(three, b"ours", b"theirs")
    ours.write_bytes(b"".join(lines))
    return CONFLICT if is_open else 0


def merge_json(base: Path, ours: Path, theirs: Path) -> int:
    """git-json-merge on the list as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("ours.json", "base.json", "theirs.json")]
        for file, source in zip(files, (ours, base, theirs), strict=True):
            file.write_text(json.dumps(read_yaml(source), indent=2), encoding="utf-8")
        done = subprocess.run(["git-json-merge", *files], check=False, capture_output=True)
        if done.returncode:
            return CONFLICT
        write_yaml(ours, json.loads(files[0].read_text(encoding="utf-8")))
    return 0


def merge_daff(base: Path, ours: Path, theirs: Path) -> int:
    """daff on two tables: the fields of the list, and its tracks with one column a field."""
    values = [read_yaml(path) for path in (base, ours, theirs)]
    heads = [[{"field": k, "value": pack(v)} for k, v in value.items() if k != "tracks"] for value in values]
    tracks = [[{k: pack(v) for k, v in track.items()} for track in tracks_of(value)] for value in values]
    merged_heads, merged_tracks = daff(heads), daff(tracks)
    if merged_heads is None or merged_tracks is None:
        return CONFLICT
    result = {row["field"]: unpack(row["value"]) for row in merged_heads}
    result["tracks"] = [{k: unpack(v) for k, v in row.items() if v} for row in merged_tracks]
    write_yaml(ours, result)
    return 0


def tracks_of(value: Any) -> list[Any]:
    """The tracks of a list as it was read."""
    return list(value.get("tracks") or []) if isinstance(value, dict) else []


def pack(value: Any) -> str:
    """A value as one cell."""
    return value if isinstance(value, str) else "\x1f" + json.dumps(value)


def unpack(cell: str) -> Any:
    """A cell as a value."""
    return json.loads(cell[1:]) if cell.startswith("\x1f") else cell


def daff(tables: list[list[dict[str, str]]]) -> list[dict[str, str]] | None:
    """Merge base, ours and theirs; None where a cell is in conflict."""
    columns = list(dict.fromkeys(key for table in tables for row in table for key in row))
    if not columns:
        return []
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("base.csv", "ours.csv", "theirs.csv")]
        for file, table in zip(files, tables, strict=True):
            with file.open("w", newline="", encoding="utf-8") as stream:
                writer = csv.DictWriter(stream, columns, restval="")
                writer.writeheader()
                writer.writerows(table)
        out = Path(folder, "out.csv")
        done = subprocess.run(["daff", "merge", "--output", out, *files], check=False, capture_output=True)
        if done.returncode or not out.exists():
            return None
        with out.open(newline="", encoding="utf-8") as stream:
            return [dict(row) for row in csv.DictReader(stream)]


def print_time(rounds: int, name: str, files: list[Path]) -> int:
    """The median milliseconds of a merge with the library loaded, reading and writing of the texts included."""
    if name == "nbdime":

        def work() -> None:
            nbdime_decisions(*(read_yaml(file) for file in files))

    elif name == "yaml-merge":
        yaml = importlib.import_module("ruamel.yaml")
        arguments = importlib.import_module("types").SimpleNamespace(
            hashes="deep",
            arrays="unique",
            aoh="deep",
            sets="unique",
            anchors="stop",
            config=None,
            mergeat="/",
        )
        log = importlib.import_module("yamlpath.wrappers").ConsolePrinter(
            importlib.import_module("types").SimpleNamespace(quiet=True, debug=False, verbose=False)
        )
        merger = importlib.import_module("yamlpath.merger")
        setup = importlib.import_module("yamlpath.merger.mergerconfig").MergerConfig

        def work() -> None:
            ours, theirs = (yaml.YAML().load(file.read_text(encoding="utf-8")) for file in files[1:])
            merger.Merger(log, ours, setup(log, arguments)).merge_with(theirs)

    else:
        return 2
    work()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    sys.stdout.write(f"{statistics.median(times) * 1000:.3f}\n")
    return 0


if __name__ == "__main__":
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.exit(main(sys.argv[1:]))
