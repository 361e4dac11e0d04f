"""People, their sign-in, and who they were in which team and role, since when."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _


class DateRange(Func):
    """`daterange(from, to, '[)')`: a null end is an open end."""

    function = "daterange"
    output_field = models.Field()


class Company(models.Model):
    """The one company of this installation (primary key 1)."""

    name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3, default="EUR")
    timezone = models.CharField(max_length=64, default="Europe/Paris")
    language = models.CharField(max_length=2, default="fr")
    country = models.CharField(max_length=2, default="FR")
    subdivision = models.CharField(max_length=32, blank=True)
    fiscal_year_start_month = models.PositiveSmallIntegerField(default=1)
    managers_see_pay = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="company_is_one"),
            models.CheckConstraint(
                condition=Q(fiscal_year_start_month__range=(1, 12)), name="company_fiscal_month"
            ),
        ]


class Person(models.Model):
    """Somebody who sells or leads; outlives the employment and the sign-in."""

    number = models.CharField(max_length=40, unique=True)
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100)
    email = models.EmailField(blank=True)
    hired_on = models.DateField(null=True, blank=True)
    left_on = models.DateField(null=True, blank=True)
    # as the payroll names them; product rules read neither
    establishment = models.CharField(max_length=40, blank=True, default="")
    contract = models.CharField(max_length=40, blank=True, default="")
    batch_id = models.BigIntegerField(null=True, blank=True, db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(left_on__isnull=True)
                | Q(hired_on__isnull=True)
                | Q(left_on__gt=F("hired_on")),
                name="person_leaves_after_hire",
            )
        ]

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def initials(self) -> str:
        return (self.first_name[:1] + self.last_name[:1]).upper()


class Right(models.TextChoices):
    """Rights of an office; rep and manager follow from assignments instead."""

    HR = "hr", _("HR and payroll")
    ADMIN = "admin", _("Administrator")
    EXECUTIVE = "executive", _("Executive")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        return self.create_user(email, password, rights=[Right.ADMIN], **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A sign-in by e-mail address; what it may see is decided in `people.access` alone."""

    email = models.EmailField(unique=True)
    language = models.CharField(
        max_length=2, choices=[("fr", "Français"), ("en", "English")], default="fr"
    )
    person = models.OneToOneField(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="user"
    )
    rights = ArrayField(
        models.CharField(max_length=16, choices=Right.choices), default=list, blank=True
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    @property
    def name(self) -> str:
        return self.person.name if self.person else self.email


class Role(models.Model):
    """A job in sales; `leads` makes its holder the manager of the team and of all below it."""

    key = models.SlugField(unique=True)
    name_fr = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    leads = models.BooleanField(default=False)


class Team(models.Model):
    """A node of the team tree; a team without a parent is a region."""

    key = models.SlugField(unique=True, max_length=100)
    name = models.CharField(max_length=200)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    batch_id = models.BigIntegerField(null=True, blank=True, db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("pk")), name="team_not_own_parent"
            )
        ]


class Assignment(models.Model):
    """Somebody's place from `valid_from` up to, not including, `valid_to`."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="assignments")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="assignments")
    role = models.ForeignKey(Role, on_delete=models.PROTECT)
    manager = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="reports"
    )
    share = models.DecimalField(max_digits=5, decimal_places=4, default=1)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    batch_id = models.BigIntegerField(null=True, blank=True, db_index=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="assignment_no_overlap",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    (
                        DateRange("valid_from", "valid_to", RangeBoundary()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="assignment_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(share__gt=0) & Q(share__lte=1), name="assignment_share_range"
            ),
        ]


class AbsenceKind(models.TextChoices):
    """Why somebody is away; the pay rules treat the kinds differently."""

    LEAVE = "leave", _("Paid leave")
    SICK = "sick", _("Sick leave")
    PARENTAL = "parental", _("Maternity or parental leave")
    UNPAID = "unpaid", _("Unpaid leave")
    OTHER = "other", _("Other absence")


class Absence(models.Model):
    """Whole days away, half-open; two absences of a person do not overlap."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="absences")
    kind = models.CharField(max_length=16, choices=AbsenceKind.choices)
    valid_from = models.DateField()
    valid_to = models.DateField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="absence_no_overlap",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    (
                        DateRange("valid_from", "valid_to", RangeBoundary()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                condition=Q(valid_to__gt=F("valid_from")), name="absence_ends_after_start"
            ),
        ]
