"""The writing hand of deals: stage rows that supersede each other, and the log beside them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext

from activities.choices import Stage
from activities.inputs import DealInput, RowResult, Status
from activities.models import Deal, DealStage, ImportBatch
from activities.references import deal_ids
from activities.revisions import Wish
from activities.services.planning import PlanWriter
from activities.services.writing import RESERVED_PREFIX, LogWriter, Row, touch
from activities.stages import (
    CANCELLED,
    LOG_SUFFIXES,
    Snapshot,
    StageContent,
    changed_stages,
    history_of,
    in_order,
    log_of,
    order_issue,
)
from kernel.issues import Issue, Level
from people import queries as people
from people.models import User

_CHUNK = 5000

Told = tuple[int, DealInput, Snapshot | None, tuple[Issue, ...]]


def log_id(external_id: str, suffix: str) -> str:
    """The id in the log of what follows from a deal: "deal:8841:won"."""
    return f"{RESERVED_PREFIX}{external_id}:{suffix}"


@dataclass(slots=True)
class Known:
    """The stage rows of a deal that count, with their ids."""

    ids: dict[str, int] = field(default_factory=dict)
    history: dict[str, StageContent] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """A deal whose rows that count become `wanted`."""

    deal_id: int
    external_id: str
    wanted: Mapping[str, StageContent]
    before: Known


def known_stages(wanted: Iterable[int]) -> dict[int, Known]:
    """The rows that count, by deal: nothing supersedes them and they are not withdrawn."""
    deals = sorted(wanted)
    known: dict[int, Known] = {}
    later = DealStage.objects.filter(supersedes=OuterRef("pk"))
    for start in range(0, len(deals), _CHUNK):
        rows = DealStage.objects.filter(
            ~Exists(later), deal_id__in=deals[start : start + _CHUNK], withdrawn=False
        )
        for pk, deal_id, *content in rows.order_by("id").values_list("id", "deal_id", *CONTENT):
            one = known.setdefault(deal_id, Known())
            stage = StageContent(*content)
            one.ids[stage.stage] = pk
            one.history[stage.stage] = stage
    return known


CONTENT = (
    "stage", "entered_at", "owner_id", "account_id", "product_id", "amount_minor", "currency",
    "margin_minor", "sale",
)  # fmt: skip
"""The columns of a stored stage, in the order of `StageContent`."""


class HistoryWriter:
    """Writes stage rows and what the log counts for them, inside the caller's transaction.

    The caller holds the locks of the deals' ids in the log.
    """

    def __init__(
        self,
        source: str,
        actor: User | None,
        batch: ImportBatch | None,
        recorded_at: datetime,
        told_after: timedelta | None = None,
    ) -> None:
        self.source, self.batch, self.recorded_at = source, batch, recorded_at
        self.log = LogWriter(source, actor, batch, recorded_at, told_after)
        self.plans = PlanWriter(source, actor, batch, recorded_at)
        self.zone = people.company().tz

    def write(self, told: Sequence[Told]) -> dict[int, RowResult]:
        """What became of each row; no two rows that can be taken are about the same deal."""
        ids = self._deals(told)
        known = known_stages(ids.values())
        if any(deal.planned_close_on for _, deal, *_ in told):
            self.plans.look_up(ids.values())
        results: dict[int, RowResult] = {}
        changes: list[Change] = []
        owners: set[int] = set()
        for index, deal, snapshot, issues in told:
            if snapshot is None:
                results[index] = _result(index, deal, Status.REJECTED, None, issues)
                continue
            deal_id = ids.get(deal.external_id, 0)
            before = known.get(deal_id, Known())
            wanted = history_of(snapshot, before.history, self.recorded_at)
            issue = order_issue(wanted, deal.place, self.zone)
            if issue is not None or _is_refused(deal, issues):
                found = (*issues, issue) if issue is not None else issues
                results[index] = _result(index, deal, Status.REJECTED, None, found)
                continue
            status = _status(wanted, before.history)
            if status is not Status.UNCHANGED:
                changes.append(Change(deal_id, deal.external_id, wanted, before))
            if self.plans.say(deal_id, deal.stage, deal.planned_close_on):
                owners.add(snapshot.current.owner_id)
                status = Status.CORRECTED if status is Status.UNCHANGED else status
            results[index] = _result(index, deal, status, deal_id, issues)
        self.apply(changes)
        self.plans.write()
        touch([(one, self.recorded_at.astimezone(self.zone).date()) for one in owners])
        return results

    def apply(self, changes: Sequence[Change]) -> None:
        """Make these the histories that count, and the log agree with them."""
        DealStage.objects.bulk_create(
            [row for change in changes for row in self._rows(change)], batch_size=_CHUNK
        )
        self.log.write([row for change in changes for row in self._log_rows(change)])

    def _deals(self, told: Sequence[Told]) -> dict[str, int]:
        """The ids of the deals; those that are new are made, unless their row is refused."""
        rows = [(deal, issues) for _, deal, snapshot, issues in told if snapshot is not None]
        ids = deal_ids(self.source, (deal.external_id for deal, _ in rows))
        missing = [
            deal
            for deal, issues in rows
            if deal.external_id not in ids and not _is_refused(deal, issues)
        ]
        if not missing:
            return ids
        Deal.objects.bulk_create(
            [
                Deal(
                    source=self.source,
                    external_id=deal.external_id,
                    name=deal.name[:200],
                    batch=self.batch,
                )
                for deal in missing
            ],
            batch_size=_CHUNK,
        )
        return ids | deal_ids(self.source, (deal.external_id for deal in missing))

    def _rows(self, change: Change) -> list[DealStage]:
        before = change.before
        withdrawn = [
            self._row(change.deal_id, before.history[stage], before.ids[stage], withdrawn=True)
            for stage in before.history
            if stage not in change.wanted
        ]
        written = [
            self._row(change.deal_id, change.wanted[stage], before.ids.get(stage))
            for stage in changed_stages(change.wanted, before.history)
        ]
        return withdrawn + written

    def _row(
        self,
        deal_id: int,
        content: StageContent,
        supersedes: int | None,
        *,
        withdrawn: bool = False,
    ) -> DealStage:
        return DealStage(
            deal_id=deal_id,
            stage=content.stage,
            entered_at=content.entered_at,
            recorded_at=self.recorded_at,
            owner_id=content.owner_id,
            account_id=content.account_id,
            product_id=content.product_id,
            amount_minor=content.amount_minor,
            currency=content.currency,
            margin_minor=content.margin_minor,
            sale=content.sale,
            supersedes_id=supersedes,
            withdrawn=withdrawn,
            batch=self.batch,
        )

    def _log_rows(self, change: Change) -> list[Row]:
        entries = log_of(change.deal_id, change.wanted, self.zone)
        before = log_of(change.deal_id, in_order(change.before.history), self.zone)
        reason = _reason(change) if change.before.history else ""
        rows: list[Row] = []
        for suffix in LOG_SUFFIXES:
            content = entries.get(suffix)
            if content == before.get(suffix):
                continue  # the log agrees with it since it was written
            wish = Wish.NOT_BE if content is None else Wish.BE
            rows.append(Row(log_id(change.external_id, suffix), wish, content, reason))
        return rows


def _is_refused(deal: DealInput, issues: Iterable[Issue]) -> bool:
    return bool(deal.unread) or any(issue.level is Level.ERROR for issue in issues)


def _reason(change: Change) -> str:
    if not change.wanted:
        return gettext("The import was reverted")
    stage = list(change.wanted)[-1]
    return gettext("The deal is now: %(stage)s") % {"stage": Stage(stage).label}


def _result(
    index: int, deal: DealInput, status: Status, deal_id: int | None, issues: tuple[Issue, ...]
) -> RowResult:
    return RowResult(index, deal.external_id, status, deal_id, issues)


def _status(wanted: Mapping[str, StageContent], before: Mapping[str, StageContent]) -> Status:
    if wanted == before:
        return Status.UNCHANGED
    if not before:
        return Status.CREATED
    return Status.CANCELLED if CANCELLED in wanted else Status.CORRECTED
