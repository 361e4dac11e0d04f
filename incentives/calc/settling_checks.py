"""Checks of the steps that settle deals: they stand last, each once, on deals that are known."""

from collections.abc import Mapping, Sequence

from incentives.calc.measures import CountOf, EveryoneOf, Measure, SumOf, TeamOf
from incentives.calc.mechanic import Mechanic
from incentives.calc.plans import PlacedStep
from incentives.calc.reader import Reader
from incentives.calc.settlement import base_of
from incentives.calc.steps import MECHANICS
from kernel.documents import joined
from kernel.issues import N_


def check_settling(
    reader: Reader, steps: Sequence[PlacedStep], measures: Mapping[str, Measure]
) -> None:
    """Report what is wrong with the settling steps of a component."""
    kinds = [MECHANICS[placed.mechanic] for placed in steps]
    first = next((n for n, kind in enumerate(kinds) if kind.kind == "settles"), None)
    if first is None:
        return
    for placed, kind in zip(steps[first:], kinds[first:], strict=True):
        if kind.kind != "settles":
            reader.error(
                placed.path,
                "plan.settling_last",
                N_("The step {step} stands below a step that settles deals."),
                N_("Move it above: holdback, payment_schedule and clawback come last."),
                step=placed.mechanic,
            )
    _check_once(reader, steps)
    _check_base(reader, steps, kinds[:first], first)
    _check_deals(reader, steps, first, measures)


def _check_once(reader: Reader, steps: Sequence[PlacedStep]) -> None:
    seen: set[str] = set()
    for placed in steps:
        if MECHANICS[placed.mechanic].kind == "settles" and placed.mechanic in seen:
            reader.error(
                placed.path,
                "plan.doubled_settling",
                N_("The step {step} stands twice in one component."),
                N_("Keep one, or make two components."),
                step=placed.mechanic,
            )
        seen.add(placed.mechanic)


def _check_base(
    reader: Reader, steps: Sequence[PlacedStep], earning: Sequence[Mechanic], first: int
) -> None:
    """Without a measure of deals, nobody could tell what a cancelled deal was paid."""
    stated = any(getattr(placed.step, "base", None) for placed in steps[first:])
    by_deal = bool(earning) and all(
        kind.kind == "measures" or kind.by_deal(placed.step)
        for kind, placed in zip(earning, steps, strict=False)
    )
    if not stated and not by_deal and base_of(steps) is None:
        reader.error(
            joined(steps[first].path, "base"),
            "plan.deals_unknown",
            N_("The step {step} cannot tell which deals the amount belongs to."),
            N_("Name a measure that sums credits: `base: revenue`."),
            step=steps[first].mechanic,
        )


def _check_deals(
    reader: Reader, steps: Sequence[PlacedStep], first: int, measures: Mapping[str, Measure]
) -> None:
    """A formula, a running total, a figure: an amount that is made of it belongs to no deal."""
    stated = [placed for placed in steps[first:] if getattr(placed.step, "base", None)]
    placed = stated[0] if stated else steps[first]
    name = getattr(stated[0].step, "base", None) if stated else base_of(steps)
    if name is not None and name in measures and not _has_deals(name, measures, frozenset()):
        reader.unfit(
            joined(placed.path, "base"),
            "plan.base_without_deals",
            N_("{name} is no sum of deals, so {step} would find none to settle."),
            N_("Name the measure that sums the credits: `base: revenue`."),
            name=name,
            step=placed.mechanic,
        )


def _has_deals(name: str, measures: Mapping[str, Measure], seen: frozenset[str]) -> bool:
    if name not in measures or name in seen:
        return True  # told elsewhere
    match measures[name].source:
        case SumOf() | CountOf():
            return True
        case TeamOf(measure=inner) | EveryoneOf(measure=inner):
            return _has_deals(inner, measures, seen | {name})
    return False
