"""Metrics, KPIs with their dated formulas, scorecards, objectives, and the stored figures."""

from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from activities.choices import Stage
from activities.models import ImportBatch
from kpis.alerts.models import (
    ActionKind,
    Alert,
    AlertAction,
    AlertMute,
    AlertRule,
    AlertWishes,
    Delivery,
    FigureMoved,
    Webhook,
    WebhookForm,
)
from kpis.choices import Better, Cadence, Family, Timing, Unit
from kpis.reviews.models import Decision, Review, ReviewReminder
from people.models import DateRange, Person, Role, Team

__all__ = [
    "ActionKind", "Alert", "AlertAction", "AlertMute", "AlertRule", "AlertWishes", "Cell",
    "Decision", "Delivery", "ExactNumber", "FigureMoved", "Kpi", "KpiVersion", "Metric",
    "Objective", "Review", "ReviewReminder", "ScorecardEntry", "StageProbability", "Webhook",
    "WebhookForm",
]  # fmt: skip


class ExactNumber(models.Field):  # type: ignore[type-arg]  # not generic at run time
    """PostgreSQL's unbounded `numeric`: keeps every digit that is put in; a Decimal in Python."""

    def db_type(self, connection: Any) -> str:
        return "numeric"


class Metric(models.Model):
    """A raw measure over the activity log; `definition` is read by `kpis.calc.metrics`.

    `filled_to` is None where the cells of all the past are there; else they are there for people up
    to this id, and the metric is read from the log meanwhile. From `retired_on` on there is none.
    """

    key = models.SlugField(unique=True)
    name_fr = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    definition = models.JSONField()
    filled_to = models.BigIntegerField(null=True, blank=True)
    retired_on = models.DateField(null=True, blank=True)


class Kpi(models.Model):
    """A figure that is held against an objective; how it is made is in its versions.

    From `retired_on` on there is no such KPI; what ended before keeps it.
    """

    key = models.SlugField(unique=True)
    family = models.CharField(max_length=16, choices=Family.choices)
    timing = models.CharField(max_length=8, choices=Timing.choices)
    unit = models.CharField(max_length=8, choices=Unit.choices)
    better = models.CharField(max_length=4, choices=Better.choices)
    cadence = models.CharField(max_length=10, choices=Cadence.choices)
    name_fr = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    note_fr = models.TextField(blank=True)
    note_en = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)  # the order of the dictionary page
    retired_on = models.DateField(null=True, blank=True)


class KpiVersion(models.Model):
    """The formula and bands of a KPI from `valid_from` on; never changed, only followed."""

    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="versions")
    formula = models.TextField()
    bands = models.JSONField(default=dict, blank=True)
    valid_from = models.DateField()
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kpi", "valid_from"], name="kpi_version_once")
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]


class ScorecardEntry(models.Model):
    """The KPIs that a role looks at, in the order in which they are shown."""

    role_key = models.SlugField()
    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["role_key", "kpi"], name="scorecard_kpi_once"),
            models.UniqueConstraint(fields=["role_key", "position"], name="scorecard_place_once"),
        ]


class StageProbability(models.Model):
    """How likely an open deal in this stage is to be won, for the weighted pipeline."""

    stage = models.CharField(max_length=16, choices=Stage.choices, unique=True)
    probability = models.DecimalField(max_digits=5, decimal_places=4)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(probability__gte=0) & Q(probability__lte=1),
                name="stage_probability_range",
            )
        ]


def _one_of_scope() -> Q:
    """Exactly one of person, team and role is set."""
    scopes = ("person", "team", "role")
    choice = Q()
    for chosen in scopes:
        choice |= Q(**{f"{scope}__isnull": scope != chosen for scope in scopes})
    return choice


def _one_at_a_time(name: str, condition: Q) -> ExclusionConstraint:
    """No two rows of the same scope and KPI on the same day."""
    return ExclusionConstraint(
        name=name,
        expressions=[
            (Coalesce("person_id", 0), RangeOperators.EQUAL),
            (Coalesce("team_id", 0), RangeOperators.EQUAL),
            (Coalesce("role_id", 0), RangeOperators.EQUAL),
            ("kpi", RangeOperators.EQUAL),
            (DateRange("valid_from", "valid_to", RangeBoundary()), RangeOperators.OVERLAPS),
        ],
        condition=condition,
    )


class Objective(models.Model):
    """What one person, team or role is to reach over [valid_from, valid_to).

    Of a KPI: `target` is in its unit (money in major units, percent as 0..100). Without one, of
    `title`: a named evaluator scores stated criteria, and `target` is the mark to reach in percent.
    `goal_key` is the key by which pay plans read such a mark; without one no plan pays it.
    Only what is accepted is in force; an amendment is another row that `replaces` this one. How it
    came about is kept in `ObjectiveStep`.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        COUNTERED = "countered", _("Countered")
        ACCEPTED = "accepted", _("Accepted")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        LAPSED = "lapsed", _("Lapsed")

    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="objectives"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="objectives"
    )
    role = models.ForeignKey(
        Role, null=True, blank=True, on_delete=models.PROTECT, related_name="objectives"
    )
    kpi = models.ForeignKey(
        Kpi, null=True, blank=True, on_delete=models.PROTECT, related_name="objectives"
    )
    title = models.CharField(max_length=160, blank=True)
    goal_key = models.CharField(max_length=50, blank=True)
    criteria = models.JSONField(default=list, blank=True)  # {"text": ..., "weight": "1"}
    evaluator = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    valid_from = models.DateField()
    valid_to = models.DateField()
    target = models.DecimalField(max_digits=24, decimal_places=6)
    weight = models.DecimalField(max_digits=8, decimal_places=3, default=1)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ACCEPTED)
    answer_by = models.DateField(null=True, blank=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    replaces = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    batch = models.ForeignKey(
        ImportBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=_one_of_scope(), name="objective_one_scope"),
            models.CheckConstraint(
                condition=Q(valid_to__gt=F("valid_from")), name="objective_ends_after_start"
            ),
            models.CheckConstraint(condition=Q(weight__gt=0), name="objective_weighs"),
            models.CheckConstraint(
                condition=Q(kpi__isnull=False, title="", evaluator__isnull=True)
                | Q(kpi__isnull=True, person__isnull=False, evaluator__isnull=False) & ~Q(title=""),
                name="objective_kpi_or_criteria",
            ),
            models.CheckConstraint(
                condition=Q(goal_key="") | Q(kpi__isnull=True), name="objective_goal_is_scored"
            ),
            ExclusionConstraint(
                name="objective_one_goal",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("goal_key", RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_to", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=Q(status="accepted") & ~Q(goal_key=""),
            ),
            _one_at_a_time("objective_no_overlap", Q(status="accepted")),
            _one_at_a_time("objective_one_proposal", Q(status__in=("proposed", "countered"))),
        ]
        indexes = [models.Index(fields=["kpi", "valid_from"])]


class ObjectiveStep(models.Model):
    """One step of an agreement, by one side, with the value that it puts on the table.

    A step of one side is its signature under the terms of `terms_sha256`. Append-only.
    """

    class Kind(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        COUNTERED = "countered", _("Countered")
        ACCEPTED = "accepted", _("Accepted")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        LAPSED = "lapsed", _("Lapsed")

    class Side(models.TextChoices):
        COMPANY = "company", _("Company")
        PERSON = "person", _("Person")
        NOBODY = "", _("Time")

    objective = models.ForeignKey(Objective, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    side = models.CharField(max_length=8, choices=Side.choices, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    target = models.DecimalField(max_digits=24, decimal_places=6)
    reason = models.TextField(blank=True)
    terms_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]


class Evaluation(models.Model):
    """The scores of one joint visit, 0 to 5 for each criterion of an objective. Append-only."""

    objective = models.ForeignKey(Objective, on_delete=models.PROTECT, related_name="evaluations")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    visited_on = models.DateField()
    scores = models.JSONField()
    evidence = models.TextField()
    at = models.DateTimeField()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]


class Cell(models.Model):
    """One additive metric of one person on one business day, recomputed from the log.

    A cache that can be rebuilt at any time; zero is the absence of a row. Money is in minor
    units. A write here is on the live path: `metric_key` is no foreign key, and the database does
    not check the person, whose credits it checks already.
    """

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    day = models.DateField()
    metric_key = models.CharField(max_length=50)
    value = ExactNumber()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "day", "metric_key"], name="cell_once")
        ]
        indexes = [models.Index(fields=["metric_key", "day"], include=["person", "value"],
                                name="cell_by_metric")]  # fmt: skip


class StageOdds(models.Model):
    """An administrator's word on how likely a deal of a stage is won; the last one holds.

    Without a probability the stage goes back to what the company's history teaches. Append-only,
    so that a forecast of the past is made with what was stated then.
    """

    stage = models.CharField(max_length=16, choices=Stage.choices)
    probability = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    reason = models.TextField()
    stated_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    stated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(probability__gte=0, probability__lte=1), name="stage_odds_range"
            )
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]


class ForecastRun(models.Model):
    """The forecast of a period as of a moment: made by a worker, replaced by the next one.

    `learnt` is what all its lines share: stages with their chances, the correction, how good the
    same method was before.
    """

    starts_on = models.DateField()
    ends_on = models.DateField()
    as_of = models.DateTimeField()
    currency = models.CharField(max_length=3)
    learnt = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["starts_on", "ends_on"], name="forecast_period_once"),
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")), name="forecast_ends_after_start"
            ),
        ]


class ForecastLine(models.Model):
    """A person's, a team's or (without both) the company's part of a forecast, in minor units.

    `deals` are a person's open deals, weightiest first; `outcomes` what was said of the group's
    earlier periods, week by week, beside what they became.
    """

    run = models.ForeignKey(ForecastRun, on_delete=models.CASCADE, related_name="lines")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+")
    booked_minor = models.BigIntegerField()
    pipeline_minor = models.BigIntegerField()
    new_minor = models.BigIntegerField()
    correction_minor = models.BigIntegerField()
    low_minor = models.BigIntegerField()
    expected_minor = models.BigIntegerField()
    high_minor = models.BigIntegerField()
    open_deals = models.PositiveIntegerField()
    begun_deals = models.PositiveIntegerField()
    deals = models.JSONField(default=list)
    outcomes = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "person", "team"], name="forecast_line_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=True) | Q(team__isnull=True),
                name="forecast_line_one_scope",
            ),
            models.CheckConstraint(
                condition=Q(low_minor__lte=F("expected_minor"))
                & Q(expected_minor__lte=F("high_minor")),
                name="forecast_line_in_order",
            ),
            models.CheckConstraint(
                condition=Q(
                    expected_minor=F("booked_minor")
                    + F("pipeline_minor")
                    + F("new_minor")
                    + F("correction_minor")
                ),
                name="forecast_line_adds_up",
            ),
        ]
