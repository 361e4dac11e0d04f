"""An import from end to end: examined, tried, and kept only when every row of the file is good."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from activities.importing.formats import LOOKS, ColumnFormat
from activities.importing.kinds import Kind, Load, MappedRow, Outcome
from activities.importing.mapping import (
    FileMapping,
    check_mapping,
    guess_mapping,
    mapping_issues,
    required_kind,
    unmapped,
)
from activities.importing.reading import is_misnamed, not_a_workbook, read_table
from activities.importing.rows import Reading, read_rows
from activities.importing.tables import Table, shown
from activities.models import ImportBatch, Upload
from common.issues import localized
from kernel.issues import Invalid, Issue, Level, Place
from people.models import User

_PREVIEW_ROWS = 8


@dataclass(slots=True)
class Report:
    """What was found in a file and what became of it; `batch_id` is None when nothing is kept."""

    kind: str
    file_name: str
    sha256: str
    dry_run: bool
    mapping: FileMapping
    table: Table | None = None
    formats: Mapping[str, ColumnFormat] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    batch_id: int | None = None

    @property
    def is_good(self) -> bool:
        return not any(issue.level is Level.ERROR for issue in self.issues)

    @property
    def row_count(self) -> int:
        """Every row below the head, also one that could not be cut into cells."""
        return len(self.table.rows) + self.table.uncut_count if self.table else 0

    def as_json(self) -> dict[str, Any]:
        """Plain data for `--json` and the pages, issues in the active language."""
        table = self.table
        return {
            "kind": self.kind,
            "file": self.file_name,
            "sha256": self.sha256,
            "ok": self.is_good,
            "dry_run": self.dry_run,
            "batch": self.batch_id,
            "file_type": table.file_type if table else None,
            "encoding": table.encoding if table else None,
            "delimiter": table.delimiter if table else None,
            "sheet": table.sheet if table else None,
            "header_row": table.header_row if table else None,
            "headers": list(table.headers) if table else [],
            "rows": self.row_count,
            "formats": {name: described(one) for name, one in self.formats.items()},
            "mapping": self.mapping.as_document(),
            "counts": dict(sorted(self.counts.items())),
            "issues": [localized(issue) for issue in self.issues],
        }

    def preview(self) -> list[tuple[int, list[str]]]:
        """The first rows of the file as text."""
        rows = self.table.rows[:_PREVIEW_ROWS] if self.table else ()
        return [(row.number, [shown(cell) for cell in row.cells]) for row in rows]


def described(one: ColumnFormat) -> str:
    """A column's format as an example: "20/11/2026", "1234,56"."""
    if one.date_order is not None:
        return LOOKS[one.date_order]
    if one.decimal_comma is not None:
        return "1234,56" if one.decimal_comma else "1234.56"
    return ""


def run_import(
    *,
    actor: User | None,
    kind: Kind,
    content: bytes,
    file_name: str,
    mapping: FileMapping | None = None,
    dry_run: bool = False,
) -> Report:
    """Import a file, or say everything that is wrong with it and change nothing.

    Without a mapping the columns are recognised by their names. A dry run does everything and
    takes it back, so that it reports exactly what the import would.
    """
    report, reading = _read(kind, content, file_name, mapping, dry_run=dry_run)
    if reading is None:
        return report
    report.issues += reading.issues
    _load(actor, kind, reading, report)
    report.issues.sort(key=lambda issue: (issue.place.line or 0, issue.place.path, issue.code))
    return report


def _read(
    kind: Kind, content: bytes, file_name: str, mapping: FileMapping | None, *, dry_run: bool
) -> tuple[Report, Reading | None]:
    """The report with what the file and the mapping say, and the rows unless it is unreadable."""
    sha256 = hashlib.sha256(content).hexdigest()
    report = Report(kind.key, file_name, sha256, dry_run, mapping or FileMapping(kind.key))
    try:
        report.table = read_table(
            content,
            file_name,
            encoding=report.mapping.encoding,
            delimiter=report.mapping.delimiter,
            header_row=report.mapping.header_row,
        )
    except Invalid as invalid:
        report.issues += invalid.issues
        return report, None
    if mapping is None:
        report.mapping = guess_mapping(kind, report.table.headers)
    report.issues += mapping_issues(report.mapping, kind, report.table.headers, file_name)
    if not set(report.table.headers).intersection(report.mapping.columns.values()):
        if is_misnamed(report.table):
            report.issues = [not_a_workbook(Place(file_name))]
        return report, None
    reading = read_rows(report.table, report.mapping, kind)
    report.formats = reading.formats
    return report, reading


def examine(upload: Upload) -> Report:
    """What a kept file looks like, without trying to import it."""
    report, _reading = _read(
        required_kind(upload.kind),
        bytes(upload.content),
        upload.file_name,
        check_mapping(upload.mapping, Place(), required_kind(upload.kind)),
        dry_run=True,
    )
    return report


class _TakeBack(Exception):  # noqa: N818 - ends a try that is not to be kept
    pass


def _load(actor: User | None, kind: Kind, reading: Reading, report: Report) -> None:
    """Write the rows, and take everything back when one is bad or nothing is to be kept.

    Rows with cells that could not be read are tried as well, so that all issues come at once.
    """
    try:
        with transaction.atomic():
            batch = _batch(actor, report)
            outcomes = kind.load(
                Load(
                    reading.rows,
                    actor,
                    report.mapping.source,
                    batch,
                    _creates(kind, report.mapping),
                )
            )
            _note(kind, reading.rows, outcomes, report)
            changed = report.counts.keys() - {"unchanged", "rejected"}
            if report.dry_run or not report.is_good or not changed:
                raise _TakeBack
            _finish(batch, report)
            report.batch_id = batch.pk
    except _TakeBack:
        return


def _creates(kind: Kind, mapping: FileMapping) -> frozenset[str]:
    return frozenset(name for name in kind.creates if mapping.create_missing.get(name, True))


def _batch(actor: User | None, report: Report) -> ImportBatch:
    return ImportBatch.objects.create(
        kind=report.kind,
        file_name=report.file_name[:255],
        sha256=report.sha256,
        mapping=report.mapping.as_document(),
        row_count=report.row_count,
        created_by=actor,
    )


def _finish(batch: ImportBatch, report: Report) -> None:
    batch.created_count = report.counts.get("created", 0)
    batch.unchanged_count = report.counts.get("unchanged", 0)
    batch.corrected_count = report.counts.get("corrected", 0)
    batch.cancelled_count = report.counts.get("cancelled", 0)
    batch.save()


def _note(
    kind: Kind, rows: Iterable[MappedRow], outcomes: Iterable[Outcome], report: Report
) -> None:
    columns, constants = report.mapping.columns, report.mapping.constants
    once: dict[tuple[str, str], Issue] = {}  # what no cell can mend is told once, not of every row
    for row, outcome in zip(rows, outcomes, strict=True):
        status = "rejected" if row.unread else outcome.status
        report.counts[status] = report.counts.get(status, 0) + 1
        for issue in outcome.issues:
            name = _field_of(issue, kind, columns)
            if name in row.unread:
                continue  # what is wrong with it is told
            if issue.level is not Level.ERROR or name in columns or kind.field(name) is None:
                report.issues.append(_by_column(issue, name, columns))
            elif name in constants:
                once.setdefault((name, issue.code), issue.at(Place(report.file_name, name)))
            else:
                once.setdefault((name, ""), unmapped((name,), report.file_name))
    report.issues += once.values()


# what a service calls a field, where the file's field has another name
_ALIASES = {
    "engaged_at": "engaged_on",
    "proposed_at": "proposed_on",
    "closed_at": "closed_on",
    "cancelled_at": "cancelled_on",
}


def _field_of(issue: Issue, kind: Kind, columns: Mapping[str, str]) -> str:
    """The field that an issue is about, or the one by which this file says the same."""
    name = _ALIASES.get(issue.place.path, issue.place.path)
    if name in columns:
        return name
    return next((one for one in kind.stand_ins.get(name, ()) if one in columns), name)


def _by_column(issue: Issue, name: str, columns: Mapping[str, str]) -> Issue:
    """The issue at the column of the file instead of the field of the product."""
    return issue.at(Place(issue.place.file, columns.get(name, name), issue.place.line))
