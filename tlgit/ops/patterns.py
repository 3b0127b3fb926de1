"""The lines by which git knows tracklists and CUE sheets, in the files that are shared and in this clone's own.

`.gitattributes` and `.gitignore` travel with a branch. `upstream` and `review/…` hold nothing but lists, so on them, and
in the middle of a switch, `.git/info/attributes` and `.git/info/exclude` say the same for this clone alone.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tlgit.files.atomic import read_file
from tlgit.git.command import GitProgram

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tlgit.config import Config
    from tlgit.git.repository import Repository

INFO_ATTRIBUTES: Final = "info/attributes"
INFO_EXCLUDE: Final = "info/exclude"

_GLOB: Final = re.compile(r"([\\*?\[])")
_QUOTED: Final = re.compile(r'[\s"\x00-\x1f\x7f]|^#')
_BEGIN: Final = b"# tlgit: begin (`tlgit init` keeps this part in line with tlgit.yaml)"
_END: Final = b"# tlgit: end"
_BLOCK: Final = re.compile(
    rb"^# tlgit: begin\b[^\n]*\n(?:(?!# tlgit: )[^\n]*\n)*# tlgit: end\r?(?:\n|\Z)", re.MULTILINE
)


def attribute_line(pattern: str) -> str:
    """The line that gives git's merge and diff of the files of a pattern to tlgit.

    git reads a pattern without a slash at any depth, square brackets as a set, and quoted text as C does.
    """
    text = pattern.replace("[", "\\[")
    if "/" not in text or text.startswith("!"):
        text = "/" + text
    if _QUOTED.search(text):
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        text = '"' + re.sub(r"[\x00-\x1f\x7f]", lambda found: f"\\{ord(found[0]):03o}", escaped) + '"'
    return f"{text} merge=tlgit diff=tlgit"


def sample_path(pattern: str) -> str:
    """A path that a pattern of tracklists takes."""
    return pattern.replace("**/", "").replace("*", "x").replace("?", "x")


def ignore_line(folder: str) -> str:
    """The line that makes git ignore the folder of the CUE sheets."""
    escaped = _GLOB.sub(r"\\\1", folder)
    return f"/{escaped}/"


def is_ignored(data: bytes, folder: str) -> bool:
    """Whether a `.gitignore` names the folder, in any of the usual ways."""
    line = ignore_line(folder)
    usual = {line, line.rstrip("/")} | (
        {line.lstrip("/"), line.strip("/")} if "/" not in folder else {line[1:]}
    )
    return any(found.strip() in {text.encode() for text in usual} for found in data.splitlines())


def append_lines(data: bytes | None, lines: Iterable[str]) -> bytes | None:
    """A file with lines added at its end that it does not have yet; in its own line ends, nothing else touched."""
    present = {tuple(line.split()) for line in (data or b"").splitlines()}
    encoded = [line.encode() for line in lines]
    missing = [line for line in encoded if tuple(line.split()) not in present]
    return _with_end(data or b"", missing) if missing else data


def _with_end(text: bytes, lines: Iterable[bytes]) -> bytes:
    eol = _eol(text)
    if text and not text.endswith(b"\n"):
        text += eol
    return text + b"".join(line + eol for line in lines)


def _eol(text: bytes) -> bytes:
    return b"\r\n" if text.count(b"\r\n") * 2 > text.count(b"\n") else b"\n"


# What every clone gets


def shared_attributes(repository: Repository, paths: Iterable[str]) -> Mapping[str, str]:
    """What the files of the worktree say about `merge`, per path: git's answer in a clone without rules of its own.

    git has no option to leave `.git/info/attributes` out, so it is asked with an empty git folder.
    """
    with tempfile.TemporaryDirectory(prefix="tlgit-") as folder:
        for name in ("objects", "refs"):
            (Path(folder) / name).mkdir()
        (Path(folder) / "HEAD").write_text("ref: refs/heads/main\n", encoding="ascii")
        program = GitProgram(folder=repository.root, git_dir=Path(folder))
        names = "".join(f"{path}\0" for path in paths).encode("utf-8", "surrogateescape")
        records = program.run("check-attr", "-z", "--stdin", "merge", stdin=names).records
    return dict(zip(records[::3], records[2::3], strict=True))


def missing_attributes(repository: Repository, config: Config) -> tuple[str, ...]:
    """The lines of `.gitattributes` for those patterns that a clone would not merge by tlgit."""
    samples = {pattern: sample_path(pattern) for pattern in config.tracklists}
    found = shared_attributes(repository, samples.values())
    return tuple(attribute_line(pattern) for pattern, sample in samples.items() if found[sample] != "tlgit")


# What this clone has for itself


def planned_info(repository: Repository, config: Config) -> dict[str, tuple[bytes | None, bytes | None]]:
    """What stands in this clone's own files of rules, and what has to: `info/attributes`, `info/exclude`.

    Below the common git folder, for all worktrees. Raises UnsafeTargetError and others for what is no plain file.
    """
    wanted = {
        INFO_ATTRIBUTES: [attribute_line(pattern) for pattern in config.tracklists],
        INFO_EXCLUDE: [ignore_line(config.cue_folder)],
    }
    plans = {}
    for path, lines in wanted.items():
        standing = read_file(repository.common_dir, path)
        rest = _BLOCK.sub(b"", standing or b"")
        is_there = path == INFO_EXCLUDE and is_ignored(rest, config.cue_folder)
        plans[path] = (standing, with_block(standing, () if is_there else lines))
    return plans


def with_block(data: bytes | None, lines: Iterable[str]) -> bytes | None:
    """A file with exactly these lines between tlgit's marks; all else as it is, a new block comes last."""
    text = data or b""
    encoded = [line.encode() for line in lines]
    block = _with_end(b"", [_BEGIN, *encoded, _END]).replace(b"\n", _eol(text)) if encoded else b""
    first = _BLOCK.search(text)
    if first is None:
        return data if not block else _with_end(text, ()) + block
    rest = _BLOCK.sub(b"", text[first.end() :])
    return text[: first.start()] + block + rest
