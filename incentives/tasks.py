"""Celery tasks: each loads nothing and calls one service."""

from celery import shared_task

from incentives import services
from incentives.claims import telling


@shared_task(name="incentives.calculate_block")
def calculate_block(run_id: int, person_ids: list[int], **_: object) -> None:
    """One block of a pay run; a calculation that raises ends the run with its reason.

    A database that is away for a moment ends nothing: what is lacking is sent again.
    """
    try:
        services.calculate_block(run_id=run_id, person_ids=person_ids)
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
