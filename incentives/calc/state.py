"""What passes from step to step inside a component: the amount so far and the changed names."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from incentives.calc.desk import Desk
from incentives.calc.facts import OpenItem
from incentives.calc.measured import Measured, Part, deals_of
from incentives.calc.moves import Move
from incentives.calc.quantities import Quantity
from incentives.calc.settling import Rules
from incentives.calc.telling import told
from kernel.issues import N_, Issue, Place, warning
from kernel.money import Money
from kernel.trace import Step


@dataclass(frozen=True, slots=True)
class Reading:
    """A quantity read for a payee: its value, None when something in it has none."""

    value: Fraction | None
    trace: Step


@dataclass(frozen=True, slots=True)
class Excess:
    """What a cap kept back: the place of the step in the plan, the amount, what happens to it."""

    path: str
    amount: Fraction
    fate: str


@dataclass(frozen=True, slots=True)
class State:
    """The running amount (major units), by deal while that is known, and the rebound names.

    ``roles`` are those that the component is for; without any it is for everybody.
    """

    desk: Desk
    path: str
    amount: Fraction = Fraction(0)
    deals: Mapping[tuple[str, bool], Part] | None = field(default_factory=dict)
    rebound: Mapping[str, Measured] = field(default_factory=dict)
    excess: tuple[Excess, ...] = ()
    carried: Mapping[str, Fraction] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()
    moves: tuple[Move, ...] = ()
    rules: Rules = field(default_factory=Rules)
    open: tuple[OpenItem, ...] = ()
    roles: tuple[str, ...] = ()

    def takes_part(self, desk: Desk) -> bool:
        """Whether the component is for somebody: what is shared out is shared among those."""
        return not self.roles or desk.payee.role in self.roles

    def read(self, quantity: Quantity, word: str) -> Reading:
        """Read one parameter of a step; ``word`` is the parameter's key in the document."""
        value, children = self.desk.evaluated(quantity, self.rebound)
        if quantity.number is not None:
            label = N_("{word}: {text}")
            return Reading(value, told("parameter", label, value, word=word, text=quantity.text))
        label = (
            N_("{word}: {text} = {value}") if value is not None else N_("{word}: {text}: no value")
        )
        trace = told("read", label, value, children=children, word=word, text=quantity.text)
        return Reading(value, trace)

    def named(self, name: str) -> Measured:
        """The measure of a name, with its parts."""
        return self.desk.measured(name, self.rebound)

    def parts(self, name: str) -> Sequence[Part]:
        """The records that a measure sums, of a team those of its members.

        A figure that is not made of records counts as one.
        """
        found = self.named(name)
        if found.slices is not None:
            return found.slices
        if found.parts is not None:
            return deals_of(found.parts)
        return (Part(name, found.value),) if found.value is not None else ()

    def earned(self, value: Fraction, parts: Iterable[Part] | None = None) -> "State":
        """This state with an amount added; by deal when the step knows it by deal."""
        if parts is None or self.deals is None:
            return replace(self, amount=self.amount + value, deals=None)
        deals = dict(self.deals)
        for part in parts:
            before = deals[part.key].value if part.key in deals else Fraction(0)
            deals[part.key] = replace(part, value=before + part.value)
        return replace(self, amount=self.amount + value, deals=deals)

    def scaled(self, factor: Fraction) -> "State":
        """This state with the amount, and each deal's part of it, times a factor."""
        deals = self.deals
        if deals is not None:
            deals = {key: replace(part, value=part.value * factor) for key, part in deals.items()}
        return replace(self, amount=self.amount * factor, deals=deals)

    def by_deal(self, change: Callable[[Part], Fraction]) -> "State":
        """This state with each deal's part changed and the amount their sum."""
        known = self.deals or {}
        deals = {key: replace(part, value=change(part)) for key, part in known.items()}
        total = sum((part.value for part in deals.values()), Fraction(0))
        return replace(self, amount=total, deals=deals)

    def set_to(self, amount: Fraction) -> "State":
        """This state with another amount, no longer known by deal."""
        return replace(self, amount=amount, deals=None)

    def owing(
        self, balance: str, before: Fraction, after: Fraction, entry: str = "advanced"
    ) -> "State":
        """This state with a carried debt (below 0) changed, and the ledger's debt with it.

        ``entry`` says why it grows: it was advanced, or is owed.
        """
        currency = self.desk.world.currency
        grown = Money.rounded(before, currency) - Money.rounded(after, currency)
        move = Move(entry, "debt", "payable", grown)
        if grown.minor < 0:
            move = Move("recovered", "payable", "debt", -grown)
        carried = {**self.carried, balance: after}
        return replace(self, carried=carried, moves=(*self.moves, move))

    def rebinding(self, name: str, measured: Measured) -> "State":
        """This state in which a name means something else for the steps that follow."""
        return replace(self, rebound={**self.rebound, name: measured})


def read_all(state: State, step: object, words: Sequence[str]) -> list[Reading]:
    """Read the parameters of a step that have these keys, in this order."""
    return [state.read(getattr(step, word), word) for word in words]


def values_of(readings: Sequence[Reading]) -> list[Fraction] | None:
    """The values, or None when one of them is missing."""
    found = [reading.value for reading in readings if reading.value is not None]
    return found if len(found) == len(readings) else None


Outcome = tuple[State, Step]


def changed_deals(before: State, after: State) -> list[Step]:
    """What a step changed deal by deal; the deals that it left alone are not told."""
    known = after.deals or {}
    return [
        told(
            "deal_change",
            N_("{id}: {before} becomes {value}"),
            known[key].value,
            sources=(part.id,),
            id=part.id,
            before=part.value,
        )
        for key, part in (before.deals or {}).items()
        if key in known and known[key].value != part.value
    ]


def without_value(
    state: State, code: str, readings: Sequence[Reading | Measured], consequence: str
) -> Outcome:
    """The outcome of a step that lacks a value: told in the trace and reported, never a crash."""
    children = [reading.trace for reading in readings]
    trace = told("no_value", consequence, None, children=children, step=code)
    return reported(state, code, readings), trace


def reported(state: State, code: str, readings: Sequence[Reading | Measured]) -> State:
    """The state with an issue that names what a step lacks (or what is 0 and must not be)."""
    issue = warning(
        "calculation.no_value",
        N_("{payee}: the step {step} lacks a usable value ({missing})."),
        N_("Give the value in the inputs, or state a `default` for the measure."),
        Place(path=state.path),
        payee=state.desk.payee.id,
        step=code,
        missing=", ".join(_missing_names(readings)),
    )
    return replace(state, issues=(*state.issues, issue))


def _missing_names(readings: Sequence[Reading | Measured]) -> list[str]:
    names = set()
    for reading in readings:
        if reading.value is not None:
            continue
        for found in reading.trace.walk():
            params = dict(found.params)
            if found.value == "" and not found.children:
                names.add(params.get("name") or params.get("text") or found.code)
    zeros = {r.trace.text() for r in readings if r.value is not None and r.value <= 0}
    return sorted(names or zeros)


PAYS_NOTHING = N_("{step}: a value is missing, so this step pays nothing")
CHANGES_NOTHING = N_("{step}: a value is missing, so this step changes nothing")
PAYS_ZERO = N_("{step}: a value is missing, so the amount becomes 0")
COUNTS_NOTHING = N_("{step}: a value is missing, so nothing counts")
