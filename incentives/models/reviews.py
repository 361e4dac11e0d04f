"""What people say about a period's figures: a manager's review, a dispute and its answers."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from incentives.choices import DisputeState
from incentives.models.guards import APPEND_ONLY
from incentives.models.periods import Run
from incentives.models.statements import Statement
from people.models import Person


class TeamReview(models.Model):
    """A manager has looked at the figures of their people in one run. Append-only."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="reviews")
    manager = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    comment = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "manager"], name="team_review_once"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class Dispute(models.Model):
    """A payee does not agree with a line of a statement; an answer is due by `answer_by_on`."""

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="disputes")
    component = models.CharField(max_length=80)
    state = models.CharField(max_length=16, choices=DisputeState.choices, default=DisputeState.OPEN)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    opened_at = models.DateTimeField(auto_now_add=True)
    answer_by_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["statement", "component"],
                condition=Q(state__in=[DisputeState.OPEN, DisputeState.ANSWERED]),
                name="dispute_open_once",
            ),
        ]


class DisputeEntry(models.Model):
    """One thing said in a dispute, with the state that it left behind. Append-only."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="entries")
    text = models.TextField()
    to_state = models.CharField(max_length=16, choices=DisputeState.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]
