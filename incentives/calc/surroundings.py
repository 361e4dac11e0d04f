"""Reading what surrounds the payees of a period: rates of currencies, the calendar of work."""

from typing import Any

from incentives.calc.facts import Rate
from incentives.calc.fields import Choice
from incentives.calc.parts import Parts
from incentives.calc.reader import FAILED
from kernel.calendars import MONDAY_TO_FRIDAY, WorkCalendar
from kernel.documents import joined
from kernel.issues import Invalid
from kernel.money import digits_of

RATE = ("currency", "on", "rate", "kind")
RATE_KINDS = ("daily", "average", "plan")
CALENDAR = ("country", "subdivision", "weekdays", "closed")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def read_rates(parts: Parts, value: Any, path: str) -> tuple[Rate, ...]:
    """Dated rates in order; two of one kind, currency and day are refused."""
    rows = [(joined(path, n), row) for n, row in enumerate(parts.items(value, path))]
    found = [(here, _rate(parts, row, here)) for here, row in rows]
    known = [(here, rate) for here, rate in found if rate is not None]
    parts.check_twice((here, f"{rate.currency} {rate.on} {rate.kind}") for here, rate in known)
    return tuple(sorted((r for _, r in known), key=lambda r: (r.currency, r.kind, r.on)))


def _rate(parts: Parts, value: Any, path: str) -> Rate | None:
    body = parts.block(value, path, RATE)
    if not body:
        return None
    for word in ("currency", "on", "rate"):
        if body.get(word) is None:
            parts.missing(path, word)
    currency = currency_of(parts, body.get("currency"), joined(path, "currency"))
    on = parts.day(body.get("on"), joined(path, "on"))
    kind = "daily" if body.get("kind") is None else body["kind"]
    kind = Choice(RATE_KINDS).read(parts.reader, kind, joined(path, "kind"))
    rate = None if body.get("rate") is None else parts.above(body["rate"], joined(path, "rate"))
    if currency is None or on is None or kind is FAILED or rate is None:
        return None
    return Rate(currency, on, rate, kind)


def currency_of(parts: Parts, value: Any, path: str) -> str | None:
    """An ISO 4217 code; None when absent or reported."""
    if value is None:
        return None
    try:
        digits_of(str(value), parts.reader.document.place(path))
    except Invalid as problem:
        parts.reader.issues.extend(problem.issues)
        return None
    return str(value)


def read_calendar(parts: Parts, value: Any, path: str) -> WorkCalendar:
    """The days on which people work: Monday to Friday without holidays unless stated."""
    body = {} if value is None else parts.block(value, path, CALENDAR)
    days = [
        Choice(WEEKDAYS).read(parts.reader, day, joined(joined(path, "weekdays"), n))
        for n, day in enumerate(parts.items(body.get("weekdays"), joined(path, "weekdays")))
    ]
    weekdays = frozenset(WEEKDAYS.index(day) for day in days if day is not FAILED)
    rows = enumerate(parts.items(body.get("closed"), joined(path, "closed")))
    closed = [parts.day(day, joined(joined(path, "closed"), n)) for n, day in rows]
    country = parts.text(body.get("country"), joined(path, "country"))
    subdivision = parts.text(body.get("subdivision"), joined(path, "subdivision"))
    try:
        return WorkCalendar(
            country or "",
            subdivision,
            weekdays or MONDAY_TO_FRIDAY,
            frozenset(day for day in closed if day is not None),
        )
    except Invalid as problem:
        place = parts.reader.document.place(path)
        parts.reader.issues.extend(issue.at(place) for issue in problem.issues)
        return WorkCalendar()
