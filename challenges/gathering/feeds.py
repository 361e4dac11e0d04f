"""How fast the records of a challenge arrive, from the log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from challenges.calc import Rules
from challenges.calc.arrivals import LOOK_BACK, Arrived, Feed, counted_metrics, feed_of
from challenges.calc.field import window_days
from challenges.gathering.rosters import Audience, numbers_of, places_of
from kpis.queries.arrivals import arrivals


def feed_in_log(
    rules: Rules, audience: Audience, at: datetime, definitions: Mapping[str, Any] | None = None
) -> Feed | None:
    """Of the records of who plays, as it was known at the moment; None where nothing is known, and
    without a query in formats that bear any delay. `definitions` are metrics that were frozen."""
    metrics = counted_metrics(rules)
    if not metrics:
        return None
    ids = numbers_of(places_of(audience, rules, window_days(rules)))
    zone = rules.zone.key
    rows = arrivals(metrics, ids, at - LOOK_BACK, at, zone=zone, frozen=definitions)
    return feed_of(Arrived(*row) for row in rows)
