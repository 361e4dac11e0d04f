"""The race over time, as numbers and then as points of a drawing. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from challenges.calc import Rules, Standing, Standings
from challenges.calc.field import window_days
from challenges.calc.moments import day_of
from kernel.numbers import as_text, round_to

# formats whose score is what its records add up to
ADDING = frozenset(
    {
        "most",
        "race",
        "over_the_line",
        "steps",
        "weighted_points",
        "collective_goal",
        "ranking_with_minimum",
        "ranking_with_pot",
        "proportional_share",
    }
)
WIDTH, HEIGHT = 600, 220


def is_drawn(rules: Rules) -> bool:
    """Whether the format has a course."""
    return rules.format.key in ADDING or rules.format.key == "percent_of_target"


def courses(result: Standings) -> dict[str, dict[str, str]]:
    """Entrant to day (ISO) to the exact score at its end; empty where scores do not add up."""
    if not is_drawn(result.rules):
        return {}
    return {row.entrant: _course(result, row) for row in result.rows}


def _course(result: Standings, row: Standing) -> dict[str, str]:
    scale = _scale(result, row)
    totals: dict[date, Fraction] = {}
    for effect in row.effects:
        day = day_of(effect.record.occurred_at, result.rules.zone)
        totals[day] = totals.get(day, Fraction(0)) + effect.amount * scale
    course, score = {}, Fraction(0)
    for day in sorted(totals):
        score += totals[day]
        course[day.isoformat()] = as_text(score)
    return course


def _scale(result: Standings, row: Standing) -> Fraction:
    if result.rules.format.key != "percent_of_target" or not row.denominator:
        return Fraction(1)
    return 100 / row.denominator


@dataclass(frozen=True, slots=True)
class Line:
    """One entrant's line: the points of its polyline, and where it ends."""

    key: str
    points: str
    end_x: str
    end_y: str


@dataclass(frozen=True, slots=True)
class Chart:
    """All lines on one scale, with the days at both ends and the highest score."""

    lines: tuple[Line, ...]
    first: date
    last: date
    top: Fraction
    target_y: str | None


def chart(
    window: tuple[date, date],
    drawn: Mapping[str, Mapping[str, str]],
    *,
    until: date,
    target: Fraction | None = None,
) -> Chart | None:
    """Steps from day to day up to `until`; None when there is nothing to draw."""
    first, end = window
    values = [Fraction(v) for course in drawn.values() for v in course.values()]
    top = max([*values, target or Fraction(0)], default=Fraction(0))
    if top <= 0:
        return None
    days = (end - first).days
    last = min(max(until, first), end - timedelta(days=1))

    def x(day: date) -> str:
        return str(round_to(Fraction(WIDTH * ((day - first).days + 1), days), 1))

    def y(score: Fraction) -> str:
        return str(round_to(HEIGHT - HEIGHT * min(max(score, Fraction(0)), top) / top, 1))

    lines = tuple(_line(key, course, (first, last), x, y) for key, course in drawn.items())
    return Chart(lines, first, end - timedelta(days=1), top, y(target) if target else None)


def _line(
    key: str,
    course: Mapping[str, str],
    days: tuple[date, date],
    x: Callable[[date], str],
    y: Callable[[Fraction], str],
) -> Line:
    score = Fraction(0)
    points = [("0", y(score))]
    for day in _days(*days):
        score = Fraction(course.get(day.isoformat(), score))
        points.append((x(day), y(score)))
    return Line(key, " ".join(f"{a},{b}" for a, b in points), *points[-1])


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def window_of(rules: Rules) -> tuple[date, date]:
    """First day and the day after the last of the window."""
    period = window_days(rules)
    return period.start, period.end
