"""The badges that every company begins with."""

from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from challenges.badges.services.defining import BadgeInput, create_badge
from challenges.models import Badge

SHIPPED = Path(__file__).parents[1] / "shipped.yaml"


def shipped_badges() -> list[dict[str, Any]]:
    """The rows of the file; `rule` is the document, `key` names the badge for ever."""
    rows: list[dict[str, Any]] = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    return rows


@transaction.atomic
def load_badges() -> int:
    """Make those that do not exist yet; how many. The migrations do the same for a new database."""
    known = set(Badge.objects.values_list("key", flat=True))
    missing = [row for row in shipped_badges() if row["key"] not in known]
    for row in missing:
        given = BadgeInput(row["fr"], row["en"], row["rule"], row["art"], row["points"])
        create_badge(actor=None, badge=given, key=row["key"])
    return len(missing)
