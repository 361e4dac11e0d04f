"""What a kept forecast still expects of a person, beside what is booked by now."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from kernel.money import digits_of
from kernel.periods import Period
from kpis.forecast.queries import Group, line_of, run_of
from kpis.forecast.reading import REVENUE
from kpis.queries import catalogue, metric_values


@dataclass(frozen=True, slots=True)
class Rest:
    """The rest of a period in minor units: the tenth percentile, the expectation, the ninetieth.

    `as_of` is the moment of the forecast.
    """

    as_of: datetime
    currency: str
    low: int
    expected: int
    high: int


def rest_of(period: Period, person_id: int) -> Rest | None:
    """What the forecast says of the person's revenue of the period, less what is booked by now.

    What was won since the forecast was made is no longer expected; never less than nothing. None
    without a forecast of exactly these days. At most eight queries.
    """
    run = run_of(period)
    line = None if run is None else line_of(run.id, Group(person_id=person_id))
    if run is None or line is None or REVENUE not in catalogue(period.last).metrics:
        return None
    booked = _booked(period, person_id, run.currency)
    low, expected, high = (max(0, whole - booked) for whole in (line.low, line.expected, line.high))
    return Rest(run.as_of, run.currency, low, expected, high)


def _booked(period: Period, person_id: int, currency: str) -> int:
    rows = metric_values([REVENUE], period=period, person_ids=[person_id], from_log=True)
    value = rows[0].values[REVENUE].value if rows else None
    return int((value or Fraction(0)) * 10 ** digits_of(currency))
