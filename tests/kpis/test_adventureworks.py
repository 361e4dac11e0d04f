"""Targets and sales of AdventureWorks: every attainment of the reference, whichever file it is."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from kernel.periods import Period, parse_period
from kpis.calc.figures import attainment
from kpis.models import Objective
from kpis.queries import many_kpi_values, objectives_in, target_in
from kpis.queries.objectives import ObjectiveRow
from people import queries as people
from tests.kpis.adventureworks import bring_in, load_orders, set_up
from tests.kpis.dictionary_sql.comparing import compare, lay_out_all, not_fed
from tests.kpis.dictionary_sql.questions import QUESTIONS

KPI = "revenue_booked"
WINDOWS = (
    parse_period("2018-03"), parse_period("2018-Q4"), parse_period("2019-W10"),
    Period.year(parse_period("2018-07").start, 7), Period.year(parse_period("2019-07").start, 7),
)  # fmt: skip
# orders of resellers and targets are all there is: what follows from these is told
WITHOUT_DATA = set(QUESTIONS) - {
    "revenue_booked", "average_deal", "median_deal_size", "closing_rate", "new_customers_count",
    "weighted_forecast", "retention", "retention_rate", "revenue_per_customer",
    "purchases_per_year", "attainment_rate",
}  # fmt: skip


@pytest.fixture(scope="module")
def data(shared: Path) -> Path:
    return shared / "data" / "adventureworks_pl300"


def stored() -> set[tuple[str, str, int]]:
    rows = Objective.objects.filter(status="accepted").values_list(
        "person__number", "valid_from", "target"
    )
    return {(str(number), day.isoformat(), int(target)) for number, day, target in rows}


def test_both_files_reproduce_every_attainment(data: Path, tmp_path: Path, db: None) -> None:
    set_up(data, tmp_path)
    load_orders(data, tmp_path)
    sheet = bring_in("objectives", data / "ResellerSalesTargets.csv", "adventureworks_sheet.yaml")
    assert (sheet["ok"], sheet["counts"]) == (True, {"created": 81})
    assert (sheet["encoding"], Objective.objects.count()) == ("utf-16", 809)
    # the same targets, one per row: nothing new in them
    again = bring_in("objectives", data / "targets.csv", "adventureworks_targets.yaml")
    assert (again["ok"], again["counts"]) == (True, {"unchanged": 809})

    wrong, count = differences(json.loads((data / "reference.json").read_text(encoding="utf-8")))

    assert (wrong, count) == ([], 810 + 270 + 270 + 72)

    lay_out_all()
    found = compare(WINDOWS, ("total", "person", "team", "role"))
    found.add(compare(WINDOWS[:1], ("account",)))
    assert found.wrong == []
    assert not_fed(found) == WITHOUT_DATA


def differences(reference: Any) -> tuple[list[Any], int]:
    """What differs from the reference, and how many attainments were compared."""
    wrong, count = [], 0
    for table, word, period_of in (
        ("per_rep_month", "month", parse_period),
        ("per_rep_quarter", "quarter", parse_period),
        ("per_rep_fiscal_quarter", "fiscal_quarter", fiscal),
        ("per_rep_fiscal_year_starting_1_July", "fiscal_year", fiscal),
    ):
        found = {
            period: attainments(period)
            for period in {period_of(row[word]) for row in reference[table]}
        }
        for row in reference[table]:
            mine = found[period_of(row[word])].get(str(row["EmployeeID"]))
            wanted = row["attainment"]
            count += 1
            if wanted is None:
                same = mine is None
            else:
                same = mine is not None and abs(mine - Fraction(str(wanted))) <= Fraction(1, 10**6)
            if not same:
                wrong.append((table, row["EmployeeID"], row[word], mine, wanted))
    return wrong, count


def fiscal(text: str) -> Period:
    """ "FY2018" begins on 1 July 2017; "FY2018-Q1" is its first quarter."""
    year, _, quarter = text.removeprefix("FY").partition("-Q")
    whole = Period.year(parse_period(f"{int(year) - 1}-07").start, 7)
    if not quarter:
        return whole
    months = whole.months()[3 * int(quarter) - 3 : 3 * int(quarter)]
    return Period(months[0].start, months[-1].end)


def attainments(period: Period) -> dict[str, Fraction | None]:
    """By number. Where months lack a target, the reference holds all sales against the others."""
    everybody = {one.person_id: one.number for one in people.directory()}
    values = {
        row.group[0].id: row.figures[KPI].value or Fraction(0)
        for row in many_kpi_values([KPI], by="person", period=period, person_ids=everybody)
    }
    rows: dict[int, list[ObjectiveRow]] = {one: [] for one in everybody}
    for row in objectives_in(period, person_ids=everybody, kpi_keys=[KPI]):
        if row.person_id is not None:
            rows[row.person_id].append(row)
    calendar = people.company().calendar
    found: dict[str, Fraction | None] = {}
    for one, number in everybody.items():
        target = target_in(rows[one], period, calendar)
        known = sum((row.target for row in rows[one]), Fraction(0)) if rows[one] else None
        aim = target.value if target is not None else known
        found[number] = attainment(values.get(one, Fraction(0)), aim, better="up")
    return found


def test_a_damaged_copy_says_at_once_who_and_which_months_are_missing(
    data: Path, tmp_path: Path, db: None
) -> None:
    set_up(data, tmp_path)
    whole = bring_in("objectives", data / "targets.csv", "adventureworks_targets.yaml")
    assert whole["ok"]
    before = stored()

    report = bring_in(
        "objectives", data / "ResellerSalesTargets.kiet_truncated.csv", "adventureworks_sheet.yaml"
    )

    said = [one["message"] for one in report["issues"]]
    # against the whole list of targets, told apart by hand
    cut = cut_rows(data)
    lost = {
        f"{name} has no target in {', '.join(spans)}." for name, spans in lost_months(data, cut)
    }
    assert report["ok"]
    assert {one["level"] for one in report["issues"]} == {"warning"}
    assert set(said) == lost
    assert stored() == before  # what is there is the same; nothing is taken away


def cut_rows(data: Path) -> set[tuple[str, int, int]]:
    """(number, year, month) of the targets that the damaged copy still has."""
    text = (data / "ResellerSalesTargets.kiet_truncated.csv").read_text(encoding="utf-8-sig")
    found = set()
    for line in text.splitlines()[1:]:
        year, number, *months = line.split(",")
        found |= {
            (number, int(year), at) for at, cell in enumerate(months, start=1) if cell.isdecimal()
        }
    return found


def lost_months(data: Path, cut: set[tuple[str, int, int]]) -> list[tuple[str, list[str]]]:
    """By name, the spans from the first month of the whole file on that the copy lacks."""
    first: dict[str, str] = {}
    for line in (data / "targets.csv").read_text(encoding="utf-8-sig").splitlines()[1:]:
        name, start, *_ = line.split(",")
        first[name] = min(start, first.get(name, "9999"))
    last = max((year, month) for _, year, month in cut)
    found = []
    for entry in people.directory():
        year, month = int(first[entry.name][:4]), int(first[entry.name][5:7])
        runs: list[list[str]] = []
        follows = False
        while (year, month) <= last:
            missing = (entry.number, year, month) not in cut
            if missing and not follows:
                runs.append([])
            if missing:
                runs[-1].append(f"{year}-{month:02}")
            follows = missing
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        spans = [run[0] if len(run) == 1 else f"{run[0]} – {run[-1]}" for run in runs]
        if spans:
            found.append((entry.name, spans))
    return found
