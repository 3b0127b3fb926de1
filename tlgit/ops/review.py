"""What waits for the user: one branch `review/<tracklist>` for each list with open fields.

Each is one commit on top of `upstream` that holds all that the source says, the open fields included. Whatever way
the user settles it (`git merge`, a merge that keeps ours, an edit that agrees), the next sync takes note.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tlgit.errors import RepositoryError
from tlgit.git.objects import TLGIT
from tlgit.merge.diff import content_of
from tlgit.ops.edits import describe
from tlgit.ops.message import parse_message, render_message, render_subject
from tlgit.ops.parts import Update
from tlgit.ops.workspace import REVIEW
from tlgit.tracklist.schema import parse_reading
from tlgit.tracklist.text import parse_document

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tlgit.ops.workspace import Workspace

_UNFIT: Final = re.compile(r"[^\w.+&=,'()!-]+")
_ENDING: Final = ".lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One waiting observation: its branch, its commit, and the file on `upstream` that it is about."""

    ref: str
    tip: str
    """Where the branch is; the user may have committed on it."""
    commit: str
    """What tlgit wrote: the only part that says what the source said."""
    path: str
    list_id: str | None
    since: int
    """Since when exactly this waits, in seconds since 1970."""

    @property
    def branch(self) -> str:
        """The name for `git merge`."""
        return self.ref.removeprefix("refs/heads/")


class BranchInTheWayError(RepositoryError):
    """A branch of the user has the name below which reviews would stand."""

    def __init__(self, branch: str) -> None:
        super().__init__(
            f"the branch {branch!r} stands where review branches go ('review/…')",
            hint=f"`git branch -m {branch} my-{branch}` gives it another name",
        )
        self.branch = branch


def require_room(workspace: Workspace) -> None:
    """Refuse before anything is written when no review could be kept; raises BranchInTheWayError."""
    branch = REVIEW.removesuffix("/")
    if workspace.repository.ref(branch) is not None:
        raise BranchInTheWayError(branch.removeprefix("refs/heads/"))


def review_ref(workspace: Workspace, path: str) -> str:
    """The branch on which a list's changes wait; what branches cannot be called becomes a dash."""
    folder = next((f for f in workspace.config.folders if f and path.startswith(f"{f}/")), "")
    names = path.removeprefix(f"{folder}/").rpartition(".")[0].split("/")
    return REVIEW + "/".join(_ref_name(name) for name in names)


def _ref_name(name: str) -> str:
    plain = _UNFIT.sub("-", name).replace("..", "-").strip("-.")
    if plain.endswith(_ENDING):
        plain = plain.removesuffix(_ENDING) + "-lock"
    return plain or "list"


def read_reviews(workspace: Workspace) -> tuple[Review, ...]:
    """All that waits, by branch name. Branches of that name without a tracklist are somebody else's."""
    found = (find_review(workspace, ref) for ref in workspace.repository.refs(REVIEW))
    return tuple(review for review in found if review is not None)


def _read_review(workspace: Workspace, ref: str, tip: str, commit: str) -> Review | None:
    repository = workspace.repository
    parents = repository.parents_of(commit)
    for change in repository.changed(parents[0] if parents else None, commit):
        if change.new_oid is None or not workspace.config.is_tracklist(change.path):
            continue
        if review_ref(workspace, change.path) == ref:
            file = workspace.lists(commit)[change.path]
            list_id = workspace.list_id(file)
            since = repository.authored_at(commit)
            return Review(ref=ref, tip=tip, commit=commit, path=change.path, list_id=list_id, since=since)
    return None


def own_commits(workspace: Workspace, tip: str) -> tuple[str, ...]:
    """The reviews that tlgit wrote, below the tip of a review branch, the newest first.

    A user who resolves on the branch itself commits on top: that is theirs, and not what the source said.
    """
    repository = workspace.repository
    if repository.committer_of(tip) == TLGIT:
        return (tip,)
    marks = ("--max-parents=1", f"--committer=^{TLGIT.name} <{TLGIT.email}>", "--grep=^Tlgit-Action: review$")
    return tuple(repository.program.run("rev-list", *marks, tip).text.split())


def review_of(reviews: Collection[Review], path: str, list_id: str | None) -> Review | None:
    """The review of a list of the user's branch: the same page, or made by hand at the same path."""
    return next(
        (r for r in reviews if (r.list_id == list_id if list_id is not None else r.path == path)), None
    )


def put_review(
    workspace: Workspace,
    path: str,
    text: str,
    *,
    tip: str | None,
    trailers: Mapping[str, str | None],
    body: str = "",
) -> str:
    """Let this text of a list wait, on top of `tip`; gives the branch. The same again changes nothing.

    The author's time of the commit tells since when this waits: it stays while nothing new has come to it.
    """
    repository, ref = workspace.repository, review_ref(workspace, path)
    tree = repository.write_tree(tip, {path: repository.write_blob(text.encode())})
    parents = (tip,) if tip else ()
    standing = repository.ref(ref)
    is_same = standing is not None and repository.parents_of(standing) == parents
    if standing is None or not is_same or repository.tree_of(standing) != tree:
        before = repository.blob_at(tip, path) if tip else None
        old = None if before is None else before[1]
        reading = parse_reading(text)
        subject = render_subject("review", reading.tracklist.title, describe(old, reading.document))
        now = workspace.now() // 1000
        since = _since(workspace, path, standing, update_of(old, text.encode()), now)
        message = render_message(subject, trailers, body)
        commit = repository.write_commit(tree, parents, message, when=now, authored=since)
        _keep_foreign(workspace, ref, standing)
        with workspace.job("review", {"locks": [ref]}):
            repository.move_ref(ref, commit, standing, "tlgit: waits for the user")
    return ref.removeprefix("refs/heads/")


def update_of(old: bytes | None, new: bytes) -> Update:
    """What changes between two blobs of a list."""
    before = None if old is None else content_of(parse_document(old))
    return Update(before=before, said=content_of(parse_document(new)))


def waiting_update(workspace: Workspace, review: Review) -> Update | None:
    """What waits on a review branch, beside `upstream` as it was then; None where the file is not to be read."""
    repository = workspace.repository
    parents = repository.parents_of(review.commit)
    old = repository.blob_at(parents[0], review.path) if parents else None
    new = repository.blob_at(review.commit, review.path)
    return None if new is None else update_of(old and old[1], new[1])


def find_review(workspace: Workspace, ref: str) -> Review | None:
    """The review on one branch, if there is one."""
    tip = workspace.repository.ref(ref)
    if tip is None:
        return None
    found = (_read_review(workspace, ref, tip, commit) for commit in own_commits(workspace, tip))
    return next((review for review in found if review is not None), None)


def _since(workspace: Workspace, path: str, standing: str | None, update: Update, now: int) -> int:
    """Since when all that is to wait has been waiting."""
    review = None if standing is None else find_review(workspace, review_ref(workspace, path))
    if review is None:
        return now
    known = waiting_update(workspace, review)
    return review.since if known is not None and update.marks <= known.marks else now


def rest_review(workspace: Workspace, review: Review, tip: str) -> str | None:
    """Let what is left of a review wait on top of `upstream` as it is now; gives the branch, None when nothing is."""
    repository = workspace.repository
    waiting, standing = repository.blob_at(review.commit, review.path), repository.blob_at(tip, review.path)
    if waiting is None or waiting == standing:
        drop_review(workspace, review.ref)
        return None
    trailers, body = parse_message(repository.message_of(review.commit))
    return put_review(workspace, review.path, waiting[1].decode(), tip=tip, trailers=trailers, body=body)


def drop_review(workspace: Workspace, ref: str) -> bool:
    """Remove a review branch, if it is there."""
    standing = workspace.repository.ref(ref)
    if standing is None:
        return False
    _keep_foreign(workspace, ref, standing)
    with workspace.job("review", {"locks": [ref]}):
        workspace.repository.delete_ref(ref, standing)
    return True


def _keep_foreign(workspace: Workspace, ref: str, standing: str | None) -> None:
    """Before a review branch goes: give what the user committed on it, and merged nowhere, a branch of its own."""
    repository, head = workspace.repository, workspace.repository.head().oid
    if standing is None or repository.committer_of(standing) == TLGIT:
        return
    if head is not None and repository.is_ancestor(standing, head):
        return
    kept = f"refs/heads/kept/{ref.removeprefix('refs/heads/')}-{standing[:7]}"
    if repository.ref(kept) is None:
        with workspace.job("review", {"locks": [kept]}):
            repository.move_ref(kept, standing, None, "tlgit: commits of the user")
    branches = [name.removeprefix("refs/heads/") for name in (ref, kept)]
    workspace.notes.append(f"your commits on {branches[0]} are kept on {branches[1]}")
