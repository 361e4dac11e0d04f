"""What people write about KPIs and objectives; the services decide whether it holds."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import DayField, add_issues
from kernel.issues import Invalid, Place
from kernel.numbers import parse_number
from kpis.queries import Catalogue

Choices = list[tuple[str, str]]


def kpi_choices(known: Catalogue) -> Choices:
    """KPIs by the name that the reader knows."""
    return [(info.key, info.name) for info in known.kpis.values()]


class ObjectiveForm(forms.Form):
    """What a person or a team is to reach."""

    who = forms.ChoiceField(label=_("For"))
    kpi = forms.ChoiceField(label=_("KPI"))
    valid_from = DayField(label=_("First day"))
    last_day = DayField(label=_("Last day"))
    target = forms.CharField(label=_("Target"), max_length=30)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        required=False,
        help_text=_("Needed when an objective of these dates exists already."),
    )

    def offer(self, who: Choices, kpis: Choices) -> "ObjectiveForm":
        """The people, teams and KPIs to choose from."""
        cast(forms.ChoiceField, self.fields["who"]).choices = who
        cast(forms.ChoiceField, self.fields["kpi"]).choices = kpis
        return self

    def clean_target(self) -> Any:
        """An exact number; an ambiguous one is refused with the reason."""
        text = self.cleaned_data["target"]
        try:
            return parse_number(text, place=Place(path="target"))
        except Invalid as invalid:
            add_issues(self, invalid)
            return None


class WithdrawForm(forms.Form):
    """Why an objective is taken back."""

    reason = forms.CharField(label=_("Reason"), max_length=500)
