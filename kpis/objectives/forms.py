"""What people write about objectives; the services decide whether it holds."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import DayField, ExactField, add_issues
from kernel.issues import Invalid
from kernel.numbers import parse_number
from kpis.calc.marks import TOP_SCORE
from kpis.services import Criterion

Choices = list[tuple[str, str]]


def _lines(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class AgreementForm(forms.Form):
    """What every objective of a person has: dates, weight, a day for the answer, a reason."""

    valid_from = DayField(label=_("First day"))
    last_day = DayField(label=_("Last day"))
    target = ExactField(label=_("Target"))
    weight = ExactField(
        label=_("Weight"),
        required=False,
        help_text=_("Against the other objectives of the same person; 1 when empty."),
    )
    answer_by = DayField(
        label=_("Answer by"),
        required=False,
        help_text=_("Without an answer the proposal lapses after this day."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        required=False,
        help_text=_("Needed when an objective of these dates exists already."),
    )

    def _offer(self, **choices: Choices) -> None:
        for name, offered in choices.items():
            cast(forms.ChoiceField, self.fields[name]).choices = offered


class ObjectiveForm(AgreementForm):
    """The target of a KPI for a person, a team or a role."""

    who = forms.ChoiceField(label=_("For"))
    kpi = forms.ChoiceField(label=_("KPI"))
    field_order = ("who", "kpi")

    def offer(self, who: Choices, kpis: Choices) -> "ObjectiveForm":
        """The people, teams, roles and KPIs to choose from."""
        self._offer(who=who, kpi=kpis)
        return self


class QualitativeForm(AgreementForm):
    """Criteria that a named evaluator scores on joint visits."""

    who = forms.ChoiceField(label=_("For"))
    title = forms.CharField(
        label=_("What is to be done well"), max_length=160,
        help_text=_("In a few words: “Discovery questions on visits”."),
    )  # fmt: skip
    criteria = forms.CharField(
        label=_("Criteria"), widget=_lines(5), max_length=4000,
        help_text=_("One per line; a weight after a bar: Asks open questions | 2"),
    )  # fmt: skip
    evaluator = forms.ChoiceField(
        label=_("Evaluator"), help_text=_("Goes along on visits and scores the criteria.")
    )
    target = ExactField(
        label=_("Mark to reach"), help_text=_("In percent of the best scores on all criteria.")
    )
    goal_key = forms.CharField(
        label=_("Key in pay plans"), max_length=50, required=False,
        help_text=_(
            "If a pay plan pays the mark: the key that its step for qualitative objectives (mbo)"
            " gives the goal. Empty: no plan pays it."
        ),
    )  # fmt: skip
    field_order = ("who", "title", "criteria", "evaluator", "goal_key")

    def offer(self, who: Choices, evaluators: Choices) -> "QualitativeForm":
        """The people to choose from."""
        self._offer(who=who, evaluator=evaluators)
        return self

    def clean_criteria(self) -> Any:
        """A criterion for each line that is not empty."""
        try:
            return [
                _criterion(line)
                for line in self.cleaned_data["criteria"].splitlines()
                if line.strip()
            ]
        except Invalid as invalid:
            add_issues(self, invalid)
            return []


def _criterion(line: str) -> Criterion:
    text, bar, weight = line.rpartition("|")
    if not bar:
        return Criterion(line.strip())
    return Criterion(text.strip(), parse_number(weight.strip()))


class CounterForm(forms.Form):
    """Another value, and why."""

    target = ExactField(label=_("Your value"))
    reason = forms.CharField(label=_("Why"), max_length=500)


class WithdrawForm(forms.Form):
    """Why an objective is taken back."""

    reason = forms.CharField(label=_("Reason"), max_length=500)


class VisitForm(forms.Form):
    """The scores of one visit, one field for each criterion, and what was seen."""

    visited_on = DayField(label=_("Day of the visit"))
    evidence = forms.CharField(
        label=_("What you saw"), widget=_lines(4), max_length=2000,
        help_text=_("The person reads it."),
    )  # fmt: skip

    def __init__(self, *args: Any, criteria: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        scale: Choices = [("", str(_("not seen")))]
        scale += [(str(one), str(one)) for one in range(TOP_SCORE + 1)]
        for at, text in enumerate(criteria):
            self.fields[f"score_{at}"] = forms.TypedChoiceField(
                label=text, choices=scale, required=False, coerce=int, empty_value=None
            )
        self.order_fields(["visited_on", *(f"score_{at}" for at in range(len(criteria)))])

    @property
    def scores(self) -> list[int | None]:
        """The scores in the order of the criteria."""
        count = sum(name.startswith("score_") for name in self.fields)
        return [self.cleaned_data[f"score_{at}"] for at in range(count)]
