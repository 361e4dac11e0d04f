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


class DisputeState(models.TextChoices):
    """The life of a dispute: an answer may be contested again until it is closed."""

    OPEN = "open", _("Open")
    ANSWERED = "answered", _("Answered")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class AdjustmentState(models.TextChoices):
    """A manual adjustment is paid only once a second person has approved it."""

    PROPOSED = "proposed", _("Proposed")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
