"""Statements and the pay ledger."""

import pgtrigger
from django.db import models
from django.db.models import Q

from incentives.models.canonical import CanonicalDocument
from incentives.models.guards import APPEND_ONLY
from incentives.models.periods import PayPeriod, Run
from incentives.models.plans import PlanVersion
from people.models import Person


class Statement(models.Model):
    """What one payee gets in one run, with the frozen inputs and the whole trace behind it.

    `result` is a pure function of the plan version's document and `inputs`; both hashes are of
    their canonical bytes. Once `locked`, a trigger refuses every change.

    `run` is the run that calculated it. Later runs of the period whose inputs are the same refer to
    it as well: which statements count for a run, `Run.statements` says, never `run`.
    """

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="calculated")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="statements")
    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT)
    # the locked statement of an earlier period that this one corrects; its lines are differences
    corrects = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrections"
    )
    inputs = CanonicalDocument()
    inputs_sha256 = models.CharField(max_length=64)
    result = CanonicalDocument()
    figures = models.JSONField()  # the result without its trace, for questions in SQL
    result_sha256 = models.CharField(max_length=64)
    total_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    locked = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "person", "plan_version"],
                condition=Q(corrects__isnull=True),
                name="statement_once",
            ),
            models.UniqueConstraint(
                fields=["run", "corrects"],
                condition=Q(corrects__isnull=False),
                name="statement_corrects_once",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="locked_stays", operation=APPEND_ONLY, condition=pgtrigger.Q(old__locked=True)
            )
        ]


class LedgerLine(models.Model):
    """An amount that became due when its period was locked. Append-only."""

    # None: a manual adjustment
    statement = models.ForeignKey(
        Statement, null=True, blank=True, on_delete=models.PROTECT, related_name="ledger_lines"
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    period = models.ForeignKey(PayPeriod, on_delete=models.PROTECT, related_name="ledger_lines")
    component = models.CharField(max_length=80)
    label_fr = models.CharField(max_length=200)
    label_en = models.CharField(max_length=200)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    # the digest of the statement's proof, as it was printed; empty: not from a statement
    proof_sha256 = models.CharField(max_length=64, default="", editable=False)
    posted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["statement", "component"], name="ledger_component_once")
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]
