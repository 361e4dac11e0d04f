"""KPIs of days that do not follow each other, such as those on which one plan paid somebody."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from kernel.periods import Period
from kpis.queries.catalogue import Catalogue, catalogue
from kpis.queries.values import kpi_values_over


def kpi_values_on(
    kpi_keys: Sequence[str],
    spans: Sequence[Period],
    *,
    person_ids: Collection[int],
    as_known_at: datetime | None = None,
    known: Catalogue | None = None,
    tz: ZoneInfo | None = None,
) -> dict[int, Mapping[str, Fraction | None]]:
    """The figures of people over several stretches of days together, by person and KPI.

    A formula is evaluated once, on the metrics of what happened on all of these days: an account
    counts once, an average is that of all records. How things stand is told of the start of the
    first stretch, or the end of the last.
    """
    whole = Period(min(one.start for one in spans), max(one.end for one in spans))
    (rows,) = kpi_values_over(
        kpi_keys, [whole], known=known or catalogue(whole.last), by="person",
        as_known_at=as_known_at, person_ids=person_ids, tz=tz,
        days=None if len(spans) == 1 else spans,
    )  # fmt: skip
    return {
        int(str(row.group[0].id)): {key: figure.value for key, figure in row.figures.items()}
        for row in rows
    }
