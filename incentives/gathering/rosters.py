"""Rosters: who was paid in a period and where everybody was, kept once for all runs that found it.

A run reads of its roster only the people it needs at that moment, so a block costs the same
whatever the size of the company.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import sha256
from json import dumps

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from incentives.calc import Plan
from incentives.calc.measures import EveryoneOf, TeamOf
from incentives.gathering.payees import Field, Member, Payee
from incentives.models import BLOCK, Roster, RosterMember, RosterPayee, Run
from kernel.trace import plain_bytes


def keep_roster(field: Field) -> Roster:
    """The roster with exactly this content; written when it is new."""
    payees = [(one.person_id, one.plan_version_id, one.content()) for one in field.payees]
    members = [(one.person_id, one.managers, one.content()) for one in field.members]
    digest = sha256(plain_bytes([payees, members])).hexdigest()
    versions = sorted({one.plan_version_id for one in field.payees})
    roster, new = Roster.objects.get_or_create(
        sha256=digest, defaults={"plan_version_ids": versions, "payee_count": len(payees)}
    )
    if new:
        _copy(
            "COPY incentives_rosterpayee (roster_id, person_id, plan_version_id, content)"
            " FROM STDIN",
            ((roster.pk, person, version, dumps(content)) for person, version, content in payees),
        )
        _copy(
            "COPY incentives_rostermember (roster_id, person_id, managers, content) FROM STDIN",
            ((roster.pk, person, above, dumps(content)) for person, above, content in members),
        )
    return roster


def _copy(statement: str, rows: Iterable[tuple[object, ...]]) -> None:
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for row in rows:
            copy.write_row(row)


def payees_in(
    run: Run, person_ids: Collection[int] | None = None, touched: Q | None = None
) -> tuple[Payee, ...]:
    """The payees of a run, by person and plan version, or only some of them. One query."""
    rows = payees_of(run, touched or Q())
    if person_ids is not None:
        rows = rows.filter(person_id__in=person_ids)
    values = rows.order_by("person_id", "plan_version_id").values_list(
        "person_id", "plan_version_id", "content"
    )
    return tuple(Payee.of_content(*row) for row in values)


def payees_of(run: Run, touched: Q) -> QuerySet[RosterPayee]:
    """The rows of those payees of a run on whom a condition on person and plan version holds."""
    return RosterPayee.objects.filter(touched, roster=run.roster_id)


def plan_versions_in(run: Run) -> list[int]:
    """The plan versions by which a run pays."""
    return [] if run.roster is None else list(run.roster.plan_version_ids)


def people_lacking(run: Run) -> list[int]:
    """The people of whom a run lacks a statement, by id. One query, over what it fills itself."""
    # OFFSET 0: block by block by index, however large the tables are
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT person_id FROM ("
            " SELECT p.person_id, p.plan_version_id FROM incentives_block b CROSS JOIN LATERAL ("
            " SELECT person_id, plan_version_id FROM incentives_rosterpayee"
            " WHERE roster_id = %s AND person_id >= b.number * %s"
            " AND person_id < (b.number + 1) * %s OFFSET 0) p WHERE b.run_id = %s"
            " EXCEPT SELECT s.person_id, s.plan_version_id FROM incentives_block b"
            " CROSS JOIN LATERAL (SELECT s.person_id, s.plan_version_id"
            " FROM incentives_blockstatement h JOIN incentives_statement s ON s.id = h.statement_id"
            " WHERE h.block_id = b.id AND s.corrects_id IS NULL OFFSET 0) s WHERE b.run_id = %s"
            ") lacking ORDER BY person_id",
            [run.roster_id, BLOCK, BLOCK, run.pk, run.pk],
        )
        return [row[0] for row in cursor.fetchall()]


def field_in(run: Run, payees: Sequence[Payee], plans: Mapping[int, Plan]) -> Field:
    """These payees with the members whom their plans read: nobody, the people below, or all."""
    rows = RosterMember.objects.filter(roster=run.roster_id)
    if any(_reads(plans[payee.plan_version_id], EveryoneOf) for payee in payees):
        return Field(tuple(payees), _members(rows))
    leads = [one.person_id for one in payees if _reads(plans[one.plan_version_id], TeamOf)]
    below: dict[int, Member] = {}
    while leads:
        found = _members(rows.filter(managers__overlap=leads).exclude(person_id__in=below))
        below |= {one.person_id: one for one in found}
        leads = [one.person_id for one in found]
    return Field(tuple(payees), tuple(below[key] for key in sorted(below)))


def _reads(plan: Plan, kind: type) -> bool:
    return any(isinstance(one.source, kind) for one in plan.measures.values())


def _members(rows: QuerySet[RosterMember]) -> tuple[Member, ...]:
    values = rows.order_by("person_id").values_list("person_id", "content")
    return tuple(Member.of_content(*row) for row in values)


def moved_between(before: int | None, after: int | None) -> frozenset[int]:
    """The people whose place is not the same in two rosters. Two queries at most."""
    if before == after:
        return frozenset()
    rows = RosterMember.objects.filter(roster=after)
    same = rows.filter(Exists(_alike(before)))
    stayed = set(same.values_list("person_id", flat=True))
    both = RosterMember.objects.filter(roster__in=[before, after])
    return frozenset(both.values_list("person_id", flat=True)) - stayed


def _alike(roster: int | None) -> QuerySet[RosterMember]:
    return RosterMember.objects.filter(
        roster=roster, person=OuterRef("person"), content=OuterRef("content")
    )


def paid_otherwise(before: int | None, after: int | None) -> frozenset[int]:
    """The people whose pay is not read from the same in two rosters. One query at most."""
    if before == after:
        return frozenset()
    rows = "SELECT person_id, plan_version_id, content FROM incentives_rosterpayee WHERE roster_id"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT person_id FROM (({rows} = %s EXCEPT {rows} = %s)"  # noqa: S608 - fixed text only
            f" UNION ALL ({rows} = %s EXCEPT {rows} = %s)) differing",
            [before, after, after, before],
        )
        return frozenset(row[0] for row in cursor.fetchall())


def managers_above(person_ids: Collection[int], roster_ids: Collection[int]) -> frozenset[int]:
    """Everybody whom these people reported to, directly or through others. A query per level."""
    above: set[int] = set()
    level = set(person_ids)
    while level:
        rows = RosterMember.objects.filter(roster__in=roster_ids, person_id__in=level)
        level = {key for found in rows.values_list("managers", flat=True) for key in found} - above
        above |= level
    return frozenset(above)
