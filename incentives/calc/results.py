"""The result of a calculation, and its canonical JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from incentives.calc.facts import OpenItem
from incentives.calc.ledger import Posting
from incentives.calc.state import Excess
from kernel.issues import Issue
from kernel.money import Money, digits_of
from kernel.numbers import as_text
from kernel.trace import Step, to_bytes


@dataclass(frozen=True, slots=True)
class Line:
    """One payment line: the rounded amount, and the exact one before the rounding."""

    component: str
    amount: Money
    exact: Fraction


@dataclass(frozen=True, slots=True)
class PayeeResult:
    """What one payee gets. The lines add up to the total; the trace explains every amount.

    ``open`` is what the next period must know of deals; the ``ledger`` sums to zero.
    """

    id: str
    currency: str
    lines: tuple[Line, ...]
    total: Money
    trace: Step
    excess: tuple[Excess, ...] = ()
    carried: Mapping[str, Fraction] | None = None
    issues: tuple[Issue, ...] = ()
    open: tuple[OpenItem, ...] = ()
    ledger: tuple[Posting, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Plain data: amounts as decimal text of the currency's main unit."""
        found: dict[str, object] = {
            "id": self.id,
            "currency": self.currency,
            "lines": [
                {"component": line.component, "amount": amount_text(line.amount)}
                for line in self.lines
            ],
            "total": amount_text(self.total),
            "excess": [
                {"path": kept.path, "amount": as_text(kept.amount), "fate": kept.fate}
                for kept in self.excess
            ],
            "carried": {key: as_text(value) for key, value in sorted((self.carried or {}).items())},
            "open": [open_json(item) for item in self.open],
            "ledger": [posting.as_json() for posting in self.ledger],
            "issues": [issue.as_json() for issue in self.issues],
            "trace": self.trace.as_json(),
        }
        return found


@dataclass(frozen=True, slots=True)
class Result:
    """The whole result, with the hashes of the plan and the inputs that it follows from.

    ``issues`` are warnings that concern several payees at once.
    """

    plan: str
    inputs: str
    engine: str
    payees: tuple[PayeeResult, ...]
    issues: tuple[Issue, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Plain data, payees in order of id."""
        return {
            "plan": self.plan,
            "inputs": self.inputs,
            "engine": self.engine,
            "payees": [payee.as_json() for payee in self.payees],
            "issues": [issue.as_json() for issue in self.issues],
        }

    def to_bytes(self) -> bytes:
        """Canonical bytes: the same plan and inputs give the same ones."""
        return to_bytes(self.as_json())

    def of(self, payee: str) -> PayeeResult:
        """The result of one payee; KeyError when there is none."""
        for found in self.payees:
            if found.id == payee:
                return found
        raise KeyError(payee)


def open_json(item: OpenItem) -> dict[str, object]:
    """Plain data of an open item, as inputs read it; parts that say nothing are left out."""
    parts: dict[str, object] = {
        "base": None if item.base is None else as_text(item.base),
        "cancelled": as_text(item.cancelled) if item.cancelled else None,
        "collected": as_text(item.collected) if item.collected else None,
        "reached": {name: day.isoformat() for name, day in sorted(item.reached.items())} or None,
        "contract_months": None if item.contract_months is None else as_text(item.contract_months),
        "cut": amount_text(item.cut) if item.cut.minor else None,
        "on_hold": item.on_hold or None,
    }
    return {
        "kind": item.kind,
        "component": item.component,
        "credit": item.credit,
        "since": item.since.isoformat(),
        "amount": amount_text(item.amount),
        "paid": amount_text(item.paid),
        "held": amount_text(item.held),
        **{key: part for key, part in parts.items() if part is not None},
    }


def amount_text(money: Money) -> str:
    """``1875.00``: always all digits of the currency, so that columns compare as text."""
    digits = digits_of(money.currency)
    sign = "-" if money.minor < 0 else ""
    whole = str(abs(money.minor)).rjust(digits + 1, "0")
    return sign + (f"{whole[:-digits]}.{whole[-digits:]}" if digits else whole)
