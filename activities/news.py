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
    later = (
        "SELECT 1 FROM activities_activity later WHERE later.supersedes_id = a.id"
        " AND later.recorded_at > %s AND later.recorded_at <= %s"
    )
    statement = (
        "SELECT DISTINCT c.person_id FROM activities_activity a"  # noqa: S608 - fixed text only
        " JOIN activities_credit c ON c.activity_id = a.id"
        " WHERE a.type_id = ANY(%s) AND a.occurred_at >= %s AND a.occurred_at < %s"
        f" AND ((a.recorded_at > %s AND a.recorded_at <= %s) OR EXISTS ({later}))"
    )
    with connection.cursor() as cursor:
        known = [since, until, since, until]
        cursor.execute(statement, [list(type_keys), start, end, *known])
        return frozenset(row[0] for row in cursor.fetchall())


def people_behind_news(
    end: datetime, *, since: datetime, until: datetime, same_account: bool = False
) -> frozenset[int]:
    """Whose figures of the time before `end` may differ between two moments.

    That is: to whom records are credited that became known after `since` (and by `until`) or were
    superseded then, and the owners, of any time, of deals whose stages were. With `same_account`
    also to whom any record of the same customers is credited: which one was first may have changed.
    Two queries.
    """
    news = "{row}.recorded_at > %s AND {row}.recorded_at <= %s"
    ids = {}
    for table, moment in (
        ("activities_activity", "occurred_at"),
        ("activities_dealstage", "entered_at"),
    ):
        ids[table] = (
            f"SELECT a.* FROM {table} a WHERE {news.format(row='a')}"  # noqa: S608 - ours
            f" AND (a.{moment} IS NULL OR a.{moment} < %s)"
            f" UNION SELECT a.* FROM {table} later JOIN {table} a ON a.id = later.supersedes_id"
            f" WHERE {news.format(row='later')} AND (a.{moment} IS NULL OR a.{moment} < %s)"
        )
    records = f"SELECT id FROM ({ids['activities_activity']}) news"  # noqa: S608
    if same_account:
        accounts = f"SELECT account_id FROM ({ids['activities_activity']}) news"  # noqa: S608
        records = f"SELECT id FROM activities_activity WHERE account_id IN ({accounts})"  # noqa: S608
        records += f" UNION SELECT id FROM ({ids['activities_activity']}) news"  # noqa: S608
    deals = f"SELECT deal_id FROM ({ids['activities_dealstage']}) news"  # noqa: S608
    moments = [since, until, end] * 2
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT person_id FROM activities_credit WHERE activity_id IN ({records})",  # noqa: S608
            moments * (2 if same_account else 1),
        )
        found = {row[0] for row in cursor.fetchall()}
        cursor.execute(
            f"SELECT DISTINCT owner_id FROM activities_dealstage WHERE deal_id IN ({deals})",  # noqa: S608
            moments,
        )
        return frozenset(found | {row[0] for row in cursor.fetchall()})
