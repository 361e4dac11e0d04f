"""Amounts that people add to what the rules give: signed, with a cause, by two persons."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from incentives.choices import AdjustmentState
from incentives.models.guards import APPEND_ONLY
from incentives.models.periods import PayPeriod
from incentives.models.reviews import Dispute
from incentives.models.statements import LedgerLine, Statement
from people.models import Person


class Adjustment(models.Model):
    """A manual adjustment. It is a line of its own and never edits a computed one.

    `statement` and `dispute` link it to its cause. It is paid with the period once another person
    than the one who proposed it has approved it; `ledger_line` is there as soon as it is paid, and
    then a trigger refuses every change.
    """

    period = models.ForeignKey(PayPeriod, on_delete=models.PROTECT, related_name="adjustments")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="adjustments")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    label_fr = models.CharField(max_length=200)
    label_en = models.CharField(max_length=200)
    reason = models.TextField()
    statement = models.ForeignKey(
        Statement, null=True, blank=True, on_delete=models.PROTECT, related_name="adjustments"
    )
    dispute = models.ForeignKey(
        Dispute, null=True, blank=True, on_delete=models.PROTECT, related_name="adjustments"
    )
    state = models.CharField(
        max_length=16, choices=AdjustmentState.choices, default=AdjustmentState.PROPOSED
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    ledger_line = models.OneToOneField(
        LedgerLine, null=True, blank=True, on_delete=models.PROTECT, related_name="adjustment"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(amount_minor=0), name="adjustment_not_zero"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="adjustment_second_person",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="paid_stays",
                operation=APPEND_ONLY,
                condition=pgtrigger.Q(old__ledger_line__isnull=False),
            )
        ]
