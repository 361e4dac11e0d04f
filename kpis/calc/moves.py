"""Why a figure moved: its change taken apart into effects that add up to it exactly.

Two questions, each answered on its own (docs/algorithms/moves.md):

- **By part of the formula.** Each part of the formula is moved from its old to its new value while
  the others stand; its effect is the mean over all orders in which that can be done (the Shapley
  value). For a / b that is the numerator's and the denominator's effect.
- **By group** (people, products ...). For what adds up: the change of each group. For a / b: what
  the group's own numerator and denominator did to the whole.

Pure; Fractions throughout.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import factorial

from kernel import expressions
from kernel.expressions import Arithmetic, Binary, Expression, Name, Negate, Number
from kpis.calc.figures import Figure, Formulas

MOST_PARTS = 8
"""More parts than this are not taken apart: the orders of n parts grow as n factorial."""
ZERO = Fraction(0)
NUMERATOR, DENOMINATOR = "numerator", "denominator"

Values = Mapping[str, Fraction | None]
Players = dict[str, tuple[Fraction, Fraction]]
Game = tuple[Players, Callable[[frozenset[str]], Fraction | None]]


@dataclass(frozen=True, slots=True)
class Effect:
    """What one part of the formula did: its values before and now, and its part of the change."""

    name: str
    before: Fraction
    now: Fraction
    effect: Fraction


@dataclass(frozen=True, slots=True)
class GroupEffect:
    """What one group did. `numerator` and `denominator` are 0 for a figure that adds up."""

    key: str
    before: Fraction | None
    now: Fraction | None
    effect: Fraction
    numerator: Fraction = ZERO
    denominator: Fraction = ZERO


@dataclass(frozen=True, slots=True)
class GroupEffects:
    """The effects of the groups; with `rest` they add up to the change.

    `rest` is what no group explains alone: an account that two people called counts for both of
    them, but once for the whole.
    """

    effects: tuple[GroupEffect, ...]
    rest: Fraction


def effects_of_parts(expression: Expression, before: Values, now: Values) -> list[Effect]:
    """The parts of the formula with their effects, largest first; they add up to the change.

    Empty when the formula has no value before or now, has none while some parts have moved and
    others not, or has too many parts.
    """
    players, value_of = _game(expression, before, now)
    if not players or len(players) > MOST_PARTS:
        return []
    worth: dict[frozenset[str], Fraction] = {}
    for size in range(len(players) + 1):
        for moved in combinations(players, size):
            value = value_of(frozenset(moved))
            if value is None:
                return []
            worth[frozenset(moved)] = value
    found = []
    for name, (old, new) in players.items():
        found.append(Effect(name, old, new, _shapley(name, list(players), worth)))
    return sorted(found, key=lambda one: (-abs(one.effect), one.name))


def _shapley(
    name: str, players: Sequence[str], worth: Mapping[frozenset[str], Fraction]
) -> Fraction:
    others = [one for one in players if one != name]
    whole, total = factorial(len(players)), ZERO
    for size in range(len(others) + 1):
        weight = Fraction(factorial(size) * factorial(len(others) - size), whole)
        for chosen in combinations(others, size):
            moved = frozenset(chosen)
            total += weight * (worth[moved | {name}] - worth[moved])
    return total


def _game(expression: Expression, before: Values, now: Values) -> Game:
    """Who can move, and what the formula is worth when some have."""
    players: Players = {}
    for name in sorted(expressions.names(expression)):
        old, new = before.get(name), now.get(name)
        if old is None or new is None:
            return {}, lambda _moved: None
        players[name] = (old, new)

    def value_of(moved: frozenset[str]) -> Fraction | None:
        values = {name: pair[name in moved] for name, pair in players.items()}
        return expressions.evaluate(expression, values)

    return players, value_of


def effects_of_a_rate(before: Figure, now: Figure) -> list[Effect]:
    """`effects_of_parts` of numerator and denominator."""
    rate = Binary(
        Arithmetic.MULTIPLY,
        Binary(Arithmetic.DIVIDE, Name(NUMERATOR), Name(DENOMINATOR)),
        Number(now.factor),
    )
    values = [{NUMERATOR: one.numerator, DENOMINATOR: one.denominator} for one in (before, now)]
    return effects_of_parts(rate, *values)


def adds_up(key: str, formulas: Formulas, sums: Collection[str]) -> bool:
    """Whether the figures of groups are meant to be added: only + and - between `sums`, the names
    of metrics that are sums, and formulas of which the same is true."""
    added = set(sums)
    for one in formulas.below([key]):
        if _adds(formulas.by_key[one], added):
            added.add(one)
        else:
            added.discard(one)
    return key in added


def _adds(expression: Expression, sums: Collection[str]) -> bool:
    match expression:
        case Name(name):
            return name in sums
        case Negate(operand):
            return _adds(operand, sums)
        case Binary(Arithmetic.ADD | Arithmetic.SUBTRACT, left, right):
            return _adds(left, sums) and _adds(right, sums)
        case Binary(Arithmetic.MULTIPLY, Number(), inner) | Binary(
            Arithmetic.MULTIPLY, inner, Number()
        ):
            return _adds(inner, sums)
        case _:
            return False


def effects_of_sums(
    total: tuple[Fraction, Fraction], groups: Mapping[str, tuple[Figure, Figure]]
) -> GroupEffects:
    """For a figure that adds up: what each group has more or less; largest first."""
    found = [
        GroupEffect(key, old.value, new.value, (new.value or ZERO) - (old.value or ZERO))
        for key, (old, new) in groups.items()
    ]
    return _with_rest(found, total[1] - total[0])


def effects_of_rates(
    total: tuple[Figure, Figure], groups: Mapping[str, tuple[Figure, Figure]]
) -> GroupEffects | None:
    """For factor * N / D: what each group's own n and d did to the whole; largest first.

    With N, D of the whole before (0) and now (1), and n, d of the group:
    numerator effect = factor * (n1 - n0) * (1/D0 + 1/D1) / 2,
    denominator effect = factor * (N0 + N1) / 2 * (d1 - d0) * -1 / (D0 * D1).
    Over groups that add up to N and D both sums are the two parts of `effects_of_parts`. A group
    that grows at the rate of the whole moves nothing. None where the whole has no value.
    """
    (n0, d0, n1, d1), factor = _parts(total), total[1].factor
    if not d0 or not d1:
        return None
    found = []
    for key, (old, new) in groups.items():
        mine = _parts((old, new))
        top = factor * (mine[2] - mine[0]) * (1 / d0 + 1 / d1) / 2
        bottom = -factor * (n0 + n1) / 2 * (mine[3] - mine[1]) / (d0 * d1)
        found.append(GroupEffect(key, old.value, new.value, top + bottom, top, bottom))
    return _with_rest(found, factor * (n1 / d1 - n0 / d0))


def _parts(figures: tuple[Figure, Figure]) -> tuple[Fraction, Fraction, Fraction, Fraction]:
    old, new = figures
    return (
        old.numerator or ZERO,
        old.denominator or ZERO,
        new.numerator or ZERO,
        new.denominator or ZERO,
    )


def _with_rest(found: Sequence[GroupEffect], change: Fraction) -> GroupEffects:
    ordered = sorted(found, key=lambda one: (-abs(one.effect), one.key))
    return GroupEffects(tuple(ordered), change - sum((one.effect for one in found), ZERO))
