"""What would be: a person's pay with deals added, moved or taken away, by the same plan.

The inputs are those of now with the changes made to them, the amount is what the engine gives for
them. Nothing is kept: whoever leaves the page leaves no trace.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from incentives.calc import PayeeResult, Plan, parse_inputs, pay_of
from incentives.calc.measures import CountOf, SumOf
from incentives.gathering.inputs import Document
from kernel.money import Money
from kernel.periods import Period

NOON = time(12)
# what the page asks for by fields of its own
_KNOWN = frozenset({"type", "product", "series", "amount", "account", "deal"})


@dataclass(frozen=True, slots=True)
class Added:
    """Records that do not exist: `times` alike, credited as a whole to one payee of the inputs."""

    type_key: str
    on: date
    amount: Money | None = None
    payee: str = ""
    times: int = 1
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different: records by their id in the inputs, and new ones."""

    added: tuple[Added, ...] = ()
    moved: tuple[tuple[str, date], ...] = ()
    removed: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.added or self.moved or self.removed)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the plan pays now, what it would pay, and the inputs that it would pay on."""

    now: PayeeResult
    then: PayeeResult
    inputs: Document

    @property
    def difference(self) -> Money:
        return self.then.total - self.now.total


def what_if(
    plan: Plan, inputs: Document, person: str, changes: Changes, *, days: Period, tz: ZoneInfo
) -> Outcome:
    """The pay of `person` (their id in the inputs) now and with the changes. Pure.

    A record that is moved to a day outside `days` counts for another period: it leaves this one.
    """
    made = changed(inputs, changes, days=days, tz=tz)
    return Outcome(_pay(plan, inputs, person), _pay(plan, made, person), made)


def _pay(plan: Plan, inputs: Document, person: str) -> PayeeResult:
    return pay_of(plan, parse_inputs(inputs, currency=plan.currency), person)


def changed(inputs: Document, changes: Changes, *, days: Period, tz: ZoneInfo) -> Document:
    """The inputs with the changes; those that are given stay as they are."""
    made: dict[str, Any] = deepcopy(inputs)
    moved = dict(changes.moved)
    for payee in made["payees"]:
        payee["credits"] = payee.get("credits", [])
        before = {one["id"] for one in payee["credits"]}
        kept = (one for one in payee["credits"] if one["id"] not in changes.removed)
        payee["credits"] = list(_moved(kept, moved, days, tz))
        gone = before - {one["id"] for one in payee["credits"]}
        if "events" in payee:
            # what became of a deal that is not there cannot be said
            payee["events"] = [one for one in payee["events"] if one.get("credit") not in gone]
    by_id = {payee["id"]: payee for payee in made["payees"]}
    number = 0
    for one in changes.added:
        payee = by_id.get(one.payee) or made["payees"][0]
        for _again in range(one.times):
            number += 1
            payee["credits"].append(_credit(one, f"new:{number}", tz))
    return made


def _moved(
    credits: Iterable[Document], moved: Mapping[str, date], days: Period, tz: ZoneInfo
) -> Iterable[Document]:
    for credit in credits:
        day = moved.get(str(credit["id"]))
        if day is None:
            yield credit
        elif days.contains(day):
            moment = datetime.fromisoformat(str(credit["closed_at"])).astimezone(tz)
            at = datetime.combine(day, moment.time(), tz)
            yield {**credit, "closed_at": at.isoformat()}


def _credit(one: Added, key: str, tz: ZoneInfo) -> Document:
    credit: Document = {
        "id": key,
        "closed_at": datetime.combine(one.on, NOON, tz).isoformat(),
        "attributes": {"type": one.type_key, **dict(one.attributes)},
    }
    if one.amount is not None:
        credit |= {"amount_minor": one.amount.minor, "currency": one.amount.currency}
    return credit


# --- what a new record must say for a plan -----------------------------------------------------


def choices_read(plan: Plan) -> dict[str, tuple[str, ...]]:
    """The attributes that the plan compares with texts, beside product and kind, with the texts."""
    found: dict[str, set[str]] = {}
    for measure in plan.measures.values():
        if not isinstance(measure.source, SumOf | CountOf):
            continue
        for one in measure.source.where:
            if one.texts and one.attribute not in _KNOWN:
                found.setdefault(one.attribute, set()).update(one.texts)
    return {key: tuple(sorted(texts)) for key, texts in sorted(found.items())}


def figures_read(plan: Plan) -> tuple[str, ...]:
    """The numeric attributes that the plan sums or compares, beside the amount."""
    found: set[str] = set()
    for measure in plan.measures.values():
        if isinstance(measure.source, SumOf):
            found.add(measure.source.what)
        if isinstance(measure.source, SumOf | CountOf):
            tests = (one for one in measure.source.where if one.number is not None)
            found.update(one.attribute for one in tests)
    return tuple(sorted(found - _KNOWN))
