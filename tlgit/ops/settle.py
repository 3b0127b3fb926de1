"""What users have settled about reviews by other ways than a command: a merge, an edit that agrees, another clone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tlgit.errors import DataError
from tlgit.ops.accept import User, agreed_parts
from tlgit.ops.integrate import Clash, base_text, merge_blobs, read_user
from tlgit.ops.message import parse_message, render_message, render_subject
from tlgit.ops.parts import Update, Version
from tlgit.ops.review import Review, drop_review, read_reviews, rest_review
from tlgit.ops.upstream import commit_upstream, move_upstream
from tlgit.ops.workspace import UPSTREAM
from tlgit.tracklist.schema import parse_reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlgit.ops.workspace import Workspace

_DECIDED: Final = "--format=-%(trailers:key=Tlgit-Review,valueonly,separator=%x20)"


def settle(workspace: Workspace) -> tuple[str, ...]:
    """Take note of all that was settled; gives the branches that are gone."""
    merged = take_in_merged(workspace, workspace.repository.head().oid)
    return (*merged, *follow_decisions(workspace), *settle_reviews(workspace))


def follow_decisions(workspace: Workspace) -> tuple[str, ...]:
    """Bring reviews up to what was decided about them, where that was interrupted or done in another clone.

    Gives the branches that are gone. A page that `upstream` has taken since is none of it: the next one decides.
    """
    repository = workspace.repository
    settled = []
    tip = repository.ref(UPSTREAM)
    for review in read_reviews(workspace) if tip else ():
        assert tip is not None  # noqa: S101 - nothing is read without
        parents = repository.parents_of(review.commit)
        if parents == (tip,) or not parents or repository.is_ancestor(review.tip, tip):
            continue
        span = f"{parents[0]}..{tip}"
        made = repository.program.run("log", _DECIDED, span, "--", review.path).text.split()
        waiting = repository.blob_at(review.commit, review.path)
        is_about_this = waiting is not None and set(made) == {f"-{waiting[0]}"}
        if is_about_this and rest_review(workspace, review, tip) is None:
            settled.append(review.branch)
    return tuple(settled)


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
            move_upstream(workspace, new, tip, "taken by the user")
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


def settle_reviews(workspace: Workspace) -> tuple[str, ...]:
    """Let go of every review in which nothing is open any more, because the user's edits agree; gives the branches."""
    repository = workspace.repository
    settled = []
    for review in read_reviews(workspace):
        tip, head = repository.ref(UPSTREAM), repository.head().oid
        parents = repository.parents_of(review.commit)
        if tip is None or head is None or review.list_id is None or not parents:
            continue
        before, waiting = repository.blob_at(tip, review.path), repository.blob_at(review.commit, review.path)
        mine = workspace.find_by_id(head, frozenset({review.list_id}))
        if before is None or waiting is None or mine is None:
            continue
        if repository.blob_at(parents[0], review.path) != before:
            continue  # `upstream` has moved on in this list: the next page decides
        trailers, _ = parse_message(repository.message_of(review.commit))
        try:
            old, new = (Version.read(data) for _, data in (before, waiting))
            user = read_user(workspace, review.path, mine, tip, trailers)
            if not _is_settled(old, new, user, is_sure=_was_sure(workspace, trailers)):
                continue
        except (DataError, UnicodeDecodeError):
            continue  # told where the file itself is looked at
        trailers |= {"Tlgit-Action": "resolve", "Tlgit-Doubt": None}
        commit_upstream(workspace, review.path, waiting[1].decode(), tip, trailers)
        drop_review(workspace, review.ref)
        settled.append(review.branch)
    return tuple(settled)


def _is_settled(old: Version, new: Version, user: User, *, is_sure: bool) -> bool:
    """Whether nothing is left to ask: no conflict, and what was doubtful stands in the user's version just so."""
    if not user.merge(new.text).is_clean:
        return False
    update = Update.of(old, new)
    return is_sure or agreed_parts(update, user) >= frozenset(update.parts)


def _was_sure(workspace: Workspace, trailers: Mapping[str, str | None]) -> bool:
    """Whether a review waits for its conflicts alone.

    Nothing is rated anew here: what was doubtful stays so until somebody decides, or a page says something new.
    """
    try:
        confidence = float(trailers.get("Tlgit-Confidence") or 0)
    except ValueError:
        return False
    return confidence >= workspace.config.threshold and not trailers.get("Tlgit-Doubt")
