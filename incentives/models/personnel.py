"""What only HR knows of a person: never part of a figure, a plan or somebody else's page."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from incentives.models.guards import APPEND_ONLY
from people.models import Person


class Sex(models.TextChoices):
    """As the gap report asks for it; empty where it is not known."""

    WOMAN = "F", _("Woman")
    MAN = "M", _("Man")


class PersonnelRecord(models.Model):
    """Sex and monthly base salary of a person from a day on; the newest one of a day holds.

    For the reports of HR only (Code du travail L.3221-2): nobody else reads it. Append-only, so a
    correction is a newer row.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField()
    sex = models.CharField(max_length=1, choices=Sex.choices, blank=True)
    monthly_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(monthly_minor=None) | Q(monthly_minor__gte=0),
                name="personnel_salary_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(sex__in=["", *Sex.values]), name="personnel_sex_known"
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]
