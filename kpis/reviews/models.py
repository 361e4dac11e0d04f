"""Reviews that were begun or held, and what was decided in them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kpis.alerts.models import ActionKind, AlertAction
from people.models import Person, Team


class Review(models.Model):
    """One review of a team with all below it, or (without a team) of the company.

    The row is made by the first decision. `kept` is the page as it was shown to everybody when the
    review was held: by language, for names of KPIs and numbers are written in one.
    """

    class Kind(models.TextChoices):
        WEEKLY = "weekly", _("Weekly review")
        MONTHLY = "monthly", _("Monthly review")
        QUARTERLY = "quarterly", _("Quarterly review")

    kind = models.CharField(max_length=9, choices=Kind.choices)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    starts_on = models.DateField()
    ends_on = models.DateField()
    held_at = models.DateTimeField(null=True, blank=True)
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    kept = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "team", "starts_on"], name="review_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")), name="review_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(held_at__isnull=True, held_by__isnull=True, kept__isnull=True)
                | Q(held_at__isnull=False, held_by__isnull=False, kept__isnull=False),
                name="review_held_by_somebody",
            ),
        ]


class ReviewReminder(models.Model):
    """That a review is due is mailed once to each who has to hold it, not before `due_at`."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=9, choices=Review.Kind.choices)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    starts_on = models.DateField()
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "team", "starts_on"],
                name="review_reminded_once",
                nulls_distinct=False,
            )
        ]


class Decision(models.Model):
    """What a review decided: who does what by when, and what came of it.

    One that answers an alert is followed as the action of that alert, and closed there.
    """

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=8, choices=ActionKind.choices)
    note = models.CharField(max_length=500)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    kpi = models.ForeignKey(
        "kpis.Kpi", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    action = models.OneToOneField(
        AlertAction, null=True, blank=True, on_delete=models.PROTECT, related_name="decision"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    outcome = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(action__isnull=True) | Q(closed_at__isnull=True, outcome=""),
                name="decision_of_alert_closes_there",
            )
        ]
        indexes = [models.Index(fields=["owner", "closed_at"])]
