"""A rehearsal on the company's own log: the same rules, the people and objectives of then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from challenges.calc import Rules
from challenges.calc.field import window_days
from challenges.calc.rehearsal import Fairness, Game, Rehearsal, fairness, rehearse
from challenges.calc.replays import replays
from challenges.gathering import documents
from challenges.gathering.inputs import (
    Audience,
    entries_of,
    inputs_of,
    latest_rules,
    numbers_of,
    places_of,
    roster_of,
)
from challenges.models import Challenge
from kpis.queries.catalogue import catalogue

MONTHS = (3, 6, 12)
"""How far back the page offers to look."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A rehearsal with the moment of knowledge."""

    rehearsal: Rehearsal
    as_of: datetime


def rehearse_document(
    document: Mapping[str, object], audience: Audience, *, months: int, as_of: datetime
) -> Rehearsed:
    """Replay the rules on the last months; own targets are the objectives of each window.

    About ten queries for each replay. `Invalid` as in `calc.replays`.
    """
    games = [_game(rules, audience) for rules in replays(document, months=months, as_of=as_of)]
    return Rehearsed(rehearse(games, as_of), as_of)


def rehearse_challenge(challenge: Challenge, *, months: int, as_of: datetime) -> Rehearsed:
    """The same for the rules of a challenge, with its teams and roles."""
    audience = Audience(
        tuple(challenge.teams.values_list("pk", flat=True)), tuple(challenge.role_keys)
    )
    plain = documents.read(latest_rules(challenge).document)
    return rehearse_document(plain, audience, months=months, as_of=as_of)


def fairness_of(challenge: Challenge) -> Fairness:
    """How open the challenge is, as it was scored last."""
    at = challenge.scored_at or challenge.starts_at
    inputs = inputs_of(challenge, at)
    return fairness(Game(inputs.rules, inputs.entries, inputs.roster), at)


def _game(rules: Rules, audience: Audience) -> Game:
    period = window_days(rules)
    known = catalogue(period.start)
    places = places_of(audience, rules, period)
    entries = tuple(entries_of(rules, numbers_of(places), known))
    return Game(rules, entries, roster_of(rules, period, places, known, {}))
