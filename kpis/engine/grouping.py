"""By what figures are grouped: who, where, what, when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from enum import StrEnum

from kernel.issues import N_, Invalid, Issue, error
from kernel.periods import Period
from kpis.engine.fragments import Sql

Key = int | str | date | None


class Dimension(StrEnum):
    """What a group is made of. Time dimensions are keyed by the first day of their bucket."""

    PERSON = "person"
    TEAM = "team"
    MANAGER = "manager"
    REGION = "region"
    ROLE = "role"
    PRODUCT = "product"
    SERIES = "series"
    ACCOUNT = "account"
    SEGMENT = "segment"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


PLACES = frozenset({Dimension.TEAM, Dimension.MANAGER, Dimension.REGION, Dimension.ROLE})
"""Known from the assignment on the business day."""
ROSTER = PLACES | {Dimension.PERSON}
TIMES = frozenset(
    {Dimension.DAY, Dimension.WEEK, Dimension.MONTH, Dimension.QUARTER, Dimension.YEAR}
)
RECORDS = frozenset(Dimension) - ROSTER - TIMES
"""Known only from a record, so without a record there is no group."""


def parse_dimensions(by: str | Sequence[str]) -> tuple[Dimension, ...]:
    """Dimensions from "team", "person,month" or a sequence; "total" and "" mean one group.

    `Invalid` names an unknown one with the closest match, and two time dimensions together.
    """
    words = by.split(",") if isinstance(by, str) else list(by)
    names = [str(word).strip() for word in words if str(word).strip() not in ("", "total")]
    unknown = [name for name in names if name not in set(Dimension)]
    if unknown:
        raise Invalid(_unknown(name) for name in unknown)
    found = tuple(dict.fromkeys(Dimension(name) for name in names))
    if sum(one in TIMES for one in found) > 1:
        raise Invalid(_two_times(", ".join(found)))
    return found


@dataclass(frozen=True, slots=True)
class Grouping:
    """The dimensions of a question, and the first month of the company's year."""

    by: tuple[Dimension, ...]
    first_month: int = 1

    @property
    def time(self) -> Dimension | None:
        """The time dimension, if there is one."""
        return next((one for one in self.by if one in TIMES), None)

    @property
    def from_cells(self) -> bool:
        """Whether cells, which know only person and day, can answer."""
        return not RECORDS & set(self.by)

    def bucket_of(self, day: date) -> Period:
        """The bucket of the time dimension that contains `day`."""
        match self.time:
            case Dimension.DAY | None:
                return Period.day(day)
            case Dimension.WEEK:
                return Period.week(day)
            case Dimension.MONTH:
                return Period.month(day)
            case Dimension.QUARTER:
                return Period.quarter(day, self.first_month)
            case _:
                return Period.year(day, self.first_month)

    def buckets(self, period: Period) -> tuple[tuple[date, Period], ...]:
        """(key, part of `period`) of each bucket, in order; all of it when time is no dimension."""
        if self.time is None:
            return ((period.start, period),)
        found: list[tuple[date, Period]] = []
        day = period.start
        while day < period.end:
            bucket = self.bucket_of(day)
            found.append((bucket.start, Period(day, min(bucket.end, period.end))))
            day = bucket.end
        return tuple(found)

    def columns(self) -> tuple[Sql, ...]:
        """One expression per dimension, over `facts f` and the joins below."""
        return tuple(self._column(one) for one in self.by)

    def _column(self, dimension: Dimension) -> Sql:
        shift = self.first_month - 1
        match dimension:
            case Dimension.PERSON:
                return Sql("f.person_id")
            case Dimension.TEAM:
                return Sql("place.team_id")
            case Dimension.MANAGER:
                return Sql("place.manager_id")
            case Dimension.REGION:
                return Sql("roots.root_id")
            case Dimension.ROLE:
                return Sql("role.key")
            case Dimension.PRODUCT:
                return Sql("f.product_id")
            case Dimension.SERIES:
                return Sql("nullif(product.series, '')")
            case Dimension.ACCOUNT:
                return Sql("f.account_id")
            case Dimension.SEGMENT:
                return Sql("nullif(account.segment, '')")
            case Dimension.DAY:
                return Sql("f.day")
            case Dimension.WEEK | Dimension.MONTH:
                return Sql(f"date_trunc('{dimension.value}', f.day)::date")
            case Dimension.QUARTER | Dimension.YEAR:
                # both parts are whole numbers, so they may stand in the text (and in GROUP BY)
                moved = f"f.day - make_interval(months => {shift:d})"
                start = f"date_trunc('{dimension.value}', {moved})"
                return Sql(f"({start} + make_interval(months => {shift:d}))::date")

    def joins(self, *, product: bool = False, place: bool = False) -> Sql:
        """What the columns need; `product` and `place` where measures or a filter need them too."""
        wanted = set(self.by)
        text = ""
        if place or wanted & PLACES:
            text += _PLACE
        if Dimension.REGION in wanted:
            text += _ROOTS
        if Dimension.ROLE in wanted:
            text += " LEFT JOIN people_role role ON role.id = place.role_id"
        if product or Dimension.SERIES in wanted:
            text += " LEFT JOIN activities_product product ON product.id = f.product_id"
        if Dimension.SEGMENT in wanted:
            text += " LEFT JOIN activities_account account ON account.id = f.account_id"
        return Sql(text)


# A record of somebody who had no place on that day stays in a group without a name: totals agree.
_PLACE = (
    " LEFT JOIN people_assignment place ON place.person_id = f.person_id"
    " AND place.valid_from <= f.day AND (place.valid_to IS NULL OR place.valid_to > f.day)"
)
_ROOTS = (
    " LEFT JOIN ("
    "WITH RECURSIVE tree(id, root_id) AS ("
    "SELECT id, id FROM people_team WHERE parent_id IS NULL"
    " UNION ALL SELECT t.id, tree.root_id FROM people_team t JOIN tree ON t.parent_id = tree.id"
    ") SELECT id, root_id FROM tree) roots ON roots.id = place.team_id"
)


def bucket_like(period: Period, first_month: int = 1) -> Dimension | None:
    """The time dimension of which the period is one bucket, or None."""
    day = period.start
    buckets = {
        Dimension.DAY: Period.day(day),
        Dimension.WEEK: Period.week(day),
        Dimension.MONTH: Period.month(day),
        Dimension.QUARTER: Period.quarter(day, first_month),
    }
    return next((name for name, one in buckets.items() if one == period), None)


def in_order(keys: Iterable[tuple[Key, ...]]) -> list[tuple[Key, ...]]:
    """Keys in an order that depends on nothing else; missing parts last."""
    return sorted(keys, key=lambda key: [(part is None, str(part)) for part in key])


def _unknown(name: str) -> Issue:
    known = [*(one.value for one in Dimension), "total"]
    near = get_close_matches(name, known, n=1)
    return error(
        "kpis.unknown_dimension",
        N_('Figures cannot be grouped by "{name}".'),
        N_('Did you mean "{closest}"?') if near else N_("Use one of: {known}."),
        name=name,
        known=", ".join(known),
        closest=near[0] if near else "",
    )


def _two_times(names: str) -> Issue:
    return error(
        "kpis.two_time_dimensions",
        N_("Figures cannot be grouped by two stretches of time at once: {names}."),
        N_("Keep one of day, week, month, quarter and year."),
        names=names,
    )
