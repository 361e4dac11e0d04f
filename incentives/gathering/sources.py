"""Whether a roster must be read again: what it was read from, in a few numbers.

Reading who is paid takes a moment per payee; asking whether anything of it has changed does not.
"""

from typing import Any

from django.db.models import Count, Max

from incentives.gathering.plans_in_force import rosters_of_other_kinds
from incentives.models import PayPeriod, RosterNews, Run
from kernel.periods import Period

READING = 1
"""Raised when `field_of` makes something else of the same rows."""


def sources_of(period: PayPeriod) -> dict[str, Any]:
    """What the roster of a period is read from, to be compared with an earlier answer.

    The tables that triggers watch (migration 0009), the locked statements whose balances flow on,
    and what other kinds of periods pay already. Ask before the roster is read: what is written
    meanwhile then counts as news. Three queries.
    """
    locked = Run.objects.filter(period__kind=period.kind, locked=True)
    days = Period(period.starts_on, period.ends_on)
    return {
        "reading": READING,
        "news": RosterNews.objects.count(),
        "locked": list(locked.aggregate(count=Count("id"), last=Max("id")).values()),
        "others": rosters_of_other_kinds(days, period.kind),
    }
