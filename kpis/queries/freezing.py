"""Formulas as they are now, to be kept by whoever must give the same figure later."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from activities.news import people_behind_news
from kernel import expressions
from kpis.calc.definitions import read_definition
from kpis.calc.figures import Formulas
from kpis.calc.metrics import Customers, Duration, FirstWins, Latest, Objectives
from kpis.models import Metric, Objective, StageProbability
from kpis.queries.catalogue import Catalogue, MetricInfo, catalogue, every_metric
from people.models import Person

Frozen = Mapping[str, Any]


def frozen_formulas(kpi_keys: Collection[str], on: date) -> dict[str, Any]:
    """The formulas and metrics that these KPIs are made of on a day, as plain data.

    `Invalid` for an unknown KPI.
    """
    known = catalogue(on)
    wanted = known.formulas.below([known.kpi(key).key for key in kpi_keys])
    names = {name for key in wanted for name in known.formulas.reads[key]}
    names -= known.formulas.by_key.keys()
    return {
        "kpis": {key: known.kpis[key].formula for key in sorted(wanted)},
        "metrics": frozen_metrics(names),
        "odds": {
            stage: str(odds)
            for stage, odds in StageProbability.objects.order_by("stage").values_list(
                "stage", "probability"
            )
        }
        if names
        else {},
    }


def frozen_metrics(metric_keys: Collection[str]) -> dict[str, Any]:
    """The definitions of these metrics as they are now, as plain data; unknown ones are left out.
    One query."""
    stored = Metric.objects.filter(key__in=metric_keys).order_by("key")
    return dict(stored.values_list("key", "definition"))


def with_frozen(known: Catalogue, definitions: Frozen) -> Catalogue:
    """The catalogue with the metrics as `frozen_metrics` kept them, by the names of now, also those
    that are retired. One query more where one of them is."""
    metrics = dict(known.metrics)
    named = metrics if definitions.keys() <= metrics.keys() else every_metric()
    for key, data in definitions.items():
        definition, held = read_definition(data), known.metrics.get(key)
        if held is None or held.definition != definition:
            names = (named[key].name_fr, named[key].name_en) if key in named else (key, key)
            # cells keep what the metric is now
            metrics[key] = MetricInfo(key, *names, definition, in_cells=False)
    return replace(known, metrics=metrics)


def frozen_catalogue(frozen: Frozen) -> Catalogue:
    """The catalogue of what `frozen_formulas` kept; it has no labels."""
    metrics = {
        # cells keep what the metric is now
        key: MetricInfo(key, key, key, read_definition(definition), in_cells=False)
        for key, definition in frozen["metrics"].items()
    }
    parsed = {key: expressions.parse(text) for key, text in frozen["kpis"].items()}
    return Catalogue(metrics, {}, Formulas.of(parsed))


def people_with_kpi_news(
    frozen: Frozen, end: datetime, *, since: datetime, until: datetime
) -> frozenset[int]:
    """Whose KPIs may have changed by what became known after `since`, by `until`, before `end`.

    An objective is read as it stands, so whatever was agreed on it after `since` is news.
    """
    read = [read_definition(one) for one in frozen["metrics"].values()]
    by_account = any(isinstance(one, FirstWins | Latest | Customers | Duration) for one in read)
    found = people_behind_news(end, since=since, until=until, same_account=by_account)
    if any(isinstance(one, Objectives) for one in read):
        found |= _with_objective_news(since)
    return found


def _with_objective_news(since: datetime) -> frozenset[int]:
    """Whose objectives had a step or a visit; everybody where one is a team's or a role's."""
    changed = Objective.objects.filter(Q(steps__at__gt=since) | Q(evaluations__at__gt=since))
    ids = set(changed.values_list("person_id", flat=True))
    if None in ids:
        return frozenset(Person.objects.values_list("pk", flat=True))
    return frozenset(one for one in ids if one is not None)
