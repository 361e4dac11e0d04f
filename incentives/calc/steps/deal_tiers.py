"""Tier per transaction: the size of each deal picks that deal's rate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from incentives.calc.bands import ON_LIMIT, Band, Bands, band_of, overlap
from incentives.calc.fields import Choice, Field, MeasureName, Text
from incentives.calc.measured import Part
from incentives.calc.mechanic import Mechanic
from incentives.calc.state import PAYS_NOTHING, Outcome, State, without_value
from incentives.calc.telling import told
from kernel.issues import N_
from kernel.trace import Step


@dataclass(frozen=True, slots=True)
class DealTiers:
    """Sum over the orders of rate(|size|) x size: a credit note takes the rate of its sale.

    ``order``: credits with the same attribute are lines of one order, and its sum is the size.
    ``mode`` marginal pays each slice of an order at its own tier's rate.
    """

    base: str
    tiers: tuple[Band, ...]
    on_limit: str
    order: str | None
    mode: str

    def apply(self, state: State) -> Outcome:
        base = state.named(self.base)
        rates = [state.read(tier.value, "rate") for tier in self.tiers]
        if base.value is None or any(rate.value is None for rate in rates):
            return without_value(state, "deal_tiers", (base, *rates), PAYS_NOTHING)
        numbers = [rate.value or Fraction(0) for rate in rates]
        parts: list[Part] = []
        traces: list[Step] = []
        for key, lines in self._orders(state.parts(self.base)).items():
            paid, trace = self._order(key, lines, numbers)
            parts += paid
            traces.append(trace)
        total = sum((part.value for part in parts), Fraction(0))
        steps = (base.trace, *(rate.trace for rate in rates), *traces)
        trace = told("deal_tiers", N_("sum of the deals = {value}"), total, children=steps)
        return state.earned(total, parts), trace

    def _orders(self, parts: Sequence[Part]) -> Mapping[str, list[Part]]:
        """The lines of each order; a credit that names none is an order of its own."""
        found: dict[str, list[Part]] = {}
        for part in parts:
            named = None
            if self.order is not None and part.credit is not None:
                named = part.credit.attributes.get(self.order)
            found.setdefault(part.id if named is None else named, []).append(part)
        return found

    def _order(
        self, key: str, lines: Sequence[Part], rates: Sequence[Fraction]
    ) -> tuple[list[Part], Step]:
        size = sum((line.value for line in lines), Fraction(0))
        rate = self._rate(abs(size), rates)
        pays = rate * size
        trace = told(
            "deal",
            N_("{id}: {rate} × {size} = {value}"),
            pays,
            sources=[line.id for line in lines],
            id=key,
            rate=rate,
            size=size,
        )
        return [replace(line, value=rate * line.value) for line in lines], trace

    def _rate(self, size: Fraction, rates: Sequence[Fraction]) -> Fraction:
        """The rate of an order of a size; of slices, their mean."""
        one = Fraction(1)
        if self.mode == "marginal" and size:
            widths = [overlap(tier, n == 0, size, one) for n, tier in enumerate(self.tiers)]
            paid = sum((w * r for w, r in zip(widths, rates, strict=True)), Fraction(0))
            return paid / size
        tier = band_of(self.tiers, size, self.on_limit, one) or self.tiers[0]
        return rates[self.tiers.index(tier)]


MECHANIC = Mechanic(
    key="deal_tiers",
    make=DealTiers,
    fields=(
        Field("base", MeasureName(), "a measure that is a sum over credits"),
        Field("tiers", Bands("rate", "the rate of a deal of this size"), "by size, rising from 0"),
        ON_LIMIT,
        Field("order", Text(), "the attribute that names the order whose lines add up", None),
        Field(
            "mode",
            Choice(("whole", "marginal")),
            "whole: all of the order at its rate; marginal: each slice at its own",
            "whole",
        ),
    ),
    kind="earns",
    summary=N_("each deal at the rate of its own size"),
    title=N_("Tiers by deal"),
    sentence=N_("Each deal of {base} at the rate of its own size:"),
    by_deal=lambda _step: True,
)
