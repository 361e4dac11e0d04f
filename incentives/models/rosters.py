"""Who was paid in a period and where everybody was, frozen; runs that found the same share it."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models

from incentives.models.guards import APPEND_ONLY
from incentives.models.plans import PlanVersion
from people.models import Person


class Roster(models.Model):
    """The people of a period at one moment; `sha256` is of all its rows."""

    sha256 = models.CharField(max_length=64, unique=True)
    plan_version_ids = ArrayField(models.BigIntegerField(), default=list)  # by which it pays
    payee_count = models.PositiveIntegerField(default=0)

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class RosterPayee(models.Model):
    """One person under one plan version: what a statement is made from besides the log."""

    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="payees")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+")
    content = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["roster", "person", "plan_version"], name="roster_payee_once"
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class RosterMember(models.Model):
    """Where one person was, whether paid by a plan or not, and whom they reported to."""

    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="members")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    managers = ArrayField(models.BigIntegerField())
    content = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["roster", "person"], name="roster_member_once")
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]


class RosterNews(models.Model):
    """Something of which rosters are made has changed; triggers of those tables write it.

    One row per statement that writes: a run that finds as many rows as the run before need not
    read who is paid. Counted, and not the newest looked at, because rows do not become visible in
    the order of their ids.
    """

    source = models.CharField(max_length=63)

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]
