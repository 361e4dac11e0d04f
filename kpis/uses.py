"""What depends on a KPI, told by each room for itself.

A room that refers to KPIs or metrics puts a function into its `kpi_uses.py`, which is found by
itself, and names there only what the viewer may see:

    @tells_uses
    def uses(viewer: Viewer, of: Names) -> list[Use]: ...
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from people.access import Viewer


@dataclass(frozen=True, slots=True)
class Names:
    """A KPI with those that are made of it, and the metrics that the first is made of."""

    kpis: frozenset[str]
    metrics: frozenset[str]


@dataclass(frozen=True, slots=True)
class Use:
    """Something that refers to `key`: what it is in the reader's words, its name, its page."""

    kind: str
    name: str
    key: str
    url: str = ""
    is_over: bool = False
    """It keeps its figure, and asks for no other: it holds nothing back."""


Finder = Callable[[Viewer, Names], Iterable[Use]]
_finders: list[Finder] = []


def tells_uses(find: Finder) -> Finder:
    """Register what looks for uses in a room."""
    _finders.append(find)
    return find


def uses_of(viewer: Viewer, names: Names) -> list[Use]:
    """Everything that depends on the names and that the viewer may see, by kind."""
    return [use for find in _finders for use in find(viewer, names)]
