"""Awards what is deserved, takes back what is not any more, gives back what is again.

What is deserved is computed from the log each time and compared with what is awarded, under a lock
of the badge. So a message that comes twice, late, or never changes nothing, and neither do two
workers or a lost queue.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from django.db import transaction
from django.db.models import Max

from challenges.badges.explaining import as_json, detail_of, why_gone
from challenges.badges.gathering import Scene, ground_of, scene_of
from challenges.badges.queries import is_taken_back, source_of, with_state
from challenges.calc.badges.deserving import Deserved, Ground, deserved
from challenges.calc.badges.periods import official_at, period_of, periods_from
from challenges.calc.badges.rules import Combination, First, Given, Rule, parse_badge
from challenges.models import Badge, BadgeAward, BadgeMove, BadgeRule, BadgeToPost
from challenges.services.locking import database_clock
from common import audit, live
from common.locks import transaction_lock
from kernel.periods import Period

HEADS = 500
"""So many people are looked at together: their records are in memory at the same time."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a look changed, as names of awards ("badge:key:person:period")."""

    awarded: tuple[str, ...] = ()
    taken_back: tuple[str, ...] = ()
    given_back: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.awarded or self.taken_back or self.given_back)

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(
            self.awarded + other.awarded,
            self.taken_back + other.taken_back,
            self.given_back + other.given_back,
        )

    def as_json(self) -> dict[str, list[str]]:
        """Plain data for a command."""
        return {
            "awarded": list(self.awarded),
            "taken_back": list(self.taken_back),
            "given_back": list(self.given_back),
        }


@dataclass(frozen=True, slots=True)
class _Look:
    """One badge under its lock: its rules, who is judged, since when and as known when."""

    badge: Badge
    rules: Sequence[BadgeRule]
    scene: Scene
    as_of: datetime
    start: Period

    @property
    def rule(self) -> Rule:
        """The latest one; all versions have its form and its kind of period."""
        return parse_badge(self.rules[-1].document)


@transaction.atomic
def award_badge(
    *,
    badge_id: int,
    at: datetime | None = None,
    person_ids: Collection[int] | None = None,
    scene: Scene | None = None,
) -> Outcome:
    """Compare what is deserved at `at` (default: now) with what is awarded, for everybody or for
    these people, and write the difference: one audit row if there is any.

    Only periods that are not official yet are looked at; a look at everybody makes those official
    whose moment has come, each as it was known at that moment. `at` before an earlier look means
    that look: what was known is not forgotten. `scene` spares reading the people again, when it
    was read for the same people and moment.
    """
    transaction_lock("badge", badge_id)
    badge = Badge.objects.get(pk=badge_id)
    rules = list(BadgeRule.objects.filter(badge=badge).order_by("number"))
    if badge.retired or isinstance(parse_badge(rules[-1].document), Given):
        return Outcome()
    as_of = max([at or database_clock(), *_earlier_looks(badge, person_ids)])
    if scene is None or as_of != at:
        scene = scene_of(as_of, person_ids)
    look = _look(badge, rules, scene, as_of)
    outcome = Outcome()
    for scene in _parts(look):
        outcome += _compare(replace(look, scene=scene))
    _remember(look, everybody=person_ids is None)
    if outcome:
        audit.record(actor=None, action="badge.award", subject=badge, after=outcome.as_json())
    return outcome


def _earlier_looks(badge: Badge, person_ids: Collection[int] | None) -> list[datetime]:
    """When everybody was looked at, and when something was written about these people (None:
    anybody)."""
    awards = BadgeAward.objects.filter(badge=badge)
    if person_ids is not None:
        awards = awards.filter(person_id__in=person_ids)
    awarded = awards.aggregate(at=Max("awarded_at"))
    moved = BadgeMove.objects.filter(award__in=awards).aggregate(at=Max("at"))
    return [at for at in (badge.looked_at, awarded["at"], moved["at"]) if at is not None]


def _look(badge: Badge, rules: Sequence[BadgeRule], scene: Scene, as_of: datetime) -> _Look:
    per = parse_badge(rules[-1].document).per
    return _Look(badge, rules, scene, as_of, period_of(per, badge.closed_to or scene.today))


def _parts(look: _Look) -> Iterator[Scene]:
    """The people in parts; all together where the rule compares them."""
    numbers = sorted(look.scene.people)
    together = isinstance(look.rule, First) and not look.rule.ever
    size = max(1, len(numbers)) if together else HEADS
    ids = look.scene.ids
    for first in range(0, len(numbers), size):
        chosen = numbers[first : first + size]
        yield replace(
            look.scene,
            people={number: look.scene.people[number] for number in chosen},
            numbers={ids[number]: number for number in chosen},
        )


def _compare(look: _Look) -> Outcome:
    should: dict[tuple[int, Period], tuple[Deserved, BadgeRule]] = {}
    grounds: list[tuple[BadgeRule, Ground]] = []
    ids = look.scene.ids
    for version, periods in _by_version(look):
        rule = parse_badge(version.document)
        ground = _ground(look, rule, periods)
        grounds.append((version, ground))
        for one in deserved(rule, ground, periods):
            should[ids[one.person], one.period] = (one, version)
    rows = BadgeAward.objects.filter(
        badge=look.badge, valid_from__gte=look.start.start, person_id__in=look.scene.numbers
    ).select_related("badge")
    held = {(row.person_id, Period(row.valid_from, row.valid_to)): row for row in with_state(rows)}
    fresh = [_award(look, *should[key], key[0]) for key in sorted(should.keys() - held.keys())]
    BadgeAward.objects.bulk_create(fresh)
    taken, given = _moves(look, should.keys(), held, dict(_by_id(grounds)))
    BadgeMove.objects.bulk_create([*taken, *given])
    tell_ledger([*fresh, *(one.award for one in (*taken, *given))])
    _tell({row.person_id for row in fresh} | {one.award.person_id for one in (*taken, *given)})
    return Outcome(
        tuple(source_of(row) for row in fresh),
        tuple(source_of(one.award) for one in taken),
        tuple(source_of(one.award) for one in given),
    )


def tell_ledger(awards: Iterable[BadgeAward]) -> None:
    """Awards that came to be or were moved: their points are to be posted."""
    BadgeToPost.objects.bulk_create([BadgeToPost(award=one) for one in awards if one.points])


def _by_id(grounds: Sequence[tuple[BadgeRule, Ground]]) -> Iterator[tuple[int, Ground]]:
    return ((version.pk, ground) for version, ground in grounds)


def _by_version(look: _Look) -> Iterator[tuple[BadgeRule, list[Period]]]:
    """The periods that are not official yet, with the rule that holds for each."""
    periods = periods_from(look.rule.per, look.start.start, look.scene.today)
    for version, group in groupby(periods, key=lambda one: version_for(look.rules, one)):
        yield version, list(group)


def version_for(rules: Sequence[BadgeRule], period: Period) -> BadgeRule:
    """The last version that holds from the period's first day or earlier, or else the first."""
    held = [one for one in rules[1:] if one.valid_from and one.valid_from <= period.start]
    return held[-1] if held else rules[0]


def _ground(look: _Look, rule: Rule, periods: Sequence[Period]) -> Ground:
    ground = ground_of(rule, look.scene, look.badge.team_id, periods, look.as_of)
    match rule:
        case First(_, True):
            before = BadgeAward.objects.filter(
                badge=look.badge, valid_from__lt=look.start.start, person_id__in=look.scene.numbers
            )
            kept = [row.person_id for row in with_state(before) if not is_taken_back(row)]
            return replace(ground, held=frozenset(look.scene.numbers[pk] for pk in kept))
        case Combination(keys):
            return replace(ground, others=_others(look, keys, periods))
    return ground


def _others(
    look: _Look, keys: Sequence[str], periods: Sequence[Period]
) -> dict[str, list[Deserved]]:
    """What these people have of the other badges, earned or given."""
    rows = BadgeAward.objects.filter(
        badge__key__in=keys, valid_to__gt=min(periods).start, person_id__in=look.scene.numbers
    ).select_related("badge")
    found: dict[str, list[Deserved]] = {}
    for row in with_state(rows):
        if not is_taken_back(row):
            period, number = Period(row.valid_from, row.valid_to), look.scene.numbers[row.person_id]
            one = Deserved(period, number, row.earned_at, "1")
            found.setdefault(row.badge.key, []).append(one)
    return found


def _award(look: _Look, one: Deserved, version: BadgeRule, person_id: int) -> BadgeAward:
    return BadgeAward(
        badge=look.badge,
        rule=version,
        person_id=person_id,
        valid_from=one.period.start,
        valid_to=one.period.end,
        points=version.points,
        earned_at=one.earned_at,
        awarded_at=look.as_of,
        detail=detail_of(one),
    )


def _moves(
    look: _Look,
    should: Collection[tuple[int, Period]],
    held: dict[tuple[int, Period], BadgeAward],
    grounds: dict[int, Ground],
) -> tuple[list[BadgeMove], list[BadgeMove]]:
    """What is taken back, and what is given back."""
    taken: list[BadgeMove] = []
    given: list[BadgeMove] = []
    numbers = _move_counts([row.pk for row in held.values()])
    for key, row in sorted(held.items()):
        is_gone = is_taken_back(row)
        if (key in should) != is_gone:
            continue
        move = BadgeMove(award=row, number=numbers.get(row.pk, 0) + 1, at=look.as_of)
        if is_gone:
            move.kind = BadgeMove.Kind.GIVEN_BACK
            given.append(move)
        else:
            version = version_for(look.rules, key[1])
            rule, number = parse_badge(version.document), look.scene.numbers[row.person_id]
            move.kind = BadgeMove.Kind.TAKEN_BACK
            move.reason = as_json(why_gone(row, rule, grounds[version.pk], number))
            taken.append(move)
    return taken, given


def _move_counts(award_ids: Collection[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    rows = BadgeMove.objects.filter(award_id__in=award_ids)
    for award_id, number in rows.values_list("award_id", "number"):
        found[award_id] = max(number, found.get(award_id, 0))
    return found


def _tell(person_ids: Collection[int]) -> None:
    for person_id in sorted(person_ids):
        live.publish(f"person:{person_id}")


def _remember(look: _Look, *, everybody: bool) -> None:
    """Where the badge begins; and, after a look at everybody, what is official from now on."""
    badge = look.badge
    badge.closed_to = look.start.start
    if everybody:
        badge.looked_at = look.as_of
        limit = _limit(look.rule)
        for period in periods_from(look.rule.per, look.start.start, look.scene.today):
            due = official_at(period, look.scene.zone, look.scene.calendar) <= look.as_of
            if not due or (limit is not None and period.end > limit):
                break
            badge.closed_to = period.end
    badge.save(update_fields=["closed_to", "looked_at"])


def _limit(rule: Rule) -> date | None:
    """A combination is official no sooner than the badges that it is made of."""
    if not isinstance(rule, Combination):
        return None
    parts = Badge.objects.filter(key__in=rule.keys, retired=False, closed_to__isnull=False)
    ends = [end for end in parts.values_list("closed_to", flat=True) if end is not None]
    return min(ends, default=None)
