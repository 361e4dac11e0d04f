"""Set what is to be reached: one objective, or many from a file; the same again changes nothing.

What a person has signed is never overruled: a new value of it is proposed to them, and the old one
stays in force until they sign.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from activities.models import ImportBatch
from common import audit
from common.locks import transaction_lock
from kernel.issues import Invalid, Issue
from kpis.models import Objective, ObjectiveStep
from kpis.services.objective_plans import (
    ObjectiveInput,
    ObjectivePlan,
    Planner,
    Status,
    unsaved,
)
from kpis.services.objective_steps import keep_step, signed_by_person
from kpis.services.signed_objectives import OPEN, lapse_late, propose_instead
from people import queries as people


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of the row at `index` of the call."""

    index: int
    status: Status
    id: int | None = None
    issues: tuple[Issue, ...] = ()


@transaction.atomic
def set_objective(*, actor: AbstractBaseUser | None, objective: ObjectiveInput) -> Objective:
    """Set one objective, or amend the one of exactly the same scope and dates, without an answer.

    For teams and roles, and what a company decides for a person; what a person is asked to agree
    to is proposed (kpis.services.agreeing).
    An amendment keeps the old objective as withdrawn and needs a reason; of what the person has
    signed it is only proposed. `Invalid` with all issues
    (unknown KPI, scope or dates, an overlap with another period).
    """
    (result,) = load_objectives(actor=actor, rows=[objective], amend_needs_reason=True)
    if result.status is Status.REJECTED:
        raise Invalid(result.issues)
    made = Objective.objects.get(id=result.id or 0)
    if result.status is not Status.UNCHANGED and made.status == Objective.Status.ACCEPTED:
        keep_step(made, ObjectiveStep.Kind.ACCEPTED, actor)
    return made


@transaction.atomic
def revert_objectives(*, actor: AbstractBaseUser | None, batch: ImportBatch) -> int:
    """Withdraw what an import has set and reinstate what it replaced; how many were withdrawn.

    What came from another import that was taken back is not reinstated, but what that replaced.

    An objective that somebody has amended or signed since stays as it is, with what it came from.
    Proposals that wait for a signature are withdrawn.
    """
    transaction_lock("objectives")
    rows = Objective.objects.filter(batch=batch, status__in=("accepted", *OPEN))
    rows = rows.select_related("replaces__batch").order_by("id")
    signed = signed_by_person([row.pk for row in rows if row.status == "accepted"])
    mine = [row for row in rows if row.pk not in signed]
    before = [held.pk for row in mine if row.status == "accepted" and (held := _held_before(row))]
    for row in mine:
        if row.status in OPEN:
            keep_step(row, ObjectiveStep.Kind.WITHDRAWN, actor, side=ObjectiveStep.Side.COMPANY)
    Objective.objects.filter(pk__in=[row.pk for row in mine]).update(status="withdrawn")
    Objective.objects.filter(pk__in=before).update(status="accepted")
    audit.record(
        actor=actor,
        action="objectives.revert",
        subject=batch,
        after={"withdrawn": len(mine), "reinstated": len(before)},
    )
    return len(mine)


def _held_before(row: Objective) -> Objective | None:
    """What a row replaced, but for what came from imports that were taken back themselves."""
    held = row.replaces
    while held and held.batch and held.batch.state == ImportBatch.State.REVERTED:
        held = held.replaces
    return held


@transaction.atomic
def load_objectives(
    *,
    actor: AbstractBaseUser | None,
    rows: Sequence[ObjectiveInput],
    dry_run: bool = False,
    amend_needs_reason: bool = False,
    batch: ImportBatch | None = None,
) -> list[RowResult]:
    """Set many objectives in one transaction; one result per row, in their order.

    With an error in any row, or with `dry_run`, nothing is written; the statuses then say what
    would happen (`withheld` for good rows of a call with an error). Loading the same rows twice
    changes nothing. A new value of what the person has signed is proposed, and told as a warning.
    """
    transaction_lock("objectives")
    if not dry_run:
        lapse_late(people.today())
    plans = Planner(amend_needs_reason).plan(rows)
    propose_instead(plans, actor)
    if any(plan.is_refused for plan in plans) or dry_run:
        refused = any(plan.is_refused for plan in plans)
        return [_without_writing(index, plan, refused) for index, plan in enumerate(plans)]
    results = [_write(index, plan, batch, actor) for index, plan in enumerate(plans)]
    counts = {status.value: sum(r.status is status for r in results) for status in Status}
    if counts["created"] or counts["changed"]:
        audit.record(
            actor=actor, action="objectives.set", subject=("kpis.objective", _subject(results)),
            after={"rows": counts, "targets": [_told(plan) for plan in plans[:100]]},
            reason=rows[0].reason if len(rows) == 1 else "",
        )  # fmt: skip
    return results


def _write(
    index: int, plan: ObjectivePlan, batch: ImportBatch | None, actor: AbstractBaseUser | None
) -> RowResult:
    if plan.status is Status.UNCHANGED and plan.replaces is not None:
        return RowResult(index, plan.status, plan.replaces.pk, tuple(plan.issues))
    if plan.replaces is not None and not plan.proposes:
        plan.replaces.status = Objective.Status.WITHDRAWN
        plan.replaces.save(update_fields=["status"])
    made = unsaved(plan)
    made.replaces, made.batch = plan.replaces, batch
    if plan.proposes:
        made.status = Objective.Status.PROPOSED
    made.save()
    if plan.proposes:
        keep_step(made, ObjectiveStep.Kind.PROPOSED, actor, made.reason)
    return RowResult(index, plan.status, made.pk, tuple(plan.issues))


def _without_writing(index: int, plan: ObjectivePlan, any_refused: bool) -> RowResult:
    status = plan.status
    if plan.is_refused:
        status = Status.REJECTED
    elif any_refused and status is not Status.UNCHANGED:
        status = Status.WITHHELD
    return RowResult(index, status, None, tuple(plan.issues))


def _subject(results: Sequence[RowResult]) -> object:
    return results[0].id if len(results) == 1 else "rows"


def _told(plan: ObjectivePlan) -> dict[str, object]:
    row = plan.row
    before = plan.replaces.target if plan.replaces is not None else None
    return {"kpi": row.kpi, "scope": plan.scope, "from": row.valid_from, "to": row.valid_to,
            "target": row.target, "before": before, "status": plan.status}  # fmt: skip
