"""Whose figures may have changed between two moments: what news in the log can reach."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection


def people_with_news(
    start: datetime,
    end: datetime,
    *,
    type_keys: Collection[str],
    since: datetime,
    until: datetime,
) -> frozenset[int]:
    """Whose counted credits with `start <= occurred_at < end` may differ between two moments.

    That is: whose credits of these types became known after `since` (and by `until`), or were
    superseded then. One query.
    """
    about = "a.type_id = ANY(%s) AND a.occurred_at >= %s AND a.occurred_at < %s"
    records = _news("activities_activity", "id", about)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT person_id FROM activities_credit WHERE activity_id IN ({records})",  # noqa: S608 - names of our own tables and columns; values are parameters
            [since, until, list(type_keys), start, end] * 2,
        )
        return frozenset(row[0] for row in cursor.fetchall())


def _news(table: str, column: str, about: str) -> str:
    """A SELECT of rows that became known after a moment and by another, or were superseded then.

    Its parameters are those two moments and those of `about`, twice.
    """
    known = "{row}.recorded_at > %s AND {row}.recorded_at <= %s"
    return (
        f"SELECT a.{column} FROM {table} a WHERE {known.format(row='a')} AND {about}"  # noqa: S608 - names of our own tables and columns; values are parameters
        f" UNION SELECT a.{column} FROM {table} later JOIN {table} a ON a.id = later.supersedes_id"
        f" WHERE {known.format(row='later')} AND {about}"
    )


def people_behind_news(
    end: datetime, *, since: datetime, until: datetime, same_account: bool = False
) -> frozenset[int]:
    """Whose figures of the time before `end` may differ between two moments.

    That is: to whom records are credited that became known after `since` (and by `until`) or were
    superseded then, and the owners, of any time, of deals whose stages were. With `same_account`
    also to whom any record of the same customers or deals is credited: which one was first, or
    last, may have changed. Two queries.
    """
    before = "a.occurred_at < %s"
    records = _news("activities_activity", "id", before)
    if same_account:
        for thing in ("account_id", "deal_id"):
            things = _news("activities_activity", thing, before)
            records += f" UNION SELECT id FROM activities_activity WHERE {thing} IN ({things})"  # noqa: S608 - names of our own tables and columns; values are parameters
    deals = _news("activities_dealstage", "deal_id", "(a.entered_at IS NULL OR a.entered_at < %s)")
    moments = [since, until, end] * 2
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT person_id FROM activities_credit WHERE activity_id IN ({records})",  # noqa: S608 - names of our own tables and columns; values are parameters
            moments * (3 if same_account else 1),
        )
        found = {row[0] for row in cursor.fetchall()}
        cursor.execute(
            f"SELECT DISTINCT owner_id FROM activities_dealstage WHERE deal_id IN ({deals})",  # noqa: S608 - names of our own tables and columns; values are parameters
            moments,
        )
        return frozenset(found | {row[0] for row in cursor.fetchall()})
