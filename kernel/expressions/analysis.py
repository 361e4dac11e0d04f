"""What a formula uses, whether the names exist, in which order formulas can be computed."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter

from kernel.expressions.tree import Arithmetic, Binary, Expression, Name, Number, walk
from kernel.issues import N_, NOWHERE, Invalid, Issue, Place, error

_SHOWN_NAMES = 12


def names(expression: Expression) -> frozenset[str]:
    """All names that the formula reads."""
    return frozenset(part.name for part in walk(expression) if isinstance(part, Name))


def check(expression: Expression, known: Collection[str], where: Place = NOWHERE) -> list[Issue]:
    """One issue for each unknown name (at its first use), with the closest known one."""
    first_use: dict[str, Place] = {}
    for part in walk(expression):
        if isinstance(part, Name) and part.name not in known:
            first_use.setdefault(part.name, part.place)
    return [_unknown(name, known, _within(place, where)) for name, place in first_use.items()]


def _within(place: Place, where: Place) -> Place:
    return Place(
        place.file or where.file,
        place.path or where.path,
        place.line if place.line is not None else where.line,
        place.column if place.line is not None else where.column,
    )


def _unknown(name: str, known: Collection[str], place: Place) -> Issue:
    message = N_('There is no value called "{name}".')
    closest = get_close_matches(name, sorted(known), n=1)
    if closest:
        remedy = N_('Did you mean "{closest}"?')
        return error(
            "expression.unknown_name", message, remedy, place, name=name, closest=closest[0]
        )
    shown = ", ".join(sorted(known)[:_SHOWN_NAMES]) + (", …" if len(known) > _SHOWN_NAMES else "")
    remedy = N_("Use one of the known names: {known}.")
    return error("expression.unknown_name", message, remedy, place, name=name, known=shown)


def ratio(expression: Expression) -> tuple[Expression, Expression, Fraction] | None:
    """(numerator, denominator, factor) of "a / b", "a / b * 100" and "100 * (a / b)".

    Only then can a KPI be shown with both parts and summed over people as sum(a) / sum(b).
    """
    match expression:
        case Binary(Arithmetic.DIVIDE, top, bottom):
            return top, bottom, Fraction(1)
        case Binary(Arithmetic.MULTIPLY, inner, Number(factor)) | Binary(
            Arithmetic.MULTIPLY, Number(factor), inner
        ):
            found = ratio(inner)
            return None if found is None else (found[0], found[1], found[2] * factor)
        case _:
            return None


def order_formulas(formulas: Mapping[str, Expression], where: Place = NOWHERE) -> list[str]:
    """The keys so that each comes after the formulas that it reads; ties by name.

    Names that are no key are taken as given. `Invalid` names every cycle, one issue each.
    """
    left = dict(formulas)
    cycles: list[list[str]] = []
    while True:
        try:
            order = _sorted(left)
        except CycleError as found:
            cycle = _from_smallest(list(reversed(found.args[1]))[:-1])
            cycles.append(cycle)
            left = {key: formula for key, formula in left.items() if key not in cycle}
            continue
        if cycles:
            raise Invalid(_cycle(cycle, formulas, where) for cycle in cycles)
        return order


def _sorted(formulas: Mapping[str, Expression]) -> list[str]:
    graph: TopologicalSorter[str] = TopologicalSorter()
    for key in sorted(formulas):
        graph.add(key, *sorted(names(formulas[key]) & formulas.keys()))
    graph.prepare()
    order: list[str] = []
    while graph.is_active():
        ready = sorted(graph.get_ready())
        order.extend(ready)
        graph.done(*ready)
    return order


def _from_smallest(cycle: list[str]) -> list[str]:
    start = cycle.index(min(cycle))
    return cycle[start:] + cycle[:start]


def _cycle(cycle: list[str], formulas: Mapping[str, Expression], where: Place) -> Issue:
    following = cycle[1] if len(cycle) > 1 else cycle[0]
    use = next(
        part.place
        for part in walk(formulas[cycle[0]])
        if isinstance(part, Name) and part.name == following
    )
    return error(
        "expression.cycle",
        N_("These formulas need each other in a circle: {cycle}."),
        N_("Break the circle: let one of them read metrics instead."),
        _within(use, where),
        cycle=" → ".join([*cycle, cycle[0]]),
    )
