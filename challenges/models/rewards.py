"""Points as a double-entry ledger, and the shop that takes them."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from challenges.models.competition import APPEND_ONLY, Challenge
from people.models import Person, Team


class PointsAccount(models.TextChoices):
    """Where points can be. `issue` is the company's: it is as far below zero as points exist.

    `debt` is below zero by what somebody has used of points that were taken back later; the other
    accounts of a person are never below zero.
    """

    ISSUE = "issue", _("Issued by the company")
    PROVISIONAL = "provisional", _("Provisional")
    EARNED = "earned", _("Available")
    RESERVED = "reserved", _("Reserved")
    SPENT = "spent", _("Spent")
    REVERSED = "reversed", _("Taken back")
    EXPIRED = "expired", _("Expired")
    DEBT = "debt", _("Debt")


class PointsMove(models.Model):
    """Points that went from one account of a person to another, so every move sums to zero.

    `source` names the prize, the badge, the request, the expiry of a prize, or the debt; `serial`
    counts its moves, so a second writer of the same move is refused. `at` is the moment of the
    cause (a signature), not of the writing. `cause` says which version of the source it was.
    Append-only.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=200)
    serial = models.PositiveIntegerField()
    from_account = models.CharField(max_length=12, choices=PointsAccount.choices)
    to_account = models.CharField(max_length=12, choices=PointsAccount.choices)
    amount = models.PositiveBigIntegerField()
    cause = models.CharField(max_length=60)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "source", "serial"], name="points_moved_once"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="points_move_something"),
            models.CheckConstraint(
                condition=~Q(from_account=F("to_account")), name="points_move_elsewhere"
            ),
        ]
        indexes = [models.Index(fields=["source"])]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class PointsRead(models.Model):
    """Which version of a challenge the ledger has read last: news is where they differ."""

    challenge = models.OneToOneField(Challenge, on_delete=models.CASCADE, related_name="+")
    version = models.PositiveBigIntegerField()


class PointsDue(models.Model):
    """When points of somebody lapse unless they are used; deleted once that has been looked at."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    due_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["due_at"])]


class Reward(models.Model):
    """Something that points buy. `left` is how many there are to give, None without limit.

    `teams` may ask, with all teams below them; without any, everybody may.
    """

    name_fr = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    icon = models.CharField(max_length=20)
    points = models.PositiveIntegerField()
    cost_minor = models.PositiveBigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    left = models.PositiveIntegerField(null=True, blank=True)
    teams = models.ManyToManyField(Team, related_name="+", blank=True)
    retired = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(points__gt=0), name="reward_costs_points")
        ]


class RequestState(models.TextChoices):
    """The life of a request; `challenges.rewards.asking` holds the one table of allowed moves."""

    ASKED = "asked", _("Asked")
    APPROVED = "approved", _("Approved")
    DELIVERED = "delivered", _("Delivered")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class RewardRequest(models.Model):
    """Somebody asked for a reward, at the price of that moment, in the team of that day.

    `quarter_on` is the first day of the quarter whose envelope it is held against.
    """

    reward = models.ForeignKey(Reward, on_delete=models.PROTECT, related_name="requests")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    quarter_on = models.DateField()
    points = models.PositiveIntegerField()
    cost_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(
        max_length=12, choices=RequestState.choices, default=RequestState.ASKED
    )
    asked_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["team", "quarter_on"]),
            models.Index(fields=["person", "asked_at"]),
        ]


class RequestStep(models.Model):
    """Each change of a request's state, numbered. Append-only."""

    request = models.ForeignKey(RewardRequest, on_delete=models.PROTECT, related_name="steps")
    number = models.PositiveIntegerField()
    to_state = models.CharField(max_length=12, choices=RequestState.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "number"], name="request_step_once")
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class RewardBudget(models.Model):
    """What the rewards of a team may cost in a quarter, in the company's currency."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    quarter_on = models.DateField()
    amount_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "quarter_on"], name="reward_budget_once")
        ]
