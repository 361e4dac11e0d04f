"""Flat rate: r x base, on the total or on each deal."""

from dataclasses import dataclass, replace
from fractions import Fraction

from incentives.calc.fields import Amount, Choice, Field
from incentives.calc.measured import Part
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity
from incentives.calc.reader import Reader
from incentives.calc.state import PAYS_NOTHING, Outcome, Reading, State, without_value
from incentives.calc.telling import told
from kernel.documents import joined
from kernel.issues import N_
from kernel.trace import Step


@dataclass(frozen=True, slots=True)
class FlatRate:
    """``rate`` times ``base``; ``by`` deal keeps the amount of each record apart."""

    base: Quantity
    rate: Quantity
    by: str

    def apply(self, state: State) -> Outcome:
        base, rate = state.read(self.base, "base"), state.read(self.rate, "rate")
        if base.value is None or rate.value is None:
            return without_value(state, "flat_rate", (base, rate), PAYS_NOTHING)
        parts = self._parts(state, rate.value)
        total = base.value * rate.value
        return state.earned(total, parts), _told(base, rate, total, parts)

    def _parts(self, state: State, rate: Fraction) -> list[Part] | None:
        name = self.base.only_name
        if self.by == "total" or name is None:
            return None
        return [replace(part, value=part.value * rate) for part in state.parts(name)]


def _told(base: Reading, rate: Reading, total: Fraction, parts: list[Part] | None) -> Step:
    deals = [
        told("deal", N_("{id}: {value}"), part.value, sources=(part.id,), id=part.id)
        for part in parts or ()
    ]
    return told(
        "flat_rate",
        N_("{rate} × {base} = {value}"),
        total,
        children=(base.trace, rate.trace, *deals),
        rate=rate.value,
        base=base.value,
    )


def _check(reader: Reader, step: FlatRate, path: str) -> None:
    if step.by == "deal" and step.base.only_name is None:
        reader.error(
            joined(path, "base"),
            "plan.base_not_a_measure",
            N_("By deal, the base must be one measure that sums credits, not a formula."),
            N_("Name the measure, or use `by: total`."),
        )


MECHANIC = Mechanic(
    key="flat_rate",
    make=FlatRate,
    fields=(
        Field("base", Amount(), "what the rate applies to"),
        Field("rate", Amount(Fraction(0)), "the rate, 5 % or 0.05"),
        Field("by", Choice(("total", "deal")), "deal: keep each record of the base apart", "total"),
    ),
    kind="earns",
    summary=N_("rate × base"),
    title=N_("Flat rate"),
    sentence=N_("{rate} of {base}."),
    check=_check,
    by_deal=lambda step: bool(step.by == "deal"),
)
