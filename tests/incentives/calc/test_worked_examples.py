"""Published examples, each as a plan document; the expected figures are read from outside."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from incentives.calc import (
    Inputs,
    PayeeResult,
    Plan,
    calculate,
    calculate_periods,
    parse_document,
    parse_plan,
    pay_of,
)
from kernel.documents import load_text
from kernel.trace import Step

FILES = sorted((Path(__file__).parent / "examples").glob("*.yaml"))


@pytest.fixture(scope="module")
def published(shared: Path) -> dict[str, Any]:
    text = (shared / "examples" / "worked_examples.json").read_text(encoding="utf-8")
    return {row["id"]: row["expected"] for row in json.loads(text, parse_float=str, parse_int=str)}


def within(value: Any, path: str) -> Fraction:
    for part in path.split("."):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return Fraction(value)


def steps_of(trace: Step, code: str) -> list[Step]:
    return [step for step in trace.walk() if step.code == code]


def figure_of(payee: PayeeResult, path: str) -> Fraction:
    kind, _, rest = path.partition(".")
    if kind == "line":
        return next(line.amount.amount for line in payee.lines if line.component == rest)
    if kind == "carried":
        return (payee.carried or {})[rest]
    if kind == "step":
        code, _, number = rest.partition(".")
        return Fraction(steps_of(payee.trace, code)[int(number)].value)
    return payee.total.amount


def periods_of(document: dict[str, Any], plan: Plan) -> tuple[Inputs, ...]:
    rows = document.get("periods") or [document["inputs"]]
    inputs = parse_document({"periods": rows}, currency=plan.currency)
    assert isinstance(inputs, tuple)
    return inputs


def runs_of(document: dict[str, Any]) -> list[dict[str, PayeeResult]]:
    """One calculation per period; what a period leaves flows into the next by itself."""
    plan = parse_plan(document["plan"])
    results = calculate_periods(plan, periods_of(document, plan)).periods
    return [{payee.id: payee for payee in result.payees} for _, result in results]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_published_example_comes_out_to_the_last_digit(
    path: Path, published: dict[str, Any]
) -> None:
    document: Any = load_text(path.read_text(encoding="utf-8")).value
    runs = runs_of(document)
    found = {
        row["expected"]: figure_of(runs[int(row.get("run", "0"))][row["payee"]], row["found"])
        * Fraction(row.get("times", "1"))
        for row in document["compare"]
    }
    assert found == {key: within(published[path.stem], key) for key in found}
    assert not [issue for run in runs for payee in run.values() for issue in payee.issues]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_one_payee_alone_gets_what_all_together_give(path: Path) -> None:
    document: Any = load_text(path.read_text(encoding="utf-8")).value
    plan = parse_plan(document["plan"])
    for inputs in periods_of(document, plan):
        together = calculate(plan, inputs).payees
        assert tuple(pay_of(plan, inputs, one.id) for one in reversed(together)) == together[::-1]


def test_every_published_example_is_a_plan_document(published: dict[str, Any]) -> None:
    assert sorted(published) == [path.stem for path in FILES]
