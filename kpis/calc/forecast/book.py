"""What is known of deals and wins, and the cut of it at a moment: what was known then.

A row is known from `known_from` until `known_until` (a correction of it); both are moments. The
cut at a moment leaves out every row that was not known before it, and everything that happened
at it or later, so a forecast of the past never reads what came after.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

WON = "won"
CLOSED = frozenset({WON, "lost", "cancelled"})
ORDER = ("prospecting", "engaging", "proposal")
"""The open stages, first to last."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A deal enters a stage at `at`, on the business day `on`; None where nobody knows it.

    `id` orders stages of one moment. `minor` is what the row says the deal is worth, `list_minor`
    the list price of its product.
    """

    id: int
    deal: int
    stage: str
    at: datetime | None
    on: date | None
    owner: int
    product: int | None
    minor: int | None
    list_minor: int | None
    known_from: datetime
    known_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Win:
    """A person's part of revenue, on its business day; `deal` is None for what is no deal.

    `groups` are those of the person on that day: the teams, and the company.
    """

    person: int
    deal: int | None
    at: datetime
    on: date
    minor: int
    groups: tuple[str, ...]
    known_from: datetime
    known_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """A person belongs to groups (a team and all above it) from a day up to another."""

    person: int
    start: date
    end: date
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """Somebody states a stage's probability at `at`; None gives it back to what is learnt."""

    stage: str
    probability: Decimal | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Book:
    """Everything that was ever recorded, with since when; the working days; who is where."""

    stages: Sequence[Stage]
    wins: Sequence[Win]
    members: Sequence[Membership]
    working_days: frozenset[date] = frozenset()
    edits: Sequence[Edit] = ()

    @property
    def first_day(self) -> date | None:
        """The day of the earliest thing in it."""
        entered = [one.on for one in self.stages if one.on is not None]
        return min((*entered, *(win.on for win in self.wins)), default=None)


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal as it stood at a moment: the stages it entered, in order, and how it was closed."""

    id: int
    owner: int
    product: int | None
    minor: int | None
    list_minor: int | None
    visits: tuple[tuple[str, date | None], ...]
    closed: tuple[str, date] | None

    @property
    def stage(self) -> str:
        """The open stage that it is in, or was in last."""
        return self.visits[-1][0]

    @property
    def began_on(self) -> date | None:
        """The day of its first dated stage."""
        return next((on for _stage, on in self.visits if on is not None), None)


@dataclass(frozen=True, slots=True)
class Known:
    """The book as it was known just before a moment, on the business day `day`."""

    day: date
    deals: tuple[Deal, ...]
    wins: tuple[Win, ...]
    first_closing: date | None
    closings: int
    edits: Mapping[str, Decimal]
    groups: Mapping[int, tuple[str, ...]]

    @property
    def open_deals(self) -> Iterator[Deal]:
        """The deals that are neither won nor lost, by id."""
        return (deal for deal in self.deals if deal.closed is None)


def known_at(book: Book, moment: datetime, day: date) -> Known:
    """What was known just before `moment`, which lies on the business day `day`."""
    by_deal: dict[int, list[Stage]] = {}
    for row in book.stages:
        if _is_known(row.known_from, row.known_until, moment) and (
            row.at is None or row.at < moment
        ):
            by_deal.setdefault(row.deal, []).append(row)
    deals = tuple(_deal(by_deal[key]) for key in sorted(by_deal))
    wins = tuple(
        win
        for win in book.wins
        if win.at < moment and _is_known(win.known_from, win.known_until, moment)
    )
    closings = [deal.closed[1] for deal in deals if deal.closed]
    return Known(
        day,
        deals,
        wins,
        min(closings, default=None),
        len(closings),
        _edits_at(book.edits, moment),
        groups_on(book.members, day),
    )


def _edits_at(edits: Iterable[Edit], moment: datetime) -> dict[str, Decimal]:
    """What was stated last before the moment, by stage."""
    last = {one.stage: one for one in sorted(edits, key=lambda one: one.at) if one.at < moment}
    return {stage: one.probability for stage, one in last.items() if one.probability is not None}


def _is_known(since: datetime, until: datetime | None, moment: datetime) -> bool:
    return since < moment and (until is None or until >= moment)


def _deal(rows: list[Stage]) -> Deal:
    rows.sort(key=_moment)
    last = rows[-1]
    visits = tuple((row.stage, row.on) for row in rows if row.stage not in CLOSED)
    # a won deal that was cancelled later was won: what it took back is in the wins
    end = next((row for row in rows if row.stage in CLOSED and row.on is not None), None)
    closed = (end.stage, end.on) if end is not None and end.on is not None else None
    return Deal(
        last.deal,
        last.owner,
        last.product,
        next((row.minor for row in reversed(rows) if row.minor is not None), None),
        last.list_minor,
        visits or ((ORDER[0], None),),
        closed,
    )


def _moment(row: Stage) -> tuple[bool, float, int]:
    return (row.at is not None, 0.0 if row.at is None else row.at.timestamp(), row.id)


def groups_on(members: Iterable[Membership], day: date) -> Mapping[int, tuple[str, ...]]:
    """The groups of each person on a day."""
    found: dict[int, tuple[str, ...]] = {}
    for one in members:
        if one.start <= day < one.end:
            held = found.get(one.person, ())
            found[one.person] = tuple(dict.fromkeys((*held, *one.groups)))
    return found
