"""Which records a format counts, and how they add up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from challenges.calc.records import Record
from challenges.calc.shapes import Choice, Field, Text, Values


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric and how its records add up: their values, or their number."""

    metric: str
    count: bool = False

    def of(self, record: Record) -> Fraction:
        """What one record adds; nothing for another metric."""
        if record.metric != self.metric:
            return Fraction(0)
        return Fraction(record.times) if self.count else record.value

    def total(self, records: Sequence[Record]) -> Fraction:
        """What all add up to."""
        # by denominator: whole numbers add many times faster than fractions, and as exactly
        sums: dict[int, int] = {}
        for record in records:
            value = self.of(record)
            sums[value.denominator] = sums.get(value.denominator, 0) + value.numerator
        return sum((Fraction(top, bottom) for bottom, top in sums.items()), Fraction(0))


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
