"""What makes a scorecard readable in half a minute: pure rules over its KPIs."""

from collections import Counter
from collections.abc import Mapping, Sequence

from kernel.issues import N_, Issue, Place, error, info, warning

FEWEST, ENOUGH, MOST = 5, 7, 10
"""Five to seven KPIs are read at a glance; more than ten are not read."""
MOST_OF_A_FAMILY = 2

NOWHERE = Place()


def scorecard_issues(
    keys: Sequence[str], families: Mapping[str, str], place: Place = NOWHERE
) -> list[Issue]:
    """Errors: an eleventh KPI, a KPI twice. Warnings: fewer than five, more than seven. Only
    remarked on: more than two of a family. `families` gives the family of each known KPI."""
    found = [_twice(key, place) for key in sorted({key for key in keys if keys.count(key) > 1})]
    if len(keys) > MOST:
        found.append(_too_many(len(keys), place))
    elif len(keys) > ENOUGH:
        found.append(_many(len(keys), place))
    elif len(keys) < FEWEST:
        found.append(_few(len(keys), place))
    counts = Counter(families[key] for key in keys if key in families)
    crowded = sorted(family for family, count in counts.items() if count > MOST_OF_A_FAMILY)
    return found + [_crowded(family, counts[family], place) for family in crowded]


def _too_many(count: int, place: Place) -> Issue:
    return error(
        "scorecards.too_many",
        N_("A scorecard has at most {most} KPIs; here are {count}."),
        N_("Take away what nobody acts on: what is not on the card stays in rankings and reviews."),
        place,
        most=str(MOST),
        count=str(count),
    )


def _many(count: int, place: Place) -> Issue:
    return warning(
        "scorecards.many",
        N_("{count} KPIs take longer than half a minute to read."),
        N_("Five to seven are enough: one or two of each family."),
        place,
        count=str(count),
    )


def _few(count: int, place: Place) -> Issue:
    return warning(
        "scorecards.few",
        N_("With {count} KPIs a scorecard shows one side only."),
        N_("Five to seven are enough: one or two of each family."),
        place,
        count=str(count),
    )


def _twice(key: str, place: Place) -> Issue:
    return error(
        "scorecards.twice",
        N_('The KPI "{key}" stands on the scorecard twice.'),
        N_("Name each KPI once."),
        place,
        key=key,
    )


def _crowded(family: str, count: int, place: Place) -> Issue:
    return info(
        "scorecards.family",
        N_('{count} KPIs are of the family "{family}".'),
        N_("One or two of each family show more sides of the work."),
        place,
        family=family,
        count=str(count),
    )
