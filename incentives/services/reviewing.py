"""The manager's review: each one looks at the figures of their people and signs."""

from django.db import transaction

from common import audit, live
from incentives.choices import PeriodState
from incentives.claims.team_reviews import TeamUnderReview, teams_under_review
from incentives.models import TeamReview
from incentives.services.moving import last_run, locked_row
from kernel.issues import N_, Invalid, Issue, error
from people import queries as people
from people.models import Person, User


@transaction.atomic
def sign_off_team(*, actor: User, period_id: int, comment: str = "") -> TeamReview:
    """State that the manager has looked at the figures of their people in the last run.

    `Invalid` when managers do not see pay in this company, when the period is not under review,
    when the actor looks after no payee of it, or has signed these figures already.
    """
    period = locked_row(period_id)
    run = last_run(period)
    if not people.company().managers_see_pay:
        raise Invalid(_closed())
    if run is None or period.state != PeriodState.CALCULATED:
        raise Invalid(
            error(
                "review.not_calculated",
                N_("The period is {state}; figures are signed while it is calculated."),
                N_("HR says when the figures are ready to be looked at."),
                state=period.get_state_display(),
            )
        )
    manager, own = _own_team(actor, teams_under_review(period, run, people.today()))
    review = TeamReview.objects.create(run=run, manager=manager, comment=comment.strip(), by=actor)
    audit.record(
        actor=actor,
        action="review.sign",
        subject=review,
        after={"run": run.pk, "manager": manager.pk, "people": len(own.person_ids)},
        reason=review.comment,
    )
    live.publish(f"period:{period_id}")
    return review


def _own_team(actor: User, teams: list[TeamUnderReview]) -> tuple[Person, TeamUnderReview]:
    for team in teams:
        if actor.person is not None and team.manager_id == actor.person.pk:
            if team.signed is not None:
                raise Invalid(_signed_already())
            return actor.person, team
    raise Invalid(
        error(
            "review.no_team",
            N_("None of the people you lead is paid in this period."),
            N_("Their manager signs; HR sees who that is on the page of the period."),
        )
    )


def _closed() -> Issue:
    return error(
        "review.closed",
        N_("Managers do not see pay in this company."),
        N_("An administrator can change that in the settings of the company."),
    )


def _signed_already() -> Issue:
    return error(
        "review.signed_already",
        N_("You have signed these figures already."),
        N_("Another signature is only needed when a new calculation changes them."),
    )
