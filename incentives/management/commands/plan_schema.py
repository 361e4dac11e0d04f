"""``python manage.py plan_schema``: the JSON Schema of plan documents."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from incentives.calc import plan_schema


class Command(BaseCommand):
    """Print the published schema."""

    help = "Print the JSON Schema of plan documents (draft 2020-12)."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the schema to standard output."""
        self.stdout.write(json.dumps(plan_schema(), indent=2, ensure_ascii=False))
