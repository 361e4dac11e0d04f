"""Gate: the amount is paid only when a condition is met."""

from dataclasses import dataclass
from fractions import Fraction

from incentives.calc.fields import Amount, Choice, Field
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity
from incentives.calc.reader import Reader
from incentives.calc.state import (
    CHANGES_NOTHING,
    PAYS_ZERO,
    Outcome,
    Reading,
    State,
    reported,
    without_value,
)
from incentives.calc.telling import told
from kernel.documents import joined
from kernel.issues import N_

TESTS = ("at_least", "above", "at_most", "below")


@dataclass(frozen=True, slots=True)
class Gate:
    """When ``value`` passes its test the amount stays, else it is multiplied and capped."""

    value: Quantity
    at_least: Quantity | None
    above: Quantity | None
    at_most: Quantity | None
    below: Quantity | None
    else_multiple: Quantity | None
    else_cap: Quantity | None
    else_rate: Quantity | None
    else_of: Quantity | None
    missing: str

    def apply(self, state: State) -> Outcome:
        test = next(test for test in TESTS if getattr(self, test) is not None)
        value, limit = state.read(self.value, "value"), state.read(getattr(self, test), test)
        if value.value is None or limit.value is None:
            if self.missing == "open":
                return without_value(state, "gate", (value, limit), CHANGES_NOTHING)
            after, trace = without_value(state, "gate", (value, limit), PAYS_ZERO)
            return after.scaled(Fraction(0)), trace
        met = passes(value.value, test, limit.value)
        after, more = (state, ()) if met else self._closed(state)
        if any(reading.value is None for reading in more):
            after = reported(after, "gate", more)
        label = (
            N_("gate open: {level} against {limit} ({test}), {before} stays")
            if met
            else N_("gate closed: {level} against {limit} ({test}), {before} becomes {value}")
        )
        trace = told(
            "gate",
            label,
            after.amount,
            children=(value.trace, limit.trace, *(r.trace for r in more)),
            level=value.value,
            limit=limit.value,
            test=test,
            before=state.amount,
        )
        return after, trace

    def _closed(self, state: State) -> tuple[State, tuple[Reading, ...]]:
        if self.else_multiple is None and self.else_cap is None and self.else_rate is None:
            return state.scaled(Fraction(0)), ()
        after, read = state, []
        if self.else_rate is not None and self.else_of is not None:
            rate, base = (
                state.read(self.else_rate, "else_rate"),
                state.read(self.else_of, "else_of"),
            )
            after = after.set_to((rate.value or Fraction(0)) * (base.value or Fraction(0)))
            read += [rate, base]
        if self.else_multiple is not None:
            multiple = state.read(self.else_multiple, "else_multiple")
            after = after.scaled(multiple.value or Fraction(0))
            read.append(multiple)
        if self.else_cap is not None:
            cap = state.read(self.else_cap, "else_cap")
            limit = cap.value or Fraction(0)
            after = after.set_to(limit) if after.amount > limit else after
            read.append(cap)
        return after, tuple(read)


def passes(value: Fraction, test: str, limit: Fraction) -> bool:
    """Whether a value passes a test of the words at_least, above, at_most, below."""
    match test:
        case "at_least":
            return value >= limit
        case "above":
            return value > limit
        case "at_most":
            return value <= limit
    return value < limit


def _check(reader: Reader, step: Gate, path: str) -> None:
    found = [test for test in TESTS if getattr(step, test) is not None]
    if len(found) != 1:
        reader.error(
            joined(path, "value"),
            "plan.one_test",
            N_("A gate needs exactly one test; found: {found}."),
            N_("Keep one of at_least, above, at_most, below."),
            found=", ".join(found) or "none",
        )
    if (step.else_rate is None) is not (step.else_of is None):
        reader.error(
            joined(path, "else_rate"),
            "plan.rate_without_base",
            N_("A lower rate needs both `else_rate` and `else_of`."),
            N_("Name the measure that the lower rate applies to under `else_of`."),
        )


MECHANIC = Mechanic(
    key="gate",
    make=Gate,
    fields=(
        Field("value", Amount(), "what is tested"),
        Field("at_least", Amount(), "open when the value is at least this", None),
        Field("above", Amount(), "open when the value is above this", None),
        Field("at_most", Amount(), "open when the value is at most this", None),
        Field("below", Amount(), "open when the value is below this", None),
        Field("else_multiple", Amount(Fraction(0)), "closed: the amount times this", None),
        Field("else_cap", Amount(Fraction(0)), "closed: the amount at most this", None),
        Field("else_rate", Amount(Fraction(0)), "closed: this rate instead of the amount", None),
        Field("else_of", Amount(), "closed: what that rate applies to", None),
        Field("missing", Choice(("closed", "open")), "when the value is missing", "closed"),
    ),
    kind="adjusts",
    summary=N_("paid only if"),
    title=N_("Gate"),
    sentence=N_("Paid only when {value} is {test}."),
    needs_earned=True,
    check=_check,
    by_deal=lambda step: step.else_cap is None and step.else_rate is None,
)
