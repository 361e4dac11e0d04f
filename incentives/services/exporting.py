"""Payroll files: made once for a locked period and a template, and kept as handed over."""

from hashlib import sha256

from django.db import transaction

from common import audit
from incentives.choices import PeriodState
from incentives.exports import TEMPLATES, Payroll, payroll_lines
from incentives.models import Export, PayPeriod
from incentives.services.moving import locked_row, move
from kernel.issues import N_, Invalid, error
from people.models import User


@transaction.atomic
def export_period(*, actor: User, period_id: int, template: str) -> tuple[Export, Payroll]:
    """The payroll file of a locked period, with its control total and its record.

    Exporting again with the same template gives the file that was kept the first time, whatever
    has been renamed since. `Invalid` before the lock.
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
    export_id = f"{period.kind}-{period.starts_on.isoformat()}-{template}"
    record = Export.objects.filter(export_id=export_id).first()
    if record is None:
        record = _handed_over(actor, period, template, export_id)
    if period.state == PeriodState.LOCKED:
        move(actor=actor, period=period, to=PeriodState.EXPORTED)
    return record, _file_of(record)


def _handed_over(actor: User, period: PayPeriod, template: str, export_id: str) -> Export:
    file = TEMPLATES[template](period, payroll_lines(period))
    digest = sha256(file.content).hexdigest()
    record = Export.objects.create(
        export_id=export_id,
        period=period,
        template=template,
        file_name=file.name,
        sha256=digest,
        content_type=file.content_type,
        content=file.content,
        line_count=file.line_count,
        control_total_minor=file.control_total_minor,
        currency=file.currency,
        made_by=actor,
    )
    audit.record(actor=actor, action="export.make", subject=record, after={"sha256": digest})
    return record


def _file_of(record: Export) -> Payroll:
    """The file as it is kept; psycopg gives its bytes back as a view of memory."""
    return Payroll(
        name=record.file_name,
        content_type=record.content_type,
        content=bytes(record.content),
        line_count=record.line_count,
        control_total_minor=record.control_total_minor,
        currency=record.currency,
    )
