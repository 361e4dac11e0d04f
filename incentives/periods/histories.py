"""What was done to a period, a statement, an adjustment or a dispute: the audit rows, in order."""

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Model, Q, QuerySet

from common.models import AuditEntry
from incentives.models import (
    Adjustment,
    Dispute,
    Export,
    PayPeriod,
    Run,
    Statement,
    TeamReview,
)

Ids = Iterable[int]
SUBJECTS: Mapping[str, type[Model]] = {
    "period": PayPeriod,
    "statement": Statement,
    "adjustment": Adjustment,
    "dispute": Dispute,
}
ROOM = "incentives."


def entries_of(kind: str, subject_id: int, limit: int) -> list[AuditEntry]:
    """The audit rows of a subject and of what belongs to it, newest first. At most six queries."""
    related: dict[str, dict[type[Model], Ids]] = {
        "period": _of_period(subject_id) if kind == "period" else {},
        "statement": _of_statement(subject_id) if kind == "statement" else {},
        "adjustment": {Adjustment: [subject_id]},
        "dispute": {
            Dispute: [subject_id],
            Adjustment: _ids(Adjustment.objects.filter(dispute=subject_id)),
        },
    }
    parts = [
        Q(subject_kind=model._meta.label_lower, subject_id__in=[str(one) for one in ids])
        for model, ids in related[kind].items()
    ]
    return list(_newest(AuditEntry.objects.filter(reduce(or_, parts)))[:limit])


def newest_entries(limit: int) -> list[AuditEntry]:
    """The last audit rows of pay, whatever they are about. One query."""
    return list(_newest(AuditEntry.objects.filter(subject_kind__startswith=ROOM))[:limit])


def _newest(rows: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
    return rows.order_by("-id")


def _ids(rows: QuerySet[Any]) -> list[int]:
    return list(rows.values_list("pk", flat=True))


def _of_period(period_id: int) -> dict[type[Model], Ids]:
    return {
        PayPeriod: [period_id],
        Run: _ids(Run.objects.filter(period=period_id)),
        TeamReview: _ids(TeamReview.objects.filter(run__period=period_id)),
        Export: _ids(Export.objects.filter(period=period_id)),
        Adjustment: _ids(Adjustment.objects.filter(period=period_id)),
        Dispute: _ids(Dispute.objects.filter(statement__run__period=period_id)),
    }


def _of_statement(statement_id: int) -> dict[type[Model], Ids]:
    statement = Statement.objects.select_related("run").only("run__period_id").get(pk=statement_id)
    return {
        Statement: [statement_id],
        Run: _ids(statement.runs.all()),
        PayPeriod: [statement.run.period_id],
        Dispute: _ids(Dispute.objects.filter(statement=statement_id)),
        Adjustment: _ids(
            Adjustment.objects.filter(
                Q(statement=statement_id) | Q(dispute__statement=statement_id)
            )
        ),
    }
