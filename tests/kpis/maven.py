"""Maven's CRM data, brought in through the services that the importer uses."""

import csv
from datetime import UTC, date, datetime, time
from fractions import Fraction
from pathlib import Path

from activities.inputs import DealInput
from activities.models import Product
from activities.services import load_activity_types, record_deal_stages
from kpis.services import load_dictionary, recompute_touched
from people.services import PersonInput, load_people, load_roles, set_up_company

STAGES = {"Won": "won", "Lost": "lost", "Engaging": "engaging", "Prospecting": "prospecting"}
CLEAN = {"GTXPro": "GTX Pro"}


def load(directory: Path) -> None:
    """The company, its people, products and deals; cells up to date."""
    set_up_company(
        actor=None, name="Maven", currency="USD", timezone="UTC", language="en", country="US"
    )
    load_roles()
    load_activity_types()
    load_dictionary()
    _load_people(_rows(directory / "sales_teams.csv"))
    for row in _rows(directory / "products.csv"):
        Product.objects.create(
            key=row["product"],
            name=row["product"],
            series=row["series"],
            list_price_minor=int(row["sales_price"]) * 100,
        )
    _load_deals(_rows(directory / "sales_pipeline.csv"))
    recompute_touched()


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _load_people(rows: list[dict[str, str]]) -> None:
    results = load_people(
        actor=None,
        rows=[
            PersonInput(
                name=row["sales_agent"],
                manager=row["manager"],
                team=row["manager"],
                parent_team=row["regional_office"],
                role="ae",
                valid_from=date(2016, 1, 1),
            )
            for row in rows
        ],
    )
    refused = [issue for result in results for issue in result.issues if issue.level == "error"]
    assert not refused, refused


def _moment(text: str) -> datetime | None:
    return datetime.combine(date.fromisoformat(text), time(), tzinfo=UTC) if text else None


def _load_deals(rows: list[dict[str, str]]) -> None:
    results = record_deal_stages(
        actor=None,
        source="maven",
        deals=[
            DealInput(
                external_id=row["opportunity_id"],
                stage=STAGES[row["deal_stage"]],
                owner=row["sales_agent"],
                account=row["account"],
                product=CLEAN.get(row["product"], row["product"]),
                amount=Fraction(row["close_value"]) if row["close_value"] else None,
                currency="USD" if row["close_value"] else "",
                engaged_at=_moment(row["engage_date"]),
                closed_at=_moment(row["close_date"]),
            )
            for row in rows
        ],
    )
    refused = [result for result in results if result.is_rejected]
    assert not refused, refused[:3]
