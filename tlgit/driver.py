"""git's entry to the merge and to readable diffs. Light imports only: git starts this once per file.

The contract (gitattributes(5), "Defining a custom merge driver"): `%O %A %B %L %P` are the base, ours and theirs
as files, the marker size and the path; the result replaces `%A`; exit 0 means clean, 1 to 127 conflicts, above 128
failure. git swaps the sides during a rebase, so nothing here may take "ours" for the user.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from tlgit.errors import DataError, UsageError
from tlgit.merge.merge import MARKER_SIZE, merge
from tlgit.merge.policy import Policies, read_policies
from tlgit.tracklist.show import render_lines
from tlgit.tracklist.syntax import TracklistSyntaxError, decode
from tlgit.tracklist.text import parse_document

if TYPE_CHECKING:
    from tlgit.merge.decide import Origins
    from tlgit.merge.policy import Origin
    from tlgit.merge.slots import Slot

CLEAN: Final = 0
CONFLICT: Final = 1
USAGE: Final = 2
SETTINGS: Final = "tlgit.yaml"
FAILURE: Final = 129


def main(arguments: list[str]) -> int:
    """Run `merge-driver %O %A %B %L %P` or `textconv FILE`."""
    try:
        if arguments[:1] == ["textconv"] and len(arguments) == 2:
            return run_textconv(arguments[1])
        if arguments[:1] == ["merge-driver"] and len(arguments) in {4, 5, 6}:
            size = arguments[4] if len(arguments) > 4 else ""
            path = arguments[5] if len(arguments) > 5 else arguments[2]
            return run_merge(*arguments[1:4], size=int(size) if size.isdecimal() else MARKER_SIZE, path=path)
    except OSError as error:
        say(f"cannot read or write {error.filename}: {error.strerror}")
        return FAILURE
    say("usage: tlgit merge-driver %O %A %B %L %P, or tlgit textconv FILE (both are called by git)")
    return USAGE


def run_merge(base: str, ours: str, theirs: str, *, size: int, path: str) -> int:
    """Merge three files into `ours`; see the module for the exit codes."""
    data = [read(name) for name in (base, ours, theirs)]
    try:
        b, o, t = (decode(one) for one in data)
        result = merge(
            b if b.strip() else None,
            o,
            t,
            marker_size=max(size, MARKER_SIZE),
            policies=policies(),
            origins=origins_of(path, data[1], data[2]),
        )
    except TracklistSyntaxError as error:
        say(f"{printable(path)}: one side cannot be read ({error.message}); merging it as plain text")
        return merge_as_text(base, ours, theirs, size)
    except DataError as error:
        say(f"{printable(path)}: {error.message}")
        say(f"hint: {error.hint}")
        write(ours, whole_conflict(data[1], data[2], max(size, MARKER_SIZE)))
        return CONFLICT
    merged = result.text.encode()
    if merged != data[1]:
        write(ours, merged)
    for decision in result.decisions:
        if decision.policy:
            about = f" ({printable(decision.name)})" if decision.name else ""
            words = WORDS[decision.reason]
            if not decision.is_open:
                words += f": took {decision.side}, by the rule `{decision.policy}`"
            say(f"{printable(path)}: {decision.path}{about} is {words}")
    return CLEAN if result.is_clean else CONFLICT


WORDS: Final = {
    "changed": "changed on both sides",
    "deleted": "deleted on one side and changed on the other",
    "moved": "at two different places",
    "unsure": "inserted between tracks that the other side moved",
}


def policies() -> Policies:
    """The rules of `tlgit.yaml` at the top of the worktree, where git starts its drivers."""
    try:
        return read_policies(read(SETTINGS))
    except (FileNotFoundError, NotADirectoryError):
        return Policies()
    except (DataError, UsageError) as error:
        reason = error.message
    except OSError as error:
        reason = f"{SETTINGS}: {error.strerror}"
    say(f"{reason}; merging without its rules")
    return Policies()


def origins_of(path: str, ours: bytes, theirs: bytes) -> Origins:
    """When and by which source both sides last changed a field; git is asked when the first rule wants to know."""
    known: list[Origins | None] = []

    def origins(slot: Slot | None, key: str) -> tuple[Origin, Origin] | None:
        if not known:
            # Loaded here: only few rules ask.
            from pathlib import Path  # noqa: PLC0415

            from tlgit.git.command import GitProgram  # noqa: PLC0415
            from tlgit.git.history import git_origins, merge_sides  # noqa: PLC0415

            sides = merge_sides(os.environ, path, ours, theirs)
            known.append(sides and git_origins(GitProgram(folder=Path.cwd()), *sides))
        return known[0] and known[0](slot, key)

    return origins


def merge_as_text(base: str, ours: str, theirs: str, size: int) -> int:
    """Git's own textual merge; never clean, because nobody has read what it merged."""
    # Loaded here: needed only when a side is broken.
    import subprocess  # noqa: PLC0415

    command = ["git", "merge-file", f"--marker-size={max(size, MARKER_SIZE)}"]
    command += ["-L", "ours", "-L", "base", "-L", "theirs", "--", ours, base, theirs]
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
    if done.returncode > 127:
        say(
            "this is not text; ours is kept as it is: take theirs with `git checkout --theirs`, if you want it"
        )
        return FAILURE
    return CONFLICT


def whole_conflict(ours: bytes, theirs: bytes, size: int) -> bytes:
    """Both files, one below the other, between markers."""
    sides = [side if side.endswith(b"\n") or not side else side + b"\n" for side in (ours, theirs)]
    marks = [mark * size for mark in (b"<", b"=", b">")]
    return b"%s ours\n%s%s\n%s%s theirs\n" % (marks[0], sides[0], marks[1], sides[1], marks[2])


def run_textconv(name: str) -> int:
    """Write a tracklist as lines for `git diff`; what is none, as it is."""
    data = read(name)
    try:
        text = render_lines(parse_document(data)).encode()
    except TracklistSyntaxError:
        text = data
    sys.stdout.buffer.write(text)
    return CLEAN


def read(name: str) -> bytes:
    """A file's bytes."""
    with open(name, "rb") as file:  # noqa: PTH123 - pathlib costs start-up time
        return file.read()


def write(name: str, data: bytes) -> None:
    """Replace a file in one step, so that a killed driver leaves ours as it was."""
    temporary = f"{name}.{os.getpid()}.tmp"
    with open(temporary, "xb") as file:  # noqa: PTH123 - pathlib costs start-up time
        file.write(data)
    os.replace(temporary, name)  # noqa: PTH105 - pathlib costs start-up time


def say(words: str) -> None:
    """One line on stderr, where git shows it."""
    sys.stderr.write(f"tlgit: {words}\n")


def printable(text: str) -> str:
    """A text from outside without anything that drives a terminal."""
    return "".join(c if c.isprintable() else "?" for c in text)
