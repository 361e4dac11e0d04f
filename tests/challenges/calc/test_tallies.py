"""A kept tally takes the place of the records: the same board, whoever was kept."""

import json
from collections.abc import Collection
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from challenges.calc import Entry, Record, Roster, Standings, Target, standings
from challenges.calc.formats import FORMATS
from challenges.calc.formats.base import Score
from challenges.calc.notes import note
from challenges.calc.roster import Membership
from challenges.calc.rules import Rules
from challenges.calc.tallies import KEEPING, Tally, grounds, players
from challenges.gathering.tallies import as_json, from_json, holding
from tests.challenges.calc.builders import people, rules_of
from tests.challenges.calc.test_properties import CHARGES, MOMENTS, NAMES, logs

TIES = (
    "ties: {rule: chain, chain: [{by: second_metric, metric: revenue, measure: count},"
    " {by: earliest}, {by: draw}], seed: x}\n"
)
SCORES = {
    "most": "score: {metric: revenue}\nwinners: 2\n" + TIES,
    "percent_of_target": "score: {metric: revenue}\nwinners: 2\n",
    "weighted_points": "score: {parts: [{metric: revenue, points: 2, cap_per_day: 9}]}\n",
    "rate": "score: {numerator: [{metric: revenue}],"
    " denominator: [{metric: revenue, measure: count}]}\n",
    "average": "score: {metric: revenue, minimum_records: 2}\n",
    "largest_record": "score: {metric: revenue}\n",
    "race": "winners: 1\nscore: {metric: revenue, target: 6}\n",
    "over_the_line": "score: {metric: revenue, target: own}\n",
    "collective_goal": "score: {metric: revenue, target: 30, minimum_contribution: 2}\n",
    "steps": "score: {metric: revenue, tiers: [3, 8], pays: every}\n",
    "ranking_with_minimum": "score: {metric: revenue, reserves: [9, 4], below_reserve: lapse}\n"
    "prizes: [{for: rank, from: 1, to: 3, kind: points, amount: 10}]\n",
    "ranking_with_pot": "score: {metric: revenue}\n"
    "prizes: [{for: pot, of_total: 2, split: [0.5, 0.3], kind: points}]\n",
    "proportional_share": "score: {metric: revenue}\n"
    "prizes: [{for: share, kind: points, amount: 10}]\n",
    "power_hour": "score: {metric: revenue, feed_delay: 0,"
    " repeated: [{from: '00:00', to: '12:00'}]}\n" + TIES,
}
TEAMS = "entrants: {kind: team, team_score: sum}\n"
RULES = [
    rules_of(f"format: {key}\n{score}{kind}{charges}")
    for key, score in SCORES.items()
    for kind in ("", TEAMS if "sum" in FORMATS[key].team_scores else "")
    for charges in ("", CHARGES if FORMATS[key].takes_charges else "")
]


def roster() -> Roster:
    """Four people in two teams, two of them with a target."""
    found = [
        replace(
            person,
            memberships=(Membership("north" if number % 2 else "south"),),
            targets=(Target(Fraction(10 + number)),) if number < 2 else (),
        )
        for number, person in enumerate(people(*NAMES).people)
    ]
    return Roster(tuple(found))


def without_days(log: list[Entry]) -> list[Entry]:
    """Records of the log have moments; only files know records that have but a day."""
    return [replace(one, date_only=False) if isinstance(one, Record) else one for one in log]


def chain_of(log: list[Entry]) -> dict[str, str]:
    """The first id of each one's chain."""
    before = {one.id: one.supersedes for one in log}

    def first(id_: str) -> str:
        older = before.get(id_)
        return id_ if older is None or older not in before else first(older)

    return {id_: first(id_) for id_ in before}


def people_of(log: list[Entry], chains: Collection[str]) -> set[str]:
    found = chain_of(log)
    return {one.person for one in log if isinstance(one, Record) and found[one.id] in chains}


def bare(result: Standings, of: Collection[str]) -> object:
    """All but what explains the scores of these entrants."""
    rows = [
        replace(row, effects=(), left_out=(), notes=()) if row.entrant in of else row
        for row in result.rows
    ]
    return rows, result.awards, result.collective, result.decided_at, result.not_entered


@settings(max_examples=150, deadline=None)
@given(logs().map(without_days), st.sampled_from(RULES), MOMENTS, MOMENTS)
def test_who_was_not_touched_need_not_be_scored_again(
    log: list[Entry], rules: Rules, one: datetime, other: datetime
) -> None:
    before, now = sorted((one, other))
    entrants = players(rules, roster())
    stands_on = grounds(entrants)
    first = standings(rules, log, roster(), rules.calendar, before)
    stored = {
        id_: json.dumps(as_json(tally, stands_on[id_], ()))
        for id_, tally in (first.tallies or {}).items()
    }

    chains = chain_of(log)
    moved = {chains[entry.id] for entry in log if before < entry.recorded_at <= now}
    touched = people_of(log, moved)
    kept = {
        id_: tally for id_, tally in holding(stored, stands_on).items()
        if not touched & {person.id for person in entrants[id_]}
    }  # fmt: skip
    readers = {person.id for id_ in entrants.keys() - kept.keys() for person in entrants[id_]}
    wanted = {chains[one.id] for one in log if isinstance(one, Record) and one.person in readers}
    read = [entry for entry in log if chains[entry.id] in wanted]

    quick = standings(rules, read, roster(), rules.calendar, now, kept)

    full = standings(rules, log, roster(), rules.calendar, now)
    assert bare(quick, kept) == bare(full, kept)


def test_every_format_that_keeps_tallies_is_tried_above() -> None:
    assert SCORES.keys() == KEEPING
    assert FORMATS.keys() >= KEEPING
    assert "streak" not in KEEPING  # it looks at the time of scoring


def test_a_tally_comes_back_as_it_was_stored() -> None:
    """A field that is added to `Score` needs a decision: is it kept, or does it only explain?"""
    known = {
        "value", "effects", "numerator", "denominator", "target", "own_target", "achieved_at",
        "reached_at", "reached_value", "reached_by", "missing", "notes", "set_aside",
        # of formats that keep no tallies
        "acts", "parts", "marks",
    }  # fmt: skip
    assert {field.name for field in fields(Score)} == known
    moment = datetime(2026, 11, 3, 9, 30, 0, 123456, tzinfo=UTC)
    score = Score(
        Fraction(1, 3), (), Fraction(1), Fraction(3), Fraction(-7, 2), own_target=True,
        achieved_at=moment, reached_at=moment, reached_value=Fraction(2), reached_by=("a#1", "b#1"),
        missing=note("no_target", "No {what}.", what="target"),
    )  # fmt: skip
    tally = Tally(score, (Fraction(-1, 7), Fraction(2**255)))

    assert from_json(json.loads(json.dumps(as_json(tally, "ground", ())))) == tally
    nothing = Tally(Score(None), ())
    assert from_json(as_json(nothing, "ground", ())) == nothing


def test_a_tally_does_not_hold_when_the_roster_says_something_else() -> None:
    rules = RULES[0]
    before = grounds(players(rules, roster()))
    ana, *others = roster().people
    moved = Roster((replace(ana, left_on=date(2026, 11, 20)), *others))
    stored = {
        id_: json.dumps(as_json(Tally(Score(Fraction(1)), ()), ground, ()))
        for id_, ground in before.items()
    }

    held = holding(stored, grounds(players(rules, moved)))

    assert sorted(held) == ["ben", "cleo", "dora"]
