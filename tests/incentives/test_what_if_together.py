"""What if, where a plan shares something out: to the cent what a calculation of all would give."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from incentives.statements.current import Current, current_inputs, plans_now
from incentives.statements.projection import Projection, Waits, projections
from incentives.statements.what_if import Added, Changes, what_if
from incentives.statements.what_if_pages import known_deals
from kernel.money import Money
from tests.incentives.conftest import Pay, won
from tests.incentives.test_pages import signed_in
from tests.incentives.test_shared_out import CASES, document, stated, team

NOW = "2026-03-24 12:00+01:00"
TODAY = date(2026, 3, 24)
BY_DEAL = (
    document(("split",)).replace("base: gross", "base: all").replace(", {step: money_split}", "")
)
EVERYBODY = BY_DEAL.replace("deal_tiers", "marginal_tiers")


def of(pay: Pay, name: str) -> Current:
    (found,) = [
        one
        for one in current_inputs(pay.march, pay.world.people[name].pk)
        if one.plan.key == "together"
    ]
    return found


def tried(pay: Pay, name: str, changes: Changes) -> Money:
    """What this person would be paid with the changes."""
    current = of(pay, name)
    me = str(pay.world.people[name].pk)
    found = what_if(
        current.plan, current.inputs, me, changes, days=current.at.days, tz=current.at.tz
    )
    return found.then.total


def paid(pay: Pay, name: str) -> Money:
    lines = stated(pay.run())[str(pay.world.people[name].pk)]
    return Money(sum(lines.values()), "EUR")


def added(minor: int, on: date) -> Changes:
    return Changes(added=(Added("deal_won", on, Money(minor, "EUR")),))


SHARED = [case for case in CASES if case != "a deal split three ways"]


@pytest.mark.parametrize("case", CASES)
def test_without_changes_it_is_what_the_calculation_paid(pay: Pay, case: str) -> None:
    team(pay, CASES[case])
    for name in ("léa", "omar", "rémi"):
        calculated = paid(pay, name)
        assert tried(pay, name, Changes()) == calculated


@pytest.mark.parametrize("case", SHARED)
def test_a_deal_that_is_tried_pays_what_all_together_are_paid_with_it(pay: Pay, case: str) -> None:
    team(pay, CASES[case])
    pay.run()
    before = paid(pay, "omar")
    expected = tried(pay, "omar", added(700_000, date(2026, 3, 1)))
    won("omar", "7000", date(2026, 3, 1), "tried")
    assert paid(pay, "omar") == expected != before


def test_ones_own_deals_count_at_once_and_those_of_colleagues_with_the_next_run(pay: Pay) -> None:
    team(pay, document(("pool",), "1"))
    pay.run()
    at_first = tried(pay, "omar", Changes())
    won("omar", "7000", date(2026, 3, 3), "own")
    with_own = tried(pay, "omar", Changes())
    assert with_own > at_first
    won("léa", "9000", date(2026, 3, 3), "hers")
    assert tried(pay, "omar", Changes()) == with_own
    assert paid(pay, "omar") == tried(pay, "omar", Changes()) != with_own


def test_before_the_first_calculation_the_plan_waits(pay: Pay) -> None:
    team(pay, CASES["a pool"])
    me = pay.world.people["omar"].pk
    assert [type(one).__name__ for one in plans_now(pay.march, me)] == ["Waiting"]
    (card,) = projections(me, TODAY)
    assert isinstance(card, Waits)
    pay.run()
    (card,) = projections(me, TODAY)
    assert isinstance(card, Projection)
    assert (card.booked, card.outcomes) == (paid(pay, "omar"), ())


@pytest.mark.parametrize("case", ["a pool", "a stock", "peers", "everybody's sales", "by deal"])
def test_no_deal_of_a_colleague_is_offered_or_told(pay: Pay, case: str) -> None:
    team(pay, {**CASES, "everybody's sales": EVERYBODY, "by deal": BY_DEAL}[case])
    pay.run()
    current = of(pay, "omar")
    page_of = reverse("incentives:what_if", args=[pay.march.pk, current.version_id])
    omar = signed_in(pay.world.users["omar"])
    with time_machine.travel(NOW):
        page = omar.get(page_of).content.decode()
        told = omar.post(page_of, added_by_form(current)).content.decode()
    assert "S1" in page
    assert "as the calculation of" in page
    assert "It would pay" in told
    assert "· D3" in page
    # with the sign before it: a token of the form may hold any two letters
    for text in ("· R1", "· D1", "· D2", ":D1:", ":R1:", "Léa", "Rémi"):
        assert text not in page, text
        assert text not in told, text


def added_by_form(current: Current) -> dict[str, str]:
    """One more deal of 7,000, and each deal of one's own where it is."""
    mine = known_deals(current)
    return {
        "add-0-what": "deal_won",
        "add-0-amount": "7000",
        "add-0-on": "2026-03-24",
        "add-0-times": "1",
        **{f"deal-{key}-on": day.isoformat() for key, day in mine},
    }
