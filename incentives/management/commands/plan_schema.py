"""``python manage.py plan_schema``: the JSON Schema of plan documents."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from incentives.calc import plan_schema
from incentives.calc.reference import reference


class Command(BaseCommand):
    """Print the published schema."""

    help = "Print the JSON Schema of plan documents (draft 2020-12)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--reference: Markdown for people instead of the schema for programs."""
        parser.add_argument("--reference", action="store_true", help="Markdown tables instead")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the schema to standard output."""
        if options["reference"]:
            self.stdout.write(reference())
            return
        self.stdout.write(json.dumps(plan_schema(), indent=2, ensure_ascii=False))
