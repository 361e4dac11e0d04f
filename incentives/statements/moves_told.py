"""What became of what was earned: held back, released, owed, paid, from a result's ledger."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext, ngettext

from common.formats import money_text
from incentives.calc.ledger import ENTRIES
from incentives.periods.pages import signed
from kernel.money import Money

Cells = dict[str, Any]
_PLAIN = frozenset({"earned", "paid"})


def moves_told(result: Mapping[str, Any], names: Mapping[str, str]) -> Cells | None:
    """Line by line what was earned and what did not become pay at once, or had to wait.

    None where everything earned is paid, and nothing is held. `names` names the lines.
    """
    postings: Sequence[Mapping[str, str]] = result.get("ledger", [])
    held = _held(result.get("open", []), result["currency"])
    if not held and all(one["entry"] in _PLAIN for one in postings):
        return None
    sums: dict[tuple[str, str], int] = {}
    for one in postings:
        if one["account"] == "payable" and one["entry"] != "paid":
            key = (one["component"], one["entry"])
            sums[key] = sums.get(key, 0) + _minor(one["amount"], result["currency"])
    return {
        "rows": [
            {
                "line": names.get(component, component),
                "entry": gettext(ENTRIES[entry]) if entry in ENTRIES else entry,
                "amount": signed(minor, result["currency"]),
            }
            for (component, entry), minor in sums.items()
        ],
        "paid": money_text(Fraction(result["total"]), result["currency"]),
        "held": held,
    }


def _held(items: Sequence[Mapping[str, Any]], currency: str) -> str:
    waiting = [minor for one in items if (minor := _minor(one["held"], currency))]
    if not waiting:
        return ""
    total = Money(sum(waiting), currency)
    return ngettext(
        "%(n)s deal is not finished: %(amount)s is held.",
        "%(n)s deals are not finished: %(amount)s is held.",
        len(waiting),
    ) % {"amount": money_text(total.amount, currency), "n": len(waiting)}


def _minor(text: str, currency: str) -> int:
    return Money.of(Fraction(text), currency).minor
