"""How the scores of members become the score of a team.

additive  sum = the members' total; mean = total / heads; per_fte = total / full-time
          equivalents; best_n = the N best members' total.
ratio     sum = pooled numerators / pooled denominators; mean = mean of the members' ratios
          (members without one are not in the mean); best_n = mean of the N best ratios.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from challenges.calc.field import Entrant
from challenges.calc.formats.base import (
    Case,
    Effect,
    Format,
    Pooling,
    Score,
    TeamView,
    last_moment,
)
from challenges.calc.notes import note
from challenges.calc.rules import Rules, TeamScore
from kernel.issues import N_

_NEVER = datetime.max.replace(tzinfo=UTC)
NO_MEMBERS = note("no_members", N_("The team has no members, or no working share."))


def score_entrant(rules: Rules, entrant: Entrant) -> Score:
    """The score of a person or a team under the rules."""
    format_, params = rules.format, rules.params
    if not entrant.is_team:
        return format_.score(params, entrant.cases[0])
    no_share = not entrant.cases or entrant.view.divisor == 0
    if format_.pooling is Pooling.OWN and format_.score_team is not None:
        if no_share:
            return Score(None, missing=NO_MEMBERS)
        return format_.score_team(params, entrant.cases, entrant.view)
    scores = [format_.score(params, case) for case in entrant.cases]
    if no_share:
        return _without_share(scores)
    if format_.pooling is Pooling.RATIO:
        how = rules.entrants.team_score
        return _ratio(format_, params, how, entrant.cases, scores, entrant.view, rules)
    return _additive(scores, entrant.view)


def _without_share(scores: Sequence[Score]) -> Score:
    """No figure, for there is nothing to divide by; what the members did still fills a pot."""
    total = sum((score.value or Fraction(0) for score in scores), Fraction(0))
    return Score(None, numerator=total, denominator=Fraction(0), missing=NO_MEMBERS)


def _best(scores: Sequence[Score], count: int | None, *, lower: bool = False) -> list[Score]:
    """The best so many; of equal ones whoever had it first, so that no id decides a tie."""
    valued = [score for score in scores if score.value is not None]
    valued.sort(key=lambda s: s.achieved_at or _NEVER)
    ordered = sorted(valued, key=lambda s: s.value or Fraction(0), reverse=not lower)
    return ordered if count is None else ordered[:count]


def _additive(scores: Sequence[Score], view: TeamView) -> Score:
    best = _best(scores, view.best_n)
    if not best:
        return Score(None, missing=next((s.missing for s in scores if s.missing), None))
    divisor = view.divisor or Fraction(1)
    effects = tuple(
        replace(effect, amount=effect.amount / divisor) for s in best for effect in s.effects
    )
    total = sum((score.value or Fraction(0) for score in best), Fraction(0))
    return Score(
        total / divisor,
        _in_order(effects),
        numerator=total,
        denominator=divisor,
        target=_target(best, divisor),
        achieved_at=last_moment(effects),
        set_aside=tuple(pair for score in scores for pair in score.set_aside),
    )


def _target(scores: Sequence[Score], divisor: Fraction) -> Fraction | None:
    """A common target is the team's as it stands; own targets add up like the scores."""
    targets = [score.target for score in scores if score.target is not None]
    if not targets:
        return None
    if any(score.own_target for score in scores):
        return sum(targets, Fraction(0)) / divisor
    return targets[0]


def _ratio(
    format_: Format,
    params: Any,
    how: TeamScore,
    cases: Sequence[Case],
    scores: Sequence[Score],
    view: TeamView,
    rules: Rules,
) -> Score:
    if how is TeamScore.SUM and format_.pool_cases is not None:
        return format_.pool_cases(params, cases)
    if how is TeamScore.SUM:
        return _pooled(format_, params, scores)
    best = _best(scores, view.best_n, lower=rules.lower_wins)
    if not best:
        return Score(None, missing=next((s.missing for s in scores if s.missing), None))
    effects = tuple(effect for score in best for effect in score.effects)
    total = sum((score.value or Fraction(0) for score in best), Fraction(0))
    return Score(
        total / len(best),
        _in_order(effects),
        numerator=total,
        denominator=Fraction(len(best)),
        achieved_at=last_moment(effects),
        notes=tuple(n for score in best for n in score.notes),
    )


def _pooled(format_: Format, params: Any, scores: Sequence[Score]) -> Score:
    sides = [
        (s.numerator, s.denominator, s)
        for s in scores
        if s.numerator is not None and s.denominator is not None
    ]
    if not sides:
        return Score(None, missing=next((s.missing for s in scores if s.missing), None))
    numerator = sum((n for n, _, _ in sides), Fraction(0))
    denominator = sum((d for _, d, _ in sides), Fraction(0))
    value, missing = format_.pool(params, numerator, denominator)
    effects = tuple(effect for _, _, score in sides for effect in score.effects)
    return Score(
        value,
        _in_order(effects),
        numerator=numerator,
        denominator=denominator,
        target=denominator if any(s.target is not None for _, _, s in sides) else None,
        achieved_at=last_moment(effects),
        missing=missing,
        notes=tuple(n for _, _, score in sides for n in score.notes),
    )


def _in_order(effects: Sequence[Effect]) -> tuple[Effect, ...]:
    return tuple(sorted(effects, key=lambda e: (e.record.occurred_at, e.record.key, e.part)))
