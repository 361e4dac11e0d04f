"""Runs: freeze what is known, calculate each payee on its own, finish exactly once.

A run is made of blocks of payees. A block reads only what was known at the run's moment, so it
may be calculated at any time, twice, or after a crash: the statements are the same bytes, and the
first ones written stay. Whom nothing has touched since the run before keeps their statement.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import groupby

import structlog
from celery import current_app
from django.db import InterfaceError, OperationalError, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from activities.crediting import names_since
from activities.freezing import freeze_moment
from common import audit, live
from common.locks import transaction_lock, try_transaction_lock
from incentives.calc import ENGINE, Plan
from incentives.choices import PeriodState
from incentives.gathering.inputs import frozen_by, kpis_read
from incentives.gathering.payees import field_of, with_balances
from incentives.gathering.rosters import (
    keep_roster,
    moved_between,
    paid_otherwise,
    people_lacking,
    plan_versions_in,
)
from incentives.gathering.sources import sources_of
from incentives.gathering.touching import touched_since
from incentives.models import BLOCK, PayPeriod, PlanVersion, Run
from incentives.periods.failures import kept
from incentives.services.correcting import Corrections
from incentives.services.filling import count_corrections, fill_all, is_complete, share
from incentives.services.moving import last_run, locked_row, move
from kernel.issues import N_, Invalid, Issue, error
from kpis import queries as kpis
from people import queries as people
from people.models import User

log = structlog.get_logger(__name__)

STALE_AFTER = timedelta(minutes=2)
_FROZEN = ("looked_at", "problems", "roster", "payee_count", "read_from", "definitions")
CALCULABLE = (PeriodState.OPEN, PeriodState.CALCULATED)


@transaction.atomic
def start_run(*, actor: User | None, period_id: int, anew: bool = False) -> Run:
    """Start calculating a period on what is known at this moment; blocks follow by Celery.

    Statements of the run before that nothing has touched count for this one too; with `anew` all
    are calculated again. `Invalid` when a run is going on, when the period is past calculating, or
    when it has no payees. The caller sees progress in `progress_of(run)`.

    Where news touch many statements of locked periods (a late import), nobody is let wait for
    their corrections: a worker prepares the run, and what is wrong then ends it.
    """
    period = locked_row(period_id)
    _refuse(period)
    before = None if anew else last_run(period)
    run = _begun(actor, period)
    if before is not None and _is_comparable(run, before):
        run.follows = before
        run.save(update_fields=["follows"])
    corrections = Corrections(run)
    many = corrections.touched() > BLOCK
    if not many:
        _prepare(run, corrections)
    audit.record(
        actor=actor,
        action="run.start",
        subject=run,
        after={"as_known_at": run.as_known_at, "payees": run.payee_count, "engine": ENGINE},
    )
    send = partial(_send_preparation, run.pk) if many else partial(send_lacking, run)
    transaction.on_commit(send, robust=True)
    return run


def _begun(actor: User | None, period: PayPeriod) -> Run:
    """The row of a new run, with the moment, the clock and the names that it freezes."""
    last = period.runs.order_by("-number").values_list("number", flat=True).first()
    return Run.objects.create(
        period=period,
        number=(last or 0) + 1,
        as_known_at=freeze_moment(),
        engine_version=ENGINE,
        timezone=people.company().tz.key,
        names=names_since(),
        started_by=actor,
    )


@transaction.atomic
def prepare_run(*, run_id: int) -> bool:
    """Freeze what a run needs beside the log and send its blocks, if nobody has; whether it was us.

    `Invalid` when nobody is paid.
    """
    if not try_transaction_lock("pay_preparation", run_id):
        return False  # delivered twice, and another worker is at it
    run = Run.objects.select_related("period", "follows").get(pk=run_id)
    if run.state != Run.State.RUNNING or run.is_prepared:
        return False
    _prepare(run, Corrections(run))
    transaction.on_commit(partial(send_lacking, run), robust=True)
    return True


def _prepare(run: Run, corrections: Corrections) -> None:
    # what news has changed of earlier periods flows into this one: first correct, then freeze
    made = corrections.write()
    # two kinds of periods that begin at once must see which plans the other one pays
    transaction_lock("pay_kinds")
    _freeze_roster(run, bool(made))
    plans = plans_of(set(plan_versions_in(run)))
    keys = frozenset[str]().union(*map(kpis_read, plans.values()))
    run.definitions = kpis.frozen_formulas(keys, people.day_before(run.period.ends_on))
    run.save(update_fields=_FROZEN)
    if run.follows is None:
        fill_all(run)
    else:
        _take_over(run, run.follows, plans)


def _freeze_roster(run: Run, corrected: bool) -> None:
    """Who is paid: as the run before has found it, where nothing of it can have changed."""
    before = run.follows
    sources = sources_of(run.period)
    if not corrected and before is not None and before.read_from == sources:
        run.roster = before.roster
    else:
        field = field_of(run.period)
        if not field.payees:
            raise Invalid(_no_payees())
        if corrected:
            field = replace(field, payees=with_balances(field.payees, run.period, run))
        run.roster = keep_roster(field)
    # balances after corrections are read from more than `sources` tells
    run.read_from = {} if corrected else sources
    run.payee_count = run.roster.payee_count if run.roster else 0


def _no_payees() -> Issue:
    return error(
        "run.no_payees",
        N_("Nobody is paid in this period: no published plan is assigned."),
        N_("Publish a plan for this kind of period and assign it to a role."),
    )


def plans_of(version_ids: set[int]) -> dict[int, Plan]:
    """The plans of these versions. One query."""
    versions = PlanVersion.objects.in_bulk(version_ids)
    return {key: version.terms() for key, version in versions.items()}


def _refuse(period: PayPeriod) -> None:
    if period.state not in CALCULABLE:
        raise Invalid(
            error(
                "run.not_open",
                N_("The period is {state}; it is not calculated any more."),
                N_("Reopen it first; a locked period is corrected in the next one."),
                state=period.get_state_display(),
            )
        )
    if period.runs.filter(state=Run.State.RUNNING).exists():
        raise Invalid(
            error(
                "run.already_running",
                N_("A calculation of this period is going on."),
                N_("Wait until it has finished; the page shows its progress."),
            )
        )


def _take_over(run: Run, before: Run, plans: Mapping[int, Plan]) -> None:
    """Let what counts for the run before count for `run` where nothing can have changed it."""
    redefined = frozenset[int]()
    if run.definitions != before.definitions:
        redefined = frozenset(key for key, plan in plans.items() if kpis_read(plan))
    touched = touched_since(
        before.as_known_at,
        frozen_by(run),
        plans,
        rosters=(before.roster_id or 0, run.roster_id or 0),
        moved=moved_between(before.roster_id, run.roster_id)
        | paid_otherwise(before.roster_id, run.roster_id),
        redefined=redefined,
    )
    share(run, before, touched.where())


def _is_comparable(run: Run, before: Run) -> bool:
    """Whether both runs mean the same by the same inputs: engine, clock, and names of things."""
    return (
        before.engine_version == run.engine_version
        and before.timezone == run.timezone
        and before.as_known_at < run.as_known_at
        and bool(before.names)
        and names_since(before.names) == before.names
    )


def send_lacking(run: Run) -> None:
    """Send the blocks of everybody of whom a run lacks a statement."""
    send_blocks(run.pk, people_lacking(run))


def _send_preparation(run_id: int) -> None:
    _send("incentives.prepare_run", run_id)


def _send(task: str, run_id: int, *args: object) -> None:
    try:
        current_app.send_task(task, args=[run_id, *args])
    except BrokerError as problem:
        log.warning("not_sent", task=task, run=run_id, problem=str(problem))


def send_blocks(run_id: int, person_ids: Sequence[int]) -> None:
    """Send the blocks of these people; what the broker loses, `resume_runs` sends again.

    Without people an empty block goes out: it finishes the run.
    """
    for block in blocks_of(person_ids):
        _send("incentives.calculate_block", run_id, block)


def blocks_of(person_ids: Sequence[int]) -> Iterator[list[int]]:
    """People by the blocks that are kept together; one empty block when there are none."""
    if not person_ids:
        yield []
    for _, found in groupby(sorted(set(person_ids)), key=lambda key: key // BLOCK):
        yield list(found)


@transaction.atomic
def finish_run(*, run_id: int) -> bool:
    """Finish the run when all its statements are there; exactly one caller gets True."""
    run = Run.objects.select_related("period", "started_by").get(pk=run_id)
    Run.objects.filter(pk=run_id, state=Run.State.RUNNING).update(moved_at=timezone.now())
    if run.state != Run.State.RUNNING or not run.is_prepared or not is_complete(run):
        return False
    period = locked_row(run.period_id)
    run.refresh_from_db()
    if run.state != Run.State.RUNNING:
        return False
    count_corrections(run)
    run.state = Run.State.DONE
    run.finished_at = timezone.now()
    run.save(update_fields=["state", "finished_at"])
    if period.state == PeriodState.OPEN:
        move(actor=run.started_by, period=period, to=PeriodState.CALCULATED)
    audit.record(actor=run.started_by, action="run.finish", subject=run)
    live.publish(f"period:{period.pk}")
    return True


@transaction.atomic
def fail_run(*, run_id: int, problem: Exception) -> None:
    """End a run whose calculation raised: the period stays as it was, and says what to do.

    What a program made wrong goes to the log, under a reference that the page shows.
    """
    run = Run.objects.select_for_update().get(pk=run_id)
    if run.state != Run.State.RUNNING:
        return
    issues = problem.issues if isinstance(problem, Invalid) else (_broken_off(run, problem),)
    run.state, run.finished_at = Run.State.FAILED, timezone.now()
    run.problems = kept(issues)
    run.save(update_fields=["state", "problems", "finished_at"])
    codes = ", ".join(sorted({issue.code for issue in issues}))
    audit.record(actor=None, action="run.fail", subject=run, reason=codes)
    live.publish(f"period:{run.period_id}")


def _broken_off(run: Run, problem: Exception) -> Issue:
    reference = f"R{run.pk}"
    log.error("run_broken_off", reference=reference, run=run.pk, exc_info=problem)
    return error(
        "run.broken_off",
        N_("The calculation broke off by a fault of the program. No amount has changed."),
        N_(
            "Start it again. If it breaks off again, give the reference {reference} to whoever"
            " runs this installation: the log says more under it."
        ),
        reference=reference,
    )


def resume_runs() -> int:
    """Send again the blocks that a run still lacks where nothing has moved; how many runs.

    A worker that died or a message that got lost is thereby made good.
    """
    stale = Run.objects.filter(state=Run.State.RUNNING).annotate(
        last=Coalesce("moved_at", "started_at")
    )
    still = stale.filter(last__lt=timezone.now() - STALE_AFTER).select_related("period")
    found = list(still.order_by("id"))
    for run in found:
        if not run.is_prepared:
            _send_preparation(run.pk)
            continue
        lacking = people_lacking(run)
        if lacking:
            send_blocks(run.pk, lacking)
        _finish_or_fail(run)
    return len(found)


def _finish_or_fail(run: Run) -> None:
    """A run that cannot be finished ends, as it does in a block: else its period is stuck."""
    try:
        finish_run(run_id=run.pk)
    except (OperationalError, InterfaceError):
        raise  # what goes by: it is tried again
    except Exception as problem:  # noqa: BLE001 - whatever it is, the period must not be stuck
        fail_run(run_id=run.pk, problem=problem)
