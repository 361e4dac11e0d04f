"""Keep the catalogue of each room in step with its sources."""

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
            for path in translations.compile_catalogues(root):
                self.stdout.write(f"{path.relative_to(root)} written")
            return
        messages = translations.extract(root)
        if options["update"]:
            for language in translations.languages(root) or ["fr"]:
                added, dropped = translations.update(messages, root, language)
                self.stdout.write(f"{language}: {added} added, {dropped} dropped")
        else:
            self._check(messages, root)

    def _check(self, messages: translations.Messages, root: Path) -> None:
        languages = translations.languages(root)
        if not languages:
            raise CommandError(
                f"No catalogue below {root}. Run `python manage.py translations --update`."
            )
        complete = True
        for language in languages:
            for room, texts in translations.by_room(messages, root).items():
                complete &= self._is_complete(root, room, language, texts)
        if not complete:
            raise CommandError(
                "Translations are incomplete. Run `python manage.py translations --update`, "
                "then fill the empty texts."
            )
        self.stdout.write(f"{len(messages)} texts, all translated.")

    def _is_complete(
        self, root: Path, room: str, language: str, texts: translations.Messages
    ) -> bool:
        """Whether a translator has nothing to do for this room; prints what there is to do."""
        catalogue = translations.catalogue_of(root, room, language)
        result = translations.compare(texts, catalogue)
        for kind in ("missing", "empty", "fuzzy", "placeholders", "obsolete"):
            for entry in getattr(result, kind):
                self.stdout.write(f"{catalogue.relative_to(root)}: {kind}: {entry}")
        return result.complete
