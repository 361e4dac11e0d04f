"""Two sides agree on what is to be reached: proposed, countered, accepted, lapsed, withdrawn.

Only what is accepted is in force. An amendment is proposed like any other objective, needs a
reason, and takes the place of the old one when it is accepted; both are kept. Every step is kept
with the side that took it, and is that side's signature under the terms.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Q

from common import audit
from common.locks import transaction_lock
from kernel.issues import NOWHERE, Invalid, Issue, Level
from kernel.numbers import as_text
from kpis.models import Objective, ObjectiveStep
from kpis.services.agreeing_issues import (
    answer_day_passed,
    criteria_issues,
    goal_issues,
    goal_taken,
    nothing_new,
    own_objective,
    person_only,
    proposal_open,
    terms_changed,
    unknown_evaluator,
    wrong_turn,
)
from kpis.services.objective_issues import (
    no_reason,
    overlaps,
    range_issues,
    target_issues,
    weight_issues,
)
from kpis.services.objective_plans import ObjectiveInput, Planner, Status, unsaved
from kpis.services.objective_steps import Side, digest_of, keep_step, side_of
from kpis.services.signed_objectives import OPEN, lapse_late
from people import queries as people

Kind = ObjectiveStep.Kind


@dataclass(frozen=True, slots=True)
class Criterion:
    """What an evaluator looks for, and how much it counts against the others."""

    text: str
    weight: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Qualitative:
    """An objective without a KPI: `target` is the mark to reach, in percent.

    `goal_key` is the key by which pay plans read the mark; "" when none pays it.
    """

    person_id: int
    title: str
    criteria: Sequence[Criterion]
    evaluator_id: int
    valid_from: date
    valid_to: date
    target: Fraction = Fraction(100)
    weight: Fraction = Fraction(1)
    reason: str = ""
    goal_key: str = ""


@transaction.atomic
def propose_objective(
    *,
    actor: AbstractBaseUser | None,
    objective: ObjectiveInput,
    answer_by: date | None = None,
) -> Objective:
    """Offer one person a target, signed by the company's side; it is not in force until accepted.

    Of the same KPI and dates as one in force it is an amendment, which needs a reason. `Invalid`
    with all issues: those of setting one, a team or role, a proposal that still waits, a day for
    the answer that has passed.
    """
    _begin()
    (plan,) = Planner(amend_needs_reason=True).plan([objective])
    issues = [*plan.issues, *_day_issues(answer_by)]
    if plan.scope is not None and plan.scope[0] != "person":
        issues.append(person_only())
    if plan.status is Status.UNCHANGED:
        issues.append(nothing_new())
    _refuse(issues)
    made = unsaved(plan)
    made.replaces = plan.replaces
    return _offer(made, actor, answer_by)


@transaction.atomic
def propose_qualitative(
    *, actor: AbstractBaseUser | None, objective: Qualitative, answer_by: date | None = None
) -> Objective:
    """Offer one person an objective that a named evaluator will score; see `propose_objective`."""
    _begin()
    held = _held(objective)
    issues = [
        *range_issues(objective.valid_from, objective.valid_to, NOWHERE),
        *target_issues(objective.target, NOWHERE),
        *weight_issues(objective.weight, NOWHERE),
        *criteria_issues(objective.title, [(one.text, one.weight) for one in objective.criteria]),
        *goal_issues(objective.goal_key),
        *_day_issues(answer_by),
    ]
    if objective.evaluator_id == objective.person_id:
        issues.append(unknown_evaluator())
    if held is not None and not objective.reason.strip():
        issues.append(no_reason(NOWHERE))
    _refuse(issues)
    made = Objective(
        person_id=objective.person_id,
        title=objective.title.strip(),
        criteria=[
            {"text": one.text.strip(), "weight": as_text(one.weight)} for one in objective.criteria
        ],
        evaluator_id=objective.evaluator_id,
        goal_key=objective.goal_key,
        valid_from=objective.valid_from,
        valid_to=objective.valid_to,
        target=Decimal(as_text(objective.target)),
        weight=Decimal(as_text(objective.weight)),
        reason=objective.reason.strip(),
        replaces=held,
    )
    return _offer(made, actor, answer_by)


@transaction.atomic
def counter_objective(
    *, actor: AbstractBaseUser | None, objective: Objective, target: Fraction | None, reason: str
) -> Objective:
    """Answer with another value and a reason; the other side's turn. `Invalid` out of turn."""
    found = _answerable(actor, objective)
    issues = target_issues(target, NOWHERE)
    if not reason.strip():
        issues.append(no_reason(NOWHERE))
    elif target is not None and Fraction(found.target) == target:
        issues.append(nothing_new())
    _refuse(issues)
    side, before = side_of(actor, found), found.target
    is_person = side is Side.PERSON
    found.status = Objective.Status.COUNTERED if is_person else Objective.Status.PROPOSED
    found.target = Decimal(as_text(target or Fraction(0)))
    found.save(update_fields=["status", "target"])
    keep_step(found, Kind.COUNTERED if is_person else Kind.PROPOSED, actor, reason)
    audit.record(
        actor=actor, action="objective.counter", subject=found,
        before={"target": before}, after={"target": found.target, "side": side.value},
        reason=reason.strip(),
    )  # fmt: skip
    return found


@transaction.atomic
def accept_objective(
    *, actor: AbstractBaseUser | None, objective: Objective, terms: str | None = None
) -> Objective:
    """Sign what the other side put on the table last: from now on it is in force.

    The one that it amends ends to be. `terms` is the digest of what the signer has read. `Invalid`
    out of turn, after the day for the answer, when other terms stand there than were read, or when
    another objective of the same KPI has come into force for some of the days.
    """
    found = _answerable(actor, objective)
    if terms is not None and terms != digest_of(found):
        raise Invalid(terms_changed())
    other = _in_force_beside(found)
    if other is not None:
        raise Invalid(
            goal_taken(found.goal_key, other.title)
            if found.kpi_id is None
            else overlaps(other.valid_from, other.valid_to, NOWHERE)
        )
    if found.replaces is not None and found.replaces.status == Objective.Status.ACCEPTED:
        found.replaces.status = Objective.Status.WITHDRAWN
        found.replaces.save(update_fields=["status"])
    found.status = Objective.Status.ACCEPTED
    found.save(update_fields=["status"])
    step = keep_step(found, Kind.ACCEPTED, actor)
    audit.record(
        actor=actor, action="objective.accept", subject=found,
        after={"target": found.target, "side": step.side, "terms": step.terms_sha256},
    )  # fmt: skip
    return found


@transaction.atomic
def withdraw_objective(
    *, actor: AbstractBaseUser | None, objective: Objective, reason: str
) -> Objective:
    """Take an objective or a proposal back, with a reason; it stays readable."""
    if not reason.strip():
        raise Invalid(no_reason(NOWHERE))
    found = _locked(objective)
    before = found.status
    if before not in (*OPEN, Objective.Status.ACCEPTED):
        raise Invalid(wrong_turn())
    found.status = Objective.Status.WITHDRAWN
    found.save(update_fields=["status"])
    keep_step(found, Kind.WITHDRAWN, actor, reason)
    audit.record(
        actor=actor, action="objective.withdraw", subject=found,
        before={"status": before}, after={"status": found.status}, reason=reason.strip(),
    )  # fmt: skip
    return found


@transaction.atomic
def lapse_objectives(*, day: date | None = None) -> int:
    """End the proposals whose day for an answer has passed on `day` (today); how many."""
    transaction_lock("objectives")
    return lapse_late(day or people.today())


# --- the parts -------------------------------------------------------------------------------


def _begin() -> None:
    transaction_lock("objectives")
    lapse_late(people.today())


def _day_issues(answer_by: date | None) -> list[Issue]:
    return [answer_day_passed()] if answer_by is not None and answer_by < people.today() else []


def _refuse(issues: Sequence[Issue]) -> None:
    if any(issue.level is Level.ERROR for issue in issues):
        raise Invalid(tuple(issues))


def _held(objective: Qualitative) -> Objective | None:
    """The one in force that a qualitative one amends: same person, title and dates."""
    return Objective.objects.filter(
        person_id=objective.person_id,
        title=objective.title.strip(),
        valid_from=objective.valid_from,
        valid_to=objective.valid_to,
        status=Objective.Status.ACCEPTED,
    ).first()


def _offer(made: Objective, actor: AbstractBaseUser | None, answer_by: date | None) -> Objective:
    if side_of(actor, made) is Side.PERSON:
        raise Invalid(own_objective())
    same = Objective.objects.filter(
        _of_the_same(made), status__in=OPEN,
        valid_from__lt=made.valid_to, valid_to__gt=made.valid_from,
    )  # fmt: skip
    if same.exists():
        raise Invalid(proposal_open())
    made.status, made.answer_by = Objective.Status.PROPOSED, answer_by
    made.save()
    step = keep_step(made, Kind.PROPOSED, actor, made.reason)
    audit.record(
        actor=actor, action="objective.propose", subject=made,
        after={"target": made.target, "weight": made.weight, "answer_by": answer_by,
               "replaces": made.replaces_id, "terms": step.terms_sha256},
        reason=made.reason,
    )  # fmt: skip
    return made


def _of_the_same(made: Objective) -> Q:
    return Q(person_id=made.person_id, kpi_id=made.kpi_id, title=made.title)


def _locked(objective: Objective) -> Objective:
    """The row as it is now; nobody else changes objectives until the end of the transaction."""
    transaction_lock("objectives")
    return Objective.objects.select_related("replaces", "kpi").get(pk=objective.pk)


def _answerable(actor: AbstractBaseUser | None, objective: Objective) -> Objective:
    """The row as it is now; `Invalid` unless it is the actor's turn to answer, in time."""
    found = _locked(objective)
    turn = {
        Objective.Status.PROPOSED.value: Side.PERSON,
        Objective.Status.COUNTERED.value: Side.COMPANY,
    }
    if turn.get(found.status) is not side_of(actor, found):
        raise Invalid(wrong_turn())
    if found.answer_by is not None and found.answer_by < people.today():
        raise Invalid(answer_day_passed())
    return found


def _in_force_beside(found: Objective) -> Objective | None:
    """Another one in force for the same KPI, or for the same goal of plans."""
    if found.kpi_id is None and not found.goal_key:
        return None
    same = (
        Q(person_id=found.person_id, goal_key=found.goal_key)
        if found.kpi_id is None
        else _of_the_same(found)
    )
    rows = Objective.objects.filter(
        same, status=Objective.Status.ACCEPTED,
        valid_from__lt=found.valid_to, valid_to__gt=found.valid_from,
    )  # fmt: skip
    return rows.exclude(pk=found.replaces_id or 0).first()
