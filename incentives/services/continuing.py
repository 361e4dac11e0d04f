"""What the version of a plan goes on with of the one before: running totals, by their measures."""

from collections.abc import Iterator
from datetime import date

from incentives.calc import Plan
from incentives.calc.measures import ToDate
from incentives.models import PlanVersion
from kernel.documents import load_text
from kernel.issues import N_, Issue, error
from people import queries as people

Span = tuple[str, int]
"""Since when totals count, and the first month of the year."""


def totals_cut_off(before: Plan, version: PlanVersion) -> list[Issue]:
    """The running totals that would start at zero because their measure has another key now.

    Only where the version takes over within a span that has begun, the version before has a total
    of the same span that goes on nowhere, and the document does not say what was meant.
    """
    plan, day = version.terms(), version.valid_from
    ended = _ended(before, plan)
    known = {total.measure for _, total in _totals(before)}
    written = load_text(version.document)
    return [
        error(
            "plan.total_cut_off",
            N_("The running total {name} would start at zero on {day}, within its span."),
            N_(
                "If {measure} was called {ended} before, write `formerly: [{ended}]` beside"
                " to_date; if the total is to begin anew, write `formerly: []`."
            ),
            written.place(f"measures.{key}"),
            name=key,
            day=day,
            measure=total.measure,
            ended=one,
        )
        for key, total in _totals(plan)
        if total.formerly != () and _runs_on(total, day) and not known & {*_names(total)}
        for one in ended.get(_span(total), ())
    ]


def later_totals_cut_off(
    before: Plan | None, version: PlanVersion, day: date, later: Plan
) -> list[Issue]:
    """The running totals of the next published version that would start at zero by this one.

    That version takes over on `day`. It went on with a total of the version before, or would be
    refused after this one; and as it never changes again, this one has to give way.
    """
    plan, written = version.terms(), load_text(version.document)
    brought, ended = _kept(plan), _ended(plan, later)
    went_on = frozenset() if before is None else _kept(before)
    return [
        error(
            "plan.later_total_cut_off",
            N_(
                "The running total {name} of the version that is published from {day} on would"
                " start at zero then, within its span."
            ),
            N_(
                "That version does not change any more: keep the key that it goes on with, one of"
                " {measures}, and total it here too, in a measure with the same since (and"
                " year_starts)."
            ),
            written.place("measures"),
            name=key,
            day=day,
            measures=", ".join(_names(total)),
        )
        for key, total in _totals(later)
        if total.formerly != () and _runs_on(total, day) and not brought & _bringing(total)
        if went_on & _bringing(total) or ended.get(_span(total))
    ]


def _kept(plan: Plan) -> frozenset[tuple[Span, str]]:
    """Under which names the plan leaves running totals, each with its span."""
    return frozenset((_span(one), one.measure) for _, one in _totals(plan))


def _bringing(total: ToDate) -> frozenset[tuple[Span, str]]:
    """The names that a total goes on with, each with its span."""
    return frozenset((_span(total), name) for name in _names(total))


def _totals(plan: Plan) -> Iterator[tuple[str, ToDate]]:
    for key, measure in plan.measures.items():
        if isinstance(measure.source, ToDate):
            yield key, measure.source


def _names(total: ToDate) -> tuple[str, ...]:
    return total.measure, *total.names_before


def _span(total: ToDate) -> Span:
    return total.since, total.first_month


def _ended(before: Plan, plan: Plan) -> dict[Span, list[str]]:
    """The measures whose totals no total of the plan goes on with, by span."""
    going_on = {name for _, one in _totals(plan) for name in _bringing(one)}
    found: dict[Span, list[str]] = {}
    for _, one in _totals(before):
        names = found.setdefault(_span(one), [])
        if (_span(one), one.measure) not in going_on and one.measure not in names:
            names.append(one.measure)
    return found


def _runs_on(total: ToDate, day: date) -> bool:
    """Whether the span of a day began before it."""
    return total.balance(day) == total.balance(people.day_before(day))
