"""Where figures come from: the counted rows of the log, the cells, the states of deals.

The tables of `activities` and `people` are read here in SQL, and nowhere else in this room; which
rows count is decided by `activities.queries` alone.
"""
# ruff: noqa: S608 - the texts are fixed here; every value travels as a parameter in `Sql`

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from activities.queries import counted_credit_sql, counted_sql, stage_spans_sql
from kernel.periods import Period, Window, start_of_day
from kpis.calc.metrics import Balance, Customers, Duration, Latest, Moment, Same, Standing, Stock
from kpis.engine.fragments import Sql
from kpis.engine.measures import is_number


@dataclass(frozen=True, slots=True)
class Scope:
    """Which part of the log is asked for. None means everybody.

    `team_ids` keeps what people did while they were in one of these teams, `days` what they did on
    these days of the period; how things stand is that of its ends.
    """

    period: Period
    tz: ZoneInfo
    person_ids: tuple[int, ...] | None = None
    as_known_at: datetime | None = None
    team_ids: tuple[int, ...] | None = None
    days: tuple[Period, ...] | None = None

    @property
    def window(self) -> Window:
        """The time of the period's business days."""
        return Window.of(self.period, self.tz)


_LOG_COLUMNS = (
    "SELECT c.activity_id, c.type_id AS type, a.attributes, c.account_id, a.product_id,"
    " a.deal_id, a.source, a.external_id, c.occurred_at, a.recorded_at,"
    " c.person_id, c.share, c.amount_minor"
)
# the server reads the record only where a statement asks for what the credit does not repeat
_RECORD = " LEFT JOIN activities_activity a ON a.id = c.activity_id"


def log(scope: Scope, types: Sequence[str]) -> Sql:
    """One row per credit of a counted record whose business day lies in the period."""
    return log_in(scope.window, scope.tz, types, scope.person_ids, scope.as_known_at)


def first_records(scope: Scope, types: Sequence[str]) -> Sql:
    """Like `log`, but only the first counted record that each account ever had of the types."""
    return first_records_in(scope.window, scope.tz, types, scope.person_ids, scope.as_known_at)


def log_in(
    window: Window,
    tz: ZoneInfo,
    types: Sequence[str],
    person_ids: tuple[int, ...] | None = None,
    as_known_at: datetime | None = None,
) -> Sql:
    """One row per credit of a counted record in the window."""
    condition, params = counted_credit_sql(as_known_at=as_known_at)
    return (
        Sql(f"{_LOG_COLUMNS}, (c.occurred_at AT TIME ZONE %s)::date AS day", (tz.key,))
        + " FROM "
        + _credits_in(window, person_ids)
        + f" c{_RECORD}"
        + Sql(f" WHERE {condition}", tuple(params))
        + _of_types(types, person_ids)
    )


def _of_types(types: Sequence[str], person_ids: tuple[int, ...] | None) -> Sql:
    """People's credits are found by their index; everybody's by the records of the types."""
    found = Sql(" AND c.type_id = ANY(%s)", (sorted(types),))
    return found if person_ids else found + Sql(" AND a.type_id = ANY(%s)", (sorted(types),))


def _credits_in(window: Window, person_ids: tuple[int, ...] | None) -> Sql:
    rows = Sql(
        "(SELECT * FROM activities_credit WHERE occurred_at >= %s AND occurred_at < %s",
        (window.start, window.end),
    ) + _only(person_ids, "person_id")
    # workers cost more to start than one person's thousands of records to look up; of a limited
    # query, and be the limit above all numbers, the server starts none
    return rows + (" LIMIT 9223372036854775807)" if _is_one(person_ids) else ")")


def _is_one(person_ids: tuple[int, ...] | None) -> bool:
    return person_ids is not None and len(person_ids) == 1


def first_records_in(
    window: Window,
    tz: ZoneInfo,
    types: Sequence[str],
    person_ids: tuple[int, ...] | None = None,
    as_known_at: datetime | None = None,
) -> Sql:
    """One row per credit of the first counted record of each account, if it is in the window.

    Two records of one moment: the one that was known first, then the one with the lower id.
    """
    if _is_one(person_ids):
        # that few records: whether anything came before is asked of each
        return log_in(window, tz, types, person_ids, as_known_at) + _first(types, as_known_at)
    condition, params = counted_sql("a", as_known_at=as_known_at)
    first = (
        Sql("SELECT DISTINCT ON (a.account_id) a.id, a.occurred_at FROM activities_activity a")
        + Sql(f" WHERE {condition}", tuple(params))
        + Sql(" AND a.type_id = ANY(%s) AND a.account_id IS NOT NULL", (sorted(types),))
        + Sql(" AND a.occurred_at < %s", (window.end,))
        + " ORDER BY a.account_id, a.occurred_at, a.recorded_at, a.id"
    )
    return (
        Sql(f"{_LOG_COLUMNS}, (c.occurred_at AT TIME ZONE %s)::date AS day", (tz.key,))
        + " FROM ("
        + first
        + ") first JOIN activities_activity a ON a.id = first.id"
        " JOIN activities_credit c ON c.activity_id = a.id"
        + Sql(" WHERE first.occurred_at >= %s", (window.start,))
        + _only(person_ids, "c.person_id")
    )


def _first(types: Sequence[str], as_known_at: datetime | None) -> Sql:
    condition, params = counted_sql("e", as_known_at=as_known_at)
    return (
        " AND a.account_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM activities_activity e"
        + Sql(f" WHERE e.account_id = a.account_id AND {condition}", tuple(params))
        + Sql(" AND e.type_id = ANY(%s)", (sorted(types),))
        + " AND (e.occurred_at, e.recorded_at, e.id) < (a.occurred_at, a.recorded_at, a.id))"
    )


def cells(scope: Scope, metric_keys: Sequence[str]) -> Sql:
    """The stored cells of the period."""
    return Sql(
        "SELECT person_id, day, metric_key, value FROM kpis_cell"
        " WHERE metric_key = ANY(%s) AND day >= %s AND day < %s",
        (sorted(metric_keys), scope.period.start, scope.period.end),
    ) + _only(scope.person_ids, "person_id")


def durations(scope: Scope, definition: Duration) -> Sql:
    """Like `log`, with `began_at` and `began_on`: when what the time is measured from happened.

    A record that nothing came before is left out.
    """
    return durations_in(scope.window, scope.tz, definition, scope.person_ids, scope.as_known_at)


def durations_in(
    window: Window,
    tz: ZoneInfo,
    definition: Duration,
    person_ids: tuple[int, ...] | None = None,
    as_known_at: datetime | None = None,
) -> Sql:
    """The same for a window."""
    condition, params = counted_sql("b", as_known_at=as_known_at)
    thing = "deal_id" if definition.same is Same.DEAL else "account_id"
    return (
        Sql("SELECT f.*, b.began_at, (b.began_at AT TIME ZONE %s)::date AS began_on", (tz.key,))
        + " FROM ("
        + log_in(window, tz, definition.types, person_ids, as_known_at)
        + ") f CROSS JOIN LATERAL (SELECT min(b.occurred_at) AS began_at FROM activities_activity b"
        + Sql(f" WHERE b.{thing} = f.{thing} AND {condition}", tuple(params))
        + Sql(" AND b.type_id = ANY(%s)", (sorted(definition.since),))
        + " AND b.occurred_at <= f.occurred_at) b WHERE b.began_at IS NOT NULL"
    )


def standing(
    scope: Scope, parts: Sequence[tuple[int, Period]], definitions: Sequence[Standing]
) -> Sql:
    """How things stand at the start or the end of parts of some windows, as the definitions ask.

    All definitions are of one kind over the same types (see `same_reading`). `place` is the number
    of the part's window and `moment` says which of its ends it is; `day` is its first or last day,
    on which the owner's place is looked up. Of stocks one row per deal, of the rest one per credit
    of what happened before; of the newest records one for each `attribute` that is asked for.
    """
    ends = dict.fromkeys(one.at for one in definitions)
    looks = [_look(place, part, end, scope.tz) for place, part in parts for end in ends]
    match definitions[0]:
        case Stock():
            return _states(scope, looks)
        case Balance(plus, minus):
            return _all_before(scope, looks, plus + minus)
        case Customers(won, lost):
            return _newest_before(scope, looks, won + lost)
        case Latest(types):
            said = {one.attribute for one in definitions if isinstance(one, Latest)}
            return _newest_before(scope, looks, types, sorted(said))


def same_reading(definition: Standing) -> Hashable:
    """Definitions with the same key are read off the same rows."""
    match definition:
        case Stock():
            return Stock
        case Balance(plus, minus):
            return Balance, plus, minus
        case Customers(won, lost):
            return Customers, won, lost
        case Latest(types):
            return Latest, types


@dataclass(frozen=True, slots=True)
class EndedObjective:
    """A person's objective by its last day, and whether it was met."""

    person_id: int
    day: date
    met: bool


def ended(objectives: Sequence[EndedObjective]) -> Sql:
    """One row per objective that has ended."""
    return Sql(
        "SELECT person_id, day, met, NULL::bigint AS account_id, NULL::bigint AS product_id"
        " FROM unnest(%s::bigint[], %s::date[], %s::integer[]) o(person_id, day, met)",
        (
            [one.person_id for one in objectives],
            [one.day for one in objectives],
            [int(one.met) for one in objectives],
        ),
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """A moment to look at, of a window; on `day` the owner's place is looked up."""

    place: int
    day: date
    at: datetime
    moment: Moment


def _look(place: int, part: Period, moment: Moment, tz: ZoneInfo) -> _Look:
    if moment is Moment.START:
        return _Look(place, part.start, start_of_day(part.start, tz), moment)
    return _Look(place, part.last, start_of_day(part.end, tz), moment)


def _all_of(looks: Sequence[_Look]) -> Sql:
    return Sql(
        "unnest(%s::integer[], %s::date[], %s::timestamptz[], %s::text[])"
        " AS p(place, day, at, moment)",
        (
            [one.place for one in looks],
            [one.day for one in looks],
            [one.at for one in looks],
            [one.moment.value for one in looks],
        ),
    )


_LOOK_COLUMNS = "p.place, p.day, p.moment"


def _all_before(scope: Scope, looks: Sequence[_Look], types: Sequence[str]) -> Sql:
    condition, params = counted_credit_sql(as_known_at=scope.as_known_at)
    return (
        f"{_LOG_COLUMNS}, {_LOOK_COLUMNS} FROM activities_credit c{_RECORD} JOIN "
        + _all_of(looks)
        + Sql(f" ON c.occurred_at < p.at WHERE {condition}", tuple(params))
        + _of_types(types, scope.person_ids)
        + _only(scope.person_ids, "c.person_id")
    )


def _newest_before(
    scope: Scope, looks: Sequence[_Look], types: Sequence[str], attributes: Sequence[str] = ()
) -> Sql:
    """The credits of each account's newest record; of each attribute, of those that state it.

    Two records of one moment: the one that was known last, then the one with the higher id. The
    log is read once for all moments: a record is the newest until the next one of its account.
    """
    condition, params = counted_sql("f", as_known_at=scope.as_known_at)
    said, stated, each = Sql(""), Sql(""), ""
    if attributes:
        said = Sql(" CROSS JOIN unnest(%s::text[]) said(attribute)", (list(attributes),))
        stated = " AND " + is_number(Sql("(f.attributes ->> said.attribute)"))
        each = ", said.attribute"
    records = (
        Sql(f"SELECT f.*{each}, lead(f.occurred_at) OVER (PARTITION BY f.account_id{each}")
        + " ORDER BY f.occurred_at, f.recorded_at, f.id) AS next_at FROM activities_activity f"
        + said
        + Sql(f" WHERE {condition}", tuple(params))
        + Sql(" AND f.type_id = ANY(%s) AND f.account_id IS NOT NULL", (sorted(types),))
        + Sql(" AND f.occurred_at < %s", (max(one.at for one in looks),))
        + stated
        + _accounts_of(scope.person_ids, types)
    )
    return (
        f"{_LOG_COLUMNS}, {_LOOK_COLUMNS}{', a.attribute' if attributes else ''} FROM ("
        + records
        + ") a JOIN "
        + _all_of(looks)
        + " ON a.occurred_at < p.at AND (a.next_at IS NULL OR a.next_at >= p.at)"
        " JOIN activities_credit c ON c.activity_id = a.id WHERE true"
        + _only(scope.person_ids, "c.person_id")
    )


def _accounts_of(person_ids: tuple[int, ...] | None, types: Sequence[str]) -> Sql:
    """Of one person, only the accounts of which a record of the types credits them: no other can
    count. To look up those of many people costs more than to read all records of the types."""
    if person_ids is None or len(person_ids) > 1:
        return Sql("")
    return Sql(
        " AND f.account_id IN (SELECT own.account_id FROM activities_credit own"
        " WHERE own.person_id = ANY(%s) AND own.type_id = ANY(%s))",
        (list(person_ids), sorted(types)),
    )


def _states(scope: Scope, looks: Sequence[_Look]) -> Sql:
    """Each deal as it stood; the stages are sorted once for all moments."""
    spans, params = stage_spans_sql(as_known_at=scope.as_known_at)
    return (
        Sql(f"SELECT {_LOOK_COLUMNS}, s.owner_id AS person_id, s.deal_id,")
        + " s.stage, s.entered_at, s.amount_minor,"
        + " s.account_id, s.product_id, coalesce(odds.probability, 0) AS probability"
        + Sql(f" FROM ({spans}) s JOIN ", tuple(params))
        + _all_of(looks)
        + " ON s.from_at < p.at AND s.until_at >= p.at"
        " LEFT JOIN kpis_stageprobability odds ON odds.stage = s.stage WHERE true"
        + _only(scope.person_ids, "s.owner_id")
    )


def _only(person_ids: tuple[int, ...] | None, column: str) -> Sql:
    if person_ids is None:
        return Sql("")
    return Sql(f" AND {column} = ANY(%s)", (list(person_ids),))
