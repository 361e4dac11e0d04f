"""Run the grouped statements and put their figures together by group."""

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from kpis.calc.figures import ONE, Quantity
from kpis.calc.metrics import (
    Balance,
    Customers,
    Definition,
    Duration,
    FirstWins,
    Latest,
    Objectives,
    Standing,
    Stock,
    is_additive,
    unit_of,
    zero_when_empty,
)
from kpis.engine import facts
from kpis.engine.facts import EndedObjective, Scope
from kpis.engine.fragments import Sql, joined, rows_of
from kpis.engine.grouping import Grouping, Key
from kpis.engine.measures import needs_product, of_log, of_standing
from people.queries import AssignmentRow, assignments_between, team_tree

Values = dict[str, Quantity]
Groups = dict[tuple[Key, ...], Values]


@dataclass(frozen=True, slots=True)
class Question:
    """Which metrics, of which part of the log, in which groups."""

    metrics: Mapping[str, Definition]
    scope: Scope
    grouping: Grouping
    currency: str
    from_log: bool = False
    """Read the log even where cells could answer, to check them."""
    not_in_cells: frozenset[str] = frozenset()
    """Metrics whose cells of the past are not all there yet."""
    ended: Sequence[EndedObjective] = ()
    """The objectives that ended in the period, where a metric counts them."""


def answer(question: Question) -> Groups:
    """The exact figures of every group; money in major units.

    Groups of the roster and of time are all there, with 0 where nothing was recorded; groups of
    records (product, account, ...) only where there is a record. The number of statements depends
    on the kinds of metrics asked for, never on the number of people.
    """
    return answers([question])[0]


def answers(questions: Sequence[Question]) -> list[Groups]:
    """The answer to each of some questions that differ by period only. How things stand is asked
    for all of them at once."""
    found: list[Groups] = [{group: {} for group in _roster_groups(one)} for one in questions]
    for question, groups in zip(questions, found, strict=True):
        for part in _parts(question):
            _put(groups, part)
    for place, part in _standings(questions):
        _put(found[place], part)
    for question, groups in zip(questions, found, strict=True):
        for values in groups.values():
            for key, definition in question.metrics.items():
                values.setdefault(key, _nothing(definition))
    return found


def _put(groups: Groups, part: Groups) -> None:
    for group, values in part.items():
        groups.setdefault(group, {}).update(values)


def _nothing(definition: Definition) -> Quantity:
    return Quantity(Fraction(0)) if zero_when_empty(definition) else Quantity(None, Fraction(0))


def _parts(question: Question) -> list[Groups]:
    """One partial answer per statement about what happened."""
    use_cells = (
        question.grouping.from_cells
        and question.scope.as_known_at is None
        and not question.from_log
    )
    stored: dict[str, Definition] = {}
    logged: dict[str, Definition] = {}
    firsts: dict[tuple[str, ...], dict[str, Definition]] = {}
    counted: dict[str, Definition] = {}
    durations: dict[Duration, dict[str, Definition]] = {}
    for key, definition in question.metrics.items():
        match definition:
            case Stock() | Latest() | Customers() | Balance():
                pass  # see `_standings`
            case Objectives():
                counted[key] = definition
            case Duration():
                durations.setdefault(definition, {})[key] = definition
            case FirstWins(types):
                firsts.setdefault(types, {})[key] = definition
            case _ if use_cells and is_additive(definition) and key not in question.not_in_cells:
                stored[key] = definition
            case _:
                logged[key] = definition
    parts = [_from_cells(question, stored)] if stored else []
    if logged:
        parts.append(_from_log(question, logged))
    for types, metrics in firsts.items():
        parts.append(_grouped(question, metrics, facts.first_records(question.scope, types)))
    for duration, metrics in durations.items():
        parts.append(_grouped(question, metrics, facts.durations(question.scope, duration)))
    if counted:
        parts.append(_grouped(question, counted, facts.ended(question.ended)))
    return parts


def _standings(questions: Sequence[Question]) -> Iterator[tuple[int, Groups]]:
    """How things stand, one statement for all that is read off the same rows: partial answers with
    the places of their questions."""
    question = questions[0]
    alike: dict[Hashable, dict[str, Standing]] = {}
    for key, definition in question.metrics.items():
        if isinstance(definition, Standing):
            alike.setdefault(facts.same_reading(definition), {})[key] = definition
    parts = [
        (place, part)
        for place, one in enumerate(questions)
        for _, part in one.grouping.buckets(one.scope.period)
    ]
    for metrics in alike.values():
        source = facts.standing(question.scope, parts, list(metrics.values()))
        measures = [(of_standing(one), Sql("NULL::numeric")) for one in metrics.values()]
        columns = (Sql("f.place"), *question.grouping.columns())
        for (place, *group), values in _run(question, metrics, source, measures, columns).items():
            yield int(str(place)), {tuple(group): values}


def _from_cells(question: Question, metrics: Mapping[str, Definition]) -> Groups:
    measures = [
        (Sql("coalesce(sum(f.value) FILTER (WHERE f.metric_key = %s), 0)", (key,)),
         Sql("NULL::numeric"))
        for key in metrics
    ]  # fmt: skip
    return _run(question, metrics, facts.cells(question.scope, list(metrics)), measures)


def _from_log(question: Question, metrics: Mapping[str, Definition]) -> Groups:
    types = {name for definition in metrics.values() for name in getattr(definition, "types", ())}
    return _grouped(question, metrics, facts.log(question.scope, sorted(types)))


def _grouped(question: Question, metrics: Mapping[str, Definition], source: Sql) -> Groups:
    return _run(question, metrics, source, [of_log(one) for one in metrics.values()])


def _run(
    question: Question,
    metrics: Mapping[str, Definition],
    source: Sql,
    measures: Sequence[tuple[Sql, Sql]],
    columns: tuple[Sql, ...] | None = None,
) -> Groups:
    """One statement; by the columns of the grouping, or by those given."""
    grouping = question.grouping
    columns = grouping.columns() if columns is None else columns
    wanted = [*columns, *(piece for pair in measures for piece in pair)]
    statement = "WITH facts AS (" + source + ") SELECT " + joined(wanted, ", ")
    statement += " FROM facts f"
    teams = question.scope.team_ids
    statement += grouping.joins(
        product=any(needs_product(one) for one in metrics.values()), place=teams is not None
    )
    statement += _kept(question.scope)
    if columns:
        statement += " GROUP BY " + joined(columns, ", ")
    width = len(columns)
    found: Groups = {}
    for row in rows_of(statement):
        parts = zip(row[width::2], row[width + 1 :: 2], strict=True)
        found[tuple(row[:width])] = {
            key: _quantity(top, bottom, definition, question.currency)
            for (key, definition), (top, bottom) in zip(metrics.items(), parts, strict=True)
        }
    return found


def _kept(scope: Scope) -> Sql:
    """The condition on facts by the teams and the days of the scope."""
    found = Sql(" WHERE true")
    if scope.team_ids is not None:
        found += Sql(" AND place.team_id = ANY(%s)", (list(scope.team_ids),))
    if scope.days is not None:
        starts, ends = [one.start for one in scope.days], [one.end for one in scope.days]
        found += Sql(
            " AND EXISTS (SELECT FROM unnest(%s::date[], %s::date[]) kept(start, stop)"
            " WHERE f.day >= kept.start AND f.day < kept.stop)",
            (starts, ends),
        )
    return found


def _quantity(
    top: Decimal | int | None, bottom: Decimal | int | None, definition: Definition, currency: str
) -> Quantity:
    if top is None:
        return _nothing(definition)
    unit = unit_of(definition, currency)
    return Quantity(Fraction(top) / unit, ONE if bottom is None else Fraction(bottom))


def _roster_groups(question: Question) -> Collection[tuple[Key, ...]]:
    """The groups that exist without any record: the roster's places times the buckets."""
    grouping, period = question.grouping, question.scope.period
    if not grouping.from_cells:
        return []
    buckets = grouping.buckets(period)
    people = [one for one in grouping.by if one is not grouping.time]
    if not people:
        return [_key(grouping, {}, bucket) for bucket, _ in buckets]
    regions = _regions() if "region" in grouping.by else {}
    found: dict[tuple[Key, ...], None] = {}
    teams = question.scope.team_ids
    for row in assignments_between(period, question.scope.person_ids):
        if teams is not None and row.team_id not in teams:
            continue
        for bucket, part in buckets:
            if row.during(part) is not None:
                found[_key(grouping, _place(row, regions), bucket)] = None
    return found


def _place(row: AssignmentRow, regions: Mapping[int, int]) -> dict[str, Key]:
    return {
        "person": row.person_id,
        "team": row.team_id,
        "manager": row.manager_id,
        "region": regions.get(row.team_id),
        "role": row.role_key,
    }


def _key(grouping: Grouping, place: Mapping[str, Key], bucket: Key) -> tuple[Key, ...]:
    return tuple(bucket if one is grouping.time else place[one] for one in grouping.by)


def _regions() -> dict[int, int]:
    """The top of each team's tree, by team."""
    top: dict[int, int] = {}
    for team in team_tree():
        top[team.id] = team.id if team.parent_id is None else top[team.parent_id]
    return top
