"""Standings of a large challenge by the pure function, beside one SQL grouping with ranks."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from bench.data import rows_of
from bench.figures import Figure, Scale, median, ratio, repeated
from challenges.calc import Person, Record, Roster, parse_rules, standings

ENTRANTS, RECORDS = 1_000, 100_000
_START = datetime(2026, 11, 1, tzinfo=UTC)
_DAY = 24 * 3600
_RULES = """
key: bench
timezone: Europe/Paris
window: {start: 2026-11-01, end: 2026-12-01}
format: most
score: {metric: revenue}
winners: 3
"""
_RANKS = (
    "SELECT count(*), max(place) FROM (SELECT person, total,"
    " rank() OVER (ORDER BY total DESC) AS place FROM (SELECT person, sum(value) AS total"
    " FROM bench_records WHERE occurred_at >= '2026-11-01' AND occurred_at < '2026-12-01'"
    " GROUP BY person) totals) ranked"
)


def run(scale: Scale) -> Iterator[Figure]:
    """1,000 entrants with 100,000 records of one month."""
    records = _records(scale.of(RECORDS), scale.of(ENTRANTS))
    people = tuple(Person(f"p{n}", f"Person {n}") for n in range(scale.of(ENTRANTS)))
    rules, roster = parse_rules(_RULES), Roster(people)
    at = _START + timedelta(days=29)
    _store(records)
    shape = f"{len(people):,} entrants, {len(records):,} records"
    pure = repeated(scale.times(5), lambda: standings(rules, records, roster, rules.calendar, at))
    plain = repeated(scale.times(5), lambda: rows_of(_RANKS))
    yield Figure("standings, pure function", median(pure), "ms", shape, tuple(pure))
    yield Figure("the same ranks by one SQL statement", median(plain), "ms", "", tuple(plain))
    yield ratio("pure function against SQL", median(pure), median(plain))
    yield Figure("records scored", len(records) / median(pure) * 1000, "rows/s")


def _records(count: int, entrants: int) -> list[Record]:
    return [
        Record(
            id=f"r{n}",
            person=f"p{n * 7919 % entrants}",
            metric="revenue",
            occurred_at=(moment := _START + timedelta(seconds=n * 48_271 % (28 * _DAY))),
            recorded_at=moment + timedelta(minutes=5),
            value=Fraction(100 + n * 31 % 9_000),
        )
        for n in range(count)
    ]


def _store(records: list[Record]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS bench_records"
            " (person text, occurred_at timestamptz, value numeric)"
        )
        with cursor.copy("COPY bench_records FROM STDIN") as copy:
            for one in records:
                copy.write_row((one.person, one.occurred_at, one.value.numerator))
        cursor.execute("ANALYZE bench_records")
