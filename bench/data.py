"""Data for the bench: invented by the database itself, so that a million rows take seconds.

Not the demo: no stories, an even company, hashed numbers instead of dice. The same size and the
same last day give the same rows.
"""
# ruff: noqa: S608 - the texts are fixed in this folder; values travel as parameters

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

from people import services as people
from people.models import Assignment, Person, Role, Team, User

TEAMS, REGIONS = 8, 3
PASSWORD = "bench-bench-2026"  # noqa: S105 - lives as long as the temporary database
ACCOUNTS = 500
DAYS = 365
_TYPES = (
    *("call",) * 8,
    *("email",) * 6,
    *("meeting_held",) * 2,
    *("qualified_meeting", "proposal_sent", "deal_won", "deal_lost"),
)
_TABLES = (
    "people_person, people_team, people_user, activities_account, activities_product,"
    " activities_deal, activities_activity, activities_touchedday, activities_importbatch,"
    " kpis_cell, incentives_plan, incentives_payperiod, incentives_roster, challenges_challenge"
)


def clear() -> None:
    """An empty company: no people, no log, no figures."""
    run(f"TRUNCATE {_TABLES} RESTART IDENTITY CASCADE")


def crew(size: int, roles: Sequence[str] = ("ae",), team_count: int = TEAMS) -> list[Person]:
    """So many sellers in teams of 3 regions, one lead per team; the company in Paris.

    Sellers are dealt out to the teams, and so are the roles."""
    people.set_up_company(actor=None, name="Bench SA", language="en")
    regions = [Team.objects.create(key=f"r{n}", name=f"Region {n}") for n in range(REGIONS)]
    teams = [
        Team.objects.create(key=f"t{n}", name=f"Team {n}", parent=regions[n % REGIONS])
        for n in range(team_count)
    ]
    made = Person.objects.bulk_create(
        [
            Person(number=f"P{n}", first_name="Alex", last_name=f"Roux {n:04d}")
            for n in range(size + team_count)
        ]
    )
    leads, sellers = made[:team_count], made[team_count:]
    known = {one.key: one for one in Role.objects.all()}
    since = date(2020, 1, 1)
    Assignment.objects.bulk_create(
        [
            Assignment(person=one, team=team, role=known["manager"], valid_from=since)
            for one, team in zip(leads, teams, strict=True)
        ]
        + [
            Assignment(person=one, team=teams[n % team_count],
                       role=known[roles[n % len(roles)]],
                       manager=leads[n % team_count], valid_from=since)
            for n, one in enumerate(sellers)
        ]
    )  # fmt: skip
    return sellers


def sign_in(email: str, person: Person | None = None, rights: Sequence[str] = ()) -> User:
    """A user with the password of the bench."""
    return people.create_user(
        actor=None, email=email, person=person, rights=rights, password=PASSWORD, language="en"
    )


def log(rows: int, sellers: Sequence[Person], last_day: date) -> None:
    """So many activities over the year up to `last_day`, in the order of time, one credit each.

    Nothing is marked as touched: their cells are those that a rebuild makes.
    """
    given = {
        "rows": rows,
        "first": last_day - timedelta(days=DAYS - 1),
        "days": DAYS,
        "types": list(_TYPES),
        "kinds": len(_TYPES),
        "accounts": ACCOUNTS,
        "people": [one.pk for one in sellers],
        "sellers": len(sellers),
    }
    with transaction.atomic():
        # as a restore does: what is made here needs no check of its foreign keys
        run("SET LOCAL session_replication_role = replica")
        for statement in (_ACCOUNTS, _ACTIVITIES, _CREDITS):
            run(statement, given)
    vacuum("activities_activity, activities_credit, activities_account")


def deals(sellers: Sequence[Person], each: int, month: date) -> None:
    """`each` won deals of every seller within 28 days from `month` on, one credit per deal.

    Amounts have cents; of every tenth deal the seller has one half. Nothing is marked as touched.
    """
    given = {
        "people": [one.pk for one in sellers],
        "each": each,
        "first": month,
        "accounts": ACCOUNTS,
    }
    with transaction.atomic():
        run("SET LOCAL session_replication_role = replica")
        for statement in (_ACCOUNTS, PRODUCTS, _DEALS, _WON, _SHARES):
            run(statement, given)
    vacuum("activities_activity, activities_credit, activities_account, activities_deal")


def vacuum(tables: str = "") -> None:
    """Leave no work of before to the autovacuum while something is measured."""
    # inside a transaction (a test of this module) there is no VACUUM
    run(f"{'ANALYZE' if connection.in_atomic_block else 'VACUUM ANALYZE'} {tables}")


def row_count(table: str) -> int:
    """How many rows a table has."""
    ((count,),) = rows_of(f"SELECT count(*) FROM {table}")
    return int(count)


def rows_of(statement: str, params: Any = None) -> list[tuple[Any, ...]]:
    """The rows of a plain statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())


def run(statement: str, params: Any = None) -> None:
    """Execute a plain statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


_ACCOUNTS = """
INSERT INTO activities_account (external_id, name, segment)
SELECT 'acc' || n, 'Account ' || n, '' FROM generate_series(1, %(accounts)s) n
"""
# hashint8extended gives the same numbers on every machine
_ACTIVITIES = """
INSERT INTO activities_activity (source, external_id, revision, kind, type_id, occurred_at,
    recorded_at, account_id, amount_minor, currency, attributes, reason)
SELECT 'bench', 'a' || n, 1, 'record', type, at, at + interval '1 hour', acc.id,
    CASE WHEN type = 'deal_won' THEN 100000 + h3 %% 900000 END,
    CASE WHEN type = 'deal_won' THEN 'EUR' ELSE '' END, '{}', ''
FROM (
    SELECT n, h3, (%(types)s::text[])[1 + h1 %% %(kinds)s] AS type,
        (%(first)s::date + ((n - 1) * %(days)s / %(rows)s)::int + time '08:00') AT TIME ZONE 'UTC'
            + (h2 %% 36000) * interval '1 second' AS at,
        'acc' || (1 + h3 %% %(accounts)s) AS account
    FROM (
        SELECT n::bigint, hashint8extended(n, 1) & 2147483647 AS h1,
            hashint8extended(n, 2) & 2147483647 AS h2, hashint8extended(n, 3) & 2147483647 AS h3
        FROM generate_series(1::bigint, %(rows)s) n
    ) hashed
) made JOIN activities_account acc ON acc.external_id = account
ORDER BY n
"""
_CREDITS = """
INSERT INTO activities_credit (activity_id, person_id, share, amount_minor, occurred_at, type_id,
    account_id)
SELECT id, (%(people)s::bigint[])
        [1 + (hashint8extended(substr(external_id, 2)::bigint, 4) & 2147483647) %% %(sellers)s],
    1, amount_minor, occurred_at, type_id, account_id
FROM activities_activity ORDER BY id
"""
PRODUCTS = """
INSERT INTO activities_product (key, name, series)
SELECT 'p' || n, 'Product ' || n, (ARRAY['core', 'plus', 'new'])[1 + n %% 3]
FROM generate_series(1, 12) n
"""
_DEALS = """
INSERT INTO activities_deal (source, external_id, name)
SELECT 'bench', 'd' || n, '' FROM generate_series(1, array_length(%(people)s, 1) * %(each)s) n
"""
_WON = """
INSERT INTO activities_activity (source, external_id, revision, kind, type_id, occurred_at,
    recorded_at, account_id, deal_id, product_id, amount_minor, currency, attributes, reason)
SELECT 'bench', external_id, 1, 'record', 'deal_won', at, at + interval '1 hour',
    1 + h2 %% %(accounts)s, id, 1 + h3 %% 12, 10000 + h1 %% 490000, 'EUR', '{}', ''
FROM (
    SELECT id, external_id, hashint8extended(id, 1) & 2147483647 AS h1,
        hashint8extended(id, 2) & 2147483647 AS h2, hashint8extended(id, 3) & 2147483647 AS h3,
        (%(first)s::date + time '08:00') AT TIME ZONE 'UTC'
            + (hashint8extended(id, 4) & 2147483647) %% 2419200 * interval '1 second' AS at
    FROM activities_deal
) hashed ORDER BY at, id
"""
# the deals of one seller lie apart in the log, as they do where people work side by side
_SHARES = """
INSERT INTO activities_credit (activity_id, person_id, share, amount_minor, occurred_at, type_id,
    account_id)
SELECT id, (%(people)s::bigint[])[1 + id %% array_length(%(people)s, 1)],
    CASE WHEN id %% 10 = 0 THEN 0.5 ELSE 1 END,
    CASE WHEN id %% 10 = 0 THEN amount_minor / 2 ELSE amount_minor END, occurred_at,
    type_id, account_id
FROM activities_activity ORDER BY id
"""
