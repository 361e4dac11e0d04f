"""Plain values for the pages of the dictionary."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from activities.queries import activity_types
from common.formats import MISSING, day_text, in_unit_text, span_text
from common.labels import label
from kernel import expressions
from kernel.expressions import Expression
from kernel.expressions.tree import walk
from kernel.periods import Period
from kpis.calc.metrics import is_additive
from kpis.choices import Better, Cadence, Family, Timing, Unit
from kpis.dictionary.drafts import Compared, Preview
from kpis.dictionary.words import bands_words, definition_words, formula_words
from kpis.presenters import address, figure_text, metric_text
from kpis.queries import Catalogue, KpiInfo, KpiValues, MetricInfo, VersionRow
from kpis.queries.catalogue import RetiredRow
from kpis.services import BEGINNING
from kpis.uses import Use


def labels_of(known: Catalogue) -> dict[str, str]:
    """The name of every KPI and metric in the reader's language, by key."""
    named: list[KpiInfo | MetricInfo] = [*known.metrics.values(), *known.kpis.values()]
    return {one.key: one.name for one in named}


def type_labels() -> dict[str, str]:
    """The names of the activity types by key, and those of their attributes by "type.attribute".
    One query."""
    types = activity_types()
    attributes = {
        f"{row.key}.{one['key']}": label(one.get("name_fr", ""), one.get("name_en", ""))
        for row in types
        for one in row.attributes
    }
    named = {key: name for key, name in attributes.items() if name}
    return named | {row.key: label(row.name_fr, row.name_en) for row in types}


# --- the list --------------------------------------------------------------------------------


def dictionary_groups(known: Catalogue, find: str = "") -> list[dict[str, Any]]:
    """KPIs by family, in the order of the dictionary; with `find`, those that speak of it."""
    labels = labels_of(known)
    groups: dict[str, list[dict[str, Any]]] = {}
    for info in known.kpis.values():
        words = formula_words(known.formulas.by_key[info.key], labels)
        if _speaks_of(find, info, words):
            groups.setdefault(info.family, []).append(_kpi_row(info, words))
    return [
        {"title": Family(family).label, "rows": rows}
        for family, rows in sorted(groups.items(), key=lambda pair: Family.values.index(pair[0]))
    ]


def _speaks_of(find: str, info: KpiInfo, words: str) -> bool:
    texts = (info.key, info.name_fr, info.name_en, info.formula, words, info.note)
    said = " ".join(texts).casefold()
    return all(word in said for word in find.casefold().split())


def _kpi_row(info: KpiInfo, words: str) -> dict[str, Any]:
    return {
        "key": info.key,
        "url": kpi_address(info.key),
        "name": info.name,
        "formula": info.formula,
        "words": "" if words == info.name else words,
        "timing": Timing(info.timing).label,
        "unit": Unit(info.unit).label,
        "better": Better(info.better).label,
        "cadence": Cadence(info.cadence).label,
        "bands": bands_words(info.bands),
        "since": since_text(info),
        "note": info.note,
    }


def since_text(info: KpiInfo) -> str:
    """From when on the formula holds."""
    return _("from the beginning") if info.valid_from == BEGINNING else day_text(info.valid_from)


def kpi_address(key: str) -> str:
    """The page of a KPI."""
    return reverse("kpis:kpi", args=[key])


def name_rows(known: Catalogue, types: Mapping[str, str]) -> list[dict[str, str]]:
    """Every name that a formula may use with what it means, metrics first, by their labels."""
    metrics = [
        {"key": one.key, "name": one.name, "words": definition_words(one.definition, types)}
        for one in known.metrics.values()
    ]
    kpis = [{"key": one.key, "name": one.name, "words": one.formula} for one in known.kpis.values()]
    return [*_by_name(metrics), *_by_name(kpis)]


def _by_name(rows: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(rows, key=lambda row: (row["name"].casefold(), row["key"]))


def metric_rows(known: Catalogue, types: Mapping[str, str], find: str = "") -> list[dict[str, Any]]:
    """The metrics with what they measure, by their name; with `find`, those that speak of it."""
    rows = [
        {
            "key": one.key,
            "name": one.name,
            "words": definition_words(one.definition, types),
            "url": reverse("kpis:metric", args=[one.key]),
            "filling": not one.in_cells and is_additive(one.definition),
        }
        for one in known.metrics.values()
    ]
    found = [row for row in rows if _has_all(find, f"{row['key']} {row['name']} {row['words']}")]
    return sorted(found, key=lambda row: (str(row["name"]).casefold(), row["key"]))


def retired_rows(rows: Sequence[RetiredRow]) -> list[dict[str, Any]]:
    """What is no more, with the page of its last month and the way back."""
    return [
        {
            "name": row.name,
            "since": day_text(row.retired_on),
            "url": address(f"kpis:{kind}", _before(row.retired_on), **{f"{kind}_key": row.key}),
            "restore": reverse(f"kpis:{kind}_retire", args=[row.key]),
        }
        for row in rows
        for kind in ["metric" if row.is_metric else "kpi"]
    ]


def _before(day: date) -> dict[str, str]:
    """The month that ends with the day before."""
    last = day - timedelta(days=1)
    start = last.replace(day=1)
    return {"window": "custom", "from": start.isoformat(), "until": last.isoformat()}


def _has_all(find: str, text: str) -> bool:
    return all(word in text.casefold() for word in find.casefold().split())


# --- a KPI -----------------------------------------------------------------------------------


def kpi_facts(info: KpiInfo) -> list[dict[str, str]]:
    """What the dictionary says about a KPI."""
    said = [
        (_("Family"), str(Family(info.family).label)),
        (_("Timing"), str(Timing(info.timing).label)),
        (_("Unit"), str(Unit(info.unit).label)),
        (_("Good"), str(Better(info.better).label)),
        (_("Looked at"), str(Cadence(info.cadence).label)),
        (_("Limits"), bands_words(info.bands) or MISSING),
        (_("Name in formulas"), info.key),
    ]
    return [{"label": name, "value": value} for name, value in said]


def version_events(versions: Sequence[VersionRow], labels: Mapping[str, str]) -> list[Any]:
    """The history of a formula for the timeline, newest first."""
    return [
        {
            "at": _("from the beginning")
            if version.valid_from == BEGINNING
            else day_text(version.valid_from),
            "title": version.formula,
            "text": " · ".join(
                part
                for part in (
                    formula_words(expressions.parse(version.formula), labels),
                    bands_words(version.bands),
                    version.reason,
                )
                if part
            ),
        }
        for version in versions
    ]


MOST_LEVELS = 6
"""KPIs below each other on one page; what is deeper has a page of its own."""


class Tree:
    """The steps from a KPI down to its metrics and their records, with the figures of somebody.

    A KPI that several others read is taken apart where it comes first, so that a tree has no more
    lines than there are names in the formulas.
    """

    def __init__(
        self,
        known: Catalogue,
        values: KpiValues | None,
        query: Mapping[str, str],
        currency: str,
    ) -> None:
        self.known, self.values, self.query, self.currency = known, values, query, currency
        self.labels, self.types = labels_of(known), type_labels()
        self.drawn: set[str] = set()

    def of_kpi(self, key: str, *, level: int = 0) -> dict[str, Any]:
        """A KPI with what its formula reads, in the order in which it reads it."""
        info, expression = self.known.kpis[key], self.known.formulas.by_key[key]
        figure = self.values.figures.get(key) if self.values else None
        again, itself = key in self.drawn, address("kpis:kpi", self.query, kpi_key=key)
        step = {
            "label": info.name,
            "rule": _("taken apart above") if again else formula_words(expression, self.labels),
            "value": figure_text(figure.value if figure else None, info, self.currency),
            "total": level == 0,
            "sources": [{"label": _("This KPI"), "url": itself}] if level else [],
        }
        if again or level == MOST_LEVELS:
            return step
        self.drawn.add(key)
        children = [self._of_name(name, level + 1) for name in names_in_order(expression)]
        return step | {"open": True, "children": children}

    def _of_name(self, name: str, level: int) -> dict[str, Any]:
        if name in self.known.kpis:
            return self.of_kpi(name, level=level)
        quantity = self.values.metrics.get(name) if self.values else None
        value = quantity.value if quantity else None
        if name not in self.known.metrics:
            return {"label": _("Days of the period"), "value": in_unit_text(value, "days")}
        metric = self.known.metrics[name]
        return {
            "label": metric.name,
            "rule": definition_words(metric.definition, self.types),
            "value": metric_text(value, metric.definition, self.currency),
            "sources": [
                {
                    "label": _("Metric and records"),
                    "url": address("kpis:metric", self.query, metric_key=name),
                }
            ],
        }


def with_objective(
    tree: dict[str, Any], target: Fraction, attained: str, info: KpiInfo, currency: str
) -> dict[str, Any]:
    """The tree below the objective that it is held against."""
    return {
        "label": _("Objective"),
        "rule": _("reached: %(percent)s") % {"percent": attained},
        "value": figure_text(target, info, currency),
        "open": True,
        "children": [tree],
    }


def names_in_order(expression: Expression) -> list[str]:
    """The names that a formula reads, each once, as they come."""
    parts = walk(expression)
    return list(dict.fromkeys(part.name for part in parts if isinstance(part, expressions.Name)))


def use_rows(uses: Sequence[Use], key: str, labels: Mapping[str, str]) -> list[dict[str, str]]:
    """What depends on a KPI, and through which other name where it is not the KPI itself."""
    return [
        {
            "kind": use.kind,
            "name": use.name,
            "url": use.url,
            "through": "" if use.key == key else labels.get(use.key, use.key),
        }
        for use in uses
    ]


# --- the preview -----------------------------------------------------------------------------


def preview_table(found: Preview, unit: str, everybody: str) -> dict[str, Any]:
    """A draft beside the formula in force; `changed` where they differ."""
    return {
        "heads": [_period_name(period) for period in found.periods],
        "has_before": found.has_before,
        "rows": [
            {
                "name": row.name or everybody,
                "cells": [_cell(value, unit, found.has_before) for value in row.values],
            }
            for row in found.rows
        ],
    }


def _period_name(period: Period) -> str:
    is_month = period == Period.month(period.start)
    return day_text(period.start, "month") if is_month else span_text(period.start, period.end)


def _cell(value: Compared, unit: str, has_before: bool) -> dict[str, Any]:
    return {
        "draft": in_unit_text(value.draft, unit),
        "in_force": in_unit_text(value.in_force, unit),
        "changed": has_before and value.draft != value.in_force,
    }
