"""One person's run of working days, level, and way to the next badges; read only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction

from challenges.badges.gathering import Scene, ground_of, in_team, scene_of
from challenges.badges.queries import is_taken_back, with_state
from challenges.calc.badges.jerseys import POINTS
from challenges.calc.badges.levels import Level, level_of
from challenges.calc.badges.periods import period_of
from challenges.calc.badges.progress import Progress, progress
from challenges.calc.badges.rules import Given, parse_badge
from challenges.calc.badges.streaks import Standing, standing
from challenges.calc.formats.measure import Measure
from challenges.calc.points import Account
from challenges.calc.records import Record
from challenges.models import Badge, BadgeAward, BadgeRule
from challenges.rewards.queries import wallet
from kernel.periods import Period
from kpis.queries import catalogue, metric_values

ACTIVITY = Measure("activity")
RUN_DAYS = 400
"""A run is counted so far back; who has not missed a working day for so long is shown that."""
KEPT = (Account.EARNED, Account.RESERVED, Account.SPENT, Account.EXPIRED, Account.DEBT)
"""Where points are that somebody has got for good, whatever became of them since."""


def run_of(person_id: int, as_of: datetime) -> Standing | None:
    """The present run of own working days on which the person recorded anything that brings
    activity points; None for somebody without a place. Seven queries."""
    scene = scene_of(as_of, [person_id])
    number = scene.numbers.get(person_id)
    if number is None:
        return None
    start = scene.today - timedelta(days=RUN_DAYS)
    span = Period(start, scene.today + timedelta(days=1))
    keys = sorted(POINTS.keys() & catalogue(scene.today).metrics.keys())
    rows = metric_values(keys, by="day", period=span, person_ids=[person_id])
    days = {
        day: (_record(number, datetime.combine(day, time(12), scene.zone)),)
        for row in rows
        if isinstance(day := row.group[0].id, date)
        and any(one.value for one in row.values.values())
    }
    return standing(
        ACTIVITY, Fraction(1), scene.people[number], days, scene.today, start, scene.zone,
        scene.calendar,
    )  # fmt: skip


def _record(number: str, at: datetime) -> Record:
    """A day with activity, as the streak counts it."""
    return Record(at.isoformat(), number, ACTIVITY.metric, at, at)


def level_of_person(person_id: int) -> Level:
    """The level by all points that the person ever got for good. One query."""
    found = wallet(person_id).balances
    return level_of(sum(found.get(account, 0) for account in KEPT))


@dataclass(frozen=True, slots=True)
class Ahead:
    """A badge that the person does not have for the present period, and the way made so far."""

    badge: Badge
    rule: BadgeRule
    progress: Progress


def ahead_of(person_id: int, as_of: datetime, badges: Sequence[BadgeRule]) -> list[Ahead]:
    """What the person can still earn in the present period, nearest first. One or two queries for
    each badge; `badges` are the latest rules."""
    scene = scene_of(as_of, [person_id])
    number = scene.numbers.get(person_id)
    if number is None:
        return []
    has = _has_now(person_id, scene)
    found = []
    for version in badges:
        rule = parse_badge(version.document)
        if isinstance(rule, Given):
            continue
        period = period_of(rule.per, scene.today)
        if (version.badge_id, period.start) in has:
            continue
        if version.badge.team_id and number not in in_team(scene, version.badge.team_id):
            continue
        ground = ground_of(rule, scene, version.badge.team_id, [period], as_of)
        way = progress(rule, ground, period, number)
        if way is not None:
            found.append(Ahead(version.badge, version, way))
    return sorted(found, key=lambda one: (-one.progress.part, one.badge.key))


def _has_now(person_id: int, scene: Scene) -> set[tuple[int, date]]:
    """Badge and first day of what the person has for a period that is not over."""
    rows = BadgeAward.objects.filter(person_id=person_id, valid_to__gt=scene.today)
    return {(row.badge_id, row.valid_from) for row in with_state(rows) if not is_taken_back(row)}
