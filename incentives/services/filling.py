"""What counts for a run: blocks that it shares with the run before, and those that it fills."""

from collections.abc import Collection

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from incentives.gathering.rosters import paid_otherwise, payees_of
from incentives.models import BLOCK, CORRECTIONS, RosterPayee, Run, Statement

Numbers = Collection[int]


def fill_all(run: Run) -> None:
    """Begin the blocks of everybody whom the roster of a run pays."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT person_id / %s FROM incentives_rosterpayee WHERE roster_id = %s",
            [BLOCK, run.roster_id],
        )
        numbers = [row[0] for row in cursor.fetchall()]
    _fill(run, numbers)


def share(run: Run, before: Run, touched: Q) -> None:
    """Let what counts for the run before count for `run`, but for whom `touched` holds.

    `touched` is a condition on person and plan version. Blocks in which it holds for nobody, and
    in which nobody is paid otherwise by the roster of `run`, are shared whole; the others begin
    anew, with the statements of the rest. So a small change costs a row per block.
    """
    people = set(payees_of(run, touched).values_list("person_id", flat=True).distinct())
    people |= paid_otherwise(before.roster_id, run.roster_id)
    numbers = sorted({key // BLOCK for key in people})
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO incentives_runblock (run_id, block_id) SELECT %s, b.id"
            " FROM incentives_runblock c JOIN incentives_block b ON b.id = c.block_id"
            " WHERE c.run_id = %s AND b.number >= 0 AND b.number <> ALL(%s::bigint[])"
            " ORDER BY b.number",
            [run.pk, before.pk, numbers],
        )
    if not numbers:
        return
    _fill(run, numbers)
    rest = Statement.objects.filter(
        held__block__shared__run=before, held__block__number__in=numbers, corrects=None
    ).exclude(touched)
    if run.roster_id != before.roster_id:
        rest = rest.filter(Exists(_same_payee(run, before)))
    count_for(run, rest)


def _same_payee(run: Run, before: Run) -> QuerySet[RosterPayee]:
    """The row of a statement's payee in the roster of `run`, if it is as it was before."""
    key = {"person": OuterRef("person"), "plan_version": OuterRef("plan_version")}
    then = RosterPayee.objects.filter(roster=before.roster_id, content=OuterRef("content"), **key)
    return RosterPayee.objects.filter(Exists(then), roster=run.roster_id, **key)


def _fill(run: Run, numbers: Numbers) -> None:
    """Begin the blocks of a run with these numbers, where its roster pays anybody."""
    with connection.cursor() as cursor:
        # OFFSET 0: block by block by index, however large the roster is
        cursor.execute(
            "INSERT INTO incentives_block (run_id, number, payees)"
            " SELECT %s, n.number, count(*) FROM unnest(%s::bigint[]) n(number)"
            " CROSS JOIN LATERAL (SELECT 1 FROM incentives_rosterpayee WHERE roster_id = %s"
            " AND person_id >= n.number * %s AND person_id < (n.number + 1) * %s OFFSET 0) p"
            " GROUP BY n.number ORDER BY n.number",
            [run.pk, list(numbers), run.roster_id, BLOCK, BLOCK],
        )
    _count_filled(run)


def _count_filled(run: Run) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO incentives_runblock (run_id, block_id)"
            " SELECT run_id, id FROM incentives_block WHERE run_id = %s ORDER BY id"
            " ON CONFLICT DO NOTHING",
            [run.pk],
        )


def count_for(run: Run, statements: QuerySet[Statement]) -> None:
    """Put statements into the blocks that a run fills, if they do not stand there yet."""
    try:
        chosen, params = statements.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:  # Django has seen that there can be none
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO incentives_blockstatement (block_id, statement_id)"  # noqa: S608 - names of our own tables and columns; values are parameters
            f" SELECT b.id, s.id FROM ({chosen}) chosen(id)"
            " JOIN incentives_statement s ON s.id = chosen.id"
            " JOIN incentives_block b ON b.run_id = %s AND b.number"
            " = CASE WHEN s.corrects_id IS NULL THEN s.person_id / %s ELSE %s END"
            " ORDER BY s.id ON CONFLICT DO NOTHING",
            [*params, run.pk, BLOCK, CORRECTIONS],
        )


def count_corrections(run: Run) -> None:
    """Let the statements that a run has written of earlier periods count for it."""
    made = run.calculated.filter(corrects__isnull=False)
    number = made.count()
    if number:
        run.filled.create(number=CORRECTIONS, payees=number)
        _count_filled(run)
        count_for(run, made)


def is_complete(run: Run) -> bool:
    """Whether all statements are there of the blocks that a run fills. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT NOT EXISTS (SELECT 1 FROM incentives_block b WHERE b.run_id = %s AND b.payees"
            " > (SELECT count(*) FROM incentives_blockstatement h WHERE h.block_id = b.id))",
            [run.pk],
        )
        row = cursor.fetchone()
    return bool(row[0])
