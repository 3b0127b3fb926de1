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
from tlgit.ops.integrate import Clash, base_text, merge_blobs
from tlgit.ops.message import render_message, render_subject
from tlgit.ops.workspace import REVIEW, UPSTREAM
from tlgit.tracklist.schema import parse_reading

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
    found = []
    for ref, tip in workspace.repository.refs(REVIEW).items():
        for commit in own_commits(workspace, tip):
            review = _read_review(workspace, ref, tip, commit)
            if review is not None:
                found.append(review)
                break
    return tuple(found)


def _read_review(workspace: Workspace, ref: str, tip: str, commit: str) -> Review | None:
    repository = workspace.repository
    parents = repository.parents_of(commit)
    for change in repository.changed(parents[0] if parents else None, commit):
        if change.new_oid is None or not workspace.config.is_tracklist(change.path):
            continue
        if review_ref(workspace, change.path) == ref:
            file = workspace.lists(commit)[change.path]
            list_id = workspace.list_id(file)
            return Review(ref=ref, tip=tip, commit=commit, path=change.path, list_id=list_id)
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
    changes: str,
    trailers: Mapping[str, str | None],
) -> str:
    """Let this text of a list wait, on top of `tip`; gives the branch. The same again changes nothing."""
    repository, ref = workspace.repository, review_ref(workspace, path)
    tree = repository.write_tree(tip, {path: repository.write_blob(text.encode())})
    parents = (tip,) if tip else ()
    standing = repository.ref(ref)
    is_same = standing is not None and repository.parents_of(standing) == parents
    if standing is None or not is_same or repository.tree_of(standing) != tree:
        title = parse_reading(text).tracklist.title
        message = render_message(render_subject("review", title, changes), trailers)
        commit = repository.write_commit(tree, parents, message)
        _keep_foreign(workspace, ref, standing)
        with workspace.job("review", {"locks": [ref]}):
            repository.move_ref(ref, commit, standing, "tlgit: waits for the user")
    return ref.removeprefix("refs/heads/")


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


def take_in_merged(workspace: Workspace, head: str | None) -> tuple[str, ...]:
    """Let `upstream` take in every review commit that the user has merged by hand; gives their branches.

    The user has decided: those values are what the source said and the user has seen, whichever were kept.
    """
    if head is None:
        return ()
    repository = workspace.repository
    taken = []
    for review in read_reviews(workspace):
        if not repository.is_ancestor(review.tip, head):
            continue
        tip = repository.ref(UPSTREAM)
        new = _joined(workspace, tip, review)
        if new is None:
            continue
        if new != tip:
            with workspace.job("upstream", {"locks": [UPSTREAM]}):
                repository.move_ref(UPSTREAM, new, tip, "tlgit: taken by the user")
        drop_review(workspace, review.ref)
        taken.append(review.branch)
    return tuple(taken)


def _joined(workspace: Workspace, tip: str | None, review: Review) -> str | None:
    """A commit that holds both `upstream` and the review; None when they contradict each other by now."""
    repository = workspace.repository
    if tip is None or repository.is_ancestor(tip, review.commit):
        return review.commit
    if repository.is_ancestor(review.commit, tip):
        return tip
    waiting, standing = repository.blob_at(review.commit, review.path), repository.blob_at(tip, review.path)
    if waiting is None or standing is None:
        return None
    base = base_text(workspace, tip, review.commit, review.path)
    merged = merge_blobs(review.path, base, standing[1], waiting[1])
    if isinstance(merged, Clash):
        return None
    tree = repository.write_tree(tip, {review.path: repository.write_blob(merged)})
    title = parse_reading(merged).tracklist.title
    message = render_message(
        render_subject("resolve", title, "taken by the user"),
        {"Tlgit-Action": "resolve", "Tlgit-Source": "1001tracklists", "Tlgit-Tracklist": review.list_id},
    )
    return repository.write_commit(tree, (tip, review.commit), message)
