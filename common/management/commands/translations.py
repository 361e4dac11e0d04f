"""Keep locale/*/LC_MESSAGES/django.po in step with the sources."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common import translations


class Command(BaseCommand):
    """Promise: `--check` fails when a reader of any language would meet an English text."""

    help = "Compares the texts of the sources with the catalogues; adds and compiles them."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        action = parser.add_mutually_exclusive_group(required=True)
        action.add_argument("--check", action="store_true", help="list what is missing; exit 1")
        action.add_argument("--update", action="store_true", help="add missing, drop obsolete")
        action.add_argument("--compile", action="store_true", help="write the .mo files")
        parser.add_argument("--root", type=Path, default=settings.BASE_DIR, help="the sources")

    def handle(self, **options: Any) -> None:
        root: Path = options["root"]
        if options["compile"]:
            for path in translations.compile_catalogues(root / "locale"):
                self.stdout.write(f"{path.relative_to(root)} written")
            return
        messages = translations.extract(root)
        catalogues = sorted(root.glob("locale/*/LC_MESSAGES/django.po"))
        if not catalogues and options["update"]:
            catalogues = [translations.new_catalogue(root / "locale", "fr")]
        if not catalogues:
            raise CommandError(
                f"No catalogue below {root / 'locale'}. "
                "Run `python manage.py translations --update`."
            )
        for catalogue in catalogues:
            if options["update"]:
                added, dropped = translations.update(messages, catalogue)
                self.stdout.write(
                    f"{catalogue.relative_to(root)}: {added} added, {dropped} dropped"
                )
        if options["check"]:
            self._check(messages, root, catalogues)

    def _check(
        self, messages: dict[translations.Message, list[str]], root: Path, catalogues: list[Path]
    ) -> None:
        complete = True
        for catalogue in catalogues:
            result = translations.compare(messages, catalogue)
            complete = complete and result.complete
            for kind in ("missing", "empty", "fuzzy", "placeholders", "obsolete"):
                for entry in getattr(result, kind):
                    self.stdout.write(f"{catalogue.relative_to(root)}: {kind}: {entry}")
        if not complete:
            raise CommandError(
                "Translations are incomplete. Run `python manage.py translations --update`, "
                "then fill the empty texts."
            )
        self.stdout.write(f"{len(messages)} texts, all translated.")
