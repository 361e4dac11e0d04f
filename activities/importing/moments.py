"""What was written of a time, as a moment."""

from datetime import date, datetime, tzinfo

from activities.documents import start_of


def moment_of(value: date | datetime | None, zone: tzinfo) -> datetime | None:
    """A written moment is in the company's zone unless it says otherwise; a day is its start."""
    match value:
        case datetime():
            return value if value.tzinfo else value.replace(tzinfo=zone)
        case date():
            return start_of(value, zone)
    return None
