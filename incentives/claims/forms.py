"""What people write about figures of pay: disputes, adjustments, reviews."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import ExactField

Choices = list[tuple[str, str]]
MOST_WORDS = 4000


def _words(label: Any, *, rows: int = 4, required: bool = True, help_text: Any = "") -> Any:
    return forms.CharField(
        label=label,
        max_length=MOST_WORDS,
        required=required,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class DisputeForm(forms.Form):
    """Which line, and what is wrong with it."""

    component = forms.ChoiceField(label=_("Line"))
    text = _words(
        _("What is not right?"),
        help_text=_("Name the deal or the figure, and what you expected instead."),
    )

    def __init__(self, *args: Any, lines: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        cast(forms.ChoiceField, self.fields["component"]).choices = lines


class ReplyForm(forms.Form):
    """Something said in a dispute; the button says what it does."""

    text = _words(_("Your words"))


class AdjustmentForm(forms.Form):
    """Who gets or gives back how much, with which period, and why."""

    person_id = forms.TypedChoiceField(label=_("Person"), coerce=int)
    period_id = forms.TypedChoiceField(label=_("Paid with"), coerce=int)
    amount = ExactField(
        label=_("Amount"), max_length=30, help_text=_("A negative amount takes back.")
    )
    label_fr = forms.CharField(label=_("Name of the line in French"), max_length=200)
    label_en = forms.CharField(label=_("Name of the line in English"), max_length=200)
    reason = _words(_("Reason"), help_text=_("The payee reads it beside the amount."))

    def __init__(self, *args: Any, everybody: Choices, periods: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        cast(forms.ChoiceField, self.fields["person_id"]).choices = everybody
        cast(forms.ChoiceField, self.fields["period_id"]).choices = periods


class DecisionForm(forms.Form):
    """A word to an adjustment; a refusal needs one."""

    reason = _words(_("Reason"), rows=2, required=False, help_text=_("Needed for a refusal."))


class SignForm(forms.Form):
    """A manager's word to the figures of their people."""

    comment = _words(_("Comment"), rows=3, required=False)


class GoOnForm(forms.Form):
    """Why a period is reviewed although managers have not signed."""

    reason = _words(_("Reason"), rows=3)
