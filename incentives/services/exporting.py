"""Payroll files: the same locked period and template always give the same bytes."""

from hashlib import sha256

from django.db import transaction

from common import audit
from incentives.choices import PeriodState
from incentives.exports import TEMPLATES, Payroll, payroll_lines
from incentives.models import Export
from incentives.services.moving import locked_row, move
from kernel.issues import N_, Invalid, error
from people.models import User


@transaction.atomic
def export_period(*, actor: User, period_id: int, template: str) -> tuple[Export, Payroll]:
    """The payroll file of a locked period, with its control total and its record.

    Exporting again with the same template gives the same id, the same name and the same bytes;
    the record of the first time stays. `Invalid` before the lock.
    """
    period = locked_row(period_id)
    if period.state not in (PeriodState.LOCKED, PeriodState.EXPORTED):
        raise Invalid(
            error(
                "export.not_locked",
                N_("The period is {state}; only a locked period is exported."),
                N_("Approve and lock the period first."),
                state=period.get_state_display(),
            )
        )
    file = TEMPLATES[template](period, payroll_lines(period))
    digest = sha256(file.content).hexdigest()
    record, new = Export.objects.get_or_create(
        export_id=f"{period.kind}-{period.starts_on.isoformat()}-{template}",
        defaults={
            "period": period,
            "template": template,
            "file_name": file.name,
            "sha256": digest,
            "line_count": file.line_count,
            "control_total_minor": file.control_total_minor,
            "currency": file.currency,
            "made_by": actor,
        },
    )
    if record.sha256 != digest:
        raise RuntimeError(f"export {record.export_id} no longer gives its bytes")
    if new:
        audit.record(actor=actor, action="export.make", subject=record, after={"sha256": digest})
    if period.state == PeriodState.LOCKED:
        move(actor=actor, period=period, to=PeriodState.EXPORTED)
    return record, file
