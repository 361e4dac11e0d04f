"""Formats with rounds: each round is scored alone, as known when it was decided.

A round looks at its own stretch of business time with the knowledge of its own decision moment, so
that what becomes known later changes no round that is decided, while the open ones follow every
correction. The season is put together from the rounds; nothing is ever replayed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from challenges.calc.facts import Facts, LeftOut, facts_of
from challenges.calc.field import Entrant, Lineup, charged_round, lineup
from challenges.calc.formats.base import (
    Bar,
    Case,
    Contestant,
    Decision,
    Effect,
    Score,
    Season,
    last_moment,
)
from challenges.calc.formats.kinds import OWN
from challenges.calc.formats.rounds import RoundSpan
from challenges.calc.moments import iso_in, start_of
from challenges.calc.notes import Note, note
from challenges.calc.ranking import chain_key
from challenges.calc.records import Chain, Charge, Record
from challenges.calc.roster import Person, Roster
from challenges.calc.rules import Rules
from challenges.calc.teams import score_entrant
from kernel.calendars import WorkCalendar
from kernel.issues import N_

BETWEEN = note("between_rounds", N_("It happened outside the rounds."))
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Played:
    """The rounds that have begun: who stood in them with which records, and what that scored."""

    season: Season
    fields: tuple[tuple[RoundSpan, Mapping[str, Entrant]], ...]


def play_rounds(
    rules: Rules,
    chained: Sequence[Chain],
    roster: Roster,
    calendar: WorkCalendar,
    as_of: datetime,
) -> Played:
    """Score each round that has begun with what was known when it was decided."""
    spans = rules.format.rounds(rules.params)
    known: dict[datetime, Facts] = {}
    fields: list[tuple[RoundSpan, Mapping[str, Entrant]]] = []
    scores: dict[int, dict[str, Score]] = {}
    breaks: dict[int, dict[str, tuple[Fraction, ...]]] = {}
    for span in spans:
        if span.start > as_of:
            continue
        moment = span.known_at(as_of)
        if moment not in known:
            known[moment] = facts_of(rules, chained, moment)
        field = lineup(rules, known[moment], roster, calendar, moment, span)
        fields.append((span, {entrant.id: entrant for entrant in field.entrants}))
        scores[span.number] = {e.id: score_entrant(rules, e) for e in field.entrants}
        breaks[span.number] = {
            e.id: chain_key(rules, e, scores[span.number][e.id], by_day=field.ground.by_day)
            for e in field.entrants
        }
    season = Season(spans, scores, breaks, as_of, rules.ties.seed or rules.key)
    return Played(season, tuple(fields))


def since_signing(rules: Rules, known: Facts, chained: Sequence[Chain], as_of: datetime) -> Facts:
    """What a signed result is amended by, or leaves to the next period: what happened in the last
    round. All others were decided long before, and nothing moves them."""
    last = next((span for span in rules.format.rounds(rules.params) if span.last), None)
    if last is None or rules.official_at is None:
        return known
    part = facts_of(replace(rules, start=last.start, end=last.end), chained, as_of)
    carried = (o for o in part.carried if last.start <= o.record.occurred_at < last.end)
    return replace(part, carried=tuple(carried))


def decide_season(rules: Rules, field: Lineup, played: Played, bar: Bar) -> Decision:
    """What the format makes of its rounds."""
    play = rules.format.play
    assert play is not None  # noqa: S101 - a format that names rounds plays them
    contestants = [_contestant(rules, e) for e in sorted(field.entrants, key=lambda e: e.id)]
    return play(rules.params, contestants, bar, played.season)


def _contestant(rules: Rules, entrant: Entrant) -> Contestant:
    if entrant.is_team:
        return Contestant(entrant.id, Score(None))
    person = entrant.cases[0].person
    joined, left = (
        None if day is None else start_of(day, rules.zone)
        for day in (person.joined_on, person.left_on)
    )
    return Contestant(entrant.id, Score(None), joined, left, _own_baseline(rules, person))


def _own_baseline(rules: Rules, person: Person) -> Fraction | None:
    asked = rules.format.baselines(rules.params)
    found = None if asked is None else person.baseline_of(asked.metric)
    return found.value if found is not None and found.source == OWN else None


def season_rows(
    rules: Rules, field: Lineup, played: Played, decision: Decision
) -> tuple[tuple[Entrant, ...], dict[str, Score]]:
    """Entrants and scores over all rounds: the records of the rounds in which each one played."""
    plays: dict[str, set[int]] = {}
    for result in decision.rounds or ():
        for line in result.lines:
            if line.value is not None:
                plays.setdefault(line.entrant, set()).add(result.span.number)
    found = [
        _row(rules, entrant, played, decision, plays.get(entrant.id, set()))
        for entrant in field.entrants
    ]
    return tuple(entrant for entrant, _ in found), {entrant.id: score for entrant, score in found}


def _row(
    rules: Rules, entrant: Entrant, played: Played, decision: Decision, plays: set[int]
) -> tuple[Entrant, Score]:
    revised = {out.record.key: out for out in entrant.left_out}
    effects: list[Effect] = []
    out: list[LeftOut] = []
    kept: dict[str, dict[Key, Record]] = {}
    notes: list[Note] = []
    for span, entrants in played.fields:
        here = entrants.get(entrant.id)
        if here is None:
            continue
        for case in here.cases:
            kept.setdefault(case.person.id, {}).update({r.key: r for r in case.records})
        score = played.season.scores[span.number][entrant.id]
        out.extend(LeftOut(*pair) for pair in score.set_aside)
        if span.number in plays:
            effects.extend(_in_round(rules, e, span, revised) for e in score.effects)
            notes.extend(n for n in score.notes if n not in notes)
        else:
            out.extend(LeftOut(e.record, _not_playing(span)) for e in score.effects)
    out.extend(_untold(rules, entrant, played.season, {*_keys(effects), *_keys(out)}))
    whole = replace(entrant, cases=_cases(entrant, kept), left_out=_sorted(out))
    effects.sort(key=lambda e: (e.record.occurred_at, e.record.key, e.part))
    value = decision.values.get(entrant.id)
    score = Score(value, tuple(effects), achieved_at=last_moment(effects), notes=tuple(notes))
    return whole, score


def _in_round(
    rules: Rules, effect: Effect, span: RoundSpan, revised: Mapping[Key, LeftOut]
) -> Effect:
    """A record of a round; a revision that came too late for it is told beside."""
    notes = effect.notes
    if effect.record.key in revised:
        template = N_("Revised later, when round {round} was decided ({decided}).")
        notes = (*notes, _about(rules, "round_stays", template, span))
    return replace(effect, part=str(span.number), notes=notes)


def _about(rules: Rules, code: str, template: str, span: RoundSpan, **params: str) -> Note:
    decided = iso_in(span.decided_at, rules.zone)
    return note(code, template, round=str(span.number), decided=decided, **params)


def _not_playing(span: RoundSpan) -> Note:
    return note("not_playing", N_("Not playing in round {round}."), round=str(span.number))


def _untold(rules: Rules, entrant: Entrant, season: Season, told: set[Key]) -> Iterable[LeftOut]:
    """What no round has: outside the rounds, or known too late for its own."""
    spans, as_of = season.spans, season.as_of
    yield from (out for out in entrant.left_out if out.record.key not in told)
    metrics = rules.format.metrics(rules.params)
    for person, record in ((case.person, r) for case in entrant.cases for r in case.records):
        if record.key in told or record.metric not in metrics:
            continue
        if isinstance(record, Charge):  # it waits for its round, or missed it
            entry = charged_round(rules, person) or spans[0]
            if as_of >= entry.start:
                yield LeftOut(record, _not_playing(entry))
            continue
        span = next((s for s in spans if s.start <= record.occurred_at < s.end), None)
        if span is None:
            yield LeftOut(record, BETWEEN)
        else:
            template = N_("Known since {known}, when round {round} was decided ({decided}).")
            known = iso_in(record.recorded_at, rules.zone)
            yield LeftOut(record, _about(rules, "round_decided", template, span, known=known))


def _keys(found: Iterable[Effect | LeftOut]) -> Iterable[Key]:
    return (one.record.key for one in found)


def _cases(entrant: Entrant, kept: Mapping[str, Mapping[Key, Record]]) -> tuple[Case, ...]:
    return tuple(
        replace(case, records=tuple(kept.get(case.person.id, {}).values()))
        for case in entrant.cases
    )


def _sorted(out: Iterable[LeftOut]) -> tuple[LeftOut, ...]:
    return tuple(sorted(out, key=lambda o: (o.record.occurred_at, o.record.key)))
