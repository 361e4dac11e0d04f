"""Plans as versioned documents, and who is paid by which."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from incentives.calc import Plan as Terms
from incentives.calc import parse_plan, published_plan
from incentives.models.guards import APPEND_ONLY
from people.models import DateRange, Person, Role


class Plan(models.Model):
    """A way of paying; what it says stands in its versions."""

    key = models.SlugField(unique=True)
    name_fr = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)


class PlanVersion(models.Model):
    """One wording of a plan. Once published it never changes: a trigger refuses it."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    document = models.TextField()
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    valid_from = models.DateField()
    period_kind = models.CharField(max_length=8)  # what the document says, for queries
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="plan_version_number_once"),
            models.UniqueConstraint(
                fields=["plan", "valid_from"],
                condition=Q(state="published"),
                name="plan_version_start_once",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="published_stays",
                operation=APPEND_ONLY,
                condition=pgtrigger.Q(old__state="published"),
            )
        ]

    def terms(self) -> Terms:
        """What the document says: the one way in which a stored version is read.

        A version that was published pays as it did, also where no plan like it may be published any
        more. `Invalid` for a draft that may not be, and where no calculation is defined.
        """
        is_draft = self.state == self.State.DRAFT
        return parse_plan(self.document) if is_draft else published_plan(self.document)


class PlanAssignment(models.Model):
    """Who is paid by which plan, since when: a role, or one person (which then wins)."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="assignments")
    role = models.ForeignKey(Role, null=True, blank=True, on_delete=models.PROTECT)
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(role__isnull=True, person__isnull=False)
                | Q(role__isnull=False, person__isnull=True),
                name="plan_assignment_one_subject",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="plan_assignment_ends_later",
            ),
            ExclusionConstraint(
                name="plan_assignment_role_no_overlap",
                expressions=[
                    ("role", RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_to", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=Q(role__isnull=False),
            ),
            ExclusionConstraint(
                name="plan_assignment_person_no_overlap",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_to", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=Q(person__isnull=False),
            ),
        ]
