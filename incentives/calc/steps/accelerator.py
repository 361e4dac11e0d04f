"""Accelerator and decelerator: beyond (below) a point the rate is multiplied."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from incentives.calc.bands import ON_LIMIT, UNIT, Band, Bands, band_of, overlap
from incentives.calc.fields import Amount, Choice, Field
from incentives.calc.measured import Part
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity, constant
from incentives.calc.reader import Reader
from incentives.calc.state import PAYS_NOTHING, Outcome, Reading, State, without_value
from incentives.calc.telling import told
from kernel.documents import joined
from kernel.issues import N_
from kernel.trace import Step


@dataclass(frozen=True, slots=True)
class Curve:
    """The multiples as numbers: how much the base between two running totals is worth."""

    bands: Sequence[Band]
    multiples: Sequence[Fraction]
    unit: Fraction
    on_limit: str

    def at(self, level: Fraction) -> Fraction:
        """The multiple in force at a running total."""
        band = band_of(self.bands, level, self.on_limit, self.unit) or self.bands[0]
        return self.multiples[list(self.bands).index(band)]

    def weighed(self, start: Fraction, width: Fraction) -> list[tuple[Fraction, Fraction]]:
        """(multiple, width inside its band) for the stretch from ``start``, band by band."""
        end = start + width
        return [
            (
                multiple,
                overlap(band, n == 0, end, self.unit) - overlap(band, n == 0, start, self.unit),
            )
            for n, (band, multiple) in enumerate(zip(self.bands, self.multiples, strict=True))
        ]


@dataclass(frozen=True, slots=True)
class Accelerator:
    """``rate`` x ``base`` x the multiple of the band.

    marginal: each slice at its own multiple. retroactive: the whole base at the multiple that is
    reached. by_deal: deals in order of close time, then id; each at the multiple in force before
    it (crossing keep), after it (take), or cut at the limit (split).
    """

    base: Quantity
    rate: Quantity
    bands: tuple[Band, ...]
    mode: str
    crossing: str
    unit: Quantity
    start: Quantity
    on_limit: str

    def apply(self, state: State) -> Outcome:
        words = ("base", "rate", "unit", "start")
        base, rate, unit, start = (state.read(getattr(self, word), word) for word in words)
        multiples = [state.read(band.value, "multiple") for band in self.bands]
        read = (base, rate, unit, start, *multiples)
        if any(r.value is None for r in read) or unit.value is None or unit.value <= 0:
            return without_value(state, "accelerator", read, PAYS_NOTHING)
        numbers = [multiple.value or Fraction(0) for multiple in multiples]
        curve = Curve(self.bands, numbers, unit.value, self.on_limit)
        if self.mode == "by_deal":
            return self._by_deal(state, curve, read)
        slices = self._slices(curve, base.value or Fraction(0), start.value or Fraction(0))
        return _paid(state, read, slices, rate.value or Fraction(0))

    def _slices(
        self, curve: Curve, base: Fraction, start: Fraction
    ) -> list[tuple[Fraction, Fraction]]:
        if self.mode == "retroactive":
            return [(curve.at(start + base), base)]
        return curve.weighed(start, base)

    def _by_deal(self, state: State, curve: Curve, read: Sequence[Reading]) -> Outcome:
        rate, running = read[1].value or Fraction(0), read[3].value or Fraction(0)
        parts: list[Part] = []
        told_deals: list[Step] = []
        for part in state.parts(self.base.only_name or ""):
            weighed = self._weight(curve, running, part.value)
            pays = rate * weighed
            told_deals.append(_told_deal(part, running, weighed, pays))
            parts.append(replace(part, value=pays))
            running += part.value
        total = sum((part.value for part in parts), Fraction(0))
        steps = (*(r.trace for r in read), *told_deals)
        trace = told("accelerator", N_("sum of the deals = {value}"), total, children=steps)
        return state.earned(total, parts), trace

    def _weight(self, curve: Curve, running: Fraction, size: Fraction) -> Fraction:
        if self.crossing == "split":
            return sum((m * width for m, width in curve.weighed(running, size)), Fraction(0))
        level = running if self.crossing == "keep" else running + size
        return curve.at(level) * size


def _told_deal(part: Part, running: Fraction, weighed: Fraction, pays: Fraction) -> Step:
    return told(
        "deal",
        N_("{id}: {size} at a total of {running} counts as {weighed}, pays {value}"),
        pays,
        sources=(part.id,),
        id=part.id,
        size=part.value,
        running=running,
        weighed=weighed,
    )


def _paid(
    state: State,
    read: Sequence[Reading],
    slices: Sequence[tuple[Fraction, Fraction]],
    rate: Fraction,
) -> Outcome:
    steps = [
        told(
            "slice",
            N_("{width} × {rate} × {multiple} = {value}"),
            width * rate * multiple,
            width=width,
            rate=rate,
            multiple=multiple,
        )
        for multiple, width in slices
    ]
    total = sum((width * rate * multiple for multiple, width in slices), Fraction(0))
    children = (*(r.trace for r in read), *steps)
    trace = told("accelerator", N_("sum of the slices = {value}"), total, children=children)
    return state.earned(total), trace


def _check(reader: Reader, step: Accelerator, path: str) -> None:
    if step.mode == "by_deal" and step.base.only_name is None:
        reader.error(
            joined(path, "base"),
            "plan.base_not_a_measure",
            N_("By deal, the base must be one measure that sums credits, not a formula."),
            N_("Name the measure, or use the mode marginal."),
        )


MECHANIC = Mechanic(
    key="accelerator",
    make=Accelerator,
    fields=(
        Field("base", Amount(), "what is paid for, and what is compared with the limits"),
        Field("rate", Amount(Fraction(0)), "the rate at a multiple of 1"),
        Field("bands", Bands("multiple", "what the rate is multiplied by"), "rising from 0"),
        Field(
            "mode",
            Choice(("marginal", "retroactive", "by_deal")),
            "each slice, the whole base, or each deal at its own multiple",
            "marginal",
        ),
        Field(
            "crossing",
            Choice(("keep", "take", "split")),
            "by_deal: what the deal that crosses a limit is paid at: old, new, cut in two",
            "keep",
        ),
        UNIT,
        Field("start", Amount(), "the total reached before this base (year to date)", constant(0)),
        ON_LIMIT,
    ),
    kind="earns",
    summary=N_("rate × base × the multiple of the band"),
    title=N_("Accelerator"),
    sentence=N_("{rate} of {base}, times the multiple of the band:"),
    check=_check,
    by_deal=lambda step: bool(step.mode == "by_deal"),
)
