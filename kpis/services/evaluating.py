"""A named evaluator scores a qualitative objective after a joint visit, with what was seen."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction

from activities.freezing import write_moment
from common import audit
from kernel.issues import Invalid
from kpis.calc.marks import TOP_SCORE
from kpis.models import Evaluation, Objective
from kpis.services.agreeing_issues import (
    no_evidence,
    not_the_evaluator,
    score_issues,
    visit_outside,
)
from people import queries as people
from people.models import User


@transaction.atomic
def evaluate_objective(
    *,
    actor: User,
    objective: Objective,
    visited_on: date,
    scores: Sequence[int | None],
    evidence: str,
) -> Evaluation:
    """Keep the scores of one visit, by criterion in their order; None is what was not seen.

    `Invalid` for anybody but the evaluator, before the objective is accepted, for a day outside of
    it or ahead, for scores beside the scale, without evidence. The same visit sent twice is kept
    once: it would count twice in the mark, and in what is paid by it.
    """
    found = Objective.objects.select_for_update().get(pk=objective.pk)
    if actor.person_id is None or actor.person_id != found.evaluator_id:
        raise Invalid(not_the_evaluator())
    if found.status != Objective.Status.ACCEPTED:
        raise Invalid(not_the_evaluator())
    issues = score_issues(scores, len(found.criteria), TOP_SCORE)
    if not found.valid_from <= visited_on < found.valid_to or visited_on > people.today():
        issues.append(visit_outside())
    if not evidence.strip():
        issues.append(no_evidence())
    if issues:
        raise Invalid(tuple(issues))
    seen: dict[str, Any] = {
        "visited_on": visited_on, "scores": list(scores), "evidence": evidence.strip(),
    }  # fmt: skip
    held = Evaluation.objects.filter(objective=found, **seen).first()
    if held is not None:
        return held
    made = Evaluation.objects.create(objective=found, by=actor, at=write_moment(), **seen)
    audit.record(
        actor=actor, action="objective.evaluate", subject=found,
        after={"visited_on": visited_on, "scores": list(scores)}, reason=made.evidence,
    )  # fmt: skip
    return made
