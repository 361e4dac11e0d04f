"""A KPI that some period is still to be paid by is not retired."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from incentives import services
from kernel.issues import Invalid
from kpis.models import Kpi
from kpis.services import NewKpi, create_kpi
from kpis.services.retiring import retire_kpi
from people.models import User
from tests.incentives.conftest import PLAN, Pay
from tests.incentives.test_runs import BARE

PARIS = ZoneInfo("Europe/Paris")
OWN = BARE.replace("{sum: amount,", "{kpi: own_deals,")


@pytest.fixture
def admin(pay: Pay) -> User:
    create_kpi(actor=None, wanted=NewKpi(
        "Affaires", "Deals", "deals_won", "count", "up", "monthly", "value", "lagging"
    ))  # fmt: skip
    return User.objects.create_user("admin@example.org", "x", rights=["admin"])


def published(pay: Pay, document: str, start: date) -> None:
    draft = services.save_plan(actor=pay.hana, document=document, valid_from=start)
    services.publish_plan(actor=pay.hana, version_id=draft.pk, reason="agreed")


def is_refused(admin: User, day: date) -> bool:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=PARIS)
    with time_machine.travel(noon, tick=False):
        try:
            retire_kpi(actor=admin, key="own_deals")
        except Invalid as refused:
            (issue,) = refused.issues
            assert issue.code == "kpis.still_used"
            return True
    return False


def test_what_an_older_version_pays_now_is_paid_before_its_kpi_is_retired(
    pay: Pay, admin: User
) -> None:
    published(pay, OWN, date(2026, 3, 1))
    published(pay, PLAN, date(2026, 4, 1))

    assert is_refused(admin, date(2026, 3, 20))
    assert is_refused(admin, date(2026, 3, 31))
    assert not is_refused(admin, date(2026, 4, 1))
    assert Kpi.objects.get(key="own_deals").retired_on == date(2026, 4, 1)
    assert pay.run().state == "done"


def test_what_no_version_pays_by_any_more_holds_nothing_back(pay: Pay, admin: User) -> None:
    published(pay, OWN, date(2026, 2, 1))
    published(pay, PLAN, date(2026, 3, 1))
    assert not is_refused(admin, date(2026, 3, 20))


def test_what_a_later_version_pays_by_holds_already(pay: Pay, admin: User) -> None:
    published(pay, OWN, date(2026, 5, 1))
    published(pay, PLAN, date(2026, 6, 1))
    assert is_refused(admin, date(2026, 3, 20))
