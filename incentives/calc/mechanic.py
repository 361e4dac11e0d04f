"""How a mechanic presents itself: one module, one ``MECHANIC``, one section of the algorithms."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from incentives.calc.fields import Field
from incentives.calc.reader import Reader
from incentives.calc.state import Outcome, State


class PlanStep(Protocol):
    """A step of a plan with its parameters."""

    def apply(self, state: State) -> Outcome:
        """The state after the step, and the trace of what it did."""


def _no_check(reader: Reader, step: Any, path: str) -> None:
    """Nothing beyond what the fields say."""


def _never(_step: Any) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Mechanic:
    """A kind of step.

    ``kind``: "earns" adds to the amount, "measures" changes what a name means, "adjusts" changes
    the amount, "settles" decides when the amount of each deal is paid and stands last. Only
    "adjusts" may stand among the steps of the whole plan. ``summary`` is its formula, ``title``
    what people call it, ``sentence`` what it says of a step in a plan, the step's parameters in
    braces; all three are translated where they are shown. ``needs_earned``: it leaves 0 as it is,
    so above the first step that earns it is a mistake. ``by_deal`` tells whether a step leaves
    the amount known deal by deal; ``needs_deals`` whether it asks for it.
    """

    key: str
    make: Callable[..., PlanStep]
    fields: tuple[Field, ...]
    kind: str
    summary: str
    title: str
    sentence: str
    needs_earned: bool = False
    check: Callable[[Reader, Any, str], None] = _no_check
    by_deal: Callable[[Any], bool] = _never
    needs_deals: Callable[[Any], bool] = _never
