"""Manual adjustments as plain values for pages."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from common.formats import moment_text
from common.labels import label
from incentives.choices import AdjustmentState, PeriodState
from incentives.claims.adjustments import adjustments
from incentives.models import Adjustment, PayPeriod, Statement
from incentives.periods.pages import named, signed
from people import queries as people
from people.models import User

Cells = dict[str, Any]
NOT_PAID_YET = tuple(
    state for state in PeriodState if state not in (PeriodState.LOCKED, PeriodState.EXPORTED)
)


def adjustment_rows(rows: Iterable[Adjustment], *, linked: bool) -> list[Cells]:
    """Adjustments for a list; `linked` for who may open them."""
    return [
        {
            "url": reverse("incentives:adjustment", args=[row.pk]) if linked else "",
            "name": row.person.name,
            "label": label(row.label_fr, row.label_en),
            "amount": signed(row.amount_minor, row.currency),
            "amount_minor": row.amount_minor,
            "period": named(row.period),
            "state": row.state,
            "is_paid": row.ledger_line_id is not None,
            "reason": row.reason,
            "who": _who(row),
        }
        for row in rows
    ]


def _who(row: Adjustment) -> str:
    proposed = _("proposed by %(name)s") % {"name": row.proposed_by.name}
    if row.decided_by is None:
        return proposed
    approved = row.state == AdjustmentState.APPROVED
    decided = _("approved by %(name)s") if approved else _("refused by %(name)s")
    return f"{proposed}, {decided % {'name': row.decided_by.name}}"


def desk(show: str) -> Cells:
    """The list of HR: what is to be decided, or all."""
    condition = Q(state=AdjustmentState.PROPOSED) if show == "pending" else Q()
    address = reverse("incentives:adjustments")
    words = (("pending", _("To decide")), ("all", _("All")))
    return {
        "rows": adjustment_rows(adjustments(condition), linked=True),
        "show": show,
        "tabs": [
            {"label": text, "url": f"{address}?show={key}", "active": key == show}
            for key, text in words
        ],
    }


def adjustment_page(row: Adjustment, actor: User) -> Cells:
    """One adjustment: what, why, who, and whether the reader may decide."""
    waits = row.state == AdjustmentState.PROPOSED
    return {
        "adjustment_id": row.pk,
        "state": row.state,
        "name": row.person.name,
        "label": label(row.label_fr, row.label_en),
        "amount": signed(row.amount_minor, row.currency),
        "reason": row.reason,
        "facts": _facts(row),
        "waits": waits,
        "may_decide": waits and actor.pk != row.proposed_by_id and actor.person_id != row.person_id,
        "is_mine": waits and actor.pk == row.proposed_by_id,
        "statement_url": _url("incentives:statement", row.statement_id),
        "dispute_url": _url("incentives:dispute", row.dispute_id),
    }


def _url(name: str, pk: int | None) -> str:
    return reverse(name, args=[pk]) if pk is not None else ""


def _facts(row: Adjustment) -> list[Cells]:
    facts: list[Cells] = [
        {
            "label": _("Paid with"),
            "value": named(row.period),
            "note": _("paid") if row.ledger_line_id else "",
        },
        {"label": _("Name in French"), "value": row.label_fr},
        {"label": _("Name in English"), "value": row.label_en},
        {
            "label": _("Proposed"),
            "value": row.proposed_by.name,
            "note": moment_text(row.proposed_at),
        },
    ]
    if row.decided_by is not None:
        facts.append(
            {
                "label": _("Decided"),
                "value": row.decided_by.name,
                "note": moment_text(row.decided_at),
            }
        )
    return facts


def person_choices() -> list[tuple[str, str]]:
    """Everybody who may be paid, by name."""
    everybody = sorted(people.directory(), key=lambda one: (one.name, one.number))
    return [(str(one.person_id), f"{one.name} ({one.number})") for one in everybody]


def period_choices() -> list[tuple[str, str]]:
    """The periods that are not locked, oldest first."""
    rows = PayPeriod.objects.filter(state__in=NOT_PAID_YET).order_by("starts_on", "id")
    return [(str(row.pk), named(row)) for row in rows]


def first_values(statement: Statement | None, periods: list[tuple[str, str]]) -> Cells:
    """What the form of a new adjustment begins with, for the statement that is its cause."""
    if statement is None:
        return {}
    period = statement.run.period
    own = str(period.pk)
    later = next((key for key, _name in periods), "")
    return {
        "person_id": str(statement.person_id),
        "period_id": own if own in dict(periods) else later,
    }
