"""Effects add up to the change, and are what the definitions (all orders, one by one) say."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import permutations
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from kernel.expressions import Expression, evaluate, parse
from kpis.calc.figures import Figure, Formulas
from kpis.calc.moves import (
    adds_up,
    effects_of_a_rate,
    effects_of_parts,
    effects_of_rates,
    effects_of_sums,
)

PAGE = Path(__file__).resolve().parents[3] / "docs/algorithms/moves.md"
numbers = st.fractions(min_value=-1000, max_value=1000, max_denominator=50)
positive = st.fractions(min_value=1, max_value=1000, max_denominator=50)
FORMULAS = (
    "a * b * c", "a / b + c", "a + b - c", "(a - b) / c * 100", "max(a, b) * c", "a / b * c",
)  # fmt: skip


def table(head: str) -> list[list[str]]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith(f"| {head} |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def rate(top: int | Fraction, bottom: int | Fraction, factor: int = 100) -> Figure:
    n, d = Fraction(top), Fraction(bottom)
    return Figure(n / d * factor if d else None, n, d, Fraction(factor))


def every_order(
    formula: Expression, before: Mapping[str, Fraction], now: Mapping[str, Fraction]
) -> dict[str, Fraction] | None:
    """The mean over all orders, by walking through each of them."""
    totals = dict.fromkeys(before, Fraction(0))
    orders = list(permutations(before))
    for order in orders:
        values: dict[str, Fraction | None] = dict(before)
        old = evaluate(formula, values)
        for name in order:
            values[name] = now[name]
            new = evaluate(formula, values)
            if old is None or new is None:
                return None
            totals[name] += new - old
            old = new
    return {name: total / len(orders) for name, total in totals.items()}


# --- the worked tables -------------------------------------------------------------------------


def test_the_table_of_a_rate() -> None:
    (top, bottom) = table("part")
    found = {one.name: one for one in effects_of_a_rate(rate(12, 40), rate(10, 50))}
    for name, before, now, effect in (top, bottom):
        one = found[name]
        assert (str(one.before), str(one.now), str(one.effect)) == (before, now, effect)


def test_the_table_of_a_product() -> None:
    rows = table("factor")
    before = {row[0]: Fraction(row[1]) for row in rows}
    now = {row[0]: Fraction(row[2]) for row in rows}
    found = effects_of_parts(parse(" * ".join(before)), before, now)
    assert {one.name: str(one.effect) for one in found} == {row[0]: row[3] for row in rows}
    assert sum(one.effect for one in found) == -1000


def test_the_table_of_people() -> None:
    rows = table("person")
    groups = {
        row[0]: (
            rate(Fraction(row[1]), Fraction(row[2])),
            rate(Fraction(row[3]), Fraction(row[4])),
        )
        for row in rows
    }
    found = effects_of_rates((rate(12, 40), rate(10, 50)), groups)
    assert found is not None
    assert found.rest == 0
    shown = {one.key: [one.numerator, one.denominator, one.effect] for one in found.effects}
    assert {key: [str(cell) for cell in cells] for key, cells in shown.items()} == {
        row[0]: row[5:] for row in rows
    }
    assert [one.key for one in found.effects] == ["Inès", "Hugo", "Léa"]


# --- for any figures ---------------------------------------------------------------------------


@given(st.sampled_from(FORMULAS), *[numbers] * 6)
def test_parts_are_the_mean_of_all_orders(
    formula: str, a: Fraction, b: Fraction, c: Fraction, x: Fraction, y: Fraction, z: Fraction
) -> None:
    read = parse(formula)
    before, now = {"a": a, "b": b, "c": c}, {"a": x, "b": y, "c": z}
    found = effects_of_parts(read, before, now)
    expected = every_order(read, before, now)
    if expected is None:
        assert found == []
        return
    assert {one.name: one.effect for one in found} == expected
    was, is_now = evaluate(read, before), evaluate(read, now)
    assert was is not None
    assert is_now is not None
    assert sum(one.effect for one in found) == is_now - was


groups_of_rates = st.dictionaries(
    st.sampled_from("pqrstu"), st.tuples(numbers, positive, numbers, positive), min_size=1
)


@given(groups_of_rates)
def test_groups_of_a_rate_add_up_to_its_parts(
    groups: dict[str, tuple[Fraction, Fraction, Fraction, Fraction]],
) -> None:
    sums = [sum(row[at] for row in groups.values()) for at in range(4)]
    total = (rate(sums[0], sums[1]), rate(sums[2], sums[3]))
    pairs = {key: (rate(row[0], row[1]), rate(row[2], row[3])) for key, row in groups.items()}
    found = effects_of_rates(total, pairs)
    assert found is not None
    assert found.rest == 0
    parts = {one.name: one.effect for one in effects_of_a_rate(*total)}
    assert sum(one.numerator for one in found.effects) == parts["numerator"]
    assert sum(one.denominator for one in found.effects) == parts["denominator"]
    assert total[0].value is not None
    assert total[1].value is not None
    change = total[1].value - total[0].value
    assert sum(one.effect for one in found.effects) == change


@given(positive, positive, positive)
def test_growing_at_the_rate_of_the_whole_moves_nothing(
    n: Fraction, d: Fraction, more: Fraction
) -> None:
    steady, grown = rate(n, d), rate(n * (1 + more), d * (1 + more))
    found = effects_of_rates((steady, grown), {"all": (steady, grown)})
    assert found is not None
    assert [one.effect for one in found.effects] == [0]


@given(st.dictionaries(st.sampled_from("pqrst"), st.tuples(numbers, numbers)), numbers, numbers)
def test_sums_add_up_with_their_rest(
    groups: dict[str, tuple[Fraction, Fraction]], was: Fraction, is_now: Fraction
) -> None:
    pairs = {key: (Figure(a, a, Fraction(1)), Figure(b, b, Fraction(1)))
             for key, (a, b) in groups.items()}  # fmt: skip
    found = effects_of_sums((was, is_now), pairs)
    assert sum(one.effect for one in found.effects) + found.rest == is_now - was
    assert {one.key: one.effect for one in found.effects} == {
        key: b - a for key, (a, b) in groups.items()
    }


# --- where nothing can be said -----------------------------------------------------------------


def test_nothing_is_taken_apart_without_a_value() -> None:
    product = parse("a / b")
    one = {"a": Fraction(1), "b": Fraction(2)}
    assert effects_of_parts(product, one, {"a": Fraction(1), "b": None}) == []
    assert effects_of_parts(product, one, {"a": Fraction(1), "b": Fraction(0)}) == []
    assert effects_of_a_rate(rate(1, 2), rate(1, 0)) == []
    assert effects_of_rates((rate(1, 2), rate(1, 0)), {}) is None
    many = " + ".join("abcdefghi")
    assert effects_of_parts(parse(many), *[dict.fromkeys("abcdefghi", Fraction(1))] * 2) == []


def test_what_adds_up() -> None:
    formulas = {"net": parse("won - lost"), "rate": parse("won / lost")}
    sums = {"won", "lost"}
    for formula, is_sum in (
        ("won", True), ("net + 2 * won", True), ("-net", True), ("rate", False),
        ("won * lost", False), ("median", False), ("won + median", False), ("won / 2", False),
    ):  # fmt: skip
        known = Formulas.of({**formulas, "asked": parse(formula)})
        assert adds_up("asked", known, sums) is is_sum, formula
