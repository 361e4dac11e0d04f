"""A pay run with full traces over two Celery workers, beside a plain calculation of the amounts.

Payees with 500 credited deals each, a plan of three components with tiers, an accelerator and a
gate. 1,000 payees, or with `--full` 10,000 (5 million credits: a quarter of an hour of data first).
"""

import time
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from activities.inputs import ActivityInput, Entry
from activities.services import record_activities
from bench import data, plain_pay
from bench.figures import Figure, Scale, ratio, timed
from bench.workers import Workers, job_workers
from incentives import services
from incentives.models import PayPeriod, Run, Statement
from kpis.services import ObjectiveInput, load_objectives
from people.models import Person

CREDITS, WORKERS = 500, 2
_MONTH, _END = date(2026, 9, 1), date(2026, 10, 1)
_TARGET = 1_200_000
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
  fresh:
    sum: amount
    where: [{attribute: type, is: deal_won}, {attribute: series, is: new}]
    unit: money
    name: {fr: Nouveautés, en: New products}
  wins:
    count: credits
    where: [{attribute: type, is: deal_won}, {attribute: amount, at_least: 1000}]
    unit: count
    name: {fr: Grandes affaires, en: Large deals}
  target: {objective: revenue_booked, unit: money, name: {fr: Objectif, en: Target}}
components:
  - key: commission
    name: {fr: Commission, en: Commission}
    steps:
      - step: marginal_tiers
        base: revenue
        tiers: [{from: 0, rate: 1 %}, {from: 500000, rate: 1.5 %}, {from: 1000000, rate: 2 %}]
      - {step: cap, at: 25000}
  - key: over
    name: {fr: Surperformance, en: Overachievement}
    steps:
      - step: accelerator
        base: revenue
        rate: 1 %
        unit: target
        bands: [{from: 0, multiple: 0}, {from: 80 %, multiple: 1}, {from: 100 %, multiple: 2.5}]
  - key: push
    name: {fr: Nouveautés, en: New products}
    steps:
      - {step: flat_rate, base: fresh, rate: 0.75 %}
      - {step: gate, value: wins, at_least: 400, else_multiple: 0.5}
"""


def run(scale: Scale) -> Iterator[Figure]:
    """A tenth of the payees first, then all: whether memory is flat and time in proportion."""
    payees = 10_000 if scale.full else scale.of(1_000, 20)
    rates, peaks = [], []
    for size in (payees // 10, payees):
        sellers = _prepare(size)
        with job_workers(WORKERS) as workers:
            figures, rate, peak = _measured(sellers, workers)
        yield from figures
        rates.append(rate)
        peaks.append(peak)
    yield ratio("credits per second, ten times the payees", rates[1], rates[0])
    yield ratio("peak memory of a worker, ten times the payees", peaks[1], peaks[0])


def _measured(sellers: list[Person], workers: Workers) -> tuple[list[Figure], float, float]:
    size, credits = len(sellers), len(sellers) * CREDITS
    shape = f"{size:,} payees, {credits:,} credits"
    period = services.open_period(actor=None, kind="month", day=_MONTH)
    full, first = timed(lambda: _run(period))
    same, _ = timed(lambda: _run(period))
    _correct(sellers[0])
    after, last = timed(lambda: _run(period))
    _check_changed(first, last, sellers[0])
    reading, plain = _check_amounts(last)
    peak = workers.peak()
    figures = [
        Figure(f"full run, {size:,} payees", full, "s", f"{credits:,} credits, {WORKERS} workers"),
        Figure(f"credits with traces, {size:,} payees", credits / full, "per s"),
        Figure(f"peak memory of a worker, {size:,} payees", peak, "MB"),
        Figure(f"run again, nothing changed, {size:,} payees", same, "s"),
        Figure(f"run after one corrected deal, {size:,} payees", after, "s"),
        ratio(f"full run against the run after one change, {size:,}", full, after),
        Figure(f"plain extract for DuckDB, {size:,} payees", reading, "s", shape),
        Figure(f"plain amounts by DuckDB, {size:,} payees", plain, "s", "the same cents"),
        ratio(f"full run against extract and DuckDB, {size:,}", full, reading + plain),
        Figure(f"statements kept, {size:,} payees", _kept() / 1e6, "MB", "inputs and traces"),
    ]
    return figures, credits / full, peak


def _prepare(size: int) -> list[Person]:
    data.clear()
    sellers = data.crew(size)
    data.deals(sellers, CREDITS, _MONTH)
    load_objectives(
        actor=None,
        rows=[
            ObjectiveInput(
                kpi="revenue_booked", target=Fraction(_TARGET), valid_from=_MONTH, valid_to=_END,
                role="ae",
            )
        ],
    )  # fmt: skip
    version = services.save_plan(actor=None, document=_PLAN, valid_from=date(2026, 1, 1))
    services.publish_plan(actor=None, version_id=version.pk)
    services.assign_plan(actor=None, plan_key="bench", valid_from=date(2026, 1, 1), role_key="ae")
    return sellers


def _run(period: PayPeriod) -> Run:
    """Start as the page does, and wait until the workers have finished."""
    run = services.start_run(actor=None, period_id=period.pk)
    while run.state == Run.State.RUNNING:
        time.sleep(0.02)
        run.refresh_from_db(fields=["state", "problems"])
    if run.state != Run.State.DONE:
        raise AssertionError(f"the run is {run.state}: {run.problems}")
    return run


def _correct(person: Person) -> None:
    """A deal of this person was typed wrongly."""
    ((external_id, at),) = data.rows_of(
        "SELECT a.external_id, a.occurred_at FROM activities_activity a JOIN activities_credit c"
        " ON c.activity_id = a.id WHERE c.person_id = %s ORDER BY a.id LIMIT 1",
        [person.pk],
    )
    (result,) = record_activities(
        actor=None,
        source="bench",
        records=[
            ActivityInput(
                external_id=external_id, type="deal_won", occurred_at=at, person=person.number,
                product="p1", amount=Fraction(9_999), currency="EUR", kind=Entry.CORRECTION,
                reason="typed wrongly",
            )
        ],
    )  # fmt: skip
    if result.is_rejected:
        raise AssertionError(result.issues)


def _check_changed(first: Run, last: Run, changed: Person) -> None:
    """Exactly the one statement differs."""
    before, after = (
        dict(one.statements.values_list("person_id", "result_sha256")) for one in (first, last)
    )
    different = {key for key in before if before[key] != after[key]}
    if different != {changed.pk}:
        raise AssertionError(f"one deal changed the statements of {sorted(different)}")


def _check_amounts(run: Run) -> tuple[float, float]:
    """Seconds of the extract and of the plain calculation, which must give the same cents."""
    with TemporaryDirectory(prefix="maillot-bench-") as folder:
        file = Path(folder) / "credits.csv"
        reading, _ = timed(lambda: plain_pay.extract(file))
        plain, expected = timed(lambda: plain_pay.amounts(file, _TARGET * 100))
    paid = dict(run.statements.values_list("person_id", "total_minor"))
    if paid != expected:
        wrong = [key for key in expected if paid.get(key) != expected[key]]
        raise AssertionError(f"{len(wrong)} amounts differ from the plain ones, first {wrong[:3]}")
    return reading, plain


def _kept() -> int:
    ((size,),) = data.rows_of(f"SELECT pg_total_relation_size('{Statement._meta.db_table}')")
    return int(size)
