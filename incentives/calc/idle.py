"""Limits and steps that never do anything: beyond reach, behind a cap, after a zero."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from incentives.calc.plans import PlacedStep, Plan
from incentives.calc.scenarios import Leaf, all_steps
from incentives.calc.shapes import Line, Shape
from incentives.calc.steps.cap import Cap
from incentives.calc.steps.gate import Gate
from incentives.calc.steps.multiplier import Multiplier
from incentives.calc.steps.proration import ProratePay
from incentives.calc.stretches import jumps_of
from kernel.documents import Document
from kernel.issues import N_, Issue, info, warning
from kernel.numbers import as_text

Seen = Sequence[tuple[Leaf | None, Shape]]
# limits that people set so that something happens beyond them
TOLD = frozenset(
    {"marginal_tiers", "retroactive_tiers", "deal_tiers", "accelerator", "payout_curve",
     "step_curve", "matrix", "multiplier", "cap", "threshold", "top_tier_excess"}
)  # fmt: skip


def idle_notes(plan: Plan, document: Document, shapes: Seen, bare: Seen) -> Iterator[Issue]:
    """Warnings about limits that no figure reaches, and about what stands behind a zero."""
    gates: dict[str, set[bool]] = {}
    for _, shape in shapes:
        for path, opened in shape.gates.items():
            gates.setdefault(path, set()).update(opened)
    yield from _gates(document, gates)
    if all(shape.whole for _, shape in shapes):
        yield from _unreached(plan, document, shapes)
        yield from _behind_caps(plan, document, shapes, bare)
    for part in plan.components:
        yield from _after_zero(document, part.steps, gates)
    yield from _after_zero(document, plan.steps, gates)


def _gates(document: Document, gates: Mapping[str, set[bool]]) -> Iterator[Issue]:
    for path, opened in gates.items():
        if opened == {False}:
            yield warning(
                "plan.gate_never_opens",
                N_("This gate never opens, whatever is sold."),
                N_("Compare the limit with what the value can reach; write 20 % for 0.2."),
                document.place(path),
            )
        elif opened == {True}:
            yield info(
                "plan.gate_always_open",
                N_("This gate is always open, whatever is sold."),
                N_("Remove it, or set a limit that can be missed."),
                document.place(path),
            )


def _unreached(plan: Plan, document: Document, shapes: Seen) -> Iterator[Issue]:
    compared: set[str] = set()
    reached: set[str] = set()
    for _, shape in shapes:
        compared |= shape.compared
        reached |= shape.passed
        for marks in shape.turns.values():
            reached |= marks
    for path in sorted(compared - reached):
        step = _step_at(plan, path)
        if step is not None and step.mechanic in TOLD:
            yield warning(
                "plan.unreachable",
                N_("Nothing reaches this limit, so what lies beyond it never applies."),
                N_("Remove it, or widen what bounds the value: a min(), a cap above, a curve."),
                document.place(path),
            )


def _behind_caps(plan: Plan, document: Document, shapes: Seen, bare: Seen) -> Iterator[Issue]:
    """Limits that change the amount without the caps, and nothing with them."""
    capped = {leaf.key: shape for leaf, shape in shapes if leaf is not None}
    behind: dict[str, str] = {}
    active: set[str] = set()
    for leaf, free in bare:
        if leaf is None:
            continue
        shape = capped[leaf.key]
        for number, part in enumerate(plan.components):
            caps = [p for p in part.steps if p.mechanic == "cap"]
            if not caps:
                continue
            for turn, marks in free.turns.items():
                own = [m for m in marks if m.startswith(f"components[{number}].")]
                if not own or not _turns(free.lines[part.key], turn):
                    continue
                if _turns(shape.lines[part.key], turn):
                    active.update(own)
                    continue
                reached = _reached(shape, caps)
                if reached is not None and reached < turn:
                    behind.update({mark: as_text(reached) for mark in own})
    for path, reached_at in behind.items():
        if path not in active:
            yield warning(
                "plan.behind_the_cap",
                N_("The cap is already reached at {reached}, so this limit changes nothing."),
                N_("Raise the cap, or remove what lies beyond it."),
                document.place(path),
                reached=reached_at,
            )


def _reached(shape: Shape, caps: Sequence[PlacedStep]) -> Fraction | None:
    """Where a cap is reached first."""
    turns = [
        turn
        for turn, marks in shape.turns.items()
        if any(mark.startswith(f"{cap.path}.") for cap in caps for mark in marks)
    ]
    return min(turns, default=None)


def _turns(line: Line, at: Fraction) -> bool:
    """Whether the line jumps or changes its slope there."""
    if any(x == at for x, _, _ in jumps_of(line)):
        return True
    before = [knot for knot in line.knots if knot[0] < at]
    on = [knot for knot in line.knots if knot[0] == at]
    if not before or not on:
        return False
    after = [knot for knot in line.knots if knot[0] > at]
    slope = (on[0][1] - before[-1][1]) / (at - before[-1][0])
    following = line.last_slope
    if after:
        following = (after[0][1] - on[-1][1]) / (after[0][0] - at)
    return slope != following


def _after_zero(
    document: Document, steps: Sequence[PlacedStep], gates: Mapping[str, set[bool]]
) -> Iterator[Issue]:
    for number, placed in enumerate(steps[:-1]):
        if _to_zero(placed, gates):
            yield warning(
                "plan.after_zero",
                N_("The step above makes the amount 0, so this step has nothing to work on."),
                N_("Correct the step above, or remove what follows it."),
                document.place(steps[number + 1].path),
            )
            return


def _to_zero(placed: PlacedStep, gates: Mapping[str, set[bool]]) -> bool:
    match placed.step:
        case Cap(at=at):
            return at.number == 0
        case Multiplier(by=by) if by is not None:
            return any(one.number == 0 for one in by)
        case ProratePay(share=share):
            return share.number == 0
        case Gate(else_multiple=None, else_cap=None, else_rate=None):
            return gates.get(placed.path) == {False}
    return False


def _step_at(plan: Plan, path: str) -> PlacedStep | None:
    return next((p for p in all_steps(plan) if path.startswith(f"{p.path}.")), None)
