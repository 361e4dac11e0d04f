"""How much there is of everything: counts over the rooms for the administrator's first page.

Only counts: it reads tables of other rooms without their meaning, so no room has to offer them.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Max

from activities.models import Activity, ApiKey, ImportBatch, Upload
from challenges.models import Challenge
from incentives.models import PlanVersion
from kernel.periods import Period, Window
from kpis.models import Kpi, Objective
from people import queries as people
from people.models import Team, User


@dataclass(frozen=True, slots=True)
class Source:
    """Where records come from."""

    source: str
    records: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class State:
    """Counts on one day."""

    is_set_up: bool
    people: int
    teams: int
    sign_ins: int
    kpis: int
    objectives: int
    plans: int
    challenges: int
    this_week: int
    imports: int
    uploads_waiting: int
    api_keys: int
    sources: tuple[Source, ...]

    @property
    def last_at(self) -> datetime | None:
        """When the last record came in."""
        return max((row.last_at for row in self.sources if row.last_at), default=None)


def state_of(day: date) -> State:
    """Everything in a fixed number of queries, one per table."""
    company = people.company()
    week = Window.of(Period(day - timedelta(days=6), day + timedelta(days=1)), company.tz)
    return State(
        is_set_up=company.is_set_up,
        people=len({row.person_id for row in people.people_on(day)}),
        teams=Team.objects.count(),
        sign_ins=User.objects.filter(is_active=True).count(),
        kpis=Kpi.objects.count(),
        objectives=Objective.objects.filter(
            status=Objective.Status.ACCEPTED, valid_from__lte=day, valid_to__gt=day
        ).count(),
        plans=PlanVersion.objects.filter(state=PlanVersion.State.PUBLISHED).count(),
        challenges=Challenge.objects.count(),
        this_week=Activity.objects.filter(
            occurred_at__gte=week.start, occurred_at__lt=week.end
        ).count(),
        imports=ImportBatch.objects.count(),
        uploads_waiting=Upload.objects.filter(batch=None).count(),
        api_keys=ApiKey.objects.filter(revoked_at=None).count(),
        sources=_sources(),
    )


def _sources() -> tuple[Source, ...]:
    rows = (
        Activity.objects.values("source")
        .annotate(records=Count("id"), last_at=Max("recorded_at"))
        .order_by("-records", "source")
    )
    return tuple(Source(row["source"], row["records"], row["last_at"]) for row in rows)
