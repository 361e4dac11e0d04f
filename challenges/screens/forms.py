"""The form of a screen on a wall."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.numbers import whole


class NewScreenForm(forms.Form):
    """Where it hangs, and on whose wall."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("The place where it hangs, as people say it.")
    )
    team = forms.ChoiceField(
        label=_("Team"), help_text=_("It shows what everybody of this team may read, and no more.")
    )

    def __init__(self, *args: Any, teams: Sequence[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["team"].choices = teams  # type: ignore[attr-defined]  # of a choice field


class ScreenForm(forms.Form):
    """Its name and what turns on it."""

    name = forms.CharField(label=_("Name"), max_length=80)
    challenges = forms.MultipleChoiceField(
        label=_("Challenges"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Without any: all that run for the whole team, new ones by themselves."),
    )

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["challenges"].choices = choices  # type: ignore[attr-defined]  # of a choice field

    def chosen(self) -> list[int]:
        """The ids of the challenges that are ticked."""
        found = (whole(one) for one in self.cleaned_data["challenges"])
        return [one for one in found if one is not None]
