"""`import_data KIND FILE`: people, products, accounts, deals ... in, or what is wrong."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activities.importing.kinds import outcome_label
from activities.importing.mapping import FileMapping, read_mapping, required_kind
from activities.importing.running import Report, described, run_import
from activities.models import SavedMapping
from common.commands import add_language, in_language, refuse
from common.issues import text_of
from kernel.issues import N_, Invalid, Level, Place, error
from people import queries as people


class Command(BaseCommand):
    """Import a CSV or XLSX file; nothing is written when any row is bad."""

    help = "Import a CSV or XLSX file; nothing is written when any row is bad."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "kind", help="people, products, accounts, deals, activities or objectives"
        )
        parser.add_argument("file", type=Path)
        parser.add_argument("--mapping", help="a YAML file, or the name of a saved mapping")
        parser.add_argument("--dry-run", action="store_true", help="check all, write nothing")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        add_language(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        with in_language(options, people.company().language):
            try:
                report = _import(options)
            except Invalid as invalid:
                refuse(self, invalid.issues, as_json=options["json"])
            if options["json"]:
                self.stdout.write(json.dumps(report.as_json(), indent=1, ensure_ascii=False))
            else:
                self._print(report)
        if not report.is_good:
            sys.exit(1)

    def _print(self, report: Report) -> None:
        table = report.table
        if table is not None:
            read_as = table.sheet or f"{table.encoding}, {table.delimiter!r}"
            count = report.row_count
            rows = ngettext("{count} row", "{count} rows", count).format(count=count)
            self.stdout.write(f"{report.file_name}: {rows} ({read_as})")
        for name, column in report.mapping.columns.items():
            one = report.formats.get(name)
            note = f"  [{described(one)}]" if one and described(one) else ""
            self.stdout.write(f"  {name} <- {column}{note}")
        for name, value in report.mapping.constants.items():
            self.stdout.write(f"  {name} = {value}")
        for issue in report.issues:
            self.stderr.write(f"{_mark(issue.level)} {text_of(issue)}")
        counts = _counts(report)
        if not report.is_good:
            self.stderr.write(_("Nothing was written."))
        elif report.dry_run:
            self.stdout.write(_("Dry run, nothing was written: {counts}").format(counts=counts))
        elif report.batch_id is None:
            self.stdout.write(_("Nothing to change: {counts}").format(counts=counts or "0"))
        else:
            self.stdout.write(
                _("Batch {number}: {counts}").format(number=report.batch_id, counts=counts)
            )


def _counts(report: Report) -> str:
    """What became of the rows, in words: "New 2, As before 5"."""
    return ", ".join(
        f"{outcome_label(status)} {count}" for status, count in sorted(report.counts.items())
    )


def _mark(level: Level) -> str:
    return {"error": "x", "warning": "!", "info": "-"}[level.value]


def _import(options: dict[str, Any]) -> Report:
    kind = required_kind(options["kind"])
    path: Path = options["file"]
    return run_import(
        actor=None,
        kind=kind,
        content=_read(path),
        file_name=path.name,
        mapping=_mapping(options["mapping"], kind.key),
        dry_run=options["dry_run"],
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise Invalid(
            error(
                "no_such_file",
                N_("There is no file {path}."),
                N_("Check the path."),
                path=path,
            )
        ) from None
    except OSError:
        raise Invalid(
            error(
                "unreadable_file",
                N_("The file {path} cannot be read."),
                N_("Check the path, and that it is a file that you may read."),
                path=path,
            )
        ) from None


def _mapping(name: str | None, kind_key: str) -> FileMapping | None:
    if name is None:
        return None
    kind = required_kind(kind_key)
    saved = SavedMapping.objects.filter(kind=kind_key, name=name).first()
    if saved is not None and not Path(name).exists():
        return read_mapping(json.dumps(saved.document), Place(file=name), kind)
    text = _read(Path(name)).decode("utf-8", "replace")
    return read_mapping(text, Place(file=Path(name).name), kind)
