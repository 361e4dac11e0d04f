"""What a manager writes about a challenge; the rules' own reader decides whether it holds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self, cast

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from challenges.calc import parse_rules
from common.forms import add_issues
from common.issues import message_of, remedy_of
from kernel.issues import Invalid, Place
from kernel.numbers import as_text, parse_number

Choices = list[tuple[str, str]]
FORMATS: Choices = [
    ("most", _("Most at the end")),  # type: ignore[list-item]  # lazy texts are texts
    ("percent_of_target", _("Percent of own target")),  # type: ignore[list-item]  # lazy texts
    ("race", _("Race to target")),  # type: ignore[list-item]  # lazy texts
    ("over_the_line", _("Over the line")),  # type: ignore[list-item]  # lazy texts
    ("largest_record", _("Largest single record")),  # type: ignore[list-item]  # lazy texts
]
WITH_TARGET = ("race", "over_the_line")
PLACES = (1, 2, 3)
FIELD_OF = (
    ("score.target", "target"),
    ("score", "metric"),
    ("window.start", "starts_at"),
    ("window", "ends_at"),
    ("entrants.teams", "teams"),
    ("entrants.roles", "roles"),
    ("entrants", "who"),
    ("minimum", "minimum"),
    ("budget", "budget"),
    ("winners", "winners"),
    ("ties", "ties"),
    ("format", "format"),
    ("name", "name"),
    ("after_official", "after_official"),
)


class ExactField(forms.CharField):
    """A number as people write it, kept exact as text."""

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return as_text(parse_number(text))
        except Invalid as invalid:
            said = [f"{message_of(one)} {remedy_of(one)}" for one in invalid.issues]
            raise forms.ValidationError(said) from None


def _moment_field(label: Any) -> forms.CharField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"})
    return forms.CharField(label=label, widget=widget, max_length=40)


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


class ChallengeForm(AudienceForm):
    """The usual challenge: one metric, ranks, up to three prizes."""

    name = forms.CharField(label=_("Name"), max_length=150)
    format = forms.ChoiceField(label=_("Format"), choices=FORMATS)
    metric = forms.ChoiceField(label=_("What counts"))
    target = ExactField(
        label=_("Target"), required=False, max_length=30,
        help_text=_("For a race, and for going over the line."),
    )  # fmt: skip
    who = forms.ChoiceField(
        label=_("Who competes"),
        choices=[
            ("person", _("People")),
            ("mean", _("Teams, by the mean per head")),
            ("per_fte", _("Teams, by full-time equivalent")),
            ("sum", _("Teams, by their total")),
        ],
    )
    starts_at = _moment_field(_("Starts"))
    ends_at = _moment_field(_("Ends"))
    minimum = ExactField(
        label=_("Minimum"), required=False, max_length=30,
        help_text=_("Lowest score that is ranked. Without one: above zero."),
    )  # fmt: skip
    winners = forms.IntegerField(label=_("Places that win"), min_value=1, initial=3)
    ties = forms.ChoiceField(
        label=_("Equal scores"),
        choices=[
            ("share", _("Share the rank, each gets the prize")),
            ("pool", _("Share the rank, split the prizes")),
            ("earliest", _("Whoever was there first is ahead")),
        ],
    )
    prize_kind = forms.ChoiceField(
        label=_("Prizes in"),
        choices=[("money", _("Money")), ("points", _("Points")), ("day_off", _("Days off"))],
    )
    prize_1 = ExactField(label=_("Prize for rank 1"), required=False, max_length=30)
    prize_2 = ExactField(label=_("Prize for rank 2"), required=False, max_length=30)
    prize_3 = ExactField(label=_("Prize for rank 3"), required=False, max_length=30)
    budget = ExactField(
        label=_("Budget"), required=False, max_length=30,
        help_text=_("In money. Prizes that can cost more are refused."),
    )  # fmt: skip
    after_official = forms.ChoiceField(
        label=_("A deal cancelled after the result is official"),
        choices=[
            ("final", _("changes nothing: the result is final")),
            ("amend", _("amends the result, publicly")),
            ("next_period", _("is charged to the next period")),
        ],
    )

    def document(self, currency: str, base: Mapping[str, object] | None = None) -> dict[str, Any]:
        """The rules document; of `base` stays what the form does not speak about.

        What the form speaks about it writes anew, so `base` must be one that it can say
        (`can_say`).
        """
        data = self.cleaned_data
        document: dict[str, Any] = dict(base or {})
        stored = initial_of(document, (), ())
        for key in ("minimum", "ties", "prizes", "entrants", "budget"):
            document.pop(key, None)
        document |= {
            "key": document.get("key") or slugify(data["name"])[:60] or "challenge",
            "window": {**document.get("window", {})},
            "format": data["format"],
            "score": self._score(),
            "winners": str(data["winners"]),
            "after_official": {"policy": data["after_official"]},
            "prizes": self._prizes(currency),
        }
        # what was not touched stays as it was written: both languages, seconds, an offset
        if data["name"] != stored["name"] or "name" not in document:
            document["name"] = data["name"]
        for name, key in (("starts_at", "start"), ("ends_at", "end")):
            if data[name] != stored[name]:
                document["window"][key] = data[name]
        if data["budget"]:
            document["budget"] = {"amount": data["budget"], "currency": currency}
        if data["minimum"]:
            document["minimum"] = data["minimum"]
        if data["who"] != "person":
            document["entrants"] = {"kind": "team", "team_score": data["who"]}
        if data["ties"] == "earliest":
            document["ties"] = {"rule": "chain", "chain": [{"by": "earliest"}]}
        else:
            document["ties"] = {"rule": data["ties"]}
        return document

    def _score(self) -> dict[str, str]:
        score = {"metric": self.cleaned_data["metric"]}
        if self.cleaned_data["format"] in WITH_TARGET and self.cleaned_data["target"]:
            score["target"] = self.cleaned_data["target"]
        return score

    def _prizes(self, currency: str) -> list[dict[str, str]]:
        kind, found = self.cleaned_data["prize_kind"], []
        ranked = self.cleaned_data["format"] != "over_the_line"
        for place in PLACES if ranked else PLACES[:1]:
            amount = self.cleaned_data[f"prize_{place}"]
            if amount:
                prize = {"for": "rank", "rank": str(place)} if ranked else {"for": "winners"}
                prize |= {"kind": kind, "amount": amount}
                found.append(prize | ({"currency": currency} if kind == "money" else {}))
        return found

    def take_issues(self, invalid: Invalid) -> None:
        """Each issue beside the field that wrote what it speaks about."""
        add_issues(self, Invalid([one.at(Place(path=self._field(one.place.path)))
                                  for one in invalid.issues]))  # fmt: skip

    def _field(self, path: str) -> str:
        if path.startswith("prizes["):
            given = [n for n in PLACES if self.cleaned_data.get(f"prize_{n}")]
            index = int(path[7:].partition("]")[0])
            return f"prize_{given[index]}" if index < len(given) else "prize_1"
        for start, field in FIELD_OF:
            if path == start or path.startswith((start + ".", start + "[")):
                return field
        return path


def initial_of(
    document: Mapping[str, Any], teams: Sequence[str], roles: Sequence[str]
) -> dict[str, Any]:
    """The form's values for a document that it could have written."""
    score, entrants = document.get("score") or {}, document.get("entrants") or {}
    ties = document.get("ties") or {}
    name = document.get("name") or document.get("key")
    first = name if isinstance(name, str) else next(iter((name or {}).values()), "")
    values = {
        "name": first,
        "format": document.get("format"),
        "metric": score.get("metric"),
        "target": score.get("target"),
        "who": entrants.get("team_score", "mean") if entrants.get("kind") == "team" else "person",
        "teams": list(teams),
        "roles": list(roles),
        "starts_at": _local((document.get("window") or {}).get("start")),
        "ends_at": _local((document.get("window") or {}).get("end")),
        "minimum": document.get("minimum"),
        "winners": document.get("winners", "1"),
        "ties": "earliest" if ties.get("rule") == "chain" else ties.get("rule", "share"),
        "prize_kind": "money",
        "budget": (document.get("budget") or {}).get("amount"),
        "after_official": (document.get("after_official") or {}).get("policy", "final"),
    }
    for prize in document.get("prizes") or []:
        if prize.get("rank") in ("1", "2", "3") or prize.get("for") == "winners":
            values["prize_kind"] = prize["kind"]
            values[f"prize_{prize.get('rank', '1')}"] = prize.get("amount")
    return values


def can_say(form: ChallengeForm, document: Mapping[str, Any], currency: str) -> bool:
    """Whether the form, filled in with the document (`initial_of`), says all of its rules: saved
    without a change it would write the same rules. The only test that cannot forget a setting."""
    if not form.is_valid():
        return False
    try:
        written = parse_rules(form.document(currency, document))
    except Invalid:
        return False
    return replace(written, sha256="") == replace(parse_rules(document), sha256="")


def _local(text: str | None) -> str:
    """A moment for the browser's picker, which knows no offset: the wall clock as written."""
    if not text:
        return ""
    return f"{text}T00:00" if len(text) == 10 else text[:16]


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


class DocumentForm(forms.Form):
    """The rules as a document, for what `ChallengeForm` cannot say."""

    document = forms.CharField(
        label=_("Rules"), max_length=200_000, strip=False,
        widget=forms.Textarea(attrs={"rows": 28, "spellcheck": "false", "class": "code"}),
    )  # fmt: skip


class NewDocumentForm(AudienceForm, DocumentForm):
    """A new challenge of any format."""

    field_order = ("teams", "roles", "document")


class ExtendForm(ReasonForm):
    """A later end."""

    ends_at = forms.DateTimeField(
        label=_("New end"),
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )
    field_order = ("ends_at", "reason")


class ConfirmForm(forms.Form):
    """Nothing to write: the button is the answer."""
