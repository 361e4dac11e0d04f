"""What a step moves between the accounts of the ledger."""

from dataclasses import dataclass

from kernel.money import Money


@dataclass(frozen=True, slots=True)
class Move:
    """An amount moved from one account of the ledger to another, and why."""

    entry: str
    source: str
    to: str
    amount: Money
