"""A quick way to read credits that the product itself has written: pay runs read millions.

Only a credit in exactly the form that a run writes goes this way; as soon as one credit of a list
is anything else, the whole list is read the long way, which knows every form and every mistake.
What is read here is what the long way gives: `tests/incentives/calc/test_plain_credits.py`.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from incentives.calc.facts import ENDS, Credit
from kernel.money import digits_of

_ONE = Fraction(1)
_SHARE = re.compile(r"[0-9]{1,40}(?:\.[0-9]{1,40})?|[0-9]{1,40}/[1-9][0-9]{0,39}")
_KEYS = frozenset(("id", "closed_at", "amount_minor", "currency", "share", "attributes"))
_MOMENT = len("2026-01-31T12:00:00.000000+00:00")

Taken = Mapping[int, tuple[Credit, ...]]


def take_out(document: object, currency: str) -> tuple[object, Taken]:
    """The document without the lists of plain credits, and those by the position of the payee."""
    payees = document.get("payees") if type(document) is dict else None
    if type(payees) is not list or type(document) is not dict:
        return document, {}
    taken: dict[int, tuple[Credit, ...]] = {}
    rest = list(payees)
    for number, payee in enumerate(payees):
        rows = payee.get("credits") if type(payee) is dict else None
        found = _plain(rows, currency) if type(rows) is list and rows else None
        if found is not None:
            taken[number] = found
            rest[number] = {**payee, "credits": []}
    return ({**document, "payees": rest} if taken else document), taken


def _plain(rows: list[Any], currency: str) -> tuple[Credit, ...] | None:
    unit = 10 ** digits_of(currency)
    found: list[Credit] = []
    try:
        for row in rows:
            credit = _credit(row, currency, unit)
            if credit is None:
                return None
            found.append(credit)
    except (TypeError, ValueError, AttributeError, KeyError):
        return None
    if len({credit.id for credit in found}) < len(found):
        return None
    found.sort(key=lambda credit: credit.order)
    return tuple(found)


def _credit(row: Any, currency: str, unit: int) -> Credit | None:
    key, closed_at, attributes = row["id"], row["closed_at"], row["attributes"]
    words = "".join((key, *attributes, *attributes.values()))
    if not key or "\x00" in words or not _KEYS.issuperset(row):
        return None
    if not words.isascii():
        words.encode()  # half a character raises
    if len(closed_at) != _MOMENT or not closed_at.endswith("+00:00") or closed_at.startswith(ENDS):
        return None
    if datetime.fromisoformat(closed_at).isoformat(timespec="microseconds") != closed_at:
        return None
    amount = None
    if "amount_minor" in row:
        minor = row["amount_minor"]
        if type(minor) is not int or row["currency"] != currency:
            return None
        amount = Fraction(minor, unit)
    elif "currency" in row:
        return None
    share = _ONE
    if "share" in row:
        if not _SHARE.fullmatch(row["share"]):
            return None
        share = Fraction(row["share"])
    return Credit(key, closed_at, amount, currency, share, attributes)
