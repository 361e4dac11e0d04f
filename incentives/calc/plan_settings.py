"""Reading the settings of a plan that no single step owns: currencies, absences, rounding."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from incentives.calc.conversion import AVERAGE_OVER, RATE_OF, Conversion
from incentives.calc.fields import (
    PLACES,
    Choice,
    Field,
    Flag,
    Number,
    Schema,
    block_schema,
    mapping_of,
    read_block,
)
from incentives.calc.presence import Absences, Switches
from incentives.calc.reader import FAILED, Reader
from kernel.documents import joined
from kernel.issues import N_, Invalid
from kernel.money import digits_of
from kernel.numbers import Rounding

MODES = tuple(mode.value for mode in Rounding)


class CurrencyRates:
    """Rates by ISO 4217 code."""

    def schema(self) -> Schema:
        return {
            "type": "object",
            "propertyNames": {"pattern": "^[A-Z]{3}$"},
            "additionalProperties": {"$ref": "#/$defs/number"},
        }

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            return reader.wrong(path, N_("A block of keys is expected here, not {found}."), value)
        found = {}
        for code, rate in value.items():
            here = joined(path, code)
            try:
                digits_of(str(code), reader.document.place(here))
            except Invalid as problem:
                reader.issues.extend(problem.issues)
            found[code] = Number(Fraction(0), strict=True).read(reader, rate, here)
        return FAILED if FAILED in found.values() else found


CONVERSION = (
    Field("rate_of", Choice(RATE_OF), "the day (or period) whose rate converts a credit", "deal"),
    Field(
        "average_over",
        Choice(AVERAGE_OVER),
        "rate_of average: each daily rate dated in the period once, or the rate of each day",
        "quotes",
    ),
    Field("rates", CurrencyRates(), "rate_of plan: what one unit is worth, by currency", {}),
    Field("max_age_days", Number(Fraction(0), whole=True), "an older daily rate is none", None),
    Field("round_places", PLACES, "round each converted amount", None),
    Field("round_mode", Choice(MODES), "how", "half_up"),
)
# what of the settings says something about which rate
FITTING = {
    "rates": ("plan",),
    "average_over": ("average",),
    "max_age_days": ("deal", "average", "payment"),
}
SWITCHES = (
    Field("objective", Flag(), "the absence reduces the objective", False),
    Field("payout", Flag(), "the absence reduces the payout", False),
)


def absences_schema() -> Schema:
    """The JSON Schema of the table of absences."""
    return {"type": "object", "additionalProperties": block_schema(SWITCHES)}


def read_conversion(reader: Reader, value: Any) -> Conversion:
    """How credits of other currencies are converted."""
    if value is None:
        return Conversion()
    found = read_block(reader, value, "conversion", CONVERSION)
    if not isinstance(found, dict):
        return Conversion()
    for key, rates in FITTING.items():
        if found["rate_of"] not in rates and value.get(key) is not None:
            reader.unfit(
                joined("conversion", key),
                "plan.not_of_rate",
                N_("The key {key} says nothing about rate_of {rate_of}."),
                N_("Remove the key, or write rate_of: {rates}."),
                key=key,
                rate_of=found["rate_of"],
                rates=" / ".join(rates),
            )
    return Conversion(**found)


def read_absences(reader: Reader, value: Any) -> Absences:
    """By kind of absence, what it reduces."""
    if value is None:
        return {}
    known: Mapping[str, Any] = mapping_of(reader, value, "absences")
    rows = {
        kind: read_block(reader, row, joined("absences", kind), SWITCHES)
        for kind, row in known.items()
    }
    return {kind: Switches(**row) for kind, row in rows.items() if isinstance(row, dict)}
