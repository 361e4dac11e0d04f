"""A small company that is paid: Léa and Rémi sell for Marc; Hana runs the pay, Hugo approves."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from activities.inputs import DealInput
from activities.services import load_activity_types, record_deal_stages
from incentives import services
from incentives.gathering.rosters import people_lacking
from incentives.models import PayPeriod, PlanVersion, Run, Statement
from kpis.services import load_dictionary
from people import services as people
from people.models import User
from tests.world import World, make_world

PLAN = """\
key: seller
name: {fr: Commission des vendeurs, en: Commission of sellers}
currency: EUR
period: month
measures:
  revenue: {sum: amount, unit: money, name: {fr: Chiffre d'affaires, en: Revenue}}
components:
  - key: commission
    name: {fr: Commission, en: Commission}
    steps:
      - step: marginal_tiers
        base: revenue
        tiers:
          - {from: 0, rate: 5 %}
          - {from: 10000, rate: 10 %}
examples:
  - name: in the second tier
    given: {measures: {revenue: 12000}}
    expect: {total: 700}
"""
MARCH = date(2026, 3, 1)


@dataclass(frozen=True, slots=True)
class Pay:
    """The world with a second HR person, a published plan for account executives, and March."""

    world: World
    hana: User
    hugo: User
    version: PlanVersion
    march: PayPeriod

    def run(self, period: PayPeriod | None = None, actor: User | None = None) -> Run:
        """Calculate a period to its end, as the workers would."""
        run = services.start_run(actor=actor or self.hana, period_id=(period or self.march).pk)
        return finished(run)

    def statement(self, run: Run, name: str) -> Statement:
        return run.statements.get(person=self.world.people[name], corrects=None)

    def approve(self, period: PayPeriod | None = None) -> None:
        """Review and approve a calculated period: payees see it from here on."""
        period = period or self.march
        services.review_period(actor=self.hana, period_id=period.pk, reason="no managers here")
        services.approve_period(actor=self.hugo, period_id=period.pk)

    def lock(self, period: PayPeriod | None = None) -> None:
        """Review, approve and lock a calculated period."""
        period = period or self.march
        self.approve(period)
        services.lock_period(actor=self.hugo, period_id=period.pk)


def finished(run: Run) -> Run:
    """Do what the worker does with all blocks of a run, one person at a time."""
    for person_id in people_lacking(run):
        services.calculate_block(run_id=run.pk, person_ids=[person_id])
    services.finish_run(run_id=run.pk)
    run.refresh_from_db()
    return run


def won(name: str, amount: str, day: date, deal: str, stage: str = "won") -> None:
    """A deal of `name` (the person's number) won on a day, at noon UTC; or cancelled then."""
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    (result,) = record_deal_stages(
        actor=None,
        source="crm",
        deals=[
            DealInput(
                external_id=deal,
                stage=stage,
                owner=name,
                amount=Fraction(amount),
                currency="EUR",
                account="Altaïr",
                engaged_at=datetime(2026, 1, 5, tzinfo=UTC),
                closed_at=at,
            )
        ],
    )
    assert not result.is_rejected, result.issues


@pytest.fixture
def pay(db: None) -> Pay:
    return make_pay()


@pytest.fixture
def shown(pay: Pay) -> Pay:
    """March calculated and approved: payees see their statements."""
    pay.run()
    pay.approve()
    return pay


def newest(pay: Pay, name: str) -> Statement:
    """The last statement of somebody, corrections of other periods left out."""
    rows = Statement.objects.filter(person=pay.world.people[name], corrects=None)
    return rows.order_by("-run__number")[0]


def make_pay(world: World | None = None) -> Pay:
    """Léa sold 12,000 in March, Omar 1,000.10; both are paid by the plan of their role."""
    world = world or make_world()
    load_activity_types()
    load_dictionary()
    hugo = people.create_user(
        actor=None, email="hugo@velo.example", rights=["hr"], person=None, language="fr"
    )
    hana, start = world.users["hana"], date(2026, 1, 1)
    draft = services.save_plan(actor=hana, document=PLAN, valid_from=start)
    version = services.publish_plan(actor=hana, version_id=draft.pk)
    services.assign_plan(actor=hana, plan_key="seller", role_key="ae", valid_from=start)
    won("léa", "9000", date(2026, 3, 3), "D1")
    won("léa", "3000", date(2026, 3, 20), "D2")
    won("omar", "1000.10", date(2026, 3, 31), "D3")
    march = services.open_period(actor=hana, kind="month", day=MARCH)
    return Pay(world, hana, hugo, version, march)
