"""Many people at once, from a file or a program; loading the same rows twice changes nothing.

First everything is planned in memory against what is known, and every row gets its issues; only
when no row has an error is anything written, in one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from common import audit
from common.locks import transaction_lock
from kernel.issues import Issue
from people.models import User
from people.services.load_plan import RowPlan, plan_rows
from people.services.load_state import PersonInput, read_state, write_state

__all__ = ["PersonInput", "RowResult", "Status", "load_people"]


class Status(StrEnum):
    """What a row did, or would do."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of the row with this index (from 0), and what is to be said about it."""

    index: int
    number: str
    status: Status
    issues: tuple[Issue, ...] = ()


@transaction.atomic
def load_people(
    *,
    actor: User | None,
    rows: Sequence[PersonInput],
    batch_id: int | None = None,
    dry_run: bool = False,
) -> list[RowResult]:
    """Load people with their teams, managers and places; one result per row, in their order.

    Teams that are not known are created (the team above them too); a manager who is neither
    known nor in the rows is created and leads the team of those who report to them. With an
    error in any row, or with `dry_run`, nothing is written: the results say what would happen.
    """
    transaction_lock("people")
    state = read_state()
    plans = plan_rows(state, rows)
    results = [RowResult(i, p.number, _status(p), tuple(p.issues)) for i, p in enumerate(plans)]
    counts = {status.value: sum(r.status is status for r in results) for status in Status}
    changed = counts["created"] or counts["changed"]
    if changed and not counts["rejected"] and not dry_run:
        write_state(state, batch_id)
        audit.record(
            actor=actor,
            action="people.load",
            subject=("people.person", batch_id or "rows"),
            after={"rows": counts},
        )
    return results


def _status(plan: RowPlan) -> Status:
    if plan.is_refused:
        return Status.REJECTED
    if plan.is_new:
        return Status.CREATED
    return Status.CHANGED if plan.is_changed else Status.UNCHANGED
