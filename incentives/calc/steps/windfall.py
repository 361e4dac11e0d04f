"""Windfall: no single deal counts for more than so much, or waits until somebody decides."""

from dataclasses import dataclass, replace
from fractions import Fraction

from incentives.calc.conditions import value_of
from incentives.calc.fields import Amount, Choice, Field, MeasureName, Text
from incentives.calc.measured import Measured, Part
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity
from incentives.calc.state import COUNTS_NOTHING, Outcome, State, without_value
from incentives.calc.telling import told
from kernel.issues import N_, Issue, Place, warning
from kernel.numbers import as_text
from kernel.trace import Step


@dataclass(frozen=True, slots=True)
class Windfall:
    """Rebinds ``measure``: each record counts at most ``limit``, a credit note at most minus it.

    ``above`` review: a larger record counts nothing until the attribute ``decision`` of its credit
    says how much of it counts; until then it is reported.
    """

    measure: str
    limit: Quantity
    above: str
    decision: str

    def apply(self, state: State) -> Outcome:
        measure, limit = state.named(self.measure), state.read(self.limit, "limit")
        if measure.value is None or limit.value is None:
            after, trace = without_value(state, "windfall", (measure, limit), COUNTS_NOTHING)
            return after.rebinding(self.measure, Measured(None, trace)), trace
        records = state.parts(self.measure)
        judged = [self._judged(part, limit.value) for part in records]
        parts = tuple(part for part, _ in judged)
        value = sum((part.value for part in parts), Fraction(0))
        waiting = [part.id for part, waits in judged if waits]
        pairs = zip(records, judged, strict=True)
        changed = [_told(was, *now) for was, now in pairs if was.value != now[0].value]
        trace = told(
            "windfall",
            N_("{name}: {before}, each record at most {limit} = {value}"),
            value,
            children=(measure.trace, limit.trace, *changed),
            name=self.measure,
            before=measure.value,
            limit=limit.value,
            above=self.above,
        )
        issues = [_to_review(state, key, limit.value) for key in waiting]
        after = replace(state, issues=(*state.issues, *issues))
        return after.rebinding(self.measure, Measured(value, trace, parts)), trace

    def _judged(self, part: Part, most: Fraction) -> tuple[Part, bool]:
        """What a record counts, and whether it waits for a decision."""
        if abs(part.value) <= most:
            return part, False
        if self.above == "cap":
            return replace(part, value=max(min(part.value, most), -most)), False
        decided = None if part.credit is None else value_of(part.credit, self.decision)
        if decided is None:
            return replace(part, value=Fraction(0)), True
        return replace(part, value=decided), False


def _told(was: Part, counted: Part, waits: bool) -> Step:
    label = (
        N_("{id}: {size} waits for a decision")
        if waits
        else N_("{id}: of {size} only {value} counts")
    )
    key = was.id
    return told("limited", label, counted.value, sources=(key,), id=key, size=was.value)


def _to_review(state: State, key: str, limit: Fraction) -> Issue:
    return warning(
        "calculation.windfall_review",
        N_("{payee}: the deal {credit} is above {limit} and waits for a decision."),
        N_("Decide how much of it counts, and give the credit that attribute."),
        Place(path=state.path),
        payee=state.desk.payee.id,
        credit=key,
        limit=as_text(limit),
    )


MECHANIC = Mechanic(
    key="windfall",
    make=Windfall,
    fields=(
        Field("measure", MeasureName(), "a measure that is a sum over credits"),
        Field("limit", Amount(Fraction(0)), "the most that one record counts"),
        Field(
            "above",
            Choice(("cap", "review")),
            "cap: the limit counts; review: nothing counts until somebody has decided",
            "cap",
        ),
        Field("decision", Text(), "review: the credit's attribute that says what counts", "counts"),
    ),
    kind="measures",
    summary=N_("each deal counts at most so much"),
    title=N_("Windfall limit"),
    sentence=N_("No single record counts more than {limit} in {measure}."),
)
