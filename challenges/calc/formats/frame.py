"""When a challenge is played: what the moments inside `score` are read and checked with."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kernel.calendars import WorkCalendar


@dataclass(frozen=True, slots=True)
class Frame:
    """When a challenge is played: what the moments and days inside `score` are read with."""

    zone: ZoneInfo
    start: datetime
    end: datetime
    calendar: WorkCalendar
    cut_off_at: datetime
    cut_off_days: int | None = None
    extensions: tuple[tuple[datetime, timedelta], ...] = ()
    """When each pause that extends the challenge begins, and how long it lasts."""

    def moved(self, moment: datetime, *, since: datetime) -> datetime:
        """A moment after `since` as the pauses that begin before it move it."""
        for begins, length in self.extensions:
            if since <= begins < moment:
                moment += length
        return moment
