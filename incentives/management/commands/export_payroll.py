"""``python manage.py export_payroll --period 2026-10 --template KEY --out DIR [--json]``."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.commands import add_language, in_language, refuse
from incentives.models import Export, PayPeriod
from incentives.payroll import PayrollFile
from incentives.services import export_period
from kernel.issues import N_, Invalid, Issue, Place, error
from kernel.money import Money
from kernel.periods import parse_period
from people.models import User
from people.queries import company


class Command(BaseCommand):
    """Hand the payroll file of a locked period over, as the page does."""

    help = "Write the payroll file of a locked period into a directory."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which period, which template, where to; --json for a program."""
        parser.add_argument("--period", required=True, help="2026-10, 2026-Q4, 2026, or two dates")
        parser.add_argument("--template", required=True, help="the key of the template")
        parser.add_argument("--out", required=True, help="the directory of the file")
        parser.add_argument("--by", default="", help="e-mail of who exports; else nobody")
        parser.add_argument("--json", action="store_true", help="the record or the issues as JSON")
        add_language(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file and print its record; with any issue write nothing and fail."""
        with in_language(options, company().language):
            self._hand_over(options)

    def _hand_over(self, options: dict[str, Any]) -> None:
        try:
            record, file = export_period(
                actor=_actor(options["by"]),
                period_id=_period(options["period"]).pk,
                template=options["template"],
            )
        except Invalid as invalid:
            refuse(self, invalid.issues, as_json=options["json"])
        told = _told(record, _kept(file, Path(options["out"])))
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False, sort_keys=True))
        else:
            self.stdout.write("\n".join(f"{key}: {value}" for key, value in told.items()))


def _period(text: str) -> PayPeriod:
    days = parse_period(text)
    rows = PayPeriod.objects.filter(starts_on=days.start, ends_on=days.end)
    found = rows.order_by("kind").first()
    if found is None:
        raise Invalid(_unknown("period", text))
    return found


def _actor(email: str) -> User | None:
    if not email:
        return None
    found = User.objects.filter(email=email.lower(), is_active=True).first()
    if found is None:
        raise Invalid(_unknown("by", email))
    return found


def _unknown(option: str, text: str) -> Issue:
    return error(
        "export.unknown",
        N_("Nothing is known under {text}."),
        N_("Check --{option}."),
        Place(path=f"--{option}"),
        text=text,
        option=option,
    )


def _kept(file: PayrollFile, directory: Path) -> Path:
    """Write the file whole or not at all; the same export again writes the same bytes."""
    target = directory / file.name
    try:
        directory.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(f".{file.name}.part")
        unfinished.write_bytes(file.content)
        unfinished.replace(target)
    except OSError as problem:
        raise CommandError(str(problem)) from None
    return target


def _told(record: Export, path: Path) -> dict[str, object]:
    return {
        "export_id": record.export_id,
        "file": str(path),
        "template": record.template,
        "number": record.number,
        "lines": record.line_count,
        "control_totals": {
            currency: Money(minor, currency).text()
            for currency, minor in sorted(record.control_totals.items())
        },
        "sha256": record.sha256,
    }
