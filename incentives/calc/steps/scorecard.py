"""Weighted scorecard: pay x the weighted results."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from incentives.calc.fields import Amount, Block, Choice, Field, Key, ListOf, Number
from incentives.calc.mechanic import Mechanic
from incentives.calc.quantities import Quantity, constant
from incentives.calc.reader import Reader
from incentives.calc.state import PAYS_NOTHING, Outcome, Reading, State, reported, without_value
from incentives.calc.telling import told
from kernel.documents import joined
from kernel.issues import N_
from kernel.numbers import as_text
from kernel.trace import Step
from kernel.unreadable import key_twice


@dataclass(frozen=True, slots=True)
class Item:
    """One result: value against target, its weight, its bounds, which way is better."""

    key: str
    value: Quantity
    target: Quantity
    weight: Fraction
    better: str
    least: Fraction
    most: Fraction | None
    threshold: Fraction | None = None

    def result(self, value: Fraction, target: Fraction) -> Fraction | None:
        """The attainment within its bounds; None when it would divide by zero."""
        if self.better == "lower_mirror":
            raw = None if target == 0 else 2 - value / target
        elif self.better == "lower_ratio":
            raw = target / value if value else self._perfect(target)
        else:
            raw = None if target == 0 else value / target
        if raw is None:
            return None
        if self.threshold is not None and raw < self.threshold:
            return Fraction(0)
        raised = max(raw, self.least)
        return raised if self.most is None else min(raised, self.most)

    def _perfect(self, target: Fraction) -> Fraction | None:
        """No incident at all is the best result that there is, where the plan says which."""
        return self.most if target > 0 else None


@dataclass(frozen=True, slots=True)
class Scorecard:
    """``pay`` x the sum of weight x result.

    A result without value counts 0, its weight is spread over the others, or nothing is paid at all
    (``missing``).
    """

    pay: Quantity
    items: tuple[Item, ...]
    missing: str

    def apply(self, state: State) -> Outcome:
        pay = state.read(self.pay, "pay")
        rows = [self._row(state, item) for item in self.items]
        present = sum((row[0].weight for row in rows if row[1] is not None), Fraction(0))
        nothing = {"spread": present == 0, "none": present < 1}.get(self.missing, False)
        if pay.value is None or nothing:
            readings = [pay, *(r for row in rows for r in row[2])]
            return without_value(state, "scorecard", readings, PAYS_NOTHING)
        scale = 1 / present if self.missing == "spread" else Fraction(1)
        steps = [_told_item(item, result, scale, read) for item, result, read in rows]
        score = sum(
            (item.weight * scale * result for item, result, _ in rows if result is not None),
            Fraction(0),
        )
        trace = told(
            "scorecard",
            N_("weighted result {score} × {pay} = {value}"),
            score * pay.value,
            children=(pay.trace, *steps),
            score=score,
            pay=pay.value,
        )
        lacking = [r for _, result, read in rows if result is None for r in read]
        after = reported(state, "scorecard", lacking) if lacking else state
        return after.earned(score * pay.value), trace

    def _row(self, state: State, item: Item) -> tuple[Item, Fraction | None, list[Reading]]:
        value, target = state.read(item.value, "value"), state.read(item.target, "target")
        if value.value is None or target.value is None:
            return item, None, [value, target]
        return item, item.result(value.value, target.value), [value, target]


def _told_item(
    item: Item, result: Fraction | None, scale: Fraction, read: Sequence[Reading]
) -> Step:
    weight = item.weight * scale
    label = (
        N_("{key}: no value")
        if result is None
        else N_("{key}: result {result} × weight {weight} = {value}")
    )
    return told(
        "item",
        label,
        None if result is None else result * weight,
        children=[reading.trace for reading in read],
        key=item.key,
        result="" if result is None else result,
        weight=weight,
    )


def check_items(reader: Reader, items: Sequence[tuple[str, Fraction]], path: str) -> None:
    """The keys and weights of the items of a step, in their order.

    Each has its own key: two of one name would read the same result twice. The weights make 1.
    """
    keys = [key for key, _ in items]
    for number, key in enumerate(keys):
        if key in keys[:number]:
            where = joined(joined(joined(path, "items"), number), "key")
            reader.issues.append(key_twice(reader.document.place(where), key))
    total = sum((weight for _, weight in items), Fraction(0))
    if total != 1:
        reader.error(
            joined(path, "items"),
            "plan.weights_sum",
            N_("The weights add up to {total} %, not to 100 %."),
            N_("Change the weights so that they add up to 100 %."),
            total=as_text(total * 100),
        )


def _check(reader: Reader, step: Scorecard, path: str) -> None:
    check_items(reader, [(item.key, item.weight) for item in step.items], path)


BETTER = ("higher", "lower_ratio", "lower_mirror")
_ITEM = Block(
    (
        Field("key", Key(), "the result's key"),
        Field("value", Amount(), "what was achieved"),
        Field("target", Amount(), "the target", constant(1)),
        Field("weight", Number(Fraction(0), strict=True), "its weight; all together make 1"),
        Field("better", Choice(BETTER), "value/target, target/value or 2 − value/target", "higher"),
        Field("least", Number(), "the smallest result", Fraction(0)),
        Field("most", Number(Fraction(0)), "the largest result; else without limit", None),
        Field("threshold", Number(), "a smaller result counts 0", None),
    ),
    Item,
)
_FIELDS = (
    Field("pay", Amount(Fraction(0)), "the pay for a weighted result of 100 %"),
    Field("items", ListOf(_ITEM), "the results"),
    Field(
        "missing",
        Choice(("zero", "spread", "none")),
        "a result without value counts 0, leaves its weight to the others, or nothing is paid",
        "zero",
    ),
)
MECHANIC = Mechanic(
    key="scorecard",
    make=Scorecard,
    fields=_FIELDS,
    kind="earns",
    summary="pay × Σ weight × result",
    title=N_("Weighted scorecard"),
    sentence=N_("{pay} times the weighted results:"),
    check=_check,
)
