"""Short ways to write rules, records and people in the tests of the engine."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

from challenges.calc import (
    Membership,
    Person,
    Record,
    Roster,
    Rules,
    Span,
    Standings,
    parse_rules,
)
from challenges.calc import standings as standings_of
from kernel.numbers import as_text

HEAD = """
key: november
timezone: Europe/Paris
window: {start: 2026-11-01, end: 2026-12-01}
"""
AFTER_ALL = datetime(2026, 12, 20, tzinfo=UTC)


def rules_of(text: str, head: str = HEAD) -> Rules:
    return parse_rules(head + text)


def at(text: str) -> datetime:
    """A moment in UTC from "11-03 10:00" of 2026."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def record(
    id_: str,
    person: str,
    occurred: str,
    value: int | Fraction = 1,
    metric: str = "revenue",
    *,
    known: str | None = None,
    supersedes: str | None = None,
    date_only: bool = False,
) -> Record:
    occurred_at = at(occurred)
    recorded_at = at(known) if known else occurred_at
    return Record(
        id_,
        person,
        metric,
        occurred_at,
        recorded_at,
        Fraction(value),
        date_only=date_only,
        supersedes=supersedes,
    )


def people(*names: str) -> Roster:
    return Roster(tuple(Person(name, name.title()) for name in names))


def member(name: str, team: str, fte: str = "1") -> Person:
    return Person(name, name.title(), (Membership(team, Fraction(fte)),))


def span(start: str | None, end: str | None) -> Span:
    return Span(
        date.fromisoformat(f"2026-{start}") if start else None,
        date.fromisoformat(f"2026-{end}") if end else None,
    )


def result(
    rules: Rules, records: Iterable[Any], roster: Roster, as_of: datetime = AFTER_ALL
) -> Standings:
    return standings_of(rules, records, roster, rules.calendar, as_of)


def board(standings: Standings) -> list[tuple[int | None, str, str | None]]:
    """Rank, entrant and score of every row."""
    return [
        (row.rank, row.entrant, None if row.score is None else as_text(row.score))
        for row in standings.rows
    ]


def won(standings: Standings) -> list[tuple[str, int, int]]:
    """Entrant, number of the prize, amount."""
    return [(award.entrant, award.prize, award.amount) for award in standings.awards]
