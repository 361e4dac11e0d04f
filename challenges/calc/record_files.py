"""Records from a file: CSV, JSON or JSON lines (`docs/formats/challenge.md`)."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from challenges.calc.moments import read_moment
from challenges.calc.records import Cancellation, Record, Review, Told, chains
from challenges.calc.rules import Rules
from challenges.calc.tables import MOST_ISSUES, Row, Rows, read_rows
from kernel.issues import N_, Invalid, Issue, Place, error
from kernel.numbers import parse_number, refuse_ambiguous

COLUMNS = (
    "id",
    "person",
    "metric",
    "occurred_at",
    "recorded_at",
    "value",
    "account",
    "deal",
    "kind",
    "supersedes",
    "cancelled",
    "cancelled_at",
    "review",
    "review_reason",
    "reviewed_at",
)
TRUE, FALSE = ("true", "yes", "1"), ("false", "no", "0", None)


def read_records(text: str, rules: Rules | None, file: str | None = None) -> tuple[Told, ...]:
    """Records and cancellations; Invalid names every bad row (at most 100).

    Rules give the zone of moments without an offset, and the metric when there is only one.
    Without rules (they could not be read) everything else is checked all the same.
    """
    found = read_rows(text, COLUMNS, "records", file)
    reader = _Rows(rules, found)
    places: dict[str, Place] = {}
    entries: list[Told] = []
    for row in found.rows:
        read = reader.read(row)
        entries.extend(read)
        places |= dict.fromkeys(
            (entry.id for entry in read if not isinstance(entry, Review)), row.place
        )
    try:
        chains(entries)
    except Invalid as invalid:
        found.issues.extend(_placed(issue, places) for issue in invalid.issues)
    if found.issues:
        raise Invalid(found.issues[:MOST_ISSUES])
    return tuple(entries)


def _placed(issue: Issue, places: Mapping[str, Place]) -> Issue:
    """The issue at the last row that has to do with it."""
    params = dict(issue.params)
    named = params.get("id") or params.get("second") or params["ids"].split(", ")[0]
    return issue.at(places[named].under(issue.place.path)) if named in places else issue


class _Rows:
    """Reads rows one by one and collects what is wrong with them."""

    def __init__(self, rules: Rules | None, found: Rows) -> None:
        self.zone = ZoneInfo("UTC") if rules is None else rules.zone
        metrics = ("?",) if rules is None else tuple(rules.metrics)
        self.only_metric = metrics[0] if len(metrics) == 1 else None
        self.has_value = any("value" in row.cells for row in found.rows)
        self.issues = found.issues

    def read(self, row: Row) -> tuple[Told, ...]:
        before = len(self.issues)
        cancelled = self._truth(row, "cancelled")
        kind = self._kind(row, cancelled=cancelled)
        if kind == "cancellation":
            entries = self._cancellation(row)
        else:
            entries = self._record(row, kind, cancelled=cancelled)
        return entries if len(self.issues) == before else ()

    def _kind(self, row: Row, *, cancelled: bool) -> str:
        kind = row.text("kind")
        if kind is None:
            replaces = row.text("supersedes") is not None
            kind = ("cancellation" if cancelled else "correction") if replaces else "record"
        if kind not in ("record", "correction", "cancellation"):
            self._issue(
                row,
                "kind",
                "unknown_kind",
                N_("“{kind}” is not a kind of record."),
                N_("Write record, correction or cancellation."),
                kind=kind,
            )
        if kind in ("correction", "cancellation") and row.text("supersedes") is None:
            self._issue(
                row,
                "supersedes",
                "replaces_nothing",
                N_("A {kind} must name the record that it replaces."),
                N_("Write that record's id in “supersedes”."),
                kind=kind,
            )
        return kind

    def _cancellation(self, row: Row) -> tuple[Told, ...]:
        id_, old = self._needed(row, "id"), row.text("supersedes") or ""
        recorded_at = self._moment(row, "recorded_at", needed=True)
        if recorded_at is None:
            return ()
        return (Cancellation(id_, old, recorded_at[0]),)

    def _record(self, row: Row, kind: str, *, cancelled: bool) -> tuple[Told, ...]:
        id_, person = self._needed(row, "id"), self._needed(row, "person")
        occurred = self._moment(row, "occurred_at", needed=True)
        recorded = self._moment(row, "recorded_at", needed=False)
        cancelled_at = self._moment(row, "cancelled_at", needed=False)
        metric = row.text("metric") or self.only_metric or self._needed(row, "metric")
        value = self._value(row)
        if occurred is None or value is None:
            return ()
        recorded_at = recorded[0] if recorded else occurred[0]
        supersedes = row.text("supersedes") if kind == "correction" else None
        record = Record(
            id=id_,
            person=person,
            metric=metric,
            occurred_at=occurred[0],
            recorded_at=recorded_at,
            value=value,
            date_only=occurred[1],
            account=row.text("account"),
            deal=row.text("deal"),
            supersedes=supersedes,
        )
        review = self._review(row, id_, recorded_at)
        known = cancelled_at[0] if cancelled_at else None
        if known is None and kind == "record" and cancelled:
            known = recorded_at
        if known is None:
            return (record, *review)
        return (record, Cancellation(f"{id_}#cancelled", id_, known), *review)

    def _review(self, row: Row, id_: str, recorded_at: datetime) -> tuple[Review, ...]:
        decision, reason = row.text("review"), row.text("review_reason")
        decided = self._moment(row, "reviewed_at", needed=False)
        if decision is None:
            return ()
        if decision not in ("accepted", "rejected"):
            self._issue(
                row,
                "review",
                "unknown_review",
                N_("“{review}” is not a decision."),
                N_("Write accepted or rejected, or leave it empty."),
                review=decision,
            )
        if decision == "rejected" and reason is None:
            self._needed(row, "review_reason")
        at = decided[0] if decided else recorded_at
        return (Review(id_, decision == "accepted", reason or "", at),)

    def _value(self, row: Row) -> Fraction | None:
        if not self.has_value:
            return Fraction(1)
        text = self._needed(row, "value")
        if not text:
            return None
        comma = row.decimal_comma and "," in text
        try:
            value = parse_number(text, decimal_comma=comma, place=row.at("value"))
            if not comma:
                refuse_ambiguous(text, row.at("value"))
            return value
        except Invalid as invalid:
            self.issues.extend(invalid.issues)
            return None

    def _moment(self, row: Row, column: str, *, needed: bool) -> tuple[datetime, bool] | None:
        text = self._needed(row, column) if needed else row.text(column)
        if not text:
            return None
        try:
            return read_moment(text, self.zone, row.at(column))
        except Invalid as invalid:
            self.issues.extend(invalid.issues)
            return None

    def _truth(self, row: Row, column: str) -> bool:
        text = row.text(column)
        lowered = text.lower() if text else None
        if lowered not in TRUE + FALSE:
            self._issue(
                row,
                column,
                "not_true_or_false",
                N_("“{text}” is neither true nor false."),
                N_("Write true, or leave it empty."),
                text=text,
            )
        return lowered in TRUE

    def _needed(self, row: Row, column: str) -> str:
        text = row.text(column)
        if text is None:
            self._issue(
                row,
                column,
                "empty_cell",
                N_("“{column}” is empty."),
                N_("Fill it in; the row cannot count without it."),
                column=column,
            )
            return ""
        return text

    def _issue(
        self, row: Row, cell: str, code: str, message: str, remedy: str, **params: object
    ) -> None:
        self.issues.append(error(code, message, remedy, row.at(cell), **params))
