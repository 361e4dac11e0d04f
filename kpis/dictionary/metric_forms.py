"""A metric of one's own as fields: those that the reader of definitions knows for its kind."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from activities.choices import Stage
from activities.queries import TypeRow
from common.labels import label
from kpis.calc.definitions import KINDS, fields_of
from kpis.calc.metrics import Moment, Same, StockMeasure, TimeUnit
from kpis.dictionary.words import MEASURES

KIND_LABELS = {
    "count": _("How many were recorded"),
    "sum_amount": _("Their amounts, added up"),
    "sum_attribute": _("A number that they state, added up"),
    "average": _("The mean of their amounts, or of a number that they state"),
    "median": _("The amount in the middle"),
    "distinct_accounts": _("How many different accounts they are about"),
    "first_wins": _("Accounts that had none before"),
    "duration": _("The time from one thing to another"),
    "latest": _("The newest number stated of each account"),
    "customers": _("Accounts that were won and not lost again"),
    "balance": _("What came in less what went out, of all time"),
    "stock": _("Deals that are open at a moment"),
    "sum_list_price": _("The list prices of their products, added up"),
    "objectives": _("Objectives that ended"),
}
_LISTS = {
    "types": _("What is recorded"),
    "since": _("Measured from the first"),
    "won": _("Won by"),
    "lost": _("Lost by"),
    "plus": _("What adds"),
    "minus": _("What takes away"),
}
_MOMENTS = {Moment.END: _("at the end of the period"), Moment.START: _("at its start")}
_SAME = {Same.DEAL: _("the same deal"), Same.ACCOUNT: _("the same account")}
_UNITS = {TimeUnit.DAYS: _("days"), TimeUnit.HOURS: _("hours")}
_CHOICES: dict[str, tuple[Any, Mapping[Any, Any], str]] = {
    "measure": (_("What of them"), MEASURES, StockMeasure.COUNT),
    "at": (_("Looked at"), _MOMENTS, Moment.END),
    "same": (_("On"), _SAME, Same.DEAL),
    "unit": (_("Told in"), _UNITS, TimeUnit.DAYS),
}
_OPTIONAL_ATTRIBUTE = {"average"}


class MetricForm(forms.Form):
    """The fields of one kind; the kind itself draws the form anew."""

    kind = forms.ChoiceField(label=_("What is measured"), choices=[
        (kind, KIND_LABELS[kind]) for kind in KIND_LABELS if kind in KINDS
    ])  # fmt: skip
    name_en = forms.CharField(label=_("Name in English"), max_length=120, required=False)
    name_fr = forms.CharField(label=_("Name in French"), max_length=120, required=False)

    def __init__(self, data: Any, *, kind: str, types: Sequence[TypeRow], **options: Any) -> None:
        super().__init__(data, initial={"kind": kind, **(options.get("initial") or {})})
        self.asked = fields_of(kind)
        named = [(row.key, label(row.name_fr, row.name_en)) for row in types]
        for name, text in _LISTS.items():
            if name in self.asked:
                self.fields[name] = _several(text, named)
        if "stages" in self.asked:
            self.fields["stages"] = _several(_("Stages"), Stage.choices)
        stated = _attributes(types)
        if "attribute" in self.asked:
            self.fields["attribute"] = _one(
                _("Which number"),
                [("", _("the amount")), *stated] if kind in _OPTIONAL_ATTRIBUTE else stated,
                required=False,
            )
        for name, (text, among, start) in _CHOICES.items():
            if name in self.asked:
                found = [(key.value, said) for key, said in among.items()]
                self.fields[name] = _one(text, found, initial=start, required=False)
        if "met" in self.asked:
            self.fields["met"] = forms.BooleanField(label=_("Only those met"), required=False)
        if "where" in self.asked:
            self._ask_where(stated)

    def _ask_where(self, stated: list[tuple[str, str]]) -> None:
        self.fields["where_attribute"] = _one(
            _("Only where"), [("", _("(all of them)")), *stated], required=False
        )
        self.fields["where_among"] = _text(_("is one of"), _("Separated by commas."))
        self.fields["where_least"] = _text(_("is at least"), "")
        self.fields["where_most"] = _text(_("is at most"), "")

    def definition(self) -> dict[str, Any]:
        """The document that the fields make; what is left as proposed is not in it."""
        return definition_in(self.data, self.asked)

    def about_where(self) -> bool:
        """Whether the kind knows conditions."""
        return "where" in self.asked


def definition_in(data: Any, asked: frozenset[str]) -> dict[str, Any]:
    """The document that the sent fields make, complete or not."""
    found: dict[str, Any] = {"kind": data.get("kind", "")}
    for name in (*_LISTS, "stages"):
        if name in asked:
            found[name] = list(data.getlist(name))
    if "attribute" in asked and data.get("attribute"):
        found["attribute"] = data["attribute"]
    for name, (_label, _among, start) in _CHOICES.items():
        if name in asked and (data.get(name) or start) != start:
            found[name] = data[name]
    if "met" in asked and data.get("met"):
        found["met"] = True
    if "where" in asked and data.get("where_attribute"):
        found["where"] = _where(data)
    return found


def _where(data: Any) -> dict[str, Any]:
    among = [one.strip() for one in data.get("where_among", "").split(",") if one.strip()]
    found: dict[str, Any] = {"attribute": data["where_attribute"]}
    if among:
        found["among"] = among
    for side in ("least", "most"):
        text = data.get(f"where_{side}", "").strip()
        if text:
            found[side] = text
    return found


FIELD_OF = {
    "where.attribute": "where_attribute",
    "where.among": "where_among",
    "where.least": "where_least",
    "where.most": "where_most",
    "where": "where_attribute",
}
"""Which field of the form a place in the document is about."""


def _several(text: Any, choices: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=text, choices=choices, required=False, widget=forms.CheckboxSelectMultiple
    )


def _one(text: Any, choices: Any, **options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=text, choices=choices, **options)


def _text(text: Any, help_text: Any) -> forms.CharField:
    return forms.CharField(label=text, max_length=200, required=False, help_text=help_text)


def _attributes(types: Sequence[TypeRow]) -> list[tuple[str, str]]:
    """Every attribute that some kind of activity may state, with the kinds that may."""
    found: dict[str, list[str]] = {}
    named: dict[str, str] = {}
    for row in types:
        for one in row.attributes:
            key = cast(str, one["key"])
            found.setdefault(key, []).append(label(row.name_fr, row.name_en))
            named.setdefault(key, label(one.get("name_fr", ""), one.get("name_en", "")) or key)
    return [(key, f"{named[key]} ({', '.join(names)})") for key, names in found.items()]
