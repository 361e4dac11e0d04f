"""The result of one payee as plain data, as statements keep it."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from incentives.calc import Plan, parse_inputs, pay_of
from incentives.calc.factors import factors_of
from incentives.calc.spans import carried_on
from incentives.gathering.inputs import Document


def result_of(plan: Plan, inputs: Document, person_id: int) -> dict[str, Any]:
    """The result of one payee, lines with `amount_minor`. Pure: the same inputs, the same bytes.

    A line that is a quantity times a rate carries both, as payroll files show them.
    """
    parsed = parse_inputs(inputs, currency=plan.currency)
    payee = pay_of(plan, parsed, str(person_id))
    factors = factors_of(payee.trace)
    lines = [
        {
            "component": line.component,
            "amount_minor": line.amount.minor,
            **factors.get(line.component, {}),
        }
        for line in payee.lines
    ]
    return {**payee.as_json(), "lines": lines, "total_minor": payee.total.minor}


def figures_of(result: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The result without its trace: what lists and sums ask for.

    `carried` are all balances after the period, also those that no step of the plan touched.
    """
    figures = {key: part for key, part in result.items() if key != "trace"}
    brought = inputs["payees"][0].get("carried") or {}
    return {**figures, "carried": carried_on(brought, result["carried"])}


def difference_to(now: Mapping[str, Any], paid: Mapping[str, int]) -> dict[str, Any]:
    """The result of a correction: what `result_of` gives now, less what was paid before.

    `paid` holds minor units by component. Lines are the components that differ, in order of key;
    the total is their sum. Pure, so that a proof can do it again.
    """
    due = Counter({line["component"]: line["amount_minor"] for line in now["lines"]})
    before = Counter(paid)
    lines = [
        {"component": key, "amount_minor": due[key] - before[key]}
        for key in sorted(due.keys() | before.keys())
        if due[key] != before[key]
    ]
    total = due.total() - before.total()
    return {**now, "lines": lines, "total_minor": total, "paid_minor": dict(paid)}


def engine_part(
    plan: Plan, known: Document, person_id: int, paid: Mapping[str, int]
) -> dict[str, int]:
    """What this engine alone changes of what was paid, in minor units by component.

    `known` are the inputs that another engine has paid `paid` for.
    """
    now = difference_to(result_of(plan, known, person_id), paid)
    return {line["component"]: line["amount_minor"] for line in now["lines"]}
