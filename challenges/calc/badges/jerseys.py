"""The four jerseys of a team's month: more than one way of being good.

- Yellow, leads overall: the part of the own objective for the first KPI of the role's scorecard.
- Green, most activity points: each activity counts the points of `POINTS`.
- Polka-dot, most improved: the same KPI beside the own mean of the three months before, per own
  working day; a newcomer, who has no such three months, is compared with the median of the team.
- White, best newcomer: the yellow classification among those who joined within twelve months.

Equal figures share a jersey. Nobody wears one for nothing: the figure must be above zero. In a team
of one there is nothing to lead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from statistics import median

from kernel.periods import Period

POINTS: Mapping[str, int] = {
    "calls": 1,
    "emails": 1,
    "follow_ups": 1,
    "contacts_made": 2,
    "meetings_booked": 3,
    "meetings_held": 5,
    "demos": 5,
    "qualified_meetings": 8,
    "proposals_sent": 8,
    "opportunities_created": 8,
}
"""What one of each metric counts for the green jersey."""
MONTHS_BEFORE = 3
NEWCOMER_MONTHS = 12
SMALLEST_TEAM = 2


class Jersey(StrEnum):
    """The classifications, in the order in which they are shown."""

    YELLOW = "yellow"
    GREEN = "green"
    POLKA_DOT = "polka-dot"
    WHITE = "white"


@dataclass(frozen=True, slots=True)
class Rider:
    """What is known of one person for one month.

    `attained` is the part of the own objective that is met (None without an objective), `activity`
    the counts of the metrics of `POINTS`, `value` the KPI so far. `before` are the KPI's values in
    the three months before, oldest first; None where there is none. `days` are the own working days
    of the month so far, `days_before` those of each of the three months. A `is_sum` KPI grows with
    the days; a rate does not. `lower_wins` where less is better.
    """

    id: str
    joined_on: date
    attained: Fraction | None = None
    activity: Mapping[str, Fraction] | None = None
    value: Fraction | None = None
    before: tuple[Fraction | None, ...] = ()
    days: int = 0
    days_before: tuple[int, ...] = ()
    is_sum: bool = True
    lower_wins: bool = False
    role: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a classification: equal values have the same rank."""

    rank: int
    rider: str
    value: Fraction
    newcomer: bool = False


@dataclass(frozen=True, slots=True)
class Classification:
    """One jersey with all lines, best first; `holders` wear it."""

    kind: Jersey
    lines: tuple[Line, ...]

    @property
    def holders(self) -> tuple[str, ...]:
        """Whoever is first; several after a tie."""
        return tuple(line.rider for line in self.lines if line.rank == 1)


def jerseys(riders: Sequence[Rider], month: Period) -> tuple[Classification, ...]:
    """All four classifications, in the order of `Jersey`; empty ones where nobody qualifies."""
    if len(riders) < SMALLEST_TEAM:
        return tuple(Classification(kind, ()) for kind in Jersey)
    attained = {one.id: one.attained for one in riders if one.attained is not None}
    new = {one.id for one in riders if is_newcomer(one.joined_on, month)}
    improved = {one: value for one, (value, _) in improvements(riders, month).items()}
    by_median = frozenset(one for one, (_, own) in improvements(riders, month).items() if not own)
    return (
        Classification(Jersey.YELLOW, _ranked(attained)),
        Classification(Jersey.GREEN, _ranked({one.id: points_of(one) for one in riders})),
        Classification(Jersey.POLKA_DOT, _ranked(improved, by_median)),
        Classification(
            Jersey.WHITE, _ranked({one: value for one, value in attained.items() if one in new})
        ),
    )


def is_newcomer(joined_on: date, month: Period) -> bool:
    """Joined within the twelve months that end with this one, and has joined."""
    start = month
    for _ in range(NEWCOMER_MONTHS - 1):
        start = start.previous()
    return start.start <= joined_on < month.end


def points_of(rider: Rider) -> Fraction:
    """The activity points of the month."""
    counted = rider.activity or {}
    return sum(
        (points * counted.get(metric, Fraction(0)) for metric, points in POINTS.items()),
        Fraction(0),
    )


def improvements(riders: Sequence[Rider], month: Period) -> dict[str, tuple[Fraction, bool]]:
    """How much better than the baseline, as a part of it, and whether that is the own one; only
    of those for whom it can be told."""
    own = {one.id: pace for one in riders if (pace := own_pace(one, month)) is not None}
    found: dict[str, tuple[Fraction, bool]] = {}
    for rider in riders:
        pace = own.get(rider.id)
        if pace is None and is_settled(rider, month):
            continue  # no newcomer: there is nothing to be compared with
        baseline = pace if pace is not None else _median_of(rider, riders, own)
        now = _pace(rider.value, rider.days, is_sum=rider.is_sum)
        if baseline is None or baseline <= 0 or now is None:
            continue
        change = (now - baseline) / baseline
        found[rider.id] = (-change if rider.lower_wins else change, pace is not None)
    return found


def is_settled(rider: Rider, month: Period) -> bool:
    """Whether the person was there for all of the three months before."""
    start = month
    for _ in range(MONTHS_BEFORE):
        start = start.previous()
    return rider.joined_on <= start.start


def own_pace(rider: Rider, month: Period) -> Fraction | None:
    """The own mean of the three months: of a sum per own working day, of a rate per month. Months
    without an own working day are left out; None for a newcomer."""
    if not is_settled(rider, month):
        return None
    there = [
        (value, days)
        for value, days in zip(rider.before, rider.days_before, strict=True)
        if days and value is not None
    ]
    if not there:
        return None
    total = sum((value for value, _ in there), Fraction(0))
    return total / (sum(days for _, days in there) if rider.is_sum else len(there))


def _pace(value: Fraction | None, days: int, *, is_sum: bool) -> Fraction | None:
    if value is None or (is_sum and not days):
        return None
    return value / days if is_sum else value


def _median_of(
    rider: Rider, riders: Sequence[Rider], own: Mapping[str, Fraction]
) -> Fraction | None:
    """The middle of the own means of the team's people in the same role: another role has another
    KPI."""
    paces = [own[one.id] for one in riders if one.id in own and one.role == rider.role]
    return Fraction(median(paces)) if paces else None


def _ranked(
    values: Mapping[str, Fraction], by_median: frozenset[str] = frozenset()
) -> tuple[Line, ...]:
    """Competition ranks (1, 1, 3) of the figures above zero; equals stand by their number."""
    shown = sorted((-value, one) for one, value in values.items() if value > 0)
    lines: list[Line] = []
    for place, (_, one) in enumerate(shown, start=1):
        tied = lines and lines[-1].value == values[one]
        rank = lines[-1].rank if tied else place
        lines.append(Line(rank, one, values[one], one in by_median))
    return tuple(lines)
