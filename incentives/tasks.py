"""Celery tasks: each loads nothing and calls one service."""

from collections.abc import Callable
from functools import partial

from celery import shared_task

from incentives import services
from incentives.claims import telling


@shared_task(name="incentives.prepare_run")
def prepare_run(run_id: int, **_: object) -> None:
    """Correct earlier periods for a pay run and freeze what it needs; its blocks follow."""
    _or_end(run_id, partial(services.prepare_run, run_id=run_id))


@shared_task(name="incentives.calculate_block")
def calculate_block(run_id: int, person_ids: list[int], **_: object) -> None:
    """One block of a pay run."""
    _or_end(run_id, partial(services.calculate_block, run_id=run_id, person_ids=person_ids))


def _or_end(run_id: int, work: Callable[[], object]) -> None:
    """Work on a run; a calculation that raises ends it with its reason.

    A database that is away for a moment ends nothing: what is lacking is sent again.
    """
    try:
        work()
    except services.TRANSIENT:
        raise
    except Exception as problem:
        services.fail_run(run_id=run_id, problem=problem)
        raise


@shared_task(name="incentives.resume_runs")
def resume_runs(**_: object) -> None:
    """Send again what a running pay run lacks."""
    services.resume_runs()


@shared_task(name="incentives.tell_dispute", ignore_result=True)
def tell_dispute(entry_id: int, **_: object) -> None:
    """Mail the other side of a dispute. Repeating it sends another mail."""
    telling.tell(entry_id)
