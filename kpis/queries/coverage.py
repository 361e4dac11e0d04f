"""Who has no target in which months of a sheet: what a cut or damaged file has lost."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from kernel.issues import N_, Issue, warning
from kernel.periods import Period
from people import queries as people


@dataclass(frozen=True, slots=True)
class SheetTarget:
    """That somebody (as the sheet names them) has a target for a month."""

    person: str
    month: Period


def missing_months(targets: Sequence[SheetTarget]) -> list[Issue]:
    """A warning for each person who had a place in months of the sheet's span without a target.

    The span goes from the first month with any target to the last. Two statements; none for an
    empty sheet.
    """
    if not targets:
        return []
    span = Period(min(one.month.start for one in targets), max(one.month.end for one in targets))
    found: dict[str, set[Period]] = {}
    for one in targets:
        found.setdefault(one.person.casefold(), set()).add(one.month)
    held: dict[int, list[Period]] = {}
    for place in people.assignments_between(span):
        during = place.during(span)
        if during is not None:
            held.setdefault(place.person_id, []).append(during)
    issues = []
    for entry in sorted(people.directory(), key=lambda one: one.name):
        names = (entry.number, entry.email, entry.name)
        has = set().union(*(found.get(name.casefold(), set()) for name in names))
        lacking = [
            month
            for month in span.months()
            if month not in has and any(one.overlap(month) for one in held.get(entry.person_id, ()))
        ]
        if lacking:
            issues.append(_issue(entry.name, lacking, is_absent=not has))
    return issues


def _issue(name: str, months: Collection[Period], *, is_absent: bool) -> Issue:
    message = (
        N_("{name} is missing in the file: no target in {months}.") if is_absent
        else N_("{name} has no target in {months}.")
    )  # fmt: skip
    return warning(
        "objective.person_missing" if is_absent else "objective.months_missing",
        message,
        N_("Look whether the file was cut; in a month without a target nothing is asked."),
        name=name,
        months=", ".join(_span(one) for one in _runs(months)),
    )


def _span(run: Period) -> str:
    first, last = (f"{day.year:04}-{day.month:02}" for day in (run.start, run.last))
    return first if first == last else f"{first} – {last}"


def _runs(months: Collection[Period]) -> list[Period]:
    """Months that follow each other, put together."""
    runs: list[Period] = []
    for month in sorted(months):
        if runs and runs[-1].end == month.start:
            runs[-1] = Period(runs[-1].start, month.end)
        else:
            runs.append(month)
    return runs
