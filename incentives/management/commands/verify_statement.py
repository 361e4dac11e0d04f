"""``python manage.py verify_statement BUNDLE [--digest D] [--json]``: no database needed."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from common.commands import add_language, in_language
from common.issues import text_of
from incentives.proving.bundles import LARGEST, too_large
from incentives.proving.verifying import UNPRINTED, Check, Report, verify
from kernel.issues import N_

SAME = N_("This engine gives the same lines and total for the plan and the inputs of the file.")
OTHER = N_("This engine gives other amounts for the plan and the inputs of the file.")
SIGNS = {True: "ok  ", False: "FAIL", None: "--  "}


class Command(BaseCommand):
    """Recompute a statement from its proof and compare every byte."""

    help = "Check the proof of a statement offline: hashes, result and trace, recomputed."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file; the printed digest; --json for programs."""
        parser.add_argument("bundle", type=Path, help="the proof, a zip file")
        parser.add_argument("--digest", help="the digest that is printed on the statement")
        parser.add_argument("--json", action="store_true", help="the report as JSON")
        add_language(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the report; exit status 1 unless everything holds."""
        with in_language(options):
            report = verify(_read(options["bundle"]), printed=options["digest"])
            if options["json"]:
                self.stdout.write(json.dumps(report.as_json(), indent=2, ensure_ascii=False))
            else:
                self._print(report)
            if not report.verified:
                raise CommandError(_("The statement is NOT verified."))

    def _print(self, report: Report) -> None:
        if report.bundle is not None:
            self.stdout.write(_told(report.bundle.manifest.get("statement")))
            self.stdout.write(f"SHA-256 {report.bundle.digest}")
        for check in report.checks:
            self.stdout.write(_line(check))
        if report.same_amounts is not None:
            self.stdout.write(_(SAME if report.same_amounts else OTHER))
        if not report.is_compared:
            self.stdout.write(_(UNPRINTED))
        if report.verified:
            self.stdout.write(_("The statement is verified."))


def _line(check: Check) -> str:
    said = f"{SIGNS[check.passed]} {_(check.label)}"
    return f"{said}\n     {text_of(check.issue)}" if check.issue else said


def _told(statement: object) -> str:
    """Which statement it is, as the manifest says; whatever stands there is only text."""
    return json.dumps(statement, ensure_ascii=True)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as problem:
        raise CommandError(f"{path}: {problem.strerror}") from None
    if len(data) > LARGEST:
        raise CommandError(text_of(too_large(len(data))))
    return data
