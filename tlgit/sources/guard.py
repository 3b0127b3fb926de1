"""Guards between a Snapshot and the branch `upstream`: what a plausible update never does, and weak sources.

A page that passes its own checks may still be wrong for the list it is meant for: emptied, blanked or another list.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import Enum
from typing import TYPE_CHECKING, Final

from tlgit.sources.export import render_line
from tlgit.sources.names import compare_form
from tlgit.tracklist.fields import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tlgit.sources.snapshot import Snapshot
    from tlgit.tracklist.model import Track, Tracklist


CUT_TITLES: Final = 3
"""So many titles, and at least one in twenty, are not cut short by editing."""


class GuardKind(Enum):
    """What an update does that no honest update does."""

    OTHER_LIST = "other_list"
    ROWS_LOST = "rows_lost"
    NAMES_LOST = "names_lost"
    FIELD_GONE = "field_gone"
    OLDER = "older"
    TITLES_CUT = "titles_cut"
    RESTRUCTURED = "restructured"
    CRITICAL_REMOVED = "critical_removed"
    TRACKS_LOST = "tracks_lost"
    EMPTIED = "emptied"
    REWRITTEN = "rewritten"
    MOSTLY_CHANGED = "mostly_changed"
    SHUFFLED = "shuffled"
    SWAPPED = "swapped"
    DOUBLED = "doubled"
    WORN = "worn"
    FLAPPING = "flapping"


class GuardLevel(Enum):
    """What a finding means for the update."""

    REFUSE = "refuse"
    """It is damage: nothing is written, unless somebody insists."""
    DOUBT = "doubt"
    """It may be honest: all of it waits until somebody has looked."""


@dataclass(frozen=True, slots=True)
class GuardFinding:
    """One reason to hold an update back: a sentence for the user and the figures behind it."""

    kind: GuardKind
    sentence: str
    figures: Mapping[str, int]
    level: GuardLevel = GuardLevel.REFUSE


def check_update(before: Tracklist, after: Snapshot, known_ids: frozenset[str]) -> tuple[GuardFinding, ...]:
    """Compare a new snapshot with what the source said before; any finding means: do not write it unasked.

    `known_ids` are the id of the list and its aliases; an empty set checks no id. A list that grows, changes or is
    named further gives no finding.
    """
    findings: list[GuardFinding] = []
    own = {one for one in (after.list_id, *after.aliases) if one is not None}
    if known_ids and own and not own & known_ids:
        findings.append(
            GuardFinding(
                GuardKind.OTHER_LIST,
                f"This is another list: it calls itself {after.list_id!a}.",
                {"known": len(known_ids)},
            )
        )
    old, new = before.tracks, after.tracklist.tracks
    if 2 * len(new) < len(old):
        findings.append(
            GuardFinding(
                GuardKind.ROWS_LOST,
                f"More than half of the rows are gone: {len(old)} before, {len(new)} now.",
                {"before": len(old), "after": len(new)},
            )
        )
    turned = _turned_unknown(old, new)
    if 5 * turned > len(old):
        findings.append(
            GuardFinding(
                GuardKind.NAMES_LOST,
                f"{turned} of {len(old)} rows that had a name are unknown now.",
                {"before": len(old), "turned": turned},
            )
        )
    findings.extend(_gone_fields(old, new))
    findings.extend(_gone_list_fields(before, after.tracklist))
    findings.extend(_cut_titles(old, new, after.identified))
    return tuple(findings)


def check_age(edited_before: str | None, after: Snapshot) -> tuple[GuardFinding, ...]:
    """Compare the page's own time of its last edit (UTC, `2026-06-12 21:40:05`) with that of the copy taken last.

    An older copy would undo, one by one, what a newer one has brought.
    """
    if not edited_before or not after.last_edit or after.last_edit >= edited_before:
        return ()
    sentence = (
        f"This copy is older than the one taken last: edited {after.last_edit}, then {edited_before} (UTC)."
    )
    return (GuardFinding(GuardKind.OLDER, sentence, {}),)


def _is_named(track: Track) -> bool:
    return (track.title or UNKNOWN) != UNKNOWN


def _turned_unknown(old: Sequence[Track], new: Sequence[Track]) -> int:
    """Count rows whose title was known and is not any more: by row id, or by number where ids are missing."""
    now = {track.ref: track for track in new if track.ref is not None}
    pairs = [(track, now[track.ref]) for track in old if track.ref is not None and track.ref in now]
    if pairs:
        return sum(_is_named(one) and not _is_named(other) for one, other in pairs)
    unknown_before = sum(not _is_named(track) for track in old)
    unknown_now = sum(not _is_named(track) for track in new)
    return max(0, unknown_now - unknown_before)


def _gone_fields(old: Sequence[Track], new: Sequence[Track]) -> list[GuardFinding]:
    counts = {
        "cue times": (sum(bool(one.start) for one in old), sum(bool(one.start) for one in new)),
        "labels": (sum(bool(one.label) for one in old), sum(bool(one.label) for one in new)),
        "artists": (sum(bool(one.artist) for one in old), sum(bool(one.artist) for one in new)),
    }
    return [
        GuardFinding(
            GuardKind.FIELD_GONE,
            f"All {name} are gone: {had} rows had one before.",
            {"before": had, "after": 0},
        )
        for name, (had, has) in counts.items()
        if had >= 3 and not has
    ]


def _gone_list_fields(old: Tracklist, new: Tracklist) -> list[GuardFinding]:
    """Fields of the list that a page does not lose by editing, only by another markup."""
    names = ("title", "artist", "date", "event", "genres")
    return [
        GuardFinding(GuardKind.FIELD_GONE, f"The page has no {name} any more.", {"before": 1, "after": 0})
        for name in names
        if getattr(old, name) and not getattr(new, name)
    ]


def _cut_titles(old: Sequence[Track], new: Sequence[Track], identified: frozenset[str]) -> list[GuardFinding]:
    """Titles that only lost what stood in parentheses at their end: one is an edit, many are a new markup.

    One is enough where `(ID Remix)` went although the site does not call the track identified.
    """
    now = {track.ref: track.title or "" for track in new if track.ref is not None}
    cut = false = 0
    for track in old:
        title = now.get(track.ref or "")
        if title and track.title and track.title != title and track.title.startswith(f"{title} ("):
            cut += 1
            false += bool(identified) and track.ref not in identified
    if not false and (cut < CUT_TITLES or 20 * cut < len(old)):
        return []
    noun = "title has" if cut == 1 else "titles have"
    sentence = f"{cut} {noun} only lost the ending in parentheses."
    return [GuardFinding(GuardKind.TITLES_CUT, sentence, {"before": len(old), "cut": cut})]


def merge_export(before: Tracklist, export: Tracklist) -> Tracklist:
    """Apply a text export to what the page said before: weak sources know less.

    Kept is what the text form cannot hold: row ids, cue times of `w/` rows, parts of mashups, everything of the list
    beside its title and date. Rows are aligned in order by what the export would print for them (difflib's longest
    matching blocks), and between two matches by cue time or name.
    """
    old, new = before.tracks, export.tracks
    tracks: list[Track] = []
    matcher = SequenceMatcher(None, [_key(one) for one in old], [_key(one) for one in new], autojunk=False)
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        left, right = old[old_from:old_to], new[new_from:new_to]
        if kind == "equal":
            tracks.extend(_keep(one, other) for one, other in zip(left, right, strict=True))
        else:
            tracks.extend(_merge_gap(left, right))
    return replace(
        before,
        title=export.title or before.title,
        date=export.date or before.date,
        artist=before.artist or export.artist,
        source=before.source or export.source,
        tracks=tuple(tracks),
    )


def _key(track: Track) -> str:
    return compare_form(track.name) + ("+" if track.with_previous else "")


def _merge_gap(old: Sequence[Track], new: Sequence[Track]) -> list[Track]:
    """Pair the rows between two matched neighbours: all in order when they are as many, else those that are alike."""
    if len(old) == len(new):
        return [_keep(one, other) for one, other in zip(old, new, strict=True)]
    merged: list[Track] = []
    first = 0
    for track in new:
        found = next((place for place in range(first, len(old)) if _alike(old[place], track)), None)
        if found is None:
            merged.append(track)
        else:
            merged.append(_keep(old[found], track))
            first = found + 1
    return merged


def _alike(one: Track, other: Track) -> bool:
    if one.with_previous != other.with_previous:
        return False
    if one.start is not None and one.start == other.start:
        return True
    return SequenceMatcher(None, _key(one), _key(other), autojunk=False).ratio() >= 0.7


def _keep(old: Track, new: Track) -> Track:
    """Give the row as the export has it, with what only the page knows."""
    start = old.start if new.with_previous and new.start is None else new.start
    artist, title, label = new.artist, new.title, new.label
    if render_line(old) == render_line(new):
        artist, title, label = old.artist, old.title, old.label
    elif _lost_its_front(old, new):
        artist, title = old.artist, old.title
    return replace(
        old,
        start=start,
        with_previous=new.with_previous,
        section=new.section,
        artist=artist,
        title=title,
        label=label,
    )


def _lost_its_front(old: Track, new: Track) -> bool:
    """Whether the export prints only the end of this name, as it does for artist lists that are too long."""
    full, tail = compare_form(old.name), compare_form(new.name)
    return " vs. " in old.name and full != tail and full.endswith(tail)
