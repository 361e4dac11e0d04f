"""What happened to deals, for plans that settle them: held until collected, or taken back.

Such a plan takes back a deal that is cancelled in a later period by itself, on the day of the
cancellation. So the credit of the period that paid it stays, and no correction takes the same
money back a second time. Every other plan knows nothing of a cancellation: there the credit goes,
and the difference is a correction of the period that paid it.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from activities.dealings import Dealing, Id, dealings
from incentives.calc import Plan
from incentives.calc.steps import MECHANICS
from kernel.money import digits_of
from kernel.numbers import as_text

Document = dict[str, Any]
BY_RULE = frozenset({"signature", "collected"})
"""What a payment schedule may wait for that is no milestone."""


def settles(plan: Plan) -> bool:
    """Whether a plan follows its deals after the period: holds back, schedules, or takes back."""
    return any(
        MECHANICS[placed.mechanic].kind == "settles"
        for component in plan.components
        for placed in component.steps
    )


def milestones_of(plan: Plan) -> frozenset[str]:
    """The names of the milestones that the payment schedules of a plan wait for."""
    found = frozenset(
        part.at
        for component in plan.components
        for placed in component.steps
        if placed.mechanic == "payment_schedule"
        for part in getattr(placed.step, "parts", ())
    )
    return found - BY_RULE


def add_events(
    documents: Mapping[tuple[int, int], Document],
    plans: Mapping[int, Plan],
    start: datetime,
    end: datetime,
    as_known_at: datetime | None,
    tz: ZoneInfo,
) -> None:
    """Give the documents of plans that settle what happened to their deals. One query.

    Of a deal that is open since an earlier period, what happened in this one; of a deal of this
    period, all that happened by its end: money may come before the deal is closed.
    """
    settling = {key: one for key, one in documents.items() if settles(plans[key[1]])}
    if not settling:
        return
    names = frozenset[str]().union(*(milestones_of(plans[version]) for _, version in settling))
    wanted = {record for one in settling.values() for record in (*_fresh(one), *_open(one))}
    found: dict[Id, list[Dealing]] = {}
    for row in dealings(wanted, end, milestones=names, as_known_at=as_known_at):
        found.setdefault((row.source, row.external_id), []).append(row)
    for (_, version), document in settling.items():
        own = milestones_of(plans[version])
        events = [event for event in _events(document, found, start, tz) if _is_read(event, own)]
        if events:
            document["events"] = events


def _is_read(event: Document, milestones: frozenset[str]) -> bool:
    return event["event"] != "milestone" or event["name"] in milestones


def _fresh(document: Document) -> Iterator[Id]:
    for payee in document["payees"]:
        for credit in payee["credits"]:
            yield _record(credit["id"])


def _open(document: Document) -> Iterator[Id]:
    for item in document["payees"][0].get("open", ()):
        yield _record(item["credit"])


def _record(credit: str) -> Id:
    source, _, external_id = credit.partition(":")
    return source, external_id


def _events(
    document: Document, found: Mapping[Id, Iterable[Dealing]], start: datetime, tz: ZoneInfo
) -> list[Document]:
    fresh = set(_fresh(document))
    rows = [
        row
        for record in fresh | set(_open(document))
        for row in found.get(record, ())
        if record in fresh or row.at >= start
        # a refund is no collection; who gets money back cancels the deal, or writes a credit note
        if row.event != "collected" or row.amount_minor is None or row.amount_minor > 0
    ]
    rows.sort(key=lambda row: (row.at, row.source, row.external_id, row.event, row.name))
    return [_event(row, tz) for row in rows]


def _event(row: Dealing, tz: ZoneInfo) -> Document:
    event: Document = {
        "event": row.event,
        "credit": f"{row.source}:{row.external_id}",
        "on": row.at.astimezone(tz).date().isoformat(),
    }
    if row.event == "collected" and row.amount_minor is not None:
        event["amount"] = as_text(Fraction(row.amount_minor, 10 ** digits_of(row.currency)))
    if row.name:
        event["name"] = row.name
    return event
