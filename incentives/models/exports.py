"""Payroll files as they were handed over."""

import pgtrigger
from django.conf import settings
from django.db import models

from incentives.models.guards import APPEND_ONLY
from incentives.models.periods import PayPeriod


class Export(models.Model):
    """A payroll file as it was handed over, kept: names in it may change, the file does not."""

    period = models.ForeignKey(PayPeriod, on_delete=models.PROTECT, related_name="exports")
    template = models.CharField(max_length=40)
    export_id = models.CharField(max_length=64, unique=True)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=100)
    content = models.BinaryField()
    line_count = models.PositiveIntegerField()
    control_total_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]
