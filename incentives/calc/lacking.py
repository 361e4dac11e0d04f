"""The warnings about what the inputs lack, or say in words that the plan does not know."""

from collections.abc import Iterable

from kernel.issues import N_, Issue, Place, warning


def silent_credits(payee: str, measure: str, attribute: str, count: int) -> Issue:
    """Credits without a number for an attribute that a measure sums."""
    return warning(
        "inputs.attribute_missing",
        N_("{payee}: {count} credits have no number for {attribute}: not in {measure}."),
        N_("Complete the credits, or leave them out with a `where` condition."),
        _place(payee),
        payee=payee,
        count=count,
        attribute=attribute,
        measure=measure,
    )


def no_rate(payee: str, measure: str, currencies: Iterable[str]) -> Issue:
    """Credits in a currency without rate: never counted as 1, so the sum has no value."""
    return warning(
        "calculation.no_rate",
        N_("{payee}: {measure} has no value, since the rate of {currencies} is missing."),
        N_("State the rate in `rates` of the inputs, or of the plan's `conversion`."),
        _place(payee),
        payee=payee,
        measure=measure,
        currencies=", ".join(currencies),
    )


def absence_unknown(payee: str, kind: str) -> Issue:
    """An absence of a kind that the plan's table does not know would silently change nothing."""
    return warning(
        "calculation.absence_unknown",
        N_("{payee}: the plan says nothing about absences of the kind {kind}."),
        N_("Add the kind to `absences` of the plan; until then it changes nothing."),
        _place(payee),
        payee=payee,
        kind=kind,
    )


def _place(payee: str) -> Place:
    return Place(path=f"payees.{payee}")
