"""Deals: their stage history, and the entries of the log that follow from it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from activities.choices import Sale, Stage
from activities.contents import References, checked_moment, minor_units
from activities.findings import Findings
from activities.freezing import write_moment
from activities.inputs import DealInput, RowResult, Status
from activities.models import ImportBatch
from activities.references import Accounts, People, Products, Types, closest
from activities.services.histories import HistoryWriter, log_id
from activities.services.planning import day_issue
from activities.services.recording import LONGEST_SOURCE, WithheldError, counts_of
from activities.services.statistics import refresh_statistics
from activities.services.writing import lock_ids
from activities.stages import (
    CANCELLED,
    CLOSED,
    ENGAGING,
    LOG_SUFFIXES,
    PROPOSAL,
    PROSPECTING,
    Snapshot,
    StageContent,
)
from common import audit
from kernel.issues import N_, Issue, error
from people import queries as people
from people.models import User

LONGEST_DEAL_ID = 150  # leaves room for what the ids of its log entries add
_CHUNK = 5000
_NEED_DATE = (ENGAGING, *CLOSED)
_STAGES, _SALES = frozenset(Stage.values), frozenset(Sale.values)


def record_deal_stages(
    *,
    actor: User | None,
    source: str,
    deals: Sequence[DealInput],
    batch: ImportBatch | None = None,
    atomic: bool = False,
    recorded_at: datetime | None = None,
    told_after: timedelta | None = None,
) -> list[RowResult]:
    """Write where the deals stand, in one transaction, with what the log counts for them.

    The same state again is `unchanged`; see `activities.stages` for what a changed one does. With
    `atomic`, one rejected row withholds all. `recorded_at` as in `record_activities`; so is
    `told_after`, for what the log counts.
    """
    try:
        with transaction.atomic():
            results = _record(actor, source, deals, batch, recorded_at, told_after)
            if atomic and any(result.is_rejected for result in results):
                raise WithheldError(results)
            return results
    except WithheldError as withheld:
        return withheld.results


def _record(
    actor: User | None,
    source: str,
    deals: Sequence[DealInput],
    batch: ImportBatch | None,
    recorded_at: datetime | None,
    told_after: timedelta | None,
) -> list[RowResult]:
    lock_ids(source, (log_id(deal.external_id, one) for deal in deals for one in LOG_SUFFIXES))
    moment = write_moment()
    refs = _references(deals, batch, moment)
    writer = HistoryWriter(source, actor, batch, recorded_at or moment, told_after)
    results: dict[int, RowResult] = {}
    for wave in _waves(deals):
        results |= writer.write([(index, deal, *_read(source, deal, refs)) for index, deal in wave])
    in_order = [results[index] for index in range(len(deals))]
    if any(result.status not in (Status.UNCHANGED, Status.REJECTED) for result in in_order):
        audit.record(
            actor=actor,
            action="deals.record",
            subject=batch or ("activities.source", source),
            after=counts_of(in_order),
        )
    refresh_statistics(sum(result.status is Status.CREATED for result in in_order))
    return in_order


def _references(deals: Sequence[DealInput], batch: ImportBatch | None, now: datetime) -> References:
    return References(
        people=People(deal.owner for deal in deals),
        types=Types(),
        accounts=Accounts((deal.account for deal in deals), batch),
        products=Products(),
        deals={},
        currency=people.company().currency,
        now=now,
    )


def _waves(deals: Sequence[DealInput]) -> list[list[tuple[int, DealInput]]]:
    """The n-th row of a deal is in wave n: a call may tell several states of a deal in order."""
    seen: dict[str, int] = {}
    waves: list[list[tuple[int, DealInput]]] = []
    for index, deal in enumerate(deals):
        # what is refused anyway waits for nobody
        wave = 0 if deal.unread else seen.get(deal.external_id, 0)
        seen[deal.external_id] = wave + 1
        if wave == len(waves):
            waves.append([])
        waves[wave].append((index, deal))
    return waves


def _read(
    source: str, deal: DealInput, refs: References
) -> tuple[Snapshot | None, tuple[Issue, ...]]:
    """The snapshot that a row states, with all issues; None when it cannot be told at all.

    The snapshot of a row with errors only serves to look for more of them.
    """
    findings = Findings(deal.place, deal.unread)
    _check_ids(source, deal, findings)
    _check_stage(deal, findings)
    owner_id = findings.keep(refs.people.find(deal.owner, findings.at("owner")))
    product_id = findings.keep(refs.products.find(deal.product, findings.at("product")))
    amount = minor_units(deal.amount, deal.currency, refs.currency, findings)
    margin = minor_units(deal.margin, deal.currency, refs.currency, findings, "margin")
    _check_sale(deal, findings)
    moments = _moments(deal, refs.now, findings)
    findings.keep(day_issue(deal.planned_close_on, findings.at("planned_close_on")))
    if deal.stage not in _STAGES or (findings.stop and not _is_dated(deal, moments)):
        return None, tuple(findings.issues)
    account_id = refs.accounts.find(deal.account)
    currency = deal.currency if amount is not None or margin is not None else ""
    entered_at = moments.get(deal.stage)
    current = StageContent(
        deal.stage, entered_at, owner_id or 0, account_id, product_id, amount, currency, margin,
        deal.sale,
    )  # fmt: skip
    earlier = tuple(
        (stage, moments[stage])
        for stage in (ENGAGING, PROPOSAL)
        if stage in moments and stage != deal.stage
    )
    return Snapshot(current, earlier), tuple(findings.issues)


def _is_dated(deal: DealInput, moments: Mapping[str, datetime]) -> bool:
    """Whether all the dates that the row gives, and its stage needs, could be understood."""
    if deal.stage in _NEED_DATE and deal.stage not in moments:
        return False
    return deal.unread.isdisjoint(("engaged_at", "proposed_at", "closed_at", "cancelled_at"))


def _check_ids(source: str, deal: DealInput, findings: Findings) -> None:
    too_long = len(deal.external_id) > LONGEST_DEAL_ID or len(source) > LONGEST_SOURCE
    if deal.external_id and source and not too_long:
        return
    findings.issues.append(
        error(
            "bad_deal_id",
            N_("The id of the deal, or of its source, is missing or too long."),
            N_("Give an id of at most 150 characters and a source of at most 40."),
            findings.at("external_id"),
        )
    )


def _check_stage(deal: DealInput, findings: Findings) -> None:
    if deal.stage in _STAGES:
        return
    match = closest(deal.stage, Stage.values)
    findings.issues.append(
        error(
            "unknown_stage",
            N_('"{found}" is not a stage.'),
            N_('Did you mean "{closest}"?') if match else N_("Known stages: {known}."),
            findings.at("stage"),
            found=deal.stage,
            closest=match,
            known=", ".join(Stage.values),
        )
    )


def _check_sale(deal: DealInput, findings: Findings) -> None:
    if not deal.sale or deal.sale in _SALES:
        return
    match = closest(deal.sale, Sale.values)
    findings.issues.append(
        error(
            "unknown_sale",
            N_('"{found}" is not a kind of sale.'),
            N_('Did you mean "{closest}"?') if match else N_("Known kinds of sale: {known}."),
            findings.at("sale"),
            found=deal.sale,
            closest=match,
            known=", ".join(Sale.values),
        )
    )


def _moments(deal: DealInput, now: datetime, findings: Findings) -> dict[str, datetime]:
    """When each stage began, as far as the row says; a stage but prospecting needs its date."""
    last = deal.closed_at if deal.stage != CANCELLED else deal.cancelled_at or deal.closed_at
    given = [
        (ENGAGING, "engaged_at", deal.engaged_at),
        (PROPOSAL, "proposed_at", deal.proposed_at),
        (deal.stage, "closed_at", last),
    ]
    if deal.stage in (PROSPECTING, ENGAGING, PROPOSAL):
        given.pop()  # an open deal has not closed, whatever a column says
    needed = deal.stage in _NEED_DATE
    moments: dict[str, datetime] = {}
    for stage, name, moment in given:
        if moment is None and not (needed and stage == deal.stage):
            continue
        checked = checked_moment(moment, name, now, findings)
        if checked is not None:
            moments[stage] = checked
    return moments
