"""What rows of a file may do to an objective that the person has signed: propose an amendment."""

from collections.abc import Sequence
from fractions import Fraction

from django.contrib.auth.base_user import AbstractBaseUser

from kpis.models import Objective
from kpis.services.agreeing_issues import own_objective, proposal_open, waits_for_signature
from kpis.services.objective_plans import ObjectivePlan, Status
from kpis.services.objective_steps import Side, side_of, signed_by_person

OPEN = (Objective.Status.PROPOSED, Objective.Status.COUNTERED)


def propose_instead(plans: Sequence[ObjectivePlan], actor: AbstractBaseUser | None) -> None:
    """Let the plans that change what the person has signed propose it, and say so.

    Where such a proposal waits already, the row changes nothing; another one is refused, and so is
    a value that the person would propose to themselves. Two queries, none without changes.
    """
    changed = {
        plan.replaces.pk: plan for plan in plans if plan.status is Status.CHANGED and plan.replaces
    }
    signed = signed_by_person(changed)
    waiting = _waiting([changed[pk] for pk in signed])
    for pk in sorted(signed):
        plan = changed[pk]
        plan.proposes = True
        for other in waiting:
            if not _meets(other, plan):
                continue
            if Fraction(other.target) != plan.row.target:
                plan.issues.append(proposal_open().at(plan.row.place))
                break
            plan.status, plan.proposes = Status.UNCHANGED, False
        if plan.replaces is not None and side_of(actor, plan.replaces) is Side.PERSON:
            plan.issues.append(own_objective().at(plan.row.place))
        if not plan.is_refused:
            plan.issues.append(waits_for_signature(plan.row.place))


def _waiting(plans: Sequence[ObjectivePlan]) -> list[Objective]:
    held = [plan.replaces for plan in plans if plan.replaces is not None]
    if not held:
        return []
    people = {one.person_id for one in held if one.person_id is not None}
    rows = Objective.objects.filter(status__in=OPEN, person_id__in=people, kpi__isnull=False)
    return list(rows.order_by("id"))


def _meets(other: Objective, plan: ObjectivePlan) -> bool:
    """Whether a proposal is of the same person, KPI and some of the days."""
    held = plan.replaces
    return (
        held is not None
        and (other.person_id, other.kpi_id) == (held.person_id, held.kpi_id)
        and other.valid_from < held.valid_to
        and held.valid_from < other.valid_to
    )
