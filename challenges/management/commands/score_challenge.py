"""`manage.py score_challenge`: the pure engine on files, without a database."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from challenges.calc.output import table
from challenges.calc.run import Scored, Source, score_texts
from common.issues import text_of
from kernel.issues import Invalid, Issue


class Command(BaseCommand):
    """Exit 0 with the standings; 1 with every issue, its place and its remedy."""

    help = "Score a challenge from files: rules (YAML), records (CSV or JSON), roster (same)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The files and the moment."""
        parser.add_argument("--rules", required=True, help="rules document, YAML or JSON")
        parser.add_argument("--records", required=True, help="records: CSV, JSON or JSON lines")
        parser.add_argument("--roster", required=True, help="roster: CSV or JSON")
        parser.add_argument(
            "--as-of", required=True, help="moment of knowledge, for example 2026-12-04T09:00"
        )
        parser.add_argument("--json", action="store_true", help="print everything as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, score, print."""
        try:
            scored = score_texts(
                _source(options["rules"]),
                _source(options["records"]),
                _source(options["roster"]),
                options["as_of"],
            )
        except Invalid as invalid:
            self._refuse(invalid.issues, as_json=options["json"])
        self._print(scored, as_json=options["json"])

    def _print(self, scored: Scored, *, as_json: bool) -> None:
        if as_json:
            plain = scored.as_json()
            self.stdout.write(json.dumps(plain, indent=2, ensure_ascii=False, sort_keys=True))
            return
        for line in table(scored.result):
            self.stdout.write(line)
        for issue in scored.result.issues:
            self.stderr.write(text_of(issue))

    def _refuse(self, issues: tuple[Issue, ...], *, as_json: bool) -> None:
        if as_json:
            plain = {"issues": [issue.as_json() for issue in issues]}
            self.stdout.write(json.dumps(plain, indent=2, ensure_ascii=False, sort_keys=True))
        else:
            for issue in issues:
                self.stderr.write(text_of(issue))
        sys.exit(1)


def _source(name: str) -> Source:
    path = Path(name)
    try:
        return Source(path.read_text(encoding="utf-8-sig"), path.name)
    except FileNotFoundError:
        raise CommandError(f"There is no file {name}.") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise CommandError(f"{name} cannot be read as UTF-8 text: {problem}") from None
