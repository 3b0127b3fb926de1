"""Named merges: which golden case shows which kind, and how any merge tool does on them.

The judge knows nothing of tlgit's merge: it reads the result with PyYAML and compares it with the expected file in
meaning. Forms of one value (`1:02:33`, `01:02:33`), empty against absent, the order inside a list of texts and all
layout are free.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import tempfile
import unicodedata
from collections import Counter
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from tests.bench.clock import markdown, tool_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.bench.peers import Tool

CASES: Final = Path(__file__).parents[1] / "cases"

KINDS: Final[dict[str, tuple[str, ...]]] = {
    "fields of one track, side by side": ("fields-adjacent", "fields-filled-beside-a-change"),
    "fields of one track, far apart": (
        "fields-label-filled-beside-a-start",
        "fields-removed-and-other-changed",
    ),
    "fields of tracks far apart": ("fields-far-apart", "list-fields-both-changed"),
    "neighbour tracks": ("fields-neighbour-tracks",),
    "same edit by both": (
        "fields-same-edit",
        "fields-same-edit-beside-others",
        "renamed-by-both-to-versions",
    ),
    "same field, other values": (
        "fields-differ",
        "fields-differ-in-two-tracks",
        "fields-removed-and-changed",
        "list-field-differs",
    ),
    "insertions into one gap": (
        "insert-one-gap-different-tracks",
        "insert-one-gap-without-starts",
        "insert-one-gap-at-one-moment",
    ),
    "insertions into different gaps": ("insert-different-gaps", "insert-several-into-different-gaps"),
    "same track inserted into one gap": (
        "insert-same-track-same-gap",
        "insert-same-track-fields-differ",
        "insert-same-track-other-start",
        "remarks-of-a-track-added-by-both",
        "remarks-of-a-track-added-by-both-one-without",
    ),
    "same track inserted into two gaps": (
        "insert-same-track-different-gaps",
        "insert-same-track-different-gaps-with-other-fields",
        "insert-same-tracks-in-other-orders",
    ),
    "insertions at start and end": (
        "insert-at-start-and-end",
        "insert-at-the-start-by-both",
        "insert-at-the-end-by-both",
    ),
    "insertions into an empty list": ("insert-into-an-empty-list", "insert-into-an-empty-list-same"),
    "insertion beside an ID that is named": ("insert-and-reveal-beside",),
    "deletion against an edit": ("delete-against-edit", "delete-against-a-remark", "delete-all-and-edit-one"),
    "deletion beside an edit": ("delete-untouched", "delete-by-both", "delete-neighbours-beside-an-edit"),
    "deletion and insertion": (
        "insert-next-to-a-deletion",
        "delete-and-insert-in-its-place",
        "tracks-emptied-by-one-and-added-by-the-other",
    ),
    "move and edit": ("move-and-edit", "move-with-another-start-and-edit", "move-of-three-and-edit"),
    "move and insertion": ("move-and-insert-at-the-old-place", "move-long-and-insertion"),
    "move against deletion": ("delete-against-move", "move-beside-a-deletion"),
    "same move by both": ("move-same", "move-long-by-both-alike"),
    "moves that cross": ("move-crossing", "move-to-two-places"),
    "moves apart from each other": (
        "move-two-disjoint",
        "move-swap-against-another-swap",
        "move-to-an-end-by-each",
    ),
    "long move": ("move-long",),
    "reversed list": (
        "move-reversed-by-one",
        "move-reversed-and-edits",
        "move-reversed-by-both",
        "move-reversed-against-a-move",
    ),
    "all starts shifted": (
        "times-all-shifted-by-ours",
        "times-all-shifted-by-both-alike",
        "times-all-shifted-by-both-differently",
        "times-all-shifted-and-one-retimed",
        "times-all-shifted-and-insertion",
        "times-all-shifted-against-deletion",
    ),
    "run of identical IDs": (
        "ids-one-deleted-others-retimed",
        "ids-run-of-three-two-revealed",
        "ids-run-one-deleted-other-revealed",
        "ids-run-one-inserted-other-revealed",
        "ids-run-revealed-one-deleted",
        "ids-run-revealed-by-both-alike",
        "ids-run-revealed-by-both-differently",
        "ids-without-start-one-deleted-one-named",
        "ids-alike-two-deleted-two-named",
        "ids-alike-all-deleted-one-named",
    ),
    "three IDs named while their starts are corrected": (
        "ids-revealed-while-retimed",
        "ids-run-revealed-with-labels-while-retimed",
        "ids-run-all-shifted-while-revealed",
    ),
    "remarks as a set": (
        "remarks-both-add",
        "remarks-both-add-the-first",
        "remarks-both-add-the-same",
        "remarks-added-and-removed",
        "remarks-different-ones-removed",
        "list-genres-as-a-set",
    ),
    "key added by both": (
        "fields-added-same-key-same-value",
        "fields-added-same-key-other-value",
        "fields-added-same-key-at-two-spots",
        "fields-added-same-key-at-two-spots-other-value",
        "fields-added-other-keys-at-one-place",
        "list-key-added-at-two-spots",
        "list-key-added-at-two-spots-other-value",
    ),
    "order of keys": (
        "layout-key-order-and-edit",
        "layout-key-order-by-both-alike",
        "layout-key-order-by-both-differently",
    ),
    "written anew with another layout": (
        "layout-indented-anew",
        "layout-written-by-another-program",
        "layout-blank-lines",
    ),
    "YAML comments": (
        "comments-added-by-both",
        "comments-beside-one-field-by-both",
        "comments-at-head-and-foot",
        "insert-with-its-comment",
        "delete-against-comment",
    ),
    "CRLF line ends": ("layout-crlf-by-ours", "layout-crlf-beside-edits"),
    "composed and decomposed letters": ("nfc-and-nfd-are-one-text", "nfc-and-nfd-beside-an-edit"),
    "long text in a block": (
        "block-text-different-lines",
        "block-text-first-and-last-line",
        "block-text-same-line",
        "block-text-both-append",
    ),
    "quotes": (
        "fields-same-edit-other-quotes",
        "layout-quoted-anew",
        "layout-quoted-anew-against-an-edit",
        "layout-quoted-key",
    ),
    "file added by both": (
        "add-add-equal-tracks",
        "add-add-fields-differ",
        "add-add-other-orders",
        "add-add-union-of-tracks",
        "add-add-without-ids",
    ),
    "unknown keys": ("fields-unknown-keys-survive",),
}
"""What happens to tracklists, and the golden cases that show it. A deleted file is git's affair: no driver is asked."""
EITHER_ORDER: Final = frozenset(
    {
        "add-add-union-of-tracks",
        "add-add-without-ids",
        "insert-at-the-end-by-both",
        "insert-at-the-start-by-both",
        "insert-into-an-empty-list",
        "insert-one-gap-at-one-moment",
        "insert-one-gap-different-tracks",
        "insert-one-gap-without-starts",
    }
)
"""Cases in which two inserted tracks may stand in either order."""

_TIME: Final = re.compile(r"\d+(:\d\d){1,2}(\.\d+)?")
_COMMENT: Final = re.compile(r"(?:^|(?<=\s))#.*$", re.MULTILINE)
_MARKER: Final = re.compile(r"^\ufeff?(<{7,}|={7,}|>{7,})", re.MULTILINE)


class Verdict(Enum):
    """How a tool did on a case."""

    RIGHT = "right"
    FALSE_CONFLICT = "false conflict"
    WRONG = "wrong"
    MISSED = "missed conflict"
    INVALID = "invalid"

    @property
    def is_silent(self) -> bool:
        """Whether nobody would notice."""
        return self in {Verdict.WRONG, Verdict.MISSED, Verdict.INVALID}


class DuplicateKeyError(Exception):
    """A mapping has a key twice."""


def judge(expected: str, code: int, result: str, *, either_order: bool = False) -> Verdict:
    """What a tool's exit code and text are worth."""
    is_open = _MARKER.search(expected) is not None
    if code:
        return Verdict.RIGHT if is_open else Verdict.FALSE_CONFLICT
    try:
        found = meaning(result, either_order=either_order)
    except (yaml.YAMLError, DuplicateKeyError):
        return Verdict.INVALID
    if is_open:
        return Verdict.MISSED
    return Verdict.RIGHT if found == meaning(expected, either_order=either_order) else Verdict.WRONG


def meaning(text: str, *, either_order: bool = False) -> Any:
    """A list as plain data that is equal for texts that mean the same."""
    if _MARKER.search(text):
        raise DuplicateKeyError("conflict markers in a file that counts as merged")
    value = _value(yaml.compose(text.removeprefix("\ufeff"), Loader=yaml.CBaseLoader))
    if either_order and isinstance(value, dict) and isinstance(value.get("tracks"), list):
        value["tracks"].sort(key=repr)
    return value


def _value(node: yaml.Node | None) -> Any:
    if isinstance(node, yaml.MappingNode):
        pairs = [(str(key.value), _value(value)) for key, value in node.value]
        if len(dict(pairs)) < len(pairs):
            raise DuplicateKeyError(", ".join(key for key, _ in pairs))
        return {key: value for key, value in pairs if value not in ("", [], {})}
    if isinstance(node, yaml.SequenceNode):
        values = [_value(value) for value in node.value]
        return sorted(values) if all(isinstance(value, str) for value in values) else values
    text = "" if node is None else unicodedata.normalize("NFC", str(node.value)).rstrip("\n")
    if _TIME.fullmatch(text):
        parts = [float(part) for part in text.split(":")]
        return f"{sum(part * 60**n for n, part in enumerate(reversed(parts)))}"
    return text


def run_tool(tool: Tool, folder: Path, path: Sequence[str] = ()) -> tuple[int, str]:
    """Let a tool merge a case; its exit code, and what it left in ours."""
    with tempfile.TemporaryDirectory() as scratch:
        files = {
            letter: Path(scratch, name) for letter, name in (("%O", "base"), ("%A", "ours"), ("%B", "theirs"))
        }
        for file in files.values():
            source = folder / f"{file.name}.yaml"
            file.write_bytes(source.read_bytes() if source.exists() else b"")
        line = tool.driver or tool.files
        for letter, file in files.items():
            line = line.replace(letter, shlex.quote(str(file)))
        line = line.replace("%L", "7").replace("%P", f"tracklists/{folder.name}.yaml")
        done = subprocess.run(
            ["sh", "-c", line], cwd=scratch, check=False, capture_output=True, env=tool_environment(path=path)
        )
        return done.returncode, files["%A"].read_bytes().decode("utf-8", "replace")


def lost_comments(expected: str, result: str) -> int:
    """How many comments of the expected text are not in the result."""
    wanted = Counter(comment.strip() for comment in _COMMENT.findall(expected.replace("\r", "")))
    return sum(max(0, count - result.count(comment)) for comment, count in wanted.items())


def score(tool: Tool, names: Iterable[str], path: Sequence[str] = ()) -> tuple[dict[str, Verdict], int]:
    """A tool's verdicts by case, and in how many cases without conflict it lost comments."""
    verdicts: dict[str, Verdict] = {}
    poorer = 0
    for name in names:
        folder = CASES / name
        expected = (folder / "expected.yaml").read_bytes().decode()
        code, result = run_tool(tool, folder, path)
        verdicts[name] = judge(expected, code, result, either_order=name in EITHER_ORDER)
        poorer += not code and not _MARKER.search(expected) and lost_comments(expected, result) > 0
    return verdicts, poorer


def print_named(tools: Sequence[Tool], path: Sequence[str] = ()) -> None:
    """Print how tools do on the named kinds, and on all golden cases."""
    named = sorted({name for names in KINDS.values() for name in names})
    everything = sorted(folder.name for folder in CASES.iterdir() if folder.is_dir())
    able = [tool for tool in tools if tool.driver or tool.files]
    table = []
    verdicts_of: dict[str, dict[str, Verdict]] = {}
    for tool in able:
        verdicts, poorer = score(tool, everything, path)
        verdicts_of[tool.name] = verdicts
        table.append((*_counted(tool.name, named, verdicts), *_counted("", everything, verdicts)[1:], poorer))
    print(f"{len(KINDS)} named kinds in {len(named)} cases, {len(everything)} golden cases in all\n")
    heads = ["tool", "named", "right", "false conflict", "silent (wrong + missed + invalid)"]
    heads += ["all", "right", "false conflict", "silent", "cases that lost comments"]
    print(markdown(heads, table))
    rows = []
    for kind, names in KINDS.items():
        cells = [
            f"{sum(v[n] is Verdict.RIGHT for n in names)}/{len(names)}{_silent(v, names)}"
            for v in verdicts_of.values()
        ]
        rows.append((kind, *cells))
    print(markdown(["kind (right/cases, ! silently wrong)", *verdicts_of], rows))


def _silent(verdicts: dict[str, Verdict], names: Sequence[str]) -> str:
    return (
        " " + "!" * sum(verdicts[name].is_silent for name in names)
        if any(verdicts[name].is_silent for name in names)
        else ""
    )


def _counted(name: str, names: Sequence[str], verdicts: dict[str, Verdict]) -> tuple[str, ...]:
    counts = Counter(verdicts[case] for case in names)
    kinds = (Verdict.WRONG, Verdict.MISSED, Verdict.INVALID)
    silent = sum(counts[kind] for kind in kinds)
    told = f"**{silent}** ({' + '.join(str(counts[kind]) for kind in kinds)})" if silent else "0"
    return (
        name,
        str(len(names)),
        str(counts[Verdict.RIGHT]),
        str(counts[Verdict.FALSE_CONFLICT]),
        told,
    )
