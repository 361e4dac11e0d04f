"""A file of objectives through the importer: in, again, refused as a whole, and taken back."""

import json
from contextlib import suppress
from datetime import timedelta
from fractions import Fraction
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from activities.services import revert_batch
from kernel.periods import parse_period
from kpis.models import Objective
from kpis.objectives.queries import signatures_of
from kpis.services import ObjectiveInput, accept_objective, load_objectives, propose_objective
from people.queries import today
from tests.kpis.crew import Crew


def bring_in(path: Path, text: str) -> dict[str, Any]:
    file = path / "objectives.csv"
    file.write_text(text, encoding="utf-8")
    out = StringIO()
    with suppress(SystemExit):  # code 1 when a row is bad; the report says which
        call_command("import_data", "objectives", str(file), json=True, language="en", stdout=out)
    report: dict[str, Any] = json.loads(out.getvalue())
    return report


def held() -> list[tuple[str, str, str, int, str]]:
    rows = Objective.objects.order_by("id").select_related("kpi")
    return [
        (row.kpi.key if row.kpi else "", row.valid_from.isoformat(), row.valid_to.isoformat(),
         int(row.target), row.status)
        for row in rows
    ]  # fmt: skip


GOOD = """Person;KPI;Period;Target
Léa Martin;revenue_booked;2026-03;12500
P2;Win rate;2026-Q1;40
"""


def test_a_file_comes_in_once(crew: Crew, tmp_path: Path) -> None:
    first = bring_in(tmp_path, GOOD)
    again = bring_in(tmp_path, GOOD)

    assert (first["counts"], again["counts"]) == ({"created": 2}, {"unchanged": 2})
    assert held() == [
        ("revenue_booked", "2026-03-01", "2026-04-01", 12_500, "accepted"),
        ("closing_rate", "2026-01-01", "2026-04-01", 40, "accepted"),
    ]


@pytest.mark.parametrize(
    ("head", "dates"),
    [("from,to", "2026-03-01,2026-04-01"), ("Du,Au", "2026-03-01,2026-03-31")],
)
def test_dates_with_an_exclusive_end_or_a_last_day(
    crew: Crew, tmp_path: Path, head: str, dates: str
) -> None:
    bring_in(tmp_path, f"person,kpi,{head},target\nP1,revenue_booked,{dates},100\n")

    assert held() == [("revenue_booked", "2026-03-01", "2026-04-01", 100, "accepted")]


def test_every_bad_row_is_told_and_nothing_is_kept(crew: Crew, tmp_path: Path) -> None:
    report = bring_in(
        tmp_path,
        "person,kpi,period,target\n"
        "P1,revenue_booked,2026-03,100\n"
        "Nobody,revenue_booked,2026-03,100\n"
        "P2,revenu_booked,2026-03,100\n"
        "P2,revenue_booked,March,100\n"
        "P2,revenue_booked,2026-04,many\n",
    )

    assert [(issue["place"]["line"], issue["place"]["path"]) for issue in report["issues"]] == [
        (3, "person"), (4, "kpi"), (5, "period"), (6, "target"),
    ]  # fmt: skip
    assert held() == []


def test_a_damaged_yearly_sheet_says_what_is_wrong_and_nothing_else(
    crew: Crew, tmp_path: Path
) -> None:
    report = bring_in(
        tmp_path,
        "person,kpi,year,m01,m02\n"
        "P1,revenue_booked,20Z6,100,200\n"
        "P1,revenue_booked,FY2026,100,200\n"
        "P1,revenue_booked,,100,200\n"
        "P2,revenue_booked,2026,100,200\n"
        "P2,revenue_booked,2026,100,200\n"
        "P2,revenue_booked,2026,-,300\n"
        "P3,revenue_booked,2026,abc,300\n",
    )

    assert [
        (one["place"]["line"], one["code"], one["message"].rpartition("Row ")[2][:1])
        for one in report["issues"]
        if one["level"] == "error"
    ] == [
        (2, "number.not_a_number", '"'),
        (3, "number.not_a_number", '"'),
        (4, "objective.year", "T"),
        (6, "objective.said_twice", "5"),
        (7, "objective.said_twice", "5"),
        (8, "number.not_a_number", '"'),
    ]
    assert held() == []


def test_a_batch_is_taken_back_with_what_it_replaced(crew: Crew, tmp_path: Path) -> None:
    head = "person,kpi,period,target\n"
    bring_in(tmp_path, head + "P1,revenue_booked,2026-03,100\n")
    second = bring_in(
        tmp_path, head + "P1,revenue_booked,2026-03,150\nP2,revenue_booked,2026-03,70\n"
    )
    assert second["counts"] == {"corrected": 1, "created": 1}

    revert_batch(actor=None, batch_id=second["batch"], reason="wrong file")

    march = ("revenue_booked", "2026-03-01", "2026-04-01")
    assert held() == [
        (*march, 100, "accepted"),
        (*march, 150, "withdrawn"),
        (*march, 70, "withdrawn"),
    ]


def test_what_was_taken_back_does_not_come_back_with_the_next(crew: Crew, tmp_path: Path) -> None:
    head, row = "person,kpi,period,target", "P1,revenue_booked,2026-03"
    march = ("revenue_booked", "2026-03-01", "2026-04-01")
    bring_in(tmp_path, f"{head}\n{row},100\n")
    second, third = (
        bring_in(tmp_path, f"{head}\n{row},{target}\n")["batch"] for target in (150, 175)
    )
    revert_batch(actor=None, batch_id=second, reason="wrong file")
    assert held()[-1] == (*march, 175, "accepted")

    revert_batch(actor=None, batch_id=third, reason="wrong as well")
    assert held() == [
        (*march, 100, "accepted"), (*march, 150, "withdrawn"), (*march, 175, "withdrawn"),
    ]  # fmt: skip


def signed_march(crew: Crew) -> None:
    """Both sides have signed 10,000 for March."""
    march = parse_period("2026-03")
    wanted = ObjectiveInput("revenue_booked", Fraction(10_000), march.start, march.end, person="P1")
    made = propose_objective(actor=crew.user_of(crew.paul), objective=wanted)
    accept_objective(actor=crew.user_of(crew.lea), objective=made)


def test_a_file_says_why_it_changes_what_a_person_signed(crew: Crew, tmp_path: Path) -> None:
    signed_march(crew)
    row = "P1,revenue_booked,2026-03,12500"

    refused = bring_in(tmp_path, f"person,kpi,period,target,reason\n{row},\n")
    assert refused["counts"] == {"rejected": 1}
    codes = [issue["code"] for issue in refused["issues"]]
    assert "objective.reason_missing" in codes, refused
    assert [(target, status) for *_, target, status in held()] == [(10_000, "accepted")]


def test_a_file_proposes_what_would_change_a_signed_value(crew: Crew, tmp_path: Path) -> None:
    signed_march(crew)
    text = "person,kpi,period,target,reason\nP1,revenue_booked,2026-03,12500,New area\n"
    done = bring_in(tmp_path, text)
    assert done["counts"] == {"corrected": 1}
    assert [issue["code"] for issue in done["issues"]] == ["objective.waits_for_signature"]
    both = [(10_000, "accepted"), (12_500, "proposed")]
    assert [(target, status) for *_, target, status in held()] == both

    assert bring_in(tmp_path, text + "\n")["counts"] == {"unchanged": 1}
    other = bring_in(tmp_path, text.replace("12500", "13000"))
    assert "objective.proposal_open" in [issue["code"] for issue in other["issues"]]
    assert [(target, status) for *_, target, status in held()] == both

    made = Objective.objects.get(status="proposed")
    made = accept_objective(actor=crew.user_of(crew.lea), objective=made)
    after = [(10_000, "withdrawn"), (12_500, "accepted")]
    assert [(target, status) for *_, target, status in held()] == after
    assert [(one.kind, one.side, one.reason) for one in made.steps.order_by("id")] == [
        ("proposed", "company", "New area"), ("accepted", "person", ""),
    ]  # fmt: skip
    assert signatures_of(made)["company"].by == "Demo"

    # what was signed since stays when the import is taken back
    revert_batch(actor=None, batch_id=done["batch"], reason="wrong file")
    assert [(target, status) for *_, target, status in held()] == after


def test_a_row_with_another_weight_is_not_what_waits_already(crew: Crew, tmp_path: Path) -> None:
    signed_march(crew)
    head, row = (
        "person,kpi,period,target,reason,weight\n",
        "P1,revenue_booked,2026-03,12500,New area",
    )
    bring_in(tmp_path, f"{head}{row},\n")
    assert bring_in(tmp_path, f"{head}{row},1\n")["counts"] == {"unchanged": 1}
    other = bring_in(tmp_path, f"{head}{row},2\n")
    assert "objective.proposal_open" in [issue["code"] for issue in other["issues"]]


def test_what_nobody_answered_in_time_waits_no_more(crew: Crew, tmp_path: Path) -> None:
    signed_march(crew)
    text = "person,kpi,period,target,reason\nP1,revenue_booked,2026-03,12500,New area\n"
    bring_in(tmp_path, text)
    yesterday = today() - timedelta(days=1)
    Objective.objects.filter(status="proposed").update(answer_by=yesterday)

    assert bring_in(tmp_path, text)["counts"] == {"corrected": 1}
    assert [(target, status) for *_, target, status in held()] == [
        (10_000, "accepted"), (12_500, "lapsed"), (12_500, "proposed"),
    ]  # fmt: skip


def test_a_batch_that_is_taken_back_withdraws_what_waits(crew: Crew, tmp_path: Path) -> None:
    signed_march(crew)
    text = "person,kpi,period,target,reason\nP1,revenue_booked,2026-03,12500,New area\n"
    done = bring_in(tmp_path, text)
    revert_batch(actor=None, batch_id=done["batch"], reason="wrong file")
    assert [(target, status) for *_, target, status in held()] == [
        (10_000, "accepted"), (12_500, "withdrawn"),
    ]  # fmt: skip


def test_nobody_changes_their_own_signed_objective_by_a_file(crew: Crew) -> None:
    signed_march(crew)
    march = parse_period("2026-03")
    row = ObjectiveInput(
        "revenue_booked", Fraction(1), march.start, march.end, person="P1", reason="easier"
    )
    (result,) = load_objectives(actor=crew.user_of(crew.lea), rows=[row])
    assert (result.status, [one.code for one in result.issues]) == ("rejected", ["objective.own"])
    assert [(target, status) for *_, target, status in held()] == [(10_000, "accepted")]


def test_without_a_column_of_people_nobody_is_called_missing(crew: Crew, tmp_path: Path) -> None:
    report = bring_in(tmp_path, "Whoever,KPI,Year,M01,M02\nP1,revenue_booked,2026,100,200\n")
    assert [issue["code"] for issue in report["issues"]] == ["unmapped_field"]
    named = bring_in(tmp_path, "EmployeeID,KPI,Year,M03\nP1,revenue_booked,2026,100\n")
    codes = {issue["code"] for issue in named["issues"]}
    assert (named["counts"], codes) == ({"created": 1}, {"objective.person_missing"})
