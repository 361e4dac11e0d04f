"""Earned, payable, held, paid, debt: balanced for each person and currency, after every lock."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from django.db.models import Sum
from django.urls import reverse

from incentives import services
from incentives.gathering.balances import Left
from incentives.models import LedgerLine, RunStatement, Statement
from incentives.periods.ledgers import accounts_of, is_unbalanced
from incentives.periods.movements import Movement, movements_of
from kernel.issues import Invalid
from tests.incentives.conftest import Pay, won
from tests.incentives.test_happenings import happened, plan, run_and_lock
from tests.incentives.test_histories import DRAWN, month, publish
from tests.incentives.test_pages import signed_in, text_of


def accounts(pay: Pay, name: str) -> dict[str, int]:
    (found,) = accounts_of([pay.world.people[name].pk])
    assert found.is_balanced
    lines = LedgerLine.objects.filter(person=pay.world.people[name])
    assert found.by_account["paid"] == lines.aggregate(total=Sum("amount_minor"))["total"]
    return {key: minor for key, minor in found.by_account.items() if minor}


def test_the_accounts_of_what_is_held(pay: Pay) -> None:
    plan(pay, "holdback")
    run_and_lock(pay, 3)
    assert accounts_of([pay.world.people["rémi"].pk]) == []
    assert accounts(pay, "léa") == {"earned": -120000, "held": 120000}
    happened("payment_received", date(2026, 4, 10), "D1", "4500")
    run_and_lock(pay, 4)
    assert accounts(pay, "léa") == {"earned": -120000, "held": 75000, "paid": 45000}
    happened("payment_received", date(2026, 4, 20), "D1", "4500")
    run_and_lock(pay, 5)
    assert accounts(pay, "léa") == {"earned": -120000, "held": 30000, "paid": 90000}


def test_the_accounts_of_what_is_owed_and_corrected(pay: Pay) -> None:
    publish(pay, DRAWN)
    won("léa", "2000", date(2026, 3, 3), "D1")
    won("léa", "2000", date(2026, 3, 3), "D2")
    run_and_lock(pay, 3)
    assert accounts(pay, "léa") == {"earned": -40000, "paid": 100000, "debt": -60000}
    won("léa", "1000", date(2026, 3, 30), "D9")
    won("léa", "20000", date(2026, 4, 3), "A1")
    run_and_lock(pay, 4)
    # 500 and 2,000 are earned, 1,000 and 1,500 paid
    assert accounts(pay, "léa") == {"earned": -250000, "paid": 250000}


def test_a_statement_that_does_not_add_up_is_not_locked(pay: Pay) -> None:
    run = pay.run()
    pay.approve()
    row = pay.statement(run, "léa")
    row.figures["ledger"][0]["amount"] = "-1.00"
    Statement.objects.filter(pk=row.pk).update(figures=row.figures)
    with pytest.raises(Invalid) as refused:
        services.lock_period(actor=pay.hugo, period_id=pay.march.pk)
    assert [issue.code for issue in refused.value.issues] == ["period.ledger_unbalanced"]
    assert "léa" in refused.value.issues[0].text()
    assert not LedgerLine.objects.exists()


def test_what_is_brought_in_and_left_belongs_to_the_postings(pay: Pay) -> None:
    publish(pay, DRAWN)
    won("léa", "2000", date(2026, 3, 3), "D1")
    won("léa", "2000", date(2026, 3, 3), "D2")
    row = pay.statement(pay.run(), "léa")
    assert not is_unbalanced(row.figures, Left(), row.total_minor, "EUR")
    wrong: list[tuple[dict[str, Any], Left, int]] = [
        (row.figures, Left((("debt", "-1"),)), row.total_minor),
        (row.figures, Left(), row.total_minor + 1),
        ({**row.figures, "carried": {"debt": "-599.99"}}, Left(), row.total_minor),
        ({**row.figures, "ledger": row.figures["ledger"][1:]}, Left(), row.total_minor),
    ]
    for figures, brought, total in wrong:
        assert is_unbalanced(figures, brought, total, "EUR")


def test_hr_sees_the_ledger_and_a_rep_the_own_balances(pay: Pay) -> None:
    plan(pay, "holdback")
    client = signed_in(pay.hana)
    assert "Nothing in the ledger yet" in text_of(client, "incentives:ledger")
    run_and_lock(pay, 3)
    page = text_of(client, "incentives:ledger")
    assert "€1,200.00" in page
    assert "every line adds up" in page
    own = text_of(signed_in(pay.world.users["omar"]), "incentives:statements")
    assert "Held back" in own
    assert "€100.01" in own
    assert "€1,200.00" not in own


def test_open_deals_are_of_whole_cents(pay: Pay) -> None:
    plan(pay, "holdback")
    run = run_and_lock(pay, 3)
    held = [Fraction(item["held"]) for item in pay.statement(run, "omar").figures["open"]]
    assert held == [Fraction("100.01")]
    assert RunStatement.objects.filter(run=run).count() == 2
    assert month(pay, 3).state == "locked"


def sums(found: list[Movement]) -> dict[str, int]:
    """The accounts that movements leave, without those that stand at zero."""
    totals: dict[str, int] = {}
    for one in found:
        assert sum(one.by_account.values()) == 0
        for account, minor in one.by_account.items():
            totals[account] = totals.get(account, 0) + minor
    return {account: minor for account, minor in totals.items() if minor}


def test_the_movements_come_to_the_accounts(pay: Pay) -> None:
    publish(pay, DRAWN)
    won("léa", "2000", date(2026, 3, 3), "D1")
    won("léa", "2000", date(2026, 3, 3), "D2")
    run_and_lock(pay, 3)
    won("léa", "1000", date(2026, 3, 30), "D9")
    won("léa", "20000", date(2026, 4, 3), "A1")
    run_and_lock(pay, 4)
    found = movements_of(pay.world.people["léa"].pk)
    assert sums(found) == accounts(pay, "léa")
    # March as its correction in April states it: 500 earned, 1,000 paid, so 500 in advance
    march = [one for one in found if one.period == pay.march]
    assert all(one.said_in and one.said_in.corrects_id for one in march)
    assert {one.entry: one.by_account for one in march} == {
        "earned": {"earned": -50000, "payable": 50000},
        "advanced": {"debt": -50000, "payable": 50000},
        "paid": {"payable": -100000, "paid": 100000},
    }


def test_the_account_opens_into_its_movements_for_hr_and_its_owner(pay: Pay) -> None:
    plan(pay, "holdback")
    run_and_lock(pay, 3)
    person = pay.world.people["léa"]
    for who in (pay.hana, pay.world.users["léa"]):
        page = text_of(signed_in(who), "incentives:account", person.pk)
        for shown in ("held back", "+€1,200.00", "March 2026"):
            assert shown in page, shown
    url = reverse("incentives:account", args=[person.pk])
    assert url in text_of(signed_in(pay.hana), "incentives:ledger")
    assert url in text_of(signed_in(pay.world.users["léa"]), "incentives:statements")
    for other in ("omar", "marc"):
        assert signed_in(pay.world.users[other]).get(url).status_code == 404
