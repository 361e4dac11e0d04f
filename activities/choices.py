"""The closed lists of words that the log uses; other rooms may use them too."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Stage(models.TextChoices):
    """The stages every pipeline is mapped to; `prospecting` may have no date yet."""

    PROSPECTING = "prospecting", _("Prospecting")
    ENGAGING = "engaging", _("Engaging")
    PROPOSAL = "proposal", _("Proposal")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")
    CANCELLED = "cancelled", _("Cancelled")


class Sale(models.TextChoices):
    """What a won deal means for its account."""

    NEW = "new", _("New business")
    UPSELL = "upsell", _("Upsell")
    CROSS_SELL = "cross_sell", _("Cross-sell")
