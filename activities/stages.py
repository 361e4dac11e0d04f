"""The stage history of a deal from snapshots of it: pure, no database.

A source tells where a deal stands, with the dates it knows; it tells it again when something has
changed. What it says now is laid beside the rows that count, and the difference is written.

| the deal was | is now | rows | what the log counts |
|---|---|---|---|
| - | won | engaging, won | opportunity_created, deal_won |
| engaging | won | + won | + deal_won |
| won | won, other amount or owner | won is superseded | deal_won is corrected |
| won | cancelled | + cancelled (won stays in the history) | deal_won is cancelled |
| won | lost, or open again | won is withdrawn | deal_won is cancelled |
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from activities.revisions import Content, CreditPart
from kernel.issues import N_, Issue, Place, error
from kernel.money import Money
from kernel.numbers import as_text, round_to

PROSPECTING, ENGAGING, PROPOSAL = "prospecting", "engaging", "proposal"
WON, LOST, CANCELLED = "won", "lost", "cancelled"
RANK = {PROSPECTING: 0, ENGAGING: 1, PROPOSAL: 2, WON: 3, LOST: 3, CANCELLED: 4}
CLOSED = frozenset({WON, LOST})
WHOLE = round_to(1, 8)  # as the database gives a share back


@dataclass(frozen=True, slots=True)
class StageContent:
    """A stage as a source states it; the entered moment is None when nobody knows it."""

    stage: str
    entered_at: datetime | None
    owner_id: int
    account_id: int | None
    product_id: int | None
    amount_minor: int | None
    currency: str
    margin_minor: int | None = None
    sale: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A deal as it stands: the current stage, and when earlier ones began, if known."""

    current: StageContent
    earlier: tuple[tuple[str, datetime], ...] = ()


History = Mapping[str, StageContent]


def history_of(snapshot: Snapshot, known: History, now: datetime) -> dict[str, StageContent]:
    """The rows that shall count, by stage, in the order of the pipeline.

    A current stage whose date is not told keeps the one it has, else it begins `now`.
    An earlier stage keeps the owner and the amount that it had at its time; only its date follows
    the snapshot. Stages that the current one contradicts are left out.
    """
    current = snapshot.current
    if current.entered_at is None and current.stage != PROSPECTING:
        before = known.get(current.stage)
        current = replace(current, entered_at=before.entered_at if before else now)
    rows = {stage: row for stage, row in known.items() if RANK[stage] < RANK[current.stage]}
    if current.stage == CANCELLED:
        rows.pop(LOST, None)
    for stage, entered_at in snapshot.earlier:
        if RANK[stage] < RANK[current.stage]:
            fresh = replace(
                current, stage=stage, amount_minor=None, currency="", margin_minor=None, sale=""
            )
            rows[stage] = replace(rows.get(stage, fresh), entered_at=entered_at)
    rows[current.stage] = current
    return in_order(rows)


def in_order(history: History) -> dict[str, StageContent]:
    """The stages in the order of the pipeline."""
    return dict(sorted(history.items(), key=lambda item: RANK[item[0]]))


def order_issue(history: History, place: Place, zone: tzinfo) -> Issue | None:
    """An issue when a later stage begins before an earlier one; its moments are of `zone`."""
    before: StageContent | None = None
    for row in history.values():
        if row.entered_at is None:
            continue
        if before is not None and before.entered_at and row.entered_at < before.entered_at:
            return error(
                "stages_out_of_order",
                N_('The stage "{later}" begins on {later_on}, before "{earlier}" on {earlier_on}.'),
                N_("Correct one of the two dates."),
                place,
                later=row.stage,
                later_on=_shown(row.entered_at, zone),
                earlier=before.stage,
                earlier_on=_shown(before.entered_at, zone),
            )
        before = row
    return None


def _shown(moment: datetime, zone: tzinfo) -> str:
    """A day where only the day was told, as most files do."""
    local = moment.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M}".removesuffix(" 00:00")


def changed_stages(wanted: History, known: History) -> list[str]:
    """Which stages of `wanted` must be written, in order.

    Two stages of the same moment are told apart by the order of writing, so a stage is written
    again when an earlier one of the same moment is.
    """
    changed: list[str] = []
    moments: set[datetime | None] = set()
    for stage, row in wanted.items():
        if known.get(stage) != row or row.entered_at in moments:
            changed.append(stage)
            moments.add(row.entered_at)
    return changed


def log_of(deal_id: int, history: History, zone: tzinfo) -> dict[str, Content]:
    """What the log counts for a deal with this history: content by suffix of the id."""
    if not history:
        return {}
    entries: dict[str, Content] = {}
    began = history.get(ENGAGING) or history.get(PROPOSAL)
    if began is not None and began.entered_at is not None:
        entries["created"] = _content("opportunity_created", deal_id, began, ())
    current = list(history.values())[-1]
    if current.stage in CLOSED:
        attributes = _cycle(history, current, zone)
        if current.stage == WON:
            attributes += _worth(current)
        entries[current.stage] = _content(f"deal_{current.stage}", deal_id, current, attributes)
    return entries


LOG_SUFFIXES = ("created", WON, LOST)


def _cycle(history: History, closed: StageContent, zone: tzinfo) -> tuple[tuple[str, object], ...]:
    """Whole calendar days from engaging to closing, by the company's calendar; same day is 0."""
    began = history.get(ENGAGING)
    if began is None or began.entered_at is None or closed.entered_at is None:
        return ()
    first, last = (one.astimezone(zone).date() for one in (began.entered_at, closed.entered_at))
    return (("cycle_days", (last - first).days),)


def _worth(won: StageContent) -> tuple[tuple[str, object], ...]:
    """The margin, as exact text in major units, and which sale it was, as far as it is told."""
    found: list[tuple[str, object]] = []
    if won.margin_minor is not None:
        found.append(("margin", as_text(Money(won.margin_minor, won.currency).amount)))
    if won.sale:
        found.append(("sale", won.sale))
    return tuple(found)


def _content(
    kind: str, deal_id: int, row: StageContent, attributes: tuple[tuple[str, object], ...]
) -> Content:
    if row.entered_at is None:
        raise AssertionError("only dated stages are logged")
    amount = row.amount_minor
    return Content(
        type=kind,
        occurred_at=row.entered_at,
        account_id=row.account_id,
        deal_id=deal_id,
        product_id=row.product_id,
        amount_minor=amount,
        currency=row.currency,
        attributes=attributes,
        credits=(CreditPart(row.owner_id, WHOLE, amount),),
    )
