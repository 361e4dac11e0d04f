"""What formulas read, which are ratios, in which order they are computed."""

import re
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kernel.expressions import (
    RESERVED,
    Arithmetic,
    Binary,
    Expression,
    Name,
    Number,
    check,
    evaluate,
    names,
    order_formulas,
    parse,
    ratio,
    text_of,
)
from kernel.issues import Invalid, Place
from tests.kernel.formulas import formulas, given_values


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
