"""Taking over what only HR knows: sex and base salary, from a small file."""

import csv
from datetime import date

from django.db import transaction

from common import audit
from incentives.models import PersonnelRecord
from incentives.models.personnel import Sex
from kernel.issues import N_, Invalid, Issue, Place, error
from kernel.money import Money
from kernel.numbers import parse_number
from people import queries as people
from people.models import Person, User

COLUMNS = ("number", "sex", "salary", "from")


@transaction.atomic
def load_personnel(*, actor: User, text: str) -> int:
    """Keep each line of a file `number;sex;salary;from`; the number of lines kept.

    Sex is F, M or empty; salary the monthly base pay in the company's currency or empty; from a
    day (2026-01-31). All or nothing: `Invalid` with the issues of every line. The audit row says
    how many people, never what was written of whom.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines or tuple(one.strip().lower() for one in lines[0].split(";")) != COLUMNS:
        raise Invalid(
            error(
                "personnel.header",
                N_("The first line has to be: number;sex;salary;from"),
                N_("Write these four column names, then one line for each person."),
                Place(path="text", line=1),
            )
        )
    known = dict(Person.objects.values_list("number", "id"))
    currency = people.company().currency
    issues: list[Issue] = []
    rows = []
    for number, row in enumerate(csv.reader(lines[1:], delimiter=";"), start=2):
        try:
            rows.append(_record(row, number, known, currency, actor))
        except Invalid as invalid:
            issues += invalid.issues
    if issues:
        raise Invalid(*issues)
    PersonnelRecord.objects.bulk_create(rows)
    audit.record(
        actor=actor,
        action="personnel.load",
        subject=("personnel", "all"),
        after={"rows": len(rows)},
    )
    return len(rows)


def _record(
    row: list[str], line: int, known: dict[str, int], currency: str, actor: User
) -> PersonnelRecord:
    cells = [cell.strip() for cell in row]
    if len(cells) != len(COLUMNS) or cells[0] not in known:
        raise Invalid(_wrong(line, "number"))
    number, sex, salary, day = cells
    if sex.upper() not in ("", *Sex.values):
        raise Invalid(_wrong(line, "sex"))
    try:
        amount = Money.of(parse_number(salary), currency) if salary else None
    except Invalid:
        raise Invalid(_wrong(line, "salary")) from None
    if amount is not None and amount.minor < 0:
        raise Invalid(_wrong(line, "salary"))
    try:
        valid_from = date.fromisoformat(day)
    except ValueError:
        raise Invalid(_wrong(line, "from")) from None
    return PersonnelRecord(
        person_id=known[number],
        sex=sex.upper(),
        monthly_minor=amount.minor if amount else None,
        currency=currency,
        valid_from=valid_from,
        by=actor,
    )


def _wrong(line: int, column: str) -> Issue:
    return error(
        "personnel.line",
        N_("Line {line}: {column} cannot be read."),
        N_("number: an employee number; sex: F, M or empty; salary: 2500.00; from: 2026-01-31."),
        Place(path="text", line=line),
        line=str(line),
        column=column,
    )
