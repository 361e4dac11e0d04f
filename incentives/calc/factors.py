"""Quantity and rate of a payment line, where the line is nothing but one times the other."""

from collections.abc import Mapping

from kernel.trace import Step

# by step: the parameter that is the quantity, and the one that is the rate
FACTORS: Mapping[str, tuple[str, str]] = {
    "flat_rate": ("base", "rate"),
    "spiff": ("count", "amount"),
}
Factors = dict[str, str]


def factors_of(trace: Step) -> dict[str, Factors]:
    """By component: `quantity` and `rate` as exact decimals, from the trace of a payee.

    Only where one step alone makes the line: after a cap, a gate or a weight the two no longer
    give the amount. A factor without end (a third) has no decimal text, so the line has none.
    """
    found = {}
    for part in trace.children:
        factors = _of_component(part) if part.code == "component" else None
        if factors is not None:
            found[dict(part.params)["name"]] = factors
    return found


def _of_component(part: Step) -> Factors | None:
    steps = [child for child in part.children if child.code != "rounding"]
    if len(steps) != 1 or steps[0].code not in FACTORS:
        return None
    params = dict(steps[0].params)
    quantity, rate = (params.get(word, "") for word in FACTORS[steps[0].code])
    if not _ends(quantity) or not _ends(rate):
        return None
    return {"quantity": quantity, "rate": rate}


def _ends(text: str) -> bool:
    return bool(text) and "/" not in text
