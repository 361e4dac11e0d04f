"""The tables of the log as somebody would read them who has never seen the engine.

`lay_out` writes what counts into temporary tables, once for a set of data; `RELATIONS` reads one
window of them. Nothing here uses the cells, the views, or a piece of SQL of the product. It is
written another way on purpose: the newest revision is the one with the highest number (the engine
follows links), a state lasts until the next one of its chain (the engine sorts and takes the
first), and windows are of business days (the engine's are of moments).
"""
# ruff: noqa: S608 - the texts are fixed here; every value travels as a parameter

from datetime import datetime

from django.db import connection

from kernel.money import digits_of

_PLACE = (
    "LEFT JOIN people_assignment p ON p.person_id = {row}.person"
    " AND {row}.placed_on >= p.valid_from AND ({row}.placed_on < p.valid_to OR p.valid_to IS NULL)"
    " LEFT JOIN people_role r ON r.id = p.role_id LEFT JOIN sql_region o ON o.team = p.team_id"
    " LEFT JOIN activities_account acc ON acc.id = {row}.account"
    " LEFT JOIN activities_product pro ON pro.id = {row}.product"
)
_PLACED = (
    "p.team_id AS team, p.manager_id AS manager, o.region, r.key AS role, acc.segment, pro.series,"
    " pro.list_price_minor * %(cent)s::numeric AS list_price"
)

_TABLES = {
    # the team at the top of each team
    "sql_region": """
        WITH RECURSIVE up(team, above) AS (
            SELECT id, id FROM people_team
            UNION ALL SELECT up.team, t.parent_id FROM up JOIN people_team t ON t.id = up.above
            WHERE t.parent_id IS NOT NULL)
        SELECT up.team, up.above AS region FROM up JOIN people_team t ON t.id = up.above
        WHERE t.parent_id IS NULL""",
    # one row per credit of the newest revision of each record that is not cancelled
    "sql_log": f"""
        WITH newest AS (
            SELECT source, external_id, max(revision) AS revision FROM activities_activity
            WHERE recorded_at <= %(known)s GROUP BY source, external_id),
        counted AS (
            SELECT a.*, a.id AS record, a.type_id AS type, a.account_id AS account,
                   a.product_id AS product, a.deal_id AS deal,
                   (a.occurred_at AT TIME ZONE %(tz)s)::date AS placed_on
            FROM newest JOIN activities_activity a USING (source, external_id, revision)
            WHERE a.kind IN ('record', 'correction')),
        credited AS (
            SELECT x.record, x.type, x.attributes, x.occurred_at, x.recorded_at, x.account,
                   x.product, x.deal, x.placed_on, c.person_id AS person, c.share,
                   c.amount_minor * %(cent)s::numeric AS amount
            FROM counted x JOIN activities_credit c ON c.activity_id = x.record)
        SELECT x.*, x.placed_on AS day, {_PLACED} FROM credited x {_PLACE.format(row="x")}""",
    # each state of a deal with the day on which the next one began
    "sql_state": """
        SELECT s.deal_id AS deal, s.stage, s.owner_id AS person, s.account_id AS account,
               s.product_id AS product, s.amount_minor * %(cent)s::numeric AS amount,
               s.margin_minor * %(cent)s::numeric AS margin, s.sale,
               (s.entered_at AT TIME ZONE %(tz)s)::date AS since,
               lead(true) OVER chain IS TRUE AS has_next,
               (lead(s.entered_at) OVER chain AT TIME ZONE %(tz)s)::date AS until
        FROM activities_dealstage s
        WHERE s.recorded_at <= %(known)s AND NOT s.withdrawn
          AND s.id NOT IN (SELECT b.supersedes_id FROM activities_dealstage b
                           WHERE b.recorded_at <= %(known)s AND b.supersedes_id IS NOT NULL)
        WINDOW chain AS (PARTITION BY s.deal_id ORDER BY s.entered_at NULLS FIRST, s.id)""",
    # when an account was won, until what came next for it
    "sql_tie": """
        SELECT record, type, account, day AS since, lead(day) OVER chain AS until
        FROM (SELECT DISTINCT record, type, account, day, occurred_at, recorded_at FROM sql_log
              WHERE type IN ('deal_won', 'customer_lost') AND account IS NOT NULL) one
        WINDOW chain AS (PARTITION BY account ORDER BY occurred_at, recorded_at, record)""",
    # what a visit found in a store, until the next visit that says it again
    "sql_shelf": """
        SELECT record, what, found, account, day AS since, lead(day) OVER chain AS until
        FROM (SELECT DISTINCT record, account, day, occurred_at, recorded_at, said.key AS what,
                     said.value::numeric AS found
              FROM sql_log, jsonb_each_text(attributes) said
              WHERE type = 'shelf_check' AND account IS NOT NULL AND said.key IN
                    ('products_listed', 'products_in_range', 'shelf_own_cm', 'shelf_total_cm')) one
        WINDOW chain AS (PARTITION BY account, what ORDER BY occurred_at, recorded_at, record)""",
    # which record was the first win of its account
    "sql_first": """
        SELECT record, row_number() OVER (PARTITION BY account
               ORDER BY occurred_at, recorded_at, record) AS nth
        FROM (SELECT DISTINCT record, account, occurred_at, recorded_at FROM sql_log
              WHERE type = 'deal_won' AND account IS NOT NULL) won""",
    # filled from outside: the objectives that have ended
    "sql_objective": "SELECT 0::bigint AS person, DATE '1970-01-01' AS placed_on, 0 AS met"
    " WHERE false",
}


def _placed(rows: str, more: str = "", joins: str = "") -> str:
    """`rows` (person, placed_on, account, product, ...) placed where people stood on that day."""
    return f"""
        SELECT placed.*, {{g}}::text AS g FROM (
            SELECT x.*, {_PLACED}{more} FROM ({rows}) x {_PLACE.format(row="x")} {joins}) placed"""


def _as_of(rows: str, day: str) -> str:
    """`rows` (record, ...) with their credits, placed on `day`."""
    return _placed(
        f"SELECT t.*, c.person, c.share, c.product, {day} AS placed_on"
        f" FROM ({rows}) t JOIN sql_log c ON c.record = t.record"
    )


_LAST = "(%(next)s::date - 1)"
_HELD = (
    "FROM sql_tie WHERE type = 'deal_won' AND since < {day} AND (until >= {day} OR until IS NULL)"
)

_OPEN = f"""SELECT *, {_LAST} AS placed_on FROM sql_state
    WHERE stage IN ('prospecting', 'engaging', 'proposal') AND (since < %(next)s OR since IS NULL)
      AND NOT (has_next AND (until < %(next)s OR until IS NULL))"""
_ENDED = """SELECT *, NULL::bigint AS account, NULL::bigint AS product FROM sql_objective
    WHERE placed_on >= %(first)s AND placed_on < %(next)s"""

RELATIONS = f"""
records AS (SELECT *, {{g}}::text AS g FROM sql_log WHERE day >= %(first)s AND day < %(next)s),
first_wins AS (SELECT r.* FROM records r JOIN sql_first f USING (record) WHERE f.nth = 1),
open_deals AS ({
    _placed(
        _OPEN,
        ", coalesce(odds.probability, 0) AS probability",
        "LEFT JOIN kpis_stageprobability odds ON odds.stage = x.stage",
    )
}),
customers_at_start AS ({
    _as_of(f"SELECT record, account {_HELD.format(day='%(first)s')}", "%(first)s::date")
}),
customers_at_end AS ({_as_of(f"SELECT record, account {_HELD.format(day='%(next)s')}", _LAST)}),
shelf AS ({
    _as_of(
        "SELECT record, what, found, account FROM sql_shelf WHERE since < %(next)s"
        " AND (until >= %(next)s OR until IS NULL)",
        _LAST,
    )
}),
owed AS ({
    _as_of(
        "SELECT DISTINCT record, account FROM sql_log WHERE day < %(next)s"
        " AND type IN ('invoice_sent', 'payment_received')",
        _LAST,
    )
}),
objectives AS ({_placed(_ENDED)}),
pieces(g, what, x) AS (
    SELECT g, 'revenue', amount FROM records WHERE type = 'deal_won'
    UNION ALL SELECT g, 'margin', (attributes ->> 'margin')::numeric * share FROM records
        WHERE type = 'deal_won'
    UNION ALL SELECT g, 'won', share FROM records WHERE type = 'deal_won'
    UNION ALL SELECT g, 'lost', share FROM records WHERE type = 'customer_lost'
    UNION ALL SELECT g, 'spent', amount FROM records
        WHERE type IN ('sales_expense', 'marketing_expense')
    UNION ALL SELECT g, 'fresh', share FROM first_wins
    UNION ALL SELECT g, 'at_start', share FROM customers_at_start
    UNION ALL SELECT g, 'at_end', share FROM customers_at_end),
customers AS (
    SELECT g, %(days)s::numeric AS days,
        coalesce(sum(x) FILTER (WHERE what = 'revenue'), 0) AS revenue,
        coalesce(sum(x) FILTER (WHERE what = 'margin'), 0) AS margin,
        coalesce(sum(x) FILTER (WHERE what = 'won'), 0) AS won,
        coalesce(sum(x) FILTER (WHERE what = 'lost'), 0) AS lost,
        coalesce(sum(x) FILTER (WHERE what = 'spent'), 0) AS spent,
        coalesce(sum(x) FILTER (WHERE what = 'fresh'), 0) AS fresh,
        coalesce(sum(x) FILTER (WHERE what = 'at_start'), 0) AS at_start,
        coalesce(sum(x) FILTER (WHERE what = 'at_end'), 0) AS at_end
    FROM pieces GROUP BY g)"""
"""Named queries of a window (`first` to `next`, exclusive), each with its group `g`. Stocks stand
where their people stood on the last day, or the first for what is counted at the start."""

COLUMNS = {
    "total": "''",
    "person": "person",
    "team": "team",
    "region": "region",
    "manager": "manager",
    "role": "role",
    "product": "product",
    "series": "nullif(series, '')",
    "account": "account",
    "segment": "nullif(segment, '')",
}
"""What `g` is for each dimension of the engine."""


def lay_out(*, tz: str, currency: str, known_at: datetime | None = None) -> None:
    """Write the tables; of the log as it stood at `known_at`, or as it stands."""
    values = {
        "tz": tz,
        "cent": f"1e-{digits_of(currency)}",
        "known": known_at or "infinity",
    }
    with connection.cursor() as cursor:
        for name, query in _TABLES.items():
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
            cursor.execute(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {query}", values)
            cursor.execute(f"ANALYZE {name}")
