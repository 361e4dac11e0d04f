"""Disputes as they are read: how many are open, the list of HR, one with its log."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet

from incentives.choices import DisputeState
from incentives.models import Dispute, DisputeEntry, Statement

UNDECIDED = (DisputeState.OPEN, DisputeState.ANSWERED)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many disputes wait for HR (`open`), how many of these too long, and how many are known.

    An answered one waits for the payee, or for the decision that HR may take at any time.
    """

    open: int = 0
    overdue: int = 0
    answered: int = 0
    all: int = 0

    @property
    def undecided(self) -> int:
        return self.open + self.answered


def is_overdue(today: date) -> Q:
    """Condition: an answer is due and the last day for it is over."""
    return Q(state=DisputeState.OPEN, answer_by_on__lt=today)


def dispute_counts(today: date, period_ids: Collection[int] | None = None) -> Counts:
    """Counts over all disputes, or those of some periods. One query."""
    rows = Dispute.objects.all()
    if period_ids is not None:
        rows = rows.filter(statement__run__period__in=period_ids)
    found = rows.aggregate(
        open=Count("id", filter=Q(state=DisputeState.OPEN)),
        overdue=Count("id", filter=is_overdue(today)),
        answered=Count("id", filter=Q(state=DisputeState.ANSWERED)),
        all=Count("id"),
    )
    return Counts(**found)


def waiting_for_hr() -> int:
    """How many disputes are open: the number beside the entry of the navigation. One query."""
    return Dispute.objects.filter(state=DisputeState.OPEN).count()


def disputes_for_hr(show: str, today: date, start: int, most: int) -> list[Dispute]:
    """`show` is "open", "answered", "overdue" or "all". The longest due first, then the newest.

    One query; the overdue ones stand first because their last day is the earliest.
    """
    rows = _rows()
    match show:
        case "overdue":
            rows = rows.filter(is_overdue(today)).order_by("answer_by_on", "id")
        case "open" | "answered":
            rows = rows.filter(state=show).order_by("answer_by_on", "id")
        case _:
            rows = rows.order_by("-opened_at", "-id")
    return list(rows[start : start + most])


def disputes_of(person_ids: Collection[int], limit: int = 12) -> list[Dispute]:
    """The disputes about the pay of these people, newest first. One query."""
    return list(_rows().filter(statement__person__in=person_ids).order_by("-opened_at")[:limit])


def disputes_about(statement: Statement) -> list[Dispute]:
    """What is or was disputed about this payee, plan and period, in whichever run. One query."""
    rows = _rows().filter(
        statement__person_id=statement.person_id,
        statement__run__period_id=statement.run.period_id,
        statement__plan_version__plan_id=statement.plan_version.plan_id,
        statement__corrects_id=statement.corrects_id,
    )
    return list(rows.order_by("id"))


def _rows() -> QuerySet[Dispute]:
    rows = Dispute.objects.select_related(
        "statement__person", "statement__run__period", "statement__plan_version__plan"
    )
    # the documents of a statement and the roster of a run are large, and no list shows them
    return rows.defer("statement__inputs", "statement__result", "statement__run__roster")


def log_of(dispute: Dispute) -> list[DisputeEntry]:
    """Everything said, oldest first. One query."""
    return list(dispute.entries.select_related("by__person").order_by("id"))
