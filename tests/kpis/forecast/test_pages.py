"""What is read from the log, kept, shown to whom, and stated by an administrator."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from activities.inputs import DealInput
from activities.services import record_deal_stages
from common.models import AuditEntry
from kernel.issues import Invalid
from kernel.periods import Period
from kpis.forecast.queries import (
    COMPANY,
    Group,
    deals_of,
    line_of,
    lines_below,
    odds_in_force,
    run_of,
)
from kpis.forecast.reading import book_of
from kpis.forecast.services import (
    ask_forecast,
    current_periods,
    forget_free,
    make_forecast,
    refresh_forecasts,
    state_odds,
)
from kpis.models import ForecastLine, ForecastRun
from kpis.tasks import make_forecast as make_forecast_task
from people.models import Assignment, Person, Role, User
from tests.kpis.crew import Crew

NOW = datetime(2026, 3, 16, 9, tzinfo=UTC)
MARCH = Period.month(date(2026, 3, 1))
FIRST = date(2025, 12, 1)


@pytest.fixture(autouse=True)
def in_march() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 11, tzinfo=UTC)


def tell(number: str, owner: str, begun: date, end: str = "", took: int = 0) -> None:
    """A bike deal of an owner, told on the day it begins and on the day it ends."""
    engaged = DealInput(
        external_id=number,
        owner=owner,
        stage="engaging",
        product="bike",
        engaged_at=moment(begun),
    )
    recorded(engaged, begun)
    if end:
        last = begun + timedelta(days=took)
        ended = replace(engaged, stage=end, closed_at=moment(last))
        if end == "won":
            ended = replace(ended, amount=Fraction(1000), currency="EUR")
        recorded(ended, last)


def recorded(deal: DealInput, day: date) -> None:
    (result,) = record_deal_stages(actor=None, source="crm", deals=[deal], recorded_at=moment(day))
    assert not result.is_rejected, result.issues


@pytest.fixture
def history(crew: Crew) -> Crew:
    """Hugo: 40 deals since December, closed after ten days, every other one won; one open."""
    for number in range(40):
        begun = FIRST + timedelta(days=2 * number)
        tell(f"D{number:02}", "P2", begun, "won" if number % 2 else "lost", 10)
    tell("OPEN", "P2", date(2026, 3, 12))
    return crew


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_it_is_kept_with_the_moment_it_is_of(history: Crew) -> None:
    make_forecast(MARCH)
    run = run_of(MARCH)
    assert run is not None
    hugo = line_of(run.id, Group(person_id=history.hugo.pk))
    assert hugo is not None
    company = line_of(run.id, COMPANY)
    assert company is not None

    assert run.as_of == NOW
    assert run.currency == "EUR"
    assert hugo.open_deals == company.open_deals == 1
    assert hugo.booked == company.booked
    assert 0 < hugo.pipeline <= 100_000
    assert hugo.low <= hugo.expected <= hugo.high
    teams = {history.north.pk, history.west.pk}
    assert {one.team_id for one in lines_below(run.id, team_ids=teams)} == teams
    (deal,) = deals_of(run.id, history.hugo.pk, 20)
    assert (deal.name, deal.stage, deal.age, deal.worth) == ("OPEN", "engaging", 4, 100_000)
    assert deal.weight == hugo.pipeline


def test_an_older_moment_does_not_replace_a_newer_one(history: Crew) -> None:
    make_forecast(MARCH)
    make_forecast(MARCH, now=NOW - timedelta(hours=1))

    assert [run.as_of for run in ForecastRun.objects.all()] == [NOW]


def test_who_asks_while_one_is_made_gets_the_next_one_and_no_more(history: Crew) -> None:
    """Three ask at nine; the first to be made, a second later, is the answer to all of them."""
    made: list[int] = []
    asked = NOW.isoformat()
    for seconds in (1, 5, 9):
        with time_machine.travel(NOW + timedelta(seconds=seconds), tick=False):
            make_forecast_task(MARCH.start.isoformat(), MARCH.end.isoformat(), asked)
            made.append((ForecastRun.objects.get().as_of - NOW).seconds)
    assert made == [1, 1, 1]
    with time_machine.travel(NOW + timedelta(seconds=20), tick=False):
        again = (NOW + timedelta(seconds=10)).isoformat()
        make_forecast_task(MARCH.start.isoformat(), MARCH.end.isoformat(), again)
    assert ForecastRun.objects.get().as_of == NOW + timedelta(seconds=20)


def test_free_periods_are_forgotten_after_a_week(history: Crew) -> None:
    free = Period(date(2026, 3, 2), date(2026, 3, 31))
    quarter = Period.quarter(NOW.date())
    for one in (free, MARCH, quarter):
        make_forecast(one)
    assert forget_free(now=NOW + timedelta(days=7)) == 0
    assert forget_free(now=NOW + timedelta(days=7, seconds=1)) == 1
    kept = {(run.starts_on, run.ends_on) for run in ForecastRun.objects.all()}
    assert kept == {(one.start, one.end) for one in (MARCH, quarter)}
    assert ForecastLine.objects.exclude(run__in=ForecastRun.objects.all()).count() == 0


def test_the_schedule_makes_month_and_quarter_once_until_something_changes(history: Crew) -> None:
    assert refresh_forecasts() == 2
    later = NOW + timedelta(minutes=5)
    assert refresh_forecasts(now=later) == 0

    with time_machine.travel(later, tick=False):
        tell("NEW", "P2", date(2026, 3, 16))
    # told at eleven, after both
    assert refresh_forecasts(now=NOW + timedelta(hours=3)) == 2
    assert {run.starts_on for run in ForecastRun.objects.all()} == {
        one.start for one in current_periods(NOW.date())
    }


def test_a_past_that_was_imported_counts_as_known_when_it_happened(crew: Crew) -> None:
    """Before the source sent anything nothing could be known; later it counts when recorded."""
    old, new = date(2026, 1, 5), date(2026, 3, 10)
    deals = [
        DealInput(external_id="OLD", owner="P2", stage="engaging", product="bike",
                  engaged_at=moment(old)),
    ]  # fmt: skip
    told_at = datetime(2026, 3, 1, tzinfo=UTC)
    record_deal_stages(actor=None, source="crm", deals=deals, recorded_at=told_at)
    late = DealInput(external_id="LATE", owner="P2", stage="engaging", product="bike",
                     engaged_at=moment(new))  # fmt: skip
    record_deal_stages(actor=None, source="crm", deals=[late], recorded_at=NOW)
    lost = DealInput(external_id="OLD", owner="P2", stage="engaging", product="bell",
                     engaged_at=moment(old))  # fmt: skip
    record_deal_stages(actor=None, source="crm", deals=[lost], recorded_at=NOW)

    stages = book_of(MARCH.end).stages

    assert [(one.on, one.known_from, one.known_until) for one in stages] == [
        (old, moment(old), NOW),
        (new, NOW, None),
        (old, NOW, None),
    ]


def test_a_stated_probability_is_dated_audited_and_marked(history: Crew) -> None:
    state_odds(actor=history.admin, stage="engaging", probability=Decimal("0.9"), reason="Spring",
               now=NOW - timedelta(days=1))  # fmt: skip
    run = make_forecast(MARCH)
    stage = next(one for one in run.learnt["stages"] if one["stage"] == "engaging")

    assert stage["stated"] == "0.900000"
    assert Decimal(stage["learnt"]) == Decimal("0.5")
    entry = AuditEntry.objects.get(action="forecast.state_odds")
    assert (entry.actor_id, entry.reason) == (history.admin.pk, "Spring")
    assert odds_in_force()["engaging"].probability == Decimal("0.9")

    state_odds(actor=history.admin, stage="engaging", probability=None, reason="Over")
    assert odds_in_force() == {}


def test_a_period_ahead_or_too_long_is_refused(crew: Crew) -> None:
    for period, code in (
        (Period.month(date(2026, 4, 1)), "forecast.not_begun"),
        (Period(date(2025, 1, 1), date(2026, 12, 31)), "forecast.too_long"),
    ):
        with pytest.raises(Invalid) as refused:
            ask_forecast(period)
        assert [issue.code for issue in refused.value.issues] == [code]
    assert ForecastRun.objects.count() == 0


def test_each_sees_what_the_matrix_opens(history: Crew) -> None:
    make_forecast(MARCH)
    page = reverse("kpis:forecast")
    month = {"window": "month", "on": "2026-03-01"}
    company, north, south, hugo = (
        "company", f"team:{history.north.pk}", f"team:{history.south.pk}",
        f"person:{history.hugo.pk}",
    )  # fmt: skip
    seen = {
        name: {of for of in (company, north, south, hugo)
               if client_of(user).get(page, {**month, "of": of}).status_code == 200}
        for name, user in (
            ("admin", history.admin),
            ("inès", history.user_of(history.ines)),
            ("hugo", history.user_of(history.hugo)),
            ("noor", history.user_of(history.noor)),
        )
    }  # fmt: skip

    nobody = {**month, "of": f"team:{history.west.pk + 9_999}"}
    assert client_of(history.admin).get(page, nobody).status_code == 404
    assert seen == {
        "admin": {company, north, south, hugo},
        "inès": {north, hugo},
        "hugo": {hugo},
        "noor": set(),
    }


def test_the_page_says_what_is_missing_and_then_what_it_found(history: Crew) -> None:
    client, page = client_of(history.admin), reverse("kpis:forecast")
    month = {"window": "month", "on": "2026-03-01"}

    empty = client.get(page, month)
    make_forecast(MARCH)
    full = client.get(page, month)

    assert "line" not in empty.context
    assert full.context["line"]["expected"]
    assert full.context["steps"][-1]["value"] == full.context["line"]["expected"]
    assert full.context["measures"]["count"]
    assert full.context["chart"]["title"]


def queries_of(client: Client, group: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(
            reverse("kpis:forecast"), {"window": "month", "on": "2026-03-01", "of": group}
        )
    assert answer.context["line"]
    return len(asked)


def test_the_page_asks_as_often_for_many_people_as_for_few(history: Crew) -> None:
    client, team = client_of(history.user_of(history.ines)), f"team:{history.north.pk}"
    make_forecast(MARCH)
    few = queries_of(client, team)

    role = Role.objects.get(key="ae")
    for number in range(6):
        one = Person.objects.create(number=f"Q{number}", first_name="Zed", last_name=str(number))
        Assignment.objects.create(
            person=one, team=history.north, role=role, valid_from=date(2025, 1, 1)
        )
        tell(f"Z{number}", one.number, date(2026, 3, 2))
    make_forecast(MARCH)

    assert queries_of(client, team) == few


def test_too_little_history_is_no_forecast(crew: Crew) -> None:
    tell("ONLY", "P2", date(2026, 3, 2), "won", 3)
    run = make_forecast(MARCH)
    answer = client_of(crew.admin).get(reverse("kpis:forecast"), {"window": "month"})

    assert run.learnt["closings"] == 1
    assert ForecastLine.objects.count() == 0
    assert answer.context["needed"] == 25


def test_an_administrator_states_and_takes_back(history: Crew) -> None:
    client = client_of(history.admin)
    page = reverse("kpis:forecast_odds", args=["engaging"])

    refused = client.post(page, {"percent": "120", "reason": "Too much"})
    done = client.post(page, {"percent": "42.5", "reason": "Agreed"})

    assert "percent" in refused.context["form"].errors
    assert done.status_code == 302
    assert odds_in_force()["engaging"].probability == Decimal("0.425")
    assert client.post(page, {"percent": "", "reason": "Back"}).status_code == 302
    assert odds_in_force() == {}
    assert timezone.now() == NOW
