"""What if: the plan itself answers, on what is known now, and nothing is kept."""

import copy
import re
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from activities.models import Activity, Deal
from common.models import AuditEntry
from incentives.calc import calculate, parse_inputs, parse_plan
from incentives.models import PayPeriod
from incentives.statements.current import current_inputs
from incentives.statements.what_if import (
    Added,
    Changes,
    changed,
    choices_read,
    figures_read,
    what_if,
)
from kernel.money import Money
from kernel.periods import Period
from tests.incentives.conftest import PLAN, Pay, won
from tests.incentives.test_pages import signed_in

PARIS = ZoneInfo("Europe/Paris")
DAYS = Period(date(2026, 3, 1), date(2026, 4, 1))
NOW = "2026-03-24 12:00+01:00"


def inputs_of(amounts: list[int]) -> dict[str, Any]:
    credits = [
        {
            "id": f"crm:D{number}",
            "closed_at": f"2026-03-{number % 28 + 1:02}T12:00:00+00:00",
            "amount_minor": amount,
            "attributes": {"type": "deal_won"},
        }
        for number, amount in enumerate(amounts)
    ]
    return {"period": "2026-03-01/2026-04-01", "payees": [{"id": "7", "credits": credits}]}


def added(minor: int, on: date = date(2026, 3, 30)) -> Added:
    return Added("deal_won", on, Money(minor, "EUR"))


AMOUNTS = st.lists(st.integers(0, 2_000_000), max_size=6)


@given(AMOUNTS, AMOUNTS)
def test_a_deal_that_is_added_pays_like_one_that_is_there(there: list[int], new: list[int]) -> None:
    plan = parse_plan(PLAN)
    changes = Changes(added=tuple(added(minor) for minor in new))
    found = what_if(plan, inputs_of(there), "7", changes, days=DAYS, tz=PARIS)
    together = parse_inputs(inputs_of(there + new), currency="EUR")
    assert found.then.total == calculate(plan, together).of("7").total
    assert found.difference == found.then.total - found.now.total
    assert found.difference.minor >= 0


@given(AMOUNTS, st.data())
def test_without_some_deals_it_is_as_if_they_had_never_been(
    there: list[int], data: st.DataObject
) -> None:
    gone = data.draw(st.sets(st.integers(0, len(there) - 1))) if there else set()
    inputs = inputs_of(there)
    kept = {
        **inputs,
        "payees": [
            {
                "id": "7",
                "credits": [
                    one
                    for number, one in enumerate(inputs["payees"][0]["credits"])
                    if number not in gone
                ],
            }
        ],
    }
    before = copy.deepcopy(inputs)
    removed = Changes(removed=frozenset(f"crm:D{number}" for number in gone))
    assert changed(inputs, removed, days=DAYS, tz=PARIS) == kept
    moved = Changes(moved=tuple((f"crm:D{number}", date(2026, 4, 1)) for number in gone))
    assert changed(inputs, moved, days=DAYS, tz=PARIS) == kept
    assert inputs == before


def test_a_deal_moved_inside_the_period_keeps_its_hour() -> None:
    moved = Changes(moved=(("crm:D0", date(2026, 3, 30)),))
    made = changed(inputs_of([100]), moved, days=DAYS, tz=PARIS)
    # 12:00 UTC is 13:00 in winter; on the 30th summer time holds
    assert made["payees"][0]["credits"][0]["closed_at"] == "2026-03-30T13:00:00+02:00"  # type: ignore[index]  # plain data of a test


def test_what_is_known_of_a_deal_goes_with_it() -> None:
    inputs = inputs_of([100, 200])
    events = [
        {"event": "collected", "credit": f"crm:D{number}", "on": "2026-03-20"} for number in (0, 1)
    ]
    inputs["payees"][0]["events"] = events
    made: Any = changed(inputs, Changes(removed=frozenset({"crm:D0"})), days=DAYS, tz=PARIS)
    assert made["payees"][0]["events"] == events[1:]
    found = what_if(
        parse_plan(PLAN), inputs, "7", Changes(removed=frozenset({"crm:D0"})), days=DAYS, tz=PARIS
    )
    assert found.difference == Money(-5, "EUR")


def test_moving_a_deal_changes_which_one_crosses_a_limit() -> None:
    plan = parse_plan(
        PLAN.replace(
            "      - step: marginal_tiers\n        base: revenue\n        tiers:\n"
            "          - {from: 0, rate: 5 %}\n          - {from: 10000, rate: 10 %}",
            "      - {step: spiff, events: deals, amount: 100, first: 1, note: the first deal}\n"
            "      - {step: flat_rate, base: big, rate: 1 %}",
        )
        .replace(
            "components:",
            "  deals: {count: credits}\n"
            "  big: {sum: amount, where: [{attribute: series, is: Pro}]}\ncomponents:",
        )
        .partition("examples:")[0]
    )
    changes = Changes(
        added=(Added("deal_won", date(2026, 3, 2), Money(100_000, "EUR"), times=2,
                     attributes=(("product", "Massicot"), ("series", "Pro"))),)
    )  # fmt: skip
    found = what_if(plan, inputs_of([]), "7", changes, days=DAYS, tz=PARIS)
    assert (found.now.total, found.then.total) == (Money(0, "EUR"), Money(12_000, "EUR"))


def test_what_a_plan_asks_of_a_deal_beside_product_and_kind() -> None:
    plan = parse_plan(
        PLAN.replace(
            "components:",
            "  margin: {sum: margin, where: [{attribute: segment, is: large}]}\n"
            "  urgent: {count: credits, where: [{attribute: days, below: 10},"
            " {attribute: type, is: deal_won}]}\ncomponents:",
        )
    )
    assert choices_read(plan) == {"segment": ("large",)}
    assert figures_read(plan) == ("days", "margin")


# --- the page ------------------------------------------------------------------------------------


def page_of(pay: Pay) -> str:
    return reverse("incentives:what_if", args=[pay.march.pk, pay.version.pk])


def text(answer: Any) -> str:
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def asked(client: Client, pay: Pay, fields: dict[str, str], *, fragment: bool = True) -> str:
    """The answer to a form with one row for a new deal and these fields."""
    row = {"add-0-what": "deal_won", "add-0-on": "2026-03-24", "add-0-times": "1"}
    headers = {"HX-Request": "true"} if fragment else {}
    return text(client.post(page_of(pay), row | fields, headers=headers))


@pytest.fixture
def lea(pay: Pay) -> Client:
    return signed_in(pay.world.users["léa"])


@time_machine.travel(NOW, tick=False)
def test_the_page_shows_what_is_booked_and_the_deals(pay: Pay, lea: Client) -> None:
    page = text(lea.get(page_of(pay)))
    for shown in ("Booked so far", "€700.00", "Altaïr · D1", 'value="2026-03-03"', "New deal 1"):
        assert shown in page, shown
    assert "With the changes" not in page
    mine = text(lea.get(reverse("incentives:statements")))
    assert page_of(pay) in mine


@time_machine.travel(NOW, tick=False)
def test_an_added_deal_tells_amount_step_and_difference(pay: Pay, lea: Client) -> None:
    answer = asked(lea, pay, {"add-0-amount": "1 000,50"})
    assert "<html" not in answer
    for shown in ("It would pay", "€800.05", "+€100.05", "against €700.00 now"):
        assert shown in answer, shown
    assert "from €10,000.00: 10% × €3,000.50 = €300.05" in answer
    won("léa", "1000.50", date(2026, 3, 24), "D9")
    (current,) = current_inputs(pay.march, pay.world.people["léa"].pk)
    real = parse_inputs(current.inputs, currency="EUR")
    assert calculate(current.plan, real).payees[0].total == Money(80_005, "EUR")


@time_machine.travel(NOW, tick=False)
def test_a_deal_is_moved_out_or_taken_away(pay: Pay, lea: Client) -> None:
    for fields in (
        {"deal-crm:deal:D2:won-on": "2026-04-02"},
        {"deal-crm:deal:D2:won-on": "2026-03-20", "deal-crm:deal:D2:won-gone": "on"},
    ):
        answer = asked(lea, pay, fields)
        assert "€450.00" in answer
        assert "−€250.00" in answer


@time_machine.travel(NOW, tick=False)
def test_an_open_deal_is_tried_as_won(pay: Pay, lea: Client) -> None:
    won("léa", "2000", date(2026, 3, 23), "P1", stage="engaging")
    won("léa", "900", date(2026, 3, 23), "P2", stage="lost")
    won("omar", "800", date(2026, 3, 23), "P3", stage="engaging")
    page = text(lea.get(page_of(pay)))
    assert "Altaïr · P1" in page
    assert ("Altaïr · P2" in page, "Altaïr · P3" in page) == (False, False)
    open_deal = {"open-P1-on": "2026-03-30"}
    assert "€700.00" in asked(lea, pay, open_deal)
    assert "+€200.00" in asked(lea, pay, {**open_deal, "open-P1-won": "on"})
    late = asked(lea, pay, {"open-P1-on": "2026-04-30", "open-P1-won": "on"})
    assert "Altaïr · P1, Closed on" in late


@time_machine.travel(NOW, tick=False)
def test_every_error_is_said_at_once_with_its_place(pay: Pay, lea: Client) -> None:
    wrong = {
        "add-0-amount": "1,234",
        "add-0-times": "0",
        "add-1-what": "deal_won",
        "add-1-amount": "100.001",
        "add-1-on": "2026-05-01",
        "add-1-times": "1",
        "deal-crm:deal:D2:won-on": "soon",
    }
    for fragment in (True, False):
        answer = asked(lea, pay, wrong, fragment=fragment)
        for said in (
            "new deal 1, Amount",
            "can mean 1.234 or 1234",
            "new deal 1, How many",
            "new deal 2, Amount",
            "new deal 2, Date",
            "it would count for another period",
            "Altaïr · D2, Closed on",
            "Enter a valid date.",
        ):
            assert said in answer, said
        assert "It would pay" not in answer


@time_machine.travel(NOW, tick=False)
def test_one_more_row_keeps_the_others(pay: Pay, lea: Client) -> None:
    answer = asked(lea, pay, {"add-0-amount": "500", "more": "1"})
    assert "<html" in answer
    assert 'name="add-0-amount" value="500"' in answer
    assert 'name="add-1-amount"' in answer
    assert "€750.00" in answer
    many = {f"add-{number}-amount": "1" for number in range(40)} | {"more": "1"}
    assert 'name="add-12-amount"' not in asked(lea, pay, many)


@time_machine.travel(NOW, tick=False)
def test_a_deal_that_came_meanwhile_stays_as_it_is(pay: Pay, lea: Client) -> None:
    won("léa", "100", date(2026, 3, 21), "D8")
    answer = asked(lea, pay, {"deal-crm:deal:D2:won-on": "2026-03-20"})
    assert "€710.00" in answer


@time_machine.travel(NOW, tick=False)
def test_nothing_is_kept(pay: Pay, lea: Client) -> None:
    lea.get(page_of(pay))

    def state() -> list[int]:
        return [model.objects.count() for model in (Activity, Deal, AuditEntry, PayPeriod)]

    before = state()
    with CaptureQueriesContext(connection) as queries:
        asked(lea, pay, {"add-0-amount": "1000"})
    assert state() == before
    assert [one["sql"] for one in queries if not one["sql"].startswith("SELECT")] == []


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("who", ["rémi", "marc", "hana", "ada", "eve", "wanda"])
def test_whom_the_plan_does_not_pay_it_tells_nothing(pay: Pay, who: str) -> None:
    assert signed_in(pay.world.users[who]).get(page_of(pay)).status_code == 404


@time_machine.travel(NOW, tick=False)
def test_everybody_asks_of_their_own_deals(pay: Pay) -> None:
    page = text(signed_in(pay.world.users["omar"]).get(page_of(pay)))
    assert "Altaïr · D3" in page
    assert "Altaïr · D1" not in page


@time_machine.travel(NOW, tick=False)
def test_only_an_open_period_can_be_tried_out(pay: Pay, lea: Client) -> None:
    pay.run()
    assert lea.get(page_of(pay)).status_code == 200
    pay.approve()
    assert lea.get(page_of(pay)).status_code == 404
    assert lea.get(reverse("incentives:what_if", args=[pay.march.pk, 999])).status_code == 404
