"""The method held against real data, brought in by the importer that people use.

The bounds are those of docs/algorithms/forecast.md; the table there is what the command prints.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection, transaction
from pytest_django.plugin import DjangoDbBlocker

from kernel.periods import Period, parse_period
from kpis.calc.forecast.checks import kind_of
from kpis.forecast.services import calculate
from kpis.queries import kpi_values
from people import queries as people
from tests.kpis import maven
from tests.kpis.forecast import plainly

pytestmark = pytest.mark.django_db
MIDDLE = datetime(2017, 11, 15, tzinfo=UTC)
AFTER = datetime(2018, 1, 1, 9, tzinfo=UTC)
CENTS = 3
"""Each part of a forecast is rounded by itself."""


@pytest.fixture(scope="module", autouse=True)
def company(
    shared: Path, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """The data, loaded once for the module as if imported on 1 January 2018."""
    with django_db_blocker.unblock(), transaction.atomic():
        with time_machine.travel(datetime(2018, 1, 1, 6, tzinfo=UTC), tick=False):
            maven.load(shared / "data/maven_crm_sales")
        connection.check_constraints()
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def rows(company: None, django_db_blocker: DjangoDbBlocker) -> dict[tuple[str, str], Any]:
    """What the command prints of the quarters of 2017."""
    out = StringIO()
    with django_db_blocker.unblock(), time_machine.travel(AFTER, tick=False):
        call_command("forecast_backtest", period="2018-Q1", json=True, stdout=out)
    (document,) = json.loads(out.getvalue(), parse_float=Decimal)
    return {(row["kind"], row["period"]): row for row in document["rows"]}


PAGE = Path(__file__).resolve().parents[3] / "docs/algorithms/forecast.md"


def documented() -> dict[tuple[str, str], tuple[str, ...]]:
    """The table of the page, by kind and quarter."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = lines.index(
        "| of | quarter | inside 10-90 | error of expected | inside, mid-quarter |"
        " error, mid-quarter |"
    )
    found = {}
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        kind, quarter, *figures = (cell.strip() for cell in line.strip("|").split("|"))
        found[kind, quarter] = tuple(figures)
    return found


def shown(row: Any) -> tuple[str, ...]:
    parts = (row["weeks"], row["middle"])
    return tuple(
        f"{Decimal(one[name]) * 100:.1f} %" for one in parts for name in ("inside", "error")
    )


def test_the_page_says_what_the_command_prints(rows: dict[tuple[str, str], Any]) -> None:
    told = documented()

    assert len(told) == 12
    assert {key: shown(rows[key]) for key in told} == told


def test_the_goal_is_reached(rows: dict[tuple[str, str], Any]) -> None:
    """A team's quarter at mid-quarter within 10 %; about 80 % of outcomes inside the range."""
    assert Decimal(rows["team", "all"]["middle"]["error"]) < Decimal("0.1")
    for kind in ("company", "team", "person"):
        inside = Decimal(rows[kind, "all"]["weeks"]["inside"])
        assert Decimal("0.75") < inside < Decimal("0.9")


def test_every_week_is_what_another_program_says(shared: Path) -> None:
    """Low, expected and high of everybody, from the files alone, up to the cents of rounding."""
    plain = plainly.Past(plainly.read(shared / "data/maven_crm_sales")).lines()
    names = {f"team:{one.id}": one.name for one in people.team_tree()}
    outcomes = calculate(parse_period("2018-Q1"), now=AFTER).outcomes
    ids = {int(one.group[7:]) for one in outcomes if kind_of(one.group) == "person"}
    names |= {f"person:{pk}": name for pk, name in people.person_names(ids).items()}

    said = {
        (names.get(one.group, one.group), one.period.start, one.offset): (
            one.low, one.expected, one.high, one.became,
        )
        for one in outcomes
    }  # fmt: skip

    assert said.keys() == plain.keys()
    away = {
        key: (mine, plain[key])
        for key, mine in said.items()
        if any(abs(one - other) > CENTS for one, other in zip(mine, plain[key], strict=True))
    }
    assert away == {}


def test_what_is_booked_is_the_revenue_of_the_dictionary() -> None:
    quarter = parse_period("2017-Q4")
    found = {line.group: line.booked for line in calculate(quarter, now=MIDDLE).lines}
    kinds = {"person": "person", "team": "team", "company": ""}

    for kind, by in kinds.items():
        rows = kpi_values(
            "revenue_booked", by=by, period=Period(quarter.start, MIDDLE.date()), from_log=True
        )
        expected = {
            f"{kind}:{row.group[0].id}" if by else kind: int((row.figure.value or 0) * 100)
            for row in rows
            if row.figure.value and (not by or row.group[0].id)
        }
        mine = {key: minor for key, minor in found.items() if kind_of(key) == kind and minor}
        assert expected
        assert mine.items() >= expected.items()
        # above the teams of the people are the regions, which the dictionary groups apart
        assert kind == "team" or mine == expected
