"""Which objectives have ended, for whom, and whether they were met: by SQL and by hand."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from fractions import Fraction

from django.db import connection

from kernel.periods import Period

ENDED = """
SELECT o.person_id, k.key, o.valid_from, o.valid_to, o.target, k.better
FROM kpis_objective o JOIN kpis_kpi k ON k.id = o.kpi_id
WHERE o.status = 'accepted' AND o.person_id IS NOT NULL
UNION ALL
SELECT p.person_id, k.key, o.valid_from, o.valid_to, o.target, k.better
FROM kpis_objective o JOIN kpis_kpi k ON k.id = o.kpi_id
JOIN people_assignment p ON p.role_id = o.role_id AND p.valid_from < o.valid_to
    AND (p.valid_to >= o.valid_to OR p.valid_to IS NULL)
WHERE o.status = 'accepted' AND NOT EXISTS (
    SELECT 1 FROM kpis_objective own WHERE own.person_id = p.person_id AND own.kpi_id = o.kpi_id
    AND own.status = 'accepted' AND own.valid_from < o.valid_to AND own.valid_to > o.valid_from)
"""

Values = Callable[[str, Period], Mapping[int, Fraction | None]]


def write_objectives(values: Values) -> None:
    """Fill `sql_objective`; `values` tells the SQL's own figures of people."""
    with connection.cursor() as cursor:
        cursor.execute(ENDED)
        rows = [row for row in cursor.fetchall() if row[1] != "attainment_rate"]
        asked = {(key, Period(start, end)) for _, key, start, end, *_ in rows}
        figures = {one: values(*one) for one in asked}
        for person, key, start, end, target, better in rows:
            value = figures[key, Period(start, end)].get(person, _of_nothing(key))
            met = _is_met(value, Fraction(target), better)
            cursor.execute(
                "INSERT INTO sql_objective VALUES (%s, %s, %s)",
                (person, end - timedelta(days=1), int(met)),
            )


def _of_nothing(key: str) -> Fraction | None:
    from tests.kpis.dictionary_sql.questions import QUESTIONS, Sum

    return Fraction(0) if isinstance(QUESTIONS[key], Sum) else None


def _is_met(value: Fraction | None, target: Fraction, better: str) -> bool:
    """Reached: at least the target, or at most where less is better; 0 is reached by nobody."""
    if value is None:
        return False
    if better == "down":
        return 0 < value <= target
    return target > 0 and value >= target
