"""Forms whose work is one service call."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, TypeVar

from django import forms

from common.issues import message_of, remedy_of
from kernel.issues import Invalid

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


class DayField(forms.DateField):
    """A date with the browser's own picker, which speaks ISO 8601 in every language."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], **options)


def after(last_day: date | None) -> date | None:
    """The exclusive end for a last day that people wrote."""
    return last_day + timedelta(days=1) if last_day else None
