"""What people fill in about badges."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from challenges.badges.arts import ARTS
from challenges.badges.services.defining import MOST_POINTS
from challenges.badges.services.giving import LONGEST_SENTENCE
from challenges.badges.services.withdrawing import LONGEST_REASON

Choices = Sequence[tuple[str, Any]]
EXAMPLE = "form: threshold\nmetric: deals_won\nat_least: 3\nper: month\n"
MARKS = {"rows": 7, "spellcheck": "false", "class": "code"}


class GiveForm(forms.Form):
    """Whom, which badge, and what for."""

    person = forms.ChoiceField(label=_("To whom"))
    badge = forms.ChoiceField(label=_("Badge"))
    sentence = forms.CharField(
        label=_("What for"), max_length=LONGEST_SENTENCE,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": LONGEST_SENTENCE}),
        help_text=_("One sentence. It is read by whoever sees the badge."),
    )  # fmt: skip

    def __init__(self, *args: Any, people: Choices, badges: Choices, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["person"].choices = [("", "–"), *people]  # type: ignore[attr-defined]  # a choice field
        self.fields["badge"].choices = badges  # type: ignore[attr-defined]  # a choice field


class WithdrawForm(forms.Form):
    """Why a given badge is taken back."""

    reason = forms.CharField(
        label=_("Reason"), max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": LONGEST_REASON}),
        help_text=_("The person reads it, and who withdrew the badge. Its points go with it."),
    )  # fmt: skip


class PointsForm(forms.Form):
    """The points of a badge."""

    points = forms.IntegerField(
        label=_("Points"), min_value=0, max_value=MOST_POINTS, initial=0,
        help_text=_("They count for levels and go into the wallet."),
    )  # fmt: skip


class NewBadgeForm(PointsForm):
    """A new badge, beside its rule."""

    name_en = forms.CharField(label=_("Name in English"), max_length=80)
    name_fr = forms.CharField(label=_("Name in French"), max_length=80)
    art = forms.ChoiceField(label=_("Drawing"), choices=list(ARTS.items()))
    team = forms.ChoiceField(label=_("For whom"))
    field_order: tuple[str, ...] = ("name_en", "name_fr", "art", "team", "points")

    def __init__(self, *args: Any, teams: Choices, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["team"].choices = teams  # type: ignore[attr-defined]  # a choice field


class AmendForm(PointsForm):
    """Another rule, with the reason that people will read."""

    reason = forms.CharField(
        label=_("Reason"), max_length=280,
        help_text=_("The new rule holds from the next period on."),
    )  # fmt: skip


class _Written(forms.Form):
    """The rule as a document, for who would rather write than click."""

    document = forms.CharField(
        label=_("Rule"), widget=forms.Textarea(attrs=MARKS), strip=False,
        help_text=_("A short document; the forms are threshold, kpi, first, hours, record, streak,"
                    " combination and given."),
    )  # fmt: skip


class WrittenBadgeForm(_Written, NewBadgeForm):
    """A new badge with its rule."""

    field_order = ("name_en", "name_fr", "art", "team", "document", "points")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["document"].initial = EXAMPLE


class WrittenAmendForm(_Written, AmendForm):
    """Another rule, as a document."""

    field_order = ("document", "points", "reason")
