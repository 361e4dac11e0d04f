"""Reading what happened to deals, what is still open of them, and what people adjusted by hand."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from incentives.calc.facts import EVENTS, Adjustment, Event, OpenItem
from incentives.calc.parts import Parts
from kernel.documents import joined
from kernel.issues import N_, Invalid
from kernel.money import Money
from kernel.periods import Period

EVENT = ("event", "credit", "on", "amount", "name", "served_months")
OPEN = ("kind", "component", "credit", "since", "base", "amount", "paid", "held", "cut",
        "cancelled", "collected", "reached", "contract_months", "on_hold")  # fmt: skip
# which keys say something about which kind of event
FITTING = {
    "amount": ("collected", "cancelled"),
    "name": ("milestone", "held", "released"),
    "served_months": ("cancelled",),
}
KINDS = ("paid", "held", "scheduled")
ADJUSTMENT = ("id", "amount", "reason", "approved_by", "entered_by", "cause")


def read_events(parts: Parts, value: Any, path: str, period: Period | None) -> tuple[Event, ...]:
    """The events of a period in order of day; one after its end belongs to a later period."""
    rows = enumerate(parts.items(value, path))
    found = [_event(parts, row, joined(path, n), period) for n, row in rows]
    return tuple(sorted((e for e in found if e is not None), key=lambda e: e.order))


def _event(parts: Parts, value: Any, path: str, period: Period | None) -> Event | None:
    body = parts.block(value, path, EVENT)
    if not body:
        return None
    kind = parts.choice(body.get("event"), joined(path, "event"), EVENTS)
    credit = parts.key(body.get("credit"), joined(path, "credit"))
    if credit is not None:
        parts.named.append((joined(path, "credit"), credit))
    on = _day_of(parts, body.get("on"), joined(path, "on"), period)
    amount = _positive(parts, body, path, "amount")
    served = _positive(parts, body, path, "served_months")
    name = parts.text(body.get("name"), joined(path, "name")) or ""
    if kind == "milestone" and not name:
        parts.missing(path, "name")
    elif kind is not None:
        for word, kinds in FITTING.items():
            if body.get(word) is not None and kind not in kinds:
                _misplaced(parts, body, path, word)
    if kind is None or credit is None or on is None:
        return None
    return Event(kind, credit, on, amount, name, served)


def _misplaced(parts: Parts, body: Mapping[str, Any], path: str, word: str) -> None:
    parts.reader.error(
        joined(path, word),
        "inputs.event_key",
        N_("The key {word} says nothing about an event of the kind {event}."),
        N_("Remove the key; it is for these events: {kinds}."),
        word=word,
        event=body.get("event"),
        kinds=", ".join(FITTING[word]),
    )


def _day_of(parts: Parts, value: Any, path: str, period: Period | None) -> date | None:
    if value is None:
        parts.missing(path.rpartition(".")[0], "on")
        return None
    on = parts.day(value, path)
    if on is not None and period is not None and on >= period.end:
        parts.reader.error(
            path,
            "inputs.event_later",
            N_("The event is on {day}, after the period {period}."),
            N_("Give it with the period in which it lies."),
            day=on,
            period=period.name,
        )
    return on


def _positive(parts: Parts, body: Mapping[str, Any], path: str, word: str) -> Fraction | None:
    if body.get(word) is None:
        return None
    found = parts.number(body[word], joined(path, word))
    if found is not None and found < 0:
        parts.reader.error(
            joined(path, word),
            "inputs.negative",
            N_("{value} is below 0."),
            N_("Write how much was collected, cancelled or served, without a sign."),
            value=body[word],
        )
    return found


def read_open(parts: Parts, value: Any, path: str) -> tuple[OpenItem, ...] | None:
    """What earlier periods left open; None when the inputs do not say."""
    if value is None:
        return None
    rows = [(joined(path, n), row) for n, row in enumerate(parts.items(value, path))]
    found = [(here, _open_item(parts, row, here)) for here, row in rows]
    known = [(here, item) for here, item in found if item is not None]
    parts.check_twice(
        (joined(here, "credit"), f"{item.component} {item.credit}") for here, item in known
    )
    return tuple(sorted((item for _, item in known), key=lambda item: item.key))


def _open_item(parts: Parts, value: Any, path: str) -> OpenItem | None:
    body = parts.block(value, path, OPEN)
    if not body:
        return None
    stated = body.get("kind")
    kind = "paid" if stated is None else parts.choice(stated, joined(path, "kind"), KINDS)
    component = parts.key(body.get("component"), joined(path, "component"))
    credit = parts.key(body.get("credit"), joined(path, "credit"))
    since = parts.day(body.get("since"), joined(path, "since"))
    for word in ("since", "amount"):
        if body.get(word) is None:
            parts.missing(path, word)
    amount = read_money(parts, body.get("amount"), joined(path, "amount"))
    paid = read_money(parts, body.get("paid"), joined(path, "paid"))
    held = read_money(parts, body.get("held"), joined(path, "held"))
    cut = read_money(parts, body.get("cut"), joined(path, "cut"))
    on_hold = parts.flag(body.get("on_hold"), joined(path, "on_hold"))
    figures = {
        word: None if body.get(word) is None else parts.number(body[word], joined(path, word))
        for word in ("base", "cancelled", "collected", "contract_months")
    }
    reached = _days(parts, body.get("reached"), joined(path, "reached"))
    if kind is None or component is None or credit is None or since is None or amount is None:
        return None
    nothing = Money.zero(parts.currency)
    paid = paid if paid is not None else amount if kind == "paid" else nothing
    return OpenItem(
        component=component,
        credit=credit,
        since=since,
        base=figures["base"],
        amount=amount,
        paid=paid,
        held=held if held is not None else nothing if kind == "paid" else amount - paid,
        cut=cut or nothing,
        cancelled=figures["cancelled"] or Fraction(0),
        collected=figures["collected"] or Fraction(0),
        reached=reached,
        contract_months=figures["contract_months"],
        kind=kind,
        on_hold=on_hold,
    )


def _days(parts: Parts, value: Any, path: str) -> dict[str, date]:
    body = {} if value is None else parts.block(value, path, None)
    days = {name: parts.day(body[name], joined(path, name)) for name in sorted(body)}
    return {name: day for name, day in days.items() if day is not None}


def read_money(parts: Parts, value: Any, path: str) -> Money | None:
    """An amount in main units that the currency can pay; None when absent or reported."""
    number = None if value is None else parts.number(value, path)
    if number is None:
        return None
    try:
        return Money.of(number, parts.currency, place=parts.reader.document.place(path))
    except Invalid as problem:
        parts.reader.issues.extend(problem.issues)
        return None


def read_adjustments(parts: Parts, value: Any, path: str, payee: str) -> tuple[Adjustment, ...]:
    """The manual adjustments of a payee, in order of id."""
    rows = [(joined(path, n), row) for n, row in enumerate(parts.items(value, path))]
    found = [(here, _adjustment(parts, row, here, payee)) for here, row in rows]
    known = [(here, one) for here, one in found if one is not None]
    parts.check_twice((joined(here, "id"), one.id) for here, one in known)
    return tuple(sorted((one for _, one in known), key=lambda one: one.id))


def _adjustment(parts: Parts, value: Any, path: str, payee: str) -> Adjustment | None:
    body = parts.block(value, path, ADJUSTMENT)
    if not body:
        return None
    for word in ("amount", "reason", "approved_by"):
        if body.get(word) in (None, ""):
            parts.missing(path, word)
    key = parts.key(body.get("id"), joined(path, "id"))
    amount = read_money(parts, body.get("amount"), joined(path, "amount"))
    texts = {word: parts.text(body.get(word), joined(path, word)) for word in ADJUSTMENT[2:]}
    approved = texts["approved_by"]
    if approved and approved in (payee, texts["entered_by"]):
        parts.reader.error(
            joined(path, "approved_by"),
            "inputs.second_person",
            N_("{person} cannot approve the adjustment: it is their own, or they entered it."),
            N_("Let a second person approve it."),
            person=approved,
        )
    if key is None or amount is None or not texts["reason"] or not approved:
        return None
    return Adjustment(key, amount, texts["reason"], approved, texts["entered_by"], texts["cause"])
