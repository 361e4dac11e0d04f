"""Manual adjustments as they are read: sums of periods, and rows with their people."""

from collections.abc import Collection, Iterable

from django.db.models import Q, QuerySet, Sum

from incentives.choices import AdjustmentState
from incentives.models import Adjustment, Dispute, PayPeriod


def adjusted(period_ids: Collection[int]) -> dict[int, int]:
    """Minor units of the approved adjustments by period. One query."""
    rows = Adjustment.objects.filter(period__in=period_ids, state=AdjustmentState.APPROVED)
    sums = rows.values("period_id").annotate(total=Sum("amount_minor")).order_by("period_id")
    return {row["period_id"]: row["total"] for row in sums}


def waiting_adjustments(period: PayPeriod) -> int:
    """How many adjustments of a period wait for a second person. One query."""
    return period.adjustments.filter(state=AdjustmentState.PROPOSED).count()


def adjustments(condition: Q, limit: int = 200) -> list[Adjustment]:
    """Adjustments with the people and the period behind them, undecided first. One query."""
    return list(_rows().filter(condition)[:limit])


def adjustments_for(dispute: Dispute, *, approved_only: bool) -> list[Adjustment]:
    """The adjustments that a dispute led to; `approved_only`: what the payee may see. One query."""
    rows = _rows().filter(dispute=dispute)
    return list(rows.filter(state=AdjustmentState.APPROVED) if approved_only else rows)


def of_payees(person_ids: Collection[int], states: Iterable[str]) -> list[Adjustment]:
    """The approved adjustments of these people in periods of these states, newest first."""
    found = _rows().filter(
        person_id__in=person_ids, state=AdjustmentState.APPROVED, period__state__in=list(states)
    )
    return list(found.order_by("-period__starts_on", "id"))


def paid_with(
    period_id: int, person_ids: Collection[int] | None = None
) -> dict[int, list[Adjustment]]:
    """The approved adjustments of a period by person, in order of entry. One query."""
    rows = Adjustment.objects.filter(period=period_id, state=AdjustmentState.APPROVED)
    if person_ids is not None:
        rows = rows.filter(person_id__in=person_ids)
    found: dict[int, list[Adjustment]] = {}
    for row in rows.order_by("id"):
        found.setdefault(row.person_id, []).append(row)
    return found


def _rows() -> QuerySet[Adjustment]:
    rows = Adjustment.objects.select_related(
        "period", "person", "proposed_by__person", "decided_by__person", "ledger_line"
    )
    # PROPOSED is the last word of the three by the alphabet
    return rows.order_by("-state", "-proposed_at", "-id")
