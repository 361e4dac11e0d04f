"""Deals as they stand, with what was said of their closing dates."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import overload

from django.db import connection
from django.db.models import F

from activities.models import Account, Deal, DealPlan, DealStage, Product
from activities.planning import Said
from activities.queries import (
    CLOSED,
    DealState,
    counted,
    planned_closes,
    plans_sql,
    stages_at,
    stages_sql,
)

MOST_RECORDS = 20
SAID_BY_STAGES = ("opportunity_created", "deal_won", "deal_lost")


@dataclass(frozen=True, slots=True)
class DealRow:
    """A deal as it stands; `minor` is what it says it is worth, else the list price."""

    id: int
    name: str
    account: str
    product: str
    owner_id: int
    stage: str
    entered_at: datetime | None
    minor: int | None
    currency: str
    planned_on: date | None


class OpenDeals(Sequence[DealRow]):
    """The open deals of people, the earliest planned first, those without a day last; what is
    asked for is cut by the database. One query to count, six for the rows of a page."""

    def __init__(self, person_ids: Collection[int]) -> None:
        stages, of_stages = stages_sql()
        plans, of_plans = plans_sql()
        owners = list(person_ids)
        # an array, so that the database looks at these deals alone
        touched = "ANY(ARRAY(SELECT deal_id FROM activities_dealstage WHERE owner_id = ANY(%s)))"
        self._open = (
            f" FROM (SELECT * FROM ({stages}) every_state WHERE deal_id = {touched}) state"  # noqa: S608 - ours
            f" LEFT JOIN (SELECT * FROM ({plans}) every_plan WHERE deal_id = {touched}) plan"
            " ON plan.deal_id = state.deal_id"
            " LEFT JOIN activities_product product ON product.id = state.product_id"
            " WHERE state.owner_id = ANY(%s) AND state.stage <> ALL(%s)"
        )
        self._params = [*of_stages, owners, *of_plans, owners, owners, sorted(CLOSED)]

    def __len__(self) -> int:
        ((count,),) = self._asked("SELECT count(*)", "")
        return int(count)

    @overload
    def __getitem__(self, index: int) -> DealRow: ...
    @overload
    def __getitem__(self, index: slice) -> list[DealRow]: ...
    def __getitem__(self, index: int | slice) -> DealRow | list[DealRow]:
        if isinstance(index, int):
            return self[index : index + 1][0]
        start, stop, _step = index.indices(len(self) if index.stop is None else index.stop)
        found = self._asked(
            "SELECT state.deal_id",
            " ORDER BY plan.close_on NULLS LAST,"
            " coalesce(state.amount_minor, product.list_price_minor, 0) DESC, state.deal_id"
            " LIMIT %s OFFSET %s",
            max(0, stop - start),
            start,
        )
        ids = [deal_id for (deal_id,) in found]
        rows = {row.id: row for row in _rows(stages_at(deal_ids=ids))}
        return [rows[one] for one in ids if one in rows]

    def _asked(self, columns: str, order: str, *more: int) -> list[tuple[int]]:
        with connection.cursor() as cursor:
            cursor.execute(f"{columns}{self._open}{order}", [*self._params, *more])
            found: list[tuple[int]] = cursor.fetchall()
            return found


def deal_of(deal_id: int) -> DealRow | None:
    """One deal, closed or not; None where there is no such, or nothing of it counts."""
    rows = _rows(stages_at(deal_ids=[deal_id]))
    return rows[0] if rows else None


def _rows(states: Sequence[DealState]) -> list[DealRow]:
    deals = Deal.objects.in_bulk([one.deal_id for one in states])
    accounts = Account.objects.in_bulk({one.account_id for one in states if one.account_id})
    sold = Product.objects.in_bulk({one.product_id for one in states if one.product_id})
    plans = planned_closes([one.deal_id for one in states])
    found = []
    for one in states:
        deal, account = deals[one.deal_id], accounts.get(one.account_id or 0)
        product = sold.get(one.product_id or 0)
        listed = product.list_price_minor if product else None
        found.append(
            DealRow(
                one.deal_id, deal.name or deal.external_id, account.name if account else "",
                product.name if product else "", one.owner_id, one.stage, one.entered_at,
                listed if one.amount_minor is None else one.amount_minor, one.currency,
                plans.get(one.deal_id),
            )
        )  # fmt: skip
    return found


def said_of(deal_ids: Collection[int]) -> dict[int, list[Said]]:
    """What was said of the closing dates of these deals, oldest first. One query."""
    found: dict[int, list[Said]] = {}
    rows = DealPlan.objects.filter(deal_id__in=deal_ids).order_by("recorded_at", "id")
    for row in rows.select_related("recorded_by"):
        by = row.recorded_by.name if row.recorded_by else row.source
        found.setdefault(row.deal_id, []).append(Said(row.close_on, row.recorded_at, by))
    return found


@dataclass(frozen=True, slots=True)
class StageRow:
    """A stage that counts, and when it began."""

    stage: str
    entered_at: datetime | None
    source: str


def stages_of(deal_id: int) -> list[StageRow]:
    """The stages of a deal that count, newest first. One query."""
    rows = DealStage.objects.filter(deal_id=deal_id, withdrawn=False, superseded_by=None)
    newest = rows.order_by(F("entered_at").desc(nulls_last=True), "-id")
    return [StageRow(*row) for row in newest.values_list("stage", "entered_at", "deal__source")]


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A record that names the deal."""

    name_fr: str
    name_en: str
    occurred_at: datetime


def records_of(deal_id: int) -> list[RecordRow]:
    """The newest records that name a deal and count, beside those of its stages. One query."""
    rows = (
        counted()
        .filter(deal_id=deal_id)
        .exclude(type__key__in=SAID_BY_STAGES)
        .select_related("type")
        .order_by("-occurred_at", "-id")[:MOST_RECORDS]
    )
    return [RecordRow(row.type.name_fr, row.type.name_en, row.occurred_at) for row in rows]
