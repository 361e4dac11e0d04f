"""Rehearsals as they were computed: the same rules are not replayed twice on one day."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from challenges.models.competition import Challenge


class RehearsalRun(models.Model):
    """Some rules replayed on the months before a day. Append-only in effect: each replay is added
    to `plays` when it is done, newest window first, and none is changed.

    `digest` is of the rules and of who plays; `document`, `teams` and `roles` are what it is of.
    `feed` is how fast records arrived then, where that matters and was known. `issues` says why it
    cannot be rehearsed.
    """

    challenge = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="rehearsals")
    digest = models.CharField(max_length=64)
    months = models.PositiveSmallIntegerField()
    as_of = models.DateTimeField()
    as_of_on = models.DateField()
    document = models.TextField()
    teams = models.JSONField(default=list)
    roles = models.JSONField(default=list)
    total = models.PositiveSmallIntegerField(null=True, blank=True)
    plays = models.JSONField(default=list)
    feed = models.JSONField(null=True)
    issues = models.JSONField(default=list)
    moved_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["challenge", "digest", "months", "as_of_on"], name="rehearsed_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(finished_at__gte=F("as_of")),
                name="rehearsal_finished_after_it_began",
            ),
        ]
