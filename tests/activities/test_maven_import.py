"""A real company's pipeline through the real importer, twice."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Count, Sum

from activities.models import Account, Activity, Credit, Deal, DealStage, ImportBatch, Product
from activities.queries import counted, stages_at
from activities.services import load_activity_types
from people.models import Assignment, Company, Person, Team
from people.services import load_roles

MAPPINGS = Path(__file__).resolve().parent.parent / "data"


def bring_in(kind: str, file: Path) -> dict[str, Any]:
    """The report of the import command."""
    out = StringIO()
    mapping = MAPPINGS / f"maven_{kind}.yaml"
    call_command("import_data", kind, str(file), mapping=str(mapping), json=True, stdout=out)
    report: dict[str, Any] = json.loads(out.getvalue())
    return report


def bring_in_all(directory: Path) -> list[dict[str, Any]]:
    return [
        bring_in("people", directory / "sales_teams.csv"),
        bring_in("products", directory / "products.csv"),
        bring_in("deals", directory / "sales_pipeline.csv"),
    ]


def sizes() -> dict[str, int]:
    tables = (Account, Activity, Assignment, Credit, Deal, DealStage, ImportBatch, Person, Product)
    return {table.__name__: table.objects.count() for table in tables}


@pytest.fixture
def maven(shared: Path, db: None) -> Path:
    Company.objects.create(pk=1, name="Maven", currency="USD", timezone="UTC")
    # what a migrated database has; another test may have emptied it
    load_roles()
    load_activity_types()
    return shared / "data" / "maven_crm_sales"


def test_the_pipeline_comes_in_whole_and_a_second_time_changes_nothing(maven: Path) -> None:
    reports = bring_in_all(maven)
    assert [report["issues"] for report in reports] == [[], [], []]
    assert [report["counts"] for report in reports] == [
        {"created": 35},
        {"created": 7},
        {"created": 8800},
    ]
    reference = json.loads((maven / "reference.json").read_text())
    won = counted().filter(type__key="deal_won")
    assert won.count() == reference["total"]["won"] == 4238
    assert counted().filter(type__key="deal_lost").count() == reference["total"]["lost"]
    assert won.aggregate(sum=Sum("amount_minor"))["sum"] == reference["total"]["revenue"] * 100
    assert counted().filter(type__key="opportunity_created").count() == 8300
    stages: dict[str, int] = {}
    for state in stages_at():
        stages[state.stage] = stages.get(state.stage, 0) + 1
    assert stages == {"won": 4238, "lost": 2473, "engaging": 1589, "prospecting": 500}
    per_agent = dict(
        Credit.objects.filter(activity__in=won)
        .values_list("person__first_name", "person__last_name")
        .annotate(count=Count("id"))
        .values_list("person__last_name", "count")
    )
    assert per_agent == {
        row["sales_agent"].split(" ", 1)[1]: row["won"] for row in reference["per_agent"]
    }
    assert (Account.objects.count(), Product.objects.count()) == (85, 7)
    assert Team.objects.filter(parent=None).count() == 3
    before = sizes()
    again = bring_in_all(maven)
    assert [report["counts"] for report in again] == [
        {"unchanged": 35},
        {"unchanged": 7},
        {"unchanged": 8800},
    ]
    assert [report["batch"] for report in again] == [None, None, None]
    assert sizes() == before


def test_a_spelling_that_no_mapping_explains_is_said_with_the_closest_name(maven: Path) -> None:
    bring_in("people", maven / "sales_teams.csv")
    bring_in("products", maven / "products.csv")
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command(
            "import_data", "deals", str(maven / "sales_pipeline.csv"), json=True, stdout=out
        )
    report = json.loads(out.getvalue())
    told = [(issue["code"], issue["params"].get("closest")) for issue in report["issues"]]
    assert told == [("unmapped_field", None), ("product_looks_alike", "GTX Pro")]
    assert Deal.objects.count() == 0
