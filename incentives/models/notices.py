"""What payees were told before a period began, and that they have read it."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from incentives.models.guards import APPEND_ONLY
from incentives.models.plans import PlanVersion
from people.models import Person


class Notice(models.Model):
    """The rules and objectives of one person for `[starts_on, ends_on)`, as they were published.

    The French text is the one that counts and is hashed; the English one is a courtesy copy.
    A changed plan or objective makes a new notice. Append-only.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="notices")
    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField()
    text_fr = models.TextField()
    text_en = models.TextField()
    sha256 = models.CharField(max_length=64)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "plan_version", "starts_on", "sha256"], name="notice_once"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")), name="notice_ends_later"
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class Receipt(models.Model):
    """The person has opened the notice and confirmed that they read it. Append-only."""

    notice = models.OneToOneField(Notice, on_delete=models.PROTECT, related_name="receipt")
    language = models.CharField(max_length=8)
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]
