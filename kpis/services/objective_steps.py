"""What was signed by whom: the steps of an agreement, each with a digest of the terms."""

from collections.abc import Collection
from fractions import Fraction

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from kernel.numbers import as_text
from kernel.trace import sha256_of
from kpis.models import Objective, ObjectiveStep

Side = ObjectiveStep.Side


def side_of(actor: AbstractBaseUser | None, objective: Objective) -> Side:
    """For whom somebody speaks: for oneself, or else for the company."""
    mine = getattr(actor, "person_id", None)
    return Side.PERSON if mine is not None and mine == objective.person_id else Side.COMPANY


def terms_of(objective: Objective) -> dict[str, object]:
    """All that both sides agree to; whoever signs, signs the digest of this."""
    return {
        "person": objective.person_id,
        "team": objective.team_id,
        "role": objective.role_id,
        "kpi": objective.kpi.key if objective.kpi else "",
        "title": objective.title,
        "criteria": objective.criteria,
        "evaluator": objective.evaluator_id,
        "from": objective.valid_from,
        "to": objective.valid_to,
        "target": as_text(Fraction(objective.target)),
        "weight": as_text(Fraction(objective.weight)),
        # terms signed before there were keys keep their digest
        **({"goal": objective.goal_key} if objective.goal_key else {}),
    }


def digest_of(objective: Objective) -> str:
    """The SHA-256 of the terms: what a page showed, and what a signature stands under."""
    return sha256_of(terms_of(objective))


def keep_step(
    objective: Objective,
    kind: ObjectiveStep.Kind,
    actor: AbstractBaseUser | None,
    reason: str = "",
    side: Side | None = None,
) -> ObjectiveStep:
    """Write one step under the objective's present terms; call it inside the transaction of the
    change."""
    return ObjectiveStep.objects.create(
        objective=objective,
        kind=kind,
        side=side_of(actor, objective) if side is None else side,
        by_id=actor.pk if actor is not None else None,
        target=objective.target,
        reason=reason.strip(),
        terms_sha256=digest_of(objective),
        at=timezone.now(),
    )


def signed_by_person(objective_ids: Collection[int]) -> set[int]:
    """Those of the objectives that the person has signed. One query, none without ids."""
    if not objective_ids:
        return set()
    rows = ObjectiveStep.objects.filter(objective_id__in=objective_ids, side=Side.PERSON)
    return set(rows.values_list("objective_id", flat=True))
