"""Conditions: which credits a sum or a count takes, by amount, attributes and dates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from operator import ge, gt, le, lt
from typing import Any
from zoneinfo import ZoneInfo

from incentives.calc.facts import Credit
from incentives.calc.fields import Day, Field, Number, Schema, Text, Word, block_schema, read_partly
from incentives.calc.quantities import exact_number
from incentives.calc.reader import FAILED, WRONG_TYPE, Reader, described
from kernel.documents import joined
from kernel.issues import N_, Invalid
from kernel.numbers import as_text
from kernel.periods import business_day

CLOSED_ON = "closed_on"
ORDERS = {"at_least": ge, "above": gt, "at_most": le, "below": lt}
TESTS = tuple(ORDERS)
ALL_TESTS = ("is", "is_not", *TESTS)


@dataclass(frozen=True, slots=True)
class Condition:
    """A test on one credit: its ``amount``, the day of its closing, or an attribute.

    One of ``texts``, ``number`` and ``day`` is what the test compares with. What is absent, or is
    no number or no date where one is compared, passes only ``is_not``.
    """

    attribute: str
    test: str
    texts: tuple[str, ...]
    number: Fraction | None = None
    day: date | None = None

    def holds(self, credit: Credit, timezone: str) -> bool:
        """True when the credit passes; ``timezone`` says on which day a moment falls."""
        if self.texts:
            return (credit.attributes.get(self.attribute) in self.texts) is (self.test == "is")
        if self.number is not None:
            value = value_of(credit, self.attribute)
            return value is not None and ORDERS[self.test](value, self.number)
        day = day_of(credit, self.attribute, timezone)
        if self.test in ORDERS and self.day is not None:
            return day is not None and ORDERS[self.test](day, self.day)
        return (day == self.day) is (self.test == "is")

    def among(self, credits: Sequence[Credit], timezone: str) -> Sequence[Credit]:
        """Those that pass, in their order."""
        name, texts = self.attribute, self.texts
        if not texts:
            return [credit for credit in credits if self.holds(credit, timezone)]
        if self.test == "is_not":
            return [credit for credit in credits if credit.attributes.get(name) not in texts]
        return [credit for credit in credits if credit.attributes.get(name) in texts]


def chosen(
    credits: Sequence[Credit], where: Iterable[Condition], timezone: str
) -> Sequence[Credit]:
    """The credits that pass all conditions, in their order."""
    for condition in where:
        credits = condition.among(credits, timezone)
    return credits


def value_of(credit: Credit, name: str) -> Fraction | None:
    """The credit's amount, or a numeric attribute; None when absent or not a number."""
    if name == "amount":
        return credit.amount
    text = credit.attributes.get(name)
    if text is None:
        return None
    try:
        return exact_number(text)
    except Invalid:
        return None


def day_of(credit: Credit, name: str, timezone: str) -> date | None:
    """The day of closing, or of an attribute that is a date or a moment; else None."""
    if name == CLOSED_ON:
        return credit.closed_on(timezone)
    try:
        moment = datetime.fromisoformat(credit.attributes.get(name, ""))
    except ValueError:
        return None
    return business_day(moment, ZoneInfo(timezone)) if moment.tzinfo else moment.date()


@dataclass(frozen=True, slots=True)
class Limit:
    """A number, or a date like 2026-01-31."""

    def schema(self) -> Schema:
        return Number().schema()

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        is_day = isinstance(value, str) and value[4:5] == value[7:8] == "-"
        return (Day() if is_day else Number()).read(reader, value, path)


CONDITION = (
    Field(
        "attribute",
        Text(),
        "`amount`, `closed_on` (the day of closing), or the name of a credit's attribute",
        "amount",
    ),
    Field("is", Word(), "the attribute equals this text", None),
    Field("is_not", Word(), "the attribute is absent or differs from this text", None),
    Field("at_least", Limit(), "the value is at least this number, or on or after this date", None),
    Field("above", Limit(), "the value is above this number, or after this date", None),
    Field("at_most", Limit(), "the value is at most this number, or on or before this date", None),
    Field("below", Limit(), "the value is below this number, or before this date", None),
)


@dataclass(frozen=True, slots=True)
class ConditionKind:
    """One condition of a ``where`` list: exactly one test."""

    def schema(self) -> Schema:
        return block_schema(CONDITION, oneOf=[{"required": [test]} for test in ALL_TESTS])

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        found, whole = read_partly(reader, value, path, CONDITION)
        if not found:
            return FAILED
        tests = [test for test in ALL_TESTS if found[test] is not None]
        if len(tests) != 1:
            return reader.error(
                path,
                "plan.one_test",
                N_("A condition needs exactly one test; found: {found}."),
                N_("Keep one of is, is_not, at_least, above, at_most, below."),
                found=", ".join(tests) or "–",
            )
        if not whole:
            return FAILED
        return _condition(reader, found["attribute"], tests[0], found[tests[0]], path)


def _condition(reader: Reader, attribute: str, test: str, stated: Any, path: str) -> Any:
    where = joined(path, test)
    match stated:
        case str() if attribute == CLOSED_ON:
            return _on_day(reader, test, stated, where)
        case str() if attribute == "amount":
            goes_on = reader.unfit(
                where,
                "plan.amount_is_no_text",
                N_("The amount is a number: {test} compares texts, and would never be true."),
                N_("Name the `attribute` that has this text, or use at_least and at_most."),
                test=test,
            )
            return Condition(attribute, test, (stated,)) if goes_on else FAILED
        case str():
            return Condition(attribute, test, (stated,))
        case Fraction() if attribute == CLOSED_ON:
            goes_on = _no_day(reader, where, as_text(stated))
            return Condition(attribute, test, (), stated) if goes_on else FAILED
        case date() if attribute == "amount":
            message = N_("A number is expected here, not {found}.")
            return reader.wrong(where, message, stated.isoformat())
        case date():
            return Condition(attribute, test, (), day=stated)
    return Condition(attribute, test, (), stated)


def _on_day(reader: Reader, test: str, stated: str, where: str) -> Any:
    """The day of closing is, or is not, a date."""
    try:
        return Condition(CLOSED_ON, test, (), day=date.fromisoformat(stated))
    except ValueError:
        # a credit's own attribute of that name, before the day of closing had it
        goes_on = _no_day(reader, where, stated)
        return Condition(CLOSED_ON, test, (stated,)) if goes_on else FAILED


def _no_day(reader: Reader, where: str, stated: str) -> bool:
    return reader.unfit(
        where,
        "plan.wrong_type",
        N_("A date like 2026-01-31 is expected, not {found}."),
        WRONG_TYPE,
        found=described(stated),
    )


@dataclass(frozen=True, slots=True)
class Where:
    """Conditions that must all hold."""

    def schema(self) -> Schema:
        return {"type": "array", "items": ConditionKind().schema()}

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        if not isinstance(value, list):
            return reader.wrong(
                path, N_("A list of conditions is expected here, not {found}."), value
            )
        found = [ConditionKind().read(reader, v, joined(path, n)) for n, v in enumerate(value)]
        return FAILED if FAILED in found else tuple(found)
