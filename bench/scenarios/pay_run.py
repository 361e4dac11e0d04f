"""A pay run of 200 payees with 50 credits each, and the run after one deal has changed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from activities.inputs import ActivityInput, Entry
from activities.services import record_activities
from bench import data
from bench.figures import Figure, Scale, ratio, timed
from incentives import services
from incentives.models import Run
from incentives.rosters import people_lacking
from kpis.services import ObjectiveInput, load_objectives
from people.models import Person

PAYEES, CREDITS = 200, 50
_MONTH = date(2026, 9, 1)
_FIRST = datetime(2026, 9, 1, 8, tzinfo=UTC)
_PLAN = """
key: bench
name: {fr: Banc, en: Bench}
currency: EUR
period: month
measures:
  revenue:
    sum: amount
    where: [{attribute: type, is: deal_won}]
    unit: money
    name: {fr: CA, en: Revenue}
  target: {objective: revenue_booked, unit: money, name: {fr: Objectif, en: Target}}
components:
  - key: commission
    name: {fr: Commission, en: Commission}
    steps:
      - step: marginal_tiers
        base: revenue
        tiers: [{from: 0, rate: 2 %}, {from: 15000, rate: 4 %}, {from: 30000, rate: 6 %}]
      - {step: cap, at: 3500}
  - key: over
    name: {fr: Surperformance, en: Overachievement}
    steps:
      - step: accelerator
        base: revenue
        rate: 1 %
        unit: target
        bands: [{from: 0, multiple: 0}, {from: 100 %, multiple: 2}]
"""


def run(scale: Scale) -> Iterator[Figure]:
    """The whole run, the run of nothing new, and the run after one correction."""
    payees = data.crew(scale.of(PAYEES, 5))
    _prepare(payees)
    shape = f"{len(payees)} payees, {len(payees) * CREDITS:,} credits"
    period_id = services.open_period(actor=None, kind="month", day=_MONTH).pk
    full, first = timed(lambda: _run(period_id))
    same, _ = timed(lambda: _run(period_id))
    _record([_credit(payees[0], 0, Fraction(9_999), Entry.CORRECTION)])
    after, last = timed(lambda: _run(period_id))
    _check(first, last, payees[0])
    yield Figure("full run", full, "s", shape)
    yield Figure("payees", len(payees) / full, "per s")
    yield Figure("run again, nothing changed", same, "s")
    yield Figure("run again after one corrected deal", after, "s")
    yield ratio("run after one change against the full run", after, full)


def _prepare(payees: list[Person]) -> None:
    _record([_credit(one, n) for one in payees for n in range(CREDITS)])
    objectives = [
        ObjectiveInput(
            kpi="revenue_booked",
            target=Fraction(40_000),
            valid_from=_MONTH,
            valid_to=date(2026, 10, 1),
            person=one.number,
        )
        for one in payees
    ]
    load_objectives(actor=None, rows=objectives)
    version = services.save_plan(actor=None, document=_PLAN, valid_from=date(2026, 1, 1))
    services.publish_plan(actor=None, version_id=version.pk)
    services.assign_plan(actor=None, plan_key="bench", valid_from=date(2026, 1, 1), role_key="ae")


def _credit(
    person: Person, n: int, amount: Fraction | None = None, kind: Entry = Entry.RECORD
) -> ActivityInput:
    return ActivityInput(
        external_id=f"{person.number}-{n}",
        type="deal_won",
        occurred_at=_FIRST + timedelta(hours=n * 13),
        person=person.number,
        account=f"acc{n}",
        amount=amount or Fraction(500 + n * 17),
        currency="EUR",
        kind=kind,
        reason="" if kind is Entry.RECORD else "typed wrongly",
    )


def _record(rows: list[ActivityInput]) -> None:
    for result in record_activities(actor=None, source="bench", records=rows):
        if result.is_rejected:
            raise AssertionError(result.issues)


def _run(period_id: int) -> Run:
    """What the worker does for a run, one block after the other, in this process."""
    run = services.start_run(actor=None, period_id=period_id)
    people = people_lacking(run)
    # a run that lacks nobody still wants one block, which ends it
    for start in range(0, max(len(people), 1), 100):
        services.calculate_block(run_id=run.pk, person_ids=people[start : start + 100])
    run.refresh_from_db()
    if run.state != Run.State.DONE:
        raise AssertionError(f"the run is {run.state}: {run.problem}")
    return run


def _check(first: Run, last: Run, changed: Person) -> None:
    """Exactly the one statement differs."""
    before, after = (
        dict(one.statements.values_list("person_id", "result_sha256")) for one in (first, last)
    )
    different = {key for key in before if before[key] != after[key]}
    if different != {changed.pk}:
        raise AssertionError(f"one deal changed the statements of {sorted(different)}")
