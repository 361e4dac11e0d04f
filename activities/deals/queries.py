"""Deals as they stand, with what was said of their closing dates."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F

from activities.models import Account, Deal, DealPlan, DealStage, Product
from activities.planning import Said
from activities.queries import CLOSED, DealState, counted, planned_closes, stages_at

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


def open_deals(person_ids: Collection[int]) -> list[DealRow]:
    """The open deals of these people: the earliest planned first, those without a day last.

    Six queries, however many deals.
    """
    touched = DealStage.objects.filter(owner_id__in=person_ids).order_by()
    ids = list(touched.values_list("deal_id", flat=True).distinct())
    states = [one for one in stages_at(deal_ids=ids)
              if one.owner_id in person_ids and one.stage not in CLOSED]  # fmt: skip
    rows = _rows(states)
    return sorted(rows, key=lambda row: (row.planned_on or date.max, -(row.minor or 0), row.id))


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
