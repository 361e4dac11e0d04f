"""What people say of a deal."""

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import DayField


class PlanForm(forms.Form):
    """When a deal is planned to close."""

    close_on = DayField(
        label=_("Planned closing date"),
        required=False,
        help_text=_("Empty takes back what was said."),
    )
