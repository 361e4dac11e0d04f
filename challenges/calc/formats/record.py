"""Format 25, record: one holder; beating the best takes it, cancelled the one before has it again.

Only more than the best so far takes the record: whoever equals it later does not.  Records of one
moment (of one day, where days decide) come at the same time: the highest takes it, equal ones
share it under the tie rule.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby

from challenges.calc.formats.base import (
    Bar,
    Case,
    Contestant,
    Decision,
    Effect,
    Format,
    Ground,
    Pooling,
    Score,
    TeamView,
    Verdict,
    text_of,
)
from challenges.calc.formats.kinds import Mark
from challenges.calc.formats.largest import NO_RECORD
from challenges.calc.moments import day_of, start_of
from challenges.calc.notes import Note, note
from challenges.calc.records import Record as Fact
from challenges.calc.shapes import Field, Number, Obj, Text, Values
from kernel.issues import N_

ALONE = TeamView(Fraction(1), None)


@dataclass(frozen=True, slots=True)
class Record:
    """Which records, and the best from before that has to be beaten first."""

    metric: str
    to_beat: Fraction | None


def _build(values: Values) -> Record:
    return Record(values["metric"], values["to_beat"])


def _score(params: Record, case: Case) -> Score:
    return _score_team(params, (case,), ALONE)


def _score_team(
    params: Record,
    cases: Sequence[Case],
    view: TeamView,  # noqa: ARG001 - a team's record is that of any member
) -> Score:
    """The best single record, with each of the own ones that was the best so far."""
    facts = [fact for case in cases for fact in case.records if fact.metric == params.metric]
    facts.sort(key=lambda fact: (fact.occurred_at, fact.value, fact.key))
    bests = tuple(_bests(facts))
    if not bests:
        return Score(None, missing=NO_RECORD)
    marks = tuple(_mark(effect.record, cases[0].ground) for effect in bests)
    return Score(
        marks[-1].value,
        bests,
        achieved_at=bests[-1].record.occurred_at,
        reached_at=marks[-1].at,
        reached_value=marks[-1].value,
        reached_by=(marks[-1].record,),
        marks=marks,
    )


def _bests(facts: Sequence[Fact]) -> Iterator[Effect]:
    """Each one counts by how much it is above the own best before."""
    best: Fraction | None = None
    for fact in facts:
        if best is None or fact.value > best:
            yield Effect(fact, fact.value - (best or Fraction(0)))
            best = fact.value


def _mark(fact: Fact, ground: Ground) -> Mark:
    at = fact.occurred_at
    moment = start_of(day_of(at, ground.zone), ground.zone) if ground.by_day else at
    return Mark("", fact.value, moment, fact.id)


def _decide(params: Record, contestants: Sequence[Contestant], bar: Bar) -> Decision:
    marks = tuple(_history(params, contestants, bar))
    holders = {mark.entrant for mark in marks if mark.at == marks[-1].at}
    best = marks[-1].value if marks else None
    verdicts = {
        c.id: Verdict(place=(Fraction(0),))
        if c.id in holders
        else Verdict(reason=_reason(params, c.score, bar, best))
        for c in contestants
    }
    return Decision(verdicts, marks=marks)


def _history(params: Record, contestants: Sequence[Contestant], bar: Bar) -> Iterator[Mark]:
    """Every mark that took the record, in the order of time."""
    own = [replace(mark, entrant=c.id) for c in contestants for mark in c.score.marks]
    own.sort(key=lambda mark: (mark.at, mark.entrant, mark.record))
    best = params.to_beat
    for _, group in groupby(own, key=lambda mark: mark.at):
        together = [mark for mark in group if bar.reason_against(mark.value) is None]
        top = max((mark.value for mark in together), default=None)
        if top is None or (best is not None and top <= best):
            continue
        best = top
        yield from (mark for mark in together if mark.value == top)


def _reason(params: Record, score: Score, bar: Bar, best: Fraction | None) -> Note | None:
    """Why the record is not theirs."""
    if score.value is None:
        return score.missing
    low = bar.reason_against(score.value)
    if low is not None:
        return low
    target = text_of(best if best is not None else params.to_beat or Fraction(0))
    return note("record_stands", N_("The record stands at {target}."), target=target)


def _describe(params: Record) -> Sequence[Note]:
    found = [
        note(
            "score",
            N_("The largest single “{metric}” record holds; only a larger one takes it over."),
            metric=params.metric,
        ),
        note(
            "restored",
            N_("When it is cancelled, whoever held the record before has it again."),
        ),
    ]
    if params.to_beat is not None:
        target = text_of(params.to_beat)
        found.append(note("to_beat", N_("To beat first: {target}."), target=target))
    return found


FORMAT = Format(
    key="record",
    title=N_("Record to beat"),
    shape=Obj(
        {
            "metric": Field(Text(100), "the metric of the records", required=True),
            "to_beat": Field(Number(), "the best from before, which has to be beaten first"),
        }
    ),
    build=_build,
    metrics=lambda params: frozenset({params.metric}),
    score=_score,
    describe=_describe,
    decide=_decide,
    pooling=Pooling.OWN,
    score_team=_score_team,
    team_scores=frozenset({"sum"}),
    takes_charges=False,
)
