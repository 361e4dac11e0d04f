"""What people write about alerts; the services decide whether it holds."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import DayField
from kpis.calc.alerts.rules import SHAPES, Kind, Number
from kpis.models import ActionKind, WebhookForm

Choices = list[tuple[str, str]]
LABELS: Mapping[str, Any] = {
    "days": _("Working days"),
    "late": _("Days past the planned closing date"),
    "limit": _("Limit"),
    "percent": _("Percent"),
    "least": _("At least, before"),
    "after": _("Percent of the period that must be over"),
    "times": _("Out of reach from how many times the speed so far"),
    "weeks": _("Weeks in a row"),
    "past": _("Weeks before, to compare with"),
}
HELP: Mapping[tuple[Kind, str], Any] = {
    (Kind.TREND, "percent"): _("So much worse than in as many working days before."),
    (Kind.TREND, "least"): _("Smaller figures before say nothing; they are not judged."),
    (Kind.PACE, "percent"): _("Under this part of where today should be, it is an alert."),
    (Kind.STALL, "least"): _("So much must have come in twice as many working days before."),
    (Kind.DEAL, "days"): _("Without any record of the deal or with its account."),
    (Kind.DEMOTIVATION, "percent"): _("So many fewer records per day at work, in each week."),
    (Kind.DEMOTIVATION, "least"): _("Records per day at work that were usual; fewer say nothing."),
}


class RuleForm(forms.Form):
    """A rule of one kind: its names, for whom, and the numbers that this kind has."""

    name_fr = forms.CharField(label=_("Name in French"), max_length=120)
    name_en = forms.CharField(label=_("Name in English"), max_length=120)

    def __init__(self, *args: Any, kind: Kind, kpis: Choices, roles: Choices, **options: Any):
        super().__init__(*args, **options)
        shape = SHAPES[kind]
        if shape.has_kpi:
            every = [] if shape.needs_kpi else [("", str(_("Each that fits the scorecard")))]
            self.fields["kpi"] = forms.ChoiceField(
                label=_("KPI"), choices=[*every, *kpis], required=shape.needs_kpi
            )
        if kind is Kind.LEVEL:
            sides = [("below", str(_("below"))), ("above", str(_("above")))]
            self.fields["side"] = forms.ChoiceField(label=_("Alert when"), choices=sides)
        for number in shape.numbers:
            self.fields[number.name] = _number_field(kind, number)
        self.fields["roles"] = forms.MultipleChoiceField(
            label=_("Only for these roles"), choices=roles, required=False,
            widget=forms.CheckboxSelectMultiple, help_text=_("None: for everybody who sells."),
        )  # fmt: skip
        self.kind = kind

    def offer_teams(self, teams: Choices) -> "RuleForm":
        """For which team; only asked of a new rule. Everybody must be among the choices to be
        one."""
        everybody = any(not key for key, _name in teams)
        self.fields["team"] = forms.ChoiceField(
            label=_("For"), choices=teams, required=not everybody
        )
        return self

    def document(self) -> dict[str, Any]:
        """The rule as the service reads it: what was left empty is not said."""
        data = self.cleaned_data
        names = ("kpi", "side", *(one.name for one in SHAPES[self.kind].numbers), "roles")
        return {"kind": self.kind.value, **{name: data[name] for name in names if data.get(name)}}


def _number_field(kind: Kind, number: Number) -> forms.CharField:
    return forms.CharField(
        label=LABELS[number.name],
        initial=number.usual,
        max_length=30,
        help_text=HELP.get((kind, number.name), ""),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


class ActionForm(forms.Form):
    """What to do about an alert."""

    kind = forms.ChoiceField(label=_("Action"), choices=ActionKind.choices)
    note = forms.CharField(
        label=_("Note"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What you will look at, talk about or change. Other managers read it."),
    )  # fmt: skip
    due_on = DayField(label=_("Follow up on"))


class OutcomeForm(forms.Form):
    """What came of an action."""

    outcome = forms.CharField(
        label=_("What came of it"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class MuteForm(forms.Form):
    """Of what to hear nothing, and until when."""

    what = forms.ChoiceField(label=_("Hear nothing of"))
    until_on = DayField(label=_("Until"), help_text=_("The first day on which you hear again."))

    def offer(self, what: Choices) -> "MuteForm":
        """The rule, the person, or both."""
        self.fields["what"].choices = what  # type: ignore[attr-defined]  # a choice field
        return self


def _clock(label: Any, help_text: Any = "") -> forms.TimeField:
    widget = forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    return forms.TimeField(label=label, required=False, widget=widget, help_text=help_text)


class WishesForm(forms.Form):
    """How somebody wants to hear."""

    by_mail = forms.BooleanField(label=_("Mails about alerts"), required=False)
    of_reviews = forms.BooleanField(
        label=_("Mails about reviews that are due"), required=False,
        help_text=_("On the first working morning after the days of a review that you hold."),
    )  # fmt: skip
    digest_at = _clock(_("All of a day in one mail, at"), _("Empty: each alert when it begins."))
    quiet_from = _clock(_("Quiet from"), _("No mail leaves in these hours."))
    quiet_until = _clock(_("Quiet until"))


class HookForm(forms.Form):
    """A webhook."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("Which channel it leads to.")
    )
    form = forms.ChoiceField(label=_("For"), choices=WebhookForm.choices)
    url = forms.CharField(
        label=_("Address"), max_length=500,
        help_text=_("Only https; it is kept as a secret and not shown again."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    team = forms.ChoiceField(label=_("Alerts about"), required=False)
    language = forms.ChoiceField(
        label=_("Language"), choices=[("fr", "Français"), ("en", "English")]
    )

    def offer(self, teams: Choices) -> "HookForm":
        """The teams, or everybody."""
        self.fields["team"].choices = teams  # type: ignore[attr-defined]  # a choice field
        return self
