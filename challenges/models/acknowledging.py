"""Who read which rules, and when."""

import pgtrigger
from django.db import models

from challenges.models.competition import APPEND_ONLY, Challenge
from people.models import Person


class Acknowledgement(models.Model):
    """An entrant read the rules as they stood with that version. Append-only."""

    challenge = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="readings")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    rules_number = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["challenge", "person", "rules_number"], name="rules_read_once"
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]
