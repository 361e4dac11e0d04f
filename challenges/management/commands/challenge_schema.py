"""`manage.py challenge_schema`: the JSON Schema of a rules document."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from challenges.calc import json_schema


class Command(BaseCommand):
    """Prints the schema; needs no database."""

    help = "Print the JSON Schema (draft 2020-12) of a challenge's rules document."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it."""
        self.stdout.write(json.dumps(json_schema(), indent=2, ensure_ascii=False, sort_keys=True))
