"""Checks of the steps that settle deals: they stand last, each once, on deals that are known."""

from collections.abc import Sequence

from incentives.calc.mechanic import Mechanic
from incentives.calc.plans import PlacedStep
from incentives.calc.reader import Reader
from incentives.calc.settlement import base_of
from incentives.calc.steps import MECHANICS
from kernel.documents import joined
from kernel.issues import N_


def check_settling(reader: Reader, steps: Sequence[PlacedStep]) -> None:
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
