"""Says live that alerts changed: to each who may read them, on a topic of their own."""

from collections.abc import Collection
from datetime import datetime

from common import live
from kpis.alerts.queries import PRIVATE
from kpis.models import Alert
from people import access
from people import queries as people
from people.models import User


def topic_of(person_id: int | None) -> str:
    """The topic of what somebody may read of alerts."""
    return f"alerts:{person_id or 0}"


def tell_about(alerts: Collection[Alert], now: datetime | None = None) -> None:
    """Alerts began, ended, look different or were acted on: after commit those hear who lead the
    person, and the person of what the person may read. Nobody else learns of it. At most four
    queries."""
    if not alerts:
        return
    hearing = access.leaders_of({one.person_id for one in alerts}, people.today(now))
    theirs = Alert.objects.filter(pk__in=[one.pk for one in alerts]).exclude(PRIVATE)
    for person_id in hearing.union(theirs.values_list("person_id", flat=True)):
        live.publish(topic_of(person_id))


def tell_self(user: User) -> None:
    """What somebody wants to hear has changed: the count is another one, for this reader alone."""
    if user.person_id is not None:
        live.publish(topic_of(user.person_id))
