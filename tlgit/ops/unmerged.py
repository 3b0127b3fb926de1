"""Tracklists that git left in conflict: a merge, rebase, cherry-pick, revert, `stash pop` or `checkout --merge`.

git keeps the three versions in its index. From them the one merge is computed anew, and each of its open decisions is
looked up in the file by what stands between the markers, because the user may be editing that file right now: what they
have resolved is not open any more, what they have begun is theirs to finish, and nothing else in the file is touched.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tlgit.errors import DataError
from tlgit.files.atomic import content_hash, read_file, write_file
from tlgit.merge.merge import merge
from tlgit.ops.hook import Refusal, find_refusal
from tlgit.ops.marks import Block, blank_others, find_blocks, match_blocks, to_eol
from tlgit.tracklist.syntax import TracklistSyntaxError, decode
from tlgit.tracklist.text import parse_document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tlgit.merge.decision import Choice, Decision, Hunk
    from tlgit.merge.merge import MergeResult
    from tlgit.ops.workspace import Workspace

LABEL: Final = "ours"
"""What the merge field by field writes behind its first markers."""
DRIVER_KEY: Final = "merge.tlgit.driver"
_FILE_MODES: Final = frozenset({"100644", "100755"})
_BASE, _OURS, _THEIRS = "1", "2", "3"
_SIDES: Final = frozenset({"ours", "theirs"})
"""The choices that stand in the file already."""

NEXT: Final = {
    "merge": "git commit",
    "rebase": "git rebase --continue",
    "am": "git am --continue",
    "cherry-pick": "git cherry-pick --continue",
    "revert": "git revert --continue",
}
"""What the user runs when nothing is in conflict any more, by what is under way."""


class NotTakenError(DataError):
    """A choice that cannot be written into the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The three versions in the index, as text; the base is None where both sides added the file."""

    base: str | None
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenField:
    """A decision of the merge that is open in the file."""

    decision: Decision
    blocks: tuple[Block, ...]
    """Where it stands; a track at two places has two."""
    is_edited: bool
    """Whether the user has begun to edit what stands between the markers."""
    has_base: bool
    """Whether the text of the base can be taken."""

    @property
    def line(self) -> int:
        """The line of the first marker, counted from 1."""
        return self.blocks[0].line


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmergedFile:
    """A tracklist that is in conflict in the index."""

    path: str
    sides: Sides | None
    data: bytes
    """The file in the worktree."""
    fields: tuple[OpenField, ...] = ()
    strays: tuple[Block, ...] = ()
    """Marked places that belong to no decision of the merge."""
    reason: str = ""
    """Why the file has to be settled by other means; empty when field by field works."""
    hint: str = ""

    @property
    def is_resolved(self) -> bool:
        """Whether nothing is marked any more, so that only `git add` is missing."""
        return not (self.fields or self.strays or self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What became of a file."""

    path: str
    taken: tuple[str, ...]
    """The ids of the decisions that are settled now."""
    is_staged: bool
    """Whether the whole file is resolved and in the index."""
    problem: str = ""
    """Why a file without open fields was not staged."""
    hint: str = ""


def read_unmerged(workspace: Workspace) -> tuple[UnmergedFile, ...]:
    """All tracklists in conflict, by path."""
    stages: dict[str, dict[str, tuple[str, str]]] = {}
    for record in workspace.repository.program.run("ls-files", "--unmerged", "-z").records:
        entry, _, path = record.partition("\t")
        mode, oid, stage = entry.split(" ")
        stages.setdefault(path, {})[stage] = (mode, oid)
    return tuple(
        _read_file(workspace, path, found)
        for path, found in sorted(stages.items())
        if workspace.config.is_tracklist(path)
    )


def other_unmerged(workspace: Workspace) -> tuple[str, ...]:
    """The paths in conflict that are no tracklists."""
    records = workspace.repository.program.run("ls-files", "--unmerged", "-z").records
    paths = dict.fromkeys(record.partition("\t")[2] for record in records)
    return tuple(path for path in paths if not workspace.config.is_tracklist(path))


def _read_file(workspace: Workspace, path: str, stages: Mapping[str, tuple[str, str]]) -> UnmergedFile:
    name = shlex.quote(path)
    if _OURS not in stages or _THEIRS not in stages:
        reason = "deleted or renamed on both sides"
        if _OURS in stages or _THEIRS in stages:
            there, gone = ("our", "their") if _OURS in stages else ("their", "our")
            reason = f"deleted or renamed on {gone} side, changed on {there} side"
        hint = f"`git rm -- {name}` deletes it, `git add -- {name}` keeps it as it is in the worktree"
        return UnmergedFile(path=path, sides=None, data=b"", reason=reason, hint=hint)
    if any(mode not in _FILE_MODES for mode, _ in stages.values()):
        hint = (
            f"`git checkout --ours -- {name}` or `git checkout --theirs -- {name}`, then `git add -- {name}`"
        )
        return UnmergedFile(
            path=path, sides=None, data=b"", reason="a link or a folder on one side", hint=hint
        )
    data = read_file(workspace.root, path)
    if data is None:
        hint = f"`git checkout --merge -- {name}` brings it back, `git rm -- {name}` deletes it"
        return UnmergedFile(path=path, sides=None, data=b"", reason="not in the worktree", hint=hint)
    blobs = {stage: workspace.repository.blob(oid) for stage, (_, oid) in stages.items()}
    try:
        base = decode(blobs[_BASE]) if _BASE in blobs else None
        sides = Sides(base=base, ours=decode(blobs[_OURS]), theirs=decode(blobs[_THEIRS]))
        file = read_text(path, sides, data)
    except DataError as error:
        reason = error.sentence if isinstance(error, TracklistSyntaxError) else error.message
        hint = f"finish it in the editor, then `git add -- {name}`"
        return UnmergedFile(path=path, sides=None, data=data, reason=reason, hint=hint)
    unknown = [*file.strays, *(block for field in file.fields if field.is_edited for block in field.blocks)]
    if unknown and (not file.fields or any(block.label != LABEL for block in unknown)):
        setup = "" if workspace.repository.config_get(DRIVER_KEY) else "`tlgit init`, then "
        reason = "its markers are not those of the merge field by field"
        hint = f"{setup}`git checkout --merge -- {name}` writes them anew (edits since the merge are lost)"
        return UnmergedFile(path=path, sides=None, data=data, reason=reason, hint=hint)
    return file


def read_text(path: str, sides: Sides, data: bytes) -> UnmergedFile:
    """Find what is open in a file that was merged of these sides. Raises DataError."""
    fields, strays = _open_fields(remerge(sides), decode(data))
    return UnmergedFile(path=path, sides=sides, data=data, fields=fields, strays=strays)


def remerge(sides: Sides, choices: Mapping[str, Choice] | None = None) -> MergeResult:
    """The merge of the three versions, without policies.

    What a policy has settled has no markers in the file, and so is not open there, whatever this says.
    Raises DataError.
    """
    base = sides.base if sides.base and sides.base.strip() else None
    return merge(base, sides.ours, sides.theirs, choices=choices or {})


def _open_fields(merged: MergeResult, text: str) -> tuple[tuple[OpenField, ...], tuple[Block, ...]]:
    hunks = merged.hunks
    matched = match_blocks(hunks, merged.text, text)
    numbers_of: dict[str, list[int]] = {}
    for n, hunk in enumerate(hunks):
        numbers_of.setdefault(hunk.id, []).append(n)
    fields = []
    # The same track twice, in the same conflict twice, is one question.
    for decision in {decision.id: decision for decision in merged.conflicts}.values():
        numbers = numbers_of.get(decision.id, [])
        blocks = tuple(block for n in numbers if (block := matched.found.get(n)) is not None)
        if not blocks:
            continue
        is_whole = len(blocks) == len(numbers) and not matched.edited.intersection(numbers)
        fields.append(
            OpenField(
                decision=decision,
                blocks=blocks,
                is_edited=not is_whole,
                has_base=_has_base(decision, [hunks[n] for n in numbers]),
            )
        )
    return tuple(sorted(fields, key=lambda field: field.blocks[0].start)), matched.strays


def _has_base(decision: Decision, hunks: Sequence[Hunk]) -> bool:
    """Whether the base can be taken: there is one, and it says where the track stands."""
    return decision.reason in {"changed", "deleted"} and all(hunk.base is not None for hunk in hunks)


def resolve_file(workspace: Workspace, file: UnmergedFile, choices: Mapping[str, Choice]) -> Resolved:
    """Write what was chosen into the file, by decision id; with the last marker gone, `git add` it.

    Raises NotTakenError, FileChangedError when somebody saves the file meanwhile, and the errors of the repository.
    """
    if file.sides is None:
        return Resolved(path=file.path, taken=(), is_staged=False, problem=file.reason, hint=file.hint)
    chosen = [field for field in file.fields if field.decision.id in choices and not field.is_edited]
    data = render_choices(file, {field.decision.id: choices[field.decision.id] for field in chosen})
    if data != file.data:
        write_file(workspace.root, file.path, data, expected=content_hash(file.data))
    taken = tuple(field.decision.id for field in chosen)
    if len(chosen) < len(file.fields) or file.strays:
        return Resolved(path=file.path, taken=taken, is_staged=False)
    found = find_refusal(file.path, data)
    if isinstance(found, Refusal) or (found is not None and not _is_readable(data)):
        words = f"{found.path}:{found.line}: {found.sentence}" if isinstance(found, Refusal) else found
        hint = f"mend it in the editor, then `git add -- {shlex.quote(file.path)}`"
        return Resolved(path=file.path, taken=taken, is_staged=False, problem=words, hint=hint)
    workspace.repository.program.run_patiently("add", "--", file.path)
    return Resolved(path=file.path, taken=taken, is_staged=True, problem=found or "")


def _is_readable(data: bytes) -> bool:
    try:
        parse_document(data)
    except TracklistSyntaxError:
        return False
    return True


def render_choices(file: UnmergedFile, choices: Mapping[str, Choice]) -> bytes:
    """The file with these decisions settled, all else byte for byte as it is. Raises NotTakenError."""
    assert file.sides is not None  # noqa: S101 - only files that merge field by field have choices
    text = decode(file.data)
    chosen = [field for field in file.fields if field.decision.id in choices]
    written = _written(file.sides, chosen, choices)
    edits: list[tuple[Block, str]] = []
    for field in chosen:
        side = choices[field.decision.id].side
        if side in _SIDES:
            edits += [(block, block.ours if side == "ours" else block.theirs) for block in field.blocks]
        else:
            texts = written[field.decision.id]
            edits += [(block, to_eol(one, block.eol)) for block, one in zip(field.blocks, texts, strict=True)]
    # The marker at the end of a file without a last line end has none either.
    ends_open = any(block.end == len(text) and not text.endswith("\n") for block, _ in edits)
    for block, wanted in sorted(edits, key=lambda edit: edit[0].start, reverse=True):
        text = text[: block.start] + wanted + text[block.end :]
    if ends_open:
        text = text.removesuffix("\n").removesuffix("\r")
    _require_readable(file, text, choices)
    return text.encode()


def _written(
    sides: Sides, fields: Sequence[OpenField], choices: Mapping[str, Choice]
) -> dict[str, list[str]]:
    """By decision id, what the merge writes at its places for a value of its own, or for the base."""
    wanted = {
        f.decision.id: choices[f.decision.id] for f in fields if choices[f.decision.id].side not in _SIDES
    }
    if not wanted:
        return {}
    before = remerge(sides)
    hunks = before.hunks
    ids = [hunk.id for hunk in hunks]
    numbers = [n for n, number in enumerate(ids) if number in wanted]
    texts = _cut_out(before.text, remerge(sides, wanted).text, numbers)
    if texts is None and len(wanted) > 1:
        return {
            n: texts
            for f in fields
            if f.decision.id in wanted
            for n, texts in _written(sides, [f], choices).items()
        }
    if texts is None:
        ((number, choice),) = wanted.items()
        # Its own words, where the merge would also move comments that stand elsewhere.
        texts = [base for n in numbers if (base := hunks[n].base) and choice.side == "base"]
        if len(texts) != len(numbers):
            field = next(field for field in fields if field.decision.id == number)
            raise NotTakenError(
                f"{field.decision.path} cannot be written as `{choice.side}` on its own: other lines would change too",
                hint=f"take a side, or write it in the editor, in line {field.line}",
            )
    found: dict[str, list[str]] = {}
    for n, text in zip(numbers, texts, strict=True):
        found.setdefault(ids[n], []).append(text)
    return found


def _cut_out(before: str, after: str, numbers: list[int]) -> list[str] | None:
    """What stands in `after` where `before` has its marked places of these numbers; None when more differs."""
    blocks = [block for n, block in enumerate(find_blocks(before)) if n in numbers]
    starts = [0, *(block.end for block in blocks)]
    kept = [
        before[start:end]
        for start, end in zip(starts, [b.start for b in blocks] + [len(before)], strict=True)
    ]
    if not after.startswith(kept[0]):
        return None
    texts, at = [], len(kept[0])
    for n, between in enumerate(kept[1:], 1):
        end = after.find(between, at) if n < len(blocks) else len(after) - len(between)
        if end < at or not after.startswith(between, end) or find_blocks(after[at:end]):
            return None
        texts.append(after[at:end])
        at = end + len(between)
    return [text + "\n" if text and not text.endswith("\n") else text for text in texts]


def _require_readable(file: UnmergedFile, text: str, choices: Mapping[str, Choice]) -> None:
    """Refuse a value that makes the file unreadable; what was broken elsewhere before is not its fault."""
    if all(choice.side in _SIDES for choice in choices.values()):
        return
    try:
        parse_document(blank_others(text))
    except TracklistSyntaxError as error:
        if _is_readable(blank_others(decode(file.data)).encode()):
            raise NotTakenError(
                error.named(file.path).message, hint="nothing was written; give another value"
            ) from error
        raise error.named(file.path) from error
