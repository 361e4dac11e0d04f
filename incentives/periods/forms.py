"""What HR and administrators write about pay; the services decide whether it holds."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import DayField
from common.labels import label
from people import queries as people

KINDS = [("month", _("Month")), ("quarter", _("Quarter")), ("year", _("Year"))]


class PeriodForm(forms.Form):
    """A new pay period."""

    kind = forms.ChoiceField(label=_("Kind"), choices=KINDS)
    day = DayField(label=_("Any day in it"))


class ReasonForm(forms.Form):
    """Why a period is opened again."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea)


class DraftForm(forms.Form):
    """From when on the draft of a plan is to hold."""

    valid_from = DayField(label=_("Valid from"))


class PublishForm(forms.Form):
    """Why the warnings of the legal profile are accepted, where there are any."""

    reason = forms.CharField(
        label=_("Why these points are accepted"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept in the history of the plan with your name."),
    )

    def __init__(self, *args: Any, needs_reason: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not needs_reason:
            self.fields["reason"].widget = forms.HiddenInput()
        self.fields["reason"].required = needs_reason


class TemplateForm(forms.Form):
    """The document of a payroll template."""

    document = forms.CharField(
        label=_("Document"),
        strip=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 28, "spellcheck": "false", "class": "code"}),
        help_text=_("YAML; every key is described in the documentation of payroll files."),
    )


class AssignForm(forms.Form):
    """Whom a plan pays: a role, or one person, which then wins."""

    role_key = forms.ChoiceField(label=_("Role"), required=False)
    person_id = forms.TypedChoiceField(
        label=_("Or one person"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("A plan of one's own comes before the plan of the role."),
    )
    valid_from = DayField(label=_("From"))
    last_day_on = DayField(label=_("Last day"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        roles = [(role.key, label(role.name_fr, role.name_en)) for role in people.roles()]
        everybody = sorted(people.directory(), key=lambda one: (one.name, one.number))
        named = [(str(one.person_id), f"{one.name} ({one.number})") for one in everybody]
        _offer(self, "role_key", roles)
        _offer(self, "person_id", named)


def _offer(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    cast(forms.ChoiceField, form.fields[name]).choices = [("", "—"), *choices]
