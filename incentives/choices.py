"""The closed lists of words of pay; other rooms may use them too."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PeriodState(models.TextChoices):
    """The life of a pay period, in its order."""

    OPEN = "open", _("Open")
    CALCULATED = "calculated", _("Calculated")
    REVIEWED = "reviewed", _("Reviewed")
    APPROVED = "approved", _("Approved")
    LOCKED = "locked", _("Locked")
    EXPORTED = "exported", _("Exported")
