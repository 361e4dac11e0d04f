"""Named values with their traces: what one record contributes, and what a name is worth."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from incentives.calc.facts import Credit, TargetPart
from incentives.calc.measures import Measure
from incentives.calc.telling import told
from kernel.issues import N_
from kernel.trace import Step


@dataclass(frozen=True, slots=True)
class Part:
    """What one record (a credit, a team member) contributes to a value.

    ``within`` holds the records behind a team member's figure, where it is made of records.
    ``of_members``: it was taken out of a sum over people, so its credit is a member's.
    """

    id: str
    value: Fraction
    credit: Credit | None = None
    within: "tuple[Part, ...] | None" = None
    of_members: bool = False

    @property
    def key(self) -> tuple[str, bool]:
        """What tells the parts of an amount apart: a deal may be the payee's and a member's."""
        return self.id, self.of_members


@dataclass(frozen=True, slots=True)
class Measured:
    """A value, None when the inputs give none; its parts where it is a sum; how it came about.

    ``slices`` are for steps that work deal by deal only: what of each deal lies above a threshold,
    in the order of the deals. The value as a whole belongs to all the deals, as with tiers.
    """

    value: Fraction | None
    trace: Step
    parts: tuple[Part, ...] | None = None
    slices: tuple[Part, ...] | None = None


def deals_of(parts: Sequence[Part]) -> Sequence[Part]:
    """The deals behind a value, those of a team's members one by one.

    In order of close time, then id; a deal that several members share is one deal. A member whose
    figure is not made of records stays one part.
    """
    if all(part.within is None for part in parts):
        return parts
    found: dict[str, Part] = {}
    for part in _unfolded(parts):
        before = found[part.id].value if part.id in found else Fraction(0)
        found[part.id] = replace(part, value=before + part.value, of_members=True)
    return sorted(found.values(), key=lambda part: part.credit.order if part.credit else ("", ""))


def as_figures(measured: Measured) -> Measured:
    """A sum over people of whom a pay run may know no more than the figure: nothing by deal."""
    parts = measured.parts
    told_whole = None if parts is None else tuple(replace(part, within=None) for part in parts)
    return replace(measured, parts=told_whole)


def _unfolded(parts: Iterable[Part]) -> Iterable[Part]:
    for part in parts:
        if part.within is None:
            yield part
        else:
            yield from _unfolded(part.within)


def no_value(name: str, children: Iterable[Step] = ()) -> Step:
    """The trace of a name that the inputs give no value."""
    return told("no_value", N_("{name}: no value"), None, children=children, name=name)


def plain_value(name: str, value: Fraction, label: str, code: str) -> Measured:
    """A value that nothing else explains."""
    return Measured(value, told(code, label, value, name=name))


def prorated(name: str, parts: Sequence[TargetPart]) -> Measured:
    """An objective of which only some days count: its parts, and their sum."""
    children = [
        told(
            "target_part",
            N_("{target} × {days} / {of} days = {value}"),
            part.value,
            target=part.target,
            days=part.days,
            of=part.of,
        )
        for part in parts
    ]
    value = sum((part.value for part in parts), Fraction(0))
    if len(parts) == 1:
        label = N_("{name}: {target} × {days} / {of} days = {value}")
        (one,) = parts
        trace = told("given", label, value, name=name, target=one.target, days=one.days, of=one.of)
        return Measured(value, trace)
    label = N_("{name}: {value} from {count} stretches of days")
    trace = told("given", label, value, children=children, name=name, count=len(parts))
    return Measured(value, trace)


def sum_over(measure: Measure, found: Sequence[tuple[str, Measured]]) -> Measured:
    """The sum over several people; no value as soon as one of them has none."""
    parts = [Part(member, m.value, within=m.parts) for member, m in found if m.value is not None]
    children = [
        told("member", N_("{member}: {value}"), m.value, children=(m.trace,), member=member)
        for member, m in found
    ]
    if len(parts) < len(found) and measure.default is None:
        return Measured(None, no_value(measure.key, children))
    value = sum((part.value for part in parts), Fraction(0))
    label = N_("{name}: {value} from {count} people")
    trace = told("team", label, value, children=children, name=measure.key, count=len(found))
    return Measured(value, trace, tuple(parts))
