"""What PostgreSQL's planner must know about the log before anybody reads a bulk load."""

from django.db import connection

from activities.models import Account, Activity, Credit, Deal, DealPlan, DealStage, TouchedDay

_BULK = 2000


def refresh_statistics(written: int) -> None:
    """Tell the planner about a bulk load of `written` rows now; autovacuum comes a minute later.

    Until then it takes the tables for as small as they were and joins the log with itself row by
    row: minutes instead of milliseconds for whoever reads right after a first import.
    """
    if written < _BULK:
        return
    with connection.cursor() as cursor:
        for table in (Activity, Credit, DealStage, DealPlan, Deal, Account, TouchedDay):
            cursor.execute(f"ANALYZE {connection.ops.quote_name(table._meta.db_table)}")
