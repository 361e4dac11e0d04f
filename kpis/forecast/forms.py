"""What an administrator states of a stage."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import ExactField
from kernel.numbers import round_to


class OddsForm(forms.Form):
    """The chance of a stage in percent; empty for what is learnt."""

    percent = ExactField(
        label=_("Probability in percent"),
        required=False,
        help_text=_("Of a deal that enters the stage, to be won in the end. Empty: as learnt."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=500)

    def clean_percent(self) -> Decimal | None:
        """A probability from 0 to 1 with four places; None for an empty field."""
        value: Any = self.cleaned_data["percent"]
        if value is None:
            return None
        if not 0 <= value <= 100:
            raise forms.ValidationError(_("A probability is from 0 to 100 percent."))
        return round_to(value / 100, 4)
