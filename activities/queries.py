"""What the log says: which rows count, and where deals stand."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from activities.choices import Stage
from activities.models import (
    Account,
    Activity,
    ActivityType,
    Credit,
    Deal,
    DealStage,
    Product,
)


def counted(*, as_known_at: datetime | None = None) -> QuerySet[Activity]:
    """The rows that count: nothing supersedes them and they are no cancellation.

    With `as_known_at`, as the log stood at that moment. The same rule as `counted_sql`.
    """
    later = Activity.objects.filter(supersedes=OuterRef("pk"))
    known = Q()
    if as_known_at is not None:
        later = later.filter(recorded_at__lte=as_known_at)
        known = Q(recorded_at__lte=as_known_at)
    return Activity.objects.filter(known, ~Exists(later)).exclude(kind=Activity.Kind.CANCELLATION)


def counted_sql(alias: str = "a", *, as_known_at: datetime | None = None) -> tuple[str, list[Any]]:
    """The condition on `activities_activity <alias>` for rows that count, with its parameters."""
    later = f"SELECT 1 FROM activities_activity later WHERE later.supersedes_id = {alias}.id"  # noqa: S608 - the alias is our own
    if as_known_at is None:
        return f"({alias}.kind <> 'cancellation' AND NOT EXISTS ({later}))", []
    condition = (
        f"({alias}.kind <> 'cancellation' AND {alias}.recorded_at <= %s"
        f" AND NOT EXISTS ({later} AND later.recorded_at <= %s))"
    )
    return condition, [as_known_at, as_known_at]


def counted_credit_sql(
    credit: str = "c", record: str = "a", *, as_known_at: datetime | None = None
) -> tuple[str, list[Any]]:
    """The same on `activities_credit <credit>`, LEFT JOINed with its record `<record>`.

    Cancellations have no credits. As of now the condition does not name the record, so the server
    leaves the record out of a statement that asks nothing else of it.
    """
    later = (
        f"SELECT 1 FROM activities_activity later WHERE later.supersedes_id = {credit}.activity_id"  # noqa: S608 - the alias is our own
    )
    if as_known_at is None:
        return f"NOT EXISTS ({later})", []
    condition = f"({record}.recorded_at <= %s AND NOT EXISTS ({later} AND later.recorded_at <= %s))"
    return condition, [as_known_at, as_known_at]


def stages_sql(
    at: datetime | None = None, *, as_known_at: datetime | None = None
) -> tuple[str, list[Any]]:
    """A SELECT of one row per deal: its state at the business moment `at` (default: the last).

    Columns: those of `activities_dealstage`. A stage without a date counts from the beginning; of
    two stages of the same moment the later written is the state.
    """
    condition, params = _valid_stages(as_known_at)
    if at is not None:
        condition += " AND (s.entered_at IS NULL OR s.entered_at < %s)"
        params.append(at)
    return (
        "SELECT DISTINCT ON (s.deal_id) s.* FROM activities_dealstage s"  # noqa: S608 - ours
        f" WHERE {condition} ORDER BY s.deal_id, s.entered_at DESC NULLS LAST, s.id DESC",
        params,
    )


def stage_spans_sql(*, as_known_at: datetime | None = None) -> tuple[str, list[Any]]:
    """A SELECT of one row per stage of a deal, with `from_at` and `until_at`: by the same rule as
    `stages_sql` it is the deal's state at the moments `at` with from_at < at and until_at >= at."""
    condition, params = _valid_stages(as_known_at)
    from_at = "coalesce(s.entered_at, '-infinity')"
    return (
        f"SELECT s.*, {from_at} AS from_at, lead({from_at}, 1, 'infinity')"  # noqa: S608 - ours
        f" OVER (PARTITION BY s.deal_id ORDER BY {from_at}, s.id) AS until_at"
        f" FROM activities_dealstage s WHERE {condition}",
        params,
    )


def _valid_stages(as_known_at: datetime | None) -> tuple[str, list[Any]]:
    """The condition on `activities_dealstage s` for stages that nothing took back or replaced."""
    later = "SELECT 1 FROM activities_dealstage later WHERE later.supersedes_id = s.id"
    if as_known_at is None:
        return f"NOT s.withdrawn AND NOT EXISTS ({later})", []
    condition = (
        "NOT s.withdrawn AND s.recorded_at <= %s"
        f" AND NOT EXISTS ({later} AND later.recorded_at <= %s)"
    )
    return condition, [as_known_at, as_known_at]


def plans_sql(
    before: datetime | None = None, *, as_known_at: datetime | None = None
) -> tuple[str, list[Any]]:
    """A SELECT of `deal_id`, `close_on` for each deal with a planned closing date: the last said.

    `before`: as said before that moment; `as_known_at`: until that moment.
    """
    limits = [(before, "<"), (as_known_at, "<=")]
    conditions = [f"p.recorded_at {sign} %s" for moment, sign in limits if moment is not None]
    params: list[Any] = [moment for moment, _sign in limits if moment is not None]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return (
        "SELECT deal_id, close_on FROM (SELECT DISTINCT ON (p.deal_id) p.deal_id, p.close_on"  # noqa: S608 - ours
        f" FROM activities_dealplan p{where}"
        " ORDER BY p.deal_id, p.recorded_at DESC, p.id DESC) said WHERE close_on IS NOT NULL",
        params,
    )


def planned_closes(
    deal_ids: Sequence[int], *, as_known_at: datetime | None = None
) -> dict[int, date]:
    """On which day each of these deals is planned to close, as far as it is said. One query."""
    inner, params = plans_sql(as_known_at=as_known_at)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT deal_id, close_on FROM ({inner}) plan WHERE deal_id = ANY(%s)",  # noqa: S608 - names of our own tables and columns; values are parameters
            [*params, list(deal_ids)],
        )
        return dict(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class DealState:
    """Where a deal stands, as a row."""

    deal_id: int
    stage: str
    entered_at: datetime | None
    owner_id: int
    account_id: int | None
    product_id: int | None
    amount_minor: int | None
    currency: str


def stages_at(
    at: datetime | None = None,
    *,
    as_known_at: datetime | None = None,
    deal_ids: Sequence[int] | None = None,
) -> list[DealState]:
    """The state of each deal just before the business moment `at` (default: now), by deal id."""
    inner, params = stages_sql(at, as_known_at=as_known_at)
    wanted = "" if deal_ids is None else " WHERE deal_id = ANY(%s)"
    if deal_ids is not None:
        params.append(list(deal_ids))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT deal_id, stage, entered_at, owner_id, account_id, product_id, amount_minor,"  # noqa: S608 - names of our own tables and columns; values are parameters
            f" currency FROM ({inner}) state{wanted} ORDER BY deal_id",
            params,
        )
        return [DealState(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A kind of activity, with its labels."""

    key: str
    name_fr: str
    name_en: str
    has_amount: bool
    loggable: bool
    attributes: Sequence[Mapping[str, Any]]
    retired_at: datetime | None

    def label(self, language: str) -> str:
        return self.name_fr if language.startswith("fr") else self.name_en


def activity_types(*, offered: bool = False) -> list[TypeRow]:
    """The kinds of activity, in the order in which they ship; without retired ones where they are
    `offered`."""
    types = ActivityType.objects.order_by("id")
    if offered:
        types = types.filter(retired_at__isnull=True)
    values = types.values_list(
        "key", "name_fr", "name_en", "has_amount", "loggable", "attributes", "retired_at"
    )
    return [TypeRow(*row) for row in values]


@dataclass(frozen=True, slots=True)
class LogRow:
    """A record that counts, as its person reads it; the amount is the person's part."""

    id: int
    source: str
    type_fr: str
    type_en: str
    occurred_at: datetime
    account: str | None
    amount_minor: int | None
    currency: str


def log_of(person_id: int, *, limit: int, offset: int = 0) -> list[LogRow]:
    """The records of a person that count, newest first. One query."""
    rows = Credit.objects.filter(person_id=person_id, activity__in=counted())
    values = rows.order_by("-occurred_at", "-id").values_list(
        "activity_id",
        "activity__source",
        "activity__type__name_fr",
        "activity__type__name_en",
        "occurred_at",
        "activity__account__name",
        "amount_minor",
        "activity__currency",
    )
    return [LogRow(*row) for row in values[offset : offset + limit]]


def log_about(deal_id: int, *, limit: int) -> list[LogRow]:
    """The records that name a deal, or its account since the deal entered its stage, newest first,
    whoever made them; without amounts, which are parts of people. Two queries."""
    about = Q(deal_id=deal_id)
    for one in stages_at(deal_ids=[deal_id]):
        if one.account_id is not None and one.entered_at is not None:
            about |= Q(account_id=one.account_id, occurred_at__gte=one.entered_at)
    values = counted().filter(about).order_by("-occurred_at", "-id").values_list(
        "id", "source", "type__name_fr", "type__name_en", "occurred_at", "account__name"
    )  # fmt: skip
    return [LogRow(*row, None, "") for row in values[:limit]]


def log_is_empty() -> bool:
    """Whether nothing has ever been recorded."""
    return not Activity.objects.exists() and not DealStage.objects.exists()


def product_names(ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Key and name of products by id. One query."""
    rows = Product.objects.filter(pk__in=ids).values_list("pk", "key", "name")
    return {pk: (key, name) for pk, key, name in rows}


def account_names(ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """External id and name of accounts by id. One query."""
    rows = Account.objects.filter(pk__in=ids).values_list("pk", "external_id", "name")
    return {pk: (key, name) for pk, key, name in rows}


@dataclass(frozen=True, slots=True)
class OpenDealRow:
    """A deal that its owner may still win; without an amount of its own, at the list price."""

    external_id: str
    account: str
    product: str
    series: str
    amount_minor: int
    currency: str


CLOSED = frozenset({Stage.WON, Stage.LOST, Stage.CANCELLED})


def open_deals_of(person_id: int, currency: str, most: int = 50) -> list[OpenDealRow]:
    """The open deals of a person that have an amount in `currency`, largest first. Five queries."""
    touched = DealStage.objects.filter(owner_id=person_id).order_by().values_list("deal_id")
    ids = [deal_id for (deal_id,) in touched.distinct()]
    open_now = [
        state
        for state in stages_at(deal_ids=ids)
        if state.owner_id == person_id and state.stage not in CLOSED
    ]
    names = dict(Deal.objects.filter(pk__in=ids).values_list("pk", "external_id"))
    accounts = Account.objects.in_bulk({one.account_id for one in open_now if one.account_id})
    sold = Product.objects.in_bulk({one.product_id for one in open_now if one.product_id})
    found = []
    for one in open_now:
        account, product = accounts.get(one.account_id or 0), sold.get(one.product_id or 0)
        listed = product.list_price_minor if product else None
        amount = listed if one.amount_minor is None else one.amount_minor
        if amount is None or (one.currency or currency) != currency:
            continue
        name, kind = (product.name, product.series) if product else ("", "")
        found.append(
            OpenDealRow(
                names[one.deal_id], account.name if account else "", name, kind, amount, currency
            )
        )
    return sorted(found, key=lambda row: (-row.amount_minor, row.external_id))[:most]


def products() -> list[tuple[str, str]]:
    """Name and series of everything that is sold, by name. One query."""
    return list(Product.objects.order_by("name", "id").values_list("name", "series"))
