"""Duels that one proposes to another."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least
from django.utils.translation import gettext_lazy as _

from challenges.models.competition import Challenge
from people.models import Person


class DuelState(models.TextChoices):
    """Open until somebody answers, or the time is over; every other state is for ever."""

    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    LAPSED = "lapsed", _("Lapsed")
    STOPPED = "stopped", _("Stopped")


class DuelProposal(models.Model):
    """One asks, the other answers by `expires_at`; accepted, it has its challenge.

    An open one whose time is over is lapsed, whether the sweep has written so or not. `days` are
    the full days after the one of acceptance. `closed_words` are those of who declined or stopped.
    """

    proposer = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    opponent = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    metric_key = models.CharField(max_length=100)
    days = models.PositiveSmallIntegerField()
    points = models.PositiveIntegerField(default=0)
    words = models.CharField(max_length=140, blank=True)
    proposed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=DuelState.choices, default=DuelState.OPEN)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_words = models.CharField(max_length=500, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    challenge = models.OneToOneField(
        Challenge, null=True, on_delete=models.PROTECT, related_name="duel"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Least("proposer", "opponent"), Greatest("proposer", "opponent"), "metric_key",
                condition=Q(state="open"), name="duel_open_once",
            ),
            models.CheckConstraint(condition=~Q(proposer=F("opponent")), name="duel_of_two"),
            models.CheckConstraint(
                condition=Q(state="accepted", challenge__isnull=False)
                | (~Q(state="accepted") & Q(challenge__isnull=True)),
                name="duel_accepted_is_a_challenge",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("proposed_at")), name="duel_expires_later"
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["state", "expires_at"])]
