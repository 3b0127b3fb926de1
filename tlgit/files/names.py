"""Which relative paths may be touched, and which names may be made: rules of three operating systems at once."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from tlgit.errors import UsageError

_IGNORED_BY_HFS: Final = re.compile(r"[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_RESERVED: Final = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])(?:\..*)?"
)
_FORBIDDEN: Final = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\]')
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_NAME_LENGTH: Final = 255


class UnsafePathError(UsageError):
    """The path leads out of its root, into git's own folder, or has a name that some system cannot hold."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"the path {path!r} {reason}", hint="use a plain path below the top folder of the repository"
        )
        self.path = path


def parse_relative_path(path: str) -> tuple[str, ...]:
    """Cut a path with slashes into its names; raises UnsafePathError for all that could lead elsewhere."""
    if "\0" in path:
        raise UnsafePathError(path, "holds a zero byte")
    if path.startswith(("/", "\\")) or _DRIVE.match(path):
        raise UnsafePathError(path, "is absolute")
    names = tuple(path.split("/"))
    for name in names:
        if name in {"", ".", ".."}:
            raise UnsafePathError(path, f"has {name!r} as a part")
        if "\\" in name:
            raise UnsafePathError(path, "holds a backslash, which divides folders on Windows")
        if _is_git_folder(name):
            raise UnsafePathError(path, "leads into the folder of git")
    return names


def check_new_name(name: str, path: str) -> None:
    """Refuse to make a file or folder whose name not every system can hold; `path` is told in the error."""
    if _FORBIDDEN.search(name) or not name.isprintable():
        raise UnsafePathError(path, "holds a character that file names cannot have everywhere")
    if name.endswith((".", " ")) or name.startswith(("-", " ")):
        raise UnsafePathError(path, "has a name that starts or ends badly")
    if _RESERVED.fullmatch(name.casefold()):
        raise UnsafePathError(path, "has a name that Windows keeps for a device")
    if len(name.encode("utf-8", "surrogateescape")) > _NAME_LENGTH:
        raise UnsafePathError(path, f"has a name of more than {_NAME_LENGTH} bytes")


def _is_git_folder(name: str) -> bool:
    """Tell `.git` in every disguise: case, characters that macOS ignores, Windows short names and streams."""
    plain = _IGNORED_BY_HFS.sub("", unicodedata.normalize("NFKC", name)).casefold()
    return plain.partition(":")[0].rstrip(". ") in {".git", "git~1"}
