"""What is written about a duel; the services decide whether it holds."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from challenges.models import HouseRules, Reach
from common.forms import ExactField
from kernel.money import Money
from kernel.numbers import as_text

Choices = list[tuple[str, str]]


class DuelForm(forms.Form):
    """Whom, about what, how long, for what."""

    opponent = forms.TypedChoiceField(label=_("Against"), coerce=int)
    metric = forms.ChoiceField(label=_("What counts"))
    days = forms.TypedChoiceField(
        label=_("Until"), coerce=int, initial=3,
        choices=[
            (1, _("tomorrow evening")),
            (3, _("the evening in 3 days")),
            (7, _("the evening in a week")),
            (14, _("the evening in two weeks")),
        ],
        help_text=_("Both start at zero when it is accepted."),
    )  # fmt: skip
    wager = forms.BooleanField(required=False)
    words = forms.CharField(label=_("Words"), max_length=140, required=False)

    def offer(self, *, points: int, **choices: Choices) -> None:
        """Who and what there is to choose from, and the one wager; without points there is none."""
        for name, offered in choices.items():
            cast(forms.ChoiceField, self.fields[name]).choices = offered
        if not points:
            del self.fields["wager"]
            return
        self.fields["wager"].label = _("For %(n)s points") % {"n": points}
        self.fields["wager"].help_text = _(
            "The company gives them to the winner; the other one loses nothing."
        )


class DeclineForm(forms.Form):
    """No, with words or without."""

    words = forms.CharField(label=_("Words"), max_length=140, required=False)


class StopForm(forms.Form):
    """Why; both read it."""

    reason = forms.CharField(label=_("Reason"), max_length=300, help_text=_("Both read it."))


class HouseRulesForm(forms.Form):
    """What the company states."""

    duel_reach = forms.ChoiceField(
        label=_("To whom somebody may propose a duel"), choices=Reach.choices
    )
    duel_points = forms.IntegerField(
        label=_("Points of a wager"), min_value=0, max_value=500,
        help_text=_("The company gives them to the winner. 0: duels are for nothing."),
    )  # fmt: skip
    duel_minutes = forms.IntegerField(
        label=_("Minutes to answer in"), min_value=1, max_value=10_080,
        help_text=_("Afterwards a proposal has lapsed."),
    )  # fmt: skip

    celebrate_from = ExactField(
        label=_("Celebrate won deals from"), required=False,
        help_text=_("In the company's currency. Without an amount no deal is celebrated."),
    )  # fmt: skip

    @classmethod
    def initial_of(cls, known: HouseRules, currency: str) -> dict[str, Any]:
        """What is stated now."""
        own = ("duel_reach", "duel_points", "duel_minutes")
        minor = known.celebrate_from_minor
        amount = None if minor is None else as_text(Money(minor, currency).amount)
        return {**{name: getattr(known, name) for name in own}, "celebrate_from": amount}

    def values(self, currency: str) -> dict[str, Any]:
        """As the service takes them; `Invalid` for parts of a cent."""
        data = dict(self.cleaned_data)
        amount = data.pop("celebrate_from")
        minor = None if amount is None else Money.of(amount, currency).minor
        return {**data, "celebrate_from_minor": minor}
