"""The pay ledger as plain values, and what waits for a statement that may not come by itself."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from common.formats import minor_text
from common.labels import label
from incentives.calc.ledger import ENTRIES
from incentives.periods.ledgers import Accounts, accounts_of
from incentives.periods.movements import Movement, movements_of
from incentives.periods.pages import named, signed
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
        "url": reverse("incentives:account", args=[one.person_id]),
        **{key: minor_text(minor, currency) for key, minor in shown.items()},
        **{f"{key}_minor": minor for key, minor in shown.items()},
    }


def account_page(person_id: int) -> Cells:
    """The movements of one person by period, and where they leave the accounts."""
    found = movements_of(person_id)
    periods: dict[int, Cells] = {}
    words = _line_names(found)
    for one in found:
        shown = periods.setdefault(one.period.pk, {"name": named(one.period), "rows": []})
        shown["rows"].append(_movement(one, words))
    return {
        "person": people.person_names({person_id}).get(person_id, ""),
        "periods": list(reversed(periods.values())),
        "balances": balance_rows(frozenset({person_id})),
    }


def _movement(one: Movement, words: dict[tuple[int, str], str]) -> Cells:
    """A movement as the payee reads it: earned above zero, owed as an amount that they owe."""
    at, row = one.by_account, one.said_in
    amounts = {
        "earned": -at.get("earned", 0),
        "held": at.get("held", 0),
        "debt": -at.get("debt", 0),
        "paid": at.get("paid", 0),
    }
    return {
        "line": words[row.plan_version_id, one.component] if row else label(*one.label),
        "entry": gettext(ENTRIES[one.entry]),
        "url": reverse("incentives:statement", args=[row.pk]) if row else "",
        "is_correction": row is not None and row.corrects_id is not None,
        **{key: signed(minor, one.currency) if minor else "" for key, minor in amounts.items()},
    }


def _line_names(found: Iterable[Movement]) -> dict[tuple[int, str], str]:
    """The names of payment lines, by plan version and key."""
    versions = {
        one.said_in.plan_version_id: one.said_in.plan_version for one in found if one.said_in
    }
    return {
        (key, part.key): label(part.name["fr"], part.name["en"])
        for key, version in versions.items()
        for part in version.terms().components
    }


def all_balanced(rows: Iterable[Cells]) -> bool:
    """Whether every account adds up."""
    return all(row["is_balanced"] for row in rows)
