"""Which badges are looked at when, and for whom."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

import structlog

from activities.news import people_behind_news
from challenges.badges.gathering import Scene, scene_of
from challenges.badges.services.awarding import Outcome, award_badge
from challenges.calc.badges.periods import official_at, period_of
from challenges.calc.badges.rules import Combination, First, Given, Rule, parse_badge
from challenges.models import Badge, BadgeRule
from challenges.services.locking import database_clock
from people.queries import company

log = structlog.get_logger(__name__)

MARGIN = timedelta(hours=1)
"""News is looked for from so long before the last look: what was committed late is not missed."""


def award_all(*, at: datetime | None = None) -> Outcome:
    """Look at all badges for everybody. Idempotent."""
    moment = at or database_clock()
    return _look([(pk, None) for pk, _ in _badges()], moment)[0]


def award_people(*, person_ids: Collection[int], at: datetime | None = None) -> Outcome:
    """Look at the badges of these people: their records moved. Badges for which people are
    compared with each other wait for the sweep."""
    chosen = frozenset(person_ids)
    if not chosen:
        return Outcome()
    alone = [(pk, chosen) for pk, rule in _badges() if not _compares(rule)]
    return _look(alone, at or database_clock())[0]


def sweep(*, at: datetime | None = None) -> Outcome:
    """On the schedule: everybody for badges with a period that becomes official, those with news
    since the last look for the others. What no message told is found here."""
    moment = at or database_clock()
    rows = Badge.objects.in_bulk()
    since = min((row.looked_at for row in rows.values() if row.looked_at), default=moment) - MARGIN
    news = people_behind_news(moment + timedelta(days=1), since=since, until=moment)
    plan: list[tuple[int, frozenset[int] | None]] = []
    for pk, rule in _badges():
        if _is_due(rows[pk], rule, moment) or (news and _compares(rule)):
            plan.append((pk, None))
        elif news:
            plan.append((pk, news))
    found, failed = _look(plan, moment)
    Badge.objects.filter(looked_at__lt=moment).exclude(pk__in=failed).update(looked_at=moment)
    return found


def _badges() -> list[tuple[int, Rule]]:
    """Those that are earned; combinations last, because they read the others."""
    rows = BadgeRule.objects.filter(badge__retired=False).order_by("badge_id", "-number")
    latest = rows.distinct("badge_id").values_list("badge_id", "document")
    rules = [(pk, parse_badge(document)) for pk, document in latest]
    earned = [(pk, rule) for pk, rule in rules if not isinstance(rule, Given)]
    return sorted(earned, key=lambda pair: (isinstance(pair[1], Combination), pair[0]))


def _compares(rule: Rule) -> bool:
    return isinstance(rule, First) and not rule.ever


def _is_due(badge: Badge, rule: Rule, at: datetime) -> bool:
    """Never looked at for everybody, or a period's moment has come since."""
    if badge.looked_at is None or badge.closed_to is None:
        return True
    where = company()
    due = official_at(period_of(rule.per, badge.closed_to), where.tz, where.calendar)
    return due <= at


def _look(
    plan: Iterable[tuple[int, frozenset[int] | None]], at: datetime
) -> tuple[Outcome, list[int]]:
    """Each badge in a transaction of its own, and which could not be judged: they hold up no
    other, and keep the moment of their last look."""
    found, failed = Outcome(), list[int]()
    scenes: dict[frozenset[int] | None, Scene] = {}
    for pk, person_ids in plan:
        try:
            if person_ids not in scenes:
                scenes[person_ids] = scene_of(at, person_ids)
            scene = scenes[person_ids]
            found += award_badge(badge_id=pk, at=at, person_ids=person_ids, scene=scene)
        except Exception:  # a metric may be gone; the others must not wait for it
            log.exception("badge_not_awarded", badge_id=pk)
            failed.append(pk)
    return found, failed
