"""What evaluators have scored, for pay plans that pay qualitative objectives by their key."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from kernel.numbers import as_text
from kernel.periods import Period
from kpis.calc.marks import mark_of
from kpis.models import Evaluation, Objective

Status = Objective.Status


@dataclass(frozen=True, slots=True)
class AgreedGoal:
    """A qualitative objective in force, on those of its days that are asked for.

    `objective_ids` are the objective and those that it amends with the same criteria, whose visits
    go on counting; `weights` are those of the criteria, as exact text.
    """

    person_id: int
    key: str
    days: Period
    objective_ids: tuple[int, ...]
    weights: tuple[str, ...]

    def content(self) -> list[object]:
        """As plain data, without the person."""
        start, end = self.days.start.isoformat(), self.days.end.isoformat()
        return [self.key, start, end, list(self.objective_ids), list(self.weights)]

    @classmethod
    def of_content(cls, person_id: int, content: Sequence[Any]) -> "AgreedGoal":
        """The goal that `content` was made of."""
        key, start, end, ids, weights = content
        days = Period(date.fromisoformat(start), date.fromisoformat(end))
        return cls(person_id, key, days, tuple(ids), tuple(weights))


@dataclass(frozen=True, slots=True)
class Visit:
    """The scores of one visit: `by_id` is the evaluator. What was seen stays with the objective."""

    id: int
    objective_id: int
    by_id: int
    on: date
    scores: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark from 0 to 1, with the visits that it comes from, by day."""

    value: Fraction
    visits: tuple[Visit, ...]


def goals_in(days: Period, person_ids: Collection[int]) -> list[AgreedGoal]:
    """The qualitative objectives with a key that are in force on some of the days, by date.

    One query, and one more for each step back of objectives that amend another one.
    """
    rows = list(
        Objective.objects.filter(
            status=Status.ACCEPTED, person_id__in=person_ids, kpi__isnull=True,
            valid_from__lt=days.end, valid_to__gt=days.start,
        ).exclude(goal_key="").order_by("person_id", "goal_key", "valid_from", "id")
    )  # fmt: skip
    chains = same_criteria(rows)
    found = []
    for row in rows:
        held = days.overlap(Period(row.valid_from, row.valid_to))
        if row.person_id is not None and held is not None:
            weights = tuple(as_text(Fraction(one["weight"])) for one in row.criteria)
            found.append(AgreedGoal(row.person_id, row.goal_key, held, chains[row.pk], weights))
    return found


def goal_titles(person_id: int, keys: Collection[str], days: Period) -> dict[str, str]:
    """What the person's qualitative objectives in force are called, by key. One query."""
    rows = Objective.objects.filter(
        status=Status.ACCEPTED, person_id=person_id, kpi__isnull=True, goal_key__in=keys,
        valid_from__lt=days.end, valid_to__gt=days.start,
    )  # fmt: skip
    return dict(rows.order_by("valid_from", "id").values_list("goal_key", "title"))


def same_criteria(rows: Iterable[Objective]) -> dict[int, tuple[int, ...]]:
    """By objective: itself and those that it amends, as long as the criteria stay the same.

    A query for each step back; none where nothing is amended.
    """
    found: dict[int, tuple[int, ...]] = {row.pk: (row.pk,) for row in rows}
    last = {row.pk: row for row in rows}
    while wanted := {row.replaces_id for row in last.values() if row.replaces_id is not None}:
        before = Objective.objects.in_bulk(wanted)
        stepped: dict[int, Objective] = {}
        for pk, row in last.items():
            older = before.get(row.replaces_id or 0)
            if older is not None and older.criteria == row.criteria:
                found[pk] += (older.pk,)
                stepped[pk] = older
        last = stepped
    return found


def visits_known(goals: Iterable[AgreedGoal], as_known_at: datetime | None) -> list[Visit]:
    """The visits of these goals that were kept by a moment (None: by now), by day.

    A visit that is scored under a later amendment with the same criteria counts for the objective
    that was amended: who froze the goals before does not lose it. Two queries, and one for each
    such amendment in a row; none without goals.
    """
    counts_for = _with_amendments({one for goal in goals for one in goal.objective_ids})
    if not counts_for:
        return []
    rows = Evaluation.objects.filter(objective__in=counts_for)
    if as_known_at is not None:
        rows = rows.filter(at__lte=as_known_at)
    return [
        Visit(pk, counts_for[objective_id], by_id, on, tuple(scores))
        for pk, objective_id, by_id, on, scores in rows.order_by("visited_on", "id").values_list(
            "id", "objective_id", "by__person_id", "visited_on", "scores"
        )
    ]


def _with_amendments(objective_ids: Collection[int]) -> dict[int, int]:
    """These objectives, and by which of them those go that amend them with the same criteria."""
    found = {one: one for one in objective_ids}
    level = set(found)
    while level:
        rows = Objective.objects.filter(replaces__in=level).exclude(pk__in=found)
        columns = ("pk", "replaces_id", "criteria", "replaces__criteria")
        same = {pk: held for pk, held, new, old in rows.values_list(*columns) if new == old}
        found |= {pk: found[held] for pk, held in same.items()}
        level = set(same)
    return found


def mark_in(goals: Iterable[AgreedGoal], visits: Iterable[Visit]) -> Mark | None:
    """The mark of goals of one key, of the visits on their days.

    Where several follow each other, each counts by its days. None where one of them has no visit:
    what nobody has scored is not guessed.
    """
    total, days, read = Fraction(0), 0, []
    for goal in goals:
        mine = [
            one for one in visits
            if one.objective_id in goal.objective_ids and goal.days.contains(one.on)
        ]  # fmt: skip
        mark = mark_of([Fraction(one) for one in goal.weights], [one.scores for one in mine])
        if mark is None:
            return None
        total += mark / 100 * goal.days.days
        days += goal.days.days
        read += mine
    return Mark(total / days, tuple(read)) if days else None


def people_with_new_evaluations(days: Period, since: datetime, until: datetime) -> frozenset[int]:
    """Of whom a visit on one of these days was scored after `since` and by `until`. One query."""
    rows = Evaluation.objects.filter(
        visited_on__gte=days.start, visited_on__lt=days.end, at__gt=since, at__lte=until
    )
    ids = rows.values_list("objective__person_id", flat=True).distinct()
    return frozenset(one for one in ids if one is not None)
