"""What deserves a look in a valid plan: jumps, stretches where more pays less, idle limits.

Nothing here refuses a plan; every note has its place and a remedy. Amounts are exact: they come
from the shape of the plan over one figure, the others as in the plan's examples.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import localcontext
from fractions import Fraction

from incentives.calc.idle import idle_notes
from incentives.calc.marking import marked
from incentives.calc.measures import Measure
from incentives.calc.names_of_rank import rank_notes
from incentives.calc.plans import PlacedStep, Plan
from incentives.calc.scenarios import (
    Leaf,
    Scenario,
    all_steps,
    leaves_of,
    names_used,
    scenarios,
)
from incentives.calc.shapes import TOTAL, Figures, Line, Shape, shape_of
from incentives.calc.stretches import Stretch, jumps_of, less_for_more
from incentives.calc.zeros import zero_notes
from kernel.documents import Document, load_object
from kernel.issues import N_, Issue, warning
from kernel.numbers import EXACT, as_text, round_to

# a fixed amount per step is what these are for
STEPWISE = frozenset({"bonus_steps", "spiff"})


def review_plan(plan: Plan, written: Document | None = None) -> tuple[Issue, ...]:
    """The notes of reading, and what the shape of the plan shows; in order of their line.

    ``written`` is the document with its lines, when there is a text. Pure: no database.
    """
    document = written if written is not None else load_object(dict(plan.document))
    with localcontext(EXACT):
        found = _Found(plan, document)
        for scenario in scenarios(plan):
            found.look(scenario)
    issues = [
        *plan.notes,
        *zero_notes(plan, document),
        *rank_notes(plan, document),
        *found.notes(),
    ]
    return tuple(sorted(issues, key=lambda issue: (issue.place.line or 0, issue.place.path)))


@dataclass(frozen=True, slots=True)
class Jump:
    """An amount that jumps at a value of a figure."""

    component: str
    path: str
    leaf: Leaf
    at: Fraction
    below: Fraction
    above: Fraction
    given: str

    @property
    def size(self) -> Fraction:
        return self.above - self.below


@dataclass(slots=True)
class _Found:
    plan: Plan
    document: Document
    jumps: dict[tuple[str, str], Jump] = field(default_factory=dict)
    stretches: dict[tuple[str, str], list[tuple[Stretch, str, str, Leaf]]] = field(
        default_factory=dict
    )
    shapes: list[tuple[Leaf | None, Shape]] = field(default_factory=list)
    bare: list[tuple[Leaf | None, Shape]] = field(default_factory=list)

    def look(self, scenario: Scenario) -> None:
        """Vary each figure by itself, then all sales together."""
        plan = marked(self.plan)
        capped = any(placed.mechanic == "cap" for placed in all_steps(self.plan))
        for leaf in scenario.leaves:
            shape = _shape(plan, scenario, (leaf,))
            self.shapes.append((leaf, shape))
            self._note(scenario, leaf, shape)
            if capped:
                bare = _shape(marked(self.plan, capped=False), scenario, (leaf,))
                self.bare.append((leaf, bare))
        if len(scenario.leaves) > 1:
            self.shapes.append((None, _shape(plan, scenario, scenario.leaves)))

    def _note(self, scenario: Scenario, leaf: Leaf, shape: Shape) -> None:
        for prefix, name, steps in _lines(self.plan):
            line = shape.lines.get(name)
            if line is None:
                continue
            given = _given(self.plan, scenario, leaf, steps)
            for at, below, above in jumps_of(line):
                if name == TOTAL and _of_a_component(self.plan, shape, at):
                    continue
                path = _cause(shape, prefix, steps, at)
                jump = Jump(name, path, leaf, at, below, above, given)
                key = (path, leaf.key)
                if key not in self.jumps or abs(jump.size) > abs(self.jumps[key].size):
                    self.jumps[key] = jump
            self._note_stretches(shape, line, prefix, name, steps, leaf, given)

    def _note_stretches(
        self,
        shape: Shape,
        line: Line,
        prefix: str,
        name: str,
        steps: Sequence[PlacedStep],
        leaf: Leaf,
        given: str,
    ) -> None:
        found = less_for_more(line, whole=shape.whole)
        if name == TOTAL:
            lines = [shape.lines[part.key] for part in self.plan.components]
            known = [less.start for one in lines for less in less_for_more(one)]
            found = [one for one in found if one.start not in known]
        if not leaf.sales:
            found = [one for one in found if one.end is not None]
        rows = [(one, _cause(shape, prefix, steps, one.start), given, leaf) for one in found]
        if rows and (name, leaf.key) not in self.stretches:
            self.stretches[name, leaf.key] = rows

    def notes(self) -> Iterator[Issue]:
        """One note for each limit and each stretch."""
        for jump in _one_per_place(self.jumps.values()):
            if self._mechanic(jump.path) not in STEPWISE:
                yield _told_jump(self.plan, self.document, jump)
        for (name, _), rows in self.stretches.items():
            for stretch, path, given, leaf in rows:
                yield _told_stretch(self.plan, self.document, name, stretch, path, given, leaf)
        yield from idle_notes(self.plan, self.document, self.shapes, self.bare)

    def _mechanic(self, path: str) -> str:
        for placed in all_steps(self.plan):
            if path == placed.path or path.startswith(f"{placed.path}."):
                return placed.mechanic
        return ""


def _lines(plan: Plan) -> Iterator[tuple[str, str, Sequence[PlacedStep]]]:
    """The path, the name and the steps of each line; that of the plan's own steps last."""
    for number, part in enumerate(plan.components):
        yield f"components[{number}].", part.key, part.steps
    if plan.steps:
        yield "steps[", TOTAL, all_steps(plan)


def _shape(plan: Plan, scenario: Scenario, leaves: Sequence[Leaf]) -> Shape:
    """Over one figure as it is; over several as multiples of their usual sizes."""
    if len(leaves) == 1:
        leaf = leaves[0]
        return shape_of(plan, scenario.inputs, leaf.alone, leaf.usual, leaf.most)

    def together(x: Fraction) -> Figures:
        return {leaf.key: leaf.usual * x for leaf in leaves if leaf.most is None}

    return shape_of(plan, scenario.inputs, together, Fraction(1))


def _cause(shape: Shape, prefix: str, steps: Sequence[PlacedStep], at: Fraction) -> str:
    """The limit that makes the amount turn there, else the step whose amount jumps first."""
    marks = sorted(mark for mark in shape.turns.get(at, ()) if mark.startswith(prefix))
    jumping = [placed.path for placed in steps if _jumps(shape, placed.path, at)]
    for path in jumping:
        inside = [mark for mark in marks if mark.startswith(f"{path}.")]
        if inside:
            return inside[0]
    if marks:
        return marks[0]
    own = [path for path in jumping if path.startswith(prefix)]
    return own[0] if own else prefix.rstrip(".[")


def _jumps(shape: Shape, path: str, at: Fraction) -> bool:
    return len({amount for x, amount in shape.after.get(path, ()) if x == at}) > 1


def _of_a_component(plan: Plan, shape: Shape, at: Fraction) -> bool:
    """Whether a component jumps there too, which is told at its own limit."""
    return any(x == at for part in plan.components for x, _, _ in jumps_of(shape.lines[part.key]))


def _one_per_place(jumps: Iterable[Jump]) -> list[Jump]:
    """At each limit the jump over the figure that the largest one belongs to."""
    found: dict[str, Jump] = {}
    for jump in jumps:
        known = found.get(jump.path)
        if known is None or abs(jump.size) > abs(known.size):
            found[jump.path] = jump
    return list(found.values())


RISES = N_(
    "{component}: at {measure} {at} the amount jumps from {below} to {above} ({jump}{given})."
)
FALLS = N_(
    "{component}: at {measure} {at} the amount falls from {below} to {above} ({jump}{given})."
)
LESS_UNTIL = N_(
    "{component}: {measure} from {start} to {end} pays less than {start} does, up to {loss}{given}."
)
LESS_FOR_EVER = N_("{component}: {measure} above {start} pays less than {start} does{given}.")


def _told_jump(plan: Plan, document: Document, jump: Jump) -> Issue:
    rises = jump.size > 0
    return warning(
        "plan.cliff",
        RISES if rises else FALLS,
        N_("If the jump is not meant, pay each slice at its own rate, or draw a line between.")
        if rises
        else N_("Let the new rate apply to the slice above the limit only (marginal)."),
        document.place(jump.path),
        component=jump.component,
        measure=jump.leaf.key,
        at=_level(jump.leaf.measure, jump.at),
        below=_money(jump.below, plan.currency),
        above=_money(jump.above, plan.currency),
        jump=("+" if rises else "") + _money(jump.size, plan.currency),
        given=jump.given,
    )


def _told_stretch(
    plan: Plan,
    document: Document,
    name: str,
    stretch: Stretch,
    path: str,
    given: str,
    leaf: Leaf,
) -> Issue:
    return warning(
        "plan.pays_less",
        LESS_FOR_EVER if stretch.end is None else LESS_UNTIL,
        N_("Pay each slice at its own rate, or add a floor at what is paid before the limit."),
        document.place(path),
        component=name,
        measure=leaf.key,
        start=_level(leaf.measure, stretch.start),
        end="" if stretch.end is None else _level(leaf.measure, stretch.end),
        loss=_money(stretch.loss, plan.currency),
        given=given,
    )


def _given(plan: Plan, scenario: Scenario, leaf: Leaf, steps: Sequence[PlacedStep]) -> str:
    """The other figures that the amount was calculated with: "; quota = 100000"."""
    names = leaves_of(plan, list(names_used(plan, steps)))
    told = [
        f"{key} = {_level(plan.measures[key], scenario.values[key])}"
        for key in names
        if key != leaf.key and key in scenario.values
    ]
    return f"; {', '.join(told)}" if told else ""


def _level(measure: Measure, value: Fraction) -> str:
    if measure.unit == "ratio":
        return f"{_short(value * 100)} %"
    return _short(value)


def _money(value: Fraction, currency: str) -> str:
    return f"{_short(value)} {currency}"


def _short(value: Fraction) -> str:
    """A figure for a sentence: to the hundredth."""
    return as_text(Fraction(round_to(value, 2)))
