"""Formulas: parsing, evaluation, analysis. The oracle is Python's own arithmetic on fractions."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import FrozenInstanceError
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from kernel.expressions import (
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_OPERATORS,
    RESERVED,
    Arithmetic,
    Binary,
    Call,
    Compare,
    Comparison,
    Expression,
    Function,
    Logic,
    Logical,
    Name,
    Negate,
    Not,
    Number,
    check,
    evaluate,
    evaluate_traced,
    names,
    order_formulas,
    parse,
    ratio,
    text_of,
)
from kernel.issues import Invalid, Place
from kernel.numbers import as_text
from kernel.trace import Step

KEYS = ("a", "b", "c", "deals_won")
literals = st.decimals(0, 10_000, places=3).map(lambda value: Number(Fraction(value)))
leaves = literals | st.sampled_from(KEYS).map(Name)


@st.composite
def _conditions(draw: st.DrawFn, inner: st.SearchStrategy[Expression]) -> Expression:
    shape = draw(st.integers(0, 5))
    if shape == 0:
        return Not(draw(_conditions(inner)))
    if shape == 1:
        sign = draw(st.sampled_from(Logical))
        return Logic(sign, draw(_conditions(inner)), draw(_conditions(inner)))
    return Compare(draw(st.sampled_from(Comparison)), draw(inner), draw(inner))


@st.composite
def _bigger(draw: st.DrawFn, inner: st.SearchStrategy[Expression]) -> Expression:
    shape = draw(st.sampled_from(["binary", "binary", "negate", *Function]))
    match shape:
        case "binary":
            return Binary(draw(st.sampled_from(Arithmetic)), draw(inner), draw(inner))
        case "negate":
            return Negate(draw(inner))
        case Function.ABS:
            return Call(Function.ABS, (draw(inner),))
        case Function.ROUND:
            return Call(Function.ROUND, (draw(inner), Number(Fraction(draw(st.integers(0, 12))))))
        case Function.IF:
            return Call(Function.IF, (draw(_conditions(inner)), draw(inner), draw(inner)))
        case _:
            arguments = draw(st.lists(inner, min_size=1, max_size=3))
            return Call(Function(shape), tuple(arguments))


formulas = st.recursive(leaves, _bigger, max_leaves=10)
amounts = st.none() | st.fractions(-1000, 1000, max_denominator=50)
given_values = st.fixed_dictionaries(dict.fromkeys(KEYS, amounts))


class _Missing(Exception):  # noqa: N818 - how the oracle says "no value"
    pass


_PYTHON: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "=": operator.eq, "!=": operator.ne,
}  # fmt: skip


def _half_up(value: Fraction, places: int) -> Fraction:
    scaled = abs(value) * 10**places + Fraction(1, 2)
    size = Fraction(scaled.numerator // scaled.denominator, 10**places)
    return size if value >= 0 else -size


def _oracle(part: Expression, values: Mapping[str, Fraction | None]) -> Any:
    """The value by Python operators; whatever is missing or divided by zero is an exception."""

    def value(inner: Expression) -> Any:
        return _oracle(inner, values)

    match part:
        case Number(number):
            return number
        case Name(name):
            if values.get(name) is None:
                raise _Missing
            return values[name]
        case Negate(inner):
            return -value(inner)
        case Not(inner):
            return not value(inner)
        case Binary(sign, left, right) | Compare(sign, left, right):
            try:
                return _PYTHON[sign](value(left), value(right))
            except ZeroDivisionError:
                raise _Missing from None
        case Logic(sign, left, right):
            return _kleene(sign, [_or_none(left, values), _or_none(right, values)])
        case Call(Function.IF, (condition, then, other)):
            return value(then) if value(condition) else value(other)
        case Call(Function.COALESCE, arguments):
            for argument in arguments:
                if (found := _or_none(argument, values)) is not None:
                    return found
            raise _Missing
        case Call(Function.ROUND, (inner, Number(places))):
            return _half_up(value(inner), int(places))
        case Call(function, arguments):
            several = [value(argument) for argument in arguments]
            by_name: dict[str, Callable[[list[Any]], Any]] = {
                "min": min, "max": max, "sum": sum, "abs": lambda one: abs(one[0]),
            }  # fmt: skip
            return by_name[function](several)


def _kleene(sign: Logical, parts: list[Any]) -> bool:
    possible = {
        (left and right) if sign is Logical.AND else (left or right)
        for left in ([True, False] if parts[0] is None else [parts[0]])
        for right in ([True, False] if parts[1] is None else [parts[1]])
    }
    if len(possible) > 1:
        raise _Missing
    return bool(possible.pop())


def _or_none(part: Expression, values: Mapping[str, Fraction | None]) -> Any:
    try:
        return _oracle(part, values)
    except _Missing:
        return None


@given(formulas, given_values)
def test_evaluation_agrees_with_python(
    formula: Expression, values: dict[str, Fraction | None]
) -> None:
    assert evaluate(formula, values) == _or_none(formula, values)


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


@given(formulas, given_values)
def test_the_trace_has_the_value_and_repeats_identically(
    formula: Expression, values: dict[str, Fraction | None]
) -> None:
    value, trace = evaluate_traced(formula, values)

    assert value == evaluate(formula, values)
    assert trace.value == ("" if value is None else as_text(value))
    assert evaluate_traced(formula, values) == (value, trace)
    assert Step.from_json(trace.as_json()) == trace


@given(formulas, given_values)
def test_names_are_all_that_a_formula_reads(
    formula: Expression, values: dict[str, Fraction | None]
) -> None:
    used = names(formula)

    assert evaluate(formula, {key: values[key] for key in used}) == evaluate(formula, values)
    assert used == set(re.findall(r"[a-z_]+", text_of(formula))) - RESERVED
    assert check(formula, used) == []
    assert {dict(issue.params)["name"] for issue in check(formula, set())} == used


@given(formulas, given_values)
def test_a_ratio_is_the_formula(formula: Expression, values: dict[str, Fraction | None]) -> None:
    per_cent = Binary(Arithmetic.MULTIPLY, formula, Number(Fraction(100)))
    for whole in (formula, per_cent):
        parts = ratio(whole)
        if parts is not None:
            top, bottom = (evaluate(part, values) for part in parts[:2])
            quotient = None if top is None or not bottom else top / bottom * parts[2]
            assert evaluate(whole, values) == quotient


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a / b", ("a", "b", 1)),
        ("a / b * 100", ("a", "b", 100)),
        ("100 * (a / b)", ("a", "b", 100)),
        ("(a - c) / (a + b) * 100", ("a - c", "a + b", 100)),
        ("100 * a / b", ("100 * a", "b", 1)),
        ("a / b * 2 * 50", ("a", "b", 100)),
        ("a", None),
        ("a * 100", None),
        ("a / b * c", None),
        ("a / b - c", None),
        ("a / b + 1", None),
    ],
)
def test_ratios_are_recognised(text: str, parts: tuple[str, str, int] | None) -> None:
    found = ratio(parse(text))

    shown = found and (text_of(found[0]), text_of(found[1]), int(found[2]))
    assert shown == parts


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
    assert evaluate_traced(formula, {"a": Fraction(1), "b": Fraction(2)})[0] == 151


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


def test_a_place_that_is_unknown_stays_useful() -> None:
    where = Place("kpis.yaml", "kpis[3].formula", 40, 12)
    bare = Binary(Arithmetic.ADD, Name("a"), Name("b"))

    assert [str(issue.place) for issue in check(bare, {"a"}, where)] == [
        "kpis.yaml:kpis[3].formula:40:12"
    ]


def test_all_unknown_names_are_listed_with_the_closest_known_one() -> None:
    formula = parse("(deal_won + deal_won) / (leadz + zebra)")

    issues = check(formula, {"deals_won", "leads", "calls"})

    assert [(str(issue.place), issue.text(), issue.remedy_text()) for issue in issues] == [
        ("1:2", 'There is no value called "deal_won".', 'Did you mean "deals_won"?'),
        ("1:26", 'There is no value called "leadz".', 'Did you mean "leads"?'),
        (
            "1:34",
            'There is no value called "zebra".',
            "Use one of the known names: calls, deals_won, leads.",
        ),
    ]


def test_formulas_come_after_those_that_they_read() -> None:
    texts = {"ltv_cac": "ltv / cac", "ltv": "average_deal * 5", "cac": "spend / new_customers",
             "average_deal": "revenue / deals_won", "calls_count": "calls"}  # fmt: skip

    order = order_formulas({key: parse(text) for key, text in texts.items()})

    assert order == ["average_deal", "cac", "calls_count", "ltv", "ltv_cac"]


@given(
    st.dictionaries(
        st.sampled_from("abcdefgh"),
        st.lists(st.sampled_from("abcdefghz"), min_size=1, max_size=3),
        max_size=8,
    ),
    st.randoms(),
)
def test_an_order_is_valid_and_stable_or_every_cycle_is_a_cycle(
    reads: dict[str, list[str]], chance: Any
) -> None:
    trees = {key: parse(" + ".join(used)) for key, used in reads.items()}
    shuffled = list(trees.items())
    chance.shuffle(shuffled)
    try:
        order = order_formulas(trees)
    except Invalid as invalid:
        cycles = [dict(issue.params)["cycle"].split(" → ") for issue in invalid.issues]
    else:
        cycles = []
        position = {key: index for index, key in enumerate(order)}
        assert sorted(order) == sorted(trees)
        assert order == order_formulas(dict(shuffled))
        assert all(
            position[used] < position[key]
            for key in trees
            for used in set(reads[key]) & trees.keys()
        )

    assert bool(cycles) == _has_cycle(reads)
    for cycle in cycles:
        assert cycle[0] == cycle[-1] == min(cycle)
        assert all(after in reads[before] for before, after in pairwise(cycle))


def _has_cycle(reads: dict[str, list[str]]) -> bool:
    """Strip what reads nothing that is left; what remains reads itself in a circle."""
    left = dict(reads)
    while free := [key for key, used in left.items() if not set(used) & left.keys()]:
        for key in free:
            del left[key]
    return bool(left)


def test_every_circle_is_named_in_its_order() -> None:
    texts = {"a": "c * 2", "b": "a", "c": "1 + b", "z": "z", "w": "z + a"}

    with pytest.raises(Invalid) as refused:
        order_formulas({key: parse(text) for key, text in texts.items()}, Place("kpis.yaml"))

    assert sorted(str(refused.value).splitlines()) == [
        "kpis.yaml:1:1: These formulas need each other in a circle: a → c → b → a.",
        "kpis.yaml:1:1: These formulas need each other in a circle: z → z.",
    ]


def test_the_trace_of_a_win_rate() -> None:
    formula = parse("if(lost > 0, won / (won + lost) * 100, 0)")

    value, trace = evaluate_traced(formula, {"won": Fraction(3), "lost": Fraction(5)})

    assert value == Fraction("37.5")
    assert [(step.code, step.text(), step.value) for step in trace.walk()] == [
        ("expression.if", "if(lost > 0, won / (won + lost) * 100, 0)", "37.5"),
        ("expression.more", "lost > 0", "true"),
        ("expression.value", "lost", "5"),
        ("expression.multiply", "won / (won + lost) * 100", "37.5"),
        ("expression.divide", "won / (won + lost)", "0.375"),
        ("expression.value", "won", "3"),
        ("expression.add", "won + lost", "8"),
        ("expression.value", "won", "3"),
        ("expression.value", "lost", "5"),
    ]


def test_the_trace_says_why_there_is_no_value() -> None:
    by_zero = evaluate_traced(parse("a / b"), {"a": Fraction(1), "b": Fraction(0)})
    missing = evaluate_traced(parse("coalesce(a, b)"), {"a": None})

    assert by_zero[1].text() == "a / b: no value, because the divisor is zero"
    assert [step.text() for step in missing[1].walk()] == [
        "coalesce(a, b): no value, because a part of it is missing",
        "a: no value",
        "b: no value",
    ]
    assert (by_zero[0], missing[0]) == (None, None)


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
        name.name = "b"  # type: ignore[misc]


def test_the_shared_dictionary_is_understood(shared: Path) -> None:
    """Every formula of the reference dictionary parses, and its examples come out."""
    data = yaml.safe_load((shared / "kpi-dictionary.yaml").read_text(encoding="utf-8"))
    trees = {kpi["key"]: parse(str(kpi["formula"])) for kpi in data["kpis"]}
    known = {metric["key"] for metric in data["metrics"]} | trees.keys()
    examples = {kpi["key"]: kpi["example"] for kpi in data["kpis"] if "example" in kpi}

    results = {
        key: evaluate(trees[key], {name: Fraction(value) for name, value in values.items()})
        for key, (values, _) in examples.items()
    }

    assert results == {key: expected for key, (_, expected) in examples.items()}
    assert len(results) >= 2
    assert sorted(order_formulas(trees)) == sorted(trees)
    unknown = [issue for tree in trees.values() for issue in check(tree, known)]
    # rates and durations that a company states as parameters, not metrics of its log
    assert {dict(issue.params)["name"] for issue in unknown} == {
        "days_in_period",
        "gross_margin_rate",
        "purchases_per_year",
        "relationship_years",
        "retention_rate",
        "revenue_per_customer",
    }
