"""What is written about a reward, a budget, a refusal."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from challenges.models import Reward
from challenges.rewards.services import Offer
from challenges.services.stating import MOST_MINOR
from common.forms import ExactField
from kernel.issues import Invalid
from kernel.money import Money
from kernel.numbers import as_text

Choices = Sequence[tuple[str, str]]
ICONS = (
    ("gift", _("Parcel")),
    ("coffee", _("Cup")),
    ("meal", _("Plate")),
    ("ticket", _("Ticket")),
    ("book", _("Book")),
    ("bike", _("Bicycle")),
    ("sun", _("Sun")),
    ("mountain", _("Mountain")),
    ("heart", _("Heart")),
)


def _minor(value: Fraction | None, currency: str) -> int:
    return Money.of(value or Fraction(0), currency).minor


class _MoneyForm(forms.Form):
    """A form with one amount of the company's money, in the field `amount`."""

    currency = "EUR"

    def clean_amount(self) -> int:
        """Minor units."""
        value = self.cleaned_data["amount"]
        try:
            minor = _minor(value, self.currency)
        except Invalid:
            raise forms.ValidationError(_("This currency has no such small part.")) from None
        if minor < 0:
            raise forms.ValidationError(_("Write an amount of 0 or more."))
        if minor > MOST_MINOR:
            raise forms.ValidationError(_("Write a smaller amount."))
        return minor


class OfferForm(_MoneyForm):
    """A reward. Who does not keep the whole shop must name teams of their own."""

    name_en = forms.CharField(label=_("Name in English"), max_length=120)
    name_fr = forms.CharField(label=_("Name in French"), max_length=120)
    icon = forms.ChoiceField(label=_("Picture"), choices=ICONS)
    points = forms.IntegerField(label=_("Points"), min_value=1, max_value=10_000_000)
    amount = ExactField(
        label=_("Costs the company"), required=False,
        help_text=_("In the company's currency; it is held against the team's budget."),
    )  # fmt: skip
    left = forms.IntegerField(
        label=_("How many there are"), min_value=0, max_value=1_000_000, required=False,
        help_text=_("Empty: without limit."),
    )  # fmt: skip
    left_shown = forms.IntegerField(required=False, widget=forms.HiddenInput)
    teams = forms.MultipleChoiceField(
        label=_("Who may ask"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Teams with all teams below them. None: everybody."),
    )  # fmt: skip
    retired = forms.BooleanField(label=_("Not offered any more"), required=False)

    def __init__(
        self, *args: Any, teams: Choices, currency: str, everybody: bool, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.currency = currency
        field = self.fields["teams"]
        field.choices = teams  # type: ignore[attr-defined]  # a field of choices
        if not everybody:
            field.required = True
            field.help_text = _("Teams with all teams below them.")

    def offer(self) -> Offer:
        """What the service takes."""
        said = self.cleaned_data
        return Offer(
            name_fr=said["name_fr"],
            name_en=said["name_en"],
            icon=said["icon"],
            points=said["points"],
            cost_minor=said["amount"],
            left=said["left"],
            team_ids=tuple(int(pk) for pk in said["teams"]),
            retired=said["retired"],
        )


def initial_of(reward: Reward) -> dict[str, Any]:
    """A reward as the form shows it."""
    cost = Money(reward.cost_minor, reward.currency)
    return {
        "name_fr": reward.name_fr,
        "name_en": reward.name_en,
        "icon": reward.icon,
        "points": reward.points,
        "amount": as_text(cost.amount),
        "left": reward.left,
        "left_shown": reward.left,
        "teams": [str(team.pk) for team in reward.teams.all()],
        "retired": reward.retired,
    }


class BudgetForm(_MoneyForm):
    """The envelope of a team in a quarter."""

    team = forms.TypedChoiceField(label=_("Team"), coerce=int)
    quarter = forms.ChoiceField(label=_("Quarter"))
    amount = ExactField(label=_("Budget"))

    def __init__(
        self, *args: Any, teams: Choices, quarters: Choices, currency: str, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.currency = currency
        self.fields["team"].choices = teams  # type: ignore[attr-defined]  # a field of choices
        self.fields["quarter"].choices = quarters  # type: ignore[attr-defined]  # likewise


class ReasonForm(forms.Form):
    """Why a request is refused; the person who asked reads it."""

    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)
