"""A year of a company with all that its dictionary measures, invented by the database itself.

Like `bench.data`: hashed numbers instead of dice, the same rows for the same size. Every type of
record that a shipped metric reads is there, in shares as a sales organisation has them; people
work on five days of seven; a tenth of the won deals credits two people, and one record of 250 was
corrected or cancelled later.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import accumulate

from django.db import connection, transaction

from bench import data
from people.models import Person

TEAM = 50
ROLES = ("sdr", "ae", "am", "field")
SHARES = {
    "call": 3017, "email": 3200, "reply": 900, "contact": 500, "follow_up": 600,
    "meeting_booked": 250, "meeting_held": 300, "qualified_meeting": 150, "lead": 250,
    "mql": 100, "sql": 80, "opportunity_created": 95, "demo": 80, "proposal_sent": 80,
    "deal_won": 40, "deal_lost": 45, "customer_lost": 3, "invoice_sent": 40,
    "payment_received": 38, "marketing_expense": 2, "sales_expense": 20,
    "satisfaction_answer": 60, "nps_answer": 30, "request_resolved": 60, "shelf_check": 40,
    "display_set": 15, "co_visit": 5,
}  # fmt: skip
"""Records of each type among 10,000."""
_MEASURED = (
    "activities_activity, activities_credit, activities_account, activities_deal,"
    " activities_dealstage"
)


def company(size: int) -> list[Person]:
    """So many sellers in teams of 50 with one role each; four roles."""
    return data.crew(size, ROLES, max(4, size // TEAM))


def year(rows: int, sellers: Sequence[Person], last_day: date) -> None:
    """So many activities over the year up to `last_day`, with deals, stages and revisions.

    Nothing is marked as touched: their cells are those that a rebuild makes. What indexes cost
    while rows are written is not measured here, so they are made afterwards.
    """
    given = {
        "rows": rows,
        "first": last_day - timedelta(days=data.DAYS - 1),
        "days": data.DAYS,
        "types": list(SHARES),
        "from": list(accumulate(SHARES.values(), initial=0))[:-1],
        "accounts": max(50, rows // 100),
        "deals": max(20, rows // 100),
        "people": [one.pk for one in sellers],
        "sellers": len(sellers),
    }
    with transaction.atomic(), _indexed_afterwards("activities_activity", "activities_credit"):
        data.run("SET LOCAL session_replication_role = replica")
        for statement in (_ACCOUNTS, data.PRODUCTS, _PRICES, _DEALS, _STAGES, _RECORDS, _REVISED):
            data.run(statement, given)
        for statement in (_CREDITS, _SECOND_CREDITS):
            data.run(statement, given)
    data.vacuum(_MEASURED)


@contextmanager
def _indexed_afterwards(*tables: str) -> Iterator[None]:
    """Drop all indexes of the tables but the primary keys, and make the same ones again."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        cursor.execute(_KEYS, [list(tables)])
        keys = cursor.fetchall()
        cursor.execute(_INDEXES, [list(tables)])
        indexes = cursor.fetchall()
    for table, name, _ in keys:
        data.run(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name, _ in indexes:
        data.run(f"DROP INDEX {name}")
    yield
    for table, name, definition in keys:
        data.run(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
    for _, definition in indexes:
        data.run(definition)


_KEYS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'u' AND conrelid = ANY(%s::regclass[])
"""
_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index i
WHERE indrelid = ANY(%s::regclass[]) AND NOT indisprimary
    AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid
        AND c.contype = 'u')
"""
_ACCOUNTS = """
INSERT INTO activities_account (external_id, name, segment)
SELECT 'acc' || n, 'Account ' || n, (ARRAY['small', 'medium', 'large'])[1 + n %% 3]
FROM generate_series(1, %(accounts)s) n
"""
_PRICES = "UPDATE activities_product SET list_price_minor = 200000 + 10000 * id"
_DEALS = """
INSERT INTO activities_deal (source, external_id, name)
SELECT 'bench', 'd' || n, '' FROM generate_series(1, %(deals)s) n
"""
# three stages each; of six deals one is still open, two were won, three lost
_STAGES = """
INSERT INTO activities_dealstage (deal_id, stage, entered_at, recorded_at, owner_id, account_id,
    product_id, amount_minor, currency, sale, withdrawn)
SELECT id, (ARRAY['prospecting', 'engaging', (ARRAY['proposal', 'won', 'won', 'lost', 'lost',
        'lost'])[1 + h1 %% 6]])[step], at, at, (%(people)s::bigint[])[1 + h2 %% %(sellers)s],
    (SELECT min(id) FROM activities_account) + h1 %% %(accounts)s,
    (SELECT min(id) FROM activities_product) + h2 %% 12,
    CASE WHEN h1 %% 5 > 0 THEN 100000 + h2 %% 900000 END,
    'EUR', '', false
FROM (
    SELECT id, step, hashint8extended(id, 1) & 2147483647 AS h1,
        hashint8extended(id, 2) & 2147483647 AS h2,
        (%(first)s::date + (id * (%(days)s - 40) / %(deals)s)::int + (step - 1) * 20
            + time '10:00') AT TIME ZONE 'UTC' AS at
    FROM activities_deal, generate_series(1, 3) step
) hashed ORDER BY at, id
"""
# hashint8extended gives the same numbers on every machine
_RECORDS = """
INSERT INTO activities_activity (source, external_id, revision, kind, type_id, occurred_at,
    recorded_at, account_id, deal_id, product_id, amount_minor, currency, attributes, reason)
SELECT 'bench', 'a' || n, 1, 'record', type, at, at + interval '1 hour',
    (SELECT min(id) FROM activities_account) + h3 %% %(accounts)s,
    CASE WHEN type IN ('opportunity_created', 'deal_won', 'deal_lost')
        THEN (SELECT min(id) FROM activities_deal) + h3 %% %(deals)s END,
    CASE WHEN type = 'deal_won' THEN (SELECT min(id) FROM activities_product) + h3 %% 12 END,
    CASE WHEN priced THEN 100000 + h3 %% 900000 END,
    CASE WHEN priced THEN 'EUR' ELSE '' END,
    CASE type
        WHEN 'deal_won' THEN jsonb_build_object('cycle_days', h3 %% 90,
            'margin', h3 %% 400000 / 100.0,
            'sale', (ARRAY['new', 'new', 'upsell', 'cross_sell'])[1 + h3 %% 4])
        WHEN 'deal_lost' THEN jsonb_build_object('cycle_days', h3 %% 60)
        WHEN 'satisfaction_answer' THEN jsonb_build_object('score', 1 + h3 %% 5)
        WHEN 'nps_answer' THEN jsonb_build_object('score', h3 %% 11)
        WHEN 'request_resolved' THEN jsonb_build_object('hours', h3 %% 200 / 4.0)
        WHEN 'shelf_check' THEN jsonb_build_object('products_listed', h3 %% 20,
            'products_in_range', 20, 'shelf_own_cm', h3 %% 300, 'shelf_total_cm', 600)
        WHEN 'co_visit' THEN jsonb_build_object('discovery_score', h3 %% 5,
            'proposal_score', h3 %% 4)
        ELSE '{}'
    END, ''
FROM (
    SELECT *, type IN ('deal_won', 'proposal_sent', 'opportunity_created', 'deal_lost',
        'invoice_sent', 'payment_received', 'marketing_expense', 'sales_expense') AS priced
    FROM (
        SELECT n, h3, (%(types)s::text[])[width_bucket(h1::int %% 10000, %(from)s::int[])] AS type,
            (day - CASE WHEN weekday > 5 THEN weekday - 5 + h2::int %% 5 ELSE 0 END + time '08:00')
                AT TIME ZONE 'UTC' + (h2 %% 36000) * interval '1 second' AS at
        FROM (
            SELECT *, extract(isodow FROM day)::int AS weekday FROM (
            SELECT n::bigint, %(first)s::date + ((n - 1) * %(days)s / %(rows)s)::int AS day,
                hashint8extended(n, 1) & 2147483647 AS h1,
                hashint8extended(n, 2) & 2147483647 AS h2,
                hashint8extended(n, 3) & 2147483647 AS h3
            FROM generate_series(1::bigint, %(rows)s) n
            ) hashed
        ) dated
    ) typed
) made ORDER BY n
"""
_REVISED = """
INSERT INTO activities_activity (source, external_id, revision, kind, type_id, occurred_at,
    recorded_at, account_id, deal_id, product_id, amount_minor, currency, attributes, reason,
    supersedes_id)
SELECT source, external_id, 2, CASE WHEN id %% 500 = 0 THEN 'cancellation' ELSE 'correction' END,
    type_id, occurred_at, recorded_at + interval '1 day', account_id, deal_id, product_id,
    amount_minor * 2, currency, attributes, 'typed wrongly', id
FROM activities_activity WHERE id %% 250 = 0 ORDER BY id
"""
_CREDITS = """
INSERT INTO activities_credit (activity_id, person_id, share, amount_minor, occurred_at, type_id,
    account_id)
SELECT id, (%(people)s::bigint[])
        [1 + (hashint8extended(substr(external_id, 2)::bigint, 4) & 2147483647) %% %(sellers)s],
    CASE WHEN shared THEN 0.5 ELSE 1 END,
    CASE WHEN shared THEN amount_minor - amount_minor / 2 ELSE amount_minor END, occurred_at,
    type_id, account_id
FROM (SELECT *, type_id = 'deal_won' AND substr(external_id, 2)::bigint %% 10 = 0 AS shared
    FROM activities_activity WHERE kind <> 'cancellation') a
ORDER BY id
"""
_SECOND_CREDITS = """
INSERT INTO activities_credit (activity_id, person_id, share, amount_minor, occurred_at, type_id,
    account_id)
SELECT id, (%(people)s::bigint[])
        [1 + ((hashint8extended(substr(external_id, 2)::bigint, 4) & 2147483647) + 1)
            %% %(sellers)s], 0.5, amount_minor / 2, occurred_at, type_id, account_id
FROM activities_activity
WHERE type_id = 'deal_won' AND substr(external_id, 2)::bigint %% 10 = 0 AND kind <> 'cancellation'
ORDER BY id
"""
