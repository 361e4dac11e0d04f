"""Runs: freeze what is known, calculate each payee on its own, finish exactly once.

A run is made of blocks of payees. A block reads only what was known at the run's moment, so it
may be calculated at any time, twice, or after a crash: the statements are the same bytes, and the
first ones written stay.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from activities.freezing import freeze_moment
from common import audit, live
from incentives.calc import ENGINE, parse_plan
from incentives.choices import PeriodState
from incentives.inputs import Document, frozen, input_documents
from incentives.models import PayPeriod, PlanVersion, Run, Statement
from incentives.payees import Field, Payee, field_of
from incentives.results import result_of
from incentives.services.correcting import corrections_in
from incentives.services.moving import locked_row, move
from kernel.issues import N_, Invalid, error
from kernel.trace import sha256_of
from people.models import User

log = structlog.get_logger(__name__)

BLOCK = 100
"""Payees per task: memory stays flat and progress moves, whatever the size of the company."""
STALE_AFTER = timedelta(minutes=2)
CALCULABLE = (PeriodState.OPEN, PeriodState.CALCULATED)


@transaction.atomic
def start_run(*, actor: User | None, period_id: int) -> Run:
    """Start calculating a period on what is known at this moment; blocks follow by Celery.

    `Invalid` when a run is going on, when the period is past calculating, or when it has no
    payees. The caller sees progress in `progress_of(run)`.
    """
    period = locked_row(period_id)
    _refuse(period)
    field = field_of(period)
    if not field.payees:
        raise Invalid(
            error(
                "run.no_payees",
                N_("Nobody is paid in this period: no published plan is assigned."),
                N_("Publish a plan for this kind of period and assign it to a role."),
            )
        )
    last = period.runs.order_by("-number").values_list("number", flat=True).first()
    run = Run.objects.create(
        period=period,
        number=(last or 0) + 1,
        as_known_at=freeze_moment(),
        engine_version=ENGINE,
        payee_count=len(field.payees),
        roster=field.as_json(),
        started_by=actor,
    )
    audit.record(
        actor=actor,
        action="run.start",
        subject=run,
        after={"as_known_at": run.as_known_at, "payees": run.payee_count, "engine": ENGINE},
    )
    everyone = [payee.person_id for payee in field.payees]
    transaction.on_commit(partial(send_blocks, run.pk, everyone), robust=True)
    return run


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


def send_blocks(run_id: int, person_ids: Sequence[int]) -> None:
    """Send the blocks of these people; what the broker loses, `resume_runs` sends again."""
    try:
        for block in _blocks(sorted(set(person_ids))):
            current_app.send_task("incentives.calculate_block", args=[run_id, block])
    except OperationalError as problem:
        log.warning("blocks_not_sent", run=run_id, problem=str(problem))


def _blocks(person_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (person_ids[at : at + BLOCK] for at in range(0, len(person_ids), BLOCK))


@transaction.atomic
def calculate_block(*, run_id: int, person_ids: Sequence[int]) -> int:
    """Calculate the statements of these people in a run; how many were new.

    Pure and idempotent: statements that are there already stay. The block that completes the run
    finishes it. Does nothing for a run that has finished.
    """
    run = Run.objects.select_related("period").get(pk=run_id)
    if run.state != Run.State.RUNNING:
        return 0
    made = _statements(run, Field.from_json(run.roster), person_ids)
    Statement.objects.bulk_create(made, ignore_conflicts=True)
    live.publish(f"period:{run.period_id}")
    transaction.on_commit(partial(finish_run, run_id=run_id))
    return len(made)


def _statements(run: Run, field: Field, person_ids: Sequence[int]) -> list[Statement]:
    done = set(
        run.statements.filter(person_id__in=person_ids, corrects=None).values_list(
            "person_id", "plan_version_id"
        )
    )
    todo = [one for one in field.only(person_ids) if _key(one) not in done]
    if not todo:
        return []
    versions = PlanVersion.objects.in_bulk({payee.plan_version_id for payee in todo})
    plans = {key: parse_plan(version.document) for key, version in versions.items()}
    at = frozen(run.period, run.as_known_at)
    documents = input_documents(at, todo, field, plans)
    before = _statements_before(run, [payee.person_id for payee in todo])
    made = []
    for payee in todo:
        key = _key(payee)
        inputs = documents[key]
        digest = sha256_of(inputs)
        known = before.get(key)
        same = known is not None and known.inputs_sha256 == digest
        result = known.result if known and same else result_of(plans[key[1]], inputs, key[0])
        made.append(_statement(run, key, inputs, digest, result))
    return made


def _key(payee: Payee) -> tuple[int, int]:
    return payee.person_id, payee.plan_version_id


def _statements_before(run: Run, person_ids: Sequence[int]) -> dict[tuple[int, int], Statement]:
    """The statements of the run before, when the same engine made them."""
    last = (
        Run.objects.filter(
            period=run.period,
            number__lt=run.number,
            state=Run.State.DONE,
            engine_version=run.engine_version,
        )
        .order_by("-number")
        .first()
    )
    if last is None:
        return {}
    rows = last.statements.filter(person_id__in=person_ids, corrects=None)
    return {(row.person_id, row.plan_version_id): row for row in rows}


def _statement(
    run: Run, key: tuple[int, int], inputs: Document, digest: str, result: dict[str, Any]
) -> Statement:
    return Statement(
        run=run,
        person_id=key[0],
        plan_version_id=key[1],
        inputs=inputs,
        inputs_sha256=digest,
        result=result,
        result_sha256=sha256_of(result),
        total_minor=result["total_minor"],
        currency=result["currency"],
    )


@transaction.atomic
def finish_run(*, run_id: int) -> bool:
    """Finish the run when all its statements are there; exactly one caller gets True."""
    run = Run.objects.select_related("period", "started_by").get(pk=run_id)
    period = locked_row(run.period_id)
    run.refresh_from_db()
    done = run.statements.filter(corrects=None).count()
    if run.state != Run.State.RUNNING or done < run.payee_count:
        return False
    Statement.objects.bulk_create(corrections_in(run), ignore_conflicts=True)
    run.state = Run.State.DONE
    run.finished_at = timezone.now()
    run.save(update_fields=["state", "finished_at"])
    if period.state == PeriodState.OPEN:
        move(actor=run.started_by, period=period, to=PeriodState.CALCULATED)
    audit.record(actor=run.started_by, action="run.finish", subject=run)
    live.publish(f"period:{period.pk}")
    return True


@transaction.atomic
def fail_run(*, run_id: int, problem: str) -> None:
    """End a run whose calculation raised: the period stays as it was, and says why."""
    run = Run.objects.select_for_update().get(pk=run_id)
    if run.state == Run.State.RUNNING:
        run.state, run.problem, run.finished_at = Run.State.FAILED, problem, timezone.now()
        run.save(update_fields=["state", "problem", "finished_at"])
        audit.record(actor=None, action="run.fail", subject=run, reason=problem)
        live.publish(f"period:{run.period_id}")


def resume_runs() -> int:
    """Send again the blocks that a running run still lacks after a while; how many runs.

    A worker that died or a message that got lost is thereby made good.
    """
    stale = Run.objects.filter(
        state=Run.State.RUNNING, started_at__lt=timezone.now() - STALE_AFTER
    ).select_related("period")
    for run in stale.order_by("id"):
        made = run.statements.filter(corrects=None)
        done = set(made.values_list("person_id", "plan_version_id"))
        payees = Field.from_json(run.roster).payees
        send_blocks(run.pk, [one.person_id for one in payees if _key(one) not in done])
        _finish_or_fail(run)
    return len(stale)


def _finish_or_fail(run: Run) -> None:
    """A run that cannot be finished ends, as it does in a block: else its period is stuck."""
    try:
        finish_run(run_id=run.pk)
    except Exception as problem:
        log.exception("run_not_finished", run=run.pk)
        fail_run(run_id=run.pk, problem=f"{type(problem).__name__}: {problem}"[:2000])
