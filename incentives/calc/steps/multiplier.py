"""Multiplier: the amount times one factor, several, or the multiple of a band; leverage."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from incentives.calc.bands import ON_LIMIT, Band, Bands, band_of
from incentives.calc.fields import Amount, Choice, Field, ListOf
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity
from incentives.calc.reader import Reader
from incentives.calc.state import (
    CHANGES_NOTHING,
    PAYS_ZERO,
    Outcome,
    Reading,
    State,
    read_all,
    values_of,
    without_value,
)
from incentives.calc.telling import told
from kernel.documents import joined
from kernel.issues import N_


def times(state: State, code: str, factor: Fraction, read: Sequence[Reading]) -> Outcome:
    """The state times a factor, and its trace."""
    after = state.scaled(factor)
    trace = told(
        code,
        N_("{before} × {factor} = {value}"),
        after.amount,
        children=[reading.trace for reading in read],
        before=state.amount,
        factor=factor,
    )
    return after, trace


def lacking(state: State, code: str, read: Sequence[Reading], missing: str) -> Outcome:
    """What a modifier without value does: keep the amount, or make it 0."""
    if missing == "keep":
        return without_value(state, code, read, CHANGES_NOTHING)
    after, trace = without_value(state, code, read, PAYS_ZERO)
    return after.scaled(Fraction(0)), trace


@dataclass(frozen=True, slots=True)
class Multiplier:
    """Multiplies by ``by``: together (product) or added (1 + the sum of what exceeds 1)."""

    by: tuple[Quantity, ...] | None
    combine: str
    value: Quantity | None
    bands: tuple[Band, ...] | None
    on_limit: str
    missing: str

    def apply(self, state: State) -> Outcome:
        read = self._readings(state)
        factors = values_of(read if self.by is not None else read[1:])
        if factors is None or not factors:
            return lacking(state, "multiplier", read, self.missing)
        if self.combine == "multiply":
            factor = prod(factors, start=Fraction(1))
        else:
            factor = 1 + sum((one - 1 for one in factors), Fraction(0))
        return times(state, "multiplier", factor, read)

    def _readings(self, state: State) -> list[Reading]:
        if self.by is not None:
            return [state.read(quantity, "by") for quantity in self.by]
        if self.value is None or self.bands is None:
            return []
        value = state.read(self.value, "value")
        if value.value is None:
            return [value]
        band = band_of(self.bands, value.value, self.on_limit, Fraction(1)) or self.bands[0]
        return [value, state.read(band.value, "multiple")]


def _check(reader: Reader, step: Multiplier, path: str) -> None:
    by_band = step.value is not None and step.bands is not None
    half = (step.value is None) is not (step.bands is None)
    if by_band is (step.by is not None) or half:
        reader.error(
            joined(path, "by"),
            "plan.one_multiplier",
            N_("A multiplier needs either `by`, or `value` with `bands`."),
            N_("Keep one of the two forms."),
        )


@dataclass(frozen=True, slots=True)
class Leverage:
    """amount x (1 + ``slope`` x (``value`` - 1)), the factor within ``least`` and ``most``."""

    value: Quantity
    slope: Quantity
    least: Quantity
    most: Quantity | None
    missing: str

    def apply(self, state: State) -> Outcome:
        words = ["value", "slope", "least", *(["most"] if self.most else [])]
        read = read_all(state, self, words)
        numbers = values_of(read)
        if numbers is None:
            return lacking(state, "leverage", read, self.missing)
        factor = max(1 + numbers[1] * (numbers[0] - 1), numbers[2])
        if self.most is not None:
            factor = min(factor, numbers[3])
        return times(state, "leverage", factor, read)


_MISSING = Field("missing", Choice(("keep", "zero")), "when a value is missing", "keep")
MECHANIC = Mechanic(
    key="multiplier",
    make=Multiplier,
    fields=(
        Field("by", ListOf(Amount(Fraction(0))), "the factors", None),
        Field(
            "combine",
            Choice(("multiply", "add")),
            "several factors: 1.2 and 1.1 give 1.32, or by adding 1.3",
            "multiply",
        ),
        Field("value", Amount(), "what picks a band", None),
        Field("bands", Bands("multiple", "the factor"), "the factor by value, from 0", None),
        ON_LIMIT,
        _MISSING,
    ),
    kind="adjusts",
    summary=N_("amount × factor"),
    title=N_("Multiplier"),
    sentence=N_("The amount is multiplied: {by}{value}"),
    needs_earned=True,
    check=_check,
    by_deal=lambda _step: True,
)
LEVERAGE = Mechanic(
    key="leverage",
    make=Leverage,
    fields=(
        Field("value", Amount(), "the attainment; 1 changes nothing"),
        Field("slope", Amount(), "the change of the factor per unit of attainment"),
        Field("least", Amount(Fraction(0)), "the smallest factor", Quantity("0", Fraction(0))),
        Field("most", Amount(Fraction(0)), "the largest factor", None),
        _MISSING,
    ),
    kind="adjusts",
    summary=N_("amount × (1 + slope × (attainment − 1))"),
    title=N_("Leverage"),
    sentence=N_("The amount moves {slope} times as much as {value}."),
    needs_earned=True,
    by_deal=lambda _step: True,
)
