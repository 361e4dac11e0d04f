"""Where to charge, and why."""

from django import forms
from django.utils.translation import gettext_lazy as _

Choices = list[tuple[str, str]]


class ChargeForm(forms.Form):
    """One of the challenges that fit, and the reason that all who play there read."""

    into = forms.ChoiceField(label=_("Charge to"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("Everybody who takes part reads it.")
    )

    def __init__(self, *args: object, fits: Choices, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]  # whatever a form takes
        self.fields["into"].choices = fits  # type: ignore[attr-defined]  # a ChoiceField has them
