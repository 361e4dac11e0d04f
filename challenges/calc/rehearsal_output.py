"""A rehearsal as plain data: what `rehearse --json` prints."""

from collections.abc import Callable
from datetime import datetime

from challenges.calc.arrivals import Feed, is_too_slow
from challenges.calc.moments import iso_in
from challenges.calc.rehearsal import Play, Rehearsal
from challenges.calc.rules import Rules
from challenges.calc.verdict import Finding, verdict
from kernel.numbers import as_text

Say = Callable[[str], str]


def rehearsal_json(
    rules: Rules, rehearsal: Rehearsal, as_of: datetime, translate: Say = str
) -> dict[str, object]:
    """Everything; exact numbers as text, sentences in English unless `translate` knows them."""
    return {
        "challenge": rules.key,
        "format": rules.format.key,
        "rules_sha256": rules.sha256,
        "timezone": rules.zone.key,
        "as_of": iso_in(as_of, rules.zone),
        "replays": [_play(one) for one in rehearsal.plays],
        "counted_replays": len(rehearsal.told),
        "feed": None if rehearsal.feed is None else _feed(rules, rehearsal.feed),
        "regular_winners": [
            {"entrant": one.entrant, "name": one.name, "wins": one.wins, "of": one.of}
            for one in rehearsal.regulars
        ],
        "cost": [
            {
                "kind": cost.kind,
                "currency": cost.currency,
                "expected": as_text(cost.expected),
                "worst": cost.worst,
                "maximum_liability": cost.most,
            }
            for cost in rehearsal.costs
        ],
        "verdict": [_finding(one, translate) for one in verdict(rehearsal)],
    }


def _feed(rules: Rules, feed: Feed) -> dict[str, object]:
    return {
        "records": feed.records,
        "days": feed.days,
        "median_minutes": as_text(feed.median),
        "slow_minutes": as_text(feed.slow),
        "too_slow": is_too_slow(rules, feed),
    }


def _play(one: Play) -> dict[str, object]:
    rules = one.rules
    names = dict(one.names)
    return {
        "window": {
            "start": iso_in(rules.start, rules.zone),
            "end": iso_in(rules.end, rules.zone),
        },
        "half_at": iso_in(one.half_at, rules.zone),
        "entrants": one.entrants,
        "ranked": one.ranked,
        "records": one.records,
        "winners": [
            {
                "entrant": winner.entrant,
                "name": winner.name,
                "rank": winner.rank,
                "score": None if winner.score is None else as_text(winner.score),
            }
            for winner in one.winners
        ],
        "chances_at_half": one.chances,
        "tied": list(one.tied),
        "still_in": one.still_in,
        "largest_record": None
        if one.largest is None
        else {
            "record": one.largest.record,
            "entrant": one.largest.entrant,
            "name": names[one.largest.entrant],
            "effect": as_text(one.largest.amount),
            "winners_without": list(one.largest.winners),
            "changes_winners": one.largest.changes,
        },
        "awards": [
            {
                "entrant": award.entrant,
                "prize": award.prize,
                "kind": award.kind.value,
                "amount": award.amount,
                "currency": award.currency,
            }
            for award in one.awards
        ],
    }


def _finding(one: Finding, translate: Say) -> dict[str, object]:
    advice = None if one.advice is None else one.advice.as_json(translate)
    return {**one.says.as_json(translate), "advice": advice}
