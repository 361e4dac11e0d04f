"""The published format: the page, the schema and the parser say the same."""

import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from incentives.calc import (
    amount_text,
    calculate,
    check_examples,
    parse_inputs,
    parse_plan,
    plan_schema,
)
from incentives.calc.reference import reference
from kernel.documents import load_text
from kernel.issues import Invalid

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "formats" / "plan.md").read_text(encoding="utf-8")
HERE = Path(__file__).parent
PLAN_FILES = sorted((HERE.parent / "plans").glob("*.yaml"))
EXAMPLE_FILES = sorted((HERE / "examples").glob("*.yaml"))


def block(kind: str) -> str:
    found = re.search(rf"```yaml {kind}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


RECIPES = [load_text(text).value for text in re.findall(r"```yaml recipe\n(.*?)```", PAGE, re.S)]


def recipe_plan(recipe: Any) -> dict[str, Any]:
    measures = {"revenue": {"sum": "amount"}, "quota": {"objective": "revenue"}}
    return {
        "key": "recipe",
        "name": "Recipe",
        "currency": "EUR",
        "period": "month",
        "measures": measures | recipe["measures"],
        "components": [{"key": "line", "steps": recipe["steps"]}],
        "examples": [
            {"given": {"period": "2026-01", **recipe["given"]}, "expect": {"total": recipe["pays"]}}
        ],
    }


def documents() -> list[Any]:
    plans = [load_text(path.read_text(encoding="utf-8")).value for path in PLAN_FILES]
    wrapped: list[Any] = [load_text(p.read_text(encoding="utf-8")).value for p in EXAMPLE_FILES]
    recipes = [recipe_plan(recipe) for recipe in RECIPES]
    return [*plans, *(found["plan"] for found in wrapped), load_text(block("plan")).value, *recipes]


def test_the_plan_and_inputs_of_the_page_give_the_amounts_of_the_page() -> None:
    plan = parse_plan(block("plan"))
    assert check_examples(plan) == []
    result = calculate(plan, parse_inputs(block("inputs"), currency=plan.currency)).of("ana")
    assert [(line.component, amount_text(line.amount)) for line in result.lines] == [
        ("commission", "5000.00"),
        ("big_deals", "600.00"),
    ]
    assert amount_text(result.total) == "5600.00"
    assert result.issues == ()


def test_every_recipe_of_the_page_pays_what_it_says() -> None:
    assert len(RECIPES) >= 9
    for recipe in RECIPES:
        assert check_examples(parse_plan(recipe_plan(recipe))) == [], recipe


def test_the_reference_on_the_page_is_what_the_parser_reads() -> None:
    assert PAGE.endswith(reference())


def test_payroll_counts_a_line_everywhere_unless_the_plan_says_otherwise() -> None:
    plan = parse_plan(block("plan"))
    flags = [(one.key, one.leave_base, one.minimum_wage) for one in plan.components]
    assert flags == [("commission", True, True), ("big_deals", True, True)]
    plan = parse_plan(changed("components.0.leave_base", False))
    flags = [(one.key, one.leave_base, one.minimum_wage) for one in plan.components]
    assert flags == [("commission", False, True), ("big_deals", True, True)]


def test_the_schema_is_valid_and_accepts_every_plan_that_the_parser_accepts() -> None:
    schema = plan_schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for document in documents():
        parse_plan(document)
        assert [error.message for error in validator.iter_errors(document)] == []


def without(path: str) -> Any:
    """The page's plan without one key."""
    found: Any = load_text(block("plan")).value
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    inner = found
    for part in parents:
        inner = inner[part]
    del inner[last]
    return found


def changed(path: str, value: Any) -> Any:
    """The page's plan with one key set."""
    found: Any = load_text(block("plan")).value
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    inner = found
    for part in parents:
        inner = inner[part]
    inner[last] = value
    return found


@pytest.mark.parametrize(
    "document",
    [
        without("currency"),
        without("components.0.key"),
        without("components.0.steps.0.rate"),
        changed("components.0.steps.0.rates", "5 %"),
        changed("components.0.steps.0.step", "acelerator"),
        changed("components.0.steps.0.mode", "sideways"),
        changed("components.0.key", "Not A Key"),
        changed("measures.quota.kpi", "two_sources"),
        changed("components.0.minimum_wage", "no"),
        changed("period", "fortnight"),
        changed("components", []),
        changed("components.0.steps.0.base", ["a", "list"]),
    ],
)
def test_schema_and_parser_refuse_the_same_mistakes(document: Any) -> None:
    assert not Draft202012Validator(plan_schema()).is_valid(document)
    with pytest.raises(Invalid):
        parse_plan(document)
