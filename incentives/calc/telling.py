"""Trace steps of the calculation: the value of a step is always among the words of its label."""

from collections.abc import Iterable
from fractions import Fraction

from kernel.numbers import as_text
from kernel.trace import Step, step


def told(
    code: str,
    label: str,
    value: Fraction | None,
    *,
    children: Iterable[Step] = (),
    sources: Iterable[str] = (),
    **params: object,
) -> Step:
    """A step whose label may show ``{value}``; without value the step says so by being empty."""
    shown = "" if value is None else as_text(value)
    made = step(code, label, shown, children=children, sources=sources, **params)
    words = tuple(sorted((*made.params, ("value", shown))))
    return Step(made.code, made.label, words, made.value, made.children, made.sources)
