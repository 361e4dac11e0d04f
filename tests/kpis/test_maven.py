"""Every figure of the reference file that KPIs can state, cell by cell, from the imported data.

A cell is one value of `reference.json`. `Cells` counts what was compared and what there is, so
that nothing can be left out in silence.
"""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django.plugin import DjangoDbBlocker

from kernel.numbers import Rounding, round_to
from kernel.periods import Period, parse_period
from kpis.calc.figures import Figure
from kpis.calc.ranks import competition_ranks, top
from kpis.models import Cell, Metric
from kpis.queries import KpiValues, many_kpi_values, metric_values
from kpis.services import verify_cells
from tests.kpis import maven
from tests.kpis.dictionary_sql.comparing import compare, lay_out_all, not_fed
from tests.kpis.dictionary_sql.questions import QUESTIONS
from tests.kpis.dictionary_sql.relations import COLUMNS

pytestmark = pytest.mark.django_db

ALL = Period(date(2016, 1, 1), date(2018, 1, 1))
YEAR = Period(date(2017, 1, 1), date(2018, 1, 1))

# name in the reference -> KPI; percent KPIs are compared as numerator / denominator
PARTS = {"won": "deals_won", "lost": "deals_lost", "closed": "", "revenue": "revenue"}
RATIOS = {
    "win_rate": "closing_rate",
    "avg_deal_size_won": "average_deal",
    "median_deal_size_won": "median_deal_size",
    "mean_cycle_days_won": "sales_cycle",
    "mean_cycle_days_lost": "lost_cycle",
    "mean_cycle_days_closed": "closed_cycle",
    "mean_discount_vs_list_won": "discount_rate",
}
KPIS = tuple(RATIOS.values())


@pytest.fixture(scope="module")
def reference(shared: Path) -> dict[str, Any]:
    """The reference figures with decimals read exactly."""
    text = (shared / "data/maven_crm_sales/reference.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text, parse_float=Decimal)
    return data


@pytest.fixture(scope="module", autouse=True)
def company(
    shared: Path, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """The data, loaded once for the module and rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        maven.load(shared / "data/maven_crm_sales")
        connection.check_constraints()  # once, instead of after each test
        yield
        transaction.set_rollback(True)


def rounded(value: Fraction | None) -> Decimal | None:
    """Six places; the reference rounds an exact half to the even digit."""
    return None if value is None else round_to(value, 6, Rounding.HALF_EVEN)


def ratio(figure: Figure) -> Fraction | None:
    """The figure without the factor 100 of percent KPIs."""
    return None if figure.value is None else figure.value / figure.factor


def summary(row: KpiValues) -> dict[str, Decimal | None]:
    """A row in the words of the reference."""
    values: dict[str, Decimal | None] = {
        "won": rounded(row.metrics["deals_won"].value),
        "lost": rounded(row.metrics["deals_lost"].value),
        "closed": rounded(row.figures["closing_rate"].denominator),
        "revenue": rounded(row.metrics["revenue"].value),
    }
    return values | {name: rounded(ratio(row.figures[key])) for name, key in RATIOS.items()}


def compare_table(
    expected: list[dict[str, Any]], by: str, names: tuple[str, ...], *, from_log: bool = False
) -> int:
    """Compare all rows and columns of a table; how many cells. Rows beyond it must be empty."""
    rows = many_kpi_values(KPIS, by=by, period=ALL, from_log=from_log)
    found = {tuple(part.name for part in row.group): summary(row) for row in rows}
    cells = 0
    for line in expected:
        key = tuple(line[name] for name in names)
        mine = found.pop(key)
        figures = {name: value for name, value in line.items() if name not in names}
        assert set(figures) == set(mine)
        for name, value in figures.items():
            assert mine[name] == value, (by, key, name)
            cells += 1
    # who had no event is absent there and zero here
    assert all(row["closed"] == 0 and row["revenue"] == 0 for row in found.values()), by
    return cells


TABLES = [
    ("per_agent", "person", ("sales_agent",)),
    ("per_manager", "manager", ("manager",)),
    ("per_region", "region", ("regional_office",)),
    ("per_quarter", "quarter", ("quarter",)),
    ("per_month", "month", ("month",)),
    ("per_agent_quarter", "person,quarter", ("sales_agent", "quarter")),
    ("per_manager_quarter", "manager,quarter", ("manager", "quarter")),
    ("per_region_quarter", "region,quarter", ("regional_office", "quarter")),
    ("per_agent_month", "person,month", ("sales_agent", "month")),
    ("per_product", "product", ("product_clean",)),
    ("per_series_quarter", "series,quarter", ("series", "quarter")),
]


@pytest.mark.parametrize(("table", "by", "names"), TABLES)
@pytest.mark.parametrize("from_log", [False, True], ids=["cells", "log"])
def test_table(
    reference: dict[str, Any], table: str, by: str, names: tuple[str, ...], from_log: bool
) -> None:
    expected = reference[table]

    cells = compare_table(expected, by, names, from_log=from_log)

    assert cells == sum(len(line) - len(names) for line in expected) > 0


def test_total(reference: dict[str, Any]) -> None:
    (row,) = many_kpi_values(KPIS, period=ALL)
    mine = summary(row)

    assert mine == {name: value for name, value in reference["total"].items() if name != "all"}


def test_profile_of_people_and_deals(reference: dict[str, Any]) -> None:
    profile = reference["profile"]
    rows = metric_values(
        ["deals_won", "deals_lost", "opportunities_created", "open_pipeline"],
        by="person",
        period=ALL,
    )
    sellers = [row for row in rows if row.group[0].name not in managers(reference)]
    idle = [row.group[0].name for row in sellers if not any(q.value for q in row.values.values())]
    total = Counter[str]()
    for row in rows:
        total.update({key: int(quantity.value or 0) for key, quantity in row.values.items()})

    assert len(sellers) == profile["agents_in_team_table"]
    assert sorted(idle) == sorted(profile["agents_with_no_opportunity"])
    assert total["deals_won"] == profile["by_stage"]["Won"]
    assert total["deals_lost"] == profile["by_stage"]["Lost"]
    assert total["open_pipeline"] == (
        profile["by_stage"]["Engaging"] + profile["by_stage"]["Prospecting"]
    )


def managers(reference: dict[str, Any]) -> set[str]:
    return {line["manager"] for line in reference["per_manager"]}


VALUES = {
    "revenue": "revenue",
    "won": "deals_won",
    "win_rate": "closing_rate",
    "avg_deal_size_won": "average_deal",
    "mean_cycle_days_won": "sales_cycle",
}


def expected_rankings(reference: dict[str, Any]) -> list[tuple[str, str, Period, list[Any]]]:
    """(name, column that ranks, period, rows) of each list in the file."""
    found = []
    for name, rows in reference["rankings"].items():
        if name == "fastest_cycle_top10_all_time":
            found.append((name, "mean_cycle_days_won", ALL, rows))
            continue
        when, _, column = name.partition("_by_")
        period = ALL if when.startswith("all_time") else parse_period(when.split("_")[0])
        found.append((name, column, period, rows))
    return found


def test_rankings_with_their_ties(reference: dict[str, Any]) -> None:
    compared = Counter[str]()
    ties = {}
    for name, column, period, expected in expected_rankings(reference):
        rows = many_kpi_values(KPIS, by="person", period=period)
        closed = {row.group[0].name: row for row in rows if row.figures["closing_rate"].denominator}
        figures = {who: summary(row)[column] for who, row in closed.items()}
        exact = {who: exact_value(row, column) for who, row in closed.items()}
        better = "down" if column == "mean_cycle_days_won" else "up"
        ranked = competition_ranks(exact, {who: who for who in exact}, better=better)
        shown = ranked if "full_ranking" in name else top(ranked, 10)

        assert [place.key for place in shown] == [line["sales_agent"] for line in expected], name
        for place, line in zip(shown, expected, strict=True):
            assert place.rank == line["rank"], (name, place.key)
            assert place.dense_rank == line["dense_rank"], (name, place.key)
            assert place.tied == line["tied"], (name, place.key)
            assert figures[place.key] == line[column], (name, place.key)
            others = {key: line[key] for key in ("won", "closed", "revenue") if key in line}
            mine = summary(closed[place.key])
            assert {key: mine[key] for key in others} == others
            compared[name] += 1
        ties[name] = sum(line["tied"] for line in expected)

    assert compared.keys() == reference["rankings"].keys()
    assert sum(compared.values()) == sum(len(rows) for rows in reference["rankings"].values())
    assert any(ties.values())


def exact_value(row: KpiValues, column: str) -> Fraction | None:
    if column in ("revenue", "won"):
        return row.metrics[VALUES[column]].value
    return row.figures[VALUES[column]].value


def test_roster_aware_ranking_keeps_the_idle_at_zero(reference: dict[str, Any]) -> None:
    expected = reference["roster_aware_2017_Q4_by_revenue"]
    leads = managers(reference)
    rows = [
        row
        for row in many_kpi_values(KPIS, by="person", period=parse_period("2017-Q4"))
        if row.group[0].name not in leads
    ]
    by_name = {row.group[0].name: row for row in rows}
    ranked = competition_ranks(
        {who: row.metrics["revenue"].value for who, row in by_name.items()},
        {who: who for who in by_name},
    )

    assert [
        {
            "rank": place.rank,
            "dense_rank": place.dense_rank,
            "sales_agent": place.key,
            "revenue": place.value,
            "tied": place.tied,
            "won": by_name[place.key].metrics["deals_won"].value,
        }
        for place in ranked
    ] == expected


def test_engagements_started(reference: dict[str, Any]) -> None:
    expected = {
        (line["sales_agent"], line["engage_month"]): line["engaged"]
        for line in reference["engagements_started_per_agent_month"]
    }
    rows = metric_values(["opportunities_created"], by="person,month", period=ALL)
    found = {
        (row.group[0].name, row.group[1].name): row.values["opportunities_created"].value
        for row in rows
    }

    assert {key: value for key, value in found.items() if value} == expected
    assert len(expected) == 423


def test_open_pipeline_per_agent_and_stage(reference: dict[str, Any]) -> None:
    """`no_account` and the age of deals are questions to the deals, not KPIs."""
    expected = {
        (line["sales_agent"], line["deal_stage"]): (line["open"], line["list_value"])
        for line in reference["open_pipeline_per_agent_stage"]
    }
    define_stage_metrics()
    rows = metric_values(
        ["open_engaging", "open_prospecting", "value_engaging", "value_prospecting"],
        by="person",
        period=YEAR,
    )
    found = {}
    for row in rows:
        for stage in ("Engaging", "Prospecting"):
            count = row.values[f"open_{stage.lower()}"].value
            worth = row.values[f"value_{stage.lower()}"].value
            if count:
                found[row.group[0].name, stage] = (count, worth)

    assert found == expected


def define_stage_metrics() -> None:
    for stage in ("engaging", "prospecting"):
        for measure, name in (("count", "open"), ("list_price", "value")):
            Metric.objects.get_or_create(
                key=f"{name}_{stage}",
                defaults={
                    "name_fr": name,
                    "name_en": name,
                    "definition": {"kind": "stock", "stages": [stage], "measure": measure},
                },
            )


def test_every_kpi_of_the_dictionary_beside_its_own_sql() -> None:
    lay_out_all()
    found = compare(WINDOWS, COLUMNS)

    assert found.wrong == []
    assert not_fed(found) == WITHOUT_DATA


WINDOWS = (
    parse_period("2017-06"), parse_period("2017-Q3"), parse_period("2017-W40"),
    Period(date(2016, 11, 5), date(2017, 10, 20)),
)  # fmt: skip
# a file of deals is all there is: what follows from their stages, dates, products and amounts
WITHOUT_DATA = set(QUESTIONS) - {
    "opportunities_count", "pipeline_count", "closing_rate", "revenue_booked", "average_deal",
    "median_deal_size", "discount_rate", "new_customers_count", "pipeline_amount",
    "weighted_forecast", "retention", "retention_rate", "revenue_per_customer",
    "purchases_per_year", "sales_cycle", "lost_cycle", "closed_cycle",
}  # fmt: skip


def test_cells_are_what_the_log_says() -> None:
    assert Cell.objects.exists()
    assert verify_cells() == []
