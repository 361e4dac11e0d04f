"""The result of one payee as plain data, as statements keep it."""

from typing import Any

from incentives.calc import Plan, parse_inputs, pay_of
from incentives.inputs import Document


def result_of(plan: Plan, inputs: Document, person_id: int) -> dict[str, Any]:
    """The result of one payee, lines with `amount_minor`. Pure: the same inputs, the same bytes."""
    parsed = parse_inputs(inputs, currency=plan.currency)
    payee = pay_of(plan, parsed, str(person_id))
    lines = [
        {"component": line.component, "amount_minor": line.amount.minor} for line in payee.lines
    ]
    return {**payee.as_json(), "lines": lines, "total_minor": payee.total.minor}
