"""What ships against the reference dictionary: every KPI, formula and worked example of it."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from kernel import expressions
from kernel.expressions import Expression
from kpis.calc.bands import Band, parse_bands
from kpis.calc.dictionary import KpiEntry, parse_dictionary
from kpis.calc.figures import Formulas, Quantity, figure_of
from tests.kpis.calc.test_dictionary import WORDS, document


@pytest.fixture(scope="module")
def reference(shared: Path) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((shared / "kpi-dictionary.yaml").read_text("utf-8"))
    return data


@pytest.fixture(scope="module")
def shipped() -> dict[str, KpiEntry]:
    return {one.key: one for one in parse_dictionary(document(), WORDS).kpis}


def test_every_metric_ships(reference: dict[str, Any]) -> None:
    wanted = {one["key"] for one in reference["metrics"]}

    assert wanted - {one.key for one in parse_dictionary(document(), WORDS).metrics} == set()


def test_every_kpi_ships_as_the_reference_states_it(
    reference: dict[str, Any], shipped: dict[str, KpiEntry]
) -> None:
    said = ("family", "timing", "unit", "better", "cadence")
    wanted = {
        one["key"]: ([one[name] for name in said], expressions.parse(one["formula"]))
        for one in reference["kpis"]
    }
    found: dict[str, tuple[list[str], Expression]] = {
        key: ([str(getattr(shipped[key], name)) for name in said], shipped[key].expression)
        for key in wanted
        if key in shipped
    }

    assert found == wanted


def test_the_worked_examples(reference: dict[str, Any], shipped: dict[str, KpiEntry]) -> None:
    examples = {one["key"]: one["example"] for one in reference["kpis"] if "example" in one}

    assert examples
    for key, (given, expected) in examples.items():
        values = {name: Quantity(Fraction(value)) for name, value in given.items()}
        alone = Formulas.of({key: shipped[key].expression})
        assert figure_of(key, alone, values).value == expected, key


def test_the_bands(reference: dict[str, Any], shipped: dict[str, KpiEntry]) -> None:
    assert {one["key"] for one in reference["kpis"] if "bands" in one} == {
        key for key, one in shipped.items() if one.bands
    }
    ratio = parse_bands(shipped["ltv_cac"].bands)
    assert [ratio.of(Fraction(one)) for one in ("0.99", "1", "3", "3.01")] == [
        Band.BAD, Band.WARN, Band.WARN, Band.GOOD,
    ]  # fmt: skip
    assert parse_bands(shipped["proposal_to_order"].bands).of(Fraction(24)) is Band.BAD
