"""The pay of a manager's people as a file."""

import pytest

from people.models import Company
from tests.incentives.conftest import Pay
from tests.incentives.payroll.test_exporting import locked, posted
from tests.incentives.test_pages import signed_in

REPORT = "/pay/teams/report.csv?period=2026"
HEAD = "kind;period_start;period_end;employee_number;name;code;label_fr;label_en;amount;currency"


def lines(pay: Pay, who: str) -> list[str]:
    answer = signed_in(pay.world.users[who]).get(REPORT)
    assert answer["Content-Disposition"].endswith('"team-pay-2026-01-01-2026-12-31.csv"')
    return list(answer.content.decode("utf-8-sig").splitlines())


def test_a_manager_takes_the_pay_of_the_teams_below_and_of_nobody_else(pay: Pay) -> None:
    locked(pay)
    posted(pay, "léa", -1250)
    of_léa = [
        "month;2026-03-01;2026-03-31;léa;Léa Test;adjustment;Régularisation;Adjustment;-12.50;EUR",
        "month;2026-03-01;2026-03-31;léa;Léa Test;seller.commission;Commission;Commission;"
        "700.00;EUR",
    ]
    of_omar = [
        "month;2026-03-01;2026-03-31;omar;Omar Test;seller.commission;Commission;Commission;"
        "50.01;EUR",
    ]
    assert lines(pay, "marc") == [HEAD, *of_léa]
    assert lines(pay, "wanda") == [HEAD, *of_léa]
    assert lines(pay, "sonia") == [HEAD, *of_omar]


def test_nothing_is_shown_before_the_lock(pay: Pay) -> None:
    pay.run()
    assert lines(pay, "marc") == [HEAD]


def test_there_is_no_report_where_managers_do_not_see_pay(pay: Pay) -> None:
    locked(pay)
    Company.objects.update(managers_see_pay=False)
    assert signed_in(pay.world.users["marc"]).get(REPORT).status_code == 404


@pytest.mark.parametrize("who", ["léa", "ada", "eve", "hana"])
def test_nobody_else_takes_it(pay: Pay, who: str) -> None:
    locked(pay)
    assert signed_in(pay.world.users[who]).get(REPORT).status_code == 404
