"""The two windows of a figure, its change taken apart, and what others have: read only, exact."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from kernel.expressions import Name, ratio
from kernel.periods import Period
from kpis.calc.figures import NO_FIGURE, Figure, values_read
from kpis.calc.metrics import Average, Median
from kpis.calc.moves import (
    Effect,
    GroupEffects,
    Values,
    adds_up,
    effects_of_a_rate,
    effects_of_parts,
    effects_of_rates,
    effects_of_sums,
)
from kpis.queries import Catalogue, KpiInfo, KpiValues, catalogue, kpi_values_over, many_kpi_values
from people import queries as people

LEAST_PEOPLE = 3
"""Of fewer people no mean is shown: it would tell what one of them did."""
OF_PLACES = ("person", "team", "region", "role")
BY = (*OF_PLACES, "product", "series", "segment", "account")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose figure: a person's, that of teams (all below included), or the company's."""

    person_id: int | None = None
    team_ids: frozenset[int] | None = None

    @property
    def person_ids(self) -> list[int] | None:
        """The filter on people, or none."""
        return None if self.person_id is None else [self.person_id]


@dataclass(frozen=True, slots=True)
class Windows:
    """The days that are compared; of a running period only those that have begun."""

    now: Period
    previous: Period
    year_before: Period


def windows_of(period: Period, day: date) -> Windows:
    """The days of `period` up to `day`, as many of the previous period, the same a year ago."""
    begun = period.days if day >= period.last else max(1, (day - period.start).days + 1)
    return Windows(
        _first_days(period, begun, period),
        _first_days(period.previous(), begun, period),
        _first_days(period.year_before(), begun, period),
    )


def _first_days(of: Period, begun: int, period: Period) -> Period:
    if begun == period.days:  # a finished month stands beside whole months, longer or shorter
        return of
    return Period(of.start, min(of.start + timedelta(days=begun), of.end))


@dataclass(frozen=True, slots=True)
class Move:
    """A figure before and now, and the effects of the parts of its formula on the change."""

    info: KpiInfo
    before: Figure
    now: Figure
    parts: tuple[Effect, ...]

    @property
    def change(self) -> Fraction | None:
        """In the unit of the KPI; None without a value in one of the windows."""
        if self.before.value is None or self.now.value is None:
            return None
        return self.now.value - self.before.value

    @property
    def shift(self) -> Fraction:
        """The change in terms of the value before, below 0 where it is for the worse."""
        if not self.change or not self.before.value:
            return Fraction(0)
        part = self.change / abs(self.before.value)
        return part if self.info.better == "up" else -part


def moves(
    kpi_keys: Sequence[str], subject: Subject, now: Period, before: Period
) -> dict[str, Move]:
    """The moves of several KPIs, made by the formulas of the later window."""
    return moves_against(kpi_keys, subject, now, [before])[0]


def moves_against(
    kpi_keys: Sequence[str],
    subject: Subject,
    now: Period,
    befores: Sequence[Period],
    *,
    known: Catalogue | None = None,
) -> list[dict[str, Move]]:
    """The moves against each of several earlier windows; `now` is asked for once.

    `known` where `now` is a part of a period: the formulas of that period's last day.
    """
    known = known or catalogue(now.last)
    found = kpi_values_over(
        kpi_keys, [now, *befores], known=known,
        person_ids=subject.person_ids, team_ids=subject.team_ids,
    )  # fmt: skip
    later, *earlier = (rows[0] if rows else None for rows in found)
    return [{key: _move(known, key, one, later) for key in kpi_keys} for one in earlier]


def _move(known: Catalogue, key: str, before: KpiValues | None, now: KpiValues | None) -> Move:
    was, is_now = (NO_FIGURE if row is None else row.figures[key] for row in (before, now))
    if before is None or now is None:
        parts: list[Effect] = []
    elif is_rate(known, key):
        parts = effects_of_a_rate(was, is_now)
    else:
        expression = known.formulas.by_key[key]
        parts = effects_of_parts(expression, *(_values(known, key, row) for row in (before, now)))
    return Move(known.kpi(key), was, is_now, tuple(parts))


def _values(known: Catalogue, key: str, row: KpiValues) -> Values:
    return values_read(key, known.formulas, row.metrics)


def is_rate(known: Catalogue, key: str) -> bool:
    """Whether the KPI is a numerator over a denominator: a formula a / b, or a mean per record."""
    expression = known.formulas.by_key[key]
    if isinstance(expression, Name) and expression.name in known.metrics:
        return isinstance(known.metrics[expression.name].definition, Average)
    return ratio(expression) is not None


def _is_sum(known: Catalogue, key: str) -> bool:
    sums = [name for name, one in known.metrics.items()
            if not isinstance(one.definition, Average | Median)]  # fmt: skip
    return adds_up(key, known.formulas, sums)


@dataclass(frozen=True, slots=True)
class Split:
    """The effects of groups, with the names of their keys."""

    effects: GroupEffects
    names: Mapping[str, str]


def split(
    kpi_key: str,
    by: str,
    subject: Subject,
    now: Period,
    before: Period,
    move: Move,
    *,
    known: Catalogue | None = None,
) -> Split | None:
    """What each person, product ... did to the change; None where the KPI is no sum and no rate,
    or has no value in one of the windows. `known` is that of the move."""
    known = known or catalogue(now.last)
    if move.before.value is None or move.now.value is None:
        return None
    is_sum = _is_sum(known, kpi_key)
    if not is_sum and not is_rate(known, kpi_key):
        return None
    names: dict[str, str] = {}
    figures = [_by_group(known, kpi_key, by, subject, one, names) for one in (before, now)]
    pairs = {key: (figures[0].get(key, NO_FIGURE), figures[1].get(key, NO_FIGURE))
             for key in names}  # fmt: skip
    if is_sum:
        return Split(effects_of_sums((move.before.value, move.now.value), pairs), names)
    found = effects_of_rates((move.before, move.now), pairs)
    return None if found is None else Split(found, names)


def _by_group(
    known: Catalogue, key: str, by: str, subject: Subject, window: Period, names: dict[str, str]
) -> dict[str, Figure]:
    rows = many_kpi_values(
        [key], by=by, period=window, person_ids=subject.person_ids, team_ids=subject.team_ids,
        known=known,
    )  # fmt: skip
    found = {}
    for row in rows:
        (part,) = row.group
        names[str(part.id)] = part.name
        found[str(part.id)] = row.figures[key]
    return found


# --- what others have --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Others:
    """What the person's team and role have of a KPI: the rate of the group, or for a sum the mean
    of its people. None for less than `LEAST_PEOPLE` people."""

    team: Fraction | None
    role: Fraction | None


def others_of(
    person_id: int, kpi_keys: Sequence[str], window: Period, *, known: Catalogue | None = None
) -> dict[str, Others]:
    """Team and role of the person on the last day of the window, for each KPI."""
    known = known or catalogue(window.last)
    sellers = [row for row in people.people_on(window) if not row.leads]
    mine = next((row for row in sellers if row.person_id == person_id), None)
    if mine is None:
        return dict.fromkeys(kpi_keys, Others(None, None))
    team = {row.person_id for row in sellers if row.team_id == mine.team_id}
    role = {row.person_id for row in sellers if row.role_key == mine.role_key}
    # colleagues of the same job first: a prospector has no deals to be measured by
    peers = team & role
    by_team, by_role = (_mean_of(known, kpi_keys, ids, window) for ids in (peers, role))
    return {key: Others(by_team.get(key), by_role.get(key)) for key in kpi_keys}


def _mean_of(
    known: Catalogue, keys: Sequence[str], ids: Collection[int], window: Period
) -> dict[str, Fraction | None]:
    if len(ids) < LEAST_PEOPLE:
        return {}
    rows = many_kpi_values(keys, period=window, person_ids=ids, known=known)
    figures = rows[0].figures if rows else {}
    found: dict[str, Fraction | None] = {}
    for key, figure in figures.items():
        shared = figure.value is not None and _is_sum(known, key)
        found[key] = figure.value / len(ids) if shared and figure.value else figure.value
    return found
