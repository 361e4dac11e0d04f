"""The records behind a figure: for challenges to score, for people to check."""
# ruff: noqa: S608 - the texts are fixed here; every value travels as a parameter in `Sql`

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from kernel.issues import N_, Invalid, error
from kernel.periods import Period, Window
from kpis.calc.metrics import (
    Average,
    Balance,
    Count,
    Customers,
    Definition,
    DistinctAccounts,
    Duration,
    FirstWins,
    Latest,
    Median,
    Objectives,
    Stock,
    SumAmount,
    SumAttribute,
    SumListPrice,
    unit_of,
)
from kpis.engine import facts
from kpis.engine.facts import Scope
from kpis.engine.fragments import Sql, rows_of
from kpis.engine.measures import ELAPSED, number_of, only_where
from kpis.queries.catalogue import catalogue, unknown_kpi
from people import queries as people


@dataclass(frozen=True, slots=True)
class ScoredRecord:
    """One person's part of a counted record, with what it is worth to the metric.

    `value` is in the unit of the metric (money in major units; a count is the share of the
    credit). `id` is the row of the log: several people of one record share it, and a correction
    has another. `recorded_at` is since when this state of the record is known.
    """

    id: str
    person_id: int
    metric: str
    occurred_at: datetime
    recorded_at: datetime
    value: Fraction
    type: str
    account: str | None
    deal: str | None
    product: str | None
    source: str
    external_id: str

    @property
    def label(self) -> str:
        """What a reader recognises: account, deal or the id in the source."""
        return self.account or self.deal or self.external_id


def scored_records(
    metric_key: str,
    window: Window,
    person_ids: Collection[int] | None = None,
    *,
    as_known_at: datetime | None = None,
) -> list[ScoredRecord]:
    """What counts for the metric in the window, oldest first; one query more than the catalogue.

    With `as_known_at`, as the log stood then: a challenge asks at its cut-off, and later
    corrections change nothing. Records without a value for the metric (no amount, no attribute)
    are left out, and so are later records of an account that counts once. `Invalid` for an unknown
    metric or one that is not made of records (a stock).
    """
    company = people.company()
    known = catalogue(window.start.astimezone(company.tz).date())
    if metric_key not in known.metrics:
        raise Invalid(unknown_kpi(metric_key, known.metrics))
    definition = known.metrics[metric_key].definition
    only = None if person_ids is None else tuple(sorted(set(person_ids)))
    source = _source(metric_key, definition, window, only, as_known_at)
    unit = unit_of(definition, company.currency)
    rows = [_record(metric_key, row, unit) for row in rows_of(source + _ORDER)]
    return _once_per_account(rows) if isinstance(definition, DistinctAccounts) else rows


def records_behind(
    kpi_key: str, person_id: int, period: Period, *, as_known_at: datetime | None = None
) -> list[ScoredRecord]:
    """The records that a person's figure of a KPI is made of, newest first, by metric."""
    company = people.company()
    known = catalogue(period.last)
    known.kpi(kpi_key)
    scope = Scope(period, company.tz, (person_id,), as_known_at)
    found: list[ScoredRecord] = []
    for name, definition in known.definitions(known.formulas.needed(kpi_key)).items():
        match definition:
            case Stock() | Objectives():
                pass  # made of deals (see `deals_behind`), or of objectives
            case Latest() | Customers() | Balance():
                found += _standing_records(name, definition, scope, company.currency)
            case _:
                window = Window.of(period, company.tz)
                found += scored_records(name, window, [person_id], as_known_at=as_known_at)
    return sorted(found, key=lambda row: (row.metric, row.occurred_at, row.id), reverse=True)


def _standing_records(
    key: str, definition: Latest | Customers | Balance, scope: Scope, currency: str
) -> list[ScoredRecord]:
    """The records that say how things stand for the people of `scope`."""
    rows = facts.standing(scope, [(0, scope.period)], [definition])
    unit = unit_of(definition, currency)
    source = _with_names(_standing_value(definition), rows)
    return [_record(key, row, unit) for row in rows_of(source + _ORDER)]


def _standing_value(definition: Latest | Customers | Balance) -> Sql:
    match definition:
        case Latest(attribute=attribute):
            return "(" + number_of(attribute) + ") * f.share"
        case Customers(won):
            return Sql("CASE WHEN f.type = ANY(%s) THEN f.share END", (list(won),))
        case Balance(minus=minus):
            less = Sql("CASE WHEN f.type = ANY(%s)", (list(minus),))
            return less + " THEN -f.amount_minor ELSE f.amount_minor END"


@dataclass(frozen=True, slots=True)
class OpenDeal:
    """A deal that a stock counts, as it stood at the end of the period."""

    deal_id: int
    external_id: str
    name: str
    stage: str
    entered_at: datetime | None
    account: str | None
    product: str | None
    amount_minor: int | None
    list_price_minor: int | None
    probability: Fraction


def deals_behind(kpi_key: str, person_id: int, period: Period) -> list[OpenDeal]:
    """The open deals that a person's figure is made of, largest first; empty without a stock."""
    known = catalogue(period.last)
    needed = known.definitions(known.formulas.needed(kpi_key)).values()
    return _open_deals([one for one in needed if isinstance(one, Stock)], (person_id,), period)


def _open_deals(
    stocks: Sequence[Stock], person_ids: tuple[int, ...] | None, period: Period, most: str = ""
) -> list[OpenDeal]:
    stages = sorted({stage for one in stocks for stage in one.stages})
    if not stages:
        return []
    scope = Scope(period, people.company().tz, person_ids)
    states = facts.standing(scope, [(0, period)], stocks[:1])
    statement = "SELECT f.deal_id, d.external_id, d.name, f.stage, f.entered_at, account.name,"
    whole = (
        statement
        + " product.name, f.amount_minor, product.list_price_minor, f.probability FROM ("
        + states
        + ") f JOIN activities_deal d ON d.id = f.deal_id"
        + _NAMES
        + Sql(" WHERE f.stage = ANY(%s)", (stages,))
        + " ORDER BY coalesce(f.amount_minor, product.list_price_minor, 0) DESC, f.deal_id"
        + most
    )
    return [
        OpenDeal(deal, ext, name, stage, since, account, product, amount, price, Fraction(odds))
        for deal, ext, name, stage, since, account, product, amount, price, odds in rows_of(whole)
    ]


MOST_NEWEST = 100


def newest_records(
    metric_key: str, period: Period, person_ids: Collection[int] | None
) -> tuple[list[ScoredRecord], list[OpenDeal]]:
    """The newest records that a metric reads in the period, at most a hundred, and of a stock the
    largest deals. Of an account that counts once all records are there. Both are empty where the
    metric counts objectives. `Invalid` for an unknown metric.
    """
    company = people.company()
    known = catalogue(period.last)
    if metric_key not in known.metrics:
        raise Invalid(unknown_kpi(metric_key, known.metrics))
    only = None if person_ids is None else tuple(sorted(set(person_ids)))
    definition = known.metrics[metric_key].definition
    match definition:
        case Objectives():
            return [], []
        case Stock():
            return [], _open_deals([definition], only, period, f" LIMIT {MOST_NEWEST}")
        case Latest() | Customers() | Balance():
            scope = Scope(period, company.tz, only)
            rows = facts.standing(scope, [(0, period)], [definition])
            source = _with_names(_standing_value(definition), rows)
        case _:
            window = Window.of(period, company.tz)
            source = _source(metric_key, definition, window, only, None)
    unit = unit_of(definition, company.currency)
    newest = " ORDER BY f.occurred_at DESC, f.activity_id DESC, f.person_id"
    found = rows_of(source + newest + f" LIMIT {MOST_NEWEST}")
    return [_record(metric_key, row, unit) for row in found], []


_NAMES = (
    " LEFT JOIN activities_account account ON account.id = f.account_id"
    " LEFT JOIN activities_product product ON product.id = f.product_id"
)
_ORDER = " ORDER BY f.occurred_at, f.activity_id, f.person_id"


def _source(
    key: str,
    definition: Definition,
    window: Window,
    person_ids: tuple[int, ...] | None,
    as_known_at: datetime | None,
) -> Sql:
    value = _value_of(key, definition)
    types: Sequence[str] = getattr(definition, "types", ())
    tz = people.company().tz
    if isinstance(definition, Duration):
        rows = facts.durations_in(window, tz, definition, person_ids, as_known_at)
    else:
        read = facts.first_records_in if isinstance(definition, FirstWins) else facts.log_in
        rows = read(window, tz, types, person_ids, as_known_at)
    return _with_names(value, rows)


def _with_names(value: Sql, rows: Sql) -> Sql:
    return (
        "SELECT * FROM (SELECT f.activity_id, f.person_id, f.occurred_at, f.recorded_at, "
        + value
        + " AS value, f.type, account.name, coalesce(nullif(deal.name, ''), deal.external_id),"
        " product.name, f.source, f.external_id FROM ("
        + rows
        + ") f LEFT JOIN activities_deal deal ON deal.id = f.deal_id"
        + _NAMES
        + ") f WHERE f.value IS NOT NULL"
    )


def _value_of(key: str, definition: Definition) -> Sql:
    match definition:
        case Count(where=where):
            return only_where(where, Sql("f.share"))
        case FirstWins():
            return Sql("f.share")
        case Median():
            return Sql("f.amount_minor")
        case SumAmount(where=where) | Average(attribute=None, where=where):
            return only_where(where, Sql("f.amount_minor"))
        case SumAttribute(attribute=attribute, where=where):
            return only_where(where, "(" + number_of(attribute) + ") * f.share")
        case Average(attribute=str() as attribute, where=where):
            return only_where(where, number_of(attribute))
        case SumListPrice():
            return Sql("product.list_price_minor * f.share")
        case DistinctAccounts(where=where):
            return only_where(where, Sql("CASE WHEN f.account_id IS NOT NULL THEN 1 END"))
        case Duration(unit=unit):
            return Sql(f"{ELAPSED[unit]} * f.share")
        case _:
            raise Invalid(
                error(
                    "kpis.not_made_of_records",
                    N_('"{name}" states how things stand; it is not made of records.'),
                    N_("Choose a metric that counts or sums what happened."),
                    name=key,
                )
            )


def _record(key: str, row: tuple[Any, ...], unit: int) -> ScoredRecord:
    activity, person, occurred, recorded, value, kind, account, deal, product, source, ext = row
    return ScoredRecord(
        str(activity), person, key, occurred, recorded, Fraction(value) / unit,
        kind, account, deal, product, source, ext,
    )  # fmt: skip


def _once_per_account(rows: list[ScoredRecord]) -> list[ScoredRecord]:
    first: dict[tuple[int, str | None], ScoredRecord] = {}
    for row in rows:
        first.setdefault((row.person_id, row.account), row)
    return list(first.values())
