"""What people write in a review; the services decide whether it holds."""

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import DayField
from kpis.reviews.services import DecisionInput

Choices = list[tuple[str, str]]


class DecisionForm(forms.Form):
    """What was decided: what, who, by when, and about what."""

    note = forms.CharField(
        label=_("Decision"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What will be different from tomorrow on."),
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("Action"))
    owner = forms.ChoiceField(
        label=_("Who does it"), help_text=_("Reads it on the own first page.")
    )
    due_on = DayField(label=_("By when"))
    alert = forms.ChoiceField(
        label=_("Answers an alert"), required=False,
        help_text=_("It is followed as the action of this alert until it is closed."),
    )  # fmt: skip
    person = forms.ChoiceField(label=_("About somebody"), required=False)
    kpi = forms.ChoiceField(label=_("About a figure"), required=False)

    def offer(self, myself: int | None, **choices: Choices) -> "DecisionForm":
        """The people, alerts and KPIs to choose from; a field without any is left out. At first who
        decides does it."""
        self.fields["owner"].initial = str(myself)
        for name, found in choices.items():
            field = self.fields[name]
            if not field.required and not found:
                del self.fields[name]
                continue
            nothing = [] if field.required else [("", str(_("none")))]
            field.choices = [*nothing, *found]  # type: ignore[attr-defined]  # a choice field
        return self

    def decision(self) -> DecisionInput:
        """The decision as the service reads it."""
        data = self.cleaned_data
        return DecisionInput(
            kind=data["kind"],
            note=data["note"],
            owner_id=int(data["owner"]),
            due_on=data["due_on"],
            person_id=int(data["person"]) if data.get("person") else None,
            kpi=data.get("kpi", ""),
            alert_id=int(data["alert"]) if data.get("alert") else None,
        )
