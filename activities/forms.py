"""What people write: an activity of their own, a reason, a file, a mapping, a key."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from fractions import Fraction
from typing import Any, cast
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from activities import queries
from activities.importing.formats import LOOKS, DateOrder
from activities.importing.kinds import FieldType, Kind, kinds
from activities.importing.mapping import FileMapping
from activities.services.keys import SCOPES
from common.forms import DayField, ExactField
from common.labels import label
from kernel.numbers import as_text

Choices = list[tuple[str, Any]]


class LogForm(forms.Form):
    """Something that was done. `token` makes sending the form twice harmless."""

    type = forms.ChoiceField(label=_("What"))
    person = forms.TypedChoiceField(label=_("Who"), coerce=int)
    occurred_at = forms.DateTimeField(
        label=_("When"),
        # with its seconds: a call in the minute in which a duel begins may be before or after it
        widget=forms.DateTimeInput(
            format="%Y-%m-%dT%H:%M:%S", attrs={"type": "datetime-local", "step": 1}
        ),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    account = forms.CharField(label=_("Account"), max_length=200, required=False)
    amount = forms.CharField(
        label=_("Amount"),
        max_length=40,
        required=False,
        help_text=_("Only for what has an amount, such as a proposal."),
    )
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any,
        *,
        people: Choices,
        now: datetime,
        initial: dict[str, Any] | None = None,
        kept: str = "",
    ) -> None:
        start = {"occurred_at": now, "token": uuid4(), "person": people[0][0], **(initial or {})}
        super().__init__(data, initial=start)
        types = loggable_types(kept)
        named = [(one.key, label(one.name_fr, one.name_en)) for one in types]
        cast(forms.ChoiceField, self.fields["type"]).choices = named
        chosen = (data or start).get("type") or types[0].key
        self._attributes = next((one.attributes for one in types if one.key == chosen), ())
        for one in self._attributes:
            self.fields[attribute_field(one["key"])] = _attribute(one)
        cast(forms.ChoiceField, self.fields["person"]).choices = people
        if len(people) == 1:
            self.fields["person"].widget = forms.HiddenInput()

    def attribute_fields(self) -> list[forms.BoundField]:
        """The fields that the chosen kind of activity has besides."""
        return [self[attribute_field(one["key"])] for one in self._attributes]

    def plain_fields(self) -> list[forms.BoundField]:
        """All fields but the kind and what belongs to it."""
        return [one for one in self if one.name != "type" and one not in self.attribute_fields()]

    def attributes(self) -> dict[str, object]:
        """What was stated of them, as the log takes it; what was left empty is not there."""
        found = {
            one["key"]: self.cleaned_data[attribute_field(one["key"])] for one in self._attributes
        }
        return {key: _stated(value) for key, value in found.items() if value not in (None, "")}

    def in_zone(self, zone: tzinfo) -> datetime:
        """The moment as the company's clock shows it."""
        moment: datetime = self.cleaned_data["occurred_at"]
        return moment.replace(tzinfo=zone)


def attribute_field(key: str) -> str:
    """The field of the form for an attribute."""
    return f"attribute_{key}"


def _attribute(kind: Mapping[str, Any]) -> forms.Field:
    name = label(kind.get("name_fr", ""), kind.get("name_en", "")) or kind["key"]
    if kind.get("unit"):
        name = f"{name} ({kind['unit']})"
    required = bool(kind.get("required") or kind.get("asked"))
    if kind.get("choices"):
        choices = [("", "—"), *[(one, one) for one in kind["choices"]]]
        return forms.ChoiceField(label=name, choices=choices, required=required)
    match kind["type"]:
        case "number":
            return ExactField(label=name, required=required)
        case "date":
            return DayField(label=name, required=required)
        case "boolean":
            return forms.BooleanField(label=name, required=False)
        case _:
            return forms.CharField(label=name, max_length=2000, required=required)


def _stated(value: object) -> object:
    return as_text(value) if isinstance(value, Fraction) else value


def loggable_types(kept: str = "") -> Sequence[queries.TypeRow]:
    """What can be logged by hand now, and the kind that a record has already."""
    return [
        one
        for one in queries.activity_types()
        if one.key == kept or (one.loggable and one.retired_at is None)
    ]


class CorrectForm(LogForm):
    """A record anew, and why."""

    reason = forms.CharField(label=_("Reason"), max_length=500)


class ReasonForm(forms.Form):
    """Why something is taken back."""

    reason = forms.CharField(label=_("Reason"), max_length=500)


class UploadForm(forms.Form):
    """A file and what is in it."""

    kind = forms.ChoiceField(label=_("What the file holds"))
    file = forms.FileField(label=_("File (CSV or XLSX)"), max_length=255)
    mapping = forms.TypedChoiceField(
        label=_("Saved mapping"), coerce=int, empty_value=None, required=False
    )

    def __init__(self, data: Any = None, files: Any = None, *, saved: Choices) -> None:
        super().__init__(data, files)
        offered = [(kind.key, kind.label) for kind in kinds()]
        cast(forms.ChoiceField, self.fields["kind"]).choices = offered
        choices = [("", _("Recognise the columns by their names")), *saved]
        cast(forms.ChoiceField, self.fields["mapping"]).choices = choices


class MappingForm(forms.Form):
    """Which column is which field; each field has a column, one value for all rows, or nothing."""

    source = forms.CharField(
        label=_("Source"),
        max_length=40,
        help_text=_("The system that the file comes from: ids are unique within it."),
    )
    date_format = forms.ChoiceField(
        label=_("Dates"),
        required=False,
        choices=[("", _("As found")), *[(one.value, LOOKS[one]) for one in DateOrder]],
    )
    decimal = forms.ChoiceField(
        label=_("Decimal mark"),
        required=False,
        choices=[
            ("", _("As found")),
            ("comma", _("Comma: 1 234,56")),
            ("point", _("Point: 1,234.56")),
        ],
    )
    values = forms.CharField(
        label=_("Values that mean something else"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=_("One in each line: product: GTXPro = GTX Pro"),
    )
    save_as = forms.CharField(label=_("Keep this mapping as"), max_length=100, required=False)

    def __init__(
        self, data: Any, *, kind: Kind, headers: Sequence[str], mapping: FileMapping
    ) -> None:
        super().__init__(data, initial=_initial(mapping))
        self.kind, self.mapping = kind, mapping
        columns = [("", "—"), *[(header, header) for header in headers]]
        for one in kind.fields:
            self.fields[f"column_{one.name}"] = forms.ChoiceField(
                label=one.name, choices=columns, required=False
            )
            self.fields[f"constant_{one.name}"] = forms.CharField(
                label=one.name, max_length=200, required=False
            )
        for name in kind.creates:
            self.fields[f"create_{name}"] = forms.BooleanField(
                label=_("Make products that are not known yet"), required=False
            )

    def rows(self) -> list[dict[str, Any]]:
        """The fields of the kind with their two inputs."""
        return [
            {
                "name": one.name,
                "required": one.required,
                "type": one.type.value,
                "column": self[f"column_{one.name}"],
                "constant": self[f"constant_{one.name}"],
            }
            for one in self.kind.fields
        ]

    def settings(self) -> list[forms.BoundField]:
        """What is the same for the whole file."""
        names = ["source", "date_format", "decimal", "values"]
        return [self[name] for name in [*names, *[f"create_{one}" for one in self.kind.creates]]]

    def document(self) -> dict[str, object]:
        """The mapping as a document."""
        data = self.cleaned_data
        columns: dict[str, object] = {
            one.name: data[f"column_{one.name}"]
            for one in self.kind.fields
            if data[f"column_{one.name}"]
        }
        for one in self.kind.fields:
            if one.name not in columns and data[f"constant_{one.name}"]:
                columns[one.name] = {"constant": data[f"constant_{one.name}"]}
        dates = [one.name for one in self.kind.fields if one.type is FieldType.DATE]
        document: dict[str, object] = {
            "kind": self.kind.key,
            "source": data["source"],
            "columns": columns,
            "values": read_values(data["values"]),
            "create_missing": {one: data[f"create_{one}"] for one in self.kind.creates},
        }
        if data["date_format"]:
            document["date_format"] = {
                name: data["date_format"] for name in dates if name in columns
            }
        if data["decimal"]:
            document["decimal"] = data["decimal"]
        kept = {"header_row": self.mapping.header_row, "delimiter": self.mapping.delimiter}
        return document | {key: value for key, value in kept.items() if value}


def read_values(text: str) -> dict[str, dict[str, str]]:
    """Lines like "product: GTXPro = GTX Pro" as a mapping; lines of another form say nothing."""
    values: dict[str, dict[str, str]] = {}
    for line in text.splitlines():
        name, colon, pair = line.partition(":")
        old, equals, new = pair.partition("=")
        if colon and equals and old.strip():
            values.setdefault(name.strip(), {})[old.strip()] = new.strip()
    return values


def _initial(mapping: FileMapping) -> dict[str, object]:
    orders = {order.value for order in mapping.date_orders.values()}
    initial: dict[str, object] = {
        "source": mapping.source,
        "date_format": orders.pop() if len(orders) == 1 else "",
        "decimal": {True: "comma", False: "point", None: ""}[mapping.decimal_comma],
        "values": "\n".join(
            f"{name}: {old} = {new}"
            for name, pairs in mapping.values.items()
            for old, new in pairs.items()
        ),
    }
    initial |= {f"column_{name}": column for name, column in mapping.columns.items()}
    initial |= {f"constant_{name}": value for name, value in mapping.constants.items()}
    return initial | {
        f"create_{name}": mapping.create_missing.get(name, True) for name in ("product",)
    }


class KeyForm(forms.Form):
    """A key for a machine."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("Who will use it."))
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), widget=forms.CheckboxSelectMultiple
    )
    expires_on = DayField(label=_("Last day"), required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        cast(forms.ChoiceField, self.fields["scopes"]).choices = list(SCOPES.items())
