"""Entries that follow from records: made once, taken back and given back with them.

Everything here may be called at any time, by any number of workers, late or twice: what is there
is compared with what should be, under one lock, and only the difference is written.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q, QuerySet

from challenges.badges.queries import is_taken_back, source_of, with_state
from challenges.calc.personal_bests import best_months
from challenges.duels.queries import house_rules
from challenges.models import BadgeMove, EventKind, FeedEvent, JerseyHolder, Result, Standing
from challenges.services.locking import database_clock
from challenges.visibility import SIGNED, waits_for_reveal
from common import live
from common.locks import transaction_lock
from kernel.money import digits_of
from kernel.periods import Period, Window
from kpis.queries import ScoredRecord, catalogue, metric_values, scored_records
from people import queries as people
from people.models import Person

REVENUE = "revenue"
BEST_OF = ("revenue", "meetings_held")
"""The metrics whose best months are told."""
YEARS_BACK = 2
"""A best month is one of so many years, this one's included; the sentence says so."""
MONTHS_WATCHED = 3
"""So many months before this one are looked at again, each against its own years."""
NEW_FOR = timedelta(days=2)
"""A large deal that happened earlier is no news any more."""
SWEEP_SECONDS = 3600
WATCHED_FOR = timedelta(days=35)
"""So long a deal, badge or result behind an entry is looked at again."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An entry that should be there."""

    key: str
    happened_at: datetime
    person_id: int | None = None
    team_id: int | None = None
    challenge_id: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    """When it is said to have become known; the moment of deriving, if not given."""


def derive_all(*, at: datetime | None = None) -> int:
    """Everything that a lost message left; how many entries changed. What needs many records is
    looked at once an hour, or more often where the cache is lost: that changes nothing."""
    moment = at or database_clock()
    changed = sum(
        step(at=moment) for step in (derive_results, derive_deals, derive_badges, derive_jerseys)
    )
    if cache.add("challenges:feed-sweep", 1, timeout=SWEEP_SECONDS):
        changed += derive_deals(at=moment, watched=WATCHED_FOR) + derive_records(at=moment)
    return changed


def derive_news(*, person_ids: Collection[int], at: datetime | None = None) -> int:
    """What follows from new records of these people; how many entries changed."""
    moment = at or database_clock()
    return derive_deals(at=moment) + derive_records(person_ids=person_ids, at=moment)


# --- results ----------------------------------------------------------------------------------


@transaction.atomic
def derive_results(*, at: datetime) -> int:
    """One entry for each signed result that everybody may know; an amended one replaces it."""
    _lock()
    lately = (at - WATCHED_FOR, at)
    # a ceremony may come long after the signature
    news = Q(at__range=lately) | Q(challenge__revealed_at__range=lately)
    moved = Result.objects.filter(news).values("challenge_id")
    told = Result.objects.filter(challenge_id__in=moved, challenge__state__in=SIGNED, at__lte=at)
    latest: dict[int, Result] = {}
    for row in told.select_related("challenge").order_by("challenge_id", "number"):
        latest[row.challenge_id] = row
    shown = [row for row in latest.values() if not waits_for_reveal(row.challenge)]
    known = FeedEvent.objects.filter(kind=EventKind.RESULT, challenge_id__in=list(latest))
    return _bring_up(EventKind.RESULT, _results(shown), known, at)


def _results(rows: Sequence[Result]) -> list[Wanted]:
    ids = [row.challenge_id for row in rows]
    of_teams = Standing.objects.filter(challenge_id__in=ids, team__isnull=False)
    team_games = set(of_teams.values_list("challenge_id", flat=True))
    numbers = {one for row in rows for one in _winners(row)}
    people_of = dict(Person.objects.filter(number__in=numbers).values_list("number", "pk"))
    teams_of = {team.key: team.id for team in people.team_tree()}
    return [
        _result(row, "team", teams_of)
        if row.challenge_id in team_games
        else _result(row, "person", people_of)
        for row in rows
    ]


def _result(row: Result, kind: str, ids: Mapping[str, int]) -> Wanted:
    winners = [ids[one] for one in _winners(row) if one in ids]
    return Wanted(
        key=f"result:{row.challenge_id}:{row.number}",
        happened_at=row.at,
        challenge_id=row.challenge_id,
        detail={"winners": winners, "of": kind, "amended": row.number > 1},
        at=max(row.at, row.challenge.revealed_at or row.at),
    )


def _winners(row: Result) -> list[str]:
    standings = row.document.get("standings", ())
    return [str(one["entrant"]) for one in standings if one["winner"]]


# --- large deals ------------------------------------------------------------------------------


@transaction.atomic
def derive_deals(*, at: datetime, watched: timedelta = NEW_FOR) -> int:
    """A won deal from the amount on that the company states. One that stands in the feed already
    is held to the amount of then; when it is cancelled, or corrected below, it is taken back."""
    _lock()
    known = FeedEvent.objects.filter(kind=EventKind.DEAL, happened_at__gte=at - watched)
    known = known.filter(happened_at__lt=at)
    stated = house_rules().celebrate_from_minor
    if stated is None and not known.exists():
        return 0
    unit = 10 ** digits_of(people.company().currency)
    bound = None if stated is None else Fraction(stated, unit)
    bounds = {one.key: Fraction(one.detail["from"]) for one in known}
    deals = _deals(Window(at - watched, at))
    wanted = [one for key, parts in deals.items() if (one := _deal(key, parts, bounds, bound, at))]
    return _bring_up(EventKind.DEAL, _placed(wanted, at), known, at)


def _deals(window: Window) -> dict[str, list[ScoredRecord]]:
    if REVENUE not in catalogue(window.start.date()).metrics:
        return {}
    found: dict[str, list[ScoredRecord]] = {}
    for one in scored_records(REVENUE, window):
        found.setdefault(f"deal:{one.source}:{one.external_id}", []).append(one)
    return found


def _deal(
    key: str,
    parts: Sequence[ScoredRecord],
    bounds: dict[str, Fraction],
    stated: Fraction | None,
    at: datetime,
) -> Wanted | None:
    bound, amount = bounds.get(key, stated), sum((one.value for one in parts), Fraction(0))
    is_new = key not in bounds
    if bound is None or amount < bound or (is_new and parts[0].occurred_at < at - NEW_FOR):
        return None
    first = max(parts, key=lambda one: (one.value, -one.person_id))
    detail = {"from": str(bound), "shared": len(parts) > 1}
    return Wanted(key, first.occurred_at, person_id=first.person_id, detail=detail)


# --- personal records -------------------------------------------------------------------------


@transaction.atomic
def derive_records(*, person_ids: Collection[int] | None = None, at: datetime | None = None) -> int:
    """Best months of two years, of these people or of all: this month's and the last one's are
    told, a few earlier ones only looked at again; what is older than these stays as it is."""
    _lock()
    moment = at or database_clock()
    today = people.today(moment)
    month = Period.month(today)
    judged = _months_until(month)
    since = datetime.combine(judged[-1], time(), people.company().tz)
    known = FeedEvent.objects.filter(kind=EventKind.RECORD, happened_at__range=(since, moment))
    if person_ids is not None:
        known = known.filter(person_id__in=person_ids)
    told = set(known.values_list("key", flat=True))
    fresh = {month.start, month.previous().start}
    wanted = [
        one
        for one in _best(Period(_years_before(judged[-1]), month.end), judged, person_ids)
        if one.key in told or date.fromisoformat(one.detail["month"]) in fresh
    ]
    return _bring_up(EventKind.RECORD, _placed(wanted, moment), known, moment)


def _months_until(month: Period) -> list[date]:
    """The first days of the months that are looked at, newest first."""
    found = [month]
    for _ in range(MONTHS_WATCHED):
        found.append(found[-1].previous())
    return [one.start for one in found]


def _best(
    period: Period, judged: Sequence[date], person_ids: Collection[int] | None
) -> list[Wanted]:
    metrics = [key for key in BEST_OF if key in catalogue(period.last).metrics]
    if not metrics:
        return []
    values: dict[tuple[int, str], dict[date, Fraction]] = {}
    for row in metric_values(metrics, by="person,month", period=period, person_ids=person_ids):
        person, month = row.group
        if person.id is None:
            continue
        for key in metrics:
            months = values.setdefault((int(str(person.id)), key), {})
            months[date.fromisoformat(f"{month.key}-01")] = row.values[key].value or Fraction(0)
    return [
        _record(person_id, key, month)
        for (person_id, key), months in values.items()
        for month in reversed(judged)
        if _is_best(month, months)
    ]


def _is_best(month: date, values: Mapping[date, Fraction]) -> bool:
    """Against its own years alone: whatever else was read, the answer stays the same."""
    first = _years_before(month)
    return month in best_months({day: one for day, one in values.items() if first <= day <= month})


def _record(person_id: int, metric: str, month: date) -> Wanted:
    happened = datetime.combine(month, time(), people.company().tz)
    detail = {"metric": metric, "month": month.isoformat()}
    return Wanted(f"record:{metric}:{person_id}:{month}", happened, person_id, detail=detail)


def _years_before(day: date) -> date:
    return day.replace(year=day.year - YEARS_BACK)


# --- badges and jerseys -----------------------------------------------------------------------


@transaction.atomic
def derive_badges(*, at: datetime) -> int:
    """Badges awarded lately, as long as they are not taken back; of earlier ones those that were
    taken back or given back lately."""
    _lock()
    lately = (at - WATCHED_FOR, at)
    moved = BadgeMove.objects.filter(at__range=lately).values("award_id")
    fresh = Q(awarded_at__range=lately) | Q(pk__in=moved, awarded_at__lte=at)
    rows = list(with_state().filter(fresh).select_related("badge").order_by("id"))
    wanted = [
        Wanted(
            source_of(row), row.awarded_at, row.person_id, at=row.awarded_at,
            detail={"fr": row.badge.name_fr, "en": row.badge.name_en, "art": row.badge.art},
        )
        for row in rows
        if not is_taken_back(row)
    ]  # fmt: skip
    behind = Q(happened_at__range=lately) | Q(key__in=[source_of(row) for row in rows])
    known = FeedEvent.objects.filter(behind, kind=EventKind.BADGE)
    return _bring_up(EventKind.BADGE, _placed(wanted, at), known, at)


@transaction.atomic
def derive_jerseys(*, at: datetime) -> int:
    """Jerseys of official months."""
    _lock()
    since = at - WATCHED_FOR
    rows = JerseyHolder.objects.filter(month__at__gte=since, month__at__lte=at)
    wanted = [
        Wanted(
            f"jersey:{row.month_id}:{row.kind}:{row.person_id}", row.month.at, row.person_id,
            row.month.team_id, at=row.month.at,
            detail={"jersey": row.kind, "month": row.month.valid_from.isoformat()},
        )
        for row in rows.select_related("month").order_by("id")
    ]  # fmt: skip
    known = FeedEvent.objects.filter(kind=EventKind.JERSEY, happened_at__range=(since, at))
    return _bring_up(EventKind.JERSEY, wanted, known, at)


# --- the difference ---------------------------------------------------------------------------


def _lock() -> None:
    transaction_lock("feed")


def _placed(wanted: Sequence[Wanted], at: datetime) -> list[Wanted]:
    """With the team of each person; who has no place has no readers, and no entry. One that was
    told already keeps its team: it stays when the person leaves."""
    ids = {one.person_id for one in wanted if one.person_id is not None}
    day = people.today(at)
    places = people.assignments_between(Period.day(day), ids)
    now: dict[int | None, int] = {row.person_id: row.team_id for row in places}
    told = FeedEvent.objects.filter(key__in=[one.key for one in wanted])
    then = {(one.key, one.person_id): one.team_id for one in told}
    found = [(one, then.get((one.key, one.person_id), now.get(one.person_id))) for one in wanted]
    return [replace(one, team_id=team) for one, team in found if team is not None]


def _bring_up(
    kind: EventKind, wanted: Iterable[Wanted], known: QuerySet[FeedEvent], at: datetime
) -> int:
    stored, asked = {one.key: one for one in known}, {one.key: one for one in wanted}
    # a record that was corrected to another day has its entry where nobody looked just now
    elsewhere = FeedEvent.objects.filter(key__in=asked.keys() - stored.keys())
    found = stored | {one.key: one for one in elsewhere}
    new = [_event(kind, one, at) for key, one in asked.items() if key not in found]
    other = [one for key, one in found.items() if key in asked and _follow(one, asked[key])]
    back = [one.pk for key, one in found.items() if key in asked and one.taken_back_at]
    gone = [one.pk for key, one in stored.items() if key not in asked and not one.taken_back_at]
    FeedEvent.objects.bulk_create(new)
    FeedEvent.objects.bulk_update(other, ["person_id", "team_id", "detail"])
    FeedEvent.objects.filter(pk__in=back).update(taken_back_at=None)
    FeedEvent.objects.filter(pk__in=gone).update(taken_back_at=at)
    changed = len(new) + len({*back, *(one.pk for one in other)}) + len(gone)
    if changed:
        live.publish("feed")
    return changed


def _follow(told: FeedEvent, one: Wanted) -> bool:
    """Give an entry what the record behind it says now; whether that is anything new. The team is
    that of when it happened, so it follows a new owner only; a deal keeps the amount of then."""
    kept = {"from": told.detail["from"]} if "from" in told.detail else {}
    detail = {**one.detail, **kept}
    if (told.person_id, told.detail) == (one.person_id, detail):
        return False
    if told.person_id != one.person_id:
        told.team_id = one.team_id
    told.person_id, told.detail = one.person_id, detail
    return True


def _event(kind: EventKind, one: Wanted, at: datetime) -> FeedEvent:
    return FeedEvent(
        key=one.key, kind=kind, at=one.at or at, happened_at=one.happened_at,
        person_id=one.person_id, team_id=one.team_id, challenge_id=one.challenge_id,
        detail=one.detail,
    )  # fmt: skip
