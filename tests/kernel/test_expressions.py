"""Formulas: parsing, evaluation, limits, traces."""

import re
from dataclasses import FrozenInstanceError
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kernel.expressions import (
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_OPERATORS,
    Expression,
    Name,
    evaluate,
    parse,
    text_of,
)
from kernel.issues import Invalid, Place
from tests.kernel.formulas import formulas, given_values, value_or_none


@given(formulas, given_values)
def test_evaluation_agrees_with_python(
    formula: Expression, values: dict[str, Fraction | None]
) -> None:
    assert evaluate(formula, values) == value_or_none(formula, values)


@given(formulas)
def test_canonical_text_parses_to_the_same_tree(formula: Expression) -> None:
    assert parse(text_of(formula)) == formula


@given(formulas)
def test_redundant_brackets_and_spaces_change_nothing(formula: Expression) -> None:
    text = text_of(formula)

    assert parse(f"(\n{text.replace(' ', '  ')}\u00a0)") == formula


@given(
    st.recursive(
        st.integers(0, 99).map(str),
        lambda inner: (
            st.tuples(inner, st.sampled_from("+-*/"), inner).map(" ".join)
            | inner.map("({})".format)
            | inner.map("-{}".format)
        ),
        max_leaves=12,
    )
)
@example("2 - 3 - 4 * 5 / 6 / 7")
def test_precedence_is_that_of_python(text: str) -> None:
    """Python's parser is the oracle for arithmetic: digits become fractions, then it evaluates."""
    python = re.sub(r"\d+", r"Fraction(\g<0>)", text)
    try:
        expected = eval(python, {"Fraction": Fraction})  # noqa: S307 - built from digits above
    except ZeroDivisionError:
        expected = None

    assert evaluate(parse(text), {}) == expected


@given(st.text(max_size=60) | st.text("ab1.5+-*/()<>=, %\nifmaxndotr", max_size=60))
def test_any_text_is_a_formula_or_is_refused_with_places_and_remedies(text: str) -> None:
    issues = _issues(text)
    lines = text.split("\n")

    for issue in issues:
        assert issue.text()
        assert issue.remedy_text()
        assert issue.place.line is not None
        assert issue.place.column is not None
        assert 1 <= issue.place.line <= len(lines)
        assert 1 <= issue.place.column <= len(lines[issue.place.line - 1]) + 1
    if not issues:
        evaluate(parse(text), {})


def _issues(text: str, where: Place = Place()) -> list[Any]:  # noqa: B008 - frozen
    try:
        parse(text, where)
    except Invalid as invalid:
        return list(invalid.issues)
    return []


def _codes(text: str) -> list[str]:
    return [issue.code for issue in _issues(text)]


def _nested(depth: int) -> str:
    return "(" * (depth - 1) + "1" + ")" * (depth - 1)


@pytest.mark.parametrize(
    ("within", "beyond", "code"),
    [
        (_nested(MAX_DEPTH), _nested(MAX_DEPTH + 1), "expression.too_deep"),
        ("-" * (MAX_DEPTH - 1) + "1", "-" * MAX_DEPTH + "1", "expression.too_deep"),
        ("1" + "+1" * MAX_OPERATORS, "1" + "+1" * (MAX_OPERATORS + 1),
         "expression.too_many_operators"),
        ("1".ljust(MAX_LENGTH), "1".ljust(MAX_LENGTH + 1), "expression.too_long"),
        ("1e100", "1e101", "number.too_large"),
    ],
)  # fmt: skip
def test_limits_hold_exactly(within: str, beyond: str, code: str) -> None:
    assert _codes(within) == []
    assert _codes(beyond) == [code]


HOSTILE = [
    "(" * 2000,
    "-" * 2000,
    "not " * 500,
    "if(" * 600,
    "abs(" * 500,
    "1+" * 1000,
    "((1+" * 49,
    "if(a<b or a<b and a<b+1*(" * 45,
    "min(" + "a," * 900 + "a)",
    "%" * 2000,
    "é" * 2000,
    "9" * 2000,
    "1e" + "9" * 1990,
    "a" * 2000,
    "\x00" * 2000,
    "(" * 10_000_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12])
def test_hostile_text_is_answered_not_endured(text: str) -> None:
    assert all(code.startswith(("expression.", "number.")) for code in _codes(text))


def test_the_deepest_tree_can_be_compared_evaluated_and_shown() -> None:
    text = "(" * 48 + "a" + "+(b)*a" * 75 + ")" * 48
    formula = parse(text)

    assert formula == parse(text)
    assert hash(formula) == hash(parse(text))
    assert parse(text_of(formula)) == formula
    assert evaluate(formula, {"a": Fraction(1), "b": Fraction(2)}) == 151


def test_a_result_that_explodes_is_refused_with_its_place() -> None:
    formula = parse("\n * ".join(["1e100"] * 20))

    with pytest.raises(Invalid) as refused:
        evaluate(formula, {})

    assert [issue.code for issue in refused.value.issues] == ["expression.too_large"]
    assert refused.value.issues[0].place.line == 13


def test_places_are_those_of_the_document() -> None:
    where = Place("kpis.yaml", "kpis[3].formula", 40, 12)

    found = [str(issue.place) for issue in _issues("$ +\n  $", where)]

    assert found == ["kpis.yaml:kpis[3].formula:40:12", "kpis.yaml:kpis[3].formula:41:3"]


def test_a_win_rate() -> None:
    formula = parse("if(lost > 0, won / (won + lost) * 100, 0)")
    assert evaluate(formula, {"won": Fraction(3), "lost": Fraction(5)}) == Fraction("37.5")


def test_a_divisor_of_zero_and_missing_parts_give_no_value() -> None:
    assert evaluate(parse("a / b"), {"a": Fraction(1), "b": Fraction(0)}) is None
    assert evaluate(parse("coalesce(a, b)"), {"a": None}) is None


@pytest.mark.parametrize("value", [0.5, True])
def test_floats_and_truths_among_the_values_are_our_bug(value: Any) -> None:
    with pytest.raises(TypeError):
        evaluate(parse("a + 1"), {"a": value})


@pytest.mark.parametrize("text", [None, 1, 0.5, b"a"])
def test_a_formula_is_text(text: Any) -> None:
    with pytest.raises(TypeError):
        parse(text)


def test_a_tree_is_frozen() -> None:
    name = Name("a")
    with pytest.raises(FrozenInstanceError):
        name.name = "b"  # type: ignore[misc]  # frozen: refused on purpose
