"""Plans as versioned documents, pay periods, runs, statements and the pay ledger."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from incentives.choices import PeriodState
from people.models import DateRange, Person, Role

APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete


class Plan(models.Model):
    """A way of paying; what it says stands in its versions."""

    key = models.SlugField(unique=True)
    name_fr = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)


class PlanVersion(models.Model):
    """One wording of a plan. Once published it never changes: a trigger refuses it."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    document = models.TextField()
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    valid_from = models.DateField()
    period_kind = models.CharField(max_length=8)  # what the document says, for queries
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="plan_version_number_once"),
            models.UniqueConstraint(
                fields=["plan", "valid_from"],
                condition=Q(state="published"),
                name="plan_version_start_once",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="published_stays",
                operation=APPEND_ONLY,
                condition=pgtrigger.Q(old__state="published"),
            )
        ]


class PlanAssignment(models.Model):
    """Who is paid by which plan, since when: a role, or one person (which then wins)."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="assignments")
    role = models.ForeignKey(Role, null=True, blank=True, on_delete=models.PROTECT)
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(role__isnull=True, person__isnull=False)
                | Q(role__isnull=False, person__isnull=True),
                name="plan_assignment_one_subject",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="plan_assignment_ends_later",
            ),
            ExclusionConstraint(
                name="plan_assignment_role_no_overlap",
                expressions=[
                    ("role", RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_to", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=Q(role__isnull=False),
            ),
            ExclusionConstraint(
                name="plan_assignment_person_no_overlap",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_to", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=Q(person__isnull=False),
            ),
        ]


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
    """One calculation of a period: what was known at `as_known_at`, by which engine."""

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
    roster = models.JSONField(default=dict)  # who was paid and where everybody was, frozen
    problem = models.TextField(blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["period", "number"], name="run_number_once"),
            models.UniqueConstraint(
                fields=["period"], condition=Q(state="running"), name="run_one_at_a_time"
            ),
        ]


class Statement(models.Model):
    """What one payee gets in one run, with the frozen inputs and the whole trace behind it.

    `result` is a pure function of the plan version's document and `inputs`; both hashes are of
    their canonical bytes. Once `locked`, a trigger refuses every change.
    """

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="statements")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="statements")
    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT)
    # the locked statement of an earlier period that this one corrects; its lines are differences
    corrects = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrections"
    )
    inputs = models.JSONField()
    inputs_sha256 = models.CharField(max_length=64)
    result = models.JSONField()
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

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="ledger_lines")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    period = models.ForeignKey(PayPeriod, on_delete=models.PROTECT, related_name="ledger_lines")
    component = models.CharField(max_length=80)
    label_fr = models.CharField(max_length=200)
    label_en = models.CharField(max_length=200)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    posted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["statement", "component"], name="ledger_component_once")
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


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
