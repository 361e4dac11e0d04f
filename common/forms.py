"""Forms whose work is one service call."""

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, TypeVar

from django import forms

from common.issues import message_of, remedy_of
from kernel.issues import Invalid
from kernel.numbers import parse_number

T = TypeVar("T")


def add_issues(form: forms.Form, invalid: Invalid) -> None:
    """Put each issue beside the field that its place names, the others above the form."""
    for issue in invalid.issues:
        field = issue.place.path if issue.place.path in form.fields else None
        form.add_error(field, f"{message_of(issue)} {remedy_of(issue)}".strip())


def saved(form: forms.Form, work: Callable[[], T]) -> T | None:
    """The result of the service, or None when the form or the service refuses.

    `work` must not answer None when it succeeds.
    """
    if not form.is_valid():
        return None
    try:
        return work()
    except Invalid as invalid:
        add_issues(form, invalid)
        return None


class ExactField(forms.CharField):
    """A number as people write it, kept exact; one that could mean two things is refused."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(**{"max_length": 30, "widget": widget, **options})

    def clean(self, value: Any) -> Fraction | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_number(text)
        except Invalid as invalid:
            said = [f"{message_of(one)} {remedy_of(one)}".strip() for one in invalid.issues]
            raise forms.ValidationError(said) from None


class DayField(forms.DateField):
    """A date with the browser's own picker, which speaks ISO 8601 in every language."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], **options)


def after(last_day: date | None) -> date | None:
    """The exclusive end for a last day that people wrote."""
    return last_day + timedelta(days=1) if last_day else None
