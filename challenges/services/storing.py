"""Rows of a board and lines of its log into the database, many in one statement.

A board of thousands is written by half in Python when the ORM makes the statements: an object for
each row, a parameter for each value. Here all values travel as one JSON text.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from kpis.queries.sums import GROUPED, Sql

_STANDING = {
    "challenge_id": "bigint",
    "entrant_key": "text",
    "person_id": "bigint",
    "team_id": "bigint",
    "position": "integer",
    "rank": "integer",
    "score_text": "text",
    "detail": "jsonb",
    "since": "timestamptz",
    "tally": "jsonb",
    "effects": "jsonb",
}
_CHANGE = {
    "challenge_id": "bigint",
    "entrant_key": "text",
    "at": "timestamptz",
    "record": "text",
    "cause": "text",
    "delta": "text",
    "before": "text",
    "after": "text",
    "rules_number": "integer",
    "detail": "jsonb",
}
Values = Mapping[str, Any]
"""Columns of a row as JSON: moments in ISO 8601."""


def insert_standings(rows: Sequence[Values]) -> None:
    """New rows with all their columns."""
    _insert("challenges_standing", _STANDING, rows)


def append_changes(rows: Sequence[Values]) -> None:
    """Lines of the log, numbered in this order."""
    _insert("challenges_scorechange", _CHANGE, rows)


def update_standings(rows: Mapping[int, Values]) -> None:
    """Set columns, the same of all rows, by the id of the row."""
    if not rows:
        return
    names = list(next(iter(rows.values())))
    given = [{"id": pk, **values} for pk, values in rows.items()]
    sets = ", ".join(f"{name} = new.{name}" for name in names)
    _run(
        f"UPDATE challenges_standing s SET {sets} FROM {_told('new', _STANDING, names)}"  # noqa: S608 - names of our own columns
        " WHERE s.id = new.id",
        given,
    )


def begin_standings(
    challenge_id: int, told: Sql, person_ids: Collection[int], at: datetime
) -> list[tuple[Any, ...]]:
    """Begin a row for each of these people of whom the statement tells: `records`, what each
    record counts, stays in the database. All rows of the statement, without `records`.

    One statement, so that what was added up and what is kept are the same records, whatever
    commits meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH told AS ({told.text}), begun AS (INSERT INTO challenges_standing"  # noqa: S608 - the statement is made of our own texts
            " (challenge_id, entrant_key, person_id, position, detail, since, effects)"
            " SELECT %s, 'person:' || person_id, person_id, 0, '{}', %s, records FROM told"
            " WHERE person_id = ANY(%s))"
            f" SELECT {', '.join(GROUPED)} FROM told",
            [*told.params, challenge_id, at, list(person_ids)],
        )
        return list(cursor.fetchall())


def _insert(table: str, types: Mapping[str, str], rows: Sequence[Values]) -> None:
    if not rows:
        return
    names = ", ".join(types)
    _run(f"INSERT INTO {table} ({names}) SELECT {names} FROM {_told('new', types, types)}", rows)  # noqa: S608 - names of our own tables and columns


def _told(name: str, types: Mapping[str, str], columns: Any) -> str:
    declared = ", ".join(["id bigint", *(f"{column} {types[column]}" for column in columns)])
    return f"json_to_recordset(%s::json) AS {name}({declared})"


def _run(statement: str, rows: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [json.dumps(rows)])
