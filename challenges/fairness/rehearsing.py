"""A rehearsal on the company's own log: the same rules, the people and objectives of then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from challenges.calc import Rules, parse_rules
from challenges.calc.field import window_days
from challenges.calc.rehearsal import Fairness, Game, Rehearsal, fairness, rehearse, summed_up
from challenges.calc.replays import replays
from challenges.fairness.keeping import feed_of, play_of
from challenges.gathering import documents
from challenges.gathering.feeds import feed_in_log
from challenges.gathering.inputs import entries_of, inputs_of, latest_rules
from challenges.gathering.rosters import Audience, numbers_of, places_of, roster_of
from challenges.models import Challenge, RehearsalRun
from kpis.queries import with_frozen
from kpis.queries.catalogue import catalogue

LOOK_BACK = 6
"""How many months, where nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A rehearsal with the moment of knowledge."""

    rehearsal: Rehearsal
    as_of: datetime


def rehearse_document(
    document: Mapping[str, object],
    audience: Audience,
    *,
    months: int,
    as_of: datetime,
    definitions: Mapping[str, Any] | None = None,
) -> Rehearsed:
    """Replay the rules on the last months; own targets are the objectives of each window.

    `definitions` are metrics that were frozen with a launch. About ten queries for each replay.
    `Invalid` as in `calc.replays`.
    """
    windows = replays(document, months=months, as_of=as_of)
    games = [game_of(rules, audience, definitions) for rules in windows]
    feed = feed_in_log(parse_rules(document), audience, as_of, definitions)
    return Rehearsed(rehearse(games, as_of, feed), as_of)


def rehearse_challenge(challenge: Challenge, *, months: int, as_of: datetime) -> Rehearsed:
    """The same for the rules of a challenge, with its teams and roles."""
    plain = documents.read(latest_rules(challenge).document)
    return rehearse_document(
        plain,
        audience_of(challenge),
        months=months,
        as_of=as_of,
        definitions=challenge.definitions,
    )


def audience_of(challenge: Challenge) -> Audience:
    """Who would play."""
    teams = tuple(challenge.teams.values_list("pk", flat=True))
    return Audience(teams, tuple(challenge.role_keys))


def rehearsal_of(run: RehearsalRun) -> Rehearsal:
    """What a worker has computed so far."""
    document = documents.read(run.document)
    windows = replays(document, months=run.months, as_of=run.as_of) if run.plays else ()
    plays = (play_of(rules, kept) for rules, kept in zip(windows, run.plays, strict=False))
    return summed_up(plays, feed_of(run.feed))


def fairness_of(challenge: Challenge) -> Fairness:
    """How open the challenge is, as it was scored last."""
    at = challenge.scored_at or challenge.starts_at
    inputs = inputs_of(challenge, at)
    return fairness(Game(inputs.rules, inputs.entries, inputs.roster), at)


def game_of(rules: Rules, audience: Audience, definitions: Mapping[str, Any] | None = None) -> Game:
    """One window with the people of then; metrics as they are, or as they were frozen."""
    period = window_days(rules)
    known = with_frozen(catalogue(period.start), definitions or {})
    places = places_of(audience, rules, period)
    entries = tuple(entries_of(rules, numbers_of(places), known))
    return Game(rules, entries, roster_of(rules, period, places, known, {}))
