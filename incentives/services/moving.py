"""The life of a pay period: one table of moves, one function that makes them."""

from datetime import date

from django.db import transaction

from common import audit, live
from common.locks import transaction_lock
from incentives.choices import PeriodState
from incentives.claims.team_reviews import teams_under_review
from incentives.models import PayPeriod, PeriodTransition, Run
from kernel.issues import N_, Invalid, Issue, Place, error
from kernel.periods import Period
from people import queries as people
from people.models import User

S = PeriodState
MOVES: dict[tuple[str, str], None] = dict.fromkeys(
    (
        (S.OPEN, S.CALCULATED),
        (S.CALCULATED, S.REVIEWED),
        (S.REVIEWED, S.APPROVED),
        (S.APPROVED, S.LOCKED),
        (S.LOCKED, S.EXPORTED),
        (S.CALCULATED, S.OPEN),
        (S.REVIEWED, S.OPEN),
        (S.APPROVED, S.OPEN),
    )
)


@transaction.atomic
def open_period(*, actor: User | None, kind: str, day: date, first_month: int = 1) -> PayPeriod:
    """The pay period of a kind (month, quarter, year) that contains `day`; opened when new."""
    days = period_of(kind, day, first_month)
    period, new = PayPeriod.objects.get_or_create(
        kind=kind, starts_on=days.start, defaults={"ends_on": days.end}
    )
    if new:
        audit.record(
            actor=actor,
            action="period.open",
            subject=period,
            after={"kind": kind, "starts_on": days.start, "ends_on": days.end},
        )
    return period


def period_of(kind: str, day: date, first_month: int = 1) -> Period:
    """The month, quarter or year of a day; `first_month` begins the fiscal year."""
    match kind:
        case "quarter":
            return Period.quarter(day, first_month=first_month)
        case "year":
            return Period.year(day, first_month=first_month)
    return Period.month(day)


def locked_row(period_id: int) -> PayPeriod:
    """The period, with its lock held until the transaction ends. Every move starts here."""
    transaction_lock("pay_period", period_id)
    return PayPeriod.objects.get(pk=period_id)


def move(*, actor: User | None, period: PayPeriod, to: str, reason: str = "") -> None:
    """Make one move of the table and leave its row; `Invalid` when the table has no such move.

    Call it with the period's lock held.
    """
    if (period.state, to) not in MOVES:
        raise Invalid(_no_such_move(period, to))
    if period.runs.filter(state=Run.State.RUNNING).exists():
        raise Invalid(
            error(
                "period.running",
                N_("A calculation of this period is going on."),
                N_("Wait until it has finished; the page shows its progress."),
            )
        )
    before = period.state
    period.state = to
    period.save(update_fields=["state"])
    PeriodTransition.objects.create(
        period=period, from_state=before, to_state=to, by=actor, reason=reason
    )
    audit.record(
        actor=actor,
        action="period.move",
        subject=period,
        before={"state": before},
        after={"state": to},
        reason=reason,
    )
    live.publish(f"period:{period.pk}")


def _no_such_move(period: PayPeriod, to: str) -> Issue:
    return error(
        "period.no_such_move",
        N_("The period is {state}; it cannot become {to} from there."),
        N_("Look at the period again: somebody may have moved it meanwhile."),
        state=period.get_state_display(),
        to=S(to).label,
    )


def last_run(period: PayPeriod) -> Run | None:
    """The newest finished run of a period."""
    return period.runs.filter(state=Run.State.DONE).order_by("-number").first()


@transaction.atomic
def review_period(*, actor: User, period_id: int, reason: str = "") -> None:
    """State that the figures of the last run have been looked at.

    `Invalid` when managers who see pay have not signed the figures of their people and no reason
    says why the period goes on without them.
    """
    period = locked_row(period_id)
    missing = unsigned_managers(period) if period.state == S.CALCULATED else []
    if missing and not reason.strip():
        raise Invalid(
            error(
                "period.teams_unsigned",
                N_("Not signed by the manager yet: {names}."),
                N_("Wait for them, or say in a sentence why the period goes on without."),
                Place(path="reason"),
                names=", ".join(missing),
            )
        )
    move(actor=actor, period=period, to=S.REVIEWED, reason=reason.strip())


def unsigned_managers(period: PayPeriod) -> list[str]:
    """Who has not signed the figures of the last run; nobody where managers do not see pay."""
    run = last_run(period)
    if run is None or not people.company().managers_see_pay:
        return []
    teams = teams_under_review(period, run, people.today())
    return [team.manager for team in teams if team.is_missing]


@transaction.atomic
def approve_period(*, actor: User, period_id: int) -> None:
    """Approve the last run; `Invalid` when the same person has started it."""
    period = locked_row(period_id)
    run = last_run(period)
    if run is not None and run.started_by_id == actor.pk:
        raise Invalid(
            error(
                "period.same_person",
                N_("Who ran the calculation does not approve it."),
                N_("Ask a second person with the rights of HR to approve."),
            )
        )
    move(actor=actor, period=period, to=S.APPROVED)


@transaction.atomic
def reopen_period(*, actor: User, period_id: int, reason: str) -> None:
    """Go back to open before the lock, so that the period can be calculated anew."""
    if not reason.strip():
        raise Invalid(
            error(
                "period.no_reason",
                N_("Reopening a period needs a reason."),
                N_("Say in a sentence why the figures must be calculated again."),
            )
        )
    move(actor=actor, period=locked_row(period_id), to=S.OPEN, reason=reason)
