"""A kind of activity as fields, and each of its attributes as a row of fields."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from activities.services.own_types import MOST_ATTRIBUTES, Attribute, TypeInput

BLANK_ROWS = 3
_FAR = 10**9
_TYPES = [
    ("text", _("Text")),
    ("number", _("Number")),
    ("date", _("Date")),
    ("boolean", _("Yes or no")),
]


class TypeForm(forms.Form):
    """What a kind of activity is called and how it comes in; the key of one that is there stays."""

    name_en = forms.CharField(label=_("Name in English"), max_length=100, required=False)
    name_fr = forms.CharField(label=_("Name in French"), max_length=100, required=False)
    key = forms.CharField(
        label=_("Key"),
        max_length=46,
        required=False,
        help_text=_("What files and the API call it, after own_. Made of the name when empty."),
    )
    loggable = forms.BooleanField(label=_("People log it by hand"), required=False, initial=True)
    has_amount = forms.BooleanField(label=_("It has an amount"), required=False)

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        if initial:
            del self.fields["key"]

    def wanted(self, attributes: tuple[Attribute, ...]) -> TypeInput:
        """What the service takes."""
        data = self.cleaned_data
        return TypeInput(
            name_fr=data["name_fr"], name_en=data["name_en"], has_amount=data["has_amount"],
            loggable=data["loggable"], attributes=attributes,
        )  # fmt: skip


class AttributeForm(forms.Form):
    """One attribute; the key and the type of one that is there stay."""

    name_en = forms.CharField(label=_("Name in English"), max_length=80, required=False)
    name_fr = forms.CharField(label=_("Name in French"), max_length=80, required=False)
    type = forms.ChoiceField(label=_("Is a"), choices=_TYPES, initial="text")
    unit = forms.CharField(
        label=_("Unit"), max_length=20, required=False, help_text=_("For example km or minutes.")
    )
    choices = forms.CharField(
        label=_("Choices"),
        max_length=2000,
        required=False,
        help_text=_("Of a text: separated by commas. Empty: anything."),
    )
    least = forms.IntegerField(label=_("At least"), required=False, min_value=-_FAR, max_value=_FAR)
    most = forms.IntegerField(label=_("At most"), required=False, min_value=-_FAR, max_value=_FAR)
    key = forms.CharField(
        label=_("Key"),
        max_length=46,
        required=False,
        help_text=_("What files and the API call it. Made of the name when empty."),
    )
    required = forms.BooleanField(label=_("Every record states it"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.initial.get("key"):
            self.fields["key"].disabled = self.fields["type"].disabled = True

    def attribute(self) -> Attribute:
        """What the service takes."""
        data = self.cleaned_data
        choices = tuple(one.strip() for one in data["choices"].split(",") if one.strip())
        return Attribute(
            name_fr=data["name_fr"], name_en=data["name_en"], type=data["type"], key=data["key"],
            unit=data["unit"], choices=choices, least=data["least"], most=data["most"],
            required=data["required"],
        )  # fmt: skip


_Rows = forms.formset_factory(
    AttributeForm, extra=BLANK_ROWS, max_num=MOST_ATTRIBUTES, validate_max=True
)


class AttributeRows(_Rows):  # type: ignore[misc,valid-type]  # a class that Django makes
    """The attributes that are there, and some blank rows; a blank one says nothing."""

    def written(self) -> list[AttributeForm]:
        """The rows that say something, in the order of the attributes."""
        return [one for one in self.forms if one.initial.get("key") or one.has_changed()]

    def attributes(self) -> tuple[Attribute, ...]:
        """What the service takes."""
        return tuple(one.attribute() for one in self.written())

    def is_stale(self, held: Sequence[object]) -> bool:
        """Whether they were drawn before somebody else added one: rows would take its place."""
        return bool(self.is_bound and self.initial_form_count() != len(held))


def attribute_rows(data: Any, held: Sequence[Mapping[str, Any]]) -> AttributeRows:
    """The rows of a kind that may state `held` already."""
    initial = [dict(one) | {"choices": ", ".join(one.get("choices", ()))} for one in held]
    return AttributeRows(data, initial=initial, prefix="attributes")
