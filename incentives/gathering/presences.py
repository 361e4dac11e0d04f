"""When a payee was there, as inputs state it."""

from itertools import pairwise

from incentives.gathering.payees import Payee

Document = dict[str, object]


def presence_of(payee: Payee) -> Document:
    """Absences and the day of hire, where the plan reads them."""
    absences = [{"kind": kind, "from": start, "to": end} for kind, start, end in payee.absences]
    return {
        **({"absences": absences} if absences else {}),
        **({"hired_on": payee.hired_on} if payee.hired_on else {}),
    }


def calendar_of(payee: Payee) -> Document:
    """The calendar of work, where the plan reads it."""
    if payee.calendar is None:
        return {}
    words = zip(("country", "subdivision"), payee.calendar, strict=True)
    return {"calendar": {key: word for key, word in words if word}}


def elsewhere_of(payee: Payee) -> Document:
    """The days between the stretches: another plan pays them, or nobody does."""
    gaps = [
        {"from": one.end.isoformat(), "to": other.start.isoformat()}
        for one, other in pairwise(payee.spans)
    ]
    return {"elsewhere": gaps} if gaps else {}
