"""What a manager writes about a challenge beside its rules."""

from typing import Self, cast

from django import forms
from django.utils.translation import gettext_lazy as _

Choices = list[tuple[str, str]]


class AudienceForm(forms.Form):
    """Who plays, out of those that whoever fills it in may let play."""

    teams = forms.MultipleChoiceField(
        label=_("Teams"), widget=forms.CheckboxSelectMultiple,
        help_text=_("With all teams below them."),
    )  # fmt: skip
    roles = forms.MultipleChoiceField(
        label=_("Roles"), widget=forms.CheckboxSelectMultiple, required=False,
        help_text=_("Without a choice: everybody who does not lead."),
    )  # fmt: skip

    def offer(self, **choices: Choices) -> Self:
        """What there is to choose from, by field."""
        for name, offered in choices.items():
            cast(forms.ChoiceField, self.fields[name]).choices = offered
        return self


class ReasonForm(forms.Form):
    """Why; everybody who takes part reads it."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("Everybody who takes part reads it.")
    )


class TargetsForm(forms.Form):
    """Whether an amendment also takes the targets as they are now."""

    refresh_targets = forms.BooleanField(
        label=_("Read own targets anew from the objectives"), required=False,
        help_text=_("Otherwise those of the launch stay. The log shows both values."),
    )  # fmt: skip


class BasedOnForm(forms.Form):
    """Which version of the rules was on the screen."""

    based_on = forms.IntegerField(widget=forms.HiddenInput, required=False)


class DraftForm(BasedOnForm, AudienceForm):
    """Beside the rules of a draft."""


class AmendForm(BasedOnForm, TargetsForm, ReasonForm):
    """Beside the rules of an amendment, which keeps who plays and wants a reason."""

    field_order: tuple[str, ...] = ("refresh_targets", "reason", "based_on")


class DocumentForm(forms.Form):
    """The rules as a document, for who would rather write than click."""

    document = forms.CharField(
        label=_("Rules"), max_length=200_000, strip=False,
        widget=forms.Textarea(attrs={"rows": 28, "spellcheck": "false", "class": "code"}),
    )  # fmt: skip


class NewDocumentForm(AudienceForm, DocumentForm):
    """A new challenge of any format."""

    field_order = ("teams", "roles", "document")


class DraftDocumentForm(BasedOnForm, NewDocumentForm):
    """The rules of a draft as a document."""


class AmendDocumentForm(AmendForm, DocumentForm):
    """An amendment as a document."""

    field_order = ("document", "refresh_targets", "reason", "based_on")


class ExtendForm(ReasonForm):
    """A later end."""

    ends_at = forms.DateTimeField(
        label=_("New end"),
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )
    field_order = ("ends_at", "reason")


class ConfirmForm(forms.Form):
    """Nothing to write: the button is the answer."""
