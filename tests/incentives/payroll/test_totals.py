"""Sums of pay by plan, component and team: for HR all, for the direction no small group."""

from datetime import date

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from incentives.models import LedgerLine
from incentives.reports.totals import SMALL_GROUP, Total, TotalKey, _merged, pay_totals, totals_csv
from kernel.periods import Period
from people.models import Assignment, Person, Role
from tests.incentives.conftest import Pay
from tests.incentives.payroll.test_exporting import locked, posted
from tests.incentives.test_pages import signed_in

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
HEAD = "kind;period_start;period_end;code;label_fr;label_en;team;currency;people;amount"


def lines(pay: Pay, *, single_people: bool) -> list[str]:
    content = totals_csv(pay_totals(YEAR, single_people=single_people))
    return content.decode("utf-8-sig").splitlines()


def crowd(pay: Pay, team: str, *amounts: int) -> None:
    """People of a team who each get an adjustment in March."""
    for number, minor in enumerate(amounts):
        name = f"{team}{number}"
        person = Person.objects.create(number=name, last_name=name)
        Assignment.objects.create(
            person=person,
            team=pay.world.teams[team],
            role=Role.objects.get(key="sdr"),
            valid_from=date(2026, 1, 1),
        )
        pay.world.people[name] = person
        posted(pay, name, minor)


def test_hr_takes_every_sum(pay: Pay) -> None:
    locked(pay)
    assert lines(pay, single_people=True) == [
        HEAD,
        "month;2026-03-01;2026-03-31;seller.commission;Commission;Commission;East / South;EUR;1;"
        "50.01",
        "month;2026-03-01;2026-03-31;seller.commission;Commission;Commission;West / North;EUR;1;"
        "700.00",
    ]


def test_the_direction_sees_no_sum_of_fewer_than_three_people(pay: Pay) -> None:
    locked(pay)
    assert lines(pay, single_people=False) == [HEAD]
    crowd(pay, "North", 100, 200, 300, 400)
    assert lines(pay, single_people=False) == [
        HEAD,
        # the two sums of one person each would be told by what is missing: they go together
        "month;2026-03-01;2026-03-31;;petits groupes;small groups;;EUR;6;760.01",
    ]
    crowd(pay, "South", 10, 20, 30)
    assert lines(pay, single_people=False)[1:] == [
        "month;2026-03-01;2026-03-31;adjustment;Régularisation;Adjustment;West / North;EUR;4;10.00",
        "month;2026-03-01;2026-03-31;;petits groupes;small groups;;EUR;5;750.61",
    ]


def test_a_name_that_a_spreadsheet_would_run_is_only_shown(pay: Pay) -> None:
    locked(pay)
    pay.world.teams["North"].name = "=cmd()"
    pay.world.teams["North"].parent = None
    pay.world.teams["North"].save()
    assert any(";'=cmd();" in line for line in lines(pay, single_people=True))


def test_only_locked_periods_that_end_in_the_days_count(pay: Pay) -> None:
    pay.run()
    assert lines(pay, single_people=True) == [HEAD]
    pay.lock()
    april = Period(date(2026, 4, 1), date(2026, 5, 1))
    assert pay_totals(april, single_people=True) == []
    total = sum(one.minor for one in pay_totals(Period(*MARCH), single_people=True))
    assert total == sum(LedgerLine.objects.values_list("amount_minor", flat=True))


MARCH = (date(2026, 3, 1), date(2026, 4, 1))


@pytest.mark.parametrize(("who", "count"), [("hana", 3), ("eve", 1)])
def test_the_file_follows_the_rights_of_its_reader(pay: Pay, who: str, count: int) -> None:
    locked(pay)
    client = signed_in(pay.world.users[who])
    answer = client.get("/pay/totals.csv?period=2026-Q1")
    assert answer["Content-Disposition"] == (
        'attachment; filename="pay-totals-2026-01-01-2026-03-31.csv"'
    )
    assert answer.content.count(b"\r\n") == count
    assert client.get("/pay/totals.csv?period=soon").status_code == 404


@pytest.mark.parametrize("who", ["léa", "marc", "ada"])
def test_nobody_else_takes_sums(pay: Pay, who: str) -> None:
    client: Client = signed_in(pay.world.users[who])
    assert client.get("/pay/totals.csv").status_code == 404


GROUPS = st.lists(
    st.tuples(st.sets(st.integers(1, 8), max_size=5), st.integers(-50, 50)), min_size=1, max_size=8
)


@given(GROUPS)
def test_no_sum_that_is_shown_is_of_few_people_and_nothing_is_counted_twice(
    groups: list[tuple[set[int], int]],
) -> None:
    start, end = MARCH
    parts = [
        Total(TotalKey(start, end, "month", "EUR", f"c{n}", "", "", ""), minor if who else 0, who)
        for n, (who, minor) in enumerate(groups)
    ]
    shown = list(_merged(parts))
    assert all(len(one.person_ids) >= SMALL_GROUP for one in shown if one.minor)
    everybody = set().union(*(one.person_ids for one in parts if one.minor))
    if len(everybody) >= SMALL_GROUP:
        assert sum(one.minor for one in shown) == sum(one.minor for one in parts)
    assert len({one.key for one in shown}) == len(shown)
