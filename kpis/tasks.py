"""Background work of this room; each task calls one service."""

from datetime import date, datetime
from typing import Any

import structlog
from celery import shared_task

from kernel.periods import Period
from kpis import services
from kpis.alerts import services as alerts
from kpis.forecast import services as forecasts

log = structlog.get_logger(__name__)


@shared_task(name="kpis.recompute_touched")
def recompute_touched(**_: Any) -> int:
    """Sent after each write of the log. Of a burst of messages the first does all the work."""
    return services.recompute_touched()


@shared_task(name="kpis.sweep")
def sweep(**_: Any) -> int:
    """Finds what a lost message left; on the schedule."""
    return services.recompute_touched()


@shared_task(name="kpis.fill_cells")
def fill_cells(**_: Any) -> int:
    """Sent for a new metric, and on the schedule for what a lost message or a crash left."""
    return services.fill_cells()


@shared_task(name="kpis.lapse_objectives")
def lapse_objectives(**_: Any) -> int:
    """Ends proposals that nobody answered in time; on the schedule."""
    return services.lapse_objectives()


@shared_task(name="kpis.verify")
def verify(**_: Any) -> int:
    """The nightly alarm: cells that differ from the log are an error of ours."""
    wrong = services.verify_cells()
    if wrong:
        log.error("cells_differ_from_log", count=len(wrong), first=str(wrong[:3]))
    return len(wrong)


@shared_task(name="kpis.forecast")
def forecast(**_: Any) -> int:
    """This month and this quarter, when something has changed; on the schedule."""
    forecasts.forget_free()
    return forecasts.refresh_forecasts()


@shared_task(name="kpis.make_forecast")
def make_forecast(start: str, end: str, asked_at: str | None = None, **_: Any) -> None:
    """The forecast of a period that somebody asked for."""
    forecasts.make_forecast(
        Period(date.fromisoformat(start), date.fromisoformat(end)),
        asked_at=datetime.fromisoformat(asked_at) if asked_at else None,
    )


@shared_task(name="kpis.check_alerts")
def check_alerts(**_: Any) -> int:
    """On the schedule: everybody, for what time alone does. Twice, late or at once with another
    worker: the alerts are the same."""
    changes = alerts.check_alerts()
    return changes.began + changes.ended


@shared_task(name="kpis.check_moved")
def check_moved(**_: Any) -> int:
    """On the schedule, more often: those whose figures moved."""
    changes = alerts.check_moved()
    return changes.began + changes.ended


@shared_task(name="kpis.deliver_alerts")
def deliver_alerts(**_: Any) -> int:
    """On the schedule, and when alerts have begun: the messages that are due."""
    return alerts.deliver_due()
