"""What was decided about records that looked odd."""

import pgtrigger
from django.conf import settings
from django.db import models

from challenges.models.competition import APPEND_ONLY, Challenge


class Decision(models.Model):
    """Somebody accepted or rejected a revision of a record; the last one holds. Append-only."""

    challenge = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="decisions")
    record = models.CharField(max_length=260)
    accepted = models.BooleanField()
    reason = models.TextField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["challenge", "record"])]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]
