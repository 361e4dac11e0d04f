"""Reads the book of a company from the log: every state that was ever recorded, and since when.

What happened before its source first sent anything could not be known here then: it counts as
known on the day it happened, so that an imported past can be forecast as it was lived. Whatever
came later is known since it was recorded, and a correction always is.
"""
# ruff: noqa: S608 - the texts are fixed here; every value travels as a parameter in `Sql`

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from activities.choices import Stage as StageName
from kernel.periods import Period, business_day
from kpis.calc.forecast.book import Book, Edit, Membership, Stage, Win
from kpis.calc.forecast.checks import team_group
from kpis.calc.metrics import SumAmount
from kpis.engine.fragments import Sql, rows_of
from kpis.engine.measures import only_where
from kpis.models import StageOdds
from kpis.queries import catalogue
from people import queries as people
from people.queries import AssignmentRow, CompanyRow

REVENUE = "revenue"
Places = Mapping[int, Sequence[Membership]]

_STAGES = """
WITH source AS (
  SELECT d.source, min(s.recorded_at) AS first_at
  FROM activities_dealstage s JOIN activities_deal d ON d.id = s.deal_id GROUP BY d.source
)
SELECT s.id, s.deal_id, s.stage, s.entered_at, s.owner_id, s.product_id,
  CASE WHEN s.currency IN ('', %s) THEN s.amount_minor END, product.list_price_minor,
  CASE WHEN s.supersedes_id IS NULL AND s.entered_at < source.first_at
    THEN s.entered_at ELSE s.recorded_at END,
  later.recorded_at
FROM activities_dealstage s
JOIN activities_deal d ON d.id = s.deal_id
JOIN source ON source.source = d.source
LEFT JOIN activities_dealstage later ON later.supersedes_id = s.id
LEFT JOIN activities_product product ON product.id = s.product_id
WHERE NOT s.withdrawn ORDER BY s.id
"""

_WINS = """ FROM (
SELECT a.id, c.person_id, a.deal_id, a.occurred_at, c.amount_minor AS part_minor, a.attributes,
  CASE WHEN a.supersedes_id IS NULL AND a.occurred_at < source.first_at
    THEN a.occurred_at ELSE a.recorded_at END AS known_from,
  later.recorded_at AS known_until
FROM activities_activity a
JOIN (
  SELECT source, min(recorded_at) AS first_at FROM activities_activity
  WHERE type_id = ANY(%s) GROUP BY source
) source ON source.source = a.source
JOIN activities_credit c ON c.activity_id = a.id
LEFT JOIN activities_activity later ON later.supersedes_id = a.id
WHERE a.kind <> 'cancellation' AND a.type_id = ANY(%s)
) f WHERE f.part_minor IS NOT NULL ORDER BY f.id, f.person_id"""


def book_of(until: date) -> Book:
    """The whole book, with the working days before `until`. Five queries and the catalogue."""
    company = people.company()
    stages = [_stage(row, company.tz) for row in rows_of(Sql(_STAGES, (company.currency,)))]
    members = _members()
    wins = _wins(company, until, _by_person(members))
    book = Book(stages, wins, members, edits=_edits())
    first = book.first_day or until
    return replace(book, working_days=_working_days(company, first, until))


def _stage(row: Sequence[object], tz: ZoneInfo) -> Stage:
    pk, deal, stage, at, owner, product, minor, listed, known_from, known_until = row
    on = business_day(at, tz) if isinstance(at, datetime) else None
    return Stage(pk, deal, stage, at, on, owner, product, minor, listed, known_from, known_until)  # type: ignore[arg-type]  # the columns of _STAGES, in this order


def _wins(company: CompanyRow, until: date, places: Places) -> list[Win]:
    metric = catalogue(until).metrics.get(REVENUE)
    if metric is None or not isinstance(metric.definition, SumAmount):
        return []
    types = sorted(metric.definition.types)
    worth = only_where(metric.definition.where, Sql("f.part_minor"))
    columns = "SELECT f.person_id, f.deal_id, f.occurred_at, f.known_from, f.known_until, "
    found = []
    for person, deal, at, since, later, minor in rows_of(
        columns + worth + Sql(_WINS, (types, types))
    ):
        if minor is not None:
            on = business_day(at, company.tz)
            groups = _groups_on(places.get(person, ()), on)
            found.append(Win(person, deal, at, on, minor, groups, since, later))
    return found


def _members() -> list[Membership]:
    """Who is in which team, and so in all above it."""
    above = {team.id: team.parent_id for team in people.team_tree()}
    everything = Period(date.min, date.max)
    return [_membership(row, above) for row in people.assignments_between(everything)]


def _membership(row: AssignmentRow, above: Mapping[int, int | None]) -> Membership:
    groups, team = list[str](), row.team_id or None
    while team is not None and team_group(team) not in groups:
        groups.append(team_group(team))
        team = above.get(team)
    return Membership(row.person_id, row.valid_from, row.valid_to or date.max, tuple(groups))


def _by_person(members: Sequence[Membership]) -> Places:
    found: dict[int, list[Membership]] = {}
    for one in members:
        found.setdefault(one.person, []).append(one)
    return found


def _groups_on(places: Sequence[Membership], day: date) -> tuple[str, ...]:
    held = (one.groups for one in places if one.start <= day < one.end)
    return tuple(dict.fromkeys(group for groups in held for group in groups))


def _working_days(company: CompanyRow, first: date, until: date) -> frozenset[date]:
    days = (first + timedelta(days=offset) for offset in range((until - first).days))
    return frozenset(day for day in days if company.calendar.is_working(day))


def _edits() -> list[Edit]:
    rows = StageOdds.objects.order_by("stated_at", "id")
    return [
        Edit(StageName(stage).value, probability, at)
        for stage, probability, at in rows.values_list("stage", "probability", "stated_at")
    ]


def last_recorded() -> datetime:
    """When the newest row of the log was recorded; the beginning of time for an empty log."""
    newest = Sql("")
    for index, table in enumerate(("activities_activity", "activities_dealstage")):
        newest = newest + (" UNION ALL " if index else "")
        newest = newest + f"(SELECT recorded_at FROM {table} ORDER BY id DESC LIMIT 1)"
    return max((at for (at,) in rows_of(newest)), default=datetime.min.replace(tzinfo=UTC))
