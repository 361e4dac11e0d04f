"""The examples inside a plan: they must come true before it is published."""

from collections.abc import Mapping
from fractions import Fraction

from incentives.calc.chain import calculate_periods
from incentives.calc.engine import calculate
from incentives.calc.facts import Inputs
from incentives.calc.inputs import parse_document, parse_inputs
from incentives.calc.plans import Example, Plan
from incentives.calc.quantities import exact_number
from incentives.calc.results import PayeeResult, Result
from kernel.documents import Plain
from kernel.issues import N_, Invalid, Issue, Place, error
from kernel.numbers import as_text

LONELY = "example"


def check_examples(plan: Plan) -> list[Issue]:
    """Run every example; an issue for each amount that differs. Empty when all come true."""
    return [issue for example in plan.examples for issue in _check(plan, example)]


def _check(plan: Plan, example: Example) -> list[Issue]:
    try:
        if "periods" in example.given:
            return _check_periods(plan, example)
        result = calculate(
            plan,
            parse_inputs(
                _body(plan, example.given),
                currency=plan.currency,
                convertible=bool(plan.conversion.rates),
            ),
        )
        return _compare(example, example.expect, result)
    except Invalid as problem:
        place = Place(path=f"{example.path}.given")
        return [issue.at(place.under(issue.place.path)) for issue in problem.issues]


def _inputs(plan: Plan, body: dict[str, object]) -> Inputs:
    return parse_inputs(body, currency=plan.currency, convertible=bool(plan.conversion.rates))


def _body(plan: Plan, given: Mapping[str, Plain]) -> dict[str, object]:
    """Inputs of one period from an example: of several payees, or of a lonely one."""
    rest = dict(given)
    body: dict[str, object] = {"period": rest.pop("period", None) or _any_period(plan)}
    if "payees" in rest:
        return body | rest
    return body | {"payees": [{"id": LONELY, **rest}]}


def _check_periods(plan: Plan, example: Example) -> list[Issue]:
    """An example over several periods: what it expects of each, in order of time."""
    stated, expected = example.given["periods"], example.expect.get("periods")
    rows, wanted = _blocks(stated), _blocks(expected)
    body = {**example.given, "periods": [_body(plan, row) for row in rows]}
    inputs = parse_document(body, currency=plan.currency, convertible=bool(plan.conversion.rates))
    if not isinstance(inputs, tuple) or not len(rows) == len(wanted) == len(inputs):
        return [_unreadable(example)]
    results = calculate_periods(plan, inputs).periods
    return [
        issue
        for expect, (_, result) in zip(wanted, results, strict=True)
        for issue in (_compare(example, expect, result) if expect else ())
    ]


def _blocks(value: Plain) -> list[dict[str, Plain]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _any_period(plan: Plan) -> str:
    """An example without a period is calculated on the day of the newest parameter."""
    days = [
        dated.valid_from
        for parameter in plan.parameters.values()
        for dated in parameter.values
        if dated.valid_from is not None
    ]
    return f"{max(days):%Y-%m}" if days else "2026-01"


def _compare(example: Example, expect: Mapping[str, Plain], result: Result) -> list[Issue]:
    people = expect.get("payees", {LONELY: dict(expect)})
    if not isinstance(people, dict):
        return [_unreadable(example)]
    issues = []
    known = {payee.id: payee for payee in result.payees}
    for key, wanted in people.items():
        if key not in known or not isinstance(wanted, dict):
            issues.append(_unreadable(example))
        else:
            issues += _compare_payee(example, known[key], wanted)
    return issues


def _compare_payee(
    example: Example, payee: PayeeResult, wanted: Mapping[str, Plain]
) -> list[Issue]:
    lines = {line.component: line.amount.amount for line in payee.lines}
    pairs: list[tuple[str, Plain, Fraction | None]] = []
    if "total" in wanted:
        pairs.append(("total", wanted["total"], payee.total.amount))
    expected_lines = wanted.get("lines", {})
    if not isinstance(expected_lines, dict) or set(wanted) - {"total", "lines"}:
        return [_unreadable(example)]
    pairs += [(key, text, lines.get(key)) for key, text in expected_lines.items()]
    if not pairs:
        return [_unreadable(example)]
    return [
        _differs(example, what, str(text), found)
        for what, text, found in pairs
        if found != exact_number(str(text))
    ]


def _differs(example: Example, what: str, wanted: str, found: Fraction | None) -> Issue:
    return error(
        "plan.example_fails",
        N_("The example {name} expects {wanted} for {what}, the plan gives {found}."),
        N_("Correct the plan, or the example."),
        Place(path=f"{example.path}.expect"),
        name=example.name,
        wanted=wanted,
        what=what,
        found="—" if found is None else as_text(found),
    )


def _unreadable(example: Example) -> Issue:
    return error(
        "plan.example_unreadable",
        N_("The example {name} does not say what to expect, or of whom."),
        N_("Write `total`, `lines` with component keys, or `payees` with ids of the example."),
        Place(path=f"{example.path}.expect"),
        name=example.name,
    )
