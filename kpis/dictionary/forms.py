"""What people write about KPIs; the services decide whether it holds."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import DayField
from kernel.issues import Invalid, Issue
from kpis.calc.bands import Bands, Limit, parse_bands
from kpis.choices import Better, Cadence, Family, Timing, Unit

_FORMULA = {"rows": 3, "spellcheck": "false", "autocomplete": "off", "data-formula": ""}


def formula_field() -> forms.CharField:
    """A formula, with the list of names beside it."""
    return forms.CharField(
        label=_("Formula"),
        max_length=2000,
        widget=forms.Textarea(attrs=_FORMULA),
        help_text=_("Names of metrics and KPIs with + - * / and brackets."),
    )


def limit_field(label: Any, example: str) -> forms.CharField:
    """One side of the bands."""
    widget = forms.TextInput(attrs={"placeholder": example, "autocomplete": "off"})
    return forms.CharField(label=label, max_length=30, required=False, widget=widget)


class BandsForm(forms.Form):
    """The two limits of a KPI as one document."""

    bad = limit_field(_("Limit: bad"), "< 25")
    good = limit_field(_("Limit: good"), ">= 40")

    def bands(self) -> dict[str, str]:
        """What was written, without what was left empty."""
        return bands_in(self.cleaned_data)


def bands_in(data: Any) -> dict[str, str]:
    """The limits in the fields of a form, also of one that nobody has checked yet."""
    written = {side: str(data.get(side) or "").strip() for side in ("bad", "good")}
    return {side: text for side, text in written.items() if text}


def bands_issues(bands: dict[str, str]) -> list[Issue]:
    """What is wrong with them, each at its field."""
    try:
        parse_bands(bands)
    except Invalid as invalid:
        return list(invalid.issues)
    return []


def limits(bands: Bands) -> dict[str, str]:
    """The bands as their fields show them."""
    return {"bad": _limit(bands.bad), "good": _limit(bands.good)}


def _limit(limit: Limit | None) -> str:
    return "" if limit is None else limit.text


class FormulaForm(BandsForm):
    """A formula that holds from a day on."""

    formula = formula_field()
    valid_from = DayField(
        label=_("Holds from"), help_text=_("Periods that end before keep the old formula.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=500)
    field_order = ("formula", "bad", "good", "valid_from", "reason")


class NamesForm(forms.Form):
    """What a metric of one's own is called."""

    name_en = forms.CharField(label=_("Name in English"), max_length=120, required=False)
    name_fr = forms.CharField(label=_("Name in French"), max_length=120, required=False)


class NotesForm(NamesForm):
    """What a KPI of one's own is called, and what to know when reading it."""

    note_en = forms.CharField(label=_("Note in English"), max_length=500, required=False)
    note_fr = forms.CharField(label=_("Note in French"), max_length=500, required=False)


class KpiForm(BandsForm):
    """A KPI of one's own."""

    name_en = forms.CharField(label=_("Name in English"), max_length=120, required=False)
    name_fr = forms.CharField(label=_("Name in French"), max_length=120, required=False)
    formula = formula_field()
    unit = forms.ChoiceField(label=_("Unit"), choices=Unit.choices)
    better = forms.ChoiceField(label=_("Good"), choices=Better.choices)
    cadence = forms.ChoiceField(
        label=_("Looked at"), choices=Cadence.choices, initial=Cadence.MONTHLY
    )
    family = forms.ChoiceField(label=_("Family"), choices=Family.choices)
    timing = forms.ChoiceField(label=_("Timing"), choices=Timing.choices)
    note_en = forms.CharField(label=_("Note in English"), max_length=500, required=False)
    note_fr = forms.CharField(label=_("Note in French"), max_length=500, required=False)
    field_order = ("name_en", "name_fr", "formula", "unit", "better", "cadence", "family", "timing",
                   "bad", "good", "note_en", "note_fr")  # fmt: skip
