"""The pay of a manager's people as a file: what the company lets the manager see, and no more."""

import csv
import io
from collections.abc import Callable, Collection

from incentives.models import LedgerLine
from incentives.payroll.cells import neutral
from incentives.payroll_files.exports import HANDED_OVER, code_of
from kernel.money import Money
from kernel.periods import Period
from people import queries as people

HEAD = ("kind", "period_start", "period_end", "employee_number", "name", "code", "label_fr",
        "label_en", "amount", "currency")  # fmt: skip


def team_lines(days: Period, ids: Callable[[Period], Collection[int]]) -> list[list[str]]:
    """The ledger of locked periods that end in `days`, of the people that `ids` gives for each.

    Whose pay is open may differ from period to period, because teams change. A query
    for each period, one for all of them, and what `ids` asks.
    """
    spans = (
        LedgerLine.objects.filter(
            period__state__in=HANDED_OVER,
            period__ends_on__gt=days.start,
            period__ends_on__lte=days.end,
        )
        .values_list("period_id", "period__starts_on", "period__ends_on")
        .distinct()
        .order_by("period__starts_on", "period__ends_on", "period_id")
    )
    found: list[list[str]] = []
    for period_id, start, end in spans:
        found += _lines(period_id, ids(Period(start, end)))
    return found


def _lines(period_id: int, person_ids: Collection[int]) -> list[list[str]]:
    rows = (
        LedgerLine.objects.filter(period_id=period_id, person_id__in=person_ids)
        .select_related("person", "period", "statement__plan_version__plan")
        .defer("statement__inputs", "statement__result", "statement__plan_version__document")
        .order_by("person__number", "component", "id")
    )
    return [_line(row) for row in rows]


def _line(row: LedgerLine) -> list[str]:
    plan_key = row.statement.plan_version.plan.key if row.statement else None
    texts = [row.person.number, row.person.name, code_of(plan_key, row.component), row.label_fr]
    return [
        row.period.kind,
        row.period.starts_on.isoformat(),
        people.day_before(row.period.ends_on).isoformat(),
        *(neutral(text) for text in [*texts, row.label_en]),
        Money(row.amount_minor, row.currency).text(),
        row.currency,
    ]


def team_csv(lines: Collection[list[str]]) -> bytes:
    """The lines as CSV: UTF-8 with a byte order mark, semicolons, CRLF, amounts with a point."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEAD)
    writer.writerows(lines)
    return text.getvalue().encode("utf-8-sig")
