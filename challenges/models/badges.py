"""Badges with their rules, who earned or was given one, and who wore the jerseys of a month."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from challenges.models.competition import APPEND_ONLY
from people.models import Person, Team


class Badge(models.Model):
    """Something to be earned or given; what it takes is the document of its latest `BadgeRule`.

    `team` limits it to the people of a team with all below; without one it is for everybody.
    `closed_to` is the end (exclusive) of the last period whose awards are official: what lies
    before it is never computed again. What became known by `looked_at` has been looked at for
    everybody. Both are null until the badge is first looked at.
    """

    key = models.SlugField(unique=True, max_length=60)
    name_fr = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    art = models.CharField(max_length=20, default="star")
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="badges"
    )
    retired = models.BooleanField(default=False)
    closed_to = models.DateField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)


class BadgeRule(models.Model):
    """What a badge takes for periods that begin on `valid_from` or later; the first version holds
    for all before it too. Append-only: an amendment keeps both and says why."""

    badge = models.ForeignKey(Badge, on_delete=models.PROTECT, related_name="rules")
    number = models.PositiveIntegerField()
    document = models.TextField()
    points = models.PositiveIntegerField(default=0)
    valid_from = models.DateField(null=True, blank=True)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["badge", "number"], name="badge_rule_number_once")
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class BadgeAward(models.Model):
    """A badge of one person for one period, earned or given. Append-only.

    What became of it since is in its moves. `earned_at` is the business time at which it was
    complete, `awarded_at` the moment at which the product knew. `detail` says from what: the
    figure and the records.
    """

    badge = models.ForeignKey(Badge, on_delete=models.PROTECT, related_name="awards")
    rule = models.ForeignKey(BadgeRule, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="badge_awards")
    valid_from = models.DateField()
    valid_to = models.DateField()
    points = models.PositiveIntegerField()
    earned_at = models.DateTimeField()
    awarded_at = models.DateTimeField()
    detail = models.JSONField(default=dict)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    sentence = models.CharField(max_length=280, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["badge", "person", "valid_from"], name="badge_once_per_person_and_period"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__gt=F("valid_from")), name="badge_ends_after_start"
            ),
        ]
        indexes = [
            models.Index(fields=["person", "awarded_at"]),
            models.Index(fields=["awarded_at"]),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class BadgeMove(models.Model):
    """An award was taken back, or given back, and why; the last one holds. Append-only."""

    class Kind(models.TextChoices):
        TAKEN_BACK = "taken_back", _("Taken back")
        GIVEN_BACK = "given_back", _("Given back")

    award = models.ForeignKey(BadgeAward, on_delete=models.PROTECT, related_name="moves")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    at = models.DateTimeField()
    # code, template and parameters, as `challenges.calc.notes.Note`
    reason = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["award", "number"], name="badge_move_number_once")
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class BadgeToPost(models.Model):
    """News that the ledger of points has not read yet: this award came to be, or was moved.

    Written in the transaction of the award, deleted in the one that posts its points.
    """

    award = models.ForeignKey(BadgeAward, on_delete=models.CASCADE, related_name="+")


class JerseyKind(models.TextChoices):
    """The four classifications of a team's month."""

    YELLOW = "yellow", _("Yellow jersey: leads")
    GREEN = "green", _("Green jersey: most points")
    POLKA_DOT = "polka-dot", _("Polka-dot jersey: most improved")
    WHITE = "white", _("White jersey: best newcomer")


class JerseyMonth(models.Model):
    """The official jerseys of one team and month, for ever: all lines, not only who won."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="jersey_months")
    valid_from = models.DateField()
    at = models.DateTimeField()
    document = models.JSONField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "valid_from"], name="jersey_month_once")
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class JerseyHolder(models.Model):
    """Who wears a jersey of an official month; who shares it has a row each. Append-only."""

    month = models.ForeignKey(JerseyMonth, on_delete=models.PROTECT, related_name="holders")
    kind = models.CharField(max_length=12, choices=JerseyKind.choices)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="jerseys")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["month", "kind", "person"], name="jersey_once_per_month_and_person"
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]
