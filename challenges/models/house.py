"""What the company states about duels and celebrations."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

MOST_DUEL_POINTS = 500
MOST_DUEL_MINUTES = 10_080


class Reach(models.TextChoices):
    """To whom somebody may propose a duel."""

    TEAM = "team", _("Colleagues of the own team")
    REGION = "region", _("Colleagues of the own region")
    COMPANY = "company", _("Everybody in the company")
    NOBODY = "nobody", _("Nobody: there are no duels")


class HouseRules(models.Model):
    """The one row (primary key 1); without it the defaults hold.

    `duel_points` is the one wager that there is, beside none: the company gives it to the winner,
    and nobody loses any. `celebrate_from_minor` is the smallest won deal that is celebrated, in
    minor units of the company's currency; null celebrates none.
    """

    duel_reach = models.CharField(max_length=16, choices=Reach.choices, default=Reach.TEAM)
    duel_points = models.PositiveIntegerField(default=20)
    duel_minutes = models.PositiveIntegerField(default=60)
    celebrate_from_minor = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="house_rules_are_one"),
            models.CheckConstraint(
                condition=Q(duel_points__lte=MOST_DUEL_POINTS), name="house_duel_points"
            ),
            models.CheckConstraint(
                condition=Q(duel_minutes__range=(1, MOST_DUEL_MINUTES)), name="house_duel_minutes"
            ),
            models.CheckConstraint(
                condition=Q(celebrate_from_minor__isnull=True) | Q(celebrate_from_minor__gt=0),
                name="house_celebrates_above_zero",
            ),
        ]
