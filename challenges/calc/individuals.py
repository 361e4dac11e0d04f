"""The members of competing teams, ranked one by one beside their teams."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from challenges.calc.field import Entrant
from challenges.calc.formats.base import Bar
from challenges.calc.rules import Rules


@dataclass(frozen=True, slots=True)
class Individual:
    """One person: what they brought to their teams in all; `rank` None is below the minimum."""

    person: str
    name: str
    teams: tuple[str, ...]
    rank: int | None
    tied: bool
    score: Fraction


def individuals(
    rules: Rules, entrants: Sequence[Entrant], bar: Bar
) -> tuple[Individual, ...] | None:
    """By rank, then by name; equal totals share the rank. None when the rules want no such list."""
    if not rules.format.individuals(rules.params):
        return None
    totals: dict[str, Fraction] = {}
    names: dict[str, str] = {}
    teams: dict[str, list[str]] = {}
    for entrant in entrants:
        for case in entrant.cases:
            id_ = case.person.id
            value = rules.format.score(rules.params, case).value or Fraction(0)
            totals[id_] = totals.get(id_, Fraction(0)) + value
            names[id_] = case.person.name or id_
            teams.setdefault(id_, []).append(entrant.id)
    ranked = sorted(
        (total for total in totals.values() if bar.reason_against(total) is None), reverse=True
    )
    found = [
        Individual(
            id_,
            names[id_],
            tuple(teams[id_]),
            ranked.index(total) + 1 if total in ranked else None,
            ranked.count(total) > 1,
            total,
        )
        for id_, total in totals.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.score, one.name, one.person)))
