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
from kpis.calc.metrics import (
    Average,
    Balance,
    Count,
    Customers,
    DistinctAccounts,
    FirstWins,
    Latest,
    Moment,
    Objectives,
    Stock,
    SumAmount,
    SumAttribute,
)
from tests.kpis.calc.test_dictionary import WORDS, document


@pytest.fixture(scope="module")
def reference(shared: Path) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((shared / "kpi-dictionary.yaml").read_text("utf-8"))
    return data


@pytest.fixture(scope="module")
def shipped() -> dict[str, KpiEntry]:
    return {one.key: one for one in parse_dictionary(document(), WORDS).kpis}


# what the reference calls an aggregation, as the kinds that can mean it
KINDS: dict[str, tuple[type, ...]] = {
    "count": (Count, Objectives),
    "sum amount": (SumAmount,),
    "sum margin": (SumAttribute,),
    "sum days": (SumAttribute,),
    "sum hours": (SumAttribute,),
    "average score": (Average,),
    "distinct account": (DistinctAccounts,),
    "distinct account, on its first win ever": (FirstWins,),
    "latest per store, summed": (Latest,),
    "stock at start": (Customers,),
    "stock at end": (Customers, Stock),
    "stock of amounts at end": (Stock, Balance),
    "sum of amount x stage probability over open deals": (Stock,),
}


def test_every_metric_ships_and_aggregates_as_the_reference_says(
    reference: dict[str, Any],
) -> None:
    shipped = {one.key: one for one in parse_dictionary(document(), WORDS).metrics}
    for wanted in reference["metrics"]:
        found = shipped[wanted["key"]]
        assert isinstance(found.definition, KINDS[wanted["agg"]]), found.key
        assert found.name_fr, found.key
        assert found.name_en, found.key
        if wanted["agg"] in ("stock at start", "stock at end"):
            moment = Moment.START if wanted["agg"].endswith("start") else Moment.END
            assert getattr(found.definition, "at", None) is moment, found.key


def test_metrics_have_the_names_of_the_reference_unless_a_kpi_has_them(
    reference: dict[str, Any], shipped: dict[str, KpiEntry]
) -> None:
    metrics = {one.key: one for one in parse_dictionary(document(), WORDS).metrics}
    taken = {name for one in shipped.values() for name in (one.name_fr, one.name_en)}
    for wanted in reference["metrics"]:
        found = metrics[wanted["key"]]
        for name, text in ((found.name_fr, wanted["fr"]), (found.name_en, wanted["en"])):
            # a comma ends the text in the reference's notation
            assert name.split(",")[0] == text or text in taken, found.key


def test_every_kpi_has_its_names_and_where_the_reference_notes_something_a_note(
    reference: dict[str, Any], shipped: dict[str, KpiEntry]
) -> None:
    for wanted in reference["kpis"]:
        found = shipped[wanted["key"]]
        texts = [found.name_fr, found.name_en]
        texts += [found.note_fr, found.note_en] if "note" in wanted else []
        assert all(texts), found.key


def test_every_role_looks_at_the_kpis_of_the_reference(reference: dict[str, Any]) -> None:
    cards = parse_dictionary(document(), WORDS).scorecards
    assert {role: set(keys) for role, keys in cards.items()} == {
        role: set(one["kpis"]) for role, one in reference["roles"].items()
    }


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
    for one in reference["kpis"]:
        limits = {side: text for side, text in one.get("bands", {}).items() if side != "warn"}
        assert shipped[one["key"]].bands == limits, one["key"]  # what lies between them warns
    ratio = parse_bands(shipped["ltv_cac"].bands)
    assert [ratio.of(Fraction(one)) for one in ("0.99", "1", "3", "3.01")] == [
        Band.BAD, Band.WARN, Band.WARN, Band.GOOD,
    ]  # fmt: skip
    assert parse_bands(shipped["proposal_to_order"].bands).of(Fraction(24)) is Band.BAD
