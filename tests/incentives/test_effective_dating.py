"""Hired, left, moved, promoted, changed over: each day is paid by one plan, with its objective.

March 2026 has 22 working days in France: 10 up to the 15th, 12 from the 16th on.
"""

from datetime import date
from fractions import Fraction

import pytest

from incentives import services
from incentives.gathering.targets import EVERY_DAY, Held, parts_of, value_of
from incentives.models import PlanAssignment, Run, Statement
from kernel.calendars import WorkCalendar
from kernel.periods import Period
from kernel.trace import Step
from kpis.queries.objectives import ObjectiveRow
from kpis.services import ObjectiveInput, set_objective
from people import services as people
from people.models import Absence, Assignment, Person, Role
from tests.incentives.conftest import MARCH, Pay, won
from tests.incentives.test_pay_inputs import HEAD, START, flat, give, publish

APRIL = date(2026, 4, 1)
MIDDLE = date(2026, 3, 16)


def quota(key: str, more: str = "", steps: str = "") -> str:
    """A plan that pays 3,000 for exactly the objective of booked revenue."""
    return (
        f"{HEAD.replace('key: seller', f'key: {key}')}measures:\n  revenue: {{sum: amount}}\n"
        f"  quota: {{objective: revenue_booked, unit: money}}\n{more}components:\n"
        "  - key: bonus\n    steps:\n"
        f"{steps}      - {{step: quota_rate, base: revenue, pay: 3000, quota: quota}}\n"
    )


def objective(target: int, start: date = MARCH, end: date = APRIL, **scope: str) -> None:
    """A target of a `person` (by number) or of a `role`."""
    set_objective(
        actor=None,
        objective=ObjectiveInput(
            kpi="revenue_booked",
            target=Fraction(target),
            reason="agreed",
            valid_from=start,
            valid_to=end,
            person=scope.get("person", ""),
            role=scope.get("role", ""),
        ),
    )


def moved(pay: Pay, name: str, day: date, *, role: str = "", team: str = "") -> None:
    """From `day` on somebody has another role or team."""
    person = pay.world.people[name]
    held = Assignment.objects.get(person=person, valid_to=None)
    held.valid_to = day
    held.save()
    people.assign(
        actor=None, person=person, valid_from=day,
        team=pay.world.teams[team] if team else held.team,
        role=Role.objects.get(key=role) if role else held.role,
    )  # fmt: skip


def paid(run: Run, name: str) -> dict[str, int]:
    rows = run.statements.filter(person__number=name, corrects=None)
    return dict(rows.values_list("plan_version__plan__key", "total_minor"))


def words(row: Statement) -> set[str]:
    return {step.text() for step in Step.from_json(row.result["trace"]).walk()}


def test_who_is_hired_in_the_period_has_to_reach_the_part_of_their_days(pay: Pay) -> None:
    give(pay, quota("newcomer"), "rémi")
    objective(22000, person="rémi")
    Person.objects.filter(number="rémi").update(hired_on=MIDDLE)
    won("rémi", "6000", date(2026, 3, 20), "R1")
    run = pay.run()
    # 22,000 × 12 / 22 = 12,000; half of it is reached
    assert paid(run, "rémi") == {"newcomer": 150000}
    assert "quota: 22000 × 12 / 22 days = 12000" in words(run.statements.get(person__number="rémi"))


def test_who_leaves_in_the_period_has_to_reach_the_part_of_their_days(pay: Pay) -> None:
    give(pay, quota("leaver"), "rémi")
    objective(22000, person="rémi")
    Person.objects.filter(number="rémi").update(left_on=MIDDLE)
    won("rémi", "6000", date(2026, 3, 10), "R1")
    won("rémi", "9999", date(2026, 3, 20), "R2")  # after the last day: not paid
    # 22,000 × 10 / 22 = 10,000
    assert paid(pay.run(), "rémi") == {"leaver": 180000}


def test_another_team_changes_nothing_of_the_objective(pay: Pay) -> None:
    give(pay, quota("same"), "rémi")
    objective(22000, person="rémi")
    moved(pay, "rémi", MIDDLE, team="South")
    won("rémi", "11000", date(2026, 3, 20), "R1")
    run = pay.run()
    assert paid(run, "rémi") == {"same": 150000}
    row = run.statements.get(person__number="rémi")
    assert row.inputs["payees"][0]["objectives"] == {"revenue_booked": "22000"}


def test_two_roles_have_to_reach_their_parts_of_two_objectives(pay: Pay) -> None:
    PlanAssignment.objects.filter(role__key="ae").delete()
    for key, role in (("sdr_plan", "sdr"), ("ae_plan", "ae")):
        publish(pay, quota(key))
        services.assign_plan(actor=pay.hana, plan_key=key, role_key=role, valid_from=START)
    objective(11000, role="sdr")
    objective(44000, role="ae")
    moved(pay, "rémi", MIDDLE, role="ae")
    won("rémi", "5000", date(2026, 3, 10), "R1")
    won("rémi", "12000", date(2026, 3, 20), "R2")
    # 11,000 × 10 / 22 = 5,000 and 44,000 × 12 / 22 = 24,000
    assert paid(pay.run(), "rémi") == {"sdr_plan": 300000, "ae_plan": 150000}


def test_one_plan_over_two_roles_adds_the_parts_of_both(pay: Pay) -> None:
    give(pay, quota("both"), "rémi")
    objective(11000, role="sdr")
    objective(44000, role="ae")
    moved(pay, "rémi", MIDDLE, role="ae")
    won("rémi", "14500", date(2026, 3, 20), "R2")
    run = pay.run()
    # 5,000 + 24,000
    assert paid(run, "rémi") == {"both": 150000}
    told = words(run.statements.get(person__number="rémi", corrects=None))
    assert {
        "quota: 29000 from 2 stretches of days",
        "11000 × 10 / 22 days = 5000",
        "44000 × 12 / 22 days = 24000",
    } <= told


def test_a_plan_that_comes_back_is_paid_on_its_own_days_only(pay: Pay) -> None:
    tenth, twentieth = date(2026, 3, 11), date(2026, 3, 21)
    publish(pay, quota("first"))
    publish(pay, quota("second"))
    for key, start, end in (
        ("first", START, tenth), ("second", tenth, twentieth), ("first", twentieth, None),
    ):  # fmt: skip
        services.assign_plan(
            actor=pay.hana, plan_key=key, valid_from=start, valid_to=end,
            person_id=pay.world.people["rémi"].pk,
        )  # fmt: skip
    objective(22000, person="rémi")
    for day, amount in ((3, "4000"), (15, "8000"), (25, "3000")):
        won("rémi", amount, date(2026, 3, day), f"R{day}")
    run = pay.run()
    # 7 + 7 working days: 14,000, of which 7,000 is reached; 8 working days: 8,000
    assert paid(run, "rémi") == {"first": 150000, "second": 300000}


@pytest.mark.parametrize(
    ("measure", "total"), [("{presence: days}", 210), ("{kpi: revenue_booked}", 70000)]
)
def test_presence_and_kpis_leave_the_days_between_out(pay: Pay, measure: str, total: int) -> None:
    tenth, twentieth = date(2026, 3, 11), date(2026, 3, 21)
    publish(pay, flat(f"  base: {measure}\n", "base", key="first"))
    publish(pay, flat("  base: {sum: amount}\n", "base", key="second"))
    for key, start, end in (
        ("first", START, tenth), ("second", tenth, twentieth), ("first", twentieth, None),
    ):  # fmt: skip
        services.assign_plan(
            actor=pay.hana, plan_key=key, valid_from=start, valid_to=end,
            person_id=pay.world.people["rémi"].pk,
        )  # fmt: skip
    for day, amount in ((3, "4000"), (15, "8000"), (25, "3000")):
        won("rémi", amount, date(2026, 3, day), f"R{day}")
    # 10 % of 21 days (31 less the 10 in between), or of 7,000
    assert paid(pay.run(), "rémi")["first"] == total


def test_a_plan_that_reads_presence_prorates_by_itself(pay: Pay) -> None:
    here = "  here: {presence: share}\n"
    step = "      - {step: prorate_measure, measure: quota, share: here}\n"
    give(pay, quota("own", here, step), "rémi")
    objective(31000, person="rémi")
    Person.objects.filter(number="rémi").update(hired_on=MIDDLE)
    won("rémi", "8000", date(2026, 3, 20), "R1")
    # 31,000 × 16 / 31 calendar days = 16,000: no day is taken off twice
    assert paid(pay.run(), "rémi") == {"own": 150000}


def test_absences_count_by_the_table_of_the_plan(pay: Pay) -> None:
    here = "  here: {presence: share, counted: working, absent: [unpaid]}\n"
    step = "      - {step: prorate_measure, measure: quota, share: here}\n"
    give(pay, quota("away", here, step), "rémi", "marc")
    objective(22000, person="rémi")
    objective(22000, person="marc")
    for name, kind in (("rémi", "unpaid"), ("marc", "sick")):
        Absence.objects.create(
            person=pay.world.people[name], kind=kind,
            valid_from=date(2026, 2, 20), valid_to=MIDDLE,
        )  # fmt: skip
        won(name, "6000", date(2026, 3, 20), f"A{name}")
    run = pay.run()
    # 12 of 22 working days, so 12,000; being ill takes nothing off
    assert paid(run, "rémi") == {"away": 150000}
    assert paid(run, "marc") == {"away": 81818}
    (own,) = run.statements.get(person__number="rémi").inputs["payees"]
    assert own["absences"] == [{"kind": "unpaid", "from": "2026-03-01", "to": "2026-03-16"}]


@pytest.mark.parametrize(
    ("word", "total"), [("calendar_days", 150000), ("working_days", 141935), ("whole", 77419)]
)
def test_a_plan_may_say_which_days_count(pay: Pay, word: str, total: int) -> None:
    document = quota("said").replace("period: month", f"period: month\nobjective_days: {word}")
    give(pay, document, "rémi")
    objective(31000, person="rémi")
    Person.objects.filter(number="rémi").update(hired_on=MIDDLE)
    won("rémi", "8000", date(2026, 3, 20), "R1")
    # 8,000 of 31,000 × 16 / 31; of 31,000 × 12 / 22; of 31,000
    assert paid(pay.run(), "rémi") == {"said": total}


def test_two_plans_of_the_same_days_are_one(pay: Pay) -> None:
    """A plan of the person takes the days from the plan of the role."""
    give(pay, quota("own_plan"), "omar", start=MIDDLE)
    objective(22000, person="omar")
    won("omar", "12000", date(2026, 3, 20), "O1")
    run = pay.run()
    # 13,000.10 in 12 days of 22,000 × 12 / 22; the role's plan has nothing before the 16th
    assert paid(run, "omar") == {"seller": 0, "own_plan": 325003}


# --- parts of objectives -------------------------------------------------------------------------

FRANCE = WorkCalendar("FR")
DAYS = Period(MARCH, APRIL)


def row(number: int, target: int, start: date, end: date, unit: str = "money") -> ObjectiveRow:
    return ObjectiveRow(
        number,
        1,
        None,
        None,
        "revenue_booked",
        unit,
        Period(start, end),
        Fraction(target),
        "agreed",
    )


def test_an_objective_of_exactly_the_days_comes_before_a_longer_one() -> None:
    rows = [row(1, 64000, date(2026, 1, 1), APRIL), row(2, 5000, MIDDLE, APRIL)]
    late = Period(MIDDLE, APRIL)
    assert parts_of([Held(late, [rows])], DAYS, FRANCE) == (("5000", 12, 12),)
    assert parts_of([Held(Period(MARCH, MIDDLE), [rows])], DAYS, FRANCE) == (("64000", 10, 63),)


def test_calendar_days_count_all_days() -> None:
    found = parts_of(
        [Held(Period(MIDDLE, APRIL), [[row(1, 31000, MARCH, APRIL)]])], DAYS, EVERY_DAY
    )
    assert found == (("31000", 16, 31),)
    assert value_of(found) == 16000


def test_objectives_that_follow_each_other_are_added() -> None:
    rows = [row(1, 10000, MARCH, MIDDLE), row(2, 24000, MIDDLE, APRIL)]
    held = Held(Period(date(2026, 3, 9), APRIL), [rows])
    # 5 of 10 working days of the first, all 12 of the second
    assert value_of(parts_of([held], DAYS, FRANCE)) == 5000 + 24000


def test_a_rate_is_the_same_on_any_day_and_weighs_by_days() -> None:
    one, other = row(1, 20, MARCH, APRIL, "ratio"), row(2, 42, MARCH, APRIL, "ratio")
    late = [Held(Period(MIDDLE, APRIL), [[one]])]
    assert value_of(parts_of(late, DAYS, FRANCE)) == 20
    both = [Held(Period(MARCH, MIDDLE), [[one]]), Held(Period(MIDDLE, APRIL), [[other]])]
    assert value_of(parts_of(both, DAYS, FRANCE)) == Fraction(20 * 10 + 42 * 12, 22)


def test_a_day_without_an_objective_leaves_none() -> None:
    held = [Held(DAYS, [[row(1, 10000, MARCH, MIDDLE)]])]
    assert parts_of(held, DAYS, FRANCE) == ()


def test_own_objectives_come_before_the_role_for_each_stretch() -> None:
    own, role = [row(1, 12000, MIDDLE, APRIL)], [row(2, 22000, MARCH, APRIL)]
    held = [Held(Period(MARCH, MIDDLE), [own, role]), Held(Period(MIDDLE, APRIL), [own, role])]
    assert parts_of(held, DAYS, FRANCE) == (("22000", 10, 22), ("12000", 12, 12))
