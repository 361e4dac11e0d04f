"""Objectives: set, amended with a reason, loaded from a file; which one holds in a period."""

from datetime import date
from fractions import Fraction

import pytest
from django.utils.translation import override

from common.issues import message_of
from common.models import AuditEntry
from kernel.calendars import WorkCalendar
from kernel.issues import Invalid
from kernel.periods import Period, parse_period
from kpis.models import Objective
from kpis.queries import objectives_in, target_in
from kpis.queries.objectives import due_in
from kpis.services import (
    ObjectiveInput,
    Status,
    load_objectives,
    set_objective,
    withdraw_objective,
)
from tests.kpis.crew import Crew, plain

MARCH = parse_period("2026-03")
QUARTER = parse_period("2026-Q1")
FRANCE = WorkCalendar("FR")


def target(
    value: int | None = 100,
    kpi: str = "revenue_booked",
    period: Period = MARCH,
    *,
    person: str = "",
    team: str = "",
    role: str = "",
    reason: str = "",
) -> ObjectiveInput:
    exact = None if value is None else Fraction(value)
    return ObjectiveInput(kpi, exact, period.start, period.end, person, team, role, reason)


def stored() -> list[tuple[str, int, str]]:
    rows = Objective.objects.order_by("id")
    return [(row.kpi.key if row.kpi else "", int(row.target), row.status) for row in rows]


def test_an_objective_is_set_and_the_same_again_changes_nothing(crew: Crew) -> None:
    first = set_objective(actor=crew.admin, objective=target(person="Léa Martin"))
    again = set_objective(actor=crew.admin, objective=target(person="p1"))

    assert first == again
    assert plain(first.person, first.target) == (crew.lea, 100)
    assert AuditEntry.objects.filter(action="objectives.set").count() == 1


def test_an_amendment_needs_a_reason_and_keeps_the_old_one(crew: Crew) -> None:
    set_objective(actor=crew.admin, objective=target(person="P1"))

    with pytest.raises(Invalid, match="needs a reason"):
        set_objective(actor=crew.admin, objective=target(120, person="P1"))
    assert stored() == [("revenue_booked", 100, "accepted")]

    set_objective(actor=crew.admin, objective=target(120, person="P1", reason="new area"))
    assert stored() == [("revenue_booked", 100, "withdrawn"), ("revenue_booked", 120, "accepted")]


def test_an_overlap_is_refused_but_not_for_somebody_else(crew: Crew) -> None:
    set_objective(actor=crew.admin, objective=target(period=QUARTER, person="P1"))

    with pytest.raises(Invalid, match="already an objective from 2026-01-01 to 2026-03-31"):
        set_objective(actor=crew.admin, objective=target(person="P1"))
    set_objective(actor=crew.admin, objective=target(person="P2"))
    set_objective(actor=crew.admin, objective=target(team="North"))
    set_objective(actor=crew.admin, objective=target(role="ae"))
    assert Objective.objects.count() == 4


@pytest.mark.parametrize(
    ("language", "start", "end"),
    [("en", "1 Jan 2026", "31 Mar 2026"), ("fr", "1 janv. 2026", "31 mars 2026")],
)
def test_an_overlap_names_its_days_in_the_language_of_the_reader(
    crew: Crew, language: str, start: str, end: str
) -> None:
    set_objective(actor=crew.admin, objective=target(period=QUARTER, person="P1"))
    with pytest.raises(Invalid) as refused:
        set_objective(actor=crew.admin, objective=target(person="P1"))
    with override(language):
        said = message_of(refused.value.issues[0])
    assert start in said
    assert end in said


def test_a_withdrawn_objective_makes_room(crew: Crew) -> None:
    first = set_objective(actor=crew.admin, objective=target(period=QUARTER, person="P1"))
    with pytest.raises(Invalid, match="needs a reason"):
        withdraw_objective(actor=crew.admin, objective=first, reason=" ")

    withdraw_objective(actor=crew.admin, objective=first, reason="wrong quarter")

    set_objective(actor=crew.admin, objective=target(person="P1"))
    assert [status for _, _, status in stored()] == ["withdrawn", "accepted"]


def test_a_file_with_bad_rows_writes_nothing_and_says_all(crew: Crew) -> None:
    rows = [
        target(person="P1"),
        target(person="Nobody"),
        target(kpi="revenu_booked", person="P2"),
        target(None, person="P2"),
        target(person="P2", team="North"),
        target(-1, person="P3"),
        target(person="P1"),
        ObjectiveInput("revenue_booked", Fraction(1), date(2026, 4, 1), date(2026, 3, 1), "P2"),
    ]

    results = load_objectives(actor=crew.admin, rows=rows)

    assert [result.status for result in results] == [Status.WITHHELD] + [Status.REJECTED] * 7
    assert [result.issues[0].code for result in results[1:]] == [
        "objective.unknown_person",
        "objective.unknown_kpi",
        "objective.target_missing",
        "objective.one_scope",
        "objective.target_range",
        "objective.overlap",
        "objective.dates_order",
    ]
    assert stored() == []


def test_a_file_is_loaded_once_and_a_dry_run_writes_nothing(crew: Crew) -> None:
    rows = [target(person="P1"), target(30, "closing_rate", person="P1"), target(role="ae")]

    dry = load_objectives(actor=crew.admin, rows=rows, dry_run=True)
    assert ([result.status for result in dry], stored()) == ([Status.CREATED] * 3, [])
    first = load_objectives(actor=crew.admin, rows=rows)
    second = load_objectives(actor=crew.admin, rows=rows)

    assert [result.status for result in first] == [Status.CREATED] * 3
    assert [result.status for result in second] == [Status.UNCHANGED] * 3
    assert [result.id for result in first] == [result.id for result in second]
    assert len(stored()) == 3


def held(period: Period) -> tuple[object, ...] | None:
    rows = objectives_in(period, person_ids=list(people()))
    found = target_in(rows, period, FRANCE)
    return None if found is None else (found.value, found.prorated)


def people() -> list[int]:
    return list(Objective.objects.values_list("person_id", flat=True).distinct())


def test_a_part_of_a_longer_objective_goes_by_working_days(crew: Crew) -> None:
    set_objective(actor=crew.admin, objective=target(630, period=QUARTER, person="P1"))

    # the first quarter of 2026 has 63 working days in France, March 22
    assert held(QUARTER) == (630, False)
    assert held(MARCH) == (220, True)
    assert held(parse_period("2026-04")) is None


def test_months_add_up_to_a_quarter_only_when_all_are_there(crew: Crew) -> None:
    for month in ("2026-01", "2026-02"):
        set_objective(
            actor=crew.admin, objective=target(100, period=parse_period(month), person="P1")
        )
    assert held(QUARTER) is None

    set_objective(actor=crew.admin, objective=target(50, person="P1"))

    assert held(QUARTER) == (250, False)


def test_a_window_across_months_takes_its_part_of_each_by_working_days(crew: Crew) -> None:
    for month, value in (("2026-02", 200), ("2026-03", 220), ("2026-04", 210)):
        objective = target(value, period=parse_period(month), person="P1")
        set_objective(actor=crew.admin, objective=objective)

    # 16 to 31 March are 12 of 22 working days; 1 to 15 April 10 of 21 (Easter Monday is the 6th)
    assert held(parse_period("2026-03-16/2026-04-16")) == (120 + 100, True)
    # a whole month between two parts: 10 of 20 days of February, all of March, 10 of 21 of April
    assert held(parse_period("2026-02-16/2026-04-16")) == (100 + 220 + 100, True)
    # nothing is known of May: half an answer is none
    assert held(parse_period("2026-04-16/2026-05-16")) is None
    assert held(parse_period("2026-01-16/2026-02-16")) is None


def test_of_a_rate_across_months_holds_what_all_of_them_say(crew: Crew) -> None:
    for month, value in (("2026-02", 30), ("2026-03", 30), ("2026-04", 25)):
        objective = target(value, "closing_rate", parse_period(month), person="P1")
        set_objective(actor=crew.admin, objective=objective)

    assert held(parse_period("2026-02-16/2026-03-16")) == (30, False)
    assert held(parse_period("2026-03-16/2026-04-16")) is None


def test_a_rate_is_not_prorated_and_not_added(crew: Crew) -> None:
    rate = target(30, "closing_rate", QUARTER, person="P1")
    set_objective(actor=crew.admin, objective=rate)

    assert held(MARCH) == (30, False)


def test_what_a_role_has_to_reach_is_not_due_beside_an_objective_of_one_s_own(crew: Crew) -> None:
    """Léa's runs beyond the month: its days are what counts, not its end."""
    longer = Period(MARCH.start, date(2026, 7, 1))
    set_objective(actor=crew.admin, objective=target(100, role="ae"))
    set_objective(actor=crew.admin, objective=target(500, period=longer, person="P1"))
    set_objective(actor=crew.admin, objective=target(80, person="P2"))

    due = due_in(MARCH, None, ["revenue_booked"])

    assert {one.person_id: one.target for one in due} == {crew.hugo.pk: 80, crew.noor.pk: 100}
    assert due_in(MARCH, [crew.lea.pk], ["revenue_booked"]) == []
