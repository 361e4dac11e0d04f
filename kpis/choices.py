"""The closed lists of words that KPIs use; other rooms may use them too."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Family(models.TextChoices):
    """The question that a KPI answers."""

    ACTIVITY = "activity", _("Activity: do we do enough?")
    CONVERSION = "conversion", _("Conversion: is it the right effort?")
    VALUE = "value", _("Value: does success bring enough?")
    EFFICIENCY = "efficiency", _("Efficiency: are time and money well used?")
    RELATIONSHIP = "relationship", _("Customer relationship")
    QUALITY = "quality", _("Quality")
    FIELD = "field", _("Field sales")


class Timing(models.TextChoices):
    """Whether the figure announces results or states them."""

    LEADING = "leading", _("Leading")
    LAGGING = "lagging", _("Lagging")


class Unit(models.TextChoices):
    """What the figure counts; money is in major units of the company's currency."""

    COUNT = "count", _("count")
    PERCENT = "percent", _("percent")
    MONEY = "money", _("money")
    DAYS = "days", _("days")
    HOURS = "hours", _("hours")
    RATIO = "ratio", _("ratio")
    POINTS = "points", _("points")
    SCORE = "score", _("score")


class Better(models.TextChoices):
    """Which direction is good."""

    UP = "up", _("Higher is better")
    DOWN = "down", _("Lower is better")


class Cadence(models.TextChoices):
    """The rhythm at which the figure is looked at."""

    DAILY = "daily", _("Daily")
    WEEKLY = "weekly", _("Weekly")
    MONTHLY = "monthly", _("Monthly")
    QUARTERLY = "quarterly", _("Quarterly")


BY_LABELS = {
    "person": _("People"),
    "team": _("Teams"),
    "region": _("Regions"),
    "role": _("Roles"),
    "product": _("Products"),
    "series": _("Product lines"),
    "segment": _("Segments"),
    "account": _("Accounts"),
}
"""By what pages group figures, in the order in which they offer it."""
