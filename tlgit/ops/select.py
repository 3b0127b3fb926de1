"""Which of the waiting reviews and items a name means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlgit.errors import UsageError
from tlgit.ops.review import read_reviews, review_of
from tlgit.ops.waiting import Waiting, read_waiting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tlgit.ops.waiting import Item
    from tlgit.ops.workspace import Workspace


class NothingWaitsError(UsageError):
    """Nothing waits of this list."""

    def __init__(self, path: str) -> None:
        super().__init__(f"nothing waits of {path!r}", hint="`tlgit review` lists what waits")


class UnknownFieldError(UsageError):
    """Nothing that waits goes by this path or id."""

    def __init__(self, waiting: Waiting, name: str) -> None:
        self.name = name
        paths = ", ".join(item.path for item in waiting.items[:5])
        more = f" and {len(waiting.items) - 5} more" if len(waiting.items) > 5 else ""
        super().__init__(f"nothing waits at {name!r}", hint=f"waiting are {paths}{more}")


def find_waiting(workspace: Workspace, name: str) -> Waiting:
    """What waits of the list that `name` means, or on the branch of that name.

    Raises UnknownTracklistError, NothingWaitsError, and DataError when a side cannot be read.
    """
    reviews = read_reviews(workspace)
    found = next((review for review in reviews if name in {review.branch, review.ref}), None)
    if found is None:
        file = workspace.find(name)
        found = review_of(reviews, file.path, workspace.list_id(file))
        if found is None:
            raise NothingWaitsError(file.path)
    return read_waiting(workspace, found)


def choose_items(waiting: Waiting, fields: Sequence[str]) -> tuple[Item, ...]:
    """The items that these paths or ids name; all of them when nothing is named.

    A track's path means all of its fields. Raises UnknownFieldError.
    """
    if not fields:
        return waiting.items
    chosen: dict[str, Item] = {}
    for name in fields:
        found = [item for item in waiting.items if name == item.id]
        found = found or [
            item for item in waiting.items if item.path == name or item.path.startswith(f"{name}.")
        ]
        if not found:
            raise UnknownFieldError(waiting, name)
        chosen |= {item.id: item for item in found}
    return tuple(chosen.values())
