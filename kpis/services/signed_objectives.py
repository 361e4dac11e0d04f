"""What rows of a file may do to an objective that the person has signed: propose an amendment."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Q

from common import audit
from kpis.models import Objective, ObjectiveStep
from kpis.services.agreeing_issues import own_objective, proposal_open, waits_for_signature
from kpis.services.objective_plans import ObjectivePlan, Status
from kpis.services.objective_steps import Side, keep_step, side_of, signed_by_person
from people import queries as people

OPEN = (Objective.Status.PROPOSED, Objective.Status.COUNTERED)


def lapse_late(day: date) -> int:
    """End the proposals whose day for an answer has passed on `day`; how many. The caller holds
    the lock of objectives."""
    late = list(Objective.objects.filter(status__in=OPEN, answer_by__lt=day))
    for one in late:
        one.status = Objective.Status.LAPSED
        one.save(update_fields=["status"])
        keep_step(one, ObjectiveStep.Kind.LAPSED, None, side=Side.NOBODY)
        audit.record(
            actor=None, action="objective.lapse", subject=one, after={"answer_by": one.answer_by}
        )
    return len(late)


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
            if not _says_the_same(other, plan):
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
    ids = {one.person_id for one in held if one.person_id is not None}
    in_time = Q(answer_by__isnull=True) | Q(answer_by__gte=people.today())
    rows = Objective.objects.filter(in_time, status__in=OPEN, person_id__in=ids, kpi__isnull=False)
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


def _says_the_same(other: Objective, plan: ObjectivePlan) -> bool:
    """Whether a proposal that waits asks for what a row asks for."""
    row, held = plan.row, plan.replaces
    weight = row.weight if row.weight is not None or held is None else Fraction(held.weight)
    return (other.valid_from, other.valid_to, Fraction(other.target), Fraction(other.weight)) == (
        row.valid_from, row.valid_to, row.target, weight,
    )  # fmt: skip
