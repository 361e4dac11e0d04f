"""KPIs of days that do not follow each other, such as those on which one plan paid somebody."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from kernel.periods import Period
from kpis.calc.figures import DAYS_IN_PERIOD, MISSING, Quantity, figures_of
from kpis.calc.metrics import Average, Balance, Customers, Definition, Latest, Median, Stock
from kpis.queries.catalogue import Catalogue, catalogue
from kpis.queries.values import many_kpi_values


def kpi_values_on(
    kpi_keys: Sequence[str],
    spans: Sequence[Period],
    *,
    person_ids: Collection[int],
    as_known_at: datetime | None = None,
    known: Catalogue | None = None,
    tz: ZoneInfo | None = None,
) -> dict[int, dict[str, Fraction | None]]:
    """The figures of people over several stretches of days together, by person and KPI.

    Sums and counts add up, an average is that of all records; of a stock and a median the last
    stretch that has one counts. A formula is evaluated once, on the metrics of all days.
    """
    if known is None:
        known = catalogue(spans[-1].last)
    metrics: dict[int, dict[str, Quantity]] = {}
    for days in spans:
        rows = many_kpi_values(
            kpi_keys, by="person", period=days, as_known_at=as_known_at, person_ids=person_ids,
            known=known, tz=tz,
        )  # fmt: skip
        for row in rows:
            found = metrics.setdefault(int(str(row.group[0].id)), {})
            for key, quantity in row.metrics.items():
                if key != DAYS_IN_PERIOD:
                    definition = known.metrics[key].definition
                    found[key] = _together(definition, found.get(key, MISSING), quantity)
    every = Quantity(Fraction(sum(one.days for one in spans)))
    return {
        person_id: _figures(known, kpi_keys, {**found, DAYS_IN_PERIOD: every})
        for person_id, found in metrics.items()
    }


def _figures(
    known: Catalogue, kpi_keys: Sequence[str], metrics: Mapping[str, Quantity]
) -> dict[str, Fraction | None]:
    figures = figures_of(kpi_keys, known.formulas, metrics)
    return {key: figure.value for key, figure in figures.items()}


def _together(definition: Definition, before: Quantity, after: Quantity) -> Quantity:
    if after.numerator is None or before.numerator is None:
        return before if after.numerator is None else after
    match definition:
        case Median() | Latest() | Customers() | Balance() | Stock():
            return after
        case Average():
            below = (before.denominator or Fraction(0)) + (after.denominator or Fraction(0))
            return Quantity(before.numerator + after.numerator, below)
    return Quantity(before.numerator + after.numerator, after.denominator)
