"""Scored records and their revisions.

A record is what happened, for one person and one metric.  Nothing is changed in place: a
correction replaces an earlier id, a cancellation takes an earlier id away, and each of them is
known from its own `recorded_at`.  The same entries in any order give the same result.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction

from kernel.issues import N_, Invalid, Issue, Place, error

ELSEWHERE = "\x00"
"""Begins the name of somebody who is not on the roster because they do not play: their records say
where a record went, and are nothing to warn of."""


@dataclass(frozen=True, slots=True)
class Record:
    """One counted fact. `id` may be shared by several people or metrics of the same activity.

    `occurred_at` places it in the window, `recorded_at` says since when it is known; both are
    aware. `date_only` means that only the day is known (then `occurred_at` is its start).
    `value` is in the metric's own unit (money in major units); counting ignores it.
    """

    id: str
    person: str
    metric: str
    occurred_at: datetime
    recorded_at: datetime
    value: Fraction = Fraction(1)
    date_only: bool = False
    account: str | None = None
    deal: str | None = None
    supersedes: str | None = None

    @property
    def times(self) -> int:
        """How many facts it stands for: only a `Digest` stands for more than one."""
        return 1

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes a record the same one when it is delivered twice."""
        return (self.id, self.person, self.metric)


CHARGE = "charge:"
"""Begins the id of a charge."""


@dataclass(frozen=True, slots=True)
class Charge(Record):
    """What a revision changed after an earlier challenge was signed: it counts in this one, from
    the start, whenever it happened.

    `value` is the difference, and `count` how many records it adds where records are counted: -1
    for one that was taken away. `origin` is the challenge it comes from.
    """

    count: int = 0
    origin: str = ""

    @property
    def times(self) -> int:
        """What it adds to a number of records."""
        return self.count

    @property
    def revision(self) -> str:
        """The id of the correction or cancellation that is charged."""
        return self.id.removeprefix(CHARGE)


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Takes the record `supersedes` away, known from `recorded_at`."""

    id: str
    supersedes: str
    recorded_at: datetime

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes a cancellation the same one when it is delivered twice."""
        return (self.id, "", "")


@dataclass(frozen=True, slots=True)
class Review:
    """Somebody looked at the record `of` and decided, known from `recorded_at`."""

    of: str
    accepted: bool
    reason: str
    recorded_at: datetime


Entry = Record | Cancellation
Told = Entry | Review


@dataclass(frozen=True, slots=True)
class Version:
    """One id of a chain: its records (none when it cancels), and since when it is known."""

    id: str
    recorded_at: datetime
    records: tuple[Record, ...]
    reviews: tuple[Review, ...] = ()

    def review_at(self, limit: datetime) -> Review | None:
        """The last decision about it by that moment."""
        known = [one for one in self.reviews if one.recorded_at <= limit]
        return max(known, key=lambda one: (one.recorded_at, one.accepted, one.reason), default=None)


@dataclass(frozen=True, slots=True)
class Chain:
    """All versions of one fact, first to last."""

    versions: tuple[Version, ...]

    @property
    def first_known_at(self) -> datetime:
        """When the first of its versions arrived (they may arrive in any order)."""
        return min(version.recorded_at for version in self.versions)

    def current(self, known: Callable[[Version], bool]) -> Version | None:
        """The furthest version that is known; None when not even one is."""
        return next((version for version in reversed(self.versions) if known(version)), None)


def chains(entries: Iterable[Told]) -> tuple[Chain, ...]:
    """Group entries into chains; Invalid names every contradiction.

    Equal entries count once. A version whose predecessor is absent begins its own chain.
    """
    listed = list(entries)
    unique, issues = _unique(one for one in listed if not isinstance(one, Review))
    by_id: dict[str, list[Entry]] = {}
    for entry in unique:
        by_id.setdefault(entry.id, []).append(entry)
    successor = _successors(by_id, issues)
    followers = set(successor.values())
    starts = [id_ for id_ in sorted(by_id) if id_ not in followers]
    found = tuple(_chain(start, successor, by_id) for start in starts)
    seen = sum(len(chain.versions) for chain in found)
    if seen < len(by_id) and not issues:
        issues.append(_cycle(sorted(set(by_id) - {v.id for c in found for v in c.versions})))
    if issues:
        raise Invalid(issues)
    return _reviewed(found, [one for one in listed if isinstance(one, Review)])


def _reviewed(found: tuple[Chain, ...], reviews: Iterable[Review]) -> tuple[Chain, ...]:
    """Each decision with the version that it is about; none about what is not there."""
    by_id: dict[str, set[Review]] = {}
    for review in reviews:
        by_id.setdefault(review.of, set()).add(review)
    if not by_id:
        return found
    return tuple(
        Chain(
            tuple(
                replace(version, reviews=tuple(by_id[version.id]))
                if version.id in by_id
                else version
                for version in chain.versions
            )
        )
        for chain in found
    )


def _unique(entries: Iterable[Entry]) -> tuple[list[Entry], list[Issue]]:
    kept: dict[tuple[str, str, str], Entry] = {}
    issues: dict[str, Issue] = {}
    for entry in entries:
        entry = _in_utc(entry)
        key = entry.key
        other = kept.setdefault(key, entry)
        if other is entry:
            continue
        first = min(entry.recorded_at, other.recorded_at)
        # delivered twice: the same content counts once, since its first arrival
        kept[key] = replace(entry, recorded_at=first)
        if replace(other, recorded_at=first) != kept[key]:
            issues[entry.id] = _two_contents(entry.id)
    return [kept[key] for key in sorted(kept)], [issues[id_] for id_ in sorted(issues)]


def _in_utc(entry: Entry) -> Entry:
    # aware datetimes of one zone compare by wall clock, which is wrong in the autumn hour
    if entry.recorded_at.tzinfo is UTC and _place_in_utc(entry):
        return entry
    recorded_at = entry.recorded_at.astimezone(UTC)
    match entry:
        case Cancellation():
            return replace(entry, recorded_at=recorded_at)
        case Record():
            occurred_at = entry.occurred_at.astimezone(UTC)
            return replace(entry, recorded_at=recorded_at, occurred_at=occurred_at)


def _place_in_utc(entry: Entry) -> bool:
    return isinstance(entry, Cancellation) or entry.occurred_at.tzinfo is UTC


def _successors(by_id: Mapping[str, list[Entry]], issues: list[Issue]) -> dict[str, str]:
    """Which id replaces which; one id replaces at most one, and is replaced by at most one."""
    successor: dict[str, str] = {}
    for id_, entries in by_id.items():
        replaced = {entry.supersedes for entry in entries}
        if len(replaced) > 1 or len({type(entry) for entry in entries}) > 1:
            issues.append(_two_contents(id_))
            continue
        old = next(iter(replaced))
        if old is None or old not in by_id:
            continue
        if old in successor:
            issues.append(_fork(old, successor[old], id_))
            continue
        successor[old] = id_
    return successor


def _chain(start: str, successor: Mapping[str, str], by_id: Mapping[str, list[Entry]]) -> Chain:
    if start not in successor:  # most facts are never revised
        return Chain((_version(start, by_id[start]),))
    versions = []
    id_: str | None = start
    while id_ is not None:
        versions.append(_version(id_, by_id[id_]))
        id_ = successor.get(id_)
    return Chain(tuple(versions))


def _version(id_: str, entries: Sequence[Entry]) -> Version:
    if len(entries) == 1 and isinstance(entries[0], Record):
        return Version(id_, entries[0].recorded_at, (entries[0],))
    records = tuple(entry for entry in entries if isinstance(entry, Record))
    return Version(id_, min(entry.recorded_at for entry in entries), records)


def _two_contents(id_: str) -> Issue:
    return error(
        "record_twice",
        N_("Record {id} appears twice with different content."),
        N_("Give the later one its own id, and name {id} in “supersedes”."),
        Place(path="id"),
        id=id_,
    )


def _fork(old: str, first: str, second: str) -> Issue:
    return error(
        "replaced_twice",
        N_("Record {old} is replaced by both {first} and {second}."),
        N_("Let the second one replace the first."),
        Place(path="supersedes"),
        old=old,
        first=min(first, second),
        second=max(first, second),
    )


def _cycle(ids: list[str]) -> Issue:
    return error(
        "replaced_in_circle",
        N_("These records replace each other in a circle: {ids}."),
        N_("The first version of a record replaces nothing: empty its “supersedes”."),
        Place(path="supersedes"),
        ids=", ".join(ids[:10]),
    )
