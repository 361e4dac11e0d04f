"""A formula that is not stored yet, on real data beside the one in force."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from kernel.expressions import Expression, Name
from kernel.periods import Period
from kpis.calc.figures import Formulas
from kpis.calc.metrics import Definition
from kpis.queries import Catalogue, MetricInfo, catalogue, many_kpi_values
from kpis.windows import cut
from people import queries as people
from people.access import Scope

DRAFT = "(draft)"
"""No formula can name it, so it can stand beside all others."""

PERIODS = 3
MOST_TEAMS, MOST_PEOPLE = 4, 4
_CUTS = {"daily": "week", "weekly": "week", "quarterly": "quarter"}


@dataclass(frozen=True, slots=True)
class Compared:
    """The value of the draft and of the formula in force; None where there is none."""

    draft: Fraction | None
    in_force: Fraction | None


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """The company, a team or a person over the periods."""

    name: str
    values: tuple[Compared, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """Rows over periods, the running period first; `has_before` when a formula is in force."""

    periods: tuple[Period, ...]
    rows: tuple[PreviewRow, ...]
    has_before: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """A formula, or a metric by itself, that somebody is writing."""

    expression: Expression
    kpi_key: str = ""
    metric: Definition | None = None

    @classmethod
    def of_metric(cls, definition: Definition) -> "Draft":
        """The metric as if a KPI were just that."""
        return cls(Name(DRAFT), metric=definition)

    def among(self, known: Catalogue) -> Catalogue:
        """The catalogue with the draft beside everything else."""
        metrics = known.metrics
        if self.metric is not None:
            # by another name than the formula that reads it
            metrics = {**metrics, _METRIC: MetricInfo(_METRIC, "", "", self.metric, in_cells=False)}
        expression = self.expression if self.metric is None else Name(_METRIC)
        formulas = Formulas.of({**known.formulas.by_key, DRAFT: expression})
        return replace(known, metrics=metrics, formulas=formulas)


_METRIC = "(metric)"


def periods_of(cadence: str, today: date) -> tuple[Period, ...]:
    """The running period of a cadence and those before it, newest first."""
    first_month = people.company().fiscal_year_start_month
    found = [cut(_CUTS.get(cadence, "month"), today, first_month)]
    while len(found) < PERIODS:
        found.append(found[-1].previous())
    return tuple(found)


def preview(draft: Draft, periods: Sequence[Period], scope: Scope) -> Preview:
    """The draft for everybody in scope, some teams and some people, in each period.

    A past period is told by the formula that was in force at its end. Three questions a period.
    """
    some_people = _people(periods, scope)
    teams = dict(_teams(periods)) if scope.everyone else {}
    columns: list[Mapping[int | str, Compared]] = []
    for period in periods:
        known = draft.among(catalogue(period.last))
        keys = [DRAFT, *([draft.kpi_key] if draft.kpi_key in known.kpis else [])]
        columns.append(_column(known, keys, period, scope, tuple(teams), tuple(some_people)))
    names: dict[int | str, str] = {_ALL: ""}
    names |= {f"team {one}": name for one, name in teams.items()}
    names.update(some_people.items())
    rows = tuple(
        PreviewRow(name, tuple(column.get(key, _NOTHING) for column in columns))
        for key, name in names.items()
    )
    return Preview(tuple(periods), rows, bool(draft.kpi_key))


_ALL = "all"
_NOTHING = Compared(None, None)


def _column(
    known: Catalogue,
    keys: Sequence[str],
    period: Period,
    scope: Scope,
    team_ids: Collection[int],
    person_ids: Collection[int],
) -> dict[int | str, Compared]:
    def asked(by: str, ids: Collection[int] | None) -> dict[object, Compared]:
        rows = many_kpi_values(keys, by=by, period=period, person_ids=ids, known=known)
        return {
            row.group[0].id if row.group else None: Compared(
                row.figures[DRAFT].value,
                row.figures[keys[1]].value if len(keys) > 1 else None,
            )
            for row in rows
        }

    everybody = None if scope.everyone else scope.person_ids
    found: dict[int | str, Compared] = {_ALL: asked("", everybody)[None]}
    if team_ids:
        by_team = asked("team", everybody)
        found |= {f"team {one}": by_team.get(one, _NOTHING) for one in team_ids}
    if person_ids:
        by_person = asked("person", person_ids)
        found |= {one: by_person.get(one, _NOTHING) for one in person_ids}
    return found


def _teams(periods: Sequence[Period]) -> list[tuple[int, str]]:
    """Some teams in which somebody sells, the same ones whatever the formula."""
    held = {row.team_id for row in people.assignments_between(periods[0]) if not row.leads}
    return _spread([(one.id, one.name) for one in people.team_tree() if one.id in held], MOST_TEAMS)


def _people(periods: Sequence[Period], scope: Scope) -> dict[int, str]:
    """Some people who sell, the same ones whatever the formula."""
    rows = people.assignments_between(periods[0])
    found = {row.person_id: row.name for row in rows if not row.leads and row.person_id in scope}
    named = sorted(found.items(), key=lambda pair: (pair[1].casefold(), pair[0]))
    return dict(_spread(named, MOST_PEOPLE))


def _spread(rows: Sequence[tuple[int, str]], most: int) -> list[tuple[int, str]]:
    """At most so many of the rows, from all over them."""
    if len(rows) <= most:
        return list(rows)
    return [rows[at * (len(rows) - 1) // (most - 1)] for at in range(most)]
