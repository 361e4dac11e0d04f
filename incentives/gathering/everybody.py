"""What everybody did, once: for plans that pay on the figures of the whole company.

Their statements would otherwise carry every deal of the company, once per payee. Where a plan reads
of the others nothing but sums or counts, the documents hold each person's figure instead; the
engine adds these up, and the trace names each person as before.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from incentives.calc import Plan, parse_inputs
from incentives.calc.engine import world_of
from incentives.calc.measures import CountOf, EveryoneOf, SumOf, TeamOf
from incentives.calc.plans import PlacedStep
from incentives.calc.quantities import Quantity
from incentives.calc.steps import MECHANICS
from incentives.gathering.inputs import Figures, Frozen, input_documents
from incentives.gathering.payees import Field, Member, Payee
from kernel.numbers import as_text

BATCH = 50
"""People whose deals are in memory at the same time."""


def figures_read(plan: Plan) -> frozenset[str]:
    """The measures of everybody that a plan reads; empty when it needs more of others."""
    sources = [one.source for one in plan.measures.values()]
    names = frozenset(one.measure for one in sources if isinstance(one, EveryoneOf))
    steps = [placed for part in plan.components for placed in part.steps]
    if any(isinstance(one, TeamOf) for one in sources):
        return frozenset()
    # who settles deals looks at those of others, not at figures alone
    if any(MECHANICS[placed.mechanic].kind == "settles" for placed in steps):
        return frozenset()
    if any(
        isinstance(plan.measures[name].source, EveryoneOf) for name in _taken_apart(steps, plan)
    ):
        return frozenset()
    plain = all(isinstance(plan.measures[name].source, SumOf | CountOf) for name in names)
    return names if plain else frozenset()


def _taken_apart(steps: Iterable[PlacedStep], plan: Plan) -> Iterator[str]:
    """The measures that some step takes deal by deal."""
    for placed in steps:
        step = placed.step
        mechanic = MECHANICS[placed.mechanic]
        # what a step makes of a measure, the steps below may take deal by deal
        if not mechanic.by_deal(step) and mechanic.kind != "measures":
            continue
        for word in ("base", "events", "measure"):
            read = getattr(step, word, None)
            name = read.only_name if isinstance(read, Quantity) else read
            if isinstance(name, str) and name in plan.measures:
                yield name


def figures_of_all(at: Frozen, field: Field, plans: Mapping[int, Plan]) -> dict[int, Figures]:
    """By plan version and person: what these plans read of everybody, as exact text.

    The people are the members of `field`; their deals are read by the same rule as a payee's.
    """
    wanted = {payee.plan_version_id for payee in field.payees}
    return {
        key: {
            person_id: figures
            for batch in _batches(field.members)
            for person_id, figures in _figures(at, batch, key, plan)
        }
        for key, plan in plans.items()
        if key in wanted and figures_read(plan)
    }


def _batches(members: Sequence[Member]) -> Iterator[Sequence[Member]]:
    return (members[at : at + BATCH] for at in range(0, len(members), BATCH))


def _figures(
    at: Frozen, members: Sequence[Member], version_id: int, plan: Plan
) -> Iterator[tuple[int, dict[str, str]]]:
    alone = tuple(Payee(one.person_id, "", version_id, one.stretches) for one in members)
    documents = input_documents(at, alone, Field(alone, ()), {version_id: plan})
    for (person_id, _), document in documents.items():
        inputs = parse_inputs(document, currency=plan.currency)
        desk = world_of(plan, inputs).desks[str(person_id)]
        values = {name: desk.measured(name, {}).value for name in sorted(figures_read(plan))}
        yield person_id, {key: as_text(one) for key, one in values.items() if one is not None}
