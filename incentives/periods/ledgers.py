"""The pay ledger of the company: where five accounts stand by person and currency.

Each locked statement carries balanced postings; a correction states those of its period anew, so
the last locked word about a period counts. Manual adjustments are earned and paid at once.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.db import connection
from django.db.models import Sum

from incentives.calc import ACCOUNTS
from incentives.gathering.balances import Left
from incentives.models import LedgerLine
from kernel.money import Money, digits_of

_POSTED = """
SELECT last.person_id, last.currency, p.account, sum(p.amount::numeric)
FROM (
  SELECT DISTINCT ON (coalesce(s.corrects_id, s.id)) s.person_id, s.currency, s.figures
  FROM incentives_statement s JOIN incentives_run r ON r.id = s.run_id
  WHERE s.locked AND (%s::bigint[] IS NULL OR s.person_id = ANY(%s))
  ORDER BY coalesce(s.corrects_id, s.id), s.corrects_id IS NULL, r.as_known_at DESC, s.id DESC
) last
CROSS JOIN LATERAL jsonb_to_recordset(coalesce(last.figures -> 'ledger', '[]'))
  AS p(account text, amount text)
GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Where the accounts of a person stand, in minor units. They sum to zero.

    `earned` and `debt` stand below zero by what was earned and what is owed.
    """

    person_id: int
    currency: str
    by_account: Mapping[str, int]

    @property
    def is_balanced(self) -> bool:
        return not sum(self.by_account.values()) and not self.by_account["payable"]


def accounts_of(person_ids: Collection[int] | None = None) -> list[Accounts]:
    """The accounts by person and currency, of all locked periods. Two queries."""
    ids = None if person_ids is None else sorted(person_ids)
    found: dict[tuple[int, str], dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_POSTED, [ids, ids])
        for person_id, currency, account, amount in cursor.fetchall():
            minor = int(Fraction(amount) * 10 ** digits_of(currency))
            found.setdefault((person_id, currency), dict.fromkeys(ACCOUNTS, 0))[account] += minor
    added = LedgerLine.objects.filter(statement=None)
    if ids is not None:
        added = added.filter(person_id__in=ids)
    sums = added.values_list("person_id", "currency").annotate(total=Sum("amount_minor"))
    for person_id, currency, total in sums.order_by("person_id", "currency"):
        accounts = found.setdefault((person_id, currency), dict.fromkeys(ACCOUNTS, 0))
        accounts["earned"] -= total
        accounts["paid"] += total
    return [Accounts(*key, by_account) for key, by_account in sorted(found.items())]


def is_unbalanced(
    figures: Mapping[str, Any], brought: Left, paid_minor: int, currency: str
) -> bool:
    """Whether the postings of a statement do not add up, or not to what it pays and leaves.

    They sum to zero; nothing stays payable; what is paid is `paid_minor`; and `held` and `debt`
    move by the difference between what the statement brings in and what it leaves.
    """
    sums = dict.fromkeys(ACCOUNTS, 0)
    paid = 0
    for posting in figures.get("ledger") or ():
        minor = Money.of(Fraction(posting["amount"]), currency).minor
        sums[posting["account"]] += minor
        if posting["entry"] == "paid" and posting["account"] == "paid":
            paid += minor
    after = Left.by(figures)
    return bool(
        sum(sums.values())
        or sums["payable"]
        or paid != paid_minor
        or sums["held"] != held_minor(after, currency) - held_minor(brought, currency)
        or sums["debt"] != _debt(after, currency) - _debt(brought, currency)
    )


def held_minor(left: Left, currency: str) -> int:
    """What open deals hold back, in minor units."""
    return sum(Money.of(Fraction(one["held"]), currency).minor for one in left.items)


def carried_minor(left: Left, currency: str) -> list[int]:
    """The amounts that are carried on, in minor units: what is owed stands below zero.

    What plans only remember is carried beside them: running totals (`to_date.won.2026`), prizes
    paid (`award.7`), what a cap or a true-up has paid already (`excess.paid.2026`). It is due to
    nobody, and its names have a dot, which no balance has.
    """
    return [
        Money.rounded(Fraction(value), currency).minor
        for name, value in left.carried
        if "." not in name
    ]


def _debt(left: Left, currency: str) -> int:
    return sum(value for value in carried_minor(left, currency) if value < 0)
