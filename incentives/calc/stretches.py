"""Reading a line of a shape: where it jumps, and where it lies below what it was before."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, pairwise

from incentives.calc.shapes import Knot, Line

ZERO = Fraction(0)
# through a rough line only more than a cent tells anything
NOTICED = Fraction(1, 50)


@dataclass(frozen=True, slots=True)
class Stretch:
    """From ``start`` to ``end`` (None: for ever) less is paid than at ``start``, most ``loss``."""

    start: Fraction
    end: Fraction | None
    loss: Fraction


def jumps_of(line: Line) -> list[tuple[Fraction, Fraction, Fraction]]:
    """(x, amount just below, amount just above) for each x > 0 at which the line jumps."""
    found = []
    for x, group in groupby(line.knots, key=lambda knot: knot[0]):
        amounts = [amount for _, amount in group]
        size = abs(amounts[-1] - amounts[0])
        if x > 0 and size > (NOTICED if line.rough else ZERO):
            found.append((x, amounts[0], amounts[-1]))
    return found


def less_for_more(line: Line, *, whole: bool = True) -> list[Stretch]:
    """The stretches in which the line is below an earlier amount; none when it never rises."""
    if not _rises(line):
        return []
    found: list[Stretch] = []
    best = line.knots[0][1]
    start: Fraction | None = None
    loss = ZERO
    noticed = NOTICED if line.rough else ZERO
    for first, second in pairwise(line.knots):
        # where nothing is sold yet there is nothing to lose
        if start is None and second[0] > 0 and second[1] < best - noticed:
            start, loss = _leaves(first, second, best), ZERO
        if start is not None:
            loss = max(loss, best - second[1])
            if second[1] >= best:
                found.append(Stretch(start, _leaves(first, second, best), loss))
                start = None
        best = max(best, second[1])
    last_x, last = line.knots[-1]
    if start is None and whole and line.last_slope < 0:
        return [*found, Stretch(last_x, None, noticed)]
    if start is not None:
        found.append(Stretch(start, _end(line, best, last_x, last), loss))
    return found


def _rises(line: Line) -> bool:
    return line.last_slope > 0 or any(b[1] > a[1] for a, b in pairwise(line.knots))


def _end(line: Line, best: Fraction, last_x: Fraction, last: Fraction) -> Fraction | None:
    return last_x + (best - last) / line.last_slope if line.last_slope > 0 else None


def _leaves(first: Knot, second: Knot, level: Fraction) -> Fraction:
    """Where the straight line between two knots crosses a level."""
    if second[1] == first[1] or second[0] == first[0]:
        return second[0]
    part = (level - first[1]) / (second[1] - first[1])
    return first[0] + max(min(part, Fraction(1)), ZERO) * (second[0] - first[0])
