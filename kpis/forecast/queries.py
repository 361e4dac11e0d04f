"""Kept forecasts, as rows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q

from kernel.periods import Period
from kpis.engine.fragments import Sql, rows_of
from kpis.models import ForecastLine, ForecastRun, StageOdds


@dataclass(frozen=True, slots=True)
class RunRow:
    """A kept forecast: its period, the moment it is of, and what its lines share."""

    id: int
    period: Period
    as_of: datetime
    currency: str
    learnt: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LineRow:
    """One group's forecast, in minor units; the company's has neither person nor team."""

    person_id: int | None
    team_id: int | None
    booked: int
    pipeline: int
    new: int
    correction: int
    low: int
    expected: int
    high: int
    open_deals: int
    begun_deals: int


_COLUMNS = (
    "person_id", "team_id", "booked_minor", "pipeline_minor", "new_minor", "correction_minor",
    "low_minor", "expected_minor", "high_minor", "open_deals", "begun_deals",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """Whom a forecast is about: a person, a team, or (neither) the company."""

    person_id: int | None = None
    team_id: int | None = None


COMPANY = Group()


def run_of(period: Period) -> RunRow | None:
    """The kept forecast of a period. One query."""
    run = ForecastRun.objects.filter(starts_on=period.start, ends_on=period.end).first()
    return None if run is None else RunRow(run.pk, period, run.as_of, run.currency, run.learnt)


def line_of(run_id: int, group: Group) -> LineRow | None:
    """The line of one group. One query."""
    rows = _lines(run_id).filter(person_id=group.person_id, team_id=group.team_id)
    found = rows.values_list(*_COLUMNS).first()
    return None if found is None else LineRow(*found)


def lines_below(
    run_id: int, *, person_ids: Collection[int] = (), team_ids: Collection[int] = ()
) -> list[LineRow]:
    """The lines of people and teams, the highest expectation first. One query."""
    rows = _lines(run_id).filter(Q(person_id__in=person_ids) | Q(team_id__in=team_ids))
    ordered = rows.order_by("-expected_minor", "id")
    return [LineRow(*row) for row in ordered.values_list(*_COLUMNS)]


def _lines(run_id: int) -> Any:
    return ForecastLine.objects.filter(run_id=run_id).order_by("id")


def outcomes_of(run_id: int, group: Group) -> list[dict[str, Any]]:
    """What would have been said of the group's earlier periods. One query."""
    rows = _lines(run_id).filter(person_id=group.person_id, team_id=group.team_id)
    found: list[dict[str, Any]] = next(iter(rows.values_list("outcomes", flat=True)), [])
    return found


@dataclass(frozen=True, slots=True)
class DealRow:
    """An open deal of a person as the forecast counts it, in minor units."""

    name: str
    account: str
    stage: str
    age: int | None
    worth: int
    chance: Decimal
    weight: int


def deals_of(run_id: int, person_id: int, most: int) -> list[DealRow]:
    """The weightiest open deals of a person. Two queries."""
    held = _lines(run_id).filter(person_id=person_id).values_list("deals", flat=True)
    rows: list[dict[str, Any]] = next(iter(held), [])[:most]
    names = _names([row["deal"] for row in rows])
    return [
        DealRow(*names.get(row["deal"], ("", "")), row["stage"], row["age"], row["worth"],
                Decimal(row["chance"]), row["weight"])
        for row in rows
    ]  # fmt: skip


def _names(ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """What deals are called, and with whom they are now."""
    rows = rows_of(
        Sql(
            "SELECT DISTINCT ON (d.id) d.id, coalesce(nullif(d.name, ''), d.external_id),"
            " coalesce(account.name, '') FROM activities_deal d"
            " LEFT JOIN activities_dealstage s ON s.deal_id = d.id AND NOT s.withdrawn"
            " LEFT JOIN activities_account account ON account.id = s.account_id"
            " WHERE d.id = ANY(%s) ORDER BY d.id, s.id DESC",
            (list(ids),),
        )
    )
    return {pk: (name, account) for pk, name, account in rows}


@dataclass(frozen=True, slots=True)
class StatedRow:
    """What an administrator last said of a stage; None means: what is learnt."""

    stage: str
    probability: Decimal | None
    reason: str
    by: str
    at: datetime


def stated(stage: str | None = None) -> list[StatedRow]:
    """Everything that was stated, newest first. One query."""
    rows = StageOdds.objects.order_by("-stated_at", "-id").select_related("stated_by")
    if stage is not None:
        rows = rows.filter(stage=stage)
    return [
        StatedRow(row.stage, row.probability, row.reason,
                  row.stated_by.name if row.stated_by else "", row.stated_at)
        for row in rows
    ]  # fmt: skip


def odds_in_force() -> dict[str, StatedRow]:
    """The last word on each stage that has a probability of its own."""
    last: dict[str, StatedRow] = {}
    for row in stated():
        last.setdefault(row.stage, row)
    return {stage: row for stage, row in last.items() if row.probability is not None}
