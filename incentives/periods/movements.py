"""The movements behind the accounts of one person: what each locked statement and adjustment did.

The same rows that `incentives.periods.ledgers` sums: of each period the last locked word, and what
people have added by hand.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from incentives.models import LedgerLine, PayPeriod, Statement
from kernel.money import Money


@dataclass(frozen=True, slots=True)
class Movement:
    """One entry of a payment line, by account in minor units; the amounts sum to zero.

    `said_in` is the statement whose word it is; when it corrects another one, the period is that
    one's. None for an adjustment, which has a label of its own.
    """

    period: PayPeriod
    entry: str
    component: str
    currency: str
    by_account: Mapping[str, int]
    said_in: Statement | None = None
    label: tuple[str, str] = ("", "")
    """French and English, of an adjustment."""


def movements_of(person_id: int) -> list[Movement]:
    """The movements of a person by period, as the accounts count them. Two queries."""
    found = [one for row in _last_words(person_id) for one in _of_statement(row)]
    found += _added(person_id)
    return sorted(found, key=lambda one: (one.period.starts_on, one.period.ends_on))


def _last_words(person_id: int) -> Iterator[Statement]:
    """For each statement of a locked period: itself, or the newest locked correction of it."""
    rows = (
        Statement.objects.filter(person=person_id, locked=True)
        .select_related("run__period", "corrects__run__period", "plan_version")
        .defer("inputs", "result", "corrects__inputs", "corrects__result")
    )
    # a statement before its corrections, these from the oldest to the newest
    ordered = sorted(
        rows, key=lambda row: (row.corrects_id is not None, row.run.as_known_at, row.pk)
    )
    last = {row.corrects_id or row.pk: row for row in ordered}
    return iter(sorted(last.values(), key=lambda row: row.corrects_id or row.pk))


def _of_statement(row: Statement) -> Iterator[Movement]:
    period = (row.corrects or row).run.period
    together: dict[tuple[str, str], dict[str, int]] = {}
    for posting in row.figures.get("ledger") or ():
        minor = Money.of(Fraction(posting["amount"]), row.currency).minor
        accounts = together.setdefault((posting["component"], posting["entry"]), {})
        accounts[posting["account"]] = accounts.get(posting["account"], 0) + minor
    for (component, entry), by_account in together.items():
        yield Movement(period, entry, component, row.currency, by_account, row)


def _added(person_id: int) -> Iterator[Movement]:
    rows = LedgerLine.objects.filter(statement=None, person=person_id).select_related("period")
    for line in rows.order_by("id"):
        yield Movement(
            line.period,
            "adjusted",
            line.component,
            line.currency,
            {"earned": -line.amount_minor, "paid": line.amount_minor},
            label=(line.label_fr, line.label_en),
        )
