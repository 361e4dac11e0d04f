"""What was found out about a plan, kept by the hash of its content.

The designer asks after every change, and pages ask again: looking at the shape of a plan takes
dozens of calculations, and comments, order and lines of a document change nothing of it.
"""

from dataclasses import dataclass
from functools import lru_cache

from incentives.calc import Plan, review_plan
from kernel.documents import Document
from kernel.issues import Issue

KEPT = 256


@dataclass(frozen=True, slots=True, eq=False)
class KnownPlan:
    """A plan that is known by its hash."""

    plan: Plan

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KnownPlan) and other.plan.hash == self.plan.hash

    def __hash__(self) -> int:
        return hash(self.plan.hash)


def reviewed(plan: Plan, written: Document) -> tuple[Issue, ...]:
    """The notes of `review_plan`, each at its line of the document as it is written now."""
    shaped = (one.at(written.place(one.place.path)) for one in _shape_notes(KnownPlan(plan)))
    issues = [*plan.notes, *shaped]
    return tuple(sorted(issues, key=lambda issue: (issue.place.line or 0, issue.place.path)))


@lru_cache(maxsize=KEPT)
def _shape_notes(known: KnownPlan) -> tuple[Issue, ...]:
    """What looking at the plan adds to the notes of reading it."""
    plan = known.plan
    return tuple(one for one in review_plan(plan) if one not in plan.notes)
