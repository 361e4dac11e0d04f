"""Which figures of a colleague decide what others get of a pool, and which cannot.

A statement states figures of its payee's colleagues that each colleague's own document gives. What
is made of peers or of everybody is not among them: the engine computes it from the stated ones, in
the statement, where all who count stand side by side.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from incentives.calc import Plan
from incentives.calc.measures import (
    CountOf,
    EveryoneOf,
    Formula,
    PeersOf,
    SumOf,
    TeamOf,
    ToDate,
    needs,
)
from incentives.calc.steps.team_pool import TeamPool
from incentives.models import PlanVersion
from kernel.documents import load_text
from kernel.issues import N_, Issue, Place, error


def made_of(plan: Plan, names: Iterable[str]) -> frozenset[str]:
    """These measures and all that they are made of."""
    seen: set[str] = set()
    left = set(names) & plan.measures.keys()
    while left:
        seen |= left
        found = {one for name in left for one in needs(plan.measures[name].source)}
        left = (found & plan.measures.keys()) - seen
    return frozenset(seen)


def stated_of(plan: Plan, names: Iterable[str]) -> frozenset[str]:
    """The figures to state of a colleague, so that the engine finds these measures of them."""
    found: set[str] = set()
    left = set(names) & plan.measures.keys()
    while left:
        name = left.pop()
        source = plan.measures[name].source
        if not _reads_others(plan, name):
            found.add(name)
        elif isinstance(source, Formula | PeersOf):
            left |= needs(source) & plan.measures.keys()
    return frozenset(found)


def unknown_weights(plan: Plan) -> list[Issue]:
    """The weights of pools, and measures of peers, that no statement alone can tell."""
    return [
        error(
            "plan.weight_of_others",
            N_("{name} decides who gets how much, but a statement alone cannot tell {measure}."),
            N_(
                "Weigh by the payee's own figures. Of everybody only a sum or a count of credits"
                " can be read here, and no team's figure or running total of such a sum."
            ),
            Place(path=path),
            name=name,
            measure=measure,
        )
        for path, name in _deciding(plan)
        for measure in sorted(made_of(plan, {name}))
        if _is_unknown(plan, measure)
    ]


def no_run_by(version: PlanVersion) -> list[Issue]:
    """Why a run that pays by a published version would end without pay, each at its line."""
    unknown = unknown_weights(version.terms())
    if not unknown:
        return []  # reading the document for its lines takes longer
    written = load_text(version.document)
    return [replace(one, place=written.place(one.place.path)) for one in unknown]


def _deciding(plan: Plan) -> Iterator[tuple[str, str]]:
    """Place and name of the measures that decide."""
    steps = [placed for part in plan.components for placed in part.steps]
    for placed in (*steps, *plan.steps):
        if isinstance(placed.step, TeamPool):
            names = placed.step.weight.names & plan.measures.keys()
            yield from ((f"{placed.path}.weight", name) for name in sorted(names))
    for key, measure in plan.measures.items():
        if isinstance(measure.source, PeersOf):
            yield f"measures.{key}.peers", measure.source.measure


def _is_unknown(plan: Plan, name: str) -> bool:
    match plan.measures[name].source:
        case EveryoneOf(measure=inner):
            return not isinstance(plan.measures[inner].source, SumOf | CountOf)
        case TeamOf(measure=inner) | ToDate(measure=inner):
            return _reads_others(plan, inner)
    return False


def _reads_others(plan: Plan, name: str) -> bool:
    sources = (plan.measures[one].source for one in made_of(plan, {name}))
    return any(isinstance(one, EveryoneOf | PeersOf) for one in sources)
