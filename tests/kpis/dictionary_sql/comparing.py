"""Ask the engine and the SQL the same, and tell every difference."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from django.db import connection

from kernel.money import digits_of
from kernel.periods import Period
from kpis.calc.figures import Figure
from kpis.queries import catalogue, many_kpi_values
from people.queries import company
from tests.kpis.dictionary_sql.objectives import write_objectives
from tests.kpis.dictionary_sql.questions import QUESTIONS, Ratio, Sum
from tests.kpis.dictionary_sql.relations import COLUMNS, RELATIONS, lay_out

ZERO = Fraction(0)
Parts = tuple[Fraction, Fraction]
Answers = dict[tuple[str, str], Parts]
"""(numerator, denominator) by KPI and group; the group is empty where a record has none."""


@dataclass
class Differences:
    """What was compared and what was not the same."""

    wrong: list[object]
    said: Counter[str]
    """How often each KPI had a value that is not 0."""
    compared: int = 0

    def add(self, other: "Differences") -> None:
        """What was compared besides."""
        self.wrong += other.wrong
        self.said += other.said
        self.compared += other.compared


def lay_out_all(*, known_at: datetime | None = None) -> None:
    """The tables of the SQL for the company as it is, objectives included."""
    here = company()
    lay_out(tz=here.timezone, currency=here.currency, known_at=known_at)
    write_objectives(_own_values)


def _own_values(kpi_key: str, period: Period) -> Mapping[int, Fraction | None]:
    found = by_sql("person", period, [kpi_key])
    return {int(group): value_of(kpi_key, parts) for (_, group), parts in found.items() if group}


def by_sql(by: str, period: Period, keys: Iterable[str] = QUESTIONS) -> Answers:
    """What the SQL answers, for the groups of which it knows something."""
    asked = " UNION ALL ".join(_one(key) for key in keys)
    statement = f"WITH {RELATIONS.format(g=COLUMNS[by])} {asked}"
    values: dict[str, date | int | str] = {
        "first": period.start,
        "next": period.end,
        "days": period.days,
        "cent": f"1e-{_digits()}",
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return {
            (key, group or ""): (Fraction(top or 0), Fraction(bottom or 0))
            for key, group, top, bottom in cursor.fetchall()
        }


def _digits() -> int:
    return digits_of(company().currency)


def _one(key: str) -> str:
    question = QUESTIONS[key]
    bottom = "1" if isinstance(question, Sum) else "q.bottom"
    names = "g, top" if isinstance(question, Sum) else "g, top, bottom"
    return (
        f"SELECT '{key}', q.g, q.top::numeric, {bottom}::numeric"  # noqa: S608 - fixed texts
        f" FROM ({question.sql}) q({names})"
    )


def value_of(key: str, parts: Parts) -> Fraction | None:
    """The value of a KPI that has these parts."""
    question, (top, bottom) = QUESTIONS[key], parts
    if not bottom:
        return None
    return top / bottom * (question.factor if isinstance(question, Ratio) else 1)


def nothing(key: str) -> Parts:
    """What a group has of which the SQL knows nothing."""
    return (ZERO, Fraction(1)) if isinstance(QUESTIONS[key], Sum) else (ZERO, ZERO)


def compare(
    periods: Sequence[Period],
    dimensions: Collection[str],
    *,
    known_at: datetime | None = None,
    keys: Sequence[str] = tuple(QUESTIONS),
) -> Differences:
    """Every KPI in every group of each dimension and period: value and, where promised, parts."""
    found = Differences([], Counter())
    for period in periods:
        for by in dimensions:
            _compare_groups(found, period, by, known_at, keys)
    return found


def _compare_groups(
    found: Differences, period: Period, by: str, known_at: datetime | None, keys: Sequence[str]
) -> None:
    expected = by_sql(by, period, keys)
    rows = many_kpi_values(keys, by=by, period=period, as_known_at=known_at)
    groups = set()
    for row in rows:
        group = str(row.group[0].id) if row.group and row.group[0].id is not None else ""
        groups.add(group)
        for key in keys:
            parts = expected.get((key, group), nothing(key))
            figure, value = row.figures[key], value_of(key, parts)
            found.compared += 1
            found.said[key] += bool(value)
            if figure.value != value or not _same_parts(key, figure, parts):
                found.wrong.append((key, by, group, period.name, figure, value, parts))
    # what only the SQL knows
    found.wrong += [
        (key, by, group, period.name, "not answered", parts)
        for (key, group), parts in expected.items()
        if group not in groups and any(parts)
    ]


def _same_parts(key: str, figure: Figure, parts: Parts) -> bool:
    question = QUESTIONS[key]
    if figure.value is None or (isinstance(question, Ratio) and not question.parts):
        return True
    factor = question.factor if isinstance(question, Ratio) else 1
    return (figure.numerator, figure.denominator) == parts and figure.factor == factor


def not_fed(found: Differences) -> set[str]:
    """The KPIs that had nothing but zeros and no values."""
    return {key for key in QUESTIONS if not found.said[key]}


def dictionary_keys(period: Period) -> set[str]:
    """Every KPI that the product has."""
    return set(catalogue(period.last).kpis)
