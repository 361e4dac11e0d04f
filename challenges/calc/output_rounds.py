"""What only some formats have in their output: rounds, and members ranked one by one."""

from fractions import Fraction

from challenges.calc.formats.rounds import RoundLine, RoundResult
from challenges.calc.individuals import Individual
from challenges.calc.moments import iso_in
from challenges.calc.standings import Standings
from kernel.numbers import as_text


def seasonal(result: Standings) -> dict[str, object]:
    """`rounds` and `individuals`, each only where the format has them."""
    found: dict[str, object] = {}
    if result.rounds is not None:
        found["rounds"] = [_round(one, result) for one in result.rounds]
    if result.individuals is not None:
        found["individuals"] = [_individual(one) for one in result.individuals]
    return found


def _individual(one: Individual) -> dict[str, object]:
    return {
        "rank": one.rank,
        "tied": one.tied,
        "person": one.person,
        "name": one.name,
        "teams": list(one.teams),
        "score": as_text(one.score),
    }


def _round(played: RoundResult, result: Standings) -> dict[str, object]:
    zone, span = result.rules.zone, played.span
    return {
        "number": span.number,
        "stage": played.stage,
        "start": iso_in(span.start, zone),
        "end": iso_in(span.end, zone),
        "decided_at": iso_in(span.decided_at, zone),
        "complete": result.as_of >= span.decided_at,
        "lines": [_round_line(line) for line in played.lines],
    }


def _round_line(line: RoundLine) -> dict[str, object]:
    return {
        "entrant": line.entrant,
        "value": _exact(line.value),
        "against": line.against,
        "outcome": line.outcome,
        "points": _exact(line.points),
        "total": _exact(line.total),
        "rank": line.rank,
        "group": line.group,
        "how": line.how,
    }


def _exact(value: Fraction | None) -> str | None:
    return None if value is None else as_text(value)
