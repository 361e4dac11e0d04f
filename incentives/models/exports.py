"""Payroll files as they were handed over, and the templates that a company writes for its own."""

import pgtrigger
from django.conf import settings
from django.db import models

from incentives.models.guards import APPEND_ONLY
from incentives.models.periods import PayPeriod
from incentives.models.statements import LedgerLine


class Export(models.Model):
    """A payroll file as it was handed over, kept: names in it may change, the file does not.

    `number` counts the exports of one period by one template: from the second on, a file holds
    only what came to the ledger since. `sequence` counts all exports of the template.
    """

    period = models.ForeignKey(PayPeriod, on_delete=models.PROTECT, related_name="exports")
    template = models.CharField(max_length=40)
    template_sha256 = models.CharField(max_length=64, blank=True)
    number = models.PositiveIntegerField(default=1)
    sequence = models.PositiveIntegerField()
    export_id = models.CharField(max_length=100, unique=True)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=100)
    content = models.BinaryField()
    line_count = models.PositiveIntegerField()
    # minor units by currency; a sum over currencies would mean nothing
    control_totals = models.JSONField(default=dict)
    # None: the command line
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["period", "template", "number"], name="export_number_once"
            ),
            models.UniqueConstraint(fields=["template", "sequence"], name="export_sequence_once"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class ExportLine(models.Model):
    """Which export handed a ledger line to the payroll: at most one of each template."""

    export = models.ForeignKey(Export, on_delete=models.PROTECT, related_name="lines")
    # the export's own, repeated so that the database itself refuses a line twice
    template = models.CharField(max_length=40)
    ledger_line = models.ForeignKey(
        LedgerLine, on_delete=models.PROTECT, related_name="export_lines"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ledger_line", "template"], name="export_line_once")
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class PayrollTemplate(models.Model):
    """A template of the company's own: how its payroll reads our lines. The audit keeps each text.

    Key and names repeat what stands in the document, for lists.
    """

    key = models.CharField(max_length=40, unique=True)
    name_fr = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    document = models.TextField()
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    updated_at = models.DateTimeField(auto_now=True)
