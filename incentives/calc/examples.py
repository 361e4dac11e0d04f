"""The examples inside a plan: they must come true before it is published."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from incentives.calc.chain import calculate_periods
from incentives.calc.engine import calculate
from incentives.calc.facts import Inputs
from incentives.calc.inputs import parse_document, parse_inputs
from incentives.calc.plans import Example, Plan
from incentives.calc.quantities import exact_number
from incentives.calc.results import PayeeResult, Result
from kernel.documents import Plain, joined
from kernel.issues import N_, Invalid, Issue, Place, error
from kernel.numbers import as_text

LONELY = "example"


def check_examples(plan: Plan) -> list[Issue]:
    """Run every example; an issue for each amount that differs. Empty when all come true."""
    return [issue for example in plan.examples for issue in _check(plan, example)]


def _check(plan: Plan, example: Example) -> list[Issue]:
    try:
        inputs = _inputs(plan, example.given)
    except Invalid as problem:
        place = Place(path=f"{example.path}.given")
        return [issue.at(place.under(_written(example, issue))) for issue in problem.issues]
    if isinstance(inputs, tuple):
        return _check_periods(plan, example, inputs)
    result = calculate(plan, inputs)
    return _compare(example, example.expect, f"{example.path}.expect", result)


def _inputs(plan: Plan, given: Mapping[str, Plain]) -> Inputs | tuple[Inputs, ...]:
    fixed = bool(plan.conversion.rates)
    if "periods" not in given:
        return parse_inputs(_body(plan, given), currency=plan.currency, convertible=fixed)
    body = {**given, "periods": [_body(plan, row) for row in _blocks(given["periods"])]}
    return parse_document(body, currency=plan.currency, convertible=fixed)


def _written(example: Example, issue: Issue) -> str:
    """Where in the example something stands that was read as the body of a lonely payee."""
    start, lonely, rest = issue.place.path.partition("payees[0].")
    body: Plain = dict(example.given)
    if start:
        rows, number = _blocks(example.given["periods"]), start.strip("periods[].")
        body = rows[int(number)] if number.isdigit() and int(number) < len(rows) else {}
    is_stated = not lonely or (isinstance(body, dict) and "payees" in body)
    return issue.place.path if is_stated else f"{start}{rest}"


def _body(plan: Plan, given: Mapping[str, Plain]) -> dict[str, object]:
    """Inputs of one period from an example: of several payees, or of a lonely one."""
    rest = dict(given)
    body: dict[str, object] = {"period": rest.pop("period", None) or plan.newest_month}
    if "payees" in rest:
        return body | rest
    return body | {"payees": [{"id": LONELY, **rest}]}


def _check_periods(plan: Plan, example: Example, inputs: Sequence[Inputs]) -> list[Issue]:
    """An example over several periods: what it expects of each, in order of time."""
    wanted = _blocks(example.expect.get("periods"))
    path = f"{example.path}.expect"
    if len(wanted) != len(inputs):
        return [_unreadable(example, path)]
    results = calculate_periods(plan, inputs).periods
    return [
        issue
        for number, (expect, (_, result)) in enumerate(zip(wanted, results, strict=True))
        if expect
        for issue in _compare(example, expect, f"{path}.periods[{number}]", result)
    ]


def _blocks(value: Plain) -> list[dict[str, Plain]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _compare(
    example: Example, expect: Mapping[str, Plain], path: str, result: Result
) -> list[Issue]:
    people = expect.get("payees", {LONELY: dict(expect)})
    here = joined(path, "payees") if "payees" in expect else ""
    if not isinstance(people, dict):
        return [_unreadable(example, here)]
    issues = []
    known = {payee.id: payee for payee in result.payees}
    for key, wanted in people.items():
        where = joined(here, key) if here else path
        if key not in known or not isinstance(wanted, dict):
            issues.append(_unreadable(example, where))
        else:
            issues += _compare_payee(example, known[key], wanted, where)
    return issues


def _compare_payee(
    example: Example, payee: PayeeResult, wanted: Mapping[str, Plain], path: str
) -> list[Issue]:
    lines = {line.component: line.amount.amount for line in payee.lines}
    expected = wanted.get("lines", {})
    if not wanted or not isinstance(expected, dict) or set(wanted) - {"total", "lines"}:
        return [_unreadable(example, path)]
    rows = [(joined(f"{path}.lines", key), key, expected[key], lines.get(key)) for key in expected]
    if "total" in wanted:
        rows.insert(0, (f"{path}.total", "total", wanted["total"], payee.total.amount))
    return [issue for row in rows for issue in _compare_amount(example, *row)]


def _compare_amount(
    example: Example, path: str, what: str, wanted: Plain, found: Fraction | None
) -> Sequence[Issue]:
    try:
        number = exact_number(str(wanted), Place(path=path))
    except Invalid as problem:
        return problem.issues
    return [] if number == found else [_differs(example, path, what, str(wanted), found)]


def _differs(example: Example, path: str, what: str, wanted: str, found: Fraction | None) -> Issue:
    return error(
        "plan.example_fails",
        N_("The example {name} expects {wanted} for {what}, the plan gives {found}."),
        N_("Correct the plan, or the example."),
        Place(path=path),
        name=example.name,
        wanted=wanted,
        what=what,
        found="—" if found is None else as_text(found),
    )


def _unreadable(example: Example, path: str) -> Issue:
    return error(
        "plan.example_unreadable",
        N_("The example {name} does not say what to expect, or of whom."),
        N_("Write `total`, `lines` with component keys, or `payees` with ids of the example."),
        Place(path=path),
        name=example.name,
    )
