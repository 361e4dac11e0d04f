"""Reading the inputs of a calculation; every issue at once, with place and remedy."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

from incentives.calc.facts import Credit, Inputs, Payee
from incentives.calc.fields import FAILED, Number, Reader
from kernel.documents import joined, load_object, load_text
from kernel.issues import N_, Invalid, refuse_errors
from kernel.money import digits_of
from kernel.periods import Period, parse_period

TOP = ("period", "payees", "measures")
PAYEE = ("id", "name", "role", "manager", "credits", "measures", "objectives", "kpis", "carried",
         "present_from", "present_to")  # fmt: skip
# the exact text of a value that no decimal ends: a rate of 1/3, a part of a year's objective
_FRACTION = re.compile(r"(-?[0-9]{1,100})/([1-9][0-9]{0,99})")
CREDIT = ("id", "closed_at", "amount", "amount_minor", "currency", "share", "attributes")


def parse_inputs(
    document: object, *, currency: str, text: str | None = None, file: str | None = None
) -> Inputs:
    """Inputs from YAML or JSON text or plain values. Amounts are in ``currency`` unless stated.

    Raises Invalid with every issue: a credit in another currency, an id that stands twice, ...
    """
    source = text if text is not None else document
    loaded = (
        load_text(source, file, longest=None)
        if isinstance(source, str)
        else load_object(source, file)
    )
    reader = Reader(loaded)
    inputs = _Inputs(reader, currency).read(loaded.value)
    refuse_errors(reader.issues)
    if inputs is None:
        raise RuntimeError("inputs without issues were not built")
    return inputs


class _Inputs:
    """Reads inputs for a plan of one currency."""

    def __init__(self, reader: Reader, currency: str) -> None:
        self.reader = reader
        self.currency = currency
        self.zoned = False
        self.unzoned: list[tuple[str, str]] = []

    def read(self, value: Any) -> Inputs | None:
        body = self._block(value, "", TOP)
        period = self._period(body.get("period"))
        payees = self._list(body.get("payees"), "payees")
        found = [self.payee(item, joined("payees", n)) for n, item in enumerate(payees)]
        measures = self._numbers(body.get("measures"), "measures")
        known = tuple(sorted((p for p in found if p is not None), key=lambda p: p.id))
        self._check_people(known)
        self._check_zones()
        return None if period is None else Inputs(period, known, measures)

    def payee(self, value: Any, path: str) -> Payee | None:
        body = self._block(value, path, PAYEE)
        key = self._id(body.get("id"), joined(path, "id"))
        credits = self._credits(body.get("credits"), joined(path, "credits"))
        measures = self._numbers(body.get("measures"), joined(path, "measures"))
        objectives = self._numbers(body.get("objectives"), joined(path, "objectives"))
        kpis = self._numbers(body.get("kpis"), joined(path, "kpis"))
        carried = self._numbers(body.get("carried"), joined(path, "carried"))
        present_from = self._day(body.get("present_from"), joined(path, "present_from"))
        present_to = self._day(body.get("present_to"), joined(path, "present_to"))
        texts = {part: self._text(body.get(part), joined(path, part)) for part in PAYEE[1:4]}
        if key is None:
            return None
        return Payee(
            id=key,
            name=texts["name"] or "",
            role=texts["role"],
            manager=texts["manager"],
            credits=credits,
            measures=measures,
            objectives=objectives,
            kpis=kpis,
            carried=carried,
            present_from=present_from,
            present_to=present_to,
        )

    def _credits(self, value: Any, path: str) -> tuple[Credit, ...]:
        found = [self._credit(c, joined(path, n)) for n, c in enumerate(self._list(value, path))]
        known = sorted((c for c in found if c is not None), key=lambda c: c.order)
        seen: set[str] = set()
        for credit in known:
            if credit.id in seen:
                self._doubled(path, credit.id)
            seen.add(credit.id)
        return tuple(known)

    def _credit(self, value: Any, path: str) -> Credit | None:
        body = self._block(value, path, CREDIT)
        key = self._id(body.get("id"), joined(path, "id"))
        share = body.get("share")
        part = Fraction(1) if share is None else self._number(share, joined(path, "share"))
        attributes = self._attributes(body.get("attributes"), joined(path, "attributes"))
        currency = self._currency(body.get("currency"), joined(path, "currency"))
        amount = self._amount(body, currency, path)
        moment = self._moment(body.get("closed_at"), joined(path, "closed_at"))
        if key is None or part is None:
            return None
        return Credit(key, moment, amount, currency, part, attributes)

    def _amount(self, body: Mapping[str, Any], currency: str, path: str) -> Fraction | None:
        if body.get("amount") is not None and body.get("amount_minor") is not None:
            self.reader.error(
                path,
                "inputs.two_amounts",
                N_("The credit states its amount twice."),
                N_("Keep `amount` (main units) or `amount_minor` (cents)."),
            )
            return None
        if body.get("amount_minor") is not None:
            where = joined(path, "amount_minor")
            minor = Number(whole=True).read(self.reader, body["amount_minor"], where)
            return None if minor is FAILED else Fraction(minor) / 10 ** digits_of(currency)
        if body.get("amount") is None:
            return None
        return self._number(body["amount"], joined(path, "amount"))

    def _currency(self, value: Any, path: str) -> str:
        if value is None or value == self.currency:
            return self.currency
        self.reader.error(
            path,
            "inputs.other_currency",
            N_("The credit is in {found}, the plan pays in {currency}."),
            N_("Convert the amount by a dated rate before the calculation."),
            found=value,
            currency=self.currency,
        )
        return self.currency

    def _check_people(self, payees: tuple[Payee, ...]) -> None:
        managers = {payee.id: payee.manager for payee in payees}
        if len(managers) < len(payees):
            ids = [payee.id for payee in payees]
            for key in sorted({key for key in ids if ids.count(key) > 1}):
                self._doubled("payees", key)
        for payee in payees:
            seen, above = {payee.id}, payee.manager
            while above is not None and above not in seen:
                seen.add(above)
                above = managers.get(above)
            if above == payee.id:
                self.reader.error(
                    "payees",
                    "inputs.manager_circle",
                    N_("{payee} is, through others, their own manager."),
                    N_("Correct the managers."),
                    payee=payee.id,
                )

    def _check_zones(self) -> None:
        """Clock times without zone order the deals well only as long as none has a zone."""
        for path, value in self.unzoned if self.zoned else ():
            self.reader.wrong(path, N_("The moment {found} lacks a time zone."), value)

    def _doubled(self, path: str, key: str) -> None:
        self.reader.error(
            path,
            "inputs.doubled_id",
            N_("The id {id} stands twice."),
            N_("Give each record once."),
            id=key,
        )

    def _block(self, value: Any, path: str, keys: tuple[str, ...]) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            self.reader.wrong(path, N_("A block of keys is expected here, not {found}."), value)
            return {}
        for key in value:
            if key not in keys:
                message = N_("The key {word} means nothing here.")
                self.reader.unknown(joined(path, key), "inputs.unknown_key", message, key, keys)
        return value

    def _list(self, value: Any, path: str) -> list[Any]:
        if value is None:
            return []
        if isinstance(value, list):
            return value
        self.reader.wrong(path, N_("A list is expected here, not {found}."), value)
        return []

    def _id(self, value: Any, path: str) -> str | None:
        if isinstance(value, str) and value:
            return value
        self.reader.wrong(path, N_("An id is expected here, not {found}."), value)
        return None

    def _text(self, value: Any, path: str) -> str | None:
        if value is None or isinstance(value, str):
            return value
        self.reader.wrong(path, N_("A text is expected here, not {found}."), value)
        return None

    def _number(self, value: Any, path: str) -> Fraction | None:
        if isinstance(value, str) and (parts := _FRACTION.fullmatch(value)):
            return Fraction(int(parts[1]), int(parts[2]))
        found = Number().read(self.reader, value, path)
        return found if isinstance(found, Fraction) else None

    def _numbers(self, value: Any, path: str) -> dict[str, Fraction]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.reader.wrong(path, N_("A block of keys is expected here, not {found}."), value)
            return {}
        # null means "no value", which is not zero: the key is simply not there.
        given = {key: item for key, item in sorted(value.items()) if item is not None}
        read = {key: self._number(item, joined(path, key)) for key, item in given.items()}
        return {key: number for key, number in read.items() if number is not None}

    def _attributes(self, value: Any, path: str) -> dict[str, str]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.reader.wrong(path, N_("A block of keys is expected here, not {found}."), value)
            return {}
        return {key: _as_word(item) for key, item in sorted(value.items()) if item is not None}

    def _period(self, value: Any) -> Period | None:
        if not isinstance(value, str):
            message = N_("A period like 2026-01, 2026-Q1 or 2026 is expected, not {found}.")
            self.reader.wrong("period", message, value)
            return None
        try:
            return parse_period(value, self.reader.document.place("period"))
        except Invalid as problem:
            self.reader.issues.extend(problem.issues)
            return None

    def _day(self, value: Any, path: str) -> date | None:
        if value is None:
            return None
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            message = N_("A date like 2026-01-31 is expected, not {found}.")
            self.reader.wrong(path, message, value)
            return None

    def _moment(self, value: Any, path: str) -> str:
        """A text that sorts by time: moments in UTC; a date, or a bare clock time, as if in UTC."""
        if value is None:
            return ""
        try:
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            message = N_("A date or a moment with its time zone is expected, not {found}.")
            self.reader.wrong(path, message, value)
            return ""
        if moment.tzinfo is not None:
            self.zoned = True
        elif len(value) > len("2026-01-31"):
            self.unzoned.append((path, value))
        aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        return aware.isoformat(timespec="microseconds")


def _as_word(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
    return ""
