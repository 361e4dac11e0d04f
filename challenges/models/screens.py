"""Televisions of sales floors that show challenges."""

from django.conf import settings
from django.db import models

from challenges.models.competition import Challenge
from people.models import Team


class Screen(models.Model):
    """A screen on a wall of one team. It is opened by a link whose secret is kept as a hash only,
    and shows no more than everybody of the team may read; `challenges` are those chosen for it,
    none: all that run for the team."""

    name = models.CharField(max_length=80)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    challenges = models.ManyToManyField(Challenge, blank=True, related_name="+")
    secret_sha256 = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
