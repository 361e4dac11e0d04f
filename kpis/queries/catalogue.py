"""The dictionary as it is stored: metrics, KPIs with the formulas of a day, scorecards."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import lru_cache

from django.db.models import TextField
from django.db.models.functions import Cast

from activities.choices import Stage
from activities.queries import activity_types
from common.labels import label
from common.memo import once_per_request
from kernel import expressions
from kernel.expressions import Expression
from kernel.issues import N_, Invalid, Issue, error
from kpis.calc.bands import Bands, parse_bands
from kpis.calc.definitions import Vocabulary, read_definition
from kpis.calc.figures import Formulas
from kpis.calc.metrics import Definition
from kpis.models import KpiVersion, Metric, ScorecardEntry


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """A metric with its labels; `in_cells` where the cells of all the past are there."""

    key: str
    name_fr: str
    name_en: str
    definition: Definition
    in_cells: bool = True

    @property
    def name(self) -> str:
        """The label in the active language."""
        return label(self.name_fr, self.name_en)


@dataclass(frozen=True, slots=True)
class KpiInfo:
    """A KPI with its labels and the formula and bands that hold on a day."""

    key: str
    family: str
    timing: str
    unit: str
    better: str
    cadence: str
    name_fr: str
    name_en: str
    note_fr: str
    note_en: str
    formula: str
    valid_from: date
    bands: Bands

    @property
    def name(self) -> str:
        """The label in the active language."""
        return label(self.name_fr, self.name_en)

    @property
    def note(self) -> str:
        """What to know when reading it, in the active language."""
        return label(self.note_fr, self.note_en)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All metrics and KPIs, as they hold on one day."""

    metrics: Mapping[str, MetricInfo]
    kpis: Mapping[str, KpiInfo]
    formulas: Formulas

    def kpi(self, key: str) -> KpiInfo:
        """The KPI, or `Invalid` with the closest match."""
        if key not in self.kpis:
            raise Invalid(unknown_kpi(key, self.kpis))
        return self.kpis[key]

    def not_in_cells(self, names: Collection[str]) -> frozenset[str]:
        """Those metrics among `names` that cells cannot answer yet."""
        known = self.metrics
        return frozenset(key for key in names if key in known and not known[key].in_cells)

    def definitions(self, names: Collection[str]) -> dict[str, Definition]:
        """The definitions of those of `names` that are metrics, in the order of their keys."""
        return {key: self.metrics[key].definition for key in sorted(names) if key in self.metrics}


@once_per_request
def catalogue(on: date) -> Catalogue:
    """Metrics and KPIs as they hold on `on`. Two queries, also for several days of a page."""
    held = {
        one.key: (position, one)
        for position, retired_on, one in _versions()
        if one.valid_from <= on and not _is_over(retired_on, on)
    }
    kpis = {key: one for key, (_position, one) in sorted(held.items(), key=_place)}
    metrics = {one.key: one for retired_on, one in _metrics() if not _is_over(retired_on, on)}
    return Catalogue(
        metrics, kpis, _formulas(tuple((key, one.formula) for key, one in kpis.items()))
    )


def _place(item: tuple[str, tuple[int, KpiInfo]]) -> tuple[int, str]:
    key, (position, _kpi) = item
    return position, key


def _is_over(retired_on: date | None, on: date) -> bool:
    return retired_on is not None and retired_on <= on


@dataclass(frozen=True, slots=True)
class RetiredRow:
    """A KPI or a metric that is no more, and its first day without."""

    key: str
    name: str
    is_metric: bool
    retired_on: date


def every_metric() -> dict[str, MetricInfo]:
    """The metrics by key, retired ones too."""
    return {one.key: one for _retired_on, one in _metrics()}


def retired(on: date) -> list[RetiredRow]:
    """The KPIs, then the metrics, that are retired on a day, by name. No query but those of the
    catalogue."""
    kpis = {one.key: (day, one) for _position, day, one in _versions()}
    all_of_them: list[tuple[date | None, KpiInfo | MetricInfo]] = [*kpis.values(), *_metrics()]
    found = [
        RetiredRow(one.key, one.name, isinstance(one, MetricInfo), day)
        for day, one in all_of_them
        if day is not None and _is_over(day, on)
    ]
    return sorted(found, key=lambda row: (row.is_metric, row.name.casefold(), row.key))


# JSON as text: what a process has read before it need not read again
_DEFINITION = Cast("definition", TextField())
_BANDS = Cast("bands", TextField())


@once_per_request
def _metrics() -> tuple[tuple[date | None, MetricInfo], ...]:
    """Every metric, with the day from which on there is none."""
    rows = Metric.objects.order_by("key").values_list(
        "key", "name_fr", "name_en", _DEFINITION, "filled_to", "retired_on"
    )
    return tuple(
        (day, MetricInfo(key, name_fr, name_en, _definition(text), in_cells=filled_to is None))
        for key, name_fr, name_en, text, filled_to, day in rows
    )


@once_per_request
def _versions() -> tuple[tuple[int, date | None, KpiInfo], ...]:
    """Every version of every formula, oldest first (a formula seldom has more than a few), with the
    KPI's position and the day from which on there is none."""
    rows = KpiVersion.objects.order_by("kpi_id", "valid_from").values_list(
        "kpi__position", "kpi__retired_on", "kpi__key", "kpi__family", "kpi__timing", "kpi__unit",
        "kpi__better", "kpi__cadence", "kpi__name_fr", "kpi__name_en", "kpi__note_fr",
        "kpi__note_en", "formula", "valid_from", _BANDS,
    )  # fmt: skip
    return tuple(
        (position, day, KpiInfo(*(*columns, _bands(text))))
        for position, day, *columns, text in rows
    )


@lru_cache(maxsize=1024)
def _definition(text: str) -> Definition:
    return read_definition(json.loads(text))


@lru_cache(maxsize=1024)
def _bands(text: str) -> Bands:
    return parse_bands(json.loads(text))


@lru_cache(maxsize=32)
def _formulas(texts: tuple[tuple[str, str], ...]) -> Formulas:
    return Formulas.of({key: _parsed(formula) for key, formula in texts})


@lru_cache(maxsize=1024)
def _parsed(formula: str) -> Expression:
    return expressions.parse(formula)


@once_per_request
def scorecards() -> Mapping[str, list[str]]:
    """KPI keys by role key, most important first. One query."""
    found: dict[str, list[str]] = {}
    rows = ScorecardEntry.objects.order_by("role_key", "position", "id")
    for role_key, kpi_key in rows.values_list("role_key", "kpi__key"):
        found.setdefault(role_key, []).append(kpi_key)
    return found


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a formula, for the history on the page of the KPI."""

    formula: str
    valid_from: date
    reason: str
    bands: Bands


def versions_of(kpi_key: str) -> list[VersionRow]:
    """All versions of a KPI's formula, newest first. One query."""
    rows = KpiVersion.objects.filter(kpi__key=kpi_key).order_by("-valid_from", "-id")
    return [
        VersionRow(row.formula, row.valid_from, row.reason, parse_bands(row.bands)) for row in rows
    ]


def vocabulary() -> Vocabulary:
    """What metric definitions may refer to: activity types and deal stages. One query."""
    types = frozenset(row.key for row in activity_types())
    return Vocabulary(types, frozenset(Stage.values))


def unknown_kpi(key: str, known: Collection[str]) -> Issue:
    """The issue of a KPI key that does not exist."""
    near = get_close_matches(key, sorted(known), n=1)
    return error(
        "kpis.unknown_kpi",
        N_('There is no KPI "{key}".'),
        N_('Did you mean "{closest}"?') if near else N_("Use one of: {known}."),
        key=key,
        closest=near[0] if near else "",
        known=", ".join(sorted(known)),
    )
