"""The exact shape of a plan over one figure: straight pieces, turning points, and their causes.

A calculation with a `Varying` figure is valid between the nearest points where one of its
comparisons would turn out else; there the amounts are straight lines. The shape is put together
from such stretches, from 0 upwards. Where an amount is no straight line (a figure times itself,
rounding inside a formula) the piece is drawn through many exact points and called rough.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from incentives.calc.desk import World
from incentives.calc.engine import world_of
from incentives.calc.facts import Inputs, Payee
from incentives.calc.plans import PlacedStep, Plan
from incentives.calc.state import State
from incentives.calc.varying import Varying, Watch

MOST_RUNS = 160
ROUGH_PARTS = 24
# where a run may look inside a stretch: not on a turning point by accident
INSIDE = (Fraction(1, 2), Fraction(3, 7), Fraction(7, 13), Fraction(5, 17))
CHECKED = (Fraction(1, 7), Fraction(6, 7))
ZERO = Fraction(0)
TOTAL = "plan"

Figures = Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one calculation gave: amounts by line and after each step, and gates that were open."""

    amounts: Figures
    after: Figures
    gates: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch (start, end) in which every comparison turns out the same; end None: for ever."""

    start: Fraction
    end: Fraction | None
    at: Fraction
    answer: Answer

    def width(self, unit: Fraction) -> Fraction:
        """How long it is; what has no end counts as long as what lies before it."""
        return max(self.start, unit) if self.end is None else self.end - self.start


Knot = tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True)
class Line:
    """One amount over the figure: knots (x, amount), two at the same x where it jumps."""

    knots: tuple[Knot, ...]
    last_slope: Fraction
    rough: bool


@dataclass(slots=True)
class Shape:
    """What a plan pays over one figure. ``turns``: by turning point, the limits that make it."""

    lines: dict[str, Line] = field(default_factory=dict)
    after: dict[str, list[Knot]] = field(default_factory=dict)
    turns: dict[Fraction, frozenset[str]] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)
    compared: set[str] = field(default_factory=set)
    gates: dict[str, set[bool]] = field(default_factory=dict)
    whole: bool = True


def answer_of(plan: Plan, inputs: Inputs, measures: Figures) -> Answer:
    """The amounts before any rounding, of the only payee of the inputs with these measures."""
    payee: Payee = inputs.payees[0]
    changed = replace(payee, measures={**payee.measures, **measures})
    world: World = world_of(plan, replace(inputs, payees=(changed,)))
    desk = world.desks[payee.id]
    answer = _Answering()
    total = ZERO
    for number, component in enumerate(plan.components):
        state = answer.run(component.steps, State(desk, f"components[{number}]"))
        weight = Fraction(1) if component.weight is None else component.weight
        answer.amounts[component.key] = state.amount * weight
        if not component.roles or payee.role in component.roles:
            total += state.amount * weight
    last = answer.run(plan.steps, State(desk, "steps", amount=total, deals=None))
    answer.amounts[TOTAL] = last.amount
    return Answer(answer.amounts, answer.after, answer.gates)


class _Answering:
    def __init__(self) -> None:
        self.amounts: dict[str, Fraction] = {}
        self.after: dict[str, Fraction] = {}
        self.gates: dict[str, bool] = {}

    def run(self, steps: Iterable[PlacedStep], state: State) -> State:
        for placed in steps:
            state, trace = placed.step.apply(replace(state, path=placed.path))
            self.after[placed.path] = state.amount
            if placed.mechanic == "gate" and trace.code == "gate":
                self.gates[placed.path] = trace.label.startswith("gate open")
        return state


def shape_of(
    plan: Plan, inputs: Inputs, vary: Callable[[Fraction], Figures], usual: Fraction,
    end: Fraction | None = None,
) -> Shape:  # fmt: skip
    """The shape over a figure x >= 0 (up to ``end``); ``vary`` gives the measures at x.

    ``plan`` is a marked one. ``usual`` is the size at which looking begins.
    """
    found = Shape()
    pieces = _explored(plan, inputs, vary, usual, end, found)

    def plain(x: Fraction) -> Answer:
        return answer_of(plan, inputs, vary(x))

    corners = {piece.start for piece in pieces} | {p.end for p in pieces if p.end is not None}
    on = {x: plain(x) for x in sorted(corners)}
    checks = [_checked(piece, plain, usual) for piece in pieces]
    for name in pieces[0].answer.amounts if pieces else ():
        found.lines[name] = _line(name, pieces, checks, on)
    _add_steps(found, pieces)
    return found


def _explored(
    plan: Plan,
    inputs: Inputs,
    vary: Callable[[Fraction], Figures],
    usual: Fraction,
    end: Fraction | None,
    found: Shape,
) -> list[Piece]:
    pieces: list[Piece] = []
    waiting: list[tuple[Fraction, Fraction | None]] = [(ZERO, end)]
    runs = 0
    while waiting:
        waiting.sort(key=lambda stretch: stretch[0], reverse=True)
        low, high = waiting.pop()
        runs += 1
        if runs > MOST_RUNS:
            found.whole = False
            break
        piece, watch = _looked(plan, inputs, vary, _inside(low, high, usual))
        start, stop = _bounds(watch, low, high)
        _note_turns(found, watch, start, stop)
        pieces.append(replace(piece, start=start, end=stop))
        if start > low:
            waiting.append((low, start))
        if stop is not None and stop != high:
            waiting.append((stop, high))
    pieces.sort(key=lambda one: one.start)
    for piece in pieces:
        for path, opened in piece.answer.gates.items():
            found.gates.setdefault(path, set()).add(opened)
    return _connected(pieces)


def _inside(low: Fraction, high: Fraction | None, usual: Fraction) -> list[Fraction]:
    width = max(low, usual) * 2 if high is None else high - low
    return [low + width * part for part in INSIDE]


def _looked(
    plan: Plan, inputs: Inputs, vary: Callable[[Fraction], Figures], places: Sequence[Fraction]
) -> tuple[Piece, Watch]:
    """A calculation at the first place that is no turning point itself."""
    for x in places:
        watch = Watch(x)
        figure = Varying.of(x, Fraction(1), watch)
        answer = answer_of(plan, inputs, vary(figure))
        if all(turn != x for turn, _ in watch.turns):
            break
    return Piece(x, x, x, answer), watch


def _bounds(watch: Watch, low: Fraction, high: Fraction | None) -> tuple[Fraction, Fraction | None]:
    below = [turn for turn, _ in watch.turns if low < turn < watch.at]
    above = [turn for turn, _ in watch.turns if turn > watch.at and (high is None or turn < high)]
    return max(below, default=low), min(above, default=high)


def _note_turns(found: Shape, watch: Watch, start: Fraction, stop: Fraction | None) -> None:
    for turn, marks in watch.turns:
        found.compared |= marks
        if turn <= 0:
            found.passed |= marks
        if turn in (start, stop) and turn > 0:
            found.turns[turn] = found.turns.get(turn, frozenset()) | marks


def _connected(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces from 0 on without a hole, when there were too many to look at all."""
    found: list[Piece] = []
    at: Fraction | None = ZERO
    for piece in pieces:
        if piece.start != at:
            break
        found.append(piece)
        at = piece.end
    return found


def _checked(
    piece: Piece, plain: Callable[[Fraction], Answer], usual: Fraction
) -> list[tuple[Fraction, Answer]]:
    """Exact points of the piece that its straight lines must go through."""
    width = piece.width(usual)
    return [(x, plain(x)) for x in (piece.start + width * part for part in CHECKED)]


def _line(
    name: str,
    pieces: Sequence[Piece],
    checks: Sequence[Sequence[tuple[Fraction, Answer]]],
    on: Mapping[Fraction, Answer],
) -> Line:
    knots: list[Knot] = [(ZERO, _plain(on[ZERO].amounts[name]))]
    rough = False
    slope = ZERO
    for piece, points in zip(pieces, checks, strict=True):
        value, slope = _known(piece.answer.amounts[name])
        inner: list[Knot] = []
        if any(_plain(a.amounts[name]) != value + slope * (x - piece.at) for x, a in points):
            rough = True
            inner = [(x, _plain(answer.amounts[name])) for x, answer in points]
            slope = (inner[1][1] - inner[0][1]) / (inner[1][0] - inner[0][0])
            value = inner[0][1] + slope * (piece.at - inner[0][0])
        else:
            knots.append((piece.start, value + slope * (piece.start - piece.at)))
        knots += inner
        if piece.end is not None:
            if not inner:
                knots.append((piece.end, value + slope * (piece.end - piece.at)))
            knots.append((piece.end, _plain(on[piece.end].amounts[name])))
    return Line(_without_doubles(knots), slope, rough)


def _without_doubles(knots: Sequence[Knot]) -> tuple[Knot, ...]:
    return tuple(knot for n, knot in enumerate(knots) if n == 0 or knot != knots[n - 1])


def _known(value: Fraction) -> tuple[Fraction, Fraction]:
    slope = value.slope if isinstance(value, Varying) else ZERO
    return _plain(value), slope


def _plain(value: Fraction) -> Fraction:
    return Fraction(value.numerator, value.denominator)


def _add_steps(found: Shape, pieces: Sequence[Piece]) -> None:
    """What each step left at both ends of each piece: who makes a jump can be told from it."""
    for piece in pieces:
        for path, amount in piece.answer.after.items():
            value, slope = _known(amount)
            row = found.after.setdefault(path, [])
            row.append((piece.start, value + slope * (piece.start - piece.at)))
            if piece.end is not None:
                row.append((piece.end, value + slope * (piece.end - piece.at)))
