"""Several periods in order: what one leaves open or carries on flows into the next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from incentives.calc.engine import calculate
from incentives.calc.facts import Inputs, OpenItem, Payee
from incentives.calc.ledger import Balances, balances, balances_json
from incentives.calc.plans import Plan
from incentives.calc.results import PayeeResult, Result
from incentives.calc.spans import carried_on
from kernel.issues import Issue
from kernel.periods import Period
from kernel.trace import to_bytes


@dataclass(frozen=True, slots=True)
class Chain:
    """The results of consecutive periods, and where the ledger stands after them.

    ``issues`` are warnings about the inputs as a whole.
    """

    periods: tuple[tuple[Period, Result], ...]
    issues: tuple[Issue, ...] = ()

    @property
    def ledger(self) -> Balances:
        """By payee, currency and account: the balance after the last period."""
        return balances(
            (payee.id, payee.currency, payee.ledger)
            for _, result in self.periods
            for payee in result.payees
        )

    def as_json(self) -> dict[str, object]:
        """Plain data: each period as its own result with its name, then the balances."""
        return {
            "periods": [
                {"period": period.name, **result.as_json()} for period, result in self.periods
            ],
            "ledger": balances_json(self.ledger),
            "issues": [issue.as_json() for issue in self.issues],
        }

    def to_bytes(self) -> bytes:
        """Canonical bytes: the same plan and periods give the same ones."""
        return to_bytes(self.as_json())


@dataclass(frozen=True, slots=True)
class Left:
    """What a payee's last period leaves for the next: balances, open deals, and who they are."""

    who: Payee
    carried: Mapping[str, Fraction] = field(default_factory=dict)
    open: tuple[OpenItem, ...] = ()

    @classmethod
    def by(cls, payee: Payee, result: PayeeResult) -> "Left":
        """What a payee's result leaves, with the balances that no step has touched."""
        return cls(payee, carried_on(payee.carried, result.carried or {}), result.open)


def calculate_periods(plan: Plan, periods: Sequence[Inputs]) -> Chain:
    """Each period in the order given, on what the ones before have left.

    A payee whom a period does not name is not calculated in it; what is open waits. Each period's
    result has the same bytes as if its inputs had stated what flowed in.
    """
    left: dict[str, Left] = {}
    results = []
    for stated in periods:
        inputs = following(stated, left)
        result = calculate(plan, inputs)
        people = {payee.id: payee for payee in inputs.payees}
        for paid in result.payees:
            left[paid.id] = Left.by(people[paid.id], paid)
        results.append((inputs.period, result))
    return Chain(tuple(results))


def following(inputs: Inputs, left: Mapping[str, Left]) -> Inputs:
    """The inputs of a period with what flows into them; what they state themselves wins."""
    payees = tuple(
        _following(payee, left[payee.id]) if payee.id in left else payee for payee in inputs.payees
    )
    return replace(inputs, payees=payees)


def _following(payee: Payee, left: Left) -> Payee:
    who = left.who
    return replace(
        payee,
        name=payee.name or who.name,
        role=payee.role or who.role,
        manager=payee.manager or who.manager,
        managers=payee.managers or who.managers,
        hired_on=payee.hired_on or who.hired_on,
        working_time=payee.working_time or who.working_time,
        carried={**left.carried, **payee.carried},
        open=payee.open if payee.open is not None else left.open or None,
    )
