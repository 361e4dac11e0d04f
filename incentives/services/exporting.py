"""Payroll files: what the ledger has and a template has not handed over yet, kept as it went out.

A line of the ledger goes into one export of each template. Exporting a period again gives the file
that was kept when nothing is new, and otherwise a file of the new lines alone.
"""

from django.db import transaction
from django.db.models import Max

from common import audit
from common.locks import transaction_lock
from incentives.choices import PeriodState
from incentives.models import Export, ExportLine, PayPeriod
from incentives.payroll import Batch, FileTemplate, PayrollFile, packed, written
from incentives.payroll_files.exports import (
    HANDED_OVER,
    batch_of,
    payroll_lines,
    template_of,
    usable_templates,
    waiting,
)
from incentives.services.moving import locked_row, move
from kernel.issues import N_, Invalid, error
from people.models import User


@transaction.atomic
def export_period(
    *, actor: User | None, period_id: int, template: str
) -> tuple[Export, PayrollFile]:
    """The payroll file of a locked period, with its control totals and its record.

    The first time all lines of the period; later only the lines that came to its ledger since;
    with nothing new the newest file as it was kept, whatever has been renamed or rewritten since.
    `Invalid` before the lock, and with all that the template cannot write: then nothing is made.
    """
    period = locked_row(period_id)
    if period.state not in HANDED_OVER:
        raise Invalid(
            error(
                "export.not_locked",
                N_("The period is {state}; only a locked period is exported."),
                N_("Approve and lock the period first."),
                state=period.get_state_display(),
            )
        )
    # two periods that are exported at once must not get the same number of the template
    transaction_lock("payroll_template", template)
    record = _newest(period, template)
    if record is None or waiting(period, template).exists():
        record = _handed_over(actor, period, _known(template), record)
    if period.state == PeriodState.LOCKED:
        move(actor=actor, period=period, to=PeriodState.EXPORTED)
    return record, file_of(record)


def _newest(period: PayPeriod, template: str) -> Export | None:
    return Export.objects.filter(period=period, template=template).order_by("-number").first()


def _known(key: str) -> FileTemplate:
    template = template_of(key)
    if template is None:
        raise Invalid(
            error(
                "export.no_template",
                N_("There is no payroll template {key}."),
                N_("Choose one of: {known}."),
                key=key,
                known=", ".join(one.key for one in usable_templates()),
            )
        )
    return template


def _handed_over(
    actor: User | None, period: PayPeriod, template: FileTemplate, before: Export | None
) -> Export:
    rows = waiting(period, template.key)
    batch = batch_of(
        period, template.key, before.number + 1 if before else 1, _next_sequence(template.key)
    )
    made = written(template, payroll_lines(rows), batch)
    if made.issues:
        raise Invalid(made.issues)
    record = _kept(actor, period, template, batch, packed(made.files, batch))
    lines = [
        ExportLine(export=record, template=template.key, ledger_line_id=line_id)
        for line_id in rows.values_list("id", flat=True)
    ]
    ExportLine.objects.bulk_create(lines, batch_size=2000)
    return record


def _next_sequence(template: str) -> int:
    found = Export.objects.filter(template=template).aggregate(last=Max("sequence"))
    return int(found["last"] or 0) + 1


def _kept(
    actor: User | None, period: PayPeriod, template: FileTemplate, batch: Batch, file: PayrollFile
) -> Export:
    record = Export.objects.create(
        export_id=batch.export_id,
        period=period,
        template=template.key,
        template_sha256=template.hash,
        number=batch.number,
        sequence=batch.sequence,
        file_name=file.name,
        sha256=file.sha256,
        content_type=file.content_type,
        content=file.content,
        line_count=file.line_count,
        control_totals=dict(file.totals),
        made_by=actor,
    )
    audit.record(
        actor=actor,
        action="export.make",
        subject=record,
        after={
            "export_id": record.export_id,
            "sha256": record.sha256,
            "lines": record.line_count,
            "totals": dict(file.totals),
            "template_sha256": template.hash,
        },
    )
    return record


def file_of(record: Export) -> PayrollFile:
    """The file as it is kept; psycopg gives its bytes back as a view of memory."""
    return PayrollFile(
        name=record.file_name,
        content_type=record.content_type,
        content=bytes(record.content),
        line_count=record.line_count,
        totals=dict(record.control_totals),
    )
