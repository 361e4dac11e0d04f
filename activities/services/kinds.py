"""The kinds of activity that ship with the product."""

from pathlib import Path

import yaml
from django.db import transaction

from activities.models import ActivityType

_FILE = Path(__file__).resolve().parent.parent / "data" / "activity_types.yaml"


def shipped_types() -> list[dict[str, object]]:
    """The rows of the data file, complete with defaults."""
    defaults: dict[str, object] = {"has_amount": False, "loggable": True, "attributes": []}
    rows = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return [defaults | row for row in rows]


@transaction.atomic
def load_activity_types() -> int:
    """Bring the shipped kinds up to date; kinds that a company added stay. Returns their number."""
    rows = shipped_types()
    ActivityType.objects.bulk_create(
        [ActivityType(**row) for row in rows],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["name_fr", "name_en", "has_amount", "loggable", "attributes"],
    )
    return len(rows)
