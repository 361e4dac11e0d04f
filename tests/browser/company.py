"""A small company at work, built by the services: Rémi, Léa and Omar sell, and one month is over.

The people are those of `tests.world`. Last month's deals can be paid by a plan; this month Rémi
(development) and Léa have objectives and a few records. Hana and Hugo run the pay.
"""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from django.utils import timezone

from activities.inputs import ActivityInput, DealInput, RowResult
from activities.services import load_activity_types, record_activities, record_deal_stages
from challenges import services as challenges
from challenges.models import Challenge
from incentives import services as incentives
from incentives.models import Run
from kernel.periods import Period
from kpis.services import ObjectiveInput, load_dictionary, recompute_touched, set_objective
from people import services as people
from people.models import User
from people.queries import today
from tests.incentives.conftest import PLAN
from tests.world import JANUARY, World, make_world

PASSWORD = "a long phrase for tests"


@dataclass(frozen=True, slots=True)
class Company:
    """Everybody, the second HR person, this month and the one that is to be paid."""

    world: World
    hugo: User
    month: Period
    before: Period

    def user(self, name: str, language: str = "en") -> User:
        """The sign-in of somebody by first name, with the password of all and this language."""
        user = self.hugo if name == "hugo" else self.world.users[name]
        user.set_password(PASSWORD)
        user.language = language
        user.save()
        return user


def make_company() -> Company:
    """Build it; needs the database. What it leaves touched is computed."""
    world = make_world()
    load_activity_types()
    load_dictionary()
    hugo = people.create_user(actor=None, email="hugo@velo.example", rights=["hr"])
    month = Period.month(today())
    company = Company(world, hugo, month, month.previous())
    _plan(world.users["hana"])
    last = company.before.start
    won("rémi", 9000, last + timedelta(days=2), "D1", "Altaïr")
    won("rémi", 3000, last + timedelta(days=19), "D2", "Bellatrix")
    won("omar", 1000, last + timedelta(days=20), "D3", "Capella")
    for name, calls in (("rémi", 2), ("léa", 2), ("omar", 5)):
        for number in range(calls):
            log(f"{name}-{number}", name)
    for kpi, target in (("calls_count", 20), ("leads_contacted_count", 10)):
        for name in ("rémi", "léa"):
            objective = ObjectiveInput(kpi, Fraction(target), month.start, month.end, person=name)
            set_objective(actor=None, objective=objective)
    recompute_touched()
    return company


def _plan(hana: User) -> None:
    draft = incentives.save_plan(actor=hana, document=PLAN, valid_from=JANUARY)
    incentives.publish_plan(actor=hana, version_id=draft.pk)
    for role in ("ae", "sdr"):
        incentives.assign_plan(actor=hana, plan_key="seller", role_key=role, valid_from=JANUARY)


def log(number: str, who: str, kind: str = "call", amount: int | None = None) -> None:
    """Somebody did something just now."""
    record = ActivityInput(
        external_id=number,
        type=kind,
        person=who,
        occurred_at=timezone.now(),
        amount=None if amount is None else Fraction(amount),
        currency="" if amount is None else "EUR",
    )
    _accepted(record_activities(actor=None, source="phone", records=[record]))


def won(who: str, amount: int, day: date, number: str, account: str) -> None:
    """A deal was won at noon of the day."""
    deal = DealInput(
        external_id=number,
        stage="won",
        owner=who,
        amount=Fraction(amount),
        currency="EUR",
        account=account,
        engaged_at=datetime(2026, 1, 5, tzinfo=UTC),
        closed_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
    )
    _accepted(record_deal_stages(actor=None, source="crm", deals=[deal]))


def _accepted(results: list[RowResult]) -> None:
    assert not [issue for result in results for issue in result.issues], results


def calling_race(company: Company) -> Challenge:
    """A challenge that runs this month: most calls, North against South."""
    draft = challenges.create_challenge(
        actor=None,
        document={
            "key": "calls",
            "name": {"en": "The great calling", "fr": "Le grand appel"},
            "window": {
                "start": company.month.start.isoformat(),
                "end": company.month.end.isoformat(),
            },
            "format": "most",
            "score": {"metric": "calls"},
            "prizes": [{"for": "rank", "rank": 1, "kind": "points", "amount": "100"}],
        },
    )
    launched = challenges.launch(actor=company.world.users["ada"], challenge=draft)
    challenges.rescore_challenge(challenge_id=launched.pk)
    return launched


def running_month(company: Company) -> None:
    """This month as an open pay period, so that a bonus is shown before its end."""
    hana = company.world.users["hana"]
    incentives.open_period(actor=hana, kind="month", day=company.month.start)


def paid_month(company: Company) -> int:
    """Last month calculated, approved and locked; the period's id."""
    hana = company.world.users["hana"]
    period = incentives.open_period(actor=hana, kind="month", day=company.before.start)
    run = incentives.start_run(actor=hana, period_id=period.pk)
    incentives.calculate_run(run_id=run.pk)
    _wait_for(run)
    incentives.review_period(actor=hana, period_id=period.pk, reason="alone")
    incentives.approve_period(actor=company.hugo, period_id=period.pk)
    incentives.lock_period(actor=company.hugo, period_id=period.pk)
    return period.pk


def _wait_for(run: Run) -> None:
    """A worker may have a block in hand that was to be calculated here: until it is done."""
    until = time.monotonic() + 20
    while run.state != Run.State.DONE and time.monotonic() < until:
        incentives.finish_run(run_id=run.pk)
        run.refresh_from_db()
        time.sleep(0.05)
