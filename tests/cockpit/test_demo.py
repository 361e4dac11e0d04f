"""The demo company: the same for the same day, with its stories in it, and loadable once."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from hashlib import sha256

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from activities.models import Activity
from activities.services import load_activity_types
from challenges import services as challenges
from challenges.badges.services import load_badges
from challenges.fairness.rehearsing import audience_of
from challenges.gathering.feeds import feed_in_log
from challenges.gathering.inputs import latest_rules, parsed
from challenges.models import Challenge, PointsMove, Reward, RewardRequest, Standing
from challenges.rewards.checking import check_points
from challenges.rewards.services import post_all
from cockpit.demo.cast import Story, month_start
from cockpit.demo.loading import SOURCE, load_demo, sign_ins
from cockpit.demo.pulse import beat
from cockpit.demo.script import Script, write_script
from incentives.models import PayPeriod
from incentives.reports.personnel import gaps_of, paid_people
from kernel.issues import Invalid
from kernel.periods import Period
from kpis.queries import catalogue, many_kpi_values
from kpis.services import load_dictionary
from people.models import Assignment, Person
from people.services import load_roles

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def script() -> Script:
    return write_script(NOW)


def silence(text: str) -> None:
    """Nobody watches the progress of a test."""


def digest(script: Script) -> str:
    return sha256(
        repr((script.people, script.happenings, script.opportunities, script.targets)).encode()
    ).hexdigest()


def test_the_same_day_gives_the_same_company(script: Script) -> None:
    assert digest(write_script(NOW)) == digest(script)
    assert digest(write_script(datetime(2026, 11, 19, 15, 0, tzinfo=UTC))) != digest(script)


def test_its_size(script: Script) -> None:
    sellers = [one for one in script.people if one.role in ("ae", "sdr")]
    assert (len(script.people), len(sellers)) == (65, 48)
    assert len({one.team for one in sellers}) == 8
    assert len({one.region for one in sellers}) == 3
    assert min(one.at for one in script.happenings).date() <= date(2025, 11, 30)
    assert max(one.at for one in script.happenings) <= NOW


def test_every_kind_of_record_of_the_dictionary_happens_each_month(script: Script) -> None:
    kinds = ("invoice_sent", "payment_received", "satisfaction_answer", "nps_answer",
             "request_resolved", "shelf_check", "display_set", "co_visit", "sales_expense",
             "marketing_expense")  # fmt: skip
    for back in range(11):
        month = month_start(NOW.date(), -back)
        here = {one.type for one in script.happenings
                if month_start(one.at.date(), 0) == month}  # fmt: skip
        assert here >= set(kinds), month
    lost = [one for one in script.happenings if one.type == "customer_lost"]
    assert len(lost) > 50
    won = [one for one in script.opportunities if one.outcome == "won"]
    assert {one.sale for one in won} == {"new", "upsell", "cross_sell"}
    assert all(0 < one.margin < one.amount for one in won)


def test_a_deal_is_paid_once_at_most_and_only_what_was_invoiced(script: Script) -> None:
    sent = {one.deal: one for one in script.happenings if one.type == "invoice_sent"}
    paid = [one for one in script.happenings if one.type == "payment_received"]
    assert len({one.deal for one in paid}) == len(paid) < len(sent)
    assert all(one.amount == sent[one.deal].amount for one in paid)
    assert all(one.at > sent[one.deal].at for one in paid)


def won(script: Script, month: date) -> Counter[str]:
    found: Counter[str] = Counter()
    for deal in script.opportunities:
        counts = deal.outcome == "won" and not deal.cancelled_at
        if counts and deal.closed_at and month_start(deal.closed_at.date(), 0) == month:
            found[deal.owner] += deal.amount
    return found


def told_by(script: Script, story: Story) -> list[str]:
    return [one.number for one in script.people if one.story is story and one.role == "ae"]


def test_two_are_level_at_the_top_of_this_month(script: Script) -> None:
    best = won(script, date(2026, 11, 1)).most_common(3)
    assert {name for name, _ in best[:2]} == set(told_by(script, Story.TWIN))
    assert best[0][1] == best[1][1] > best[2][1]


def test_the_riser_rises_and_the_faller_falls(script: Script) -> None:
    def deeds(story: Story, months: range) -> int:
        (number,) = told_by(script, story)
        days = {month_start(NOW.date(), -back) for back in months}
        return sum(
            one.person == number and month_start(one.at.date(), 0) in days
            for one in script.happenings
        )

    recent, old = range(1, 4), range(8, 11)
    assert deeds(Story.RISER, recent) > 1.3 * deeds(Story.RISER, old)
    assert deeds(Story.FALLER, recent) < 0.75 * deeds(Story.FALLER, old)


def test_who_has_left_does_nothing_afterwards(script: Script) -> None:
    leaver = next(one for one in script.people if one.story is Story.LEAVER)
    assert leaver.left_on is not None
    assert leaver.left_on.day != 1
    mine = [one.at.date() for one in script.happenings if one.person == leaver.number]
    assert max(mine) < leaver.left_on


def test_a_large_deal_was_cancelled_after_closing(script: Script) -> None:
    (giant,) = [deal for deal in script.opportunities if deal.cancelled_at]
    assert giant.closed_at is not None
    assert giant.cancelled_at is not None
    assert giant.closed_at < giant.cancelled_at <= NOW
    assert giant.amount == max(
        deal.amount for deal in script.opportunities if not deal.id.endswith("final")
    )


@pytest.fixture(scope="module")
def company(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The demo company, loaded once for the tests below and taken back after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        # what a migrated database has; another test may have emptied it
        load_roles()
        load_activity_types()
        load_dictionary(actor=None)
        load_badges()
        # days that are agreed on must not have passed by the clock
        with time_machine.travel(NOW, tick=False):
            load_demo(now=NOW, tell=silence)
        connection.check_constraints()  # once, instead of after each test
        yield
        transaction.set_rollback(True)


@pytest.mark.usefixtures("company", "db")
class TestLoaded:
    def test_everything_is_there(self, script: Script) -> None:
        assert Person.objects.count() == len(script.people)
        assert Activity.objects.filter(source=SOURCE).count() > len(script.happenings)
        states = PayPeriod.objects.order_by("starts_on").values_list("state", flat=True)
        assert list(states) == ["exported", "exported", "reviewed", "open"]
        rows = paid_people(PayPeriod.objects.get(state="reviewed"))
        assert all(one.sex and one.monthly_minor for one in rows)
        ae, everybody = gaps_of(rows).groups[0], gaps_of(rows).everybody
        assert (ae.category, ae.is_hidden, everybody.is_hidden) == ("ae", False, False)
        played = Challenge.objects.order_by("state").values_list("state", flat=True)
        assert Counter(played) == {"live": 4, "official": 3, "scheduled": 1}

    def test_the_whole_dictionary_has_values_for_the_company(self) -> None:
        known = catalogue(NOW.date())
        (row,) = many_kpi_values(list(known.kpis), period=Period(date(2026, 10, 1), NOW.date()))
        without = [key for key, figure in row.figures.items() if figure.value is None]
        assert without == []
        assert 3 < (row.figures["ltv_cac"].value or 0) < 30
        assert 20 < (row.figures["dso"].value or 0) < 90

    def test_the_shop_has_something_to_decide_and_the_points_are_right(self) -> None:
        states = RewardRequest.objects.values_list("state", flat=True)
        assert {"asked", "delivered"} <= set(states)
        assert Reward.objects.count() == 7
        assert PointsMove.objects.filter(to_account="spent").count() == 1
        post_all(at=NOW)
        assert check_points(NOW).ok

    def test_the_tie_is_on_the_board(self, script: Script) -> None:
        sprint = Challenge.objects.filter(state="live").order_by("id")[0]
        first = Standing.objects.filter(challenge=sprint, rank=1).select_related("person")
        assert {row.person.number for row in first if row.person} == set(
            told_by(script, Story.TWIN)
        )

    @pytest.mark.parametrize(("metric", "role"), [("calls", "sdr"), ("deals_won", "ae")])
    def test_a_power_hour_can_be_launched(self, metric: str, role: str) -> None:
        hour = {
            "key": "hour",
            "window": {"start": "2026-11-23", "end": "2026-11-28"},
            "format": "power_hour",
            "score": {
                "metric": metric, "measure": "count", "feed_delay": 5,
                "repeated": [{"from": "10:00", "to": "11:00"}],
            },
        }  # fmt: skip
        draft = challenges.create_challenge(actor=None, document=hour, role_keys=[role])
        feed = feed_in_log(
            parsed(latest_rules(draft).document), audience_of(draft), NOW, draft.definitions
        )
        assert feed is not None
        assert feed.slow == 2
        assert challenges.launch(actor=None, challenge=draft, at=NOW).state == "scheduled"

    def test_every_sign_in_reaches_its_first_page(self, client: Client) -> None:
        for account in sign_ins():
            client.logout()
            response = client.post(
                "/accounts/login/", {"login": account.email, "password": account.password}
            )
            assert response.status_code == 302, account.who
            assert client.get("/", follow=True).status_code == 200, account.who

    def test_part_time_and_leaving_are_in_the_places(self) -> None:
        assert Assignment.objects.filter(share__lt=1).count() == 1
        assert Assignment.objects.filter(valid_to__isnull=False).count() == 1

    def test_it_is_not_loaded_twice(self) -> None:
        with pytest.raises(Invalid) as refused:
            load_demo(now=NOW, tell=silence)
        assert [issue.code for issue in refused.value.issues] == ["demo.not_empty"]

    def test_the_pulse_records_something_that_counts(self) -> None:
        before = Activity.objects.count()
        assert "EUR" in beat(NOW, 0) or Activity.objects.count() > before
        assert Activity.objects.count() > before
