"""The hours of a power hour: dated ones, and ones that come back by the clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from challenges.calc.formats.base import Frame
from challenges.calc.moments import day_of, read_moment
from challenges.calc.shapes import Values, told
from kernel.issues import N_, Invalid, Issue, error

LONGEST = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Dated:
    """One hour; half-open moments in the challenge's zone."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Repeated:
    """An hour of the clock on days of the week (Monday 0); minutes since midnight, half-open."""

    days: frozenset[int]
    since: int
    until: int

    def contains(self, local: datetime) -> bool:
        """Whether the clock shows this hour at a moment of the challenge's zone."""
        minute = 60 * local.hour + local.minute
        return local.weekday() in self.days and self.since <= minute < self.until

    def began(self, local: datetime) -> datetime:
        """When the hour began on the day of that moment."""
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        return midnight + timedelta(minutes=self.since)


def repeated_from(listed: Sequence[Values], weekdays: Sequence[str]) -> tuple[Repeated, ...]:
    """The repeated hours that can be read."""
    found = (told(_repeated, values, weekdays) for values in listed)
    return tuple(hour for hour in found if hour is not None)


def _repeated(values: Values, weekdays: Sequence[str]) -> Repeated:
    days = values["days"] or weekdays
    return Repeated(frozenset(map(weekdays.index, days)), values["from"], values["to"])


def dated_from(listed: Sequence[Values], frame: Frame, issues: list[Issue]) -> tuple[Dated, ...]:
    """The dated hours that can be read; an issue for each other one."""
    found = (told(_dated, values, frame, issues) for values in listed)
    return tuple(hour for hour in found if hour is not None)


def _dated(values: Values, frame: Frame, issues: list[Issue]) -> Dated | None:
    moments = [_moment(values, key, frame, issues) for key in ("start", "end")]
    start, end = moments
    return None if start is None or end is None else Dated(start, end)


def _moment(values: Values, key: str, frame: Frame, issues: list[Issue]) -> datetime | None:
    try:
        moment, _ = read_moment(values[key], frame.zone, values.at(key))
    except Invalid as invalid:
        issues.extend(invalid.issues)
        return None
    return moment.astimezone(frame.zone)


def check_clocks(listed: Sequence[Values], issues: list[Issue]) -> None:
    """A repeated hour ends after it begins, on the same day."""
    for values in listed:
        told(_check_clock, values, issues)


def _check_clock(values: Values, issues: list[Issue]) -> None:
    if values["to"] <= values["from"]:
        issues.append(
            error(
                "empty_hour",
                N_("The power hour ends before it begins, or at the same time."),
                N_("Write a later end; split an hour that crosses midnight into two."),
                values.at("to"),
            )
        )


def check_dated(
    listed: Sequence[Values], hours: Sequence[Dated], frame: Frame, issues: list[Issue]
) -> None:
    """A dated hour lies within the challenge and lasts minutes to hours."""
    if len(hours) != len(listed):
        return  # some could not be read: that is told
    for values, hour in zip(listed, hours, strict=True):
        problem = _problem(hour, frame)
        if problem is not None:
            code, message, remedy = problem
            issues.append(error(code, message, remedy, values.at("end")))


def _problem(hour: Dated, frame: Frame) -> tuple[str, str, str] | None:
    if hour.end <= hour.start:
        return (
            "empty_hour",
            N_("The power hour ends before it begins, or at the same time."),
            N_("Write an end after the start; the end itself does not count."),
        )
    if hour.start < frame.start or frame.end < hour.end:
        return (
            "hour_outside",
            N_("The power hour does not lie within the window of the challenge."),
            N_("Move the hour, or the window."),
        )
    if hour.end - hour.start > LONGEST:
        return (
            "long_hour",
            N_("A power hour lasts at most 24 hours."),
            N_("Shorten it, or use the format “most”."),
        )
    return None


def check_some(
    values: Values, repeated: Sequence[Repeated], frame: Frame, issues: list[Issue]
) -> None:
    """Each repeated hour comes at least once within the challenge."""
    if len(repeated) != len(values["repeated"]):
        return
    for written, hour in zip(values["repeated"], repeated, strict=True):
        if hour.since < hour.until and not _comes(hour, frame):
            issues.append(
                error(
                    "hour_never",
                    N_("This power hour never comes within the window of the challenge."),
                    N_("Choose other days or times, or move the window."),
                    written.place,
                )
            )


def _comes(hour: Repeated, frame: Frame) -> bool:
    """Whether one of its minutes lies in the window: on the first days, or never."""
    day = day_of(frame.start, frame.zone)
    for _ in range(8):
        if day.weekday() in hour.days:
            midnight = datetime(day.year, day.month, day.day, tzinfo=frame.zone)
            start = midnight + timedelta(minutes=hour.since)
            end = midnight + timedelta(minutes=hour.until)
            if max(start, frame.start) < min(end, frame.end):
                return True
        day += timedelta(days=1)
    return False
