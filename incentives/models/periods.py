"""Pay periods and their runs."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from incentives.choices import PeriodState
from incentives.models.guards import APPEND_ONLY
from incentives.models.rosters import Roster


class PayPeriod(models.Model):
    """The stretch of days that is paid together: `[starts_on, ends_on)`."""

    kind = models.CharField(
        max_length=8,
        choices=[("month", _("Month")), ("quarter", _("Quarter")), ("year", _("Year"))],
    )
    starts_on = models.DateField()
    ends_on = models.DateField()
    state = models.CharField(max_length=16, choices=PeriodState.choices, default=PeriodState.OPEN)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "starts_on"], name="pay_period_once"),
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")), name="pay_period_ends_later"
            ),
        ]


class PeriodTransition(models.Model):
    """Each step of a period's life: who moved it, when and why. Append-only."""

    period = models.ForeignKey(PayPeriod, on_delete=models.PROTECT, related_name="transitions")
    from_state = models.CharField(max_length=16, choices=PeriodState.choices)
    to_state = models.CharField(max_length=16, choices=PeriodState.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)
    reason = models.TextField(blank=True)

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class Run(models.Model):
    """One calculation of a period: what was known at `as_known_at`, by which engine.

    `statements` are all that count for it: those that it calculated, and those of earlier runs of
    the period that nothing has touched since.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    period = models.ForeignKey(PayPeriod, on_delete=models.PROTECT, related_name="runs")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.RUNNING)
    as_known_at = models.DateTimeField()
    engine_version = models.CharField(max_length=40)
    payee_count = models.PositiveIntegerField(default=0)
    # who was paid and where everybody was, the clock and the formulas: frozen, never read again
    roster = models.ForeignKey(Roster, null=True, on_delete=models.PROTECT, related_name="runs")
    # what the roster was read from: as long as it is the same, so is the roster
    read_from = models.JSONField(default=dict)
    # the locked runs whose periods it has corrected: what was news then is none for later runs
    looked_at = ArrayField(models.BigIntegerField(), default=list)
    timezone = models.CharField(max_length=64, blank=True)
    definitions = models.JSONField(default=dict)
    names = models.JSONField(default=dict)  # what customers and products were called, as a hash
    # the run before, where its statements still count if nothing has touched them
    follows = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    statements = models.ManyToManyField(
        "incentives.Statement", through="incentives.RunStatement", related_name="runs"
    )
    problems = models.JSONField(
        default=list, blank=True
    )  # why it failed, or what it left out, as issues
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    started_at = models.DateTimeField(auto_now_add=True)
    moved_at = models.DateTimeField(null=True, blank=True)  # when its last block came to an end
    finished_at = models.DateTimeField(null=True, blank=True)
    locked = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["period", "number"], name="run_number_once"),
            models.UniqueConstraint(
                fields=["period"], condition=Q(state="running"), name="run_one_at_a_time"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="locked_stays", operation=APPEND_ONLY, condition=pgtrigger.Q(old__locked=True)
            )
        ]

    @property
    def is_prepared(self) -> bool:
        """Whether all is frozen that its blocks read."""
        return self.roster_id is not None
