"""Why a run gives other amounts: each cause alone, all together, always the whole difference."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from incentives import services
from incentives.calc import ENGINE, parse_inputs, parse_plan, pay_of
from incentives.models import Run, Statement
from incentives.periods.causes import Side, changes, split, with_place_of
from incentives.periods.comparing import Difference, differences, totals_by_cause
from people.models import Person
from tests.incentives.conftest import PLAN, Pay, won
from tests.incentives.test_effective_dating import MIDDLE, objective, quota
from tests.incentives.test_pages import signed_in, text_of
from tests.incentives.test_pay_inputs import give

PARIS = ZoneInfo("Europe/Paris")
BETTER = PLAN.replace("rate: 5 %", "rate: 6 %").replace("total: 700", "total: 800")


def shares(rows: list[Difference]) -> dict[str, dict[str, int]]:
    return {row.name: dict(row.shares or ()) for row in rows}


def better(pay: Pay) -> None:
    draft = services.save_plan(actor=pay.hana, document=BETTER, valid_from=date(2026, 3, 1))
    services.publish_plan(actor=pay.hana, version_id=draft.pk, reason="agreed")


def older(run: Run) -> None:
    """As if an engine before this one had given Léa 1.00 more."""
    Run.objects.filter(pk=run.pk).update(engine_version="1")
    Statement.objects.filter(run=run, person__number="léa").update(
        total_minor=70100, result_sha256="0" * 64
    )
    run.refresh_from_db()


def test_new_records_are_data(pay: Pay) -> None:
    before = pay.run()
    won("léa", "1000", date(2026, 3, 25), "D7")
    assert shares(differences(before, pay.run())) == {"Léa Test": {"data": 10000}}


def test_another_wording_is_the_plan(pay: Pay) -> None:
    before = pay.run()
    better(pay)
    found = shares(differences(before, pay.run()))
    assert found == {"Léa Test": {"plan": 10000}, "Omar Test": {"plan": 1000}}


def test_days_and_their_records_are_the_organisation(pay: Pay) -> None:
    before = pay.run()
    Person.objects.filter(number="léa").update(left_on=MIDDLE)
    # the deal of 3,000 on the 20th is not hers any more: 450 instead of 700
    assert shares(differences(before, pay.run())) == {"Léa Test": {"organisation": -25000}}


def test_an_objective_is_the_organisation(pay: Pay) -> None:
    give(pay, quota("goal"), "rémi")
    objective(10000, person="rémi")
    won("rémi", "5000", date(2026, 3, 9), "R1")
    before = pay.run()
    objective(20000, person="rémi", end=date(2026, 4, 1))
    found = shares(differences(before, pay.run()))
    assert found == {"Rémi Test": {"organisation": -75000}}


def test_another_engine_is_the_engine(pay: Pay) -> None:
    before = pay.run()
    older(before)
    after = services.start_run(actor=pay.hana, period_id=pay.march.pk, anew=True)
    services.calculate_run(run_id=after.pk)
    after.refresh_from_db()
    found = shares(differences(before, after))
    assert found["Léa Test"] == {"engine": -100}


def test_all_causes_together_make_the_whole_difference(pay: Pay) -> None:
    before = pay.run()
    older(before)
    better(pay)
    Person.objects.filter(number="léa").update(left_on=MIDDLE)
    won("léa", "5000", date(2026, 3, 9), "D7")
    rows = differences(before, pay.run())
    (lea,) = (row for row in rows if row.name == "Léa Test")
    # 701.00; by this engine 700; at 6 % 800; without D2 540; with D7 600 + 400
    assert lea.shares == (
        ("engine", -100), ("plan", 10000), ("organisation", -26000), ("data", 46000),
    )  # fmt: skip
    assert sum(minor for _, minor in lea.shares) == lea.change_minor
    assert sum(totals_by_cause(rows).values()) == sum(row.change_minor for row in rows)


def test_who_comes_or_goes_is_the_organisation(pay: Pay) -> None:
    before = pay.run()
    Person.objects.filter(number="omar").update(left_on=date(2026, 3, 1))
    found = differences(before, pay.run())
    assert shares(found) == {"Omar Test": {"organisation": -5001}}
    assert found[0].after_minor is None


def test_a_correction_is_data(pay: Pay) -> None:
    pay.run()
    pay.lock()
    april = services.open_period(actor=pay.hana, kind="month", day=date(2026, 4, 1))
    before = pay.run(april)
    won("léa", "1000", date(2026, 3, 25), "D7")
    (row,) = differences(before, pay.run(april))
    assert (row.shares, row.is_correction) == ((("data", 10000),), True)


def test_a_period_beside_the_one_before(pay: Pay) -> None:
    march = pay.run()
    pay.lock()
    won("léa", "1000", date(2026, 4, 8), "A1")
    april = services.open_period(actor=pay.hana, kind="month", day=date(2026, 4, 1))
    rows = differences(march, pay.run(april))
    assert {row.name: (row.change_minor, sum(dict(row.shares or ()).values())) for row in rows} == {
        "Léa Test": (-65000, -65000),
        "Omar Test": (-5001, -5001),
    }


def test_the_page_tells_shares_and_records(pay: Pay) -> None:
    before = pay.run()
    won("léa", "1000", date(2026, 3, 25), "D7")
    after = pay.run()
    page = text_of(signed_in(pay.hana), "incentives:compare", pay.march.pk)
    assert "+€100.00" in page
    one, other = (pay.statement(run, "léa") for run in (before, after))
    page = text_of(signed_in(pay.hana), "incentives:compare_records", one.pk, other.pk)
    assert "Altaïr · D7" in page
    assert "€1,000.00" in page
    assert "D1" not in page


def test_statements_of_two_people_are_not_compared(pay: Pay) -> None:
    run = pay.run()
    one, other = pay.statement(run, "léa"), pay.statement(run, "omar")
    client = signed_in(pay.hana)

    def answer(before: Statement, after: Statement) -> int:
        address = reverse("incentives:compare_records", args=[before.pk, after.pk])
        return client.get(address).status_code

    assert answer(one, one) == 200
    assert answer(one, other) == 404


# --- the split, without a database ---------------------------------------------------------------

PLANS = [parse_plan(PLAN), parse_plan(BETTER)]
AMOUNTS = st.lists(st.integers(-500000, 2000000), max_size=5)
DAY = st.integers(1, 15)


def inputs(amounts: list[int], first: int, role: str) -> dict[str, Any]:
    credits = [
        {"id": f"D{n}", "closed_at": f"2026-03-{2 * n + 1:02}T12:00:00+00:00",
         "amount_minor": minor, "currency": "EUR", "attributes": {}}
        for n, minor in enumerate(amounts)
        if 2 * n + 1 >= first
    ]  # fmt: skip
    own = {
        "id": "1",
        "role": role,
        "credits": credits,
        "objectives": {},
        "carried": {},
        "kpis": {},
        "present_from": f"2026-03-{first:02}",
        "present_to": "2026-04-01",
    }
    return {"period": "2026-03-01/2026-04-01", "payees": [own]}


@st.composite
def sides(draw: st.DrawFn) -> Side:
    plan = draw(st.sampled_from(PLANS))
    made = inputs(draw(AMOUNTS), draw(DAY), draw(st.sampled_from(["ae", "sdr"])))
    total = pay_of(plan, parse_inputs(made, currency="EUR"), "1").total.minor
    engine = draw(st.sampled_from([ENGINE, "1"]))
    return Side(plan, made, total + draw(st.integers(-9, 9)) * (engine == "1"), engine)


@given(sides(), sides())
def test_the_shares_always_make_the_difference(before: Side, after: Side) -> None:
    found = split(before, after, ENGINE, PARIS)
    assert found.total == after.total_minor - before.total_minor
    assert split(before, before, ENGINE, PARIS).total == 0


@given(sides(), sides())
def test_a_place_of_one_with_the_data_of_the_same_is_itself(before: Side, after: Side) -> None:
    assert with_place_of(before.inputs, before.inputs, PARIS) == before.inputs
    halfway = with_place_of(before.inputs, after.inputs, PARIS)
    assert with_place_of(halfway, after.inputs, PARIS) == halfway


def test_changes_of_records_are_told_once_each() -> None:
    one, other = inputs([100, 200, 300], 1, "ae"), inputs([100, 250], 1, "ae")
    found = [(c.id, c.before is None, c.after is None) for c in changes(one, other)]
    assert found == [("D1", False, False), ("D2", False, True)]


@pytest.mark.parametrize("key", ["payees", "period"])
def test_the_halfway_inputs_can_be_calculated(key: str) -> None:
    one, other = inputs([100], 1, "ae"), inputs([200], 9, "sdr")
    assert with_place_of(one, other, PARIS)[key]
