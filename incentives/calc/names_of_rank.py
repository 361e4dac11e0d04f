"""Figures that rank people against each other: pay that a forced rank decides."""

import re
from collections.abc import Iterator

from incentives.calc.measures import Measure, Stated, needs
from incentives.calc.plans import PlacedStep, Plan
from incentives.calc.scenarios import all_steps, names_used
from kernel.documents import Document, joined
from kernel.issues import N_, Issue, warning

# words of a key, and words that begin one ("rank", "ranked", "classement")
RANKS = re.compile(
    r"(?:^|_)(?:rank\w*|rang|classement|position|percentile|centile|quartile|decile|quintile"
    r"|bottom|top|last|worst|dernier\w*|stack)(?:_|$)"
)


def rank_notes(plan: Plan, document: Document) -> Iterator[Issue]:
    """A warning at each measure that ranks people and that a step reads."""
    for key in ranked(plan):
        yield warning(
            "plan.rank_decides",
            N_("{measure} ranks people against each other and decides what is paid."),
            N_("Pay for the person's own result; a rank may be shown, or pay an official prize."),
            document.place(joined("measures", key)),
            measure=key,
        )


def ranked(plan: Plan) -> list[str]:
    """The measures that rank people and that some step reads, also through formulas."""
    return sorted(key for key in _read(plan) if _ranks(plan.measures[key]))


def ranked_steps(plan: Plan) -> list[PlacedStep]:
    """The steps whose amount a rank decides."""
    found = set(ranked(plan))
    return [
        placed
        for placed in all_steps(plan)
        if found & _closure(plan, set(names_used(plan, [placed])))
    ]


def _read(plan: Plan) -> set[str]:
    return _closure(plan, set(names_used(plan, all_steps(plan))))


def _closure(plan: Plan, names: set[str]) -> set[str]:
    found: set[str] = set()
    waiting = [name for name in names if name in plan.measures]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [one for one in needs(plan.measures[name].source) if one in plan.measures]
    return found


def _ranks(measure: Measure) -> bool:
    words = [measure.key]
    if isinstance(measure.source, Stated) and measure.source.part != "objectives":
        words.append(measure.source.key)
    return any(RANKS.search(word) for word in words)
