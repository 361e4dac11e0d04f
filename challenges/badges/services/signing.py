"""Jerseys of a month become official three working days after it, as they were known then."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from challenges.badges.riders import Field, field_of
from challenges.calc.badges.jerseys import SMALLEST_TEAM, Classification, jerseys
from challenges.calc.badges.periods import official_at
from challenges.models import JerseyHolder, JerseyMonth
from challenges.services.locking import database_clock
from common import audit
from common.locks import transaction_lock
from kernel.numbers import as_text
from kernel.periods import Period
from kernel.trace import sha256_of
from people import queries as people
from people.queries import TeamRow


@transaction.atomic
def sign_due_months(*, at: datetime | None = None) -> list[str]:
    """Sign every month that is due and not signed yet, oldest first; "2026-10" for each.

    The first time only the last month that is due: what lies before the product was there is
    nobody's jersey. However late, each month is taken as it was known at its own moment, and twice
    changes nothing. A month without a team of two sellers has no jerseys and is not signed.
    """
    transaction_lock("jersey-months")
    moment = at or database_clock()
    where = people.company()
    due = [(month, official_at(month, where.tz, where.calendar)) for month in _due(moment)]
    return [month.name for month, known_at in due if _sign(month, known_at)]


def _due(at: datetime) -> list[Period]:
    company = people.company()
    month = Period.month(at.astimezone(company.tz).date()).previous()
    while official_at(month, company.tz, company.calendar) > at:
        month = month.previous()
    last = JerseyMonth.objects.order_by("-valid_from").values_list("valid_from", flat=True).first()
    if last is None:
        return [month]
    found: list[Period] = []
    while month.start > last:
        found.insert(0, month)
        month = month.previous()
    return found


def _sign(month: Period, at: datetime) -> bool:
    """Whether there was anything to sign."""
    if not _has_a_large_team(month):
        return False  # asked on every sweep: the figures of everybody are not read for nothing
    field = field_of(month, at, as_known=True)
    ids = {place.number: pk for pk, place in field.places.items()}
    after = {}
    for team, found in classified(field, month):
        document = document_of(found)
        row = JerseyMonth.objects.create(
            team_id=team.id, valid_from=month.start, at=at, document=document,
            sha256=sha256_of(document),
        )  # fmt: skip
        JerseyHolder.objects.bulk_create(
            JerseyHolder(month=row, kind=one.kind.value, person_id=ids[number])
            for one in found
            for number in one.holders
        )
        after[team.key] = {one.kind.value: list(one.holders) for one in found}
    subject = ("challenges.jerseys", month.name)
    audit.record(actor=None, action="jerseys.sign", subject=subject, after=after)
    return True


def _has_a_large_team(month: Period) -> bool:
    """Whether any team has enough who sell: the teams at the top have all who are below."""
    last = {row.person_id: row.team_id for row in people.people_on(month) if not row.leads}
    tops = [_below(team.id) for team in people.team_tree() if team.parent_id is None]
    return any(sum(at in top for at in last.values()) >= SMALLEST_TEAM for top in tops)


def classified(
    field: Field, month: Period, teams: Iterable[TeamRow] | None = None
) -> list[tuple[TeamRow, Sequence[Classification]]]:
    """The jerseys of each team that is large enough, with all teams below it."""
    found: list[tuple[TeamRow, Sequence[Classification]]] = []
    for team in people.team_tree() if teams is None else teams:
        riders = field.of_team(_below(team.id))
        if len(riders) >= SMALLEST_TEAM:
            found.append((team, jerseys(riders, month)))
    return found


def _below(team_id: int) -> frozenset[int]:
    """The team with all below it, from the tree that is in memory."""
    found = {team_id}
    for team in people.team_tree():  # parents come first
        if team.parent_id in found:
            found.add(team.id)
    return frozenset(found)


def document_of(found: Sequence[Classification]) -> dict[str, Any]:
    """The lines of all classifications as plain data, exact."""
    return {
        "jerseys": [
            {
                "kind": one.kind.value,
                "lines": [
                    {
                        "rank": line.rank,
                        "person": line.rider,
                        "value": as_text(line.value),
                        "newcomer": line.newcomer,
                    }
                    for line in one.lines
                ],
            }
            for one in found
        ]
    }
