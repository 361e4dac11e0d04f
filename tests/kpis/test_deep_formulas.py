"""KPIs over KPIs over KPIs: work and pages grow with the formulas, not with the ways through them.

Each level reads the one below twice, so there are 2 to the power of 40 ways down.
"""

import re
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from kernel.issues import Invalid
from kernel.periods import parse_period
from kpis.models import Kpi, KpiVersion
from kpis.moves.queries import Subject, moves, split
from kpis.queries import catalogue, frozen_catalogue, frozen_formulas, kpi_values
from kpis.services import BEGINNING, read_formula, recompute_touched
from tests.kpis.crew import Crew, at, event, record
from tests.kpis.test_dictionary_pages import page
from tests.kpis.test_pages import signed_in

LEVELS = 40
TODAY, MARCH = date(2026, 3, 20), parse_period("2026-03")
TOP = f"own_level_{LEVELS}"


@pytest.fixture(autouse=True)
def in_march() -> Any:
    with time_machine.travel(at("2026-03-20 12:00"), tick=False):
        yield


def name_of(level: int) -> str:
    return f"own_level_{level}" if level else "calls"


def chained(crew: Crew, formula: str) -> Crew:
    """A call of Léa, and KPIs of which each reads the one below by `formula`."""
    record(event("1", "2026-03-03 10:00", crew.lea.number))
    recompute_touched()
    made = Kpi.objects.bulk_create(
        Kpi(
            key=name_of(level), name_fr=f"Niveau {level}", name_en=f"Level {level}",
            family="activity", timing="leading", unit="count", better="up", cadence="monthly",
        )
        for level in range(1, LEVELS + 1)
    )  # fmt: skip
    KpiVersion.objects.bulk_create(
        KpiVersion(kpi=kpi, formula=formula.format(name_of(at)), valid_from=BEGINNING)
        for at, kpi in enumerate(made)
    )
    return crew


@pytest.fixture
def deep(crew: Crew) -> Crew:
    return chained(crew, "{0} + {0}")


def test_the_figure_of_the_top_is_exact(deep: Crew) -> None:
    (row,) = kpi_values(TOP, period=MARCH)
    assert row.figure.value == 2**LEVELS
    assert catalogue(TODAY).formulas.needed(TOP) == {"calls"}


def test_a_change_of_the_top_is_taken_apart(deep: Crew) -> None:
    february = parse_period("2026-02")
    move = moves([TOP], Subject(), MARCH, february)[TOP]
    assert move.change == 2**LEVELS
    found = split(TOP, "person", Subject(), MARCH, february, move)
    assert found is not None
    assert [one.effect for one in found.effects.effects if one.effect] == [Fraction(2**LEVELS)]


def test_a_formula_over_the_top_is_checked_and_shown(deep: Crew) -> None:
    read_formula("own_above", f"{TOP} / {TOP}", catalogue(TODAY))
    with pytest.raises(Invalid, match="in a circle"):
        read_formula("own_level_1", f"{TOP} + 1", catalogue(TODAY))
    answer = signed_in(deep.admin).post(reverse("kpis:preview"), {"formula": f"{TOP} * 2"})
    assert re.findall(r"[\d\s,\u202f\u00a0]{15,}", answer.content.decode())


def test_what_is_kept_of_the_top_is_each_formula_once(deep: Crew) -> None:
    kept = frozen_formulas({TOP}, MARCH.last)
    assert len(kept["kpis"]) == LEVELS
    assert list(kept["metrics"]) == ["calls"]
    assert frozen_catalogue(kept).formulas.needed(TOP) == {"calls"}


def test_the_page_draws_each_kpi_once_and_says_where_the_rest_is(deep: Crew) -> None:
    client = signed_in(deep.admin)
    text = page(client, "kpis:kpi", TOP)
    drawn = re.findall(r"<span>(Level \d+)<", text)
    assert drawn == [f"Level {LEVELS - down}" for down in range(7)]
    assert reverse("kpis:kpi", args=[name_of(LEVELS - 6)]) in text
    assert "Level 1<" in page(client, "kpis:kpi", "own_level_3")


def test_a_kpi_that_two_read_is_taken_apart_where_it_comes_first(crew: Crew) -> None:
    made = [
        Kpi.objects.create(
            key=key, name_fr=key, name_en=key, family="activity", timing="leading", unit="count",
            better="up", cadence="monthly",
        )
        for key in ("own_both", "own_left", "own_right", "own_shared")
    ]  # fmt: skip
    formulas = ("own_left + own_right", "own_shared * 2", "own_shared * 3", "calls + emails")
    for kpi, formula in zip(made, formulas, strict=True):
        KpiVersion.objects.create(kpi=kpi, formula=formula, valid_from=BEGINNING)
    text = page(signed_in(crew.admin), "kpis:kpi", "own_both")
    assert re.findall(r'<span>(own_\w+)<span class="rule">([^<]*)', text) == [
        ("own_both", "own_left + own_right"),
        ("own_left", "own_shared × 2"),
        ("own_shared", "Calls made + E-mails sent"),
        ("own_right", "own_shared × 3"),
        ("own_shared", "taken apart above"),
    ]


def test_numbers_beyond_all_sense_have_no_value(crew: Crew) -> None:
    """Squares of squares would fill the memory; beyond the largest number there is no figure."""
    chained(crew, "(2 + {0}) * (2 + {0})")
    (row,) = kpi_values(TOP, period=MARCH)
    assert row.figure.value is None
    assert page(signed_in(crew.admin), "kpis:kpi", TOP)
