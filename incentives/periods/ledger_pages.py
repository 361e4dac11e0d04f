"""The pay ledger as plain values, and what waits for a statement that may not come by itself."""

from collections.abc import Iterable
from typing import Any

from common.formats import minor_text
from incentives.periods.ledgers import Accounts, accounts_of
from people import queries as people

Cells = dict[str, Any]


def balance_rows(person_ids: frozenset[int] | None = None) -> list[Cells]:
    """The accounts of people by name, as a payee reads them: what was earned is above zero."""
    found = accounts_of(person_ids)
    names = people.person_names({one.person_id for one in found})
    return sorted(
        (_row(one, names.get(one.person_id, "")) for one in found),
        key=lambda row: (row["name"], row["currency"]),
    )


def _row(one: Accounts, name: str) -> Cells:
    at, currency = one.by_account, one.currency
    shown = {
        "earned": -at["earned"],
        "payable": at["payable"],
        "held": at["held"],
        "paid": at["paid"],
        "debt": -at["debt"],
    }
    return {
        "person_id": one.person_id,
        "name": name,
        "currency": currency,
        "is_balanced": one.is_balanced,
        "matters": bool(at["held"] or at["debt"]),
        **{key: minor_text(minor, currency) for key, minor in shown.items()},
        **{f"{key}_minor": minor for key, minor in shown.items()},
    }


def all_balanced(rows: Iterable[Cells]) -> bool:
    """Whether every account adds up."""
    return all(row["is_balanced"] for row in rows)
