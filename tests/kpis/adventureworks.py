"""AdventureWorks' reseller sales, brought in by the importer that people use.

An order is a won deal with the sum of its lines (60,855 lines are 3,796 orders): sums are equal.
Everybody has a place from the first month with a target on.
"""

import csv
import gzip
import json
from collections import defaultdict
from contextlib import suppress
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

from kpis.services import load_dictionary, recompute_touched
from people.services import load_roles, set_up_company

MAPPINGS = Path(__file__).resolve().parent.parent / "data"
Rows = list[dict[str, str]]


def set_up(directory: Path, made: Path) -> None:
    """The company with a year from July on, and its people."""
    from activities.services import load_activity_types

    set_up_company(
        actor=None, name="AdventureWorks", currency="USD", timezone="UTC", language="en",
        country="US", fiscal_year_start_month=7,
    )  # fmt: skip
    load_roles()
    load_activity_types()
    load_dictionary()
    first: dict[str, str] = {}
    for row in _rows((directory / "targets.csv").read_text(encoding="utf-8-sig")):
        first[row["rep"]] = min(row["period_start"], first.get(row["rep"], "9999"))
    sellers = _rows((directory / "SalespersonPerformance.csv").read_text(encoding="utf-8-sig"))
    people = [
        {"number": row["EmployeeID"], "name": row["Salesperson"], "email": row["UPN"],
         "team": "Resellers", "role": "ae", "valid_from": first[row["Salesperson"]]}
        for row in sellers
    ]  # fmt: skip
    report = bring_in("people", _written(made / "people.csv", people))
    assert (report["ok"], report["issues"]) == (True, [])


def load_orders(directory: Path, made: Path) -> None:
    """All orders as won deals; figures up to date."""
    amounts: defaultdict[tuple[str, str, str, str], Decimal] = defaultdict(Decimal)
    with gzip.open(directory / "activity_log.csv.gz", "rt", encoding="utf-8-sig") as lines:
        for row in csv.DictReader(lines):
            said = json.loads(row["attributes"])
            order, reseller = said["SalesOrderNumber"], str(said["ResellerKey"])
            amounts[order, row["rep"], row["occurred_at"], reseller] += Decimal(row["amount"])
    deals = [
        {"external_id": order, "owner": rep, "stage": "won", "closed_on": day,
         "amount": str(amount), "currency": "USD", "account": reseller}
        for (order, rep, day, reseller), amount in amounts.items()
    ]  # fmt: skip
    report = bring_in("deals", _written(made / "deals.csv", deals))
    assert (report["ok"], report["issues"]) == (True, [])
    assert len(deals) == 3_796
    recompute_touched(size=5000)


def bring_in(kind: str, file: Path, mapping: str = "") -> dict[str, Any]:
    """The report of an import."""
    out = StringIO()
    options = {"mapping": str(MAPPINGS / mapping)} if mapping else {}
    with suppress(SystemExit):  # code 1 when a row is bad; the report says which
        call_command(
            "import_data", kind, str(file), json=True, language="en", stdout=out, **options
        )
    report: dict[str, Any] = json.loads(out.getvalue())
    return report


def _rows(text: str) -> Rows:
    return list(csv.DictReader(StringIO(text)))


def _written(path: Path, rows: Rows) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
