"""Exact values of metrics and KPIs by any group."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from kernel.issues import Invalid
from kernel.periods import Period
from kpis.calc.figures import DAYS_IN_PERIOD, Figure, Quantity, attainment, figures_of
from kpis.calc.metrics import Objectives
from kpis.engine.facts import EndedObjective, Scope
from kpis.engine.grouping import Grouping, Key, in_order, parse_dimensions
from kpis.engine.reading import Groups, Question, answers
from kpis.queries.catalogue import Catalogue, catalogue, unknown_kpi
from kpis.queries.labels import Group, Labels
from kpis.queries.objectives import due_in
from people import queries as people


@dataclass(frozen=True, slots=True)
class MetricValues:
    """The metrics of one group; `values[key].value` is None where there is no value."""

    group: Group
    values: Mapping[str, Quantity]


@dataclass(frozen=True, slots=True)
class KpiValue:
    """The figure of one KPI for one group."""

    group: Group
    figure: Figure


@dataclass(frozen=True, slots=True)
class KpiValues:
    """The figures of several KPIs for one group."""

    group: Group
    figures: Mapping[str, Figure]
    metrics: Mapping[str, Quantity]


def metric_values(
    metric_keys: Collection[str],
    *,
    by: str | Sequence[str] = (),
    period: Period,
    as_known_at: datetime | None = None,
    person_ids: Collection[int] | None = None,
    team_ids: Collection[int] | None = None,
    from_log: bool = False,
) -> list[MetricValues]:
    """The metrics of each group, money in major units, groups in a fixed order.

    `by` is one dimension, several with commas, or nothing for the total. `as_known_at` asks the
    log as it stood then. `person_ids` limits to the records credited to these people, `team_ids` to
    what people did while in these teams (not below: see `people.queries.team_ids_below`).
    `from_log` leaves the cells aside. `Invalid` for an unknown metric or dimension.
    """
    known = catalogue(period.last)
    missing = [key for key in metric_keys if key not in known.metrics]
    if missing:
        raise Invalid(unknown_kpi(key, known.metrics) for key in missing)
    grouping, (groups,) = _ask(
        known, metric_keys, by, [period], as_known_at=as_known_at, person_ids=person_ids,
        team_ids=team_ids, from_log=from_log,
    )  # fmt: skip
    labels = Labels(grouping, groups)
    return [MetricValues(labels.of(key), groups[key]) for key in in_order(groups)]


def kpi_values(
    kpi_key: str,
    *,
    by: str | Sequence[str] = (),
    period: Period,
    as_known_at: datetime | None = None,
    person_ids: Collection[int] | None = None,
    team_ids: Collection[int] | None = None,
    from_log: bool = False,
) -> list[KpiValue]:
    """The exact figure of one KPI for each group; see `metric_values` for the arguments.

    The formula is the one that holds on the last day of the period.
    """
    rows = many_kpi_values(
        [kpi_key], by=by, period=period, as_known_at=as_known_at, person_ids=person_ids,
        team_ids=team_ids, from_log=from_log,
    )  # fmt: skip
    return [KpiValue(row.group, row.figures[kpi_key]) for row in rows]


def many_kpi_values(
    kpi_keys: Sequence[str],
    *,
    by: str | Sequence[str] = (),
    period: Period,
    as_known_at: datetime | None = None,
    person_ids: Collection[int] | None = None,
    team_ids: Collection[int] | None = None,
    from_log: bool = False,
    known: Catalogue | None = None,
    tz: ZoneInfo | None = None,
) -> list[KpiValues]:
    """Like `kpi_values` for several KPIs at once, with the statements shared between them.

    `known` and `tz` stand for the formulas and the clock of now where others were frozen.
    """
    if known is None:
        known = catalogue(period.last)
        for key in kpi_keys:
            known.kpi(key)
    (found,) = kpi_values_over(
        kpi_keys, [period], by=by, as_known_at=as_known_at, person_ids=person_ids,
        team_ids=team_ids, from_log=from_log, known=known, tz=tz,
    )  # fmt: skip
    return found


def kpi_values_over(
    kpi_keys: Sequence[str],
    periods: Sequence[Period],
    *,
    known: Catalogue,
    by: str | Sequence[str] = (),
    as_known_at: datetime | None = None,
    person_ids: Collection[int] | None = None,
    team_ids: Collection[int] | None = None,
    from_log: bool = False,
    tz: ZoneInfo | None = None,
    days: Sequence[Period] | None = None,
) -> list[list[KpiValues]]:
    """Like `many_kpi_values` for each of several periods; how things stand is asked once.

    With `days`, of what happened only what lies in these; how things stand is that of the periods.
    """
    names = frozenset[str]().union(*(known.formulas.needed(key) for key in kpi_keys))
    grouping, found = _ask(
        known, names, by, periods, as_known_at=as_known_at, person_ids=person_ids,
        team_ids=team_ids, from_log=from_log, tz=tz, days=days,
    )  # fmt: skip
    labels = Labels(grouping, [key for groups in found for key in groups])
    return [
        [
            _kpi_values(
                known, kpi_keys, labels.of(key), groups[key], _days(grouping, key, period, days)
            )
            for key in in_order(groups)
        ]
        for period, groups in zip(periods, found, strict=True)
    ]


def _kpi_values(
    known: Catalogue,
    kpi_keys: Sequence[str],
    group: Group,
    metrics: Mapping[str, Quantity],
    days: int,
) -> KpiValues:
    values = {**metrics, DAYS_IN_PERIOD: Quantity(Fraction(days))}
    return KpiValues(group, figures_of(kpi_keys, known.formulas, values), values)


def _days(
    grouping: Grouping, key: tuple[Key, ...], period: Period, kept: Sequence[Period] | None
) -> int:
    """The days of the group's own bucket, or of the whole period; of those kept."""
    if grouping.time is not None:
        start = key[grouping.by.index(grouping.time)]
        period = next(part for bucket, part in grouping.buckets(period) if bucket == start)
    if kept is None:
        return period.days
    return sum(part.days for one in kept if (part := one.overlap(period)) is not None)


def _ask(
    known: Catalogue,
    names: Collection[str],
    by: str | Sequence[str],
    periods: Sequence[Period],
    *,
    as_known_at: datetime | None,
    person_ids: Collection[int] | None,
    team_ids: Collection[int] | None,
    from_log: bool,
    tz: ZoneInfo | None = None,
    days: Sequence[Period] | None = None,
) -> tuple[Grouping, list[Groups]]:
    company = people.company()
    grouping = Grouping(parse_dimensions(by), company.fiscal_year_start_month)
    definitions = known.definitions(names)
    counts_objectives = any(isinstance(one, Objectives) for one in definitions.values())
    questions = []
    for period in periods:
        scope = Scope(
            period, tz or company.tz, _ids(person_ids), as_known_at, _ids(team_ids),
            None if days is None else tuple(days),
        )  # fmt: skip
        ended = _ended_objectives(scope) if counts_objectives else ()
        question = Question(
            definitions, scope, grouping, company.currency, from_log=from_log,
            not_in_cells=known.not_in_cells(names), ended=ended,
        )  # fmt: skip
        questions.append(question)
    return grouping, answers(questions)


def _ended_objectives(scope: Scope) -> list[EndedObjective]:
    """Each person's objectives whose last day lies in the period, against the figures of their own
    periods by the formulas that held at their end, whatever formulas the question is asked by. As
    many statements as there are different periods of objectives."""
    # also those of KPIs that were retired within the period, after the objective had ended
    keys = {*catalogue(scope.period.start).kpis, *catalogue(scope.period.last).kpis}
    due = due_in(scope.period, scope.person_ids, keys)
    found: list[EndedObjective] = []
    for period in sorted({one.period for one in due}):
        known = catalogue(period.last)
        mine = [one for one in due if one.period == period and one.kpi_key in known.kpis
                and not _counts_objectives(known, one.kpi_key)]  # fmt: skip
        if not mine:
            continue
        figures = {
            (row.group[0].id, key): row.figures[key].value
            for row in many_kpi_values(
                sorted({one.kpi_key for one in mine}), by="person", period=period, known=known,
                person_ids={one.person_id for one in mine}, as_known_at=scope.as_known_at,
                tz=scope.tz,
            )
            for key in row.figures
        }  # fmt: skip
        for one in mine:
            value = figures.get((one.person_id, one.kpi_key))
            attained = attainment(value, one.target, better=known.kpi(one.kpi_key).better)
            met = attained is not None and attained >= 1
            found.append(EndedObjective(one.person_id, period.last, met))
    return found


def _counts_objectives(known: Catalogue, kpi_key: str) -> bool:
    read = known.definitions(known.formulas.needed(kpi_key)).values()
    return any(isinstance(one, Objectives) for one in read)


def _ids(ids: Collection[int] | None) -> tuple[int, ...] | None:
    return None if ids is None else tuple(sorted(set(ids)))
