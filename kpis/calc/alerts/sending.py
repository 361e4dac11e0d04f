"""When a message about an alert may leave: quiet hours, the daily digest, the next attempt."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

MOST_TRIES = 6
FIRST_WAIT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """When somebody wants to hear: never from `quiet_from` to `quiet_until` (over midnight when the
    first is later), once a day at `digest_at` where that is set."""

    quiet_from: time | None = None
    quiet_until: time | None = None
    digest_at: time | None = None


def due_at(now: datetime, hours: Hours, tz: ZoneInfo) -> datetime:
    """The first moment from `now` (aware) on at which a message may leave; the clock is the
    company's. A digest that falls into the quiet hours leaves when they end."""
    moment = now if hours.digest_at is None else _next(now, hours.digest_at, tz)
    if hours.quiet_from is None or hours.quiet_until is None:
        return moment
    if not _is_quiet(moment.astimezone(tz).time(), hours.quiet_from, hours.quiet_until):
        return moment
    return _next(moment, hours.quiet_until, tz)


def _next(now: datetime, clock: time, tz: ZoneInfo) -> datetime:
    """The next moment with this time on the clock, `now` itself included."""
    day = now.astimezone(tz).date()
    found = datetime.combine(day, clock, tz)
    if found < now:
        found = datetime.combine(day + timedelta(days=1), clock, tz)
    return found.astimezone(now.tzinfo)


def _is_quiet(clock: time, start: time, end: time) -> bool:
    if start <= end:
        return start <= clock < end
    return clock >= start or clock < end


def retry_at(now: datetime, tries: int) -> datetime | None:
    """When to try again after `tries` failures: 1, 2, 4, 8, 16 minutes later; None: never."""
    return None if tries >= MOST_TRIES else now + FIRST_WAIT * 2 ** (tries - 1)
