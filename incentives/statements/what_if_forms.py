"""What a rep asks of their plan: deals that might come, move or fall away."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.queries import OpenDealRow
from common.formats import span_text
from common.forms import DayField, ExactField
from common.issues import message_of
from common.numbers import whole
from incentives.gathering.inputs import WON
from incentives.statements.what_if import Added, Changes
from kernel.issues import Invalid
from kernel.money import Money
from kernel.numbers import as_text
from kernel.periods import Period

Choices = Sequence[tuple[str, str]]
MOST_ROWS = 12
MOST_ALIKE = 100


class AddForm(forms.Form):
    """One deal that does not exist; a row that is left as it is asks nothing."""

    what = forms.ChoiceField(label=gettext_lazy("What"))
    amount = ExactField(label=gettext_lazy("Amount"), required=False)
    product = forms.ChoiceField(label=gettext_lazy("Product"), required=False)
    on = DayField(label=gettext_lazy("Date"))
    times = forms.IntegerField(
        label=gettext_lazy("How many"), min_value=1, max_value=MOST_ALIKE, initial=1
    )
    payee = forms.ChoiceField(label=gettext_lazy("Credited to"), required=False)

    def __init__(self, *args: Any, offers: "Offers", **options: Any) -> None:
        super().__init__(*args, **options)
        self.offers = offers
        self._offer("what", offers.kinds)
        self._offer("product", [("", "—"), *offers.products])
        self._offer("payee", offers.payees)
        if len(offers.payees) < 2:
            del self.fields["payee"]
        self.fields["amount"].required = [key for key, _words in offers.kinds] == [WON]
        if len(offers.kinds) < 2:
            self.fields["what"].widget = forms.HiddenInput()
        for key, texts in offers.choices.items():
            choices = [("", _("other")), *((text, text) for text in texts)]
            self.fields[f"is_{key}"] = forms.ChoiceField(
                label=_worded(key), choices=choices, required=False
            )
        for key in offers.figures:
            self.fields[f"has_{key}"] = ExactField(label=_worded(key), required=False)

    def _offer(self, name: str, choices: Choices) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = list(choices)
        self.fields[name].initial = next((key for key, _words in choices), "")

    def clean_on(self) -> date:
        """A day of the period: what closes on another one counts for another."""
        return _day_of(self.offers.days, self.cleaned_data["on"])

    def clean_amount(self) -> Money | None:
        """In whole cents."""
        value: Fraction | None = self.cleaned_data["amount"]
        if value is None:
            return None
        try:
            return Money.of(value, self.offers.currency)
        except Invalid as invalid:
            raise forms.ValidationError(list(map(message_of, invalid.issues))) from None

    def clean(self) -> dict[str, Any]:
        """A won deal has an amount."""
        data = cast(dict[str, Any], super().clean())
        is_missing = data.get("amount") is None and "amount" not in self.errors
        if data.get("what") == WON and is_missing:
            self.add_error("amount", _("Say how much the deal is worth."))
        return data

    def added(self) -> Added | None:
        """The record of this row; None when nothing was asked."""
        if not self.has_changed():
            return None
        data = self.cleaned_data
        series = dict(self.offers.series).get(data["product"], "")
        named = {"product": data["product"], "series": series}
        named |= {key: data[f"is_{key}"] for key in self.offers.choices}
        for key in self.offers.figures:
            figure: Fraction | None = data[f"has_{key}"]
            named[key] = "" if figure is None else as_text(figure)
        return Added(
            type_key=data["what"],
            on=data["on"],
            amount=data["amount"],
            payee=data.get("payee", ""),
            times=data["times"],
            attributes=tuple((key, text) for key, text in sorted(named.items()) if text),
        )


class Offers:
    """What the fields of a row offer, for one plan and period."""

    def __init__(
        self,
        *,
        days: Period,
        currency: str,
        kinds: Choices,
        products: Sequence[tuple[str, str]],
        payees: Choices,
        choices: dict[str, tuple[str, ...]],
        figures: Sequence[str],
    ) -> None:
        self.days = days
        self.currency = currency
        self.kinds = kinds
        self.products = [(name, name) for name, _series in products]
        self.series = products
        self.payees = payees
        self.choices = choices
        self.figures = figures


class MoveForm(forms.Form):
    """A deal that exists: another closing day, or none at all."""

    on = DayField(label=gettext_lazy("Closed on"))
    gone = forms.BooleanField(label=gettext_lazy("without it"), required=False)


class WinForm(forms.Form):
    """A deal that is still open: won on a day of the period."""

    on = DayField(label=gettext_lazy("Closed on"))
    won = forms.BooleanField(label=gettext_lazy("won"), required=False)

    def __init__(self, *args: Any, deal: OpenDealRow, days: Period, **options: Any) -> None:
        super().__init__(*args, **options)
        self.deal = deal
        self.days = days

    def clean_on(self) -> date:
        """A day of the period."""
        return _day_of(self.days, self.cleaned_data["on"])

    def added(self) -> Added | None:
        """The deal as won; None while it stays open."""
        if not self.cleaned_data["won"]:
            return None
        named = {"product": self.deal.product, "series": self.deal.series}
        return Added(
            type_key=WON,
            on=self.cleaned_data["on"],
            amount=Money(self.deal.amount_minor, self.deal.currency),
            attributes=tuple((key, text) for key, text in sorted(named.items()) if text),
        )


class WhatIfForm:
    """All rows together: new deals, open ones, then each known one."""

    def __init__(
        self,
        data: Any,
        *,
        offers: Offers,
        known: Sequence[tuple[str, date]],
        pipeline: Sequence[OpenDealRow],
        day: date,
    ) -> None:
        rows = 1 if data is None else _rows(data)
        start = {"on": min(max(day, offers.days.start), offers.days.last)}
        self.wins = [
            WinForm(
                _of(data, f"open-{deal.external_id}-"),
                prefix=f"open-{deal.external_id}",
                initial=start,
                deal=deal,
                days=offers.days,
            )
            for deal in pipeline
        ]
        self.adds = [
            AddForm(
                _of(data, f"add-{number}-"),
                prefix=f"add-{number}",
                initial=start,
                offers=offers,
                empty_permitted=True,
                use_required_attribute=False,
            )
            for number in range(rows)
        ]
        self.moves = [
            (
                key,
                on,
                MoveForm(_of(data, f"deal-{key}-"), prefix=f"deal-{key}", initial={"on": on}),
            )
            for key, on in known
        ]

    def changes(self) -> Changes | None:
        """What is asked; None while something is not understood (the rows then say what)."""
        # every row is looked at, so that all of them speak at once
        wrong = [form for form in self._answered() if not form.is_valid()]
        if wrong:
            return None
        moves = [(key, on, form) for key, on, form in self.moves if form.is_bound]
        new: list[AddForm | WinForm] = [*self.adds, *self.wins]
        return Changes(
            added=tuple(one for form in new if form.is_bound and (one := form.added()) is not None),
            moved=tuple(
                (key, form.cleaned_data["on"])
                for key, on, form in moves
                if form.cleaned_data["on"] != on
            ),
            removed=frozenset(key for key, _on, form in moves if form.cleaned_data["gone"]),
        )

    def _answered(self) -> list[forms.Form]:
        return [
            form
            for form in (*self.adds, *self.wins, *(form for _key, _on, form in self.moves))
            if form.is_bound
        ]


def _day_of(days: Period, day: date) -> date:
    if not days.contains(day):
        raise forms.ValidationError(
            _("The day lies outside %(period)s; it would count for another period.")
            % {"period": span_text(days.start, days.end)}
        )
    return day


def _of(data: Any, prefix: str) -> Any:
    """The data when it speaks of a row; a row that came since is as it was found."""
    return data if data is not None and any(name.startswith(prefix) for name in data) else None


def _rows(data: Any) -> int:
    """How many rows for new deals the form had, and one more when it was asked for."""
    numbers = {name.split("-")[1] for name in data if name.startswith("add-")}
    rows = max(whole(number) or 0 for number in [*numbers, "0"]) + 1
    return min(rows + ("more" in data), MOST_ROWS)


def _worded(key: str) -> str:
    return key.replace("_", " ").capitalize()
