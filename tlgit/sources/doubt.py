"""Guards of the second level: updates that may be honest, and of which somebody should look at the whole.

`guard` refuses what is no update at all. Here a page is one, but changes the list as people hardly ever do in one go:
then everything waits, whatever single changes are rated. What only adds is never in doubt: a set that is being
tracked grows from 12 tracks to 40, and twenty unknown tracks may get their names in one night.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from tlgit.merge.confidence import critical_rows
from tlgit.merge.diff import ChangeKind, Content, diff
from tlgit.merge.names import normal_name, start_of, text_of
from tlgit.merge.nature import Nature, artists_in, names_of, natures_of
from tlgit.sources.guard import GuardFinding, GuardKind, GuardLevel
from tlgit.tracklist.fields import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence

    from tlgit.merge.diff import Change, Diff
    from tlgit.tracklist.fields import Value

    Track = Mapping[str, Value]

CHANGED: Final = 10
REMOVED: Final = 5
ADDED: Final = 5
REMOVED_BESIDE: Final = 2
"""A list is restructured by more than 10 changed tracks, more than 5 removed, or more than 5 added and 2 removed."""
LOST: Final = 3
LOST_SHARE: Final = 0.2
"""So many tracks, or values of one field, and more than this share, are not lost by editing."""
REWRITTEN: Final = 4
HALF: Final = 0.5
"""So many values of one field, and more than half of them, are not rewritten by editing."""
RESPELLED: Final = 8
"""So many, where they are only told better: in a short list one evening of work is half a field."""
WORN: Final = 1 / 3
"""The same for artists and titles over 90 days: spelling and versions are corrected, but not of every third track."""
REASONS: Final = 3
"""Up to so many replacements that explain all of them are a label or an artist with another name in the catalogue."""
BLOCKS: Final = 3
"""So many moves at once are no correction."""
SWAPPED: Final = 2
REPRISES: Final = 3
"""A DJ plays a track again, now and then; so many that are new are a page read twice."""
FLIPS: Final = 3
"""So many times back to what was said before are a quarrel."""

_HARMLESS: Final = frozenset({Nature.FILLED, Nature.NAMED, Nature.RETIMED_NEAR})
"""Gaps that people fill; a start within a few seconds."""
_TOLD_BETTER: Final = frozenset({Nature.SPELLED, Nature.MIX_ADDED, Nature.MORE, Nature.RETIMED_CORRECTED})
"""Nothing is contradicted. Only where half a field is so at once, a program did it, not people."""
_SAME_NAME: Final = frozenset({Nature.FILLED, Nature.NAMED, Nature.SPELLED})
_GONE: Final = frozenset({Nature.CLEARED, Nature.UNNAMED})
_UNCOUNTED: Final = frozenset({"with", "verified"})
"""Fields whose absence says something as well."""


def check_doubt(
    before: Content,
    after: Content,
    changes: Diff,
    *,
    edited: Collection[int] = (),
    best: Content | Callable[[], Content | None] | None = None,
    flips: int = 0,
) -> tuple[GuardFinding, ...]:
    """Look at an update as a whole; any finding means: let all of it wait.

    `changes` is the diff of the two; `edited` are the rows of `before` that the user has worked on. `best` is the
    fullest version of the last 90 days (or since the user last decided), so that small losses add up; a function is
    asked only where something is lost or contradicted. `flips` is how often the source went back lately, as
    `count_flips` counts.
    """
    update = _Update.of(before, after, changes)
    findings = [
        *_restructured(update),
        *_critical(update, edited),
        *_damage(update),
        *_swapped(update),
        *_doubled(before, after),
    ]
    if update.takes_away and callable(best):
        best = best()
    if update.takes_away and isinstance(best, Content) and best != before:
        findings += _worn(_Update.of(best, after, diff(best, after)), {one.kind for one in findings})
    if flips >= FLIPS:
        findings.append(
            _doubt(
                GuardKind.FLAPPING,
                f"The source went back to what it had said before, {flips} times.",
                flips=flips,
            )
        )
    return tuple(findings)


def count_flips(fingerprints: Sequence[str]) -> int:
    """How often a source went back to what it had said before; the fingerprints of what it said, the oldest first."""
    seen: set[str] = set()
    flips = 0
    last: str | None = None
    for one in fingerprints:
        if one != last:
            flips += one in seen
            seen.add(one)
            last = one
    return flips


def best_of(versions: Iterable[Content]) -> Content | None:
    """The version that knows most: named tracks first, then values of all fields; of equal ones the first."""
    return max(versions, key=_known, default=None)


def _known(content: Content) -> tuple[int, int]:
    named = sum("" not in names_of(track) for track in content.tracks)
    return named, sum(sum(_values(track).values()) for track in content.tracks)


def _values(track: Track) -> Counter[str]:
    """The fields of a track that tell something."""
    return Counter(
        key for key, value in track.items() if value and value != UNKNOWN and key not in _UNCOUNTED
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Update:
    """An update in numbers."""

    before: Content
    after: Content
    size: int
    removed: tuple[int, ...]
    """Rows of `before`."""
    added: int
    blocks: int
    """Moves; rows that moved together are one."""
    replaced: int
    known: Counter[str]
    """Per field how many tracks had a value."""
    gone: Counter[str]
    """Per field how many tracks have none any more; removed tracks apart."""
    rewritten: Mapping[str, Counter[Hashable]]
    """Per field the replacements, and how often each was made; spelling included."""
    contradicted: Counter[str]
    """Per field how many values were replaced by others, spelling apart."""
    edits: int
    """Tracks with contradicted or lost values; tracks with the same replacements are one edit."""
    renamed: tuple[tuple[Change, str], ...]
    """Changes of an artist or a title, spelling and naming apart."""

    @classmethod
    def of(cls, before: Content, after: Content, changes: Diff) -> _Update:
        natures = [
            found for found in natures_of(changes, before, after) if found[0].kind is not ChangeKind.LIST
        ]
        gone: Counter[str] = Counter()
        contradicted: Counter[str] = Counter()
        rewritten: dict[str, Counter[Hashable]] = defaultdict(Counter)
        edits: dict[int, set[Hashable]] = defaultdict(set)
        for change, key, nature in natures:
            if not key or nature in _HARMLESS or change.before is None:
                continue
            old, new = change.fields[key]
            is_gone = nature in _GONE or not new
            reason = (key, _replacement(key, old, new, change.before))
            if is_gone and key not in _UNCOUNTED:
                gone[key] += 1
            if not is_gone:
                rewritten[key][reason] += 1
                contradicted[key] += nature not in _TOLD_BETTER
            if nature not in _TOLD_BETTER:
                edits[change.before].add(reason)
        return cls(
            before=before,
            after=after,
            size=len(before.tracks),
            removed=tuple(
                one.before for one, _, n in natures if n is Nature.REMOVED and one.before is not None
            ),
            added=sum(nature is Nature.ADDED for *_, nature in natures),
            blocks=_blocks([change for change, _, nature in natures if nature is Nature.MOVED]),
            replaced=sum(key == "artist" and nature is Nature.REPLACED for _, key, nature in natures),
            known=sum((_values(track) for track in before.tracks), Counter()),
            gone=gone,
            rewritten=rewritten,
            contradicted=contradicted,
            edits=len({frozenset(reasons) for reasons in edits.values()}),
            renamed=tuple(
                (change, key)
                for change, key, nature in natures
                if key in {"artist", "title"} and nature not in _SAME_NAME
            ),
        )

    @property
    def takes_away(self) -> bool:
        """Whether anything is lost or contradicted."""
        return bool(self.removed or self.gone or self.contradicted)


def _replacement(key: str, old: Value | None, new: Value | None, row: int) -> Hashable:
    """What was replaced by what: the same for all tracks of a label or artist that has another name now."""
    if key in {"artist", "label"}:
        before, after = (artists_in(text_of(value)) for value in (old, new))
        if before != after:
            return before - after, after - before
        return text_of(old), text_of(new)
    return row if key in {"start", "end", "ref"} else (repr(old), repr(new))


def _blocks(moved: Sequence[Change]) -> int:
    places = sorted((change.before or 0, change.after or 0) for change in moved)
    return sum(not n or (before - 1, after - 1) != places[n - 1] for n, (before, after) in enumerate(places))


def _doubt(kind: GuardKind, sentence: str, **figures: int) -> GuardFinding:
    return GuardFinding(kind, sentence, figures, GuardLevel.DOUBT)


def _restructured(update: _Update) -> Iterable[GuardFinding]:
    changed, removed, added = update.edits + update.blocks, len(update.removed), update.added
    if changed > CHANGED or removed > REMOVED or (added > ADDED and removed > REMOVED_BESIDE):
        yield _doubt(
            GuardKind.RESTRUCTURED,
            f"The list is built anew: {changed} tracks changed, {removed} removed, {added} added.",
            changed=changed,
            removed=removed,
            added=added,
        )


def _critical(update: _Update, edited: Collection[int]) -> Iterable[GuardFinding]:
    critical = critical_rows(update.before, edited)
    for row in update.removed:
        if row in critical:
            sentence = f"Track {row + 1} is gone, and {critical[row]}."
            yield _doubt(GuardKind.CRITICAL_REMOVED, sentence, track=row + 1)


def _damage(update: _Update) -> list[GuardFinding]:
    """What looks like a page that is half there, blanked, of another list, or shuffled."""
    findings = []
    lost = len(update.removed) + update.replaced
    if lost >= LOST and lost > LOST_SHARE * update.size:
        sentence = f"{lost} of {update.size} tracks are gone, or are others now."
        findings.append(_doubt(GuardKind.TRACKS_LOST, sentence, lost=lost, before=update.size))
    for key, count in update.gone.items():
        known = update.known[key]
        if count >= LOST and count > LOST_SHARE * known:
            sentence = f"{count} of {known} tracks have no `{key}` any more."
            findings.append(_doubt(GuardKind.EMPTIED, sentence, gone=count, before=known))
    for key, reasons in update.rewritten.items():
        known, count = update.known[key], reasons.total()
        is_many = update.contradicted[key] > HALF * known or count >= RESPELLED
        if count >= REWRITTEN and count > HALF * known and len(reasons) > REASONS and is_many:
            findings.append(_rewritten(key, count, known))
    values = update.known.total()
    changed = update.gone.total() + update.contradicted.total()
    changed += sum(_values(update.before.tracks[row]).total() for row in update.removed)
    if update.size >= LOST and changed > HALF * values:
        sentence = f"{changed} of {values} values are gone, or are others now."
        findings.append(_doubt(GuardKind.MOSTLY_CHANGED, sentence, changed=changed, before=values))
    if update.blocks >= BLOCKS:
        sentence = f"The order is another one: {update.blocks} moves."
        findings.append(_doubt(GuardKind.SHUFFLED, sentence, moves=update.blocks))
    return findings


def _worn(update: _Update, told: Collection[GuardKind]) -> Iterable[GuardFinding]:
    """Small losses that have added up; `told` is found already in what changed today."""
    findings = _damage(update)
    for key in ("artist", "title"):
        count, known = update.contradicted[key], update.known[key]
        if count >= REWRITTEN and WORN * known < count <= HALF * known:
            findings.append(_rewritten(key, count, known))
    for one in findings:
        if one.kind not in told:
            sentence = f"Compared with the fullest version of late: {_lower(one.sentence)}"
            yield _doubt(GuardKind.WORN, sentence, **one.figures)


def _rewritten(key: str, count: int, known: int) -> GuardFinding:
    sentence = f"`{key}` is another one in {count} of {known} tracks."
    return _doubt(GuardKind.REWRITTEN, sentence, changed=count, before=known)


def _swapped(update: _Update) -> Iterable[GuardFinding]:
    """Names that stand at other tracks now: row ids that were given out anew, or a column that slipped.

    What the user has written at a track would be merged into another one: ids are never trusted alone.
    """
    places: dict[tuple[str, str], set[int | None]] = defaultdict(set)
    for change, key in update.renamed:
        places[key, normal_name(text_of(change.fields[key][0]))].add(change.before)
    rows = {
        change.before
        for change, key in update.renamed
        if places.get((key, normal_name(text_of(change.fields[key][1]))), set()) - {change.before}
    }
    if len(rows) >= SWAPPED:
        sentence = f"{len(rows)} tracks have the names of others now, under their own row ids."
        yield _doubt(GuardKind.SWAPPED, sentence, tracks=len(rows))


def _doubled(before: Content, after: Content) -> Iterable[GuardFinding]:
    """Tracks that stand twice and did not: with one id or start, in the same order, or many of them."""
    old, new = _doubles(before), _doubles(after)
    refs, starts, runs, names = (count - was for was, count in zip(old, new, strict=True))
    count = max(refs, starts, 2 * runs, names if names >= REPRISES else 0)
    if count > 0:
        sentence = f"{count} more track{' stands' if count == 1 else 's stand'} there twice than before."
        yield _doubt(GuardKind.DOUBLED, sentence, tracks=count)


def _doubles(content: Content) -> tuple[int, ...]:
    """How many row ids, tracks at one start, pairs of neighbours, and tracks anywhere stand there once more."""
    refs = filter(None, (text_of(track.get("ref")) for track in content.tracks))
    named = [(name, track) for track in content.tracks if any(name := names_of(track))]
    known = [(name, start_of(track)) for name, track in named if "" not in name]
    keys: tuple[Counter[Hashable], ...] = (
        Counter(refs),
        Counter(pair for pair in known if pair[1] is not None),
        Counter(pairwise(name for name, _ in named)),
        Counter(name for name, _ in known),
    )
    return tuple(sum(count - 1 for count in counts.values()) for counts in keys)


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
