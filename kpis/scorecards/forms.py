"""The scorecard of a role as a list of places."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kpis.choices import Family
from kpis.queries import Catalogue

FIELD = "place-"
LARGEST = 99


class ScorecardForm(forms.Form):
    """A place for each KPI; empty: not on the card. `kpis` carries what is wrong with the whole."""

    def __init__(
        self, data: Mapping[str, Any] | None, *, known: Catalogue, keys: Sequence[str]
    ) -> None:
        super().__init__(data)
        for info in known.kpis.values():
            place = keys.index(info.key) + 1 if info.key in keys else None
            self.fields[FIELD + info.key] = forms.IntegerField(
                label=info.name, required=False, min_value=1, max_value=LARGEST, initial=place,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )  # fmt: skip
        self._families = {info.key: info.family for info in known.kpis.values()}

    def chosen(self) -> list[str]:
        """The KPIs by their place, equal places in the order of the dictionary."""
        places = {
            name.removeprefix(FIELD): place
            for name, place in self.cleaned_data.items()
            if place is not None
        }
        return sorted(places, key=lambda key: places[key])

    def families(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields by family, in the order of the dictionary page."""
        groups: dict[str, list[forms.BoundField]] = {}
        for key, family in self._families.items():
            groups.setdefault(family, []).append(self[FIELD + key])
        order = Family.values
        return [(str(Family(one).label), groups[one]) for one in sorted(groups, key=order.index)]


HELP = _("1 stands first. Leave the field empty for a KPI that is not on the card.")
