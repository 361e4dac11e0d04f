"""Old and adjustments make new: whatever becomes known when, pay ends where it would have begun."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from random import Random

import pytest
from django.db.models import Sum

from incentives import services
from incentives.gathering.balances import left_before
from incentives.models import LedgerLine, PayPeriod, Plan, Run, Statement
from kernel.issues import Invalid
from people.models import Company
from tests.incentives.conftest import PLAN, Pay, won
from tests.incentives.test_pay_inputs import HEAD

MONTHS = (3, 4, 5, 6)
DRAWN = (
    f"{HEAD}measures:\n  revenue: {{sum: amount}}\ncomponents:\n  - key: commission\n    steps:\n"
    "      - {step: flat_rate, base: revenue, rate: 10 %}\n"
    "      - {step: draw, draw: 1000, balance: debt}\n"
)
TRUED = DRAWN.replace(
    "{step: draw, draw: 1000, balance: debt}",
    "{step: true_up, already: 1000, negative: carry, balance: debt}",
)


def month(pay: Pay, number: int) -> PayPeriod:
    return services.open_period(actor=pay.hana, kind="month", day=date(2026, number, 1))


def publish(pay: Pay, document: str) -> None:
    """From February on; in a country whose law lets a draw take back."""
    Company.objects.update(country="BE")
    draft = services.save_plan(actor=pay.hana, document=document, valid_from=date(2026, 2, 1))
    services.publish_plan(actor=pay.hana, version_id=draft.pk)


def total(pay: Pay, name: str) -> int:
    lines = LedgerLine.objects.filter(person=pay.world.people[name])
    return int(lines.aggregate(total=Sum("amount_minor"))["total"] or 0)


def debt_after(pay: Pay, number: int, name: str) -> Fraction:
    """What the last locked statement before a month says is owed."""
    left = left_before(month(pay, number))
    key = (pay.world.people[name].pk, Plan.objects.get(key="seller").pk)
    return Fraction(dict(left[key].carried)["debt"]) if key in left else Fraction(0)


def drawn(sales: list[Fraction]) -> Iterator[tuple[Fraction, Fraction]]:
    """Due and debt after each month, of a recoverable draw of 1,000: no engine, only fractions."""
    debt = Fraction(0)
    for sold in sales:
        earned = sold / 10
        due = max(Fraction(1000), earned + debt)
        debt += earned - due
        yield due, debt


def trued(sales: list[Fraction]) -> Iterator[tuple[Fraction, Fraction]]:
    """The same of a true-up of 1,000 whose rest below 0 is carried."""
    debt = Fraction(0)
    for sold in sales:
        rest = sold / 10 - 1000 + debt
        due = max(rest, Fraction(0))
        debt = rest - due
        yield due, debt


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("document", "oracle"), [(DRAWN, drawn), (TRUED, trued)])
def test_paid_and_corrections_make_what_is_due_whatever_comes_late(
    pay: Pay, seed: int, document: str, oracle: object
) -> None:
    publish(pay, document)
    chance = Random(seed)
    deals: dict[str, tuple[int, int]] = {"D1": (3, 9000), "D2": (3, 3000)}
    for number in MONTHS:
        for _ in range(chance.randrange(3)):
            _news(chance, deals, number)
        pay.run(month(pay, number))
        if chance.random() < 0.5:  # what comes between two runs of a month
            _news(chance, deals, number)
            pay.run(month(pay, number))
        pay.lock(month(pay, number))
    _news(chance, deals, 6)
    pay.run(month(pay, 7))
    pay.lock(month(pay, 7))
    sales = [
        sum((Fraction(size) for at, size in deals.values() if at == number), Fraction(0))
        for number in (*MONTHS, 7)
    ]
    found = list(oracle(sales))  # type: ignore[operator]  # the oracle is a generator
    assert total(pay, "léa") == 100 * sum(due for due, _ in found)
    assert debt_after(pay, 8, "léa") == found[-1][1]


def _news(chance: Random, deals: dict[str, tuple[int, int]], until: int) -> None:
    """A new deal of a month up to now, or another amount or month, or the end, of a known one."""
    name = chance.choice([*deals, f"N{len(deals)}"])
    at, size = chance.randrange(3, until + 1), chance.randrange(1, 30) * 1000
    if name in deals and chance.random() < 0.3:
        at, size = deals.pop(name)
        won("léa", str(size), date(2026, at, 20), name, stage="lost")
        return
    deals[name] = (at, size)
    won("léa", str(size), date(2026, at, 20), name)


def test_news_that_changes_only_a_debt_is_carried_on(pay: Pay) -> None:
    publish(pay, DRAWN)
    won("léa", "0.10", date(2026, 3, 9), "D1")
    won("léa", "4000", date(2026, 3, 9), "D2")
    pay.run()
    pay.lock()
    assert debt_after(pay, 4, "léa") == Fraction("-599.99")
    won("léa", "1000", date(2026, 3, 30), "D9")  # 100 more: still below the draw
    won("léa", "20000", date(2026, 4, 10), "A1")
    april = month(pay, 4)
    run = pay.run(april)
    (correction,) = run.statements.exclude(corrects=None)
    assert (correction.total_minor, correction.result["lines"]) == (0, [])
    assert correction.figures["carried"] == {"debt": "-499.99"}
    assert pay.statement(run, "léa").total_minor == 200000 - 49999
    pay.lock(april)
    # told once
    assert not pay.run(month(pay, 5)).statements.exclude(corrects=None).exists()


def test_news_flows_through_the_locked_months_after_it(pay: Pay) -> None:
    publish(pay, DRAWN)
    april, may = month(pay, 4), month(pay, 5)
    won("léa", "2000", date(2026, 3, 3), "D1")
    won("léa", "2000", date(2026, 3, 3), "D2")
    won("léa", "15000", date(2026, 4, 3), "A1")
    for period in (pay.march, april):
        pay.run(period)
        pay.lock(period)
    # March: 400 earned, 1,000 paid; April: 1,500 earned, 1,000 paid, 100 still owed
    assert (total(pay, "léa"), debt_after(pay, 5, "léa")) == (200000, Fraction(-100))
    won("léa", "5000", date(2026, 3, 30), "D9")
    run = pay.run(may)
    made = run.statements.exclude(corrects=None).order_by("corrects__run__period__starts_on")
    # March owes 100 instead of 600, so April pays 1,400 instead of 1,000, and nothing is owed
    assert [(row.corrects.run.period_id, row.total_minor) for row in made if row.corrects] == [
        (pay.march.pk, 0),
        (april.pk, 40000),
    ]
    assert pay.statement(run, "léa").inputs["payees"][0]["carried"] == {"debt": "0"}
    pay.lock(may)
    assert total(pay, "léa") == 200000 + 40000 + 100000


def test_a_balance_waits_for_the_next_statement_by_the_plan(pay: Pay) -> None:
    publish(pay, DRAWN)
    lea = pay.world.people["léa"]
    won("léa", "2000", date(2026, 3, 3), "D1")
    won("léa", "2000", date(2026, 3, 3), "D2")
    pay.run()
    pay.lock()
    publish_other(pay)
    services.assign_plan(
        actor=pay.hana, plan_key="other", person_id=lea.pk,
        valid_from=date(2026, 4, 1), valid_to=date(2026, 5, 1),
    )  # fmt: skip
    won("léa", "20000", date(2026, 5, 3), "M1")
    april, may = month(pay, 4), month(pay, 5)
    run = pay.run(april)
    assert [row.plan_version.plan.key for row in _of(run, "léa")] == ["other"]
    pay.lock(april)
    # 2,000 earned in May, of which 600 of March are paid back
    assert pay.statement(pay.run(may), "léa").total_minor == 140000


def _of(run: Run, name: str) -> list[Statement]:
    return list(run.statements.filter(person__number=name).select_related("plan_version__plan"))


def publish_other(pay: Pay) -> None:
    document = PLAN.replace("key: seller", "key: other")
    draft = services.save_plan(actor=pay.hana, document=document, valid_from=date(2026, 2, 1))
    services.publish_plan(actor=pay.hana, version_id=draft.pk)


def test_a_balance_outlives_a_version_that_knows_nothing_of_it(pay: Pay) -> None:
    publish(pay, DRAWN)
    won("léa", "2000", date(2026, 3, 3), "D1")
    won("léa", "2000", date(2026, 3, 3), "D2")
    pay.run()
    pay.lock()
    april, may = month(pay, 4), month(pay, 5)
    for document, start in ((PLAN, date(2026, 4, 1)), (DRAWN, date(2026, 5, 1))):
        draft = services.save_plan(actor=pay.hana, document=document, valid_from=start)
        services.publish_plan(actor=pay.hana, version_id=draft.pk)
    pay.run(april)
    pay.lock(april)
    won("léa", "20000", date(2026, 5, 3), "M1")
    assert pay.statement(pay.run(may), "léa").total_minor == 140000


def test_a_plan_for_any_period_is_paid_by_one_kind(pay: Pay) -> None:
    publish(pay, PLAN.replace("period: month", "period: any"))
    pay.run()
    quarter = services.open_period(actor=pay.hana, kind="quarter", day=date(2026, 3, 1))
    with pytest.raises(Invalid) as refused:
        services.start_run(actor=pay.hana, period_id=quarter.pk)
    assert [issue.code for issue in refused.value.issues] == ["run.no_payees"]
    # the next quarter is free: its months have not been paid
    later = services.open_period(actor=pay.hana, kind="quarter", day=date(2026, 4, 1))
    assert pay.run(later).payee_count == 2
    assert Run.objects.filter(period=quarter).count() == 0
