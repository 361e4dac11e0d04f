"""Whether everything has come in: imports that went wrong, sources that sent nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Q
from django.db.models.functions import TruncDate

from activities.models import Activity, ImportBatch, Upload
from kernel.calendars import WorkCalendar
from kernel.periods import Period, start_of_day


@dataclass(frozen=True, slots=True)
class Imports:
    """Files that went wrong, are being worked on, or were uploaded and not imported."""

    failed: int
    running: int
    waiting: int


def imports_since(moment: datetime) -> Imports:
    """Imports that failed since `moment`; those that run or wait, whenever they began. Two queries.

    An import that was tried again and succeeded does not take its failed attempt out of the count:
    somebody should know why it failed.
    """
    states = ImportBatch.State
    batches = ImportBatch.objects.aggregate(
        failed=Count("id", filter=Q(state=states.FAILED, created_at__gte=moment)),
        running=Count("id", filter=Q(state=states.RUNNING)),
    )
    waiting = Upload.objects.filter(batch=None).aggregate(
        busy=Count("id", filter=~Q(state=Upload.State.IDLE)),
        idle=Count("id", filter=Q(state=Upload.State.IDLE)),
    )
    return Imports(batches["failed"], batches["running"] + waiting["busy"], waiting["idle"])


@dataclass(frozen=True, slots=True)
class SourceDays:
    """What one source has sent for a period, and the working days for which it sent nothing."""

    source: str
    records: int
    last_recorded_at: datetime
    silent: tuple[date, ...]


LOOK_BACK = timedelta(days=31)


def sources_in(
    period: Period, *, until: date, calendar: WorkCalendar, tz: ZoneInfo
) -> list[SourceDays]:
    """Each source that sent something for the period or the 31 days before it. One query.

    Days count before `until`. Only a source that usually sends something every working day (for at
    least half of them) can be silent on one; otherwise its silence means nothing.
    """
    window = Period(period.start - LOOK_BACK, min(period.end, max(until, period.start)))
    found: dict[str, dict[date, tuple[int, datetime]]] = {}
    for source, day, records, last_at in _by_source_and_day(window, tz):
        found.setdefault(source, {})[day] = (records, last_at)
    worked = [day for day in window.dates() if calendar.is_working(day)]
    return [_source_days(source, days, worked, period) for source, days in sorted(found.items())]


def _source_days(
    source: str,
    days: dict[date, tuple[int, datetime]],
    worked: Sequence[date],
    period: Period,
) -> SourceDays:
    heard = sum(day in days for day in worked)
    is_regular = 2 * heard >= len(worked)
    return SourceDays(
        source=source,
        records=sum(records for day, (records, _) in days.items() if period.contains(day)),
        last_recorded_at=max(last_at for _, last_at in days.values()),
        silent=tuple(day for day in worked if is_regular and period.contains(day)
                     and day not in days),
    )  # fmt: skip


def _by_source_and_day(window: Period, tz: ZoneInfo) -> list[tuple[str, date, int, datetime]]:
    start, end = start_of_day(window.start, tz), start_of_day(window.end, tz)
    rows = (
        Activity.objects.filter(occurred_at__gte=start, occurred_at__lt=end)
        .annotate(day=TruncDate("occurred_at", tzinfo=tz))
        .values_list("source", "day")
        .annotate(records=Count("id"), last_at=Max("recorded_at"))
        .order_by("source", "day")
    )
    return list(rows)
