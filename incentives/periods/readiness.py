"""What stands between a pay period and its lock: facts for HR's checklist, no words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from activities.completeness import Imports, SourceDays, imports_since, sources_in
from incentives import queries
from incentives.choices import PeriodState
from incentives.claims.adjustments import waiting_adjustments
from incentives.claims.disputes import Counts, dispute_counts
from incentives.claims.team_reviews import TeamUnderReview, teams_under_review
from incentives.gathering.deciding import no_run_by
from incentives.gathering.payees import Field
from incentives.gathering.reviews import Unscored, beyond_marks, unscored
from incentives.models import PayPeriod, PlanVersion, Run
from incentives.notices.queries import NoticeCounts, asks_notices, notice_counts, notice_rows
from incentives.periods.waiting import Waiting, waiting_balances
from kernel.issues import Issue
from kernel.periods import Period, start_of_day
from kpis import queries as kpis
from people import queries as people

PAID = (PeriodState.LOCKED, PeriodState.EXPORTED)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Everything that HR checks before a period goes on, as numbers and names."""

    imports: Imports
    sources: tuple[SourceDays, ...]
    proposed_objectives: int
    unpaid: tuple[str, ...]
    without_objective: tuple[str, ...]
    unscored: tuple[Unscored, ...]
    """Qualitative objectives that a plan pays and that nobody has agreed on, or scored."""
    beyond_marks: tuple[tuple[PlanVersion, str], ...]
    """The plan versions with a goal whose full score no mark can reach, and its key."""
    incalculable: tuple[tuple[PlanVersion, Issue], ...]
    """The plan versions by which a run would end without pay, and why."""
    teams: tuple[TeamUnderReview, ...]
    managers_see_pay: bool
    disputes: Counts
    waiting_adjustments: int
    before: PayPeriod | None
    """The period before, when it is calculated and not locked."""
    balances: tuple[Waiting, ...]
    """What earlier periods have left of people whom the plan does not pay in this one."""
    is_over: bool
    notices: NoticeCounts | None
    """What was told to whom; None where no profile asks for it."""


def readiness(period: PayPeriod, field: Field, run: Run | None, today: date) -> Readiness:
    """The facts of one period. A fixed number of queries, whatever the number of payees."""
    days = Period(period.starts_on, period.ends_on)
    company = people.company()
    versions = queries.versions_in(field)
    plans = {key: one.terms() for key, one in versions.items()}
    return Readiness(
        imports=imports_since(start_of_day(days.start, company.tz)),
        sources=tuple(sources_in(days, until=today, calendar=company.calendar, tz=company.tz)),
        proposed_objectives=kpis.waiting_objectives(
            days, [payee.person_id for payee in field.payees]
        ),
        unpaid=tuple(queries.unpaid(field)),
        without_objective=tuple(queries.without_objective(field, versions)),
        unscored=tuple(unscored(field.payees, plans)),
        beyond_marks=tuple(
            (versions[key], goal) for key, plan in plans.items() for goal in beyond_marks(plan)
        ),
        incalculable=tuple((one, why) for one in versions.values() for why in no_run_by(one)),
        teams=tuple(_teams(period, run, today) if company.managers_see_pay else ()),
        managers_see_pay=company.managers_see_pay,
        disputes=dispute_counts(today),
        waiting_adjustments=waiting_adjustments(period),
        before=_unlocked_before(period),
        balances=waiting_balances(period, field),
        is_over=period.ends_on <= today,
        notices=notice_counts(notice_rows(period, field)) if asks_notices(company) else None,
    )


def _teams(period: PayPeriod, run: Run | None, today: date) -> Sequence[TeamUnderReview]:
    return teams_under_review(period, run, today) if run is not None else ()


def _unlocked_before(period: PayPeriod) -> PayPeriod | None:
    """The period before, when the lock of this one would be refused because of it."""
    rows = PayPeriod.objects.filter(
        kind=period.kind, ends_on=period.starts_on, runs__state=Run.State.DONE
    ).exclude(state__in=PAID)
    return rows.distinct().first()
