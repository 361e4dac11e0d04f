"""Blocks of a run: a few payees, calculated in one transaction from what the run has frozen."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import Any

from django.db import InterfaceError, OperationalError, ProgrammingError, transaction

from common import live
from common.locks import try_transaction_lock
from incentives.calc import Plan
from incentives.gathering.colleagues import Colleagues
from incentives.gathering.everybody import figures_of_all, figures_read
from incentives.gathering.inputs import Document, frozen_by, input_documents, reads_others
from incentives.gathering.payees import Payee
from incentives.gathering.rosters import field_in, payees_in, people_lacking
from incentives.models import Run, Statement
from incentives.models.canonical import compressed
from incentives.services.filling import count_for
from incentives.services.running import blocks_of, finish_run, plans_of, prepare_run
from incentives.statements.results import figures_of, result_of
from kernel.issues import Invalid
from kernel.trace import plain_bytes

TRANSIENT = (OperationalError, InterfaceError)
"""What goes by: the block is sent again."""


def calculate_block(*, run_id: int, person_ids: Sequence[int]) -> int:
    """Calculate the statements of these people in a run; how many were new.

    Pure and idempotent: statements that are there already stay. The block that completes the run
    finishes it. Does nothing for a run that has finished.
    """
    try:
        return _block(run_id, person_ids)
    except ProgrammingError:  # what a run that has ended raises when somebody writes to it
        if _is_running(run_id):
            raise
        return 0  # blocks sent anew cut people in other ways: another worker had them all


def _is_running(run_id: int) -> bool:
    return Run.objects.filter(pk=run_id, state=Run.State.RUNNING).exists()


@transaction.atomic
def _block(run_id: int, person_ids: Sequence[int]) -> int:
    run = Run.objects.select_related("period", "follows").get(pk=run_id)
    if run.state != Run.State.RUNNING:
        return 0
    if person_ids and not try_transaction_lock("pay_block", run_id, min(person_ids)):
        return 0  # delivered twice, and another worker is at it
    made = _calculated(run, person_ids)
    live.publish(f"period:{run.period_id}")
    transaction.on_commit(partial(finish_run, run_id=run_id))
    return made


def calculate_run(*, run_id: int) -> None:
    """Calculate what a run lacks here and now, block by block, instead of in workers."""
    prepare_run(run_id=run_id)
    for block in blocks_of(people_lacking(Run.objects.get(pk=run_id))):
        calculate_block(run_id=run_id, person_ids=block)


def _calculated(run: Run, person_ids: Sequence[int]) -> int:
    rows = run.statements.filter(person_id__in=person_ids, corrects=None)
    done = set(rows.values_list("person_id", "plan_version_id"))
    todo = [one for one in payees_in(run, person_ids) if _key(one) not in done]
    if not todo:
        return 0
    plans = plans_of({payee.plan_version_id for payee in todo})
    known = _known_before(run, [payee.person_id for payee in todo])
    at = frozen_by(run)
    colleagues = Colleagues(run, at, plans)
    for part in _loaded_together(todo, plans):
        field = field_in(run, part, plans)
        of_all = figures_of_all(at, field, plans)
        documents = input_documents(at, part, field, plans, of_all)
        colleagues.join(documents)
        made, same = [], []
        for payee in part:
            inputs = documents.pop(_key(payee))
            content = plain_bytes(inputs)
            digest = sha256(content).hexdigest()
            if (*_key(payee), digest) in known:
                same.append(known[*_key(payee), digest])
            else:
                result = _result(payee, plans[payee.plan_version_id], inputs)
                made.append(_statement(run, _key(payee), inputs, content, digest, result))
        Statement.objects.bulk_create(made, ignore_conflicts=True)
        count_for(run, Statement.objects.filter(pk__in=same))
    count_for(run, run.calculated.filter(person_id__in=person_ids, corrects=None))
    return len(todo)


def _loaded_together(payees: Sequence[Payee], plans: Mapping[int, Plan]) -> Iterator[list[Payee]]:
    """Who is paid on their own deals, or on figures of everybody; who is paid on a team's, alone.

    So a block of managers does not hold the deals of all their teams at the same time.
    """
    lean = {key for key, one in plans.items() if not reads_others(one) or figures_read(one)}
    alone = [one for one in payees if one.plan_version_id not in lean]
    together = [one for one in payees if one.plan_version_id in lean]
    if together:
        yield together
    for payee in alone:
        yield [payee]


def _result(payee: Payee, plan: Plan, inputs: Document) -> dict[str, Any]:
    try:
        return result_of(plan, inputs, payee.person_id)
    except Invalid as problem:  # whose it is must be said: the block holds many
        places = (replace(one, place=replace(one.place, file=payee.name)) for one in problem.issues)
        raise Invalid(places) from problem


def _key(payee: Payee) -> tuple[int, int]:
    return payee.person_id, payee.plan_version_id


def _known_before(run: Run, person_ids: Sequence[int]) -> Mapping[tuple[int, int, str], int]:
    """Statements of the run that this one follows, by person, plan version and inputs."""
    if run.follows is None:
        return {}
    rows = run.follows.statements.filter(person_id__in=person_ids, corrects=None)
    values = rows.values_list("person_id", "plan_version_id", "inputs_sha256", "pk")
    return {(person, version, digest): pk for person, version, digest, pk in values}


def _statement(
    run: Run,
    key: tuple[int, int],
    inputs: Document,
    frozen: bytes,
    digest: str,
    result: dict[str, Any],
) -> Statement:
    content = plain_bytes(result)
    return Statement(
        run=run,
        person_id=key[0],
        plan_version_id=key[1],
        inputs=compressed(frozen),
        inputs_sha256=digest,
        result=compressed(content),
        result_sha256=sha256(content).hexdigest(),
        figures=figures_of(result, inputs),
        total_minor=result["total_minor"],
        currency=result["currency"],
    )
