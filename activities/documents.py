"""JSON rows of the ingest API: strictly read, every issue of a row at once, nothing guessed."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from fractions import Fraction

from activities.findings import Findings
from activities.inputs import ActivityInput, CreditInput, DealInput, Entry
from activities.references import closest
from activities.texts import LONG, SHORT, clean_text, formula_issue, is_formula
from kernel.issues import N_, Invalid, Issue, Place, error
from kernel.numbers import fraction_of, parse_number, refuse_ambiguous

ACTIVITY_FIELDS = (
    "source",
    "external_id",
    "type",
    "occurred_at",
    "person",
    "credits",
    "double_credit",
    "kind",
    "amount",
    "currency",
    "account",
    "deal",
    "product",
    "attributes",
    "reason",
)
DEAL_FIELDS = (
    "source",
    "external_id",
    "name",
    "stage",
    "owner",
    "account",
    "product",
    "amount",
    "currency",
    "margin",
    "sale",
    "engaged_at",
    "proposed_at",
    "closed_at",
    "cancelled_at",
    "planned_close_on",
)
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ].+)?")


class RowReader:
    """Takes the fields of one JSON object and collects what is wrong with it."""

    def __init__(self, row: object, place: Place, fields: tuple[str, ...], zone: tzinfo) -> None:
        self.findings = Findings(place)
        self.zone = zone
        self.row: Mapping[str, object] = {}
        if isinstance(row, dict):
            self.row = row
            self._refuse_unknown(fields)
        else:
            self._wrong(place, row, "object")

    @property
    def issues(self) -> tuple[Issue, ...]:
        return tuple(self.findings.issues)

    def _refuse_unknown(self, fields: tuple[str, ...]) -> None:
        for name in self.row:
            if name not in fields:
                match = closest(name, fields)
                self.findings.issues.append(
                    error(
                        "unknown_field",
                        N_('There is no field "{found}".'),
                        N_('Did you mean "{closest}"?') if match else N_("Known fields: {known}."),
                        self.findings.place,
                        found=name,
                        closest=match,
                        known=", ".join(fields),
                    )
                )

    def _wrong(self, place: Place, found: object, wanted: str) -> None:
        self.findings.issues.append(
            error(
                "wrong_type",
                N_('"{found}" is not of the type {wanted}.'),
                N_("Look up the field in the description of the API."),
                place,
                found=str(found),
                wanted=wanted,
            )
        )

    def text(self, name: str, limit: int = SHORT) -> str:
        """A text, or empty; a whole number is taken as its digits, because ids often are."""
        return self._text(self.row.get(name), self.findings.at(name), limit)

    def _text(self, value: object, place: Place, limit: int = SHORT) -> str:
        match value:
            case None:
                return ""
            case bool():
                pass
            case str() if is_formula(value):
                self.findings.issues.append(formula_issue(value, place))
                return ""
            case int() | str():
                return self.findings.keep(clean_text(str(value), place, limit)) or ""
        self._wrong(place, value, "text")
        return ""

    def number(self, name: str) -> Fraction | None:
        """An exact number: JSON number, or text with a decimal point."""
        return self._number(self.row.get(name), self.findings.at(name))

    def _number(self, value: object, place: Place) -> Fraction | None:
        try:
            match value:
                case None | "":
                    return None
                case bool():
                    pass
                case int() | Decimal():
                    return fraction_of(value)
                case str():
                    return _exact(value, place)
        except Invalid as invalid:
            self.findings.issues += [issue.at(place) for issue in invalid.issues]
            return None
        self._wrong(place, value, "number")
        return None

    def moment(self, name: str) -> datetime | None:
        """A moment by ISO 8601; without an offset it is the company's time, a day its midnight."""
        value = self.row.get(name)
        if value in (None, ""):
            return None
        moment = _moment(value, self.zone) if isinstance(value, str) else None
        if moment is None:
            self.findings.issues.append(
                error(
                    "unreadable_date",
                    N_('"{found}" is not a date.'),
                    N_("Write 2026-11-20T14:05:00+01:00, or 2026-11-20 for a day."),
                    self.findings.at(name),
                    found=str(value),
                )
            )
        return moment

    def day(self, name: str) -> date | None:
        """A day by ISO 8601."""
        value = self.row.get(name)
        if value in (None, ""):
            return None
        day = _day(value) if isinstance(value, str) else None
        if day is None:
            self.findings.issues.append(
                error(
                    "unreadable_date",
                    N_('"{found}" is not a date.'),
                    N_("Write the day alone, as 2026-11-20."),
                    self.findings.at(name),
                    found=str(value),
                )
            )
        return day

    def flag(self, name: str) -> bool:
        """True or false; absent is false."""
        value = self.row.get(name, False)
        if not isinstance(value, bool):
            self._wrong(self.findings.at(name), value, "boolean")
        return value is True

    def attributes(self) -> dict[str, object]:
        """Names with plain values; their types are checked against the type of the activity."""
        value = self.row.get("attributes") or {}
        place = self.findings.at("attributes")
        if not isinstance(value, dict):
            self._wrong(place, value, "object")
            return {}
        kept: dict[str, object] = {}
        for key, one in value.items():
            if isinstance(one, str):
                one = self._text(one, place.under(key), LONG)
            kept[key] = one if isinstance(one, str | int | Decimal | None) else str(one)
        return kept

    def credits(self) -> tuple[CreditInput, ...]:
        """A list of {person, share}; a share may be 0.5, "0.5" or "1/3"."""
        value = self.row.get("credits") or []
        place = self.findings.at("credits")
        if not isinstance(value, list):
            self._wrong(place, value, "list")
            return ()
        return tuple(
            self._credit(one, place.under(f"[{index}]")) for index, one in enumerate(value)
        )

    def _credit(self, value: object, place: Place) -> CreditInput:
        if not isinstance(value, dict) or not set(value) <= {"person", "share"}:
            self._wrong(place, value, "object")
            return CreditInput("")
        person = self._text(value.get("person"), place.under("person"))
        share = value.get("share", 1)
        if isinstance(share, str) and re.fullmatch(r"[0-9]{1,4}/[1-9][0-9]{0,3}", share):
            return CreditInput(person, Fraction(share))
        number = self._number(share, place.under("share"))
        return CreditInput(person, Fraction(0) if number is None else number)

    def entry(self) -> Entry:
        """What the row wants to be; absent means a new record."""
        text = self.text("kind") or "record"
        if text in set(Entry):
            return Entry(text)
        self.findings.issues.append(
            error(
                "unknown_kind",
                N_('"{found}" is not a kind of record.'),
                N_("Use record, correction or cancellation."),
                self.findings.at("kind"),
                found=text,
            )
        )
        return Entry.RECORD


def _exact(text: str, place: Place) -> Fraction:
    """A text with a decimal point; "1,234", which half of Europe reads as 1.234, is refused."""
    number = parse_number(text, decimal_comma=False, place=place)
    refuse_ambiguous(text, place)
    return number


def _moment(text: str, zone: tzinfo) -> datetime | None:
    if not _ISO.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _ISO_DAY.fullmatch(text) else None
    except ValueError:
        return None


def start_of(day: date, zone: tzinfo) -> datetime:
    """The first moment of a business day."""
    return datetime.combine(day, time.min, zone)


def read_activity(
    row: object, place: Place, zone: tzinfo
) -> tuple[str, ActivityInput, tuple[Issue, ...]]:
    """The source that the row names (or empty), the input, and what is wrong with its form."""
    reader = RowReader(row, place, ACTIVITY_FIELDS, zone)
    activity = ActivityInput(
        external_id=reader.text("external_id"),
        type=reader.text("type"),
        occurred_at=reader.moment("occurred_at"),
        person=reader.text("person"),
        credits=reader.credits(),
        double_credit=reader.flag("double_credit"),
        kind=reader.entry(),
        amount=reader.number("amount"),
        currency=reader.text("currency"),
        account=reader.text("account"),
        deal=reader.text("deal"),
        product=reader.text("product"),
        attributes=reader.attributes(),
        reason=reader.text("reason", LONG),
        place=place,
    )
    return reader.text("source", 40), activity, reader.issues


def read_deal(row: object, place: Place, zone: tzinfo) -> tuple[str, DealInput, tuple[Issue, ...]]:
    """The source that the row names (or empty), the input, and what is wrong with its form."""
    reader = RowReader(row, place, DEAL_FIELDS, zone)
    deal = DealInput(
        external_id=reader.text("external_id"),
        stage=reader.text("stage").lower(),
        owner=reader.text("owner"),
        name=reader.text("name"),
        account=reader.text("account"),
        product=reader.text("product"),
        amount=reader.number("amount"),
        currency=reader.text("currency"),
        margin=reader.number("margin"),
        sale=reader.text("sale").lower(),
        engaged_at=reader.moment("engaged_at"),
        proposed_at=reader.moment("proposed_at"),
        closed_at=reader.moment("closed_at"),
        cancelled_at=reader.moment("cancelled_at"),
        planned_close_on=reader.day("planned_close_on"),
        place=place,
    )
    return reader.text("source", 40), deal, reader.issues
