"""Looking merges of the past over: what became of the tracklists when somebody else than tlgit merged them.

Every list of a merge commit is compared with its versions in the parents and in the merge base that git computes, by
`merge.verify`. A later file of a list is known by its page, by its path, or by git's own eye for renames.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tlgit.errors import UsageError
from tlgit.merge.finding import SIDES, Finding, Weight
from tlgit.merge.verify import verify
from tlgit.ops.integrate import Clash, base_text, merge_blobs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tlgit.ops.workspace import ListFile, Workspace

_REVIEW: Final = re.compile(r"^Tlgit-Action: review$", re.MULTILINE)
_CERTAIN: Final = frozenset({"double", "syntax"})
"""What no further parent explains."""
_HINTS: Final = {"double": "delete one of the two", "back": "delete it again, unless you want it"}


class NotAMergeError(UsageError):
    """A commit has one parent or none, so there is nothing that could have got lost between them."""

    def __init__(self, revision: str) -> None:
        super().__init__(f"{revision!r} is not a merge commit", hint="`git log --merges` lists them")
        self.revision = revision


class UnknownRevisionError(UsageError):
    """Git knows no commit by this name."""

    def __init__(self, revision: str) -> None:
        super().__init__(f"there is no commit {revision!r}", hint="`git log --merges --oneline` lists them")
        self.revision = revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Hinted:
    """A finding, and how to get back what is lost."""

    finding: Finding
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedList:
    """One tracklist of a merge commit in which something was found."""

    path: str
    findings: tuple[Hinted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedMerge:
    """One merge commit looked over."""

    commit: str
    subject: str
    count: int
    """How many tracklists the merge could have harmed: they differ between the commit, its parents and their base."""
    lists: tuple[VerifiedList, ...]

    @property
    def has_errors(self) -> bool:
        """Whether something was lost, doubled or invented."""
        return any(one.finding.weight is Weight.ERROR for found in self.lists for one in found.findings)


def find_merges(workspace: Workspace, revision: str) -> tuple[str, ...]:
    """The merge commits that a revision or a range (`main..topic`, all in it, the oldest first) names.

    Raises UnknownRevisionError, and NotAMergeError for a single commit that is none.
    """
    repository = workspace.repository
    if ".." in revision and repository.resolve(revision) is None:
        ends = [end for end in re.split(r"\.{2,3}", revision) if end]
        for end in ends or [revision]:
            if repository.resolve(end) is None:
                raise UnknownRevisionError(end)
        return tuple(repository.program.run("rev-list", "--merges", "--reverse", revision, "--").text.split())
    commit = repository.resolve(revision)
    if commit is None:
        raise UnknownRevisionError(revision)
    if len(repository.parents_of(commit)) < 2:
        raise NotAMergeError(revision)
    return (commit,)


def verify_merge(workspace: Workspace, commit: str) -> VerifiedMerge:
    """Look one merge commit over; nothing is changed. Raises NotAMergeError."""
    parents = workspace.repository.parents_of(commit)
    if len(parents) < 2:
        raise NotAMergeError(commit)
    families = tuple(_families(workspace, commit, parents))
    look = _Look(workspace, commit, parents)
    lists = tuple(
        VerifiedList(path=family.path, findings=findings)
        for family in families
        if (findings := tuple(look.at(family)))
    )
    subject = workspace.repository.message_of(commit).split("\n", 1)[0]
    return VerifiedMerge(commit=commit, subject=subject, count=len(families), lists=lists)


# Which file is which list


@dataclass(slots=True, eq=False)
class _Family:
    """One list in all commits that matter, by their ids."""

    files: dict[str, ListFile]
    list_id: str | None
    path: str = ""

    def text(self, workspace: Workspace, commit: str) -> str | None:
        file = self.files.get(commit)
        # What is no UTF-8 cannot be read either way; the replacement says where.
        return None if file is None else workspace.repository.blob(file.oid).decode("utf-8", "replace")


def _families(workspace: Workspace, commit: str, parents: Sequence[str]) -> Iterator[_Family]:
    """The lists that are not the same file in the merge, its parents and their base."""
    bases = workspace.repository.merge_bases(parents[0], parents[1])[:1]
    commits = tuple(dict.fromkeys((*bases, *parents, commit)))
    lists = {one: workspace.lists(one) for one in commits}
    families: list[_Family] = []
    for path in sorted({path for found in lists.values() for path in found}):
        files = {one: found[path] for one, found in lists.items() if path in found}
        if len(files) == len(commits) and len({file.oid for file in files.values()}) == 1:
            continue
        by_id: dict[str | None, dict[str, ListFile]] = {}
        for one, file in files.items():
            by_id.setdefault(workspace.list_id(file), {})[one] = file
        unnamed = by_id.pop(None, {}) if len(by_id) == 2 else {}
        families += (_Family(found | unnamed, list_id) for list_id, found in by_id.items())
    first_of: dict[str, _Family] = {}
    same = [(first_of.setdefault(one.list_id, one), one) for one in families if one.list_id]
    _join(families, same)
    if bases:
        _join(families, _renamed(workspace, bases[0], commits, families))
    for family in families:
        last = next(one for one in (commit, *parents, *bases) if one in family.files)
        family.path = family.files[last].path
        yield family


def _join(families: list[_Family], pairs: Sequence[tuple[_Family, _Family]]) -> None:
    """Make one of families that are the same list, unless both stand in one commit."""
    for first, second in pairs:
        if first is second or first not in families or second not in families:
            continue
        if not first.files.keys() & second.files.keys():
            first.files |= second.files
            first.list_id = first.list_id or second.list_id
            families[:] = [family for family in families if family is not second]


def _renamed(
    workspace: Workspace, base: str, commits: Sequence[str], families: Sequence[_Family]
) -> list[tuple[_Family, _Family]]:
    """Pairs of lists of which git says that one is the other under a new path; never of two pages."""
    at_base = {family.files[base].path: family for family in families if base in family.files}
    pairs = []
    for commit in commits:
        new = {family.files[commit].path: family for family in families if commit in family.files}
        if commit == base or not new.keys() - at_base.keys():
            continue
        records = workspace.repository.program.run(
            "diff-tree", "-r", "-z", "-M", "--diff-filter=R", "--name-status", base, commit
        ).records
        for _, old_path, new_path in zip(records[::3], records[1::3], records[2::3], strict=True):
            first, second = at_base.get(old_path), new.get(new_path)
            if first is not None and second is not None and not (first.list_id and second.list_id):
                pairs.append((first, second))
    return pairs


# What became of it


class _Look:
    """The comparison of every list of one merge commit."""

    def __init__(self, workspace: Workspace, commit: str, parents: Sequence[str]) -> None:
        self.workspace = workspace
        self.commit = commit
        self.parents = parents
        repository = workspace.repository
        self.bases = {parent: repository.merge_bases(parents[0], parent) for parent in parents[1:]}
        self.is_review = _REVIEW.search(repository.message_of(parents[-1])) is not None

    def at(self, family: _Family) -> Iterator[Hinted]:
        ours, theirs = self.versions(family)
        merged = family.text(self.workspace, self.commit)
        is_clash = isinstance(ours, Clash)
        if isinstance(ours, Clash):
            words = f"cannot all be told: the parents of this octopus merge clash ({ours.reason})"
            yield Hinted(finding=Finding(weight=Weight.NOTE, code="unreadable", sentence=words))
            ours = family.text(self.workspace, self.parents[0])
        bases = self.base_texts(self.parents[-1], family)
        found, *others = ({_key(one): one for one in verify(base, ours, theirs, merged)} for base in bases)
        for key, finding in found.items():
            if not all(key in other for other in others):
                continue  # of several bases one explains it
            if is_clash and finding.code not in _CERTAIN:
                continue
            if self.is_review and finding.side == "theirs":
                rejected = f"{finding.sentence}; a review, so this was rejected"
                yield Hinted(finding=replace(finding, weight=Weight.NOTE, sentence=rejected))
                continue
            yield Hinted(finding=finding, hint=self.hint(finding, family))

    def versions(self, family: _Family) -> tuple[str | Clash | None, str | None]:
        """Ours and theirs. Of an octopus merge, ours is what all parents but the last give together."""
        first, *between, last = self.parents
        ours, theirs = family.text(self.workspace, first), family.text(self.workspace, last)
        for parent in between:
            text, base = family.text(self.workspace, parent), self.base_texts(parent, family)[0]
            if ours is None or text is None:
                ours = (ours or text) if base is None else None
                continue
            merged = merge_blobs(family.path, base, ours.encode(), text.encode())
            if isinstance(merged, Clash):
                return merged, theirs
            ours = merged.decode()
        return ours, theirs

    def base_texts(self, parent: str, family: _Family) -> list[str | None]:
        """What ours and a parent come from; of several merge bases (criss-cross) the virtual one, then each."""
        commits = self.bases[parent]
        file = next((family.files[commit] for commit in commits if commit in family.files), None)
        path = family.path if file is None else file.path
        texts: list[str | None] = []
        for commit in commits:
            found = self.workspace.repository.blob_at(commit, path)
            texts.append(None if found is None else found[1].decode("utf-8", "replace"))
        if len(commits) != 1:
            texts.insert(0, base_text(self.workspace, self.parents[0], parent, path))
        return list(dict.fromkeys(texts))

    def hint(self, finding: Finding, family: _Family) -> str | None:
        """How to get back what is lost: git's command that shows the version that has it."""
        if finding.weight is Weight.NOTE or finding.code in _HINTS:
            return _HINTS.get(finding.code)
        shows = []
        for number, parent in enumerate(self.parents, start=1):
            file = family.files.get(parent)
            is_meant = len(self.parents) > 2 or finding.side in {"", SIDES[number - 1]}
            if file is not None and is_meant:
                shows.append("`git show " + shlex.quote(f"{self.commit[:10]}^{number}:{file.path}") + "`")
        return f"{' and '.join(shows)} {'has' if len(shows) == 1 else 'have'} it" if shows else None


def _key(finding: Finding) -> tuple[object, ...]:
    return finding.code, finding.position or finding.sentence
