"""A credit in the words of the inputs format."""

import json
from fractions import Fraction

from activities.crediting import CreditRow
from kernel.numbers import as_text

Document = dict[str, object]


def credit_document(row: CreditRow) -> Document:
    """A credit in the words of the inputs format: the whole deal, and the person's share of it."""
    shown = (
        ("account", row.account),
        ("deal", row.deal),
        ("product", row.product),
        ("series", row.series),
        ("type", row.type_key),
    )
    attributes = {key: value for key, value in shown if value}
    if row.attributes != "{}":
        own = json.loads(row.attributes)
        named = {key: _word(own[key]) for key in sorted(own) if own[key] is not None}
        attributes = {**named, **attributes}
    credit: Document = {
        "id": f"{row.source}:{row.external_id}",
        "closed_at": row.closed_at,
        "attributes": attributes,
    }
    if row.record_amount_minor is not None:
        credit["amount_minor"] = row.record_amount_minor
        credit["currency"] = row.currency
        if row.record_amount_minor == row.amount_minor != 0:
            return credit
    share = _share(row)
    if share != 1:
        credit["share"] = as_text(share)
    return credit


def _share(row: CreditRow) -> Fraction:
    """The share that gives the person's allocated part to the cent.

    A third of 1,000.00 is stored as 0.33333333 and allocated as 333.34 or 333.33: what is paid
    follows what was allocated, so that the parts of a deal make the whole.
    """
    if row.amount_minor is None or not row.record_amount_minor:
        return Fraction(row.share)
    return Fraction(row.amount_minor, row.record_amount_minor)


def _word(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
