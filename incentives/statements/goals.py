"""Qualitative objectives of a running period without a score yet, and what they may bring."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

from incentives.calc import Plan, parse_inputs, pay_of
from incentives.calc.steps.mbo import Mbo
from incentives.gathering.inputs import Document
from incentives.statements.current import Current, entries
from kernel.money import Money
from kpis.objectives.reviews import goal_titles

FULL = "1"
"""Marks go from 0 to 1."""


@dataclass(frozen=True, slots=True)
class OpenGoals:
    """The goals of one step that have no score, as people know them.

    `missing` is what the plan says of such: "zero", "spread" or "none". `worth` is what full marks
    for all of them would bring beyond what is booked.
    """

    names: tuple[str, ...]
    missing: str
    worth: Money


def open_goals(one: Current, person_id: int, booked: Money) -> Iterator[OpenGoals]:
    """The unscored goals of each step that pays goals. One query where there are any."""
    me = entries(one.inputs)[0]
    scored = me.get("reviews", {})
    for step in _paying(one.plan, str(me.get("role", ""))):
        keys = [goal.key for goal in step.items if goal.value is None and goal.key not in scored]
        if keys:
            titles = goal_titles(person_id, keys, one.at.days)
            after = total_of(one.plan, _with_full_marks(one, keys), person_id)
            names = tuple(titles.get(key, key) for key in keys)
            yield OpenGoals(names, step.missing, after - booked)


def _paying(plan: Plan, role_key: str) -> Iterator[Mbo]:
    parts = [one for one in plan.components if not one.roles or role_key in one.roles]
    placed = [*(step for part in parts for step in part.steps), *plan.steps]
    return (one.step for one in placed if isinstance(one.step, Mbo))


def _with_full_marks(one: Current, keys: list[str]) -> Document:
    made = deepcopy(one.inputs)
    me = entries(made)[0]
    full = {"score": FULL, "evaluator": "-", "evidence": "-", "on": one.at.days.last.isoformat()}
    me["reviews"] = {**me.get("reviews", {}), **dict.fromkeys(keys, full)}
    return made


def total_of(plan: Plan, inputs: Document, person_id: int) -> Money:
    """What the engine pays this person for these inputs."""
    return pay_of(plan, parse_inputs(inputs, currency=plan.currency), str(person_id)).total
