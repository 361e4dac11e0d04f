"""Payout curve (straight lines between points) and step curve (the band's value)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from incentives.calc.bands import ON_LIMIT, Band, Bands, band_of
from incentives.calc.fields import PLACES, Amount, Block, Choice, Field, ListOf, Number, Schema
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity, constant
from incentives.calc.reader import FAILED, Reader
from incentives.calc.state import (
    PAYS_NOTHING,
    Outcome,
    State,
    read_all,
    values_of,
    without_value,
)
from incentives.calc.steps.rounding import MODES
from incentives.calc.telling import told
from kernel.documents import joined
from kernel.issues import N_
from kernel.numbers import Rounding, round_to
from kernel.trace import Step


@dataclass(frozen=True, slots=True)
class Point:
    """At this value, this payout."""

    at: Fraction
    pays: Fraction


@dataclass(frozen=True, slots=True)
class Points:
    """At least two points, each at a higher value than the one before."""

    kind = ListOf(
        Block(
            (
                Field("at", Number(), "the value"),
                Field("pays", Number(Fraction(0)), "the payout there"),
            ),
            Point,
        ),
        least=2,
    )

    def schema(self) -> Schema:
        return self.kind.schema()

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        points = self.kind.read(reader, value, path)
        if points is FAILED:
            return FAILED
        for number, (first, second) in enumerate(pairwise(points), start=1):
            if second.at <= first.at:
                return reader.error(
                    joined(path, number),
                    "plan.points_order",
                    N_("The points are not in rising order."),
                    N_("Write each point at a higher value than the one before."),
                )
        return points


def rounded_value(
    value: Fraction, places: Fraction | None, mode: str
) -> tuple[Fraction, tuple[Step, ...]]:
    """The value as the curve reads it, and the trace of its rounding if there is one."""
    if places is None:
        return value, ()
    rounded = Fraction(round_to(value, int(places), Rounding(mode)))
    label = N_("{before} rounded to {places} places ({mode}) = {value}")
    return rounded, (told("round", label, rounded, before=value, places=int(places), mode=mode),)


@dataclass(frozen=True, slots=True)
class PayoutCurve:
    """``pay`` x the curve at ``value``; what lies outside the points is stated."""

    value: Quantity
    points: tuple[Point, ...]
    pay: Quantity
    below: str
    beyond: str
    round_places: Fraction | None
    round_mode: str

    def apply(self, state: State) -> Outcome:
        read = read_all(state, self, ("value", "pay"))
        numbers = values_of(read)
        if numbers is None:
            return without_value(state, "payout_curve", read, PAYS_NOTHING)
        level, rounding = rounded_value(numbers[0], self.round_places, self.round_mode)
        payout = self._at(level)
        total = payout * numbers[1]
        trace = told(
            "payout_curve",
            N_("at {level} the curve gives {payout}; × {pay} = {value}"),
            total,
            children=(*(r.trace for r in read), *rounding),
            level=level,
            payout=payout,
            pay=numbers[1],
        )
        return state.earned(total), trace

    def _at(self, level: Fraction) -> Fraction:
        first, last = self.points[0], self.points[-1]
        if level < first.at:
            outside = {"zero": Fraction(0), "hold": first.pays}
            return outside[self.below] if self.below in outside else _line(self.points[:2], level)
        if level > last.at:
            return last.pays if self.beyond == "hold" else _line(self.points[-2:], level)
        return next(_line(pair, level) for pair in pairwise(self.points) if level <= pair[1].at)


def _line(pair: Sequence[Point], level: Fraction) -> Fraction:
    first, second = pair
    slope = (second.pays - first.pays) / (second.at - first.at)
    return first.pays + slope * (level - first.at)


@dataclass(frozen=True, slots=True)
class StepCurve:
    """``pay`` x the value of the band that holds ``value``; 0 below the first band."""

    value: Quantity
    bands: tuple[Band, ...]
    pay: Quantity
    on_limit: str
    round_places: Fraction | None
    round_mode: str

    def apply(self, state: State) -> Outcome:
        read = read_all(state, self, ("value", "pay"))
        numbers = values_of(read)
        if numbers is None:
            return without_value(state, "step_curve", read, PAYS_NOTHING)
        level, rounding = rounded_value(numbers[0], self.round_places, self.round_mode)
        band = band_of(self.bands, level, self.on_limit, Fraction(1))
        pays = state.read(band.value if band else constant(0), "pays")
        if pays.value is None:
            return without_value(state, "step_curve", (*read, pays), PAYS_NOTHING)
        total = pays.value * numbers[1]
        trace = told(
            "step_curve",
            N_("{level} lies in the band that pays {payout}; × {pay} = {value}"),
            total,
            children=(*(r.trace for r in read), *rounding, pays.trace),
            level=level,
            payout=pays.value,
            pay=numbers[1],
        )
        return state.earned(total), trace


_VALUE = Field("value", Amount(), "what is looked up, mostly an attainment")
_PAY = Field("pay", Amount(), "what the payout is multiplied by, mostly target pay", constant(1))
ROUND = (
    Field("round_places", PLACES, "round the value first: 2 = whole %",
          None),
    Field("round_mode", Choice(MODES), "down truncates", "half_up"),
)  # fmt: skip

CURVE = Mechanic(
    key="payout_curve",
    make=PayoutCurve,
    fields=(
        _VALUE,
        Field("points", Points(), "the corners of the curve"),
        _PAY,
        Field("below", Choice(("zero", "hold", "extend")), "below the first point", "zero"),
        Field("beyond", Choice(("hold", "extend")), "beyond the last point", "hold"),
        *ROUND,
    ),
    kind="earns",
    summary=N_("straight lines between points"),
    title=N_("Payout curve"),
    sentence=N_("{pay} along a line over {value}:"),
)
STEPS = Mechanic(
    key="step_curve",
    make=StepCurve,
    fields=(
        _VALUE,
        Field("bands", Bands("pays", "the payout in the band", zero_first=False), "rising"),
        _PAY,
        ON_LIMIT,
        *ROUND,
    ),
    kind="earns",
    summary=N_("the value of the band"),
    title=N_("Step curve"),
    sentence=N_("{pay} times the value of the band of {value}:"),
)
