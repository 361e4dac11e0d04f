"""What an administrator writes about people; the services decide whether it holds."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import DayField
from common.labels import label
from kernel.money import CURRENCIES
from people import queries
from people.models import AbsenceKind, Right, User
from people.queries import CompanyRow

Choices = list[tuple[str, str]]
NOBODY: tuple[str, str] = ("", "—")


def team_choices() -> Choices:
    """Teams by their path: "West / Nantes"."""
    return [(str(team.id), " / ".join(team.path)) for team in queries.team_tree()]


def role_choices() -> Choices:
    """Roles in the reader's language."""
    return [(str(role.id), label(role.name_fr, role.name_en)) for role in queries.roles()]


def person_choices(leave_out: int | None = None) -> Choices:
    """Everybody by name, with the number because names repeat."""
    people = sorted(queries.directory(), key=lambda one: (one.name, one.number))
    return [
        (str(one.person_id), f"{one.name} ({one.number})")
        for one in people
        if one.person_id != leave_out
    ]


def _offer(form: forms.Form, name: str, choices: Choices) -> None:
    cast(forms.ChoiceField, form.fields[name]).choices = choices


def _as_id(text: str) -> int | None:
    return int(text) if text else None


class NameForm(forms.Form):
    """Name and address of a person."""

    first_name = forms.CharField(label=_("First name"), max_length=100, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=100)
    email = forms.EmailField(label=_("E-mail"), required=False)
    establishment = forms.CharField(
        label=_("Establishment"),
        max_length=40,
        required=False,
        help_text=_("As the payroll calls the legal entity or the site."),
    )
    contract = forms.CharField(
        label=_("Contract"),
        max_length=40,
        required=False,
        help_text=_("The number of the contract in the payroll."),
    )


class HireForm(NameForm):
    """A new person."""

    number = forms.CharField(
        label=_("Number"), max_length=40, help_text=_("As in the payroll, or any text of theirs.")
    )
    hired_on = DayField(label=_("First day"), required=False)
    field_order = ("number", "first_name", "last_name", "email", "hired_on")


class PlaceForm(forms.Form):
    """A place: team, role, manager, share, since when."""

    team = forms.TypedChoiceField(label=_("Team"), coerce=int)
    role = forms.TypedChoiceField(label=_("Role"), coerce=int)
    manager = forms.TypedChoiceField(
        label=_("Manager"), coerce=_as_id, empty_value=None, required=False
    )
    share = forms.DecimalField(
        label=_("Share of full time"),
        max_digits=5,
        decimal_places=4,
        initial=1,
        help_text=_("1 is full time, 0.8 four days of five."),
    )
    valid_from = DayField(label=_("From"))

    def __init__(self, *args: Any, person_id: int, **options: Any) -> None:
        super().__init__(*args, **options)
        _offer(self, "team", team_choices())
        _offer(self, "role", role_choices())
        _offer(self, "manager", [NOBODY, *person_choices(person_id)])


class NewPlaceForm(PlaceForm):
    """A place that may have an end."""

    last_day_on = DayField(label=_("Last day"), required=False)


class LastDayForm(forms.Form):
    """The last day of something, included."""

    last_day_on = DayField(label=_("Last day"))


class AbsenceForm(forms.Form):
    """Days away, both included."""

    kind = forms.ChoiceField(label=_("Kind"), choices=AbsenceKind.choices)
    valid_from = DayField(label=_("First day"))
    last_day_on = DayField(label=_("Last day"))


class RightsForm(forms.Form):
    """The rights of an office."""

    rights = forms.MultipleChoiceField(
        label=_("Rights"),
        choices=Right.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Leading a team needs no right here: it follows from the role."),
    )


class SignInForm(RightsForm):
    """A new sign-in."""

    email = forms.EmailField(label=_("E-mail"))
    language = forms.ChoiceField(
        label=_("Language"), choices=User._meta.get_field("language").choices or []
    )
    field_order = ("email", "language", "rights")


class TeamForm(forms.Form):
    """A new team."""

    name = forms.CharField(label=_("Name"), max_length=200)
    parent = forms.TypedChoiceField(
        label=_("Part of"), coerce=_as_id, empty_value=None, required=False
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _offer(self, "parent", [NOBODY, *team_choices()])


class CompanyForm(forms.Form):
    """The settings of the company; currency and time zone only until there are records."""

    name = forms.CharField(label=_("Name"), max_length=200)
    currency = forms.ChoiceField(label=_("Currency"), choices=[(c, c) for c in CURRENCIES])
    timezone = forms.CharField(label=_("Time zone"), max_length=64)
    language = forms.ChoiceField(
        label=_("Language"), choices=User._meta.get_field("language").choices or []
    )
    country = forms.CharField(
        label=_("Country"), max_length=2, help_text=_("Two letters: its public holidays are used.")
    )
    subdivision = forms.CharField(
        label=_("Part of the country"),
        max_length=32,
        required=False,
        help_text=_("Where public holidays differ, for example 57 for Moselle."),
    )
    fiscal_year_start_month = forms.IntegerField(
        label=_("First month of the fiscal year"), min_value=1, max_value=12
    )
    managers_see_pay = forms.BooleanField(
        label=_("Managers see the pay of their teams"), required=False
    )

    FIXED = ("currency", "timezone")

    def fix(self, company: CompanyRow, names: Iterable[str] = FIXED) -> None:
        """Show the given settings without letting them be changed."""
        for name in names:
            self.fields[name].disabled = True
            self.fields[name].initial = getattr(company, name)
