"""Formulas keep their parts; nothing is made of what is missing."""

from fractions import Fraction

import pytest

from kernel import expressions
from kernel.issues import Invalid
from kpis.calc.bands import Band, Bands, band_of_pace, parse_bands
from kpis.calc.figures import (
    Figure,
    Formulas,
    Quantity,
    attainment,
    figure_of,
    pace,
)

HALF = Fraction(1, 2)


def formulas(**texts: str) -> Formulas:
    return Formulas.of({key: expressions.parse(text) for key, text in texts.items()})


def quantities(**values: int) -> dict[str, Quantity]:
    return {key: Quantity(Fraction(value)) for key, value in values.items()}


def test_a_rate_keeps_numerator_and_denominator() -> None:
    rate = formulas(rate="won / (won + lost) * 100")

    assert figure_of("rate", rate, quantities(won=1, lost=2)) == Figure(
        Fraction(100, 3), Fraction(1), Fraction(3), Fraction(100)
    )


def test_a_rate_over_nothing_has_no_value_but_its_parts() -> None:
    rate = formulas(rate="won / (won + lost) * 100")

    assert figure_of("rate", rate, quantities(won=0, lost=0)) == Figure(
        None, Fraction(0), Fraction(0), Fraction(100)
    )


def test_a_sum_is_a_value_over_one() -> None:
    both = formulas(both="won + lost")

    assert figure_of("both", both, quantities(won=1, lost=2)) == Figure(
        Fraction(3), Fraction(3), Fraction(1)
    )


def test_an_average_keeps_the_parts_of_its_metric() -> None:
    mean = formulas(mean="score")

    assert figure_of("mean", mean, {"score": Quantity(Fraction(7), Fraction(2))}) == Figure(
        Fraction(7, 2), Fraction(7), Fraction(2)
    )
    assert figure_of("mean", mean, {"score": Quantity(None, Fraction(0))}).value is None


def test_a_formula_over_formulas() -> None:
    """The example of the articles: LTV 10,000, CAC 800, ratio 12.5."""
    both = formulas(
        ltv="deal * purchases * years", cac="(sales + marketing) / new", ratio="ltv / cac"
    )
    values = quantities(deal=2000, purchases=1, years=5, sales=30_000, marketing=50_000, new=100)

    assert figure_of("ltv", both, values).value == 10_000
    assert figure_of("cac", both, values).value == 800
    assert figure_of("ratio", both, values).value == Fraction(25, 2)
    assert both.needed("ratio") == frozenset(values)


def test_a_missing_metric_is_not_zero() -> None:
    total = formulas(total="won + gone")

    assert figure_of("total", total, quantities(won=3)).value is None


def test_a_circle_is_refused_with_its_names() -> None:
    with pytest.raises(Invalid, match="a → b → a"):
        formulas(a="b + 1", b="a + 1")


@pytest.mark.parametrize(
    ("value", "target", "better", "expected"),
    [
        (Fraction(50), Fraction(100), "up", HALF),
        (Fraction(100), Fraction(50), "down", HALF),
        (Fraction(0), Fraction(50), "down", None),
        (Fraction(5), Fraction(0), "up", None),
        (None, Fraction(5), "up", None),
        (Fraction(5), None, "up", None),
    ],
)
def test_attainment(
    value: Fraction | None, target: Fraction | None, better: str, expected: Fraction | None
) -> None:
    assert attainment(value, target, better=better) == expected


def test_pace_counts_working_days() -> None:
    assert pace(5, 20) == Fraction(1, 4)
    assert pace(25, 20) == 1
    assert pace(0, 0) is None


def test_bands_of_a_figure() -> None:
    bands = parse_bands({"bad": "< 1", "good": "> 3"})

    assert [bands.of(Fraction(value)) for value in (0, 1, 3, 4)] == [
        Band.BAD, Band.WARN, Band.WARN, Band.GOOD,
    ]  # fmt: skip
    assert bands.of(None) is Band.NONE
    assert Bands().of(Fraction(1)) is Band.NONE
    assert parse_bands({"bad": "< 25"}).of(Fraction(30)) is Band.NONE


def test_all_that_is_wrong_with_bands_is_said_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        parse_bands({"bad": "under 3", "good": "> x", "ugly": "> 1"})

    assert len(refused.value.issues) == 3


def test_bands_of_pace() -> None:
    assert band_of_pace(HALF, HALF) is Band.GOOD
    assert band_of_pace(Fraction(2, 5), HALF) is Band.WARN
    assert band_of_pace(Fraction(1, 3), HALF) is Band.BAD
    assert band_of_pace(None, HALF) is Band.NONE
