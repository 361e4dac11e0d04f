"""The standings of a challenge: a pure function of rules, records, roster, calendar, as-of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from challenges.calc.baselines import with_baselines
from challenges.calc.charges import Due, dues
from challenges.calc.clock import State, state_at
from challenges.calc.facts import Facts, LeftOut, facts_of
from challenges.calc.field import Entrant, Lineup, lineup
from challenges.calc.formats.base import (
    Bar,
    Collective,
    Contestant,
    Decision,
    Effect,
    Score,
)
from challenges.calc.formats.kinds import Mark, Part
from challenges.calc.formats.progress import ActProgress
from challenges.calc.formats.rounds import RoundResult
from challenges.calc.individuals import Individual, individuals
from challenges.calc.integrity import Flagged, under_review
from challenges.calc.notes import Note
from challenges.calc.paid_places import with_reserves
from challenges.calc.pots import Pool, pools
from challenges.calc.prizes import Award, Outcome, awards
from challenges.calc.ranking import Place, chain_key, places
from challenges.calc.records import Told, chains
from challenges.calc.roster import Roster
from challenges.calc.rules import EntrantKind, Rules
from challenges.calc.seasons import decide_season, play_rounds, season_rows, since_signing
from challenges.calc.tallies import Tally, scored, tallies_of
from challenges.calc.tickets import Draw, draw_of, with_draw
from kernel.calendars import WorkCalendar
from kernel.issues import N_, Issue, warning


@dataclass(frozen=True, slots=True)
class Standing:
    """One row: rank (None is unranked, `reason` says why), score, and what explains it."""

    entrant: str
    name: str
    rank: int | None
    tied: bool
    winner: bool
    score: Fraction | None
    tier: int
    reason: Note | None
    numerator: Fraction | None
    denominator: Fraction | None
    target: Fraction | None
    achieved_at: datetime | None
    reached_at: datetime | None
    reached_value: Fraction | None
    reached_by: tuple[str, ...]
    effects: tuple[Effect, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[Note, ...]
    members: tuple[str, ...] = ()
    acts: tuple[ActProgress, ...] = ()
    eliminated: int | None = None
    parts: tuple[Part, ...] = ()
    under_review: tuple[Flagged, ...] = ()


@dataclass(frozen=True, slots=True)
class Standings:
    """The whole result at a moment. `complete` once the cut-off has passed: from then on only
    corrections and cancellations change it. `awards` are what would be won if it ended so."""

    rules: Rules
    as_of: datetime
    state: State
    complete: bool
    by_day: bool
    decided_at: datetime | None
    rows: tuple[Standing, ...]
    awards: tuple[Award, ...]
    collective: Collective | None
    not_entered: tuple[tuple[str, Note], ...]
    carried: tuple[LeftOut, ...]
    issues: tuple[Issue, ...]
    rounds: tuple[RoundResult, ...] | None = None
    individuals: tuple[Individual, ...] | None = None
    pools: tuple[Pool, ...] = ()
    draw: Draw | None = None
    marks: tuple[Mark, ...] = ()
    tallies: Mapping[str, Tally] | None = None
    """In the formats of `KEEPING`: what each entrant was ranked by."""
    due: tuple[Due, ...] = ()
    """What the revisions since the signature leave to the next period."""

    def row(self, entrant: str) -> Standing:
        """The row of an entrant; KeyError when there is none."""
        for row in self.rows:
            if row.entrant == entrant:
                return row
        raise KeyError(entrant)


def standings(
    rules: Rules,
    records: Iterable[Told],
    roster: Roster,
    calendar: WorkCalendar,
    as_of: datetime,
    kept: Mapping[str, Tally] | None = None,
) -> Standings:
    """Score, rank and award; the same inputs in any order give the same result. What was cancelled
    awards nothing.

    `as_of` is aware: what became known later does not exist. `calendar` decides working days
    (`rules.calendar` is the one of the document). Invalid when records contradict each other.

    Entrants with a tally in `kept` are not scored again, so their records need not be given; only
    for the formats of `KEEPING`.
    """
    as_of = as_of.astimezone(UTC)
    chained = chains(records)
    roster = with_baselines(rules, chained, roster, as_of)
    known = facts_of(rules, chained, min(as_of, rules.cut_off_at) if rules.format.frozen else as_of)
    field = lineup(rules, known, roster, calendar, as_of)
    tallies = tallies_of(rules, field, kept or {})
    if rules.format.play is None:
        entrants, scores = field.entrants, {e.id: scored(rules, e, tallies) for e in field.entrants}
        decision = _decide(rules, field, scores, tallies)
        scores.update(decision.scores)
    else:
        played = play_rounds(rules, chained, roster, calendar, as_of)
        decision = decide_season(rules, field, played, _bar(rules))
        entrants, scores = season_rows(rules, field, played, decision)
    ties = {id_: tally.ties for id_, tally in tallies.items()}
    by_day = field.ground.by_day
    ranking = places(rules, entrants, scores, decision.verdicts, by_day=by_day, ties=ties)
    made = draw_of(rules, scores, as_of)
    decision = with_draw(with_reserves(rules, decision, ranking, scores), made)
    outcomes = _outcomes(rules, entrants, scores, decision, ranking)
    signed = since_signing(rules, known, chained, as_of)
    state = state_at(rules, as_of, amended=signed.amended)
    rows = _rows(entrants, outcomes, ranking, under_review(rules, field, known))
    return Standings(
        rules=rules,
        as_of=as_of,
        state=state,
        complete=as_of >= rules.cut_off_at,
        by_day=by_day,
        decided_at=decision.decided_at,
        rows=rows,
        awards=()
        if state is State.CANCELLED or decision.undecided
        else awards(rules, ranking, outcomes, made),
        collective=decision.collective,
        not_entered=field.refused,
        carried=_carried(signed, field),
        issues=_warnings(field),
        rounds=decision.rounds,
        individuals=individuals(rules, entrants, _bar(rules)),
        pools=pools(rules, ranking, scores),
        draw=made,
        marks=decision.marks,
        tallies=tallies,
        due=dues(rules, chained, field.entrants, _set_aside(rows), as_of),
    )


def _decide(
    rules: Rules, field: Lineup, scores: Mapping[str, Score], kept: Mapping[str, Tally]
) -> Decision:
    breaks = {
        e.id: kept[e.id].ties
        if e.id in kept
        else chain_key(rules, e, scores[e.id], by_day=field.ground.by_day)
        for e in field.entrants
    }
    contestants = [Contestant(id_, scores[id_], tie_break=breaks[id_]) for id_ in sorted(scores)]
    return rules.format.decide(rules.params, contestants, _bar(rules))


def _bar(rules: Rules) -> Bar:
    team = rules.entrants.kind is EntrantKind.TEAM
    return Bar(rules.minimum, rules.lower_wins, rules.winners, team)


def _outcomes(
    rules: Rules,
    entrants: Sequence[Entrant],
    scores: Mapping[str, Score],
    decision: Decision,
    ranking: Sequence[Place],
) -> tuple[Outcome, ...]:
    ranks = {id_: place.rank for place in ranking for id_ in place.holders}
    found = []
    for entrant in entrants:
        verdict = decision.verdicts[entrant.id]
        rank = ranks.get(entrant.id)
        winner = verdict.winner
        if winner is None:
            winner = rank is not None and (rules.winners is None or rank <= rules.winners)
        outcome = Outcome(entrant.id, scores[entrant.id], verdict, winner, rank is not None)
        found.append(outcome)
    return tuple(found)


def _rows(
    entrants: Sequence[Entrant],
    outcomes: Sequence[Outcome],
    ranking: Sequence[Place],
    reviewed: Mapping[str, tuple[Flagged, ...]],
) -> tuple[Standing, ...]:
    """By rank, then the unranked by score; equal ones are listed by name, then id."""
    place_of = {id_: place for place in ranking for id_ in place.holders}
    rows = [
        _row(entrant, outcome, place_of.get(entrant.id), reviewed.get(entrant.id, ()))
        for entrant, outcome in zip(entrants, outcomes, strict=True)
    ]
    return tuple(sorted(rows, key=_listing))


_ZERO = Fraction(0)


def _listing(row: Standing) -> tuple[bool, int, bool, Fraction, str, str]:
    if row.rank is not None:
        return (False, row.rank, False, _ZERO, row.name, row.entrant)
    return (True, 0, row.score is None, -(row.score or _ZERO), row.name, row.entrant)


def _row(
    entrant: Entrant, outcome: Outcome, place: Place | None, reviewed: tuple[Flagged, ...]
) -> Standing:
    score = outcome.score
    return Standing(
        entrant=entrant.id,
        name=entrant.name,
        rank=place.rank if place else None,
        tied=place is not None and len(place.holders) > 1,
        winner=outcome.winner,
        score=score.value,
        tier=outcome.verdict.tier,
        reason=outcome.verdict.reason,
        numerator=score.numerator,
        denominator=score.denominator,
        target=score.target,
        achieved_at=score.achieved_at,
        reached_at=score.reached_at,
        reached_value=score.reached_value,
        reached_by=score.reached_by,
        effects=score.effects,
        left_out=_left_out(entrant, score),
        notes=(*score.notes, *outcome.verdict.notes),
        members=tuple(c.person.id for c in entrant.cases) if entrant.is_team else (),
        acts=score.acts,
        eliminated=outcome.verdict.eliminated,
        parts=score.parts,
        under_review=reviewed,
    )


def _left_out(entrant: Entrant, score: Score) -> tuple[LeftOut, ...]:
    if not score.set_aside:
        return entrant.left_out
    everything = (*entrant.left_out, *(LeftOut(*pair) for pair in score.set_aside))
    return tuple(sorted(everything, key=lambda o: (o.record.occurred_at, o.record.key)))


def _set_aside(rows: Iterable[Standing]) -> frozenset[tuple[str, str, str]]:
    """The records that the result leaves out, but for those that were revised since."""
    return frozenset(
        out.record.key for row in rows for out in row.left_out if out.reason.code != "after_signing"
    )


def _carried(known: Facts, field: Lineup) -> tuple[LeftOut, ...]:
    ids = {case.person.id for entrant in field.entrants for case in entrant.cases}
    return tuple(out for out in known.carried if out.record.person in ids)


def _warnings(field: Lineup) -> tuple[Issue, ...]:
    return tuple(
        warning(
            "unknown_person",
            N_("Records of “{person}” count for nobody: this person is not on the roster."),
            N_("Add the person to the roster, or correct the records."),
            person=person,
        )
        for person in field.unknown
    )
