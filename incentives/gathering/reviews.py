"""Scores of qualitative objectives, for plans that pay them: who gave them, when, on which visits.

Which objectives count is frozen with the places; what evaluators have scored, by the moment at
which it was kept. What they saw is named, not told: it stays on the page of the objective, for
those who may read that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incentives.calc import Plan
from incentives.gathering.payees import Payee, goals_of
from kernel.numbers import as_text
from kpis.objectives.reviews import Mark, mark_in, visits_known

Document = dict[str, Any]


def add_reviews(
    documents: Mapping[tuple[int, int], Document],
    payees: Sequence[Payee],
    plans: Mapping[int, Plan],
    as_known_at: datetime | None,
) -> None:
    """Give the payees the scores that their plan reads. No query without such a plan."""
    reading = [one for one in payees if one.goals]
    visits = visits_known({goal for payee in reading for goal in payee.goals}, as_known_at)
    for payee in reading:
        own = {
            key: _review(mark)
            for key in sorted({goal.key for goal in goals_of(plans[payee.plan_version_id])})
            if (mark := mark_in([one for one in payee.goals if one.key == key], visits))
        }
        if own:
            documents[payee.person_id, payee.plan_version_id]["payees"][0]["reviews"] = own


def _review(mark: Mark) -> Document:
    return {
        "score": as_text(mark.value),
        "evaluator": ", ".join(sorted({str(one.by_id) for one in mark.visits})),
        "on": max(one.on for one in mark.visits).isoformat(),
        "evidence": ", ".join(f"{one.on.isoformat()} #{one.id}" for one in mark.visits),
    }


@dataclass(frozen=True, slots=True, order=True)
class Unscored:
    """A goal of a payee without a score: nothing is agreed for it, or nobody has scored it."""

    name: str
    goal: str
    agreed: bool


def unscored(payees: Sequence[Payee], plans: Mapping[int, Plan]) -> list[Unscored]:
    """The goals that the plans of these payees read and that have no score by now, by name.

    No query without such a plan.
    """
    visits = visits_known({goal for one in payees for goal in one.goals}, None)
    found = set()
    for payee in payees:
        for key in {goal.key for goal in goals_of(plans[payee.plan_version_id], payee.role_key)}:
            mine = [goal for goal in payee.goals if goal.key == key]
            if mark_in(mine, visits) is None:
                found.add(Unscored(payee.name, key, bool(mine)))
    return sorted(found)


def beyond_marks(plan: Plan) -> list[str]:
    """The goals whose full score no mark can reach: marks go from 0 to 1."""
    return sorted({one.key for one in goals_of(plan) if (one.target.number or 0) > 1})
