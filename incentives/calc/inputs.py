"""Reading the inputs of a calculation; every issue at once, with place and remedy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from fractions import Fraction
from itertools import pairwise
from typing import Any

from incentives.calc.crossings import check_circles, check_managers, check_repeats
from incentives.calc.dealings import read_adjustments, read_events, read_open
from incentives.calc.facts import Credit, Inputs, Payee, Rate
from incentives.calc.fields import Choice, Number
from incentives.calc.parts import Parts
from incentives.calc.persons import PERSON, days_empty, read_objectives, read_person
from incentives.calc.plain_credits import Taken, take_out
from incentives.calc.reader import FAILED, Reader
from incentives.calc.surroundings import currency_of, read_calendar, read_rates
from kernel.calendars import WorkCalendar
from kernel.documents import Document, joined, load_object, load_text
from kernel.issues import N_, Invalid, Issue, refuse_errors
from kernel.money import digits_of
from kernel.periods import Period, parse_period

SEVERAL = ("periods", "measures", "rates", "calendar", "timezone")
TOP = ("period", "payees", "measures", "events", "rates", "calendar", "paid_on", "timezone")
TEXTS = ("name", "role", "manager")
FIGURES = ("measures", "kpis", "carried")
PAYEE = ("id", *TEXTS, "credits", *FIGURES, "objectives", "present_from", "present_to", "events",
         "open", "adjustments", "counts_in", *PERSON)  # fmt: skip
COUNTS_IN = ("all", "sums", "shares")
CREDIT = ("id", "closed_at", "amount", "amount_minor", "currency", "share", "attributes",
          "double_credit")  # fmt: skip


def parse_inputs(
    document: object,
    *,
    currency: str,
    text: str | None = None,
    file: str | None = None,
    convertible: bool = False,
) -> Inputs:
    """Inputs of one period from YAML or JSON text or plain values.

    Amounts are in ``currency`` unless stated. Raises Invalid with every issue: a credit in another
    currency without any rates (unless ``convertible``: the plan states them), an id that stands
    twice, an event of an unknown deal, ...
    """
    taken: Taken = {}
    if text is None and not isinstance(document, str):
        document, taken = take_out(document, currency)
    loaded = _loaded(document, text, file)
    found, _ = _read(loaded, currency, convertible, several=False, taken=taken)
    if isinstance(found, Inputs):
        return found
    raise RuntimeError("inputs without issues were not built")


def parse_document(
    document: object,
    *,
    currency: str,
    text: str | None = None,
    file: str | None = None,
    convertible: bool = False,
) -> Inputs | tuple[Inputs, ...]:
    """The inputs of one period, or of each of the `periods` of the document in order of time.

    Raises Invalid with the issues of all periods at once, as `parse_inputs`.
    """
    return _read(_loaded(document, text, file), currency, convertible, several=True)[0]


def read_document(
    document: object,
    *,
    currency: str,
    text: str | None = None,
    file: str | None = None,
    convertible: bool = False,
) -> tuple[Inputs | tuple[Inputs, ...], tuple[Issue, ...]]:
    """As `parse_document`, with what deserves a look: a deal that is given twice, say."""
    return _read(_loaded(document, text, file), currency, convertible, several=True)


def _loaded(document: object, text: str | None, file: str | None) -> Document:
    source = text if text is not None else document
    if isinstance(source, str):
        return load_text(source, file, longest=None)
    return load_object(source, file)


def _read(
    loaded: Document,
    currency: str,
    convertible: bool,
    *,
    several: bool,
    taken: Taken | None = None,
) -> tuple[Inputs | tuple[Inputs, ...], tuple[Issue, ...]]:
    reading = _Inputs(Reader(loaded), currency, taken or {})
    reading.convertible = convertible
    if isinstance(loaded.value, dict) and "periods" in loaded.value:
        found: Inputs | tuple[Inputs, ...] | None = reading.chain(loaded.value)
        if not several:
            _refuse_several(reading.reader)
    else:
        found = reading.period(loaded.value, "")
    reading.check_zones()
    refuse_errors(reading.reader.issues)
    if found is None:
        raise RuntimeError("inputs without issues were not built")
    check_managers(reading, reading.people)
    return found, tuple(reading.reader.issues)


def _refuse_several(reader: Reader) -> None:
    reader.error(
        "periods",
        "inputs.several_periods",
        N_("One period is expected here, not several."),
        N_("Give the inputs of one period: `period`, `payees`, `measures`."),
    )


@dataclass(frozen=True, slots=True)
class Shared:
    """What all periods of a document share."""

    measures: Mapping[str, Fraction] = field(default_factory=dict)
    rates: tuple[Rate, ...] = ()
    calendar: WorkCalendar = field(default_factory=WorkCalendar)


class _Inputs(Parts):
    """Reads inputs for a plan of one currency."""

    def __init__(self, reader: Reader, currency: str, taken: Taken) -> None:
        super().__init__(reader, currency)
        # credits that have been read already, by the place of their list
        self.taken = {f"payees[{number}].credits": found for number, found in taken.items()}
        self.zoned = bool(taken)
        # the deals that an event may name: credits of this and earlier periods, and open items
        self.deals: set[str] = set()
        # everybody who is a payee in some period
        self.people: set[str] = set()
        # whether credits may be in other currencies
        self.convertible = False

    def chain(self, value: Any) -> tuple[Inputs, ...]:
        body = self.block(value, "", SEVERAL)
        self.zone(body.get("timezone"), "timezone")
        shared = Shared(
            self.numbers(body.get("measures"), "measures"),
            read_rates(self, body.get("rates"), "rates"),
            read_calendar(self, body.get("calendar"), "calendar"),
        )
        rows = list(enumerate(self.items(body.get("periods"), "periods")))
        if not rows:
            self.reader.wrong(
                "periods", N_("A list that is not empty is expected here, not {found}."), []
            )
        # in order of time, so that each period knows the deals of those before
        rows.sort(key=lambda row: (self._start(row[1]), row[0]))
        check_repeats(self.reader, ((joined("periods", n), row) for n, row in rows))
        found = [self._within(row, joined("periods", n), shared) for n, row in rows]
        known = [one for one in found if one is not None]
        for before, after in pairwise(known):
            if before.period.overlap(after.period):
                self._overlap(before.period, after.period)
        return tuple(known)

    def _within(self, value: Any, path: str, shared: Shared) -> Inputs | None:
        """One of several periods: a time zone of its own is no other period's."""
        zone = self.timezone
        found = self.period(value, path, shared)
        self.timezone = zone
        return found

    def period(self, value: Any, path: str, shared: Shared | None = None) -> Inputs | None:
        body = self.block(value, path, TOP)
        self.zone(body.get("timezone"), joined(path, "timezone"))
        shared = shared or Shared()
        period = self._period(body.get("period"), joined(path, "period"))
        rates = (*shared.rates, *read_rates(self, body.get("rates"), joined(path, "rates")))
        self.convertible = self.convertible or bool(rates)
        calendar = shared.calendar
        if body.get("calendar") is not None:
            calendar = read_calendar(self, body["calendar"], joined(path, "calendar"))
        paid_on = self.day(body.get("paid_on"), joined(path, "paid_on"))
        where = joined(path, "payees")
        rows = enumerate(self.items(body.get("payees"), where))
        found = [(joined(where, n), self.payee(row, joined(where, n), period)) for n, row in rows]
        placed = [(here, payee) for here, payee in found if payee is not None]
        measures = self.numbers(body.get("measures"), joined(path, "measures"))
        events = read_events(self, body.get("events"), joined(path, "events"), period)
        self.check_twice((joined(here, "id"), payee.id) for here, payee in placed)
        check_circles(self.reader, placed)
        known = tuple(sorted((payee for _, payee in placed), key=lambda p: p.id))
        self.people.update(payee.id for payee in known)
        self._check_events(known)
        if period is None:
            return None
        return Inputs(
            period,
            known,
            {**shared.measures, **measures},
            events,
            rates,
            paid_on,
            calendar,
            self.timezone or "UTC",
        )

    def payee(self, value: Any, path: str, period: Period | None) -> Payee | None:
        body = self.block(value, path, PAYEE)
        key = self.key(body.get("id"), joined(path, "id"))
        credits = self._credits(body.get("credits"), joined(path, "credits"))
        figures = {word: self.numbers(body.get(word), joined(path, word)) for word in FIGURES}
        where = joined(path, "objectives")
        objectives, targets = read_objectives(self, body.get("objectives"), where)
        present_from = self.day(body.get("present_from"), joined(path, "present_from"))
        present_to = self.day(body.get("present_to"), joined(path, "present_to"))
        if present_from and present_to and present_to <= present_from:
            days_empty(self, joined(path, "present_to"), present_from, present_to)
        texts = {word: self.text(body.get(word), joined(path, word)) for word in TEXTS}
        if texts["manager"] is not None:
            self.managers.append((joined(path, "manager"), texts["manager"]))
        events = read_events(self, body.get("events"), joined(path, "events"), period)
        still_open = read_open(self, body.get("open"), joined(path, "open"))
        adjustments = read_adjustments(
            self, body.get("adjustments"), joined(path, "adjustments"), key or ""
        )
        person = read_person(self, body, path)
        hired_on = person["hired_on"]
        if hired_on and present_to and present_to <= hired_on:
            days_empty(self, joined(path, "present_to"), hired_on, present_to)
        counts_in = self._counts_in(body.get("counts_in"), joined(path, "counts_in"))
        if key is None:
            return None
        return Payee(
            id=key,
            name=texts["name"] or "",
            role=texts["role"],
            manager=texts["manager"],
            credits=credits,
            measures=figures["measures"],
            objectives=objectives,
            targets=targets,
            kpis=figures["kpis"],
            carried=figures["carried"],
            present_from=present_from,
            present_to=present_to,
            events=events,
            open=still_open,
            adjustments=adjustments,
            counts_in=counts_in,
            **person,
        )

    def _counts_in(self, value: Any, path: str) -> str:
        found = "all" if value is None else Choice(COUNTS_IN).read(self.reader, value, path)
        return "all" if found is FAILED else str(found)

    def _credits(self, value: Any, path: str) -> tuple[Credit, ...]:
        if path in self.taken:
            return self.taken[path]
        rows = [(joined(path, n), row) for n, row in enumerate(self.items(value, path))]
        found = [(here, self._credit(row, here)) for here, row in rows]
        known = [(here, credit) for here, credit in found if credit is not None]
        self.check_twice((joined(here, "id"), credit.id) for here, credit in known)
        return tuple(sorted((credit for _, credit in known), key=lambda c: c.order))

    def _credit(self, value: Any, path: str) -> Credit | None:
        body = self.block(value, path, CREDIT)
        key = self.key(body.get("id"), joined(path, "id"))
        share = body.get("share")
        part = Fraction(1) if share is None else self.number(share, joined(path, "share"))
        attributes = self.attributes(body.get("attributes"), joined(path, "attributes"))
        currency = self._currency(body.get("currency"), joined(path, "currency"))
        amount = self._amount(body, currency, path)
        moment = self.moment(body.get("closed_at"), joined(path, "closed_at"))
        if key is None or part is None:
            return None
        if not 0 <= part <= 1:
            self._unusual_share(joined(path, "share"), str(share))
        double = self.flag(body.get("double_credit"), joined(path, "double_credit"))
        return Credit(key, moment, amount, currency, part, attributes, double)

    def _unusual_share(self, path: str, share: str) -> None:
        self.reader.warning(
            path,
            "inputs.share_unusual",
            N_("The share {share} is not between 0 and 100 %."),
            N_("Write 0.5 or 50 % for a half; leave it when more than the deal is credited."),
            share=share,
        )

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
        return self.number(body["amount"], joined(path, "amount"))

    def _currency(self, value: Any, path: str) -> str:
        if value is None or value == self.currency:
            return self.currency
        if self.convertible:
            return currency_of(self, value, path) or self.currency
        self.reader.error(
            path,
            "inputs.other_currency",
            N_("The credit is in {found}, the plan pays in {currency}."),
            N_("State dated `rates` in the inputs, or convert the amount before the calculation."),
            found=value,
            currency=self.currency,
        )
        return self.currency

    def _period(self, value: Any, path: str) -> Period | None:
        if not isinstance(value, str):
            message = N_("A period like 2026-01, 2026-Q1 or 2026 is expected, not {found}.")
            self.reader.wrong(path, message, value)
            return None
        try:
            return parse_period(value, self.reader.document.place(path))
        except Invalid as problem:
            self.reader.issues.extend(problem.issues)
            return None

    def _start(self, value: Any) -> str:
        """Where a period begins, for putting them in order; its issues are reported later."""
        stated = value.get("period") if isinstance(value, dict) else None
        try:
            return parse_period(stated).start.isoformat() if isinstance(stated, str) else ""
        except Invalid:
            return ""

    def _overlap(self, before: Period, after: Period) -> None:
        self.reader.error(
            "periods",
            "inputs.periods_overlap",
            N_("The periods {before} and {after} overlap."),
            N_("Give each day to one period, so that no deal is paid twice."),
            before=before.name,
            after=after.name,
        )

    def _check_events(self, payees: tuple[Payee, ...]) -> None:
        """An event that names a deal wrongly would change nothing, silently."""
        for payee in payees:
            self.deals.update(credit.id for credit in payee.credits)
            self.deals.update(item.credit for item in payee.open or ())
        for path, credit in self.named:
            if credit not in self.deals:
                self._unknown_deal(path, credit)
        self.named.clear()

    def _unknown_deal(self, path: str, credit: str) -> None:
        message = N_("The event names the deal {word}, which nothing here knows.")
        near = get_close_matches(credit, sorted(self.deals), n=1, cutoff=0.6)
        remedy = (
            N_("Did you mean {closest}?")
            if near
            else N_("Name a credit of this or an earlier period, or state what is `open` of it.")
        )
        self.reader.error(
            path, "inputs.unknown_deal", message, remedy, word=credit, closest=(near or [""])[0]
        )
