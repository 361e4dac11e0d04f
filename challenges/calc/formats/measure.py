"""Which records a format counts, and how they add up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from challenges.calc.records import Record
from challenges.calc.shapes import Choice, Field, Text, Values
from kernel.numbers import exact_sum

_NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric and how its records add up: their values, or their number."""

    metric: str
    count: bool = False

    def of(self, record: Record) -> Fraction:
        """What one record adds; nothing for another metric."""
        if record.metric != self.metric:
            return _NOTHING
        return Fraction(record.times) if self.count else record.value

    def total(self, records: Sequence[Record]) -> Fraction:
        """What all add up to."""
        return exact_sum(map(self.of, records))


MEASURE_FIELDS: Mapping[str, Field] = {
    "metric": Field(Text(100), "the metric of the records that count", required=True),
    "measure": Field(
        Choice(("sum", "count")),
        "sum adds up the values of the records, count their number",
        default="sum",
    ),
}


def measure_from(values: Values) -> Measure:
    """A measure from `metric` and `measure`."""
    return Measure(values["metric"], values["measure"] == "count")
